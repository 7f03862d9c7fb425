"""Clusters in the shapes of the API: whole, as overview, as rows of lists. Reads only."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.filtering import TAG
from palette_sdk.controlplane.services import clusters_cards as cards
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_pending as pending
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS, kind_of, region_of, value_at
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.controlplane.simulation import layers, machines, objects
from palette_sdk.controlplane.store import Tx

Doc = dict[str, Any]
Fact = tuple[str, bool, str, str, str]
"""A condition: type, whether it is true, since when, and reason and message for when it is not."""

API_PORT = 6443


def whole(work: Work, doc: Doc, *, resolves: bool = False, profile_type: str = "") -> Doc:
    """`GET /v1/spectroclusters/{uid}`; right after the create there is no status yet."""
    uid = doc["metadata"]["uid"]
    system = content.system_values(doc["metadata"]) if resolves else None
    copies = [copy for copy in documents.copies_of(work.tx, uid) if profile_type in ("", copy["type"])]
    template = doc["clusterTemplate"]
    spec: Doc = {
        "cloudType": doc["cloud"],
        "clusterType": doc["clusterType"],
        "cloudConfigRef": {"kind": kind_of(doc["cloud"]), "uid": doc["configUid"], "name": doc["metadata"]["name"]},
        "clusterConfig": config(doc),
        "clusterProfileTemplates": [content.template_of(copy, system=system) for copy in copies],
    }
    if template:
        spec["clusterTemplate"] = {"uid": template, "projectUid": doc["project"]}
    view: Doc = {"apiVersion": "v1", "kind": "SpectroCluster", "metadata": doc["metadata"], "spec": spec}
    if doc["state"]:
        view["status"] = status(doc)
    return view


def config(doc: Doc) -> Doc:
    """The settings that don't belong to a cloud."""
    uid = doc["metadata"]["uid"]

    def refs(kind: str, entries: list[Doc]) -> list[Doc]:
        return [
            {"kind": kind, "name": value_at(each, "metadata.name") or "", "uid": f"{uid[:20]}{i:04x}"}
            for i, each in enumerate(entries)
        ]

    return {
        "timezone": "",
        "updateWorkerPoolsInParallel": False,
        "lifecycleConfig": {"pause": False},
        **doc["clusterConfig"],
        "clusterResources": {"namespaces": refs("namespace", doc["namespaces"]), "rbacs": refs("rbac", doc["rbacs"])},
    }


def status(doc: Doc) -> Doc:
    """The status of a cluster that has one."""
    return {
        "state": doc["state"],
        "conditions": conditions(doc),
        "packs": packs(doc),
        "services": doc["services"],
        "apiEndpoints": endpoints(doc),
        "addOnServices": [],
        "spcApply": spc_apply(doc),
        "upgrades": [],
        "location": doc["location"],
        "profileStatus": {"hasUserMacros": False},
        "fips": {"mode": "none"},
        # Strict clients look into it without asking whether it is there.
        "repave": {"state": doc["repave"]["state"]} if doc["repave"] else {},
    }


def spc_apply(doc: Doc) -> Doc:
    """Whether what was sent may be rolled out."""
    apply = doc["spcApply"]
    hashes = hashlib.sha256("".join(layer["wanted"] for layer in doc["layers"]).encode()).hexdigest()
    core = "".join(layer["wanted"] for layer in doc["layers"] if layer["layer"] != "addon")
    found = {
        "actionType": apply["actionType"],
        "canBeApplied": apply["canBeApplied"],
        "crdDigest": hashes[:32],
        "lastModifiedTime": apply["lastModifiedTime"],
        "spcHash": hashes,
        "spcInfraHash": hashlib.sha256(core.encode()).hexdigest(),
    }
    if apply["patchAppliedTime"]:
        found["patchAppliedTime"] = apply["patchAppliedTime"]
    return found


