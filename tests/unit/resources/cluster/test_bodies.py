"""Bodies of cloud configs and pools, and the way back."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from palette_sdk.resources.cluster import bodies
from palette_sdk.resources.cluster.checks import check_cloud_config, check_pools
from palette_sdk.resources.cluster.clouds import cloud_config_props
from palette_sdk.resources.cluster.machines import AwsMachine, EdgeHosts
from palette_sdk.resources.cluster.pools import control_plane, pools_props, workers
from palette_sdk.wire.cloudconfigs import CloudConfig
from palette_sdk.wire.clusters import PoolEntity

from .cases import CASES, Case, flat_config, flat_pool, without_nulls

each_cloud = pytest.mark.parametrize("case", CASES, ids=lambda case: case.cloud)
_BESIDE = Path(__file__).resolve().parents[4].parent / "shared" / "palette-api" / "openapi-slice.json"


def _config(case: Case) -> dict[str, Any]:
    return cloud_config_props(case.config)


def _pools(case: Case) -> dict[str, dict[str, Any]]:
    return pools_props(case.pools, case.cloud)


def _live(case: Case) -> list[dict[str, Any]]:
    return [flat_pool(case.cloud, bodies.pool_body(case.cloud, name, pool)) for name, pool in _pools(case).items()]


def _aws(*pools: Any) -> dict[str, dict[str, Any]]:
    return pools_props([control_plane(AwsMachine("m5.large", azs=["a"])), *pools], "aws")


@pytest.fixture(scope="session")
def problems() -> Callable[[str, Any], list[str]]:
    """What a definition of the API's description has against a value; names it doesn't know count."""
    path = Path(os.environ.get("PALETTE_OPENAPI") or _BESIDE)
    if not path.is_file():
        pytest.skip("no description of the API at PALETTE_OPENAPI or beside the checkout")
    definitions = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    for schema in definitions.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
        # v1ArchType and its kin say "object" beside an enumeration of texts.
        if "enum" in schema:
            schema["type"] = "string"

    def check(name: str, value: Any) -> list[str]:
        validator = Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
        return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(value)]

    return check


@each_cloud
def test_program_is_accepted(case: Case) -> None:
    """A full program passes the checks of its own cloud."""
    check_cloud_config(_config(case))
    check_pools(_pools(case), cloud=case.cloud)


@each_cloud
def test_bodies_fit_the_description(case: Case, problems: Callable[[str, Any], list[str]]) -> None:
    """Cloud config and pools are what the API describes, to the last name."""
    assert problems(case.config_definition, bodies.cloud_config_body(_config(case))) == []
    for body in bodies.pool_bodies(_config(case), _pools(case)):
        assert problems(case.pool_definition, body) == []


@each_cloud
def test_what_the_fake_service_returns_fits_the_description(
    case: Case, problems: Callable[[str, Any], list[str]]
) -> None:
    """The flat form that these tests read is the one that the API describes."""
    for pool in _live(case):
        assert problems(case.read_definition, without_nulls(pool)) == []


@each_cloud
def test_every_property_reaches_the_body(case: Case) -> None:
    """No property of the program is lost: without it the body is another one."""
    config = _config(case)
    for name in config.keys() - {"cloud", "control_plane_subnets", "region"}:
        less = {key: value for key, value in config.items() if key != name}
        assert bodies.cloud_config_body(less) != bodies.cloud_config_body(config), name
    for name, pool in _pools(case).items():
        whole = bodies.pool_body(case.cloud, name, pool)
        for prop in pool["machine"]:
            less = {key: value for key, value in pool["machine"].items() if key != prop}
            changed = bodies.pool_body(case.cloud, name, {**pool, "machine": less})
            assert changed != whole, prop


@each_cloud
def test_round_trip_changes_nothing(case: Case) -> None:
    """What the service hands back right after a write is the declared program, unchanged and in its order."""
    config = _config(case)
    assert bodies.observed_cloud_config(config, flat_config(bodies.cloud_config_body(config))) == config
    observed = bodies.observed_pools(case.cloud, _pools(case), _live(case))
    assert json.dumps(observed, sort_keys=True) == json.dumps(_pools(case), sort_keys=True)


@each_cloud
def test_round_trip_through_the_models_of_the_wire(case: Case) -> None:
    """The models that the client writes and reads with lose nothing of a body."""
    config, pools = _config(case), _pools(case)
    for body in bodies.pool_bodies(config, pools):
        assert PoolEntity.of(body).body() == body
    spec = {"clusterConfig": flat_config(bodies.cloud_config_body(config)), "machinePoolConfig": _live(case)}
    read = CloudConfig.of({"kind": case.cloud, "spec": spec}).body()["spec"]
    assert bodies.observed_cloud_config(config, read["clusterConfig"]) == config
    assert bodies.observed_pools(case.cloud, pools, read["machinePoolConfig"]) == pools


@each_cloud
def test_declared_is_not_touched(case: Case) -> None:
    """Observing works on copies: the declared properties stay as they were."""
    config, pools = _config(case), _pools(case)
    before = copy.deepcopy((config, pools))
    bodies.observed_cloud_config(config, {})
    bodies.observed_pools(case.cloud, pools, [{"name": name, "size": 9, "minSize": 9, "maxSize": 9} for name in pools])
    assert (config, pools) == before


@each_cloud
def test_service_says_little(case: Case) -> None:
    """A service that hands back nothing but names makes no difference in what replaces the cluster or its nodes."""
    config = _config(case)
    observed = bodies.observed_cloud_config(config, {})
    for name in bodies.replacing_fields(case.cloud):
        assert observed.get(name) == config.get(name), name


@each_cloud
def test_pool_made_elsewhere_is_read_in_full(case: Case) -> None:
    """A pool that the program lacks is read so that writing it again gives the same body."""
    for name, pool in _pools(case).items():
        written = bodies.pool_body(case.cloud, name, pool)
        if case.cloud in {"eks", "aks", "gke"} or name != "control-plane":
            read = bodies.observed_pools(case.cloud, {}, [flat_pool(case.cloud, written)])[name]
            again = flat_pool(case.cloud, bodies.pool_body(case.cloud, name, read))
            assert bodies.observed_pools(case.cloud, {name: read}, [again]) == {name: read}
            assert again["size"] == written["poolConfig"]["size"]


@each_cloud
def test_config_of_a_cluster_from_elsewhere_is_read_in_full(case: Case) -> None:
    """With nothing declared but the cloud, the whole config is read, and writing it again means the same."""
    config = {key: value for key, value in _config(case).items() if key != "control_plane_subnets"}
    body = bodies.cloud_config_body(config)
    read = bodies.observed_cloud_config({"cloud": case.cloud}, flat_config(body))
    assert bodies.observed_cloud_config(config, flat_config(bodies.cloud_config_body(read))) == config


def test_pool_body_of_the_first_example() -> None:
    """The nested form of a plain worker pool on AWS, literally."""
    pools = _aws(workers("worker-basic", AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60), count=2))
    assert bodies.pool_body("aws", "worker-basic", pools["worker-basic"]) == {
        "cloudConfig": {
            "instanceType": "m5.xlarge",
            "azs": ["eu-west-1a"],
            "rootDeviceSize": 60,
            "capacityType": "on-demand",
        },
        "poolConfig": {
            "name": "worker-basic",
            "size": 2,
            "minSize": 2,
            "maxSize": 2,
            "labels": ["worker"],
            "isControlPlane": False,
            "useControlPlaneAsWorker": False,
        },
    }


def test_control_plane_comes_first() -> None:
    """Pools are written with the control plane first, the others by name."""
    machine = AwsMachine("m5.large", azs=["a"])
    pools = pools_props([workers("b", machine, count=1), workers("a", machine, count=1), control_plane(machine)], "aws")
    written = bodies.pool_bodies({"cloud": "aws", "region": "r"}, pools)
    assert [body["poolConfig"]["name"] for body in written] == ["control-plane", "a", "b"]
    assert written[0]["poolConfig"]["isControlPlane"] is True
    assert written[0]["poolConfig"]["labels"] == ["control-plane"]


def test_subnets_of_an_eks_control_plane_are_a_pool_of_their_own() -> None:
    """The control plane's subnets go as a pool without machines, which is never observed, nor removed."""
    config = {"cloud": "eks", "region": "r", "vpc_id": "v", "control_plane_subnets": {"b": "s-b", "a": "s-a"}}
    (implied,) = bodies.pool_bodies(config, {})
    assert implied["poolConfig"]["size"] == 0
    assert implied["cloudConfig"]["azs"] == ["a", "b"]
    live = [{"name": "cp-pool", "isControlPlane": True, "size": 0}]
    assert bodies.observed_pools("eks", {}, live) == {}
    assert bodies.removed_pools("eks", {}, live) == []


