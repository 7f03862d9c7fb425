"""The story of the example "update a cluster" on a real cluster: what an update leaves behind is listed and scaled to 0."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from palette_sdk.kube import KubeApi
from tests.engine import kubernetes_plugin
from tests.engine.harness import Stack
from tests.engine.processes import until
from tests.engine.test_overrides import palette
from tests.kubernetes.harness import RealWorld

CLUSTER, SPACE = "aws-cluster", "hello-universe"
OLD = "hello-universe-deployment"
NAMES = "custom-columns=NAME:.metadata.name"


def pods(real: RealWorld) -> list[str]:
    """Which deployment each pod of the application belongs to, as kubectl tells it."""
    told = real.kubectl(CLUSTER, "get", "pods", "-n", SPACE, "--no-headers", "-o", NAMES)
    return sorted(name.rsplit("-", 2)[0] for name in told.split())


def replicas(api: KubeApi) -> dict[str, int]:
    """How many copies each deployment of the application wants."""
    found = api.list(api.resource("apps/v1", "Deployment"), SPACE)
    return {each["metadata"]["name"]: each["spec"]["replicas"] for each in found}


def told(real: RealWorld, stack: Stack, *options: str) -> dict[str, Any]:
    """What `palette orphans --json` tells."""
    found: dict[str, Any] = json.loads(palette(real, stack, "orphans", CLUSTER, "--json", *options))
    return found


def names(found: dict[str, Any], kind: str = "Deployment") -> dict[str, list[str]]:
    """The orphans of a kind, and who else manages them."""
    return {each["name"]: each["managed_by"] for each in found["orphans"] if each["kind"] == kind}


def wait_for_a_pass(real: RealWorld, api: KubeApi) -> None:
    """A pass of Palette over the cluster: a deployment that is deleted is there again."""
    kind = api.resource("apps/v1", "DaemonSet")
    (first, *_) = api.list(kind)
    name, namespace, uid = (first["metadata"][key] for key in ("name", "namespace", "uid"))
    api.delete(kind, name, namespace)

    def is_back() -> bool:
        found = api.get(kind, name, namespace)
        return found is not None and found["metadata"]["uid"] != uid

    until(is_back, "a pass that puts back what is gone")


@pytest.mark.timeout(900)
def test_leftovers(real: RealWorld) -> None:
    """Listed with their maker, scaled to 0 and kept there through passes and versions; what others manage is untouched."""
    stack = real.example("03_update_a_cluster")
    stack.up()
    assert pods(real) == [OLD]
    assert told(real, stack) == {"orphans": [], "undecided": [], "asleep": [], "notes": []}
    stack.config(version="1.1.0")
    stack.up()
    assert pods(real) == ["api", OLD, "postgres", "ui"]

    found = told(real, stack)
    assert names(found) == {OLD: []}
    (row,) = found["orphans"]
    assert (row["manager"], row["layer"], row["replicas"], row["namespace"]) == ("palette", SPACE, 1, SPACE)
    assert "" < row["since"] <= row["changed"]
    assert found["notes"] == []

    with real.api(CLUSTER) as api:
        done = told(real, stack, "--scale-to-zero", "--yes")
        assert [each["outcome"] for each in done["scaled"]] == ["scaled"]
        until(lambda: pods(real) == ["api", "postgres", "ui"], "the end of its pods")
        wait_for_a_pass(real, api)
        assert replicas(api) == {OLD: 0, "api": 1, "postgres": 1, "ui": 1}

        # Rolled back, a layer names it again: it stays at 0, and that is said. The others are left over now, one of them managed.
        stack.config(version="1.0.0")
        stack.up()
        real.kubectl(CLUSTER, "scale", "deployment", "postgres", "-n", SPACE, "--replicas=2")
        found = told(real, stack)
        assert names(found) == {"api": [], "postgres": ["kubectl"], "ui": []}
        assert [each["name"] for each in found["asleep"]] == [OLD]
        done = told(real, stack, "--scale-to-zero", "--yes")
        assert [(each["object"], each["outcome"]) for each in done["scaled"]] == [
            (f"Deployment/{SPACE}/api", "scaled"),
            (f"Deployment/{SPACE}/ui", "scaled"),
        ]
        wait_for_a_pass(real, api)
        assert replicas(api) == {OLD: 0, "api": 0, "postgres": 2, "ui": 0}

        # Brought back by hand it is Palette's again, and in the next version left over and managed by who did that.
        real.kubectl(CLUSTER, "scale", "deployment", OLD, "-n", SPACE, "--replicas=1")
        stack.config(version="1.1.0")
        stack.up()
        assert replicas(api) == {OLD: 1, "api": 0, "postgres": 1, "ui": 0}
        found = told(real, stack)
        assert names(found) == {OLD: ["kubectl"]}
        assert sorted(each["name"] for each in found["asleep"]) == ["api", "ui"]


@pytest.mark.timeout(900)
def test_in_a_program(real: RealWorld) -> None:
    """`ScaleToZero` acts in the run that moves the cluster; rolled back, its patch goes and the layer has its object again.

    The stand-in for the plugin makes the patches with the calls that the plugin makes.
    """
    folder = real.folder / "bin"
    kubernetes_plugin.install(folder)
    real.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    stack = real.example("03_update_a_cluster")
    stack.up()
    stack.config(version="1.1.0", tidy="true")
    assert stack.preview().changes == {"update": 1, "create": 2}
    moved = stack.up()
    assert moved.changes == {"update": 1, "create": 3}
    assert moved.outputs["scaled"] == [f"Deployment/{SPACE}/{OLD}"]
    assert stack.preview().changes == {}
    with real.api(CLUSTER) as api:
        assert replicas(api) == {OLD: 0, "api": 1, "postgres": 1, "ui": 1}
        stack.config(version="1.0.0")
        back = stack.up()
        assert back.outputs["scaled"] == [f"Deployment/{SPACE}/{each}" for each in ("api", "postgres", "ui")]
        assert replicas(api) == {OLD: 1, "api": 0, "postgres": 0, "ui": 0}
        real.kubectl(CLUSTER, "scale", "deployment", "postgres", "-n", SPACE, "--replicas=2")
        left = stack.up()
        assert left.outputs["left_alone"] == {f"Deployment/{SPACE}/postgres": ["kubectl"]}
        assert replicas(api) == {OLD: 1, "api": 0, "postgres": 2, "ui": 0}

        # Given up, a number of copies that nobody owns gets Kubernetes' default.
        stack.config(tidy="false")
        stack.up()
        assert replicas(api) == {OLD: 1, "api": 1, "postgres": 2, "ui": 1}
