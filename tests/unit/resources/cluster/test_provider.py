"""The hooks of clusters, called by pulumi's servicer, against a control plane in process whose clock their waits move."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from palette_sdk.resources.profile.bodies import MARKER
from tests.contract.conftest import KEY
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import LeftError, World

ATTACHED = ("name", "version", "type", "cloud", "layers", "previous_layers", "variables")


def attached(profiles: Steps, name: str, **changes: Any) -> dict[str, Any]:
    """A profile resource as a cluster gets it."""
    stored = profiles.state[name]
    return {"uid": stored.id, **{key: stored.outputs[key] for key in ATTACHED}, "values": {}, **changes}


@pytest.fixture
def web(profiles: Steps, world: World) -> dict[str, Any]:
    """The profile web 1.0.0, made, as a cluster gets it."""
    profiles.up("web", world.profile())
    return attached(profiles, "web")


def further(profiles: Steps, world: World, version: str = "1.1.0", **changes: Any) -> dict[str, Any]:
    """Another version of the profile web, made, as a cluster gets it."""
    profiles.up(f"web-{version}", world.profile(version=version, **changes))
    return attached(profiles, f"web-{version}")


def edited(profiles: Steps, world: World, **changes: Any) -> dict[str, Any]:
    """The profile web 1.0.0, edited in place, as a cluster gets it."""
    profiles.up("web", world.profile(**changes))
    return attached(profiles, "web")


def running(world: World, uid: str) -> dict[str, str]:
    """Digest-relevant content that a cluster runs: the text of each manifest of the layer hello."""
    rows = world.client.clusters.packs_manifests(uid)
    packs = {pack.spec.name: pack for row in rows for pack in row.spec.packs}
    return {item.name: item.content for item in packs["hello"].spec.manifests}


# -- create ------------------------------------------------------------------------------------------------------------


def test_made_healthy_and_steady(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster is made by one POST and waited for; a second run, a refresh and a run after it change nothing."""
    inputs = world.cluster(web)
    world.forget_writes()
    assert clusters.up("web", inputs) == "create"
    assert world.writes == ["POST /v1/spectroclusters/aws"]
    outputs = clusters.state["web"].outputs
    assert outputs["ready"] is True
    assert outputs["kubernetes_version"] == "1.30.4"
    assert outputs["services"]["hello-service"]["ports"] == [8080]
    assert outputs["kubeconfig"].count("kind: Config") == 1
    assert outputs["api_endpoint"].startswith("https://")
    world.forget_writes()
    clusters.is_steady("web", inputs)
    assert world.writes == []


