"""What a cluster says about its cloud: region, network, keys. One class a cloud; pools and machines stand elsewhere.

A plain dict with the same fields and `cloud` serves as well: `{"cloud": "aws", "region": "eu-west-1"}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal, Required, TypedDict, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked_value
from palette_sdk.resources.cluster.machines import VspherePlacement, VspherePlacementDict
from palette_sdk.resources.values import Value
from palette_sdk.rules.nearest import did_you_mean

Texts = pulumi.Input[Sequence[pulumi.Input[str]]]
EndpointType = Literal["VIP", "External", "DDNS", "IP"]


@checked_value
@dataclass(frozen=True)
class Aws(Value):
    """A cluster on EC2 machines."""

    cloud: ClassVar[str] = "aws"
    region: pulumi.Input[str]
    """Region, such as `eu-west-1`. A change is a replacement."""
    _: KW_ONLY
    ssh_key_name: pulumi.Input[str] | None = None
    """Name of the EC2 key pair for access to the nodes. Default: none. A change is made in place, for new nodes."""
    vpc_id: pulumi.Input[str] | None = None
    """A network of your own, with a public and a private subnet. Default: Palette makes one. A change is a replacement."""
    control_plane_load_balancer: pulumi.Input[Literal["Internet-facing", "internal"]] | None = None
    """Who reaches the API server's load balancer. Default Internet-facing. A change is a replacement."""
    bastion_disabled: pulumi.Input[bool] = False
    """Whether to do without a bastion machine. A change is made in place."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `cloudConfig` that are not modelled, as on the wire; they win. A change is made in place."""
    spec_raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields beside `cloudConfig` in the cluster's creation, as on the wire. A change is a replacement."""


class AwsDict(TypedDict, total=False):
    """`Aws` as a dict literal."""

    cloud: Required[Literal["aws"]]
    region: Required[pulumi.Input[str]]
    ssh_key_name: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    control_plane_load_balancer: pulumi.Input[Literal["Internet-facing", "internal"]]
    bastion_disabled: pulumi.Input[bool]
    raw: Mapping[str, Any]
    spec_raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class EksAddon(Value):
    """An add-on that EKS itself installs."""

    name: pulumi.Input[str]
    """Name of the add-on, such as `vpc-cni`."""
    version: pulumi.Input[str]
    """Version of the add-on."""
    _: KW_ONLY
    conflicts: pulumi.Input[str] | None = None
    """What to do where settings conflict, such as `overwrite`."""
    role_arn: pulumi.Input[str] | None = None
    """IAM role of the add-on's service account."""


class EksAddonDict(TypedDict, total=False):
    """`EksAddon` as a dict literal."""

    name: Required[pulumi.Input[str]]
    version: Required[pulumi.Input[str]]
    conflicts: pulumi.Input[str]
    role_arn: pulumi.Input[str]


@checked_value
@dataclass(frozen=True)
class Eks(Value):
    """A cluster whose control plane AWS runs; it has worker pools only."""

    cloud: ClassVar[str] = "eks"
    region: pulumi.Input[str]
    """Region, such as `eu-west-1`. A change is a replacement."""
    _: KW_ONLY
    ssh_key_name: pulumi.Input[str] | None = None
    """Name of the EC2 key pair for access to the nodes. Default: none. A change is made in place, for new nodes."""
    vpc_id: pulumi.Input[str] | None = None
    """A network of your own. Default: Palette makes one. A change is a replacement."""
    control_plane_subnets: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Subnet id by availability zone for the control plane, with `vpc_id`; two at least. A change is a replacement."""
    endpoint_access: pulumi.Input[Literal["public", "private", "private_and_public"]] = "public"
    """Where the API server can be reached from. Default public. A change is made in place."""
    public_cidrs: Texts = ()
    """Networks that may reach the public endpoint, in any order. Default: all. A change is made in place."""
    private_cidrs: Texts = ()
    """Networks that may reach the private endpoint, in any order. Default: all. A change is made in place."""
    encryption_key_arn: pulumi.Input[str] | None = None
    """KMS key that encrypts Kubernetes secrets. Default: none. A change is a replacement."""
    addons: Sequence[EksAddon | EksAddonDict] = field(default=(), metadata={"kind": EksAddon})
    """Add-ons that EKS installs, in any order. A change is made in place."""
    bastion_disabled: pulumi.Input[bool] = False
    """Whether to do without a bastion machine. A change is made in place."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `cloudConfig` that are not modelled, as on the wire; they win. A change is made in place."""
    spec_raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields beside `cloudConfig` in the cluster's creation, such as `fargateProfiles`. A change is a replacement."""


