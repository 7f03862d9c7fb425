"""What is refused of cloud configs and pools before anything is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.cluster.checks import check_cloud_config, check_pools
from palette_sdk.rules.unknown import UNKNOWN

MACHINE = {"type": "m5.large", "azs": ["a"], "disk_gib": 60}
CONTROL_PLANE = {"role": "control-plane", "count": 1, "machine": MACHINE}


def _worker(**changes: Any) -> dict[str, Any]:
    return {"control-plane": CONTROL_PLANE, "w": {"role": "worker", "count": 1, "machine": MACHINE, **changes}}


def _on(**machine: Any) -> dict[str, Any]:
    return _worker(machine={**MACHINE, **machine})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"cloud": "awz"}, "cloud_config: there is no cloud 'awz'; nearest: aws"),
        ({"cloud": "aws"}, "cloud_config.region: it is missing"),
        ({"cloud": "aws", "region": ""}, "cloud_config.region: it is missing"),
        ({"cloud": "aws", "region": "r", "vpc": "v"}, "cloud_config: there is no field 'vpc'; nearest: vpc_id"),
        ({"cloud": "aws", "region": "r", "raw": "x"}, "cloud_config.raw: expected a mapping, not a text"),
        ({"cloud": "aws", "region": 3}, "cloud_config.region: expected a text, not a number"),
        (
            {"cloud": "eks", "region": "r", "endpoint_access": "open"},
            "cloud_config.endpoint_access: 'open' is not one of public, private, private_and_public",
        ),
        (
            {"cloud": "eks", "region": "r", "control_plane_subnets": {"a": "s", "b": "t"}},
            "cloud_config.control_plane_subnets: subnets need the network they are in: give vpc_id too",
        ),
        (
            {"cloud": "eks", "region": "r", "vpc_id": "v", "control_plane_subnets": {"a": "s"}},
            "cloud_config.control_plane_subnets: EKS wants subnets in two availability zones at least",
        ),
        (
            {"cloud": "eks", "region": "r", "addons": [{"name": "x", "version": "1"}, {"name": "x", "version": "2"}]},
            "cloud_config.addons[1]: x is given twice",
        ),
        (
            {"cloud": "azure", "location": "l", "subscription_id": "s"},
            "cloud_config.ssh_key: it is missing",
        ),
        (
            {"cloud": "aks", "location": "l", "subscription_id": "s", "ssh_key": "k", "worker_subnet": {"cidr": "c"}},
            "cloud_config.worker_subnet.name: it is missing",
        ),
        ({"cloud": "gcp", "region": "r"}, "cloud_config.project: it is missing"),
        ({"cloud": "vsphere"}, "cloud_config.placement: it is missing"),
        (
            {"cloud": "vsphere", "placement": {"folder": "f"}},
            "cloud_config.placement.datacenter: the data center is missing",
        ),
        ({"cloud": "vsphere", "placement": "dc"}, "cloud_config.placement: expected a mapping, not str"),
        (
            {"cloud": "edge-native", "host": "h", "host_type": "vip"},
            "cloud_config.host_type: 'vip' is not one of VIP, External, DDNS, IP",
        ),
    ],
)
def test_cloud_configs_refused(config: dict[str, Any], message: str) -> None:
    """A cloud config that can't make a cluster is refused with the path and what to do."""
    with pytest.raises(InputError, match=re.escape(message)):
        check_cloud_config(config)