def conditions(doc: Doc) -> list[Doc]:
    """Positive conditions only: clients wait until each of them is True."""
    marks, fault = doc["marks"], doc["fault"]
    outstanding = layers.outstanding(doc)
    control = [pool for pool in doc["pools"] if pool["pool"]["isControlPlane"]]
    is_up = "Running" in marks
    facts: tuple[Fact, ...] = (
        ("CloudInfrastructureReady", is_up, marks.get("Running", ""), "Provisioning", "the infrastructure is being built"),
        ("ControlPlaneReady", is_up and all(map(machines.is_running, control)), marks.get("Running", ""), "Provisioning", ""),
        ("MachinesReady", is_up and all(map(machines.is_running, doc["pools"])), marks.get("Running", ""), "Scaling", ""),
        (
            "LayersReady",
            is_up and not outstanding,
            max((layer["changed"] for layer in doc["layers"]), default=""),
            "LayersInstalling",
            f"waiting for {', '.join(layer['name'] for layer in outstanding)}" if outstanding else "",
        ),
    )  # fmt: skip
    broken = ("LayersReady" if is_up else "CloudInfrastructureReady") if fault else ""
    found = []
    for kind, is_true, since, reason, message in facts:
        at = since or doc["metadata"]["creationTimestamp"]
        words = {"status": "True", "reason": "", "message": ""}
        if not is_true or kind == broken:
            words = {"status": "False", "reason": reason, "message": message}
            if fault:
                at = fault["at"]
                words |= {"reason": fault["reason"], "message": fault["message"]}
        found.append({"type": kind, **words, "lastTransitionTime": at, "lastProbeTime": at})
    return found


def packs(doc: Doc) -> list[Doc]:
    """The layers of a cluster, from the ground up."""
    return [_pack(layer) for layer in doc["layers"]]


def _pack(layer: Doc) -> Doc:
    condition = {
        "type": layer["condition"],
        "status": "True",
        "reason": layer["reason"],
        "message": layer["message"],
        "lastTransitionTime": layer["changed"],
        "lastProbeTime": layer["changed"],
    }
    found = {
        "name": layer["name"],
        "profileUid": layer["profileUid"],
        "type": layer["type"],
        "version": layer["version"],
        "condition": condition,
        "manifests": [{**each, "condition": condition} for each in layer["manifests"]],
        "services": layer["services"],
    }
    times = {"startTime": layer["started"], "endTime": layer["ended"]}
    return found | {key: value for key, value in times.items() if value}


def endpoints(doc: Doc) -> list[Doc]:
    """Where the Kubernetes API is, once there is one."""
    if "Running" not in doc["marks"]:
        return []
    if server := (doc.get("kubernetes") or {}).get("server"):
        real = urlsplit(server)
        return [{"host": real.hostname, "port": real.port}]
    host = value_at(doc["cloudConfig"], "controlPlaneEndpoint.host")
    if not host:
        service = {"namespace": "", "name": "apiserver"}
        uid = doc["metadata"]["uid"]
        host = objects.address(service, cloud=doc["cloud"], region=region_of(doc), cluster_uid=uid)
    return [{"host": host, "port": API_PORT}]


def health(doc: Doc, now: float) -> Doc:
    """Health as the agent reports it."""
    state = simulation.health(doc)
    found: Doc = {"state": state, "conditions": [], "agentVersion": "", "lastHeartBeatTimestamp": stamp(now)}
    if doc["fault"]:
        about = {"kind": "spectrocluster", "uid": doc["metadata"]["uid"], "name": doc["metadata"]["name"]}
        found["conditions"] = [
            {"type": doc["fault"]["reason"], "message": doc["fault"]["message"], "relatedObject": about}
        ]
    elif state == "UnHealthy":
        waiting = ", ".join(layer["name"] for layer in layers.outstanding(doc))
        found["conditions"] = [{"type": "LayersReady", "message": f"waiting for {waiting}"}]
    return found


def overview(work: Work, doc: Doc) -> Doc:
    """`GET /v1/dashboard/spectroclusters/{uid}/overview`."""
    has_access = "Running" in doc["marks"]
    return {
        "metadata": doc["metadata"],
        "spec": {
            "archTypes": cards.arch_types(doc),
            "cloudConfig": _cloud_config(doc),
            "cloudaccount": _account(work.tx, doc),
            "clusterProfileTemplates": [_template_meta(head) for head in doc["profiles"]],
        },
        "status": {
            "state": cards.state_of(doc),
            "health": health(doc, work.now),
            "conditions": conditions(doc),
            "packs": packs(doc),
            "services": doc["services"],
            "addOnServices": [],
            "apiEndpoints": endpoints(doc),
            "spcApply": spc_apply(doc),
            "upgrades": [],
            "workspaces": [],
            "fips": {"mode": "none"},
            "location": cards.location(doc),
            "notifications": _notices(doc),
            "kubeMeta": {
                "hasKubeConfig": has_access,
                "hasKubeConfigClient": has_access,
                "hasManifest": False,
                "kubernetesVersion": cards.kubernetes_version(doc),
            },
            "metrics": {"cpu": {"unit": "cores"}, "memory": {"unit": "Mi"}},
        },
    }


