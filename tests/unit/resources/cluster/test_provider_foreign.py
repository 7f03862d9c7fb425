"""What others did to a cluster is left alone, and small words of the program mean what they say."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.args import Variable
from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.wire.clusters import ClusterProfiles, PoolEntity, ProfileEntity
from palette_sdk.wire.meta import MetaInput
from tests.unit.resources.cluster.attached import attached, edited, running
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World, manifest_layer

OVERRIDE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: theirs\n"


def config_of(world: World, uid: str) -> tuple[str, list[str]]:
    """Uid of the cloud config, and the names of its pools."""
    cluster = world.client.clusters.get(uid)
    assert cluster is not None
    ref = cluster.spec.cloud_config_ref.uid
    config = world.client.cloudconfigs.get("aws", ref)
    assert config is not None
    return ref, [pool["name"] for pool in config.body()["spec"]["machinePoolConfig"]]


def override(world: World, uid: str) -> None:
    """Change the manifest of the layer hello on the cluster, as somebody would in the console."""
    cluster = world.client.clusters.get(uid)
    assert cluster is not None
    template = cluster.spec.cluster_profile_templates[0]
    rows = world.client.clusters.pack_manifests(uid, template.uid, "hello")
    world.client.clusters.put_manifests(uid, template.uid, "hello", {rows[0].metadata.uid: OVERRIDE})


def test_pools_and_profiles_of_others_stay(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A pool and an add-on that somebody added on the service survive a change of a tag."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    ref, _ = config_of(world, uid)
    pool = {
        "cloudConfig": {"instanceType": "p3.2xlarge", "azs": ["eu-west-1a"], "rootDeviceSize": 60},
        "poolConfig": {"name": "gpu", "size": 1, "labels": ["worker"]},
    }
    world.client.cloudconfigs.add_pool("aws", ref, PoolEntity.of(pool))
    extra = world.profile(
        "extra", cloud="all", type="add-on", layers={"theirs": manifest_layer(OVERRIDE)}, layer_order=["theirs"]
    )
    profiles.up("extra", extra)
    body = ClusterProfiles(profiles=[ProfileEntity(uid=profiles.state["extra"].id)])
    world.client.clusters.patch_profiles(uid, body)
    world.forget_writes()
    assert clusters.up("web", world.cluster(web, tags={"env": "prod"})) == "update"
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/metadata"]
    assert "gpu" in config_of(world, uid)[1]


def test_a_pool_scaled_by_hand_stays(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A size that somebody changed on the service is not set back by a change of a tag; a refresh shows it."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    ref, _ = config_of(world, uid)
    pool = {
        "cloudConfig": {"instanceType": "m5.large", "azs": ["eu-west-1a"], "rootDeviceSize": 60},
        "poolConfig": {"name": "worker", "size": 6, "labels": ["worker"]},
    }
    world.client.cloudconfigs.put_pool("aws", ref, PoolEntity.of(pool))
    world.forget_writes()
    clusters.up("web", world.cluster(web, tags={"env": "prod"}))
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/metadata"]
    assert clusters.refresh("web")
    assert clusters.state["web"].inputs["pools"]["worker"]["count"] == 6


def test_a_default_that_is_written_down_replaces_nothing(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Saying the default of a replacing field is no replacement, even where replacements are allowed."""
    allowed = {"when_busy": "wait", "minor_skip": "refuse", "replace": "allow"}
    clusters.up("web", world.cluster(web, guards=allowed))
    uid = clusters.state["web"].id
    config = {"cloud": "aws", "region": "eu-west-1", "control_plane_load_balancer": "Internet-facing"}
    clusters.up("web", world.cluster(web, guards=allowed, cloud_config=config))
    assert clusters.state["web"].id == uid


