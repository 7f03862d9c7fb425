"""Paths that a document doesn't have: most are misspelt. Sets nothing; see `edit`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from palette_sdk.content.document import readable
from palette_sdk.content.paths import Index, Key, Match, Step, parse_path
from palette_sdk.content.tree import Node, YamlError
from palette_sdk.rules.nearest import nearest


def absent_paths(text: str, paths: Iterable[str], *, path: str) -> dict[str, str]:
    """Paths that lead nowhere in a document, each with the nearest one that does, or "".

    A path into an empty map or a null is meant to fill it, one to a key that stands there as a comment switches it on, and
    which items a list has is nobody's guess: those are not absent. Nor is anything in a text that can't be read.

    Args:
        text: YAML, possibly of several documents.
        paths: as a program writes them.
        path: the property, for messages.

    Raises:
        InputError: something that is no path.
    """
    wanted = {written: parse_path(written, path=path) for written in paths}
    try:
        reading = readable(text)
    except YamlError:
        return {}
    roots = [root for root in reading.roots if root.kind == "map" and not reading.has_branches]
    near = {written: nearest_place(text, roots, steps) for written, steps in wanted.items()}
    return {written: place for written, place in near.items() if place is not None}


def nearest_place(text: str, roots: Sequence[Node], steps: tuple[Step, ...], *, into_items: bool = False) -> str | None:
    """The place that a path may mean which leads nowhere, or ""; None where the path isn't absent, as `absent_paths` says.

    Args:
        text: that the documents stand in.
        roots: of the documents that are looked into.
        steps: the path.
        into_items: whether a path through an item of a list that is there is followed.
    """
    misses = [_miss(root, steps, into_items=into_items) for root in roots]
    if not roots or None in misses:
        return None
    node, depth = max((miss for miss in misses if miss is not None), key=lambda miss: miss[1])
    missing = steps[depth]
    if not isinstance(missing, Key) or _commented(text, missing.name):
        return None
    return _nearest(node, steps, depth, roots)


def _miss(root: Node, steps: tuple[Step, ...], *, into_items: bool) -> tuple[Node, int] | None:
    """The last node that a path reaches, and how many steps led there; None where nothing is missing."""
    node = root
    for depth, step in enumerate(steps):
        if node.kind == "list" and into_items:
            item = picked(node, step)
            if item is None:
                return None
            node = item
            continue
        if node.kind != "map":
            return None if node.is_null or node.kind != "scalar" else (node, depth)
        if not node.pairs or not isinstance(step, Key):
            return None
        below = node.find(step.name)
        if not below:
            elsewhere = any("{{" in name.value or name.value == "<<" for name, _ in node.pairs)
            return None if elsewhere else (node, depth)
        node = below[-1]
    return None


def picked(node: Node, step: Step) -> Node | None:
    """The item of a list that a step means; None where there is none."""
    if isinstance(step, Match):
        return next((item for item in node.items if step.picks(item.find)), None)
    digits = step.name if isinstance(step, Key) else ""
    number = step.number if isinstance(step, Index) else int(digits) if digits.isdecimal() else -1
    return node.items[number] if 0 <= number < len(node.items) else None


def _nearest(node: Node, steps: tuple[Step, ...], depth: int, roots: Sequence[Node]) -> str:
    missing = steps[depth]
    assert isinstance(missing, Key)  # noqa: S101 - asked by the caller
    siblings = nearest(missing.name, [name.value for name, _ in node.pairs if name.kind == "scalar"], 1)
    if siblings:
        return _written((*steps[:depth], Key(siblings[0])))
    last = steps[-1]
    ends = {_written(known): known for root in roots for known in _keys(root) if known[-1] == last}
    return next(iter(nearest(_written(steps), ends, 1)), next(iter(ends), ""))


def _keys(node: Node, above: tuple[Key, ...] = ()) -> Iterator[tuple[Key, ...]]:
    for name, below in node.pairs:
        if name.kind == "scalar":
            here = (*above, Key(name.value))
            yield here
            yield from _keys(below, here)


def _written(steps: Iterable[Step]) -> str:
    return "".join(str(step) for step in steps)


def _commented(text: str, key: str) -> bool:
    return re.search(rf"^[ \t]*#[#\s-]*[\"']?{re.escape(key)}[\"']?\s*:", text, re.MULTILINE) is not None
