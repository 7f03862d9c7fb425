"""The component as a program uses it, under pulumi's mocks: what is registered, and what stands in front of what."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as stack_values

import palette_sdk as palette
from palette_sdk.resources.arguments import ProgramError
from palette_sdk.resources.cluster.plan import QUIET
from tests.unit.resources.mocks import Recording, run_program
from tests.unit.resources.test_resources import ACCOUNT, AWS, MANIFEST, POOLS, SECRET_MARK, base, looked_up, registered

BASE = palette.ClusterArgs(cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, profiles=[looked_up()])
STAGES = [
    palette.Stage("dev", match={"env": "dev"}, max_unavailable="100%"),
    palette.Stage("prod", match={"env": "prod"}, max_unavailable=2),
]


def members(*names: str) -> dict[str, palette.ClusterArgs]:
    """Members whose tag is the first part of their key."""
    return {name: palette.ClusterArgs(tags=[f"env:{name.split('-')[0]}"]) for name in names}


def shop(**arguments: Any) -> palette.Fleet:
    """A fleet of two stages."""
    names = ("prod-3", "prod-1", "dev-2", "dev-1", "prod-2")
    return palette.Fleet("shop", **{"clusters": members(*names), "defaults": BASE, "stages": STAGES, **arguments})


def needs(engine: Recording, name: str) -> set[str]:
    """Names of what a resource stands behind."""
    return {urn.split("::")[-1] for urn in engine.requests[name].dependencies}


def test_graph() -> None:
    """Members stand behind the wave before, each wave's wait behind its members, and all of it behind the fleet's end."""
    engine = registered(shop)
    gone = "shop-gone"
    assert needs(engine, gone) == set()
    assert needs(engine, "shop-dev-1") == needs(engine, "shop-dev-2") == {gone}
    assert needs(engine, "shop-dev-ready-1") == {gone, "shop-dev-1", "shop-dev-2"}
    assert needs(engine, "shop-prod-1") == needs(engine, "shop-prod-2") == {gone, "shop-dev-ready-1"}
    assert needs(engine, "shop-prod-ready-1") == {gone, "shop-dev-ready-1", "shop-prod-1", "shop-prod-2"}
    assert needs(engine, "shop-prod-3") == {gone, "shop-prod-ready-1"}
    assert needs(engine, "shop-prod-ready-2") == {gone, "shop-prod-ready-1", "shop-prod-3"}
    parents = {request.parent.split("::")[-1] for name, request in engine.requests.items() if name.startswith("shop-")}
    assert parents == {"shop"}


GATED = [
    palette.Stage("dev", match={"env": "dev"}, max_unavailable="100%", soak="30m"),
    palette.Stage("stage", match={"env": "stage"}),
    palette.Stage("prod", match={"env": "prod"}, max_unavailable=2, gate="manual"),
]


def test_graph_with_gates() -> None:
    """A gate stands behind the stages before and in front of its own; a soak reaches all later stages."""
    engine = registered(lambda: shop(clusters=members("dev-1", "stage-1", "prod-1", "prod-2", "prod-3"), stages=GATED))
    gates = sorted(name for name, kind in engine.types.items() if kind.endswith("FleetGate"))
    assert gates == ["shop-prod-gate", "shop-stage-gate"]
    assert needs(engine, "shop-stage-gate") == {"shop-gone", "shop-dev-ready-1"}
    assert needs(engine, "shop-stage-1") == {"shop-gone", "shop-stage-gate"}
    assert needs(engine, "shop-prod-gate") == {"shop-gone", "shop-dev-ready-1", "shop-stage-ready-1"}
    assert needs(engine, "shop-prod-1") == needs(engine, "shop-prod-2") == {"shop-gone", "shop-prod-gate"}
    assert needs(engine, "shop-prod-3") == {"shop-gone", "shop-prod-ready-1"}
    assert engine.inputs["shop-stage-gate"]["manual"] is False
    gate = engine.inputs["shop-prod-gate"]
    assert (gate["manual"], gate["gates"], gate["stage"]) == (True, "stop", "prod")
    assert list(gate["soaks"]) == ["dev"]
    assert gate["soaks"]["dev"]["seconds"] == 1800
    assert sorted(gate["members"]) == ["prod-1", "prod-2", "prod-3"]


def test_a_stage_without_members() -> None:
    """It has no gate, and what it would soak keeps nobody waiting."""
    stages = [palette.Stage("dev", match={"env": "dev"}, soak="1h", gate="manual"), GATED[2]]
    engine = registered(lambda: shop(clusters=members("prod-1"), stages=stages))
    assert "shop-dev-gate" not in engine.types
    assert not engine.inputs["shop-prod-gate"]["soaks"]


@pytest.mark.parametrize(("value", "gates"), [("wait", "wait"), ("stop", "stop")])
def test_what_a_soak_does_to_the_run(value: str, gates: str) -> None:
    """The stack says whether a soak ends the run or is waited for."""
    stack_values.set_all_config({"palette:gates": value}, [])
    try:
        engine = registered(lambda: shop(stages=[STAGES[0], GATED[2]]))
    finally:
        stack_values.set_all_config({}, [])
    assert engine.inputs["shop-prod-gate"]["gates"] == gates


def test_a_stack_that_says_something_else() -> None:
    """Another value is refused."""
    stack_values.set_all_config({"palette:gates": "later"}, [])
    try:
        with pytest.raises(ProgramError, match='palette:gates is "later"; it must be "stop" or "wait"'):
            registered(lambda: shop(stages=[STAGES[0], GATED[2]]))
    finally:
        stack_values.set_all_config({}, [])


def test_types() -> None:
    """Members are clusters; what stands between them has types of its own."""
    types = registered(shop).types
    assert types["shop-dev-1"] == "pulumi-python:dynamic/palette:Cluster"
    assert types["shop-gone"] == "pulumi-python:dynamic/palette:FleetGone"
    assert types["shop-dev-ready-1"] == "pulumi-python:dynamic/palette:FleetReady"
    assert types["shop"] == "pulumi-python:palette:Fleet"


def test_all_that_members_need_is_deleted_after_them() -> None:
    """The fleet's end stands behind profiles, accounts, and whatever else its members or their options name."""

    def program() -> None:
        profile = palette.Profile("web", cloud="aws", layers=[*base(), palette.manifest("hello", MANIFEST)])
        account = palette.AwsCloudAccount("main", auth=palette.AwsAuth.secret("AKIA", "HIDDEN"))
        region = palette.Profile("region", layers=[palette.manifest("hello", MANIFEST)])
        before = palette.Profile("before", layers=[palette.manifest("hello", MANIFEST)])
        also = palette.Profile("also", layers=[palette.manifest("hello", MANIFEST)])
        palette.Fleet(
            "shop",
            clusters={
                "a": palette.ClusterArgs(profiles=[profile], opts=pulumi.ResourceOptions(depends_on=[before])),
                "b": palette.ClusterArgs(cloud_config=palette.Aws(region=region.description)),  # type: ignore[attr-defined]
            },
            defaults=palette.ClusterArgs(cloud_config=AWS, cloud_account=account, pools=POOLS, profiles=[looked_up()]),
            opts=pulumi.ResourceOptions(depends_on=[also]),
        )

    engine = registered(program)
    assert needs(engine, "shop-gone") == {"web", "main", "region", "before", "also"}
    assert needs(engine, "shop-a") == {"web", "main", "before", "shop-gone"}
    assert "HIDDEN" not in str(engine.inputs["shop-gone"])


