"""When the upgrade of each cluster may start: now, in a maintenance window by the cluster's own clocks, or never. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from palette_sdk.rules.unknown import Unknown, is_known
from palette_sdk.rules.windows import Window, moment_text, next_window

LATER = "known after apply"
NOW = "now"


@dataclass(frozen=True)
class Start:
    """When a cluster may start.

    Args:
        text: as a person reads it; "" when nothing starts it.
        in_s: seconds until then, 0 in a window that is open; None when nothing starts it, or that isn't known.
    """

    text: str
    in_s: float | None = None


def starts(
    zones: Mapping[str, str | Unknown],
    schedules: Mapping[str, Mapping[str, Any]] | Unknown,
    at: datetime | None,
    *,
    triggered: Iterable[str] = (),
) -> dict[str, Start]:
    """Say for each cluster when it may start.

    Args:
        zones: the clusters' time zones by name.
        schedules: `cron` and `duration_h` of each window, by name; none when the template has no policy.
        at: the service's time, with a time zone; None where it isn't known.
        triggered: clusters that an upgrade now starts.
    """
    at_once, by_zone = set(triggered), {zone: _start(zone, schedules, at) for zone in {*zones.values()}}
    return {name: Start(NOW, 0.0) if name in at_once else by_zone[zone] for name, zone in zones.items()}


def texts(found: Mapping[str, Start]) -> dict[str, str]:
    """The starts as texts."""
    return {name: start.text for name, start in found.items()}


def beyond(found: Mapping[str, Start], names: Iterable[str], deadline_s: float) -> list[str]:
    """Which of these clusters can't start within so many seconds."""
    return [name for name in names if (at := found[name].in_s) is None or at > deadline_s]


def _start(zone: str | Unknown, schedules: Mapping[str, Mapping[str, Any]] | Unknown, at: datetime | None) -> Start:
    if isinstance(zone, Unknown) or not is_known(schedules) or at is None:
        return Start(LATER)
    window = next_window(schedules, zone, at)  # type: ignore[arg-type]  # known by now
    if window is None:
        return Start("")
    return Start(_text(window, zone, at), max(0.0, (window.start - at).total_seconds()))


def _text(window: Window, zone: str, at: datetime) -> str:
    if window.start <= at:
        return f"open until {moment_text(window.end, zone)}"
    return moment_text(window.start, zone)
