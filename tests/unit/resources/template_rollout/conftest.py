"""Fixtures of the tests of roll-outs."""

from __future__ import annotations

from types import ModuleType

import pytest

from palette_sdk.resources.template_rollout.provider import TemplateRolloutProvider
from tests.unit.resources.steps import Steps
from tests.unit.resources.template_rollout.fleet import CODE, REPLICAS, Fleet
from tests.unit.resources.world import World


@pytest.fixture
def rollouts(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on roll-outs."""
    return Steps(servicer, TemplateRolloutProvider(), world.process, "TemplateRollout")


@pytest.fixture
def fleet(profiles: Steps, world: World) -> Fleet:
    """Three clusters that run base 1.0.0 by a template; base 1.1.0 needs a value for region_code."""
    made = Fleet(world, profiles)
    made.version("1.0.0", replicas=REPLICAS)
    made.version("1.1.0", replicas=REPLICAS, region_code=CODE)
    made.build()
    return made
