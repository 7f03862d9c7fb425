"""The stories of the second and third example on a real engine: overrides, policies, approvals, moving and rolling back."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from palette_sdk.client import Palette
from tests.engine.harness import Stack, World

LAYER = "hello-universe"
DEPLOYMENT = "Deployment/hello-universe/hello-universe-deployment"
CLUSTER = "aws-cluster"
UID = re.compile(r"\b[0-9a-f]{24}\b")


def palette(world: World, stack: Stack, *arguments: str) -> str:
    """What the command `palette` prints, in the program's folder."""
    done = subprocess.run(
        [sys.executable, "-m", "palette_sdk", *arguments],
        cwd=stack.folder,
        env={**os.environ, **world.environment, "COLUMNS": "140", "PULUMI_STACK": stack.name},
        text=True,
        capture_output=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def uid_of(client: Palette, name: str = CLUSTER) -> str:
    """Uid of a cluster."""
    row = client.clusters.by_name(name, fresh=True)
    assert row is not None
    return row.metadata.uid


def deployment(client: Palette) -> dict[str, object]:
    """The page's Deployment in what the cluster runs: replicas and image."""
    texts = {item.name: item.content for item in client.clusters.manifests(uid_of(client))}
    found = next(doc for doc in yaml.safe_load_all(texts[LAYER]) if doc and doc["kind"] == "Deployment")
    image = found["spec"]["template"]["spec"]["containers"][0]["image"]
    return {"replicas": found["spec"]["replicas"], "image": image.rsplit(":", 1)[1]}


def pods(world: World) -> int:
    """Pods of the page that run, a while of the control plane's clock later."""
    world.admin.set_clock(advance_s=300)
    spec = world.client.clusters.workloads(uid_of(world.client), namespaces=["hello-universe"])
    return len([pod for pod in spec.pods if pod.metadata.entity.name.startswith("hello-universe-deployment")])


def told(text: str) -> str:
    """What a run says of the cluster, without what differs from run to run."""
    part = text.split("Diagnostics:", 1)[1].split("\nOutputs:", 1)[0].split("\nResources:", 1)[0]
    blocks = [block for block in UID.sub("<uid>", part).split("\n\n") if "palette:Cluster (" in block]
    return "\n".join(line.rstrip() for block in blocks for line in block.strip("\n").splitlines())


@pytest.mark.timeout(1200)
def test_pending_updates(world: World, snapshot: SnapshotAssertion) -> None:
    """Base 2, cluster 1, incoming 3: each policy in turn, a rule for one path, another path, and a declared override."""
    stack = world.example("03_pending_updates")
    client = world.client
    assert stack.up().changes == {"create": 3}
    assert pods(world) == 2

    palette(world, stack, "override", CLUSTER, LAYER, "--resource", DEPLOYMENT, "--set", "/spec/replicas=1")
    assert deployment(client)["replicas"] == 1
    assert pods(world) == 1
    refreshed = stack.up(refresh=True)
    place = {"aws-profile": {LAYER: {f"{DEPLOYMENT} /spec/replicas": "1"}}}
    assert stack.preview().changes == {}
    assert refreshed.outputs["found_overrides"] == place

    stack.config(replicas="3")
    held = stack.preview()
    assert held.changes == {"update": 2}
    assert told(held.text) == snapshot(name="held")
    stack.up()
    assert deployment(client)["replicas"] == 1

    stack.config(palette__updates="apply")
    assert told(stack.refused()) == snapshot(name="merge")
    stack.config(policy="fail")
    assert told(stack.refused()) == snapshot(name="fail")
    assert deployment(client)["replicas"] == 1
    stack.config(policy="merge", keepPath="/spec/replicas")
    kept = stack.preview()
    assert told(kept.text) == snapshot(name="kept by a rule")
    assert stack.up().changes == {"update": 1}
    assert deployment(client) == {"replicas": 1, "image": "1.2.0"}
    stack.is_steady()

    stack.unset("keepPath")
    stack.config(image="1.2.1")
    assert stack.up().changes == {"update": 2}
    assert deployment(client) == {"replicas": 1, "image": "1.2.1"}
    stack.config(replicas="4", policy="keep")
    assert stack.up().changes == {"update": 2}
    assert deployment(client)["replicas"] == 1
    stack.config(replicas="5", policy="drop")
    dropped = stack.preview()
    assert told(dropped.text) == snapshot(name="dropped")
    assert stack.up().changes == {"update": 2}
    assert deployment(client)["replicas"] == 5
    assert pods(world) == 5
    stack.is_steady()

    declare_one(stack, client)


def declare_one(stack: Stack, client: Palette) -> None:
    """An override that the program declares stands on each content, and the profile's value returns without it."""
    stack.config(own="1")
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}
    assert deployment(client)["replicas"] == 1
    stack.config(replicas="6", policy="merge")
    assert stack.up().changes == {"update": 2}
    assert deployment(client)["replicas"] == 1
    stack.is_steady()
    stack.unset("own")
    assert stack.up().changes == {"update": 1}
    assert deployment(client)["replicas"] == 6
    stack.destroy()


def values(client: Palette) -> dict[str, dict[str, object]]:
    """Values of the page's layer as the cluster runs them."""
    for template in client.clusters.profiles(uid_of(client)):
        for pack in template.packs:
            if pack.name == LAYER:
                return dict(yaml.safe_load(pack.values))
    raise AssertionError(f"no layer {LAYER}")


def layers(client: Palette) -> set[str]:
    """Names of the layers that the cluster runs."""
    return {pack.name for template in client.clusters.profiles(uid_of(client)) for pack in template.packs}


@pytest.mark.timeout(1200)
def test_versions_and_overrides(world: World, snapshot: SnapshotAssertion) -> None:
    """A found override survives the move to a version with another pack version, and the roll-back."""
    stack = world.example("02_versions_and_overrides", pack="1.3.0")
    client = world.client
    assert stack.up().changes == {"create": 4}
    stack.config(version="1.1.0")
    assert stack.up().changes == {"update": 1}
    assert "kubecost" in layers(client)
    stack.config(version="1.0.0")
    assert stack.up().changes == {"update": 1}
    assert "kubecost" not in layers(client)

    palette(world, stack, "override", CLUSTER, LAYER, "--set", "/ui/replicas=4")
    assert values(client)["ui"]["replicas"] == 4
    other = client.profiles.versions("aws-profile", fresh=True)["1.0.0"]
    content = client.profiles.content(other, fresh=True)
    assert content is not None
    assert yaml.safe_load(content.layers[LAYER].values)["ui"]["replicas"] == 1

    stack.config(version="1.1.0")
    preview = stack.preview()
    assert preview.changes == {"update": 1}
    assert told(preview.text) == snapshot(name="moved")
    moved = stack.up()
    assert values(client)["ui"]["replicas"] == 4
    assert moved.outputs["found_overrides"] == {"aws-profile": {LAYER: {"/ui/replicas": "4"}}}
    stack.is_steady()
    stack.config(version="1.0.0")
    assert stack.up().changes == {"update": 1}
    assert values(client)["ui"]["replicas"] == 4
    stack.is_steady()
    stack.destroy()