def test_az_subnets_are_written_as_zones_and_pairs() -> None:
    """Zones with subnets give both lists; read back they are a mapping again."""
    pools = _aws(workers("w", AwsMachine("m", az_subnets={"b": "s-b", "a": "s-a"}), count=1))
    body = bodies.pool_body("aws", "w", pools["w"])
    assert body["cloudConfig"]["azs"] == ["a", "b"]
    assert body["cloudConfig"]["subnets"] == [{"az": "a", "id": "s-a"}, {"az": "b", "id": "s-b"}]


def test_raw_fields_win_at_their_place() -> None:
    """Fields past the model are merged last, and hide the modelled ones from a refresh."""
    machine = AwsMachine("m5.large", azs=["a"], raw={"instanceType": "m7", "hostResourceGroupArn": "arn"})
    pools = _aws(workers("w", machine, count=2, raw={"additionalTags": {"a": "b"}, "labels": ["worker", "gpu"]}))
    body = bodies.pool_body("aws", "w", pools["w"])
    assert body["cloudConfig"]["instanceType"] == "m7"
    assert body["cloudConfig"]["hostResourceGroupArn"] == "arn"
    assert body["poolConfig"]["labels"] == ["worker", "gpu"]
    assert bodies.observed_pools("aws", {"w": pools["w"]}, [flat_pool("aws", body)]) == {"w": pools["w"]}
    config = {"cloud": "aws", "region": "r", "raw": {"hybridConfig": {"awsVpcCidr": "10.0.0.0/8"}}}
    assert bodies.cloud_config_body(config) == {"region": "r", "hybridConfig": {"awsVpcCidr": "10.0.0.0/8"}}


