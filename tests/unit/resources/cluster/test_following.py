"""Clusters that follow a cluster template: made, changed, moved on by it, read and replaced, on a control plane in process."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.wire.clusters import ProfileVariableValues
from tests.unit.resources.cluster import templates as data
from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World

VARIABLES = "PATCH /v1/spectroclusters/{uid}/variables"


@pytest.fixture
def first(profiles: Steps, world: World) -> str:
    """Uid of the version 1.0.0 of the profile web."""
    return data.version(profiles, world)


@pytest.fixture
def own(profiles: Steps, first: str) -> dict[str, Any]:
    """The version 1.0.0 as a cluster of its own gets it."""
    assert profiles.state["web-1.0.0"].id == first
    return attached(profiles, "web-1.0.0")


@pytest.fixture
def fleet(world: World, first: str) -> str:
    """Uid of a template that links it."""
    return data.template(world, data.linked(first))


def test_made_and_steady(clusters: Steps, world: World, fleet: str, first: str) -> None:
    """A cluster is made by one POST without packs and waited for; what runs is told, and nothing more is written."""
    inputs = data.following(world, fleet, variables={"replicas": 3})
    world.forget_writes()
    assert clusters.up("web", inputs) == "create"
    assert world.writes == ["POST /v1/spectroclusters/aws"]
    stored = clusters.state["web"]
    assert stored.outputs["ready"] is True
    assert stored.outputs["profiles"] == {"web": {"uid": first, "version": "1.0.0"}}
    assert stored.outputs["kubernetes_version"] == "1.30.4"
    assert stored.outputs["pending_updates"] == {}
    assert stored.inputs["template"] == {"uid": fleet, "name": "fleet"}
    assert data.values(world, stored.id)["replicas"] == "3"
    assert not {"layers_plan", "variables_plan", "pending_updates", "found_overrides", "base_texts"} & set(
        stored.inputs
    )
    world.forget_writes()
    clusters.is_steady("web", inputs)
    assert world.writes == []


def test_values_change_at_once(clusters: Steps, world: World, fleet: str) -> None:
    """A changed value is one write, applied at once and waited for; one that leaves the program gets its default."""
    clusters.up("web", data.following(world, fleet, variables={"replicas": 3}))
    uid = clusters.state["web"].id
    changed = data.following(world, fleet, variables={"replicas": 4})
    world.forget_writes()
    assert clusters.up("web", changed) == "update"
    assert world.writes == [VARIABLES]
    assert data.values(world, uid)["replicas"] == "4"
    clusters.is_steady("web", changed)
    none = data.following(world, fleet)
    assert clusters.up("web", none) == "update"
    assert data.values(world, uid)["replicas"] == "1"
    clusters.is_steady("web", none)


def test_relink_is_no_change_of_clusters(clusters: Steps, profiles: Steps, world: World, fleet: str) -> None:
    """Another version in the template previews no update, neither of a uid nor where the program hands the definitions."""
    inputs = data.following(world, fleet, variables={"replicas": 3})
    clusters.up("web", inputs)
    second = data.version(profiles, world, "1.1.0", level=data.LEVEL)
    handed = {
        "uid": fleet,
        "name": "fleet",
        "cloud": "aws",
        "profiles": {"web": {"uid": UNKNOWN, "name": "web", "version": "1.1.0"}},
        "definitions": {"web": {"replicas": {"has_default": True}, "level": {"required": True, "has_default": False}}},
        "common": {"web": []},
    }
    assert clusters.preview("web", {**inputs, "template": handed})[0] == "same"
    data.relink(world, fleet, data.linked(second))
    world.forget_writes()
    assert clusters.up("web", inputs) == "same"
    assert world.writes == []


def test_moved_on_by_its_template(clusters: Steps, profiles: Steps, world: World, fleet: str) -> None:
    """After the upgrade a refresh tells the version that runs, and a run after it changes nothing."""
    inputs = data.following(world, fleet, variables={"replicas": 3})
    clusters.up("web", inputs)
    second = data.version(profiles, world, "1.1.0")
    data.relink(world, fleet, data.linked(second))
    data.upgrade(world, fleet)
    assert clusters.up("web", inputs) == "same"
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs["profiles"]["web"]["version"] == "1.1.0"
    clusters.is_steady("web", inputs)
    assert data.values(world, clusters.state["web"].id)["replicas"] == "3"


def test_values_of_the_linked_version(clusters: Steps, profiles: Steps, world: World, fleet: str) -> None:
    """A value for a version that the cluster doesn't run yet is written to that one and comes with the upgrade."""
    clusters.up("web", data.following(world, fleet))
    uid = clusters.state["web"].id
    data.relink(world, fleet, data.linked(data.version(profiles, world, "1.1.0", level=data.LEVEL)))
    inputs = data.following(world, fleet, variables={"level": "high"})
    world.forget_writes()
    assert clusters.up("web", inputs) == "update"
    assert world.writes == [VARIABLES]
    assert "level" not in data.values(world, uid)
    clusters.is_steady("web", inputs)
    data.upgrade(world, fleet)
    assert data.versions(world, uid) == {"web": "1.1.0"}
    assert data.values(world, uid)["level"] == "high"
    assert clusters.refresh("web")
    clusters.is_steady("web", inputs)


