"""How fast and how often."""

from __future__ import annotations

import pytest

from palette_sdk.client.pace import Backoff, TokenBucket, retry_after_s
from palette_sdk.client.settings import UNLIMITED
from tests.unit.client.fakes import Clock


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    """Three of a burst of 3 go at once; the following ones are 0.2 s apart at 5 a second."""
    bucket = TokenBucket(5.0, 3, Clock().now)
    assert [bucket.book() for _ in range(6)] == pytest.approx([0, 0, 0, 0.2, 0.4, 0.6])


def test_time_fills_the_bucket_up_to_the_burst() -> None:
    """However long nothing was sent, no more than the burst goes at once."""
    clock = Clock()
    bucket = TokenBucket(5.0, 3, clock.now)
    for _ in range(3):
        bucket.book()
    clock.at += 0.2
    assert bucket.book() == pytest.approx(0)
    clock.at += 1000
    assert [bucket.book() for _ in range(4)] == pytest.approx([0, 0, 0, 0.2])


def test_unlimited_never_waits() -> None:
    """Without a limit every call goes at once."""
    bucket = TokenBucket(UNLIMITED, 1, Clock().now)
    assert {bucket.book() for _ in range(100)} == {0.0}


def test_backoff_doubles_up_to_its_cap() -> None:
    """Without luck the times are 0.5, 1, 2, 4 ... and never more than the cap."""
    assert [Backoff().delay_s(retry, lambda: 1.0) for retry in (0, 1, 2, 3, 20, 1000)] == [0.5, 1, 2, 4, 20, 20]


def test_jitter_takes_away_at_most_half() -> None:
    """Chance makes a time shorter, down to half of it."""
    assert Backoff().delay_s(2, lambda: 0.0) == 1.0
    assert Backoff().delay_s(2, lambda: 0.5) == 1.5


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("7", "", 7.0),
        (" 0 ", "", 0.0),
        ("Mon, 05 Jan 2026 12:00:30 GMT", "Mon, 05 Jan 2026 12:00:00 GMT", 30.0),
        ("Mon, 05 Jan 2026 11:00:00 GMT", "Mon, 05 Jan 2026 12:00:00 GMT", 0.0),
        ("Mon, 05 Jan 2026 12:00:30 GMT", "", None),
        ("soon", "", None),
        ("", "", None),
        ("-5", "", None),
    ],
)
def test_retry_after(header: str, date: str, seconds: float | None) -> None:
    """Retry-After is read as seconds or as a date; what is neither is ignored."""
    assert retry_after_s(header, date) == seconds
