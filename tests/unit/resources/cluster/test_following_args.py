"""`Cluster(template=...)` as a program writes it: the inputs that reach the engine, and what is refused at once."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as stack_values

import palette_sdk as palette
from palette_sdk.resources.arguments import ProgramError
from tests.unit.resources.test_resources import ACCOUNT, AWS, POOLS, looked_up, registered

TEMPLATE = "0123456789abcdef01234567"
ZONE = "Europe/Berlin"


def cluster(**changes: Any) -> palette.Cluster:
    """A cluster that follows a template."""
    given = {"template": TEMPLATE, "timezone": ZONE, **changes}
    return palette.Cluster("web", cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, **given)


def test_inputs() -> None:
    """The template's uid and the cluster's own values reach the engine, and nothing that belongs to a plan of layers."""
    found = registered(lambda: cluster(variables={"level": "high"})).inputs["web"]
    assert found["template"] == {"uid": TEMPLATE}
    assert found["variables"] == {"level": "high"}
    assert found["timezone"] == ZONE
    seeds = {"profiles", "layers_plan", "variables_plan", "pending_updates", "found_overrides", "updates", "overrides"}
    assert not any(found.get(key) for key in seeds)


def test_a_later_uid() -> None:
    """The uid may be an output."""
    found = registered(lambda: cluster(template=pulumi.Output.from_input(TEMPLATE))).inputs["web"]
    assert found["template"] == {"uid": TEMPLATE}


def test_updates_of_the_stack_do_not_concern_it() -> None:
    """`palette:updates` holds for clusters of their own in the same stack, and isn't refused here."""
    stack_values.set_all_config({"palette:updates": "apply"}, [])
    try:
        assert "updates" not in registered(cluster).inputs["web"]
    finally:
        stack_values.set_all_config({}, [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"profiles": [looked_up()]}, "profiles and template are both given"),
        ({"template": None}, "profiles and template are both missing"),
        (
            {"timezone": None},
            r'Cluster\("web"\)\.timezone: it is missing: the maintenance windows of a template are those of each',
        ),
        ({"timezone": ""}, r'Cluster\("web"\)\.timezone: it is missing'),
        (
            {"overrides": [palette.Override("hello", "/a", value=1)]},
            r'Cluster\("web"\)\.overrides: a cluster that follows a template runs',
        ),
        (
            {"override_rules": [palette.OverrideRule("keep")]},
            r'Cluster\("web"\)\.override_rules: a cluster that follows a template runs',
        ),
        ({"override_policy": "keep"}, r'Cluster\("web"\)\.override_policy: a cluster that follows a template runs'),
        ({"guards": {"before_update": "require"}}, r'guards.before_update is "require", and a cluster that follows'),
        ({"updates": "apply"}, "updates: versions that a template links can't be edited in place"),
        ({"template": palette.Attach(looked_up())}, "its clusters' values go in variables="),
        ({"template": looked_up()}, r"versions of profiles go in profiles=\[...\]"),
    ],
)
def test_refused(changes: dict[str, Any], reason: str) -> None:
    """What doesn't go with a template is refused with the reason, before anything is registered."""
    with pytest.raises(ProgramError, match=reason):
        registered(lambda: cluster(**changes))