class EksDict(TypedDict, total=False):
    """`Eks` as a dict literal."""

    cloud: Required[Literal["eks"]]
    region: Required[pulumi.Input[str]]
    ssh_key_name: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    control_plane_subnets: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    endpoint_access: pulumi.Input[Literal["public", "private", "private_and_public"]]
    public_cidrs: Texts
    private_cidrs: Texts
    encryption_key_arn: pulumi.Input[str]
    addons: Sequence[EksAddon | EksAddonDict]
    bastion_disabled: pulumi.Input[bool]
    raw: Mapping[str, Any]
    spec_raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class AzureSubnet(Value):
    """A subnet of the cluster's virtual network."""

    name: pulumi.Input[str]
    """Name of the subnet."""
    _: KW_ONLY
    cidr: pulumi.Input[str] | None = None
    """Its address range."""
    security_group: pulumi.Input[str] | None = None
    """Network security group; one for a control plane lets port 6443 in."""
    security_group_resource_group: pulumi.Input[str] | None = None
    """Resource group of the security group. Default: the network's."""


class AzureSubnetDict(TypedDict, total=False):
    """`AzureSubnet` as a dict literal."""

    name: Required[pulumi.Input[str]]
    cidr: pulumi.Input[str]
    security_group: pulumi.Input[str]
    security_group_resource_group: pulumi.Input[str]


@dataclass(frozen=True)
class _AzureValue(Value):
    """What Azure and AKS share."""

    location: pulumi.Input[str]
    """Location, such as `westeurope`. A change is a replacement."""
    _: KW_ONLY
    subscription_id: pulumi.Input[str]
    """Subscription that the cluster runs in. A change is a replacement."""
    ssh_key: pulumi.Input[str]
    """Public SSH key for access to the nodes. A change is made in place, for new nodes."""
    resource_group: pulumi.Input[str] | None = None
    """Resource group of the cluster. Default: Palette makes one. A change is a replacement."""
    vnet_name: pulumi.Input[str] | None = None
    """A virtual network of your own. Default: Palette makes one. A change is a replacement."""
    vnet_resource_group: pulumi.Input[str] | None = None
    """Resource group of that network. A change is a replacement."""
    vnet_cidr: pulumi.Input[str] | None = None
    """Address range of that network. A change is a replacement."""
    control_plane_subnet: AzureSubnet | AzureSubnetDict | None = field(default=None, metadata={"kind": AzureSubnet})
    """Subnet of the control plane. A change is a replacement."""
    worker_subnet: AzureSubnet | AzureSubnetDict | None = field(default=None, metadata={"kind": AzureSubnet})
    """Subnet of the workers. A change is a replacement."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `cloudConfig` that are not modelled, as on the wire; they win. A change is made in place."""
    spec_raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields beside `cloudConfig` in the cluster's creation, as on the wire. A change is a replacement."""


class _AzureFields(TypedDict, total=False):
    location: Required[pulumi.Input[str]]
    subscription_id: Required[pulumi.Input[str]]
    ssh_key: Required[pulumi.Input[str]]
    resource_group: pulumi.Input[str]
    vnet_name: pulumi.Input[str]
    vnet_resource_group: pulumi.Input[str]
    vnet_cidr: pulumi.Input[str]
    control_plane_subnet: AzureSubnet | AzureSubnetDict
    worker_subnet: AzureSubnet | AzureSubnetDict
    raw: Mapping[str, Any]
    spec_raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True)
class Azure(_AzureValue):
    """A cluster on Azure virtual machines."""

    cloud: ClassVar[str] = "azure"
    _: KW_ONLY
    storage_account: pulumi.Input[str] | None = None
    """Storage account of the node images. Default: Palette makes one. A change is a replacement."""
    container: pulumi.Input[str] | None = None
    """Container in that storage account. A change is a replacement."""
    load_balancer: pulumi.Input[Literal["Public", "Internal"]] | None = None
    """Who reaches the API server's load balancer. Default Public. A change is a replacement."""
    load_balancer_ip: pulumi.Input[str] | None = None
    """Static address of an internal load balancer. Default: any. A change is a replacement."""


