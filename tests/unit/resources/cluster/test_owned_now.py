"""An override that somebody made, and whose place the program declares from now on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.cluster.test_bases import looked_up
from tests.unit.resources.cluster.test_overrides import KINDS, RESOURCE, Cluster, declared, override_on, replicas_in
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World

KEPT = ("values", "manifest")


def told(world: World) -> list[str]:
    """What was said of found overrides that give way."""
    return [line for line in world.link.lines if "gives way: " in line]


def with_found(clusters: Steps, profiles: Steps, world: World, kind: str, *, recorded: bool) -> tuple[Cluster, Any]:
    """A cluster that runs 2 replicas of its profile, overridden to 1."""
    cluster = Cluster(world, clusters, profiles, kind, {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], kind, old=2, new=1)
    if recorded:
        assert clusters.refresh("web")
    world.link.lines.clear()
    return cluster, first


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
def test_declared_as_another_value(
    clusters: Steps, profiles: Steps, world: World, kind: str, *, recorded: bool
) -> None:
    """The preview names the place and the value that goes; after the `up` nothing is said any more."""
    cluster, first = with_found(clusters, profiles, world, kind, recorded=recorded)
    more = {"overrides": declared(kind, 7)}
    clusters.preview("web", cluster.inputs(first, **more))
    place = " ".join(filter(None, [RESOURCE if kind == "manifest" else "", KINDS[kind].place]))
    (line,) = told(world)
    assert line == (
        f"warning: web: found override gives way: {KINDS[kind].layer} {place} = 1 on the cluster becomes what this program "
        "declares there now."
    )
    cluster.up(first, **more)
    assert replicas_in(cluster.text()) == 7
    world.link.lines.clear()
    clusters.is_steady("web", cluster.inputs(first, **more))
    cluster.up(cluster.version("1.0.0", 2, "2.0"), **more)
    assert told(world) == []
    assert replicas_in(cluster.text()) == 7


@pytest.mark.parametrize("kind", KEPT)
def test_declared_as_it_is(clusters: Steps, profiles: Steps, world: World, kind: str) -> None:
    """Declaring what the cluster runs takes nothing away, and nothing is said of it."""
    cluster, first = with_found(clusters, profiles, world, kind, recorded=True)
    cluster.up(first, overrides=declared(kind, 1))
    assert told(world) == []
    assert replicas_in(cluster.text()) == 1


def test_a_whole_text(clusters: Steps, profiles: Steps, world: World) -> None:
    """A whole text that is declared takes the place of what somebody changed in it."""
    cluster, first = with_found(clusters, profiles, world, "not YAML", recorded=True)
    clusters.preview("web", cluster.inputs(first, overrides=declared("not YAML", 7)))
    assert len(told(world)) == 1
    assert "text" in told(world)[0]


def test_another_place(clusters: Steps, profiles: Steps, world: World) -> None:
    """A found override elsewhere in the layer is kept, and not said to give way."""
    cluster, first = with_found(clusters, profiles, world, "values", recorded=True)
    row = {"app /ui/image": {"layer": "app", "path": "/ui/image", "value": "hello:9"}}
    cluster.up(first, overrides=row)
    assert told(world) == []
    assert replicas_in(cluster.text()) == 1
    assert any("found override kept: app /ui/replicas = 1" in line for line in world.link.lines)


def test_where_what_was_applied_is_not_known(clusters: Steps, profiles: Steps, world: World) -> None:
    """A version that others edited, under an override that no refresh recorded: what differs is named, too."""
    cluster = Cluster(world, clusters, profiles, "values", {})
    first = looked_up(cluster.version("1.0.0", 2))
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "values", old=2, new=1)
    coming = looked_up(cluster.version("1.0.0", 4))
    world.link.lines.clear()
    clusters.preview("web", cluster.inputs(coming, overrides=declared("values", 7)))
    (line,) = told(world)
    assert "app /ui/replicas = 1 on the cluster" in line
