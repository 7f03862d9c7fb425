"""Profiles on a cluster: versions, updates in place, overrides, applying later."""

from __future__ import annotations

from typing import Any

from tests.contract import profiles_data
from tests.contract.clusters import data
from tests.contract.conftest import Api


def republish(api: Api, uid: str, *, replicas: Any, version: str = "1.0.0", packs: Any = None) -> None:
    """Change a profile in place as clients do: PUT, then publish."""
    layers = packs
    if layers is None:
        layers = [profiles_data.pack(api, *each) for each in profiles_data.CORE]
        layers.append(profiles_data.manifest_layer("hello", data.WEB % {"replicas": replicas}))
    name = api.ok("GET", f"/v1/clusterprofiles/{uid}")["metadata"]["name"]
    body = {
        "metadata": {"name": name, "uid": uid},
        "spec": {"version": version, "template": {"type": "cluster", "packs": layers}},
    }
    api.ok("PUT", f"/v1/clusterprofiles/{uid}", body, status=204)
    api.ok("PATCH", f"/v1/clusterprofiles/{uid}/publish", status=204)


def patch(api: Api, cluster: str, *entities: Any, query: str = "?resolveNotification=true", **more: Any) -> None:
    """PATCH the profiles of a cluster."""
    body = {"profiles": list(entities), **more}
    api.ok("PATCH", f"/v1/spectroclusters/{cluster}/profiles{query}", body, status=204)


def updates(api: Api, cluster: str) -> list[Any]:
    """The templates of pending updates."""
    return list(api.ok("GET", f"/v1/spectroclusters/{cluster}/profileUpdates")["profiles"])


def notices(api: Api, cluster: str, query: str = "?isDone=false") -> list[Any]:
    """The notifications about a cluster."""
    return list(api.ok("GET", f"/v1/notifications/spectrocluster/{cluster}{query}")["items"])


def can_apply(api: Api, cluster: str) -> bool:
    """spcApply.canBeApplied."""
    return bool(data.get(api, cluster)["status"]["spcApply"]["canBeApplied"])


def is_rolled_out(api: Api, cluster: str) -> bool:
    """Whether all layers are Ready."""
    return all(pack["condition"]["type"] == "Ready" for pack in data.get(api, cluster)["status"]["packs"])


# ---- versions ----------------------------------------------------------------------------------------------------


def test_a_switch_of_versions_replaces_in_place(api: Api) -> None:
    """replaceWithProfile names the uid that goes; canBeApplied turns false, then true by itself, then layers "
    "get ready."""
    one, two = data.profile(api), data.profile(api, version="1.1.0", replicas=3)
    cluster = data.running(api, profile_uid=one)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one, "packValues": None, "variables": None})
    assert can_apply(api, cluster) is False
    rows = {pack["name"]: pack for pack in data.get(api, cluster)["status"]["packs"]}
    assert {pack["profileUid"] for pack in rows.values()} == {two}
    assert rows["hello"]["condition"]["type"] == "UpgradeAvailable"
    assert rows["kubernetes"]["condition"]["type"] == "Ready"
    api.clock.advance(40)
    assert can_apply(api, cluster) is True
    assert data.replicas(api, cluster) == 1
    api.clock.advance(80)
    assert is_rolled_out(api, cluster)
    assert data.replicas(api, cluster) == 3
    assert data.state(api, cluster) == "Running-Healthy"
    templates = data.get(api, cluster)["spec"]["clusterProfileTemplates"]
    assert [(each["uid"], each["profileVersion"]) for each in templates] == [(two, "1.1.0")]
    assert api.ok("GET", f"/v1/clusterprofiles/{one}")["status"]["inUseClusters"] == []
    patch(api, cluster, {"uid": one, "replaceWithProfile": two})
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 1


def test_a_repeated_switch_is_accepted(api: Api) -> None:
    """The same PATCH again, as after a lost answer, changes nothing; one that names a stranger is refused."""
    one, two = data.profile(api), data.profile(api, version="1.1.0", replicas=3)
    cluster = data.running(api, profile_uid=one)
    for _ in range(2):
        patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    body = {"profiles": [{"uid": one, "replaceWithProfile": "0" * 24}]}
    path = f"/v1/spectroclusters/{cluster}/profiles"
    api.refused("PATCH", path, body, status=400, code="ClusterProfilesInvalid")
    assert [each["uid"] for each in data.get(api, cluster)["spec"]["clusterProfileTemplates"]] == [two]


