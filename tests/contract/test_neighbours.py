"""Users, API keys, projects, registries, packs, cloud accounts, edge hosts."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane import kinds
from tests.contract import profiles_data as data
from tests.contract.conftest import KEY, Api

UNKNOWN = "f" * 24


def test_user(api: Api) -> None:
    """The user's answer names tenant and user, the same ones each time."""
    got = api.ok("GET", "/v1/users/info")
    assert set(got) == {"tenantUid", "userUid", "orgName"}
    assert api.ok("GET", "/v1/users/info") == got
    assert api.ok("GET", "/v1/users/meta")["items"][0]["uid"] == got["userUid"]


def test_overlords(api: Api) -> None:
    """There are no private gateways: an empty list, and 404 for each."""
    assert api.ok("GET", "/v1/overlords") == {"items": []}
    for method in ("GET", "DELETE"):
        api.refused(method, f"/v1/overlords/{UNKNOWN}", status=404, code="ResourceNotFound")


def test_created_key_opens(api: Api) -> None:
    """A created key opens until it is inactive, expired or gone; its text is in the create's answer only."""
    body = {"metadata": {"name": "ci"}, "spec": {"expiry": "2026-01-06T12:00:00.000Z"}}
    made = api.ok("POST", "/v1/apiKeys", body, status=201)
    use = {"ApiKey": made["apiKey"]}
    path = f"/v1/apiKeys/{made['uid']}"
    api.ok("GET", "/v1/users/info", headers=use)
    assert made["apiKey"] not in api.get("/v1/apiKeys").text + api.get(path).text
    for method, suffix in (("PATCH", ""), ("PUT", "/state")):
        api.ok(method, f"{path}{suffix}", {"isActive": False}, status=204)
        api.refused("GET", "/v1/users/info", status=401, code="InvalidApiKey", headers=use)
        api.ok(method, f"{path}{suffix}", {"isActive": True}, status=204)
        api.ok("GET", "/v1/users/info", headers=use)
    api.clock.advance(86400)
    api.refused("GET", "/v1/users/info", status=401, code="InvalidApiKey", headers=use)
    api.ok("PUT", path, {"metadata": {"name": "ci2"}, "spec": {"expiry": "2027-01-06T12:00:00Z"}}, status=204)
    api.ok("GET", "/v1/users/info", headers=use)
    assert api.ok("GET", path)["metadata"]["name"] == "ci2"
    api.ok("DELETE", path, status=204)
    api.refused("GET", "/v1/users/info", status=401, code="InvalidApiKey", headers=use)


def test_key_is_kept_as_a_digest(api: Api) -> None:
    """Neither a created key nor the server's own is in the database in clear."""
    made = api.ok("POST", "/v1/apiKeys", {"metadata": {"name": "ci"}}, status=201)
    rows = repr(api.store.snapshot())
    assert made["apiKey"] not in rows
    assert KEY not in rows


def test_refused_keys(api: Api) -> None:
    """A key needs a free name, a real time and a boolean; an unknown one is not found."""
    zero = {"metadata": {"name": "ci"}, "spec": {"expiry": "0001-01-01T00:00:00.000Z"}}
    uid = api.ok("POST", "/v1/apiKeys", zero, status=201)["uid"]
    api.refused("POST", "/v1/apiKeys", zero, status=409, code="ResourceAlreadyExists")
    api.refused("POST", "/v1/apiKeys", {}, status=400, code="InvalidRequest")
    body = {"metadata": {"name": "b"}, "spec": {"expiry": "tomorrow"}}
    api.refused("POST", "/v1/apiKeys", body, status=400, code="InvalidRequest")
    api.refused("PATCH", f"/v1/apiKeys/{uid}", {"isActive": "yes"}, status=400, code="InvalidRequest")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        api.refused(method, f"/v1/apiKeys/{UNKNOWN}", None, status=404, code="ResourceNotFound")
    api.refused("PUT", f"/v1/apiKeys/{UNKNOWN}/state", None, status=404, code="ResourceNotFound")


