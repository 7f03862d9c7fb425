"""A cluster's life: acts and steps over a document."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palette_sdk.controlplane.simulation import cluster, layers, machines, steps, tables

START = 1_000_000.0
NAMES = {"os": "ubuntu", "k8s": "kubernetes", "cni": "calico", "csi": "ebs", "addon": "hello"}


def wanted(content: str = "1", profile: str = "p1", **changed: str) -> list[dict[str, Any]]:
    """One layer of each kind; `changed` gives single layers other content."""
    return [
        {
            "profileUid": profile, "name": name, "layer": kind, "type": "spectro", "tag": "1", "version": "1",
            "manifests": [], "wanted": changed.get(name, content),
        }
        for kind, name in NAMES.items()
    ]  # fmt: skip


def new(uid: str = "c1", sizes: tuple[int, int] = (1, 2)) -> dict[str, Any]:
    """A cluster that was just accepted."""
    pools = [
        {
            "pool": {"name": name, "size": size, "isControlPlane": name == "cp"},
            "cloud": {},
            "managed": {},
            "machines": [],
        }
        for name, size in zip(("cp", "w"), sizes, strict=True)
    ]
    doc: dict[str, Any] = {"metadata": {"name": "web", "uid": uid}, "pools": pools, "layers": [], "steps": []}
    cluster.begin(doc, START)
    layers.declare(doc, wanted(), START)
    return doc


def healthy(uid: str = "c1") -> tuple[dict[str, Any], float]:
    """A cluster that is provisioned, and the moment."""
    doc, now = new(uid), START + tables.PROVISION_S[1]
    cluster.advance(doc, now)
    assert cluster.health(doc) == "Healthy"
    return doc, now


def conditions(doc: dict[str, Any]) -> dict[str, str]:
    """Condition of each layer by name."""
    return {layer["name"]: layer["condition"] for layer in doc["layers"]}


def can_apply(doc: dict[str, Any]) -> bool:
    """spcApply.canBeApplied."""
    return bool(doc["spcApply"]["canBeApplied"])


@given(st.text(alphabet="0123456789abcdef", min_size=24, max_size=24))
@settings(max_examples=50)
def test_provisioning_takes_15_to_20_minutes(uid: str) -> None:
    """Whatever the uid, a cluster gets healthy between 15 and 20 minutes after it was accepted."""
    doc = new(uid)
    cluster.advance(doc, START + tables.PROVISION_S[0] - 1)
    assert not cluster.is_provisioned(doc)
    cluster.advance(doc, START + tables.PROVISION_S[1])
    assert (doc["state"], cluster.health(doc)) == ("Running", "Healthy")
    assert doc["steps"] == []


@given(st.lists(st.floats(min_value=0, max_value=1300), max_size=30))
@settings(max_examples=50)
def test_how_often_one_looks_makes_no_difference(looks: list[float]) -> None:
    """Advancing in many steps ends in the same document as advancing once."""
    often, once = new(), new()
    for moment in sorted(looks):
        cluster.advance(often, START + moment)
    cluster.advance(often, START + 1300)
    cluster.advance(once, START + 1300)
    assert often == once


def test_advance_without_anything_due_changes_nothing() -> None:
    """Before the first step's moment nothing happens, and the next moment is known."""
    doc = new()
    before = copy.deepcopy(doc)
    due = steps.next_due(doc)
    assert due is not None
    assert due > START
    assert cluster.advance(doc, due - 0.001) == []
    assert doc == before


def test_happenings_come_in_order_of_time() -> None:
    """States and layers are told as of their own moments, the last one being healthy."""
    done = cluster.advance(new(), START + 1300)
    assert [each.at for each in done] == sorted(each.at for each in done)
    assert [each.target for each in done if each.kind == "state"] == ["Pending", "Provisioning", "Running", "Healthy"]
    assert [each.target for each in done if each.kind == "layer"] == [f"p1/{name}" for name in NAMES.values()]


def test_a_cluster_without_layers_gets_healthy() -> None:
    """With nothing to install a cluster is healthy as soon as it runs."""
    doc = new()
    doc["layers"] = []
    cluster.advance(doc, START + 1300)
    assert cluster.health(doc) == "Healthy"


