"""Overrides of one cluster: what they touch, what drops them, and what is told about them at each point."""

from __future__ import annotations

from typing import Any

from tests.contract import profiles_data
from tests.contract.clusters import data
from tests.contract.clusters.test_profiles import config, notices, patch, republish, updates
from tests.contract.conftest import Api

LAYER = "hello-universe"
DEPLOYMENT = "hello-universe-deployment"


def values_of(api: Api, tag: str, replicas: int) -> str:
    """The values of the pack with so many replicas of the page."""
    text: str = profiles_data.pack(api, LAYER, tag)["values"]
    head, found, tail = text.partition("\n  replicas: ")
    assert found
    return f"{head}{found}{replicas}{tail[tail.index(chr(10)) :]}"


def layers(api: Api, tag: str = "1.1.0", replicas: int = 2) -> list[Any]:
    """Core layers and the pack under test."""
    core = [profiles_data.pack(api, *each) for each in profiles_data.CORE]
    return [*core, profiles_data.pack(api, LAYER, tag, values=values_of(api, tag, replicas))]


def universe(api: Api, version: str = "1.0.0", tag: str = "1.1.0", replicas: int = 2) -> str:
    """A published profile whose add-on is a pack with values."""
    template = {"packs": layers(api, tag, replicas)}
    return profiles_data.created(api, profiles_data.full(api, "web", version, template=template), publish=True)


def edit(api: Api, profile: str, replicas: int) -> None:
    """Change the profile in place."""
    republish(api, profile, replicas=0, packs=layers(api, replicas=replicas))


def packed(uid: str, values: str, **more: Any) -> Any:
    """A profile on a cluster whose values are overridden."""
    return {"uid": uid, "packValues": [{"name": LAYER, "type": "spectro", "values": values, "manifests": None}], **more}


def pods(api: Api, cluster: str) -> int:
    """How many pods of the page run."""
    found = api.ok("POST", f"/v1/dashboard/spectroclusters/{cluster}/workloads/pod", {})["pods"]
    return sum(1 for each in found if each["metadata"]["entity"]["name"].startswith(DEPLOYMENT))


def is_overridden(api: Api, cluster: str, profile: str) -> bool:
    """isValuesOverridden of the row that counts."""
    return bool(config(api, cluster, profile, LAYER)[-1]["isValuesOverridden"])


def own_pods(api: Api, cluster: str, wanted: int) -> None:
    """Make sure that so many pods run once the change is through."""
    api.clock.advance(120)
    assert pods(api, cluster) == wanted
    assert data.state(api, cluster) == "Running-Healthy"


def test_an_override_of_values_is_one_clusters_own(api: Api) -> None:
    """Other replicas on one cluster run there after a minute or two; profile, other cluster and its rows don't change."""
    profile = universe(api)
    one, two = data.running(api, "one", profile), data.running(api, "two", profile)
    before = api.ok("GET", f"/v1/clusterprofiles/{profile}")
    assert (pods(api, one), pods(api, two)) == (2, 2)
    patch(api, one, packed(profile, values_of(api, "1.1.0", 1)), query="")
    own_pods(api, one, 1)
    assert pods(api, two) == 2
    assert is_overridden(api, one, profile)
    assert not is_overridden(api, two, profile)
    after = api.ok("GET", f"/v1/clusterprofiles/{profile}")
    assert after["spec"] == before["spec"]
    for cluster in (one, two):
        assert updates(api, cluster) == []
        assert notices(api, cluster) == []


def test_the_pending_configuration_drops_an_override(api: Api) -> None:
    """Override 1, profile edited to 3: the offer says 3 without the override; until it is applied 1 runs and stays told."""
    profile = universe(api)
    cluster = data.running(api, profile_uid=profile)
    patch(api, cluster, packed(profile, values_of(api, "1.1.0", 1)), query="")
    own_pods(api, cluster, 1)
    edit(api, profile, 3)
    (target,) = updates(api, cluster)
    offered = next(pack for pack in target["packs"] if pack["name"] == LAYER)
    assert offered["values"] == values_of(api, "1.1.0", 3)
    theirs, ours = config(api, cluster, profile, LAYER)
    assert theirs["values"] == values_of(api, "1.1.0", 2)
    assert (ours["values"], ours["isValuesOverridden"]) == (values_of(api, "1.1.0", 1), True)
    (notice,) = notices(api, cluster)
    path = f"/v1/spectroclusters/{cluster}/packRefs?notify={notice['metadata']['uid']}"
    api.ok("PATCH", path, {"profiles": [{"uid": profile, "packs": target["packs"]}]}, status=204)
    assert not is_overridden(api, cluster, profile)
    own_pods(api, cluster, 3)


