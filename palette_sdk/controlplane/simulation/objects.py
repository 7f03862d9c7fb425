"""Kubernetes objects of a layer, read from its manifests and values: what a cluster would run, seen from outside.

Tolerant by design: manifests may hold templating, fragments and documents that are no objects. What can't be read is
left out; the service takes such text too, and only the cluster would complain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from palette_sdk.controlplane.simulation.steps import Doc
from palette_sdk.controlplane.simulation.timing import derived_uid, fraction

CLUSTER_SCOPED = frozenset(
    {"Namespace", "ClusterRole", "ClusterRoleBinding", "StorageClass", "CustomResourceDefinition"}
)
SYSTEM_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that every cluster has."""
_VARIABLE = re.compile(r"\{\{-?\s*\.spectro\.var\.([A-Za-z_][\w-]*)\s*-?\}\}")
_MACRO = re.compile(r"\{\{-?\s*\.spectro\.system\.([\w.]+)\s*-?\}\}")
_TEMPLATING = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ONLY_TEMPLATING = re.compile(r"^[ \t]*(\{\{[^{}]*\}\}[ \t]*)+$", re.MULTILINE)
_SEPARATOR = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)


class _Loader(yaml.CSafeLoader):
    """Reads words such as 2026-01-31 as texts, as Kubernetes does: JSON has no dates."""


_Loader.yaml_implicit_resolvers = {
    first: [each for each in rows if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def resolve(text: str, variables: Mapping[str, str], system: Mapping[str, str]) -> str:
    """The text with variables and the cluster's own macros filled in; what has no value stays as it is.

    Args:
        text: values or a manifest.
        variables: values of the profile's variables (`{{.spectro.var.NAME}}`).
        system: values of `{{.spectro.system.PATH}}`, by path, such as `cluster.name`.
    """
    if "{{" not in text:
        return text
    text = _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)
    return _MACRO.sub(lambda found: system.get(found[1], found[0]), text)


def used_variables(text: str) -> set[str]:
    """Names of the variables that the text refers to."""
    return set(_VARIABLE.findall(text)) if "{{" in text else set()


def parse(text: str) -> list[dict[str, Any]]:
    """The objects in a stream of manifests; documents that can't be read, or are none, are left out."""
    found: list[dict[str, Any]] = []
    for document in documents(text):
        _collect(document, found)
    return found


def documents(text: str) -> Iterator[Any]:
    """The YAML documents in a text that can be read; where templating is in the way, it is taken as words."""
    for part in _SEPARATOR.split(text):
        for form in (part, _TEMPLATING.sub("templated", _ONLY_TEMPLATING.sub("", part))):
            try:
                document = yaml.load(form, Loader=_Loader)  # noqa: S506 - a safe one
            except (yaml.YAMLError, ValueError):
                continue
            yield document
            break


def _collect(document: Any, into: list[dict[str, Any]]) -> None:
    if isinstance(document, list):
        for each in document:
            _collect(each, into)
    elif isinstance(document, dict):
        kind = document.get("kind")
        if kind == "List":
            _collect(document.get("items"), into)
        elif isinstance(kind, str) and isinstance(document.get("metadata"), dict) and document["metadata"].get("name"):
            into.append(document)


def condense(manifests: Iterable[Mapping[str, Any]], *, layer: str, namespace: str = "default") -> list[Doc]:
    """What the API tells of these objects, and where each comes from.

    Args:
        manifests: whole objects.
        layer: the key of the layer they belong to.
        namespace: for objects that name none.
    """
    # values that lack what a chart needs render an object without a name; Kubernetes would refuse it
    return [_condensed(manifest, layer, namespace) for manifest in manifests if is_named(manifest)]


def is_named(manifest: Mapping[str, Any]) -> bool:
    """Whether an object has a name."""
    return bool(_map(manifest.get("metadata")).get("name"))


def _condensed(manifest: Mapping[str, Any], layer: str, namespace: str) -> Doc:
    kind, metadata, spec = str(manifest["kind"]), _map(manifest["metadata"]), _map(manifest.get("spec"))
    pod = _map(_map(_map(_map(spec.get("jobTemplate")).get("spec") or spec).get("template")).get("spec"))
    doc: Doc = {
        "kind": kind,
        "name": str(metadata["name"]),
        "namespace": "" if kind in CLUSTER_SCOPED else str(metadata.get("namespace") or namespace),
        "labels": {str(key): str(value) for key, value in _map(metadata.get("labels")).items()},
        "layer": layer,
    }
    if kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        doc["replicas"] = _count(spec.get("replicas"), 1)
    if kind in ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "Job", "CronJob", "Pod"):
        doc["containers"] = _containers(pod if kind != "Pod" else spec)
    if kind == "Job":
        doc["completions"] = _count(spec.get("completions"), 1)
    if kind == "CronJob":
        doc["schedule"] = str(spec.get("schedule", ""))
    if kind == "Service":
        doc["serviceType"] = str(spec.get("type") or "ClusterIP")
        ports = [_map(port) for port in spec.get("ports") or [] if isinstance(port, dict)]
        doc["ports"] = [
            {"port": _count(port["port"], 0), "protocol": str(port.get("protocol") or "TCP")}
            for port in ports
            if _count(port.get("port"), 0)
        ]
    if kind in ("RoleBinding", "ClusterRoleBinding"):
        role = _map(manifest.get("roleRef"))
        doc["role"] = {"kind": str(role.get("kind", "")), "name": str(role.get("name", ""))}
        subjects = manifest.get("subjects")
        doc["subjects"] = [
            {
                "type": str(each.get("kind", "")),
                "name": str(each.get("name", "")),
                "namespace": str(each.get("namespace", "")),
            }
            for each in (subjects if isinstance(subjects, list) else [])
            if isinstance(each, dict)
        ]
    return doc


