"""Durations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_sdk.errors import InputError
from palette_sdk.rules.durations import seconds, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("4h", 14400),
        ("30d", 2592000),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0s", 0),
        (" 5m ", 300),
        (timedelta(minutes=2), 120),
    ],
)
def test_seconds(value: str | timedelta, expected: float) -> None:
    """Every unit, several of them, a fraction and a timedelta are read."""
    assert seconds(value, path="wait") == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("30", '30 has no unit: write "30s", "30m"'),
        (30, "30 has no unit"),
        (1.5, "1.5 has no unit"),
        ("", "not a duration"),
        ("soon", "not a duration: write for example"),
        ("30min", "not a duration"),
        ("-5m", "not a duration"),
        ("30m1h", "from large to small"),
        ("1m1m", "from large to small"),
        (timedelta(seconds=-1), "negative"),
        (None, "not a duration"),
    ],
)
def test_anything_else_is_refused(value: object, words: str) -> None:
    """A bare number or unreadable text is refused, with the property and what to write."""
    with pytest.raises(InputError) as refused:
        seconds(cast("Any", value), path="timeouts.create")
    assert str(refused.value).startswith("timeouts.create: ")
    assert words in str(refused.value)


@given(st.integers(0, 10**8))
def test_text_reads_back(whole: int) -> None:
    """What text() writes, seconds() reads as the same length."""
    assert seconds(text(whole), path="x") == whole


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0s"), (90, "1m30s"), (2592000, "30d"), (0.5, "0.5s"), (61.25, "1m1.25s"), (119.9999, "2m")],
)
def test_text(value: float, expected: str) -> None:
    """The shortest usual way of writing it, to the millisecond."""
    assert text(value) == expected
