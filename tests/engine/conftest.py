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


@pytest.fixture
def world(engine: str, tmp_path: Path) -> Iterator[World]:
    """A control plane that runs fast, in a temporary folder."""
    data = tmp_path / "palette"
    started = local.start(data, speed=SPEED)
    state = tmp_path / "state"
    state.mkdir()
    environment = {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_HOME": str(tmp_path / "pulumi-home"),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PALETTE_LOCAL_DATA_DIR": str(data),
        "SPECTROCLOUD_HOST": "",
        "SPECTROCLOUD_APIKEY": "",
    }
    try:
        yield World(tmp_path, started.endpoint, environment)
    finally:
        with contextlib.suppress(LocalError):
            local.stop(data)
