"""A cluster that somebody moved to another version, while the program keeps or edits its own."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.wire.clusters import ClusterProfiles
from tests.unit.resources.cluster.test_overrides import KINDS, Cluster, override_on, replicas_in
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import World

MOVED = (
    "warning: web: someone moved web to 1.1.0, outside this program, which has 1.0.0; this run leaves it there.\n"
    "  run `pulumi refresh` to see what it runs; then choose 1.1.0 in the program, or `pulumi up` moves it back"
)
RECORDS = ("pending_updates", "found_overrides", "base_texts", "layers_plan")


def moved(cluster: Cluster, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Somebody moves the cluster, and overrides the replicas there."""
    entity = {"uid": new["uid"], "replaceWithProfile": old["uid"]}
    cluster.world.client.clusters.patch_profiles(cluster.uid, ClusterProfiles.of({"profiles": [entity]}))
    cluster.world.turn(60)
    override_on(cluster.world, cluster.uid, new["uid"], cluster.kind, old=2, new=1)


def told(world: World) -> list[str]:
    """Warnings since the last time."""
    found = [line for line in world.link.lines if line.startswith("warning")]
    world.link.lines.clear()
    return found


def records(clusters: Steps) -> dict[str, Any]:
    """What state says of the profiles."""
    return {name: clusters.state["web"].outputs.get(name) for name in RECORDS}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
def test_edited_here_and_moved_elsewhere(
    clusters: Steps, profiles: Steps, world: World, kind: str, *, recorded: bool
) -> None:
    """No update of the version that left is recorded, and no found override forgotten; a refresh shows what runs."""
    cluster = Cluster(world, clusters, profiles, kind, {"updates": "hold"})
    first, second = cluster.version("1.0.0", 2), cluster.version("1.1.0", 2, "2.0")
    cluster.up(first)
    if recorded:
        override_on(world, cluster.uid, first["uid"], kind, old=2, new=1)
        assert clusters.refresh("web")
    before = records(clusters)
    moved(cluster, first, second)
    coming = cluster.version("1.0.0", 3)
    told(world)
    assert cluster.up(coming) == "same"
    assert told(world) == [MOVED]
    assert records(clusters) == before
    assert replicas_in(cluster.text()) == 1
    assert clusters.refresh("web")
    assert list(clusters.state["web"].outputs["found_overrides"]["web"]) == [KINDS[kind].layer]
    assert clusters.state["web"].outputs["pending_updates"] == {}
    with pytest.raises(RefusedError, match="override conflict"):
        clusters.preview("web", cluster.inputs(coming))


def test_moved_while_an_update_waits(clusters: Steps, profiles: Steps, world: World) -> None:
    """Of an update that waited for the version that left it isn't said any more that it waits."""
    cluster = Cluster(world, clusters, profiles, "values", {"updates": "hold"})
    first, second = cluster.version("1.0.0", 2), cluster.version("1.1.0", 2, "2.0")
    cluster.up(first)
    coming = cluster.version("1.0.0", 3)
    cluster.up(coming)
    assert clusters.state["web"].outputs["pending_updates"]
    moved(cluster, first, second)
    told(world)
    assert clusters.preview("web", cluster.inputs(coming))[0] == "same"
    assert told(world) == [MOVED]
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs["pending_updates"] == {}
    world.forget_writes()
    cluster.up(second)
    assert world.writes == []
    clusters.is_steady("web", cluster.inputs(second))


def test_another_change_of_a_moved_cluster(clusters: Steps, profiles: Steps, world: World) -> None:
    """A change of something else arrives, says that the cluster was moved, and keeps what is recorded."""
    cluster = Cluster(world, clusters, profiles, "values", {"updates": "hold"})
    first, second = cluster.version("1.0.0", 2), cluster.version("1.1.0", 2, "2.0")
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "values", old=2, new=1)
    assert clusters.refresh("web")
    before = records(clusters)
    moved(cluster, first, second)
    told(world)
    assert cluster.up(first, tags={"env": "prod"}) == "update"
    assert told(world) == [MOVED]
    assert records(clusters) == before
    assert replicas_in(cluster.text()) == 1
