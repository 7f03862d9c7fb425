"""Proof that an edited document is the old one with the values set, and nothing else. Compares trees, never text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from palette_sdk.content.document import HIDDEN, hide_actions
from palette_sdk.content.paths import Index, Key, Leaf, Match, Step, Tree
from palette_sdk.content.scalars import meaning, meaning_of
from palette_sdk.content.tree import Node

_HIDDEN = re.compile(f"{HIDDEN}+")


def means(node: Node, value: object) -> bool:
    """Say whether a node already has this value."""
    if isinstance(value, Mapping):
        return (
            node.kind == "map"
            and len(node.pairs) == len(value)
            and all(len(found := node.find(key)) == 1 and means(found[0], item) for key, item in value.items())
        )
    if isinstance(value, (list, tuple)):
        return node.kind == "list" and len(node.items) == len(value) and all(map(means, node.items, value))
    if node.kind != "scalar":
        return False
    if isinstance(value, str) and "{{" in value:  # its template actions are hidden in the tree, escaped or not
        return (bool(node.style) or bool(node.tag)) and _HIDDEN.sub(HIDDEN, node.value) == _HIDDEN.sub(
            HIDDEN, hide_actions(value)
        )
    return meaning(node) == meaning_of(value)


def is_edited(old: Node | None, new: Node, below: Leaf | Tree | None) -> bool:
    """Say whether the new tree is the old one with the values set, and nothing else."""
    if isinstance(below, Leaf):
        return means(new, below.value)
    if old is None or (below and old.is_null):
        return new.kind == "map" and len(new.pairs) == len(below or {}) and _has_added(new, below or {})
    if (old.kind, old.anchor, old.tag, old.flow) != (new.kind, new.anchor, new.tag, new.flow):
        return False
    if old.kind == "list":
        wanted = {_index_in(old, step): part for step, part in (below or {}).items()}
        return len(old.items) == len(new.items) and all(
            is_edited(one, other, wanted.get(index))
            for index, (one, other) in enumerate(zip(old.items, new.items, strict=True))
        )
    if old.kind != "map":
        return (old.value, old.style) == (new.value, new.style)
    parts = {step.name: part for step, part in (below or {}).items() if isinstance(step, Key)}
    added: Tree = {Key(name): part for name, part in parts.items() if not old.find(name)}
    kept = [pair for pair in new.pairs if not (pair[0].kind == "scalar" and Key(pair[0].value) in added)]
    return (
        len(kept) == len(old.pairs)
        and len(new.pairs) == len(old.pairs) + len(added)
        and _has_added(new, added)
        and all(
            is_edited(key, new_key, None)
            and is_edited(value, new_value, parts.get(key.value) if key.kind == "scalar" else None)
            for (key, value), (new_key, new_value) in zip(old.pairs, kept, strict=True)
        )
    )


def _has_added(new: Node, added: Tree) -> bool:
    return all(
        isinstance(step, Key) and len(found := new.find(step.name)) == 1 and is_edited(None, found[0], part)
        for step, part in added.items()
    )


def _index_in(node: Node, step: Step) -> int:
    if isinstance(step, Match):
        return next(
            i for i, item in enumerate(node.items) if any(value.value == step.value for value in item.find(step.key))
        )
    return step.number if isinstance(step, Index) else int(step.name)
