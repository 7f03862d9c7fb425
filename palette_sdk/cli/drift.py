"""Drift: what a cluster runs besides what its template and its profiles say, place by place. Pure; reads nothing.

What waits (an update of a profile, a window of a template) is told apart from what somebody changed. Content that may not
be shown has no values here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from palette_sdk.cli import overriding
from palette_sdk.cli.cluster_layers import Layer, LiveCluster, Overridden, Version
from palette_sdk.cli.fleet_status import Versioned
from palette_sdk.cli.review_model import HIDDEN
from palette_sdk.cli.stack_state import StackFacts, is_among
from palette_sdk.content.digest import digest
from palette_sdk.errors import InputError
from palette_sdk.merge import Content, found
from palette_sdk.wire.templates import VariableAssignments

Kind = Literal[
    "override",
    "unknown change",
    "extra profile",
    "missing profile",
    "other version",
    "pending update",
    "behind its template",
    "not judged",
]
WAITS: frozenset[Kind] = frozenset({"pending update", "behind its template"})
"""What comes by itself, or when somebody lets it: nobody changed the cluster."""
_VALUES = "values"
_PRESENT = "present"


@dataclass(frozen=True)
class Drift:
    """One place where a cluster runs something else than it should.

    Args:
        cluster: the cluster.
        kind: what kind of drift it is.
        template: the template that the cluster follows; empty without one.
        profile: the profile.
        layer: the layer; empty where it is about the whole profile.
        text: `values` or a manifest's name; empty where it is about no text.
        resource: the object in a manifest, `Kind/name`; empty in values.
        path: its path there, `version` or `variable NAME`; empty for the whole.
        profile_value: what the profile (or the template, or the program) has; None where that isn't known, empty for nothing.
        cluster_value: what the cluster has, likewise.
    """

    cluster: str
    kind: Kind
    template: str
    profile: str
    layer: str = ""
    text: str = ""
    resource: str = ""
    path: str = ""
    profile_value: str | None = ""
    cluster_value: str | None = ""

    @property
    def counts(self) -> bool:
        """Whether it is drift, not just something that could not be judged."""
        return self.kind != "not judged"

    @property
    def place(self) -> str:
        """Object and path, as one text."""
        return " ".join(part for part in (self.resource, self.path) if part) or (
            f"{self.text} (whole text)" if self.text else "-"
        )


@dataclass(frozen=True)
class Follows:
    """The template that a cluster follows.

    Args:
        name: its name.
        linked: the versions that it links.
        waits: whether the service says that the cluster isn't Applied.
    """

    name: str
    linked: tuple[Versioned, ...]
    waits: bool


# ---- content ---------------------------------------------------------------------------------------------------------


def differing(running: Version, published: Version, facts: StackFacts | None) -> list[str]:
    """The layers that don't run what they should: the version's content, with the overrides that a program declares."""
    return [
        name
        for name in {**published.layers, **running.layers}
        if not _is_same(running.layers.get(name), published.layers.get(name), facts, running.name)
    ]


def content_drift(
    start: Drift,
    running: Version,
    published: Version,
    *,
    overrides: Mapping[str, Overridden],
    is_pending: bool,
    facts: StackFacts | None,
    hidden: frozenset[tuple[str, str]] = frozenset(),
) -> list[Drift]:
    """What the layers of one profile run besides what they should.

    Args:
        start: a row with cluster, template and profile, and with the kind of what the service doesn't call an override.
        running: the profile as the cluster runs it.
        published: the same version as it is published now.
        overrides: what the service says is overridden, by layer; asked of those that differ.
        is_pending: whether the version was edited since it was applied.
        facts: what a stack knows of the cluster.
        hidden: layers of which no value may be told, whether the stack has this cluster or not.
    """
    rows: list[Drift] = []
    for name in differing(running, published, facts):
        at = replace(start, layer=name)
        if facts is not None and not facts.is_judgeable(running.name, name):
            rows.append(replace(at, kind="not judged", profile_value=HIDDEN, cluster_value=HIDDEN))
            continue
        before, after = running.layers.get(name), published.layers.get(name)
        if before is None or after is None:
            here, there = (_PRESENT if each else "" for each in (after, before))
            rows.append(replace(at, profile_value=here, cluster_value=there))
            continue
        told = list(_layer(at, before, after, overrides.get(name, Overridden()), is_pending=is_pending, facts=facts))
        is_secret = is_among(hidden, running.name, name) or (facts is not None and facts.is_secret(running.name, name))
        rows += _masked(told) if is_secret else told
    if is_pending and not any(row.kind == "pending update" for row in rows):
        rows.append(start)
    return rows


def _layer(
    at: Drift, before: Layer, after: Layer, overridden: Overridden, *, is_pending: bool, facts: StackFacts | None
) -> Iterator[Drift]:
    if before.version != after.version:
        yield replace(at, path="version", profile_value=after.version, cluster_value=before.version)
    applied = _applied(after, at.profile, is_pending=is_pending, facts=facts)
    wanted = _with_declared(after, applied, facts, at.profile) if applied is not None else None
    for name in (_VALUES, *{**after.content.manifests, **before.content.manifests}):
        here = replace(at, text=name)
        runs, published = _text(before.content, name), _text(after.content, name)
        is_overridden = overridden.values if name == _VALUES else name in overridden.manifests
        if applied is None or wanted is None:
            if is_overridden:
                yield replace(here, kind="override", profile_value=None, cluster_value=None)
            else:
                yield from _places(here, published, runs)
        elif is_overridden or _text(wanted, name) != _text(applied, name):
            yield from _places(replace(here, kind="override"), _text(wanted, name), runs)
            if is_pending:
                yield from _places(here, published, _text(applied, name))
        else:
            yield from _places(here, published, runs)


def _applied(after: Layer, profile: str, *, is_pending: bool, facts: StackFacts | None) -> Content | None:
    """What was applied last: what is published as long as nobody edited it, else what a stack remembers."""
    if not is_pending:
        return after.content
    known = facts.layers.get((profile, after.name)) if facts else None
    return known.base(after.content) if known else None


def _with_declared(layer: Layer, content: Content, facts: StackFacts | None, profile: str) -> Content:
    declared = facts.declared_on(profile, layer.name) if facts else ()
    if not declared:
        return content
    try:
        return overriding.edited(replace(layer, content=content), declared).content
    except InputError:
        # The place is gone: the program will say so; here the cluster is held against the profile.
        return content


def _places(at: Drift, wanted: str, runs: str) -> Iterator[Drift]:
    try:
        rows = found(base=wanted, running=runs) if wanted != runs else ()
    except InputError:
        yield replace(at, profile_value=None, cluster_value=None)
        return
    for row in rows:
        is_secret = row.resource.startswith("Secret/")
        yield replace(
            at,
            resource=row.resource,
            path=row.path,
            profile_value=HIDDEN if is_secret else row.shown_base,
            cluster_value=HIDDEN if is_secret else row.shown_override,
        )


def _masked(rows: Sequence[Drift]) -> list[Drift]:
    hidden = [replace(row, resource="", path="", profile_value=HIDDEN, cluster_value=HIDDEN) for row in rows]
    return list(dict.fromkeys(hidden))


def _is_same(before: Layer | None, after: Layer | None, facts: StackFacts | None, profile: str) -> bool:
    if before is None or after is None:
        return False
    now, wanted = before.content, _with_declared(after, after.content, facts, profile)
    return (
        before.version == after.version
        and now.manifests.keys() == wanted.manifests.keys()
        and _means_same(now.values, wanted.values)
        and all(_means_same(text, wanted.manifests[name]) for name, text in now.manifests.items())
    )


def _means_same(one: str, other: str) -> bool:
    return one == other or digest(one) == digest(other)


def _text(content: Content, name: str) -> str:
    return content.values if name == _VALUES else content.manifests.get(name, "")


# ---- versions --------------------------------------------------------------------------------------------------------


def behind(start: Drift, cluster: LiveCluster, follows: Follows) -> list[Drift]:
    """What a cluster doesn't run yet of what its template links, and what it runs besides."""
    runs, linked = {each.name: each for each in cluster.profiles}, {each.name: each for each in follows.linked}
    rows = []
    for name in {**linked, **runs}:
        now, then = runs.get(name), linked.get(name)
        if now is not None and then is not None and now.uid == then.uid:
            continue
        # What leaves the template is taken away with the next upgrade; where none is due, somebody added it.
        kind: Kind = "behind its template" if then is not None or follows.waits else "extra profile"
        rows.append(_version_row(replace(start, kind=kind, profile=name), then, now))
    return rows


