"""The machines of a pool, by cloud: what one node is made of. Says nothing about how many there are (`pools.py`).

AWS and EKS share `AwsMachine`, Azure and AKS `AzureMachine`, GCP and GKE `GcpMachine`. Changing a machine replaces the
nodes of its pool one after the other; a plain dict with the same fields serves as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal, Required, TypedDict

import pulumi

from palette_sdk.resources.arguments import checked_value
from palette_sdk.resources.values import Value

DEFAULT_DISK_GIB = 60


@checked_value
@dataclass(frozen=True)
class AwsMachine(Value):
    """A machine on EC2, for `Aws` and `Eks`.

    On `Aws` exactly one of `azs` and `az_subnets` is given, on `Eks` at most one.
    """

    type: pulumi.Input[str]
    """Instance type, such as `m5.xlarge`. A change replaces the nodes."""
    _: KW_ONLY
    azs: pulumi.Input[Sequence[pulumi.Input[str]]] = ()
    """Availability zones to spread over, in any order, where Palette makes the network. A change replaces the nodes."""
    az_subnets: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Subnet id by availability zone, for a network of your own (`vpc_id`). A change replaces the nodes."""
    disk_gib: pulumi.Input[int] = DEFAULT_DISK_GIB
    """Size of the root disk in GiB, 1 to 2000. Default 60. A change replaces the nodes."""
    capacity: pulumi.Input[Literal["on-demand", "spot"]] = "on-demand"
    """How the instances are bought. Default on-demand. A change replaces the nodes."""
    max_price: pulumi.Input[str | float] | None = None
    """The most to pay for an instance and hour, in USD; with `capacity="spot"` only. Default: the on-demand price."""
    security_groups: pulumi.Input[Sequence[pulumi.Input[str]]] = ()
    """Ids of security groups beside Palette's own. A change replaces the nodes."""
    ami_type: pulumi.Input[str] | None = None
    """EKS only: the kind of image, such as `AL2023_x86_64_STANDARD`, which is the default. A change replaces the nodes."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the pool's `cloudConfig` that are not modelled, as on the wire; they win."""


class AwsMachineDict(TypedDict, total=False):
    """`AwsMachine` as a dict literal."""

    type: Required[pulumi.Input[str]]
    azs: pulumi.Input[Sequence[pulumi.Input[str]]]
    az_subnets: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    disk_gib: pulumi.Input[int]
    capacity: pulumi.Input[Literal["on-demand", "spot"]]
    max_price: pulumi.Input[str | float]
    security_groups: pulumi.Input[Sequence[pulumi.Input[str]]]
    ami_type: pulumi.Input[str]
    raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class AzureMachine(Value):
    """A virtual machine on Azure, for `Azure` and `Aks`."""

    type: pulumi.Input[str]
    """VM size, such as `Standard_D4s_v5`. A change replaces the nodes."""
    _: KW_ONLY
    azs: pulumi.Input[Sequence[pulumi.Input[str]]] = ()
    """Availability zones (`"1"`, `"2"`, `"3"`), in any order. Default: none. A change replaces the nodes."""
    disk_gib: pulumi.Input[int] = DEFAULT_DISK_GIB
    """Size of the OS disk in GiB. Default 60. A change replaces the nodes."""
    disk_type: pulumi.Input[str] = "StandardSSD_LRS"
    """Storage account type of the OS disk. Default `StandardSSD_LRS`. A change replaces the nodes."""
    os_type: pulumi.Input[Literal["Linux", "Windows"]] = "Linux"
    """Operating system of the nodes. Default Linux. A change replaces the nodes."""
    system_pool: pulumi.Input[bool] = False
    """AKS only: whether the pool runs the cluster's own pods; at least one pool must. A change is made in place."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the pool's `cloudConfig` that are not modelled, as on the wire; they win."""
    managed_raw: Mapping[str, Any] = field(default_factory=dict)
    """AKS only: fields of the pool's `managedPoolConfig` that are not modelled, as on the wire; they win."""


