"""Keeps one cluster: brings its API server in line with its orders, plays its nodes, and tells what runs.

A pass does everything once; the fleet has one made each second. A pass can end at any point and the next goes on: what is done
is known from the API server and from the desk, not from here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from palette_sdk.controlplane.kubernetes import applying, nodes, observed
from palette_sdk.controlplane.kubernetes.access import PALETTE
from palette_sdk.controlplane.kubernetes.applying import Ref
from palette_sdk.controlplane.kubernetes.orders import Applied, Desk, LayerOrder, NodeOrder, Orders
from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeApi, KubeObject, Resource

_log = logging.getLogger(__name__)

NAMESPACES = "palette-namespaces"
"""Field manager of namespaces that no layer names, but uses."""
_PATIENCE_PASSES = 20
"""So many passes may a layer's workloads take to run, or a kind that it brings to be known."""
_RARE = 5
"""Kinds that are not listed anyway are read, one by one, each so many passes only."""
_REFUSED_PASSES = 3
"""So many passes in a row may a layer be refused before it is told: namespaces and kinds take a moment to be there."""


class Keeper:
    """One cluster's keeper.

    Args:
        uid: the cluster.
        api: its API server, as Palette.
        desk: gives orders and takes findings.
        now: the moment as Kubernetes writes it: RFC 3339, UTC, seconds.
    """

    def __init__(self, uid: str, api: KubeApi, desk: Desk, now: Callable[[], str]) -> None:
        self._uid, self._api, self._desk, self._now = uid, api, desk, now
        self._applied: dict[str, Applied] = {}
        self._versions: dict[Ref, str] = {}
        self._waits: dict[tuple[str, str], int] = {}
        self._refusals: dict[tuple[str, str], int] = {}
        self._ready: set[tuple[str, str]] = set()
        self._told: object = None
        self._has_sent = False
        self._passes = 0

    def one_pass(self) -> bool:
        """Do everything once; false when the cluster is gone.

        Raises:
            KubernetesError: the API server doesn't answer.
        """
        orders = self._desk.orders(self._uid)
        if orders is None:
            return False
        self._applied = self._desk.applied(self._uid)
        self._passes += 1
        self._keep_nodes(orders.nodes)
        live = self._look()
        self._has_sent = False
        self._keep_layers(orders, live)
        if self._has_sent:
            live = self._look()
        self._play(live, orders)
        found = observed.observed(live)
        if found != self._told:
            self._desk.observed(self._uid, found)
            self._told = found
        return True

    def _look(self) -> dict[str, list[KubeObject]]:
        return {kind: self._api.list(self._api.resource(version, kind)) for version, kind in observed.KINDS}

    # ---- layers --------------------------------------------------------------------------------------------------

    def _keep_layers(self, orders: Orders, live: observed.Live) -> None:
        self._forget(orders)
        for order in orders.layers:
            before = self._applied.get(order.key)
            if before is not None and (order.is_held or before.order.digest == order.digest):
                self._hold(before, live)
                self._tell_when_ready(before, live)
            elif not order.is_held:
                self._bring(order, before, live)

    def _forget(self, orders: Orders) -> None:
        """Layers that left the cluster: what they made stays, and nobody keeps it any more."""
        keys, names = {each.key for each in orders.layers}, {each.name for each in orders.layers}
        gone = [each for key, each in self._applied.items() if key not in keys]
        for each in gone:
            # A layer of another profile that has the same name stays: its record may be the one that was written over.
            alike = [kept for key, kept in self._applied.items() if key in keys and kept.order.name == each.order.name]
            if each.order.is_chart and (alike or each.order.name not in names):
                self._remove_record(each)
            for kept in alike:
                self._record(kept, None)
        self._applied = {key: each for key, each in self._applied.items() if key in keys}
        renamed = {each.order.name: each for each in gone}
        for order in orders.layers:
            # The next version of a profile is another object with another uid: its layers go on under other keys.
            if order.key not in self._applied and order.name in renamed:
                former = renamed[order.name]
                self._applied[order.key] = replace(former, order=replace(former.order, key=order.key))
        if gone:
            self._desk.keep(self._uid, self._applied)

    def _bring(self, order: LayerOrder, before: Applied | None, live: observed.Live) -> None:
        """Apply new content."""
        state = (order.key, order.digest)
        if wrong := applying.unfit(order.objects):
            self._desk.refused(self._uid, *state, wrong)
            return
        try:
            self._make_namespaces(order, live)
            for each in applying.prepared(order):
                self._apply(each, order, live)
            fresh = applying.after(order, before, self._now())
            self._record(fresh, before)
        except KubernetesError as error:
            if not error.status:
                raise
            self._refusals[state] = count = self._refusals.get(state, 0) + 1
            patience = _PATIENCE_PASSES if error.reason == "NoKind" else _REFUSED_PASSES
            if count >= patience:
                self._desk.refused(self._uid, *state, error.message)
            return
        self._refusals.pop(state, None)
        # Content that was ready before may come back: it has to run again before it is told.
        self._ready = {each for each in self._ready if each[0] != order.key}
        self._applied[order.key] = fresh
        self._desk.keep(self._uid, self._applied)

    def _apply(self, each: KubeObject, order: LayerOrder, live: observed.Live) -> None:
        ref = applying.ref_of(each, order.namespace)
        try:
            wanted = applying.wanted_of(each, self._live(ref, live))
            done = self._api.apply(wanted, manager=PALETTE, namespace=order.namespace)
        except KubernetesError as error:
            if error.status:
                # The server repeats values that it refuses.
                told = f"refused as {error.reason or error.status}" if ref.kind == "Secret" else error.message
                raise KubernetesError(
                    f"{ref}: {told}", server=error.server, status=error.status, reason=error.reason
                ) from None
            raise
        self._versions[ref] = done["metadata"]["resourceVersion"]
        self._has_sent = True

    def _make_namespaces(self, order: LayerOrder, live: observed.Live) -> bool:
        """Make the namespaces that a layer uses and doesn't name; whether one was missing."""
        there = {each["metadata"]["name"] for each in live["Namespace"]}
        missing = [name for name in applying.missing_namespaces(order.objects, order) if name not in there]
        for name in missing:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self._api.apply(namespace, manager=NAMESPACES)
        return bool(missing)

    def _hold(self, applied: Applied, live: observed.Live) -> None:
        """Put back what is gone or was changed."""
        about, is_less = f"layer {applied.order.name}", False
        with self._another_time(about):
            is_less = self._make_namespaces(applied.order, live)
        for each in applying.prepared(applied.order):
            ref = applying.ref_of(each, applied.order.namespace)
            if not _is_listed(ref) and ref in self._versions and self._passes % _RARE:
                continue
            with self._another_time(about):
                found = self._live(ref, live)
                if found is not None and self._is_settled(ref, found):
                    continue
                is_less = is_less or found is None
                self._apply(each, applied.order, live)
        with self._another_time(about):
            if is_less or (self._passes % _RARE == 0 and self._lacks_record(applied)):
                # Who removed a namespace has removed the record that lay in it, too.
                self._record(applied, applied)

    @contextmanager
    def _another_time(self, about: str) -> Iterator[None]:
        """What the server refuses now, such as in a namespace that is being deleted, the next pass tries again."""
        try:
            yield
        except KubernetesError as error:
            if not 400 <= error.status < 500:
                raise
            _log.info("cluster %s, %s: %s", self._uid, about, error.message)

    def _is_settled(self, ref: Ref, found: KubeObject) -> bool:
        metadata = found["metadata"]
        return bool(metadata.get("deletionTimestamp")) or metadata.get("resourceVersion") == self._versions.get(ref)

    def _tell_when_ready(self, applied: Applied, live: observed.Live) -> None:
        state = (applied.order.key, applied.order.digest)
        if state in self._ready:
            return
        self._waits[state] = waited = self._waits.get(state, 0) + 1
        refs = [applying.ref_of(each, applied.order.namespace) for each in applied.order.objects]
        workloads = [self._known(ref, live) for ref in refs]
        if waited > _PATIENCE_PASSES or all(each is None or applying.runs(each) for each in workloads):
            self._desk.ready(self._uid, *state)
            self._ready.add(state)
            self._waits.pop(state)

    def _record(self, fresh: Applied, before: Applied | None) -> None:
        record = applying.release_record(fresh, self._now())
        if record is None:
            return
        self._api.apply(record, manager="helm", namespace=fresh.order.namespace)
        if before is not None and (before.revision, before.order.namespace) != (fresh.revision, fresh.order.namespace):
            self._remove_record(before)

    def _lacks_record(self, applied: Applied) -> bool:
        name = applying.release_name(applied.order.name, applied.revision)
        secrets = self._api.resource("v1", "Secret")
        return applied.order.is_chart and self._api.get(secrets, name, applied.order.namespace) is None

    def _remove_record(self, applied: Applied) -> None:
        name = applying.release_name(applied.order.name, applied.revision)
        self._api.delete(self._api.resource("v1", "Secret"), name, applied.order.namespace)

    # ---- nodes, pods, addresses ----------------------------------------------------------------------------------

    def _keep_nodes(self, wanted: Sequence[NodeOrder]) -> None:
        kind = self._api.resource("v1", "Node")
        there = {each["metadata"]["name"]: each for each in self._api.list(kind)}
        for order in wanted:
            live = there.pop(order.name, None)
            with self._another_time(f"node {order.name}"):
                if live is None:
                    self._api.apply(nodes.node(order), manager=PALETTE)
                if live is None or not nodes.is_same_node(live, order):
                    self._set_status(kind, order)
        for name in there:
            self._api.delete(kind, name)

    def _set_status(self, kind: Resource, order: NodeOrder) -> None:
        self._api.patch(
            kind, order.name, body=nodes.node_status(order, self._now()), subresource="status", type="strategic"
        )

    def _play(self, live: observed.Live, orders: Orders) -> None:
        pods = self._api.resource("v1", "Pod")
        for pod in live["Pod"]:
            name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
            with self._another_time(f"pod {namespace}/{name}"):
                if pod["metadata"].get("deletionTimestamp"):
                    self._api.delete(pods, name, namespace, grace_s=0)
                elif change := nodes.pod_status(pod, self._now()):
                    self._patch_status(pods, pod, change)
        for service in live["Service"]:
            with self._another_time(f"service {service['metadata']['name']}"):
                if change := nodes.service_status(service, orders.place):
                    self._patch_status(self._api.resource("v1", "Service"), service, change)
        for claim in live["PersistentVolumeClaim"]:
            with self._another_time(f"claim {claim['metadata']['name']}"):
                if volume := nodes.volume_for(claim):
                    self._api.create(self._api.resource("v1", "PersistentVolume"), volume)

    def _patch_status(self, kind: Resource, found: KubeObject, change: Mapping[str, Any]) -> None:
        metadata = found["metadata"]
        patched = self._api.patch(kind, metadata["name"], metadata["namespace"], body=change, subresource="status")
        if patched is not None:
            found.clear()
            found.update({"apiVersion": kind.api_version, "kind": kind.kind, **patched})

    # ---- reading -------------------------------------------------------------------------------------------------

    def _live(self, ref: Ref, live: observed.Live) -> KubeObject | None:
        """The object as it is, read from the server where it was not listed."""
        if _is_listed(ref):
            return self._known(ref, live)
        resource = self._api.resource(ref.api_version, ref.kind)
        return self._api.get(resource, ref.name, ref.namespace if resource.is_namespaced else "")

    @staticmethod
    def _known(ref: Ref, live: observed.Live) -> KubeObject | None:
        for each in live.get(ref.kind, []):
            metadata = each["metadata"]
            is_same = each["apiVersion"] == ref.api_version and metadata["name"] == ref.name
            if is_same and metadata.get("namespace", "") in ("", ref.namespace):
                return each
        return None


def _is_listed(ref: Ref) -> bool:
    """Whether each pass lists all objects of its kind."""
    return (ref.api_version, ref.kind) in observed.KINDS
