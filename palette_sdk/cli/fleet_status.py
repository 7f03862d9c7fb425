"""How templates and their clusters are: versions, states, windows, variables that lack a value. Reads only, draws nothing.

Many clusters cost few calls: lists and tables serve for all of them. Only of some that wait or failed the service is asked
one by one for the reason (`MESSAGES`). Values of variables are never kept: some are secret, and none is needed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from palette_sdk.client import Palette
from palette_sdk.errors import NotFoundError, PaletteError
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.windows import moment_text, next_window
from palette_sdk.wire.cluster_state import ClusterSummary
from palette_sdk.wire.policies import Policy
from palette_sdk.wire.templates import ClustersByState, ClusterTemplate, TemplateMaintenance, VariableAssignments

MESSAGES = 50
"""Clusters of one template whose record is read for state and message: those that failed first, then those that wait."""


@dataclass(frozen=True)
class Versioned:
    """A version of a profile; `version` is empty where it is out of sight."""

    name: str
    version: str
    uid: str

    def __str__(self) -> str:
        return f"{self.name or self.uid} {self.version or '?'}"


@dataclass(frozen=True)
class Lack:
    """A variable that has no good value on a cluster."""

    profile: str
    variable: str

    def __str__(self) -> str:
        return f"{self.variable} ({self.profile})"


@dataclass(frozen=True)
class Counts:
    """How many clusters are how far."""

    applied: int
    pending: int
    failed: int


@dataclass(frozen=True)
class PolicyFacts:
    """A maintenance policy by name; `name` is empty where it is out of sight."""

    name: str
    uid: str


@dataclass(frozen=True)
class Clock:
    """When windows open: the schedules of a policy, and the service's time.

    Args:
        schedules: `cron` and `duration_h` of each window, by name.
        now: the service's time; None where it tells none.
    """

    schedules: Mapping[str, Mapping[str, Any]]
    now: datetime | None

    def next_in(self, zone: str) -> Opening | None:
        """The window that is open or opens next where clocks show the time of `zone`."""
        if not self.schedules or not zone or self.now is None:
            return None
        try:
            window = next_window(self.schedules, zone, self.now)
        except (ZoneInfoNotFoundError, ValueError):
            return None  # a zone that this machine doesn't know
        if window is None:
            return None
        start, end = (each.astimezone(UTC) for each in window)
        return Opening(_stamp(start), _stamp(end), is_open=start <= self.now)


@dataclass(frozen=True)
class Opening:
    """A maintenance window.

    Args:
        start: from when upgrades may start (RFC 3339, UTC).
        end: until when.
        is_open: whether it is open by the service's clock.
    """

    start: str
    end: str
    is_open: bool

    def text(self, zone: str) -> str:
        """For people of a time zone: `2026-11-22 00:00 Europe/Berlin`, or until when it is open."""
        moment = datetime.fromisoformat(self.end if self.is_open else self.start)
        return ("open until " if self.is_open else "") + moment_text(moment, zone)


@dataclass(frozen=True)
class TemplateRow:
    """A template among others.

    Args:
        name: its name.
        uid: its uid.
        state: Applied, PartiallyApplied, Pending or Failed.
        cloud: the cloud of its clusters.
        profiles: the versions that it links.
        policy: its maintenance policy; None without one.
        counts: how many of its clusters are how far.
        unresolved: how many lack a value of a variable.
        next_window: the window that is open or opens next for any cluster; None without a policy.
    """

    name: str
    uid: str
    state: str
    cloud: str
    profiles: tuple[Versioned, ...]
    policy: PolicyFacts | None
    counts: Counts
    unresolved: int
    next_window: Opening | None


@dataclass(frozen=True)
class Member:
    """A cluster that follows a template.

    Args:
        name: its name.
        uid: its uid.
        state: how far it is: Created, Pending, InProgress, Applied or Failed.
        cluster_state: its own state; empty where it is out of sight.
        runs: the versions that it runs.
        target: the linked versions that it doesn't run yet.
        timezone: the time zone that its windows follow.
        next_window: the window that is open or opens next there; None without a policy.
        unresolved: variables that lack a value.
        message: what the service says about it; empty where nothing is said or it wasn't asked.
    """

    name: str
    uid: str
    state: str
    cluster_state: str
    runs: tuple[Versioned, ...]
    target: tuple[Versioned, ...]
    timezone: str
    next_window: Opening | None
    unresolved: tuple[Lack, ...]
    message: str


@dataclass(frozen=True)
class TemplateStatus:
    """A template and its clusters, by name; `windows` are those of its policy, by name."""

    template: TemplateRow
    windows: Mapping[str, Mapping[str, Any]]
    clusters: tuple[Member, ...]


def rows_of_all(client: Palette) -> list[TemplateRow]:
    """All templates in sight, by name: a search, and a call for each."""
    found = [client.templates.get(each.metadata.uid) for each in client.templates.search()]
    templates = sorted((each for each in found if each is not None), key=lambda each: each.metadata.name)
    if not templates:
        return []
    versions = versions_of(client)
    policies = {row.uid: row.name for row in client.policies.metadata()} if _any_policy(templates) else {}
    now = _now(client)
    return [_row(each, versions, policies, now) for each in templates]


def status_of(client: Palette, name: str) -> TemplateStatus:
    """A template and how each of its clusters is.

    Raises:
        PaletteError: there is no such template.
    """
    template = template_named(client, name)
    versions = versions_of(client)
    policy = _policy(client, template)
    clock = Clock(schedules_of(policy) if policy else {}, _now(client))
    row = _row(template, versions, {policy.metadata.uid: policy.metadata.name} if policy else {}, clock.now)
    linked = {each.uid: each for each in row.profiles}
    lacks = _lacks({uid: client.templates.variables(template.metadata.uid, uid) for uid in linked}, linked)
    summaries = {each.metadata.uid: each for each in client.clusters.all()} if template.spec.clusters else {}
    records = _records(client, template, lacks)
    members = [
        _member(
            uid,
            each.name,
            summary=summaries.get(uid),
            linked=row.profiles,
            versions=versions,
            clock=clock,
            lacks=lacks.get(uid, ()),
            record=records[uid],
        )
        for uid, each in template.spec.clusters.items()
    ]
    return TemplateStatus(row, clock.schedules, tuple(sorted(members, key=lambda each: each.name)))


def template_named(client: Palette, name: str) -> ClusterTemplate:
    """The template of that name; where project and tenant have one, the project's.

    Raises:
        PaletteError: there is none; the nearest names are given.
    """
    found = client.templates.by_name(name, fresh=True)
    if not found:
        known = did_you_mean(name, sorted(each.name for each in client.templates.metadata()))
        raise PaletteError(f'there is no cluster template "{name}" in sight of project {client.project}; {known}')
    template = client.templates.get(found[0].uid)
    if template is None:
        raise NotFoundError(f'the cluster template "{name}" is gone')
    return template


def schedules_of(policy: Policy) -> dict[str, dict[str, Any]]:
    """The windows of a policy, by name, as `rules.windows` takes them."""
    return {each.name: {"cron": each.start_cron, "duration_h": each.duration_hrs} for each in policy.spec.schedules}


def group_of(groups: ClustersByState, uid: str) -> str:
    """How far a cluster is, as far as the template itself tells: Applied, Failed or Pending."""
    return "Applied" if uid in groups.applied else "Failed" if uid in groups.failed else "Pending"


def versions_of(client: Palette) -> dict[str, Versioned]:
    """Each version of each profile in sight, by uid."""
    return {
        each.metadata.uid: Versioned(each.metadata.name, each.spec.version or "1.0.0", each.metadata.uid)
        for each in client.profiles.metadata()
    }


def _any_policy(templates: Iterable[ClusterTemplate]) -> bool:
    return any(each.spec.policies for each in templates)


def _policy(client: Palette, template: ClusterTemplate) -> Policy | None:
    return next((client.policies.get(each.uid) for each in template.spec.policies), None)


def _now(client: Palette) -> datetime | None:
    told = client.service_time()
    return datetime.fromisoformat(told) if told else None


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _row(
    template: ClusterTemplate, versions: Mapping[str, Versioned], policies: Mapping[str, str], now: datetime | None
) -> TemplateRow:
    status = template.status
    groups = status.cluster_status_counts.clusters
    policy = next((PolicyFacts(policies.get(each.uid, ""), each.uid) for each in template.spec.policies), None)
    return TemplateRow(
        name=template.metadata.name,
        uid=template.metadata.uid,
        state=status.state,
        cloud=template.spec.cloud_type,
        profiles=tuple(versions.get(each.uid, Versioned("", "", each.uid)) for each in template.spec.profiles),
        policy=policy,
        counts=Counts(len(groups.applied), len(groups.pending), len(groups.failed)),
        unresolved=status.cluster_variables.un_resolved,
        next_window=_opening(status.maintenance, now),
    )


def _opening(told: TemplateMaintenance, now: datetime | None) -> Opening | None:
    try:
        start, end = (datetime.fromisoformat(each) for each in (told.next_window_start_time, told.next_window_end_time))
    except ValueError:
        return None
    return Opening(_stamp(start.astimezone(UTC)), _stamp(end.astimezone(UTC)), is_open=now is not None and start <= now)


def _lacks(
    tables: Mapping[str, Sequence[VariableAssignments]], linked: Mapping[str, Versioned]
) -> dict[str, tuple[Lack, ...]]:
    found: dict[str, tuple[Lack, ...]] = {}
    for uid, table in tables.items():
        for row in table:
            lack = Lack(linked[uid].name or uid, row.variable.name)
            for each in row.clusters:
                if each.assignment_state == "Pending":
                    found[each.uid] = (*found.get(each.uid, ()), lack)
    return found


def _records(client: Palette, template: ClusterTemplate, lacks: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """State and message of each cluster, from its own record where that says more than the template does."""
    groups, uid = template.status.cluster_status_counts.clusters, template.metadata.uid
    found = {each: (group_of(groups, each), "") for each in template.spec.clusters}
    # What a cluster without a value waits for is known already.
    asked = [*groups.failed, *(each for each in groups.pending if each not in lacks)]
    for each in [one for one in asked if one in found][:MESSAGES]:
        record = client.templates.reconcile(uid, each)
        if record is not None:
            found[each] = (record.status.state or found[each][0], record.status.message)
    return found


def _member(
    uid: str,
    name: str,
    *,
    summary: ClusterSummary | None,
    linked: Sequence[Versioned],
    versions: Mapping[str, Versioned],
    clock: Clock,
    lacks: tuple[Lack, ...],
    record: tuple[str, str],
) -> Member:
    running = summary.spec_summary.cluster_profile_templates if summary else []
    runs = tuple(versions.get(each.uid, Versioned(each.name, "", each.uid)) for each in running)
    has = {each.uid for each in runs}
    state, message = record
    zone = summary.spec_summary.cluster_config.timezone if summary else ""
    return Member(
        name=name,
        uid=uid,
        state=state,
        cluster_state=summary.status.state if summary else "",
        runs=runs,
        target=tuple(each for each in linked if each.uid not in has) if summary else (),
        timezone=zone,
        next_window=clock.next_in(zone),
        unresolved=lacks,
        message=message,
    )