def test_pack_refs_without_content_apply_the_profile(api: Api) -> None:
    """packRefs that name the notice alone, the profile alone, or layers without values bring the profile's content."""
    bodies: list[dict[str, Any]] = [{}, {"packs": None}, {"packs": [{"name": LAYER}]}]
    for number, body in enumerate(bodies, 1):
        profile = universe(api, f"1.{number}.0")
        cluster = data.running(api, f"web-{number}", profile)
        patch(api, cluster, packed(profile, values_of(api, "1.1.0", 1)), query="")
        republish(api, profile, replicas=0, version=f"1.{number}.0", packs=layers(api, replicas=3))
        (notice,) = notices(api, cluster)
        path = f"/v1/spectroclusters/{cluster}/packRefs?notify={notice['metadata']['uid']}"
        profiles = [{"uid": profile, **body}] if body else []
        api.ok("PATCH", path, {"profiles": profiles}, status=204)
        assert not is_overridden(api, cluster, profile)
        own_pods(api, cluster, 3)
        assert updates(api, cluster) == []


def test_what_is_sent_with_an_update_is_what_is_applied(api: Api) -> None:
    """With the override put into the pending configuration, by packRefs or PATCH, the cluster ends with it."""
    profile = universe(api)
    cluster = data.running(api, profile_uid=profile)
    edit(api, profile, 3)
    (target,), (notice,) = updates(api, cluster), notices(api, cluster)
    packs = [
        {**pack, "uid": pack["packUid"], "values": values_of(api, "1.1.0", 1)} if pack["name"] == LAYER else pack
        for pack in target["packs"]
    ]
    path = f"/v1/spectroclusters/{cluster}/packRefs?notify={notice['metadata']['uid']}"
    api.ok("PATCH", path, {"profiles": [{"uid": profile, "packs": packs}]}, status=204)
    assert is_overridden(api, cluster, profile)
    assert config(api, cluster, profile, LAYER)[0]["values"] == values_of(api, "1.1.0", 3)
    own_pods(api, cluster, 1)
    edit(api, profile, 4)
    patch(api, cluster, packed(profile, values_of(api, "1.1.0", 5)))
    assert updates(api, cluster) == []
    own_pods(api, cluster, 5)


def test_an_update_that_says_what_the_override_says_leaves_none(api: Api) -> None:
    """Sent values that the new profile has too are no override any more."""
    profile = universe(api)
    cluster = data.running(api, profile_uid=profile)
    patch(api, cluster, packed(profile, values_of(api, "1.1.0", 1)), query="")
    edit(api, profile, 1)
    assert is_overridden(api, cluster, profile)
    patch(api, cluster, packed(profile, values_of(api, "1.1.0", 1)))
    assert not is_overridden(api, cluster, profile)


def test_pack_refs_of_another_offer_are_refused(api: Api) -> None:
    """References with a pack uid or tag that the profile doesn't have by now are refused, and nothing is applied."""
    profile = universe(api)
    cluster = data.running(api, profile_uid=profile)
    edit(api, profile, 3)
    (target,), (notice,) = updates(api, cluster), notices(api, cluster)
    path = f"/v1/spectroclusters/{cluster}/packRefs?notify={notice['metadata']['uid']}"
    for wrong in ({"tag": "1.2.0"}, {"uid": "0" * 24}):
        body = {"profiles": [{"uid": profile, "packs": [{**target["packs"][-1], **wrong}]}]}
        api.refused("PATCH", path, body, status=409, code="PackRefsOutdated")
    body = {"profiles": [{"uid": profile, "packs": [{"name": "nobody", "values": "a: 1"}]}]}
    api.refused("PATCH", path, body, status=400, code="PackValuesInvalid")
    assert len(updates(api, cluster)) == 1


def test_a_switch_of_versions_without_content_drops_the_override(api: Api) -> None:
    """At a switch to a version with another pack version the override is gone unless it is sent, and back again too."""
    one, two = universe(api), universe(api, "1.1.0", "1.2.0", 3)
    cluster = data.running(api, profile_uid=one)
    patch(api, cluster, packed(one, values_of(api, "1.1.0", 1)), query="")
    own_pods(api, cluster, 1)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    (row,) = config(api, cluster, two, LAYER)
    assert (row["version"], row["isValuesOverridden"]) == ("1.2.0", False)
    own_pods(api, cluster, 3)
    patch(api, cluster, {"uid": one, "replaceWithProfile": two})
    assert not is_overridden(api, cluster, one)
    own_pods(api, cluster, 2)


def test_a_switch_of_versions_with_content_keeps_it_on_the_new_pack(api: Api) -> None:
    """Values that are sent with the switch count for the new version of the pack, and are told as an override of it."""
    one, two = universe(api), universe(api, "1.1.0", "1.2.0", 3)
    cluster = data.running(api, profile_uid=one)
    patch(api, cluster, packed(two, values_of(api, "1.2.0", 1), replaceWithProfile=one))
    theirs, ours = config(api, cluster, two, LAYER)
    assert (theirs["tag"], ours["tag"]) == ("1.2.0", "1.2.0")
    assert ours["isValuesOverridden"] is True
    assert theirs["packUid"] == ours["packUid"] == profiles_data.pack(api, LAYER, "1.2.0")["uid"]
    own_pods(api, cluster, 1)


