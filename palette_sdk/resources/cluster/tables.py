"""Where each property of cloud configs, machines and pools stands on the wire, by cloud. Only data for `wire_fields`."""

from __future__ import annotations

from collections.abc import Mapping

from palette_sdk.resources.wire_fields import (
    FLAG,
    IDS,
    LIST,
    MAP,
    NUMBER,
    PAIRS,
    PRICE,
    SET,
    TEXT,
    WORD,
    Kind,
    WireField,
)

Table = tuple[WireField, ...]
CONTROL_PLANE = "control-plane"
"""The role of the pool that runs the cluster."""

_ACCESS_WORDS = {(True, False): "public", (False, True): "private", (True, True): "private_and_public"}
_ACCESS = Kind(
    write=lambda word: {"public": word != "private", "private": word != "public"},
    read=lambda both: _ACCESS_WORDS.get((bool(both.get("public")), bool(both.get("private")))),
)
_KEY_ARN = Kind(
    write=lambda arn: {"isEnabled": True, "provider": arn, "resources": ["secrets"]},
    read=lambda found: found.get("provider") if found.get("isEnabled") else None,
)
_GROUPS = Kind(
    write=lambda ids: {"managed": True, "adminGroupObjectIDs": list(ids)},
    read=lambda found: found.get("adminGroupObjectIDs") or [],
    canon=SET.canon,
)
_OVERLAY = Kind(
    write=lambda cidr: {"cidr": cidr, "enable": True},
    read=lambda found: found.get("cidr") if found.get("enable") else None,
)
_ENABLED = Kind(write=lambda on: "enabled" if on else "disabled", read=lambda word: word == "enabled", canon=FLAG.canon)


def _fixed(prop: str, wire: str, kind: Kind = TEXT, *, required: bool = False, default: str | None = None) -> WireField:
    """Make a field of a cloud config whose change replaces the cluster."""
    return WireField(prop=prop, wire=wire, kind=kind, replaces=True, required=required, default=default)


def _part(prop: str, wire: str, kind: Kind = TEXT, *, read: str = "", default: str | None = None) -> WireField:
    """Make a field where the service may choose what the program leaves open."""
    return WireField(prop=prop, wire=wire, kind=kind, read=read, default=default, filled=True, kept=True)


def _needed(prop: str, wire: str, kind: Kind = TEXT) -> WireField:
    """Make a field of a machine that the program must say."""
    return WireField(prop=prop, wire=wire, kind=kind, required=True)


PLACEMENT: Table = (
    _part("datacenter", "datacenter"),
    _part("folder", "folder"),
    _part("cluster", "cluster"),
    _part("resource_pool", "resourcePool"),
    _part("datastore", "datastore"),
    _part("storage_policy", "storagePolicyName"),
    _part("network", "network.networkName"),
    _part("static_ip", "network.staticIp", FLAG),
    _part("ip_pool", "network.parentPoolUid", read="network.parentPoolRef.uid"),
    _part("image_template_folder", "imageTemplateFolder", default="spectro-templates"),
)

_SUBNET: Table = (
    WireField(prop="name", wire="name", required=True),
    _part("cidr", "cidrBlock"),
    _part("security_group", "securityGroupName"),
    _part("security_group_resource_group", "nsgResourceGroup"),
)

_ADDON: Table = (
    WireField(prop="name", wire="name", required=True),
    WireField(prop="version", wire="version", required=True),
    _part("conflicts", "conflictResolution", WORD),
    _part("role_arn", "serviceAccountRoleARN"),
)

_AMAZON: Table = (
    _fixed("region", "region", required=True),
    WireField(prop="ssh_key_name", wire="sshKeyName"),
    _fixed("vpc_id", "vpcId"),
    WireField(prop="bastion_disabled", wire="bastionDisabled", kind=FLAG),
)

_AZURE: Table = (
    _fixed("location", "location", WORD, required=True),
    _fixed("subscription_id", "subscriptionId", WORD, required=True),
    WireField(prop="ssh_key", wire="sshKey", required=True),
    _fixed("resource_group", "resourceGroup", WORD),
    _fixed("vnet_name", "vnetName"),
    _fixed("vnet_resource_group", "vnetResourceGroup", WORD),
    _fixed("vnet_cidr", "vnetCidrBlock"),
    WireField(prop="control_plane_subnet", wire="controlPlaneSubnet", fields=_SUBNET, replaces=True),
    WireField(prop="worker_subnet", wire="workerSubnet", fields=_SUBNET, replaces=True),
)

