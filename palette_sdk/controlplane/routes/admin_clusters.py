"""The admin API for clusters: break them, mend them. No part of Palette, so under `/local/`."""

from __future__ import annotations

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


def fail(call: Call) -> None:
    """Break a cluster now."""
    given = call.read(Failure)
    lifecycle.fail(call, _cluster(call), reason=given.reason, message=given.message, layer=given.layer)


def plan_failure(call: Call) -> None:
    """Break the next cluster that is created under a name, when its turn comes."""
    given = call.read(Failure)
    lifecycle.plan_fault(call, call.path["name"], reason=given.reason, message=given.message, layer=given.layer)


def mend(call: Call) -> None:
    """Take the fault of a cluster away; it goes on."""
    doc = _cluster(call)
    simulation.mend(doc, call.now)
    documents.save(call.tx, doc)


def hold_delete(call: Call) -> None:
    """Let the deletion of a cluster hang, until it is forced or the service's own limit is reached."""
    doc = _cluster(call)
    doc["deleteHangs"] = True
    documents.save(call.tx, doc)


def _cluster(call: Call) -> documents.Doc:
    row = call.tx.row(kinds.CLUSTER, call.path["uid"])
    if row is None:
        raise not_found("cluster", call.path["uid"])
    return row.body


ROUTES: tuple[RouteRow, ...] = (
    ("POST", "/local/clusters/{uid}/fail", fail, 204),
    ("POST", "/local/clusters/{uid}/mend", mend, 204),
    ("POST", "/local/clusters/{uid}/hold-delete", hold_delete, 204),
    ("POST", "/local/clusters/named/{name}/fail", plan_failure, 204),
)
