"""Whether a cluster has a recent enough backup for a change of version. Pure; times come in from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from palette_sdk.errors import InputError
from palette_sdk.rules.durations import seconds_between

Mode = Literal["warn", "backup", "require", "off"]


@dataclass(frozen=True, slots=True)
class LatestBackup:
    """The newest whole backup of a cluster.

    Args:
        name: its name; empty when there is none.
        at: what it is a copy of, RFC 3339; empty when there is none.
        now: the service's time, RFC 3339; empty when it isn't known, and then no backup is recent.
    """

    name: str = ""
    at: str = ""
    now: str = ""

    @property
    def age_s(self) -> float | None:
        """How old it is, in seconds; None when there is none, or it can't be told."""
        return seconds_between(self.at, self.now)


def is_recent(latest: LatestBackup, max_age_s: float) -> bool:
    """Say whether the newest backup is at most that old."""
    age = latest.age_s
    return age is not None and age <= max_age_s


def backup_guard(
    cluster: str, change: str, latest: LatestBackup, *, mode: Mode, max_age_s: float
) -> str | InputError | None:
    """Say what stands between a cluster and a change of version.

    Args:
        cluster: its name.
        change: the change in words: `aws-profile 1.0.0 -> 1.1.0`.
        latest: its newest backup.
        mode: `Guards(before_update=...)`.
        max_age_s: how old it may be.

    Returns:
        None when all is well, a text to tell, or the refusal.
    """
    if mode == "off" or is_recent(latest, max_age_s):
        return None
    hours = f"{max_age_s / 3600:g} h"
    there = f"the latest, {latest.name}, is of {latest.at}" if latest.at else "there is none"
    if mode == "backup":
        return f"{cluster}: {change}: a backup is made first, as none of the last {hours} is there ({there})."
    what = f'"{cluster}" has no backup of the last {hours} ({there}), and would change: {change}.'
    ways = 'make one before it: guards=Guards(before_update="backup")   or go without: Guards(before_update="off")'
    if mode == "require":
        return InputError(f"{what}\n  {ways}", path="guards.before_update")
    return f"{what}\n  {ways}"
