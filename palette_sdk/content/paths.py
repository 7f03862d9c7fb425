"""Paths into a YAML document as a program writes them: `/ui/replicas`, `ui.replicas`, `containers[name=ui].image`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from palette_sdk.errors import InputError

_STEP = re.compile(r"((?:[^\[\]]|\[(?![^\[\]]*\]))*)((?:\[[^\[\]]*\])*)")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a map; in a list, its digits are an index."""

    name: str

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
    """The one item of a list whose key has this value."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"[{self.key}={self.value}]"


Step = Key | Index | Match


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value to set, and the path as it was written."""

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
            key, equals, value = inside.partition("=")
            if equals and key:
                steps.append(Match(key.strip(), value.strip().strip("\"'")))
            elif inside.isdecimal():
                steps.append(Index(int(inside)))
            else:
                raise InputError(f'"[{inside}]" in "{written}" picks no item; write [0] or [name=ui]', path=path)
    return tuple(steps)


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
