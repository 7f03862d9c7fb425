"""Lists of members and times, as a person reads them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

MOST = 10
"""How many names a line has."""


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" and {more} more" if more > 0 else "")


def moment(stamp: str) -> datetime:
    """A time of the service (RFC 3339)."""
    return datetime.fromisoformat(stamp)


def later(stamp: str, seconds: float) -> str:
    """The same kind of stamp so many seconds later."""
    return (moment(stamp) + timedelta(seconds=seconds)).isoformat(timespec="seconds").replace("+00:00", "Z")


def at(stamp: str) -> str:
    """A time for people: `2026-11-27 01:05 UTC`."""
    return f"{moment(stamp):%Y-%m-%d %H:%M} UTC"


def span(seconds: float) -> str:
    """A length of time for people: `12 min`, `40 s`, `3 h 5 min`."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"
