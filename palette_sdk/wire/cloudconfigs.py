"""Cloud configs: the cloud's part of a cluster, its pools and machines.

A pool is written nested (clusters.PoolEntity) and read flat: the shared fields here, the cloud's own in `model_extra`.
"""

from __future__ import annotations

from typing import Any

from .base import OpenWire, Wire
from .clusters import PoolProperties, Taint, UpdateStrategy
from .meta import ListMeta, ObjectMeta, ObjectRef


class MachinePool(OpenWire):
    """A pool as it is read; what only one cloud has (`instanceType`, `azs`, `hosts`, ...) is in `model_extra`."""

    name: str = ""
    size: int = 0
    labels: list[str] = []
    is_control_plane: bool = False
    use_control_plane_as_worker: bool = False
    min_size: int | None = None
    max_size: int | None = None
    taints: list[Taint] = []
    additional_labels: dict[str, str] = {}
    additional_annotations: dict[str, str] = {}
    additional_tags: dict[str, str] = {}
    update_strategy: UpdateStrategy | None = None
    node_repave_interval: int | None = None
    machine_pool_properties: PoolProperties | None = None
    override_kubeadm_configuration: str = ""


class CloudConfigSpec(Wire):
    """Account, the cloud's own settings, and pools."""

    cloud_account_ref: ObjectRef = ObjectRef()
    cluster_config: dict[str, Any] = {}
    machine_pool_config: list[MachinePool] = []


class CloudConfig(Wire):
    """The cloud's part of a cluster."""

    kind: str = ""
    metadata: ObjectMeta = ObjectMeta()
    spec: CloudConfigSpec = CloudConfigSpec()


class CloudClusterConfig(Wire):
    """Body of `PUT .../clusterConfig`."""

    cluster_config: dict[str, Any]


class MachineAddress(Wire):
    """An address of a machine."""

    address: str = ""
    type: str = ""


class MachineHealth(Wire):
    """Health of a machine."""

    state: str = ""


class MaintenanceStatus(Wire):
    """Cordon or uncordon, and how far."""

    action: str = ""
    state: str = ""
    message: str = ""


class MachineStatus(Wire):
    """State of a machine."""

    instance_state: str = ""
    ready: bool = False
    health: MachineHealth = MachineHealth()
    maintenance_status: MaintenanceStatus = MaintenanceStatus()
    addresses: list[MachineAddress] = []


class Machine(Wire):
    """A node of a pool; its spec is the cloud's own."""

    metadata: ObjectMeta = ObjectMeta()
    spec: dict[str, Any] = {}
    status: MachineStatus = MachineStatus()


class Machines(Wire):
    """A page of machines."""

    items: list[Machine] = []
    listmeta: ListMeta = ListMeta()