_GOOGLE: Table = (
    _fixed("region", "region", required=True),
    _fixed("project", "project", required=True),
    _fixed("network", "network"),
)

CONFIGS: Mapping[str, Table] = {
    "aws": (
        *_AMAZON,
        WireField(
            prop="control_plane_load_balancer",
            wire="controlPlaneLoadBalancer",
            kind=WORD,
            default="Internet-facing",
            choices=("Internet-facing", "internal"),
            replaces=True,
        ),
    ),
    "eks": (
        *_AMAZON,
        WireField(
            prop="endpoint_access",
            wire="endpointAccess",
            kind=_ACCESS,
            default="public",
            choices=("public", "private", "private_and_public"),
            kept=True,
        ),
        WireField(prop="public_cidrs", wire="endpointAccess.publicCIDRs", kind=SET, filled=True),
        WireField(prop="private_cidrs", wire="endpointAccess.privateCIDRs", kind=SET, filled=True),
        _fixed("encryption_key_arn", "encryptionConfig", _KEY_ARN),
        WireField(prop="addons", wire="addons", fields=_ADDON, key=("name",), filled=True),
    ),
    "azure": (
        *_AZURE,
        _fixed("storage_account", "storageAccountName"),
        _fixed("container", "containerName"),
        WireField(
            prop="load_balancer",
            wire="infraLBConfig.apiServerLB.type",
            default="Public",
            choices=("Public", "Internal"),
            replaces=True,
        ),
        _fixed("load_balancer_ip", "infraLBConfig.apiServerLB.apiServerLBStaticIP"),
    ),
    "aks": (
        *_AZURE,
        _fixed("private_cluster", "apiServerAccessProfile.enablePrivateCluster", FLAG),
        _fixed("private_dns_zone", "apiServerAccessProfile.privateDNSZone"),
        WireField(prop="authorized_ip_ranges", wire="apiServerAccessProfile.authorizedIPRanges", kind=SET),
        WireField(prop="admin_group_ids", wire="aadProfile", kind=_GROUPS),
    ),
    "gcp": _GOOGLE,
    "gke": (
        *_GOOGLE,
        _fixed("location", "managedClusterConfig.location"),
        _fixed("autopilot", "managedClusterConfig.enableAutoPilot", FLAG),
    ),
    "vsphere": (
        WireField(prop="placement", wire="placement", fields=PLACEMENT, required=True, replaces=True),
        WireField(prop="ssh_keys", wire="sshKeys", kind=SET),
        WireField(prop="ntp_servers", wire="ntpServers", kind=SET),
        _fixed("static_ip", "staticIp", FLAG),
        _fixed("host", "controlPlaneEndpoint.host"),
        WireField(
            prop="host_type",
            wire="controlPlaneEndpoint.type",
            default="VIP",
            choices=("VIP", "External", "DDNS"),
            replaces=True,
        ),
        _fixed("search_domain", "controlPlaneEndpoint.ddnsSearchDomain"),
    ),
    "edge-native": (
        _fixed("host", "controlPlaneEndpoint.host"),
        WireField(
            prop="host_type",
            wire="controlPlaneEndpoint.type",
            default="VIP",
            choices=("VIP", "External", "DDNS", "IP"),
            replaces=True,
        ),
        _fixed("search_domain", "controlPlaneEndpoint.ddnsSearchDomain"),
        WireField(prop="ssh_keys", wire="sshKeys", kind=SET),
        WireField(prop="ntp_servers", wire="ntpServers", kind=SET),
        _fixed("overlay_cidr", "overlayNetworkConfiguration", _OVERLAY),
        _fixed("static_ip", "staticIp", FLAG),
        _fixed("two_node", "isTwoNodeCluster", FLAG),
    ),
}
"""Properties of each cloud's config, on the wire in `cloudConfig` and `clusterConfig`."""

BESIDE: Mapping[str, tuple[str, ...]] = {"eks": ("control_plane_subnets",)}
"""Properties of a cloud config that stand elsewhere on the wire; a change replaces the cluster."""

_ON_EC2: Table = (
    _needed("type", "instanceType"),
    _part("azs", "azs", SET),
    _part("az_subnets", "subnets", PAIRS, read="subnetIds"),
    _part("disk_gib", "rootDeviceSize", NUMBER),
    WireField(prop="capacity", wire="capacityType", default="on-demand", choices=("on-demand", "spot"), kept=True),
    WireField(prop="max_price", wire="spotMarketOptions.maxPrice", kind=PRICE),
)