def test_default_project(api: Api) -> None:
    """Without a project in the header, the list of projects names `Default`; names match exactly."""
    path = "/v1/dashboard/projects/metadata"
    items = api.ok("GET", path, tenant=True)["items"]
    assert items == [{"metadata": {"name": "Default", "uid": api.project}}]
    assert api.ok("GET", f"{path}?name=Default", tenant=True)["items"] == items
    assert api.ok("GET", f"{path}?name=default", tenant=True)["items"] == []


def test_unknown_project(api: Api) -> None:
    """A project uid that does not exist is 403, never 404, so that nobody takes it for a deleted object."""
    headers = {"ProjectUid": UNKNOWN}
    api.refused("GET", "/v1/users/info", status=403, code="InvalidProjectUid", headers=headers)
    api.ok("GET", "/v1/health/ping", headers=headers)


def test_projects(api: Api) -> None:
    """A project is created, read, changed, found and deleted."""
    body = {"metadata": {"name": "team-a", "labels": {"a": "b"}}, "spec": {"teams": None}}
    uid = api.ok("POST", "/v1/projects", body, status=201, tenant=True)["uid"]
    assert api.ok("GET", f"/v1/projects/{uid}", tenant=True)["metadata"]["labels"] == {"a": "b"}
    api.ok("PUT", f"/v1/projects/{uid}", {"metadata": {"name": "team-b"}}, status=204, tenant=True)
    api.ok("PUT", f"/v1/projects/{uid}/meta", {"name": "team-b", "labels": {}}, status=204, tenant=True)
    assert api.ok("GET", f"/v1/projects/{uid}", tenant=True)["metadata"]["labels"] == {}
    search = {"filter": {"name": {"contains": "TEAM"}}, "sort": [{"field": "name", "order": "desc"}]}
    rows = api.ok("POST", "/v1/dashboard/projects", search, tenant=True)
    assert [row["metadata"]["name"] for row in rows["items"]] == ["team-b"]
    assert rows["listmeta"]["count"] == 1
    api.ok("DELETE", f"/v1/projects/{uid}", {}, status=204, tenant=True)
    api.refused("GET", f"/v1/projects/{uid}", status=404, code="ResourceNotFound", tenant=True)


def test_refused_projects(api: Api) -> None:
    """A project needs a free name; `Default` stays; one that is unknown is not found."""
    api.refused("POST", "/v1/projects", {"metadata": {"name": "Default"}}, status=409, code="ResourceAlreadyExists")
    api.refused("POST", "/v1/projects", {}, status=400, code="InvalidRequest")
    api.refused("DELETE", f"/v1/projects/{api.project}", status=409, code="ResourceInUse")
    api.refused("POST", "/v1/dashboard/projects", {"sort": [{"field": "x"}]}, status=400, code="InvalidQuery")
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, f"/v1/projects/{UNKNOWN}", status=404, code="ResourceNotFound")


def test_project_with_objects(api: Api) -> None:
    """A project with objects is refused, removed with all of them when asked, and never with a living cluster."""
    uid = api.ok("POST", "/v1/projects", {"metadata": {"name": "p"}}, status=201)["uid"]
    inside = {"ProjectUid": uid}
    profile = api.ok("POST", "/v1/clusterprofiles", data.addon(), status=201, headers=inside)["uid"]
    api.refused("DELETE", f"/v1/projects/{uid}", status=409, code="ResourceInUse")
    cluster = {"metadata": {"uid": "c" * 24, "name": "c1"}, "spec": {}, "status": {"state": "Running"}}
    with api.store.atomic() as tx:
        tx.put(kinds.CLUSTER, "c" * 24, cluster, project=uid, name="c1")
    path = f"/v1/projects/{uid}?cleanupProjectResources=true"
    api.refused("DELETE", path, status=409, code="ResourceInUse")
    with api.store.atomic() as tx:
        tx.put(kinds.CLUSTER, "c" * 24, {**cluster, "status": {"state": "Deleted"}})
    api.ok("DELETE", path, status=204)
    with api.store.atomic() as tx:
        assert tx.get(kinds.PROFILE, profile) is None
        assert tx.count(kinds.MANIFEST) == 0