def test_only_changed_layers_roll_out() -> None:
    """An update within 1 to 2 minutes touches the layer that differs; the others stay ready."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted(hello="2"), now, later=False, repave=[])
    assert not can_apply(doc)
    assert conditions(doc) | {"hello": "Ready"} == dict.fromkeys(NAMES.values(), "Ready")
    assert conditions(doc)["hello"] == "UpgradeAvailable"
    done = cluster.advance(doc, now + tables.UPDATE_S[1])
    assert [each.kind for each in done] == ["layer", "update"]
    assert done[-1].at - now == pytest.approx(90, abs=30.001)
    assert can_apply(doc)
    assert layers.outstanding(doc) == []


def test_health_stays_while_an_update_rolls_out() -> None:
    """An update doesn't make a healthy cluster unhealthy."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted(hello="2"), now, later=False, repave=[])
    for second in range(0, 120, 10):
        cluster.advance(doc, now + second)
        assert cluster.health(doc) == "Healthy"


def test_later_waits_until_told() -> None:
    """A change to be applied later waits for ever; once told, it can be applied at once and rolls out."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted(hello="2"), now, later=True, repave=[])
    assert cluster.advance(doc, now + 10**6) == []
    cluster.apply_now(doc, now + 10**6)
    assert doc["spcApply"]["canBeApplied"] is True
    cluster.advance(doc, now + 10**6 + 120)
    assert layers.outstanding(doc) == []


def test_apply_now_with_nothing_waiting_changes_nothing() -> None:
    """Telling a cluster to apply when nothing waits has no effect."""
    doc, now = healthy()
    before = copy.deepcopy(doc)
    cluster.apply_now(doc, now)
    assert doc == before


def test_a_change_during_a_roll_out_replaces_it() -> None:
    """A second change in the middle of the first ends with the second's content everywhere."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted("2"), now, later=False, repave=[])
    cluster.advance(doc, now + 50)
    cluster.change_layers(doc, wanted("3"), now + 50, later=False, repave=[])
    cluster.advance(doc, now + 170)
    assert {layer["running"] for layer in doc["layers"]} == {"3"}
    assert doc["steps"] == []


def test_a_change_while_provisioning_becomes_part_of_it() -> None:
    """A change before the cluster was ever healthy is installed at first, not as an update."""
    doc = new()
    cluster.advance(doc, START + 800)
    cluster.change_layers(doc, wanted("2"), START + 800, later=False, repave=[])
    cluster.advance(doc, START + 1300)
    assert cluster.health(doc) == "Healthy"
    assert {layer["running"] for layer in doc["layers"]} == {"2"}


def test_a_repave_waits_until_approved() -> None:
    """With reasons for a repave nothing is downloaded before the approval, also when told to apply now."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted("2"), now, later=False, repave=[{"code": "x"}])
    cluster.apply_now(doc, now)
    assert cluster.advance(doc, now + 10**5) == []
    cluster.approve_repave(doc, now + 10**5)
    assert doc["repave"]["state"] == "Approved"
    cluster.advance(doc, now + 10**5 + 121)
    assert layers.outstanding(doc) == []


def test_approving_a_repave_to_be_applied_later_still_waits() -> None:
    """Approval and apply are two words: with Later both are needed."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted("2"), now, later=True, repave=[{"code": "x"}])
    cluster.approve_repave(doc, now)
    assert cluster.advance(doc, now + 10**5) == []
    cluster.apply_now(doc, now + 10**5)
    cluster.advance(doc, now + 10**5 + 121)
    assert layers.outstanding(doc) == []


