"""Settles a whole layer: its values and manifests are merged text by text, then declared overrides are applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from palette_sdk.content.digest import digest
from palette_sdk.content.paths import parse_path
from palette_sdk.errors import InputError
from palette_sdk.merge.declare import declare, lookup, shown_value
from palette_sdk.merge.model import ABSENT, MISSING, Declared, Merged, Policy, Row, Rule, merged, shown_text
from palette_sdk.merge.policy import ByPolicy, ByRules, resource_matches
from palette_sdk.merge.source import Source, read
from palette_sdk.merge.three_way import merge

VALUES = ""
"""Stands for the values among the texts of a layer, where manifests have their names."""


@dataclass(frozen=True, slots=True)
class Content:
    """The texts of a layer.

    Args:
        values: its values; "" where it has none.
        manifests: its manifests by name.
    """

    values: str = ""
    manifests: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, str]:
        """All texts by name, the values by ""."""
        return {VALUES: self.values, **self.manifests}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a layer came to; rows as in `Merged`, with the names of manifests.

    Args:
        content: what to send; where there are conflicts or refusals, with the incoming values at their places.
        changes: what comes that wasn't applied before.
        conflicts: places changed on both sides to different values, under the policy "merge".
        refused: overrides under the policy "fail".
        kept: found overrides that stay.
        dropped: found overrides that give way.
        redundant: found or declared overrides that equal what comes.
        orphaned: found overrides whose place is gone, and declared ones whose place the profile has no more.
        added: declared overrides of places that the profile never had; in `reason`, the nearest that it has.
        used_rules: indexes of the rules that decided something.
    """

    content: Content
    changes: tuple[Row, ...] = ()
    conflicts: tuple[Row, ...] = ()
    refused: tuple[Row, ...] = ()
    kept: tuple[Row, ...] = ()
    dropped: tuple[Row, ...] = ()
    redundant: tuple[Row, ...] = ()
    orphaned: tuple[Row, ...] = ()
    added: tuple[Row, ...] = ()
    used_rules: frozenset[int] = frozenset()


def settle(
    *,
    layer: str,
    base: Content | None,
    incoming: Content,
    running: Content | None,
    policy: Policy,
    rules: Sequence[Rule] = (),
    declared: Sequence[Declared] = (),
    owned: Sequence[Declared] = (),
    path: str,
) -> Settled:
    """Settle one layer.

    Args:
        layer: its name, for the rules.
        base: what was applied last; None where that isn't known.
        incoming: what comes.
        running: what the cluster runs; None where nothing of it runs yet.
        policy: what becomes of found overrides.
        rules: policies for some places.
        declared: overrides of the program; they are applied last.
        owned: overrides that the program had before; what they wrote is nobody's override. Those in `declared` count, too.
        path: the property, for messages.

    Raises:
        InputError: as `merge` and `declare` do; a declared override names no text of the layer.
    """
    mine = [*declared, *owned]
    results: dict[str, tuple[str | None, Merged]] = {}
    if running is None:
        results = {name: (text, Merged(text)) for name, text in incoming.texts.items()}
    else:
        sides = [None if base is None else base.texts, incoming.texts, running.texts]
        for name in dict.fromkeys(key for texts in (sides[1], sides[2], sides[0]) for key in texts or ()):
            before, comes, runs = (None if texts is None else texts.get(name, ABSENT) for texts in sides)
            of_text = _owned(name, mine, incoming, running)
            if isinstance(comes, str) and isinstance(runs, str):
                result = merge(
                    base=None if before is None else before if isinstance(before, str) else "",
                    incoming=comes,
                    override=runs,
                    policy=policy,
                    rules=rules,
                    layer=layer,
                    owned=of_text,
                    path=_named(path, name),
                )
                results[name] = result.text, result
            else:
                results[name] = _one_sided(before, comes, runs, ByRules(rules, layer, ByPolicy(policy)), of_text)
    texts = {name: text for name, (text, _) in results.items() if text is not None}
    rows = {name: [*result.rows, *result.changes] for name, (_, result) in results.items()}
    used = {index for _, result in results.values() for index in result.used_rules}
    for name, group in _by_text(declared, texts, path).items():
        declaration = declare(texts[name], group, path=_named(path, name))
        rows[name] += [*declaration.orphaned, *declaration.redundant]
        gone = _without_place(group, base.texts.get(name, ""), texts[name], path) if base is not None else []
        known = {row.path for row in gone}
        rows[name] += [*gone, *(row for row in declaration.added if row.path not in known)]
        texts[name] = declaration.text
    named = [replace(row, manifest=name) for name, found in rows.items() for row in found]
    all_of_it = merged("", named, used)
    return Settled(
        content=Content(texts.pop(VALUES, ""), texts),
        changes=all_of_it.changes,
        conflicts=all_of_it.conflicts,
        refused=all_of_it.refused,
        kept=all_of_it.kept,
        dropped=all_of_it.dropped,
        redundant=all_of_it.redundant,
        orphaned=all_of_it.orphaned,
        added=all_of_it.added,
        used_rules=all_of_it.used_rules,
    )


