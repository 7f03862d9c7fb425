"""Held updates between runs: a steady preview asks nothing about them, and sees when somebody applied one."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.wire.clusters import ClusterProfiles
from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.cluster.test_overrides import Cluster, content, override_on, prepared, replicas_in
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import World

LIST = {("POST", "/v1/dashboard/spectroclusters/search"): 1, ("GET", "/v1/dashboard/projects/metadata"): 1}
"""What a whole run asks once: the list of clusters, and the project's uid."""


def steady_preview(cluster: Cluster, item: dict[str, Any], **more: Any) -> tuple[str, list[str], dict[Any, int]]:
    """The step of a preview, its warnings, and the calls that it made."""
    world = cluster.world
    world.link.lines.clear()
    world.forget_writes()
    step, _ = cluster.clusters.preview("web", cluster.inputs(item, **more))
    told = [line for line in world.link.lines if line.startswith("warning")]
    return step, told, {row: number for row, number in world.plane.env.requests.items() if number}


def held(clusters: Steps, profiles: Steps, world: World, **options: Any) -> tuple[Cluster, dict[str, Any]]:
    """A cluster with a found override and a held update, recorded by an `up`."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"updates": "hold", **options})
    coming = prepared(cluster, "in place", found=True)
    assert cluster.up(coming) == "update"
    return cluster, coming


@pytest.mark.parametrize("policy", ["merge", "keep"])
def test_a_steady_preview_asks_nothing(clusters: Steps, profiles: Steps, world: World, policy: str) -> None:
    """What would become of a found override is remembered: the preview says it, and reads the list of clusters only."""
    cluster, coming = held(clusters, profiles, world, override_policy=policy)
    first = [line for line in world.link.lines if "if that update were applied" in line]
    assert first
    step, told, calls = steady_preview(cluster, coming)
    assert step == "same"
    assert [line for line in told if "if that update were applied" in line] == first
    assert any("update held" in line for line in told)
    assert calls == LIST
    clusters.is_steady("web", cluster.inputs(coming))
    assert steady_preview(cluster, coming)[2] == LIST


def test_what_is_remembered_ages(clusters: Steps, profiles: Steps, world: World) -> None:
    """Another policy, another content, or another override that a refresh found is judged anew."""
    cluster, coming = held(clusters, profiles, world)
    assert any("override conflict" in line for line in steady_preview(cluster, coming)[1])
    _, told, calls = steady_preview(cluster, coming, override_policy="drop")
    assert any("gives way to the profile's 3" in line for line in told)
    assert len(calls) > len(LIST)
    override_on(world, cluster.uid, coming["uid"], "manifest", old=1, new=3)
    assert clusters.refresh("web")
    _, told, calls = steady_preview(cluster, coming)
    assert any("override not needed any more" in line for line in told)
    assert len(calls) > len(LIST)
    cluster.up(coming)
    assert steady_preview(cluster, coming)[2] == LIST


def apply_elsewhere(world: World, cluster: Cluster, item: dict[str, Any], text: str) -> None:
    """Somebody applies the update, with that content."""
    uid = world.client.clusters.pack_manifests(cluster.uid, item["uid"], "hello")[0].metadata.uid
    values = [{"name": "hello", "manifests": [{"name": "hello", "content": text, "uid": uid}]}]
    body = ClusterProfiles.of({"profiles": [{"uid": item["uid"], "packValues": values}]})
    world.client.clusters.patch_profiles(cluster.uid, body, resolve_notification=True)
    world.turn(120)


def test_applied_elsewhere(clusters: Steps, profiles: Steps, world: World) -> None:
    """An update that somebody applied counts as applied in the next preview: one update that records it and sends nothing."""
    cluster, coming = held(clusters, profiles, world)
    apply_elsewhere(world, cluster, coming, content("manifest", 1, "2.0"))
    step, told, _ = steady_preview(cluster, coming)
    assert step == "update"
    assert not [line for line in told if "held" in line or "conflict" in line]
    assert any("the update of web 1.0.0 that was held has been applied outside" in line for line in world.link.lines)
    world.forget_writes()
    assert cluster.up(coming) == "update"
    assert world.writes == []
    assert replicas_in(cluster.text()) == 1
    outputs = clusters.state["web"].outputs
    assert outputs["pending_updates"] == {}
    assert outputs["found_overrides"] == {"web": {"hello": {"Deployment/hello/hello /spec/replicas": "1"}}}
    clusters.is_steady("web", cluster.inputs(coming))
    coming = cluster.version("1.0.0", 4, "2.0")
    with pytest.raises(RefusedError, match=r"base \(1\.0\.0\) 3      cluster runs 1      incoming 4"):
        clusters.preview("web", cluster.inputs(coming, updates="apply"))


def test_applied_elsewhere_while_another_is_held(clusters: Steps, profiles: Steps, world: World) -> None:
    """While the service has a notice of another profile, a refresh is needed to see it; then both are told apart."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"updates": "hold"})
    first = cluster.version("1.0.0", 2)
    lower = {"extra": world.profile()["layers"]["hello"]}
    profiles.up("apps", world.profile("apps", layers=lower, layer_order=["extra"], cloud="all"))
    clusters.up("web", world.cluster(first, attached(profiles, "apps")))
    coming = cluster.version("1.0.0", 3)
    other = {"extra": world.profile(replicas=7)["layers"]["hello"]}
    profiles.up("apps", world.profile("apps", layers=other, layer_order=["extra"], cloud="all"))
    inputs = world.cluster(coming, attached(profiles, "apps"))
    clusters.up("web", inputs)
    assert set(clusters.state["web"].outputs["pending_updates"]) == {"web", "apps"}
    apply_elsewhere(world, cluster, coming, content("manifest", 3))
    assert clusters.preview("web", inputs)[0] == "same"
    assert clusters.refresh("web")
    assert set(clusters.state["web"].outputs["pending_updates"]) == {"apps"}
    assert clusters.preview("web", inputs)[0] == "same"


