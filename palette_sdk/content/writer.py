"""Writes values as YAML text to be spliced into a document: its indentation, its line ends, block or flow style."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palette_sdk.content.pieces import Piece, Spelled
from palette_sdk.content.scalars import Quotes, written

_NO_LITERAL = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[ \t](?:\n|$)"
)


@dataclass(frozen=True, slots=True)
class Writer:
    """How a document is written.

    Args:
        step: spaces of one level of maps.
        dash: spaces of a list's dashes behind the key above; 0 and `step` are usual.
        eol: its line end.
        literals: whether texts of several lines may become `|` blocks.
    """

    step: int = 2
    dash: int = 0
    eol: str = "\n"
    literals: bool = True

    def behind_key(self, value: object, column: int, quotes: Quotes = "") -> str:
        """Write what follows `key:` when the key stands at this column: ` 1`, or a line break and a block."""
        if isinstance(value, Piece):
            if not value.is_block or value.has_properties:
                return " " + self.eol.join(value.lines(column))
            first, *others = value.lines(column)
            return self.eol + self.eol.join([" " * (column + value.first_column) + first, *others])
        if isinstance(value, Mapping) and value:
            return self.eol + self.map_block(value, column + self.step)
        if isinstance(value, (list, tuple)) and value:
            return self.eol + self._list_block(value, column + self.dash)
        return " " + self._leaf(value, column, quotes)

    def behind_dash(self, value: object, column: int, quotes: Quotes = "", *, inner: int | None = None) -> str:
        """Write what follows `-` when the dash stands at this column; `inner` is the item's column, if not 2 more."""
        if isinstance(value, Piece):
            first, *others = value.lines(column)
            return self.eol.join([" " * (value.first_column - 1 if value.is_block else 1) + first, *others])
        inner = column + 2 if inner is None else inner
        if isinstance(value, Mapping) and value:
            return " " + self.map_block(value, inner).lstrip(" ")
        if isinstance(value, (list, tuple)) and value:
            return " " + self._list_block(value, inner).lstrip(" ")
        return " " + self._leaf(value, column, quotes)

    def map_block(self, value: Mapping[Any, object], column: int) -> str:
        """Write a map with its keys at this column, the first line indented too, without a last line end."""
        lines = (" " * column + self.key(key) + ":" + self.behind_key(item, column) for key, item in value.items())
        return self.eol.join(lines)

    def _list_block(self, value: Sequence[object], column: int) -> str:
        return self.eol.join(" " * column + "-" + self.behind_dash(item, column) for item in value)

    def _leaf(self, value: object, column: int, quotes: Quotes) -> str:
        if self.literals and isinstance(value, str) and not quotes and _fits_literal(value):
            pad = " " * (column + self.step)
            header = "|" if value.endswith("\n") else "|-"
            lines = value.removesuffix("\n").split("\n")
            return self.eol.join([header, *(pad + line if line else "" for line in lines)])
        return self.flow(value) if isinstance(value, (Mapping, list, tuple)) else written(value, quotes=quotes)

    def flow(self, value: object, quotes: Quotes = "") -> str:
        """Write a value in one line, as it stands in a flow collection.

        Raises:
            ValueError: a piece of another text doesn't fit into a line.
        """
        if isinstance(value, Piece):
            if not value.fits_in_a_line:
                raise ValueError
            return value.source
        if isinstance(value, Mapping):
            return (
                "{" + ", ".join(f"{self.key(key, flow=True)}: {self.flow(item)}" for key, item in value.items()) + "}"
            )
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(self.flow(item) for item in value) + "]"
        return written(value, quotes=quotes, flow=True)

    def key(self, key: object, *, flow: bool = False) -> str:
        """Write a map's key."""
        if isinstance(key, Spelled) and key.spelling:
            return key.spelling
        return written(key, flow=flow)


def _fits_literal(text: str) -> bool:
    """Say whether a `|` block gives exactly this text, without an indentation mark and without `|+`."""
    return (
        "\n" in text.removesuffix("\n")
        and text[0] not in " \t\n"
        and not text.endswith("\n\n")
        and not _NO_LITERAL.search(text)
    )