class AzureDict(_AzureFields, total=False):
    """`Azure` as a dict literal."""

    cloud: Required[Literal["azure"]]
    storage_account: pulumi.Input[str]
    container: pulumi.Input[str]
    load_balancer: pulumi.Input[Literal["Public", "Internal"]]
    load_balancer_ip: pulumi.Input[str]


@checked_value
@dataclass(frozen=True)
class Aks(_AzureValue):
    """A cluster whose control plane Azure runs; it has worker pools only, one of them a system pool."""

    cloud: ClassVar[str] = "aks"
    _: KW_ONLY
    private_cluster: pulumi.Input[bool] = False
    """Whether the API server has a private address only. A change is a replacement."""
    private_dns_zone: pulumi.Input[str] | None = None
    """Private DNS zone of a private cluster: `system`, `none` or an id. A change is a replacement."""
    authorized_ip_ranges: Texts = ()
    """Networks that may reach the API server, in any order. Default: all. A change is made in place."""
    admin_group_ids: Texts = ()
    """Entra ID groups whose members administer the cluster, in any order. Default: none. A change is made in place."""


class AksDict(_AzureFields, total=False):
    """`Aks` as a dict literal."""

    cloud: Required[Literal["aks"]]
    private_cluster: pulumi.Input[bool]
    private_dns_zone: pulumi.Input[str]
    authorized_ip_ranges: Texts
    admin_group_ids: Texts


@checked_value
@dataclass(frozen=True)
class Gcp(Value):
    """A cluster on Compute Engine machines."""

    cloud: ClassVar[str] = "gcp"
    region: pulumi.Input[str]
    """Region, such as `europe-west1`. A change is a replacement."""
    _: KW_ONLY
    project: pulumi.Input[str]
    """Google Cloud project that the cluster runs in. A change is a replacement."""
    network: pulumi.Input[str] | None = None
    """A network of your own. Default: Palette makes one. A change is a replacement."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `cloudConfig` that are not modelled, as on the wire; they win. A change is made in place."""
    spec_raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields beside `cloudConfig` in the cluster's creation, as on the wire. A change is a replacement."""


class _GcpFields(TypedDict, total=False):
    region: Required[pulumi.Input[str]]
    project: Required[pulumi.Input[str]]
    network: pulumi.Input[str]
    raw: Mapping[str, Any]
    spec_raw: Mapping[str, Any]


class GcpDict(_GcpFields, total=False):
    """`Gcp` as a dict literal."""

    cloud: Required[Literal["gcp"]]


@checked_value
@dataclass(frozen=True)
class Gke(Gcp):
    """A cluster whose control plane Google runs; it has worker pools only."""

    cloud: ClassVar[str] = "gke"
    _: KW_ONLY
    location: pulumi.Input[str] | None = None
    """Region or zone of the control plane. Default: the region. A change is a replacement."""
    autopilot: pulumi.Input[bool] = False
    """Whether Google manages the nodes too. A change is a replacement."""


class GkeDict(_GcpFields, total=False):
    """`Gke` as a dict literal."""

    cloud: Required[Literal["gke"]]
    location: pulumi.Input[str]
    autopilot: pulumi.Input[bool]


@checked_value
@dataclass(frozen=True)
class Vsphere(Value):
    """A cluster on vSphere virtual machines."""

    cloud: ClassVar[str] = "vsphere"
    placement: VspherePlacement | VspherePlacementDict = field(metadata={"kind": VspherePlacement})
    """Where machines are placed where a pool doesn't say else; its data center is needed. A change is a replacement."""
    _: KW_ONLY
    ssh_keys: Texts = ()
    """Public SSH keys for the user `spectro` on the nodes, in any order. A change is made in place, for new nodes."""
    ntp_servers: Texts = ()
    """Time servers, in any order. Default: the image's. A change is made in place, for new nodes."""
    static_ip: pulumi.Input[bool] = False
    """Whether nodes have static addresses instead of DHCP. A change is a replacement."""
    host: pulumi.Input[str] | None = None
    """Address or name of the API server. A change is a replacement."""
    host_type: pulumi.Input[Literal["VIP", "External", "DDNS"]] | None = None
    """What `host` is. Default VIP. A change is a replacement."""
    search_domain: pulumi.Input[str] | None = None
    """Domain in which a `DDNS` host is looked up. A change is a replacement."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `cloudConfig` that are not modelled, as on the wire; they win. A change is made in place."""
    spec_raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields beside `cloudConfig` in the cluster's creation, such as `edgeHostUid`. A change is a replacement."""