def test_macros(api: Api) -> None:
    """Macros are added, changed, replaced and removed; POST refuses known names, PATCH and DELETE unknown ones."""
    path = f"/v1/projects/{api.project}/macros"

    def macros(**given: str) -> dict[str, Any]:
        return {"macros": [{"name": name, "value": value} for name, value in given.items()]}

    api.ok("POST", path, macros(a="1", b="2"), status=204)
    api.refused("POST", path, macros(a="1"), status=409, code="ResourceAlreadyExists")
    api.ok("PATCH", path, macros(a="3"), status=204)
    assert api.ok("GET", path) == macros(a="3", b="2")
    api.refused("PATCH", path, macros(c="3"), status=404, code="ResourceNotFound")
    api.ok("DELETE", path, macros(a=""), status=204)
    api.refused("DELETE", path, macros(a=""), status=404, code="ResourceNotFound")
    api.ok("PUT", path, macros(z="9"), status=204)
    assert api.ok("GET", path) == macros(z="9")
    api.refused("PUT", path, {"macros": [{"value": "1"}]}, status=400, code="InvalidRequest")


def test_registries(api: Api) -> None:
    """`Public Repo` is there with a helm and an oci registry; an empty scope means all."""
    items = api.ok("GET", "/v1/registries/metadata?scope=")["items"]
    assert [(row["name"], row["kind"], row["isDefault"]) for row in items] == [
        ("Public Repo", "pack", True),
        ("Public Helm Charts", "helm", False),
        ("Public OCI Artefacts", "oci", False),
    ]
    for kind in ("pack", "helm"):
        assert len(api.ok("GET", f"/v1/registries/{kind}?limit=0")["items"]) == 1
        assert len(api.ok("GET", f"/v1/registries/{kind}/summary")["items"]) == 1
    uid = api.ok("GET", "/v1/registries/oci/summary")["items"][0]["metadata"]["uid"]
    assert api.ok("GET", f"/v1/registries/oci/{uid}")["scope"] == "system"
    api.refused("GET", f"/v1/registries/oci/{UNKNOWN}", status=404, code="ResourceNotFound")


def test_sync(api: Api) -> None:
    """A pack registry is in sync; a helm one can't be; asking for it is 202."""
    for kind, supported in (("pack", True), ("helm", False)):
        uid = api.ok("GET", f"/v1/registries/{kind}")["items"][0]["metadata"]["uid"]
        assert api.post(f"/v1/registries/{kind}/{uid}/sync").status_code == 202
        assert api.ok("GET", f"/v1/registries/{kind}/{uid}/sync/status")["isSyncSupported"] is supported


@pytest.mark.parametrize("kind", ["pack", "helm"])
def test_own_registry(api: Api, kind: str) -> None:
    """A registry is added, changed and removed; its credentials are never shown or kept."""
    auth = {"type": "basic", "username": "u", "password": "hunter2"}
    spec = {"endpoint": "https://r.example.com", "auth": auth}
    body: dict[str, Any] = {"metadata": {"name": "mine"}, "spec": spec}
    base = f"/v1/registries/{kind}"
    uid = api.ok("POST", base, body, status=201)["uid"]
    got = api.ok("GET", f"{base}/{uid}")
    assert got["spec"]["auth"]["password"] == ""
    assert "hunter2" not in repr(api.store.snapshot())
    body["spec"]["endpoint"] = "https://other.example.com"
    api.ok("PUT", f"{base}/{uid}", body, status=204)
    assert api.ok("GET", f"{base}/{uid}")["spec"]["endpoint"] == "https://other.example.com"
    api.refused("POST", base, body, status=409, code="ResourceAlreadyExists")
    api.refused("POST", base, {"metadata": {"name": "x"}}, status=400, code="InvalidRequest")
    body["spec"]["auth"]["type"] = "magic"
    api.refused("PUT", f"{base}/{uid}", body, status=400, code="InvalidRequest")
    api.ok("DELETE", f"{base}/{uid}", status=204)
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, f"{base}/{UNKNOWN}", body, status=404, code="ResourceNotFound")


