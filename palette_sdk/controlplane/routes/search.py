"""Lists of clusters: search, metadata, overview, repaves that wait."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds, paging
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
    items = [views.summary(call, doc) for doc in clusters.whole(call, found.uids)]
    return {"items": items, "listmeta": page.meta(found.total)}


def metadata_search(call: Call) -> Body:
    """The same in light rows."""
    page = paging.wanted(call)
    found = clusters.find(call, call.shaped(Search), limit=page.limit, offset=page.offset)
    items = [views.light(call, card) for card in clusters.cards(call, found.uids)]
    return {"items": items, "listmeta": page.meta(found.total)}


def schema(_: Call) -> Body:
    """What can be asked."""
    return grammar.schema(clusters.PROPERTIES)


def search_input(call: Call) -> Body:
    """Values to choose from."""
    return clusters.inputs(call)


def metadata(call: Call) -> Body:
    """All clusters' metadata."""
    return {"items": [card["metadata"] for card in clusters.filtered_metadata(call, call.read(Metadata))]}


def meta(call: Call) -> list[Body]:
    """All clusters as a bare array."""
    return [views.meta(card) for card in clusters.all_cards(call)]


def overview(call: Call) -> Body:
    """State, health and what waits, of one cluster."""
    return views.overview(call, documents.cluster_of(call, call.path["uid"]))


def repaves(call: Call) -> Body:
    """Clusters by the state of their repave; default: those where one waits."""
    page, having = paging.wanted(call), [("repaveState", call.query.get("repaveState") or "Pending")]
    uids = call.tx.cards.page(kinds.CLUSTER, call.project, having, limit=page.limit, offset=page.offset)
    items = [views.summary(call, doc) for doc in clusters.whole(call, uids)]
    return {"items": items, "listmeta": page.meta(call.tx.cards.count(kinds.CLUSTER, call.project, having))}


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