def test_a_reset_brings_the_profiles_content_back(api: Api) -> None:
    """PATCH without content, PUT without content and the profile's own values each end an override."""
    profile = universe(api)
    cluster = data.running(api, profile_uid=profile)
    resets: tuple[tuple[str, Any], ...] = (
        ("PATCH", {"uid": profile}),
        ("PUT", {"uid": profile, "packValues": []}),
        ("PATCH", packed(profile, "")),
        ("PATCH", packed(profile, "\n" + values_of(api, "1.1.0", 2) + "\n\n")),
    )
    for method, entity in resets:
        patch(api, cluster, packed(profile, values_of(api, "1.1.0", 1)), query="")
        assert is_overridden(api, cluster, profile)
        api.ok(method, f"/v1/spectroclusters/{cluster}/profiles", {"profiles": [entity]}, status=204)
        assert not is_overridden(api, cluster, profile)
    own_pods(api, cluster, 2)


def test_overridden_manifests_are_told_through_all_of_it(api: Api) -> None:
    """isOverridden and parentUid of a manifest: after override, edit in place, apply with and without it, switch, reset."""
    profile, other = data.profile(api, replicas=2), data.profile(api, version="1.1.0", replicas=2)
    cluster = data.running(api, profile_uid=profile)

    def ref(uid: str = profile) -> Any:
        return config(api, cluster, uid)[-1]["manifests"][0]

    def sent(uid: str, replicas: int, **more: Any) -> Any:
        manifest = {
            "name": "hello",
            "content": data.WEB % {"replicas": replicas},
            "uid": ref(more.pop("at", uid))["uid"],
        }
        return {"uid": uid, "packValues": [{"name": "hello", "manifests": [manifest]}], **more}

    parent = ref()["uid"]
    assert ref()["isOverridden"] is False
    patch(api, cluster, sent(profile, 1), query="")
    overridden = ref()
    assert (overridden["isOverridden"], overridden["parentUid"]) == (True, parent)
    republish(api, profile, replicas=3)
    assert ref() == overridden
    patch(api, cluster, sent(profile, 1))
    assert ref() == overridden
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 1
    republish(api, profile, replicas=4)
    patch(api, cluster, {"uid": profile})
    assert (ref()["isOverridden"], ref()["uid"]) == (False, parent)
    patch(api, cluster, sent(other, 7, at=profile, replaceWithProfile=profile))
    moved = ref(other)
    assert moved["isOverridden"] is True
    assert moved["parentUid"] not in {"", parent}
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 7
    patch(api, cluster, {"uid": profile, "replaceWithProfile": other})
    assert ref()["isOverridden"] is False


def test_a_second_manifest_and_values_keep_their_overrides(api: Api) -> None:
    """PUT of one manifest leaves the other's override and the values' override of the layer alone."""
    manifests = [{"name": name, "content": profiles_data.MANIFEST.replace("hello", name)} for name in ("a", "b")]
    layer = profiles_data.manifest_layer("pair", manifests=manifests, values="x: 1")
    addon = profiles_data.created(api, profiles_data.addon("extras", "1.0.0", layer), publish=True)
    cluster = data.running(api)
    patch(api, cluster, {"uid": addon, "packValues": [{"name": "pair", "values": "x: 2"}]}, query="")
    path = f"/v1/spectroclusters/{cluster}/profiles/{addon}/packs/pair/manifests"
    for name in ("a", "b"):
        uid = next(each["metadata"]["uid"] for each in api.ok("GET", path)["items"] if each["metadata"]["name"] == name)
        text = profiles_data.MANIFEST.replace("hello", name).replace("one", "two")
        api.ok("PUT", path, {"manifests": [{"uid": uid, "content": text}]}, status=204)
    row = config(api, cluster, addon, "pair")[-1]
    assert (row["values"], row["isValuesOverridden"]) == ("x: 2", True)
    assert [each["isOverridden"] for each in row["manifests"]] == [True, True]


def test_variables_leave_overrides_alone(api: Api) -> None:
    """PATCH of variables changes no content of the cluster."""
    variables = [{"name": "color", "defaultValue": "red"}]
    layer = profiles_data.manifest_layer("v", profiles_data.MANIFEST.replace("one", "{{.spectro.var.color}}"))
    addon = profiles_data.created(api, profiles_data.addon("x", "1.0.0", layer, variables=variables), publish=True)
    cluster = data.running(api)
    patch(api, cluster, {"uid": addon, "packValues": [{"name": "v", "values": "own: true"}]}, query="")
    body = [{"profileUid": addon, "variables": [{"name": "color", "value": "blue"}]}]
    api.ok("PATCH", f"/v1/spectroclusters/{cluster}/variables", body, status=204)
    assert config(api, cluster, addon, "v")[-1]["isValuesOverridden"] is True