def test_a_layer_goes_on_under_another_profile() -> None:
    """A layer of the same name and content under the profile's next version is not rolled out anew."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted(profile="p2", hello="2"), now, later=False, repave=[])
    assert {layer["profileUid"] for layer in doc["layers"]} == {"p2"}
    assert [layer["name"] for layer in layers.outstanding(doc)] == ["hello"]


def test_a_failed_update_spoils_health_and_a_change_repairs_it() -> None:
    """A fault after provisioning leaves the state Running and the health UnHealthy, until the next change."""
    doc, now = healthy()
    cluster.fail(doc, now, reason="CrashLoop", message="m", layer="hello")
    assert (doc["state"], cluster.health(doc)) == ("Running", "UnHealthy")
    assert conditions(doc)["hello"] == "Error"
    cluster.change_layers(doc, wanted(hello="2"), now, later=False, repave=[])
    cluster.advance(doc, now + 120)
    assert cluster.health(doc) == "Healthy"
    assert conditions(doc)["hello"] == "Ready"


@pytest.mark.parametrize(("later", "repave"), [(True, []), (False, [{"code": "x"}]), (True, [{"code": "x"}])])
@pytest.mark.parametrize("layer", ["", "hello", "kubernetes"])
def test_mending_is_no_approval(later: bool, repave: list[dict[str, Any]], layer: str) -> None:
    """A change that waits for somebody's word goes on waiting when a fault comes and goes; then it is rolled out."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted(kubernetes="2"), now, later=later, repave=repave)
    before = conditions(doc)
    cluster.fail(doc, now + 10, reason="r", message="m", layer=layer)
    cluster.mend(doc, now + 20)
    assert cluster.advance(doc, now + 10**5) == []
    assert (conditions(doc), cluster.health(doc), can_apply(doc)) == (before, "Healthy", False)
    cluster.approve_repave(doc, now + 10**5)
    cluster.apply_now(doc, now + 10**5)
    cluster.advance(doc, now + 10**5 + 121)
    assert layers.outstanding(doc) == []


def test_an_update_that_a_fault_stopped_goes_on() -> None:
    """Also one that was being downloaded; nothing is left to be applied then."""
    doc, now = healthy()
    cluster.change_layers(doc, wanted(hello="2"), now, later=False, repave=[])
    cluster.fail(doc, now + 1, reason="r", message="m")
    cluster.mend(doc, now + 1000)
    cluster.advance(doc, now + 1121)
    assert (layers.outstanding(doc), can_apply(doc)) == ([], True)


def test_machines_that_a_fault_stopped_go_on() -> None:
    """A pool that was growing when its healthy cluster broke gets its machines."""
    doc, now = healthy()
    machines.scale(doc, doc["pools"][1], 4, now)
    cluster.fail(doc, now + 1, reason="r", message="m")
    cluster.mend(doc, now + 1000)
    cluster.advance(doc, now + 10**5)
    assert [machine["state"] for machine in doc["pools"][1]["machines"]] == ["Running"] * 4


@pytest.mark.parametrize("moment", [1, 20, 100, 300, 700, 900])
def test_a_fault_at_any_moment_can_be_mended(moment: float) -> None:
    """A cluster that was broken at any point of its provisioning and is mended gets healthy, with machines that run."""
    doc = new()
    cluster.advance(doc, START + moment)
    cluster.fail(doc, START + moment, reason="r", message="m")
    assert doc["state"] == "Error"
    assert cluster.advance(doc, START + moment + 5000) == []
    cluster.mend(doc, START + moment + 5000)
    cluster.advance(doc, START + moment + 5000 + 1300)
    assert cluster.health(doc) == "Healthy"
    assert {machine["state"] for pool in doc["pools"] for machine in pool["machines"]} == {"Running"}
    assert [len(pool["machines"]) for pool in doc["pools"]] == [1, 2]


@pytest.mark.parametrize("moment", [0, 10, 300, 800, 1300])
def test_a_deletion_at_any_moment_ends(moment: float) -> None:
    """A cluster can be deleted at any point of its life; it is gone within 7 minutes, its machines before it."""
    doc = new()
    cluster.advance(doc, START + moment)
    cluster.begin_delete(doc, START + moment)
    assert doc["state"] == "Deleting"
    done = cluster.advance(doc, START + moment + tables.DELETE_S[1])
    assert done[-1].kind == "deleted"
    assert done[-1].at >= START + moment + tables.DELETE_S[0]
    assert all(pool["machines"] == [] for pool in doc["pools"])
