"""Figures: what was measured, beside what it is compared with and the aim, as data, a table and JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        group: under which headline it stands.
        name: what was measured.
        value: the measurement.
        unit: its unit, as it stands in the table.
        beside: the same of what it is compared with.
        beside_name: what that is.
        ratio: the one divided by the other, where that says something.
        aim: the largest value, or (for a ratio) the largest ratio, that is wanted.
    """

    group: str
    name: str
    value: float
    unit: str
    beside: float | None = None
    beside_name: str = ""
    ratio: float | None = None
    aim: float | None = None

    @property
    def judged(self) -> float:
        """What the aim is about: the ratio where there is one, else the value."""
        return self.value if self.ratio is None else self.ratio

    @property
    def verdict(self) -> str:
        """Whether the aim is met; empty where there is none."""
        if self.aim is None:
            return ""
        return "met" if self.judged <= self.aim else "missed"


def compared(
    group: str, name: str, *, ours: Sequence[float], other: Sequence[float], other_name: str, aim: float | None = None
) -> Figure:
    """The medians of two rows of times in seconds, and their ratio."""
    value, beside = statistics.median(ours), statistics.median(other)
    return Figure(group, name, value, "s", beside, other_name, value / beside if beside else None, aim)


def as_json(figures: Sequence[Figure], calls: Mapping[str, Mapping[str, int]], conditions: Mapping[str, Any]) -> Any:
    """All of it, for programs."""
    rows = [{**asdict(each), "verdict": each.verdict} for each in figures]
    return {
        "conditions": dict(conditions),
        "figures": rows,
        "api_calls": {key: dict(row) for key, row in calls.items()},
    }


def show(console: Console, figures: Sequence[Figure], calls: Mapping[str, Mapping[str, int]]) -> None:
    """Tables: the figures by group, then the API calls by route."""
    for group in dict.fromkeys(each.group for each in figures):
        table = Table("what", title=group, title_justify="left", box=box.SIMPLE_HEAD)
        for column in ("measured", "beside", "ratio", "aim"):
            table.add_column(column, justify="right")
        table.add_column("")
        for each in figures:
            if each.group == group:
                beside = "" if each.beside is None else f"{_number(each.beside)} ({each.beside_name})"
                ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
                aim = "" if each.aim is None else f"<= {each.aim:g}"
                table.add_row(each.name, f"{_number(each.value)} {each.unit}", beside, ratio, aim, each.verdict)
        console.print(table)
    for name, routes in calls.items():
        table = Table("method and route", title=f"API calls: {name}", title_justify="left", box=box.SIMPLE_HEAD)
        table.add_column("calls", justify="right")
        for route, count in routes.items():
            table.add_row(route, str(count))
        console.print(table)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
