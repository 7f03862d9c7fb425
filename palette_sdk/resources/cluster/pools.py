"""The machine pools of a cluster: roles, sizes and what Kubernetes is told about their nodes.

`control_plane` and `workers` make them. Machines stand in `machines.py`; numbers are judged by `rules.pools`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from typing import Any, Literal, Required, TypedDict, Unpack, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked, checked_value
from palette_sdk.resources.cluster.machines import MACHINES, Machine, MachineDict
from palette_sdk.resources.values import Value
from palette_sdk.rules.durations import seconds

Duration = str | timedelta
Strategy = Literal["RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"]


@checked_value
@dataclass(frozen=True)
class Taint(Value):
    """A taint of the nodes of a pool."""

    key: pulumi.Input[str]
    """Key of the taint."""
    value: pulumi.Input[str] | None = None
    """Its value. Default: none."""
    effect: pulumi.Input[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]] = "NoSchedule"
    """What it does to pods that don't tolerate it. Default NoSchedule."""


class TaintDict(TypedDict, total=False):
    """`Taint` as a dict literal."""

    key: Required[pulumi.Input[str]]
    value: pulumi.Input[str]
    effect: pulumi.Input[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]]


@checked_value
@dataclass(frozen=True)
class Pool(Value):
    """A pool of equal machines; made by `control_plane` and `workers`."""

    name: str
    """Name of the pool, unique in the cluster. A change makes a new pool and removes the old one."""
    role: Literal["control-plane", "worker"]
    """What its nodes do. It can't change."""
    machine: Machine | MachineDict
    """What a node is made of. A change replaces the nodes, one after the other."""
    _: KW_ONLY
    count: pulumi.Input[int] | None = None
    """Number of nodes. With `min` and `max` the first size only, later changes mean nothing. A change is made in place."""
    as_worker: pulumi.Input[bool] = False
    """Control plane only: whether it runs other pods too. A change is made in place."""
    min: pulumi.Input[int] | None = None
    """Fewest nodes of a worker pool that scales by itself; with `max`. A change is made in place."""
    max: pulumi.Input[int] | None = None
    """Most nodes of a worker pool that scales by itself; with `min`. A change is made in place."""
    repave_interval: pulumi.Input[Duration] | None = None
    """Workers only: how long a replaced node must be ready before the next one's turn. Default: no wait."""
    labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Kubernetes labels of the nodes. A change is made in place."""
    annotations: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Annotations of machines and nodes. A change is made in place."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Tags on the cloud's resources of the pool. A change is made in place."""
    taints: Sequence[Taint | TaintDict] = field(default=(), metadata={"kind": Taint})
    """Taints of the nodes, in any order. A change is made in place."""
    update_strategy: pulumi.Input[Strategy] | None = None
    """How nodes are replaced. Default RollingUpdateScaleOut: a new one first. A change is made in place."""
    max_surge: pulumi.Input[str] | None = None
    """Most nodes beyond `count` while replacing, as a number or "20%"; with OverrideScaling only."""
    max_unavailable: pulumi.Input[str] | None = None
    """Most nodes lacking while replacing, as a number or "10%"; with OverrideScaling only."""
    arch: pulumi.Input[Literal["amd64", "arm64"]] | None = None
    """Architecture of the machines. Default amd64. A change replaces the nodes."""
    kubeadm: pulumi.Input[str] | None = None
    """Workers only: YAML that overrides the kubelet arguments and kubeadm commands of the packs. A change repaves."""
    skip_kubernetes_upgrade: pulumi.Input[bool] = False
    """Workers only: whether a control plane may be upgraded further ahead of the pool than three minors."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `poolConfig` that are not modelled, as on the wire; they win."""


class PoolOptions(TypedDict, total=False):
    """What control planes and workers have in common, all optional; see `Pool`."""

    labels: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    annotations: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    taints: Sequence[Taint | TaintDict]
    update_strategy: pulumi.Input[Strategy]
    max_surge: pulumi.Input[str]
    max_unavailable: pulumi.Input[str]
    arch: pulumi.Input[Literal["amd64", "arm64"]]
    raw: Mapping[str, Any]


class WorkerOptions(PoolOptions, total=False):
    """What only workers have besides; see `Pool`."""

    kubeadm: pulumi.Input[str]
    skip_kubernetes_upgrade: pulumi.Input[bool]


