"""The wait for a wave: what it asks, what ends it, what it hands on."""

from __future__ import annotations

import re

import pytest

from palette_sdk.resources.fleet import coming
from palette_sdk.wire.cluster_state import Cluster
from palette_sdk.wire.clusters import ClusterProfiles
from tests.unit.resources.cluster.attached import admin
from tests.unit.resources.fleet.conftest import ID, Fleet
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, Steps
from tests.unit.resources.world import World

GET = ("GET", "/v1/spectroclusters/{uid}")
LIST = ("POST", "/v1/dashboard/spectroclusters/search")
SLOWEST = 1200.0
"""The longest that a cluster takes to be provisioned, by the clock of the control plane; the fastest takes 300 s less."""
LOOK = 60.0
"""How long, by the same clock, the pause between two looks is."""


def fail(world: World, fleet: Fleet, name: str, **facts: str) -> None:
    """Break a member."""
    uid = fleet.clusters.state[name].id
    assert world.http.handle_request(admin("POST", f"/local/clusters/{uid}/fail", facts)).status_code == 204


def mend(world: World, fleet: Fleet, name: str) -> None:
    """Take its fault away."""
    uid = fleet.clusters.state[name].id
    assert world.http.handle_request(admin("POST", f"/local/clusters/{uid}/mend", {})).status_code == 204


def test_waits_for_all(world: World, fleet: Fleet, readies: Steps) -> None:
    """It is there when all are ready, with their kubeconfigs and addresses and the service's time."""
    fleet.up("a", "b", "c")
    assert world.waited == 0
    inputs = fleet.wave("a", "b", "c")
    assert readies.up("prod-1", inputs) == "create"
    assert world.waited > 0
    outputs = readies.state["prod-1"].outputs
    assert readies.state["prod-1"].id == f"{ID}/prod/1"
    assert sorted(outputs["addresses"]) == sorted(outputs["kubeconfigs"]) == ["a", "b", "c"]
    assert outputs["addresses"]["a"].startswith("https://")
    assert "server" in outputs["kubeconfigs"]["b"]
    assert outputs["ready_at"] == readies.provider._runtime.client.service_time() > "2026-01-05T12:05"
    assert not outputs["failed"]
    readies.is_steady("prod-1", inputs)


def test_one_provisioning_time(world: World, fleet: Fleet, clusters: Steps, readies: Steps) -> None:
    """However many the members are, the fleet takes as long as the slowest; clusters that wait for themselves add up."""
    names = [f"m{number}" for number in range(12)]
    began = world.clock.now()
    fleet.up(*names)
    readies.up("prod-1", fleet.wave(*names))
    assert SLOWEST - 300 <= world.clock.now() - began <= SLOWEST + LOOK
    began = world.clock.now()
    for name in ("x", "y", "z"):
        clusters.up(name, world.cluster(fleet.profile, name=name))
    assert world.clock.now() - began >= 3 * (SLOWEST - 300)


def test_members_as_they_were_stored_before(world: World, fleet: Fleet, readies: Steps) -> None:
    """What most members have alike was stored once: leaving it out is no change of them."""
    fleet.up("a")
    member = fleet.member("a")
    readies.up(
        "prod-1", fleet.wave("a", members={"a": {**member, "name": "a", "project": "", "follows_template": False}})
    )
    readies.is_steady("prod-1", fleet.wave("a", members={"a": {"uid": member["uid"], "revision": member["revision"]}}))


def test_what_it_asks(world: World, fleet: Fleet, readies: Steps) -> None:
    """While it waits it asks for one list an interval, and for each member about once when that says that it is well."""
    names = [f"m{number}" for number in range(5)]
    fleet.up(*names)
    world.forget_writes()
    readies.up("prod-1", fleet.wave(*names))
    requests = world.plane.env.requests
    assert requests[LIST] > 3
    assert requests[GET] <= requests[LIST] / 8 * 5 + 3 * 5


