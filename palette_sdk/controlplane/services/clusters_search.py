"""Searching clusters: what can be asked of one, and pages whose cost doesn't grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.bodies_clusters import Metadata
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.filtering import fits_text, tags_of
from palette_sdk.controlplane.services import clusters_pending as pending
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services import search
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS, region_of
from palette_sdk.controlplane.services.search import Property
from palette_sdk.controlplane.simulation import cluster as simulation

Doc = dict[str, Any]

STATES = ("Pending", "Provisioning", "Running", "Deleting", "Error")
HEALTH = ("Healthy", "UnHealthy", "Unknown")

PROPERTIES: Mapping[str, Property] = {
    each.name: each
    for each in (
        Property("clusterName", "string", "Name", lambda doc: [doc["metadata"]["name"]]),
        Property("name", "string", "Name", lambda doc: [doc["metadata"]["name"]]),
        Property("uid", "string", "Uid", lambda doc: [doc["metadata"]["uid"]]),
        Property("tags", "string", "Tags", lambda doc: tags_of(doc["metadata"].get("labels", {}))),
        Property("environment", "string", "Environment", lambda doc: [doc["cloud"]], enum=tuple(CLOUDS)),
        Property("cloudType", "string", "Cloud", lambda doc: [doc["cloud"]], enum=tuple(CLOUDS)),
        Property("clusterState", "string", "State", lambda doc: [views.state_of(doc)], enum=STATES),
        Property("healthState", "string", "Health", lambda doc: [simulation.health(doc)], enum=HEALTH),
        Property("profileUid", "string", "Profile uid", lambda doc: [head["uid"] for head in doc["profiles"]]),
        Property("profileName", "string", "Profile", lambda doc: [head["name"] for head in doc["profiles"]]),
        Property("cloudAccountUid", "string", "Cloud account", lambda doc: [doc["accountUid"]]),
        Property("projectUid", "string", "Project", lambda doc: [doc["project"]]),
        Property("region", "string", "Region", lambda doc: [region_of(doc)]),
        Property("kubernetesVersion", "string", "Kubernetes", lambda doc: [views.kubernetes_version(doc)]),
        Property("repaveState", "string", "Repave", lambda doc: [(doc["repave"] or {}).get("state", "")]),
        Property("isUpdatePending", "bool", "Update pending", lambda doc: [pending.is_pending(doc)]),
        Property("nodeCount", "int", "Machines", lambda doc: [sum(len(pool["machines"]) for pool in doc["pools"])]),
        Property("creationTimestamp", "date", "Created", lambda doc: [doc["metadata"]["creationTimestamp"]]),
        Property("lastModifiedTimestamp", "date", "Changed", lambda doc: [doc["metadata"]["lastModifiedTimestamp"]]),
        Property("isDeleted", "bool", "Deleted", lambda _: [False], constant=False),
        Property("isVirtual", "bool", "Virtual", lambda _: [False], constant=False),
    )
}

_SORT: Mapping[str, Callable[[Doc], str]] = {
    "environment": lambda doc: doc["cloud"],
    "clusterName": lambda doc: doc["metadata"]["name"],
    "clusterState": views.state_of,
    "healthState": simulation.health,
    "creationTimestamp": lambda doc: doc["metadata"]["creationTimestamp"],
    "lastModifiedTimestamp": lambda doc: doc["metadata"]["lastModifiedTimestamp"],
}


class Found(NamedTuple):
    """A part of the clusters that fit, and how many there are in all."""

    items: list[Doc]
    total: int


def find(work: Work, body: Mapping[str, Any], *, limit: int | None, offset: int) -> Found:
    """The clusters of the call's project that fit a search body, in order of creation unless it asks for another.

    Raises:
        Refusal: 400, the search can't be read.
    """
    test = search.compile_filter(body, PROPERTIES)
    wanted = [each for each in body.get("sort") or [] if each.get("field")]
    if test is False:
        return Found([], 0)
    if test is True and not wanted:
        # Straight from the index: no other cluster is read.
        total = work.tx.count(kinds.CLUSTER, project=work.project)
        return Found(work.tx.find(kinds.CLUSTER, project=work.project, limit=limit, offset=offset), total)
    name = search.equal_name(body, "clusterName")
    candidates = work.tx.find(kinds.CLUSTER, project=work.project, name=name)
    items = candidates if isinstance(test, bool) else [doc for doc in candidates if test(doc)]
    search.sort(items, wanted, _SORT)
    return Found(items[offset : None if limit is None else offset + limit], len(items))


def everything(work: Work) -> list[Doc]:
    """All clusters of the call's project, in order of creation."""
    return work.tx.find(kinds.CLUSTER, project=work.project)


def filtered_metadata(work: Work, given: Metadata) -> list[Doc]:
    """The clusters for the older metadata list, with its own small filter."""
    wanted = given.filter
    items = [
        doc
        for doc in everything(work)
        if fits_text(wanted.name, doc["metadata"]["name"])
        and wanted.environment in ("", doc["cloud"])
        and wanted.state in ("", views.state_of(doc))
    ]
    keys: Mapping[str, Callable[[Doc], str]] = {
        "environment": _SORT["environment"], "state": views.state_of, "name": _SORT["clusterName"],
    }  # fmt: skip
    if given.sort in keys:
        items.sort(key=keys[given.sort])
    return items


def inputs(work: Work) -> Doc:
    """Values to choose from in a search, as `GET .../search/input` gives them."""
    clusters = everything(work)
    projects = [
        work.tx.get(kinds.PROJECT, uid) for uid in sorted({doc["project"] for doc in clusters if doc["project"]})
    ]
    tags = sorted({tag for doc in clusters for tag in views.tags(doc)})
    clouds = sorted({doc["cloud"] for doc in clusters})
    return {
        "inputs": {
            "clusterName": {
                "values": [{"name": doc["metadata"]["name"], "uid": doc["metadata"]["uid"]} for doc in clusters]
            },
            "projectUid": {
                "values": [
                    {"name": each["metadata"]["name"], "uid": each["metadata"]["uid"]} for each in projects if each
                ]
            },
            "tags": {"values": [{"name": tag, "uid": tag} for tag in tags]},
            "environment": {"values": [{"name": cloud, "uid": cloud} for cloud in clouds]},
        }
    }
