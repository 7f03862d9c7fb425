"""Maintenance windows: when the next one opens in a time zone, and when in it a cluster has its turn. Pure.

A schedule's cron is read as the clocks of the zone show it; its length is real hours. On the day on which a moment is
left out, a window opens when the clocks have gone forward; a moment that comes twice opens it once, the first time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from palette_sdk.controlplane.simulation import tables


class Window(NamedTuple):
    """From when until when upgrades may start (epoch seconds)."""

    start: float
    end: float


def complaint(schedule: Mapping[str, Any], zone: str = "UTC", after: float = 0.0) -> str:
    """What is wrong with the cron of a schedule; empty: nothing."""
    cron = schedule["startCron"]
    if len(cron.split()) != 5:
        return "a cron expression has five fields"
    try:
        found = next(CronSim(cron, datetime.fromtimestamp(after, ZoneInfo(zone))), None)
    except CronSimError as error:
        return str(error)
    return "" if found is not None else "it names no day that ever comes"


def next_window(schedules: Sequence[Mapping[str, Any]], zone: str, after: float) -> Window | None:
    """The window that is open at `after`, else the next one; None when there is none.

    Args:
        schedules: `{startCron, durationHrs}` each, checked with `complaint`.
        zone: an IANA time zone.
        after: epoch seconds.
    """
    windows = (_next(each["startCron"], float(each["durationHrs"]), zone, after) for each in schedules)
    found = [window for window in windows if window is not None]
    return min(found, default=None)


def turn_at(schedules: Sequence[Mapping[str, Any]], zone: str, after: float, turn: int = 0) -> float | None:
    """When the cluster with this place in the queue starts, not before `after`; None: never.

    Clusters start in groups, one group after the other; those that a window has no time for are left for the next.
    """
    while (window := next_window(schedules, zone, after)) is not None:
        begin = max(window.start, after)
        groups = math.ceil((window.end - begin) / tables.WINDOW_GROUP_S)
        group, turn = turn // tables.WINDOW_GROUP, turn - groups * tables.WINDOW_GROUP
        if group < groups:
            return begin + group * tables.WINDOW_GROUP_S
        after = window.end
    return None


@lru_cache(maxsize=1024)
def _next(cron: str, hours: float, zone: str, after: float) -> Window | None:
    """Worked out once for all clusters of a zone that are planned at the same moment."""
    length = 3600.0 * hours
    # The first start later than this is of a window that ends after the moment: the open one, or the next.
    found = next(CronSim(cron, datetime.fromtimestamp(after - length, ZoneInfo(zone))), None)
    return None if found is None else Window(found.timestamp(), found.timestamp() + length)