def test_members_of_a_template() -> None:
    """Members may follow a template, which is deleted after them; its name is the plan, and its content isn't theirs."""

    def program() -> None:
        profile = palette.Profile("web", cloud="aws", layers=[*base(), palette.manifest("hello", MANIFEST)])
        template = palette.ClusterTemplate("stores", cloud="aws", profiles=[profile])
        palette.Fleet(
            "shop",
            clusters={"a": palette.ClusterArgs(variables={"region": "eu"})},
            defaults=palette.ClusterArgs(
                cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, template=template, timezone="Europe/Berlin"
            ),
            stages=[palette.Stage("all", match={}, gate="manual")],
        )

    engine = registered(program)
    assert needs(engine, "shop-gone") == {"stores"}
    assert engine.inputs["shop-a"]["template"]["uid"] == "stores-id"
    assert engine.inputs["shop-all-ready-1"]["follows_template"] is True
    gate = engine.inputs["shop-all-gate"]["members"]["a"]
    assert (gate["read"], gate["held"]) == ([], True)


def test_inputs() -> None:
    """Members don't wait and carry the fleet's id; a wait gets uids, names and revisions, and knows how many may fail."""
    inputs = registered(lambda: shop(approve=["rp-1"], force_delete_after="20m", timeouts={"delete": "2h"})).inputs
    ids = {inputs[name]["fleet"] for name in inputs if name.startswith("shop-")}
    assert len(ids) == 1
    assert "wait" not in inputs["shop-dev-1"]
    assert inputs["shop-dev-1"]["name"] == "dev-1"
    assert inputs["shop-dev-1"]["tags"] == {"env": "dev"}
    assert inputs["shop-dev-1"]["approve"] == ["rp-1"]
    assert inputs["shop-dev-1"]["force_delete_after"] == 1200
    assert inputs["shop-gone"]["force_delete_after"] == 1200
    assert inputs["shop-gone"]["timeouts"] == {"delete": 7200}
    wave = inputs["shop-prod-ready-2"]
    assert wave["members"]["prod-3"]["uid"] == "shop-prod-3-id"
    assert set(wave["members"]["prod-3"]) <= {"uid", "revision"}  # the mocks give no outputs
    assert not set(QUIET) & set(inputs["shop-prod-3"]) - {"approve"}
    assert (wave["stage"], wave["wave"], wave["waves"], wave["max_failures"], wave["timeout"]) == (
        "prod",
        2,
        2,
        0,
        3600,
    )
    assert wave["kubeconfigs"][SECRET_MARK]


