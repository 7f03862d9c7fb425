"""Objects of a cluster as tests need them: with field managers, owners, releases."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

Obj = dict[str, Any]
GROUPS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "ReplicaSet": "apps/v1", "DaemonSet": "apps/v1"}
GROUPS |= {"HorizontalPodAutoscaler": "autoscaling/v2", "ClusterRole": "rbac.authorization.k8s.io/v1"}
SPEC: Obj = {"f:spec": {"f:replicas": {}, "f:template": {}}}
REPLICAS: Obj = {"f:spec": {"f:replicas": {}}}
STATUS: Obj = {"f:status": {"f:readyReplicas": {}}}
LABELS: Obj = {"f:metadata": {"f:labels": {"f:team": {}}}}
MADE, CHANGED = "2026-01-05T12:00:00Z", "2026-01-06T09:30:00Z"


def manager(name: str, fields: Mapping[str, Any] = SPEC, *, operation: str = "Apply", sub: str = "") -> Obj:
    """A row of `managedFields`."""
    return {
        "manager": name,
        "operation": operation,
        "time": CHANGED,
        "subresource": sub,
        "fieldsV1": fields,
    }


PALETTE = manager("palette")


def made(
    kind: str,
    name: str,
    namespace: str = "web",
    *,
    managers: Sequence[Obj] = (PALETTE,),
    release: str = "",
    replicas: int | None = None,
    owner: str = "",
    spec: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Obj:
    """An object."""
    found: Obj = {
        "apiVersion": GROUPS.get(kind, "v1"),
        "kind": kind,
        "metadata": {
            "name": name,
            "uid": f"uid-{kind}-{namespace}-{name}",
            "resourceVersion": "1",
            "creationTimestamp": MADE,
            "managedFields": list(managers),
            **({"namespace": namespace} if namespace else {}),
            **({"annotations": {"meta.helm.sh/release-name": release}} if release else {}),
            **({"ownerReferences": [{"kind": owner, "name": "owner"}]} if owner else {}),
            **metadata,
        },
    }
    if replicas is not None or spec is not None:
        found["spec"] = {**({"replicas": replicas} if replicas is not None else {}), **(spec or {})}
    return found


def plain(kind: str, name: str, namespace: str = "web") -> Obj:
    """An object as a manifest writes it."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": GROUPS.get(kind, "v1"), "kind": kind, "metadata": metadata}


def record(
    name: str,
    objects: Sequence[Obj],
    *,
    namespace: str = "web",
    revision: int = 1,
    status: str = "deployed",
    managers: Sequence[Obj] = (PALETTE,),
) -> Obj:
    """A Helm release record."""
    release = {
        "name": name,
        "namespace": namespace,
        "version": revision,
        "manifest": "---\n".join(yaml.safe_dump(each) for each in objects),
    }
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    return {
        **made(
            "Secret",
            f"sh.helm.release.v1.{name}.v{revision}",
            namespace,
            managers=managers,
            labels={"owner": "helm", "name": name, "status": status, "version": str(revision)},
        ),
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(packed).decode()},
    }
