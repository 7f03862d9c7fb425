"""What a roll-out means for each of its clusters: versions from and to, values of variables, who lacks one. Pure.

The same judgement serves the preview, where the template may not link the new versions yet and values are worked out from
what runs and what the program gives, and the moment before the trigger, where the service has the last word.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from palette_sdk.resources.border import mapping
from palette_sdk.rules.unknown import Unknown, known_or
from palette_sdk.rules.variables import value_refusal

MASK = "********"
"""How the service shows a sensitive value."""


@dataclass(frozen=True)
class Link:
    """A profile version that the template links, or will.

    Args:
        name: the profile's.
        version: its number.
        definitions: of its variables, by name.
        common: values that the template has for all clusters, by variable; None stands for one that isn't known here.
        is_linked: the service links this version by now, so that it knows what each cluster shall have.
    """

    name: str
    version: str | Unknown
    definitions: Mapping[str, Mapping[str, Any]] | Unknown = field(default_factory=dict)
    common: Mapping[str, str | Unknown | None] = field(default_factory=dict, repr=False)
    is_linked: bool = False


@dataclass(frozen=True)
class Held:
    """What the service has of one variable for one cluster; None where there is no value.

    Args:
        runs: the value that the cluster runs.
        assigned: the one that it shall have with the version that is linked now, defaults included.
        is_own: it was assigned by the cluster itself.
        lacks: it has no value that is good for the version that is linked now.
        default: the default in the version that is linked now.
    """

    runs: str | None = field(default=None, repr=False)
    assigned: str | None = field(default=None, repr=False)
    is_own: bool = False
    lacks: bool = False
    default: str = field(default="", repr=False)


@dataclass(frozen=True)
class Member:
    """A cluster of the roll-out.

    Args:
        name: its name.
        exists: whether it is there; a cluster that is made in the same `up` starts with what the template says.
        given: the values that the program gives, as texts.
        runs: versions by profile.
        held: what the service has of its variables, by profile and name.
    """

    name: str
    exists: bool = True
    given: Mapping[str, str | Unknown] = field(default_factory=dict, repr=False)
    runs: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, Mapping[str, Held]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A variable of a cluster that is new or changes; None where there is no value.

    Args:
        cluster: the cluster's name.
        profile: the profile's name.
        variable: the variable's name.
        old: what runs.
        new: what it will have.
        default: that of the new version.
        lack: why it counts as missing; "" when it has a good value. Holds no value.
        is_secret: whether its values are never shown.
        is_common: the template has one value for all clusters, so that a cluster can't be given another.
    """

    cluster: str
    profile: str
    variable: str
    old: str | None = field(default=None, repr=False)
    new: str | Unknown | None = field(default=None, repr=False)
    default: str | Unknown | None = field(default=None, repr=False)
    lack: str = ""
    is_secret: bool = False
    is_common: bool = False


@dataclass(frozen=True)
class Judgement:
    """What a roll-out means.

    Args:
        moves: by cluster, the profiles that change: version from ("" where it has none) and to.
        new: clusters that don't exist yet.
        rows: variables that are new or change, cluster by cluster.
        unknown: profiles of which the variables are known after apply only.
    """

    moves: Mapping[str, Mapping[str, tuple[str, str | Unknown]]]
    new: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def missing(self) -> dict[str, list[str]]:
        """Variables without a good value, by cluster."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.lack:
                found.setdefault(row.cluster, []).append(row.variable)
        return found

    @property
    def behind(self) -> list[str]:
        """Clusters that will become something else: another version, or another value."""
        changed = {row.cluster for row in self.rows}
        return [name for name, profiles in self.moves.items() if profiles or name in changed]


def judge(links: Sequence[Link], members: Sequence[Member], *, hidden: Collection[str] = ()) -> Judgement:
    """Say for each cluster what it will become.

    Args:
        links: the profiles of the template.
        members: the clusters.
        hidden: variables whose values the program calls secret.
    """
    there = [member for member in members if member.exists]
    return Judgement(
        moves={member.name: moves(links, member.runs) for member in there},
        new=tuple(member.name for member in members if not member.exists),
        rows=tuple(
            row
            for member in there
            for link in links
            if not isinstance(link.definitions, Unknown)
            for name, definition in sorted(link.definitions.items())
            if (row := _row(member, link, name, mapping(definition), hidden)) is not None
        ),
        unknown=tuple(link.name for link in links if isinstance(link.definitions, Unknown)),
    )


def moves(links: Sequence[Link], runs: Mapping[str, str]) -> dict[str, tuple[str, str | Unknown]]:
    """The profiles that change on a cluster: version from and to; one that the template has no more goes to ""."""
    found: dict[str, tuple[str, str | Unknown]] = {}
    for link in links:
        before = runs.get(link.name, "")
        if isinstance(link.version, Unknown) or before != link.version:
            found[link.name] = (before, link.version)
    kept = {link.name for link in links}
    return {**found, **{name: (version, "") for name, version in runs.items() if name not in kept}}


def _row(member: Member, link: Link, name: str, definition: Mapping[str, Any], hidden: Collection[str]) -> Row | None:
    held = member.held.get(link.name, {}).get(name, Held())
    given = link.common[name] if name in link.common else member.given.get(name)
    new = given if given is not None else _carried(held, link, definition)
    lack = _lack(definition, held, given, new, link)
    if not lack and _stays(held.runs, new):
        return None
    secret = name in hidden or bool(known_or(definition.get("sensitive"), False))
    shown, common = None if lack else new, name in link.common
    return Row(member.name, link.name, name, held.runs, shown, _default(definition), lack, secret, common)


def _carried(held: Held, link: Link, definition: Mapping[str, Any]) -> str | Unknown | None:
    """The value where the program gives none: the service's word, else what is carried over, else the default."""
    if link.is_linked:
        return held.assigned
    value = held.assigned if held.assigned is not None else held.runs
    was_default = not held.is_own and value not in (None, MASK) and value == held.default
    return value if value is not None and not was_default else _default(definition)


def _default(definition: Mapping[str, Any]) -> str | Unknown | None:
    if known_or(definition.get("sensitive"), False):
        return MASK if known_or(definition.get("has_default"), False) else None
    found = definition.get("default")
    return found if isinstance(found, Unknown) else str(found) if found not in (None, "") else None


def _lack(
    definition: Mapping[str, Any], held: Held, given: str | Unknown | None, new: str | Unknown | None, link: Link
) -> str:
    if isinstance(new, Unknown):
        return ""
    if new is None:
        return "no value" if known_or(definition.get("required"), False) or _said_lacking(held, given, link) else ""
    if new == MASK:
        return "its value does not fit" if _said_lacking(held, given, link) else ""
    before = held.runs if given is not None and held.runs != MASK else None
    wrong = value_refusal(definition, new, before=before)
    if wrong:
        return wrong
    return "the service takes it for unresolved" if _said_lacking(held, given, link) else ""


def _said_lacking(held: Held, given: str | Unknown | None, link: Link) -> bool:
    return link.is_linked and given is None and held.lacks


def _stays(old: str | None, new: str | Unknown | None) -> bool:
    """Whether nothing changes, as far as that can be seen."""
    if isinstance(new, Unknown):
        return False
    if MASK in (old, new):
        return bool(old) and bool(new)
    return (old or "") == (new or "")