def identity(doc: Doc) -> tuple[str, str, str]:
    """What makes an object the same one on a cluster."""
    return doc["kind"], doc["namespace"], doc["name"]


def apply(running: list[Doc], layer: str, wanted: list[Doc], stamp: str) -> list[Doc]:
    """What runs after a layer was rolled out: its objects are made or changed.

    Objects that the layer no longer names go on running, and are told by `"orphan": True`: the service applies what
    a profile names and deletes nothing.
    """
    wanted_by_id = {identity(each): each for each in wanted}
    result: list[Doc] = []
    for each in running:
        fresh = wanted_by_id.pop(identity(each), None)
        if fresh is not None:
            result.append({**fresh, "created": each["created"]})
        elif each["layer"] == layer:
            result.append({**each, "orphan": True})
        else:
            result.append(each)
    return result + [{**each, "created": stamp} for each in wanted_by_id.values()]


def orphan(running: list[Doc], layers: Iterable[str]) -> list[Doc]:
    """What runs after these layers left the cluster: the same, without an owner."""
    gone = set(layers)
    return [{**each, "orphan": True} if each["layer"] in gone else each for each in running]


def services(running: Iterable[Doc], *, cloud: str, region: str, cluster_uid: str) -> list[Doc]:
    """The load balancers among these objects, with the addresses that the cloud gave them."""
    return [
        {
            "name": each["name"],
            "host": address(each, cloud=cloud, region=region, cluster_uid=cluster_uid),
            "ports": each["ports"],
        }
        for each in running
        if each["kind"] == "Service" and each["serviceType"] == "LoadBalancer"
    ]


def address(service: Doc, *, cloud: str, region: str, cluster_uid: str) -> str:
    """The address of a load balancer: a host name on aws and eks, an IP elsewhere; the same on every look."""
    name = derived_uid("service", cluster_uid, service["namespace"], service["name"])
    if cloud in ("aws", "eks"):
        number = int(fraction("elb", name) * 10**9)
        return f"a{name}-{number}.{region or 'us-east-1'}.elb.amazonaws.com"
    # Blocks that are reserved for documentation: nobody is at home there.
    host = int(fraction("ip", name) * 506)
    return f"203.0.113.{host + 1}" if host < 253 else f"198.51.100.{host - 252}"


def _containers(pod: Mapping[str, Any]) -> list[Doc]:
    found = pod.get("containers")
    return [
        {"name": str(each.get("name", "")), "image": str(each.get("image", ""))}
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict)
    ]


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any, default: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return default
    try:
        return max(0, int(value))
    except ValueError:
        return default
