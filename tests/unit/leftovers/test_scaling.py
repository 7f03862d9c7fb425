"""Scaling one orphan to 0: only as it was seen."""

from __future__ import annotations

from typing import Any

from palette_sdk.leftovers.judging import Facts, judge
from palette_sdk.leftovers.model import Orphan
from palette_sdk.leftovers.scaling import scale_to_zero
from tests.unit.leftovers.fake_kubernetes import FakeKubernetes
from tests.unit.leftovers.objects import REPLICAS, made, manager


def old(kind: str = "Deployment") -> tuple[FakeKubernetes, Orphan]:
    """A cluster with one orphan."""
    server = FakeKubernetes(made(kind, "old", replicas=2))
    (orphan,) = judge(server.objects, Facts([], [], [])).orphans
    return server, orphan


def test_scaled() -> None:
    """It has 0 copies then, by a manager of its own, and is an orphan still that nobody else manages."""
    for kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        server, orphan = old(kind)
        done = scale_to_zero(server.api(), orphan)
        assert (done.outcome, done.text) == ("scaled", f"{kind}/web/old: scaled from 2 to 0")
        assert server.objects[0]["spec"]["replicas"] == 0
        (again,) = judge(server.objects, Facts([], [], [])).orphans
        assert (again.replicas, again.managed_by) == (0, ())
        assert scale_to_zero(server.api(), orphan).outcome == "at 0 already"


def test_left_alone() -> None:
    """What is gone, made anew or managed by someone else by now is not touched."""
    server, orphan = old()
    server.objects[0]["metadata"]["managedFields"] += [manager("kubectl", REPLICAS, sub="scale")]
    assert scale_to_zero(server.api(), orphan).text == "Deployment/web/old: managed by kubectl, so left alone"
    server.objects = [made("Deployment", "old", replicas=2, uid="another")]
    assert scale_to_zero(server.api(), orphan).outcome == "changed"
    server.objects = []
    assert scale_to_zero(server.api(), orphan).outcome == "gone"
    assert not [seen for seen in server.seen if seen[0] == "PATCH"]


def test_someone_takes_it_over_in_between() -> None:
    """What someone writes between the look and the patch is a conflict; the next look sees who."""
    server, orphan = old()

    def takes_over(found: dict[str, Any]) -> None:
        found["metadata"]["managedFields"] += [manager("argocd")]
        found["metadata"]["resourceVersion"] = "7"

    server.before_patch = takes_over
    assert scale_to_zero(server.api(), orphan).outcome == "managed"
    assert server.objects[0]["spec"]["replicas"] == 2


def test_changed_all_the_time() -> None:
    """An object that changes at each attempt is left alone, and it is said."""
    server, orphan = old()

    def moves_on(found: dict[str, Any]) -> None:
        found["metadata"]["resourceVersion"] = str(int(found["metadata"]["resourceVersion"]) + 1)

    server.before_patch = moves_on
    assert scale_to_zero(server.api(), orphan).text.endswith("changed all the time, so left alone; run it again")


def test_refused() -> None:
    """A patch that isn't allowed is told in the cluster's words."""
    server, orphan = old()
    server.forbidden = {"PATCH deployments"}
    done = scale_to_zero(server.api(), orphan)
    assert done.outcome == "refused"
    assert done.text.startswith(
        'Deployment/web/old: the cluster refused: deployments is forbidden: User "u" cannot patch'
    )