def test_a_profile_is_named_once(api: Api) -> None:
    """A PATCH that names a profile twice is refused: which of the two would count?"""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    body = {"profiles": [{"uid": profile}, {"uid": profile, "packValues": [{"name": "hello", "values": "a: 1"}]}]}
    path = f"/v1/spectroclusters/{cluster}/profiles"
    api.refused("PATCH", path, body, status=400, code="ClusterProfilesInvalid")


def test_a_second_version_of_an_addon_is_attached_twice(api: Api) -> None:
    """Without replaceWithProfile a second version stands beside the first; an infra one is refused."""
    infra, other = data.profile(api), data.profile(api, version="1.1.0")
    cluster = data.running(api, profile_uid=infra)
    one, two = (profiles_data.created(api, profiles_data.addon("x", v), publish=True) for v in ("1.0.0", "1.1.0"))
    patch(api, cluster, {"uid": one}, query="")
    patch(api, cluster, {"uid": two}, query="")
    found = api.ok("GET", f"/v1/spectroclusters/{cluster}/profiles")["profiles"]
    assert [each["metadata"]["uid"] for each in found] == [infra, one, two]
    assert [each["metadata"]["name"] for each in found] == ["web", "x", "x"]
    api.refused(
        "PATCH",
        f"/v1/spectroclusters/{cluster}/profiles",
        {"profiles": [{"uid": other}]},
        status=400,
        code="ClusterProfilesInvalid",
    )


def test_put_is_the_whole_set_and_delete_detaches(api: Api) -> None:
    """PUT detaches what it doesn't name; DELETE detaches add-ons and refuses the infrastructure."""
    infra = data.profile(api)
    one, two = (profiles_data.created(api, profiles_data.addon(name), publish=True) for name in ("x", "y"))
    cluster = data.running(api, profile_uid=infra)
    path = f"/v1/spectroclusters/{cluster}/profiles"

    def attached() -> list[str]:
        return [each["metadata"]["uid"] for each in api.ok("GET", path)["profiles"]]

    api.ok("PUT", path, {"profiles": [{"uid": infra}, {"uid": one}, {"uid": two}]}, status=204)
    assert attached() == [infra, one, two]
    api.ok("PUT", path, {"profiles": [{"uid": infra}, {"uid": two}]}, status=204)
    assert attached() == [infra, two]
    api.refused("PUT", path, {"profiles": [{"uid": two}]}, status=400, code="ClusterProfilesInvalid")
    api.refused("DELETE", path, {"profileUids": [infra]}, status=409, code="InfraProfileRequired")
    api.ok("DELETE", path, {"profileUids": [two]}, status=204)
    api.ok("DELETE", path, {"profileUids": [two]}, status=204)
    assert attached() == [infra]
    api.ok("DELETE", f"/v1/clusterprofiles/{two}", status=204)


def test_an_addon_gets_ready_after_it_was_attached(api: Api) -> None:
    """A new layer waits, is installed and gets ready; what runs is there afterwards."""
    cluster = data.running(api)
    text = data.WEB.replace("hello", "extra") % {"replicas": 2}
    layer = profiles_data.manifest_layer("extra", text)
    addon = profiles_data.created(api, profiles_data.addon("x", "1.0.0", layer), publish=True)
    patch(api, cluster, {"uid": addon}, query="?resolveNotification=false")
    assert data.replicas(api, cluster, "extra-deployment") is None
    api.clock.advance(120)
    assert data.replicas(api, cluster, "extra-deployment") == 2
    assert {each["name"] for each in data.get(api, cluster)["status"]["services"]} == {"hello-service", "extra-service"}


