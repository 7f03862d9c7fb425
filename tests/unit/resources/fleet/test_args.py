"""What a program writes about a fleet: defaults and differences, stages."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.errors import InputError, PaletteError
from palette_sdk.resources.fleet.args import merged, stages_of
from tests.unit.resources.test_resources import ACCOUNT, AWS, POOLS, looked_up

BASE = palette.ClusterArgs(
    cloud_config=AWS,
    cloud_account=ACCOUNT,
    pools=POOLS,
    profiles=[looked_up()],
    tags=["env:dev", "web"],
    variables={"a": 1, "b": 2},
)


def test_fields_are_those_of_a_cluster() -> None:
    """Every argument of `Cluster` can be given but its name in the program and whether it waits, and nothing else."""
    arguments = set(inspect.signature(palette.Cluster.__init__).parameters) - {"self", "resource_name", "wait"}
    assert {item.name for item in fields(palette.ClusterArgs)} == arguments
    assert palette.ClusterArgsDict.__annotations__.keys() == arguments


def test_merging() -> None:
    """Variables and tags are merged by key, the cluster's win; any other field replaces the default; the key is the name."""
    found = merged(
        {
            "a": palette.ClusterArgs(),
            "b": {"tags": {"env": "prod"}, "variables": {"b": 3}, "pools": POOLS[:1], "name": "bee"},
        },
        BASE,
    )
    assert found["a"]["name"] == "a"
    assert found["a"]["tags"] == {"env": "dev", "web": ""}
    assert found["b"]["name"] == "bee"
    assert found["b"]["tags"] == {"env": "prod", "web": ""}
    assert found["b"]["variables"] == {"a": 1, "b": 3}
    assert found["b"]["pools"] == POOLS[:1]
    assert "timezone" not in found["b"]


def test_profiles_or_template() -> None:
    """A cluster's template takes the place of the defaults' profiles, and the other way round."""
    uid = "0" * 24
    found = merged({"a": palette.ClusterArgs(template=uid), "b": palette.ClusterArgs()}, BASE)
    assert (found["a"]["template"], "profiles" in found["a"], "profiles" in found["b"]) == (uid, False, True)
    base = palette.ClusterArgs(cloud_config=AWS, pools=POOLS, template=uid)
    found = merged({"a": palette.ClusterArgs(profiles=[looked_up()]), "b": palette.ClusterArgs()}, base)
    assert ("template" in found["a"], "template" in found["b"]) == (False, True)


def test_tags_that_hold_outputs() -> None:
    """A tag in a mapping may be an output."""
    owner: Any = pulumi.Output.__new__(pulumi.Output)
    found = merged({"a": palette.ClusterArgs(tags={"owner": owner})}, BASE)
    assert found["a"]["tags"]["owner"] is owner


@pytest.mark.parametrize(
    ("clusters", "defaults", "said"),
    [
        ({"a": {}}, None, r'clusters\["a"\].cloud_config: it is missing: give it here, or in defaults'),
        ({"a": {"cloud_config": AWS, "pools": POOLS}}, None, r'clusters\["a"\].profiles: it is missing'),
        ({}, {"name": "x"}, "defaults.name: it belongs to one cluster"),
        ({}, {"adopt": "x"}, "defaults.adopt: it belongs to one cluster"),
        ({" ": {}}, BASE, "a key that isn't empty"),
        ({"a": {"wait": True}}, BASE, r'clusters\["a"\].wait: a fleet waits for its clusters itself'),
        ({"a": {"tags": ["env:a", "env:b"]}}, BASE, "one value per key"),
    ],
)
def test_refusals(clusters: Any, defaults: Any, said: str) -> None:
    """What lacks, or can't be common, is told with its place."""
    with pytest.raises(InputError, match=said):
        merged(clusters, defaults)


def test_wrong_types() -> None:
    """Types are held against the annotations as with a cluster."""
    with pytest.raises(PaletteError, match=r"ClusterArgs\.updates"):
        palette.ClusterArgs(updates="later")  # type: ignore[arg-type]
    with pytest.raises(PaletteError, match=r"ClusterArgs\.wait: a fleet waits for its clusters itself"):
        palette.ClusterArgs(wait=True)  # type: ignore[call-arg]
    with pytest.raises(PaletteError, match=r"Stage\.gate"):
        palette.Stage("a", match={}, gate="locked")  # type: ignore[arg-type]


def test_stages() -> None:
    """Stages are taken as values or dicts, in order; without any there is one for all at once."""
    found = stages_of([palette.Stage("a", match={}, soak="30m"), {"name": "b", "match": {}, "timeout": "2h"}])
    assert [(stage.name, stage.soak_s, stage.timeout_s) for stage in found] == [("a", 1800, 3600), ("b", 0, 7200)]
    (all_,) = stages_of([])
    assert (all_.name, all_.max_unavailable) == ("all", "100%")


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ([{"name": "a", "match": {}}, {"name": "a", "match": {"x": "y"}}], 'two stages are called "a"'),
        ([{"name": " ", "match": {}}], "a stage needs a name"),
        ([{"name": "a"}], "'match' is missing"),
        ([{"name": "a", "match": {}, "max_failures": -1}], "-1 is no number of clusters"),
        ([{"name": "a", "match": {}, "timeout": "0s"}], r'stages\["a"\].timeout: .* leaves no time'),
        ([{"name": "a", "match": {}, "soak": "30"}], r'stages\["a"\].soak: 30 has no unit'),
    ],
)
def test_stages_that_cannot_be(stages: Any, said: str) -> None:
    """A stage is refused for what is wrong with it."""
    with pytest.raises(InputError, match=said):
        stages_of(stages)
