"""Bodies of clusters for the contract tests, and a way to bring one up."""

from __future__ import annotations

from typing import Any

from tests.contract import profiles_data
from tests.contract.conftest import Api

WEB = """apiVersion: v1
kind: Namespace
metadata:
  name: hello
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello-deployment
  namespace: hello
spec:
  replicas: %(replicas)s
  template:
    spec:
      containers:
        - name: ui
          image: ghcr.io/example/hello:1.0
---
apiVersion: v1
kind: Service
metadata:
  name: hello-service
  namespace: hello
spec:
  type: LoadBalancer
  ports:
    - port: 8080
      protocol: TCP
"""
ACCOUNT_SPECS: dict[str, dict[str, Any]] = {
    "aws": {"accessKey": "a", "secretKey": "s", "credentialType": "secret"},
    "azure": {"clientId": "c", "clientSecret": "s", "tenantId": "t"},
    "gcp": {"jsonCredentials": "{}"},
    "vsphere": {"vcenterServer": "v", "username": "u", "password": "p"},
}
CLOUD_CONFIGS: dict[str, dict[str, Any]] = {
    "aws": {"region": "eu-west-1", "sshKeyName": "k"},
    "eks": {"region": "eu-west-1"},
    "azure": {"location": "westeurope", "subscriptionId": "s", "sshKey": "ssh-rsa AAAA"},
    "aks": {"location": "westeurope", "subscriptionId": "s", "sshKey": "ssh-rsa AAAA"},
    "gcp": {"project": "p", "region": "europe-west1"},
    "gke": {"project": "p", "region": "europe-west1"},
    "vsphere": {"placement": {"datacenter": "dc1", "folder": "f"}, "sshKeys": ["k"]},
    "edge-native": {"controlPlaneEndpoint": {"host": "10.0.0.9", "type": "VIP"}},
}
POOL_CONFIGS: dict[str, dict[str, Any]] = {
    "aws": {"instanceType": "m5.large", "azs": ["eu-west-1a"], "subnets": [{"az": "eu-west-1a", "id": "subnet-1"}]},
    "eks": {"instanceType": "m5.large", "azs": ["eu-west-1a"]},
    "azure": {"instanceType": "Standard_D2s_v3", "azs": ["1"], "osDisk": {"diskSizeGB": 60}},
    "aks": {"instanceType": "Standard_D2s_v3", "osDisk": {"diskSizeGB": 60}},
    "gcp": {"instanceType": "n1-standard-2", "azs": ["europe-west1-b"], "rootDeviceSize": 60},
    "gke": {"instanceType": "n1-standard-2", "rootDeviceSize": 60},
    "vsphere": {
        "instanceType": {"numCPUs": 2, "memoryMiB": 4096, "diskGiB": 60},
        "placements": [{"cluster": "c", "datastore": "d", "network": {"networkName": "n", "parentPoolUid": "p1"}}],
    },
}
ACCOUNT_OF = {
    "aws": "aws",
    "eks": "aws",
    "azure": "azure",
    "aks": "azure",
    "gcp": "gcp",
    "gke": "gcp",
    "vsphere": "vsphere",
}


def account(api: Api, cloud: str = "aws", name: str = "main") -> str:
    """The uid of a new cloud account."""
    body = {"metadata": {"name": name, "annotations": {}}, "spec": ACCOUNT_SPECS[cloud]}
    return str(api.ok("POST", f"/v1/cloudaccounts/{cloud}", body, status=201)["uid"])


def profile(api: Api, name: str = "web", version: str = "1.0.0", *, replicas: Any = 1, variables: Any = None) -> str:
    """The uid of a published full profile for aws, whose manifest layer runs a deployment behind a load balancer."""
    layers = [profiles_data.pack(api, *each) for each in profiles_data.CORE]
    layers.append(profiles_data.manifest_layer("hello", WEB % {"replicas": replicas}))
    body = profiles_data.full(api, name, version, template={"packs": layers}, variables=variables)
    return profiles_data.created(api, body, publish=True)


def simple_profile(api: Api, cloud: str, name: str = "infra") -> str:
    """The uid of a published infra profile of plain manifests in all core layers, for any cloud."""
    layers = [profiles_data.manifest_layer(layer, layer=layer) for layer in ("os", "k8s", "cni", "csi")]
    body = {
        "metadata": {"name": name},
        "spec": {"version": "1.0.0", "template": {"type": "infra", "cloudType": cloud, "packs": layers}},
    }
    return profiles_data.created(api, body, publish=True)


