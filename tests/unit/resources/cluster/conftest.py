"""Fixtures of the tests of clusters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World


@pytest.fixture
def web(profiles: Steps, world: World) -> dict[str, Any]:
    """The profile web 1.0.0, made, as a cluster gets it."""
    profiles.up("web", world.profile())
    return attached(profiles, "web")
