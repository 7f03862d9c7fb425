"""The story of the example "update a cluster" on a real engine: what the former version of a profile named goes on running."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.engine.harness import Stack, World

CLUSTER = "aws-cluster"
OLD, NEW = "hello-universe-deployment", {"api", "postgres", "ui"}


def running(world: World) -> dict[str, int]:
    """Pods of each deployment of the application, as Palette tells them."""
    row = world.client.clusters.by_name(CLUSTER, fresh=True)
    assert row is not None
    spec = world.client.clusters.workloads(row.metadata.uid, namespaces=["hello-universe"])
    return {each.metadata.entity.name: each.status.replicas.total for each in spec.deployments}


def orphans(world: World, stack: Stack) -> subprocess.CompletedProcess[str]:
    """`palette orphans` in the program's folder."""
    return subprocess.run(
        [sys.executable, "-m", "palette_sdk", "orphans", CLUSTER],
        cwd=stack.folder,
        env={**os.environ, **world.environment},
        text=True,
        capture_output=True,
        check=False,
        timeout=110,
    )


@pytest.mark.timeout(600)
def test_what_an_update_leaves_behind(world: World) -> None:
    """1.0.0 runs one deployment, 1.1.0 three others; the former one stays, forth and back, and a steady run changes nothing."""
    stack = world.example("03_update_a_cluster")
    assert stack.up().changes == {"create": 4}
    assert running(world) == {OLD: 1}

    stack.config(version="1.1.0")
    assert stack.up().changes == {"update": 1}
    assert running(world) == {OLD: 1, **dict.fromkeys(NEW, 1)}
    assert stack.preview().changes == {}

    shown = orphans(world, stack)
    assert shown.returncode == 1
    assert f'error: "{CLUSTER}" is simulated: no Kubernetes runs behind it' in shown.stderr
    assert "palette local start --kubernetes" in shown.stderr

    stack.config(version="1.0.0")
    assert stack.up().changes == {"update": 1}
    assert running(world) == {OLD: 1, **dict.fromkeys(NEW, 1)}

    # In a program: a preview that changes the cluster asks nothing, as what it leaves behind isn't known yet; another one asks.
    file = stack.folder / "__main__.py"
    more = "\npulumi.export('left', palette.orphans_output(web).apply(len))\n"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    told = stack.refused()
    assert f'"{CLUSTER}" is simulated' in told
    assert "Traceback" not in told
    stack.config(version="1.1.0")
    assert stack.preview().changes == {"update": 1}