def test_waits_after_updates(world: World, fleet: Fleet, readies: Steps) -> None:
    """A member that changes makes it wait again, for that member alone; what is carried is known in a preview."""
    fleet.up("a", "b")
    readies.up("prod-1", fleet.wave("a", "b"))
    first = readies.state["prod-1"].outputs
    preview = fleet.wave("a", "b")
    preview["members"]["b"]["revision"] = UNKNOWN
    step, checked = readies.preview("prod-1", preview)
    assert step == "update"
    assert checked["kubeconfigs"] == first["kubeconfigs"]
    assert checked["addresses"] == first["addresses"]

    fleet.up("b", tags={"env": "prod"})
    world.forget_writes()
    assert readies.up("prod-1", fleet.wave("a", "b")) == "update"
    assert world.link.lines[-1] == "passing: 1 of 1 ready (0 s)"
    again = readies.state["prod-1"].outputs
    assert (again["members"]["b"]["revision"], again["behind"]) == (2, [])
    assert (again["kubeconfigs"], again["addresses"]) == (first["kubeconfigs"], first["addresses"])
    world.forget_writes()
    assert readies.preview("prod-1", preview)[1]["kubeconfigs"] == first["kubeconfigs"]
    assert sum(world.plane.env.requests.values()) == 0


def test_a_member_that_comes_and_one_that_leaves(world: World, fleet: Fleet, readies: Steps) -> None:
    """A new member is unknown in a preview; one that left is not handed on; nothing soaks anew when one only leaves."""
    fleet.up("a", "b")
    readies.up("prod-1", fleet.wave("a"))
    preview = fleet.wave("a", "b")
    preview["members"]["b"] = {"uid": UNKNOWN, "name": "b", "project": "", "revision": UNKNOWN}
    _, checked = readies.preview("prod-1", preview)
    assert checked["kubeconfigs"]["b"] == UNKNOWN
    assert checked["kubeconfigs"]["a"] == readies.state["prod-1"].outputs["kubeconfigs"]["a"]
    readies.up("prod-1", fleet.wave("a", "b"))
    at = readies.state["prod-1"].outputs["ready_at"]
    world.turn(60)
    assert readies.up("prod-1", fleet.wave("b")) == "update"
    outputs = readies.state["prod-1"].outputs
    assert list(outputs["addresses"]) == list(outputs["members"]) == ["b"]
    assert outputs["behind"] == []
    assert outputs["ready_at"] == at


def test_one_that_fails(world: World, fleet: Fleet, readies: Steps) -> None:
    """The first failure ends it at once, with names and reasons; what it was is saved, and the next `up` goes on."""
    fleet.up("a", "b")
    fail(world, fleet, "b", message="no vCPUs left")
    inputs = fleet.wave("a", "b")
    with pytest.raises(AbortedError) as error:
        readies.up("prod-1", inputs)
    text = str(error.value)
    assert 'stage "prod" of the fleet "shop": 1 cluster that failed:\n  b: no vCPUs left' in text
    assert "later waves and stages were not touched" in text
    assert readies.state["prod-1"].init_failed
    mend(world, fleet, "b")
    assert readies.up("prod-1", inputs) == "update"
    readies.is_steady("prod-1", inputs)


def test_some_that_may_fail(world: World, fleet: Fleet, readies: Steps) -> None:
    """Up to `max_failures` are warned about, without kubeconfigs; those of earlier waves of the stage count."""
    fleet.up("a", "b")
    fail(world, fleet, "b", message="no vCPUs left")
    readies.up("prod-1", fleet.wave("a", "b", max_failures=1))
    outputs = readies.state["prod-1"].outputs
    assert outputs["failed"] == {"b": "no vCPUs left"}
    assert list(outputs["kubeconfigs"]) == ["a"]
    assert any(
        line.startswith('warning: stage "prod" of the fleet "shop" goes on without 1 cluster')
        for line in world.link.lines
    )
    fleet.up("c")
    fail(world, fleet, "c", message="no subnets left")
    second = fleet.wave("c", wave=2, waves=2, max_failures=1, failed_before=outputs["failed"])
    with pytest.raises(AbortedError, match="2 clusters that failed, 1 may:\n  b: no vCPUs left\n  c: no subnets left"):
        readies.up("prod-2", second)


def test_a_deadline(world: World, fleet: Fleet, readies: Steps) -> None:
    """A member that isn't ready in time has failed; the next `up` waits anew."""
    fleet.up("a")
    inputs = fleet.wave("a", timeout=3)
    with pytest.raises(AbortedError, match="a: not ready within 3 s: Provisioning"):
        readies.up("prod-1", inputs)
    assert world.waited == pytest.approx(3)
    readies.up("prod-1", {**inputs, "timeout": 3600})
    readies.is_steady("prod-1", inputs)


