"""Waiting until the clusters of a roll-out run what their template says: one call a look, whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from palette_sdk.resources.runtime import Hook
from palette_sdk.resources.template_rollout.outcome import APPLIED, FAILED

if TYPE_CHECKING:
    from palette_sdk.client import Look, Palette
    from palette_sdk.wire.templates import ClusterTemplate

RESTART_S = 60.0
"""How long a cluster that had failed before the upgrade now may still be shown as failed after it."""
TOLD = 5
"""Failures that are told with their reasons; each costs a call."""
MENDED = (
    "Once the cause is gone: another text in upgrade_now tries again at once, the next window does so by itself. "
    "With the same text the next `pulumi up` starts nothing again: it waits for the others, and ends so again while one is "
    "Failed."
)


def until_applied(
    hook: Hook,
    client: Palette,
    template: tuple[str, str],
    members: Mapping[str, str],
    *,
    deadline_s: float,
    failed_before: Collection[str] = (),
) -> None:
    """Wait until all these clusters are Applied.

    Args:
        hook: the running hook.
        client: the client.
        template: uid and name.
        members: names of the clusters that are waited for, by uid.
        deadline_s: how long to wait.
        failed_before: uids that had failed when an upgrade was started; the service may still show them so for a while.

    Raises:
        WaitFailedError: a cluster failed, or follows the template no longer; each is named with its reason.
        WaitTimeoutError: the deadline passed.
        InterruptedWaitError: someone asked to stop.
    """
    from palette_sdk.client import Look, wait_for

    uid, name = template
    began = hook.runtime.now()

    def probe() -> Look[None]:
        found = client.templates.get(uid)
        if found is None:
            return Look(state="gone", value=None, failed=f'the template "{name}" was deleted meanwhile')
        states = counted(found)
        applied = [each for each in members if states.get(each) == APPLIED]
        spared = failed_before if hook.runtime.now() - began < RESTART_S else ()
        failed = [each for each in members if states.get(each) == FAILED and each not in spared]
        gone = [members[each] for each in members if each not in states]
        state = f"{len(applied)} of {len(members)} applied"
        if gone:
            why = f"{', '.join(gone)} no longer follow{'s' if len(gone) == 1 else ''} the template"
            return Look(state=state, value=None, failed=why, hint="run `pulumi refresh`, then `pulumi up`")
        if failed:
            told = "; ".join(failures(client, uid, {each: members[each] for each in failed}, limit=TOLD))
            return Look(state=f"{state}, {len(failed)} failed", value=None, failed=told, hint=MENDED)
        return Look(state=state, value=None, done=len(applied) == len(members))

    def sleep(seconds: float) -> None:
        hook.seam.pause(seconds)

    def told(state: str, elapsed_s: float) -> None:
        hook.progress(f"{state} ({int(elapsed_s)} s)")

    number = f"{len(members)} cluster{'s' if len(members) != 1 else ''}"
    wait_for(
        probe,
        what=f'{number} of template "{name}" to be applied',
        deadline_s=deadline_s,
        now=hook.runtime.now,
        sleep=sleep,
        interval_s=client.settings.interval_s,
        on_change=told,
        stop=hook.seam.cancelled.is_set,
        outage_s=client.settings.outage_s,
        began_at=hook.began,
    )


def counted(template: ClusterTemplate) -> dict[str, str]:
    """How far each cluster of a template is: Applied, Failed or Pending, by uid."""
    counts = template.status.cluster_status_counts.clusters
    groups = {"Pending": counts.pending, FAILED: counts.failed, APPLIED: counts.applied}
    return {uid: state for state, uids in groups.items() for uid in uids}


def reasons(client: Palette, uid: str, failed: Mapping[str, str]) -> dict[str, str]:
    """Why clusters failed, by name; one call each.

    Args:
        client: the client.
        uid: the template's.
        failed: names of the clusters by uid.
    """
    records = {name: client.templates.reconcile(uid, each) for each, name in failed.items()}
    return {
        name: (record.status.message if record else "") or "no reason was given" for name, record in records.items()
    }


def failures(client: Palette, uid: str, failed: Mapping[str, str], *, limit: int) -> list[str]:
    """Failed clusters with their reasons; those over the limit by name only."""
    first = dict(list(failed.items())[:limit])
    rest = [name for each, name in failed.items() if each not in first]
    found = reasons(client, uid, first)
    return [
        *(f'"{name}" failed: {why}' for name, why in found.items()),
        *([f"{', '.join(rest)} failed too"] if rest else []),
    ]
