"""The `palette` command, run in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from palette_sdk import local
from palette_sdk.cli.program import app

Run = Callable[..., Any]


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The default data folder, an empty one; whatever runs on it is stopped afterwards."""
    for name in ("SPECTROCLOUD_HOST", "SPECTROCLOUD_APIKEY", "PALETTE_LOCAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    monkeypatch.setenv("PALETTE_LOCAL_DATA_DIR", str(folder))
    yield folder
    local.stop(folder)


@pytest.fixture
def run() -> Run:
    """Runs `palette` with these arguments; the result has exit_code, stdout and stderr."""

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments), prog_name="palette")

    return invoke
