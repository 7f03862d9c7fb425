"""How a text is written: its style, and what its nodes say about where text may be spliced. Changes nothing."""

from __future__ import annotations

from palette_sdk.content.scalars import Quotes
from palette_sdk.content.tree import Node
from palette_sdk.content.writer import Writer


def without_line_end(text: str, index: int) -> int:
    """Give the index in front of a line end that stands in front of an index."""
    if text[index - 1 : index] == "\n":
        index -= 1
    return index - 1 if text[index - 1 : index] == "\r" else index


def quotes_of(node: Node) -> Quotes:
    """Give the quotes of a scalar; "" where it has none."""
    return "'" if node.style == "'" else '"' if node.style == '"' else ""


def last_scalar(node: Node) -> Node:
    """Give the last scalar, or flow collection, of a node in block style."""
    while not node.flow and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node


def anchors_in(node: Node, *, below: bool = True) -> list[str]:
    """Give the anchors of a node, and of those below it."""
    own = [node.anchor] if node.anchor else []
    if not below:
        return own
    children = [child for pair in node.pairs for child in pair] + node.items
    return own + [name for child in children for name in anchors_in(child)]


def aliased(node: Node) -> set[str]:
    """Give the names of the anchors that aliases in a node stand for."""
    if node.kind == "alias":
        return {node.value}
    return set().union(*(aliased(child) for pair in node.pairs for child in pair), *map(aliased, node.items))


def style_of(text: str, root: Node | None) -> Writer:
    """Find how the document is written, by the first nested map and the first list below a key in it."""
    step, dash = 0, -1
    todo = [root] if root else []

    def column(index: int) -> int:
        return index - text.rfind("\n", 0, index) - 1

    while todo and (not step or dash < 0):
        node = todo.pop()
        for key, value in node.pairs:
            if value.kind in ("map", "list") and not value.flow and not value.anchor and not value.tag:
                behind = column(value.start) - column(key.start)
                if value.kind == "map" and not step and 1 <= behind <= 8 and "\n" in text[key.end : value.start]:
                    step = behind
                elif value.kind == "list" and dash < 0 and 0 <= behind <= 8:
                    dash = behind
        todo += [*reversed(node.items), *(value for _, value in reversed(node.pairs))]
    eol = "\r\n" if "\r\n" in text else "\n"
    return Writer(step=step or 2, dash=max(dash, 0), eol=eol, literals=not text or text.endswith("\n"))
