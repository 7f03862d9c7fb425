"""A version that a template links is locked: edits in place are refused in the preview, with the version to make instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.fleets import COUNT, follow, linked, template, variables
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World, manifest_layer


@pytest.fixture
def base(templates: Steps, profiles: Steps, world: World) -> dict[str, Any]:
    """The inputs of web 1.0.0, which the templates fleet and edge link; 1.0.1 exists beside it."""
    found = linked(profiles, world)
    linked(profiles, world, version="1.0.1", replicas=5)
    for name in ("fleet", "edge"):
        templates.up(name, template(found, name=name))
    world.link.lines.clear()
    world.forget_writes()
    return world.profile()


@pytest.mark.parametrize(
    ("change", "what", "way"),
    [
        ({"replicas": 3}, "(hello)", "set_layers=[...]"),
        ({"packs": {"cni-calico": "3.28.2"}}, "(cni-calico)", "set_layers=[...]"),
        ({"variables": variables(count=COUNT)}, "(its variables)", "set_variables=[...]"),
    ],
)
def test_edits_are_refused(
    profiles: Steps, world: World, base: dict[str, Any], *, change: dict[str, Any], what: str, way: str
) -> None:
    """Layers and variables of a linked version can't change: the templates are named, and a free version to paste."""
    with pytest.raises(RefusedError) as refused:
        profiles.preview("web-1.0.0", world.profile(**change))
    text = str(refused.value)
    assert f"web 1.0.0 can't be edited in place {what}: the cluster templates edge, fleet link it" in text
    assert f'palette.ProfileVersion("web-1.0.2", source=<this profile>, version="1.0.2", {way})' in text
    assert world.writes == []


def test_metadata_stays_editable(profiles: Steps, world: World, base: dict[str, Any]) -> None:
    """Tags and description of a linked version change in place."""
    changed = {**base, "tags": {"env": "prod"}, "description": "for the fleet"}
    assert profiles.up("web-1.0.0", changed) == "update"
    assert world.writes == ["PATCH /v1/clusterprofiles/{uid}/metadata"]
    profiles.is_steady("web-1.0.0", changed)


def test_content_that_is_not_known_yet(profiles: Steps, world: World, base: dict[str, Any]) -> None:
    """Content that may turn out to be the same is a warning in the preview, and judged in the update."""
    unsure = {**base, "layers": {**base["layers"], "hello": manifest_layer(UNKNOWN)}}
    assert profiles.preview("web-1.0.0", unsure)[0] == "update"
    (line,) = world.link.lines
    assert line.startswith("warning: web 1.0.0 is linked by edge, fleet, and so locked: if its content is another one")
    assert profiles.up("web-1.0.0", base) == "same"


def test_a_version_that_clusters_still_run(
    profiles: Steps, templates: Steps, world: World, base: dict[str, Any]
) -> None:
    """Linked no longer, it can be edited: nothing of it comes to followers that still run it, and no update waits there."""
    follow(world, templates.state["fleet"].id, "one")
    templates.destroy("edge")
    second = linked(profiles, world, version="1.0.1", replicas=5)
    templates.up("fleet", template(second))
    world.link.lines.clear()
    assert profiles.up("web-1.0.0", world.profile(replicas=3)) == "update"
    (line,) = world.link.lines
    assert (
        "one still runs it, until the upgrade to what the cluster template links now: the edit doesn't come there"
        in line
    )
    assert "pending update" not in line
    (row,) = world.client.clusters.all(fresh=True)
    assert world.client.notifications.for_cluster(row.metadata.uid) == []
    assert not row.status.notifications.is_available
    world.client.templates.upgrade_now(templates.state["fleet"].id)
    world.clock.advance(3600)
    (running,) = world.client.clusters.profiles(row.metadata.uid)
    assert running.profile_version == "1.0.1"


def test_free_again(profiles: Steps, templates: Steps, world: World, base: dict[str, Any]) -> None:
    """Once no template links it the version can be edited, and deleted; before that deletion names the templates."""
    with pytest.raises(AbortedError, match=r"web 1\.0\.0 .* is in use by .*fleet"):
        profiles.destroy("web-1.0.0")
    for name in ("fleet", "edge"):
        templates.destroy(name)
    assert profiles.up("web-1.0.0", world.profile(replicas=3)) == "update"
    profiles.destroy("web-1.0.0")
