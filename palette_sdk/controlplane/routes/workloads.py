"""What runs on a cluster, by kind and in one; a refresh has nothing to do here, since answers are never old."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.bodies_clusters import Workloads
from palette_sdk.controlplane.call import Call, Handler, RouteRow
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import workloads

Body = dict[str, Any]

_LISTS = (
    "clusterroleBindings", "cronJobs", "daemonSets", "deployments", "jobs", "pods", "roleBindings", "statefulSets",
)  # fmt: skip
_KINDS = {
    "clusterrolebinding": ("clusterroleBindings", "bindings"),
    "cronjob": ("cronJobs", "cronJobs"),
    "daemonset": ("daemonSets", "daemonSets"),
    "deployment": ("deployments", "deployments"),
    "job": ("jobs", "jobs"),
    "namespace": ("namespaces", "namespaces"),
    "pod": ("pods", "pods"),
    "rolebinding": ("roleBindings", "bindings"),
    "statefulset": ("statefulSets", "statefulSets"),
}


def everything(call: Call) -> Body:
    """All kinds in one."""
    doc = documents.cluster_of(call, call.path["uid"])
    wanted = _namespaces(call)
    spec = {key: workloads.told(call.tx, doc, key, wanted) for key in _LISTS}
    return {"metadata": {"name": doc["metadata"]["name"], "labels": {}, "annotations": {}}, "spec": spec}


def of_kind(kind: str) -> Handler:
    """The handler for one kind."""
    key, answer = _KINDS[kind]

    def handler(call: Call) -> Body:
        doc = documents.cluster_of(call, call.path["uid"])
        return {answer: workloads.told(call.tx, doc, key, _namespaces(call))}

    return handler


def sync(call: Call) -> None:
    """Look again."""
    documents.cluster_of(call, call.path["uid"])
    kind = call.path.get("workloadKind")
    if kind is not None and kind.lower() not in _KINDS:
        raise assumptions.INVALID_QUERY.refusal(f"there is no workload kind {kind!r}; known are {', '.join(_KINDS)}")


def _namespaces(call: Call) -> list[str]:
    return call.read(Workloads).filter.namespaces


_BOARD = "/v1/dashboard/spectroclusters/{uid}/workloads"
_CLUSTER = "/v1/spectroclusters/{uid}/workloads"
ROUTES: tuple[RouteRow, ...] = (
    ("POST", _BOARD, everything, 200),
    *(("POST", f"{_BOARD}/{kind}", of_kind(kind), 200) for kind in _KINDS),
    ("POST", f"{_CLUSTER}/sync", sync, 202),
    ("POST", f"{_CLUSTER}/{{workloadKind}}/sync", sync, 202),
)