def test_members_are_named_once() -> None:
    """A wave stands behind its members, and none of its inputs names them once more: the state would keep each of them twice."""
    request = registered(shop).requests["shop-dev-ready-1"]
    assert "shop-dev-1" in {urn.split("::")[-1] for urn in request.dependencies}
    assert not list(request.propertyDependencies["members"].urns)


def test_members_share_what_they_are_made_of() -> None:
    """What is asked of a profile is asked once for all members, whatever their number."""
    made = 0

    def program() -> None:
        nonlocal made
        profile = palette.Profile("web", cloud="aws", layers=[*base(), palette.manifest("hello", MANIFEST)])
        layers = profile.layers

        def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal made
            made += 1
            return pulumi.Output.apply(layers, *arguments, **options)

        vars(layers)["apply"] = counted
        defaults = palette.ClusterArgs(cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, profiles=[profile])
        palette.Fleet("shop", clusters={str(number): palette.ClusterArgs() for number in range(9)}, defaults=defaults)

    registered(program)
    assert made == 1


def test_one_stage_for_all() -> None:
    """Without stages all members are one wave."""
    engine = registered(lambda: shop(stages=[]))
    assert [name for name in engine.types if "ready" in name] == ["shop-all-ready-1"]


def test_outputs() -> None:
    """Members and stages are plain objects, by key and name."""
    seen: list[palette.Fleet] = []
    registered(lambda: seen.append(shop()))
    (fleet,) = seen
    assert list(fleet.clusters) == ["prod-3", "prod-1", "dev-2", "dev-1", "prod-2"]
    assert all(isinstance(cluster, palette.Cluster) for cluster in fleet.clusters.values())
    assert list(fleet.stages) == ["dev", "prod"]
    assert list(fleet.stages["prod"].clusters) == ["prod-1", "prod-2", "prod-3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"clusters": members("test-1")}, r'clusters\["test-1"\]: it fits no stage: its tags are env:test'),
        ({"stages": [palette.Stage("all", match={}, soak="30")]}, r'stages\["all"\].soak: 30 has no unit'),
        ({"stages": [*STAGES, STAGES[0]]}, 'two stages are called "dev"'),
        ({"stages": [palette.Stage("all", match={}, max_unavailable="0%")]}, r'stages\["all"\].max_unavailable: "0%"'),
        ({"timeouts": {"update": "2h"}}, "timeouts.update: how long a wave may take is said by its stage"),
        ({"defaults": None}, r'clusters\["prod-3"\].cloud_config: it is missing'),
        ({"opts": pulumi.ResourceOptions(provider=object())}, "opts.provider has no effect"),  # type: ignore[arg-type]
        (
            {"clusters": {"dev-1": {"tags": ["env:dev"], "opts": pulumi.ResourceOptions(parent=object())}}},  # type: ignore[arg-type]
            "the parent of a fleet's clusters is the fleet",
        ),
    ],
)
def test_refusals(arguments: dict[str, Any], said: str) -> None:
    """What can't be is told before anything is registered."""
    engine = Recording()

    async def program() -> None:
        shop(**arguments)

    with pytest.raises(ProgramError, match=said):
        run_program(program, engine=engine)
    assert set(engine.types.values()) <= {"pulumi:pulumi:Stack"}
