"""Orders as keepers get them, short to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.controlplane.kubernetes.orders import LayerOrder, NodeOrder, Orders, Place
from palette_sdk.kube import KubeObject

NOW, LATER = "2026-01-05T12:00:00Z", "2026-01-05T12:01:00Z"
PLACE = Place("aws", "eu-west-1", "cluster-uid")
MACHINE = NodeOrder("m-1", "10.0.0.1", "worker", False, True, "1.31.4")
GROUPS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
}


def thing(kind: str, name: str, namespace: str = "", *, version: str = "", **more: Any) -> KubeObject:
    """An object as a layer names it."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version or GROUPS.get(kind, "v1"), "kind": kind, "metadata": metadata, **more}


def deployment(
    name: str = "ui", namespace: str = "web", *, replicas: int | None = 2, image: str = "ui:1"
) -> KubeObject:
    """A deployment."""
    template = {"spec": {"containers": [{"name": "c", "image": image}]}}
    return thing(
        "Deployment",
        name,
        namespace,
        spec={**({} if replicas is None else {"replicas": replicas}), "template": template},
    )


def layer(
    name: str = "hello",
    *objects: KubeObject,
    digest: str = "d1",
    profile: str = "p1",
    is_chart: bool = False,
    version: str = "1.0.0",
    namespace: str = "web",
    is_held: bool = False,
) -> LayerOrder:
    """One layer's order."""
    return LayerOrder(f"{profile}/{name}", name, version, is_chart, namespace, digest, list(objects), is_held)


def orders(*layers: LayerOrder, machines: Sequence[NodeOrder] = (MACHINE,)) -> Orders:
    """A cluster's orders."""
    return Orders(PLACE, layers, machines)


def managed(found: KubeObject, name: str, fields: Mapping[str, Any], **more: Any) -> KubeObject:
    """The object with one more field manager."""
    rows = [
        *found["metadata"].get("managedFields", []),
        {"manager": name, "operation": "Update", "fieldsV1": fields, **more},
    ]
    return {**found, "metadata": {**found["metadata"], "managedFields": rows}}
