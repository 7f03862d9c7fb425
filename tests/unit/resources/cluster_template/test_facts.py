"""What those that follow a template know of it: from the program, and from the service."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.errors import InputError, NotFoundError
from palette_sdk.resources.arguments import ProgramError
from palette_sdk.resources.cluster_template.facts import template_facts, template_props, template_windows
from palette_sdk.resources.lookups import PackResult, ProfileResult
from palette_sdk.rules.unknown import UNKNOWN
from tests.unit.resources.fleets import COUNT, LEVEL, TOKEN, linked, template, variables
from tests.unit.resources.mocks import Recording, run_program
from tests.unit.resources.steps import Steps
from tests.unit.resources.test_resources import SECRET_MARK
from tests.unit.resources.world import World

DEFINED = variables(replicas=COUNT, level=LEVEL, token=TOKEN)
FOUND = ProfileResult(
    uid="p1", name="web", version="1.0.0", cloud="aws", type="cluster", versions={}, clusters=(), used_by={}, layers={}
)
RESULT = palette.ClusterTemplateResult("t1", "fleet", "aws", "Applied", {}, "", (), "")
WEEKLY = [palette.Schedule("sunday", cron="0 0 * * SUN", duration="4h")]


def under_mocks(program: Any, *, preview: bool = False) -> tuple[dict[str, Any], Recording]:
    """What a program gives of outputs, and the engine after it."""
    engine, found = Recording(), {}

    async def run() -> None:
        for key, value in program().items():
            output = pulumi.Output.from_input(value)
            found[key] = (await output.future(with_unknowns=True), await output.is_secret())

    run_program(run, engine=engine, preview=preview)
    return found, engine


def test_inputs_of_both_resources() -> None:
    """Schedules and linked versions reach the engine as mappings by name, the policy as its uid, with its windows."""

    def program() -> dict[str, Any]:
        weekly = palette.MaintenancePolicy(
            "weekly", schedules=[*WEEKLY, {"name": "night", "cron": "0 1 * * *", "duration": "2h"}]
        )
        fleet = palette.ClusterTemplate(
            "fleet",
            cloud="aws",
            profiles=[palette.Attach(FOUND, variables={"a": 1})],
            maintenance=weekly,
            variables={"b": True},
        )
        return {"windows": template_windows(fleet)}

    found, engine = under_mocks(program)
    windows = {"sunday": {"cron": "0 0 * * SUN", "duration_h": 4}, "night": {"cron": "0 1 * * *", "duration_h": 2}}
    assert engine.inputs["weekly"]["schedules"] == windows
    assert found["windows"] == (windows, False)
    inputs = engine.inputs["fleet"]
    assert inputs["profiles"]["web"] == {
        "uid": "p1",
        "name": "web",
        "version": "1.0.0",
        "type": "cluster",
        "cloud": "aws",
        "values": {"a": 1},
    }
    assert (inputs["maintenance"], inputs["windows"], inputs["variables"]) == ("weekly-id", windows, {"b": True})
    assert engine.types["fleet"] == "pulumi-python:dynamic/palette:ClusterTemplate"


def layer() -> palette.Layer:
    """A layer of a pack."""
    return palette.pack(PackResult("ubuntu-aws", "22.04", "22.04", "u1", "r1", "os", "spectro", "a: 1\n"))


def test_what_a_program_hands_over() -> None:
    """Of a resource: heads without values, which may be secrets; definitions are as secret as the variables are."""

    def program() -> dict[str, Any]:
        hidden = palette.Variable("token", sensitive=True, default="HIDDEN-DEFAULT")
        profile = palette.Profile("web", cloud="aws", layers=[layer()], variables=[hidden])
        given = palette.Attach(profile, variables={"token": pulumi.Output.secret("HIDDEN")})
        return template_props(palette.ClusterTemplate("fleet", cloud="aws", profiles=[given]))

    found, _ = under_mocks(program)
    assert found["uid"] == ("fleet-id", False)
    assert found["name"] == ("fleet", False)
    assert found["profiles"] == ({"web": {"uid": "web-id", "name": "web", "version": "1.0.0"}}, False)
    assert found["definitions"] == ({"web": {}}, True)
    assert found["common"] == ({}, False)
    assert "HIDDEN" not in str(found)


def test_values_of_sensitive_variables_are_secrets() -> None:
    """A value that the program writes plainly is a secret on its way to the engine where its variable is sensitive."""

    def program() -> dict[str, Any]:
        defined = [
            palette.Variable("token", sensitive=True, default="HIDDEN-DEFAULT"),
            palette.Variable("level", default="low"),
        ]
        profile = palette.Profile("web", cloud="aws", layers=[layer()], variables=defined)
        both = {"token": "HIDDEN", "level": "high"}
        palette.ClusterTemplate("flat", cloud="aws", profiles=[profile], variables=both)
        palette.ClusterTemplate("attached", cloud="aws", profiles=[palette.Attach(profile, variables=both)])
        return {}

    for preview in (False, True):
        _, engine = under_mocks(program, preview=preview)
        flat = engine.requests["flat"].object["variables"]
        attached = engine.requests["attached"].object["profiles"]["web"]["values"]
        for values in (flat, attached):
            assert values["level"] == "high"
            assert set(values["token"]) == {SECRET_MARK, "value"}


def test_of_look_ups_and_uids() -> None:
    """Of a look-up uid, name and cloud, of a uid or an output the uid alone."""
    assert template_props(RESULT) == {"uid": "t1", "name": "fleet", "cloud": "aws"}
    assert template_props("t1") == {"uid": "t1"}
    assert template_windows("t1") is None
    found, _ = under_mocks(lambda: template_props(pulumi.Output.from_input("t2")))
    assert found == {"uid": ("t2", False)}
    found, _ = under_mocks(lambda: template_props(pulumi.Output.from_input(RESULT)))
    assert found == {"uid": ("t1", False)}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"profiles": []}, "a template links at least the profile with OS"),
        ({"profiles": [FOUND, FOUND]}, "web is given twice; a template takes one version"),
        (
            {"profiles": [palette.Attach(FOUND, overrides=[palette.Override("hello", "/a", value=1)])]},
            "web has overrides",
        ),
        ({"profiles": [FOUND], "cloud": "all"}, 'must be one of "aws", "eks"'),
    ],
)
def test_templates_that_can_not_be(wrong: dict[str, Any], reason: str) -> None:
    """What the program alone shows to be wrong is refused before anything is registered."""

    def program() -> dict[str, Any]:
        palette.ClusterTemplate("fleet", **{"cloud": "aws", **wrong})
        return {}

    with pytest.raises(ProgramError, match=reason):
        under_mocks(program)


@pytest.mark.parametrize(
    ("schedules", "reason"),
    [
        ([], "a policy without schedules never lets anything start"),
        ([*WEEKLY, *WEEKLY], 'two are called "sunday"'),
        ([palette.Schedule(" ", cron="0 0 * * *", duration="1h")], "a schedule needs a name"),
        ([palette.Schedule("a", cron="0 0 * * *", duration="90m")], "whole hours, from 1 to 24, not for 1.5 h"),
        ([palette.Schedule("a", cron="0 0 * * *", duration="25h")], "not for 25 h"),
        ([{"name": "a", "cron": "0 0 * * *", "duration": 4}], "4 has no unit"),
    ],
)
def test_schedules_that_can_not_be(schedules: Any, reason: str) -> None:
    """No schedule, two of a name, a length that isn't whole hours."""

    def program() -> dict[str, Any]:
        palette.MaintenancePolicy("weekly", schedules=schedules)
        return {}

    with pytest.raises((ProgramError, InputError), match=reason):
        under_mocks(program)


