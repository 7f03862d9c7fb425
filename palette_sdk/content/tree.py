"""YAML text as trees of nodes with exact positions. The only module that knows the YAML library.

Built from libyaml's events instead of its composer: an event costs a quarter of a composed node, and the depth of nesting
is under our control, where the composer would overflow the C stack. Resolves no values; says where things stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

DEEPEST = 200
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


@dataclass(slots=True, eq=False)
class Node:
    """One node of a document.

    Args:
        kind: what it is.
        start: index of its first character (behind anchor and tag).
        end: index behind its last. For a block collection this is the end of its last entry.
        value: a scalar's value as text, an alias's name.
        style: a scalar's style: "" plain, or one of ' " | >.
        tag: an explicit tag, else "".
        anchor: its anchor, else "".
        flow: whether a collection is in flow style.
        pairs: entries of a map, key and value, in order.
        items: entries of a list, in order.
    """

    kind: Kind
    start: int
    end: int
    value: str = ""
    style: str = ""
    tag: str = ""
    anchor: str = ""
    flow: bool = False
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    def get(self, key: str) -> Node | None:
        """Give the value under a scalar key of a map, or None."""
        for name, value in self.pairs:
            if name.kind == "scalar" and name.value == key:
                return value
        return None


def documents(text: str) -> list[Node]:
    """Give the root node of each document; an empty document is an empty plain scalar.

    Raises:
        YamlError: the text is not YAML, or nested deeper than `DEEPEST`.
    """
    offset = 1 if text.startswith("\ufeff") else 0  # libyaml does not count a byte order mark
    roots: list[Node] = []
    open_nodes: list[Node] = []
    waiting: list[Node | None] = []  # for each open node: a map's key that waits for its value
    for event, name in _events(text):
        if name in ("MappingEndEvent", "SequenceEndEvent"):
            node = open_nodes.pop()
            waiting.pop()
            node.end = _collection_end(node, event.end_mark.index + offset)
            continue
        made = _node(event, name, offset)
        if made is None:
            continue
        if not open_nodes:
            roots.append(made)
        elif open_nodes[-1].kind == "list":
            open_nodes[-1].items.append(made)
        elif (key := waiting[-1]) is None:
            waiting[-1] = made
        else:
            open_nodes[-1].pairs.append((key, made))
            waiting[-1] = None
        if made.kind in ("map", "list"):
            open_nodes.append(made)
            waiting.append(None)
            if len(open_nodes) > DEEPEST:
                raise YamlError(f"nested deeper than {DEEPEST} levels", made.start)
    return roots


def _node(event: Any, name: str, offset: int) -> Node | None:
    start, end = event.start_mark.index + offset, event.end_mark.index + offset
    if name == "ScalarEvent":
        return Node("scalar", start, end, event.value, event.style or "", event.tag or "", event.anchor or "")
    if name == "MappingStartEvent":
        return Node("map", start, end, tag=event.tag or "", anchor=event.anchor or "", flow=bool(event.flow_style))
    if name == "SequenceStartEvent":
        return Node("list", start, end, tag=event.tag or "", anchor=event.anchor or "", flow=bool(event.flow_style))
    if name == "AliasEvent":
        return Node("alias", start, end, event.anchor)
    return None


def _collection_end(node: Node, end: int) -> int:
    if node.flow:
        return end
    # libyaml ends a block collection where the next token begins, beyond blank lines and comments
    last = node.pairs[-1][1] if node.pairs else node.items[-1] if node.items else None
    return last.end if last is not None else node.start


def _events(text: str) -> Iterator[tuple[Any, str]]:
    import yaml

    parser = yaml.CSafeLoader(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event, type(event).__name__
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(error.problem or error.context or "not YAML", mark.index if mark else 0) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error), 0) from None
    finally:
        parser.dispose()
