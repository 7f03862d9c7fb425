"""How far the clusters of a roll-out are: what its outputs say. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Props = dict[str, Any]

APPLIED, FAILED, PENDING, SKIPPED, GONE = "Applied", "Failed", "Pending", "Skipped", "Gone"
WAITS = "waits for a maintenance window or an upgrade now"
STARTED = "the upgrade was started"


def outcome(
    members: Mapping[str, str],
    counted: Mapping[str, str],
    *,
    to: Mapping[str, str],
    before: Mapping[str, Any],
    skipped: Mapping[str, Any],
    failures: Mapping[str, str],
    started: Collection[str] = (),
) -> Props:
    """The outputs about clusters.

    Args:
        members: uids of the roll-out's clusters, by name.
        counted: how far each cluster of the template is, by uid.
        to: the versions that the template links, by profile.
        before: former outputs by cluster, whose `from` stays.
        skipped: clusters that were left out, with the variables they lack.
        failures: why clusters failed, by name.
        started: clusters that an upgrade now has started.

    Returns:
        `state` of all together, and `clusters` with from, to, state and reason by name; no text in it ages.
    """
    found: dict[str, Props] = {}
    for name, uid in members.items():
        state = counted.get(uid, GONE)
        reason = ""
        if state == PENDING and name in skipped:
            state, reason = SKIPPED, f"no value for {', '.join(skipped[name])}"
        elif state == PENDING:
            reason = STARTED if name in started else WAITS
        elif state == FAILED:
            reason = failures.get(name, "")
        elif state == GONE:
            reason = "it no longer follows the template"
        found[name] = {"from": dict(before.get(name, {})), "to": dict(to), "state": state, "reason": reason}
    return {"state": overall([row["state"] for row in found.values()]), "clusters": found}


def overall(states: Collection[str]) -> str:
    """The state that these add up to, in the words of a template."""
    kinds = set(states)
    if kinds <= {APPLIED}:
        return APPLIED
    if kinds == {FAILED}:
        return FAILED
    return "PartiallyApplied" if APPLIED in kinds else PENDING