def test_facts_from_the_service(templates: Steps, profiles: Steps, world: World) -> None:
    """What the program did not hand over is read: once a run, with definitions, and never a sensitive default."""
    base = linked(profiles, world, variables=DEFINED)
    templates.up("fleet", template(base, variables={"replicas": 3}))
    uid = templates.state["fleet"].id
    client = world.process().client
    facts = template_facts(client, {"uid": uid})
    assert (facts.uid, facts.name, facts.cloud) == (uid, "fleet", "aws")
    assert facts.profiles == {"web": {"uid": base["uid"], "name": "web", "version": "1.0.0"}}
    assert facts.common == {"web": ["replicas"]}
    assert isinstance(facts.definitions, dict)
    assert facts.definitions == templates.state["fleet"].inputs["definitions"]
    assert "default" not in facts.definitions["web"]["token"]
    before = sum(world.plane.env.requests.values())
    assert template_facts(client, {"uid": uid}) == facts
    assert sum(world.plane.env.requests.values()) == before
    with pytest.raises(NotFoundError, match="there is no cluster template with uid"):
        template_facts(client, {"uid": "0" * 24})


def test_facts_in_a_preview(world: World) -> None:
    """What a program handed over is taken as it is, and nothing is asked of a template that isn't there yet."""
    given = {"uid": UNKNOWN, "name": "fleet", "cloud": "aws", "profiles": {}, "definitions": {}}
    facts = template_facts(world.client, given)
    assert (facts.uid, facts.name, facts.common) == (UNKNOWN, "fleet", UNKNOWN)
