"""Reads that threads share."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from palette_sdk.client.cache import ReadCache
from tests.unit.client.fakes import Clock


class Reads:
    """Counts reads; each gives its number. One can be held until it is let go."""

    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()
        self.began = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def __call__(self) -> int:
        with self.lock:
            self.count += 1
            number = self.count
        self.began.set()
        assert self.go.wait(30)
        return number


def threads(number: int, act: Callable[[], object]) -> tuple[list[object], list[threading.Thread]]:
    """Starts threads that keep what they got."""
    got: list[object] = []

    def run() -> None:
        try:
            got.append(act())
        except RuntimeError as error:
            got.append(str(error))

    started = [threading.Thread(target=run) for _ in range(number)]
    for thread in started:
        thread.start()
    return got, started


def joined(started: list[threading.Thread]) -> None:
    """Waits for threads."""
    for thread in started:
        thread.join(30)


def test_a_read_is_shared_until_it_is_too_old() -> None:
    """An answer is given again for its time, counted from when its read began, and read anew after."""
    clock, read = Clock(), Reads()
    cache = ReadCache(30.0, clock.now)
    assert [cache.get("f", "k", read), cache.get("f", "k", read)] == [1, 1]
    clock.at += 29.9
    assert cache.get("f", "k", read) == 1
    clock.at += 0.2
    assert cache.get("f", "k", read) == 2


def test_keys_and_families_are_apart() -> None:
    """Another key and another family are other reads."""
    read, cache = Reads(), ReadCache(30.0, Clock().now)
    assert [cache.get("f", "a", read), cache.get("f", "b", read), cache.get("g", "a", read)] == [1, 2, 3]


def test_nothing_is_an_answer_too() -> None:
    """None is kept like any other answer."""
    cache, asked = ReadCache(30.0, Clock().now), []
    for _ in range(2):
        assert cache.get("f", "k", lambda: asked.append(1)) is None
    assert asked == [1]


def test_a_write_drops_its_family_only() -> None:
    """After a write its family is read anew, others are not."""
    read, cache = Reads(), ReadCache(30.0, Clock().now)
    cache.get("f", "k", read)
    cache.get("g", "k", read)
    cache.drop("f")
    assert [cache.get("f", "k", read), cache.get("g", "k", read)] == [3, 2]


def test_fresh_reads_anew() -> None:
    """A question for fresh news is not answered by what was read before, and what it reads serves the others."""
    read, cache = Reads(), ReadCache(30.0, Clock().now)
    cache.get("f", "k", read)
    assert cache.get("f", "k", read, fresh=True) == 2
    assert cache.get("f", "k", read) == 2


def test_eight_threads_make_one_read() -> None:
    """Threads that ask for the same while it is being read all get that answer."""
    read, cache = Reads(), ReadCache(30.0, Clock().now)
    read.go.clear()
    got, started = threads(8, lambda: cache.get("f", "k", read))
    assert read.began.wait(30)
    read.go.set()
    joined(started)
    assert got == [1] * 8
    assert read.count == 1


def test_a_failed_read_fails_for_those_that_waited_and_is_not_kept() -> None:
    """An error reaches all that waited for it, and the next question reads again."""
    cache, gate, began = ReadCache(30.0, Clock().now), threading.Event(), threading.Event()
    count = []

    def fail() -> int:
        count.append(1)
        began.set()
        assert gate.wait(30)
        raise RuntimeError("down")

    got, started = threads(1, lambda: cache.get("f", "k", fail))
    assert began.wait(30)
    late, more = threads(3, lambda: cache.get("f", "k", fail))
    gate.set()
    joined(started + more)
    assert got + late == ["down"] * 4
    assert cache.get("f", "k", lambda: 7) == 7


def test_a_write_during_a_read_makes_it_stale() -> None:
    """What was read before a write is not given to those that ask after it."""
    read, cache = Reads(), ReadCache(30.0, Clock().now)
    read.go.clear()
    got, started = threads(1, lambda: cache.get("f", "k", read))
    assert read.began.wait(30)
    cache.drop("f")
    after, more = threads(1, lambda: cache.get("f", "k", read))
    read.go.set()
    joined(started + more)
    assert (got, after) == ([1], [2])
    assert cache.get("f", "k", read) == 2


def test_fresh_does_not_take_a_read_that_is_under_way() -> None:
    """A question for fresh news that comes during a read waits for it and then reads for itself."""
    read, cache = Reads(), ReadCache(30.0, Clock().now)
    read.go.clear()
    got, started = threads(1, lambda: cache.get("f", "k", read))
    assert read.began.wait(30)
    fresh, more = threads(1, lambda: cache.get("f", "k", read, fresh=True))
    read.go.set()
    joined(started + more)
    assert (got, fresh) == ([1], [2])


def test_a_stopped_read_strands_nobody() -> None:
    """When a read is stopped from outside, the next one reads for itself."""
    cache = ReadCache(30.0, Clock().now)

    def stopped() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.get("f", "k", stopped)
    assert cache.get("f", "k", lambda: 7) == 7


def test_length_of_what_a_write_dropped() -> None:
    """How long a list was is known after a write dropped it, also while it was read, until it is read again."""
    cache = ReadCache(30.0, Clock().now)

    def torn() -> list[int]:
        cache.drop("f")
        return [1, 2, 3]

    assert cache.dropped_length("f", "k") == 0
    cache.get("f", "k", lambda: [1, 2])
    assert cache.dropped_length("f", "k") == 0
    cache.drop("g")
    assert cache.dropped_length("f", "k") == 0
    cache.drop("f")
    assert cache.dropped_length("f", "k") == 2
    cache.get("f", "k", torn)
    assert cache.dropped_length("f", "k") == 3
    cache.get("f", "k", lambda: [1])
    assert cache.dropped_length("f", "k") == 0
