"""Waiting until the members of a wave are ready.

One list an interval tells which members may be ready; whether their layers are no list tells, so that each of these is asked
about. Its kubeconfig is asked for right then, so that a wave costs what its slowest member takes, not that and a call for
each. What can be asked at a time is left to the client's pace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from palette_sdk.errors import InterruptedWaitError, WaitFailedError, WaitTimeoutError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import repave, waits
from palette_sdk.resources.cluster.live import address_of
from palette_sdk.resources.fleet.asking import ask_all
from palette_sdk.resources.fleet.telling import listed, span
from palette_sdk.resources.runtime import Hook

if TYPE_CHECKING:
    from palette_sdk.client import Look, Palette
    from palette_sdk.wire.cluster_state import Cluster, ClusterSummary

DETAILS = 20
"""How many members that can't be ready yet a look asks about, to tell the layer at work and to find one that is broken."""
AGAIN = 0.125
"""How much longer a member that is well and isn't ready may be waited for because it isn't asked about all the time."""


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
    def all_of(cls, props: Mapping[str, Any]) -> dict[str, Self]:
        """The members of a wave as they stand in its inputs, by key; what all of them have alike may stand there once."""
        shared = {key: props[key] for key in ("follows_template",) if key in props}
        return {key: cls._of(key, {**shared, **item}) for key, item in sorted(mapping(props.get("members")).items())}

    @classmethod
    def _of(cls, key: str, item: Mapping[str, Any]) -> Self:
        return cls(
            key=key,
            uid=item["uid"],
            name=item.get("name", key),
            project=item.get("project", ""),
            revision=item.get("revision", 0),
            follows_template=item.get("follows_template", False),
        )

    def is_at(self, seen: Self) -> bool:
        """Whether it hasn't changed since then."""
        return (self.uid, self.revision) == (seen.uid, seen.revision)


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


@dataclass(frozen=True)
class Turn:
    """A member that is asked about.

    Args:
        urgency: the lowest comes first.
        asked_at: the look that asked about it last; 0: none did.
        member: the member.
        row: what the list says of it.
    """

    urgency: int
    asked_at: int
    member: Member
    row: ClusterSummary | None


@dataclass(frozen=True)
class Answer:
    """What asking about a member gave.

    Args:
        cluster: the member; None: it is gone.
        reasons: why its nodes wait to be replaced, where they do.
        access: what consumers want of it, where it is ready.
    """

    cluster: Cluster | None
    reasons: Sequence[str] = ()
    access: Mapping[str, str] | None = None


