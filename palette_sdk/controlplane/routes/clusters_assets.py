"""Access files of a cluster, its namespaces, and what is installed on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from palette_sdk.controlplane.assumptions_clusters import NOT_AVAILABLE_YET
from palette_sdk.controlplane.call import Call, Reply, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_assets as assets
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import workloads

Body = dict[str, Any]


def kubeconfig(user: str) -> Callable[[Call], Reply]:
    """The handler that gives the kubeconfig for a kind of user."""

    def handler(call: Call) -> Reply:
        doc = documents.cluster_of(call, call.path["uid"])
        return Reply(assets.kubeconfig(doc, user).encode())

    return handler


def all_assets(call: Call) -> Body:
    """All access files in one."""
    return assets.all_assets(documents.cluster_of(call, call.path["uid"]))


def asset_manifest(call: Call) -> Reply:
    """The agent's manifest, which only imported clusters have."""
    doc = documents.cluster_of(call, call.path["uid"])
    raise NOT_AVAILABLE_YET.refusal(f"cluster {doc['metadata']['name']!r} was not imported and has no manifest")


def import_manifest(call: Call) -> Reply:
    """What an agent would be installed with."""
    doc = documents.cluster_of(call, call.path["uid"])
    return Reply(assets.import_manifest(doc, call.base_url).encode())


def namespaces(call: Call) -> Body:
    """The namespaces of a running cluster; nothing here has volumes."""
    doc = documents.cluster_of(call, call.path["uid"])
    if "Running" not in doc["marks"]:
        return {"namespaces": []}
    running = documents.objects_of(call.tx, doc["metadata"]["uid"])
    names = workloads.namespaces_of(running)
    if call.flag("skipEmptyNamespaces"):
        used = {each["namespace"] for each in running}
        names = [name for name in names if name in used]
    return {"namespaces": [{"namespace": name, "pvcCount": 0} for name in names]}


def scan(call: Call) -> Body:
    """The schedule of compliance scans."""
    doc = documents.cluster_of(call, call.path["uid"])
    if not doc["scan"]:
        raise not_found("compliance scan of cluster", doc["metadata"]["uid"])
    uid = doc["metadata"]["uid"]
    names = {"kubeBench": "kube-bench", "kubeHunter": "kube-hunter", "sonobuoy": "sonobuoy"}
    drivers = {
        names[key]: {"config": {"schedule": (doc["scan"][key] or {}).get("schedule") or {}}, "isClusterConfig": True}
        for key in names
        if doc["scan"].get(key)
    }
    return {
        "metadata": {"name": doc["metadata"]["name"], "uid": uid},
        "spec": {"clusterUid": uid, "driverSpec": drivers},
    }


def helm_charts(call: Call) -> Body:
    """Installed layers that are charts."""
    doc = documents.cluster_of(call, call.path["uid"])
    found = [
        {
            "name": layer["name"],
            "localName": layer["name"],
            "version": layer["version"] or layer["tag"],
            "values": "",
            "matchedRegistries": [],
        }
        for layer in doc["layers"]
        if layer["type"] in ("helm", "oci") and layer["condition"] == "Ready"
    ]
    return {"charts": found}


def manifests(call: Call) -> Body:
    """Installed layers that are manifests."""
    doc = documents.cluster_of(call, call.path["uid"])
    ready = {(layer["profileUid"], layer["name"]) for layer in doc["layers"] if layer["condition"] == "Ready"}
    system = content.system_values(doc["metadata"])
    found = []
    for copy in documents.copies_of(call.tx, doc["metadata"]["uid"]):
        for pack in copy["packs"]:
            if (copy["uid"], pack["name"]) in ready:
                found += [
                    {"name": each["name"], "namespace": "", "type": "manifest", "content": each["content"]}
                    for each in content.resolved(copy, pack, system, to_show=True)[1]
                ]
    return {"manifests": found}


_CLUSTER = "/v1/spectroclusters/{uid}"
ROUTES: tuple[RouteRow, ...] = (
    ("GET", f"{_CLUSTER}/assets", all_assets, 200),
    ("GET", f"{_CLUSTER}/assets/kubeconfig", kubeconfig("admin"), 200),
    ("GET", f"{_CLUSTER}/assets/kubeconfigclient", kubeconfig("client"), 200),
    ("GET", f"{_CLUSTER}/assets/adminKubeconfig", kubeconfig("cluster-admin"), 200),
    ("GET", f"{_CLUSTER}/assets/adminTokenKubeconfig", kubeconfig("token-admin"), 200),
    ("GET", f"{_CLUSTER}/assets/frpKubeconfig", kubeconfig("frp"), 200),
    ("GET", f"{_CLUSTER}/assets/manifest", asset_manifest, 200),
    ("GET", f"{_CLUSTER}/import/manifest", import_manifest, 200),
    ("GET", f"{_CLUSTER}/namespaces", namespaces, 200),
    ("GET", f"{_CLUSTER}/features/complianceScan", scan, 200),
    ("GET", f"{_CLUSTER}/features/helmCharts", helm_charts, 200),
    ("GET", f"{_CLUSTER}/features/manifests", manifests, 200),
)
