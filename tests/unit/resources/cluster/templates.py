"""Templates and clusters that follow them, for the tests of the hooks."""

from __future__ import annotations

from typing import Any

from palette_sdk.wire.templates import TemplateCreate, TemplateProfile
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World

REPLICAS = {"format": "number", "default": "1"}
LEVEL = {"required": True, "default": "", "options": ["low", "high"], "input": "dropdown"}
TOKEN = {"sensitive": True}
OF_THE_CLUSTER = ("profiles", "updates", "pending_updates", "found_overrides", "layers_plan")
"""Inputs that a cluster of its own has, and one that follows a template has not."""


def version(profiles: Steps, world: World, number: str = "1.0.0", name: str = "web", **variables: Any) -> str:
    """A version of a profile, made; its uid. The manifest has as many replicas as a variable says."""
    told = {"replicas": REPLICAS, **variables}
    profiles.up(f"{name}-{number}", world.profile(name, number, replicas="{{.spectro.var.replicas}}", variables=told))
    return profiles.state[f"{name}-{number}"].id


def linked(uid: str, **common: str) -> TemplateProfile:
    """A version as a template links it, with values for all clusters."""
    rows = [{"name": name, "assignStrategy": "all", "value": value} for name, value in common.items()]
    return TemplateProfile.of({"uid": uid, "variables": rows})


def template(world: World, *links: TemplateProfile, name: str = "fleet", cloud: str = "aws") -> str:
    """A template that links these; its uid."""
    rows = [link.body() for link in links]
    body = {"metadata": {"name": name}, "spec": {"cloudType": cloud, "profiles": rows, "policies": []}}
    return world.client.templates.create(TemplateCreate.of(body))


def relink(world: World, uid: str, *links: TemplateProfile) -> None:
    """Make the template link these."""
    world.client.templates.relink(uid, links)


def upgrade(world: World, uid: str) -> None:
    """Let all clusters of a template get what it says, now."""
    world.client.templates.upgrade_now(uid)
    world.clock.advance(3600)


def following(world: World, uid: Any, name: str = "web", **changes: Any) -> dict[str, Any]:
    """Inputs of a cluster that follows a template."""
    own = world.cluster(name=name, timezone="Europe/Berlin", template={"uid": uid}, **changes)
    return {key: value for key, value in own.items() if key not in OF_THE_CLUSTER}


def values(world: World, cluster: str) -> dict[str, str]:
    """What a cluster runs with: values by variable."""
    return {item.name: item.value for row in world.client.clusters.variables(cluster) for item in row.variables}


def versions(world: World, cluster: str) -> dict[str, str]:
    """The versions that a cluster runs, by profile."""
    return {item.name: item.profile_version for item in world.client.clusters.profiles(cluster)}
