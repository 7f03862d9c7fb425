"""Bodies and values of a cluster's steps. The writes themselves are tested by the hooks."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.cluster import steps
from palette_sdk.rules.unknown import UNKNOWN

MACHINE = {"type": "m5.large", "azs": ["eu-west-1a"]}


def props(**changes: Any) -> dict[str, Any]:
    """Checked inputs of a cluster with two profiles."""
    return {
        "name": "web",
        "tags": {"env": "dev"},
        "marker": "mark",
        "cloud": "aws",
        "cloud_account": "a1",
        "cloud_config": {"cloud": "aws", "region": "eu-west-1"},
        "pools": {"control-plane": {"role": "control-plane", "count": 1, "machine": MACHINE}},
        "profiles": {"base": {"uid": "p1"}, "apps": {"uid": "p2"}},
        "layers_plan": {},
        **changes,
    }


def test_create_body() -> None:
    """A cluster is written with its profiles and their variables, its marker, and UTC unless told otherwise."""
    body = steps.create_body(props(), {"apps": {"count": "2"}}, {}).body()
    assert body["metadata"]["annotations"]["palette-sdk-marker"] == "mark"
    assert body["spec"]["cloudAccountUid"] == "a1"
    assert [item["uid"] for item in body["spec"]["profiles"]] == ["p1", "p2"]
    assert body["spec"]["profiles"][1]["variables"] == [{"name": "count", "value": "2"}]
    assert body["spec"]["clusterConfig"]["timezone"] == "UTC"
    there = steps.create_body(props(timezone="Europe/Berlin"), {}, {}).body()
    assert there["spec"]["clusterConfig"]["timezone"] == "Europe/Berlin"


DEFINED: dict[str, dict[str, Any]] = {"base": {"region": {}}, "apps": {"count": {}, "on": {}}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"base": {}, "apps": {}}),
        ({"variables": {"count": 2, "on": True}}, {"base": {}, "apps": {"count": "2", "on": "true"}}),
        ({"profiles": {"base": {"values": {"region": "eu"}}, "apps": {}}}, {"base": {"region": "eu"}, "apps": {}}),
        (
            {"variables": {"count": 3}, "profiles": {"base": {}, "apps": {"values": {"count": 2, "on": False}}}},
            {"base": {}, "apps": {"count": "3", "on": "false"}},
        ),
    ],
)
def test_values(changes: dict[str, Any], expected: Any) -> None:
    """Flat values go to the profile that defines them, as text; those of Attach stay with theirs."""
    assert steps.variable_values(props(**changes), DEFINED) == expected


@pytest.mark.parametrize(
    ("changes", "defined", "expected"),
    [
        ({"variables": {"cuont": 2}}, DEFINED, 'variables["cuont"]: no profile of this cluster has a variable cuont'),
        ({"variables": {"x": 2}}, {"base": {}}, "none of its profiles has variables"),
        (
            {"variables": {"count": 2}},
            {"base": {"count": {}}, "apps": {"count": {}}},
            'apps and base both have a variable count; say which: Attach(profile, variables={"count": ...})',
        ),
        ({}, {"apps": {"count": {"required": True}, "b": {"required": True}}}, "need a value: apps.b, apps.count"),
    ],
)
def test_values_refused(changes: dict[str, Any], defined: Any, expected: str) -> None:
    """A name that nobody or more than one defines is refused, and so are required ones without a value."""
    with pytest.raises(InputError) as refused:
        steps.variable_values(props(**changes), defined)
    assert expected in str(refused.value)


@pytest.mark.parametrize("default", ["1", UNKNOWN])
def test_a_required_value_with_a_default(default: Any) -> None:
    """A default of the profile is a value, also one that is not known yet."""
    defined = {"base": {}, "apps": {"count": {"required": True, "default": default}}}
    assert steps.variable_values(props(), defined) == {"base": {}, "apps": {}}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Berlin-1", r'variables\["size"\]: its value does not match its regex'),
        ("eu-1", r'variables\["region"\]: it is immutable'),
        (UNKNOWN, ""),
        ("eu-2", ""),
    ],
)
def test_a_value_that_does_not_fit(value: Any, told: str) -> None:
    """Format, regex, options and what can't change are told in the preview, with the property."""
    defined: dict[str, dict[str, Any]] = {
        "base": {"region": {"immutable": True}},
        "apps": {"size": {"regex": "[a-z]+-[0-9]"}},
    }
    old = props(variables={"region": "eu-2", "size": "eu-2"})
    name = "size" if "size" in told else "region"
    if told:
        with pytest.raises(InputError, match=told):
            steps.variable_values(props(variables={name: value}), defined, old)
    else:
        steps.variable_values(props(variables={name: value}), defined, old)
