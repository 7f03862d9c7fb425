"""When windows open, on the days of the changes of the clocks too, and which schedules can't be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from palette_sdk.rules.unknown import UNKNOWN
from palette_sdk.rules.windows import cron_refusal, hours_refusal, moment_text, next_window, schedules_text

NIGHT = {"cron": "30 2 * * *", "duration_h": 2}
BERLIN, UTC_ZONE = "Europe/Berlin", "UTC"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(after: str, zone: str = UTC_ZONE, **schedules: Any) -> list[str]:
    """Start and end of the next window, as the clocks of the zone show them and in UTC."""
    found = next_window(schedules, zone, at(after))
    assert found is not None
    return [f"{each:%m-%d %H:%M} = {each.astimezone(UTC):%H:%M}" for each in found]


@pytest.mark.parametrize(
    ("after", "zone", "expected"),
    [
        ("2026-01-05 12:00", UTC_ZONE, ["01-06 02:30 = 02:30", "01-06 04:30 = 04:30"]),
        ("2026-01-05 12:00", BERLIN, ["01-06 02:30 = 01:30", "01-06 04:30 = 03:30"]),
        ("2026-01-05 03:00", UTC_ZONE, ["01-05 02:30 = 02:30", "01-05 04:30 = 04:30"]),
        ("2026-01-05 04:30", UTC_ZONE, ["01-06 02:30 = 02:30", "01-06 04:30 = 04:30"]),
    ],
    ids=["the next one", "by the clocks of the zone", "one that is open", "not one that just closed"],
)
def test_the_next_window(after: str, zone: str, expected: list[str]) -> None:
    """The window that is open, else the next one, by the clocks of the zone."""
    assert window(after, zone, night=NIGHT) == expected


def test_to_summer_time() -> None:
    """On 29 March the clocks of Berlin go from 2:00 to 3:00: a window at 2:30 opens when they have, for real hours."""
    assert window("2026-03-28 12:00", BERLIN, night=NIGHT) == ["03-29 03:00 = 01:00", "03-29 05:00 = 03:00"]


def test_to_winter_time() -> None:
    """On 25 October 2:30 comes twice in Berlin: a window opens the first time only, for real hours."""
    assert window("2026-10-24 12:00", BERLIN, night=NIGHT) == ["10-25 02:30 = 00:30", "10-25 03:30 = 02:30"]
    assert window("2026-10-25 02:40", BERLIN, night=NIGHT) == ["10-26 02:30 = 01:30", "10-26 04:30 = 03:30"]


def test_the_earliest_of_several() -> None:
    """Of several schedules the window that opens first counts; what isn't known yet, or can't be, is passed over."""
    late = {"cron": "0 0 * * SUN", "duration_h": 4}
    assert window("2026-01-05 12:00", late=late, night=NIGHT, unknown={"cron": UNKNOWN, "duration_h": 1}) == [
        "01-06 02:30 = 02:30",
        "01-06 04:30 = 04:30",
    ]
    assert next_window({"never": {"cron": "0 0 30 2 *", "duration_h": 4}}, UTC_ZONE, at("2026-01-05 12:00")) is None
    assert next_window({}, UTC_ZONE, at("2026-01-05 12:00")) is None


def test_words() -> None:
    """A moment is told by the clocks of a zone, schedules with cron and hours."""
    assert moment_text(at("2026-11-21 23:00"), BERLIN) == "2026-11-22 00:00 Europe/Berlin"
    assert schedules_text({"b": NIGHT, "a": {"cron": UNKNOWN, "duration_h": 1}}) == (
        "a (known after apply, 1 h), b (30 2 * * *, 2 h)"
    )


@pytest.mark.parametrize("cron", ["0 0 * * SUN", "*/15 1-3 1,15 * *", "0 0 29 2 *", "0 2 * * MON#1"])
def test_crons_that_can_be(cron: str) -> None:
    """Five fields that some day fits."""
    assert cron_refusal(cron) is None


@pytest.mark.parametrize(
    ("cron", "reason"),
    [
        ("", '"" has 0 fields'),
        ("0 0 * *", "has 4 fields; write five: minute, hour, day of the month, month, day of the week"),
        ("0 0 0 * * *", "has 6 fields"),
        ("@weekly", "has 1 field;"),
        ("60 0 * * *", '"60 0 * * *" names no time that ever comes: bad minute'),
        ("0 0 31 4 *", "bad day-of-month"),
        ("0 0 * * someday", "bad day-of-week"),
    ],
)
def test_crons_that_can_not_be(cron: str, reason: str) -> None:
    """What is wrong is told in plain words."""
    assert reason in str(cron_refusal(cron))


@pytest.mark.parametrize(
    ("hours", "fits"), [(1, True), (24.0, True), (0, False), (25, False), (1.5, False), (-1, False)]
)
def test_hours(hours: float, fits: bool) -> None:
    """Whole hours from 1 to 24."""
    assert (hours_refusal(hours) is None) == fits
