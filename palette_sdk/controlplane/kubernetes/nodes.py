"""The part of nodes and clouds: what kubelets, load balancers and volumes would report, as patches. Pure.

No container runs anywhere: a pod that the scheduler put on a node is Running, a pod of a job Succeeded the next time.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from palette_sdk.controlplane.kubernetes.orders import NodeOrder, Place
from palette_sdk.controlplane.simulation import objects
from palette_sdk.controlplane.simulation.timing import fraction
from palette_sdk.kube import KubeObject

_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_CAPACITY = {"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}


def node(order: NodeOrder) -> KubeObject:
    """The node of a machine."""
    labels = {
        "kubernetes.io/hostname": order.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "palette/pool": order.pool,
        **({_CONTROL_PLANE: ""} if order.is_control_plane else {}),
    }
    taints = [] if order.takes_workloads else [{"key": _CONTROL_PLANE, "effect": "NoSchedule"}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": order.name, "labels": labels},
        "spec": {"taints": taints},
    }


def node_status(order: NodeOrder, now: str) -> dict[str, Any]:
    """What the machine's kubelet would say of itself."""
    version = f"v{order.kubernetes_version}" if order.kubernetes_version else ""
    return {
        "status": {
            "capacity": _CAPACITY,
            "allocatable": _CAPACITY,
            "addresses": [{"type": "InternalIP", "address": order.address}, {"type": "Hostname", "address": order.name}],
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "no kubelet runs: simulated",
                 "lastHeartbeatTime": now, "lastTransitionTime": now}
            ],
            "nodeInfo": {
                "kubeletVersion": version, "osImage": "simulated", "architecture": "amd64", "operatingSystem": "linux",
                "containerRuntimeVersion": "simulated://", "kernelVersion": "", "machineID": "", "systemUUID": "",
                "bootID": "", "kubeProxyVersion": version,
            },
        }
    }  # fmt: skip


def is_same_node(live: Mapping[str, Any], order: NodeOrder) -> bool:
    """Whether a node says already what it should."""
    status = live.get("status") or {}
    is_ready = any(each.get("type") == "Ready" for each in status.get("conditions") or [])
    version = (status.get("nodeInfo") or {}).get("kubeletVersion", "")
    return is_ready and version == (f"v{order.kubernetes_version}" if order.kubernetes_version else "")


def pod_status(pod: KubeObject, now: str) -> dict[str, Any] | None:
    """What becomes of a pod; None when nothing changes."""
    spec, status, metadata = pod.get("spec") or {}, pod.get("status") or {}, pod["metadata"]
    if not spec.get("nodeName") or metadata.get("deletionTimestamp"):
        return None
    is_job = any(each.get("kind") == "Job" for each in metadata.get("ownerReferences") or [])
    phase = status.get("phase", "Pending")
    if phase == "Pending":
        return {"status": _running(spec, status, metadata, now)}
    if phase == "Running" and is_job:
        done = {"exitCode": 0, "reason": "Completed", "startedAt": status.get("startTime", now), "finishedAt": now}
        containers = copy.deepcopy(status.get("containerStatuses") or [])
        for each in containers:
            each.update(ready=False, started=False, state={"terminated": done})
        conditions = [
            {**each, "status": "False"} if "Ready" in each["type"] else each for each in status.get("conditions") or []
        ]
        return {"status": {"phase": "Succeeded", "containerStatuses": containers, "conditions": conditions}}
    return None


def _running(
    spec: Mapping[str, Any], status: Mapping[str, Any], metadata: Mapping[str, Any], now: str
) -> dict[str, Any]:
    kept = [each for each in status.get("conditions") or [] if each["type"] == "PodScheduled"]
    true = [
        {"type": kind, "status": "True", "lastTransitionTime": now}
        for kind in ("Initialized", "ContainersReady", "Ready")
    ]
    number = int(fraction("pod", str(metadata.get("uid", ""))) * 65_000) + 260
    address = f"192.168.{number // 256}.{number % 256}"
    ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
    return {
        "phase": "Running",
        "startTime": now,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [*kept, *true],
        "containerStatuses": [
            _container(each, {"running": {"startedAt": now}}, is_started=True) for each in spec.get("containers") or []
        ],
        "initContainerStatuses": [
            # One that is always started anew runs beside the others.
            _container(each, {"running": {"startedAt": now}}, is_started=True)
            if each.get("restartPolicy") == "Always"
            else _container(each, ended, is_started=False)
            for each in spec.get("initContainers") or []
        ],
    }


def _container(container: Mapping[str, Any], state: dict[str, Any], *, is_started: bool) -> dict[str, Any]:
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "ready": True,
        "started": is_started,
        "restartCount": 0,
        "state": state,
    }


def service_status(service: KubeObject, place: Place) -> dict[str, Any] | None:
    """The address of a load balancer; None for what is none, or has one."""
    if (service.get("spec") or {}).get("type") != "LoadBalancer":
        return None
    if ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        return None
    metadata = service["metadata"]
    about = {"namespace": metadata.get("namespace", ""), "name": metadata["name"]}
    address = objects.address(about, cloud=place.cloud, region=place.region, cluster_uid=place.uid)
    key = "hostname" if place.cloud in ("aws", "eks") else "ip"
    return {"status": {"loadBalancer": {"ingress": [{key: address}]}}}


def volume_for(claim: KubeObject) -> KubeObject | None:
    """The volume that a claim would get from its storage class; None for a claim that has one."""
    if (claim.get("status") or {}).get("phase") != "Pending" or (claim.get("spec") or {}).get("volumeName"):
        return None
    metadata, spec = claim["metadata"], claim["spec"]
    volume: dict[str, Any] = {
        "capacity": (spec.get("resources") or {}).get("requests") or {"storage": "1Gi"},
        "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete",
        "claimRef": {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": metadata["namespace"],
                     "name": metadata["name"], "uid": metadata["uid"]},
        "hostPath": {"path": f"/simulated/{metadata['uid']}"},
    }  # fmt: skip
    if spec.get("storageClassName"):
        volume["storageClassName"] = spec["storageClassName"]
    if spec.get("volumeMode"):
        volume["volumeMode"] = spec["volumeMode"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{metadata['uid']}"},
        "spec": volume,
    }
