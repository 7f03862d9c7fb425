"""Asking about many members: some calls at once, in the order of what is most urgent, and only for a while."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from palette_sdk.errors import InterruptedWaitError, PaletteError
from palette_sdk.resources.runtime import Hook

T = TypeVar("T")
U = TypeVar("U")


@dataclass
class Asked(Generic[T, U]):
    """What was asked, and what came of it; also when one call failed."""

    answers: list[tuple[T, U]] = field(default_factory=list)
    """Items and answers, in the order of the items."""
    error: PaletteError | None = None
    """Why it ended early, where a call failed."""
    is_all: bool = True
    """Whether all items were asked about."""

    def whole(self) -> list[tuple[T, U]]:
        """All answers.

        Raises:
            PaletteError: a call failed.
            InterruptedWaitError: someone asked to stop.
        """
        if self.error is not None:
            raise self.error
        if not self.is_all:
            raise InterruptedWaitError(
                "stopped, as asked, before all clusters were asked about. The same command goes on."
            )
        return self.answers


def ask_all(hook: Hook, items: Sequence[T], ask: Callable[[T], U], *, for_s: float = math.inf) -> Asked[T, U]:
    """Ask about each item, with as many calls at once as the runtime allows.

    The client keeps the pace of the calls, whatever their number. What was begun is finished; nothing more is begun after
    `for_s`, after a failure, or when the run is cancelled. At least one item is asked about.

    Args:
        hook: the running hook.
        items: the most urgent first.
        ask: asks about one; called in other threads, it decides nothing.
        for_s: how long items are taken up.
    """
    until, lock = hook.runtime.now() + for_s, threading.Lock()
    found: dict[int, U] = {}
    errors: list[PaletteError] = []
    taken = 0

    def take() -> int | None:
        nonlocal taken
        with lock:
            is_over = bool(errors) or hook.seam.cancelled.is_set() or hook.runtime.now() >= until
            if taken >= len(items) or (taken and is_over):
                return None
            taken += 1
            return taken - 1

    def work() -> None:
        while (number := take()) is not None:
            try:
                found[number] = ask(items[number])
            except PaletteError as error:
                errors.append(error)

    if (threads := min(hook.runtime.at_once, len(items))) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads, thread_name_prefix="asking") as pool:
            for future in [pool.submit(work) for _ in range(threads)]:
                future.result()
    else:
        work()
    answers = [(items[number], found[number]) for number in sorted(found)]
    return Asked(answers, errors[0] if errors else None, is_all=len(found) == len(items))