class VsphereDict(TypedDict, total=False):
    """`Vsphere` as a dict literal."""

    cloud: Required[Literal["vsphere"]]
    placement: Required[VspherePlacement | VspherePlacementDict]
    ssh_keys: Texts
    ntp_servers: Texts
    static_ip: pulumi.Input[bool]
    host: pulumi.Input[str]
    host_type: pulumi.Input[Literal["VIP", "External", "DDNS"]]
    search_domain: pulumi.Input[str]
    raw: Mapping[str, Any]
    spec_raw: Mapping[str, Any]


@checked_value
@dataclass(frozen=True, kw_only=True)
class EdgeNative(Value):
    """A cluster on registered edge hosts; it has no cloud account."""

    cloud: ClassVar[str] = "edge-native"
    host: pulumi.Input[str] | None = None
    """Address or name of the API server. Default: none, for a single node. A change is a replacement."""
    host_type: pulumi.Input[EndpointType] | None = None
    """What `host` is. Default VIP. A change is a replacement."""
    search_domain: pulumi.Input[str] | None = None
    """Domain in which a `DDNS` host is looked up. A change is a replacement."""
    ssh_keys: Texts = ()
    """Public SSH keys for the user `spectro` on the hosts, in any order. A change is made in place."""
    ntp_servers: Texts = ()
    """Time servers, in any order. Default: the image's. A change is made in place."""
    overlay_cidr: pulumi.Input[str] | None = None
    """Address range of an overlay network between the hosts. Default: no overlay. A change is a replacement."""
    static_ip: pulumi.Input[bool] = False
    """Whether hosts have static addresses instead of DHCP. A change is a replacement."""
    two_node: pulumi.Input[bool] = False
    """Whether two hosts share the control plane, one as the stand-in of the other. A change is a replacement."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `cloudConfig` that are not modelled, as on the wire; they win. A change is made in place."""
    spec_raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields beside `cloudConfig` in the cluster's creation, as on the wire. A change is a replacement."""


class EdgeNativeDict(TypedDict, total=False):
    """`EdgeNative` as a dict literal."""

    cloud: Required[Literal["edge-native"]]
    host: pulumi.Input[str]
    host_type: pulumi.Input[EndpointType]
    search_domain: pulumi.Input[str]
    ssh_keys: Texts
    ntp_servers: Texts
    overlay_cidr: pulumi.Input[str]
    static_ip: pulumi.Input[bool]
    two_node: pulumi.Input[bool]
    raw: Mapping[str, Any]
    spec_raw: Mapping[str, Any]


CloudConfig = Aws | Eks | Azure | Aks | Gcp | Gke | Vsphere | EdgeNative
CloudConfigDict = AwsDict | EksDict | AzureDict | AksDict | GcpDict | GkeDict | VsphereDict | EdgeNativeDict

CLOUDS: Mapping[str, type[CloudConfig]] = {
    kind.cloud: kind for kind in (Aws, Eks, Azure, Aks, Gcp, Gke, Vsphere, EdgeNative)
}
"""The class of each cloud."""


def cloud_config_props(config: CloudConfig | CloudConfigDict, path: str = "cloud_config") -> dict[str, Any]:
    """The cloud config as inputs of the engine, with `cloud`.

    Raises:
        InputError: a dict without a known `cloud`, or with a field that its cloud doesn't have.
    """
    if isinstance(config, Mapping):
        given = dict(cast("Mapping[str, Any]", config))
        cloud = given.pop("cloud", None)
        kind = CLOUDS.get(str(cloud))
        if kind is None:
            said = f"there is no cloud {cloud!r}" if cloud is not None else '"cloud" is missing'
            raise InputError(f"{said}; {did_you_mean(str(cloud or ''), CLOUDS)}", path=path)
        made: Value = kind.of(given, path)
        return {"cloud": kind.cloud, **made.props()}
    if not isinstance(config, tuple(CLOUDS.values())):
        raise InputError(f"expected palette.Aws(...) or another cloud, not {type(config).__name__}", path=path)
    return {"cloud": config.cloud, **config.props()}
