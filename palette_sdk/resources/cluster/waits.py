"""Waiting for clusters in a hook: with a deadline, with progress on the resource's row, and stopped by a cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from palette_sdk.errors import ConflictError
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.cluster_guards import LayerProgress, is_busy

if TYPE_CHECKING:
    from palette_sdk.client import Look, Palette
    from palette_sdk.wire.cluster_state import Cluster, ClusterSummary, PackStatus

T = TypeVar("T")
MENDED = "Nothing was undone: once the cause is gone, the next `pulumi up` goes on."
DETAIL_EVERY = 8
"""While provisioning, each so many looks one is in detail, to tell which layer is at work."""
STUCK_S = 900.0
"""From when on a deletion counts as stuck, and the service lets it be forced."""
FORCE_AGAIN_S = 60.0
"""How long after a refused force delete it is tried again: the service wants a deletion to be stuck for a while."""


def wait(
    hook: Hook,
    client: Palette,
    probe: Callable[[], Look[T]],
    *,
    what: str,
    deadline_s: float,
    again: str = "the next `pulumi up`",
) -> T:
    """Look again and again until the wanted state is there, as `client.wait_for` does, in the terms of a hook."""
    from palette_sdk.client import wait_for

    def sleep(seconds: float) -> None:
        hook.seam.pause(seconds)

    def told(state: str, elapsed_s: float) -> None:
        hook.progress(f"{state} ({int(elapsed_s)} s)")

    return wait_for(
        probe,
        what=what,
        deadline_s=deadline_s,
        now=hook.runtime.now,
        sleep=sleep,
        interval_s=client.settings.interval_s,
        on_change=told,
        stop=hook.seam.cancelled.is_set,
        outage_s=client.settings.outage_s,
        again=again,
        began_at=hook.began,
    )


def until_ready(
    hook: Hook,
    client: Palette,
    uid: str,
    name: str,
    *,
    deadline_s: float,
    on_repave: Callable[[], None] = lambda: None,
) -> Cluster:
    """Wait until the cluster is Running and healthy, its changes are let out, and all its layers are ready.

    Args:
        hook: the running hook.
        client: the client.
        uid: the cluster's uid.
        name: its name.
        deadline_s: how long to wait.
        on_repave: called when a repave waits for approval; gives it, or raises.
    """
    from palette_sdk.client import Look

    row_of = client.clusters.watch.probe(uid)
    looks = 0

    def probe() -> Look[Cluster | None]:
        nonlocal looks
        looks += 1
        row = row_of()
        if row is None:
            return missing(client.clusters.get(uid), name)
        state, health = row.status.state, row.status.health.state if row.status.health else ""
        well = state == "Running" and health.lower() == "healthy"
        if not well and state != "Error" and looks % DETAIL_EVERY:
            return Look(state=brief(row), value=None)
        cluster = client.clusters.get(uid)
        if cluster is None or cluster.status is None:
            return Look(state=brief(row), value=None)
        if state == "Error":
            return Look(state=state, value=None, failed=reasons(cluster), hint=MENDED)
        if cluster.status.repave.state == "Pending":
            on_repave()
            return Look(state=f"{state}, repave approved", value=None)
        broken = [pack for pack in cluster.status.packs if pack.condition.type == "Error"]
        if broken:
            text = "; ".join(f"layer {pack.name}: {pack.condition.message or 'Error'}" for pack in broken)
            return Look(
                state=f"{state}, {len(broken)} {'layer' if len(broken) == 1 else 'layers'} in Error",
                value=None,
                failed=text,
                hint=MENDED,
            )
        return Look(state=detail(row, cluster), value=cluster, done=well and rolled_out(cluster))

    found = wait(hook, client, probe, what=f'cluster "{name}" to be healthy', deadline_s=deadline_s)
    assert found is not None  # noqa: S101 - done only with a cluster
    return found


def until_idle(hook: Hook, client: Palette, uid: str, name: str, deadline_s: float) -> None:
    """Wait until a cluster that is being made takes updates."""
    from palette_sdk.client import Look

    row_of = client.clusters.watch.probe(uid)

    def probe() -> Look[None]:
        row = row_of()
        if row is None:
            return missing(client.clusters.get(uid), name)
        return Look(state=brief(row), value=None, done=not is_busy(row.status.state))

    wait(hook, client, probe, what=f'cluster "{name}" to take updates', deadline_s=deadline_s)


def until_gone(
    hook: Hook, client: Palette, uid: str, name: str, deadline_s: float, *, force_after_s: float | None = None
) -> None:
    """Wait until a cluster that is being deleted is gone; force it when it takes longer than allowed.

    A force delete that the service refuses, as too early, is tried again.
    """
    from palette_sdk.client import Look
    from palette_sdk.client.clusters import is_gone

    row_of = client.clusters.watch.probe(uid)
    began, force_at = hook.runtime.now(), force_after_s
    hint, told = "", False

    def probe() -> Look[None]:
        nonlocal force_at, hint, told
        row = row_of()
        if row is None:
            return Look(state="gone", value=None, done=is_gone(client.clusters.get(uid)))
        state, elapsed = row.status.state or "Deleting", hook.runtime.now() - began
        if force_after_s is None and elapsed >= STUCK_S and not told:
            told = True
            hook.warn(
                f'{name}: still {state} after {int(elapsed / 60)} min, so that it may be forced: force_delete_after="15m" '
                "leaves what is in the cloud to you. The service itself removes what hangs for over 24 hours."
            )
        if force_at is not None and elapsed >= force_at:
            try:
                client.clusters.delete(uid, force=True)
            except ConflictError as error:
                force_at, hint = elapsed + FORCE_AGAIN_S, f", not forced yet: {error.message}"
            else:
                force_at, hint = None, ", forced"
                hook.warn(
                    f"{name}: still {state} after {int(elapsed)} s, deleted by force as force_delete_after says; "
                    "what is left in the cloud is yours to remove"
                )
        return Look(state=f"{state}{hint}", value=None)

    what = f'cluster "{name}" to be deleted'
    wait(hook, client, probe, what=what, deadline_s=deadline_s, again="the same command")


def until_backed_up(hook: Hook, client: Palette, uid: str, *, cluster: str, backup: str, deadline_s: float) -> None:
    """Wait until a backup is whole."""
    from palette_sdk.client import Look

    def probe() -> Look[None]:
        row = next((row for row in client.backups.of(uid) if row.name == backup), None)
        if row is None:
            return Look(state="accepted", value=None)
        failed = f"the backup ended as {row.state}: {row.message}" if row.is_failed else ""
        return Look(state=f"backup {row.state}", value=None, done=row.is_done, failed=failed, hint=MENDED)

    wait(hook, client, probe, what=f'backup {backup} of cluster "{cluster}"', deadline_s=deadline_s)


def missing(cluster: Cluster | None, name: str) -> Look[Any]:
    """What it means that a list doesn't have a cluster: it may have missed the row between two pages, so that it was asked."""
    from palette_sdk.client import Look
    from palette_sdk.client.clusters import is_gone

    if not is_gone(cluster):
        return Look(state="not in the list yet", value=None)
    failed = f'the cluster "{name}" was deleted meanwhile'
    return Look(state="gone", value=None, failed=failed, hint="run `pulumi refresh`, then `pulumi up` makes it again")


