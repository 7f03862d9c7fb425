"""What a roll-out says: the tables and refusals that people read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from palette_sdk.resources.template_rollout import telling
from palette_sdk.resources.template_rollout.plan import Held, Link, Member, judge
from palette_sdk.resources.template_rollout.starts import Start, beyond, starts, texts
from palette_sdk.rules.unknown import UNKNOWN

SUNDAYS = {"sunday": {"cron": "0 0 * * SUN", "duration_h": 4}}
NIGHTS = {"nightly": {"cron": "30 2 * * *", "duration_h": 1}}
LINK = Link("base", "1.1.0", {"region_code": {"required": True}})
DEV = Member("dev", given={"region_code": "dev"}, runs={"base": "1.0.0"})
STAGE = Member("stage", runs={"base": "1.0.0"})
WINDOWS = {"dev": "2026-11-22 00:00 Europe/Berlin", "stage": "2026-11-22 00:00 Asia/Tokyo"}


def test_the_refusal() -> None:
    """One refusal for all clusters: the table with what to do for each, and the way out."""
    title = telling.head("fleet", [LINK], [DEV, STAGE])
    found = judge([LINK], [DEV, STAGE])
    assert telling.missing_refusal(title, found, WINDOWS, total=2) == (
        'template "fleet" base 1.0.0 -> 1.1.0: 1 of 2 clusters has variables without a value; nothing was changed.\n'
        "  cluster  variable     old  new  default  next window\n"
        "  dev      region_code  -    dev  -        2026-11-22 00:00 Europe/Berlin\n"
        '  stage    region_code  -    ?    -        set variables={"region_code": ...} on the cluster\n'
        '  or leave those out of this roll-out: TemplateRollout(pending="skip")'
    )


def test_a_value_that_does_not_fit() -> None:
    """A value that carries over and does not fit says why, and is not shown as the new one."""
    cluster = Member("dev", runs={"base": "1.0.0"}, held={"base": {"size": Held("medium", "medium", is_own=True)}})
    size = Link("base", "1.1.0", {"size": {"input": "dropdown", "options": ["s", "l"]}})
    assert telling.variables_table(judge([size], [cluster]), {"dev": "now"}).splitlines()[1] == (
        "  dev      size      medium  ?    -        "
        'its value is not one of its options s, l; set variables={"size": ...} on the cluster'
    )


def test_a_value_of_the_template_that_does_not_fit() -> None:
    """What the template gives to all can't be given by a cluster, so the way out is in the template."""
    cluster = Member("dev", runs={"base": "1.0.0"}, held={"base": {"size": Held("s", "s", is_own=True)}})
    size = Link("base", "1.0.0", {"size": {"immutable": True}}, common={"size": "l"})
    assert telling.variables_table(judge([size], [cluster]), {"dev": "now"}).splitlines()[1] == (
        "  dev      size      s    ?    -        "
        "it is immutable: the cluster keeps the value that it was made with; take it out of the values of the template"
    )


def test_the_overview() -> None:
    """Each cluster: from and to, its window, whether it is left out or new."""
    fleet = [DEV, STAGE, Member("prod", runs={"base": "1.1.0"}), Member("next", exists=False)]
    link = Link("base", "1.1.0")
    text = telling.overview(
        telling.head("fleet", [link], fleet), judge([link], fleet), WINDOWS, {"stage": ["region_code"]}
    )
    assert text.splitlines() == [
        'template "fleet" base 1.0.0 -> 1.1.0: 4 clusters',
        "  cluster  from -> to                           next window",
        "  dev      base 1.0.0 -> 1.1.0                  2026-11-22 00:00 Europe/Berlin",
        "  stage    base 1.0.0 -> 1.1.0                  skipped: no value for region_code",
        "  prod     stays                                -",
        "  next     is made with what the template says  -",
    ]


def test_heads() -> None:
    """The head names each profile: what clusters run of it, and what they will."""
    fleet = [Member("a", runs={"base": "1.0.0"}), Member("b", runs={"base": "0.9.0", "apps": "2.0.0"})]
    links = [Link("base", "1.1.0"), Link("apps", "2.0.0"), Link("later", UNKNOWN)]
    assert telling.head("fleet", links, fleet) == (
        'template "fleet" base 0.9.0, 1.0.0 -> 1.1.0, apps 2.0.0, later known after apply'
    )


