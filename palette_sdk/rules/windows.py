"""Maintenance windows: whether a schedule can be, and when its next window opens in a time zone. Pure.

A schedule's cron is read as the clocks of the zone show it; its length is real hours. On the day on which a moment is
left out, a window opens when the clocks have gone forward; a moment that comes twice opens it once, the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from palette_sdk.rules.unknown import is_known

LONGEST_H = 24
"""Hours that a window can stay open."""
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Where the search for a day that comes begins; any day would do."""


class Window(NamedTuple):
    """From when until when upgrades may start, as the clocks of a zone show it."""

    start: datetime
    end: datetime


def cron_refusal(cron: str) -> str | None:
    """Why a text can't say when windows open, or None when it can.

    Args:
        cron: minute, hour, day of the month, month, day of the week.
    """
    from cronsim import CronSim, CronSimError

    fields = cron.split()
    if len(fields) != 5:
        return (
            f'"{cron}" has {len(fields)} field{"s" if len(fields) != 1 else ""}; write five: minute, hour, day of the '
            'month, month, day of the week, as in "0 2 * * SUN"'
        )
    try:
        found = next(CronSim(cron, _ANY_DAY), None)
    except CronSimError as error:
        return f'"{cron}" names no time that ever comes: {str(error)[:1].lower()}{str(error)[1:]}'
    return None if found is not None else f'"{cron}" names no time that ever comes'


def hours_refusal(hours: float) -> str | None:
    """Why a window can't stay open for so long, or None when it can."""
    if hours != int(hours) or not 1 <= hours <= LONGEST_H:
        return f"a window is open for whole hours, from 1 to {LONGEST_H}, not for {hours:g} h"
    return None


def next_window(schedules: Mapping[str, Mapping[str, Any]], zone: str, after: datetime) -> Window | None:
    """The window that is open at a moment, else the next one; None when none ever opens.

    Args:
        schedules: `cron` and `duration_h` of each, by name; those that aren't known yet, or can't be, are passed over.
        zone: an IANA time zone.
        after: the moment, with a time zone of its own.
    """
    there = ZoneInfo(zone)
    found = [window for each in schedules.values() if (window := _next(each, there, after)) is not None]
    return min(found, key=lambda window: (window.start.astimezone(UTC), window.end.astimezone(UTC)), default=None)


def _next(schedule: Mapping[str, Any], zone: ZoneInfo, after: datetime) -> Window | None:
    from cronsim import CronSim

    if not is_known(schedule) or cron_refusal(schedule["cron"]):
        return None
    length = timedelta(hours=schedule["duration_h"])
    # The first start later than this is that of a window which ends after the moment: the open one, or the next.
    begin = (after.astimezone(UTC) - length).astimezone(zone)
    start = next(CronSim(schedule["cron"], begin), None)
    return None if start is None else Window(start, (start.astimezone(UTC) + length).astimezone(zone))


def moment_text(moment: datetime, zone: str) -> str:
    """A moment as a person of that zone reads it: `2026-11-22 00:00 Europe/Berlin`."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


def schedules_text(schedules: Mapping[str, Mapping[str, Any]]) -> str:
    """Schedules in one line: `sunday (0 2 * * SUN, 4 h)`; what isn't known yet is said to be."""
    return ", ".join(
        f"{name} ({_known(each.get('cron'))}, {_known(each.get('duration_h'))} h)"
        for name, each in sorted(schedules.items())
        if isinstance(each, Mapping)
    )


def _known(value: object) -> str:
    return str(value) if is_known(value) else "known after apply"
