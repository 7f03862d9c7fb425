"""What a cluster runs, in the terms of the plan."""

from __future__ import annotations

from typing import Any

from palette_sdk.resources.cluster.live import Attached, LiveCluster, overrides
from palette_sdk.rules.unknown import UNKNOWN
from palette_sdk.wire.cluster_state import Cluster


def row(digest: str, kind: str = "addon", version: str = "1") -> dict[str, Any]:
    """A row of a plan."""
    return {"type": "spectro", "kind": kind, "version": version, "digest": digest}


def live(rows: dict[str, Any], name: str = "web", status: Any = None) -> LiveCluster:
    """A cluster that runs these rows of one profile."""
    cluster = Cluster.of({"metadata": {"name": "c", "uid": "u1"}, "spec": {}, "status": status})
    return LiveCluster(cluster, (Attached("p1", name, "1.0.0", "cluster", rows),))


PROFILES = {"key": {"uid": "p1", "name": "web", "version": "1.0.0"}}


def test_content_that_was_applied_is_no_override() -> None:
    """A layer whose digest the plan knows was not changed on the cluster."""
    assert overrides(live({"a": row("d1")}), PROFILES, {"key": {"a": row("d1")}}) == {}


def test_content_that_nobody_knows_is_one() -> None:
    """A layer of any other content was changed there; it is named by profile key and layer."""
    found = overrides(live({"a": row("d9"), "b": row("d2")}), PROFILES, {"key": {"a": row("d1"), "b": row("d2")}})
    assert found == {"key": ["a"]}


def test_content_of_another_plan_is_known() -> None:
    """What is about to be applied, or waits, is known content as well."""
    applied, coming = {"key": {"a": row("d1")}}, {"key": {"a": row("d9")}}
    assert overrides(live({"a": row("d9")}), PROFILES, applied, coming) == {}


def test_what_the_plan_lacks_is_not_judged() -> None:
    """Profiles that are detached, layers that the plan doesn't have, and unknown plans are left alone."""
    assert overrides(live({"a": row("d9")}, name="other"), PROFILES, {"key": {"a": row("d1")}}) == {}
    assert overrides(live({"x": row("d9")}), PROFILES, {"key": {"a": row("d1")}}) == {}
    assert overrides(live({"a": row("d9")}), PROFILES, {"key": UNKNOWN}) == {}


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
