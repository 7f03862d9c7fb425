"""What runs on a real cluster, in the shapes of Palette's workload answers. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.kubernetes.orders import Observed
from palette_sdk.controlplane.simulation import objects
from palette_sdk.kube import KubeObject

Doc = dict[str, Any]
Live = Mapping[str, list[KubeObject]]
"""Objects by kind."""
Lists = Mapping[str, list[Doc]]
"""What is told, by the key of its list."""

KINDS: tuple[tuple[str, str], ...] = (
    ("v1", "Namespace"), ("v1", "Pod"), ("v1", "Service"), ("v1", "PersistentVolumeClaim"), ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "Job"), ("batch/v1", "CronJob"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"), ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
)  # fmt: skip
"""What is looked at."""
_BOOTSTRAP = "kubernetes.io/bootstrapping"


def observed(live: Live) -> Observed:
    """All that is told of what runs."""
    lists = {
        key: [{"metadata": _metadata(each), **shape(each)} for each in _own(live.get(kind, []))]
        for key, (kind, shape) in _SHAPES.items()
    }
    return Observed(lists=lists, objects=standing(live), services=_services(live.get("Service", [])))


def dated(lists: Lists, before: Lists, *, ahead: float) -> dict[str, list[Doc]]:
    """Lists of what runs, with moments of Palette's clock, which may be fast: ages are told by it.

    Args:
        lists: as `observed` gives them, with the moments of Kubernetes.
        before: what this gave the last time; what was there then keeps its moment.
        ahead: seconds by which Palette's clock is ahead.
    """
    known = {
        each["metadata"]["entity"]["uid"]: each["metadata"]["creationTimestamp"] for each in chain(*before.values())
    }

    def moment(metadata: Doc) -> str:
        created = metadata["creationTimestamp"]
        kept = known.get(metadata["entity"]["uid"])
        return kept or (stamp(datetime.fromisoformat(created).timestamp() + ahead) if created else "")

    return {
        key: [
            {**each, "metadata": {**each["metadata"], "creationTimestamp": moment(each["metadata"])}} for each in found
        ]
        for key, found in lists.items()
    }


def standing(live: Live) -> list[Doc]:
    """Objects that stand on their own, condensed as those of a simulated cluster."""
    kinds = (kind for _, kind in KINDS if kind not in ("Pod", "PersistentVolumeClaim"))
    alone = [each for kind in kinds for each in _own(live.get(kind, [])) if not each["metadata"].get("ownerReferences")]
    return [
        {**doc, "created": each["metadata"].get("creationTimestamp", "")}
        for each, doc in zip(alone, objects.condense(alone, layer=""), strict=True)
    ]


def _own(found: Iterable[KubeObject]) -> list[KubeObject]:
    """Without what every API server brings along."""
    return [each for each in found if _BOOTSTRAP not in (each["metadata"].get("labels") or {})]


def _services(found: Iterable[KubeObject]) -> list[Doc]:
    rows = []
    for each in found:
        ingress = ((each.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        if ingress:
            ports = [
                {"port": port["port"], "protocol": port.get("protocol", "TCP")}
                for port in each["spec"].get("ports") or []
            ]
            host = ingress[0].get("hostname") or ingress[0].get("ip", "")
            rows.append({"name": each["metadata"]["name"], "host": host, "ports": ports})
    return rows


def _metadata(found: KubeObject) -> Doc:
    metadata = found["metadata"]
    return {
        "creationTimestamp": metadata.get("creationTimestamp", ""),
        "entity": {"kind": found["kind"].lower(), "name": metadata["name"], "uid": metadata.get("uid", "")},
        "labels": metadata.get("labels") or {},
        "namespace": metadata.get("namespace") or (metadata["name"] if found["kind"] == "Namespace" else ""),
    }


def _replicas(found: KubeObject) -> Doc:
    status, wanted = found.get("status") or {}, (found.get("spec") or {}).get("replicas", 1)
    return {
        "status": {
            "replicas": {
                "available": status.get("availableReplicas", 0),
                "ready": status.get("readyReplicas", 0),
                "total": wanted,
                "updated": status.get("updatedReplicas", 0),
            }
        }
    }


def _daemon(found: KubeObject) -> Doc:
    status = found.get("status") or {}
    return {
        "status": {
            "available": status.get("numberAvailable", 0),
            "currentScheduled": status.get("currentNumberScheduled", 0),
            "desiredScheduled": status.get("desiredNumberScheduled", 0),
            "misScheduled": status.get("numberMisscheduled", 0),
            "ready": status.get("numberReady", 0),
            "updatedScheduled": status.get("updatedNumberScheduled", 0),
        }
    }


def _job(found: KubeObject) -> Doc:
    status = found.get("status") or {}
    moments = {key: status[key] for key in ("startTime", "completionTime") if key in status}
    return {"status": {**moments, "succeeded": status.get("succeeded", 0), "conditions": []}}


def _cron_job(found: KubeObject) -> Doc:
    return {"spec": {"schedule": (found.get("spec") or {}).get("schedule", "")}, "status": {}}


def _binding(found: KubeObject) -> Doc:
    role = found.get("roleRef") or {}
    subjects = [
        {"type": each.get("kind", ""), "name": each.get("name", ""), "namespace": each.get("namespace", "")}
        for each in found.get("subjects") or []
    ]
    return {
        "spec": {
            "namespace": found["metadata"].get("namespace", ""),
            "role": {"kind": role.get("kind", ""), "name": role.get("name", "")},
            "subjects": subjects,
            "type": found["kind"],
        }
    }


def _namespace(found: KubeObject) -> Doc:
    return {"status": {"phase": (found.get("status") or {}).get("phase", "")}}


def _pod(found: KubeObject) -> Doc:
    spec, status = found.get("spec") or {}, found.get("status") or {}
    containers = [{"name": each["name"], "image": each.get("image", "")} for each in spec.get("containers") or []]
    owners = [
        {"kind": each["kind"].lower(), "name": each["name"], "uid": each["uid"]}
        for each in found["metadata"].get("ownerReferences") or []
    ]
    node = {"nodename": spec.get("nodeName", ""), "machineUid": ""}
    return {
        "metadata": {**_metadata(found), "associatedRefs": owners, **node},
        "spec": {"containers": containers, "volumes": []},
        "status": {
            "containers": [_container(each) for each in status.get("containerStatuses") or []],
            "phase": status.get("phase", ""),
            "podIp": status.get("podIP", ""),
            "qosClass": status.get("qosClass", ""),
        },
    }


def _container(status: Mapping[str, Any]) -> Doc:
    states: dict[str, dict[str, Any]] = status.get("state") or {"waiting": {}}
    name, facts = next(iter(states.items()))
    return {
        "name": status["name"],
        "image": status.get("image", ""),
        "ready": status.get("ready", False),
        "started": status.get("started", False),
        "restartCount": status.get("restartCount", 0),
        "state": {
            "state": name,
            "startedAt": facts.get("startedAt", ""),
            "reason": facts.get("reason", ""),
            "exitCode": facts.get("exitCode", 0),
        },
    }


_SHAPES: Mapping[str, tuple[str, Callable[[KubeObject], Doc]]] = {
    "deployments": ("Deployment", _replicas),
    "statefulSets": ("StatefulSet", _replicas),
    "daemonSets": ("DaemonSet", _daemon),
    "jobs": ("Job", _job),
    "cronJobs": ("CronJob", _cron_job),
    "roleBindings": ("RoleBinding", _binding),
    "clusterroleBindings": ("ClusterRoleBinding", _binding),
    "namespaces": ("Namespace", _namespace),
    "pods": ("Pod", _pod),
}
