"""Waiting until the members of a wave are ready, by one list an interval and one look at each member that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from palette_sdk.errors import WaitFailedError, WaitTimeoutError
from palette_sdk.resources.cluster import repave, waits
from palette_sdk.resources.fleet.telling import listed, span
from palette_sdk.resources.runtime import Hook

if TYPE_CHECKING:
    from palette_sdk.client import Look
    from palette_sdk.wire.cluster_state import Cluster, ClusterSummary

ASKED_PER_LOOK = 20
"""How many members a look asks for one by one; the others have their turn with the next."""


@dataclass(frozen=True)
class Member:
    """A member of a wave.

    Args:
        key: its key in the fleet.
        uid: its uid.
        name: Palette's name.
        project: name of its project; empty: the stack's.
        revision: how often it changed.
        follows_template: whether it has a template in place of profiles.
    """

    key: str
    uid: str
    name: str
    project: str = ""
    revision: int = 0
    follows_template: bool = False

    @classmethod
    def of(cls, key: str, item: Mapping[str, Any]) -> Self:
        """A member as it stands in the inputs."""
        return cls(
            key=key,
            uid=item["uid"],
            name=item.get("name", key),
            project=item.get("project", ""),
            revision=item.get("revision", 0),
            follows_template=item.get("follows_template", False),
        )

    def seen(self) -> dict[str, Any]:
        """What is kept of one that was ready."""
        seen: dict[str, Any] = {"uid": self.uid, "revision": self.revision}
        return {**seen, "project": self.project} if self.project else seen

    def is_at(self, seen: Mapping[str, Any]) -> bool:
        """Whether it hasn't changed since it was ready."""
        return (self.uid, self.revision) == (seen.get("uid"), seen.get("revision"))


@dataclass(frozen=True)
class Wave:
    """What is waited for.

    Args:
        fleet: the fleet's name.
        stage: the stage's.
        number: of this wave in the stage, from 1.
        of: how many waves the stage has.
        members: those that aren't known to be ready.
        max_failures: how many members of the stage may fail.
        failed_before: those of earlier waves of the stage that did, with the reasons.
        approve: tokens.
    """

    fleet: str
    stage: str
    number: int
    of: int
    members: Sequence[Member]
    max_failures: int
    failed_before: Mapping[str, str]
    approve: frozenset[str]

    @property
    def title(self) -> str:
        """How messages call it."""
        wave = f", wave {self.number} of {self.of}" if self.of > 1 else ""
        return f'stage "{self.stage}" of the fleet "{self.fleet}"{wave}'