def _named(path: str, name: str) -> str:
    return f"{path}, manifest {name}" if name else path


def _one_sided(
    before: object, comes: object, runs: object, rule: ByRules, owned: Sequence[Declared]
) -> tuple[str | None, Merged]:
    """Decide about a manifest that one side doesn't have; None as its text leaves it out."""
    text = comes if isinstance(comes, str) else None
    known = before is not None
    old = _digest(before)
    row = Row(
        resource="",
        path="",
        base=before if known else ABSENT,
        override=runs,
        incoming=comes,
        decision="incoming",
        shown_base=shown_text(before, gone=False) if known else "unknown",
        shown_override=shown_text(runs, gone=before is not ABSENT),
        shown_incoming=shown_text(comes, gone=before is not ABSENT),
        base_known=known,
        vanished=isinstance(before, str) and isinstance(runs, str),
        is_changed=not known or old != _digest(comes),
    )
    rows = [row] if known and old != _digest(comes) else []
    if any(not one.path and not one.resource for one in owned) or (known and old == _digest(runs)):
        return text, merged("", rows, ())
    if not isinstance(comes, str) and not isinstance(runs, str):
        return None, merged("", [*rows, replace(row, decision="redundant")], ())
    decision, reason = rule.decide(row)
    rows.append(replace(row, decision=decision, reason=reason))
    if decision == "kept":
        text = runs if isinstance(runs, str) else None
    return text, merged("", rows, rule.used)


def _digest(text: object) -> str:
    return digest(text) if isinstance(text, str) else ""


def _owned(name: str, rows: Sequence[Declared], *contents: Content) -> list[Declared]:
    """Give the overrides that are, or may be, about one text of a layer."""
    found = []
    for row in rows:
        if row.manifest or row.resource:
            if name and row.manifest in ("", name):
                found.append(row)
        elif any(_home(content.texts) == name for content in contents):
            found.append(row)
    return found


def _home(texts: Mapping[str, str]) -> str | None:
    """Give the text that an override without manifest and resource is about: the values, or the only manifest."""
    manifests = [name for name in texts if name]
    if texts.get(VALUES, "").strip() or not manifests:
        return VALUES
    return manifests[0] if len(manifests) == 1 else None


def _by_text(declared: Sequence[Declared], texts: Mapping[str, str], path: str) -> dict[str, list[Declared]]:
    """Group declared overrides by the text that they are about."""
    groups: dict[str, list[Declared]] = {}
    for row in declared:
        groups.setdefault(_text_of(row, texts, path), []).append(row)
    return groups


def _text_of(row: Declared, texts: Mapping[str, str], path: str) -> str:
    manifests = [name for name in texts if name]
    known = ", ".join(manifests) or "none"
    if row.manifest:
        if row.manifest not in manifests:
            raise InputError(f"there is no manifest {row.manifest}; there are: {known}", path=path)
        return row.manifest
    if not row.resource:
        home = _home(texts)
        if home is None:
            raise InputError(f"{row.path or 'text='}: say manifest= or resource=; there are: {known}", path=path)
        return home
    sources = {name: read(texts[name], path=_named(path, name), side="") for name in manifests}
    found = [name for name, source in sources.items() if source and _has(source, row.resource)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{row.resource} is in several manifests: {', '.join(found)}; say manifest=", path=path)
    names = [document.resource for source in sources.values() if source for document in source.documents.values()]
    raise InputError(f"there is no {row.resource}; there are: {', '.join(filter(None, names)) or 'none'}", path=path)


def _has(source: Source, resource: str) -> bool:
    return any(resource_matches(resource, document.resource) for document in source.documents.values())


def _without_place(declared: Sequence[Declared], base: str, incoming: str, path: str) -> list[Row]:
    """Give the overrides whose place was there before and isn't any more; they are applied all the same."""
    before, comes = (read(text, path=path, side="") for text in (base, incoming))
    if before is None or comes is None:
        return []
    rows = []
    for row in declared:
        steps = parse_path(row.path, path=path) if row.path else ()
        if row.value is MISSING or not steps:
            continue
        was, now = (
            next((lookup(one.root, steps) for one in source.documents.values() if _is_of(row, one.resource)), None)
            for source in (before, comes)
        )
        if was is not None and now is None:
            shown = shown_value(row.value)
            rows.append(
                Row(
                    row.resource,
                    "".join(map(str, steps)),
                    before.plain(was),
                    row.value,
                    ABSENT,
                    "orphaned",
                    "the override adds it again",
                    shown_value(before.plain(was)),
                    shown,
                    "(gone)",
                )
            )
    return rows


def _is_of(row: Declared, resource: str) -> bool:
    return not row.resource or resource_matches(row.resource, resource)