def test_name_that_becomes_defined(clusters: Steps, profiles: Steps, world: World, fleet: str) -> None:
    """A value whose name no linked version defines is told and not sent; when a relink defines it, it is written."""
    inputs = data.following(world, fleet, variables={"level": "high"})
    world.link.lines.clear()
    clusters.up("web", inputs)
    told = 'warning: web: variables["level"] is not sent: no version that the template "fleet" links defines it'
    assert any(line.startswith(told) for line in world.link.lines)
    clusters.is_steady("web", inputs)
    first, second = (
        clusters.state["web"].outputs["profiles"]["web"]["uid"],
        data.version(profiles, world, "1.1.0", level=data.LEVEL),
    )
    data.relink(world, fleet, data.linked(second))
    assert clusters.up("web", inputs) == "update"
    data.upgrade(world, fleet)
    assert data.values(world, clusters.state["web"].id)["level"] == "high"
    data.relink(world, fleet, data.linked(first))
    assert clusters.preview("web", inputs)[0] == "same"


def test_misspelt_name(clusters: Steps, world: World, fleet: str) -> None:
    """A name close to one that is defined is told as such."""
    clusters.preview("web", data.following(world, fleet, variables={"replica": 2}))
    assert any(
        'variables["replica"] is not sent' in line and "did you mean replicas?" in line for line in world.link.lines
    )


def test_missing_value(clusters: Steps, profiles: Steps, world: World, fleet: str) -> None:
    """A required value that is missing is refused where the cluster is made, and passes where it exists."""
    clusters.up("web", data.following(world, fleet))
    data.relink(world, fleet, data.linked(data.version(profiles, world, "1.1.0", level=data.LEVEL)))
    assert clusters.preview("web", data.following(world, fleet))[0] == "same"
    with pytest.raises(RefusedError, match=r"leaves to each cluster: level \(web\)"):
        clusters.preview("other", data.following(world, fleet, name="other"))


def test_values_that_cannot_be(clusters: Steps, profiles: Steps, world: World) -> None:
    """A value that its definition doesn't take is refused in the preview, without repeating it."""
    fleet = data.template(world, data.linked(data.version(profiles, world, level=data.LEVEL)))
    with pytest.raises(RefusedError, match=r'variables\["level"\].*not one of its options low, high') as refused:
        clusters.preview("web", data.following(world, fleet, variables={"level": "hidden-word"}))
    assert "hidden-word" not in str(refused.value)
    with pytest.raises(RefusedError, match=r'variables\["replicas"\].*not a number'):
        clusters.preview("web", data.following(world, fleet, variables={"level": "low", "replicas": "many"}))


def test_value_for_all(clusters: Steps, world: World, first: str) -> None:
    """A value for a variable that the template gives to all clusters is refused with the reason."""
    fleet = data.template(world, data.linked(first, replicas="2"))
    with pytest.raises(RefusedError, match='the template "fleet" gives it one value for all its clusters'):
        clusters.preview("web", data.following(world, fleet, variables={"replicas": 3}))
    clusters.up("web", data.following(world, fleet))
    assert data.values(world, clusters.state["web"].id)["replicas"] == "2"


def test_immutable_values(clusters: Steps, profiles: Steps, world: World) -> None:
    """Another value for an immutable variable is refused: one that was declared, and one that the cluster has otherwise."""
    region = {"immutable": True, "default": "eu"}
    fleet = data.template(world, data.linked(data.version(profiles, world, region=region)))
    declared = data.following(world, fleet, variables={"region": "eu"})
    clusters.up("web", declared)
    clusters.up("other", data.following(world, fleet, name="other"))
    other = data.following(world, fleet, variables={"region": "us"})
    for name in ("web", "other"):
        with pytest.raises(RefusedError, match=r'variables\["region"\].*immutable'):
            clusters.preview(name, {**other, "name": name})
    world.forget_writes()
    assert clusters.up("web", data.following(world, fleet)) == "update"
    assert world.writes == []


