"""Updates that wait: what is said about them, what approves them, and what can't change meanwhile. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palette_sdk.content.changes import layer_changes
from palette_sdk.content.digest import digest
from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.places import plain
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]
VARIABLES = "(variables)"
"""Stands for a profile's definitions of variables among the layers of an update that waits."""
SHOWN = 6
"""Changes that a notice spells out."""


@dataclass(frozen=True)
class Held:
    """An update of one profile that waits: edited in place, not applied."""

    key: str
    profile: str
    version: str
    layers: tuple[str, ...]
    token: str


def waiting_row(before: Any, after: Any) -> Props:
    """What waits for one layer: its row, or that it is removed; and what is applied now, in `from`."""
    row = dict(after) if isinstance(after, Mapping) else {"removed": True}
    former = {key: value for key, value in mapping(before).items() if key in {"version", "digest"} and value}
    return {**row, "from": former} if former else row


def update_token(cluster: str, profile: Mapping[str, Any], before: Any, rows: Any) -> str:
    """The token that approves applying exactly this update."""
    return token("up", {"cluster": cluster, "profile": profile["name"], "from": before, "to": rows})


def held_notice(cluster: str, held: Held, changes: Sequence[str] = ()) -> str:
    """What the preview says about an update that waits.

    Args:
        cluster: the cluster's name.
        held: what waits.
        changes: each change as a person reads it, where contents are known.
    """
    number = len([name for name in held.layers if name != VARIABLES])
    counts = [_counted(number, "layer")] if number else []
    counts += [_counted(len(changes), "path")] if changes and number else []
    shown = list(changes[:SHOWN]) + ([f"and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else [])
    return (
        f'{cluster}: update held (updates="hold"): {held.profile} {held.version} edited in place, '
        f"{', '.join(counts)}{': ' if counts else ''}{', '.join(shown or held.layers)}. Nothing is applied.\n"
        f'  apply this one once: approve=["{held.token}"], or: palette apply {cluster}   always: updates="apply"\n'
        f"  look first: palette review {cluster}"
    )


def outcome_key(before: Any, rows: Any, found: Any, new: Props) -> str:
    """What the outcome of applying a held update depends on, in one word; empty where some of it isn't known yet.

    Declared overrides aren't among it: they can't change while the update is held.

    Args:
        before: the rows that are applied.
        rows: the rows that wait.
        found: recorded overrides that someone made on that profile.
        new: checked inputs: policy and rules.
    """
    facts = {
        "from": plain(before),
        "to": plain(rows),
        "found": found,
        "by": [new.get("override_policy", "merge"), new.get("override_rules") or []],
    }
    return digest(json.dumps(facts, sort_keys=True)) if is_known(facts) else ""


def outcome_notice(told: Sequence[str]) -> str:
    """What is said of a held update whose outcome is known; empty where nothing would come of it."""
    return "if that update were applied:\n" + "\n".join(told) if told else ""


def moved_notice(cluster: str, profile: Mapping[str, Any], version: str) -> str:
    """What the preview says about a version that somebody attached in the place of the program's, where nothing is sent for it.

    Args:
        cluster: the cluster's name.
        profile: the program's: name and version.
        version: the one that is attached.
    """
    return (
        f"{cluster}: someone moved {profile.get('name', '')} to {version}, outside this program, which has "
        f"{profile.get('version', '')}; this run leaves it there.\n"
        f"  run `pulumi refresh` to see what it runs; then choose {version} in the program, or `pulumi up` moves it back"
    )


def held_changes(held: Held, layers: Any, applied: Any, before: Any) -> list[str]:
    """Changes of a held update by layer and path; a layer with secret content, or of unknown base, by its name alone.

    Args:
        held: what waits.
        layers: the profile's layers now, with their texts.
        applied: the layers that are applied, with their texts where those are known.
        before: the rows that are applied.
    """
    found: list[str] = []
    for name in held.layers:
        if name == VARIABLES:
            found.append("definitions of its variables")
            continue
        new, old = mapping(mapping(layers).get(name)), mapping(mapping(applied).get(name))
        known = _has_text(old) and _has_text(new) and is_known(new)
        if new.get("secret") or old.get("secret") or not known:
            found.append(
                f"{name} (content)" if new and name in mapping(before) else f"{name} ({'added' if new else 'removed'})"
            )
            continue
        found += [f"{name} {change}" for change in layer_changes(old, new)] or [name]
    return found


def _has_text(layer: Mapping[str, Any]) -> bool:
    return "values" in layer or "manifests" in layer


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


def held_conflict(
    cluster: str,
    old: Props,
    new: Props,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    defined: Mapping[str, Any],
    held: Sequence[Held] = (),
) -> InputError | None:
    """Variables and overrides of a profile can't change while an update of it waits: the write would bring it along.

    Args:
        cluster: its name.
        old: former checked inputs.
        new: checked inputs.
        before: former declared overrides by profile key.
        after: declared overrides by profile key.
        defined: definitions of variables by profile key; a flat value counts where its name is one of them.
        held: what waits, with the tokens.
    """
    for key, pending in mapping(new.get("pending_updates")).items():
        values = [mapping(mapping(side.get("profiles")).get(key)).get("values", {}) for side in (old, new)]
        known = defined.get(key)
        names = (
            known if isinstance(known, Mapping) else {**mapping(old.get("variables")), **mapping(new.get("variables"))}
        )
        flat = [
            {name: value for name, value in mapping(side.get("variables")).items() if name in names}
            for side in (old, new)
        ]
        changed = {
            "variables": values[0] != values[1] or flat[0] != flat[1],
            "overrides": before.get(key, {}) != after.get(key, {}),
        }
        for what in (name for name, differs in changed.items() if differs):
            name = mapping(mapping(new.get("profiles")).get(key)).get("name", key)
            once = "".join(f'approve=["{item.token}"], or always: ' for item in held if item.key == key)
            return InputError(
                f'"{cluster}": {what} would change while an update of {name} {mapping(pending).get("version", "")} is held; '
                "writing them would bring that update along.\n"
                f'  apply it with them: {once}updates="apply"   or leave the {what} as they were until it is applied',
                path=what,
            )
    return None