def test_values_in_the_table() -> None:
    """Secrets are never shown, values of many lines by their first one, what isn't known yet by words."""
    definitions: dict[str, Any] = {
        "key": {"sensitive": True},
        "text": {},
        "later": {},
        "flag": {"default": "on", "has_default": True},
    }
    cluster = Member("dev", given={"key": "s3cret", "text": "one\ntwo", "later": UNKNOWN})
    rows = telling.variables_table(judge([Link("base", "1.1.0", definitions)], [cluster]), {}).splitlines()
    assert [row.split()[1:] for row in rows[1:]] == [
        ["flag", "-", "on", "on", "none"],
        ["key", "-", "[secret]", "-", "none"],
        ["later", "-", "known", "after", "apply", "-", "none"],
        ["text", "-", "one...", "-", "none"],
    ]


def test_a_large_fleet() -> None:
    """A long table is cut, with what lacks a value first, and says how many lines more there are."""
    fleet = [Member(f"c{number}", given={"region_code": "x"} if number < 99 else {}) for number in range(100)]
    rows = telling.variables_table(judge([LINK], fleet), {}).splitlines()
    assert len(rows) == telling.SHOWN + 2
    assert rows[1].split()[0] == "c99"
    assert rows[-1] == "  and 40 more"


@pytest.mark.parametrize(
    ("zone", "at", "text", "in_h"),
    [
        ("Europe/Berlin", "2026-11-21T12:00", "2026-11-22 00:00 Europe/Berlin", 11),
        ("Asia/Tokyo", "2026-11-21T12:00", "2026-11-22 00:00 Asia/Tokyo", 3),
        ("America/New_York", "2026-11-21T12:00", "2026-11-22 00:00 America/New_York", 17),
        ("Asia/Tokyo", "2026-11-21T16:00", "open until 2026-11-22 04:00 Asia/Tokyo", 0),
        ("Asia/Tokyo", "2026-11-21T19:00", "2026-11-29 00:00 Asia/Tokyo", 7 * 24 - 4),
    ],
)
def test_windows_by_each_time_zone(zone: str, at: str, text: str, in_h: float) -> None:
    """A window is told as the cluster's own clocks show it; an open one by its end."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert starts({"dev": zone}, SUNDAYS, moment) == {"dev": Start(text, in_h * 3600)}


@pytest.mark.parametrize(
    ("zone", "at", "text", "in_h"),
    [
        ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29 03:00 Europe/Berlin", 13),  # 02:30 is left out
        ("Europe/Berlin", "2026-10-24T12:00", "2026-10-25 02:30 Europe/Berlin", 12.5),  # 02:30 comes twice: the first
        ("Europe/Berlin", "2026-10-25T01:30", "2026-10-26 02:30 Europe/Berlin", 24),
        ("America/New_York", "2026-03-08T00:00", "2026-03-08 03:00 America/New_York", 7),
        ("America/New_York", "2026-11-01T00:00", "2026-11-01 02:30 America/New_York", 7.5),
    ],
)
def test_windows_when_the_clocks_change(zone: str, at: str, text: str, in_h: float) -> None:
    """On the day on which clocks go forward or back, the window that is told is the one that opens."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert starts({"dev": zone}, NIGHTS, moment) == {"dev": Start(text, in_h * 3600)}


def test_starts() -> None:
    """Now for what is triggered, nothing without a policy, and later where zone, windows or time aren't known yet."""
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    zones: dict[str, Any] = {"dev": "UTC", "stage": UNKNOWN}
    assert texts(starts(zones, SUNDAYS, at, triggered=["dev"])) == {"dev": "now", "stage": "known after apply"}
    assert texts(starts({"dev": "UTC"}, {}, at)) == {"dev": ""}
    assert texts(starts({"dev": "UTC"}, UNKNOWN, at)) == {"dev": "known after apply"}
    assert texts(starts({"dev": "UTC"}, SUNDAYS, None)) == {"dev": "known after apply"}


def test_beyond() -> None:
    """Who can't start within the limit: a window that opens later, or none at all."""
    found = {"a": Start("x", 10.0), "b": Start("y", 3601.0), "c": Start("")}
    assert beyond(found, found, 3600.0) == ["b", "c"]


def test_what_no_window_moves() -> None:
    """What is left out, or has left, is told with the reason in the place of a window that passes it over."""
    rows = {
        "dev": {"state": "Applied", "reason": ""},
        "gone": {"state": "Gone", "reason": "it no longer follows the template"},
        "prod": {"state": "Pending", "reason": "waits"},
        "stage": {"state": "Skipped", "reason": "no value for region_code"},
    }
    assert telling.rest(rows, {"prod": "Sunday", "stage": "Sunday"}) == (
        "gone Gone (it no longer follows the template), prod Pending (next window: Sunday), "
        "stage Skipped (no value for region_code)"
    )
