"""What overrides are judged against when state is behind, ahead, or silent; and what is told of those that would be lost."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.wire.clusters import ClusterProfiles
from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.cluster.test_backups import guards, policy
from tests.unit.resources.cluster.test_overrides import (
    KINDS,
    Cluster,
    content,
    declared,
    override_on,
    profile,
    replicas_in,
)
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import WEB, World, manifest_layer

MORE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n"


def looked_up(item: dict[str, Any]) -> dict[str, Any]:
    """A profile as a look-up gives it: without content."""
    return {key: value for key, value in item.items() if key not in {"layers", "previous_layers", "variables"}}


def told(world: World) -> str:
    """All that was said."""
    return "\n".join(world.link.lines)


def place_of(kind: str) -> str:
    """The place of the replicas."""
    return " ".join(filter(None, [KINDS[kind].override.get("resource"), KINDS[kind].place]))


# -- nobody's override -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
def test_edited_twice_beside_a_cluster(clusters: Steps, profiles: Steps, world: World, kind: str) -> None:
    """A profile that was edited twice, once without its cluster, reaches a layer that nobody overrode."""
    cluster = Cluster(world, clusters, profiles, kind, {})
    cluster.up(cluster.version("1.0.0", 2))
    cluster.version("1.0.0", 3)
    assert cluster.up(cluster.version("1.0.0", 4)) == "update"
    assert replicas_in(cluster.text()) == 4


@pytest.mark.parametrize("kind", list(KINDS))
def test_looked_up_and_edited_elsewhere(clusters: Steps, profiles: Steps, world: World, kind: str) -> None:
    """A looked-up profile that others edited reaches a layer that nobody overrode."""
    cluster = Cluster(world, clusters, profiles, kind, {})
    cluster.up(looked_up(cluster.version("1.0.0", 2)))
    assert cluster.up(looked_up(cluster.version("1.0.0", 4))) == "update"
    assert replicas_in(cluster.text()) == 4


def test_an_override_whose_base_is_unknown(clusters: Steps, profiles: Steps, world: World) -> None:
    """Where a layer is overridden and nobody has what was applied, the conflict says so."""
    cluster = Cluster(world, clusters, profiles, "values", {})
    first = looked_up(cluster.version("1.0.0", 2))
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "values", old=2, new=1)
    with pytest.raises(RefusedError, match="base unknown      cluster runs 1      incoming 4"):
        clusters.preview("web", cluster.inputs(looked_up(cluster.version("1.0.0", 4))))


def test_taken_over_while_an_update_waits(clusters: Steps, profiles: Steps, world: World) -> None:
    """What a cluster runs before its update is no override: taking it over brings the update."""
    cluster = Cluster(world, clusters, profiles, "values", {})
    cluster.up(cluster.version("1.0.0", 2))
    uid, coming = cluster.uid, cluster.version("1.0.0", 3)
    clusters.state.clear()
    with pytest.raises(RefusedError) as refused:
        cluster.up(coming, adopt=uid)
    token = str(refused.value).split("approve=")[1].removesuffix(".").strip()
    cluster.up(coming, adopt=uid, approve=[token])
    assert replicas_in(cluster.text()) == 3
    assert "found override" not in told(world)
    assert clusters.state["web"].outputs["found_overrides"] == {}


@pytest.mark.parametrize("kind", ["values", "manifest"])
@pytest.mark.parametrize("found", [True, False], ids=["found", "declared"])
def test_applied_elsewhere_with_an_override(
    clusters: Steps, profiles: Steps, world: World, kind: str, *, found: bool
) -> None:
    """A held update that somebody applied, the override in it, is applied after a refresh; only the override is found."""
    options = {"updates": "hold", "override_policy": "keep", **({} if found else {"overrides": declared(kind, 1)})}
    cluster = Cluster(world, clusters, profiles, kind, options)
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    if found:
        override_on(world, cluster.uid, first["uid"], kind, old=2, new=1)
    coming = cluster.version("1.0.0", 3, "2.0")
    assert cluster.up(coming) == "update"
    layer, text = KINDS[kind].layer, content(kind, 1, "2.0")
    texts = {"values": text} if kind == "values" else {"manifests": [{"name": "hello", "content": text}]}
    body = {"profiles": [{"uid": first["uid"], "packValues": [{"name": layer, **texts}]}]}
    world.client.clusters.patch_profiles(cluster.uid, ClusterProfiles.of(body), resolve_notification=True)
    world.turn(60)
    assert clusters.refresh("web")
    outputs = clusters.state["web"].outputs
    assert outputs["pending_updates"] == {}
    assert outputs["found_overrides"] == ({"web": {layer: {place_of(kind): "1"}}} if found else {})
    assert cluster.up(coming) == "same"
    clusters.is_steady("web", cluster.inputs(coming))


# -- somebody changes the cluster meanwhile ----------------------------------------------------------------------------


def test_overridden_after_the_check_under_drop(clusters: Steps, profiles: Steps, world: World) -> None:
    """An override that nobody was told of is not dropped: the write stops, also where the policy would drop it."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"override_policy": "drop"})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    coming = cluster.version("1.0.0", 2, "2.0")
    clusters._begin()
    checked = clusters.check("web", clusters.state["web"].inputs, cluster.inputs(coming))
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    with pytest.raises(AbortedError, match="someone changed hello on the cluster since this was planned"):
        clusters._update("web", checked)
    assert replicas_in(cluster.text()) == 1


