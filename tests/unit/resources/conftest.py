"""Fixtures of the tests of resources: pulumi's servicer, a control plane in process, and the engine's steps on both."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from palette_sdk.controlplane.catalogue import Catalogue, load_catalogue
from palette_sdk.resources.cloud_account.provider import CloudAccountProvider
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.cluster_template.provider import ClusterTemplateProvider
from palette_sdk.resources.maintenance_policy.provider import MaintenancePolicyProvider
from palette_sdk.resources.profile.provider import ProfileProvider
from tests.unit.resources.servicer import servicer_module
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World, a_world


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The packs that come with the package, read once."""
    return load_catalogue()


@pytest.fixture(autouse=True)
def traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces as they are by default, before and after each test: a hook that fails turns them off in its process."""
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)


@pytest.fixture
def servicer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Pulumi's servicer as the main module of this process."""
    module = servicer_module()
    monkeypatch.setitem(sys.modules, "__main__", module)
    return module


@pytest.fixture
def world(tmp_path: Path, catalogue: Catalogue) -> Iterator[World]:
    """A fresh control plane in process."""
    with a_world(tmp_path, catalogue) as made:
        yield made


@pytest.fixture
def profiles(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on profiles."""
    return Steps(servicer, ProfileProvider(), world.process, "Profile")


@pytest.fixture
def clusters(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on clusters."""
    return Steps(servicer, ClusterProvider(), world.process, "Cluster")


@pytest.fixture
def policies(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on maintenance policies."""
    return Steps(servicer, MaintenancePolicyProvider(), world.process, "MaintenancePolicy")


@pytest.fixture
def templates(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on cluster templates."""
    return Steps(servicer, ClusterTemplateProvider(), world.process, "ClusterTemplate")


@pytest.fixture
def accounts(servicer: ModuleType, world: World) -> Steps:
    """The engine's steps on cloud accounts."""
    return Steps(servicer, CloudAccountProvider(), world.process, "AwsCloudAccount")
