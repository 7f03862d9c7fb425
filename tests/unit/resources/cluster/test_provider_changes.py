"""The hooks that change clusters, on pulumi's servicer and a control plane in process whose clock their waits move."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.bodies import MARKER
from tests.unit.resources.cluster.attached import attached, edited, further, running
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World


def test_another_version_and_back(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """Moving to another version is one update in place; moving back restores the old content."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    newer = further(profiles, world, replicas=3)
    step, checked = clusters.preview("web", world.cluster(newer))
    assert step == "update"
    assert checked["pending_updates"] == {}
    world.forget_writes()
    assert clusters.up("web", world.cluster(newer)) == "update"
    assert clusters.state["web"].id == uid
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/profiles"]
    assert "replicas: 3" in running(world, uid)["hello"]
    clusters.is_steady("web", world.cluster(newer))
    assert clusters.up("web", world.cluster(web)) == "update"
    assert "replicas: 2" in running(world, uid)["hello"]
    clusters.is_steady("web", world.cluster(web))


def test_held_update(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """An edit in place is held: one update of bookkeeping, nothing is written, and what waits is told."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    item = edited(profiles, world, replicas=3)
    inputs = world.cluster(item)
    world.forget_writes()
    world.link.lines.clear()
    assert clusters.up("web", inputs) == "update"
    assert world.writes == []
    assert list(clusters.state["web"].inputs["pending_updates"]["web"]["layers"]) == ["hello"]
    assert "replicas: 2" in running(world, uid)["hello"]
    assert any("update held" in line and "up-" in line for line in world.link.lines)
    clusters.is_steady("web", inputs)


def test_held_update_by_its_token(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """The token of a held update applies that one, and is not needed afterwards."""
    clusters.up("web", world.cluster(web))
    item = edited(profiles, world, replicas=3)
    clusters.up("web", world.cluster(item))
    told = next(line for line in world.link.lines if "update held" in line)
    token = told.split('approve=["')[1].split('"')[0]
    assert clusters.up("web", world.cluster(item, approve=[token])) == "update"
    assert "replicas: 3" in running(world, clusters.state["web"].id)["hello"]
    assert clusters.state["web"].inputs["pending_updates"] == {}
    clusters.is_steady("web", world.cluster(item))


def test_edit_applied_at_once(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """With updates="apply" an edit in place reaches the cluster in the same run."""
    clusters.up("web", world.cluster(web, updates="apply"))
    item = edited(profiles, world, replicas=3)
    assert clusters.up("web", world.cluster(item, updates="apply")) == "update"
    assert "replicas: 3" in running(world, clusters.state["web"].id)["hello"]
    clusters.is_steady("web", world.cluster(item, updates="apply"))


def test_edit_taken_back(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A held update whose profile goes back to the old content waits no longer."""
    clusters.up("web", world.cluster(web))
    clusters.up("web", world.cluster(edited(profiles, world, replicas=3)))
    item = edited(profiles, world, replicas=2)
    clusters.up("web", world.cluster(item))
    assert clusters.state["web"].inputs["pending_updates"] == {}
    clusters.is_steady("web", world.cluster(item))


def test_changed_tag(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A changed tag is one write of metadata, keeps what others wrote, and carries addresses and access in the preview."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    inputs = world.cluster(web, tags={"env": "prod"})
    step, checked = clusters.preview("web", inputs)
    assert step == "update"
    assert checked["services"]["hello-service"]["host"]
    assert checked["kubeconfig"].count("kind: Config") == 1
    world.forget_writes()
    assert clusters.up("web", inputs) == "update"
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/metadata"]
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.metadata.labels["env"] == "prod"
    assert found.metadata.annotations[MARKER] == clusters.state["web"].inputs["marker"]
    clusters.is_steady("web", inputs)


def test_tag_beside_a_held_update(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A changed tag does not bring a held update along."""
    clusters.up("web", world.cluster(web))
    item = edited(profiles, world, replicas=3)
    clusters.up("web", world.cluster(item))
    clusters.up("web", world.cluster(item, tags={"env": "prod"}))
    assert "replicas: 2" in running(world, clusters.state["web"].id)["hello"]
    assert list(clusters.state["web"].inputs["pending_updates"]) == ["web"]
    clusters.is_steady("web", world.cluster(item, tags={"env": "prod"}))


def test_pools(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Pools are changed, added and removed in place, each with an empty second run."""
    clusters.up("web", world.cluster(web))
    pools = world.cluster(web)["pools"]
    larger = {**pools, "worker": {**pools["worker"], "count": 3}}
    more = {**larger, "extra": {**pools["worker"], "count": 1}}
    for wanted, write in [
        (larger, "PUT /v1/cloudconfigs/aws/{configUid}/machinePools/{machinePoolName}"),
        (more, "POST /v1/cloudconfigs/aws/{configUid}/machinePools"),
        (larger, "DELETE /v1/cloudconfigs/aws/{configUid}/machinePools/{machinePoolName}"),
    ]:
        inputs = world.cluster(web, pools=wanted)
        world.forget_writes()
        assert clusters.up("web", inputs) == "update"
        assert len(world.writes) == 1
        assert world.writes[0].split()[0] == write.split()[0]
        clusters.is_steady("web", inputs)


def test_timezone(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """The time zone changes in place, and an unknown name is refused with the nearest."""
    clusters.up("web", world.cluster(web))
    inputs = world.cluster(web, timezone="Europe/Berlin")
    assert clusters.up("web", inputs) == "update"
    clusters.is_steady("web", inputs)
    with pytest.raises(RefusedError, match=r"no IANA time zone.*Europe/Berlin"):
        clusters.preview("web", world.cluster(web, timezone="Europe/Berln"))


def test_replacement_wants_its_token(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Another region is refused with both values; its token lets exactly that pass, and the old cluster goes first."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    moved = world.cluster(web, cloud_config={"cloud": "aws", "region": "us-east-1"})
    with pytest.raises(RefusedError, match=r"cloud_config\.region eu-west-1 -> us-east-1") as refused:
        clusters.preview("web", moved)
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    elsewhere = {**moved, "cloud_config": {"cloud": "aws", "region": "us-west-2"}, "approve": [token]}
    with pytest.raises(RefusedError):
        clusters.preview("web", elsewhere)
    assert clusters.up("web", {**moved, "approve": [token]}) == "replace"
    assert clusters.state["web"].id != uid
    assert [row.metadata.uid for row in world.client.clusters.all(fresh=True)] == [clusters.state["web"].id]
    clusters.is_steady("web", {**moved, "approve": [token]})


def test_replacement_allowed_for_good(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Guards(replace="allow") lets a replacement pass without a token."""
    guards = {"when_busy": "wait", "minor_skip": "refuse", "replace": "allow"}
    clusters.up("web", world.cluster(web, guards=guards))
    moved = world.cluster(web, guards=guards, cloud_config={"cloud": "aws", "region": "us-east-1"})
    assert clusters.preview("web", moved)[0] == "replace"


def test_asked_replacement_wants_its_token(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """`--replace` and a taint are refused too, with how to undo a taint."""
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    changed = world.cluster(web, tags={"env": "x"})
    clusters.preview("web", changed)
    with pytest.raises(RefusedError, match="pulumi state untaint"):
        clusters.check("web", {}, changed)


@pytest.mark.parametrize("key", ["cloud_account", "name"])
def test_unknown_never_replaces(clusters: Steps, world: World, web: dict[str, Any], key: str) -> None:
    """What is not known yet is an update in the preview, also in a key that replaces."""
    clusters.up("web", world.cluster(web))
    assert clusters.preview("web", world.cluster(web, **{key: UNKNOWN}))[0] == "update"


def test_unknown_region_never_replaces(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A region that is not known yet is an update in the preview."""
    clusters.up("web", world.cluster(web))
    inputs = world.cluster(web, cloud_config={"cloud": "aws", "region": UNKNOWN})
    assert clusters.preview("web", inputs)[0] == "update"


def test_no_downgrade(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """Going back to a version with a lower Kubernetes is refused, with both versions named."""
    newer = further(profiles, world, packs={"kubernetes": "1.31.1"})
    clusters.up("web", world.cluster(newer))
    with pytest.raises(RefusedError, match=r"1\.31\.1 \(web 1\.1\.0\) -> 1\.30\.4 \(web 1\.0\.0\)"):
        clusters.preview("web", world.cluster(web))


def test_lost_infrastructure_layer(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A profile without infrastructure layers can't take the place of one that has them."""
    clusters.up("web", world.cluster(web))
    lower = {"hello": world.profile()["layers"]["hello"]}
    profiles.up("apps", world.profile("apps", layers=lower, layer_order=["hello"], cloud="all"))
    with pytest.raises(RefusedError, match="needs one profile with the OS, Kubernetes, network and storage layers"):
        clusters.preview("web", world.cluster(attached(profiles, "apps")))


def test_add_on_profiles_come_and_go(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """An add-on profile is attached by a PATCH and detached by a DELETE, the other one stays as it is."""
    lower = {"extra": world.profile()["layers"]["hello"]}
    profiles.up("apps", world.profile("apps", layers=lower, layer_order=["extra"], cloud="all"))
    clusters.up("web", world.cluster(web))
    both = world.cluster(web, attached(profiles, "apps"))
    world.forget_writes()
    assert clusters.up("web", both) == "update"
    assert world.writes == ["PATCH /v1/spectroclusters/{uid}/profiles"]
    clusters.is_steady("web", both)
    world.forget_writes()
    assert clusters.up("web", world.cluster(web)) == "update"
    assert world.writes == ["DELETE /v1/spectroclusters/{uid}/profiles"]
    clusters.is_steady("web", world.cluster(web))


def test_busy_cluster(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """An update of a cluster that is being made warns and waits, or fails in the preview, as the guard says."""
    clusters.up("web", world.cluster(web, wait=False))
    guards = {"when_busy": "fail", "minor_skip": "refuse", "replace": "refuse"}
    world.clock.advance(60)
    told = (
        r'"web" is Provisioning \(1 min, layer 1 of 5: \S+ \w+\); nothing was sent\.\n  run it again .*when_busy="wait"'
    )
    with pytest.raises(RefusedError, match=told):
        clusters.preview("web", world.cluster(web, wait=False, tags={"a": "b"}, guards=guards))
    inputs = world.cluster(web, tags={"a": "b"})
    assert clusters.up("web", inputs) == "update"
    assert any("`pulumi up` waits until it takes updates" in line for line in world.link.lines)
    assert clusters.state["web"].outputs["ready"] is True
    clusters.is_steady("web", inputs)