def pool(
    cloud: str = "aws", name: str = "worker", size: int = 1, *, is_control_plane: bool = False, **more: Any
) -> Any:
    """A machine pool as it is written."""
    labels = ["control-plane"] if is_control_plane else ["worker"]
    config = {"name": name, "size": size, "labels": labels, "isControlPlane": is_control_plane, **more}
    return {"poolConfig": config, "cloudConfig": POOL_CONFIGS.get(cloud, {})}


def cluster(name: str, account_uid: str, profiles: list[Any], cloud: str = "aws", **spec: Any) -> dict[str, Any]:
    """The body of a create."""
    zero = "0001-01-01T00:00:00.000Z"
    entities = [
        each if isinstance(each, dict) else {"uid": each, "packValues": None, "variables": None} for each in profiles
    ]
    return {
        "metadata": {
            "name": name, "labels": {"env": "dev"}, "annotations": {"description": "d"},
            "creationTimestamp": zero, "deletionTimestamp": zero, "lastModifiedTimestamp": zero,
        },
        "spec": {
            "cloudAccountUid": account_uid,
            "cloudConfig": CLOUD_CONFIGS[cloud],
            "machinepoolconfig": [pool(cloud, "control-plane", 1, is_control_plane=True), pool(cloud, "worker", 2)],
            "profiles": entities,
            "policies": None,
            "clusterConfig": {"timezone": "Europe/Berlin", "resources": None},
            **spec,
        },
    }  # fmt: skip


def created(api: Api, name: str = "web", profile_uid: str = "", **spec: Any) -> str:
    """The uid of a new aws cluster."""
    accounts = [each["metadata"] for each in api.ok("GET", "/v1/cloudaccounts/aws")["items"]]
    account_uid = next((each["uid"] for each in accounts if each["name"] == "main"), "") or account(api)
    body = cluster(name, account_uid, [profile_uid or profile(api)], **spec)
    return str(api.ok("POST", "/v1/spectroclusters/aws", body, status=201)["uid"])


def running(api: Api, name: str = "web", profile_uid: str = "", **spec: Any) -> str:
    """The uid of an aws cluster that is healthy."""
    uid = created(api, name, profile_uid, **spec)
    api.clock.advance(21 * 60)
    assert state(api, uid) == "Running-Healthy"
    return uid


def get(api: Api, uid: str) -> Any:
    """The cluster."""
    return api.ok("GET", f"/v1/spectroclusters/{uid}")


def overview(api: Api, uid: str) -> Any:
    """Its overview."""
    return api.ok("GET", f"/v1/dashboard/spectroclusters/{uid}/overview")


def state(api: Api, uid: str) -> str:
    """State and, once it runs, health, joined as a strict client does."""
    status = get(api, uid).get("status")
    if status is None:
        return ""
    if status["state"] != "Running":
        return str(status["state"])
    return f"Running-{overview(api, uid)['status']['health']['state']}"


def replicas(api: Api, uid: str, name: str = "hello-deployment") -> int | None:
    """How many replicas a deployment has; None: it isn't there."""
    found = api.ok("POST", f"/v1/dashboard/spectroclusters/{uid}/workloads/deployment", {})["deployments"]
    counts = [each["status"]["replicas"]["total"] for each in found if each["metadata"]["entity"]["name"] == name]
    return counts[0] if counts else None


def search(api: Api, *filters: Any, conjunction: str = "and", query: str = "", **more: Any) -> Any:
    """A search whose filters stand in one group, beside those that the strict clients always add."""
    always = [
        text("environment", "nested", negation=True),
        {"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": False}}},
    ]
    groups = [{"conjunction": "and", "filters": always}]
    if filters:
        groups.append({"conjunction": conjunction, "filters": list(filters)})
    body = {"filter": {"conjunction": "and", "filterGroups": groups}, "sort": None, **more}
    return api.ok("POST", f"/v1/dashboard/spectroclusters/search{query}", body)


def text(name: str, *values: str, operator: str = "eq", **more: Any) -> Any:
    """A condition on a text."""
    condition = {"operator": operator, "match": {"conjunction": "or", "values": list(values)}, **more}
    return {"property": name, "type": "string", "condition": {"string": condition}}