def test_an_override_survives_while_the_cluster_was_not_ready(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """With a held update and an override, a tag sends neither, also when the last wait ended early."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    override(world, uid)
    item = edited(profiles, world, replicas=5)
    clusters.up("web", world.cluster(item))
    clusters.state["web"].outputs["ready"] = False
    clusters.up("web", world.cluster(item, tags={"env": "prod"}))
    assert running(world, uid)["hello"] == OVERRIDE


def test_a_held_update_stays_held_under_another_key(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """The key of a profile may change with its place in the list; what is held stays held."""
    inputs = world.cluster(web)
    inputs["profiles"] = {"profile-0": web}
    clusters.up("web", inputs)
    item = edited(profiles, world, replicas=5)
    inputs["profiles"] = {"profile-0": item}
    clusters.up("web", inputs)
    inputs["profiles"] = {"profile-1": item}
    clusters.up("web", inputs)
    assert "replicas: 2" in running(world, clusters.state["web"].id)["hello"]
    assert "profile-1" in clusters.state["web"].inputs["pending_updates"]
    clusters.is_steady("web", inputs)


def test_a_foreign_cluster_of_the_same_name_is_not_looked_at(
    clusters: Steps, world: World, web: dict[str, Any]
) -> None:
    """Where ours is gone and another has its name, the preview takes no kubeconfig from that one."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    found = world.client.clusters.get(uid)
    assert found is not None
    annotations = {**found.metadata.annotations, MARKER: "ffffffffffffffff"}
    meta = {"name": "web", "labels": found.metadata.labels, "annotations": annotations}
    world.client.clusters.patch_metadata(uid, MetaInput.of(meta))
    _, checked = clusters.preview("web", world.cluster(web, tags={"env": "prod"}))
    assert "kubeconfig" not in checked


def test_a_cluster_that_nobody_waits_for_is_steady(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """With wait=False a refresh while it is provisioned leaves nothing to do."""
    inputs = world.cluster(web, wait=False)
    clusters.up("web", inputs)
    clusters.refresh("web")
    assert clusters.preview("web", inputs)[0] == "same"


def test_a_bare_tag_comes_and_goes(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A tag without a value is written, and removed again."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    assert clusters.up("web", world.cluster(web, tags={"env": "dev", "web": ""})) == "update"
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.metadata.labels["web"] == "spectro__tag"
    assert clusters.up("web", world.cluster(web)) == "update"
    found = world.client.clusters.get(uid)
    assert found is not None
    assert "web" not in found.metadata.labels


def test_a_time_zone_that_leaves_the_program(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """It becomes UTC again; one that somebody set on the service is theirs."""
    clusters.up("web", world.cluster(web, timezone="Europe/Berlin"))
    uid = clusters.state["web"].id
    assert clusters.up("web", world.cluster(web)) == "update"
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.spec.cluster_config.timezone == "UTC"
    clusters.is_steady("web", world.cluster(web))
    world.client.clusters.set_timezone(uid, "Asia/Tokyo")
    clusters.is_steady("web", world.cluster(web))


def test_a_version_bump_with_the_same_values_is_sent(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """A layer's new version counts although its values stay the same text."""
    clusters.up("web", world.cluster(web, updates="apply"))
    uid = clusters.state["web"].id
    layers = dict(profiles.state["web"].inputs["layers"])
    name = next(key for key, layer in layers.items() if layer["kind"] == "csi")
    other = world.pack("csi-aws-ebs", "1.35.0")
    layers[name] = {**other, "values": layers[name]["values"], "defaults": False}
    order = profiles.state["web"].inputs["layer_order"]
    profiles.up("web", world.profile(layers=layers, layer_order=order))
    item = attached(profiles, "web")
    world.forget_writes()
    assert clusters.up("web", world.cluster(item, updates="apply")) == "update"
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/profiles"]
    found = world.client.clusters.get(uid)
    assert found is not None
    versions = {pack.name: pack.version for pack in found.spec.cluster_profile_templates[0].packs}
    assert versions[name] == "1.35.0"


@pytest.mark.parametrize("value", [False, ""])
def test_an_empty_value_of_a_variable_is_a_value(clusters: Steps, profiles: Steps, world: World, value: object) -> None:
    """A variable that is switched off differs from one that isn't given."""
    definition = {"format": "string", "default": "true"}
    profiles.up("vars", world.profile("vars", variables={"debug": definition}))
    item = attached(profiles, "vars")
    clusters.up("web", world.cluster(item))
    assert clusters.preview("web", world.cluster(item, variables={"debug": value}))[0] == "update"


def region(default: str) -> dict[str, Any]:
    """The definition of a variable, as a program gives it."""
    return {"region": Variable("region", default=default).props()}


def test_changed_definitions_of_variables_are_an_update(clusters: Steps, profiles: Steps, world: World) -> None:
    """A new default makes a pending update: held and told, then applied; each is steady."""
    profiles.up("vars", world.profile("vars", variables=region("x")))
    clusters.up("web", world.cluster(attached(profiles, "vars")))
    uid = clusters.state["web"].id
    profiles.up("vars", world.profile("vars", variables=region("y")))
    item = attached(profiles, "vars")
    world.link.lines.clear()
    world.forget_writes()
    assert clusters.up("web", world.cluster(item)) == "update"
    assert world.writes == []
    assert list(clusters.state["web"].inputs["pending_updates"]["vars"]["layers"]) == ["(variables)"]
    assert any("update held" in line and "variables" in line for line in world.link.lines)
    clusters.is_steady("web", world.cluster(item))
    assert clusters.up("web", world.cluster(item, updates="apply")) == "update"
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/profiles"]
    assert clusters.state["web"].inputs["pending_updates"] == {}
    assert world.client.clusters.profile_updates(uid) == []
    clusters.is_steady("web", world.cluster(item, updates="apply"))


def test_changed_definitions_applied_elsewhere(clusters: Steps, profiles: Steps, world: World) -> None:
    """When somebody applies the update on the service, a refresh sees that nothing waits any more."""
    profiles.up("vars", world.profile("vars", variables=region("x")))
    clusters.up("web", world.cluster(attached(profiles, "vars")))
    uid = clusters.state["web"].id
    profiles.up("vars", world.profile("vars", variables=region("y")))
    inputs = world.cluster(attached(profiles, "vars"))
    clusters.up("web", inputs)
    body = ClusterProfiles(profiles=[ProfileEntity(uid=profiles.state["vars"].id)])
    world.client.clusters.patch_profiles(uid, body, resolve_notification=True)
    assert clusters.refresh("web")
    assert clusters.state["web"].inputs["pending_updates"] == {}
    assert clusters.preview("web", inputs)[0] == "same"