def test_an_edit_that_was_taken_back_elsewhere(clusters: Steps, profiles: Steps, world: World) -> None:
    """Where the service has no notice as somebody took the edit back there, the update is held on, and nothing is lost."""
    cluster, coming = held(clusters, profiles, world)
    state = dict(profiles.state)
    cluster.version("1.0.0", 2)
    profiles.state = state
    step, told, _ = steady_preview(cluster, coming)
    assert step == "same"
    assert any("update held" in line for line in told)


@pytest.mark.parametrize("updates", ["apply", "hold"])
def test_a_profile_that_brings_the_overrides_value(
    clusters: Steps, profiles: Steps, world: World, updates: str
) -> None:
    """An override that equals what comes is dropped with a word, and its update is sent, although the content runs already."""
    cluster = Cluster(world, clusters, profiles, "values", {"updates": updates, "override_policy": "keep"})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "values", old=2, new=1)
    assert clusters.refresh("web")
    coming = cluster.version("1.0.0", 1)
    world.link.lines.clear()
    world.forget_writes()
    assert cluster.up(coming) == "update"
    assert any("override not needed any more: app /ui/replicas = 1 is what the" in line for line in world.link.lines)
    found = clusters.state["web"].outputs["found_overrides"]
    if updates == "hold":
        assert world.writes == []
        assert found == {"web": {"app": {"/ui/replicas": "1"}}}
        clusters.is_steady("web", cluster.inputs(coming))
        assert cluster.up(coming, updates="apply") == "update"
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/profiles"]
    assert clusters.state["web"].outputs["found_overrides"] == {}
    assert world.client.clusters.profile_updates(cluster.uid) == []
    rows = world.client.clusters.pack_config(cluster.uid, first["uid"], "app")
    assert not any(row.spec.is_values_overridden for row in rows)
    clusters.is_steady("web", cluster.inputs(coming, updates="apply"))
