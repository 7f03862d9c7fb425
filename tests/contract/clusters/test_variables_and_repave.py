"""Variables of a cluster, and changes that replace nodes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import profiles_data
from tests.contract.clusters import data
from tests.contract.clusters.test_profiles import can_apply, patch
from tests.contract.conftest import Api

VARIABLES = [
    {"name": "replicas", "format": "number", "defaultValue": "2"},
    {"name": "zone", "defaultValue": "a", "immutable": True},
    {"name": "token", "isSensitive": True, "defaultValue": "very-secret"},
]
REPLICAS = "{{.spectro.var.replicas}}"


def values(api: Api, cluster: str) -> dict[str, str]:
    """The values on the cluster by name."""
    (row,) = api.ok("GET", f"/v1/spectroclusters/{cluster}/variables")
    return {each["name"]: each["value"] for each in row["variables"]}


def set_values(profile: str, **named: str) -> list[Any]:
    """A bare array for PATCH."""
    return [{"profileUid": profile, "variables": [{"name": name, "value": value} for name, value in named.items()]}]


def test_values_follow_defaults_and_patches(api: Api) -> None:
    """Defaults count until a value is set; what runs follows; sensitive values are masked, and the mask changes "
    "nothing."""
    profile = data.profile(api, variables=VARIABLES, replicas=REPLICAS)
    cluster = data.running(api, profile_uid=profile)
    assert values(api, cluster) == {"replicas": "2", "zone": "a", "token": "********"}
    assert data.replicas(api, cluster) == 2
    path = f"/v1/spectroclusters/{cluster}/variables"
    api.ok("PATCH", path, set_values(profile, replicas="5", token="********"), status=204)
    assert values(api, cluster)["replicas"] == "5"
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 5
    assert api.ok("GET", f"/v1/spectroclusters/{cluster}")["spec"]["clusterProfileTemplates"][0]["packs"][-1][
        "manifests"
    ]
    references = {"references": [REPLICAS, "spectro.var.zone", "{{.spectro.var.none}}", "{{.spectro.var.token}}"]}
    found = api.ok("GET", f"/v1/spectroclusters/{cluster}/packs/resolvedValues", references)
    assert found["profiles"][0]["resolved"] == {REPLICAS: "5", "spectro.var.zone": "a"}


def test_values_that_can_not_be(api: Api) -> None:
    """Wrong format, unknown name, unknown profile and another value for an immutable variable are refused."""
    profile = data.profile(api, variables=VARIABLES, replicas=REPLICAS)
    cluster = data.running(api, profile_uid=profile)
    path = f"/v1/spectroclusters/{cluster}/variables"
    api.refused("PATCH", path, set_values(profile, replicas="many"), status=400, code="VariablesInvalid")
    api.refused("PATCH", path, set_values(profile, other="1"), status=400, code="VariablesInvalid")
    api.refused("PATCH", path, set_values("0" * 24, replicas="1"), status=400, code="ClusterProfilesInvalid")
    api.refused("PATCH", path, set_values(profile, zone="b"), status=409, code="VariableImmutable")
    api.ok("PATCH", path, set_values(profile, zone="a"), status=204)
    api.refused("PATCH", path, {"profileUid": profile}, status=400, code="InvalidRequest")
    assert values(api, cluster)["replicas"] == "2"


def test_values_carry_over_to_another_version(api: Api) -> None:
    """At a switch of versions values stay by name; a new required variable without one is refused."""
    one = data.profile(api, variables=VARIABLES, replicas=REPLICAS)
    two = data.profile(api, version="1.1.0", variables=VARIABLES, replicas=REPLICAS)
    cluster = data.running(api, profile_uid=one)
    api.ok("PATCH", f"/v1/spectroclusters/{cluster}/variables", set_values(one, replicas="5"), status=204)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one, "variables": None})
    assert values(api, cluster)["replicas"] == "5"
    api.clock.advance(120)
    assert data.replicas(api, cluster) == 5


def kubernetes(api: Api, minor: str) -> str:
    """The newest patch of a Kubernetes minor in the catalogue."""
    registry = profiles_data.registry(api)
    tags = [each["tag"] for each in api.ok("GET", f"/v1/packs/kubernetes/registries/{registry}")["tags"]]
    return str(next(tag for tag in reversed(tags) if tag.startswith(minor)))


