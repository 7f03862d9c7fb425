"""Waiting for a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from palette_sdk.client.waiting import Look, wait_for
from palette_sdk.errors import InterruptedWaitError, UnavailableError, WaitFailedError, WaitTimeoutError
from tests.unit.client.fakes import Clock


def looks(*found: Look[str] | Exception) -> Callable[[], Look[str]]:
    """A probe that finds these things, the last one for ever."""
    rest: Iterator[Look[str] | Exception] = iter(found)
    last: list[Look[str] | Exception] = []

    def probe() -> Look[str]:
        last[:] = [next(rest, *last)]
        if isinstance(last[0], Exception):
            raise last[0]
        return last[0]

    return probe


def waited(probe: Callable[[], Look[str]], clock: Clock, **changes: Any) -> str:
    """The outcome of a wait of 100 s with a look each 10 s."""
    options: dict[str, Any] = {"deadline_s": 100.0, "interval_s": lambda _look: 10.0, **changes}
    return wait_for(probe, what='cluster "web" to be healthy', now=clock.now, sleep=clock.sleep, **options)


def test_what_is_there_is_given_at_once() -> None:
    """When the first look finds the state, nothing is slept."""
    clock = Clock()
    assert waited(looks(Look("Running", "value", done=True)), clock) == "value"
    assert clock.sleeps == []


def test_looks_follow_the_interval() -> None:
    """Between two looks passes the time of the interval, in steps of at most a second."""
    clock, began = Clock(), Clock().at
    numbers: list[int] = []

    def interval(look: int) -> float:
        numbers.append(look)
        return 2.5

    waited(looks(Look("a", ""), Look("b", ""), Look("c", "", done=True)), clock, interval_s=interval)
    assert clock.at - began == pytest.approx(5.0)
    assert max(clock.sleeps) <= 1.0
    assert numbers == [0, 1]


def test_a_look_that_had_to_end_early_is_followed_at_once() -> None:
    """When there is more to ask, the next look follows without a pause; the deadline and a stop hold all the same."""
    clock, began = Clock(), Clock().at
    more = Look("a", "", soon=True)
    waited(looks(more, more, Look("b", "", done=True)), clock)
    assert clock.at == began

    def slow() -> Look[str]:
        clock.at += 30.0
        return more

    with pytest.raises(WaitTimeoutError):
        waited(slow, clock)
    assert clock.at - began == pytest.approx(120.0)
    with pytest.raises(InterruptedWaitError):
        waited(slow, clock, stop=lambda: clock.at - began > 130.0)
    assert clock.at - began == pytest.approx(150.0)


def test_a_long_look_is_followed_by_as_long_a_pause() -> None:
    """Looks that take longer than the interval take half of the time, not all of it."""
    clock, began = Clock(), Clock().at
    found = looks(Look("a", ""), Look("b", "", done=True))

    def probe() -> Look[str]:
        clock.at += 30.0
        return found()

    waited(probe, clock)
    assert clock.at - began == pytest.approx(30.0 + 30.0 + 30.0)


def test_changes_and_heartbeats_are_told() -> None:
    """Each new state is told once, and again after a minute of the same."""
    told: list[tuple[str, float]] = []
    probe = looks(Look("Pending", ""), Look("Provisioning", ""))
    with pytest.raises(WaitTimeoutError):
        waited(probe, Clock(), deadline_s=140.0, on_change=lambda state, after: told.append((state, round(after))))
    assert told == [("Pending", 0), ("Provisioning", 10), ("Provisioning", 70), ("Provisioning", 130)]


def test_the_deadline_ends_the_wait() -> None:
    """After the deadline the error says what was waited for, how long, the last state, and what the next run does."""
    clock, began = Clock(), Clock().at
    with pytest.raises(WaitTimeoutError) as caught:
        waited(looks(Look("Provisioning", "")), clock, deadline_s=1800.0)
    assert clock.at - began == pytest.approx(1800.0)
    for words in ('cluster "web" to be healthy', "30 min", "Provisioning", "pulumi up"):
        assert words in str(caught.value)


def test_a_short_deadline_is_not_overslept() -> None:
    """The wait ends at its deadline, also in the middle of an interval."""
    clock, began = Clock(), Clock().at
    with pytest.raises(WaitTimeoutError, match="4 s"):
        waited(looks(Look("Pending", "")), clock, deadline_s=4.0)
    assert clock.at - began == pytest.approx(4.0)


def test_a_state_that_cannot_become_the_wanted_one() -> None:
    """A failure that the look reports ends the wait with its reason and what to do."""
    probe = looks(Look("Pending", ""), Look("Error", "", failed="quota exceeded", hint="Raise it."))
    with pytest.raises(WaitFailedError, match=r"quota exceeded \(last state: Error\)\n  Raise it\."):
        waited(probe, Clock())


def test_stop_ends_the_wait_within_a_second() -> None:
    """The question whether to stop is asked each second, also during a long interval."""
    clock, began = Clock(), Clock().at
    with pytest.raises(InterruptedWaitError, match="Pending"):
        waited(looks(Look("Pending", "")), clock, stop=lambda: clock.at - began >= 3.0)
    assert clock.at - began == pytest.approx(3.0)


def test_what_goes_on_is_told() -> None:
    """The texts name what takes the wait up again: by default the next `pulumi up`."""
    with pytest.raises(InterruptedWaitError, match=r"The next `pulumi up` goes on\.$"):
        waited(looks(Look("Pending", "")), Clock(), stop=lambda: True)
    with pytest.raises(InterruptedWaitError, match=r"The same command goes on\.$"):
        waited(looks(Look("Deleting", "")), Clock(), stop=lambda: True, again="the same command")
    with pytest.raises(WaitTimeoutError, match="the same command goes on waiting"):
        waited(looks(Look("Deleting", "")), Clock(), deadline_s=1.0, again="the same command")


def test_stop_comes_before_the_first_look() -> None:
    """A wait that is stopped before it began asks nothing."""

    def never() -> Look[str]:
        raise AssertionError

    with pytest.raises(InterruptedWaitError):
        waited(never, Clock(), stop=lambda: True)


def test_a_passing_outage_is_sat_out() -> None:
    """A service that does not answer for a while does not end a wait, when told so."""
    probe = looks(
        Look("Pending", ""), UnavailableError("down"), UnavailableError("down"), Look("Running", "v", done=True)
    )
    assert waited(probe, Clock(), outage_s=30.0) == "v"


def test_a_long_outage_ends_the_wait() -> None:
    """A service that does not answer for longer ends the wait with the service's error."""
    clock, began = Clock(), Clock().at
    with pytest.raises(UnavailableError, match="down"):
        waited(looks(Look("Pending", ""), UnavailableError("down")), clock, outage_s=30.0)
    assert clock.at - began == pytest.approx(30.0)


def test_without_patience_an_outage_ends_the_wait_at_once() -> None:
    """Unless told otherwise, the first failed look ends the wait."""
    clock = Clock()
    with pytest.raises(UnavailableError):
        waited(looks(UnavailableError("down")), clock)
    assert clock.sleeps == []


def test_a_wait_within_a_longer_act() -> None:
    """What passed before this wait began counts against its deadline."""
    clock = Clock()
    with pytest.raises(WaitTimeoutError, match="within 100 s"):
        waited(looks(Look("Deleting", "")), clock, began_at=clock.now() - 90.0)
    assert clock.now() == pytest.approx(1010.0)