def test_same_name_in_two_profiles(clusters: Steps, profiles: Steps, world: World, first: str) -> None:
    """A name that two linked profiles define can't be given by a cluster, unless the template gives one of them its value."""
    layers = {"hello": world.profile()["layers"]["hello"]}
    extra = world.profile("extra", layers=layers, layer_order=["hello"], variables={"replicas": data.REPLICAS})
    profiles.up("extra", {**extra, "type": "add-on"})
    uid = profiles.state["extra"].id
    fleet = data.template(world, data.linked(first), data.linked(uid))
    inputs = data.following(world, fleet, variables={"replicas": 3})
    with pytest.raises(RefusedError, match=r"(extra and web|web and extra) both have a variable of that name"):
        clusters.preview("web", inputs)
    data.relink(world, fleet, data.linked(first), data.linked(uid, replicas="1"))
    clusters.up("web", inputs)
    assert set(clusters.state["web"].outputs["profiles"]) == {"extra", "web"}
    clusters.is_steady("web", inputs)


def test_value_changed_elsewhere(clusters: Steps, world: World, fleet: str, first: str) -> None:
    """A value that someone changed shows after a refresh and is put back; one that means the same doesn't show."""
    inputs = data.following(world, fleet, variables={"replicas": 3})
    clusters.up("web", inputs)
    uid = clusters.state["web"].id
    set_value(world, uid, first, replicas="7")
    clusters.refresh("web")
    assert clusters.state["web"].inputs["variables"] == {"replicas": "7"}
    assert clusters.up("web", inputs) == "update"
    assert data.values(world, uid)["replicas"] == "3"
    clusters.is_steady("web", inputs)


def set_value(world: World, cluster: str, profile: str, **given: str) -> None:
    """Set values beside the program."""
    rows = [{"name": name, "value": value} for name, value in given.items()]
    world.client.clusters.patch_variables(
        cluster, [ProfileVariableValues.of({"profileUid": profile, "variables": rows})]
    )


def test_sensitive_values(clusters: Steps, profiles: Steps, world: World) -> None:
    """A masked value stays as written, is written again when the program changes it, and stands in no message."""
    fleet = data.template(world, data.linked(data.version(profiles, world, token=data.TOKEN)))
    inputs = data.following(world, fleet, variables={"token": "s3cret-one"})
    clusters.up("web", inputs)
    clusters.is_steady("web", inputs)
    other = data.following(world, fleet, variables={"token": "s3cret-two"})
    world.forget_writes()
    assert clusters.up("web", other) == "update"
    assert world.writes == [VARIABLES]
    clusters.is_steady("web", other)
    assert not any("s3cret" in line for line in world.link.lines)
    assert clusters.hidden == ["variables.token"]


def test_update_again_after_a_lost_answer(clusters: Steps, world: World, fleet: str) -> None:
    """An update that was cut off after its write ends the same when it is repeated."""
    clusters.up("web", data.following(world, fleet, variables={"replicas": 3}))
    changed = data.following(world, fleet, variables={"replicas": 4}, tags={"env": "prod"})
    stored = clusters.state["web"]
    before = type(stored)(stored.id, dict(stored.inputs), dict(stored.outputs))
    clusters.up("web", changed)
    clusters.state["web"] = before
    world.forget_writes()
    assert clusters.up("web", changed) == "update"
    assert world.writes == []
    clusters.is_steady("web", changed)


def test_create_goes_on_after_a_crash(clusters: Steps, world: World, fleet: str) -> None:
    """A create that was cut off after the POST is gone on with: same uid, no second cluster."""
    inputs = data.following(world, fleet, variables={"replicas": 3})
    checked = clusters.check("web", {}, inputs)
    clusters._create("web", {**checked, "wait": False})
    uid = clusters.state.pop("web").id
    assert clusters.up("web", inputs) == "create"
    assert clusters.state["web"].id == uid
    clusters.is_steady("web", inputs)


def test_settings_and_machines(clusters: Steps, world: World, fleet: str) -> None:
    """Tags, time zone and pools of such a cluster change in place as any cluster's do."""
    clusters.up("web", data.following(world, fleet))
    uid = clusters.state["web"].id
    inputs = data.following(world, fleet, tags={"env": "prod"}) | {"timezone": "Europe/Paris"}
    inputs["pools"]["worker"]["count"] = 3
    assert clusters.up("web", inputs) == "update"
    found = world.client.clusters.get(uid)
    assert found is not None
    assert (found.metadata.labels, found.spec.cluster_config.timezone) == ({"env": "prod"}, "Europe/Paris")
    clusters.is_steady("web", inputs)


