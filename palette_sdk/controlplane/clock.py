"""The server's own clock: it can run faster, stand still, and be moved on; and how moments are written.

It never goes back, and it stands still while the server is down: its state is in the store. It never sleeps and
starts no thread; what should happen at a moment is done by the next request after it (see `simulation`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from palette_sdk.controlplane.store import Tx

_KEY = "clock"
_SAVE_EVERY_S = 5.0


class Clock:
    """Server time, derived from a wall clock that is passed in.

    Args:
        wall: seconds since the epoch, as `time.time`.
        start: server time at the beginning, epoch seconds; default: what the wall clock shows.
        speed: server seconds for each second of the wall clock; at least 0.
    """

    def __init__(self, wall: Callable[[], float], *, start: float | None = None, speed: float = 1.0) -> None:
        self._wall = wall
        self._anchor = wall()
        self._base = self._anchor if start is None else start
        self._speed = _checked(speed, "speed")
        self._paused = False
        self._saved_at = -math.inf

    def now(self) -> float:
        """Server time, epoch seconds."""
        if self._paused:
            return self._base
        # A wall clock set back by its owner must not take the server's time back with it.
        return self._base + max(0.0, self._wall() - self._anchor) * self._speed

    @property
    def speed(self) -> float:
        """Server seconds for each second of the wall clock, while not paused."""
        return self._speed

    @property
    def ahead(self) -> float:
        """Seconds by which server time is ahead of the wall clock."""
        return self.now() - self._wall()

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return self._paused

    def set_speed(self, speed: float) -> None:
        """Run at this speed from now on; the clock doesn't jump. Raises ValueError below 0 or when not finite."""
        checked = _checked(speed, "speed")
        self._hold()
        self._speed = checked

    def pause(self) -> None:
        """Stand still until `resume`."""
        self._hold()
        self._paused = True

    def resume(self) -> None:
        """Run again, from where it stood."""
        self._hold()
        self._paused = False

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds of server time. Raises ValueError when negative or not finite."""
        checked = _checked(seconds, "seconds")
        self._hold()
        self._base += checked

    def _hold(self) -> None:
        self._base, self._anchor = self.now(), self._wall()

    def load(self, tx: Tx) -> None:
        """Go on from where the store says the clock was, with the speed it had; without a record, change nothing."""
        kept = tx.meta_get(_KEY)
        if kept is not None:
            self._base, self._anchor = float(kept["now"]), self._wall()
            self._speed, self._paused = float(kept["speed"]), bool(kept["paused"])

    def save(self, tx: Tx) -> None:
        """Keep the state in the store."""
        tx.meta_set(_KEY, {"now": self.now(), "speed": self._speed, "paused": self._paused})
        self._saved_at = self._wall()

    def is_save_due(self) -> bool:
        """Whether the record is so old that a SIGKILL would lose more than some seconds of the wall clock."""
        return self._wall() - self._saved_at >= _SAVE_EVERY_S


class ManualClock(Clock):
    """A clock for tests: it moves only by `advance`.

    Args:
        start: epoch seconds; default 2026-01-05 12:00 UTC, a Monday.
    """

    def __init__(self, start: float = 1767614400.0) -> None:
        super().__init__(lambda: 0.0, start=start)


def stamp(at: float) -> str:
    """A moment as the API writes it: RFC 3339, UTC, milliseconds (`2026-01-05T12:00:00.000Z`).

    Args:
        at: epoch seconds.
    """
    # Whole milliseconds first: formatting the float would sometimes show 0.9995 s as 1000 ms.
    seconds, millis = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{millis:03d}Z"


def _checked(value: float, what: str) -> float:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{what} must be a finite number, 0 or more; got {value}")
    return float(value)
