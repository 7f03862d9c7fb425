"""What a new cluster, or a pool of one, must look like. Collects all complaints; the callers refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from palette_sdk.controlplane import bodies_clusters as bodies
from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import (
    CLUSTER_EDGE_HOST_UNKNOWN,
    CLUSTER_INVALID,
    EDGE_HOST_IN_USE,
    POOLS_INVALID,
    REFERENCE_UNKNOWN,
)
from palette_sdk.controlplane.call import Work, parse
from palette_sdk.controlplane.services.clusters_clouds import Cloud, missing
from palette_sdk.wire.clusters import ClusterCreate, PoolEntity

CONTROL_PLANE_SIZES = (1, 3, 5)


def field_complaints(cloud: Cloud, given: ClusterCreate) -> list[str]:
    """Required fields of the body that are missing, as dotted paths."""
    spec = given.spec
    found = [] if given.metadata.name else ["metadata.name"]
    if cloud.needs_account and not spec.cloud_account_uid:
        found.append("spec.cloudAccountUid")
    found += [f"spec.cloudConfig.{path}" for path in missing(spec.cloud_config, cloud.required)]
    for pool in spec.pools:
        found += [
            f"spec.machinepoolconfig[{pool.pool_config.name}].cloudConfig.{path}"
            for path in missing(pool.cloud_config, cloud.pool_required)
        ]
    return found


def check_fields(cloud: Cloud, given: ClusterCreate) -> None:
    """Refuse a body without all required fields, or with parts of another shape.

    Raises:
        Refusal: 400.
    """
    spec = given.spec
    parse(bodies.CloudSettings, spec.cloud_config)
    parse(bodies.Policies, spec.policies or {})
    parse(bodies.CommonSettings, spec.cluster_config.body() if spec.cluster_config else {})
    found = field_complaints(cloud, given)
    if found:
        raise CLUSTER_INVALID.refusal(f"the cluster can't be accepted; missing: {', '.join(found)}", errors=found)


def pool_complaints(cloud: Cloud, pools: Sequence[PoolEntity]) -> dict[str, list[str]]:
    """What is wrong with pools, by pool name; under "" what is wrong with all of them together."""
    found: dict[str, list[str]] = {}
    names = Counter(pool.pool_config.name for pool in pools)
    for pool in pools:
        complaints = _complaints_about(cloud, pool)
        if names[pool.pool_config.name] > 1:
            complaints.append("the name is used twice")
        if complaints:
            found[pool.pool_config.name] = complaints
    control_planes = [pool.pool_config.name for pool in pools if is_control_plane(pool)]
    if len(control_planes) > 1 or (not control_planes and not cloud.is_managed):
        have = ", ".join(control_planes) or "none"
        found[""] = [f"a cluster needs exactly one control plane pool; it has {have}"]
    elif not pools:
        found[""] = ["a cluster needs a machine pool"]
    return found


def check_pools(cloud: Cloud, pools: Sequence[PoolEntity]) -> None:
    """Refuse pools that can't be.

    Raises:
        Refusal: 400.
    """
    found = pool_complaints(cloud, pools)
    if found:
        told = "; ".join(f"{f'pool {name}: ' if name else ''}{', '.join(words)}" for name, words in found.items())
        raise POOLS_INVALID.refusal(told, pools=found)


def check_pool(cloud: Cloud, pool: PoolEntity) -> None:
    """Refuse one pool that can't be, apart from the others.

    Raises:
        Refusal: 400.
    """
    lacking = missing(pool.cloud_config, cloud.pool_required)
    found = [*_complaints_about(cloud, pool), *(f"cloudConfig.{path} is missing" for path in lacking)]
    if found:
        name = pool.pool_config.name
        raise POOLS_INVALID.refusal(f"pool {name}: {', '.join(found)}", pools={name: found})


def check_account(work: Work, cloud: Cloud, uid: str) -> None:
    """Refuse an account that isn't there, or is one of another cloud.

    Raises:
        Refusal: 400.
    """
    if not uid:
        return
    row = work.tx.row(kinds.ACCOUNT, uid)
    if row is None or row.project not in {work.project, ""} or row.parent != cloud.account:
        raise REFERENCE_UNKNOWN.refusal(
            f"there is no {cloud.account or cloud.name} cloud account {uid!r} in this project"
        )


def check_edge_hosts(work: Work, pools: Sequence[PoolEntity], cluster_uid: str) -> list[str]:
    """The edge hosts of these pools.

    Raises:
        Refusal: 400 for one that isn't registered, 409 for one of another cluster.
    """
    uids = [str(host.get("hostUid", "")) for pool in pools for host in _hosts(pool)]
    for uid in uids:
        if not uid or work.tx.get(kinds.EDGE_HOST, uid) is None:
            raise CLUSTER_EDGE_HOST_UNKNOWN.refusal(f"edge host {uid!r} is not registered")
        users = [user for user in work.tx.linked(kinds.CLUSTER_EDGE_HOST, target=uid) if user != cluster_uid]
        if users:
            raise EDGE_HOST_IN_USE.refusal(f"edge host {uid!r} belongs to cluster {users[0]}", clusterUid=users[0])
    return uids


def _hosts(pool: PoolEntity) -> list[dict[str, Any]]:
    hosts = pool.cloud_config.get("edgeHosts")
    return [host for host in hosts if isinstance(host, dict)] if isinstance(hosts, list) else []


def _complaints_about(cloud: Cloud, pool: PoolEntity) -> list[str]:
    parse(bodies.PoolCloud, pool.cloud_config)
    config = pool.pool_config
    found = [] if config.name else ["a pool needs a name"]
    if config.size < 0:
        found.append("size is below 0")
    if is_control_plane(pool) and not cloud.is_managed and config.size not in CONTROL_PLANE_SIZES:
        found.append(f"a control plane has 1, 3 or 5 machines, not {config.size}")
    low, high = config.min_size, config.max_size
    if low is not None and high is not None and low > high:
        found.append(f"minSize {low} is above maxSize {high}")
    elif low and config.size < low:
        found.append(f"size {config.size} is below minSize {low}")
    elif high and config.size > high:
        found.append(f"size {config.size} is above maxSize {high}")
    return found


def is_control_plane(pool: PoolEntity) -> bool:
    """Whether a pool says that it is the control plane, by its flag or its label."""
    return pool.pool_config.is_control_plane or "control-plane" in pool.pool_config.labels
