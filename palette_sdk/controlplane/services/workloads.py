"""What runs on a cluster: worked out when a layer gets ready, and told in the shapes of the workload calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from palette_sdk.controlplane import jsontext, kinds
from palette_sdk.controlplane.catalogue.workloads import render_workloads
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services.clusters_clouds import region_of
from palette_sdk.controlplane.simulation import layers, objects
from palette_sdk.controlplane.simulation.real import is_real
from palette_sdk.controlplane.simulation.timing import derived_uid, fraction
from palette_sdk.controlplane.store import Tx

Doc = dict[str, Any]

_STAND_IN = "stand-in-for-{}"
"""For what differs from cluster to cluster, while a layer's texts are read."""


# ---- what runs ---------------------------------------------------------------------------------------------------


def run_layers(tx: Tx, doc: Doc, ready: Iterable[tuple[str, float]]) -> None:
    """Bring what runs on a cluster in line with layers that got ready (key, moment); the caller saves the document."""
    uid = doc["metadata"]["uid"]
    copies, running = documents.copies_of(tx, uid), _renamed(doc, documents.objects_of(tx, uid))
    for key, at in ready:
        profile_uid, _, name = key.partition("/")
        copy = next((each for each in copies if each["uid"] == profile_uid), None)
        pack = content.find_pack(copy, name) if copy is not None else None
        if copy is not None and pack is not None:
            wanted = _objects(copy, pack, doc["metadata"], key)
            running = objects.apply(running, key, wanted, stamp(at))
    if is_real(doc):
        return  # what runs there is looked at, not worked out
    keys = {layers.key_of(layer) for layer in doc["layers"]}
    running = objects.orphan(running, {each["layer"] for each in running} - keys)
    documents.save_objects(tx, uid, running)
    place = {"cloud": doc["cloud"], "region": region_of(doc), "cluster_uid": uid}
    doc["services"] = objects.services(running, **place)
    for layer in doc["layers"]:
        own = [each for each in running if each["layer"] == layers.key_of(layer) and not each.get("orphan")]
        layer["services"] = objects.services(own, **place)


def _renamed(doc: Doc, running: list[Doc]) -> list[Doc]:
    """The same objects under the keys that their layers have now."""
    now = {former: layers.key_of(layer) for layer in doc["layers"] for former in layer.pop("formerKeys", [])}
    return [{**each, "layer": now.get(each["layer"], each["layer"])} for each in running]


def manifests_of(
    copy: content.Copy, pack: content.Pack, metadata: Mapping[str, Any]
) -> tuple[str, list[dict[str, Any]]]:
    """The namespace of a layer, and the whole objects that it names."""
    values, manifests = content.resolved(copy, pack, content.system_values(metadata))
    texts = tuple(each["content"] for each in manifests)
    named = [each for each in _manifests(pack.get("workloads", ""), values, texts) if objects.is_named(each)]
    return _namespace(values), named