@pytest.mark.parametrize(
    ("pools", "message"),
    [
        ({"w": _worker()["w"]}, "pools: there is no control plane"),
        (_worker(role="gpu"), "pools[\"w\"].role: 'gpu' is not a role"),
        (_worker(count=None), 'pools["w"]: count is missing'),
        (_worker(min=2, max=1, count=2), 'pools["w"]: min=2 is above max=1'),
        (_worker(as_worker=True), 'pools["w"].as_worker: as_worker is for a control plane only'),
        (
            {"control-plane": {**CONTROL_PLANE, "kubeadm": "x"}},
            'pools["control-plane"].kubeadm: kubeadm is for workers only',
        ),
        ({"control-plane": {**CONTROL_PLANE, "count": 2}}, "a control plane has 1, 3 or 5 nodes, not 2"),
        (_worker(taint=[]), "pools[\"w\"]: there is no field 'taint'; nearest: taints"),
        (_worker(taints=[{"value": "x"}]), 'pools["w"].taints[0].key: it is missing'),
        (_worker(taints=[{"key": "k", "effect": "Never"}]), "pools[\"w\"].taints[0].effect: 'Never' is not one of"),
        (
            _worker(taints=[{"key": "k"}, {"key": "k", "effect": "NoSchedule"}]),
            'pools["w"].taints[1]: k NoSchedule is given',
        ),
        (_worker(taints="k"), 'pools["w"].taints: expected a list, not str'),
        (_worker(update_strategy="OverrideScaling", max_surge="1"), "needs max_surge and max_unavailable"),
        (_worker(max_surge="1"), 'pools["w"].max_surge: max_surge is for update_strategy="OverrideScaling" only'),
        (_on(type=None), 'pools["w"].machine.type: it is missing'),
        (_on(azs=None), 'pools["w"].machine.azs: the availability zones are missing: give azs, or az_subnets'),
        (_on(az_subnets={"a": "s"}), 'pools["w"].machine.azs: azs and az_subnets are both given'),
        (_on(max_price="0.05"), 'pools["w"].machine.max_price: max_price is for spot instances only'),
        (_on(max_price="cheap", capacity="spot"), "pools[\"w\"].machine.max_price: 'cheap' is not a price"),
        (_on(max_price=-1, capacity="spot"), 'pools["w"].machine.max_price: -1 is not a price'),
        (_on(disk_gib=4000), 'pools["w"].machine.disk_gib: 4000 is no size of a disk: 1 to 2000 GiB'),
        (_on(disk_gib="60GB"), 'pools["w"].machine.disk_gib: expected a whole number, not a text'),
        (_worker(labels=["a"]), 'pools["w"].labels: expected a mapping, not a list'),
        (_on(disk_gib=0), 'pools["w"].machine.disk_gib: 0 is no size of a disk'),
        (_on(ami_type="AL2"), "pools[\"w\"].machine: there is no field 'ami_type' on aws"),
    ],
)
def test_pools_refused(pools: dict[str, Any], message: str) -> None:
    """Pools that can't make a cluster are refused with the path and what to do."""
    with pytest.raises(InputError, match=re.escape(message)):
        check_pools(pools, cloud="aws")


def test_managed_clouds_need_what_they_need() -> None:
    """AKS wants a system pool, and takes no control plane."""
    machine = {"type": "Standard_D4s_v5"}
    pool = {"role": "worker", "count": 1, "machine": machine}
    with pytest.raises(InputError, match="system_pool=True"):
        check_pools({"w": pool}, cloud="aks")
    check_pools({"w": {**pool, "machine": {**machine, "system_pool": True}}}, cloud="aks")
    with pytest.raises(InputError, match="aks runs the control plane itself"):
        check_pools({"cp": {**pool, "role": "control-plane"}}, cloud="aks")


def test_edge_pools_have_a_node_for_each_host() -> None:
    """The count of a pool of edge hosts is their number, and no host is there twice."""
    pool = {"role": "control-plane", "count": 1, "machine": {"hosts": [{"uid": "h1"}, {"uid": "h2"}]}}
    with pytest.raises(InputError, match="count=1, but there are 2 hosts; leave count out"):
        check_pools({"cp": pool}, cloud="edge-native")
    twice = {
        "role": "control-plane",
        "count": 3,
        "machine": {"hosts": [{"uid": "h1"}, {"uid": UNKNOWN}, {"uid": "h1"}]},
    }
    with pytest.raises(InputError, match="h1 is given twice"):
        check_pools({"cp": twice}, cloud="edge-native")


@pytest.mark.parametrize(
    "pools",
    [
        _worker(count=UNKNOWN),
        _worker(machine=UNKNOWN),
        _worker(min=UNKNOWN, max=3),
        _worker(update_strategy=UNKNOWN, max_surge="1"),
        _worker(taints=[UNKNOWN, {"key": UNKNOWN}, {"key": UNKNOWN}]),
        _on(azs=UNKNOWN),
        _on(azs=[UNKNOWN]),
        _on(capacity=UNKNOWN, max_price="0.05"),
        _on(capacity="spot", max_price=UNKNOWN),
        _on(disk_gib=UNKNOWN, type=UNKNOWN),
        {"control-plane": CONTROL_PLANE, "w": UNKNOWN},
    ],
)
def test_unknown_values_of_pools_pass(pools: dict[str, Any]) -> None:
    """What is known only after apply is taken as right."""
    check_pools(pools, cloud="aws")


def test_unknown_values_of_cloud_configs_pass() -> None:
    """What is known only after apply is taken as right, nested too."""
    check_cloud_config({"cloud": "aws", "region": UNKNOWN, "raw": UNKNOWN})
    check_cloud_config({"cloud": "vsphere", "placement": UNKNOWN})
    check_cloud_config({"cloud": "vsphere", "placement": {"datacenter": UNKNOWN}})
    check_cloud_config({"cloud": "eks", "region": "r", "control_plane_subnets": UNKNOWN, "addons": [UNKNOWN]})
