"""Value classes of pools, machines and clouds, and their dict twins, as inputs of the engine."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any, cast

import pulumi
import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.cluster import clouds, machines, pools
from palette_sdk.resources.cluster.clouds import CLOUDS, Aws, cloud_config_props
from palette_sdk.resources.cluster.machines import AwsMachine, AzureMachine, EdgeHosts
from palette_sdk.resources.cluster.pools import control_plane, pools_props, workers
from palette_sdk.resources.values import Value

from .cases import CASES, Case

MACHINE = AwsMachine("m5.large", azs=["a"])


def _twins() -> list[tuple[type[Value], Any]]:
    found = []
    for module in (clouds, machines, pools):
        for name, item in vars(module).items():
            if (
                isinstance(item, type)
                and issubclass(item, Value)
                and item.__module__ == module.__name__
                and name[0] != "_"
            ):
                found.append((item, getattr(module, f"{name}Dict")))
    return found


@pytest.mark.parametrize(("kind", "twin"), _twins(), ids=lambda item: item.__name__)
def test_each_class_has_a_twin_with_its_fields(kind: type[Value], twin: Any) -> None:
    """The TypedDict twin has the fields of the class, and needs those that the class needs."""
    fields = {item.name: item for item in dataclasses.fields(kind)}
    assert set(twin.__annotations__) - {"cloud"} == set(fields)
    needed = {
        name
        for name, item in fields.items()
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    }
    hints = {name: hint.__forward_arg__ for name, hint in twin.__annotations__.items()}
    required = {name for name, hint in hints.items() if hint.startswith("Required[")}
    assert required - {"cloud"} == needed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.cloud)
def test_dict_literals_mean_the_same(case: Case) -> None:
    """A cloud config, pools and machines written as dicts give the same inputs as the classes."""
    config = cloud_config_props(case.config)
    assert cloud_config_props(cast("clouds.CloudConfigDict", config)) == config
    props = pools_props(case.pools, case.cloud)
    literal = [{"name": name, **pool} for name, pool in props.items()]
    for pool in literal:
        if "repave_interval" in pool:
            pool["repave_interval"] = "900s"
    assert pools_props(cast("list[pools.PoolDict]", literal), case.cloud) == props


def test_inputs_of_the_first_example() -> None:
    """What the engine sees is minimal: roles, numbers and what was said."""
    assert cloud_config_props(Aws(region="eu-west-1", ssh_key_name="k")) == {
        "cloud": "aws",
        "region": "eu-west-1",
        "ssh_key_name": "k",
    }
    assert pools_props(
        [control_plane(MACHINE), workers("w", MACHINE, count=2, repave_interval=timedelta(minutes=2))], "aws"
    ) == {
        "control-plane": {
            "role": "control-plane",
            "count": 1,
            "machine": {"type": "m5.large", "azs": ["a"], "disk_gib": 60, "capacity": "on-demand"},
        },
        "w": {
            "role": "worker",
            "count": 2,
            "repave_interval": 120,
            "machine": {"type": "m5.large", "azs": ["a"], "disk_gib": 60, "capacity": "on-demand"},
        },
    }


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_cloud_says_its_name(cloud: str) -> None:
    """The class of each cloud carries the cloud's name, and machines exist for it."""
    assert CLOUDS[cloud].cloud == cloud
    assert cloud in machines.MACHINES


def test_counts_that_follow() -> None:
    """Where no count is given: 1 control plane node, the least of a pool that scales, the number of edge hosts."""
    props = pools_props([control_plane(MACHINE), workers("auto", MACHINE, min=2, max=4)], "aws")
    assert [pool["count"] for pool in props.values()] == [1, 2]
    assert (
        pools_props([control_plane(EdgeHosts(["a", {"uid": "b"}, "c"]))], "edge-native")["control-plane"]["count"] == 3
    )
    with pytest.raises(InputError, match=r'pools\["w"\]: count is missing'):
        pools_props([workers("w", MACHINE)], "aws")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([workers("w", MACHINE, count=1), workers("w", MACHINE, count=2)], 'two pools are called "w"'),
        ([{"name": "w", "role": "worker"}], r"pools\[0\]: 'machine' is missing"),
        ([{"name": "w", "role": "worker", "machine": {}, "cont": 1}], "no field 'cont' in Pool; nearest: count"),
        (["w"], r"pools\[0\]: expected Pool or a dict, not the text"),
        (
            [workers("w", AzureMachine("Standard_D4s_v5"), count=1)],
            r'pools\["w"\].machine: a pool on aws takes AwsMachine, not AzureMachine',
        ),
        (
            [{"name": "w", "role": "worker", "count": 1, "machine": {"type": "m", "az": ["a"]}}],
            r"pools\[\"w\"\].machine: no field 'az' in AwsMachine; nearest: azs",
        ),
        (
            [{"name": "w", "role": "worker", "machine": MACHINE, "count": 1, "repave_interval": 60}],
            r"pools\[0\].repave_interval: 60 has no unit",
        ),
    ],
)
def test_pools_refused_in_the_program(given: list[Any], message: str) -> None:
    """What can't be a pool is refused where it is written, with its path."""
    with pytest.raises(InputError, match=message):
        pools_props(given, "aws")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"region": "r"}, '"cloud" is missing'),
        ({"cloud": "asw", "region": "r"}, "there is no cloud 'asw'; "),
        ({"cloud": "aws", "regoin": "r"}, "cloud_config: no field 'regoin' in Aws; nearest: region"),
        ({"cloud": "aws"}, "'region' is missing"),
        (
            {"cloud": "azure", "location": "l", "subscription_id": "s", "ssh_key": "k", "worker_subnet": {"nam": "x"}},
            "cloud_config.worker_subnet: no field 'nam' in AzureSubnet; nearest: name",
        ),
        ("aws", r"expected palette.Aws\(...\) or another cloud, not str"),
    ],
)
def test_cloud_configs_refused_in_the_program(given: Any, message: str) -> None:
    """What can't be a cloud config is refused where it is written, with its path."""
    with pytest.raises(InputError, match=message):
        cloud_config_props(given)


def test_outputs_pass_through() -> None:
    """Values that come from other resources stay outputs, also nested."""

    async def build() -> tuple[dict[str, Any], dict[str, Any], int | None]:
        later = pulumi.Output.from_input("x")
        interval = pulumi.Output.from_input("2m")
        config = cloud_config_props(Aws(region=later, vpc_id=later))
        machine = AwsMachine(later, az_subnets={"a": later})
        pool = pools_props([workers("w", machine, count=pulumi.Output.from_input(2), repave_interval=interval)], "aws")[
            "w"
        ]
        return config, pool, await pool["repave_interval"].future()

    config, pool, interval = asyncio.run(build())
    assert isinstance(config["region"], pulumi.Output)
    assert isinstance(pool["machine"]["az_subnets"]["a"], pulumi.Output)
    assert isinstance(pool["count"], pulumi.Output)
    assert interval == 120


def test_values_are_frozen() -> None:
    """A value that was handed over can't change behind the cluster's back."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        MACHINE.type = "other"  # type: ignore[misc]
