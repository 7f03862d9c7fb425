"""What differs between clouds: required fields, how pools and machines are shown. Pure; mostly data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Doc = dict[str, Any]


@dataclass(frozen=True)
class Cloud:
    """One kind of cloud.

    Args:
        name: as in paths and `cloudType`.
        account: kind of its cloud accounts; "" when it has none.
        required: fields of `cloudConfig` that must be there; dotted paths.
        pool_required: the same for a pool's `cloudConfig`.
        region: the field of `cloudConfig` that says where.
        is_managed: the control plane is the cloud's own.
        needs_account: a cluster must name a cloud account.
    """

    name: str
    account: str
    required: tuple[str, ...] = ()
    pool_required: tuple[str, ...] = ()
    region: str = "region"
    is_managed: bool = False
    needs_account: bool = True


CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud("aws", "aws", ("region",), ("instanceType",)),
        Cloud("eks", "aws", ("region",), is_managed=True),
        Cloud("azure", "azure", ("location", "subscriptionId", "sshKey"), region="location"),
        Cloud("aks", "azure", ("location", "subscriptionId", "sshKey"), region="location", is_managed=True),
        Cloud("gcp", "gcp", ("project", "region"), ("instanceType",)),
        Cloud("gke", "gcp", ("project", "region"), ("instanceType",), is_managed=True),
        Cloud(
            "vsphere",
            "vsphere",
            ("placement",),
            ("instanceType.numCPUs", "instanceType.memoryMiB", "instanceType.diskGiB"),
            region="placement.datacenter",
            needs_account=False,
        ),
        Cloud("edge-native", "", (), ("edgeHosts",), region="", needs_account=False),
    )
}


def missing(body: Mapping[str, Any], paths: tuple[str, ...]) -> list[str]:
    """The dotted paths of these at which the body has nothing."""
    return [path for path in paths if value_at(body, path) in (None, "", [], {})]


def value_at(body: Any, path: str) -> Any:
    """What is at a dotted path; None for nothing."""
    for part in path.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return body


def region_of(doc: Doc) -> str:
    """Where a cluster is, as its cloud calls it."""
    return str(value_at(doc["cloudConfig"], CLOUDS[doc["cloud"]].region or "-") or "")


def kind_of(cloud: str) -> str:
    """Kind of a cloud config."""
    return cloud.replace("-", "")


def cluster_config(doc: Doc) -> Doc:
    """The cloud's settings as they are read; vSphere refers to IP pools by reference there."""
    if doc["cloud"] != "vsphere":
        return dict(doc["cloudConfig"])
    return {**doc["cloudConfig"], "placement": _placement(doc["cloudConfig"].get("placement") or {})}


def flat_pool(cloud: str, pool: Doc) -> Doc:
    """A pool as it is read: shared and cloud fields in one object."""
    flat = {**pool["cloud"], **(pool.get("managed") or {}), **pool["pool"]}
    flat.setdefault("isControlPlane", False)
    for key in ("labels", "taints"):
        flat.setdefault(key, [])
    if cloud in ("aws", "eks", "gcp", "gke"):
        subnets = flat.pop("subnets", None) or []
        flat["subnetIds"] = {each["az"]: each["id"] for each in subnets if each.get("az") and each.get("id")}
    if cloud == "vsphere":
        flat["placements"] = [_placement(each) for each in flat.get("placements") or []]
    if cloud == "edge-native":
        hosts = flat.pop("edgeHosts", None) or []
        flat["hosts"] = [
            {"hostAddress": str(value_at(each, "nic.ip") or each.get("staticIP") or ""), **each} for each in hosts
        ]
    return flat


def machine_spec(doc: Doc, pool: Doc, machine: Doc) -> Doc:
    """The `spec` of a machine."""
    spec = _SPECS.get(CLOUDS[doc["cloud"]].account or "edge-native", _edge_spec)(doc, pool, machine)
    return {**spec, "machineMetadata": {"creationTimestamp": machine["created"]}}


def instance_type(pool: Doc) -> Any:
    """What kind of machine the pool asks for, as its cloud names it."""
    return pool["cloud"].get("instanceType") or ""


def _aws_spec(doc: Doc, pool: Doc, machine: Doc) -> Doc:
    subnets = {each.get("az"): each.get("id") for each in pool["cloud"].get("subnets") or []}
    return {
        "ami": "ami-" + machine["uid"][:17],
        "az": machine["az"],
        "instanceType": instance_type(pool),
        "nics": [_nic(machine)],
        "sshKeyName": doc["cloudConfig"].get("sshKeyName", ""),
        "subnetId": subnets.get(machine["az"]) or "",
        "vpcId": doc["cloudConfig"].get("vpcId") or "vpc-" + doc["metadata"]["uid"][-17:],
    }


def _azure_spec(doc: Doc, pool: Doc, machine: Doc) -> Doc:
    return {
        "availabilityZone": {"enabled": bool(machine["az"]), "id": machine["az"]},
        "instanceType": instance_type(pool),
        "location": doc["cloudConfig"].get("location", ""),
        "nics": [_nic(machine)],
        "osDisk": pool["cloud"].get("osDisk") or {"diskSizeGB": 60, "osType": "Linux"},
    }


def _gcp_spec(doc: Doc, pool: Doc, machine: Doc) -> Doc:
    return {
        "instanceType": instance_type(pool),
        "nics": [{**_nic(machine), "networkName": doc["cloudConfig"].get("network") or "default"}],
        "project": doc["cloudConfig"].get("project", ""),
        "region": doc["cloudConfig"].get("region", ""),
        "rootDeviceSize": pool["cloud"].get("rootDeviceSize") or 60,
        "zone": machine["az"],
    }


def _vsphere_spec(doc: Doc, pool: Doc, machine: Doc) -> Doc:
    placements = pool["cloud"].get("placements") or [doc["cloudConfig"].get("placement") or {}]
    placement = _placement(placements[0])
    network = placement.get("network", {}).get("networkName", "")
    return {
        "instanceType": instance_type(pool),
        "nics": [{"index": 0, "networkName": network, "privateIPs": [machine["address"]], "macAddress": ""}],
        "placement": placement,
        "vcenterServer": "",
    }


def _edge_spec(_: Doc, pool: Doc, machine: Doc) -> Doc:
    hosts = pool["cloud"].get("edgeHosts") or []
    index = next((i for i, each in enumerate(pool["machines"]) if each["uid"] == machine["uid"]), 0)
    host = hosts[index] if index < len(hosts) else {}
    return {"edgeHostUid": host.get("hostUid", ""), "nics": [{**_nic(machine), "networkName": host.get("nicName", "")}]}


_SPECS: Mapping[str, Callable[[Doc, Doc, Doc], Doc]] = {
    "aws": _aws_spec,
    "azure": _azure_spec,
    "gcp": _gcp_spec,
    "vsphere": _vsphere_spec,
    "edge-native": _edge_spec,
}


def _nic(machine: Doc) -> Doc:
    return {"index": 0, "privateIPs": [machine["address"]], "publicIp": ""}


def _placement(placement: Doc) -> Doc:
    network = dict(placement.get("network") or {})
    pool_uid = network.pop("parentPoolUid", "")
    network.setdefault("networkName", "")
    if pool_uid:
        network["parentPoolRef"] = {"uid": pool_uid}
    return {**placement, "network": network}
