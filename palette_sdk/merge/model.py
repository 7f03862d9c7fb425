"""What goes into a merge and what comes out of it, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Final, Literal

from palette_sdk.content.changes import LONGEST, shown
from palette_sdk.content.scalars import plain, plain_word, written
from palette_sdk.content.tree import Node

Policy = Literal["merge", "keep", "drop", "fail"]
Decision = Literal["kept", "dropped", "conflict", "refused", "redundant", "orphaned", "added", "incoming"]


class _Mark(Enum):
    """Values that no YAML text holds."""

    ABSENT = "absent"
    MISSING = "missing"

    def __repr__(self) -> str:
        return self.name


ABSENT: Final = _Mark.ABSENT
"""There is nothing at the place; not the same as null."""
MISSING: Final = _Mark.MISSING
"""No value was given; not the same as None, which is null."""

UNKNOWN_BASE = "what was applied last isn't known, so every difference counts"


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy for some places only.

    The most specific rule that matches decides: by path first (more steps without `*`, then more steps), then by resource,
    then by layer; the earlier one where they are alike.

    Args:
        policy: what to do there.
        layer: a layer's name; `*` stands for any characters.
        resource: `Kind/name` (in any namespace) or `Kind/namespace/name`; `*` in a part stands for any characters.
        path: a JSON pointer or dotted path; it matches that place and all below. `*` stands for any characters of one
            step, `**` for any steps.
    """

    policy: Policy
    layer: str = "*"
    resource: str = "*"
    path: str = "**"


@dataclass(frozen=True, slots=True)
class Declared:
    """An override that the program owns.

    Args:
        path: the place, as a JSON pointer or dotted, list items by key; "" for a whole text (or, with `remove`, a whole
            resource).
        resource: `Kind/name` or `Kind/namespace/name` in a manifest; "" in a values document.
        manifest: the manifest's name, where the layer has several.
        value: the value there.
        remove: take the place out.
        text: the whole text.
    """

    path: str = ""
    resource: str = ""
    manifest: str = ""
    value: object = MISSING
    remove: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one place.

    Args:
        resource: `Kind/name` or `Kind/namespace/name`; "" in a values document.
        path: JSON pointer with list items by key, `lines 3-5` in a text that isn't YAML, "" for the whole.
        base: what was applied last, as plain data, or ABSENT; also ABSENT where it isn't known.
        override: what the cluster runs.
        incoming: what comes.
        decision: what became of it; "incoming" where nobody but the profile changed it.
        reason: `by ...` the rule that decided; else why it could not be decided more finely. Often "".
        shown_base: the value in short form.
        shown_override: the same.
        shown_incoming: the same.
        base_known: whether `base` is known.
        manifest: name of the manifest; "" for values.
        vanished: the map, list or resource that holds the place is gone in what comes.
        is_changed: whether what comes differs from what was applied last; also where that isn't known.
    """

    resource: str
    path: str
    base: object
    override: object
    incoming: object
    decision: Decision
    reason: str = ""
    shown_base: str = ""
    shown_override: str = ""
    shown_incoming: str = ""
    base_known: bool = True
    manifest: str = ""
    vanished: bool = False
    is_changed: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether the cluster's value can be written into the program as an override of this place."""
        return self.path.startswith(("/", "[")) and (self.override is ABSENT or _is_short(self.override))

    @property
    def as_argument(self) -> str:
        """How `Override` takes the cluster's value: `value=1` or `remove=True`."""
        return "remove=True" if self.override is ABSENT else f"value={self.override!r}"