@dataclass
class Coming:
    """The wait for a wave, and what came of it."""

    hook: Hook
    wave: Wave
    ready: dict[str, Cluster] = field(default_factory=dict)
    """Members that are ready, also when the wait ended otherwise."""
    failed: dict[str, str] = field(default_factory=dict)
    """Members that failed, with the reasons."""
    _states: dict[str, str] = field(default_factory=dict)
    _looks: int = 0

    def wait(self, deadline_s: float) -> None:
        """Wait until all members are ready, but for those that may fail. One that isn't ready at the deadline has failed.

        Raises:
            WaitError: more members failed than may, or the wait was stopped.
        """
        if not self.wave.members:
            return
        clients = {member.project: self.hook.client({"project": member.project}) for member in self.wave.members}
        lists = {project: client.clusters.watch.probe_all() for project, client in clients.items()}
        try:
            waits.wait(
                self.hook,
                next(iter(clients.values())),
                lambda: self._look({project: rows() for project, rows in lists.items()}),
                what=f"{self.wave.title} to be ready",
                deadline_s=deadline_s,
            )
        except WaitTimeoutError:
            for member in self._waiting():
                if member.key not in self.failed:
                    self.failed[member.key] = (
                        f"not ready within {span(deadline_s)}: {self._states.get(member.key, 'never seen')}"
                    )
            if self._too_many():
                raise WaitTimeoutError(self._verdict()) from None
        if self.failed:
            self.hook.warn(f"{self.wave.title} goes on without {_rows(self.failed, self.wave.max_failures)}")

    def _waiting(self) -> list[Member]:
        return [member for member in self.wave.members if member.key not in self.ready]

    def _look(self, rows: Mapping[str, Mapping[str, ClusterSummary]]) -> Look[None]:
        """Take in what the lists say, and ask for those members of which they don't say enough."""
        from palette_sdk.client import Look

        self._looks += 1
        asked = []
        for member in self._waiting():
            row = rows[member.project].get(member.uid)
            self._states[member.key] = waits.brief(row) if row is not None else "not in the list yet"
            urgency = self._urgency(row, had_failed=member.key in self.failed)
            if urgency is not None:
                asked.append((urgency, member, row))
        for _, member, row in sorted(asked, key=lambda item: item[0])[:ASKED_PER_LOOK]:
            self._ask(member, row)
        if self._too_many():
            raise WaitFailedError(self._verdict())
        left = [member.key for member in self._waiting() if member.key not in self.failed]
        state = f"{len(self.ready)} of {len(self.wave.members)} ready"
        if self.failed:
            state += f", {len(self.failed)} failed"
        if left:
            state += f"; waiting for {listed([f'{key} ({self._states[key]})' for key in left])}"
        return Look(state=state, value=None, done=not left)

    def _urgency(self, row: ClusterSummary | None, *, had_failed: bool) -> int | None:
        """How urgent it is to ask for the member itself, the lowest first; None where the list says enough."""
        is_due = self._looks % waits.DETAIL_EVERY == 0
        if had_failed:
            return 3 if is_due else None
        if row is None or row.status.state == "Error" or row.status.repave.state == "Pending":
            return 0
        return 1 if _is_well(row) else 2 if is_due else None

    def _ask(self, member: Member, row: ClusterSummary | None) -> None:
        client = self.hook.client({"project": member.project})
        cluster = client.clusters.get(member.uid)
        self.failed.pop(member.key, None)
        if row is None:
            look = waits.missing(cluster, member.name)
            self._states[member.key] = look.state
            if look.failed:
                self.failed[member.key] = f"{look.failed}; {look.hint}"
            return
        if cluster is None or cluster.status is None:
            return
        broken = [pack for pack in cluster.status.packs if pack.condition.type == "Error"]
        if cluster.status.state == "Error":
            self.failed[member.key] = waits.reasons(cluster)
        elif cluster.status.repave.state == "Pending":
            reasons = [item.message or item.code for item in client.clusters.repave_reasons(member.uid)]
            self._approve_repave(member, reasons or ["the service gives no reason"])
        elif broken:
            self.failed[member.key] = waits.reasons(cluster)
        elif _is_well(row) and is_whole(member, cluster):
            self.ready[member.key] = cluster
        else:
            self._states[member.key] = waits.detail(row, cluster)

    def _approve_repave(self, member: Member, reasons: list[str]) -> None:
        """Let a repave go on that was approved by its token; a member whose repave waits for one has failed."""
        wanted = repave.repave_token(member.name, reasons)
        if wanted in self.wave.approve:
            self.hook.client({"project": member.project}).clusters.approve_repave(member.uid)
            self._states[member.key] = "repave approved"
        else:
            self.failed[member.key] = f'a repave waits for approval ({"; ".join(reasons)}): approve=["{wanted}"]'

    def _too_many(self) -> bool:
        return len({**self.wave.failed_before, **self.failed}) > self.wave.max_failures

    def _verdict(self) -> str:
        every = {**self.wave.failed_before, **self.failed}
        return (
            f"{self.wave.title}: {_rows(every, self.wave.max_failures)}\n"
            f"  {len(self.ready)} of {len(self.wave.members)} that changed are ready; later waves and stages were not touched. "
            "Once the cause is gone, the next `pulumi up` goes on here."
        )


def _rows(failed: Mapping[str, str], max_failures: int) -> str:
    clusters = "1 cluster" if len(failed) == 1 else f"{len(failed)} clusters"
    may = f", {max_failures} may" if max_failures else ""
    return f"{clusters} that failed{may}:" + "".join(f"\n  {key}: {why}" for key, why in sorted(failed.items()))


def _is_well(row: ClusterSummary) -> bool:
    health = row.status.health.state if row.status.health else ""
    return row.status.state == "Running" and health.lower() == "healthy"


def is_whole(member: Member, cluster: Cluster) -> bool:
    """Whether all layers are ready; an upgrade of its template that waits for a window isn't waited for."""
    packs = cluster.status.packs if cluster.status else []
    if member.follows_template and packs:
        return all(waits.is_ready(pack) for pack in packs)
    return waits.rolled_out(cluster)
