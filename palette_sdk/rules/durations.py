"""Durations as a program writes them: "90s", "30m", "4h", "30d", "1h30m", or a timedelta."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta

from palette_sdk.errors import InputError

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
_NUMBER = re.compile(r"-?[\d.]+")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?[dhms])+")


def seconds(value: str | timedelta, *, path: str) -> float:
    """Give the length in seconds.

    Args:
        value: number and unit (d, h, m, s), several of them in falling order (`1h30m`), or a timedelta. Never a bare
            number, which would leave the unit open.
        path: the property, for the message.

    Raises:
        InputError: it is a bare number, negative, or no duration.
    """
    if isinstance(value, timedelta):
        if value < timedelta(0):
            raise InputError(f"a duration can't be negative ({value.total_seconds():g} s)", path=path)
        return value.total_seconds()
    written = str(value).strip()  # programs are not always type-checked: a number may come too
    if _NUMBER.fullmatch(written):
        raise InputError(
            f'{written} has no unit: write "{written}s", "{written}m", "{written}h" or "{written}d"', path=path
        )
    if not isinstance(value, str) or not _WHOLE.fullmatch(written):
        raise InputError(
            f'{value!r} is not a duration: write for example "90s", "30m", "4h", "30d" or "1h30m"', path=path
        )
    parts = _PART.findall(written)
    sizes = [_UNITS[unit] for _, unit in parts]
    if any(later >= earlier for earlier, later in itertools.pairwise(sizes)):
        raise InputError(
            f'{value!r} is not a duration: units go from large to small, each once, as in "1h30m"', path=path
        )
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


def text(seconds: float) -> str:
    """Write a length in seconds as `seconds()` reads it: `1h30m`, `30d`, `0s`."""
    whole, millis = divmod(round(seconds * 1000), 1000)
    out = []
    for unit, size in _UNITS.items():
        number, whole = divmod(whole, size)
        if unit == "s" and millis:
            out.append(f"{number + millis / 1000:g}s")
        elif number:
            out.append(f"{number}{unit}")
    return "".join(out) or "0s"


def seconds_between(before: str, now: str) -> float | None:
    """Seconds between two times, RFC 3339; None where one isn't known."""
    return (datetime.fromisoformat(now) - datetime.fromisoformat(before)).total_seconds() if before and now else None