def test_overridden_while_a_backup_is_made(clusters: Steps, profiles: Steps, world: World) -> None:
    """What somebody changes while the backup before an update is made stops the update."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"override_policy": "drop", "backup": policy(world)})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    coming = cluster.version("1.1.0", 3)

    def override() -> None:
        rows = world.client.clusters.pack_manifests(cluster.uid, first["uid"], "hello")
        texts = {rows[0].metadata.uid: content("manifest", 1)}
        world.client.clusters.put_manifests(cluster.uid, first["uid"], "hello", texts)

    world.later(1, override)
    with pytest.raises(AbortedError, match="someone changed hello on the cluster since this was planned"):
        cluster.up(coming, guards=guards("backup"))
    assert replicas_in(cluster.text()) == 1


def test_overridden_after_an_update_was_cut_off(clusters: Steps, profiles: Steps, world: World) -> None:
    """An override made after an update was stopped before its write is judged by the next one, and kept."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"backup": policy(world), "guards": guards("backup")})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    coming = cluster.version("1.1.0", 2, "2.0")
    world.later(1, world.cancelled.set)
    with pytest.raises(AbortedError, match="stopped while waiting for backup"):
        cluster.up(coming)
    world.cancelled.clear()
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 1
    assert "2.0" in cluster.text()
    assert f"found override kept: hello {place_of('manifest')} = 1" in told(world)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
def test_an_update_that_failed_in_its_wait(
    clusters: Steps, profiles: Steps, world: World, kind: str, *, recorded: bool
) -> None:
    """The next `up` goes on with the version that is attached by then: only what somebody changed is an override."""
    cluster = Cluster(world, clusters, profiles, kind, {"override_policy": "keep"})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], kind, old=2, new=1)
    if recorded:
        assert clusters.refresh("web")
    coming = cluster.version("1.1.0", 3, "2.0")
    world.later(0.1, world.cancelled.set)
    with pytest.raises(AbortedError, match="stopped while waiting for cluster"):
        cluster.up(coming)
    world.cancelled.clear()
    world.link.lines.clear()
    world.forget_writes()
    assert cluster.up(coming) == "update"
    assert world.writes == []
    assert "not needed" not in told(world)
    assert "found override kept" in told(world)
    assert replicas_in(cluster.text()) == 1
    assert "2.0" in cluster.text()
    clusters.is_steady("web", cluster.inputs(coming))