def summary(work: Work, doc: Doc) -> Doc:
    """A row of the search."""
    project = work.tx.shared(kinds.PROJECT, doc["project"]) if doc["project"] else None
    repave = {"repave": {"state": doc["repave"]["state"]}} if doc["repave"] else {}
    return {
        "metadata": doc["metadata"],
        "specSummary": {
            "archTypes": cards.arch_types(doc),
            "cloudConfig": _cloud_config(doc),
            "cloudAccountMeta": _account(work.tx, doc),
            "clusterConfig": {"timezone": doc["clusterConfig"].get("timezone", "")},
            "clusterProfileTemplates": [_template_meta(head) for head in doc["profiles"]],
            "projectMeta": {"uid": doc["project"], "name": project["metadata"]["name"] if project else ""},
        },
        "status": {
            "state": cards.state_of(doc),
            "health": health(doc, work.now),
            "notifications": _notices(doc),
            "location": cards.location(doc),
            "fips": {"mode": "none"},
            **repave,
        },
    }


def light(work: Work, card: Doc) -> Doc:
    """A row of the metadata search, from a cluster's card."""
    project = work.tx.shared(kinds.PROJECT, card["project"]) if card["project"] else None
    owner = {"uid": card["project"], "name": project["metadata"]["name"] if project else ""}
    return {
        "metadata": card["metadata"],
        "specSummary": {**_spec(card), "projectMeta": owner},
        "status": {
            "state": card["state"],
            "health": {"state": card["health"], "isHeartBeatFailed": False},
            "updates": {"isUpdatesPending": card["isPending"]},
            "fips": {"mode": "none"},
        },
    }


def meta(card: Doc) -> Doc:
    """A row of the bare list of clusters, from a cluster's card."""
    return {"metadata": card["metadata"], "spec": _spec(card), "status": {"state": card["state"]}}


def _spec(card: Doc) -> Doc:
    return {
        "archType": card["archTypes"],
        "cloudAccountUid": card["accountUid"],
        "cloudRegion": card["region"],
        "cloudType": card["cloud"],
        "clusterType": card["clusterType"],
        "location": card["location"],
        "tags": tags(card),
    }


def tags(doc: Doc) -> list[str]:
    """Tags of an object as people write them: `key:value`, or the key alone."""
    labels = doc["metadata"].get("labels", {})
    return [key if value in (TAG, "") else f"{key}:{value}" for key, value in labels.items()]


def _notices(doc: Doc) -> Doc:
    lacks_values = doc.get("templateUnresolved", False)
    return {"isAvailable": pending.is_pending(doc), "isTemplateVariableResolutionPending": lacks_values}


def _cloud_config(doc: Doc) -> Doc:
    pools = [
        {
            "cloudType": doc["cloud"],
            "healthy": sum(1 for machine in pool["machines"] if machine["state"] == "Running"),
            "isControlPlane": pool["pool"]["isControlPlane"],
            "labels": pool["pool"].get("labels", []),
            "maintenanceMode": sum(1 for machine in pool["machines"] if machine["maintenance"]["action"] == "cordon"),
            "size": pool["pool"]["size"],
        }
        for pool in doc["pools"]
    ]
    return {"cloudType": doc["cloud"], "uid": doc["configUid"], "machinePools": pools}


def _account(tx: Tx, doc: Doc) -> Doc:
    body = tx.shared(kinds.ACCOUNT, doc["accountUid"]) if CLOUDS[doc["cloud"]].account and doc["accountUid"] else None
    return {"uid": doc["accountUid"], "name": body["metadata"]["name"] if body else ""}


def _template_meta(head: Doc) -> Doc:
    found = {key: head[key] for key in ("uid", "name", "type", "cloudType")}
    return {**found, "version": 1, "packs": head["packs"]}
