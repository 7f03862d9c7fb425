"""Two texts side by side, line by line. Pure; draws nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

AROUND = 3
"""Unchanged lines that are shown around a change."""


@dataclass(frozen=True)
class Line:
    """A line of both texts, or of one of them.

    Args:
        kind: same, changed, added (right only), removed (left only), or skipped: unchanged lines that are left out.
        left: the line of the left text.
        right: the line of the right text.
        left_number: its number there, from 1; 0 where it has none.
        right_number: its number there, from 1; 0 where it has none.
        count: of skipped, how many.
    """

    kind: Literal["same", "changed", "added", "removed", "skipped"]
    left: str = ""
    right: str = ""
    left_number: int = 0
    right_number: int = 0
    count: int = 0


def side_by_side(left: str, right: str, *, around: int = AROUND) -> list[Line]:
    """Pair the lines of two texts; long unchanged stretches become one line that counts them."""
    one, other = left.splitlines(), right.splitlines()
    lines: list[Line] = []
    for tag, start, end, other_start, other_end in SequenceMatcher(a=one, b=other, autojunk=False).get_opcodes():
        if tag == "equal":
            same = [
                Line("same", one[start + i], one[start + i], start + i + 1, other_start + i + 1)
                for i in range(end - start)
            ]
            lines += _shortened(same, around, is_first=start == 0, is_last=end == len(one))
        else:
            lines += _changed(one, other, range(start, end), range(other_start, other_end))
    return lines


def _changed(one: Sequence[str], other: Sequence[str], left: range, right: range) -> Iterator[Line]:
    both = min(len(left), len(right))
    for i, j in zip(left[:both], right[:both], strict=True):
        yield Line("changed", one[i], other[j], i + 1, j + 1)
    for i in left[both:]:
        yield Line("removed", one[i], "", i + 1, 0)
    for j in right[both:]:
        yield Line("added", "", other[j], 0, j + 1)


def _shortened(same: list[Line], around: int, *, is_first: bool, is_last: bool) -> list[Line]:
    head, tail = (0 if is_first else around), (0 if is_last else around)
    hidden = len(same) - head - tail
    if hidden <= 1:
        return same
    return [*same[:head], Line("skipped", count=hidden), *same[len(same) - tail :]]
