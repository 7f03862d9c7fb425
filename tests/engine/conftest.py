"""Fixtures of the engine tests: the engine itself, and a world for each test."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from palette_sdk import local
from palette_sdk.errors import LocalError
from tests.engine.harness import SPEED, World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if "tests/engine/" in str(item.path):
            item.add_marker("engine")


@pytest.fixture(scope="session")
def engine() -> str:
    """The engine's path; a run without one is skipped, and failed in CI."""
    found = shutil.which("pulumi")
    if found and shutil.which("pulumi-language-python"):
        return found
    reason = "no Pulumi engine on PATH (`make test` sets one up)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def running(folder: Path, *, kubernetes: Path | None = None) -> Iterator[World]:
    """A world in a folder; with `kubernetes`, the programs of real control planes behind its clusters."""
    data = folder / "palette"
    started = local.start(data, speed=SPEED, kubernetes=kubernetes)
    state = folder / "state"
    state.mkdir()
    environment = {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_HOME": str(folder / "pulumi-home"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PALETTE_LOCAL_DATA_DIR": str(data),
        "SPECTROCLOUD_HOST": "",
        "SPECTROCLOUD_APIKEY": "",
    }
    world = World(folder, started.endpoint, environment)
    try:
        yield world
    finally:
        world.client.close()
        with contextlib.suppress(LocalError):
            local.stop(data)


@pytest.fixture
def world(engine: str, tmp_path: Path) -> Iterator[World]:
    """A control plane that runs fast, in a temporary folder."""
    with running(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def shared_world(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One control plane for all tests of a module that change nothing on it."""
    with running(tmp_path_factory.mktemp("world")) as found:
        yield found
