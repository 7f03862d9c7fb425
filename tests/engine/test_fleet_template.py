"""The story of the example of a fleet on one template, on a real engine, for four clouds."""

from __future__ import annotations

import json

import pytest

from palette_sdk.client import Palette
from tests.engine.harness import Stack, World

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfTestKeyOnlyForTests0000000000000000000 test"
CLUSTERS = ("dev", "stage", "prod")
VALUES = json.dumps({"dev": "eu", "stage": "eu", "prod": "us"})
WEEK_S = 7 * 24 * 3600.0


def versions(client: Palette) -> dict[str, str]:
    """The version of the profile that each cluster runs."""
    known = {row.metadata.uid: row.spec.version for row in client.profiles.metadata(fresh=True)}
    return {
        row.metadata.name: known[row.spec_summary.cluster_profile_templates[0].uid]
        for row in client.clusters.all(fresh=True)
    }


def state(client: Palette) -> str:
    """The state of the template."""
    (row,) = client.templates.by_name("fleet", fresh=True)
    found = client.templates.get(row.uid)
    return found.status.state if found is not None else ""


def everywhere(version: str) -> dict[str, str]:
    """All clusters on one version."""
    return dict.fromkeys(CLUSTERS, version)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp", "vsphere"])
def test_story(world: World, cloud: str) -> None:
    """An imported profile moves through a template: values first, then windows or at once, and back; each step is steady."""
    stack = world.example("04_fleet_template", cloud=cloud, sshKey=SSH_KEY)
    client = world.client
    assert stack.up().changes == {"create": 8}
    assert versions(client) == everywhere("1.0.0")
    assert stack.preview(refresh=True).changes == {}

    stack.config(next="true")
    assert stack.up().changes == {"create": 1}, "making a version touches nothing else"
    assert state(client) == "Applied"

    stack.config(version="1.1.0")
    refused = stack.refused()
    assert "3 of 3 clusters have variables without a value; nothing was changed" in refused
    assert all(f"  {name}" in refused for name in CLUSTERS)
    assert versions(client) == everywhere("1.0.0")

    if cloud == "aws":
        by_window(world, stack)
    stack.config(regionCodes=VALUES, upgradeNow="go", wait="true")
    done = stack.up()
    assert done.outputs["state"] == "Applied"
    assert {name: row["to"] for name, row in done.outputs["clusters"].items()} == {
        name: {"fleet-base": "1.1.0"} for name in CLUSTERS
    }
    assert versions(client) == everywhere("1.1.0")
    assert stack.preview(refresh=True).changes == {}

    assert stack.destroy().changes == {"delete": 9}
    assert client.clusters.all(fresh=True) == []
    assert client.profiles.metadata(fresh=True) == []


def by_window(world: World, stack: Stack) -> None:
    """Two clusters get their values and move in their windows, the third is skipped and said so; then back at once."""
    client = world.client
    world.admin.set_clock(paused=True)  # whatever day it is, no window opens by itself
    stack.config(regionCodes=json.dumps({"dev": "eu", "prod": "us"}), pending="skip")
    preview = stack.preview()
    assert preview.changes == {"update": 4}, "the template, two clusters with their values, and the roll-out"
    assert "Europe/Berlin" in preview.text
    assert "America/New_York" in preview.text
    stack.up()
    assert state(client) == "Pending"
    assert versions(client) == everywhere("1.0.0"), "a relink touches no cluster"

    world.admin.set_clock(advance_s=WEEK_S)
    assert versions(client) == {"dev": "1.1.0", "stage": "1.0.0", "prod": "1.1.0"}
    assert state(client) == "PartiallyApplied"
    stack.refresh()
    assert stack.preview().changes == {}

    world.admin.set_clock(paused=False)
    stack.config(version="1.0.0", upgradeNow="back", wait="true")
    stack.up()
    assert versions(client) == everywhere("1.0.0")
    assert state(client) == "Applied"
    stack.config(version="1.1.0", pending="fail", upgradeNow="back")