def newer(api: Api, version: str = "2.0.0") -> str:
    """The uid of a version of the profile with another Kubernetes minor."""
    core = [(name, kubernetes(api, "1.31.") if name == "kubernetes" else tag) for name, tag in profiles_data.CORE]
    layers = [profiles_data.pack(api, *each) for each in core]
    layers.append(profiles_data.manifest_layer("hello", data.WEB % {"replicas": 1}))
    body = profiles_data.full(api, "web", version, template={"packs": layers})
    return profiles_data.created(api, body, publish=True)


def test_a_repave_waits_for_approval(api: Api) -> None:
    """Another Kubernetes version is told as a repave, waits in Pending, is Approved at once, and rolls out."""
    one, two = data.profile(api), newer(api)
    cluster = data.running(api, profile_uid=one)
    prefix = f"/v1/spectroclusters/{cluster}"
    entity = {"uid": two, "replaceWithProfile": one}
    dry = api.ok("POST", f"{prefix}/validate/repave", {"profiles": [entity]})
    assert dry["isRepaveRequired"] is True
    (reason,) = dry["reasons"]
    assert reason["pack"]["current"]["version"] == "1.30.4"
    assert reason["pack"]["target"]["version"].startswith("1.31.")
    api.refused("GET", f"{prefix}/repave/status", status=404, code="ResourceNotFound")
    patch(api, cluster, entity)
    assert data.get(api, cluster)["status"]["repave"]["state"] == "Pending"
    waiting = api.ok("GET", "/v1/dashboard/spectroclusters/repaveStatus?repaveState=Pending")
    assert [each["metadata"]["uid"] for each in waiting["items"]] == [cluster]
    api.clock.advance(3600)
    assert can_apply(api, cluster) is False
    told = api.ok("GET", f"{prefix}/repave/status")
    assert told["status"]["state"] == "Pending"
    assert told["spec"]["reasons"] == dry["reasons"]
    api.ok("PATCH", f"{prefix}/repave/approve", status=204)
    assert data.get(api, cluster)["status"]["repave"]["state"] == "Approved"
    api.clock.advance(120)
    assert data.overview(api, cluster)["status"]["kubeMeta"]["kubernetesVersion"].startswith("1.31.")
    assert data.state(api, cluster) == "Running-Healthy"


def test_a_repave_that_is_taken_back_is_reverted(api: Api) -> None:
    """Going back before the approval is no downgrade, and makes the repave Reverted."""
    one, two = data.profile(api), newer(api)
    cluster = data.running(api, profile_uid=one)
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    patch(api, cluster, {"uid": one, "replaceWithProfile": two})
    status = data.get(api, cluster)["status"]
    assert status["repave"]["state"] == "Reverted"
    assert status["spcApply"]["canBeApplied"] is True
    assert {pack["condition"]["type"] for pack in status["packs"]} == {"Ready"}


def test_a_change_of_manifests_needs_no_repave(api: Api) -> None:
    """Only infrastructure layers replace nodes; kubeadm values do, others don't."""
    one, two = data.profile(api), data.profile(api, version="1.1.0", replicas=3)
    cluster = data.running(api, profile_uid=one)
    path = f"/v1/spectroclusters/{cluster}/validate/repave"
    dry = api.ok("POST", path, {"profiles": [{"uid": two, "replaceWithProfile": one}]})
    assert dry == {"isRepaveRequired": False, "reasons": []}
    pack = profiles_data.pack(api, "kubernetes", "1.30.4")
    plain = {"name": "kubernetes", "values": pack["values"] + "\nother: 1\n"}
    assert api.ok("POST", path, {"profiles": [{"uid": one, "packValues": [plain]}]})["isRepaveRequired"] is False
    kubeadm = {"name": "kubernetes", "values": pack["values"] + "\nkubeadmconfigextra:\n  x: 1\n"}
    dry = api.ok("POST", path, {"profiles": [{"uid": one, "packValues": [kubeadm]}]})
    assert dry["reasons"][0]["pack"]["diffConfigKeys"] == ["kubeadmconfigextra.x"]


