"""Searching clusters: what can be asked of one, by its card, and pages whose cost doesn't grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.bodies_clusters import Metadata
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.filtering import fits_text, tags_of
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services import search
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS
from palette_sdk.controlplane.services.search import Property

Doc = dict[str, Any]

STATES = ("Pending", "Provisioning", "Running", "Deleting", "Error")
HEALTH = ("Healthy", "UnHealthy", "Unknown")

PROPERTIES: Mapping[str, Property] = {
    each.name: each
    for each in (
        Property("clusterName", "string", "Name", lambda card: [card["metadata"]["name"]], facet="clusterName"),
        Property("name", "string", "Name", lambda card: [card["metadata"]["name"]], facet="clusterName"),
        Property("uid", "string", "Uid", lambda card: [card["metadata"]["uid"]]),
        Property("tags", "string", "Tags", lambda card: tags_of(card["metadata"].get("labels", {})), facet="tags"),
        Property(
            "environment",
            "string",
            "Environment",
            lambda card: [card["cloud"]],
            enum=tuple(CLOUDS),
            facet="environment",
        ),
        Property("cloudType", "string", "Cloud", lambda card: [card["cloud"]], enum=tuple(CLOUDS), facet="environment"),
        Property("clusterState", "string", "State", lambda card: [card["state"]], enum=STATES, facet="clusterState"),
        Property("healthState", "string", "Health", lambda card: [card["health"]], enum=HEALTH, facet="healthState"),
        Property(
            "profileUid", "string", "Profile uid", lambda card: [uid for uid, _ in card["profiles"]], facet="profileUid"
        ),
        Property(
            "profileName", "string", "Profile", lambda card: [name for _, name in card["profiles"]], facet="profileName"
        ),
        Property(
            "clusterTemplateUid",
            "string",
            "Cluster template",
            lambda card: [card["template"]],
            facet="clusterTemplateUid",
        ),
        Property(
            "cloudAccountUid", "string", "Cloud account", lambda card: [card["accountUid"]], facet="cloudAccountUid"
        ),
        Property("projectUid", "string", "Project", lambda card: [card["project"]]),
        Property("region", "string", "Region", lambda card: [card["region"]]),
        Property("kubernetesVersion", "string", "Kubernetes", lambda card: [card["kubernetesVersion"]]),
        Property("repaveState", "string", "Repave", lambda card: [card["repave"]], facet="repaveState"),
        Property("isUpdatePending", "bool", "Update pending", lambda card: [card["isPending"]]),
        Property("nodeCount", "int", "Machines", lambda card: [card["nodeCount"]]),
        Property("creationTimestamp", "date", "Created", lambda card: [card["metadata"]["creationTimestamp"]]),
        Property("lastModifiedTimestamp", "date", "Changed", lambda card: [card["metadata"]["lastModifiedTimestamp"]]),
        Property("isDeleted", "bool", "Deleted", lambda _: [False], constant=False),
        Property("isVirtual", "bool", "Virtual", lambda _: [False], constant=False),
    )
}

_SORT: Mapping[str, Callable[[Doc], str]] = {
    "environment": lambda card: card["cloud"],
    "clusterName": lambda card: card["metadata"]["name"],
    "clusterState": lambda card: card["state"],
    "healthState": lambda card: card["health"],
    "creationTimestamp": lambda card: card["metadata"]["creationTimestamp"],
    "lastModifiedTimestamp": lambda card: card["metadata"]["lastModifiedTimestamp"],
}
_SORTED_BY_INDEX = ("environment", "clusterName", "clusterState", "healthState")


class Found(NamedTuple):
    """A part of the clusters that fit, by their uids, and how many there are in all."""

    uids: list[str]
    total: int


def find(work: Work, body: Mapping[str, Any], *, limit: int | None, offset: int) -> Found:
    """The clusters of the call's project that fit a search body, in order of creation unless it asks for another.

    Conditions for exact values are answered by indexes; only what else is asked looks at cards.

    Raises:
        Refusal: 400, the search can't be read.
    """
    asked = search.compile_filter(body, PROPERTIES)
    wanted = [each for each in body.get("sort") or [] if each.get("field")]
    if asked.rest is False:
        return Found([], 0)
    tx, scope, having = work.tx, work.project, asked.exact
    order = str(wanted[0]["field"]) if wanted else "seq"
    if asked.rest is True and (not wanted or (len(wanted) == 1 and order in _SORTED_BY_INDEX)):
        falling = bool(wanted) and wanted[0].get("order") == "desc"
        found = tx.cards.page(kinds.CLUSTER, scope, having, order=order, falling=falling, limit=limit, offset=offset)
        return Found(found, tx.cards.count(kinds.CLUSTER, scope, having))
    test = asked.rest
    cards = [card for _, card in tx.cards.all(kinds.CLUSTER, scope, having)]
    items = cards if isinstance(test, bool) else [card for card in cards if test(card)]
    search.sort(items, wanted, _SORT)
    page = items[offset : None if limit is None else offset + limit]
    return Found([card["metadata"]["uid"] for card in page], len(items))


def whole(work: Work, uids: Sequence[str]) -> list[Doc]:
    """These clusters, as stored."""
    return [row.body for row in work.tx.many(kinds.CLUSTER, uids)]


def cards(work: Work, uids: Sequence[str]) -> list[Doc]:
    """The cards of these clusters."""
    return work.tx.cards.many(kinds.CLUSTER, uids)


def all_cards(work: Work) -> list[Doc]:
    """The cards of all clusters of the call's project, in order of creation."""
    return [card for _, card in work.tx.cards.all(kinds.CLUSTER, work.project)]


def filtered_metadata(work: Work, given: Metadata) -> list[Doc]:
    """The clusters for the older metadata list, with its own small filter."""
    wanted = given.filter
    items = [
        card
        for card in all_cards(work)
        if fits_text(wanted.name, card["metadata"]["name"])
        and wanted.environment in ("", card["cloud"])
        and wanted.state in ("", card["state"])
    ]
    keys: Mapping[str, Callable[[Doc], str]] = {
        "environment": _SORT["environment"], "state": _SORT["clusterState"], "name": _SORT["clusterName"],
    }  # fmt: skip
    if given.sort in keys:
        items.sort(key=keys[given.sort])
    return items


def inputs(work: Work) -> Doc:
    """Values to choose from in a search, as `GET .../search/input` gives them."""
    clusters = all_cards(work)
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
