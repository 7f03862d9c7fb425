"""Orphans as they are told. Imports nothing, so that a program may name them at no cost."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Orphan:
    """An object on a cluster that Palette made and that no layer names any more."""

    kind: str
    """Such as `Deployment`."""
    name: str
    """The object's name."""
    namespace: str
    """Its namespace; empty where the kind has none."""
    api_version: str
    """Such as `apps/v1`."""
    manager: str
    """The field manager that made it."""
    layer: str
    """The layer that named it; empty where that isn't known, as it is for manifests."""
    since: str
    """When it was made; RFC 3339, UTC."""
    changed: str
    """When its maker last changed it; empty where that isn't known."""
    replicas: int | None
    """How many copies it wants; None for kinds without copies."""
    managed_by: tuple[str, ...] = ()
    """Who else manages it, field managers or autoscalers; such an object is never touched."""
    scaled_here: bool = False
    """Whether it is at 0 because `palette orphans` or a `ScaleToZero` scaled it."""
    uid: str = field(default="", repr=False)
    """Kubernetes' identifier."""

    @property
    def label(self) -> str:
        """`Kind/namespace/name`, or `Kind/name` where the kind has no namespaces."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)

    @property
    def can_scale(self) -> bool:
        """Whether it has copies and nobody else manages it, so that it may be scaled to 0."""
        return self.replicas is not None and not self.managed_by


@dataclass(frozen=True)
class Leftovers:
    """What was found on a cluster.

    Args:
        orphans: by namespace, kind and name.
        notes: what can't be told, and why, a sentence each.
        undecided: what no layer is known to name, and that may still be named.
        asleep: what was scaled to 0 from here and is named by a layer again; it stays at 0 until somebody scales it up.
        unread: kinds that may not be listed, as they stand in paths.
    """

    orphans: tuple[Orphan, ...]
    notes: tuple[str, ...] = ()
    undecided: tuple[Orphan, ...] = ()
    asleep: tuple[Orphan, ...] = ()
    unread: tuple[str, ...] = ()
