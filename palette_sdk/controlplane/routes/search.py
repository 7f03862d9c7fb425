"""Lists of clusters: search, metadata, overview, repaves that wait."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import paging
from palette_sdk.controlplane.bodies import Search
from palette_sdk.controlplane.bodies_clusters import Metadata
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_search as clusters
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services import search as grammar

Body = dict[str, Any]


def search(call: Call) -> Body:
    """A page of clusters that fit."""
    page = paging.wanted(call)
    found = clusters.find(call, call.shaped(Search), limit=page.limit, offset=page.offset)
    return {"items": [views.summary(call, doc) for doc in found.items], "listmeta": page.meta(found.total)}


def metadata_search(call: Call) -> Body:
    """The same in light rows."""
    page = paging.wanted(call)
    found = clusters.find(call, call.shaped(Search), limit=page.limit, offset=page.offset)
    return {"items": [views.light(call, doc) for doc in found.items], "listmeta": page.meta(found.total)}


def schema(_: Call) -> Body:
    """What can be asked."""
    return grammar.schema(clusters.PROPERTIES)


def search_input(call: Call) -> Body:
    """Values to choose from."""
    return clusters.inputs(call)


def metadata(call: Call) -> Body:
    """All clusters' metadata."""
    return {"items": [doc["metadata"] for doc in clusters.filtered_metadata(call, call.read(Metadata))]}


def meta(call: Call) -> list[Body]:
    """All clusters as a bare array."""
    return [views.meta(doc) for doc in clusters.everything(call)]


def overview(call: Call) -> Body:
    """State, health and what waits, of one cluster."""
    return views.overview(call, documents.cluster_of(call, call.path["uid"]))


def repaves(call: Call) -> Body:
    """Clusters by the state of their repave; default: those where one waits."""
    state = call.query.get("repaveState") or "Pending"
    items = [doc for doc in clusters.everything(call) if doc["repave"] and doc["repave"]["state"] == state]
    found = paging.page(call, items)
    return {**found, "items": [views.summary(call, doc) for doc in found["items"]]}


_BOARD = "/v1/dashboard/spectroclusters"
ROUTES: tuple[RouteRow, ...] = (
    ("POST", f"{_BOARD}/search", search, 200),
    ("GET", f"{_BOARD}/search/schema", schema, 200),
    ("GET", f"{_BOARD}/search/input", search_input, 200),
    ("POST", f"{_BOARD}/metadata/search", metadata_search, 200),
    ("GET", f"{_BOARD}/metadata/search/schema", schema, 200),
    ("GET", f"{_BOARD}/metadata", metadata, 200),
    ("POST", f"{_BOARD}/metadata", metadata, 200),
    ("GET", f"{_BOARD}/meta", meta, 200),
    ("GET", f"{_BOARD}/repaveStatus", repaves, 200),
    ("GET", f"{_BOARD}/{{uid}}", overview, 200),
    ("GET", f"{_BOARD}/{{uid}}/overview", overview, 200),
)
