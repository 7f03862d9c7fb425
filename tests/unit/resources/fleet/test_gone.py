"""The end of a fleet: who waits, for what, and what is forced."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.cluster.attached import hold_delete
from tests.unit.resources.fleet.conftest import ID, Fleet
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World


def inputs(**changes: Any) -> dict[str, Any]:
    """Inputs of the end of a fleet."""
    return {"name": "shop", "fleet": ID, "projects": [""], "behind": "", "timeouts": {}, **changes}


def test_nothing_is_made(world: World, gones: Steps) -> None:
    """Its creation calls nothing, what stands behind it is not kept, and it stays as it is."""
    world.forget_writes()
    gones.up("shop-gone", inputs(behind=UNKNOWN))
    assert sum(world.plane.env.requests.values()) == 0
    assert gones.state["shop-gone"].id == ID
    assert "behind" not in gones.state["shop-gone"].inputs
    gones.is_steady("shop-gone", inputs())


def test_no_id(gones: Steps) -> None:
    """What is no id of a fleet is refused."""
    with pytest.raises(RefusedError, match='"shop" is no id of a fleet'):
        gones.up("shop-gone", inputs(fleet="shop"))


def test_says_that_the_fleet_stays(gones: Steps) -> None:
    """Its check tells the deletions of the same run; also under the ids that the fleet had before it was renamed."""
    gones.up("shop-gone", inputs())
    assert gones.provider._runtime.fleets == {ID}
    assert gones.up("shop-gone", inputs(fleet="abcdef0123")) == "update"
    assert gones.provider._runtime.fleets == {ID, "abcdef0123"}
    assert gones.state["shop-gone"].outputs["fleets"] == [ID, "abcdef0123"]


def test_waits_for_all(world: World, fleet: Fleet, gones: Steps) -> None:
    """Members are deleted without a wait; it waits until all are gone, and for no other cluster."""
    gones.up("shop-gone", inputs())
    fleet.up("a", "b")
    fleet.clusters.up("alone", world.cluster(fleet.profile, name="alone", wait=False))
    fleet.destroy("a", "b")
    assert world.waited == 0
    gones.destroy("shop-gone")
    assert [row.metadata.name for row in world.client.clusters.all(fresh=True)] == ["alone"]
    assert any("2 left: a (Deleting), b (Deleting)" in line for line in world.link.lines)
    assert world.link.lines[-1].startswith("passing: all gone")


def test_what_is_stuck_is_named(world: World, fleet: Fleet, gones: Steps) -> None:
    """At the deadline the error names what is left, and the same command goes on."""
    gones.up("shop-gone", inputs(timeouts={"delete": 60}))
    fleet.up("a", "b")
    hold_delete(world, fleet.clusters.state["b"].id)
    fleet.destroy("a", "b")
    with pytest.raises(
        AbortedError, match=r'(?s)all clusters of the fleet "shop".*1 left: b \(Deleting\).*the same command goes on'
    ):
        gones.destroy("shop-gone")
    assert "shop-gone" in gones.state


def test_what_is_stuck_is_forced(world: World, fleet: Fleet, gones: Steps) -> None:
    """After the time that the program gives, a member that hangs is deleted by force, once the service lets it."""
    gones.up("shop-gone", inputs(force_delete_after=5))
    fleet.up("a", "b")
    hold_delete(world, fleet.clusters.state["b"].id)
    fleet.destroy("a", "b")
    gones.destroy("shop-gone")
    assert world.client.clusters.all(fresh=True) == []
    (forced,) = [line for line in world.link.lines if "deleted by force" in line]
    assert forced.startswith("warning: b: still there after")


def test_what_is_stuck_and_not_forced(world: World, fleet: Fleet, gones: Steps) -> None:
    """Without that, a warning says how."""
    gones.up("shop-gone", inputs(timeouts={"delete": 1000}))
    fleet.up("a")
    hold_delete(world, fleet.clusters.state["a"].id)
    fleet.destroy("a")
    with pytest.raises(AbortedError):
        gones.destroy("shop-gone")
    assert sum('force_delete_after="15m" on the fleet' in line for line in world.link.lines) == 1


def test_a_member_that_nobody_deletes(world: World, fleet: Fleet, gones: Steps) -> None:
    """One that was to be kept is told and left."""
    gones.up("shop-gone", inputs())
    fleet.up("a", "kept")
    fleet.destroy("a")
    gones.destroy("shop-gone")
    assert [row.metadata.name for row in world.client.clusters.all(fresh=True)] == ["kept"]
    assert any(
        line.startswith('warning: kept: in the fleet "shop" by tag, and not being deleted') for line in world.link.lines
    )


def test_a_cancel(world: World, fleet: Fleet, gones: Steps) -> None:
    """A cancel ends the wait, and the deletion can be asked for again."""
    gones.up("shop-gone", inputs())
    fleet.up("a")
    fleet.destroy("a")
    world.later(1, world.cancelled.set)
    with pytest.raises(AbortedError, match="The same command goes on"):
        gones.destroy("shop-gone")
    world.cancelled.clear()
    gones.destroy("shop-gone")
    assert world.client.clusters.all(fresh=True) == []
