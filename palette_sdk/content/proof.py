"""Proof that an edited document is the old one with the values set, and nothing else. Compares trees, never text."""

from __future__ import annotations

from collections.abc import Mapping

from palette_sdk.content.digest import canonical
from palette_sdk.content.paths import REMOVED, Index, Key, Leaf, Match, New, Removed, Step, Tree
from palette_sdk.content.pieces import Piece
from palette_sdk.content.scalars import meaning, meaning_of
from palette_sdk.content.tree import Node


def means(node: Node, value: object) -> bool:
    """Say whether a node already has this value."""
    if isinstance(value, Piece):
        return canonical(node) == value.node.canon
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
    return meaning(node) == meaning_of(value)


def is_edited(old: Node | None, new: Node, below: Leaf | Tree | None) -> bool:
    """Say whether the new tree is the old one with the values set, and nothing else."""
    if isinstance(below, Leaf):
        return means(new, below.value)
    if old is None or (below and old.is_null):
        return new.kind == "map" and len(new.pairs) == len(below or {}) and _has_added(new, below or {})
    if below and is_emptied(old, below):
        return means(new, {} if old.kind == "map" else [])
    if (old.kind, old.anchor, old.tag, old.flow) != (new.kind, new.anchor, new.tag, new.flow):
        return False
    if old.kind == "list":
        return _is_edited_list(old, new, below or {})
    if old.kind != "map":
        return (old.value, old.style) == (new.value, new.style)
    parts = {step.name: part for step, part in (below or {}).items() if isinstance(step, Key)}
    gone = {name for name, part in parts.items() if isinstance(part, Leaf) and isinstance(part.value, Removed)}
    added: Tree = {Key(name): part for name, part in parts.items() if name not in gone and not old.find(name)}
    there = [pair for pair in old.pairs if not (pair[0].kind == "scalar" and pair[0].value in gone)]
    kept = [pair for pair in new.pairs if not (pair[0].kind == "scalar" and Key(pair[0].value) in added)]
    return (
        len(kept) == len(there)
        and len(new.pairs) == len(there) + len(added)
        and _has_added(new, added)
        and all(
            is_edited(key, new_key, None)
            and is_edited(value, new_value, parts.get(key.value) if key.kind == "scalar" else None)
            for (key, value), (new_key, new_value) in zip(there, kept, strict=True)
        )
    )


def is_emptied(node: Node, below: Tree) -> bool:
    """Say whether edits take everything out of a map or list and put nothing in."""
    size = len(node.pairs) + len(node.items)
    if len(below) != size or not size:
        return False
    if node.pairs and {key.value for key, _ in node.pairs} != {step.name for step in below if isinstance(step, Key)}:
        return False
    return all(isinstance(part, Leaf) and part.value is REMOVED for part in below.values())


def _is_edited_list(old: Node, new: Node, below: Tree) -> bool:
    wanted = {_index_in(old, step): part for step, part in below.items() if not isinstance(step, New)}
    added = {step: part for step, part in below.items() if isinstance(step, New)}
    expected: list[tuple[Node | None, Leaf | Tree | None]] = []
    for index in range(-1, len(old.items)):
        part = wanted.get(index)
        if index >= 0 and not (isinstance(part, Leaf) and isinstance(part.value, Removed)):
            expected.append((old.items[index], part))
        expected += [(None, part) for step, part in sorted(added.items(), key=_place) if step.after == index]
    return len(expected) == len(new.items) and all(
        is_edited(one, other, part) for (one, part), other in zip(expected, new.items, strict=True)
    )


def _place(item: tuple[New, Leaf | Tree]) -> tuple[int, int]:
    return item[0].after, item[0].number


def _has_added(new: Node, added: Tree) -> bool:
    return all(
        isinstance(step, Key) and len(found := new.find(step.name)) == 1 and is_edited(None, found[0], part)
        for step, part in added.items()
    )


def _index_in(node: Node, step: Step) -> int:
    if isinstance(step, Match):
        return next(i for i, item in enumerate(node.items) if step.picks(item.find))
    return step.number if isinstance(step, Index) else int(step.name) if isinstance(step, Key) else -1
