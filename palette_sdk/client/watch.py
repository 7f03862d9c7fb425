"""One list call an interval for all threads that wait for clusters. Sleeps never; the waiting is `waiting.py`'s."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from palette_sdk.errors import PaletteError

if TYPE_CHECKING:
    from palette_sdk.wire.cluster_state import ClusterSummary


ROWS = 250
"""How many rows an interval brings at most, in the long run: a list with more of them is read less often than that."""


@dataclass(frozen=True)
class _Seen:
    number: int
    at: float
    rows: dict[str, ClusterSummary]
    error: Exception | None = None


class ClusterWatch:
    """The states of all clusters of a scope, as one list that is read at most once an interval.

    A list of a thousand clusters has twenty pages, each of them a call, and is read each fourth interval: at the pace that the
    service allows the rest of the calls is left for what is asked of single clusters.

    Args:
        read: all summaries, read anew.
        interval_s: the shortest time between two reads.
        now: a monotonic clock in seconds.
    """

    def __init__(
        self, read: Callable[[], Iterable[ClusterSummary]], *, interval_s: float, now: Callable[[], float]
    ) -> None:
        self._read, self._interval_s, self._now = read, interval_s, now
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._number = 0
        self._seen: _Seen | None = None

    def state(self, uid: str) -> ClusterSummary | None:
        """The cluster's row in a list not older than the interval; None when the list doesn't have it."""
        return self._rows(after=0).get(uid)

    def probe(self, uid: str) -> Callable[[], ClusterSummary | None]:
        """A question to ask again and again about one cluster.

        Its answers always come from lists that were read after `probe` was called. So a cluster that was created, or
        changed, just before is seen as it is now, and None means that it is gone.
        """
        with self._lock:
            self._number += 1
            after = self._number
        return lambda: self._rows(after=after).get(uid)

    def probe_all(self) -> Callable[[], Mapping[str, ClusterSummary]]:
        """The same for all clusters of the scope at once: the rows by uid, of a list that was read after this call."""
        with self._lock:
            self._number += 1
            after = self._number
        return lambda: self._rows(after=after)

    def _rows(self, *, after: int) -> dict[str, ClusterSummary]:
        seen = self._fitting(after)
        if seen is None:
            with self._reading:
                # Another thread may have read while this one waited for its turn.
                seen = self._fitting(after)
                if seen is None:
                    seen = self._read_now()
        if seen.error is not None:
            raise seen.error
        return seen.rows

    def _fitting(self, after: int) -> _Seen | None:
        with self._lock:
            seen = self._seen
            if seen is None or seen.number < after:
                return None
            if self._now() - seen.at >= self._interval_s * max(1.0, len(seen.rows) / ROWS):
                return None
            return seen

    def _read_now(self) -> _Seen:
        with self._lock:
            self._number += 1
            number, at = self._number, self._now()
        try:
            seen = _Seen(number, at, {row.metadata.uid: row for row in self._read()})
        except PaletteError as error:
            # Kept as long as a list would be: else each waiting thread would find out for itself, one by one.
            seen = _Seen(number, self._now(), {}, error)
        with self._lock:
            self._seen = seen
        return seen
