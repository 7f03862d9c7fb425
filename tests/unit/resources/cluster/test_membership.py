"""Members of a fleet: the tag by which it finds them, and who waits until they are gone."""

from __future__ import annotations

from typing import Any

import pytest

import palette_sdk as palette
from palette_sdk.wire.meta import MetaInput
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.test_resources import ACCOUNT, AWS, POOLS, looked_up, registered
from tests.unit.resources.world import World


def labels(world: World, uid: str) -> dict[str, str]:
    """Labels of a cluster on the service."""
    found = world.client.clusters.get(uid)
    assert found is not None
    return dict(found.metadata.labels)


def test_inputs_of_a_member() -> None:
    """A member has the id of its fleet among its inputs, a cluster of its own has none."""

    def program() -> None:
        arguments: dict[str, Any] = {"cloud_config": AWS, "cloud_account": ACCOUNT, "pools": POOLS}
        palette.Cluster.__init__(palette.Cluster._member("f1"), "member", **arguments, profiles=[looked_up()])
        palette.Cluster("alone", **arguments, profiles=[looked_up()])

    found = registered(program).inputs
    assert found["member"]["fleet"] == "f1"
    assert found["member"]["tags"] == {}
    assert "fleet" not in found["alone"]


def test_tag_of_the_fleet(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """The object has the fleet's tag beside those of the program, and it is no difference of them."""
    inputs = world.cluster(web, fleet="f1")
    clusters.up("web", inputs)
    assert labels(world, clusters.state["web"].id) == {"env": "dev", "palette-fleet": "f1"}
    clusters.is_steady("web", inputs)
    assert clusters.state["web"].outputs["tags"] == {"env": "dev"}


def test_lost_tag_of_the_fleet(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A tag that someone took away shows after a refresh and is put back; a changed tag keeps it."""
    inputs = world.cluster(web, fleet="f1")
    clusters.up("web", inputs)
    uid = clusters.state["web"].id
    clusters.up("web", {**inputs, "tags": {"env": "prod"}})
    assert labels(world, uid) == {"env": "prod", "palette-fleet": "f1"}
    seen = world.client.clusters.get(uid)
    assert seen is not None
    body = {"name": "web", "labels": {"env": "prod"}, "annotations": seen.metadata.annotations}
    world.client.clusters.patch_metadata(uid, MetaInput.of(body))
    clusters.refresh("web")
    assert clusters.state["web"].inputs["fleet"] == ""
    assert clusters.up("web", inputs) == "update"
    assert labels(world, uid) == {"env": "dev", "palette-fleet": "f1"}


def test_leaves_the_fleet_and_stays(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that is no member any more loses the tag."""
    clusters.up("web", world.cluster(web, fleet="f1"))
    assert clusters.up("web", world.cluster(web)) == "update"
    assert labels(world, clusters.state["web"].id) == {"env": "dev"}
    clusters.is_steady("web", world.cluster(web))


def test_own_tag_of_that_name(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A tag of the program's under the fleet's key is refused."""
    with pytest.raises(RefusedError, match="the tag palette-fleet is how the fleet finds its clusters"):
        clusters.preview("web", world.cluster(web, fleet="f1", tags={"palette-fleet": "mine"}))


def test_deleted_with_its_fleet(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Where no check has seen the fleet, it goes as a whole: its member is deleted without a wait."""
    clusters.up("web", world.cluster(web, fleet="f1"))
    uid, before = clusters.state["web"].id, world.waited
    clusters.destroy("web")
    assert world.waited == before
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.status is not None
    assert found.status.state == "Deleting"


def test_leaves_alone(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Where the fleet stays, a member that is deleted waits until it is gone."""
    clusters.up("web", world.cluster(web, fleet="f1"))
    clusters.provider._runtime.fleets.add("f1")
    clusters._delete("web")
    assert world.client.clusters.all(fresh=True) == []
