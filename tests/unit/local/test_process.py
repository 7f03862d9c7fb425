from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from palette_sdk.errors import LocalError
from palette_sdk.local import DataFolder, LocalEndpoint, start
from palette_sdk.local.process import server_environment, server_options


def endpoint(folder: Path, *, url: str = "http://127.0.0.1:4321", ca_file: str = "") -> LocalEndpoint:
    """The endpoint of a former server."""
    return LocalEndpoint(url=url, api_key="kept-key", ca_file=ca_file, project="Default", data_dir=folder, pid=77)


def test_environment_leaves_secrets_behind() -> None:
    """Of its starter's environment the server gets what it needs to run, and no credentials or passphrases."""
    given = {
        "PATH": "/bin",
        "LC_ALL": "C.UTF-8",
        "PULUMI_CONFIG_PASSPHRASE": "s1",
        "AWS_SECRET_ACCESS_KEY": "s2",
        "SPECTROCLOUD_APIKEY": "s3",
    }
    environment = server_environment(given, "key")
    assert environment["PATH"] == "/bin"
    assert environment["LC_ALL"] == "C.UTF-8"
    assert environment["PALETTE_LOCAL_API_KEY"] == "key"
    assert not {"s1", "s2", "s3"} & set(environment.values())


def test_environment_has_absolute_import_paths() -> None:
    """Import paths stay valid although the server works in another folder."""
    paths = server_environment({"PYTHONPATH": f"src{os.pathsep}/abs"}, "")["PYTHONPATH"].split(os.pathsep)
    assert paths[:2] == [str(Path("src").absolute()), "/abs"]
    assert all(Path(path).is_absolute() for path in paths)


def test_first_start_has_no_preferences(tmp_path: Path) -> None:
    """The first start names a folder and a log, nothing else."""
    options = server_options(DataFolder(tmp_path), None, port=0, speed=None, tls=None)
    assert options == ["--data-dir", str(tmp_path), "--detach", "--log-file", str(tmp_path / "server.log")]


def test_restart_asks_for_the_former_port_and_tls(tmp_path: Path) -> None:
    """A restart prefers the former port and goes on with https."""
    last = endpoint(tmp_path, url="https://127.0.0.1:4321", ca_file="/ca.pem")
    options = server_options(DataFolder(tmp_path), last, port=0, speed=None, tls=None)
    assert options[5:] == ["--preferred-port", "4321", "--tls"]


def test_what_is_asked_for_wins(tmp_path: Path) -> None:
    """A given port, speed and TLS setting win over the former ones."""
    last = endpoint(tmp_path, ca_file="/ca.pem")
    options = server_options(DataFolder(tmp_path), last, port=99, speed=2.5, tls=False)
    assert options[5:] == ["--port", "99", "--speed", "2.5"]


def kubernetes_options(
    folder: Path, last: LocalEndpoint | None, *, given: str | None = None, limit: int = 0
) -> list[str]:
    """The options that concern Kubernetes."""
    options = server_options(
        DataFolder(folder), last, port=1, speed=None, tls=None, kubernetes=given, kubernetes_limit=limit
    )
    return options[options.index("--port") + 2 :]


def test_real_clusters_stay_real(tmp_path: Path) -> None:
    """Programs and limit are those of the last start, unless others are given; an empty folder means none."""
    real = replace(endpoint(tmp_path), kubernetes="/programs", kubernetes_limit=2)
    assert kubernetes_options(tmp_path, None) == []
    assert kubernetes_options(tmp_path, endpoint(tmp_path)) == []
    assert kubernetes_options(tmp_path, None, given="/new") == ["--kubernetes", "/new"]
    assert kubernetes_options(tmp_path, real) == ["--kubernetes", "/programs", "--kubernetes-limit", "2"]
    assert kubernetes_options(tmp_path, real, given="/new", limit=5) == [
        "--kubernetes",
        "/new",
        "--kubernetes-limit",
        "5",
    ]
    assert kubernetes_options(tmp_path, real, given="", limit=5) == []


def test_the_key_is_never_an_argument(tmp_path: Path) -> None:
    """Arguments can be read by all users of a machine, so the key is not among them."""
    options = server_options(DataFolder(tmp_path), endpoint(tmp_path), port=0, speed=1.0, tls=True)
    assert "kept-key" not in " ".join(options)


def test_missing_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the server's libraries a start says what to install, and makes no folder."""
    for name in ("starlette", "uvicorn"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(LocalError, match=r"needs starlette and uvicorn; run: pip install 'palette-sdk\[local\]'"):
        start(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_import_is_light() -> None:
    """Importing the package loads nothing of the server, of the HTTP library or of pydantic."""
    code = (
        "import sys, palette_sdk.local;"
        "heavy = {'starlette', 'uvicorn', 'pydantic', 'httpx2', 'sqlite3', 'yaml', 'http.client', 'pulumi'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
