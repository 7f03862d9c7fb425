"""Fixtures of the tests with real control planes: their programs, and a local Palette that uses them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from palette_sdk.errors import LocalError
from palette_sdk.local import kubernetes
from tests.engine.conftest import engine, running
from tests.kubernetes.harness import RealWorld

__all__ = ["engine"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if "tests/kubernetes/" in str(item.path):
            item.add_marker("engine")
            item.add_marker("kubernetes")


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with the control plane's programs; a run without them is skipped, and failed in CI."""
    found = kubernetes.find()
    if found is not None:
        return found
    reason = "no programs of a Kubernetes control plane (`make kubernetes` builds them)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def real(engine: str, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    """A local Palette whose clusters are real, and a folder for programs and state."""
    with running(tmp_path_factory.mktemp("real"), kubernetes=programs) as world, contextlib.suppress(LocalError):
        found = RealWorld(world.folder, world.endpoint, world.environment)
        yield found
        found.client.close()
