"""Cloud configs: the cloud's part of a cluster, its pools and machines."""

from __future__ import annotations

from typing import Any

from palette_sdk.wire.cloudconfigs import CloudClusterConfig, CloudConfig, Machine, Machines
from palette_sdk.wire.clusters import PoolEntity

from .calls import Calls, path

_KINDS = frozenset({"aws", "eks", "azure", "aks", "gcp", "gke", "vsphere", "edge-native", "generic"})


class CloudConfigs:
    """Cloud configs by cloud and uid (`spec.cloud_config_ref.uid` of a cluster)."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def get(self, cloud: str, uid: str) -> CloudConfig | None:
        """Settings and pools, or None when it is gone."""
        return self._calls.find(CloudConfig, _at(cloud, uid))

    def put_cluster_config(self, cloud: str, uid: str, cluster_config: dict[str, Any]) -> None:
        """Replaces the cloud's own settings."""
        body = CloudClusterConfig(cluster_config=cluster_config)
        self._calls.write("PUT", _at(cloud, uid) + "/clusterConfig", body)

    def add_pool(self, cloud: str, uid: str, pool: PoolEntity) -> str:
        """Adds a pool; its uid."""
        return self._calls.create(_at(cloud, uid) + "/machinePools", pool)

    def put_pool(self, cloud: str, uid: str, pool: PoolEntity) -> None:
        """Replaces the pool of the same name."""
        self._calls.write("PUT", _pool(cloud, uid, pool.pool_config.name), pool)

    def delete_pool(self, cloud: str, uid: str, name: str) -> bool:
        """Takes a pool away; False when it was gone."""
        return self._calls.remove(_pool(cloud, uid, name))

    def machines(self, cloud: str, uid: str, pool: str) -> list[Machine]:
        """The nodes of a pool."""
        at = _pool(cloud, uid, pool) + "/machines"
        return self._calls.pages(lambda query: self._calls.read(Machines, at, query=query), lambda page: page.items)


def _at(cloud: str, uid: str) -> str:
    if cloud in _KINDS:
        return path(f"/v1/cloudconfigs/{cloud}/{{}}", uid)
    return path("/v1/cloudconfigs/cloudTypes/{}/{}", cloud, uid)


def _pool(cloud: str, uid: str, name: str) -> str:
    return _at(cloud, uid) + path("/machinePools/{}", name)
