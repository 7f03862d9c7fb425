"""Cloud configs: settings of the cloud, machine pools, machines."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import paging
from palette_sdk.controlplane.bodies_clusters import MachineAction
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.services import cloudconfigs
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS
from palette_sdk.wire.cloudconfigs import CloudClusterConfig
from palette_sdk.wire.clusters import PoolEntity

Body = dict[str, Any]


def get(call: Call) -> Body:
    """A cloud config with its pools."""
    return cloudconfigs.view(call, _cluster(call))


def put_config(call: Call) -> None:
    """The cloud's settings."""
    cloudconfigs.change_config(call, _cluster(call, to_change=True), call.read(CloudClusterConfig).cluster_config)


def add_pool(call: Call) -> Body:
    """A new pool."""
    return {"uid": cloudconfigs.add_pool(call, _cluster(call, to_change=True), call.read(PoolEntity))}


def put_pool(call: Call) -> None:
    """Change a pool."""
    doc = _cluster(call, to_change=True)
    cloudconfigs.change_pool(call, doc, call.path["machinePoolName"], call.read(PoolEntity))


def delete_pool(call: Call) -> None:
    """Remove a pool."""
    cloudconfigs.remove_pool(call, _cluster(call, to_change=True), call.path["machinePoolName"])


def list_machines(call: Call) -> Body:
    """The machines of a pool."""
    doc = _cluster(call)
    pool = cloudconfigs.pool_of(doc, call.path["machinePoolName"])
    return paging.page(call, [cloudconfigs.machine_view(doc, pool, machine) for machine in pool["machines"]])


def get_machine(call: Call) -> Body:
    """One machine."""
    doc = _cluster(call)
    pool = cloudconfigs.pool_of(doc, call.path["machinePoolName"])
    return cloudconfigs.machine_view(doc, pool, cloudconfigs.machine_of(pool, call.path["machineUid"]))


def maintain(call: Call) -> None:
    """Cordon or uncordon a machine."""
    doc = cloudconfigs.cluster_behind(call, call.path["cloudType"], call.path["configUid"], to_change=True)
    pool = cloudconfigs.pool_of(doc, call.path["machinePoolName"])
    machine = cloudconfigs.machine_of(pool, call.path["machineUid"])
    cloudconfigs.maintain(call, doc, pool, machine, call.read(MachineAction).action)


def machine_uids(call: Call) -> Body:
    """Uids of all machines, by pool."""
    doc = cloudconfigs.cluster_behind(call, "", call.path["configUid"])
    return {
        "machinePools": {
            pool["pool"]["name"]: {"machineUids": [machine["uid"] for machine in pool["machines"]]}
            for pool in doc["pools"]
        }
    }


def _cluster(call: Call, *, to_change: bool = False) -> Body:
    return cloudconfigs.cluster_behind(call, call.route.split("/")[3], call.path["configUid"], to_change=to_change)


def _rows(cloud: str) -> tuple[RouteRow, ...]:
    config = f"/v1/cloudconfigs/{cloud}/{{configUid}}"
    pools = f"{config}/machinePools"
    pool = f"{pools}/{{machinePoolName}}"
    return (
        ("GET", config, get, 200),
        ("PUT", f"{config}/clusterConfig", put_config, 204),
        ("POST", pools, add_pool, 201),
        ("PUT", pool, put_pool, 204),
        ("DELETE", pool, delete_pool, 204),
        ("GET", f"{pool}/machines", list_machines, 200),
        ("GET", f"{pool}/machines/{{machineUid}}", get_machine, 200),
    )


_MACHINE = "/v1/cloudconfigs/{cloudType}/{configUid}/machinePools/{machinePoolName}/machines/{machineUid}"
ROUTES: tuple[RouteRow, ...] = (
    *(row for cloud in CLOUDS for row in _rows(cloud)),
    ("PUT", f"{_MACHINE}/maintenance", maintain, 204),
    ("GET", "/v1/cloudconfigs/{configUid}/machinePools/machineUids", machine_uids, 200),
)
