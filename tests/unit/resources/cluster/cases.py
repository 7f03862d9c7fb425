"""One full case for each cloud, and the service's way of handing back what was written. Written apart from the tables."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palette_sdk.resources.cluster import clouds, machines
from palette_sdk.resources.cluster.pools import Pool, Taint, control_plane, workers

SUBNETS = {"eu-west-1b": "subnet-b", "eu-west-1a": "subnet-a"}


@dataclass(frozen=True)
class Case:
    """A cluster on one cloud, with everything said that can be said."""

    cloud: str
    config: Any
    pools: list[Pool]
    config_definition: str
    pool_definition: str
    read_definition: str


_EC2 = machines.AwsMachine("m5.xlarge", azs=["eu-west-1b", "eu-west-1a"], disk_gib=80, security_groups=["sg-2", "sg-1"])
_SPOT = machines.AwsMachine("m5.large", az_subnets=SUBNETS, capacity="spot", max_price=0.05)
_D4 = machines.AzureMachine("Standard_D4s_v5", azs=["2", "1"], disk_type="Premium_LRS")
_N2 = machines.GcpMachine("n2-standard-4", azs=["europe-west1-c", "europe-west1-b"], subnet="nodes")
_VM = machines.VsphereMachine(
    4,
    8192,
    80,
    placements=[
        machines.VspherePlacement(
            cluster="c2", datastore="d2", resource_pool="r", network="n", static_ip=True, ip_pool="p"
        ),
        {"cluster": "c1", "datastore": "d1", "resource_pool": "r", "network": "n"},
    ],
)
_HOSTS = machines.EdgeHosts(
    ["host-1", machines.EdgeHost("host-2", name="two", nic="eth0", ip="10.0.0.2", dns=["1.1.1.1"])]
)


def _full_workers(machine: Any, *, count: int = 2) -> Pool:
    return workers(
        "worker-basic",
        machine,
        count=count,
        repave_interval="15m",
        labels={"tier": "web"},
        annotations={"note": "x"},
        tags={"cost": "7"},
        taints=[Taint("gpu", "yes"), {"key": "old", "effect": "NoExecute"}],
        update_strategy="OverrideScaling",
        max_surge="1",
        max_unavailable="20%",
        arch="arm64",
        kubeadm="kubeletExtraArgs: {}\n",
        skip_kubernetes_upgrade=True,
    )


CASES = [
    Case(
        "aws",
        clouds.Aws("eu-west-1", ssh_key_name="k", vpc_id="vpc-1", control_plane_load_balancer="internal"),
        [control_plane(_EC2, count=3, as_worker=True), _full_workers(_SPOT), workers("auto", _EC2, min=1, max=5)],
        "v1AwsClusterConfig",
        "v1AwsMachinePoolConfigEntity",
        "v1AwsMachinePoolConfig",
    ),
    Case(
        "eks",
        clouds.Eks(
            "eu-west-1",
            vpc_id="vpc-1",
            control_plane_subnets=SUBNETS,
            endpoint_access="private_and_public",
            public_cidrs=["10.2.0.0/16", "10.1.0.0/16"],
            encryption_key_arn="arn:aws:kms:x",
            addons=[
                clouds.EksAddon("vpc-cni", "v1.18.0"),
                {"name": "coredns", "version": "v1.11.1", "conflicts": "overwrite"},
            ],
        ),
        [
            _full_workers(_SPOT),
            workers("plain", machines.AwsMachine("m5.large", ami_type="AL2023_ARM_64_STANDARD"), count=1),
        ],
        "v1EksClusterConfig",
        "v1EksMachinePoolConfigEntity",
        "v1EksMachinePoolConfig",
    ),
    Case(
        "azure",
        clouds.Azure(
            "westeurope",
            subscription_id="sub-1",
            ssh_key="ssh-rsa AAAA me",
            resource_group="rg",
            vnet_name="net",
            vnet_resource_group="rg-net",
            vnet_cidr="10.0.0.0/8",
            control_plane_subnet=clouds.AzureSubnet("cp", cidr="10.0.0.0/16", security_group="nsg"),
            worker_subnet={"name": "workers", "cidr": "10.1.0.0/16"},
            load_balancer="Internal",
            load_balancer_ip="10.0.0.9",
        ),
        [control_plane(_D4), _full_workers(_D4)],
        "v1AzureClusterConfig",
        "v1AzureMachinePoolConfigEntity",
        "v1AzureMachinePoolConfig",
    ),
    Case(
        "aks",
        clouds.Aks(
            "westeurope",
            subscription_id="sub-1",
            ssh_key="ssh-rsa AAAA me",
            private_cluster=True,
            authorized_ip_ranges=["10.2.0.0/16", "10.1.0.0/16"],
            admin_group_ids=["g2", "g1"],
        ),
        [workers("system", machines.AzureMachine("Standard_D4s_v5", system_pool=True), count=1), _full_workers(_D4)],
        "v1AzureClusterConfig",
        "v1AzureMachinePoolConfigEntity",
        "v1AzureMachinePoolConfig",
    ),
    Case(
        "gcp",
        clouds.Gcp("europe-west1", project="p", network="net"),
        [control_plane(_N2), _full_workers(_N2)],
        "v1GcpClusterConfig",
        "v1GcpMachinePoolConfigEntity",
        "v1GcpMachinePoolConfig",
    ),
    Case(
        "gke",
        clouds.Gke("europe-west1", project="p", autopilot=True),
        [_full_workers(machines.GcpMachine("n2-standard-4"))],
        "v1GcpClusterConfig",
        "v1GcpMachinePoolConfigEntity",
        "v1GcpMachinePoolConfig",
    ),
    Case(
        "vsphere",
        clouds.Vsphere(
            machines.VspherePlacement("dc", folder="f", network="n", static_ip=True, ip_pool="pool-1"),
            ssh_keys=["ssh-2", "ssh-1"],
            ntp_servers=["b.ntp", "a.ntp"],
            static_ip=True,
            host="10.0.0.5",
        ),
        [control_plane(_VM), _full_workers(_VM)],
        "v1VsphereClusterConfigEntity",
        "v1VsphereMachinePoolConfigEntity",
        "v1VsphereMachinePoolConfig",
    ),
    Case(
        "edge-native",
        clouds.EdgeNative(
            host="10.0.0.5", ssh_keys=["ssh-2", "ssh-1"], ntp_servers=["n"], overlay_cidr="100.64.0.0/16", two_node=True
        ),
        [control_plane(machines.EdgeHosts(["host-9"])), _full_workers(_HOSTS)],
        "v1EdgeNativeClusterConfig",
        "v1EdgeNativeMachinePoolConfigEntity",
        "v1EdgeNativeMachinePoolConfig",
    ),
]
"""All eight clouds."""

_NOT_READ_BACK = {"eks": {"skipK8sUpgrade"}, "azure": {"skipK8sUpgrade"}, "aks": {"skipK8sUpgrade"}}
_NOT_READ_BACK |= {cloud: {"skipK8sUpgrade"} for cloud in ("gcp", "gke", "edge-native")}


def flat_config(body: Mapping[str, Any]) -> dict[str, Any]:
    """A cloud config as the service hands it back: lists in another order, the IP pool as a reference."""
    found: dict[str, Any] = _shuffled(copy.deepcopy(dict(body)))
    network = found.get("placement", {}).get("network", {})
    if "parentPoolUid" in network:
        network["parentPoolRef"] = {"uid": network.pop("parentPoolUid")}
    return found


def flat_pool(cloud: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A pool as the service hands it back: flat, subnets as a mapping, lists in another order, null for empty."""
    found: dict[str, Any] = copy.deepcopy({**body["poolConfig"], **body["cloudConfig"]})
    subnets = found.pop("subnets", None)
    if subnets:
        found["subnetIds"] = {each["az"]: each["id"] for each in subnets}
    if "edgeHosts" in found:
        found["hosts"] = [{**host, "hostAddress": "10.9.9.9"} for host in found.pop("edgeHosts")]
    for placement in found.get("placements", ()):
        placement["uid"] = "server-side"
        if "parentPoolUid" in placement.get("network", {}):
            placement["network"]["parentPoolRef"] = {"uid": placement["network"].pop("parentPoolUid")}
    if "managedPoolConfig" in body:
        found["osType"] = body["managedPoolConfig"]["osType"]
    for name in _NOT_READ_BACK.get(cloud, ()):
        found.pop(name, None)
    found = _shuffled(found)
    for name in ("taints", "additionalLabels", "additionalAnnotations", "azs"):
        found.setdefault(name, None)
    return found


def without_nulls(value: Any) -> Any:
    """The same without nulls: the description of the API doesn't allow them, the service sends them."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _shuffled(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _shuffled(item, name) for name, item in value.items()}
    if isinstance(value, list) and key != "dns":
        return [_shuffled(item) for item in reversed(value)]
    return value