def test_system_registry_stays(api: Api) -> None:
    """The system's registries can be read, not changed."""
    path = f"/v1/registries/pack/{data.registry(api)}"
    api.refused("DELETE", path, status=403, code="OperationNotAllowedInScope")
    body = {"spec": {"endpoint": "https://x.example.com"}}
    api.refused("PUT", path, body, status=403, code="OperationNotAllowedInScope", tenant=True)


def test_registry_in_use(api: Api) -> None:
    """A registry that a profile takes a layer from can't be removed."""
    body = {"metadata": {"name": "charts"}, "spec": {"endpoint": "https://c.example.com"}}
    uid = api.ok("POST", "/v1/registries/helm", body, status=201)["uid"]
    layer = {"name": "chart", "type": "helm", "tag": "1.0.0", "registryUid": uid}
    data.created(api, data.addon("x", "1.0.0", layer))
    error = api.refused("DELETE", f"/v1/registries/helm/{uid}", status=409, code="ResourceInUse")
    assert error["details"]["users"][0]["name"] == "x"


def test_pack_of_a_registry(api: Api) -> None:
    """A pack has its tags and values; cloud and layer narrow; what is unknown is not found."""
    base = f"/v1/packs/kubernetes/registries/{data.registry(api)}"
    got = api.ok("GET", f"{base}?cloudType=aws&layer=k8s")
    assert got["layer"] == "k8s"
    uids = {tag["packUid"] for tag in got["tags"]}
    assert uids == {each["packUid"] for each in got["packValues"]}
    assert len({tag["tag"].rsplit(".", 1)[0] for tag in got["tags"]}) == 4
    for path in (f"{base}?cloudType=eks", f"{base}?layer=os", base.replace("kubernetes", "x"), f"{base[:-1]}x"):
        api.refused("GET", path, status=404, code="ResourceNotFound")


def test_pack_by_uid(api: Api) -> None:
    """A pack's uid leads to its registry, its values, its text and its picture."""
    uid = data.pack(api, "prometheus", "58.6.0")["uid"]
    got = api.ok("GET", f"/v1/packs/{uid}")
    assert (got["registryUid"], [tag["tag"] for tag in got["tags"]]) == (data.registry(api), ["58.6.0"])
    assert isinstance(api.ok("GET", f"/v1/packs/{uid}/readme")["readme"], str)
    assert api.get(f"/v1/packs/{uid}/logo").headers["content-type"] == "image/svg+xml"
    for suffix in ("", "/readme", "/logo"):
        api.refused("GET", f"/v1/packs/{UNKNOWN}{suffix}", status=404, code="ResourceNotFound")


def test_pack_filters(api: Api) -> None:
    """`filters` joins terms by AND and OR without spaces; `_in_` takes several values."""

    def tags(filters: str) -> list[str]:
        items = api.ok("GET", "/v1/packs", params={"filters": filters, "limit": "0"})["items"]
        return [f"{row['spec']['name']} {row['spec']['version']}" for row in items]

    assert tags("spec.name=cni-calicoANDspec.version=3.28.0") == ["cni-calico 3.28.0"]
    assert tags("spec.name=cni-calicoANDspec.version_in_3.28.0,3.28.2") == ["cni-calico 3.28.0", "cni-calico 3.28.2"]
    assert tags("spec.version=3.28.0ORspec.version=58.6.0") == ["cni-calico 3.28.0", "prometheus 58.6.0"]
    assert tags("spec.cloudTypes=edge-nativeANDspec.layer=os")[0].startswith("edge-native-byoi")
    assert tags("spec.name=nothing") == []
    api.refused("GET", "/v1/packs?filters=name", status=400, code="InvalidQuery")


def test_pack_list_pages_and_order(api: Api) -> None:
    """The list of packs has pages of 50 and can be ordered."""
    first = api.ok("GET", "/v1/packs?orderBy=spec.name=-1")
    assert (len(first["items"]), first["items"][0]["spec"]["name"]) == (50, "ubuntu-vsphere")
    assert first["listmeta"]["continue"]
    rest = api.ok("GET", f"/v1/packs?orderBy=spec.name=-1&continue={first['listmeta']['continue']}")
    assert len(rest["items"]) == first["listmeta"]["count"] - 50
    api.refused("GET", "/v1/packs?orderBy=spec.name=2", status=400, code="InvalidQuery")