def test_reasons_of_a_repave_name_packs_and_keys(api: Api) -> None:
    """One reason a pack: versions with their content, keys that differ below kubeadm; add-ons are none."""
    one = data.profile(api)
    core = [(name, kubernetes(api, "1.31.") if name == "kubernetes" else tag) for name, tag in profiles_data.CORE]
    packs = [profiles_data.pack(api, *each) for each in core]
    packs[0]["values"] += "\nkubeadmextra:\n  files:\n    - path: /etc/motd\n"
    packs.append(profiles_data.manifest_layer("hello", data.WEB % {"replicas": 9}))
    two = profiles_data.created(api, profiles_data.full(api, "web", "2.0.0", template={"packs": packs}), publish=True)
    cluster = data.running(api, profile_uid=one)
    path = f"/v1/spectroclusters/{cluster}"
    dry = api.ok("POST", f"{path}/validate/repave", {"profiles": [{"uid": two, "replaceWithProfile": one}]})
    by_pack = {each["pack"]["target"]["name"]: each for each in dry["reasons"]}
    assert set(by_pack) == {"ubuntu-aws", "kubernetes"}
    assert by_pack["ubuntu-aws"]["code"] == "PackValuesChanged"
    assert by_pack["ubuntu-aws"]["pack"]["diffConfigKeys"] == ["kubeadmextra.files"]
    assert by_pack["kubernetes"]["code"] == "PackVersionChanged"
    assert by_pack["kubernetes"]["pack"]["current"]["version"] == "1.30.4"
    api.refused("GET", f"{path}/repave/status", status=404, code="ResourceNotFound")
    assert data.get(api, cluster)["status"]["spcApply"]["canBeApplied"] is True


def test_a_variable_below_kubeadm_is_a_repave(api: Api) -> None:
    """Another value of a variable that kubeadm values refer to replaces nodes too; its key is told, not its value."""
    packs = [profiles_data.pack(api, *each) for each in profiles_data.CORE]
    packs[1]["values"] += "\nkubeadmconfigextra:\n  token: '{{.spectro.var.token}}'\n"
    template = {"packs": packs}
    body = profiles_data.full(api, "web", "1.0.0", template=template, variables=VARIABLES)
    profile = profiles_data.created(api, body, publish=True)
    cluster = data.running(api, profile_uid=profile)
    prefix = f"/v1/spectroclusters/{cluster}"
    entity = {"uid": profile, "variables": [{"name": "token", "value": "other-s3cr3t"}]}
    (reason,) = api.ok("POST", f"{prefix}/validate/repave", {"profiles": [entity]})["reasons"]
    assert reason["pack"]["diffConfigKeys"] == ["kubeadmconfigextra.token"]
    assert "s3cr3t" not in str(reason)
    api.ok("PATCH", f"{prefix}/variables", set_values(profile, token="other-s3cr3t"), status=204)
    assert api.ok("GET", f"{prefix}/repave/status")["status"]["state"] == "Pending"


FORMATS: list[tuple[dict[str, Any], str, str]] = [
    ({"format": "number"}, "1.5", "one"),
    ({"format": "boolean"}, "true", "yes"),
    ({"format": "ipv4"}, "10.0.0.1", "10.0.0.256"),
    ({"format": "ipv4cidr"}, "10.0.0.0/8", "10.0.0.0"),
    ({"format": "ipv6"}, "::1", "10.0.0.1"),
    ({"format": "version"}, "1.2.3", "1.x"),
    ({"format": "base64"}, "aGk=", "a"),
    ({"regex": "[a-z]+"}, "abc", "ab1"),
    ({"inputType": "dropdown", "options": [{"value": "a"}, {"value": "b"}]}, "b", "c"),
    ({"required": True, "defaultValue": "x"}, "y", ""),
]


@pytest.mark.parametrize(("facts", "good", "bad"), FORMATS, ids=[str(next(iter(each[0].values()))) for each in FORMATS])
def test_values_fit_their_definitions(api: Api, facts: Any, good: str, bad: str) -> None:
    """PATCH of variables and PATCH of profiles refuse the same value of each format, regex and option alike."""
    layer = profiles_data.manifest_layer("v", profiles_data.MANIFEST.replace("one", "'{{.spectro.var.v}}'"))
    body = profiles_data.addon("x", "1.0.0", layer, variables=[{"name": "v", **facts}])
    addon = profiles_data.created(api, body, publish=True)
    cluster = data.running(api)
    patch(api, cluster, {"uid": addon})
    prefix, code = f"/v1/spectroclusters/{cluster}", "VariablesInvalid"
    error = api.refused("PATCH", f"{prefix}/variables", set_values(addon, v=bad), status=400, code=code)
    assert [each["variable"] for each in error["details"]["errors"]] == ["v"]
    entity = {"profiles": [{"uid": addon, "variables": [{"name": "v", "value": bad}]}]}
    api.refused("PATCH", f"{prefix}/profiles", entity, status=400, code=code)
    api.ok("PATCH", f"{prefix}/variables", set_values(addon, v=good), status=204)
    rows = api.ok("GET", f"{prefix}/variables")
    assert [each["value"] for row in rows if row["profileUid"] == addon for each in row["variables"]] == [good]


