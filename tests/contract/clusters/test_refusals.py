"""What a create refuses, with status and code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import profiles_data
from tests.contract.clusters import data
from tests.contract.conftest import Api

PATH = "/v1/spectroclusters/aws"


def body(api: Api, **spec: Any) -> Any:
    """A body that would be accepted but for what is given."""
    return data.cluster("web", data.account(api), [data.profile(api)], **spec)


def test_a_name_is_unique_in_its_project(api: Api) -> None:
    """A second cluster of a name is refused, also while the first is being deleted; later the name is free again."""
    made = body(api)
    uid = api.ok("POST", PATH, made, status=201)["uid"]
    error = api.refused("POST", PATH, made, status=409, code="ResourceAlreadyExists")
    assert error["details"]["uid"] == uid
    api.refused("GET", "/v1/spectroclusters/validate/name?name=web", status=409, code="ResourceAlreadyExists")
    api.ok("GET", "/v1/spectroclusters/validate/name?name=other", status=204)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    api.refused("POST", PATH, made, status=409, code="ResourceAlreadyExists")
    api.clock.advance(600)
    api.ok("POST", PATH, made, status=201)


def test_the_same_name_in_another_project_is_free(api: Api) -> None:
    """Clusters of one name in two projects don't see each other."""
    uid = api.ok("POST", PATH, body(api), status=201)["uid"]
    other = api.ok("POST", "/v1/projects", {"metadata": {"name": "two"}, "spec": {}}, status=201, tenant=True)["uid"]
    headers = {"ProjectUid": other}
    api.ok("GET", "/v1/spectroclusters/validate/name?name=web", status=204, headers=headers)
    api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound", headers=headers)
    found = api.ok("POST", "/v1/dashboard/spectroclusters/search", {}, headers=headers)
    assert found["items"] == []


@pytest.mark.parametrize(
    ("cloud", "drop"),
    [
        ("aws", "region"), ("eks", "region"), ("azure", "location"), ("azure", "subscriptionId"), ("azure", "sshKey"),
        ("aks", "location"), ("gcp", "project"), ("gcp", "region"), ("gke", "project"), ("vsphere", "placement"),
    ],
)  # fmt: skip
def test_required_fields_of_each_cloud(api: Api, cloud: str, drop: str) -> None:
    """A cloud config without a required field is refused and the field is named; `cloudType` is never asked for."""
    made = data.cluster("web", "nobody", [], cloud)
    config = {key: value for key, value in data.CLOUD_CONFIGS[cloud].items() if key != drop}
    made["spec"]["cloudConfig"] = config
    error = api.refused("POST", f"/v1/spectroclusters/{cloud}", made, status=400, code="ClusterInvalid")
    assert error["details"]["errors"] == [f"spec.cloudConfig.{drop}"]


def test_an_account_is_needed(api: Api) -> None:
    """Without a cloud account, with an unknown one, or one of another cloud, a create is refused."""
    made = body(api)
    made["spec"]["cloudAccountUid"] = ""
    api.refused("POST", PATH, made, status=400, code="ClusterInvalid")
    made["spec"]["cloudAccountUid"] = "0" * 24
    api.refused("POST", PATH, made, status=400, code="ReferencedResourceNotFound")
    made["spec"]["cloudAccountUid"] = data.account(api, "gcp")
    api.refused("POST", PATH, made, status=400, code="ReferencedResourceNotFound")


POOLS: list[tuple[str, list[Any]]] = [
    ("no pools", []),
    ("no control plane", [data.pool()]),
    ("two control planes", [data.pool(name=name, is_control_plane=True) for name in ("a", "b")]),
    ("even control plane", [data.pool(size=2, is_control_plane=True)]),
    ("seven", [data.pool(size=7, is_control_plane=True)]),
    ("one name twice", [data.pool(name="cp", is_control_plane=True), data.pool(name="w"), data.pool(name="w")]),
    ("min above max", [data.pool(name="cp", is_control_plane=True), data.pool(size=2, minSize=3, maxSize=2)]),
    ("size below min", [data.pool(name="cp", is_control_plane=True), data.pool(size=1, minSize=2, maxSize=3)]),
    ("size above max", [data.pool(name="cp", is_control_plane=True), data.pool(size=4, minSize=2, maxSize=3)]),
    ("below 0", [data.pool(name="cp", is_control_plane=True), data.pool(size=-1)]),
]