def test_raw_fields_beside_the_cloud_config() -> None:
    """Fields of the creation's spec that stand beside `cloudConfig` can be given too."""
    props = cloud_config_props({"cloud": "eks", "region": "r", "spec_raw": {"fargateProfiles": [{"name": "f"}]}})
    assert bodies.spec_fields(props) == {"fargateProfiles": [{"name": "f"}]}
    assert "spec_raw" in bodies.replacing_fields("eks")


@pytest.mark.parametrize(
    ("count", "live", "size"),
    [(2, None, 2), (2, 4, 4), (2, 9, 5), (2, 0, 1)],
    ids=["created", "kept", "above-max", "below-min"],
)
def test_size_of_a_pool_that_scales(count: int, live: int | None, size: int) -> None:
    """With min and max, an update keeps the size the service has, within both."""
    pool = _aws(workers("w", AwsMachine("m", azs=["a"]), count=count, min=1, max=5))["w"]
    body = bodies.pool_body("aws", "w", pool, live_size=live)["poolConfig"]
    assert (body["size"], body["minSize"], body["maxSize"]) == (size, 1, 5)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({"size": 4, "minSize": 1, "maxSize": 5}, {}),
        ({"size": 4, "maxSize": 5}, {"min": 0}),
        ({"size": 4, "minSize": 2, "maxSize": 8}, {"min": 2, "max": 8}),
        ({"size": 4}, {}),
        ({"size": 4, "minSize": 4, "maxSize": 4}, {"min": 4, "max": 4}),
    ],
    ids=["grown", "min-zero", "limits-changed", "service-says-nothing", "switched-off"],
)
def test_sizes_observed_of_a_pool_that_scales(live: dict[str, Any], expected: dict[str, Any]) -> None:
    """Its size is never a difference, its limits are."""
    pool = _aws(workers("w", AwsMachine("m", azs=["a"]), count=2, min=1, max=5))["w"]
    seen = {"name": "w", "instanceType": "m", "azs": ["a"], "rootDeviceSize": 60, **live}
    assert bodies.observed_pools("aws", {"w": pool}, [seen]) == {"w": {**pool, **expected}}


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({"size": 3, "minSize": 3, "maxSize": 3}, {"count": 3}),
        ({"size": 2, "minSize": 0, "maxSize": 0}, {}),
        ({"size": 2, "minSize": 1, "maxSize": 4}, {"min": 1, "max": 4}),
    ],
    ids=["resized", "zeros", "scaling-switched-on"],
)
def test_sizes_observed_of_a_fixed_pool(live: dict[str, Any], expected: dict[str, Any]) -> None:
    """A pool of a fixed size shows what was done to it elsewhere."""
    pool = _aws(workers("w", AwsMachine("m", azs=["a"]), count=2))["w"]
    seen = {"name": "w", "instanceType": "m", "azs": ["a"], "rootDeviceSize": 60, **live}
    assert bodies.observed_pools("aws", {"w": pool}, [seen]) == {"w": {**pool, **expected}}