def test_pack_search(api: Api) -> None:
    """The search gives one row a pack with its registries, by name, layer, cloud and registry."""

    def names(**filter_: Any) -> list[str]:
        body = {"filter": filter_, "sort": [{"field": "name", "order": "desc"}]}
        return [row["spec"]["name"] for row in api.ok("POST", "/v1/packs/search?limit=0", body)["items"]]

    assert names(layer=["cni"]) == ["cni-calico", "cilium"]
    assert names(name={"beginsWith": "UBUNTU"}, environment=["gcp"]) == ["ubuntu-gcp"]
    assert names(registryUid=[UNKNOWN]) == []
    assert names(type=["helm"]) == []
    assert names(isFips=True) == []
    rows = api.ok("POST", "/v1/packs/search", {"filter": {"name": {"eq": "cni-calico"}}})["items"]
    assert rows[0]["spec"]["registries"][0]["latestVersion"] == "3.29.1"


SPECS: dict[str, dict[str, Any]] = {
    "aws": {"accessKey": "AK", "secretKey": "hunter2"},
    "azure": {"clientId": "c", "tenantId": "t", "clientSecret": "hunter2"},
    "gcp": {"jsonCredentials": '{"key": "hunter2"}'},
    "vsphere": {"vcenterServer": "v", "username": "u", "password": "hunter2"},
}


@pytest.mark.parametrize("cloud", SPECS)
def test_accounts(api: Api, cloud: str) -> None:
    """An account is checked, created, listed, read, changed and deleted; its secret is never shown or kept."""
    base, spec = f"/v1/cloudaccounts/{cloud}", SPECS[cloud]
    check = {"spec": spec} if cloud == "gcp" else spec
    assert api.ok("POST", f"/v1/clouds/{cloud}/account/validate", check, status=204) is None
    body = {"metadata": {"name": "main", "annotations": None}, "spec": spec}
    uid = api.ok("POST", base, body, status=201)["uid"]
    rows = api.ok("GET", f"{base}?limit=0")
    assert rows["items"][0]["metadata"]["annotations"]["scope"] == "project"
    assert rows["listmeta"]["count"] == len(rows["items"])
    assert api.ok("GET", f"{base}/{uid}") == rows["items"][0]
    assert "hunter2" not in repr(api.store.snapshot()) + api.get(f"{base}/{uid}").text
    api.ok("PUT", f"{base}/{uid}", {"metadata": {"name": "other"}, "spec": rows["items"][0]["spec"]}, status=204)
    assert api.ok("GET", f"{base}/{uid}")["metadata"]["name"] == "other"
    summary = api.ok("GET", "/v1/cloudaccounts/summary?limit=0")["items"]
    assert [row["kind"] for row in summary if row["metadata"]["uid"] == uid] == [cloud]
    assert api.ok("GET", f"/v1/dashboard/cloudaccounts/metadata?environment={cloud}")["items"][0]["kind"] == cloud
    assert api.ok("GET", "/v1/dashboard/cloudaccounts/metadata?environment=x")["items"] == []
    api.ok("DELETE", f"{base}/{uid}", status=204)
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, f"{base}/{uid}", body, status=404, code="ResourceNotFound")


@pytest.mark.parametrize("cloud", SPECS)
def test_refused_accounts(api: Api, cloud: str) -> None:
    """An account needs complete credentials and a free name; an account of another cloud is not found."""
    base = f"/v1/cloudaccounts/{cloud}"
    body = {"metadata": {"name": "main"}, "spec": SPECS[cloud]}
    uid = api.ok("POST", base, body, status=201)["uid"]
    api.refused("POST", base, body, status=409, code="ResourceAlreadyExists")
    api.refused("POST", base, {"metadata": {"name": "b"}, "spec": {}}, status=400, code="InvalidRequest")
    api.refused("POST", f"/v1/clouds/{cloud}/account/validate", {}, status=400, code="InvalidRequest")
    gateway = {**body, "metadata": {"name": "b", "annotations": {"overlordUid": UNKNOWN}}}
    api.refused("POST", base, gateway, status=400, code="InvalidRequest")
    other = "gcp" if cloud == "aws" else "aws"
    api.refused("GET", f"/v1/cloudaccounts/{other}/{uid}", status=404, code="ResourceNotFound")


