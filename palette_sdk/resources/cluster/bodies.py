"""Cloud configs and pools between properties and the wire, both ways. Pure: properties are known here, but for checks.

A pool is written nested (`cloudConfig`, `poolConfig`) and read flat. `observed_...` gives back the declared properties
unchanged where nothing differs in meaning, so that a refresh after an update is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.resources.cluster.tables import BESIDE, CONFIGS, CONTROL_PLANE, MACHINES, POOL
from palette_sdk.resources.wire_fields import Props, merged, observe, place, write
from palette_sdk.rules.durations import seconds
from palette_sdk.rules.pools import MANAGED_CLOUDS
from palette_sdk.rules.unknown import is_known

_CONTROL_PLANE_LABELS = (CONTROL_PLANE, "master")
_EKS_CONTROL_PLANE_POOL = "cp-pool"
"""How the service knows the subnets of a control plane on EKS: as a pool of this name, without machines."""


def replacing_fields(cloud: str) -> frozenset[str]:
    """The properties of a cloud config whose change replaces the cluster; all others change in place."""
    named = {field.prop for field in CONFIGS[cloud] if field.replaces}
    return frozenset({"cloud", "spec_raw", *named, *BESIDE.get(cloud, ())})


def replacing_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The properties of a cloud config that differ in meaning and replace the cluster; an unknown one never does."""
    cloud = str(after.get("cloud", ""))
    fields = {field.prop: field for field in CONFIGS.get(cloud, ())}
    found = []
    for prop in sorted(replacing_fields(cloud)) if cloud in CONFIGS else ():
        old, new = before.get(prop), after.get(prop)
        if not is_known(old) or not is_known(new):
            continue
        canon = fields[prop].canon if prop in fields else _or_none
        if canon(old) != canon(new):
            found.append(prop)
    return found


def _or_none(value: Any) -> Any:
    return value or None


def cloud_config_body(cloud_config: Mapping[str, Any]) -> Props:
    """The body of `cloudConfig` in a cluster's creation, and of `clusterConfig` in an update."""
    cloud = cloud_config["cloud"]
    body = write(CONFIGS[cloud], cloud_config)
    if cloud == "gke":
        body = merged({"managedClusterConfig": {"location": cloud_config["region"]}}, body)
    if place(body, "controlPlaneEndpoint.host"):
        body = merged({"controlPlaneEndpoint": {"type": "VIP"}}, body)
    return merged(body, cloud_config.get("raw") or {})


def spec_fields(cloud_config: Mapping[str, Any]) -> Props:
    """What a cloud config puts beside `cloudConfig` in the `spec` of a cluster's creation."""
    return dict(cloud_config.get("spec_raw") or {})


def pool_bodies(cloud_config: Mapping[str, Any], pools: Mapping[str, Mapping[str, Any]]) -> list[Props]:
    """All pools of a cluster's creation: control plane first, then by name."""
    cloud = cloud_config["cloud"]
    ordered = sorted(pools, key=lambda name: (pools[name].get("role") != CONTROL_PLANE, name))
    return [*_implied_pools(cloud_config), *(pool_body(cloud, name, pools[name]) for name in ordered)]


def _implied_pools(cloud_config: Mapping[str, Any]) -> list[Props]:
    subnets = cloud_config.get("control_plane_subnets")
    if cloud_config["cloud"] != "eks" or not subnets:
        return []
    machine = {"az_subnets": subnets, "capacity": "spot"}
    pool = {"name": _EKS_CONTROL_PLANE_POOL, "size": 0, "labels": [CONTROL_PLANE], "isControlPlane": True}
    return [{"cloudConfig": _machine_body("eks", machine), "poolConfig": pool}]


