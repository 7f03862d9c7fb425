"""What a person is told of overrides on a cluster: kept, dropped, in conflict, and the ways out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from palette_sdk.merge import Row, Rule, Settled, shared_places
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.places import place_of

if TYPE_CHECKING:
    from palette_sdk.resources.cluster.overrides import Case, Judged

Props = dict[str, Any]
SHOWN = 6
"""Conflicts of one layer that are spelled out."""


def tell(judged: Judged, cluster: str, case: Case, settled: Settled, policy: str) -> None:
    """Add what is said about one layer to the judgement: refusals, and what a person is told."""
    by, layer = f'by override_policy="{policy}"', _named(case)
    if case.secret:
        numbers = {
            "kept": len(settled.kept),
            "dropped": len(settled.dropped),
            "in conflict": len(settled.conflicts) + len(settled.refused),
        }
        told = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
        text = f"{cluster}: found overrides in secret content of {layer}: {told}, {by}."
        if settled.conflicts or settled.refused:
            judged.refusals.append(
                f'{text}\n  decide for the layer: override_rules=[OverrideRule("keep", layer="{case.layer}")]   or "drop"'
            )
        elif told:
            judged.notices.append(text)
        return
    rows = settled.conflicts[:SHOWN]
    contents = filter(None, (case.base, case.incoming, case.running))
    shared = shared_places([(row.resource, row.path) for row in rows], contents)
    conflicts = [
        _conflict_text(cluster, case, row, policy, names_object=(row.resource, row.path) in shared) for row in rows
    ]
    if len(settled.conflicts) > SHOWN:
        conflicts.append(
            f"and {len(settled.conflicts) - SHOWN} more in layer {layer}; see them all: palette review {cluster}"
        )
    judged.refusals += conflicts
    if settled.refused:
        judged.refusals.append(_refused_text(cluster, case, settled.refused))
    lines = [
        f"{cluster}: found override kept: {layer} {where(row)} = {row.shown_override}{_profile_says(row)}, "
        f"{_by(row, by)}. It is not in this program."
        for row in settled.kept
    ]
    judged.notices += _at_most(lines, f"{cluster}: and {{}} more found overrides kept in layer {layer}.")
    lines = [
        f"{cluster}: found override dropped: {layer} {where(row)} = {row.shown_override} gives way to the "
        f"profile's {row.shown_incoming}, {_by(row, by)}."
        for row in settled.dropped
    ]
    judged.notices += _at_most(lines, f"{cluster}: and {{}} more found overrides dropped in layer {layer}.")
    if case.running is not None and settled.content != case.running:
        judged.notices += not_needed(cluster, layer, {where(row): row.shown_override for row in settled.redundant})
    lines = [
        f"{cluster}: override without a place: {layer} {where(row)} = {row.shown_override}; the profile has no "
        f"such place now{f', {row.reason}' if row.reason else ''}."
        for row in settled.orphaned
    ]
    judged.notices += _at_most(lines, f"{cluster}: and {{}} more overrides without a place in layer {layer}.")


def not_needed(cluster: str, layer: str, places: Mapping[str, Any]) -> list[str]:
    """What is said of overrides that equal what the profile brings, by place."""
    lines = [
        f"{cluster}: override not needed any more: {layer} {place} = {value} is what the profile brings now."
        for place, value in places.items()
    ]
    return _at_most(lines, f"{cluster}: and {{}} more overrides not needed any more in layer {layer}.")


def owned_now(cluster: str, layer: str, places: Mapping[str, Any]) -> list[str]:
    """What is said of found overrides, by place, that give way to what the program declares there from now on."""
    lines = [
        f"{cluster}: found override gives way: {layer} {place} = {value} on the cluster becomes what this program declares "
        "there now."
        for place, value in places.items()
    ]
    return _at_most(lines, f"{cluster}: and {{}} more found overrides in layer {layer} that give way to declared ones.")


def added_notices(cluster: str, case: Case, rows: Sequence[Row]) -> list[str]:
    """What is said of declared overrides whose place the profile doesn't have: most are misspelt."""
    lines = []
    for row in rows:
        near = f"; nearest: {row.reason}" if row.reason and not case.secret else ""
        lines.append(f"{cluster}: the profile's {case.layer} has no {where(row)}{near}. It is added.")
    return _at_most(
        lines, f"{cluster}: and {{}} more places that the profile's {case.layer} doesn't have; they are added."
    )