def test_progress_is_told_on_the_row(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """The wait tells states and the layer at work as passing lines, and the uid as one that stays."""
    clusters.up("web", world.cluster(web))
    assert any(line.startswith("info: accepted as ") for line in world.link.lines)
    passing = [line for line in world.link.lines if line.startswith("passing: ")]
    assert any("Provisioning" in line for line in passing)
    assert any("layer " in line and " of 5: " in line for line in passing)


def test_preview_of_a_new_cluster(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """The checked inputs show the target per layer, and hold none of the profiles' content."""
    step, checked = clusters.preview("web", world.cluster(web))
    assert step == "create"
    assert checked["layers_plan"]["web"]["kubernetes"]["version"] == "1.30.4"
    assert set(checked["profiles"]["web"]) <= {"uid", "name", "version", "type", "values"}
    assert not {"kubeconfig", "admin_kubeconfig", "services"} & set(checked)


def test_preview_with_a_profile_that_does_not_exist_yet(clusters: Steps, profiles: Steps, world: World) -> None:
    """A profile whose uid is not known yet, but its content is, gives the plan of layers."""
    _, checked = profiles.preview("web", world.profile())
    item = {"uid": UNKNOWN, **{key: checked.get(key, {}) for key in ATTACHED}, "values": {}}
    step, plan = clusters.preview("web", world.cluster(item))
    assert step == "create"
    assert plan["profiles"]["web"]["uid"] == UNKNOWN
    assert plan["layers_plan"]["web"]["kubernetes"]["version"] == "1.30.4"


def test_preview_with_unknown_content(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A layer that is known only after apply is unknown in the plan, the others are shown."""
    layers = {**web["layers"], "hello": UNKNOWN}
    _, checked = clusters.preview("web", world.cluster({**web, "layers": layers}))
    assert checked["layers_plan"]["web"]["hello"] == UNKNOWN
    assert checked["layers_plan"]["web"]["kubernetes"]["version"] == "1.30.4"


def test_profiles_by_uid_alone(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A profile that comes from a look-up is read from the service by its uid."""
    item = {"uid": web["uid"], "name": "web", "version": "1.0.0", "type": "cluster", "cloud": "aws", "values": {}}
    inputs = world.cluster(item)
    assert clusters.up("web", inputs) == "create"
    clusters.is_steady("web", inputs)


def test_without_waiting(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """`wait=False` returns as soon as the cluster is accepted."""
    assert clusters.up("web", world.cluster(web, wait=False)) == "create"
    assert world.waited == 0.0
    assert clusters.state["web"].outputs["ready"] is True


def test_create_again_after_a_lost_answer(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A POST whose answer was lost is found again by the marker: one cluster."""
    world.lost_answer("POST", "/v1/spectroclusters/*")
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    assert len(world.client.clusters.all(fresh=True)) == 1
    clusters.is_steady("web", inputs)


def test_create_goes_on_after_a_crash(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A create that was killed after the POST is gone on with by the next one: same uid, no second cluster."""
    inputs = world.cluster(web)
    checked = clusters.check("web", {}, inputs)
    clusters._create("web", {**checked, "wait": False})
    uid = clusters.state.pop("web").id
    assert clusters.up("web", inputs) == "create"
    assert clusters.state["web"].id == uid
    assert clusters.state["web"].outputs["ready"] is True
    clusters.is_steady("web", inputs)


def test_name_of_another(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A name that someone else's cluster has is refused in the preview with how to adopt it."""
    clusters.up("web", world.cluster(web, wait=False))
    uid = clusters.state["web"].id
    with pytest.raises(RefusedError, match=f'a cluster "web" exists already \\(uid {uid}') as refused:
        clusters.preview("other", world.cluster(web))
    assert f'adopt="{uid}"' in str(refused.value)


def test_name_of_another_taken_meanwhile(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that another made between preview and create is never taken for our own."""
    checked = clusters.check("other", {}, world.cluster(web))
    clusters.up("web", world.cluster(web, wait=False))
    world.forget_writes()
    with pytest.raises(AbortedError, match=r"Palette: a cluster .* exists already"):
        clusters._create("other", checked)
    assert world.writes == []


def test_create_waits_for_our_own_that_is_deleting(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Our own cluster in Deleting is not continued: the create waits until it is gone and makes a new one."""
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    uid = clusters.state.pop("web").id
    world.client.clusters.delete(uid)
    clusters.up("web", inputs)
    assert clusters.state["web"].id != uid
    assert clusters.state["web"].outputs["ready"] is True


def test_timeout_saves_the_id(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A create that takes too long fails in one line, keeps id and outputs, and the next run goes on by an update."""
    inputs = world.cluster(web, timeouts={"create": 1})
    with pytest.raises(AbortedError) as failed:
        clusters.up("web", inputs)
    assert str(failed.value).startswith('Palette: cluster "web" to be healthy did not come true within 1 s')
    assert "Traceback" not in str(failed.value)
    half = clusters.state["web"]
    assert half.init_failed
    assert half.outputs["ready"] is False
    assert half.outputs["marker"] == half.inputs["marker"]
    assert clusters.up("web", inputs) == "update"
    assert clusters.state["web"].id == half.id
    assert clusters.state["web"].outputs["ready"] is True
    assert len(world.client.clusters.all(fresh=True)) == 1


def test_not_ready_is_seen_after_a_refresh(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Refresh clears the engine's own memory of a failed create; the output `ready` still makes an update."""
    inputs = world.cluster(web, timeouts={"create": 1})
    with pytest.raises(AbortedError):
        clusters.up("web", inputs)
    clusters.refresh("web")
    assert not clusters.state["web"].init_failed
    assert clusters.up("web", inputs) == "update"
    clusters.is_steady("web", inputs)


def test_cancel_saves_the_id(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cancel during the wait returns at once with the id saved, and the next run goes on."""
    inputs = world.cluster(web)
    world.later(1, world.cancelled.set)
    with pytest.raises(AbortedError, match="Palette: stopped while waiting"):
        clusters.up("web", inputs)
    assert world.waited <= 2
    world.cancelled.clear()
    uid = clusters.state["web"].id
    assert clusters.up("web", inputs) == "update"
    assert clusters.state["web"].id == uid


def test_engine_gone_during_the_wait(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A hook whose engine was killed ends its process within a second of the wait."""

    def kill() -> None:
        world.link.is_gone = True

    world.later(2, kill)
    with pytest.raises(LeftError):
        clusters.up("web", world.cluster(web))
    assert world.waited <= 4


def test_a_cluster_that_fails(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that can't be made fails with the service's reason, and stays in state."""
    failure = {"reason": "Quota", "message": "no more addresses", "layer": ""}
    assert world.http.handle_request(admin("POST", "/local/clusters/named/web/fail", failure)).status_code == 204
    with pytest.raises(AbortedError, match=r"Palette: waiting for cluster .* failed: .*no more addresses"):
        clusters.up("web", world.cluster(web))
    assert clusters.state["web"].outputs["ready"] is False


def admin(method: str, path: str, body: Any) -> httpx2.Request:
    """A request to the admin API."""
    return httpx2.Request(method, f"http://127.0.0.1:1{path}", headers={"ApiKey": KEY}, json=body)


# -- variables -----------------------------------------------------------------------------------------------------------

COUNT = {
    "display_name": "",
    "description": "",
    "format": "string",
    "input": "text",
    "options": [],
    "default": "1",
    "regex": "",
    "required": True,
    "immutable": False,
    "hidden": False,
    "sensitive": False,
}


def test_variables(clusters: Steps, profiles: Steps, world: World) -> None:
    """Values are set at birth and changed in place, flat or with their profile; each second run is empty."""
    profiles.up("web", world.profile(variables={"count": COUNT}))
    web = attached(profiles, "web")
    for inputs in (
        world.cluster(web, variables={"count": 2}),
        world.cluster(web, variables={"count": 3}),
        world.cluster({**web, "values": {"count": "4"}}),
    ):
        clusters.up("web", inputs)
        clusters.is_steady("web", inputs)
    rows = world.client.clusters.variables(clusters.state["web"].id)
    assert [(item.name, item.value) for row in rows for item in row.variables] == [("count", "4")]


@pytest.mark.parametrize(
    "changes",
    [
        {"variables": UNKNOWN},
        {"variables": {"count": {**COUNT, "default": UNKNOWN}}},
        {"variables": {"count": UNKNOWN}},
        {"variables": UNKNOWN, "layers": UNKNOWN, "uid": UNKNOWN, "type": UNKNOWN},
    ],
)
def test_variables_of_a_profile_that_is_not_known_yet(
    clusters: Steps, world: World, web: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Values are not judged in a preview before it is known which variables there are."""
    assert clusters.preview("web", world.cluster({**web, **changes}, variables={"count": 2}))[0] == "create"


def test_variables_of_an_unknown_uid(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A profile of which only a uid will be known defines who knows which variables."""
    inputs = world.cluster(web, variables={"count": 2})
    inputs["profiles"]["profile-1"] = {"uid": UNKNOWN, "values": {}}
    assert clusters.preview("web", inputs)[0] == "create"


def test_a_value_that_is_not_known_yet(clusters: Steps, profiles: Steps, world: World) -> None:
    """A value that is known only after apply passes the preview, and an unknown name is refused all the same."""
    profiles.up("web", world.profile(variables={"count": COUNT}))
    web = attached(profiles, "web")
    assert clusters.preview("web", world.cluster(web, variables={"count": UNKNOWN}))[0] == "create"
    with pytest.raises(RefusedError, match="no profile of this cluster has a variable cuont"):
        clusters.preview("web", world.cluster(web, variables={"cuont": UNKNOWN}))


# -- changes -----------------------------------------------------------------------------------------------------------


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
    with pytest.raises(RefusedError, match="nothing was sent"):
        clusters.preview("web", world.cluster(web, wait=False, tags={"a": "b"}, guards=guards))
    inputs = world.cluster(web, tags={"a": "b"})
    assert clusters.up("web", inputs) == "update"
    assert any("The update waits until it is done" in line for line in world.link.lines)
    assert clusters.state["web"].outputs["ready"] is True
    clusters.is_steady("web", inputs)


# -- drift, disappearance, deletion --------------------------------------------------------------------------------------


def test_vanished(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A refresh of a cluster that is gone gives an empty id; an update says what to do."""
    clusters.up("web", world.cluster(web))
    world.client.clusters.delete(clusters.state["web"].id)
    world.turn(60)
    with pytest.raises(AbortedError, match=r'Palette: the cluster "web" .* is gone from Palette'):
        clusters.up("web", world.cluster(web, tags={"a": "b"}))
    assert clusters.refresh("web") is False


def test_update_of_one_that_is_deleting(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that someone deletes takes no update, and the error says how to go on."""
    clusters.up("web", world.cluster(web))
    checked = clusters.check("web", clusters.state["web"].inputs, world.cluster(web, tags={"a": "b"}))
    world.client.clusters.delete(clusters.state["web"].id)
    with pytest.raises(AbortedError, match=r"Palette: the cluster .* is being deleted"):
        clusters._update("web", checked)


def test_drift_is_seen(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A refresh takes tags and pools that were changed elsewhere, and the next run puts the program's back."""
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    before = clusters.state["web"]
    pools = {**inputs["pools"], "worker": {**inputs["pools"]["worker"], "count": 4}}
    clusters.up("web", world.cluster(web, tags={"env": "x"}, pools=pools))
    clusters.state["web"] = before
    assert clusters.refresh("web")
    assert clusters.state["web"].inputs["tags"] == {"env": "x"}
    assert clusters.state["web"].inputs["pools"]["worker"]["count"] == 4
    assert clusters.up("web", inputs) == "update"
    clusters.is_steady("web", inputs)


def test_pending_update_is_found_by_a_refresh(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """A profile that was edited elsewhere shows up as a pending update of the cluster."""
    clusters.up("web", world.cluster(web))
    edited(profiles, world, replicas=3)
    assert clusters.refresh("web")
    pending = clusters.state["web"].outputs["pending_updates"]["web"]
    assert pending["version"] == "1.0.0"
    assert list(pending["layers"]) == ["hello"]


def test_content_changed_on_the_cluster(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A manifest that someone changed on the cluster is never overwritten without its token."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    rows = world.client.clusters.pack_manifests(uid, web["uid"], "hello")
    changed = running(world, uid)["hello"].replace("replicas: 2", "replicas: 9")
    world.client.clusters.put_manifests(uid, web["uid"], "hello", {rows[0].metadata.uid: changed})
    world.turn(30)
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs["found_overrides"] == {"web": ["hello"]}
    newer = further(profiles, world, replicas=3)
    with pytest.raises(RefusedError, match="web/hello was changed on the cluster") as refused:
        clusters.preview("web", world.cluster(newer))
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    assert clusters.up("web", world.cluster(newer, approve=[token])) == "update"
    assert "replicas: 3" in running(world, uid)["hello"]


def test_delete_waits(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A delete returns when the cluster is gone; one that is gone already is no error."""
    clusters.up("web", world.cluster(web))
    stored = clusters.state["web"]
    clusters.destroy("web")
    assert world.client.clusters.all(fresh=True) == []
    clusters.state["web"] = stored
    clusters.destroy("web")


def hold_delete(world: World, uid: str) -> None:
    """Let the deletion of a cluster hang."""
    assert world.http.handle_request(admin("POST", f"/local/clusters/{uid}/hold-delete", None)).status_code == 204


def test_force_delete(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A stuck deletion is forced as soon as the service allows it after `force_delete_after`, with a warning."""
    clusters.up("web", world.cluster(web, force_delete_after=1))
    hold_delete(world, clusters.state["web"].id)
    world.link.lines.clear()
    clusters.destroy("web")
    assert any("not forced yet" in line for line in world.link.lines)
    assert any("deleted by force as force_delete_after says" in line for line in world.link.lines)
    assert world.client.clusters.all(fresh=True) == []


def test_stuck_delete_is_not_forced_unasked(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Without `force_delete_after` a stuck deletion ends by its timeout, and nothing is forced."""
    clusters.up("web", world.cluster(web, timeouts={"delete": 90}))
    uid = clusters.state["web"].id
    hold_delete(world, uid)
    with pytest.raises(AbortedError, match="did not come true within"):
        clusters.destroy("web")
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.status is not None
    assert found.status.state == "Deleting"


def test_adopted_when_equal(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that equals the program is taken over without a token."""
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    uid = clusters.state.pop("web").id
    assert clusters.up("mine", {**inputs, "adopt": uid}) == "create"
    assert clusters.state["mine"].id == uid
    clusters.is_steady("mine", {**inputs, "adopt": uid})


def test_adoption_wants_its_token(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """What an adoption would change is listed, and its token lets it pass."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state.pop("web").id
    newer = further(profiles, world, replicas=3)
    inputs = world.cluster(newer, tags={"a": "b"}, adopt=uid)
    with pytest.raises(RefusedError, match=r"would change: tags, web 1\.0\.0 -> 1\.1\.0") as refused:
        clusters.preview("mine", inputs)
    token = str(refused.value).split("palette:approve=")[1].split()[0]
    assert clusters.up("mine", {**inputs, "approve": [token]}) == "create"
    assert "replicas: 3" in running(world, uid)["hello"]
    clusters.is_steady("mine", inputs)


def test_adoption_of_nothing(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A uid that does not exist can't be adopted."""
    with pytest.raises(RefusedError, match="there is no cluster with uid 00aa"):
        clusters.preview("mine", world.cluster(web, adopt="00aa"))


def test_read_of_a_cluster_the_program_only_reads(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """`Cluster.get` gives name, cloud and addresses from the uid alone."""
    clusters.up("web", world.cluster(web))
    found = clusters.get("seen", clusters.state["web"].id)
    assert (found["name"], found["cloud"]) == ("web", "aws")
    assert found["services"]["hello-service"]["host"]
    assert found["profiles"]["web"]["version"] == "1.0.0"
