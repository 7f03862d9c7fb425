"""Clusters that follow a cluster template, on a real engine: made, changed, moved on in their windows, destroyed."""

from __future__ import annotations

import json
import secrets as chance
from typing import Any

import pytest

from tests.engine.harness import Stack, World
from tests.engine.leaks import leaks

PROGRAM = """
import json
from pathlib import Path
import pulumi
import palette_sdk as palette

plain = json.loads(Path("plain.json").read_text())
hidden = json.loads(Path("hidden.json").read_text())
text = '''apiVersion: v1
kind: ConfigMap
metadata:
  name: hello
data:
  level: "{{.spectro.var.level}}"
  token: "{{.spectro.var.token}}"
'''
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
level = palette.Variable("level", options=["low", "high"], input="dropdown", default="low")
token = palette.Variable("token", sensitive=True)
first = palette.Profile("web", cloud="aws", layers=[*base, palette.manifest("hello", text)], variables=[level, token])
second = palette.ProfileVersion("web-1.1.0", source=first, version="1.1.0",
    set_variables=[palette.Variable("region", required=True, default="")])
weekly = palette.MaintenancePolicy("weekly", schedules=[palette.Schedule("sunday", cron="0 0 * * SUN", duration="4h")])
fleet = palette.ClusterTemplate("fleet", cloud="aws", profiles=[second if plain.get("second") else first], maintenance=weekly)
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
for name in ("one", "two"):
    cluster = palette.Cluster(name, template=fleet, timezone="Europe/Berlin", cloud_config=palette.Aws("eu-west-1"),
        cloud_account=palette.get_cloud_account("aws-main", cloud="aws"), pools=[palette.control_plane(machine)],
        variables={"token": pulumi.Output.secret(hidden[name]), **plain.get(name, {})})
    pulumi.export(name, cluster.profiles)
"""


def write(stack: Stack, name: str, values: Any) -> None:
    """Write a file that the program reads."""
    (stack.folder / f"{name}.json").write_text(json.dumps(values))


def running(world: World, name: str) -> tuple[str, dict[str, str]]:
    """The version that a cluster runs, and its values."""
    client = world.client
    row = client.clusters.by_name(name, fresh=True)
    assert row is not None
    (profile,) = client.clusters.profiles(row.metadata.uid)
    values = {
        item.name: item.value for found in client.clusters.variables(row.metadata.uid) for item in found.variables
    }
    return profile.profile_version, values


@pytest.mark.timeout(900)
def test_clusters_of_a_template(world: World) -> None:
    """Values are each cluster's own and written at once; a relink changes no cluster but through its window; each step is
    steady, and a secret value stands nowhere in clear."""
    stack = world.program(PROGRAM)
    hidden = {name: chance.token_hex(16) for name in ("one", "two")}
    write(stack, "hidden", hidden)
    write(stack, "plain", {})
    printed = {"created": stack.up()}
    assert printed["created"].changes == {"create": 7}
    assert printed["created"].outputs["one"]["web"]["version"] == "1.0.0"
    assert stack.up(refresh=True).changes == {}

    write(stack, "plain", {"one": {"level": "high"}})
    printed["changed"] = stack.up()
    assert printed["changed"].changes == {"update": 1}
    assert [running(world, name)[1]["level"] for name in ("one", "two")] == ["high", "low"]
    assert stack.up(refresh=True).changes == {}

    world.admin.set_clock(paused=True)  # whatever day it is, no window opens by itself
    write(stack, "plain", {"one": {"level": "high"}, "second": True})
    assert stack.preview().changes == {"update": 1}
    write(stack, "plain", {"one": {"level": "high", "region": "eu"}, "second": True})
    printed["relinked"] = stack.up()
    assert printed["relinked"].changes == {"update": 2}
    assert running(world, "one")[0] == "1.0.0"

    world.admin.set_clock(advance_s=8 * 86400)
    assert [running(world, name)[0] for name in ("one", "two")] == ["1.1.0", "1.0.0"]
    assert running(world, "one")[1]["region"] == "eu"
    printed["refreshed"] = stack.up(refresh=True)
    assert printed["refreshed"].outputs["one"]["web"]["version"] == "1.1.0"
    stack.is_steady()

    places = {name: done.text.encode() for name, done in printed.items()}
    places["state"] = stack.cli("stack", "export").stdout.encode()
    assert leaks(hidden, places) == []

    world.admin.set_clock(paused=False)
    assert stack.destroy().changes == {"delete": 7}
    assert world.client.clusters.all(fresh=True) == []
    assert world.client.templates.metadata(fresh=True) == []