def test_differences_of_machines_and_taints_show() -> None:
    """Each modelled field that differs on the service is replaced by the service's value, and nothing else."""
    machine = AwsMachine("m5.large", azs=["a", "b"])
    pool = _aws(workers("w", machine, count=1, labels={"a": "1"}, taints=[{"key": "gpu"}]))["w"]
    live = flat_pool("aws", bodies.pool_body("aws", "w", pool))
    live |= {"instanceType": "m7.large", "azs": ["b", "c"], "additionalLabels": {"a": "2"}}
    live["taints"] = [{"key": "gpu", "value": "x", "effect": "NoSchedule"}, {"key": "new", "effect": "NoExecute"}]
    seen = bodies.observed_pools("aws", {"w": pool}, [live])["w"]
    assert seen["machine"] == {**pool["machine"], "type": "m7.large", "azs": ["b", "c"]}
    assert seen["labels"] == {"a": "2"}
    assert seen["taints"] == [
        {"key": "gpu", "value": "x", "effect": "NoSchedule"},
        {"key": "new", "effect": "NoExecute"},
    ]


def test_pools_added_and_removed_elsewhere() -> None:
    """A pool that is gone is left out; one that the program lacks is there with role and size."""
    pools = _aws(workers("w", AwsMachine("m", azs=["a"]), count=1))
    live = {"name": "extra", "size": 2, "labels": ["worker"], "instanceType": "m7", "azs": ["a"], "rootDeviceSize": 40}
    assert bodies.observed_pools("aws", {"w": pools["w"]}, [live]) == {
        "extra": {
            "role": "worker",
            "count": 2,
            "machine": {"type": "m7", "azs": ["a"], "disk_gib": 40},
        }
    }
    assert bodies.removed_pools("aws", pools, [live]) == ["extra"]
    assert bodies.observed_pools("aws", {}, None) == {}


def test_edge_hosts_added_and_taken_out_elsewhere() -> None:
    """Hosts keep the declared order; the number of nodes follows."""
    pool = pools_props([control_plane(EdgeHosts(["h2", "h1", "h3"]))], "edge-native")["control-plane"]
    assert pool["count"] == 3
    live = {
        "name": "control-plane",
        "isControlPlane": True,
        "hosts": [{"hostUid": "h9"}, {"hostUid": "h1"}, {"hostUid": "h2"}],
    }
    live["hosts"] = [*live["hosts"], {"hostUid": "h8"}]  # type: ignore[misc]
    seen = bodies.observed_pools("edge-native", {"control-plane": pool}, [live])["control-plane"]
    assert [host["uid"] for host in seen["machine"]["hosts"]] == ["h2", "h1", "h9", "h8"]
    assert seen["count"] == 4