def test_a_cancel(world: World, fleet: Fleet, readies: Steps) -> None:
    """A cancel ends it within a second, and what is known is saved."""
    fleet.up("a")
    world.later(2, world.cancelled.set)
    with pytest.raises(AbortedError, match=r'stopped while waiting for stage "prod" of the fleet "shop" to be ready'):
        readies.up("prod-1", fleet.wave("a"))
    assert world.waited <= 3
    assert readies.state["prod-1"].init_failed
    assert readies.state["prod-1"].outputs["ready"] is False


def test_a_layer_that_fails(world: World, fleet: Fleet, readies: Steps) -> None:
    """A layer in Error is a failure with its words, also where the cluster runs."""
    fleet.up("a")
    fail(world, fleet, "a", message="image not found", layer="hello")
    with pytest.raises(AbortedError, match="image not found"):
        readies.up("prod-1", fleet.wave("a"))


def test_a_repave(world: World, fleet: Fleet, readies: Steps, profiles: Steps) -> None:
    """A repave that waits for approval is a failure that tells its token, and with the token it goes on."""
    fleet.up("a")
    readies.up("prod-1", fleet.wave("a"))
    profiles.up("web-2", world.profile(version="1.1.0", packs={"kubernetes": "1.31.1"}))
    body = {"profiles": [{"uid": profiles.state["web-2"].id, "replaceWithProfile": fleet.profile["uid"]}]}
    world.client.clusters.patch_profiles(fleet.clusters.state["a"].id, ClusterProfiles.of(body))
    changed = fleet.wave("a")
    changed["members"]["a"]["revision"] += 1
    with pytest.raises(AbortedError, match="a: a repave waits for approval") as error:
        readies.up("prod-1", changed)
    found = re.search(r'approve=\["(rp-[0-9a-f]{4})"\]', str(error.value))
    assert found is not None
    assert readies.up("prod-1", {**changed, "approve": [found[1]]}) == "update"
    assert readies.state["prod-1"].outputs["ready"] is True


def test_an_upgrade_that_waits_for_a_window() -> None:
    """What a template brings later isn't waited for; a change of the cluster's own is."""
    ready = {"name": "hello", "condition": {"type": "Ready", "status": "True"}}
    cluster = Cluster.of({"status": {"state": "Running", "packs": [ready], "spcApply": {"canBeApplied": False}}})
    assert coming.is_whole(coming.Member("a", "u", "a", follows_template=True), cluster)
    assert not coming.is_whole(coming.Member("a", "u", "a"), cluster)
    worse = Cluster.of({"status": {"packs": [ready, {"name": "x", "condition": {"type": "Error"}}]}})
    assert not coming.is_whole(coming.Member("a", "u", "a", follows_template=True), worse)


def test_deleted_meanwhile(world: World, fleet: Fleet, readies: Steps) -> None:
    """A member that someone deletes is a failure, not a wait until the deadline."""
    fleet.up("a")
    uid = fleet.clusters.state["a"].id

    def delete() -> None:
        world.client.clusters.delete(uid)

    world.later(2, delete)
    with pytest.raises(AbortedError, match="was deleted meanwhile"):
        readies.up("prod-1", fleet.wave("a"))


def test_a_member_moves_between_waves(world: World, fleet: Fleet, readies: Steps) -> None:
    """One that comes from another wave is known in a preview: its kubeconfig is read."""
    fleet.up("a", "b")
    readies.up("prod-1", fleet.wave("a"))
    readies.up("prod-2", fleet.wave("b"))
    _, checked = readies.preview("prod-1", fleet.wave("a", "b"))
    assert checked["kubeconfigs"]["b"] == readies.state["prod-2"].outputs["kubeconfigs"]["b"]


def test_a_refresh(world: World, fleet: Fleet, readies: Steps) -> None:
    """A refresh reads kubeconfigs anew, and shows no difference."""
    fleet.up("a")
    inputs = fleet.wave("a")
    readies.up("prod-1", inputs)
    readies.state["prod-1"].outputs["kubeconfigs"]["a"] = "an old one"
    assert readies.refresh("prod-1")
    assert "server" in readies.state["prod-1"].outputs["kubeconfigs"]["a"]
    assert readies.up("prod-1", inputs) == "same"