def _manifests(workloads: str, values: str, manifests: Sequence[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if workloads:
        try:
            found += render_workloads(workloads, values)
        except yaml.YAMLError:
            # Values that are no YAML are the cluster's problem: nothing of the pack's own comes up.
            found = []
    for text in manifests:
        found += objects.parse(text)
    return found


def _objects(copy: content.Copy, pack: content.Pack, metadata: Mapping[str, Any], key: str) -> list[Doc]:
    system = content.system_values(metadata)
    values, manifests = content.resolved(copy, pack, {path: _STAND_IN.format(path) for path in system})
    text = _condensed(pack.get("workloads", ""), values, tuple(each["content"] for each in manifests), key)
    for path, value in system.items():
        text = text.replace(_STAND_IN.format(path), json.dumps(value)[1:-1])
    return list(jsontext.decoded(text))


@lru_cache(maxsize=256)
def _condensed(workloads: str, values: str, manifests: tuple[str, ...], key: str) -> str:
    """What a layer of these texts runs, as JSON: read once for all clusters whose texts differ by their names alone."""
    found = _manifests(workloads, values, manifests)
    return jsontext.encoded(objects.condense(found, layer=key, namespace=_namespace(values)))


def _namespace(values: str) -> str:
    for document in objects.documents(values):
        pack = document.get("pack") if isinstance(document, dict) else None
        if isinstance(pack, dict) and pack.get("namespace"):
            return str(pack["namespace"]).strip('"')
    return "default"


# ---- what is told ------------------------------------------------------------------------------------------------


def namespaces_of(running: Sequence[Doc]) -> list[str]:
    """All namespaces of a cluster that runs these objects."""
    named = {each["name"] for each in running if each["kind"] == "Namespace"}
    used = {each["namespace"] for each in running if each["namespace"]}
    return sorted({*objects.SYSTEM_NAMESPACES, *named, *used})


def told(tx: Tx, doc: Doc, key: str, wanted: Sequence[str]) -> list[Doc]:
    """One list of the workload answers, for these namespaces; none means all."""
    if "Running" not in doc["marks"]:
        return []
    if is_real(doc):
        return _observed(tx, doc, key, wanted)
    running = documents.objects_of(tx, doc["metadata"]["uid"])
    if key == "namespaces":
        made = {each["name"]: each["created"] for each in running if each["kind"] == "Namespace"}
        return [
            {
                "metadata": _metadata(
                    doc, "Namespace", name, name, labels={}, created=made.get(name, doc["marks"]["Running"])
                ),
                "status": {"phase": "Active"},
            }
            for name in namespaces_of(running)
            if not wanted or name in wanted
        ]
    inside = [each for each in running if not wanted or each["namespace"] in wanted or not each["namespace"]]
    if key == "pods":
        return [pod for each in inside for pod in _pods(doc, each)]
    kind, shape = _SHAPES[key]
    return [
        {
            "metadata": _metadata(
                doc, each["kind"], each["name"], each["namespace"], labels=each["labels"], created=each["created"]
            ),
            **shape(doc, each),
        }
        for each in inside
        if each["kind"] == kind
    ]


def _observed(tx: Tx, doc: Doc, key: str, wanted: Sequence[str]) -> list[Doc]:
    """What was found on a real cluster."""
    body = tx.get(kinds.OBSERVED, doc["metadata"]["uid"])
    found: list[Doc] = [] if body is None else body["lists"].get(key, [])
    return [
        each
        for each in found
        if not wanted or each["metadata"]["namespace"] in wanted or not each["metadata"]["namespace"]
    ]


def _metadata(doc: Doc, kind: str, name: str, namespace: str, *, labels: Mapping[str, str], created: str) -> Doc:
    uid = derived_uid(kind, doc["metadata"]["uid"], namespace, name)
    return {
        "creationTimestamp": created,
        "entity": {"kind": kind.lower(), "name": name, "uid": uid},
        "labels": dict(labels),
        "namespace": namespace,
    }


def _replicas(_: Doc, each: Doc) -> Doc:
    count = each["replicas"]
    return {"status": {"replicas": {"available": count, "ready": count, "total": count, "updated": count}}}


def _daemon(doc: Doc, _: Doc) -> Doc:
    count = len(_nodes(doc))
    keys = ("available", "currentScheduled", "desiredScheduled", "ready", "updatedScheduled")
    return {"status": {**dict.fromkeys(keys, count), "misScheduled": 0}}


def _job(_: Doc, each: Doc) -> Doc:
    moments = {"startTime": each["created"], "completionTime": each["created"]}
    return {"status": {**moments, "succeeded": each["completions"], "conditions": []}}


def _cron_job(_: Doc, each: Doc) -> Doc:
    return {"spec": {"schedule": each["schedule"]}, "status": {}}


def _binding(_: Doc, each: Doc) -> Doc:
    spec = {"namespace": each["namespace"], "role": each["role"], "subjects": each["subjects"], "type": each["kind"]}
    return {"spec": spec}


_SHAPES: Mapping[str, tuple[str, Callable[[Doc, Doc], Doc]]] = {
    "deployments": ("Deployment", _replicas),
    "statefulSets": ("StatefulSet", _replicas),
    "daemonSets": ("DaemonSet", _daemon),
    "jobs": ("Job", _job),
    "cronJobs": ("CronJob", _cron_job),
    "roleBindings": ("RoleBinding", _binding),
    "clusterroleBindings": ("ClusterRoleBinding", _binding),
}


def _nodes(doc: Doc) -> list[Doc]:
    return [machine for pool in doc["pools"] for machine in pool["machines"] if machine["state"] == "Running"]


def _workers(doc: Doc) -> list[Doc]:
    pools = [
        pool
        for pool in doc["pools"]
        if not pool["pool"]["isControlPlane"] or pool["pool"].get("useControlPlaneAsWorker")
    ]
    found = [machine for pool in pools for machine in pool["machines"] if machine["state"] == "Running"]
    return found or _nodes(doc)


def _pods(doc: Doc, each: Doc) -> list[Doc]:
    counts = {
        "Deployment": each.get("replicas", 0),
        "StatefulSet": each.get("replicas", 0),
        "ReplicaSet": each.get("replicas", 0),
    }
    nodes = _nodes(doc) if each["kind"] == "DaemonSet" else _workers(doc)
    count = {"DaemonSet": len(nodes), "Pod": 1}.get(each["kind"], counts.get(each["kind"], 0))
    return [_pod(doc, each, number, nodes) for number in range(count or 0)]


def _pod(doc: Doc, owner: Doc, number: int, nodes: list[Doc]) -> Doc:
    suffix = derived_uid("pod", doc["metadata"]["uid"], owner["kind"], owner["namespace"], owner["name"], str(number))
    if owner["kind"] == "Pod":
        name = owner["name"]
    elif owner["kind"] == "StatefulSet":
        name = f"{owner['name']}-{number}"
    elif owner["kind"] == "Deployment":
        name = f"{owner['name']}-{suffix[:9]}-{suffix[-5:]}"
    else:
        name = f"{owner['name']}-{suffix[-5:]}"
    node = nodes[number % len(nodes)] if nodes else None
    metadata = _metadata(doc, "Pod", name, owner["namespace"], labels=owner["labels"], created=owner["created"])
    metadata["associatedRefs"] = [{"kind": owner["kind"].lower(), "name": owner["name"], "uid": ""}]
    metadata["nodename"], metadata["machineUid"] = (node["name"], node["uid"]) if node else ("", "")
    address = int(fraction("pod", suffix) * 65_000) + 260
    containers = [
        {
            **container,
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"state": "running", "startedAt": owner["created"], "reason": "", "exitCode": 0},
        }
        for container in owner["containers"]
    ]
    return {
        "metadata": metadata,
        "spec": {"containers": owner["containers"], "volumes": []},
        "status": {
            "containers": containers,
            "phase": "Running" if node else "Pending",
            "podIp": f"192.168.{address // 256}.{address % 256}",
            "qosClass": "BestEffort",
        },
    }
