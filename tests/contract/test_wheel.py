"""The wheel, installed into an empty virtual environment: what a person gets who has no checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import venv
import zipfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "palette_sdk")
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel and what it needs, and a folder that has nothing to do with the checkout."""

    wheel: Path
    bin: Path
    folder: Path

    def run(self, command: str, *arguments: str) -> str:
        """Standard output of a command of the environment; anything but success fails the test."""
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PALETTE", "SPECTROCLOUD"))
        }
        done = subprocess.run(
            [self.bin / command, *arguments],
            cwd=self.folder,
            env={**environment, "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"},
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{command} {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout


def _pip(*arguments: str, cwd: Path) -> None:
    # By pip's ordinary client, with its own settings and cache.
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, cwd=cwd, text=True, capture_output=True, check=False)
    if done.returncode == 0:
        return
    offline = "No matching distribution" in done.stderr or "Connection" in done.stderr
    if offline and not os.environ.get("CI"):
        pytest.skip(f"pip reaches no package index: {done.stderr.splitlines()[-1]}")
    pytest.fail(f"pip {' '.join(arguments)}\n{done.stdout}{done.stderr}")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this checkout with the extra `local`, held to the project's own constraints."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a copy: a build leaves its traces beside the sources
    source.mkdir()
    for name in SOURCES:
        here = ROOT / name
        if here.is_dir():
            shutil.copytree(here, source / name)
        else:
            shutil.copy(here, source / name)
    _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder / "dist"), str(source), cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    target = folder / "venv" / "bin"
    _pip(
        *("--python", str(target / "python"), "install", "--quiet"),
        *("--constraint", str(ROOT / "constraints.txt"), f"{wheel}[local]"),
        cwd=folder,
    )
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installed(wheel, target, elsewhere)


def names_in(wheel: Path) -> list[str]:
    """Paths inside the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_the_package_alone(installed: Installed) -> None:
    """The package with its types and catalogue is in the wheel; tests, tools and compiled files are not."""
    names = names_in(installed.wheel)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"palette_sdk"}
    assert "palette_sdk/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc") or "/tests/" in name]
    data = ROOT / "palette_sdk" / "controlplane" / "catalogue"
    catalogue = {str(path.relative_to(ROOT)) for kind in ("*.yaml", "*.md") for path in data.rglob(kind)}
    assert catalogue
    assert catalogue <= set(names)


def test_metadata_names_the_pythons(installed: Installed) -> None:
    """The metadata admits Python 3.11 to 3.13 and names the extra and the command."""
    with zipfile.ZipFile(installed.wheel) as archive:
        info = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(info).decode())
        scripts = archive.read(info.replace("METADATA", "entry_points.txt")).decode()
    assert set(metadata["Requires-Python"].split(",")) == {">=3.11", "<3.14"}
    prefix = "Programming Language :: Python :: 3."
    classifiers = metadata.get_all("Classifier") or []
    assert {text.removeprefix(prefix) for text in classifiers if text.startswith(prefix)} == {"11", "12", "13"}
    assert "local" in (metadata.get_all("Provides-Extra") or [])
    assert "palette = palette_sdk.cli:main" in scripts


def test_it_is_imported_from_anywhere_without_a_warning(installed: Installed) -> None:
    """`import palette_sdk` and all of its public names come from the environment and warn of nothing."""
    code = (
        "import palette_sdk; [getattr(palette_sdk, name) for name in palette_sdk.__all__]; print(palette_sdk.__file__)"
    )
    found = Path(installed.run("python", "-I", "-W", "error", "-c", code).strip())
    assert found.is_relative_to(installed.bin.parent)


def test_the_command_tells_its_version(installed: Installed) -> None:
    """`palette --version` tells the version that the wheel's name has."""
    version = installed.wheel.name.split("-")[1]
    assert version in installed.run("palette", "--version")


def test_the_control_plane_serves_its_catalogue(installed: Installed) -> None:
    """The installed command starts a control plane that has packs with their values, tells its state, and stops it."""
    data = ("--data-dir", str(installed.folder / "data"))
    installed.run("palette", "local", "start", *data)
    try:
        status = json.loads(installed.run("palette", "local", "status", "--json", *data))
        registries = ask(status, "/v1/registries/metadata")["items"]
        uid = next(row["uid"] for row in registries if row["name"] == "Public Repo")
        pack = ask(status, f"/v1/packs/kubernetes/registries/{uid}")
    finally:
        installed.run("palette", "local", "stop", *data)
    assert "1.30.4" in {tag["tag"] for tag in pack["tags"]}
    assert all("kubeadmconfig" in row["values"] for row in pack["packValues"])
    with pytest.raises(urllib.error.URLError):
        ask(status, "/v1/registries/metadata")


def ask(status: dict[str, Any], path: str) -> Any:
    """The body of a GET."""
    request = urllib.request.Request(status["url"] + path, headers={"ApiKey": status["api_key"]})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