@pytest.mark.parametrize(
    ("spec", "is_good"),
    [
        ({"credentialType": "sts", "sts": {"arn": "a"}}, True),
        ({"credentialType": "sts"}, False),
        ({"credentialType": "pod-identity", "podIdentity": {"roleArn": "a"}}, True),
        ({"credentialType": "magic"}, False),
    ],
)
def test_aws_credential_types(api: Api, spec: dict[str, Any], is_good: bool) -> None:
    """AWS accounts have three kinds of credentials, each with its own fields."""
    assert api.post("/v1/clouds/aws/account/validate", spec).status_code == (204 if is_good else 400)


def test_gcp_credentials_are_json(api: Api) -> None:
    """Google's credentials must be a JSON object; the refusal doesn't repeat them."""
    response = api.post("/v1/clouds/gcp/account/validate", {"spec": {"jsonCredentials": "hunter2"}})
    assert response.status_code == 400
    assert "hunter2" not in response.text


def test_account_in_use(api: Api) -> None:
    """An account that a cluster uses can't be deleted; the refusal names the cluster."""
    body = {"metadata": {"name": "main"}, "spec": SPECS["aws"]}
    uid = api.ok("POST", "/v1/cloudaccounts/aws", body, status=201)["uid"]
    with api.store.atomic() as tx:
        cluster = {"metadata": {"uid": "c" * 24, "name": "c1"}, "spec": {}, "status": {}}
        tx.put(kinds.CLUSTER, "c" * 24, cluster, project=api.project, name="c1")
        tx.link(kinds.CLUSTER_ACCOUNT, "c" * 24, uid)
    error = api.refused("DELETE", f"/v1/cloudaccounts/aws/{uid}", status=409, code="ResourceInUse")
    assert "c1" in error["message"]


def test_tenant_account(api: Api) -> None:
    """A tenant's account is listed in a project after the project's own, with its scope; it can't be deleted there."""
    body = {"metadata": {"name": "main"}, "spec": SPECS["aws"]}
    tenants = api.ok("POST", "/v1/cloudaccounts/aws", body, status=201, tenant=True)["uid"]
    mine = api.ok("POST", "/v1/cloudaccounts/aws", body, status=201)["uid"]
    rows = api.ok("GET", "/v1/cloudaccounts/aws")["items"]
    scopes = [(row["metadata"]["uid"], row["metadata"]["annotations"]["scope"]) for row in rows]
    assert scopes[0] == (mine, "project")
    assert (tenants, "tenant") in scopes
    path = f"/v1/cloudaccounts/aws/{tenants}"
    api.refused("DELETE", path, status=403, code="OperationNotAllowedInScope")
    api.ok("DELETE", path, status=204, tenant=True)


def test_edge_hosts(api: Api) -> None:
    """A host registers with its own uid, is read, listed, tagged, changed and deleted."""
    body = {
        "metadata": {"uid": "host-1", "name": "", "labels": {"env": "dev", "web": "spectro__tag"}},
        "spec": {"archType": "arm64", "hostPairingKey": "k"},
    }
    assert api.ok("POST", "/v1/edgehosts", body, status=201) == {"uid": "host-1"}
    got = api.ok("GET", "/v1/edgehosts/host-1")
    assert (got["status"]["state"], got["status"]["health"]["state"]) == ("ready", "healthy")
    rows = api.ok("GET", "/v1/edgehosts/metadata?type=edge-native")["edgeHosts"]
    assert [(row["uid"], row["archType"]) for row in rows] == [("host-1", "arm64")]
    assert api.ok("GET", "/v1/edgehosts/metadata?type=vsphere")["edgeHosts"] == []
    assert api.ok("GET", "/v1/edgehosts/tags") == {"tags": ["env:dev", "web"]}
    api.ok("PUT", "/v1/edgehosts/host-1", {"metadata": {"name": "h", "labels": {}}}, status=204)
    assert api.ok("GET", "/v1/edgehosts/tags") == {"tags": []}
    api.ok("DELETE", "/v1/edgehosts/host-1", status=204)


