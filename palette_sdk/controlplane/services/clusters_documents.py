"""Where a cluster is kept: three documents of one uid, so that lists and the simulation never read content.

`CLUSTER` is small (metadata, state, pools, layers, steps ahead) and carries `due`; `CONTENT` holds its copies of the
profiles, in order, and of each only what is its own (values of variables, overrides): the rest stands in `SHARED`, once
for all clusters that copied the same. `OBJECTS` holds what runs on it. Values, manifests and credentials stand in the
last three only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import CLUSTER_IS_DELETING
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.services.clusters_cards import card_of, facets_of
from palette_sdk.controlplane.services.clusters_content import OWN, key_of
from palette_sdk.controlplane.simulation.steps import next_due
from palette_sdk.controlplane.store import Tx

CONTENT = "spectrocluster-content"
OBJECTS = "spectrocluster-objects"
SHARED = "spectrocluster-shared-content"

Doc = dict[str, Any]


def cluster_of(work: Work, uid: str) -> Doc:
    """The cluster with this uid, in the scope of the call.

    Raises:
        Refusal: 404.
    """
    return scoping.visible(work, kinds.CLUSTER, uid, "cluster").body


def changeable(work: Work, uid: str) -> Doc:
    """As `cluster_of`, for a change.

    Raises:
        Refusal: 404, or 409 while it is deleted.
    """
    doc = cluster_of(work, uid)
    if doc["state"] == "Deleting":
        raise CLUSTER_IS_DELETING.refusal(f"cluster {doc['metadata']['name']!r} is being deleted; nothing was changed")
    return doc


def save(tx: Tx, doc: Doc) -> None:
    """Keep a cluster that exists, its card, and when its next step is due."""
    uid = doc["metadata"]["uid"]
    tx.put(kinds.CLUSTER, uid, doc, name=doc["metadata"]["name"], due=next_due(doc))
    card = card_of(doc)
    tx.cards.put(kinds.CLUSTER, uid, card, scope=doc["project"], facets=facets_of(card))


def fill_in_cards(tx: Tx) -> None:
    """Give clusters that come from an older database their cards."""
    for row in tx.many(kinds.CLUSTER, tx.cards.missing(kinds.CLUSTER)):
        save(tx, row.body)


def copies_of(tx: Tx, uid: str) -> list[Doc]:
    """The cluster's copies of its profiles, in the order in which they were attached. Their packs are not to be changed."""
    body = tx.get(CONTENT, uid)
    return [] if body is None else [_whole(tx, each) for each in body["copies"]]


def held_copies_of(tx: Tx, uid: str) -> list[Doc]:
    """The copies that the nodes run while a repave waits for approval; [] when none waits."""
    body = tx.get(CONTENT, uid)
    return [] if body is None else [_whole(tx, each) for each in body.get("held") or []]


def save_copies(tx: Tx, uid: str, copies: list[Doc], held: list[Doc] | None = None) -> None:
    """Keep the copies, and those that run until a repave is approved."""
    body = {"copies": [_own(tx, each) for each in copies], "held": [_own(tx, each) for each in held or []]}
    tx.put(CONTENT, uid, body, parent=uid)
    wanted, had = (
        {each["base"] for part in body.values() for each in part},
        set(tx.linked(kinds.CLUSTER_CONTENT, source=uid)),
    )
    for key in wanted - had:
        tx.link(kinds.CLUSTER_CONTENT, uid, key)
    _drop(tx, uid, had - wanted)


def _whole(tx: Tx, own: Doc) -> Doc:
    """A copy, of what is the cluster's own in it; older databases hold it whole."""
    base = tx.shared(SHARED, own["base"]) if "base" in own else None
    return own if base is None else {**base, **own}


def _own(tx: Tx, copy: Doc) -> Doc:
    """What is the cluster's own in a copy, once the rest is kept for all clusters that have the same."""
    key = copy.get("base") or key_of(copy)
    if tx.shared(SHARED, key) is None:
        tx.put(SHARED, key, {name: value for name, value in copy.items() if name not in OWN})
    return {"base": key, "values": copy["values"], "overrides": copy["overrides"]}


def _drop(tx: Tx, uid: str, keys: Iterable[str]) -> None:
    for key in keys:
        tx.unlink(kinds.CLUSTER_CONTENT, source=uid, target=key)
        if not tx.is_target(kinds.CLUSTER_CONTENT, key):
            tx.delete(SHARED, key)


def objects_of(tx: Tx, uid: str) -> list[Doc]:
    """What runs on the cluster."""
    body = tx.get(OBJECTS, uid)
    return [] if body is None else list(body["objects"])


def save_objects(tx: Tx, uid: str, objects: list[Doc]) -> None:
    """Keep what runs."""
    tx.put(OBJECTS, uid, {"objects": objects}, parent=uid)


def erase(tx: Tx, doc: Doc) -> None:
    """Remove the cluster and all that belongs to it."""
    uid = doc["metadata"]["uid"]
    for kind in (CONTENT, OBJECTS, kinds.APPLIED, kinds.OBSERVED, kinds.FOLLOWER, kinds.CLUSTER):
        tx.delete(kind, uid)
    tx.delete(kinds.CLOUD_CONFIG, doc["configUid"])
    for kind in (kinds.NOTIFICATION, kinds.EVENT):
        tx.delete_of(kind, uid)
    _drop(tx, uid, tx.linked(kinds.CLUSTER_CONTENT, source=uid))
    for link in (
        kinds.CLUSTER_PROFILE,
        kinds.CLUSTER_ACCOUNT,
        kinds.CLUSTER_EDGE_HOST,
        kinds.CLUSTER_BACKUP_LOCATION,
        kinds.CLUSTER_TEMPLATE,
    ):
        tx.unlink(link, source=uid)
