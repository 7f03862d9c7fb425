"""The server's clock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from palette_sdk.controlplane.clock import Clock, ManualClock, stamp
from palette_sdk.controlplane.store import Store


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    """A wall clock at 1000."""
    return Wall()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store(tmp_path / "palette.db")
    yield store
    store.close()


def test_runs_at_its_speed(wall: Wall) -> None:
    """Server time begins at the wall's time and runs so many times as fast; a change of speed doesn't jump."""
    clock = Clock(wall, speed=60)
    assert clock.now() == 1000
    wall.seconds += 2
    assert clock.now() == 1120
    clock.set_speed(1)
    assert clock.now() == 1120
    wall.seconds += 2
    assert clock.now() == 1122


def test_pause_and_resume(wall: Wall) -> None:
    """A paused clock stands still and goes on from there; it can be advanced meanwhile."""
    clock = Clock(wall)
    clock.pause()
    wall.seconds += 100
    assert (clock.now(), clock.paused) == (1000, True)
    clock.advance(5)
    clock.pause()
    assert clock.now() == 1005
    clock.resume()
    wall.seconds += 1
    assert (clock.now(), clock.paused) == (1006, False)


def test_never_goes_back(wall: Wall) -> None:
    """When the wall clock is set back, server time stands still."""
    clock = Clock(wall)
    wall.seconds += 10
    clock.advance(0)
    wall.seconds -= 500
    assert clock.now() == 1010


@pytest.mark.parametrize("value", [-1, math.nan, math.inf])
def test_refuses_what_is_no_forward(wall: Wall, value: float) -> None:
    """Negative and infinite speeds and steps are refused, and change nothing."""
    clock = Clock(wall)
    for change in (clock.set_speed, clock.advance):
        with pytest.raises(ValueError, match="0 or more"):
            change(value)
    assert (clock.now(), clock.speed) == (1000, 1)


def test_stands_still_while_the_server_is_down(wall: Wall, store: Store) -> None:
    """A clock that is loaded goes on from where it was saved, at the speed and in the state it had."""
    clock = Clock(wall, speed=60)
    wall.seconds += 1
    clock.pause()
    with store.atomic() as tx:
        clock.save(tx)
    wall.seconds += 9999
    again = Clock(wall)
    with store.atomic() as tx:
        again.load(tx)
    assert (again.now(), again.speed, again.paused) == (1060, 60, True)
    again.resume()
    wall.seconds += 1
    assert again.now() == 1120


def test_loading_nothing_changes_nothing(wall: Wall, store: Store) -> None:
    """Without a record the clock stays what it is."""
    clock = Clock(wall, speed=3)
    with store.atomic() as tx:
        clock.load(tx)
    assert (clock.now(), clock.speed) == (1000, 3)


def test_save_is_due_after_some_seconds(wall: Wall, store: Store) -> None:
    """A record is due at once, and again some seconds of the wall clock later."""
    clock = Clock(wall)
    assert clock.is_save_due()
    with store.atomic() as tx:
        clock.save(tx)
    assert not clock.is_save_due()
    wall.seconds += 5
    assert clock.is_save_due()


def test_manual_clock() -> None:
    """A manual clock moves by `advance` alone."""
    clock = ManualClock()
    assert stamp(clock.now()) == "2026-01-05T12:00:00.000Z"
    clock.advance(61)
    assert stamp(clock.now()) == "2026-01-05T12:01:01.000Z"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (0.0014, "1970-01-01T00:00:00.001Z"),
        (0.9996, "1970-01-01T00:00:01.000Z"),
        (1767614400.25, "2026-01-05T12:00:00.250Z"),
    ],
)
def test_stamp(at: float, text: str) -> None:
    """Moments are RFC 3339 in UTC with three digits of a second, rounded."""
    assert stamp(at) == text