def test_overridden_after_a_creation_was_cut_off(clusters: Steps, profiles: Steps, world: World) -> None:
    """A creation whose state was lost goes on with the cluster and keeps what somebody changed on it meanwhile."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    clusters.state.clear()
    assert cluster.up(first) == "create"
    assert replicas_in(cluster.text()) == 1
    assert clusters.state["web"].outputs["found_overrides"] == {"web": {"hello": {place_of("manifest"): "1"}}}


# -- told, refused, recorded -------------------------------------------------------------------------------------------


def addon(world: World, profiles: Steps, replicas: int) -> dict[str, Any]:
    """An add-on profile with one layer."""
    layers = {"extra": manifest_layer(WEB.format(replicas=replicas))}
    inputs = {
        **world.profile(name="extra"),
        "type": "add-on",
        "cloud": "all",
        "layers": layers,
        "layer_order": ["extra"],
    }
    profiles.up("extra", inputs)
    return attached(profiles, "extra")


def test_a_detached_profile_takes_overrides_along(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """A found override of a profile that is detached is told."""
    extra = addon(world, profiles, 2)
    clusters.up("web", world.cluster(web, extra))
    uid = clusters.state["web"].id
    rows = world.client.clusters.pack_manifests(uid, extra["uid"], "extra")
    world.client.clusters.put_manifests(uid, extra["uid"], "extra", {rows[0].metadata.uid: WEB.format(replicas=1)})
    world.turn(60)
    clusters.preview("web", world.cluster(web))
    assert f"found override goes with its profile extra: extra {place_of('manifest')} = 1." in told(world)


def test_a_replaced_profile_takes_overrides_along(clusters: Steps, profiles: Steps, world: World) -> None:
    """A found override of an infrastructure profile that another one takes the place of is told."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    profiles.up("other", {**profile(world, "manifest", 2), "name": "other"})
    clusters.preview("web", cluster.inputs(attached(profiles, "other")))
    assert f"found override goes with its profile web: hello {place_of('manifest')} = 1." in told(world)


def test_fail_stops_other_changes(clusters: Steps, profiles: Steps, world: World) -> None:
    """Under the policy `fail` a found override stops a preview of any change, and the way out that is named works."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"override_policy": "fail"})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    with pytest.raises(RefusedError, match=r'found override on "web"'):
        clusters.preview("web", cluster.inputs(first, tags={"env": "prod"}))
    assert clusters.refresh("web")
    override_on(world, cluster.uid, first["uid"], "manifest", old=1, new=2)
    with pytest.raises(RefusedError, match=r"--reset,\n  then pulumi refresh"):
        clusters.preview("web", cluster.inputs(first))
    assert clusters.refresh("web")
    assert clusters.preview("web", cluster.inputs(first))[0] == "same"


def test_a_manifest_of_the_cluster_alone(clusters: Steps, profiles: Steps, world: World) -> None:
    """A manifest that somebody added on the cluster stays, and is found under the same name by update and refresh."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    pack = {"name": "hello", "manifests": [{"name": "more", "content": MORE}]}
    body = ClusterProfiles.of({"profiles": [{"uid": first["uid"], "packValues": [pack]}]})
    world.client.clusters.patch_profiles(cluster.uid, body)
    world.turn(60)
    coming = cluster.version("1.0.0", 2, "2.0")
    assert cluster.up(coming) == "update"
    rows = world.client.clusters.packs_manifests(cluster.uid)
    assert {item.name for row in rows for layer in row.spec.packs for item in layer.spec.manifests} == {"hello", "more"}
    assert list(clusters.state["web"].outputs["found_overrides"]["web"]["hello"]) == ["more"]
    clusters.is_steady("web", cluster.inputs(coming))


def test_a_text_that_would_be_empty(clusters: Steps, profiles: Steps, world: World) -> None:
    """An override that leaves nothing of a text is refused: the service would take it for none."""
    cluster = Cluster(world, clusters, profiles, "values", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    with pytest.raises(RefusedError, match="values of layer app would become empty"):
        clusters.preview("web", cluster.inputs(first, overrides={"app": {"layer": "app", "text": ""}}))
