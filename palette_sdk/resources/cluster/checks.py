"""What a cloud config and pools must be like before anything is sent. Pure; what is not known yet passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import check_types
from palette_sdk.resources.cluster.clouds import CLOUDS
from palette_sdk.resources.cluster.machines import MACHINES as KINDS
from palette_sdk.resources.cluster.pools import Pool
from palette_sdk.resources.cluster.tables import (
    BESIDE,
    CONFIGS,
    CONTROL_PLANE,
    CONTROL_PLANE_ONLY,
    MACHINE_RAW,
    MACHINES,
    POOL,
    WORKERS_ONLY,
)
from palette_sdk.resources.wire_fields import WireField, item_key
from palette_sdk.rules import pools as numbers
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.unknown import Unknown, is_known

_ONE_OF_ZONES = {"aws", "gcp"}
_LARGEST_EC2_DISK_GIB = 2000
_POOL_OWN = ("role", "count", "min", "max", "machine", "raw")


def check_cloud_config(cloud_config: Mapping[str, Any], path: str = "cloud_config") -> None:
    """Refuse a cloud config that can't make a cluster.

    Raises:
        InputError: an unknown cloud or field, something missing or of the wrong shape.
    """
    cloud = str(cloud_config.get("cloud") or "")
    if cloud not in CONFIGS:
        raise InputError(f"there is no cloud {cloud!r}; {did_you_mean(cloud, CONFIGS)}", path=path)
    table = CONFIGS[cloud]
    _check_names(
        cloud_config, [field.prop for field in table], ("cloud", "raw", "spec_raw", *BESIDE.get(cloud, ())), path
    )
    _check_fields(table, cloud_config, path)
    check_types(CLOUDS[cloud], cloud_config, path)
    for name in ("raw", "spec_raw"):
        _check_mapping(cloud_config.get(name), f"{path}.{name}")
    if cloud == "vsphere":
        placement = cloud_config["placement"]
        if not isinstance(placement, Unknown) and not _given(placement, "datacenter"):
            raise InputError("the data center is missing", path=f"{path}.placement.datacenter")
    if cloud == "eks":
        _check_eks(cloud_config, path)


def _check_eks(config: Mapping[str, Any], path: str) -> None:
    subnets = config.get("control_plane_subnets")
    if subnets is None or not is_known(subnets):
        return
    _check_mapping(subnets, f"{path}.control_plane_subnets")
    if not _given(config, "vpc_id"):
        raise InputError("subnets need the network they are in: give vpc_id too", path=f"{path}.control_plane_subnets")
    if len(subnets) < 2:
        raise InputError("EKS wants subnets in two availability zones at least", path=f"{path}.control_plane_subnets")


def check_pools(pools: Mapping[str, Mapping[str, Any]], *, cloud: str, path: str = "pools") -> None:
    """Refuse pools that can't make a cluster.

    Args:
        pools: by name.
        cloud: the cluster's cloud.
        path: the property, for messages.

    Raises:
        InputError: wrong roles or numbers, something missing, or something that this cloud doesn't have.
    """
    numbers.check_pools(
        {name: pool for name, pool in pools.items() if not isinstance(pool, Unknown)}, cloud=cloud, path=path
    )
    for name, pool in pools.items():
        if not isinstance(pool, Unknown):
            _check_pool(pool, cloud, f'{path}["{name}"]')
    if cloud == "aks" and not any(_may_be_system(pool) for pool in pools.values()):
        raise InputError(
            "AKS needs a pool for its own pods: palette.AzureMachine(..., system_pool=True) on one of them", path=path
        )


def _may_be_system(pool: Mapping[str, Any] | Unknown) -> bool:
    if isinstance(pool, Unknown) or isinstance(pool.get("machine"), Unknown):
        return True
    system = pool.get("machine", {}).get("system_pool", False)
    return isinstance(system, Unknown) or bool(system)


def _check_pool(pool: Mapping[str, Any], cloud: str, path: str) -> None:
    _check_names(pool, [field.prop for field in POOL], _POOL_OWN, path)
    role = pool.get("role")
    if role not in (CONTROL_PLANE, "worker"):
        raise InputError(f'{role!r} is not a role; there are "control-plane" and "worker"', path=f"{path}.role")
    if pool.get("count") is None:
        raise InputError("count is missing: how many nodes", path=path)
    wrong, other = (WORKERS_ONLY, "workers") if role == CONTROL_PLANE else (CONTROL_PLANE_ONLY, "a control plane")
    for name in wrong:
        if _given(pool, name):
            raise InputError(f"{name} is for {other} only: take it out", path=f"{path}.{name}")
    _check_fields(POOL, pool, path)
    check_types(Pool, pool, path, but=("machine", "repave_interval"))
    _check_mapping(pool.get("raw"), f"{path}.raw")
    _check_strategy(pool, path)
    machine = pool.get("machine")
    if isinstance(machine, Unknown):
        return
    _check_machine(machine or {}, cloud, f"{path}.machine")
    hosts = (machine or {}).get("hosts")
    count = pool["count"]
    if isinstance(hosts, Sequence) and is_known(count) and count != len(hosts):
        raise InputError(f"count={count}, but there are {len(hosts)} hosts; leave count out", path=path)


def _check_strategy(pool: Mapping[str, Any], path: str) -> None:
    strategy = pool.get("update_strategy")
    given = [name for name in ("max_surge", "max_unavailable") if _given(pool, name)]
    if isinstance(strategy, Unknown):
        return
    if strategy == "OverrideScaling" and len(given) < 2:
        raise InputError("OverrideScaling needs max_surge and max_unavailable", path=f"{path}.update_strategy")
    if strategy != "OverrideScaling" and given:
        raise InputError(f'{given[0]} is for update_strategy="OverrideScaling" only', path=f"{path}.{given[0]}")


def _check_machine(machine: Mapping[str, Any], cloud: str, path: str) -> None:
    table = MACHINES[cloud]
    _check_names(machine, [field.prop for field in table], MACHINE_RAW if cloud == "aks" else ("raw",), path, on=cloud)
    _check_fields(table, machine, path)
    check_types(KINDS[cloud], machine, path)
    for name in MACHINE_RAW:
        _check_mapping(machine.get(name), f"{path}.{name}")
    _check_zones(machine, cloud, path)
    _check_price(machine, path)
    disk = machine.get("disk_gib")
    if isinstance(disk, int) and (disk < 1 or (cloud in {"aws", "eks"} and disk > _LARGEST_EC2_DISK_GIB)):
        most = f" to {_LARGEST_EC2_DISK_GIB}" if cloud in {"aws", "eks"} else " or more"
        raise InputError(f"{disk} is no size of a disk: 1{most} GiB", path=f"{path}.disk_gib")
    for name in ("cpus", "memory_mib"):
        if isinstance(number := machine.get(name), int) and number < 1:
            raise InputError(f"{number} is too few", path=f"{path}.{name}")


def _check_zones(machine: Mapping[str, Any], cloud: str, path: str) -> None:
    both = _given(machine, "azs") and _given(machine, "az_subnets")
    if both:
        raise InputError(
            "azs and az_subnets are both given; give azs where Palette makes the network, az_subnets where it is yours",
            path=f"{path}.azs",
        )
    if cloud in _ONE_OF_ZONES and not (_given(machine, "azs") or _given(machine, "az_subnets")):
        raise InputError("the availability zones are missing: give azs, or az_subnets", path=f"{path}.azs")


def _check_price(machine: Mapping[str, Any], path: str) -> None:
    price, capacity = machine.get("max_price"), machine.get("capacity", "on-demand")
    if price is None or price == "" or not is_known(price):
        return
    if is_known(capacity) and capacity != "spot":
        raise InputError(
            'max_price is for spot instances only: add capacity="spot", or take it out', path=f"{path}.max_price"
        )
    try:
        usable = Decimal(str(price)) > 0
    except InvalidOperation:
        usable = False
    if not usable:
        raise InputError(f'{price!r} is not a price in USD, such as "0.05"', path=f"{path}.max_price")


def _check_fields(table: Sequence[WireField], props: Mapping[str, Any], path: str) -> None:
    for field in table:
        value, here = props.get(field.prop), f"{path}.{field.prop}"
        if isinstance(value, Unknown):
            continue
        if not _given(props, field.prop):
            if field.required:
                raise InputError("it is missing", path=here)
            continue
        if field.choices and value not in field.choices:
            raise InputError(f"{value!r} is not one of {', '.join(field.choices)}", path=here)
        if field.key:
            _check_items(field, value, here)
        elif field.fields:
            _check_object(field, value, here)


def _check_object(field: WireField, value: Any, path: str) -> None:
    if not isinstance(value, Mapping):
        raise InputError(f"expected a mapping, not {type(value).__name__}", path=path)
    _check_names(value, [each.prop for each in field.fields], (), path)
    _check_fields(field.fields, value, path)


def _check_items(field: WireField, value: Any, path: str) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InputError(f"expected a list, not {type(value).__name__}", path=path)
    seen: set[tuple[str, ...]] = set()
    for index, item in enumerate(value):
        here = f"{path}[{index}]"
        if isinstance(item, Unknown):
            continue
        _check_object(field, item, here)
        if not is_known([item.get(name) for name in field.key]):
            continue
        key = item_key(field, item)
        if key in seen:
            raise InputError(f"{' '.join(part for part in key if part) or 'the same'} is given twice", path=here)
        seen.add(key)


def _check_names(
    props: Mapping[str, Any], known: Iterable[str], also: Sequence[str], path: str, *, on: str = ""
) -> None:
    names = [*known, *also]
    for name in props:
        if name not in names:
            where = f" on {on}" if on else ""
            raise InputError(f"there is no field {name!r}{where}; {did_you_mean(name, names)}", path=path)


def _check_mapping(value: Any, path: str) -> None:
    if value is not None and not isinstance(value, Mapping | Unknown):
        raise InputError(f"expected a mapping, not {type(value).__name__}", path=path)


def _given(props: Mapping[str, Any], name: str) -> bool:
    value = props.get(name)
    if isinstance(value, Unknown):
        return True
    return not (value is None or value is False or (isinstance(value, str | list | tuple | Mapping) and not value))