class PoolDict(WorkerOptions, total=False):
    """`Pool` as a dict literal."""

    name: Required[str]
    role: Required[Literal["control-plane", "worker"]]
    machine: Required[Machine | MachineDict]
    count: pulumi.Input[int]
    as_worker: pulumi.Input[bool]
    min: pulumi.Input[int]
    max: pulumi.Input[int]
    repave_interval: pulumi.Input[Duration]


@checked
def control_plane(
    machine: Machine | MachineDict,
    *,
    count: pulumi.Input[int] | None = None,
    as_worker: pulumi.Input[bool] = False,
    name: str = "control-plane",
    **pool: Unpack[PoolOptions],
) -> Pool:
    """The pool of control plane nodes; a cluster has exactly one, but for EKS, AKS and GKE, which have none.

    Args:
        machine: what a node is made of.
        count: 1, 3 or 5 nodes. Default 1; with `EdgeHosts` the number of hosts.
        as_worker: whether its nodes run other pods too.
        name: name of the pool.
        pool: labels, taints and so on; see `Pool`.
    """
    return Pool(name, "control-plane", machine, count=count, as_worker=as_worker, **pool)


@checked
def workers(
    name: str,
    machine: Machine | MachineDict,
    *,
    count: pulumi.Input[int] | None = None,
    min: pulumi.Input[int] | None = None,  # noqa: A002 - the name decided for users
    max: pulumi.Input[int] | None = None,  # noqa: A002
    repave_interval: pulumi.Input[Duration] | None = None,
    **pool: Unpack[WorkerOptions],
) -> Pool:
    """A pool of worker nodes.

    Args:
        name: name of the pool, unique in the cluster.
        machine: what a node is made of.
        count: number of nodes; with `min` and `max` the first size only. Default: `min`, and with `EdgeHosts` the
            number of hosts; else it is needed.
        min: fewest nodes, where the pool scales by itself.
        max: most nodes, where the pool scales by itself.
        repave_interval: how long a replaced node must be ready before the next one's turn, such as "15m".
        pool: labels, taints and so on; see `Pool`.
    """
    return Pool(name, "worker", machine, count=count, min=min, max=max, repave_interval=repave_interval, **pool)


def pools_props(pools: Sequence[Pool | PoolDict], cloud: str, path: str = "pools") -> dict[str, dict[str, Any]]:
    """Pools by name, as inputs of the engine.

    Args:
        pools: what the program gives.
        cloud: the cluster's cloud; machines of another one are refused.
        path: the property, for messages.

    Raises:
        InputError: two of one name, no size, or a field that does not exist.
    """
    by_name: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(pools):
        pool = Pool.of(cast("Pool | Mapping[str, Any]", item), f"{path}[{index}]")
        if not pool.name.strip():
            raise InputError("a pool needs a name", path=f"{path}[{index}].name")
        if pool.name in by_name:
            raise InputError(f'two pools are called "{pool.name}"; give one of them another name', path=path)
        by_name[pool.name] = _pool_props(pool, cloud, f'{path}["{pool.name}"]')
    return by_name


def _pool_props(pool: Pool, cloud: str, path: str) -> dict[str, Any]:
    machine = _machine(pool.machine, cloud, f"{path}.machine").props()
    props = {**pool.props(), "machine": machine, "count": _count(pool, machine, path)}
    del props["name"]
    if pool.repave_interval is not None:
        props["repave_interval"] = _whole_seconds(pool.repave_interval, f"{path}.repave_interval")
    return props


def _machine(machine: Machine | MachineDict, cloud: str, path: str) -> Value:
    kind: type[Value] = MACHINES[cloud]
    if isinstance(machine, Value) and not isinstance(machine, kind):
        raise InputError(f"a pool on {cloud} takes {kind.__name__}, not {type(machine).__name__}", path=path)
    return kind.of(cast("Any", machine), path)


def _count(pool: Pool, machine: Mapping[str, Any], path: str) -> pulumi.Input[int]:
    if pool.count is not None:
        return pool.count
    if "hosts" in machine:
        return len(machine["hosts"])
    if pool.role == "control-plane":
        return 1
    if pool.min is not None:
        return pool.min
    raise InputError("count is missing: how many nodes", path=path)


def _whole_seconds(value: pulumi.Input[Duration], path: str) -> pulumi.Input[int]:
    if not isinstance(value, pulumi.Output) and not hasattr(value, "__await__"):
        return int(seconds(value, path=path))
    later: pulumi.Output[Duration] = pulumi.Output.from_input(cast("Any", value))
    return later.apply(lambda known: int(seconds(known, path=path)))
