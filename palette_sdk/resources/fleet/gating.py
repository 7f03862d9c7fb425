"""What a gate judges: which members change, what approves it, and until when earlier stages soak. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palette_sdk.resources.border import mapping
from palette_sdk.resources.fleet.telling import at, later, listed, moment, span
from palette_sdk.rules.durations import text
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]


@dataclass(frozen=True)
class Soak:
    """An earlier stage that has to have been ready for a while.

    Args:
        stage: its name.
        seconds: how long.
        ready_at: since when it is ready, by the service's time; None while that isn't known, as it changes in this run.
    """

    stage: str
    seconds: float
    ready_at: str | None

    def left_s(self, now: str) -> float:
        """How long it takes yet."""
        if self.ready_at is None:
            return self.seconds
        return max(0.0, self.seconds - (moment(now) - moment(self.ready_at)).total_seconds())

    def told(self, now: str) -> str:
        """Until when it takes, for people."""
        if self.ready_at is None:
            return f'stage "{self.stage}" soaks for {text(self.seconds)} once it is ready'
        until = at(later(self.ready_at, self.seconds))
        return f'stage "{self.stage}" soaks until {until} (in {span(self.left_s(now))})'


def recorded(old: Mapping[str, Any], new: Mapping[str, Any]) -> Props:
    """The members as they are kept: what they become, without the content of versions whose edits are held.

    A held edit changes nothing yet. So the content that a member had when it last passed stays recorded, and when the edit is
    applied later, it shows as a change.

    Args:
        old: the members as they were kept before, by key: `plan` and `content`.
        new: the members as the program has them: the same, and `held`.
    """
    found: Props = {}
    for key, member in new.items():
        kept = {name: member[name] for name in ("plan", "content")}
        before = mapping(old.get(key))
        is_same_plan = is_known(kept["plan"]) and before.get("plan") == kept["plan"]
        if member.get("held") and is_same_plan and "content" in before:
            kept["content"] = before["content"]
        found[key] = kept
    return found


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Members that come or become something else; one that leaves changes nothing for those that stay."""
    return sorted(key for key, member in new.items() if not is_known(member) or member != old.get(key))


def approval(fleet: str, stage: str, members: Mapping[str, Any]) -> str | None:
    """The token that approves exactly what the members of a stage become; None while that isn't known."""
    if not is_known(members):
        return None
    return token("gt", {"fleet": fleet, "stage": stage, "members": members})


def told_changes(changed: list[str], members: Mapping[str, Any]) -> str:
    """Which members change, for people."""
    of = "1 cluster" if len(members) == 1 else f"{len(changed)} of {len(members)} clusters"
    return f"{of}: {listed(changed)}"


def approve_hint(wanted: str | None) -> str:
    """How to approve."""
    if wanted is None:
        return "its token is told when `pulumi up` gets there: some of what the clusters become is not known before"
    return f'approve exactly this: approve=["{wanted}"] on the fleet, or: pulumi up -c palette:approve={wanted}'


def soaks_of(given: Mapping[str, Any]) -> list[Soak]:
    """The soaks in the inputs of a gate."""
    found = []
    for stage, item in given.items():
        ready_at = item.get("ready_at")
        found.append(Soak(stage, float(item["seconds"]), ready_at if isinstance(ready_at, str) and ready_at else None))
    return found