def test_refused_edge_hosts(api: Api) -> None:
    """Uids with _ or :, doubles, strange architectures and unknown hosts are refused."""
    for uid in ("a_b", "a:b"):
        api.refused("POST", "/v1/edgehosts", {"metadata": {"uid": uid}}, status=400, code="InvalidRequest")
    api.refused("POST", "/v1/edgehosts", {"spec": {"archType": "mips"}}, status=400, code="InvalidRequest")
    api.ok("POST", "/v1/edgehosts", {"metadata": {"uid": "h"}}, status=201)
    api.refused("POST", "/v1/edgehosts", {"metadata": {"uid": "h"}}, status=409, code="ResourceAlreadyExists")
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, "/v1/edgehosts/nobody", status=404, code="EdgeHostDeviceNotRegistered")


def test_edge_host_in_use(api: Api) -> None:
    """A host in a cluster is `in-use`, names the cluster, and can't be deleted."""
    api.ok("POST", "/v1/edgehosts", {"metadata": {"uid": "h"}}, status=201)
    with api.store.atomic() as tx:
        cluster = {"metadata": {"uid": "c" * 24, "name": "c1"}, "spec": {}, "status": {}}
        tx.put(kinds.CLUSTER, "c" * 24, cluster, project=api.project, name="c1")
        tx.link(kinds.CLUSTER_EDGE_HOST, "c" * 24, "h")
    status = api.ok("GET", "/v1/edgehosts/h")["status"]
    assert (status["state"], status["inUseClusters"]) == ("in-use", [{"uid": "c" * 24, "name": "c1"}])
    api.refused("DELETE", "/v1/edgehosts/h", status=409, code="ResourceInUse")


def test_edge_host_search(api: Api) -> None:
    """Hosts are found by name, tag, state and architecture; `listmeta` is there."""
    for uid, labels in (("h1", {"env": "dev"}), ("h2", {"web": "spectro__tag"})):
        api.ok("POST", "/v1/edgehosts", {"metadata": {"uid": uid, "labels": labels}}, status=201)

    def found(name: str, value: str, operator: str = "eq") -> list[str]:
        match = {"conjunction": "or", "values": [value]}
        condition = {"string": {"operator": operator, "negation": False, "ignoreCase": True, "match": match}}
        filters = [{"property": name, "type": "string", "condition": condition}]
        body = {"filter": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": filters}]}}
        got = api.ok("POST", "/v1/dashboard/edgehosts/search", {**body, "sort": None})
        assert got["listmeta"]["continue"] == ""
        return [row["metadata"]["uid"] for row in got["items"]]

    assert found("name", "H", "beginsWith") == ["h1", "h2"]
    assert found("tags", "env:dev") == ["h1"]
    assert found("tags", "web") == ["h2"]
    assert found("state", "in-use") == []
    assert found("architecture", "amd64") == ["h1", "h2"]
    body = {"sort": [{"field": "name", "order": "desc"}]}
    rows = api.ok("POST", "/v1/dashboard/edgehosts/search", body)["items"]
    assert [row["metadata"]["uid"] for row in rows] == ["h2", "h1"]


def test_seeded_accounts(api: Api) -> None:
    """Each cloud has an account of the tenant to begin with, without credentials."""
    for cloud in SPECS:
        rows = api.ok("GET", f"/v1/cloudaccounts/{cloud}?limit=0")["items"]
        assert [row["metadata"]["name"] for row in rows] == [f"{cloud}-main"]
        assert api.ok("GET", f"/v1/cloudaccounts/{cloud}/{rows[0]['metadata']['uid']}") == rows[0]
