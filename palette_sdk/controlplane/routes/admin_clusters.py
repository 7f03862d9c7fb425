"""The admin API for clusters: break them, mend them. No part of Palette, so under `/local/`."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_lifecycle as lifecycle
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.wire.base import Wire


class Failure(Wire):
    """How a cluster breaks.

    Args:
        reason: one word, the `reason` of the condition.
        message: for people.
        layer: name of a layer, or `os`, `k8s`, `cni`, `csi`, `addon`; empty: the infrastructure.
    """

    reason: str = "ProvisioningFailed"
    message: str = "the infrastructure could not be built"
    layer: str = ""


class BackupFailure(Wire):
    """Why a backup fails."""

    message: str = Field(default="the backup location does not answer", min_length=1)


def fail(call: Call) -> None:
    """Break a cluster now."""
    given = call.read(Failure)
    lifecycle.fail(call, _cluster(call), reason=given.reason, message=given.message, layer=given.layer)


def plan_failure(call: Call) -> None:
    """Break the next cluster that is created under a name, when its turn comes."""
    given = call.read(Failure)
    fault = {"reason": given.reason, "message": given.message, "layer": given.layer}
    lifecycle.plan(call, call.path["name"], plannedFault=fault)


def mend(call: Call) -> None:
    """Take the fault of a cluster away; it goes on."""
    doc = _cluster(call)
    simulation.mend(doc, call.now)
    documents.save(call.tx, doc)


def hold_delete(call: Call) -> None:
    """Let the deletion of a cluster hang, until it is forced or the service's own limit is reached."""
    _note(call, [_cluster(call)], deleteHangs=True)


def hold_delete_of(call: Call) -> None:
    """The same for the clusters of a name, or where there is none, for the next one that is created under it."""
    _note(call, _named(call), deleteHangs=True)


def release_delete(call: Call) -> None:
    """Let a deletion that hangs go on."""
    doc = _cluster(call)
    simulation.release_delete(doc, call.now)
    documents.save(call.tx, doc)


def fail_backup(call: Call) -> None:
    """Let the next backup of a cluster that ends fail."""
    _note(call, [_cluster(call)], backupFails=call.read(BackupFailure).message)


def fail_backup_of(call: Call) -> None:
    """The same by name, as `hold_delete_of`."""
    _note(call, _named(call), backupFails=call.read(BackupFailure).message)


def _named(call: Call) -> list[documents.Doc]:
    return call.tx.find(kinds.CLUSTER, name=call.path["name"])


def _note(call: Call, docs: list[documents.Doc], **facts: Any) -> None:
    for doc in docs:
        doc.update(facts)
        documents.save(call.tx, doc)
    if not docs:
        lifecycle.plan(call, call.path["name"], **facts)


def _cluster(call: Call) -> documents.Doc:
    row = call.tx.row(kinds.CLUSTER, call.path["uid"])
    if row is None:
        raise not_found("cluster", call.path["uid"])
    return row.body


ROUTES: tuple[RouteRow, ...] = (
    ("POST", "/local/clusters/{uid}/fail", fail, 204),
    ("POST", "/local/clusters/{uid}/mend", mend, 204),
    ("POST", "/local/clusters/{uid}/hold-delete", hold_delete, 204),
    ("DELETE", "/local/clusters/{uid}/hold-delete", release_delete, 204),
    ("POST", "/local/clusters/{uid}/fail-backup", fail_backup, 204),
    ("POST", "/local/clusters/named/{name}/fail", plan_failure, 204),
    ("POST", "/local/clusters/named/{name}/hold-delete", hold_delete_of, 204),
    ("POST", "/local/clusters/named/{name}/fail-backup", fail_backup_of, 204),
)