def test_other_cloud_than_the_template(clusters: Steps, world: World, first: str) -> None:
    """A cluster on another cloud than its template's is refused."""
    fleet = data.template(world, data.linked(first))
    handed = {"uid": fleet, "name": "fleet", "cloud": "azure", "profiles": {}, "definitions": {}, "common": {}}
    with pytest.raises(RefusedError, match='"web" is for aws, the template "fleet" is for azure'):
        clusters.preview("web", {**data.following(world, fleet), "template": handed})


def test_without_a_time_zone(clusters: Steps, world: World, fleet: str) -> None:
    """A time zone that turns out to be empty is refused with the reason."""
    with pytest.raises(RefusedError, match="windows of a template are those of each cluster's own clock"):
        clusters.preview("web", {**data.following(world, fleet), "timezone": ""})


def test_unknown_template(clusters: Steps, world: World) -> None:
    """A template that doesn't exist is said so; one that isn't known yet lets the preview pass."""
    with pytest.raises(RefusedError, match="there is no cluster template with uid"):
        clusters.preview("web", data.following(world, "0" * 24))
    step, checked = clusters.preview("web", data.following(world, UNKNOWN, variables={"replicas": 3}))
    assert (step, checked["template"]["uid"]) == ("create", UNKNOWN)


def test_another_template_replaces(clusters: Steps, world: World, fleet: str, first: str) -> None:
    """Another template replaces, which is refused until approved; one that isn't known yet never replaces."""
    clusters.up("web", data.following(world, fleet))
    uid = clusters.state["web"].id
    other = data.template(world, data.linked(first), name="other")
    with pytest.raises(RefusedError, match=r'would be replaced: template "fleet"') as refused:
        clusters.preview("web", data.following(world, other))
    assert clusters.preview("web", data.following(world, UNKNOWN))[0] == "update"
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    assert clusters.up("web", data.following(world, other, approve=[token])) == "replace"
    assert clusters.state["web"].id != uid
    assert clusters.state["web"].outputs["template"]["uid"] == other


def test_from_profiles_to_a_template_and_back(clusters: Steps, world: World, fleet: str, own: dict[str, Any]) -> None:
    """Profiles of its own against a template replace, either way."""
    clusters.up("web", world.cluster(own))
    allow = {"when_busy": "wait", "minor_skip": "refuse", "replace": "allow"}
    with pytest.raises(RefusedError, match="would be replaced: profiles of its own -> template") as known:
        clusters.preview("web", data.following(world, fleet))
    with pytest.raises(RefusedError, match="known after apply") as unknown:  # the template is made in the same run
        clusters.preview("web", data.following(world, UNKNOWN))
    tokens = {str(each.value).split('approve=["')[1].split('"')[0] for each in (known, unknown)}
    assert len(tokens) == 1, "the token of the preview holds in the run"
    assert clusters.up("web", data.following(world, fleet, guards=allow)) == "replace"
    clusters.is_steady("web", data.following(world, fleet, guards=allow))
    with pytest.raises(RefusedError, match="-> profiles of its own"):
        clusters.preview("web", world.cluster(own))
    assert clusters.up("web", world.cluster(own, guards=allow)) == "replace"
    clusters.is_steady("web", world.cluster(own, guards=allow))


def test_adopted(clusters: Steps, world: World, fleet: str, own: dict[str, Any]) -> None:
    """A cluster that follows the same template is taken over; one with profiles of its own is not."""
    clusters.up("web", data.following(world, fleet, variables={"replicas": 3}))
    uid = clusters.state["web"].id
    clusters.up("own", world.cluster(own, name="own"))
    with pytest.raises(RefusedError, match="has profiles of its own, and this program gives it template"):
        clusters.preview("taken", data.following(world, fleet, name="own", adopt=clusters.state["own"].id))
    with pytest.raises(RefusedError, match="variables: replicas") as refused:
        clusters.preview("taken", data.following(world, fleet, variables={"replicas": 5}, adopt=uid))
    token = str(refused.value).split("palette:approve=")[1].split()[0]
    inputs = data.following(world, fleet, variables={"replicas": 5}, adopt=uid, approve=[token])
    assert clusters.up("taken", inputs) == "create"
    assert clusters.state["taken"].id == uid
    assert data.values(world, uid)["replicas"] == "5"


