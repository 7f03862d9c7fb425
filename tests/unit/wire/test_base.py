"""The rule for all bodies."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from palette_sdk.wire.accounts import AwsAccount, AwsAccountSpec, AzureAccountSpec, GcpAccountSpec, VsphereAccountSpec
from palette_sdk.wire.cloudconfigs import MachinePool
from palette_sdk.wire.cluster_state import Cluster
from palette_sdk.wire.clusters import ClusterCreate, ClusterCreateSpec, PoolConfig, PoolEntity, VariableValue
from palette_sdk.wire.meta import ObjectMeta
from palette_sdk.wire.profiles import ClusterProfile, Variable
from palette_sdk.wire.workloads import WorkloadSpec


def test_null_reads_as_absent() -> None:
    """Lists, maps, texts and objects that the service sends as null read as their empty values."""
    profile = ClusterProfile.of(
        {
            "metadata": {"name": "web", "labels": None},
            "spec": {"versions": None, "draft": None, "version": None},
            "status": None,
        }
    )
    assert profile.metadata.labels == {}
    assert profile.spec.versions == []
    assert profile.spec.version == ""
    assert profile.spec.draft is None
    assert profile.status.in_use_clusters == []


def test_null_status_of_a_cluster_stays_none() -> None:
    """A cluster that was just accepted has no status, which differs from an empty one."""
    assert Cluster.of({"metadata": {"uid": "a"}, "status": None}).status is None
    assert Cluster.of({"metadata": {"uid": "a"}, "status": {}}).status is not None


def test_unknown_fields_are_ignored() -> None:
    """A newer service may send fields that are not modelled."""
    assert ObjectMeta.of({"name": "a", "fromTheFuture": 1}) == ObjectMeta(name="a")


def test_body_leaves_out_what_was_never_set() -> None:
    """Only fields that were given are written, also when they are empty."""
    assert ObjectMeta(name="a", labels={}).body() == {"name": "a", "labels": {}}


def test_create_body_keeps_the_odd_spelling() -> None:
    """Pools of a new cluster stand under `machinepoolconfig`."""
    pool = PoolEntity(
        cloud_config={"instanceType": {"numCPUs": 4, "memoryMiB": 8192}},
        pool_config=PoolConfig(name="w", size=2, labels=["worker"]),
    )
    body = ClusterCreate(
        metadata=ObjectMeta(name="web"), spec=ClusterCreateSpec(cloud_config={"region": "r"}, pools=[pool])
    ).body()
    assert body == {
        "metadata": {"name": "web"},
        "spec": {
            "cloudConfig": {"region": "r"},
            "machinepoolconfig": [
                {
                    "cloudConfig": {"instanceType": {"numCPUs": 4, "memoryMiB": 8192}},
                    "poolConfig": {"name": "w", "size": 2, "labels": ["worker"]},
                }
            ],
        },
    }


def test_role_bindings_keep_the_odd_spelling() -> None:
    """Cluster role bindings stand under `clusterroleBindings`."""
    spec = WorkloadSpec.of({"clusterroleBindings": [{"metadata": {"entity": {"name": "admins"}}}]})
    assert spec.cluster_role_bindings[0].metadata.entity.name == "admins"


def test_parts_with_room_pass_unmodelled_fields() -> None:
    """A pool config passes fields that are not modelled, on the way out and on the way in."""
    config = PoolConfig.model_validate({"name": "w", "size": 1, "labels": [], "brandNew": {"a": 1}})
    assert config.body() == {"name": "w", "size": 1, "labels": [], "brandNew": {"a": 1}}
    pool = MachinePool.of({"name": "w", "isControlPlane": False, "azs": ["a"], "subnetIds": None})
    assert pool.model_extra == {"azs": ["a"]}


def test_secrets_stay_out_of_reprs() -> None:
    """Credentials and values of variables are in no repr."""
    bodies = [
        AwsAccount(spec=AwsAccountSpec(access_key="hush", secret_key="hush")),
        AzureAccountSpec(client_secret="hush"),
        GcpAccountSpec(json_credentials="hush"),
        VsphereAccountSpec(password="hush"),
        Variable(name="v", default_value="hush"),
        VariableValue(name="v", value="hush"),
    ]
    assert [body for body in bodies if "hush" in repr(body) + str(body)] == []


def test_secrets_stay_out_of_errors() -> None:
    """An error about a body never shows what was in it."""
    with pytest.raises(ValidationError) as caught:
        AwsAccountSpec.of({"secretKey": {"nested": "hush"}})
    assert "hush" not in str(caught.value)
    assert "secretKey" in str(caught.value)


def test_bodies_do_not_change() -> None:
    """A body that is shared by threads can't be written to."""
    meta = ObjectMeta(name="a")
    with pytest.raises(ValidationError, match="frozen"):
        meta.name = "b"  # type: ignore[misc]


def test_a_default_is_read_without_copying_it() -> None:
    """A part that a body doesn't have is the same for all bodies: a list of a thousand makes no thousand copies."""
    first, second = Cluster.of({}), Cluster.of({"status": {}})
    assert first.spec is second.spec
    assert first.metadata == ObjectMeta()
