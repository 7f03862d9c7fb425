"""Values as they stand in some text: spliced into another text with their quotes, block style and comments.

A piece is what a writer writes instead of a plain value. Decides nothing; the proof says whether a splice went well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from palette_sdk.content.scalars import PLAIN_TAGS, TEXT_TAGS, is_text, plain
from palette_sdk.content.tree import Node

_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s*")
_BLANK_LINES = re.compile(r"(?:\r?\n[ \t]*)+\Z")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_EOL = re.compile(r"\r?\n")
_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")


class Spelled(str):
    """A key of a map, and how it is spelled in its text."""

    __slots__ = ("spelling",)
    spelling: str

    def __new__(cls, key: str, spelling: str) -> Spelled:
        """Make one."""
        made = super().__new__(cls, key)
        made.spelling = spelling
        return made


@dataclass(frozen=True, slots=True)
class Piece:
    """A node of some text, without aliases and anchors inside.

    Args:
        node: the node.
        text: the text that it stands in.
        column: the column of the key or dash that it stands behind there.
        anchor: its anchor, where that is to be kept.
    """

    node: Node = field(repr=False)
    text: str = field(repr=False)
    column: int
    anchor: str = ""

    @property
    def source(self) -> str:
        """The text of the node, from its first character, without anchor; its first line may begin anywhere."""
        end = self.node.end
        if self.is_block and self.text[end - 1 : end] != "\n":  # the comment of its last line goes with it
            end = _REST_OF_LINE.match(self.text, end).end()  # type: ignore[union-attr]
        found = self.text[self.node.start : end].rstrip(" \t")
        ends = _BLANK_LINES.search(found)
        found = found[: ends.start()] if ends else found
        if self.node.style in ("|", ">"):  # a comment behind the mark is its line's, as behind any other value
            head, eol, body = found.partition("\n")
            found = f"{_COMMENT.sub('', head)}{eol}{body}"
        return _ANCHOR.sub("", found, count=1) if self.node.anchor and not self.anchor else found

    def lines(self, column: int) -> list[str]:
        """Give the lines of its text for a key or dash at another column; the first begins where the node does."""
        first, *others = _EOL.split(self.source)
        by = column - self.column
        return [first, *(_shifted(line, by) for line in others)]

    @property
    def first_column(self) -> int:
        """How far right of its key or dash it begins."""
        return column_of(self.text, self.node.start) - self.column

    @property
    def is_block(self) -> bool:
        """Whether it is a map or list in block style, which begins in a line of its own behind a key."""
        return self.node.kind in ("map", "list") and not self.node.flow

    @property
    def has_properties(self) -> bool:
        """Whether a tag or an anchor stands in front of it."""
        return bool(self.node.tag or self.anchor)

    @property
    def fits_in_a_line(self) -> bool:
        """Whether it can stand in a flow collection as it is written."""
        node = self.node
        if "\n" in self.source or node.style in ("|", ">") or self.is_block:
            return False
        return bool(node.flow or node.style) or not re.search(r"[,\[\]{}]", self.source)


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line.strip() else line
    return line[min(-by, len(line) - len(line.lstrip(" "))) :]


def column_of(text: str, index: int) -> int:
    """Give the column, from 0, of an index into the text; a byte order mark has none."""
    start = text.rfind("\n", 0, index) + 1
    return index - start - (1 if start == 0 and text.startswith("\ufeff") else 0)


def is_self_contained(node: Node, *, anchor: str = "") -> bool:
    """Say whether neither anchors nor aliases stand in a node; it may have the one anchor itself."""
    if node.kind == "alias" or node.anchor != anchor:
        return False
    return all(is_self_contained(part) for pair in node.pairs for part in pair) and all(
        map(is_self_contained, node.items)
    )


class Expander:
    """Gives nodes of one document as values to write, aliases and merge keys written out.

    Args:
        text: the text of the document.
        anchors: the node that each alias stands for, by `id` of the alias.
    """

    def __init__(self, text: str, anchors: Mapping[int, Node]) -> None:
        self._text, self._anchors = text, anchors

    def value(self, node: Node, column: int, *, raw: bool) -> object:
        """Give a value for a writer.

        Args:
            node: the node.
            column: of the key or dash that it stands behind.
            raw: whether to keep collections as they are written, where nothing in them is shared.
        """
        node = self._anchors.get(id(node), node)
        if raw and is_self_contained(node):
            return self._piece(node, column)
        if node.kind == "map":
            return {
                key: self.value(value, column_of(self._text, start), raw=raw)
                for key, (value, start) in self.entries(node).items()
            }
        if node.kind == "list":
            inner = column_of(self._text, node.start)
            return [self.value(item, inner, raw=raw) for item in node.items]
        if node.tag in PLAIN_TAGS:
            return plain(node)
        if (node.style and not node.tag) or node.tag in TEXT_TAGS or (not node.tag and is_text(node)):
            return node.value
        return self._piece(node, column)  # one line, whose type only its spelling tells

    def anchored(self, node: Node, column: int) -> Piece | None:
        """Give a node as it is written with its anchor; None where that can't be, or other anchors are inside."""
        if node.kind == "alias" or not is_self_contained(node, anchor=node.anchor):
            return None
        piece = self._piece(node, column)
        return replace(piece, anchor=node.anchor) if isinstance(piece, Piece) else None

    def _piece(self, node: Node, column: int) -> object:
        if node.style in ("|", ">") and _keeps(self._text, node):
            return node.value
        if node.start == node.end:
            return None  # nothing at all, which is null
        return Piece(node, self._text, column)

    def entries(self, node: Node) -> dict[Spelled, tuple[Node, int]]:
        """Give the entries of a map with those that its merge keys bring in, each with where its key stands."""
        merged: dict[Spelled, tuple[Node, int]] = {}
        own: dict[Spelled, tuple[Node, int]] = {}
        for key, value in node.pairs:
            if key.value == "<<" and key.kind == "scalar" and not key.style:
                sources = [
                    self._anchors.get(id(one), one) for one in (value.items if value.kind == "list" else [value])
                ]
                for source in (self._anchors.get(id(one), one) for one in sources):
                    if source.kind == "map":
                        for name, entry in self.entries(source).items():
                            merged.setdefault(name, entry)
                continue
            spelled = Spelled(key.value, self._text[key.start : key.end])
            own[spelled] = value, key.start
        return {**merged, **own}


def _keeps(text: str, node: Node) -> bool:
    header = text[node.start : node.end].split("\n", 1)[0]
    return "+" in header.partition("#")[0]
