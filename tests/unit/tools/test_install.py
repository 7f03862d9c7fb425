"""The set-up of the engine where something is missing: one sentence says what to do. Nothing is built here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

INSTALL = Path(__file__).resolve().parents[3] / "tools" / "engine" / "install.py"


def install(cache: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """A run of the set-up that sees no engine but what stands in `path` and `cache`."""
    environment = {"PATH": str(path), "XDG_CACHE_HOME": str(cache), "HOME": str(cache)}
    command = [sys.executable, str(INSTALL), *arguments]
    return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder without any program."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_without_an_engine(tmp_path: Path, empty: Path) -> None:
    """To be told where the engine is, before there is one, ends with the command that makes it."""
    done = install(tmp_path, "--print-only", path=empty)
    assert done.returncode == 1
    assert done.stderr == "engine set-up: not built yet; run `make setup` first.\n"
    assert done.stdout == ""


def test_without_go(tmp_path: Path, empty: Path) -> None:
    """Without an engine and without the tool that builds one, the text names both ways, and nothing is left behind."""
    done = install(tmp_path, path=empty)
    assert done.returncode == 1
    assert done.stderr == (
        "engine set-up: neither `pulumi` nor `go` is on PATH. Install Pulumi (see pulumi.com/docs/install), "
        "or Go 1.26 or newer (see go.dev/dl) to have it built once.\n"
    )
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".lock"]


def test_with_an_engine_on_path(tmp_path: Path, empty: Path) -> None:
    """The person's own engine is used: nothing is printed, and nothing is looked for in the cache."""
    for name in ("pulumi", "pulumi-language-python"):
        (empty / name).touch(mode=0o755)
    done = install(tmp_path, path=empty)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
