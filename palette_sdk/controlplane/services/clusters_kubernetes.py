"""Real control planes behind clusters, seen from the store: what each is to be, and what was found on it.

A cluster that has one carries `kubernetes` in its document: `server` and `authority` once its API server answers, and
`ready`, the digests of layers that are there. What was applied and what runs stand in documents of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.clock import Clock, stamp
from palette_sdk.controlplane.kubernetes.access import CONTROLLERS, PALETTE, SCHEDULER, Access
from palette_sdk.controlplane.kubernetes.observed import dated
from palette_sdk.controlplane.kubernetes.orders import (
    Applied,
    LayerOrder,
    NodeOrder,
    Observed,
    Orders,
    Place,
)
from palette_sdk.controlplane.services import clusters_cards as cards
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_lifecycle as lifecycle
from palette_sdk.controlplane.services import workloads
from palette_sdk.controlplane.services.clusters_clouds import region_of
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.controlplane.simulation import layers
from palette_sdk.controlplane.simulation.real import is_real
from palette_sdk.controlplane.simulation.timing import derived_uid
from palette_sdk.controlplane.store import Store, Tx

Doc = dict[str, Any]

USERS = ("admin", "client", "cluster-admin", "token-admin", "frp")
"""Kinds of users that Palette hands a kubeconfig out for."""
APPLY_FAILED = "ApplyFailed"
_HELD_UP = ("NoRoom", "ControlPlaneFailed")
_CHARTS = ("spectro", "helm", "oci")
_THERE = ("Installed", "Ready")


def tokens_of(doc: Doc) -> dict[str, str]:
    """The tokens of a cluster's users, drawn from a uid that no answer shows."""
    return {user: token_of(doc, user) for user in (*USERS, PALETTE, CONTROLLERS, SCHEDULER)}


def token_of(doc: Doc, user: str) -> str:
    """One user's token."""
    return "".join(derived_uid("token", doc["tokenUid"], user, part) for part in ("a", "b"))


def access_of(doc: Doc) -> Access | None:
    """How to reach the cluster's API server; None where it has none, or not yet."""
    facts = doc.get("kubernetes") or {}
    if not facts.get("server"):
        return None
    return Access(facts["server"], facts["authority"], tokens_of(doc))


class StoreDesk:
    """The desk of the keepers.

    Args:
        store: the database.
        clock: the server's clock.
        settle: brings what is due: nobody may be asking while a keeper works.
    """

    def __init__(self, store: Store, clock: Clock, settle: Callable[[Tx, float], None]) -> None:
        self._store, self._clock, self._settle = store, clock, settle

    def clusters(self) -> list[str]:
        """See `Desk`."""
        with self._store.atomic() as tx:
            self._settle(tx, self._clock.now())
            if self._clock.is_save_due():
                self._clock.save(tx)
            rows = tx.rows(kinds.CLUSTER)
            return [row.uid for row in rows if is_real(row.body) and _is_wanted(row.body)]

    def tokens(self, uid: str) -> dict[str, str]:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            return tokens_of(doc) if doc is not None else {}

    def orders(self, uid: str) -> Orders | None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            if doc is None or not _is_wanted(doc):
                return None
            ready = {key: each["order"]["digest"] for key, each in _applied_of(tx, uid).items()}
            copies = documents.copies_of(tx, uid)
            return Orders(
                place=Place(doc["cloud"], region_of(doc), uid),
                layers=[_layer_order(doc, copies, layer, ready) for layer in doc["layers"]],
                nodes=_nodes(doc),
            )

    def applied(self, uid: str) -> dict[str, Applied]:
        """See `Desk`."""
        with self._store.atomic() as tx:
            return {key: _applied(each) for key, each in _applied_of(tx, uid).items()}

    def reached(self, uid: str, access: Access) -> None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            if doc is None or not _is_wanted(doc):
                return
            doc["kubernetes"].update(server=access.server, authority=access.authority)
            if doc["fault"] and doc["fault"]["reason"] in _HELD_UP:
                simulation.mend(doc, self._clock.now())
            documents.save(tx, doc)

    def held_up(self, uid: str, reason: str, message: str) -> None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            if doc is not None and _is_wanted(doc) and (doc["fault"] or {}).get("reason") in (None, APPLY_FAILED):
                lifecycle.break_down(tx, doc, self._clock.now(), reason=reason, message=message)

    def keep(self, uid: str, applied: Mapping[str, Applied]) -> None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            if doc is None:
                return
            # Content that a layer went back to is ready once it is there again, not because it was there before.
            was = doc["kubernetes"].get("ready", {})
            ready = {key: was[key] for key, each in applied.items() if was.get(key) == each.order.digest}
            if ready != was:
                doc["kubernetes"]["ready"] = ready
                documents.save(tx, doc)
            tx.put(kinds.APPLIED, uid, {"layers": {key: asdict(each) for key, each in applied.items()}}, parent=uid)

    def ready(self, uid: str, key: str, digest: str) -> None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            layer = None if doc is None else layers.find(doc, key)
            if doc is None or layer is None or not _is_wanted(doc):
                return
            doc["kubernetes"].setdefault("ready", {})[key] = digest
            fault, is_told = doc["fault"] or {}, digest == layer["wanted"]
            if is_told and (fault.get("reason"), fault.get("layer")) == (APPLY_FAILED, layer["name"]):
                simulation.mend(doc, self._clock.now())
            documents.save(tx, doc)

    def refused(self, uid: str, key: str, digest: str, message: str) -> None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            layer = None if doc is None else layers.find(doc, key)
            if doc is None or layer is None or layer["wanted"] != digest or not _is_wanted(doc):
                return
            fault, told = doc["fault"] or {}, _without_secrets(message, documents.copies_of(tx, uid))
            if (fault.get("layer"), fault.get("message")) == (layer["name"], told):
                return
            now = self._clock.now()
            lifecycle.break_down(tx, doc, now, reason=APPLY_FAILED, message=told, layer=layer["name"])

    def observed(self, uid: str, found: Observed) -> None:
        """See `Desk`."""
        with self._store.atomic() as tx:
            doc = tx.get(kinds.CLUSTER, uid)
            if doc is None:
                return
            before = tx.get(kinds.OBSERVED, uid) or {"lists": {}}
            lists = dated(found.lists, before["lists"], ahead=self._clock.ahead)
            tx.put(kinds.OBSERVED, uid, {"at": stamp(self._clock.now()), "lists": lists}, parent=uid)
            documents.save_objects(tx, uid, list(found.objects))
            services, applied = list(found.services), _applied_of(tx, uid)
            by_layer = [_own(services, applied.get(layers.key_of(layer))) for layer in doc["layers"]]
            if [services, by_layer] != [doc["services"], [layer["services"] for layer in doc["layers"]]]:
                doc["services"] = services
                for layer, own in zip(doc["layers"], by_layer, strict=True):
                    layer["services"] = own
                documents.save(tx, doc)