def test_objects_that_a_version_no_longer_names_stay(api: Api) -> None:
    """What a profile doesn't name any more goes on running."""
    one = data.profile(api)
    two = data.profile(api, version="1.1.0")
    text = data.WEB.replace("hello", "other") % {"replicas": 2}
    layers = [profiles_data.pack(api, *each) for each in profiles_data.CORE]
    republish(api, two, replicas=0, version="1.1.0", packs=[*layers, profiles_data.manifest_layer("hello", text)])
    cluster = data.running(api, profile_uid=one)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    api.clock.advance(120)
    assert data.replicas(api, cluster, "other-deployment") == 2
    assert data.replicas(api, cluster, "hello-deployment") == 1


def test_layers_that_do_not_change_keep_what_they_run(api: Api) -> None:
    """After a switch of versions an untouched layer has its services and objects still."""
    text = data.WEB.replace("hello", "extra") % {"replicas": 2}
    both = [profiles_data.manifest_layer("extra", text), profiles_data.manifest_layer("more")]
    changed = profiles_data.MANIFEST.replace("one", "two")
    one = profiles_data.created(api, profiles_data.addon("x", "1.0.0", *both), publish=True)
    other = [both[0], profiles_data.manifest_layer("more", changed)]
    two = profiles_data.created(api, profiles_data.addon("x", "1.1.0", *other), publish=True)
    cluster = data.running(api)
    for entity in ({"uid": one}, {"uid": two, "replaceWithProfile": one}, {"uid": one, "replaceWithProfile": two}):
        patch(api, cluster, entity)
        api.clock.advance(120)
        (row,) = [pack for pack in data.get(api, cluster)["status"]["packs"] if pack["name"] == "extra"]
        assert [each["name"] for each in row["services"]] == ["extra-service"]
        assert row["condition"]["type"] == "Ready"
    with api.store.atomic() as tx:
        body = tx.get("spectrocluster-objects", cluster)
    assert body is not None
    assert [each["name"] for each in body["objects"] if each.get("orphan")] == []


def test_kubernetes_does_not_go_down(api: Api) -> None:
    """A profile with a lower Kubernetes version is refused on a running cluster."""
    one = data.profile(api)
    core = [("kubernetes", "1.29.9") if name == "kubernetes" else (name, tag) for name, tag in profiles_data.CORE]
    registry = profiles_data.registry(api)
    tags = [each["tag"] for each in api.ok("GET", f"/v1/packs/kubernetes/registries/{registry}")["tags"]]
    lower = next(tag for tag in tags if tag.startswith("1.29."))
    core = [(name, lower if name == "kubernetes" else tag) for name, tag in core]
    layers = [profiles_data.pack(api, *each) for each in core]
    two = profiles_data.created(api, profiles_data.full(api, "web", "0.9.0", template={"packs": layers}), publish=True)
    cluster = data.running(api, profile_uid=one)
    body = {"profiles": [{"uid": two, "replaceWithProfile": one}]}
    path = f"/v1/spectroclusters/{cluster}/profiles"
    api.refused("PATCH", path, body, status=400, code="KubernetesDowngradeNotSupported")


# ---- pending updates ---------------------------------------------------------------------------------------------


def test_a_profile_published_anew_makes_a_pending_update(api: Api) -> None:
    """The cluster keeps its content; the target is told, a notice is there, flags are set; nothing rolls out by "
    "itself."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    assert updates(api, cluster) == []
    republish(api, profile, replicas=3)
    (target,) = updates(api, cluster)
    assert target["uid"] == profile
    (notice,) = notices(api, cluster)
    assert notice["action"]["isDone"] is False
    assert notice["relatedObject"] == {"kind": "spectrocluster", "uid": cluster, "name": "web"}
    assert [each["metadata"]["uid"] for each in api.ok("GET", "/v1/notifications/")["items"]] == [
        notice["metadata"]["uid"]
    ]
    assert data.overview(api, cluster)["status"]["notifications"]["isAvailable"] is True
    assert data.search(api)["items"][0]["status"]["notifications"]["isAvailable"] is True
    light = api.ok("POST", "/v1/dashboard/spectroclusters/metadata/search", {})["items"][0]
    assert light["status"]["updates"]["isUpdatesPending"] is True
    api.clock.advance(3600)
    assert data.replicas(api, cluster) == 1
    assert can_apply(api, cluster)
    manifest = api.ok("GET", f"/v1/spectroclusters/{cluster}/manifests")["manifests"][0]
    assert "replicas: 1" in manifest["content"]


def test_saving_a_draft_alone_makes_no_pending_update(api: Api) -> None:
    """Only publishing counts."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    layers = [profiles_data.pack(api, *each) for each in profiles_data.CORE]
    body = {
        "metadata": {"name": "web", "uid": profile},
        "spec": {"version": "1.0.0", "template": {"type": "cluster", "packs": layers}},
    }
    api.ok("PUT", f"/v1/clusterprofiles/{profile}", body, status=204)
    assert updates(api, cluster) == []
    api.ok("PATCH", f"/v1/clusterprofiles/{profile}/publish", status=204)
    assert len(updates(api, cluster)) == 1