def test_read_only(clusters: Steps, world: World, fleet: str) -> None:
    """A cluster of a template that the program only reads tells what it runs."""
    clusters.up("web", data.following(world, fleet))
    found = clusters.get("web", clusters.state["web"].id)
    assert found["profiles"]["web"]["version"] == "1.0.0"
    assert found["kubernetes_version"] == "1.30.4"
    assert found["template"] == {"uid": fleet}


def test_template_that_is_made_in_the_same_run(clusters: Steps, profiles: Steps, world: World) -> None:
    """What the program hands over is judged before the template exists: values, missing ones, the cloud."""
    handed = {
        "uid": UNKNOWN,
        "name": "fleet",
        "cloud": "aws",
        "profiles": {"web": {"uid": UNKNOWN, "name": "web", "version": "1.0.0"}},
        "definitions": {"web": {"level": {"required": True, "has_default": False}, "zone": UNKNOWN}},
        "common": {"web": []},
    }
    inputs = {**data.following(world, UNKNOWN), "template": handed}
    with pytest.raises(RefusedError, match=r"leaves to each cluster: level \(web\)"):
        clusters.preview("web", inputs)
    step, checked = clusters.preview("web", {**inputs, "variables": {"level": "high", "zone": "eu"}})
    assert step == "create"
    assert checked["variable_homes"]["level"] == {"profile": "web", "uid": UNKNOWN}
    assert checked["template"] == {"uid": UNKNOWN, "name": "fleet"}


def test_member_of_a_fleet(clusters: Steps, world: World, fleet: str) -> None:
    """A member may follow a template, too: it has the fleet's tag, and is deleted without a wait with the fleet."""
    inputs = data.following(world, fleet, fleet="f1")
    clusters.up("web", inputs)
    uid = clusters.state["web"].id
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.metadata.labels == {"env": "dev", "palette-fleet": "f1"}
    clusters.is_steady("web", inputs)
    clusters.destroy("web")
    assert [row.metadata.uid for row in world.client.clusters.all(fresh=True)] == [uid]


def test_without_waiting(clusters: Steps, world: World, fleet: str) -> None:
    """`wait=False` returns as soon as the cluster is accepted; a refresh later tells what runs."""
    inputs = data.following(world, fleet, wait=False)
    clusters.up("web", inputs)
    assert world.waited == 0.0
    world.clock.advance(3600)
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs["kubernetes_version"] == "1.30.4"
    clusters.is_steady("web", inputs)


def test_busy_cluster(clusters: Steps, world: World, fleet: str) -> None:
    """A change of a cluster that is being made is told and waits, or is refused."""
    clusters.up("web", data.following(world, fleet, wait=False))
    changed = data.following(world, fleet, variables={"replicas": 3})
    with pytest.raises(RefusedError, match=r"is being accepted \(0 s\); nothing was sent"):
        clusters.preview("web", {**changed, "guards": {"when_busy": "fail"}})
    clusters.up("web", changed)
    assert data.values(world, clusters.state["web"].id)["replicas"] == "3"
    clusters.is_steady("web", changed)


def test_a_write_that_fails_is_made_by_the_next_run(clusters: Steps, world: World, fleet: str) -> None:
    """An update that ends with an error before its values were written writes them when it is repeated."""
    clusters.up("web", data.following(world, fleet))
    changed = data.following(world, fleet, variables={"replicas": 3}, tags={"env": "prod"})
    world.fault(method="PATCH", route="/v1/spectroclusters/*/variables", action="status", status=400, count=1)
    with pytest.raises(AbortedError):
        clusters.up("web", changed)
    world.forget_writes()
    assert clusters.up("web", changed) == "update"
    assert world.writes == [VARIABLES]
    clusters.is_steady("web", changed)


def test_value_that_equals_the_default(clusters: Steps, profiles: Steps, world: World, fleet: str) -> None:
    """A value that is newly said is written although it is the default's, so that another default does not take its place."""
    clusters.up("web", data.following(world, fleet))
    inputs = data.following(world, fleet, variables={"replicas": 1})
    world.forget_writes()
    assert clusters.up("web", inputs) == "update"
    assert world.writes == [VARIABLES]
    clusters.is_steady("web", inputs)
    second = data.version(profiles, world, "1.1.0", replicas={"format": "number", "default": "2"})
    data.relink(world, fleet, data.linked(second))
    data.upgrade(world, fleet)
    assert data.values(world, clusters.state["web"].id)["replicas"] == "1"