def _without_secrets(text: str, copies: list[content.Copy]) -> str:
    """The text without values of sensitive variables: a server repeats what it refuses."""
    for copy in copies:
        hidden, values = content.sensitive_names(copy), content.variable_values(copy)
        for value in sorted((values[name] for name in hidden if values.get(name)), key=len, reverse=True):
            # As it is, and as a server quotes it.
            for form in (value, json.dumps(value, ensure_ascii=False)[1:-1]):
                text = text.replace(form, "[secret]")
    return text


def _is_wanted(doc: Doc) -> bool:
    return doc["state"] not in ("", "Pending", "Deleting", "Deleted")


def _layer_order(doc: Doc, copies: list[content.Copy], layer: Doc, ready: Mapping[str, str]) -> LayerOrder:
    key = layers.key_of(layer)
    is_due = layer["condition"] in _THERE or (layer["condition"] == "Error" and layer["reason"] == APPLY_FAILED)
    facts = {
        "key": key,
        "name": layer["name"],
        "version": layer["version"] or layer["tag"],
        "is_chart": layer["type"] in _CHARTS,
    }
    copy = next((each for each in copies if each["uid"] == layer["profileUid"]), None)
    pack = content.find_pack(copy, layer["name"]) if copy is not None else None
    if not is_due or copy is None or pack is None:
        # What runs is kept as it was applied, until the turn of what is wanted comes.
        return LayerOrder(**facts, namespace="", digest=ready.get(key) or layer["running"], is_held=True)
    if ready.get(key) == layer["wanted"]:
        return LayerOrder(**facts, namespace="", digest=layer["wanted"], is_held=True)
    namespace, objects = workloads.manifests_of(copy, pack, doc["metadata"])
    return LayerOrder(**facts, namespace=namespace, digest=layer["wanted"], objects=objects)


def _node_name(name: str) -> str:
    """A machine's name as one of Kubernetes, which knows small letters, digits, dots and dashes only."""
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")


def _nodes(doc: Doc) -> list[NodeOrder]:
    version = cards.kubernetes_version(doc)
    has_workers = any(not pool["pool"]["isControlPlane"] for pool in doc["pools"])
    found = []
    for pool in doc["pools"]:
        shared = pool["pool"]
        is_control_plane = bool(shared["isControlPlane"])
        takes = not is_control_plane or bool(shared.get("useControlPlaneAsWorker")) or not has_workers
        found += [
            NodeOrder(_node_name(machine["name"]), machine["address"], shared["name"], is_control_plane, takes, version)
            for machine in pool["machines"]
            if machine["state"] == "Running"
        ]
    return found


def _applied_of(tx: Tx, uid: str) -> dict[str, Doc]:
    """What was applied; asked in every pass, and written when something is applied."""
    body = tx.shared(kinds.APPLIED, uid)
    return {} if body is None else dict(body["layers"])


def _applied(body: Doc) -> Applied:
    return Applied(LayerOrder(**body["order"]), body["revision"], body["since"])


def _own(services: list[Doc], applied: Doc | None) -> list[Doc]:
    """Those of a layer."""
    objects = applied["order"]["objects"] if applied else []
    names = {each["metadata"]["name"] for each in objects if each.get("kind") == "Service"}
    return [each for each in services if each["name"] in names]


def real_clusters(tx: Tx) -> list[str]:
    """Names of the clusters that have real control planes."""
    return [row.name for row in tx.rows(kinds.CLUSTER) if is_real(row.body)]
