"""Waiting until all clusters of a fleet are gone, by one list an interval; what is stuck is forced where that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from palette_sdk.errors import ConflictError, InterruptedWaitError
from palette_sdk.resources.cluster import waits
from palette_sdk.resources.cluster.membership import FLEET_TAG
from palette_sdk.resources.fleet.asking import ask_all
from palette_sdk.resources.fleet.telling import listed
from palette_sdk.resources.runtime import Hook

if TYPE_CHECKING:
    from palette_sdk.client import Look, Palette
    from palette_sdk.wire.cluster_state import ClusterSummary

GRACE_S = 30.0
"""How long a member may stay in another state than Deleting: its own deletion has been asked for already."""


@dataclass
class _Leaving:
    """What is known of the members that are still there."""

    hook: Hook
    clients: Sequence[Palette]
    name: str
    fleets: frozenset[str]
    force_after_s: float | None
    began: float
    members: dict[str, tuple[Palette, str]] = field(default_factory=dict)
    """Client and name of each member that was seen and isn't known to be gone, by uid."""
    staying: dict[str, str] = field(default_factory=dict)
    """Names of the members that nobody deletes, by uid."""
    forced: set[str] = field(default_factory=set)
    refused_at: float | None = None
    is_told: bool = False

    def look(self, rows: Sequence[tuple[Palette, Iterable[ClusterSummary]]]) -> Look[None]:
        """Take in what the lists say."""
        from palette_sdk.client import Look

        elapsed = self.hook.runtime.now() - self.began
        seen: dict[str, str] = {}
        for client, items in rows:
            for row in items:
                if row.metadata.labels.get(FLEET_TAG) in self.fleets:
                    seen[row.metadata.uid] = row.status.state or "accepted"
                    self.members[row.metadata.uid] = client, row.metadata.name
        is_all = self._drop_gone(seen)
        if elapsed >= GRACE_S:
            self._let_stay(seen)
        left = {uid: seen.get(uid, "Deleting") for uid in self.members if uid not in self.staying}
        self._force(left, elapsed)
        names = [
            f"{self.members[uid][1]} ({state}{', forced' if uid in self.forced else ''})" for uid, state in left.items()
        ]
        state = f"{len(left)} left: {listed(sorted(names))}" if left else "all gone"
        return Look(state=state, value=None, done=not left, soon=not is_all)

    def _drop_gone(self, seen: dict[str, str]) -> bool:
        """Ask about those that the list doesn't have, as it may miss a row between two of its pages; whether about all."""
        from palette_sdk.client.clusters import is_gone

        asked = ask_all(
            self.hook,
            [uid for uid in self.members if uid not in seen],
            lambda uid: is_gone(self.members[uid][0].clusters.get(uid)),
            for_s=self.hook.runtime.settings.poll_interval_max_s,
        )
        for uid, gone in asked.answers:
            if gone:
                del self.members[uid]
                self.staying.pop(uid, None)
        if asked.error is not None and not isinstance(
            asked.error, InterruptedWaitError
        ):  # the wait tells of that itself
            raise asked.error
        return asked.is_all

    def _let_stay(self, seen: dict[str, str]) -> None:
        """Members that nobody deletes: they were retained, or their creation was cut off before their id was saved."""
        found = {
            uid: self.members[uid][1] for uid, state in seen.items() if state != "Deleting" and uid not in self.staying
        }
        if found:
            self.staying |= found
            self.hook.warn(
                f'{listed(sorted(found.values()))}: in the fleet "{self.name}" by tag, and not being deleted, as Pulumi does not '
                "know of it or was told to keep it; it is left as it is, and what it is made of can't be deleted before it"
            )

    def _force(self, left: dict[str, str], elapsed: float) -> None:
        stuck = {uid: self.members[uid] for uid in left if uid not in self.forced}
        if not stuck:
            return
        if self.force_after_s is None:
            if elapsed >= waits.STUCK_S and not self.is_told:
                self.is_told = True
                self.hook.warn(
                    f"{listed(sorted(name for _, name in stuck.values()))}: still there after {int(elapsed / 60)} min, so that "
                    'they may be forced: force_delete_after="15m" on the fleet leaves what is in the cloud to you. '
                    "The service itself removes what hangs for over 24 hours."
                )
            return
        if elapsed < (self.force_after_s if self.refused_at is None else self.refused_at + waits.FORCE_AGAIN_S):
            return
        done = []
        for uid, (client, name) in stuck.items():
            try:
                client.clusters.delete(uid, force=True)
            except ConflictError:  # too early: the service wants a deletion to be stuck for a while
                self.refused_at = elapsed
            else:
                self.forced.add(uid)
                done.append(name)
        if done:
            self.hook.warn(
                f"{listed(sorted(done))}: still there after {int(elapsed)} s, deleted by force as force_delete_after says; "
                "what is left in the cloud is yours to remove"
            )


def until_all_gone(
    hook: Hook,
    clients: Sequence[Palette],
    *,
    name: str,
    fleets: Iterable[str],
    deadline_s: float,
    force_after_s: float | None = None,
) -> None:
    """Wait until no cluster with the tag of the fleet is left, but for those that nobody deletes.

    Args:
        hook: the running hook.
        clients: one for each project that has members.
        name: the fleet's name.
        fleets: its id, with those that it had before.
        deadline_s: how long to wait; what is left then is named.
        force_after_s: from when on what is left is deleted by force; None: never.
    """
    leaving = _Leaving(hook, clients, name, frozenset(fleets), force_after_s, hook.runtime.now())
    lists = [(client, client.clusters.watch.probe_all()) for client in clients]
    waits.wait(
        hook,
        clients[0],
        lambda: leaving.look([(client, rows().values()) for client, rows in lists]),
        what=f'all clusters of the fleet "{name}" to be deleted',
        deadline_s=deadline_s,
        again="the same command",
    )