def pool_body(cloud: str, name: str, pool: Mapping[str, Any], *, live_size: int | None = None) -> Props:
    """The nested body that creates or updates a pool.

    Args:
        cloud: the cluster's cloud.
        name: the pool's name.
        pool: its properties.
        live_size: the number of nodes that the service has; an update of a pool that scales by itself keeps it.
    """
    machine = pool.get("machine") or {}
    low, high = pool.get("min"), pool.get("max")
    size = int(pool["count"])
    if low is not None and high is not None:
        size = min(max(size if live_size is None else live_size, int(low)), int(high))
    is_control_plane = pool.get("role") == CONTROL_PLANE
    named: Props = {
        "name": name,
        "size": size,
        # A pool that does not scale by itself has the same least, most and present size.
        "minSize": size if low is None else int(low),
        "maxSize": size if high is None else int(high),
        "labels": [CONTROL_PLANE if is_control_plane else "worker"],
        "isControlPlane": is_control_plane,
        "useControlPlaneAsWorker": False,
    }
    shared = merged(named, write(POOL, _in_seconds(pool)))
    body: Props = {
        "cloudConfig": _machine_body(cloud, machine),
        "poolConfig": merged(shared, pool.get("raw") or {}),
    }
    if cloud == "aks":
        managed = {
            "isSystemNodePool": bool(machine.get("system_pool", False)),
            "osType": machine.get("os_type") or "Linux",
        }
        body["managedPoolConfig"] = merged(managed, machine.get("managed_raw") or {})
    return body


def _in_seconds(pool: Mapping[str, Any]) -> Mapping[str, Any]:
    interval = pool.get("repave_interval")
    if not isinstance(interval, str):
        return pool
    return {**pool, "repave_interval": int(seconds(interval, path="repave_interval"))}


def _machine_body(cloud: str, machine: Mapping[str, Any]) -> Props:
    body = write(MACHINES[cloud], machine)
    if cloud in {"aws", "eks", "gcp", "gke"} and machine.get("az_subnets"):
        body["azs"] = sorted(machine["az_subnets"])
    return merged(body, machine.get("raw") or {})


def observed_cloud_config(declared: Mapping[str, Any], live: Mapping[str, Any]) -> Props:
    """The declared cloud config, with what is otherwise on the service.

    Args:
        declared: properties as the program has them.
        live: `spec.clusterConfig` of the cloud config that the service returns.

    Where the program declares nothing but the cloud, all that the service has is read.
    """
    table = CONFIGS[declared["cloud"]]
    return observe(table, declared, live, raw=declared.get("raw"), whole=set(declared) <= {"cloud"})


def observed_pools(
    cloud: str, declared: Mapping[str, Mapping[str, Any]], live_pools: Sequence[Mapping[str, Any]] | None
) -> dict[str, Props]:
    """The declared pools, with what is otherwise on the service: those added there too, those removed there no more.

    Args:
        cloud: the cluster's cloud.
        declared: pools by name, as the program has them.
        live_pools: `spec.machinePoolConfig` of the cloud config that the service returns.
    """
    live = {str(pool.get("name") or ""): pool for pool in live_pools or ()}
    if cloud in MANAGED_CLOUDS:
        live = {name: pool for name, pool in live.items() if name in declared or not _is_control_plane(pool)}
    kept = {name: _observed_pool(cloud, pool, live[name]) for name, pool in declared.items() if name in live}
    added = {name: _read_pool(cloud, live[name]) for name in sorted(live) if name not in declared}
    return {**kept, **added}