def test_a_pending_update_goes_away_when_the_profile_goes_back(api: Api) -> None:
    """Published as the cluster has it, the profile has nothing to update; the notice is done."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    republish(api, profile, replicas=3)
    republish(api, profile, replicas=1)
    assert updates(api, cluster) == []
    assert notices(api, cluster) == []
    assert len(notices(api, cluster, "?isDone=true")) == 1
    assert data.overview(api, cluster)["status"]["notifications"]["isAvailable"] is False


def test_patch_with_the_flag_takes_the_update(api: Api) -> None:
    """PATCH with the same uid and resolveNotification brings the new content and settles the notice."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    republish(api, profile, replicas=3)
    patch(api, cluster, {"uid": profile})
    assert updates(api, cluster) == []
    assert notices(api, cluster) == []
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 3


def test_patch_without_the_flag_leaves_the_update_pending(api: Api) -> None:
    """PATCH with the same uid and no flag changes overrides on the old content; the update still waits."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    republish(api, profile, replicas=3)
    patch(api, cluster, {"uid": profile}, query="")
    api.clock.advance(200)
    assert data.replicas(api, cluster) == 1
    assert len(updates(api, cluster)) == 1
    assert len(notices(api, cluster)) == 1


def test_pack_refs_applies_what_the_notice_tells(api: Api) -> None:
    """packRefs with the notice's uid brings the target; later applying waits for POST spcApply."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    republish(api, profile, replicas=3)
    (target,), (notice,) = updates(api, cluster), notices(api, cluster)
    path = f"/v1/spectroclusters/{cluster}/packRefs?notify="
    body = {
        "profiles": [{"uid": profile, "packs": target["packs"]}],
        "spcApplySettings": {"actionType": "DownloadAndInstallLater"},
    }
    api.refused("PATCH", f"{path}{'0' * 24}", body, status=404, code="ResourceNotFound")
    api.ok("PATCH", f"{path}{notice['metadata']['uid']}", body, status=204)
    assert notices(api, cluster) == []
    api.clock.advance(3600)
    assert can_apply(api, cluster) is False
    assert data.replicas(api, cluster) == 1
    assert data.get(api, cluster)["status"]["spcApply"]["actionType"] == "DownloadAndInstallLater"
    api.ok("POST", f"/v1/spectroclusters/{cluster}/status/spcApply", status=202)
    assert api.ok("GET", f"/v1/spectroclusters/{cluster}/status/spcApply")["canBeApplied"] is True
    assert not is_rolled_out(api, cluster)
    api.clock.advance(120)
    assert is_rolled_out(api, cluster)
    assert data.replicas(api, cluster) == 3
    assert data.get(api, cluster)["status"]["spcApply"]["patchAppliedTime"]


