"""Variables of a cluster, and changes that replace nodes."""

from __future__ import annotations

from typing import Any

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
