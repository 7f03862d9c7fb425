"""The merge of one text: by its tree where it is YAML, by lines where it isn't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from palette_sdk.content.paths import Leaf
from palette_sdk.errors import InputError
from palette_sdk.merge.apply import Edits, apply
from palette_sdk.merge.lines import merge_lines
from palette_sdk.merge.model import ABSENT, UNKNOWN_BASE, Declared, Merged, Policy, Row, Rule, merged, shown_text
from palette_sdk.merge.places import Place, root_place
from palette_sdk.merge.policy import ByPolicy, ByRules
from palette_sdk.merge.sharing import Sharing
from palette_sdk.merge.source import Document, Source, read
from palette_sdk.merge.walk import Walk


def merge(
    *,
    base: str | None,
    incoming: str,
    override: str,
    policy: Policy,
    rules: Sequence[Rule] = (),
    layer: str = "",
    owned: Sequence[Declared] = (),
    path: str = "",
) -> Merged:
    """Merge one text: a values document, a manifest of several documents, or any other text.

    Where only the cluster differs from the base, or only what comes, that side wins; where both do, the policy decides.
    Without an override the incoming text comes back byte for byte; where what comes is the base and everything is kept,
    the cluster's text does.

    Args:
        base: what was applied last; None where that isn't known: then every difference is a conflict under "merge".
        incoming: what comes.
        override: what the cluster runs.
        policy: what becomes of overrides.
        rules: policies for some places.
        layer: the layer's name, for the rules.
        owned: places that the program owns or owned before: there the incoming value wins without a word, because
            declared values are applied afterwards.
        path: the property, for messages.

    Raises:
        InputError: a key stands twice in one map, a text is nested too deep, or an edit can't be carried over.
    """
    rule = ByRules(rules, layer, ByPolicy(policy))
    if base == incoming == override:
        return Merged(incoming)
    if any(not row.path and not row.resource for row in owned):
        override = base if base is not None else incoming
    sides = _read(base, incoming, override, path)
    if sides is None:
        text, rows = merge_lines(base, incoming, override, rule)
    else:
        text, rows = _merge_trees(sides, rule, owned, path)
    if override == base:
        text = incoming
    elif incoming == base and not owned and all(row.decision in ("kept", "redundant", "incoming") for row in rows):
        text = override
    return merged(text, rows, rule.used)


def found(*, base: str | None, running: str, owned: Sequence[Declared] = (), path: str = "") -> tuple[Row, ...]:
    """Give what someone changed: the differences of what runs from what was applied, as rows that are "kept".

    Args:
        base: what was applied last; None where that isn't known, which gives one row for the whole.
        running: what the cluster runs.
        owned: places that the program owns; they don't count.
        path: the property, for messages.
    """
    if base is None:
        whole = Row("", "", ABSENT, running, ABSENT, "kept", UNKNOWN_BASE, "unknown", shown_text(running, gone=False))
        return (replace(whole, base_known=False),)
    return merge(base=base, incoming=base, override=running, policy="keep", owned=owned, path=path).kept


def _read(base: str | None, incoming: str, override: str, path: str) -> tuple[Source | None, Source, Source] | None:
    """Read all sides, each text once; None where one isn't YAML."""
    sources: dict[str, Source | None] = {}
    names = (("what comes", incoming), ("what the cluster runs", override), ("what was applied last", base))
    for side, text in names:
        if text is not None and text not in sources:
            sources[text] = read(text, path=path, side=side)
    if None in sources.values():
        return None
    first, second = sources[incoming], sources[override]
    if first is None or second is None:
        return None
    return None if base is None else sources[base], first, second


def _merge_trees(
    sides: tuple[Source | None, Source, Source], rule: ByRules, owned: Sequence[Declared], path: str
) -> tuple[str, list[Row]]:
    base, incoming, override = sides
    for raw in (True, False):
        walk = Walk(base, incoming, override, rule, raw=raw)
        edits = _documents(walk, base, incoming, override, owned)
        try:
            text = apply(incoming, override, edits, path=path) if edits else incoming.text
        except InputError:
            if raw:
                continue  # once more, with values written by us instead of as they stand in their text
            raise
        return text, walk.rows
    raise AssertionError


def _documents(walk: Walk, base: Source | None, incoming: Source, override: Source, owned: Sequence[Declared]) -> Edits:
    edits = Edits()
    before = base.documents if base else {}
    for key, document in incoming.documents.items():
        at = root_place(document.resource, owned)
        old, mine = before.get(key), override.documents.get(key)
        edit = walk.place(at, old.root if old else None, document.root, mine.root if mine else None)
        if edit is not None and not isinstance(edit, Leaf) and incoming.anchors:
            edit = Sharing(incoming, override, walk.follows).settle(document.root, edit)
        edits.put(document.number, edit, mine)
    after = -1
    for key, document in override.documents.items():
        if key in incoming.documents:
            after = incoming.documents[key].number
            continue
        old = before.get(key)
        if _is_new_map(document, incoming):
            edit = walk.new_map(root_place("", owned), old.root if old else None, document.root)
            if edit is None:
                continue
            if isinstance(edit, Leaf) or (not incoming.text.strip() and walk.makes(edit, document.root)):
                edits.added.append((-1, document))
            else:
                edits.inside[0] = edit
            continue
        if walk.place(_whole(document.resource, owned), old.root if old else None, None, document.root) is not None:
            edits.added.append((after, document))
    for key, document in before.items():
        if key not in incoming.documents and key not in override.documents:
            walk.place(_whole(document.resource, owned), document.root, None, None)
    return edits


def _is_new_map(document: Document, incoming: Source) -> bool:
    """Say whether a document is a map of values where nothing comes, so that it can be decided key by key."""
    return (
        not document.resource
        and document.root.kind == "map"
        and not incoming.documents
        and len(incoming.reading.roots) < 2
    )


def _whole(resource: str, owned: Sequence[Declared]) -> Place:
    at = root_place(resource, owned)
    return Place(resource, "", tuple(steps for steps in at.owned if not steps))