def test_all_wrong_values_are_told_at_once(api: Api) -> None:
    """Unknown names and values that don't fit stand in one refusal, in the order in which they came; nothing is set."""
    profile = data.profile(api, variables=VARIABLES, replicas=REPLICAS)
    cluster = data.running(api, profile_uid=profile)
    body = set_values(profile, nobody="1", replicas="x")
    body[0]["variables"].append({"name": "token", "value": "fine"})
    error = api.refused("PATCH", f"/v1/spectroclusters/{cluster}/variables", body, status=400, code="VariablesInvalid")
    assert [each["variable"] for each in error["details"]["errors"]] == ["nobody", "replicas"]
    assert values(api, cluster)["replicas"] == "2"


def test_immutable_values_stay_at_a_switch(api: Api) -> None:
    """A value that was set for an immutable variable can't change with the version either; the same is accepted."""
    one = data.profile(api, variables=VARIABLES, replicas=REPLICAS)
    two = data.profile(api, version="1.1.0", variables=VARIABLES, replicas=REPLICAS)
    entity = {"uid": one, "variables": [{"name": "zone", "value": "b"}]}
    account = data.account(api)
    cluster = api.ok("POST", "/v1/spectroclusters/aws", data.cluster("web", account, [entity]), status=201)["uid"]
    api.clock.advance(1300)
    switch: Any = {"uid": two, "replaceWithProfile": one, "variables": [{"name": "zone", "value": "c"}]}
    path, code = f"/v1/spectroclusters/{cluster}/profiles", "VariableImmutable"
    api.refused("PATCH", path, {"profiles": [switch]}, status=409, code=code)
    switch["variables"][0]["value"] = "b"
    api.ok("PATCH", path, {"profiles": [switch]}, status=204)
    assert values(api, cluster)["zone"] == "b"


def test_an_edit_in_place_can_need_a_value(api: Api) -> None:
    """A required variable without default that came with an edit must be sent with the update; until then all is as it was."""
    text = profiles_data.MANIFEST.replace("one", "'{{.spectro.var.region}}'")
    addon = profiles_data.created(api, profiles_data.addon("x"), publish=True)
    cluster = data.running(api)
    patch(api, cluster, {"uid": addon})
    prefix = f"/v1/clusterprofiles/{addon}"
    template = {"type": "add-on", "packs": [profiles_data.manifest_layer("hello", text)]}
    layer = {"metadata": {"name": "x", "uid": addon}, "spec": {"version": "1.0.0", "template": template}}
    # Variables come before the content that refers to them.
    api.refused("PUT", prefix, layer, status=400, code="PackVariablesUndefined")
    api.ok("PATCH", f"{prefix}/variables", {"variables": [{"name": "region", "required": True}]}, status=204)
    api.ok("PUT", prefix, layer, status=204)
    api.ok("PATCH", f"{prefix}/publish", status=204)
    path = f"/v1/spectroclusters/{cluster}/profiles?resolveNotification=true"
    api.refused("PATCH", path, {"profiles": [{"uid": addon}]}, status=400, code="VariablesInvalid")
    packs = {"profiles": [{"uid": addon, "packs": []}]}
    api.refused("PATCH", f"/v1/spectroclusters/{cluster}/packRefs", packs, status=400, code="VariablesInvalid")
    # The cluster's own copy does not know the variable before the update.
    variables = f"/v1/spectroclusters/{cluster}/variables"
    api.refused("PATCH", variables, set_values(addon, region="eu"), status=400, code="VariablesInvalid")
    patch(api, cluster, {"uid": addon, "variables": [{"name": "region", "value": "eu"}]})
    rows = {row["profileUid"]: row["variables"] for row in api.ok("GET", variables)}
    assert [(each["name"], each["value"]) for each in rows[addon]] == [("region", "eu")]
