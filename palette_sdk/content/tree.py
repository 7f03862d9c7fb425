"""YAML text as trees of nodes with exact positions. Only this module and the writer of scalars know the YAML library.

Built from libyaml's events instead of its composer: an event costs a quarter of a composed node, and the depth of nesting
is under our control, where the composer would overflow the C stack. Resolves no values; says where things stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

DEEPEST = 120
"""Levels of nesting that are accepted. The deepest real documents (schemas in custom resource definitions) have about 60."""

Kind = Literal["scalar", "map", "list", "alias"]


class YamlError(ValueError):
    """The text is not YAML.

    Args:
        problem: what is wrong, in a few words.
        index: where, as an index into the text.
    """

    def __init__(self, problem: str, index: int) -> None:
        self.problem, self.index = problem, index
        super().__init__(problem)


class TooDeepError(YamlError):
    """The text is nested deeper than `DEEPEST`."""


class Node:
    """One node of a document.

    Attributes:
        kind: what it is.
        start: index of its first character, its anchor and tag included.
        end: index behind its last. For a block collection this is the end of its last entry; for a block scalar it may
            lie behind blank lines.
        value: a scalar's value as text, an alias's name.
        style: a scalar's style: "" plain, or one of ' " | >.
        tag: an explicit tag, else "".
        anchor: its anchor, else "".
        flow: whether a collection is in flow style.
        pairs: entries of a map, key and value, in order.
        items: entries of a list, in order.
        canon: its canonical form in its document, once `digest.canonise` has worked it out; else "".
    """

    __slots__ = ("anchor", "canon", "end", "flow", "items", "kind", "pairs", "start", "style", "tag", "value")

    def __init__(self, kind: Kind, start: int, end: int, tag: str = "", anchor: str = "") -> None:
        self.kind, self.start, self.end, self.tag, self.anchor = kind, start, end, tag, anchor
        self.value = self.style = self.canon = ""
        self.flow = False
        self.pairs: list[tuple[Node, Node]] = _NO_PAIRS
        self.items: list[Node] = _NO_ITEMS

    @property
    def is_null(self) -> bool:
        """Whether this is a plain null."""
        return (
            self.kind == "scalar"
            and not self.style
            and not self.tag
            and self.value in ("", "~", "null", "Null", "NULL")
        )

    def find(self, key: str) -> list[Node]:
        """Give the values under a scalar key of a map: none, one, or several where the key stands twice."""
        return [value for name, value in self.pairs if name.kind == "scalar" and name.value == key]


_NO_PAIRS: list[tuple[Node, Node]] = []
_NO_ITEMS: list[Node] = []  # shared by all scalars, never added to


def documents(text: str) -> list[Node]:
    """Give the root node of each document; an empty document is an empty plain scalar.

    Raises:
        YamlError: the text is not YAML, names an anchor that is not there, or is nested deeper than `DEEPEST`.
    """
    return stream(text)[0]


def stream(text: str) -> tuple[list[Node], list[int]]:
    """Give the root node of each document, and the index of the `---` in front of each, -1 where there is none.

    Raises:
        YamlError: as for `documents`.
    """
    import yaml

    # libyaml refuses a byte order mark in some places and doesn't count it in others
    offset = 1 if text.startswith("\ufeff") else 0
    try:
        parser = yaml.CSafeLoader(text[offset:] if offset else text)
    except UnicodeEncodeError as error:  # half of a surrogate pair
        raise YamlError("a character that is none", error.start + offset) from None
    builder = _Builder(offset)
    try:
        builder.run(parser.get_event, yaml)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(error.problem or error.context or "not YAML", (mark.index if mark else 0) + offset) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error).split("\n", 1)[0], offset) from None
    finally:
        parser.dispose()
    return builder.roots, builder.markers


class _Builder:
    def __init__(self, offset: int) -> None:
        self.roots: list[Node] = []
        self.markers: list[int] = []
        self._offset = offset
        self._open: list[Node] = []
        self._keys: list[Node | None] = []  # for each open node: a map's key that waits for its value
        self._anchors: set[str] = set()

    def run(self, next_event: Callable[[], Any], yaml: Any) -> None:
        scalar, start_map, end_map = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.MappingEndEvent
        start_list, end_list, alias = yaml.SequenceStartEvent, yaml.SequenceEndEvent, yaml.AliasEvent
        start_document, end_document = yaml.DocumentStartEvent, yaml.DocumentEndEvent
        offset = self._offset
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is scalar:
                node = Node(
                    "scalar",
                    event.start_mark.index + offset,
                    event.end_mark.index + offset,
                    event.tag or "",
                    event.anchor or "",
                )
                node.value, node.style = event.value, event.style or ""
                self._add(node)
            elif kind is start_map or kind is start_list:
                self._start(event, "map" if kind is start_map else "list")
            elif kind is end_map or kind is end_list:
                self._end(event.end_mark.index + offset)
            elif kind is alias:
                node = Node("alias", event.start_mark.index + offset, event.end_mark.index + offset)
                node.value = event.anchor
                if node.value not in self._anchors:
                    raise YamlError("this alias has no anchor before it", node.start)
                self._add(node)
            elif kind is start_document:
                self.markers.append(event.start_mark.index + offset if event.explicit else -1)
            elif kind is end_document:
                self._anchors.clear()

    def _start(self, event: Any, kind: Kind) -> None:
        node = Node(kind, event.start_mark.index + self._offset, 0, event.tag or "", event.anchor or "")
        node.flow = bool(event.flow_style)
        node.pairs, node.items = [], []
        self._add(node)
        self._open.append(node)
        self._keys.append(None)
        if len(self._open) > DEEPEST:
            raise TooDeepError(f"nested deeper than {DEEPEST} levels", node.start)

    def _add(self, node: Node) -> None:
        if node.anchor:
            self._anchors.add(node.anchor)
        if not self._open:
            self.roots.append(node)
        elif (parent := self._open[-1]).kind == "list":
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None

    def _end(self, end: int) -> None:
        node = self._open.pop()
        self._keys.pop()
        if node.flow:
            node.end = end
        else:  # libyaml ends a block collection where the next token begins, beyond blank lines and comments
            node.end = node.pairs[-1][1].end if node.pairs else node.items[-1].end
