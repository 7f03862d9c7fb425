"""Maintenance windows: in time zones, over changes of the clocks, and the queue in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_sdk.controlplane.simulation import tables
from palette_sdk.controlplane.simulation.windows import complaint, next_window, turn_at

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
CRONS = ("0 0 * * SUN", "30 2 * * *", "*/30 1-3 * * *", "0 * * * *", "59 23 31 12 *")


def schedule(cron: str, hours: int = 4) -> Any:
    """One schedule."""
    return [{"name": "s", "startCron": cron, "durationHrs": hours}]


def at(text: str) -> float:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def opening(cron: str, zone: str, after: str) -> tuple[str, str]:
    """Start and end of the window, in UTC."""
    window = next_window(schedule(cron), zone, at(after))
    assert window is not None
    start, end = (datetime.fromtimestamp(moment, UTC).strftime("%m-%d %H:%M") for moment in window)
    return start, end


@pytest.mark.parametrize(
    ("zone", "start"),
    [("UTC", "11-22 00:00"), ("Europe/Berlin", "11-21 23:00"), ("America/New_York", "11-22 05:00")],
)
def test_a_window_opens_by_the_clocks_of_the_zone(zone: str, start: str) -> None:
    """Midnight on Sunday is another moment in each time zone."""
    assert opening("0 0 * * SUN", zone, "2026-11-18T12:00")[0] == start


def test_an_open_window_is_the_next_one() -> None:
    """While a window is open it is given itself, until its end, which belongs to it no longer."""
    assert opening("0 0 * * *", "UTC", "2026-11-18T03:59") == ("11-18 00:00", "11-18 04:00")
    assert opening("0 0 * * *", "UTC", "2026-11-18T04:00") == ("11-19 00:00", "11-19 04:00")


def test_the_clocks_go_forward() -> None:
    """The start that is left out happens when the clocks have gone forward; the length is real hours."""
    assert opening("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00") == ("03-29 01:00", "03-29 05:00")
    assert opening("0 0 * * *", "Europe/Berlin", "2026-03-28T12:00") == ("03-28 23:00", "03-29 03:00")
    assert opening("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00") == ("03-30 00:30", "03-30 04:30")


def test_the_clocks_go_back() -> None:
    """The start that comes twice happens once, the first time; the next day it is an hour later in UTC."""
    assert opening("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00") == ("10-25 00:30", "10-25 04:30")
    assert opening("30 2 * * *", "Europe/Berlin", "2026-10-25T04:30") == ("10-26 01:30", "10-26 05:30")


@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(CRONS),
    hours=st.integers(min_value=1, max_value=24),
    moment=st.floats(min_value=at("2026-01-01"), max_value=at("2028-01-01")),
)
def test_a_window_is_never_over(zone: str, cron: str, hours: int, moment: float) -> None:
    """Whatever the moment, the window that is given ends after it and lasts as long as it says."""
    window = next_window(schedule(cron, hours), zone, moment)
    assert window is not None
    assert window.end > moment
    assert window.end - window.start == 3600.0 * hours


@given(zone=st.sampled_from(ZONES), day=st.dates(min_value=date(2026, 1, 1), max_value=date(2030, 1, 1)))
def test_each_day_has_its_window(zone: str, day: date) -> None:
    """A daily window opens on each day of the calendar of its zone, on days of a change too."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    window = next_window(schedule("30 2 * * *", 1), zone, midnight.timestamp())
    assert window is not None
    assert datetime.fromtimestamp(window.start, ZoneInfo(zone)).date() == day


def test_several_schedules() -> None:
    """The first window of any schedule counts; without schedules there is none."""
    both = [*schedule("0 6 * * *"), *schedule("0 2 * * *", 1)]
    window = next_window(both, "UTC", at("2026-11-18T03:30"))
    assert window is not None
    assert window.start == at("2026-11-18T06:00")
    assert next_window([], "UTC", 0.0) is None
    assert turn_at([], "UTC", 0.0, 7) is None


def test_the_queue() -> None:
    """A group starts at once, the next ones after it; those that the window has no time for start in the next one."""
    daily, before = schedule("0 0 * * *", 1), at("2026-11-17T12:00")
    first, group = at("2026-11-18T00:00"), tables.WINDOW_GROUP
    fits = int(3600 / tables.WINDOW_GROUP_S) * group
    assert turn_at(daily, "UTC", before, 0) == first
    assert turn_at(daily, "UTC", before, group - 1) == first
    assert turn_at(daily, "UTC", before, group) == first + tables.WINDOW_GROUP_S
    assert turn_at(daily, "UTC", before, fits - 1) == first + 3600 - tables.WINDOW_GROUP_S
    assert turn_at(daily, "UTC", before, fits) == first + timedelta(days=1).total_seconds()
    assert turn_at(daily, "UTC", first + 3590.0, 0) == first + 3590.0
    assert turn_at(daily, "UTC", first + 3590.0, group) == first + timedelta(days=1).total_seconds()


@pytest.mark.parametrize("cron", ["", "hourly", "@daily", "61 * * * *", "* * * *", "0 0 0 * * *", "0 0 31 2 *"])
def test_what_is_no_cron_expression(cron: str) -> None:
    """A complaint for what can't be read, has not five fields, or names a day that never comes."""
    assert complaint(schedule(cron)[0])
    assert not complaint(schedule("0 0 * * SUN")[0])