def _is_short(value: object) -> bool:
    return len(repr(value)) <= 4 * LONGEST


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge came to.

    Args:
        text: the merged text; where there are conflicts or refusals, with the incoming value at their places.
        changes: what the incoming text changes over the base.
        conflicts: places changed on both sides to different values, under the policy "merge".
        refused: overrides under the policy "fail".
        kept: overrides that stay.
        dropped: overrides that give way.
        redundant: overrides that equal what comes.
        orphaned: overrides whose place is gone in what comes.
        added: declared overrides of places that the text doesn't have; in `reason`, the nearest that it has.
        used_rules: indexes of the rules that decided something.
    """

    text: str
    changes: tuple[Row, ...] = ()
    conflicts: tuple[Row, ...] = ()
    refused: tuple[Row, ...] = ()
    kept: tuple[Row, ...] = ()
    dropped: tuple[Row, ...] = ()
    redundant: tuple[Row, ...] = ()
    orphaned: tuple[Row, ...] = ()
    added: tuple[Row, ...] = ()
    used_rules: frozenset[int] = field(default=frozenset())

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows about overrides."""
        return (*self.conflicts, *self.refused, *self.kept, *self.dropped, *self.redundant, *self.orphaned)


def merged(text: str, rows: Iterable[Row], used_rules: Iterable[int]) -> Merged:
    """Sort rows by what was decided."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(row.decision, []).append(row)
    return Merged(
        text,
        changes=tuple(by.get("incoming", ())),
        conflicts=tuple(by.get("conflict", ())),
        refused=tuple(by.get("refused", ())),
        kept=tuple(by.get("kept", ())),
        dropped=tuple(by.get("dropped", ())),
        redundant=tuple(by.get("redundant", ())),
        orphaned=tuple(by.get("orphaned", ())),
        added=tuple(by.get("added", ())),
        used_rules=frozenset(used_rules),
    )


def shown_together(sides: Sequence[tuple[Node | None, object]]) -> list[str]:
    """Give three values in short form, long texts from where they begin to differ.

    Args:
        sides: node and plain data: of the base, the cluster, and what comes.
    """
    had = sides[0][0] is not None
    shown = [shown_of(node, value, gone=had and index > 0) for index, (node, value) in enumerate(sides)]
    texts = {index: value for index, (_, value) in enumerate(sides) if isinstance(value, str)}
    if len(set(texts.values())) > 1 and any(len(text) > LONGEST or "\n" in text for text in texts.values()):
        lines = {index: text.split("\n") for index, text in texts.items()}
        first = _first_difference(list(lines.values()))
        rest = {index: found[first] if first < len(found) else "" for index, found in lines.items()}
        common = _first_difference(list(rest.values()))
        begin = max(0, common - LONGEST // 2) if max(map(len, rest.values())) > LONGEST else 0
        for index, text in rest.items():
            piece = text[begin : begin + LONGEST]
            before = "..." if first or begin else ""
            after = (
                "..." if len(text) > begin + LONGEST or first + 1 < len([one for one in lines[index] if one]) else ""
            )
            shown[index] = f"{before}{piece}{after}"
    return shown


def _first_difference(sides: Sequence[Sequence[str]]) -> int:
    shortest = min(map(len, sides))
    return next((index for index in range(shortest) if len({side[index] for side in sides}) > 1), shortest)


def shown_of(node: Node | None, value: object, *, gone: bool) -> str:
    """Give a node, or its absence, in short form; small maps and lists in full."""
    if node is None:
        return "(gone)" if gone else "(none)"
    if node.kind != "scalar":
        text = yaml_line(value)
        return text if len(text) <= LONGEST else shown(node)
    if node.is_null:
        return "null"
    reads_otherwise = node.style and plain(node) != plain_word(node.value)
    return f'"{node.value}"' if reads_otherwise and len(node.value) <= LONGEST else shown(node)


def shown_text(text: object, *, gone: bool) -> str:
    """Give a piece of text, or its absence, in short form: its first line."""
    if not isinstance(text, str):
        return "(gone)" if gone else "(none)"
    first = text.strip().split("\n", 1)[0].rstrip()
    return first if len(first) <= LONGEST and first == text.strip() else f"{first[:LONGEST]}..."


def yaml_line(value: object) -> str:
    """Give plain data in one line of YAML, as far as it is short."""
    if isinstance(value, Mapping):
        inside = (f"{written(str(key), flow=True)}: {yaml_line(item)}" for key, item in islice(value.items(), LONGEST))
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(yaml_line(item) for item in islice(value, LONGEST)) + "]"
    return written(value[: 2 * LONGEST] if isinstance(value, str) else value, flow=True)
