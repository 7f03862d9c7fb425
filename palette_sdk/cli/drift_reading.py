"""The drift of a fleet: its clusters are read, a few at a time, and held against what they should run.

Two calls a cluster, one more where an update waits, one for each layer that differs. A version or a template is read once,
however many clusters have it. Writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from palette_sdk.cli import cluster_layers, fleet_status, stack_state, updating
from palette_sdk.cli.cluster_layers import LiveCluster, Version
from palette_sdk.cli.drift import Drift, Follows, against_program, behind, behind_in_values, content_drift, differing
from palette_sdk.cli.fleet_status import Versioned
from palette_sdk.cli.stack_state import StackFacts
from palette_sdk.client import Palette
from palette_sdk.client.cache import ReadCache
from palette_sdk.errors import NotFoundError, PaletteError
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.tags import parse_tags, to_labels
from palette_sdk.wire.cluster_state import ClusterSummary
from palette_sdk.wire.templates import ClusterTemplate, VariableAssignments

AT_ONCE = 8
"""Clusters that are read at the same time; the client keeps to the service's rate."""


@dataclass(frozen=True)
class FleetDrift:
    """The drift of the clusters that were looked at.

    Args:
        clusters: how many were looked at.
        rows: what was found, by cluster.
        told: which program's overrides are known, for people.
    """

    clusters: int
    rows: tuple[Drift, ...]
    told: str


def drift_of(
    client: Palette, *, names: Sequence[str] = (), template: str = "", tags: Sequence[str] = (), stack: str = ""
) -> FleetDrift:
    """Look at all clusters, or at some.

    Args:
        client: the service.
        names: only these clusters.
        template: only clusters that follow this one.
        tags: only clusters with all of these.
        stack: a stack that may manage them; default: the selected one, where one stands in its folder.

    Raises:
        PaletteError: there is no such cluster or template, or something can't be read.
    """
    state, told = updating.state_of(stack)
    chosen = _chosen(client, names, template, tags)
    reader = _Reader(client, state)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(reader.drift, chosen))
    said = told if state is None else f"what {told} declares is no drift"
    return FleetDrift(len(chosen), tuple(row for rows in found for row in rows), said)


def _chosen(client: Palette, names: Sequence[str], template: str, tags: Sequence[str]) -> list[ClusterSummary]:
    wanted = to_labels(parse_tags(tags, path="--tag"))
    found = client.clusters.tagged(wanted) if wanted else client.clusters.all()
    if template:
        members = fleet_status.template_named(client, template).spec.clusters
        found = [each for each in found if each.metadata.uid in members]
    known = {each.metadata.name: each for each in found}
    for name in names:
        if name not in known:
            raise PaletteError(f'there is no cluster "{name}" in project {client.project}; {did_you_mean(name, known)}')
    return [known[name] for name in sorted(known) if not names or name in names]


class _Reader:
    """Reads clusters and what they should run; what several share is read once. Its methods may run at the same time."""

    def __init__(self, client: Palette, state: dict[str, Any] | None) -> None:
        self._client, self._state = client, state
        self._hidden = stack_state.secret_layers(state) if state is not None else frozenset()
        self._kept = ReadCache(math.inf, lambda: 0.0)

    def drift(self, summary: ClusterSummary) -> list[Drift]:
        """The drift of one cluster; none when it is gone meanwhile."""
        has_update = summary.status.notifications.is_available
        cluster = cluster_layers.live_cluster(self._client, summary.metadata.uid, has_update=has_update)
        if cluster is None:
            return []
        facts = stack_state.from_state(self._state, cluster.uid) if self._state is not None else None
        rows: list[Drift] = []
        start = Drift(cluster.name, "unknown change", "", "")
        if cluster.template:
            template = self._kept.get(
                "template", cluster.template, lambda: self._client.templates.get(cluster.template)
            )
            start = Drift(cluster.name, "unknown change", template.metadata.name if template else cluster.template, "")
            # One that is out of sight of this project can't be compared; what the profiles say still can.
            unseen = [replace(start, kind="not judged")]
            rows += self._behind(start, cluster, template) if template else unseen
        elif facts is not None:
            rows += against_program(start, cluster, facts.versions)
        for running in cluster.profiles:
            rows += self._content(start, cluster, running, facts)
        return rows

    def _content(self, start: Drift, cluster: LiveCluster, running: Version, facts: StackFacts | None) -> list[Drift]:
        is_pending = running.uid in cluster.pending
        at = Drift(start.cluster, "pending update" if is_pending else start.kind, start.template, running.name)
        try:
            published = self._version(running.uid)
        except NotFoundError:
            return [Drift(start.cluster, "unknown change", start.template, running.name, path="version",
                          profile_value="", cluster_value=running.version)]  # fmt: skip
        layers = [name for name in differing(running, published, facts) if name in running.layers]
        overrides = cluster_layers.overridden(self._client, cluster, running, layers)
        return content_drift(
            at,
            running,
            published,
            overrides=overrides,
            is_pending=is_pending,
            facts=facts,
            hidden=self._hidden,
        )

    def _behind(self, start: Drift, cluster: LiveCluster, template: ClusterTemplate) -> list[Drift]:
        group = fleet_status.group_of(template.status.cluster_status_counts.clusters, cluster.uid)
        linked = tuple(self._versions().get(each.uid, Versioned("", "", each.uid)) for each in template.spec.profiles)
        rows = behind(start, cluster, Follows(template.metadata.name, linked, group != "Applied"))
        if rows or group == "Applied":
            return rows
        rows = behind_in_values(start, cluster.uid, {each.name: self._table(template, each.uid) for each in linked})
        return rows or self._waiting(start, cluster, template)

    def _waiting(self, start: Drift, cluster: LiveCluster, template: ClusterTemplate) -> list[Drift]:
        """Secret values can't be compared: whether one waits is what the cluster's record says."""
        record = self._client.templates.reconcile(template.metadata.uid, cluster.uid)
        if record is None or record.status.state != "Pending":
            return []
        return [Drift(start.cluster, "behind its template", start.template, "")]

    def _versions(self) -> dict[str, Versioned]:
        return self._kept.get("versions", "", lambda: fleet_status.versions_of(self._client))

    def _table(self, template: ClusterTemplate, profile_uid: str) -> list[VariableAssignments]:
        uid = template.metadata.uid
        return self._kept.get("table", (uid, profile_uid), lambda: self._client.templates.variables(uid, profile_uid))

    def _version(self, uid: str) -> Version:
        return self._kept.get("version", uid, lambda: cluster_layers.published(self._client, uid))
