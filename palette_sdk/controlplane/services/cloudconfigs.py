"""Cloud configs: the cloud's part of a cluster, its machine pools and machines."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import CLUSTER_INVALID, POOL_EXISTS, POOL_NEEDED
from palette_sdk.controlplane.bodies_clusters import CloudSettings
from palette_sdk.controlplane.call import Work, parse
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_guards as guards
from palette_sdk.controlplane.services import clusters_validation as validation
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.services.clusters_clouds import (
    CLOUDS,
    cluster_config,
    flat_pool,
    kind_of,
    machine_spec,
    missing,
)
from palette_sdk.controlplane.services.clusters_lifecycle import pool_document
from palette_sdk.controlplane.simulation import machines
from palette_sdk.controlplane.simulation.steps import is_scheduled
from palette_sdk.wire.clusters import PoolEntity

Doc = dict[str, Any]


def cluster_behind(work: Work, cloud: str, uid: str, *, to_change: bool = False) -> Doc:
    """The cluster of a cloud config; `cloud` "" takes any.

    Raises:
        Refusal: 404; 409 for a change while it is deleted.
    """
    found = scoping.visible(work, kinds.CLOUD_CONFIG, uid, "cloud config").body
    doc = (documents.changeable if to_change else documents.cluster_of)(work, found["clusterUid"])
    if cloud not in ("", doc["cloud"]):
        raise not_found(f"{cloud} cloud config", uid)
    return doc


def view(work: Work, doc: Doc) -> Doc:
    """A cloud config as it is read."""
    account = work.tx.get(kinds.ACCOUNT, doc["accountUid"]) if doc["accountUid"] else None
    spec: Doc = {
        "clusterConfig": cluster_config(doc),
        "machinePoolConfig": [flat_pool(doc["cloud"], pool) for pool in doc["pools"]],
        **doc["cloudExtra"],
    }
    if doc["accountUid"]:
        name = account["metadata"]["name"] if account else ""
        spec["cloudAccountRef"] = {"kind": CLOUDS[doc["cloud"]].account, "uid": doc["accountUid"], "name": name}
    metadata = {**doc["metadata"], "uid": doc["configUid"], "annotations": {}, "labels": {}}
    found: Doc = {"kind": kind_of(doc["cloud"]), "metadata": metadata, "spec": spec}
    return found if doc["cloud"] == "eks" else {**found, "status": {"conditions": []}}


def change_config(work: Work, doc: Doc, given: Doc) -> None:
    """Make this the cloud's settings of a cluster.

    Raises:
        Refusal: 400, a required field is missing; 409 for another region or network.
    """
    parse(CloudSettings, given)
    lacking = missing(given, CLOUDS[doc["cloud"]].required)
    if lacking:
        raise CLUSTER_INVALID.refusal(
            f"missing: {', '.join(lacking)}", errors=[f"clusterConfig.{path}" for path in lacking]
        )
    guards.check_config(doc, given)
    doc["cloudConfig"] = dict(given)
    _changed(work, doc)


def add_pool(work: Work, doc: Doc, given: PoolEntity) -> str:
    """Add a machine pool; its machines are ordered at once where the cluster has any. Returns a uid.

    Raises:
        Refusal: 400, 409.
    """
    name = given.pool_config.name
    if any(pool["pool"]["name"] == name for pool in doc["pools"]):
        raise POOL_EXISTS.refusal(f"the cluster has a machine pool {name!r} already")
    _check(work, doc, given, [*_entities(doc), given])
    pool = pool_document(given)
    doc["pools"].append(pool)
    _scale(work, doc, pool)
    _changed(work, doc)
    return work.new_uid()


def change_pool(work: Work, doc: Doc, name: str, given: PoolEntity) -> None:
    """Make this the pool of that name; machines follow its size. The name of a pool can't change.

    Raises:
        Refusal: 404, 400.
    """
    pool = pool_of(doc, name)
    config = given.pool_config.model_copy(update={"name": name})
    entity = given.model_copy(update={"pool_config": config})
    others = [each for each in _entities(doc) if each.pool_config.name != name]
    _check(work, doc, entity, [*others, entity])
    pool.update({key: value for key, value in pool_document(entity).items() if key != "machines"})
    _scale(work, doc, pool)
    _changed(work, doc)


def remove_pool(work: Work, doc: Doc, name: str) -> None:
    """Remove a pool with its machines.

    Raises:
        Refusal: 404; 409 for the control plane.
    """
    pool = pool_of(doc, name)
    if pool["pool"]["isControlPlane"]:
        raise POOL_NEEDED.refusal(f"machine pool {name!r} is the cluster's control plane")
    for machine in pool["machines"]:
        machines.cancel_machine(doc, pool, machine)
    doc["pools"].remove(pool)
    _changed(work, doc)


def pool_of(doc: Doc, name: str) -> Doc:
    """The pool of that name.

    Raises:
        Refusal: 404.
    """
    found: Doc | None = next((pool for pool in doc["pools"] if pool["pool"]["name"] == name), None)
    if found is None:
        raise not_found("machine pool", name)
    return found


def machine_of(pool: Doc, uid: str) -> Doc:
    """The machine of a pool.

    Raises:
        Refusal: 404.
    """
    found: Doc | None = next((machine for machine in pool["machines"] if machine["uid"] == uid), None)
    if found is None:
        raise not_found("machine", uid)
    return found


def machine_view(doc: Doc, pool: Doc, machine: Doc) -> Doc:
    """A machine as it is read."""
    is_up = machine["state"] == "Running"
    return {
        "kind": "Machine",
        "metadata": {
            "name": machine["name"],
            "uid": machine["uid"],
            "creationTimestamp": machine["created"],
            "lastModifiedTimestamp": machine["changed"],
            "labels": {"poolName": pool["pool"]["name"]},
            "annotations": {},
        },
        "spec": machine_spec(doc, pool, machine),
        "status": {
            "instanceState": machine["state"],
            "instanceStateLastUpdate": machine["changed"],
            "ready": is_up,
            "health": {"state": "Healthy" if is_up else "Unknown", "conditions": []},
            "maintenanceStatus": machine["maintenance"],
            "addresses": [{"address": machine["address"], "type": "InternalIP"}] if is_up else [],
        },
    }


def maintain(work: Work, doc: Doc, pool: Doc, machine: Doc, action: str) -> None:
    """Cordon or uncordon a machine."""
    machines.maintain(doc, pool, machine, action, work.now)
    documents.save(work.tx, doc)


def _check(work: Work, doc: Doc, given: PoolEntity, together: list[PoolEntity]) -> None:
    cloud = CLOUDS[doc["cloud"]]
    validation.check_pool(cloud, given)
    validation.check_pools(cloud, together)
    if doc["cloud"] == "edge-native":
        uid = doc["metadata"]["uid"]
        work.tx.unlink(kinds.CLUSTER_EDGE_HOST, source=uid)
        for host in validation.check_edge_hosts(work, together, uid):
            work.tx.link(kinds.CLUSTER_EDGE_HOST, uid, host)


def _entities(doc: Doc) -> list[PoolEntity]:
    return [PoolEntity.of({"poolConfig": pool["pool"], "cloudConfig": pool["cloud"]}) for pool in doc["pools"]]


def _scale(work: Work, doc: Doc, pool: Doc) -> None:
    """Before the machines of a new cluster are ordered, only the wanted size changes."""
    if doc["state"] and not is_scheduled(doc, "machines"):
        machines.scale(doc, pool, int(pool["pool"]["size"]), work.now)


def _changed(work: Work, doc: Doc) -> None:
    doc["metadata"]["lastModifiedTimestamp"] = work.stamp
    documents.save(work.tx, doc)