def brief(row: ClusterSummary) -> str:
    """State, and health where it runs."""
    health = row.status.health.state if row.status.health else ""
    state = row.status.state or "accepted"
    return f"{state}, {health}" if health and state == "Running" else state


def detail(row: ClusterSummary, cluster: Cluster) -> str:
    """State, and the first layer that isn't ready."""
    told = brief(row)
    layer = layer_at_work(cluster)
    if layer is not None:
        return f"{told}, {layer}"
    if cluster.status and cluster.status.spc_apply and not cluster.status.spc_apply.can_be_applied:
        return f"{told}, downloading"
    return told


def layer_at_work(cluster: Cluster) -> LayerProgress | None:
    """The first layer that isn't ready."""
    packs = cluster.status.packs if cluster.status else []
    for number, pack in enumerate(packs, 1):
        if not is_ready(pack):
            return LayerProgress(number, len(packs), pack.name, pack.condition.type)
    return None


def is_ready(pack: PackStatus) -> bool:
    """Whether a layer is ready."""
    return pack.condition.type == "Ready" and pack.condition.status == "True"


def rolled_out(cluster: Cluster) -> bool:
    """Whether what was sent was let out, and all layers are ready."""
    status = cluster.status
    if status is None or (status.spc_apply is not None and not status.spc_apply.can_be_applied):
        return False
    return bool(status.packs) and all(is_ready(pack) for pack in status.packs)


def reasons(cluster: Cluster) -> str:
    """Why it is in Error, in the words of its conditions."""
    status = cluster.status
    if status is None:
        return "no reason was given"
    texts = [
        item.message or item.reason for item in status.conditions if item.status == "False" or item.type == "Error"
    ]
    texts += [f"layer {pack.name}: {pack.condition.message}" for pack in status.packs if pack.condition.type == "Error"]
    return "; ".join(dict.fromkeys(text for text in texts if text)) or "the service gives no reason in its conditions"