_ON_AZURE: Table = (
    _needed("type", "instanceType"),
    _part("azs", "azs", SET),
    _part("disk_gib", "osDisk.diskSizeGB", NUMBER),
    _part("disk_type", "osDisk.managedDisk.storageAccountType"),
    WireField(prop="os_type", wire="osDisk.osType", default="Linux", choices=("Linux", "Windows"), kept=True),
)

_ON_GOOGLE: Table = (
    _needed("type", "instanceType"),
    _part("azs", "azs", SET),
    _part("az_subnets", "subnets", PAIRS, read="subnetIds"),
    _part("subnet", "subnet"),
    _part("disk_gib", "rootDeviceSize", NUMBER),
)

_HOST: Table = (
    WireField(prop="uid", wire="hostUid", required=True),
    _part("name", "hostName"),
    _part("nic", "nic.nicName"),
    _part("mac", "nic.macAddr", WORD),
    _part("ip", "nic.ip"),
    _part("subnet", "nic.subnet"),
    _part("gateway", "nic.gateway"),
    _part("dns", "nic.dns", LIST),
    WireField(
        prop="priority",
        wire="twoNodeCandidatePriority",
        choices=("primary", "secondary"),
        filled=True,
        kept=True,
    ),
)

MACHINES: Mapping[str, Table] = {
    "aws": (*_ON_EC2, WireField(prop="security_groups", wire="additionalSecurityGroups", kind=IDS)),
    "eks": (
        *_ON_EC2,
        WireField(prop="security_groups", wire="awsLaunchTemplate.additionalSecurityGroups", kind=IDS),
        _part("ami_type", "amiType", default="AL2023_x86_64_STANDARD"),
    ),
    "azure": _ON_AZURE,
    "aks": (*_ON_AZURE, WireField(prop="system_pool", wire="isSystemNodePool", kind=FLAG)),
    "gcp": _ON_GOOGLE,
    "gke": _ON_GOOGLE,
    "vsphere": (
        _needed("cpus", "instanceType.numCPUs", NUMBER),
        _needed("memory_mib", "instanceType.memoryMiB", NUMBER),
        _needed("disk_gib", "instanceType.diskGiB", NUMBER),
        WireField(
            prop="placements",
            wire="placements",
            fields=PLACEMENT,
            key=("cluster", "resource_pool", "datastore"),
            filled=True,
        ),
    ),
    "edge-native": (
        WireField(prop="hosts", wire="edgeHosts", read="hosts", fields=_HOST, key=("uid",), required=True),
    ),
}
"""Properties of each cloud's machines, on the wire in a pool's `cloudConfig`."""

MACHINE_RAW = ("raw", "managed_raw")

_TAINT: Table = (
    WireField(prop="key", wire="key", required=True),
    WireField(prop="value", wire="value"),
    WireField(
        prop="effect",
        wire="effect",
        default="NoSchedule",
        choices=("NoSchedule", "PreferNoSchedule", "NoExecute"),
        kept=True,
    ),
)

POOL: Table = (
    WireField(prop="as_worker", wire="useControlPlaneAsWorker", kind=FLAG),
    WireField(prop="repave_interval", wire="nodeRepaveInterval", kind=NUMBER),
    WireField(prop="labels", wire="additionalLabels", kind=MAP),
    WireField(prop="annotations", wire="additionalAnnotations", kind=MAP),
    WireField(prop="tags", wire="additionalTags", kind=MAP),
    WireField(prop="taints", wire="taints", fields=_TAINT, key=("key", "effect")),
    WireField(
        prop="update_strategy",
        wire="updateStrategy.type",
        default="RollingUpdateScaleOut",
        choices=("RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"),
    ),
    WireField(prop="max_surge", wire="updateStrategy.maxSurge"),
    WireField(prop="max_unavailable", wire="updateStrategy.maxUnavailable"),
    WireField(prop="arch", wire="machinePoolProperties.archType", default="amd64", choices=("amd64", "arm64")),
    WireField(prop="kubeadm", wire="overrideKubeadmConfiguration"),
    # Not every cloud hands this one back.
    WireField(prop="skip_kubernetes_upgrade", wire="skipK8sUpgrade", kind=_ENABLED, kept=True),
)
"""Properties that pools of all clouds share, on the wire in `poolConfig`. Name, role and sizes are written apart."""

WORKERS_ONLY = ("repave_interval", "kubeadm", "skip_kubernetes_upgrade")
CONTROL_PLANE_ONLY = ("as_worker",)
