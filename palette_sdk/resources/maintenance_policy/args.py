"""What a program writes about a maintenance policy: its schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypedDict

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import ProgramError, checked_value, made
from palette_sdk.resources.program import Duration
from palette_sdk.rules.durations import seconds
from palette_sdk.rules.unknown import is_known
from palette_sdk.rules.windows import cron_refusal, hours_refusal


@checked_value
@dataclass(frozen=True)
class Schedule:
    """A window that opens again and again, in which upgrades of clusters may start.

    Args:
        name: how the policy calls it; a policy has each name once.
        cron: when it opens, as the clocks of each cluster's time zone show it: minute, hour, day of the month, month, day
            of the week, such as `0 2 * * SUN`. A change is made in place.
        duration: how long it stays open: whole hours, from `1h` to `24h`. What has started by then goes on. A change is made
            in place.
    """

    name: str
    _: KW_ONLY
    cron: pulumi.Input[str]
    duration: Duration

    def props(self) -> dict[str, Any]:
        """As inputs of the engine; the length is hours."""
        hours = seconds(self.duration, path=f'schedules["{self.name}"].duration') / 3600
        if refusal := hours_refusal(hours):
            raise InputError(refusal, path=f'schedules["{self.name}"].duration')
        return {"cron": self.cron, "duration_h": int(hours)}


class ScheduleDict(TypedDict, total=False):
    """A schedule as a dict literal; all three are required."""

    name: str
    cron: pulumi.Input[str]
    duration: Duration


def schedules_props(schedules: Sequence[Schedule | ScheduleDict]) -> dict[str, Any]:
    """Schedules by name.

    Raises:
        InputError: there is none, one has no name, or a length that can't be.
        ProgramError: two have the same name.
    """
    found: dict[str, Any] = {}
    for index, item in enumerate(schedules):
        schedule = made(Schedule, item, f"schedules[{index}]")
        if not schedule.name.strip():
            raise InputError("a schedule needs a name", path=f"schedules[{index}].name")
        if schedule.name in found:
            raise ProgramError(f'schedules: two are called "{schedule.name}"; give one of them another name')
        found[schedule.name] = schedule.props()
    if not found:
        raise InputError(
            'a policy without schedules never lets anything start: give Schedule("sunday", cron="0 2 * * SUN", '
            'duration="4h")',
            path="schedules",
        )
    return found


def check_schedules(schedules: Mapping[str, Any]) -> None:
    """Refuse windows that can't be, as far as they are known; raises InputError."""
    for name, schedule in schedules.items():
        if not isinstance(schedule, Mapping):
            continue
        cron, hours = schedule.get("cron", ""), schedule.get("duration_h", 0)
        refusal = cron_refusal(cron) if is_known(cron) else None
        if refusal:
            raise InputError(refusal, path=f'schedules["{name}"].cron')
        refusal = hours_refusal(hours) if is_known(hours) else None
        if refusal:
            raise InputError(refusal, path=f'schedules["{name}"].duration')