def test_a_change_without_a_word_joins_the_one_that_waits(api: Api) -> None:
    """While a change waits to be applied, other changes wait with it, until DownloadAndInstall is said."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    republish(api, profile, replicas=3)
    patch(api, cluster, {"uid": profile}, spcApplySettings={"actionType": "DownloadAndInstallLater"})
    path = f"/v1/spectroclusters/{cluster}/profiles/{profile}/packs/hello/manifests"
    uid = api.ok("GET", path)["items"][0]["metadata"]["uid"]
    api.ok("PUT", path, {"manifests": [{"uid": uid, "content": data.WEB % {"replicas": 4}}]}, status=204)
    api.clock.advance(600)
    assert can_apply(api, cluster) is False
    assert data.replicas(api, cluster) == 1
    patch(api, cluster, {"uid": profile}, spcApplySettings={"actionType": "DownloadAndInstall"})
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 3


def test_the_same_again_does_not_set_back_a_roll_out(api: Api) -> None:
    """A repeated PATCH in the middle of a roll-out changes nothing of its course."""
    one, two = data.profile(api), data.profile(api, version="1.1.0", replicas=3)
    cluster = data.running(api, profile_uid=one)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    api.clock.advance(40)
    assert can_apply(api, cluster)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    assert can_apply(api, cluster)
    api.clock.advance(80)
    assert is_rolled_out(api, cluster)


def test_a_change_that_changes_nothing_rolls_nothing_out(api: Api) -> None:
    """A PATCH with the same content leaves canBeApplied true and all layers ready."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    patch(api, cluster, {"uid": profile})
    assert can_apply(api, cluster)
    assert is_rolled_out(api, cluster)


def test_notices_can_be_acknowledged_and_done(api: Api) -> None:
    """ack and done set their flags until there is something new; an unknown notice is 404."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    republish(api, profile, replicas=3)
    uid = notices(api, cluster)[0]["metadata"]["uid"]
    api.ok("PATCH", f"/v1/notifications/{uid}/ack", status=204)
    assert notices(api, cluster)[0]["action"]["ack"] is True
    api.ok("PATCH", f"/v1/notifications/{uid}/done", status=204)
    assert notices(api, cluster) == []
    patch(api, cluster, {"uid": profile}, query="")
    assert notices(api, cluster) == []
    assert len(updates(api, cluster)) == 1
    republish(api, profile, replicas=4)
    assert [each["metadata"]["uid"] for each in notices(api, cluster)] == [uid]
    api.refused("PATCH", f"/v1/notifications/{'0' * 24}/ack", status=404, code="ResourceNotFound")


# ---- overrides ---------------------------------------------------------------------------------------------------


def config(api: Api, cluster: str, profile: str, pack: str = "hello") -> list[Any]:
    """The config views of a layer."""
    found = api.ok("GET", f"/v1/spectroclusters/{cluster}/profiles/{profile}/packs/{pack}/config")["items"]
    return [each["spec"] for each in found]


def test_values_are_overridden_on_one_cluster(api: Api) -> None:
    """Other values than the profile's are an override until a PATCH without them; equal ones are none."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    (row,) = config(api, cluster, profile, "cni-calico")
    own = row["values"] + "\n# ours\nextra: 1\n"
    patch(api, cluster, {"uid": profile, "packValues": [{"name": "cni-calico", "values": row["values"]}]})
    assert len(config(api, cluster, profile, "cni-calico")) == 1
    patch(api, cluster, {"uid": profile, "packValues": [{"name": "cni-calico", "values": own}]})
    theirs, ours = config(api, cluster, profile, "cni-calico")
    assert theirs["isValuesOverridden"] is False
    assert ours["isValuesOverridden"] is True
    assert ours["values"] == own.strip()
    template = data.get(api, cluster)["spec"]["clusterProfileTemplates"][0]
    assert next(pack for pack in template["packs"] if pack["name"] == "cni-calico")["values"] == own.strip()
    found = api.ok("GET", f"/v1/spectroclusters/{cluster}/pack/properties?layer=cni&fieldPath=extra")
    assert found["yaml"].strip().startswith("1")
    patch(api, cluster, {"uid": profile})
    assert len(config(api, cluster, profile, "cni-calico")) == 1


