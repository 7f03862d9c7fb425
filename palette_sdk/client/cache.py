"""Answers shared by all threads of a process: read once, kept a while, dropped by a write. No I/O of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sized
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class _Flight:
    """A read that is under way; `number` and `epoch` are those of its start."""

    number: int
    epoch: int
    landed: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    error: Exception | None = None
    is_lost: bool = False


@dataclass(frozen=True)
class _Kept:
    number: int
    at: float
    value: Any


class ReadCache:
    """Reads by key. While one thread reads, the others that want the same wait for its answer.

    Args:
        max_age_s: how long an answer is kept.
        now: a monotonic clock in seconds.
    """

    def __init__(self, max_age_s: float, now: Callable[[], float]) -> None:
        self._max_age_s, self._now = max_age_s, now
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Hashable], _Kept] = {}
        self._flights: dict[tuple[str, Hashable], _Flight] = {}
        self._epochs: dict[str, int] = {}
        self._dropped: dict[tuple[str, Hashable], int] = {}
        self._number = 0

    def get(self, family: str, key: Hashable, read: Callable[[], T], *, fresh: bool = False) -> T:
        """What `read` gives, or gave a little earlier.

        Args:
            family: what a write drops at once.
            key: what is read, scope included.
            read: the read itself; what it raises reaches all that wait for it.
            fresh: only take an answer whose read began after this call.
        """
        place = (family, key)
        with self._lock:
            self._number += 1
            asked = self._number
        while True:
            with self._lock:
                kept = self._kept.get(place)
                if kept is not None and self._fits(kept, asked, fresh=fresh):
                    return kept.value  # type: ignore[no-any-return]
                flight = self._flights.get(place)
                mine = flight is None
                if flight is None:
                    self._number += 1
                    flight = self._flights[place] = _Flight(self._number, self._epochs.get(family, 0))
            if mine:
                return self._fly(place, flight, read)
            flight.landed.wait()
            # A read that began before a write, or before a question for fresh news, does not answer this one.
            too_old = (fresh and flight.number < asked) or flight.epoch != self._epochs.get(family, 0)
            if too_old or flight.is_lost:
                continue
            if flight.error is not None:
                raise flight.error
            return flight.value  # type: ignore[no-any-return]

    def drop(self, *families: str) -> None:
        """Forgets what was read of these families, also what is just being read."""
        with self._lock:
            for family in families:
                self._epochs[family] = self._epochs.get(family, 0) + 1
            lost = {place: kept.value for place, kept in self._kept.items() if place[0] in families}
            self._dropped |= {place: len(value) for place, value in lost.items() if isinstance(value, Sized)}
            self._kept = {place: kept for place, kept in self._kept.items() if place[0] not in families}

    def _land(self, place: tuple[str, Hashable], flight: _Flight, began: float) -> None:
        if flight.epoch == self._epochs.get(place[0], 0):
            self._kept[place] = _Kept(flight.number, began, flight.value)
            self._dropped.pop(place, None)
        elif isinstance(flight.value, Sized):  # a write came in between
            self._dropped[place] = len(flight.value)

    def dropped_length(self, family: str, key: Hashable) -> int:
        """How long an answer was that a write dropped, and that was not read again since; else 0."""
        with self._lock:
            return self._dropped.get((family, key), 0)

    def _fits(self, kept: _Kept, asked: int, *, fresh: bool) -> bool:
        return kept.number > asked if fresh else self._now() - kept.at < self._max_age_s

    def _fly(self, place: tuple[str, Hashable], flight: _Flight, read: Callable[[], T]) -> T:
        began = self._now()
        flight.is_lost = True  # until proven otherwise: a KeyboardInterrupt must not strand the others
        try:
            value = read()
        except Exception as error:
            flight.error, flight.is_lost = error, False
            raise
        else:
            flight.value, flight.is_lost = value, False
            return value
        finally:
            with self._lock:
                del self._flights[place]
                if not flight.is_lost and flight.error is None:
                    self._land(place, flight, began)
            flight.landed.set()
