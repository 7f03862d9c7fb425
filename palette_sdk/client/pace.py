"""How fast and how often: the token bucket of a process and the times between retries. Pure but for the clock given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .settings import UNLIMITED


class TokenBucket:
    """At most `burst` calls at once and `rate_per_s` in the long run, for all threads of the process.

    A call books its place and is told how long to wait, so that nobody sleeps under the lock.
    """

    def __init__(self, rate_per_s: float, burst: int, now: Callable[[], float]) -> None:
        self._rate, self._burst, self._now = rate_per_s, burst, now
        self._lock = threading.Lock()
        self._tokens, self._at = float(burst), now()

    def book(self) -> float:
        """Seconds until this call may go; 0 when it may go now."""
        if self._rate == UNLIMITED:
            return 0.0
        with self._lock:
            now = self._now()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - 1
            self._at = now
            return 0.0 if self._tokens >= 0 else -self._tokens / self._rate


@dataclass(frozen=True)
class Backoff:
    """Times between retries: doubling from `first_s` to `cap_s`, between half and whole of it by chance."""

    first_s: float = 0.5
    cap_s: float = 20.0

    def delay_s(self, retry: int, random: Callable[[], float]) -> float:
        """Seconds before the retry with this number, counted from 0."""
        whole = min(self.cap_s, self.first_s * 2.0 ** min(retry, 30))
        return whole * (0.5 + 0.5 * random())


def retry_after_s(header: str, date_header: str = "") -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date (measured from the answer's own Date)."""
    text = header.strip()
    if not text:
        return None
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        since = parsedate_to_datetime(date_header.strip())
    except ValueError:
        return None
    return max(0.0, (_aware(until) - _aware(since)).total_seconds())


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
