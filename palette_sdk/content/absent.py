"""Paths that a document doesn't have: most are misspelt. Sets nothing; see `edit`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from palette_sdk.content.document import readable
from palette_sdk.content.paths import Key, Step, parse_path
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
    found: dict[str, str] = {}
    for written, steps in wanted.items():
        misses = [_miss(root, steps) for root in roots]
        if not roots or None in misses:
            continue
        node, depth = max((miss for miss in misses if miss is not None), key=lambda miss: miss[1])
        missing = steps[depth]
        if isinstance(missing, Key) and not _commented(text, missing.name):
            found[written] = _nearest(node, steps, depth, roots)
    return found


def _miss(root: Node, steps: tuple[Step, ...]) -> tuple[Node, int] | None:
    """The last node that a path reaches, and how many steps led there; None where nothing is missing."""
    node = root
    for depth, step in enumerate(steps):
        if node.kind != "map":
            return None if node.is_null or node.kind != "scalar" else (node, depth)
        if not node.pairs or not isinstance(step, Key):
            return None
        below = node.find(step.name)
        if not below:
            templated = any("{{" in name.value for name, _ in node.pairs)
            return None if templated else (node, depth)
        node = below[-1]
    return None


def _nearest(node: Node, steps: tuple[Step, ...], depth: int, roots: list[Node]) -> str:
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
