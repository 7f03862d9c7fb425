"""Backups of clusters: schedules, backups on demand, restores. What time does to them stands in `simulation.backups`."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_backups import (
    BACKUP_BUSY,
    BACKUP_CONFIGURED,
    BACKUP_INVALID,
    BACKUP_LOCATION_CHANGE,
    BACKUP_NAMES,
    BACKUP_NEEDS_HEALTH,
    BACKUP_NOT_CONFIGURED,
)
from palette_sdk.controlplane.assumptions_clusters import REFERENCE_UNKNOWN
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import backup_locations, workloads
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.simulation import backups as simulation
from palette_sdk.controlplane.simulation import cluster
from palette_sdk.controlplane.store import Tx
from palette_sdk.wire.backups import BackupConfig, RestoreConfig

Doc = dict[str, Any]


def checked(work: Work, given: BackupConfig) -> tuple[Doc, Doc]:
    """A configuration as it is kept, and a reference to its location.

    Raises:
        Refusal: 400.
    """
    row = work.tx.row(kinds.BACKUP_LOCATION, given.backup_location_uid) if given.backup_location_uid else None
    if row is None or row.project not in {work.project, ""}:
        raise REFERENCE_UNKNOWN.refusal(f"there is no backup location {given.backup_location_uid!r} in this project")
    location = {"name": row.name, "type": row.body["spec"]["type"], "uid": row.uid}
    if given.location_type not in {"", location["type"]}:
        raise BACKUP_INVALID.refusal(
            f"locationType {given.location_type!r} is not the type of {row.name!r}, which is {location['type']}"
        )
    if given.duration_in_hours < 1:
        raise BACKUP_INVALID.refusal("durationInHours must be 1 or more", fields=[{"field": "durationInHours"}])
    cron = given.schedule.scheduled_run_time if given.schedule else ""
    try:
        simulation.next_run(cron, work.now) if cron else None
    except ValueError as error:
        raise BACKUP_INVALID.refusal(
            f"schedule.scheduledRunTime {cron!r} is no cron expression: {error}",
            fields=[{"field": "schedule.scheduledRunTime"}],
        ) from None
    config = given.body()
    return {**config, "backupLocationName": row.name, "locationType": location["type"]}, location


def configure(work: Work, doc: Doc, given: BackupConfig, *, is_first: bool) -> str:
    """Make this the schedule of a cluster; gives the uid of its request.

    Raises:
        Refusal: 400; 404 for a PUT on a cluster without backups; 409 for a POST where there is a schedule.
    """
    plan = doc.get("backupSchedule")
    if is_first and plan:
        raise BACKUP_CONFIGURED.refusal(f"cluster {doc['metadata']['name']!r} has a backup schedule; change it by PUT")
    if not is_first:
        _check_configured(doc)
    config, location = checked(work, given)
    request = plan["request"] if plan else work.new_uid()
    plant(work, doc, config, location, request)
    documents.save(work.tx, doc)
    return str(request)


def plant(work: Work, doc: Doc, config: Doc, location: Doc, request: str) -> None:
    """Put a checked schedule into a cluster; the caller saves the document."""
    simulation.configure(doc, config, location, request, work.now)
    work.tx.unlink(kinds.CLUSTER_BACKUP_LOCATION, source=doc["metadata"]["uid"])
    work.tx.link(kinds.CLUSTER_BACKUP_LOCATION, doc["metadata"]["uid"], location["uid"])


def forget(work: Work, doc: Doc) -> None:
    """Take the schedule away; backups stay."""
    simulation.configure(doc, None, {}, "", work.now)
    work.tx.unlink(kinds.CLUSTER_BACKUP_LOCATION, source=doc["metadata"]["uid"])
    documents.save(work.tx, doc)


def run(work: Work, doc: Doc, given: BackupConfig) -> str:
    """Begin a backup on demand; gives the uid of the request.

    Raises:
        Refusal: 400; 409 for an unhealthy cluster or a name that is taken.
    """
    _check_healthy(doc)
    config, location = checked(work, given)
    name = given.backup_name or simulation.fresh_name(doc, given.backup_prefix, work.now)
    if simulation.find(doc, name) is not None:
        raise BACKUP_NAMES.refusal(f"cluster {doc['metadata']['name']!r} has a backup {name!r} already")
    request = work.new_uid()
    simulation.start(doc, work.now, request=request, name=name, config=config, location=location, actor="user")
    note_namespaces(work.tx, doc)
    documents.save(work.tx, doc)
    return request


def remove(work: Work, doc: Doc, name: str, request: str) -> None:
    """Begin to delete a backup.

    Raises:
        Refusal: 404; 409 while it is made.
    """
    found = _backup(doc, name, request)
    if found["state"] == simulation.IN_PROGRESS:
        raise BACKUP_BUSY.refusal(f"backup {name!r} is {found['state']}; it can be deleted once it has ended")
    if not found["deleteState"]:
        simulation.remove(doc, found, work.now)
        documents.save(work.tx, doc)


def restore(work: Work, doc: Doc, given: RestoreConfig) -> str:
    """Begin to restore a backup of this cluster into one; gives the uid of the restore.

    Raises:
        Refusal: 400 for an unknown backup or cluster; 409 for a backup that isn't whole or an unhealthy cluster.
    """
    found = simulation.find(doc, given.backup_name)
    if found is None or found["request"] != given.backup_request_uid:
        raise REFERENCE_UNKNOWN.refusal(
            f"there is no backup {given.backup_name!r} of request {given.backup_request_uid!r}"
        )
    row = work.tx.row(kinds.CLUSTER, given.destination_cluster_uid)
    if row is None or row.project != work.project:
        raise REFERENCE_UNKNOWN.refusal(f"there is no cluster {given.destination_cluster_uid!r} in this project")
    # One document where a cluster is restored into itself: two copies would overwrite each other.
    target = doc if row.uid == doc["metadata"]["uid"] else row.body
    if found["state"] != simulation.COMPLETED:
        raise BACKUP_BUSY.refusal(f"backup {given.backup_name!r} is {found['state']}; it can't be restored")
    _check_healthy(target)
    uid = work.new_uid()
    found["restores"] = [*found.get("restores", []), {"uid": uid, "cluster": _reference(target)}]
    simulation.restore(target, work.now, uid=uid, run=found, source=_reference(doc))
    documents.save(work.tx, doc)
    documents.save(work.tx, target)
    return uid


def change_location_type(work: Work, location_uid: str, wanted: str) -> None:
    """Set the type of a location in the schedules that name it.

    Raises:
        Refusal: 404; 400 for a type that the location doesn't have.
    """
    location = backup_locations.get(work, "", location_uid)
    if wanted != location["spec"]["type"]:
        raise BACKUP_LOCATION_CHANGE.refusal(
            f"location {location['metadata']['name']!r} is of type {location['spec']['type']}"
        )
    for doc in _users(work, location_uid):
        doc["backupSchedule"]["config"]["locationType"] = wanted
        documents.save(work.tx, doc)


def clusters_of(work: Work, location_uid: str) -> list[Doc]:
    """References to the clusters whose schedule names a location.

    Raises:
        Refusal: 404.
    """
    backup_locations.get(work, "", location_uid)
    return [_reference(doc) for doc in _users(work, location_uid)]


def view(work: Work, doc: Doc, request: str) -> Doc:
    """Schedule and backups of a cluster; with `request` the backups of that request alone.

    Raises:
        Refusal: 404.
    """
    _check_configured(doc)
    runs = doc.get("backups", [])
    requests = list(dict.fromkeys(run["request"] for run in reversed(runs)))
    if request:
        if request not in requests:
            raise not_found("backup request", request)
        requests = [request]
    plan, uid = doc.get("backupSchedule"), doc["metadata"]["uid"]
    spec: Doc = {"clusterUid": uid} | ({"config": plan["config"]} if plan else {})
    statuses = [_status(work.tx, each, [run for run in runs if run["request"] == each]) for each in requests]
    return {
        "metadata": {"name": doc["metadata"]["name"], "uid": uid},
        "spec": spec,
        "status": {"clusterBackupStatuses": statuses},
    }


def restores_view(doc: Doc, restore_uid: str) -> Doc:
    """Restores into a cluster, the newest first.

    Raises:
        Refusal: 404.
    """
    records = [each for each in reversed(doc.get("restores", [])) if restore_uid in ("", each["uid"])]
    if not records:
        raise not_found("restore of cluster", restore_uid or doc["metadata"]["uid"])
    uid = doc["metadata"]["uid"]
    return {
        "metadata": {"name": doc["metadata"]["name"], "uid": uid},
        "spec": {"clusterUid": uid},
        "status": {"clusterRestoreStatuses": [_restore(each) for each in records]},
    }


def note_namespaces(tx: Tx, doc: Doc) -> None:
    """Note what backups without a choice of namespaces hold: all that there are; the caller saves the document."""
    for each in doc.get("backups", []):
        if each["namespaces"] is None:
            each["namespaces"] = workloads.namespaces_of(documents.objects_of(tx, doc["metadata"]["uid"]))


def _status(tx: Tx, request: str, runs: list[Doc]) -> Doc:
    latest = runs[-1]
    kept = ("includeAllDisks", "includeClusterResourceMode", "namespaces")
    return {
        "backupRequestUid": request,
        "state": latest["state"],
        "actor": {"actorType": latest["actor"], "uid": ""},
        "backupConfig": {key: latest["config"][key] for key in kept if key in latest["config"]},
        "backupLocationConfig": latest["location"],
        "backupStatusMeta": [_meta(each) for each in reversed(runs)],
        "restoreStatusMeta": [_restored(tx, each, one) for each in runs for one in each.get("restores", [])],
    }


def _meta(run: Doc) -> Doc:
    state = {"state": run["state"], "msg": run["message"], "deleteState": run["deleteState"]}
    meta: Doc = {"backupName": run["name"], "backupState": state, "backupedNamespaces": run["namespaces"] or []}
    if run["state"] != simulation.IN_PROGRESS:
        state["backupTime"], meta["expiryDate"] = stamp(run["started"]), stamp(run["expires"])
    return meta


def _restored(tx: Tx, run: Doc, one: Doc) -> Doc:
    target = tx.get(kinds.CLUSTER, one["cluster"]["uid"]) or {}
    state = next((each["state"] for each in target.get("restores", []) if each["uid"] == one["uid"]), "Unknown")
    return {"backupName": run["name"], "destinationClusterRef": one["cluster"], "restoreState": state}


def _restore(record: Doc) -> Doc:
    meta: Doc = {"isSucceeded": record["state"] == simulation.COMPLETED, "msg": record["message"]}
    if record["ended"]:
        meta["restoreTime"] = record["ended"]
    return {
        "restoreRequestUid": record["uid"],
        "backupRequestUid": record["request"],
        "backupName": record["name"],
        "state": record["state"],
        "actor": {"actorType": "user", "uid": ""},
        "sourceClusterRef": record["source"],
        "restoreStatusMeta": meta,
    }


def _backup(doc: Doc, name: str, request: str) -> Doc:
    found = simulation.find(doc, name)
    if found is None or found["request"] != request:
        raise not_found("backup", name)
    return found


def _users(work: Work, location_uid: str) -> list[Doc]:
    rows = [
        work.tx.row(kinds.CLUSTER, uid) for uid in work.tx.linked(kinds.CLUSTER_BACKUP_LOCATION, target=location_uid)
    ]
    return [row.body for row in rows if row is not None and row.project in {work.project, ""}]


def _reference(doc: Doc) -> Doc:
    return {"kind": "spectrocluster", "uid": doc["metadata"]["uid"], "name": doc["metadata"]["name"]}


def _check_configured(doc: Doc) -> None:
    if not doc.get("backupSchedule") and not doc.get("backups"):
        raise BACKUP_NOT_CONFIGURED.refusal(f"cluster {doc['metadata']['name']!r} has no backup schedule and no backup")


def _check_healthy(doc: Doc) -> None:
    if (health := cluster.health(doc)) != "Healthy":
        name = doc["metadata"]["name"]
        raise BACKUP_NEEDS_HEALTH.refusal(
            f"cluster {name!r} is {doc['state'] or 'just accepted'} and {health}, not Healthy"
        )