class AzureMachineDict(TypedDict, total=False):
    """`AzureMachine` as a dict literal."""

    type: Required[pulumi.Input[str]]
    azs: pulumi.Input[Sequence[pulumi.Input[str]]]
    disk_gib: pulumi.Input[int]
    disk_type: pulumi.Input[str]
    os_type: pulumi.Input[Literal["Linux", "Windows"]]
    system_pool: pulumi.Input[bool]
    raw: Mapping[str, Any]
    managed_raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class GcpMachine(Value):
    """A machine on Compute Engine, for `Gcp` and `Gke`. On `Gcp` exactly one of `azs` and `az_subnets` is given."""

    type: pulumi.Input[str]
    """Machine type, such as `n2-standard-4`. A change replaces the nodes."""
    _: KW_ONLY
    azs: pulumi.Input[Sequence[pulumi.Input[str]]] = ()
    """Zones to spread over, in any order. A change replaces the nodes."""
    az_subnets: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Subnetwork by zone, for a network of your own. A change replaces the nodes."""
    subnet: pulumi.Input[str] | None = None
    """One subnetwork for all zones. Default: the first one of the region and network. A change replaces the nodes."""
    disk_gib: pulumi.Input[int] = DEFAULT_DISK_GIB
    """Size of the root disk in GiB. Default 60. A change replaces the nodes."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the pool's `cloudConfig` that are not modelled, as on the wire; they win."""


class GcpMachineDict(TypedDict, total=False):
    """`GcpMachine` as a dict literal."""

    type: Required[pulumi.Input[str]]
    azs: pulumi.Input[Sequence[pulumi.Input[str]]]
    az_subnets: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    subnet: pulumi.Input[str]
    disk_gib: pulumi.Input[int]
    raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class VspherePlacement(Value):
    """Where in vCenter machines are placed: for a whole cluster (`Vsphere`), or for one pool (`VsphereMachine`).

    Any change on the cluster is a replacement; a change on a pool replaces its nodes.
    """

    datacenter: pulumi.Input[str] | None = None
    """Data center, by name or path; needed on the cluster. A change on the cluster is a replacement."""
    _: KW_ONLY
    folder: pulumi.Input[str] | None = None
    """Folder of the machines. A change on the cluster is a replacement."""
    cluster: pulumi.Input[str] | None = None
    """Compute cluster."""
    resource_pool: pulumi.Input[str] | None = None
    """Resource pool within the compute cluster."""
    datastore: pulumi.Input[str] | None = None
    """Datastore of the disks."""
    storage_policy: pulumi.Input[str] | None = None
    """Storage policy of the disks."""
    network: pulumi.Input[str] | None = None
    """Name of the port group."""
    static_ip: pulumi.Input[bool] = False
    """Whether addresses come from `ip_pool` instead of DHCP."""
    ip_pool: pulumi.Input[str] | None = None
    """Uid of Palette's IP pool, with `static_ip`."""
    image_template_folder: pulumi.Input[str] | None = None
    """Folder of the machine templates. Default `spectro-templates`."""


class VspherePlacementDict(TypedDict, total=False):
    """`VspherePlacement` as a dict literal."""

    datacenter: pulumi.Input[str]
    folder: pulumi.Input[str]
    cluster: pulumi.Input[str]
    resource_pool: pulumi.Input[str]
    datastore: pulumi.Input[str]
    storage_policy: pulumi.Input[str]
    network: pulumi.Input[str]
    static_ip: pulumi.Input[bool]
    ip_pool: pulumi.Input[str]
    image_template_folder: pulumi.Input[str]


