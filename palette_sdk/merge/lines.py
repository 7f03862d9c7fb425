"""Merges texts that aren't YAML, line by line, as diff3 does. A place is a run of lines that differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from palette_sdk.merge.model import ABSENT, UNKNOWN_BASE, Decision, Row, shown_text
from palette_sdk.merge.policy import ByPolicy, Decider

NOT_YAML = "not YAML that can be merged by its keys, so it is merged by lines"
Span = tuple[int, int]


def merge_lines(base: str | None, incoming: str, override: str, decider: Decider) -> tuple[str, list[Row]]:
    """Merge three texts.

    Args:
        base: what was applied last; None where that isn't known.
        incoming: what comes.
        override: what the cluster runs.
        decider: the policy.

    Returns:
        the merged text and a row for each run of lines; with the incoming lines where there is a conflict.
    """
    if base is None:
        return _two(incoming, override, decider)
    merged, rows = _three(base, incoming, _without(base, incoming, override), decider)
    again, _ = _three(base, incoming, _without(base, incoming, merged), decider)
    if again != merged:  # so many lines are alike that it can't be told which is which: then it is one place
        return _three(base, incoming, override, decider, is_whole=True)
    return merged, rows


def _without(base: str, incoming: str, override: str) -> str:
    """Give the cluster's text without what comes, where it was merged into it before: merging it once more changes nothing."""
    found, _ = _three(incoming, base, override, ByPolicy("keep"))
    merged, rows = _three(base, incoming, found, ByPolicy("merge"))
    return found if merged == override and all(row.decision != "conflict" for row in rows) else override


def _three(
    base: str, incoming: str, override: str, decider: Decider, *, is_whole: bool = False
) -> tuple[str, list[Row]]:
    b, i, o = (_lines(text) for text in (base, incoming, override))
    eol = "\r\n" if "\r\n" in incoming else "\n"
    out: list[str] = []
    rows: list[Row] = []
    whole = ((0, len(b)), (0, len(i)), (0, len(o)))
    for is_same, here in [(False, whole)] if is_whole else _chunks(b, i, o):
        old, theirs, mine = b[slice(*here[0])], i[slice(*here[1])], o[slice(*here[2])]
        if is_same:
            out += theirs
            continue
        row = _row(here[2], old, theirs, mine)
        if row.is_changed:
            rows.append(_as(row, "incoming", ""))
        chosen = theirs
        if _bare(mine) != _bare(old):
            if _bare(mine) == _bare(theirs):
                rows.append(_as(row, "redundant", ""))
            else:
                decision, reason = decider.decide(row)
                rows.append(_as(row, decision, reason))
                chosen = mine if decision == "kept" else theirs
        out += chosen
    return _joined(out, eol), rows


def _lines(text: str) -> list[str]:
    """Cut a text behind its line feeds, and at nothing else: form feeds and other separators stand inside lines."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([last] if (last := text.rpartition("\n")[2]) else [])


def _bare(lines: list[str]) -> list[str]:
    """Give lines without their ends, which are no difference."""
    return [line.rstrip("\r\n") for line in lines]


def _joined(lines: list[str], eol: str) -> str:
    return "".join(line if line.endswith("\n") else line + eol for line in lines[:-1]) + "".join(lines[-1:])


def _two(incoming: str, override: str, decider: Decider) -> tuple[str, list[Row]]:
    i, o = _lines(incoming), _lines(override)
    out: list[str] = []
    rows: list[Row] = []
    for tag, i1, i2, o1, o2 in SequenceMatcher(None, _bare(i), _bare(o), autojunk=False).get_opcodes():
        if tag == "equal":
            out += i[i1:i2]
            continue
        row = _row((o1, o2), None, i[i1:i2], o[o1:o2])
        decision, reason = decider.decide(row)
        rows.append(_as(row, decision, reason))
        out += o[o1:o2] if decision == "kept" else i[i1:i2]
    return _joined(out, "\r\n" if "\r\n" in incoming else "\n"), rows


def _chunks(b: list[str], i: list[str], o: list[str]) -> Iterator[tuple[bool, tuple[Span, Span, Span]]]:
    """Cut three texts into runs that are the same on all sides and runs that are not."""
    of_incoming, of_override = _matches(b, i), _matches(b, o)
    at_b = at_i = at_o = 0
    line = 0
    while line < len(b):
        if line not in of_incoming or line not in of_override:
            line += 1
            continue
        first = line
        to_i, to_o = of_incoming[line], of_override[line]
        if line > at_b or to_i > at_i or to_o > at_o:
            yield False, ((at_b, line), (at_i, to_i), (at_o, to_o))
        while (
            line < len(b)
            and of_incoming.get(line) == to_i + line - first
            and of_override.get(line) == to_o + line - first
        ):
            line += 1
        size = line - first
        yield True, ((first, line), (to_i, to_i + size), (to_o, to_o + size))
        at_b, at_i, at_o = line, to_i + size, to_o + size
    if at_b < len(b) or at_i < len(i) or at_o < len(o):
        yield False, ((at_b, len(b)), (at_i, len(i)), (at_o, len(o)))


def _matches(b: list[str], other: list[str]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start, to, size in SequenceMatcher(None, _bare(b), _bare(other), autojunk=False).get_matching_blocks():
        found.update((start + step, to + step) for step in range(size))
    return _settled(_bare(b), _bare(other), found)


def _settled(b: list[str], other: list[str], found: dict[int, int]) -> dict[int, int]:
    """Give the matches with the lines that one side has more as far down as they can stand.

    Of equal lines in a row any may be the one too many; both sides of a merge must take the same.
    """
    pairs = [*sorted(found.items()), (len(b), len(other))]
    for number in range(len(pairs) - 1, -1, -1):
        before, at, below = pairs[number - 1] if number else (-1, -1), pairs[number], number
        surplus = (at[1] - before[1]) - (at[0] - before[0])
        while surplus and below < len(pairs) - 1 and pairs[below] == at:
            up = at[0] - max(0, -surplus), at[1] - max(0, surplus)
            if b[up[0]] != b[at[0]] or other[up[1]] != other[at[1]]:
                break
            pairs[below] = up
            at, below = (at[0] + 1, at[1] + 1), below + 1
    return dict(pairs[:-1])


def _row(where: Span, old: list[str] | None, theirs: list[str], mine: list[str]) -> Row:
    first, last = where[0] + 1, max(where[1], where[0] + 1)
    base, incoming, override = (
        ABSENT if lines is None or (not lines and old is not None) else "".join(lines) for lines in (old, theirs, mine)
    )
    return Row(
        resource="",
        path=f"line {first}" if first == last else f"lines {first}-{last}",
        base=base,
        override=override,
        incoming=incoming,
        decision="redundant",
        reason=UNKNOWN_BASE if old is None else NOT_YAML,
        shown_base="unknown" if old is None else shown_text(base, gone=False),
        shown_override=shown_text(override, gone=True),
        shown_incoming=shown_text(incoming, gone=True),
        base_known=old is not None,
        is_changed=old is None or _bare(old) != _bare(theirs),
    )


def _as(row: Row, decision: Decision, reason: str) -> Row:
    return replace(row, decision=decision, reason=reason)