@pytest.mark.parametrize("pools", [each[1] for each in POOLS], ids=[each[0] for each in POOLS])
def test_pool_rules(api: Api, pools: list[Any]) -> None:
    """Pools against the rules are refused by the create and told by the validation."""
    made = body(api, machinepoolconfig=pools)
    api.refused("POST", PATH, made, status=400, code="MachinePoolInvalid")
    assert api.ok("POST", f"{PATH}/validate", made)["machinePools"]["results"]


def test_sizes_that_are_fine(api: Api) -> None:
    """1, 3 and 5 control plane machines and workers of size 0 are accepted; null counts as absent."""
    account, profile = data.account(api), data.profile(api)
    for size in (1, 3, 5):
        pools = [data.pool(name="cp", size=size, is_control_plane=True, taints=None, minSize=None), data.pool(size=0)]
        made = data.cluster(f"c{size}", account, [profile], machinepoolconfig=pools)
        api.ok("POST", PATH, made, status=201)


def test_exactly_one_infrastructure_profile(api: Api) -> None:
    """No infra profile, two, an unknown one, one of another cloud, or one twice: refused."""
    account, full = data.account(api), data.profile(api)
    extra = profiles_data.created(api, profiles_data.addon(), publish=True)
    second, gcp = data.simple_profile(api, "aws", "second"), data.simple_profile(api, "gcp", "other")
    code = "ClusterProfilesInvalid"
    for uids in ([], [extra], [full, second], [gcp], [full, extra, extra]):
        api.refused("POST", PATH, data.cluster("web", account, uids), status=400, code=code)
    unknown = data.cluster("web", account, ["0" * 24])
    api.refused("POST", PATH, unknown, status=400, code="ReferencedResourceNotFound")
    problems = api.ok("POST", f"{PATH}/validate", unknown)["profiles"]
    assert problems[0]["packs"]["results"][0]["errors"][0]["code"] == "ReferencedResourceNotFound"
    api.ok("POST", PATH, data.cluster("web", account, [full, extra]), status=201)


def test_a_draft_can_not_be_deployed(api: Api) -> None:
    """A profile that was never published is refused."""
    draft = profiles_data.created(api, profiles_data.full(api))
    made = data.cluster("web", data.account(api), [draft])
    api.refused("POST", PATH, made, status=400, code="ClusterProfileNotPublished")


def test_required_variables_need_a_value(api: Api) -> None:
    """Values are checked at create: a missing required one, an unknown name, a wrong format."""
    variables = [
        {"name": "replicas", "format": "number", "required": False},
        {"name": "region", "required": True, "defaultValue": "x", "regex": "^[a-z]+$"},
    ]
    profile = data.profile(api, variables=variables, replicas='"{{.spectro.var.replicas}}"')
    account = data.account(api)
    for wrong in (
        {"name": "nobody", "value": "1"},
        {"name": "replicas", "value": "x"},
        {"name": "region", "value": "A1"},
    ):
        made = data.cluster("web", account, [{"uid": profile, "variables": [wrong]}])
        error = api.refused("POST", PATH, made, status=400, code="VariablesInvalid")
        assert [each["variable"] for each in error["details"]["errors"]] == [wrong["name"]]
    made = data.cluster("web", account, [{"uid": profile, "variables": [{"name": "replicas", "value": "4"}]}])
    uid = api.ok("POST", PATH, made, status=201)["uid"]
    api.clock.advance(1300)
    assert data.replicas(api, uid) == 4


def test_nothing_is_kept_of_a_refused_create(api: Api) -> None:
    """A refused create leaves no cluster and no trace."""
    before = len(api.store.snapshot().objects)
    made = data.cluster("web", "0" * 24, ["0" * 24])
    api.refused("POST", PATH, made, status=400, code="ReferencedResourceNotFound")
    assert len(api.store.snapshot().objects) == before


def test_unknown_clusters_are_not_found(api: Api) -> None:
    """Every call on a cluster that isn't there is 404 with ResourceNotFound."""
    uid = "0" * 24
    for path in ("", "/status", "/profiles", "/profileUpdates", "/variables", "/assets/kubeconfig", "/features/backup"):
        api.refused("GET", f"/v1/spectroclusters/{uid}{path}", status=404, code="ResourceNotFound")
    api.refused("GET", f"/v1/dashboard/spectroclusters/{uid}/overview", status=404, code="ResourceNotFound")
    api.refused("GET", f"/v1/cloudconfigs/aws/{uid}", status=404, code="ResourceNotFound")
