"""The hooks that check and make clusters, on pulumi's servicer and a control plane in process whose clock their waits move."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.cluster import plan
from tests.unit.resources.cluster.attached import ATTACHED, admin, attached
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import LeftError, World


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


def test_inputs_that_say_nothing(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """They are left out, of state too; where they were stored before, that is no change, and a refresh adds none."""
    full = world.cluster(web, wait=False)
    quiet = {key: value for key, value in full.items() if key not in plan.QUIET}
    clusters.up("web", full)
    clusters.is_steady("web", quiet)
    bare = {**quiet, "name": "bare"}
    clusters.up("bare", bare)
    clusters.is_steady("bare", bare)
    assert not set(plan.QUIET) & {*clusters.state["bare"].inputs, *clusters.state["bare"].outputs}


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
    step, found = clusters.preview("web", world.cluster(item))
    assert step == "create"
    assert found["profiles"]["web"]["uid"] == UNKNOWN
    assert found["layers_plan"]["web"]["kubernetes"]["version"] == "1.30.4"


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
    """`wait=False` returns as soon as the cluster is accepted, and asks for no kubeconfig that can't be there."""
    assert clusters.up("web", world.cluster(web, wait=False)) == "create"
    assert world.waited == 0.0
    assert [route for _, route in world.plane.env.requests if "kubeconfig" in route.lower()] == []
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
    before = clusters.state["web"].outputs
    with pytest.raises(AbortedError, match=r"Palette: a cluster .* exists already [^\n]*\n.*adopt="):
        clusters._create("other", checked)
    assert len(world.client.clusters.all(fresh=True)) == 1
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs == before


@pytest.mark.parametrize("status", [409, 400])
def test_our_own_of_which_no_list_tells_yet(clusters: Steps, world: World, web: dict[str, Any], status: int) -> None:
    """A POST of a killed run that arrives after the list was read: the name is refused, and ours is gone on with."""
    inputs = world.cluster(web, wait=False)
    checked = clusters.check("web", {}, inputs)
    clusters._create("web", checked)
    uid = clusters.state.pop("web").id
    if status != 409:
        body = {"code": "InvalidName", "message": "name web is in use", "ref": "", "details": {}}
        world.fault(method="POST", route="/v1/spectroclusters/*", action="status", status=status, body=body, count=1)
    clusters._create("web", checked)
    assert clusters.state["web"].id == uid
    assert len(world.client.clusters.all(fresh=True)) == 1


def test_a_refusal_that_is_about_no_name(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A creation that the service refuses for what it holds fails in the service's words."""
    checked = clusters.check("web", {}, world.cluster(web))
    body = {"code": "InvalidSshKey", "message": "ssh key ops is not there", "ref": "", "details": {}}
    world.fault(method="POST", route="/v1/spectroclusters/*", action="status", status=400, body=body)
    with pytest.raises(AbortedError, match="ssh key ops is not there"):
        clusters._create("web", checked)


def test_what_many_creations_ask(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """One list tells a run which names may be taken; each cluster is then one POST, and one read of what came of it."""
    clusters.up("first", world.cluster(web, name="first", wait=False))
    clusters._begin()
    world.forget_writes()
    for name in ("a", "b", "c"):
        clusters._create(name, clusters.check(name, {}, world.cluster(web, name=name, wait=False)))
    asked = {route: number for route, number in world.plane.env.requests.items() if "spectroclusters" in route[1]}
    assert asked == {
        ("POST", "/v1/dashboard/spectroclusters/search"): 1,
        ("POST", "/v1/spectroclusters/aws"): 3,
        ("GET", "/v1/spectroclusters/{uid}"): 3,
    }
    with pytest.raises(RefusedError, match='a cluster "first" exists already'):
        clusters.check("other", {}, world.cluster(web, name="first"))


def test_a_name_that_got_free(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A name is refused for a cluster that has it now, not for one that had it when the run began."""
    clusters.up("web", world.cluster(web, wait=False))
    uid = clusters.state.pop("web").id
    clusters.check("b", {}, world.cluster(web, name="b"))
    world.client.clusters.delete(uid)
    world.clock.advance(3600)
    clusters._create("other", clusters.check("other", {}, world.cluster(web, wait=False)))
    assert clusters.state["other"].id != uid


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


@pytest.mark.parametrize("how", ["resource", "uid"])
def test_values_of_sensitive_variables(clusters: Steps, profiles: Steps, world: World, *, how: str) -> None:
    """Given plainly they are secrets of the checked inputs, whatever the program has of the version; others stay readable."""
    masked = {**COUNT, "sensitive": True}
    profiles.up("web", world.profile(variables={"count": COUNT, "token": masked, "pin": masked}))
    web = attached(profiles, "web", values={"token": "4", "count": "2"})
    if how == "uid":
        web = {key: web[key] for key in ("uid", "name", "values")}
    inputs = world.cluster(web, variables={"pin": 4711})
    clusters.up("web", inputs)
    assert clusters.hidden == ["profiles.web.values.token", "variables.pin"]
    clusters.is_steady("web", inputs)


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
