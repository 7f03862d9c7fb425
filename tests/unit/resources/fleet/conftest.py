"""Fixtures of the tests of fleets: the engine's steps on what a fleet consists of besides its members."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from palette_sdk.resources.fleet.gate import FleetGateProvider
from palette_sdk.resources.fleet.gone import FleetGoneProvider
from palette_sdk.resources.fleet.ready import FleetReadyProvider
from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World

ID = "0123456789"
"""The id of the fleet."""


@pytest.fixture
def readies(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on the waits for waves."""
    return Steps(servicer, FleetReadyProvider(), world.process, "FleetReady")


@pytest.fixture
def gones(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on the ends of fleets."""
    return Steps(servicer, FleetGoneProvider(), world.process, "FleetGone")


@pytest.fixture
def gates(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on gates."""
    return Steps(servicer, FleetGateProvider(), world.process, "FleetGate")


class Fleet:
    """Members of a fleet, as their own hooks make them, and the inputs of what stands behind them."""

    def __init__(self, world: World, profiles: Steps, clusters: Steps) -> None:
        self.world, self.clusters = world, clusters
        profiles.up("web", world.profile())
        self.profile = attached(profiles, "web")

    def up(self, *names: str, **changes: Any) -> None:
        """Make members, or change them; nothing is waited for."""
        for name in names:
            inputs = self.world.cluster(self.profile, name=name, fleet=ID, **changes)
            self.clusters.up(name, {key: value for key, value in inputs.items() if key != "wait"})

    def member(self, name: str) -> dict[str, Any]:
        """A member as an input of the wait for its wave."""
        stored = self.clusters.state[name]
        return {"uid": stored.id, "name": name, "project": "", "revision": stored.outputs["revision"]}

    def wave(self, *names: str, **changes: Any) -> dict[str, Any]:
        """Inputs of the wait for a wave of these members."""
        return {
            "name": "shop",
            "fleet": ID,
            "stage": "prod",
            "wave": 1,
            "waves": 1,
            "members": {name: self.member(name) for name in names},
            "max_failures": 0,
            "failed_before": {},
            "timeout": 3600,
            "approve": [],
            "kubeconfigs": {},
            **changes,
        }

    def destroy(self, *names: str) -> None:
        """Delete members, as with the whole fleet."""
        for name in names:
            self.clusters.destroy(name)


@pytest.fixture
def fleet(world: World, profiles: Steps, clusters: Steps) -> Fleet:
    """A fleet of which nothing is made yet."""
    return Fleet(world, profiles, clusters)
