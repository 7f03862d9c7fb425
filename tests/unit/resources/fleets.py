"""Policies, templates and clusters that follow them, for the tests of the hooks."""

from __future__ import annotations

from typing import Any

from palette_sdk.wire.clusters import ClusterCreate
from tests.contract.clusters import data
from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World

HEALTHY_S = 21 * 60.0
"""Seconds until a new cluster is healthy."""
COUNT = {"format": "number", "default": "1"}
LEVEL = {"regex": "[a-z]+", "default": "low"}
TOKEN = {"sensitive": True, "default": "HIDDEN-DEFAULT"}
SUNDAY = {"sunday": {"cron": "0 0 * * SUN", "duration_h": 4}}


def variables(**changes: Any) -> dict[str, Any]:
    """Definitions as a profile's checked inputs have them."""
    plain: dict[str, Any] = {
        **dict.fromkeys(("display_name", "description", "regex"), ""),
        **dict.fromkeys(("required", "immutable", "hidden", "sensitive"), False),
        "format": "string",
        "input": "text",
        "options": [],
    }
    return {name: {**plain, **item} for name, item in changes.items()}


def policy(**changes: Any) -> dict[str, Any]:
    """Inputs of a policy with one window a week."""
    return {
        "name": "weekly",
        "description": "",
        "tags": {"env": "dev"},
        "scope": "project",
        "timeouts": {},
        "approve": [],
        "schedules": SUNDAY,
        **changes,
    }


def template(*profiles: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Inputs of a template for AWS that links these versions."""
    return {
        "name": "fleet",
        "description": "",
        "tags": {"env": "dev"},
        "scope": "project",
        "timeouts": {},
        "approve": [],
        "cloud": "aws",
        "profiles": {item["name"]: item for item in profiles},
        "variables": {},
        "layers_plan": {},
        "definitions": {},
        "common": {},
        **changes,
    }


def linked(profiles: Steps, world: World, version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    """A version of the profile web, made, as a template gets it."""
    profiles.up(f"web-{version}", world.profile(version=version, **changes))
    return attached(profiles, f"web-{version}")


def follow(world: World, template_uid: str, *names: str, zone: str = "UTC") -> list[str]:
    """Healthy clusters that follow a template; their uids."""
    account = world.client.accounts.by_name("aws", "aws-main")[0].metadata.uid
    spec: dict[str, Any] = {"clusterTemplate": {"uid": template_uid}, "clusterConfig": {"timezone": zone}}
    bodies = [ClusterCreate.of(data.cluster(name, account, [], **spec)) for name in names]
    uids = [world.client.clusters.create("aws", body) for body in bodies]
    world.clock.advance(HEALTHY_S)
    return uids
