"""Waits for a state by looking again and again. Pure: clock and sleep come in, and nothing is known of clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from palette_sdk.errors import (
    ApiTimeoutError,
    InterruptedWaitError,
    RateLimitError,
    UnavailableError,
    WaitFailedError,
    WaitTimeoutError,
)

T = TypeVar("T")

_STEP_S = 1.0  # how long a wait may sleep without looking whether it should stop


@dataclass(frozen=True)
class Look(Generic[T]):
    """What one look found.

    Args:
        state: in a few words, for people: "Provisioning, layer 3 of 5: cni-calico".
        value: what the wait gives back when it is done.
        done: the wanted state is there.
        failed: why it can't come any more; empty while it can.
        hint: with `failed`, what to do next.
        soon: it had to end before all was asked: the next look follows without a pause.
    """

    state: str
    value: T
    done: bool = False
    failed: str = ""
    hint: str = ""
    soon: bool = False


def wait_for(
    probe: Callable[[], Look[T]],
    *,
    what: str,
    deadline_s: float,
    now: Callable[[], float],
    sleep: Callable[[float], None],
    interval_s: Callable[[int], float],
    on_change: Callable[[str, float], None] = lambda _state, _elapsed_s: None,
    stop: Callable[[], bool] = lambda: False,
    heartbeat_s: float = 60.0,
    outage_s: float = 0.0,
    again: str = "the next `pulumi up`",
    began_at: float | None = None,
) -> T:
    """Looks until the wanted state is there, and gives what was found.

    Args:
        probe: one look.
        what: what is waited for, as it stands after "waiting for": `cluster "web" to be healthy`.
        deadline_s: how long to wait, from `began_at`.
        now: a monotonic clock in seconds.
        sleep: waits that many seconds; called with at most 1.
        interval_s: time after the look with this number, from 0 (`Settings.interval_s`); after a look that took longer, as
            long as it took.
        on_change: told the state and the seconds since the start, at each change and each heartbeat.
        stop: asked at least once a second; True ends the wait.
        heartbeat_s: time after which the same state is told again.
        outage_s: how long the service may not answer before that ends the wait.
        again: what takes a wait up again that ended before its time, for the message.
        began_at: when the whole act began that this wait is part of, on the clock of `now`; default: now.

    Raises:
        WaitFailedError: the look said that the state can't come.
        WaitTimeoutError: the deadline passed.
        InterruptedWaitError: `stop` said so.
        ApiError: the probe's own, when it isn't a passing outage.
    """
    here = now()
    began = here if began_at is None else began_at
    state, told_at, well_at, look = "", here, here, 0
    while True:
        _unless_stopped(stop, what, state, again)
        began_look, is_soon = now(), False
        try:
            seen = probe()
        except (UnavailableError, ApiTimeoutError, RateLimitError):
            if now() - well_at >= outage_s:
                raise
        else:
            well_at, is_soon = now(), seen.soon
            if seen.state != state or well_at - told_at >= heartbeat_s:
                state, told_at = seen.state, well_at
                on_change(state, well_at - began)
            if seen.done:
                return seen.value
            if seen.failed:
                hint = f"\n  {seen.hint}" if seen.hint else ""
                raise WaitFailedError(f"waiting for {what} failed: {seen.failed} (last state: {state}){hint}")
        # A look at a thousand clusters takes a while itself: no more than half of the time goes into looking.
        pause = 0.0 if is_soon else max(interval_s(look), now() - began_look)
        until = min(now() + pause, began + deadline_s)
        while (left := until - now()) > 0:
            sleep(min(left, _STEP_S))
            _unless_stopped(stop, what, state, again)
        if now() - began >= deadline_s:
            raise WaitTimeoutError(
                f"{what} did not come true within {_duration(deadline_s)} (last state: {state or 'unknown'}).\n"
                f"  Nothing was undone: {again} goes on waiting. A longer limit: timeouts=."
            )
        look += 1


def _unless_stopped(stop: Callable[[], bool], what: str, state: str, again: str) -> None:
    if stop():
        raise InterruptedWaitError(
            f"stopped while waiting for {what} (last state: {state or 'unknown'}). {again[0].upper()}{again[1:]} goes on."
        )


def _duration(seconds: float) -> str:
    if seconds < 120 and seconds % 60:
        return f"{seconds:g} s"
    return f"{round(seconds / 60, 1):g} min" if seconds >= 60 else f"{seconds:g} s"