def behind_in_values(
    start: Drift, cluster_uid: str, tables: Mapping[str, Sequence[VariableAssignments]]
) -> list[Drift]:
    """Variables of which a cluster shall get another value with its next upgrade.

    Args:
        start: a row with cluster and template.
        cluster_uid: the cluster.
        tables: the variables of each linked profile, by its name.
    """
    rows = []
    for profile, table in tables.items():
        for row in table:
            mine = next((each for each in row.clusters if each.uid == cluster_uid), None)
            if mine is None or mine.value == mine.assigned_value:
                continue
            hides = row.variable.is_sensitive
            rows.append(
                replace(
                    start,
                    kind="behind its template",
                    profile=profile,
                    path=f"variable {row.variable.name}",
                    profile_value=HIDDEN if hides else mine.assigned_value,
                    cluster_value=HIDDEN if hides else mine.value,
                )
            )
    return rows


def against_program(start: Drift, cluster: LiveCluster, versions: Mapping[str, str]) -> list[Drift]:
    """Profiles and versions that a cluster has besides those that its program applied.

    Args:
        start: a row with the cluster.
        cluster: what runs.
        versions: what the program applied, by profile; nothing is compared where it is empty.
    """
    if not versions:
        return []
    runs = {each.name: each.version for each in cluster.profiles}
    rows = []
    for name in {**versions, **runs}:
        now, then = runs.get(name, ""), versions.get(name, "")
        if now == then:
            continue
        kind: Kind = "extra profile" if name not in versions else "missing profile" if not now else "other version"
        rows.append(replace(start, kind=kind, profile=name, path="version", profile_value=then, cluster_value=now))
    return rows


def _version_row(start: Drift, then: Versioned | None, now: Version | None) -> Drift:
    return replace(
        start,
        path="version",
        profile_value=then.version if then else "",
        cluster_value=now.version if now else "",
    )
