"""What is sent to an API server for a layer, worked out from what the layer names and from what is there. Pure."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import yaml

from palette_sdk.controlplane.kubernetes.access import PALETTE
from palette_sdk.controlplane.kubernetes.orders import Applied, LayerOrder
from palette_sdk.controlplane.simulation.objects import SYSTEM_NAMESPACES
from palette_sdk.kube import KubeObject, managers_of

_FIRST = {"Namespace": 0, "CustomResourceDefinition": 1, "ServiceAccount": 2}
_HELM = "helm.sh/release.v1"
WITH_REPLICAS = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})


class Ref(NamedTuple):
    """What makes an object the same one."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join(filter(None, [self.kind, self.namespace, self.name]))


def ref_of(found: Mapping[str, Any], namespace: str = "") -> Ref:
    """The reference of an object; `namespace` where it names none."""
    metadata = found.get("metadata") or {}
    return Ref(
        str(found.get("apiVersion", "")),
        str(found.get("kind", "")),
        str(metadata.get("namespace") or namespace),
        str(metadata.get("name", "")),
    )


def prepared(order: LayerOrder) -> list[KubeObject]:
    """The objects of a layer in the order in which they can be applied: namespaces, kinds, accounts, then as written.

    Objects of packs and charts are marked as those of a Helm release.
    """
    ordered = sorted(order.objects, key=lambda each: _FIRST.get(str(each.get("kind")), len(_FIRST)))
    return [_of_release(each, order) for each in ordered] if order.is_chart else [dict(each) for each in ordered]


def _of_release(found: KubeObject, order: LayerOrder) -> KubeObject:
    metadata = dict(found.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        "meta.helm.sh/release-name": order.name,
        "meta.helm.sh/release-namespace": order.namespace,
    }
    return {**found, "metadata": metadata}


def missing_namespaces(objects: Iterable[Mapping[str, Any]], order: LayerOrder) -> list[str]:
    """Namespaces that a layer uses and does not make itself: Palette makes them before the layer."""
    found = list(objects)
    made = {each["metadata"]["name"] for each in found if each.get("kind") == "Namespace"}
    used = {str((each.get("metadata") or {}).get("namespace") or "") for each in found} | {order.namespace}
    return sorted(used - made - SYSTEM_NAMESPACES - {""})


def release_record(applied: Applied, now: str) -> KubeObject | None:
    """The record of a Helm release for a pack or chart, as Helm keeps it: what the layer names stands in it."""
    order = applied.order
    if not order.is_chart:
        return None
    manifest = "".join(f"---\n{yaml.safe_dump(each, sort_keys=False)}" for each in prepared(order))
    release = {
        "name": order.name,
        "info": {"first_deployed": applied.since, "last_deployed": now, "deleted": "", "status": "deployed"},
        "chart": {"metadata": {"name": order.name, "version": order.version or "0.0.0", "apiVersion": "v2"}},
        "config": {},
        "manifest": manifest,
        "version": applied.revision,
        "namespace": order.namespace,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode(), mtime=0))
    labels = {"owner": "helm", "name": order.name, "status": "deployed", "version": str(applied.revision)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": _HELM,
        "metadata": {
            "name": release_name(order.name, applied.revision),
            "namespace": order.namespace,
            "labels": labels,
        },
        "data": {"release": base64.b64encode(packed).decode()},
    }


def release_name(layer: str, revision: int) -> str:
    """The name of the Secret with a release."""
    return f"sh.helm.release.v1.{layer}.v{revision}"


def after(order: LayerOrder, before: Applied | None, now: str) -> Applied:
    """What is recorded once the layer is applied; its next revision where the content differs."""
    if before is None:
        return Applied(order, 1, now)
    return replace(before, order=order, revision=before.revision + (before.order.digest != order.digest))


def wanted_of(found: KubeObject, live: Mapping[str, Any] | None) -> KubeObject:
    """The object to send, given what is there: what somebody scaled to 0 stays at 0."""
    if live is None or found.get("kind") not in WITH_REPLICAS:
        return found
    spec = found.get("spec") or {}
    if "replicas" not in spec or (live.get("spec") or {}).get("replicas") != 0 or spec["replicas"] == 0:
        return found
    if any(each.name == PALETTE and each.owns(("spec", "replicas")) for each in managers_of(live)):
        return found
    return {**found, "spec": {key: value for key, value in spec.items() if key != "replicas"}}


def runs(live: Mapping[str, Any]) -> bool:
    """Whether a workload has as many ready copies as it wants; what is no workload runs."""
    status, spec = live.get("status") or {}, live.get("spec") or {}
    if live.get("kind") in ("Deployment", "StatefulSet", "ReplicaSet"):
        is_seen = int(status.get("observedGeneration") or 0) >= int((live.get("metadata") or {}).get("generation") or 0)
        return is_seen and int(status.get("readyReplicas") or 0) >= int(spec.get("replicas", 1))
    if live.get("kind") == "DaemonSet":
        wanted = status.get("desiredNumberScheduled")
        return wanted is not None and int(status.get("numberReady") or 0) >= int(wanted)
    return True


def unfit(objects: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with an object that can't even be sent; empty where nothing is."""
    return next((wrong for each in objects if (wrong := _wrong(each))), "")


def _wrong(found: Mapping[str, Any]) -> str:
    metadata = found["metadata"]
    about = f"{found['kind']}/{metadata['name']}"
    if not isinstance(found.get("apiVersion"), str) or not found["apiVersion"]:
        return f"{about} has no apiVersion"
    for key in ("name", "namespace"):
        if not isinstance(metadata.get(key) or "", str):
            return f"{about}: metadata.{key} is no text; put it in quotes"
    for key in ("labels", "annotations"):
        if not isinstance(metadata.get(key) or {}, Mapping):
            return f"{about}: metadata.{key} is no map"
    if not isinstance(found.get("spec") or {}, Mapping):
        return f"{about}: spec is no map"
    try:
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError) as error:
        # YAML knows more than JSON: `.inf`, and in values of packs dates.
        return f"{about}: a value is no JSON ({error}); put it in quotes"
    return ""
