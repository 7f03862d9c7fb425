from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from palette_sdk import local

from .conftest import Run

KEY = "key-that-must-not-be-seen"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["clusters", "--nonsense"], ["kubeconfig"], ["clusters", "web", "--tag", "x"]]
)
def test_wrong_usage(run: Run, data_dir: Path, arguments: list[str]) -> None:
    """Wrong usage is exit code 2 with a line that says what is wrong."""
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert "Error: " in shown.stderr
    assert not data_dir.exists()


def test_version(run: Run) -> None:
    """--version prints name and version."""
    shown = run("--version")
    assert (shown.exit_code, shown.stdout.split()[0]) == (0, "palette-sdk")


@pytest.mark.parametrize("command", [["profiles"], ["clusters"], ["clusters", "web"], ["kubeconfig", "web"]])
def test_nothing_is_named(run: Run, data_dir: Path, command: list[str]) -> None:
    """Every command that looks at a Palette says how to name one."""
    shown = run(*command)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("error: nothing says which Palette to speak to.\n")
    assert not data_dir.exists()


def test_first_line_says_where(run: Run, data_dir: Path) -> None:
    """Before anything else a command says on stderr which host and project it speaks to."""
    endpoint = local.start(data_dir).endpoint
    shown = run("clusters", "--project", "Default")
    assert shown.stderr.splitlines()[0] == f"Palette at {endpoint.url}, project Default"


def test_wrong_key(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong key is one error without the key."""
    endpoint = local.start(data_dir).endpoint
    monkeypatch.setenv("SPECTROCLOUD_APIKEY", KEY)
    shown = run("clusters", "--host", endpoint.url)
    assert shown.exit_code == 1
    assert "401" in shown.stderr
    assert KEY not in shown.output
    assert "Traceback" not in shown.output


def test_unknown_project(run: Run, data_dir: Path) -> None:
    """An unknown project is told with those that there are."""
    local.start(data_dir)
    shown = run("profiles", "--project", "default")
    assert shown.exit_code == 1
    assert shown.stderr.splitlines()[1].startswith("error: there is no project 'default'")
    assert "Projects: Default" in shown.stderr


def test_no_tls_trust(run: Run, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that nobody vouches for is one error; --insecure accepts it."""
    endpoint = local.start(data_dir, tls=True).endpoint
    monkeypatch.setenv("SPECTROCLOUD_APIKEY", endpoint.api_key)
    monkeypatch.setenv("PALETTE_LOCAL_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("SPECTROCLOUD_RETRY_ATTEMPTS", "0")
    shown = run("profiles", "--host", endpoint.url, "--project", "x")
    assert shown.exit_code == 1
    assert "certificate" in shown.stderr
    assert "Traceback" not in shown.output
    assert "there is no project 'x'" in run("profiles", "--host", endpoint.url, "--project", "x", "--insecure").stderr
    local.stop(data_dir)


def test_no_answer_at_the_address(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing listens, the address is told and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("SPECTROCLOUD_APIKEY", KEY)
    monkeypatch.setenv("SPECTROCLOUD_RETRY_ATTEMPTS", "0")
    shown = run("clusters", "--host", f"http://127.0.0.1:{port}")
    assert shown.exit_code == 1
    assert f"127.0.0.1:{port}" in shown.stderr.partition("error: ")[2]
    assert KEY not in shown.output


def test_interrupt(data_dir: Path) -> None:
    """^C during a call ends the command at once and quietly, with exit code 130."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "palette_sdk", "clusters", "--host", url]
        environment = {**os.environ, "SPECTROCLOUD_APIKEY": KEY}
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                process.send_signal(signal.SIGINT)
                assert process.wait(30) == 130
            assert (first, process.stderr.read()) == (f"Palette at {url}, project Default\n", "")


def test_closed_pipe(data_dir: Path) -> None:
    """A reader that has seen enough ends the command without a traceback."""
    command = [sys.executable, "-m", "palette_sdk", "local", "faults", "add", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.wait(30)
        assert "Traceback" not in process.stderr.read()


def test_import_is_light() -> None:
    """The command loads no server, no database and no Pulumi."""
    code = (
        "import sys, palette_sdk.cli.program;"
        "print(sorted({'starlette', 'uvicorn', 'sqlite3', 'pulumi', 'httpx2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
