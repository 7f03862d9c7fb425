"""The card of a cluster: what lists show of one and can ask of it, so that a list reads no cluster whole. Pure."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane.filtering import tags_of
from palette_sdk.controlplane.services.clusters_clouds import region_of, value_at
from palette_sdk.controlplane.simulation import cluster as simulation

Doc = dict[str, Any]


def card_of(doc: Doc) -> Doc:
    """The card of a cluster."""
    profiles = doc["profiles"]
    return {
        "metadata": doc["metadata"],
        "project": doc["project"],
        "cloud": doc["cloud"],
        "clusterType": doc["clusterType"],
        "template": doc["clusterTemplate"],
        "accountUid": doc["accountUid"],
        "region": region_of(doc),
        "location": location(doc),
        "archTypes": arch_types(doc),
        "nodeCount": sum(len(pool["machines"]) for pool in doc["pools"]),
        "profiles": [[head["uid"], head["name"]] for head in profiles],
        "kubernetesVersion": kubernetes_version(doc),
        "state": state_of(doc),
        "health": simulation.health(doc),
        "repave": (doc["repave"] or {}).get("state", ""),
        "isPending": any(head.get("notice") for head in profiles),
    }


def facets_of(card: Doc) -> dict[str, list[str]]:
    """The values of a card by which clusters are found without a look at any; the names are those of the search."""
    return {
        "clusterName": [card["metadata"]["name"]],
        "tags": tags_of(card["metadata"].get("labels", {})),
        "environment": [card["cloud"]],
        "clusterState": [card["state"]],
        "healthState": [card["health"]],
        "profileUid": [uid for uid, _ in card["profiles"]],
        "profileName": [name for _, name in card["profiles"]],
        "clusterTemplateUid": [card["template"]],
        "cloudAccountUid": [card["accountUid"]],
        "repaveState": [card["repave"]],
    }


def state_of(doc: Doc) -> str:
    """The state for views that always have one."""
    return str(doc["state"] or "Pending")


def kubernetes_version(doc: Doc) -> str:
    """What runs; before anything runs, nothing."""
    return next((layer["version"] for layer in doc["layers"] if layer["layer"] == "k8s" and layer["running"]), "")


def arch_types(doc: Doc) -> list[str]:
    """Processor architectures of the pools."""
    found = {value_at(pool["pool"], "machinePoolProperties.archType") or "amd64" for pool in doc["pools"]}
    return sorted(found) or ["amd64"]


def location(doc: Doc) -> Doc:
    """Where a cluster is, as far as somebody said so."""
    place = doc["location"]
    found = {key: place[key] for key in ("countryCode", "countryName", "regionCode", "regionName") if place.get(key)}
    spot = place.get("geoLoc") or {}
    if "latitude" in spot and "longitude" in spot:
        found["coordinates"] = [spot["longitude"], spot["latitude"]]
    return found
