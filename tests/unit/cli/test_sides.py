from __future__ import annotations

from palette_sdk.cli.sides import Line, side_by_side


def kinds(lines: list[Line]) -> list[str]:
    """What each line is."""
    return [line.kind for line in lines]


def test_changed_added_removed() -> None:
    """Lines that take each other's place are paired; those that have no partner stand alone, with their numbers."""
    lines = side_by_side("a\nb\nc\n", "a\nB\nc\nd\n")
    assert lines == [
        Line("same", "a", "a", 1, 1),
        Line("changed", "b", "B", 2, 2),
        Line("same", "c", "c", 3, 3),
        Line("added", "", "d", 0, 4),
    ]
    assert kinds(side_by_side("a\nb\n", "a\n")) == ["same", "removed"]


def test_long_same_stretches() -> None:
    """Long stretches that are the same are counted, with three lines around each change."""
    left = "".join(f"{i}\n" for i in range(30))
    right = left.replace("15\n", "x\n")
    lines = side_by_side(left, right)
    assert kinds(lines) == ["skipped", "same", "same", "same", "changed", "same", "same", "same", "skipped"]
    assert (lines[0].count, lines[-1].count) == (12, 11)
    assert lines[4] == Line("changed", "15", "x", 16, 16)


def test_short_same_stretches() -> None:
    """One line is not left out: saying so would take as much room."""
    assert kinds(side_by_side("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n")) == ["same"] * 4 + ["changed"]


def test_one_side_only() -> None:
    """A text that is new or goes has one side."""
    assert kinds(side_by_side("", "a\nb\n")) == ["added", "added"]
    assert kinds(side_by_side("a\n", "")) == ["removed"]
    assert side_by_side("", "") == []