def config_outdated(
    wanted: Mapping[str, Any], live: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> bool:
    """Whether the cloud config has to be written: it differs on the service, or from what was written before.

    The latter counts as well: what the program no longer says can't be told from the service's own choice.
    """
    return (before is not None and before != wanted) or observed_cloud_config(wanted, live) != wanted


def pool_outdated(
    cloud: str, wanted: Mapping[str, Any], live: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> bool:
    """Whether a pool has to be written: it differs on the service, or from what was written before."""
    return (before is not None and before != wanted) or _observed_pool(cloud, wanted, live) != wanted


def removed_pools(cloud: str, wanted: Mapping[str, Any], live_pools: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Names of the pools that the service has and the program has not; never what stands for a managed control plane."""
    return [
        str(pool["name"])
        for pool in live_pools or ()
        if pool["name"] not in wanted and not (cloud in MANAGED_CLOUDS and _is_control_plane(pool))
    ]


def keep_first_sizes(
    pools: Mapping[str, Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]]
) -> dict[str, Props]:
    """The pools, those that scale by themselves with the count they began with: a new first size is no change."""
    kept: dict[str, Props] = {}
    for name, pool in pools.items():
        old = before.get(name)
        if old is not None and _scales(pool) and _scales(old) and "count" in old:
            kept[name] = {**pool, "count": old["count"]}
        else:
            kept[name] = dict(pool)
    return kept


def _scales(pool: Mapping[str, Any]) -> bool:
    return pool.get("min") is not None and pool.get("max") is not None


def _observed_pool(cloud: str, declared: Mapping[str, Any], live: Mapping[str, Any]) -> Props:
    raw = declared.get("raw") or {}
    interval = declared.get("repave_interval")
    out = observe(POOL, _in_seconds(declared), live, raw=raw)
    if isinstance(interval, str) and out.get("repave_interval") == _in_seconds(declared)["repave_interval"]:
        out["repave_interval"] = interval
    machine = declared.get("machine") or {}
    seen = observe(MACHINES[cloud], machine, live, raw=machine.get("raw"))
    if machine.get("az_subnets") or machine.get("azs"):
        seen = _one_of_zones(seen, keep="az_subnets" if machine.get("az_subnets") else "azs")
    out["machine"] = seen
    return {**out, **_observed_sizes(declared, live, raw)}


def _one_of_zones(machine: Props, *, keep: str) -> Props:
    """Leave zones as the program writes them: as a list, or with their subnets."""
    other = "azs" if keep == "az_subnets" else "az_subnets"
    return {name: value for name, value in machine.items() if name != other or not machine.get(keep)}


def _observed_sizes(declared: Mapping[str, Any], live: Mapping[str, Any], raw: Mapping[str, Any]) -> Props:
    size, low, high = _live_sizes(live)
    sizes: Props = {}
    scales = declared.get("min") is not None or declared.get("max") is not None
    if low is not None and "minSize" not in raw and low != declared.get("min"):
        sizes["min"] = low
    if high is not None and "maxSize" not in raw and high != declared.get("max"):
        sizes["max"] = high
    if scales and low is None and high is None:  # somebody switched the scaling off, or the service doesn't tell
        if live.get("minSize") is None and live.get("maxSize") is None:
            return {}
        if declared.get("min") == declared.get("max") == size:
            return {}
        return {"min": size, "max": size}
    if not scales and not sizes and size is not None and size != declared.get("count") and "size" not in raw:
        sizes["count"] = size
    return sizes


def _live_sizes(live: Mapping[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Size, least and most; the latter two only where the pool scales by itself."""
    hosts = live.get("hosts")
    size = live.get("size")
    if size is None and isinstance(hosts, Sequence):
        size = len(hosts)
    low, high = int(live.get("minSize") or 0), int(live.get("maxSize") or 0)
    whole = int(size) if size is not None else None
    if not high or low == high:
        return whole, None, None
    return whole, low, high


def _read_pool(cloud: str, live: Mapping[str, Any]) -> Props:
    """A pool that the program doesn't have, in full."""
    size, low, high = _live_sizes(live)
    machine = observe(MACHINES[cloud], {}, live, whole=True)
    pool: Props = {
        "role": CONTROL_PLANE if _is_control_plane(live) else "worker",
        "count": size or 0,
        **observe(POOL, {}, live, whole=True),
        "machine": _one_of_zones(machine, keep="az_subnets" if machine.get("az_subnets") else "azs"),
    }
    return pool if low is None or high is None else {**pool, "min": low, "max": high}


def _is_control_plane(live: Mapping[str, Any]) -> bool:
    labels = live.get("labels") or ()
    return bool(live.get("isControlPlane")) or any(label in labels for label in _CONTROL_PLANE_LABELS)