def test_a_manifest_is_overridden_under_its_own_uid(api: Api) -> None:
    """PUT of a manifest gives it a uid of its own with the profile's as parent; what runs follows."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    path = f"/v1/spectroclusters/{cluster}/profiles/{profile}/packs/hello/manifests"
    (before,) = api.ok("GET", path)["items"]
    parent = before["metadata"]["uid"]
    content = data.WEB % {"replicas": 5}
    api.ok("PUT", path, {"manifests": [{"uid": parent, "content": content}]}, status=204)
    (after,) = api.ok("GET", path)["items"]
    assert after["metadata"]["uid"] != parent
    assert after["spec"]["published"]["content"] == content
    ref = config(api, cluster, profile)[-1]["manifests"][0]
    assert (ref["isOverridden"], ref["parentUid"], ref["uid"]) == (True, parent, after["metadata"]["uid"])
    one = api.ok("GET", f"/v1/spectroclusters/{cluster}/pack/manifests/{ref['uid']}")
    assert one["spec"]["published"]["content"] == content
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 5
    api.refused("PUT", path, {"manifests": [{"uid": "0" * 24, "content": "x"}]}, status=404, code="ResourceNotFound")
    back = {"manifests": [{"uid": after["metadata"]["uid"], "content": data.WEB % {"replicas": 1}}]}
    api.ok("PUT", path, back, status=204)
    assert len(config(api, cluster, profile)) == 1
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 1


def test_overrides_stay_while_an_update_is_pending(api: Api) -> None:
    """A pending update doesn't touch overrides; the target templates are the profile's, without them."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    manifest = {"name": "hello", "content": data.WEB % {"replicas": 7}, "uid": ""}
    patch(api, cluster, {"uid": profile, "packValues": [{"name": "hello", "manifests": [manifest]}]})
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 7
    republish(api, profile, replicas=3)
    api.clock.advance(600)
    assert data.replicas(api, cluster) == 7
    patch(api, cluster, {"uid": profile, "packValues": [{"name": "hello", "manifests": [manifest]}]})
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 7
    assert updates(api, cluster) == []
    patch(api, cluster, {"uid": profile})
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 3


def test_overrides_are_not_carried_to_another_version(api: Api) -> None:
    """What isn't sent has the profile's content, also at a switch of versions."""
    one, two = data.profile(api), data.profile(api, version="1.1.0", replicas=4)
    manifest = {"name": "hello", "content": data.WEB % {"replicas": 7}}
    entity = {"uid": one, "packValues": [{"name": "hello", "manifests": [manifest]}]}
    cluster = api.ok("POST", "/v1/spectroclusters/aws", data.cluster("web", data.account(api), [entity]), status=201)[
        "uid"
    ]
    api.clock.advance(1300)
    assert data.replicas(api, cluster) == 7
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 4


def test_reads_of_packs_and_manifests(api: Api) -> None:
    """Manifests are listed by profile and flat; a layer or profile that isn't there is 404."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    prefix = f"/v1/spectroclusters/{cluster}"
    nested = api.ok("GET", f"{prefix}/profiles/packs/manifests?resolveMacros=true")["profiles"]
    assert [pack["spec"]["name"] for pack in nested[0]["spec"]["packs"]][-1] == "hello"
    assert nested[0]["spec"]["packs"][-1]["spec"]["manifests"][0]["content"]
    flat = api.ok("GET", f"{prefix}/manifests?resolveValues=true")["manifests"]
    assert [each["name"] for each in flat] == ["hello"]
    listed = api.ok("GET", f"{prefix}/profiles?includePackMeta=schema")["profiles"]
    assert listed[0]["spec"]["type"] == "cluster"
    api.refused("GET", f"{prefix}/profiles/{'0' * 24}/packs/hello/config", status=404, code="ResourceNotFound")
    api.refused("GET", f"{prefix}/profiles/{profile}/packs/none/config", status=404, code="ResourceNotFound")
    assert api.ok("GET", f"{prefix}/features/manifests")["manifests"][0]["name"] == "hello"
    assert api.ok("GET", f"{prefix}/features/helmCharts") == {"charts": []}
    assert api.ok("POST", f"{prefix}/validate/packs", {"profiles": [{"uid": profile}]})["profiles"][0]["uid"] == profile
    bad = api.ok("POST", "/v1/spectroclusters/validate/packs", {"profiles": [{"uid": "0" * 24}]})
    assert bad["profiles"][0]["packs"]["results"][0]["errors"]
