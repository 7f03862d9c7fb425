"""Backups of a cluster and restores into it, over the cluster's document: begun from outside, carried on by steps. Pure.

A backup's document: name, request, state, message, started, expires, deleteState, config, location, namespaces (None
until they are known), actor. A restore's: uid, name, request, source, state, message, ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim, CronSimError

from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.simulation import tables
from palette_sdk.controlplane.simulation.steps import Doc, cancel, schedule
from palette_sdk.controlplane.simulation.timing import between

IN_PROGRESS, COMPLETED, FAILED, DELETING = "InProgress", "Completed", "Failed", "Deleting"
ACTIONS = ("backup-due", "backup-done", "backup-expired", "backup-gone", "restore-done")


def next_run(cron: str, after: float) -> float | None:
    """The next moment of a cron expression, in UTC; None when there is none.

    Raises:
        ValueError: it is no cron expression of five fields.
    """
    if len(cron.split()) != 5:
        raise ValueError("a cron expression has five fields")
    try:
        found = next(CronSim(cron, datetime.fromtimestamp(after, UTC)), None)
    except CronSimError as error:
        raise ValueError(str(error)) from None
    return found.timestamp() if found is not None else None


def configure(doc: Doc, config: Mapping[str, Any] | None, location: Mapping[str, Any], request: str, at: float) -> None:
    """Make this the schedule of the cluster; None takes it away."""
    cancel(doc, "backup-due")
    doc["backupSchedule"] = None
    if config is not None:
        doc["backupSchedule"] = {"config": dict(config), "location": dict(location), "request": request}
        _plan(doc, at)


def start(doc: Doc, at: float, *, request: str, name: str, config: Doc, location: Doc, actor: str) -> Doc:
    """Begin a backup."""
    run: Doc = {
        "name": name, "request": request, "state": IN_PROGRESS, "message": "", "started": at,
        "expires": at + 3600.0 * config["durationInHours"], "deleteState": "", "config": config,
        "location": location, "namespaces": config.get("namespaces") or None, "actor": actor,
    }  # fmt: skip
    doc.setdefault("backups", []).append(run)
    schedule(doc, at + between(*tables.BACKUP_S, doc["metadata"]["uid"], name), "backup-done", name)
    return run


def fresh_name(doc: Doc, prefix: str, at: float) -> str:
    """A name that no backup of the cluster has: prefix (or the cluster's name) and the moment."""
    base = f"{prefix or doc['metadata']['name']}-{datetime.fromtimestamp(at, UTC):%Y%m%d%H%M%S}"
    name, number = base, 1
    while find(doc, name) is not None:
        number += 1
        name = f"{base}-{number}"
    return name


def find(doc: Doc, name: str) -> Doc | None:
    """The backup of this name, or None."""
    return next((run for run in doc.get("backups", []) if run["name"] == name), None)


def remove(doc: Doc, run: Doc, at: float) -> None:
    """Begin to delete a backup."""
    run["state"] = run["deleteState"] = DELETING
    schedule(
        doc, at + between(*tables.BACKUP_DELETE_S, doc["metadata"]["uid"], run["name"]), "backup-gone", run["name"]
    )


def restore(doc: Doc, at: float, *, uid: str, run: Doc, source: Doc) -> None:
    """Begin to restore a backup into this cluster; `source` is a reference to the one that it was made of."""
    record = {
        "uid": uid, "name": run["name"], "request": run["request"], "source": source, "state": IN_PROGRESS,
        "message": "", "ended": None,
    }  # fmt: skip
    doc.setdefault("restores", []).append(record)
    schedule(doc, at + between(*tables.RESTORE_S, doc["metadata"]["uid"], uid), "restore-done", uid)


# ---- steps; each gives the reason and the message of an event, or None -------------------------------------------


def due(doc: Doc, at: float, *, health: str) -> tuple[str, str] | None:
    """The schedule's moment has come; a cluster that was never healthy passes it over."""
    plan = doc["backupSchedule"]
    _plan(doc, at)
    if "Healthy" not in doc["marks"]:
        return None
    config = plan["config"]
    name = fresh_name(doc, config.get("backupPrefix", ""), at)
    run = start(doc, at, request=plan["request"], name=name, config=config, location=plan["location"], actor="system")
    if health != "Healthy":
        doc["steps"] = [step for step in doc["steps"] if step[1:] != ["backup-done", name]]
        return _end(doc, run, at, FAILED, f"the cluster is {health}")
    return "BackupStarted", f"backup {name} started by its schedule"


def done(doc: Doc, at: float, name: str) -> tuple[str, str] | None:
    """A backup has run its time."""
    run = find(doc, name)
    if run is None:
        return None
    reason = doc.pop("backupFails", "")
    return _end(doc, run, at, FAILED if reason else COMPLETED, reason)


def gone(doc: Doc, name: str) -> None:
    """A backup was deleted, or its time is over."""
    doc["backups"] = [run for run in doc.get("backups", []) if run["name"] != name]
    doc["steps"] = [
        step for step in doc.get("steps", []) if not (step[1] in ("backup-expired", "backup-gone") and step[2] == name)
    ]


def restored(doc: Doc, at: float, uid: str) -> tuple[str, str] | None:
    """A restore has run its time."""
    record = next((each for each in doc.get("restores", []) if each["uid"] == uid), None)
    if record is None:
        return None
    record.update(state=COMPLETED, ended=stamp(at))
    return "RestoreCompleted", f"backup {record['name']} was restored"


def _end(doc: Doc, run: Doc, at: float, state: str, message: str) -> tuple[str, str]:
    run.update(state=state, message=message)
    schedule(doc, max(run["expires"], at), "backup-expired", run["name"])
    told = f"backup {run['name']} is {state}"
    return f"Backup{state}", f"{told}: {message}" if message else told


def _plan(doc: Doc, after: float) -> None:
    cron = (doc["backupSchedule"]["config"].get("schedule") or {}).get("scheduledRunTime", "")
    at = next_run(cron, after) if cron else None
    if at is not None:
        schedule(doc, at, "backup-due")
