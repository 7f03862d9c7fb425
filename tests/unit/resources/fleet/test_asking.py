"""Asking about many members at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from palette_sdk.errors import InterruptedWaitError, UnavailableError
from palette_sdk.resources.engine_seam import Seam
from palette_sdk.resources.fleet.asking import ask_all
from palette_sdk.resources.fleet.ready import FleetReadyProvider
from palette_sdk.resources.runtime import Hook, Runtime
from tests.unit.client.fakes import Clock
from tests.unit.resources.world import Link

MANY = list(range(100))


def hook(clock: Clock | None = None, *, at_once: int) -> Hook:
    """A running hook."""
    seam = Seam(Link(), cancelled=threading.Event())
    now = (clock or Clock()).now
    return Hook(Runtime({}, seam, now=now, at_once=at_once), FleetReadyProvider())


def ticking(clock: Clock) -> Callable[[int], int]:
    """A question that takes a second."""

    def ask(number: int) -> int:
        clock.at += 1.0
        return number * 2

    return ask


def test_as_many_at_once_as_allowed() -> None:
    """So many calls are under way together, none is made twice, and answers come in the order of the items."""
    together = threading.Barrier(4, timeout=30)
    asked: list[int] = []

    def ask(number: int) -> int:
        together.wait()
        asked.append(number)
        return number * 2

    found = ask_all(hook(at_once=4), MANY, ask)
    assert found.whole() == [(number, number * 2) for number in MANY]
    assert sorted(asked) == MANY


@pytest.mark.parametrize("at_once", [1, 4])
def test_nothing_to_ask(at_once: int) -> None:
    """Without items nothing is asked, and that is all of it."""
    assert ask_all(hook(at_once=at_once), [], ticking(Clock())).whole() == []


def test_only_for_a_while() -> None:
    """The first ones are asked about until the time is over; the rest is left, and one always has its turn."""
    clock = Clock()
    found = ask_all(hook(clock, at_once=1), MANY, ticking(clock), for_s=10.0)
    assert [number for number, _ in found.answers] == MANY[:10]
    assert not found.is_all
    assert [number for number, _ in ask_all(hook(clock, at_once=1), MANY, ticking(clock), for_s=0.0).answers] == [0]


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_failure_keeps_what_was_answered(at_once: int) -> None:
    """After a call that failed none is begun; what others answered is not lost, and the error is told."""

    def ask(number: int) -> int:
        if number == 5:
            raise UnavailableError("down")
        return number

    found = ask_all(hook(at_once=at_once), MANY, ask)
    answered = [number for number, _ in found.answers]
    assert answered[:5] == MANY[:5]
    assert 5 not in answered
    assert at_once > 1 or len(answered) == 5
    assert not found.is_all
    with pytest.raises(UnavailableError):
        found.whole()


def test_a_cancel() -> None:
    """After a cancel none is begun."""
    running = hook(at_once=1)

    def ask(number: int) -> int:
        if number == 5:
            running.seam.cancelled.set()
        return number

    found = ask_all(running, MANY, ask)
    assert len(found.answers) == 6
    assert found.error is None
    with pytest.raises(InterruptedWaitError):
        found.whole()


def test_a_mistake_of_ours_is_not_hidden() -> None:
    """What is no error of the service ends it, also in another thread."""

    def ask(number: int) -> int:
        return 1 // (number - 3)

    with pytest.raises(ZeroDivisionError):
        ask_all(hook(at_once=4), MANY, ask)
