"""What a cluster's machine pools must be like. Looks at counts and roles, never at machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.rules.unknown import is_known

CONTROL_PLANE_SIZES = (1, 3, 5)
"""An even number of members gives a control plane no further safety."""

MANAGED_CLOUDS = frozenset({"eks", "aks", "gke"})
"""The cloud runs the control plane; the program gives worker pools only."""


def check_pools(pools: Mapping[str, Mapping[str, Any]], *, cloud: str = "", path: str = "pools") -> None:
    """Refuse pools that can't make a cluster.

    Args:
        pools: by name, each with `role` ("control-plane" or "worker"), `count`, and `min` and `max` where it scales.
            Values that are not known yet are taken as right.
        cloud: the cloud, as managed ones have no control plane pool; "" for any other.
        path: the property, for the messages.

    Raises:
        InputError: no or several control planes, or numbers that don't fit together.
    """
    control_planes = [name for name, pool in pools.items() if pool.get("role") == "control-plane"]
    if cloud in MANAGED_CLOUDS:
        if control_planes:
            raise InputError(
                f'{cloud} runs the control plane itself: take out the pool "{control_planes[0]}", and give workers only',
                path=path,
            )
        if not pools:
            raise InputError('there is no pool; add palette.workers("worker", machine, count=1)', path=path)
    elif not control_planes:
        raise InputError("there is no control plane; add palette.control_plane(machine)", path=path)
    elif len(control_planes) > 1:
        raise InputError(
            f"a cluster has one control plane, but there are {len(control_planes)}: {', '.join(control_planes)}",
            path=path,
        )
    for name, pool in pools.items():
        _check_numbers(pool, path=f'{path}["{name}"]')


def _check_numbers(pool: Mapping[str, Any], *, path: str) -> None:
    count = _whole(pool.get("count"), "count", path)
    low, high = _whole(pool.get("min"), "min", path), _whole(pool.get("max"), "max", path)
    if pool.get("role") == "control-plane":
        if pool.get("min") is not None or pool.get("max") is not None:
            raise InputError("a control plane does not scale by itself: take out min and max", path=path)
        if count is not None and count not in CONTROL_PLANE_SIZES:
            raise InputError(f"a control plane has 1, 3 or 5 nodes, not {count}", path=path)
        return
    if (pool.get("min") is None) != (pool.get("max") is None):
        given, lacking = ("min", "max") if pool.get("max") is None else ("max", "min")
        raise InputError(f"{given} is given without {lacking}; a pool that scales by itself needs both", path=path)
    if low is not None and high is not None and low > high:
        raise InputError(f"min={low} is above max={high}", path=path)
    if count is not None and low is not None and count < low:
        raise InputError(f"count={count}, the first size, is below min={low}", path=path)
    if count is not None and high is not None and count > high:
        raise InputError(f"count={count}, the first size, is above max={high}", path=path)


def _whole(value: object, name: str, path: str) -> int | None:
    """Give the number, or None where it is absent or not known yet."""
    if value is None or not is_known(value):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
        raise InputError(f"{name}={value!r} is not a whole number", path=path)
    if value < 0:
        raise InputError(f"{name}={int(value)} is below 0", path=path)
    return int(value)