@checked_value
@dataclass(frozen=True)
class VsphereMachine(Value):
    """A virtual machine on vSphere."""

    cpus: pulumi.Input[int]
    """Number of virtual processors. A change replaces the nodes."""
    memory_mib: pulumi.Input[int]
    """Memory in MiB. A change replaces the nodes."""
    disk_gib: pulumi.Input[int] = DEFAULT_DISK_GIB
    """Size of the disk in GiB. Default 60. A change replaces the nodes."""
    _: KW_ONLY
    placements: Sequence[VspherePlacement | VspherePlacementDict] = field(
        default=(), metadata={"kind": VspherePlacement}
    )
    """Where the pool's machines are placed; several spread the pool. Default: the cluster's placement."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the pool's `cloudConfig` that are not modelled, as on the wire; they win."""


class VsphereMachineDict(TypedDict, total=False):
    """`VsphereMachine` as a dict literal."""

    cpus: Required[pulumi.Input[int]]
    memory_mib: Required[pulumi.Input[int]]
    disk_gib: pulumi.Input[int]
    placements: Sequence[VspherePlacement | VspherePlacementDict]
    raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class EdgeHost(Value):
    """One registered edge host and its network card. Changes other than of the uid are made in place."""

    uid: pulumi.Input[str]
    """Palette's uid of the host. A change takes the host out of the pool and another one in."""
    _: KW_ONLY
    name: pulumi.Input[str] | None = None
    """Name of the host."""
    nic: pulumi.Input[str] | None = None
    """Name of the network card to use. Default: chosen by Palette."""
    mac: pulumi.Input[str] | None = None
    """Hardware address of the network card."""
    ip: pulumi.Input[str] | None = None
    """Static address. Default: DHCP."""
    subnet: pulumi.Input[str] | None = None
    """Network mask of the static address."""
    gateway: pulumi.Input[str] | None = None
    """Gateway, with a static address."""
    dns: pulumi.Input[Sequence[pulumi.Input[str]]] = ()
    """Name servers, in this order, with a static address."""
    priority: pulumi.Input[Literal["primary", "secondary"]] | None = None
    """Role of the host in a cluster of two nodes (`EdgeNative(two_node=True)`)."""


class EdgeHostDict(TypedDict, total=False):
    """`EdgeHost` as a dict literal."""

    uid: Required[pulumi.Input[str]]
    name: pulumi.Input[str]
    nic: pulumi.Input[str]
    mac: pulumi.Input[str]
    ip: pulumi.Input[str]
    subnet: pulumi.Input[str]
    gateway: pulumi.Input[str]
    dns: pulumi.Input[Sequence[pulumi.Input[str]]]
    priority: pulumi.Input[Literal["primary", "secondary"]]


@checked_value
@dataclass(frozen=True)
class EdgeHosts(Value):
    """The registered hosts that make up a pool of an `EdgeNative` cluster."""

    hosts: Sequence[EdgeHost | EdgeHostDict | pulumi.Input[str]] = field(metadata={"kind": EdgeHost})
    """Hosts, or their uids. Adding and taking out hosts is done in place."""
    _: KW_ONLY
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the pool's `cloudConfig` that are not modelled, as on the wire; they win."""

    def props(self) -> dict[str, Any]:
        """The value as inputs of the engine; a bare uid is a host with nothing else said."""
        found = super().props()
        hosts = [item if isinstance(item, dict) else {"uid": item} for item in found.get("hosts", [])]
        return {**found, "hosts": hosts}


class EdgeHostsDict(TypedDict, total=False):
    """`EdgeHosts` as a dict literal."""

    hosts: Required[Sequence[EdgeHost | EdgeHostDict | pulumi.Input[str]]]
    raw: Mapping[str, Any]


Machine = AwsMachine | AzureMachine | GcpMachine | VsphereMachine | EdgeHosts
MachineDict = AwsMachineDict | AzureMachineDict | GcpMachineDict | VsphereMachineDict | EdgeHostsDict

MACHINES: Mapping[str, type[Machine]] = {
    "aws": AwsMachine,
    "eks": AwsMachine,
    "azure": AzureMachine,
    "aks": AzureMachine,
    "gcp": GcpMachine,
    "gke": GcpMachine,
    "vsphere": VsphereMachine,
    "edge-native": EdgeHosts,
}
"""The class of machines of each cloud."""
