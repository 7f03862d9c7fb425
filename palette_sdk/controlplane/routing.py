"""Find the route of a path: a tree of segments in which a literal wins over a parameter.

Starlette's own router takes the first pattern that fits, in the order of registration; with several hundred routes
such as `/validate/name` beside `/{uid}`, written by families that don't know each other, precedence must not hang on
the order. One trailing slash makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.call import Handler, RouteRow


class Match(NamedTuple):
    """A route and what its parameters are in this path."""

    route: str
    handler: Handler
    status: int
    params: dict[str, str]


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    rows: dict[str, RouteRow] = field(default_factory=dict)


class Routes:
    """All routes of an app.

    Raises:
        ValueError: two rows for one method and path.
    """

    def __init__(self, tables: Iterable[Iterable[RouteRow]]) -> None:
        self._root = _Node()
        for table in tables:
            for row in table:
                self._add(row)

    def _add(self, row: RouteRow) -> None:
        node = self._root
        for segment in _segments(row[1]):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if row[0] in node.rows:
            raise ValueError(f"two routes for {row[0]} {row[1]}")
        node.rows[row[0]] = row

    def match(self, method: str, raw_path: str) -> Match:
        """The route of a path as it came over the wire (percent-encoded).

        Raises:
            Refusal: no such path, or not with this method.
        """
        segments = _segments(raw_path)
        node = _walk(self._root, segments, 0)
        if node is None:
            raise assumptions.NO_ROUTE.refusal(f"there is no {unquote(raw_path)} in this API")
        if method not in node.rows:
            allowed = sorted(node.rows)
            raise assumptions.WRONG_METHOD.refusal(
                f"{unquote(raw_path)} has no {method}; it has {', '.join(allowed)}", allowed=allowed
            )
        _, route, handler, status = node.rows[method]
        pairs = zip(_segments(route), segments, strict=True)
        return Match(route, handler, status, {name[1:-1]: unquote(value) for name, value in pairs if name[:1] == "{"})

    def rows(self) -> list[RouteRow]:
        """All rows, in no particular order."""
        found: list[RouteRow] = []
        nodes = [self._root]
        while nodes:
            node = nodes.pop()
            found += node.rows.values()
            nodes += [*node.literals.values(), *([node.parameter] if node.parameter else [])]
        return found


def _walk(node: _Node, segments: list[str], index: int) -> _Node | None:
    if index == len(segments):
        return node if node.rows else None
    literal = node.literals.get(segments[index])
    found = _walk(literal, segments, index + 1) if literal else None
    if found is None and node.parameter is not None and segments[index]:
        found = _walk(node.parameter, segments, index + 1)
    return found


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").removesuffix("/").split("/")
