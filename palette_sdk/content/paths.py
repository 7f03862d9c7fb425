"""Paths into a YAML document as a program writes them: `/ui/replicas`, `ui.replicas`, `containers[name=ui].image`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from palette_sdk.content.tree import Kind
from palette_sdk.errors import InputError

_STEP = re.compile(r"((?:[^\[\]]|\[(?![^\[\]]*\]))*)((?:\[[^\[\]]*\])*)")
_NEXT_PAIR = re.compile(r",(?=\s*[A-Za-z][A-Za-z0-9]*=)")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a map; in a list, its digits are an index.

    Args:
        name: the key.
        spelling: how it is written in a text, should it be new; "" leaves that to the writer.
        after: the key behind which it goes, should it be new; None is the end of the map.
    """

    name: str
    spelling: str = field(default="", compare=False)
    after: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return "/" + self.name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class Index:
    """An item of a list by its number, from 0."""

    number: int

    def __str__(self) -> str:
        return f"[{self.number}]"


@dataclass(frozen=True, slots=True)
class Match:
    """The one item of a list whose key has this value; or several keys, as ports have a number and a protocol."""

    key: str
    value: str
    more: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "[" + ",".join(f"{key}={value}" for key, value in ((self.key, self.value), *self.more)) + "]"

    def picks(self, find: Callable[[str], Sequence[_Value]]) -> bool:
        """Say whether it picks the item whose scalars `find` gives by key."""
        return all(
            any(one.kind == "scalar" and one.value == value for one in find(key))
            for key, value in ((self.key, self.value), *self.more)
        )


@dataclass(frozen=True, slots=True)
class New:
    """A new item of a list.

    Args:
        after: the number of the item behind which it goes; -1 is the front.
        number: its place among the new ones there.
    """

    after: int
    number: int

    def __str__(self) -> str:
        return f"[new behind {self.after}]"


class _Value(Protocol):
    kind: Kind
    value: str


Step = Key | Index | Match | New


class Removed(Enum):
    """Stands as a leaf's value for: take it out."""

    REMOVED = "removed"


REMOVED = Removed.REMOVED


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value to set, or `REMOVED`, and the path as it was written."""

    value: object
    written: str


Tree = dict[Step, "Leaf | Tree"]


def parse_path(written: str, *, path: str) -> tuple[Step, ...]:
    """Split a path into its steps.

    Args:
        written: a JSON pointer (`/a/b~1c/0`), or dotted (`a.b[0]`); both may pick list items by key (`[name=ui]`).
        path: the property, for the message.

    Raises:
        InputError: it names nothing.
    """
    separator = "/" if written.startswith("/") else "."
    steps: list[Step] = []
    for part in _split(written.removeprefix("/"), separator):
        found = _STEP.fullmatch(part)
        name, brackets = (found[1], _BRACKET.findall(found[2])) if found else (part, [])
        if separator == "/":
            name = name.replace("~1", "/").replace("~0", "~")
        if name or (separator == "/" and not brackets and steps):
            steps.append(Key(name))
        elif not brackets or steps:
            raise InputError(
                f'"{written}" is no path into a document; write "/ui/replicas" or "ui.replicas"', path=path
            )
        for inside in brackets:
            if "=" in inside and not inside.startswith("="):
                steps.append(_match(inside))
            elif inside.isdecimal():
                steps.append(Index(int(inside)))
            else:
                raise InputError(f'"[{inside}]" in "{written}" picks no item; write [0] or [name=ui]', path=path)
    return tuple(steps)


def _match(inside: str) -> Match:
    pairs = [(key.strip(), value.strip().strip("\"'")) for key, _, value in _pairs(inside)]
    return Match(*pairs[0], tuple(pairs[1:]))


def _pairs(inside: str) -> list[tuple[str, str, str]]:
    """Split at commas behind which another `key=` stands; other commas belong to the value."""
    return [part.partition("=") for part in _NEXT_PAIR.split(inside)]


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that stand outside brackets."""
    parts, depth, current = [], 0, ""
    for index, character in enumerate(text):
        if character == "[" and "]" in text[index:]:
            depth += 1
        elif character == "]":
            depth = max(0, depth - 1)
        if character == separator and not depth:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]


def path_tree(values: Mapping[str, object], *, path: str) -> Tree:
    """Arrange values by their paths.

    Raises:
        InputError: two paths are the same, or one leads through the other.
    """
    tree: Tree = {}
    for written, value in values.items():
        steps = parse_path(written, path=path)
        level = tree
        for step in steps[:-1]:
            below = level.setdefault(step, {})
            if isinstance(below, Leaf):
                raise overlap(below.written, written, path=path)
            level = below
        there = level.get(steps[-1])
        if there is not None:
            raise overlap(there.written if isinstance(there, Leaf) else first_path(there), written, path=path)
        level[steps[-1]] = Leaf(value, written)
    return tree


def first_path(tree: Tree) -> str:
    """Give the first path, as it was written, that leads into this part."""
    below: Leaf | Tree = tree
    while not isinstance(below, Leaf):
        below = next(iter(below.values()))
    return below.written


def overlap(one: str, other: str, *, path: str) -> InputError:
    """Give the error for two paths that set the same place."""
    return InputError(f'"{one}" and "{other}" set the same place; keep one of them', path=path)