def test_service_choices_are_no_difference() -> None:
    """What the service fills in where the program says nothing stays out of the program."""
    config = {"cloud": "aws", "region": "r"}
    live = {"region": "r", "vpcId": "vpc-made", "controlPlaneLoadBalancer": "Internet-facing", "sshKeyName": ""}
    assert bodies.observed_cloud_config(config, live) == config
    assert bodies.observed_cloud_config(config, {**live, "sshKeyName": "theirs"}) == {
        **config,
        "ssh_key_name": "theirs",
    }


def test_what_is_taken_out_on_the_service_leaves_the_program() -> None:
    """A value removed elsewhere is absent; what can't change there is kept."""
    config = {"cloud": "vsphere", "placement": {"datacenter": "dc"}, "ntp_servers": ["a"], "host": "h"}
    assert bodies.observed_cloud_config(config, {"ntpServers": None}) == {
        "cloud": "vsphere",
        "placement": {"datacenter": "dc"},
        "host": "h",
    }


@pytest.mark.parametrize(
    ("cloud", "replaces", "updates"),
    [
        ("aws", {"region", "vpc_id"}, {"ssh_key_name", "bastion_disabled", "raw"}),
        ("eks", {"region", "vpc_id", "control_plane_subnets"}, {"endpoint_access", "public_cidrs", "addons"}),
        ("azure", {"location", "subscription_id", "resource_group", "vnet_name", "worker_subnet"}, {"ssh_key"}),
        ("aks", {"location", "private_cluster"}, {"ssh_key", "admin_group_ids", "authorized_ip_ranges"}),
        ("gcp", {"region", "project", "network"}, {"raw"}),
        ("gke", {"region", "project", "location", "autopilot"}, {"raw"}),
        ("vsphere", {"placement", "host", "static_ip"}, {"ssh_keys", "ntp_servers"}),
        ("edge-native", {"host", "overlay_cidr", "two_node"}, {"ssh_keys", "ntp_servers"}),
    ],
)
def test_what_replaces(cloud: str, replaces: set[str], updates: set[str]) -> None:
    """Place, network, project and the like replace the cluster; keys and time servers change in place."""
    fields = bodies.replacing_fields(cloud)
    assert replaces <= fields
    assert "cloud" in fields
    assert not updates & fields


def test_outdated_knows_what_the_program_no_longer_says() -> None:
    """A field that left the program is written, though the service's value could be its own choice."""
    before = {"cloud": "eks", "region": "r", "endpoint_access": "public", "public_cidrs": ["10.0.0.0/8"]}
    wanted = {key: value for key, value in before.items() if key != "public_cidrs"}
    live = bodies.cloud_config_body(before)
    assert not bodies.config_outdated(before, live, before)
    assert bodies.config_outdated(wanted, live, before)
    assert not bodies.config_outdated(wanted, live)
    pool = pools_props([workers("w", AwsMachine("m"), count=1)], "eks")["w"]
    seen = flat_pool("eks", bodies.pool_body("eks", "w", pool))
    assert not bodies.pool_outdated("eks", pool, seen, pool)
    assert bodies.pool_outdated("eks", {**pool, "count": 2}, seen)


def test_first_size_is_kept() -> None:
    """A new count of a pool that scales by itself is no change; of any other it is."""
    before = {"auto": {"count": 2, "min": 1, "max": 5}, "fixed": {"count": 2}}
    after = {"auto": {"count": 3, "min": 1, "max": 6}, "fixed": {"count": 3}, "new": {"count": 1, "min": 1, "max": 2}}
    kept = bodies.keep_first_sizes(after, before)
    assert kept == {**after, "auto": {"count": 2, "min": 1, "max": 6}}