@dataclass
class Coming:
    """The wait for a wave, and what came of it."""

    hook: Hook
    wave: Wave
    ready: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Members that are ready, with what consumers want of them; also when the wait ended otherwise."""
    failed: dict[str, str] = field(default_factory=dict)
    """Members that failed, with the reasons."""
    _states: dict[str, str] = field(default_factory=dict)
    _looks: int = 0
    _asked_at: dict[str, int] = field(default_factory=dict)
    _first: dict[str, float] = field(default_factory=dict)
    _again: dict[str, float] = field(default_factory=dict)

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
        """Take in what the lists say, and ask about those members of which they don't say enough."""
        from palette_sdk.client import Look

        self._looks += 1
        asked = ask_all(self.hook, self._turns(rows), self._ask, for_s=self.hook.runtime.settings.poll_interval_max_s)
        for turn, answer in asked.answers:
            self._take(turn, answer)
        if self._too_many():
            raise WaitFailedError(self._verdict())
        if asked.error is not None and not isinstance(
            asked.error, InterruptedWaitError
        ):  # the wait tells of that itself
            raise asked.error
        left = [member.key for member in self._waiting() if member.key not in self.failed]
        state = f"{len(self.ready)} of {len(self.wave.members)} ready"
        if self.failed:
            state += f", {len(self.failed)} failed"
        if left:
            state += f"; waiting for {listed([f'{key} ({self._states[key]})' for key in left])}"
        return Look(state=state, value=None, done=not left, soon=not asked.is_all)

    def _turns(self, rows: Mapping[str, Mapping[str, ClusterSummary]]) -> list[Turn]:
        """The members to ask about, the most urgent first, and of these those that were longest not asked about."""
        turns = []
        for member in self._waiting():
            row = rows[member.project].get(member.uid)
            self._states[member.key] = waits.brief(row) if row is not None else "not in the list yet"
            urgency = 4 if member.key in self.failed else self._urgency(row)
            if urgency > 1 or self._is_due(member):
                turns.append(Turn(urgency, self._asked_at.get(member.key, 0), member, row))
        turns.sort(key=lambda turn: (turn.urgency, turn.asked_at))
        urgent = sum(1 for turn in turns if turn.urgency <= 1)
        return turns[: urgent + DETAILS] if self._looks % waits.DETAIL_EVERY == 0 else turns[:urgent]

    def _urgency(self, row: ClusterSummary | None) -> int:
        """How urgent it is to ask about a member: 0 and 1 at once, the rest now and then."""
        if row is None or row.status.state == "Error" or row.status.repave.state == "Pending":
            return 0
        return 1 if _is_well(row) else 2 if row.status.state == "Running" else 3

    def _is_due(self, member: Member) -> bool:
        return self.hook.runtime.now() >= self._again.get(member.key, 0.0)

    def _ask(self, turn: Turn) -> Answer:
        """Ask about a member: whole, and for what is wanted next. In a thread of its own, so that it keeps nothing."""
        member, row = turn.member, turn.row
        client = self.hook.client({"project": member.project})
        cluster = client.clusters.get(member.uid)
        if row is None or cluster is None or cluster.status is None or cluster.status.state == "Error":
            return Answer(cluster)
        if cluster.status.repave.state == "Pending":
            told = client.clusters.repave_reasons(member.uid)
            return Answer(cluster, reasons=[item.message or item.code for item in told])
        if _is_well(row) and is_whole(member, cluster):
            return Answer(cluster, access=access_of(client, member.uid, cluster))
        return Answer(cluster)

    def _take(self, turn: Turn, answer: Answer) -> None:
        """Judge a member by what asking about it gave."""
        member, row, cluster = turn.member, turn.row, answer.cluster
        self._come_back(member)
        self.failed.pop(member.key, None)
        if row is None:
            look = waits.missing(cluster, member.name)
            self._states[member.key] = look.state
            if look.failed:
                self.failed[member.key] = f"{look.failed}; {look.hint}"
        elif cluster is None or cluster.status is None:
            return
        elif answer.access is not None:
            self.ready[member.key] = answer.access
        elif cluster.status.state == "Error":
            self.failed[member.key] = waits.reasons(cluster)
        elif cluster.status.repave.state == "Pending":
            self._approve_repave(member, list(answer.reasons) or ["the service gives no reason"])
        elif any(pack.condition.type == "Error" for pack in cluster.status.packs):
            self.failed[member.key] = waits.reasons(cluster)
        else:
            self._states[member.key] = waits.detail(row, cluster)

    def _come_back(self, member: Member) -> None:
        """Settle when to ask about a member again, should it not be ready: the later, the longer it has been taking."""
        now = self.hook.runtime.now()
        taken = now - self._first.setdefault(member.key, now)
        self._asked_at[member.key] = self._looks
        self._again[member.key] = now + max(self.hook.runtime.settings.poll_interval_s, taken * AGAIN)

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


def access_of(client: Palette, uid: str, cluster: Cluster | None = None) -> dict[str, str]:
    """What consumers want of a member: its kubeconfig, and the address of its Kubernetes API; nothing as long as there is none.

    Args:
        client: the client in its project.
        uid: its uid.
        cluster: as it was read just now; None: it is read.
    """
    cluster, kubeconfig = cluster or client.clusters.get(uid), client.clusters.kubeconfig(uid)
    if cluster is None or not kubeconfig:
        return {}
    return {"addresses": address_of(cluster), "kubeconfigs": kubeconfig}


def is_whole(member: Member, cluster: Cluster) -> bool:
    """Whether all layers are ready; an upgrade of its template that waits for a window isn't waited for."""
    packs = cluster.status.packs if cluster.status else []
    if member.follows_template and packs:
        return all(waits.is_ready(pack) for pack in packs)
    return waits.rolled_out(cluster)
