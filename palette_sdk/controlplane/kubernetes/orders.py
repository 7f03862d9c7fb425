"""What a keeper is told to keep, and whom it tells what it found: the seam between real clusters and the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from palette_sdk.controlplane.kubernetes.access import Access
from palette_sdk.kube import KubeObject

Doc = dict[str, Any]


@dataclass(frozen=True)
class LayerOrder:
    """One layer that is to be on the cluster.

    Args:
        key: names the layer within its cluster.
        name: its name.
        version: of its pack or chart; empty for manifests.
        is_chart: whether it leaves a Helm release, as packs and charts do.
        namespace: for objects that name none, and for its release.
        digest: names its content.
        objects: what it names; empty where it is held.
        is_held: what was applied last is to be kept, whatever it was; nothing new is due.
    """

    key: str
    name: str
    version: str
    is_chart: bool
    namespace: str
    digest: str
    objects: Sequence[KubeObject] = field(default=(), repr=False)
    is_held: bool = False


@dataclass(frozen=True)
class NodeOrder:
    """A machine that is to be a node.

    Args:
        name: of the node.
        address: its own.
        pool: name of its pool.
        is_control_plane: whether it belongs to the control plane.
        takes_workloads: whether pods may run on it that don't ask for a control plane.
        kubernetes_version: as the profile has it.
    """

    name: str
    address: str
    pool: str
    is_control_plane: bool
    takes_workloads: bool
    kubernetes_version: str


@dataclass(frozen=True)
class Place:
    """Where a cluster stands, for the addresses of its load balancers."""

    cloud: str
    region: str
    uid: str


@dataclass(frozen=True)
class Orders:
    """All that one cluster is to be."""

    place: Place
    layers: Sequence[LayerOrder]
    nodes: Sequence[NodeOrder]


@dataclass(frozen=True)
class Applied:
    """A layer as it was applied last.

    Args:
        order: the layer, with all its objects as they were sent.
        revision: how often its content was applied.
        since: when it was applied first; RFC 3339.
    """

    order: LayerOrder
    revision: int
    since: str


@dataclass(frozen=True)
class Observed:
    """What runs, in the shapes of the API.

    Args:
        lists: by key of the workload answers: `deployments`, `pods`, ...
        objects: what stands on its own, condensed.
        services: load balancers with their addresses.
    """

    lists: Mapping[str, list[Doc]]
    objects: Sequence[Doc]
    services: Sequence[Doc]


class Desk(Protocol):
    """Where orders come from and findings go. Each call is one transaction."""

    def clusters(self) -> list[str]:
        """Uids of the clusters that are to have a control plane now, the oldest first; brings what is due."""

    def tokens(self, uid: str) -> dict[str, str]:
        """The tokens of a cluster, by user."""

    def orders(self, uid: str) -> Orders | None:
        """What the cluster is to be; None once it is gone."""

    def applied(self, uid: str) -> dict[str, Applied]:
        """What was applied so far, by the layers' keys."""

    def reached(self, uid: str, access: Access) -> None:
        """Its API server answers."""

    def held_up(self, uid: str, reason: str, message: str) -> None:
        """It can't have a control plane now."""

    def keep(self, uid: str, applied: Mapping[str, Applied]) -> None:
        """These layers are applied, with what they hold."""

    def ready(self, uid: str, key: str, digest: str) -> None:
        """The layer's objects are there, and run as far as can be waited for."""

    def refused(self, uid: str, key: str, digest: str, message: str) -> None:
        """The API server refuses what the layer names in this content."""

    def observed(self, uid: str, found: Observed) -> None:
        """What runs on it."""