def _named(case: Case) -> str:
    """The layer, with its profile where its name alone doesn't say which is meant."""
    return f"{case.layer} of {case.home}" if case.home else case.layer


def _at_most(lines: list[str], more: str) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], more.format(len(lines) - SHOWN)]


def where(row: Row) -> str:
    """A place of a layer, as messages name it."""
    return place_of({"manifest": "" if row.resource else row.manifest, "resource": row.resource, "path": row.path})


def _by(row: Row, policy: str) -> str:
    return row.reason if row.reason.startswith("by ") else policy


def _profile_says(row: Row) -> str:
    return f" (profile {row.shown_base} -> {row.shown_incoming})" if row.shown_base != row.shown_incoming else ""


def rule_text(rule: Rule) -> str:
    """A rule as its arguments."""
    parts = [f'"{rule.policy}"'] + [
        f'{key}="{value}"'
        for key, value, default in (
            ("layer", rule.layer, "*"),
            ("resource", rule.resource, "*"),
            ("path", rule.path, "**"),
        )
        if value != default
    ]
    return ", ".join(parts)


def _conflict_text(cluster: str, case: Case, row: Row, policy: str, *, names_object: bool) -> str:
    rule = f'layer="{case.layer}"' + (f', resource="{row.resource}"' if names_object else "")
    rule += f', path="{row.path}"' if row.path else ""
    base = f"base ({case.base_version}) {row.shown_base}" if case.base is not None else "base unknown"
    own = ""
    if row.is_plain:
        resource = f', resource="{row.resource}"' if row.resource else ""
        profile = f', profile="{case.home}"' if case.home else ""
        own = (
            f'        own it:  overrides=[Override("{case.layer}", "{row.path}"{resource}, {row.as_argument}{profile})]'
        )
    reason = f"\n  {row.reason}" if row.reason and not row.reason.startswith("by ") else ""
    return (
        f'override conflict on "{cluster}", layer {_named(case)}, {where(row)} (override_policy="{policy}")\n'
        f"      {base}      cluster runs {row.shown_override}      incoming {row.shown_incoming}{reason}\n"
        f'  keep {row.shown_override}:  override_rules=[OverrideRule("keep", {rule})]\n'
        f'  take {row.shown_incoming}:  the same with "drop"{own}'
    )


def recorded_refusal(cluster: str, found_rows: Mapping[str, Any], new: Props) -> str:
    """What is said under the policy `fail` of found overrides of profiles that aren't sent; empty when none stops."""
    if new.get("override_rules"):
        return ""  # the rules are asked when something is sent
    rows = [
        f"{layer} {place} = {value}"
        for layers in found_rows.values()
        for layer, there in mapping(layers).items()
        for place, value in mapping(there).items()
    ]
    return (
        f'found override on "{cluster}": {", ".join(rows[:SHOWN])} (override_policy="fail")\n'
        f"  declare it in the program (overrides=[...]), give the layer back: palette override {cluster} LAYER --reset,\n"
        '  then pulumi refresh; or choose another policy: override_policy="merge"'
    )


def _refused_text(cluster: str, case: Case, rows: Sequence[Row]) -> str:
    told = ", ".join(f"{where(row)} = {row.shown_override}" for row in rows[:SHOWN])
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    rules = sorted({row.reason.removeprefix("by ") for row in rows if row.reason.startswith("by ")})
    by_policy = any(not row.reason.startswith("by ") for row in rows)
    by = [*(['override_policy="fail"'] if by_policy else []), *(f'{rule}: "fail"' for rule in rules)]
    ways = [*(['another policy: override_policy="merge"'] if by_policy else []), *(f"another {rule}" for rule in rules)]
    reset = f"palette override {cluster} {case.layer}{f' --profile {case.home}' if case.home else ''} --reset"
    return (
        f'found override on "{cluster}", layer {_named(case)}: {told}{more} ({", ".join(by)})\n'
        f"  declare it in the program (overrides=[...]), give the layer back: {reset},\n"
        f"  or choose {' and '.join(ways)}"
    )
