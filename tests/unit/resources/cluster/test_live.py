"""What a cluster runs, in the terms of the plan."""

from __future__ import annotations

from typing import Any

from palette_sdk.resources.cluster.live import Attached, LiveCluster
from palette_sdk.wire.cluster_state import Cluster


def row(digest: str, kind: str = "addon", version: str = "1") -> dict[str, Any]:
    """A row of a plan."""
    return {"type": "spectro", "kind": kind, "version": version, "digest": digest}


def live(rows: dict[str, Any], name: str = "web", status: Any = None) -> LiveCluster:
    """A cluster that runs these rows of one profile."""
    cluster = Cluster.of({"metadata": {"name": "c", "uid": "u1"}, "spec": {}, "status": status})
    return LiveCluster(cluster, (Attached("p1", name, "1.0.0", "cluster", rows),))


def test_a_cluster_without_status() -> None:
    """One that was just accepted has no state and no Kubernetes yet."""
    found = live({"a": row("d1")})
    assert (found.uid, found.state, found.kubernetes) == ("u1", "", "")
    assert live({"a": row("d1", "k8s", "1.30.4")}, status={"state": "Running"}).kubernetes == "1.30.4"


def test_attached_versions_are_found() -> None:
    """By uid and by the profile's name."""
    found = live({})
    assert found.by_uid("p1") is found.by_name("web") is found.profiles[0]
    assert found.by_uid("p2") is None
    assert found.by_name("other") is None
