from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from palette_sdk import local
from palette_sdk.local import Admin

from .conftest import Run


def test_start_status_stop(run: Run, data_dir: Path) -> None:
    """Start, status and stop tell the address and the process, and the key only to programs."""
    started = run("local", "start", "--speed", "60")
    endpoint = local.find(data_dir)
    assert endpoint is not None
    assert started.exit_code == 0
    assert f"running at {endpoint.url} (process {endpoint.pid})" in started.stderr
    shown = run("local", "status")
    assert shown.exit_code == 0
    assert f"url          {endpoint.url}\n" in shown.stdout
    assert "speed 60" in shown.stdout
    assert endpoint.api_key not in started.output + shown.output
    stopped = run("local", "stop")
    assert (stopped.exit_code, stopped.stderr) == (
        0,
        f"stopped (process {endpoint.pid}); its state stays in {data_dir}\n  start it again: palette local start\n",
    )
    assert run("local", "stop").stderr == "it was not running; start it: palette local start\n"


def test_status_for_programs(run: Run, data_dir: Path) -> None:
    """`status --json` has what a program needs: url, api_key, project, data_dir, pid and clock."""
    endpoint = local.start(data_dir, speed=5).endpoint
    facts = json.loads(run("local", "status", "--json").stdout)
    assert facts.pop("clock").keys() == {"now", "speed", "paused"}
    assert facts == {
        "running": True,
        "url": endpoint.url,
        "api_key": endpoint.api_key,
        "project": "Default",
        "data_dir": str(data_dir),
        "pid": endpoint.pid,
        "ca_file": "",
        "kubernetes_limit": 0,
    }


def test_status_when_nothing_runs(run: Run, data_dir: Path) -> None:
    """When nothing runs, status says how to start it and fails, also in JSON."""
    shown = run("local", "status", "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.stdout) == {"running": False, "data_dir": str(data_dir)}
    assert shown.stderr == f"error: no local control plane runs on {data_dir}; start it: palette local start\n"


@pytest.mark.parametrize(
    "command", [["env"], ["reset"], ["clock"], ["requests"], ["faults", "list"], ["faults", "clear"]]
)
def test_commands_when_nothing_runs(run: Run, data_dir: Path, command: list[str]) -> None:
    """What needs a running control plane fails in one line, and starts none."""
    shown = run("local", *command)
    assert shown.exit_code == 1
    assert shown.output == f"error: no local control plane runs on {data_dir}; start it: palette local start\n"
    assert not data_dir.exists()


def test_start_again_leaves_the_clock(run: Run, data_dir: Path) -> None:
    """Starting what runs says so, succeeds, leaves its speed, and says how to change that."""
    endpoint = local.start(data_dir).endpoint
    again = run("local", "start", "--speed", "30")
    assert again.exit_code == 0
    assert again.stderr.startswith(f"already running at {endpoint.url} (process {endpoint.pid})\n")
    assert "  its clock stays at speed 1, not 30; change it: palette local clock --speed 30\n" in again.stderr
    assert Admin(endpoint).clock()["speed"] == 1
    assert "its clock" not in run("local", "start", "--speed", "1").stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "1"], r"on port \d+, not 1"),
        (["--api-key", "other"], "with another API key"),
        (["--tls"], "without TLS"),
        (["--tls", "--api-key", "other"], "with another API key and without TLS"),
    ],
)
def test_start_again_in_another_way(run: Run, data_dir: Path, options: list[str], said: str) -> None:
    """Starting what runs with another port, key or TLS setting says what differs, and changes nothing."""
    endpoint = local.start(data_dir, api_key="first").endpoint
    again = run("local", "start", *options)
    assert again.exit_code == 1
    assert re.fullmatch(
        rf"error: the local control plane runs already at {endpoint.url}, {said}\. "
        r"It was left as it is; for another one stop it first: palette local stop\n",
        again.output,
    )
    assert local.find(data_dir) == endpoint


def test_address_of_a_stopped_one(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names a local control plane that was stopped, a command says in a line how to start it."""
    endpoint = local.start(data_dir).endpoint
    monkeypatch.setenv("SPECTROCLOUD_HOST", endpoint.url)
    monkeypatch.setenv("SPECTROCLOUD_APIKEY", endpoint.api_key)
    local.stop(data_dir)
    shown = run("clusters")
    assert (shown.exit_code, shown.output) == (
        1,
        f"error: the local control plane at {endpoint.url} was stopped; start it: palette local start\n",
    )


def test_port_taken(run: Run, data_dir: Path) -> None:
    """A port that is taken is one line with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        shown = run("local", "start", "--port", str(port))
    assert shown.exit_code == 1
    assert shown.output == (
        f"error: the local control plane can't start: port {port} is taken by another program; "
        "choose another one, or port 0 for a free one\n"
    )


def test_two_folders(run: Run, data_dir: Path, tmp_path: Path) -> None:
    """--data-dir runs a second one beside the first, and start tells how to use it."""
    other = tmp_path / "it's other"
    try:
        assert run("local", "start").exit_code == 0
        started = run("local", "start", "--data-dir", str(other), "--api-key", "other-key")
        assert f"palette local env --data-dir {shlex.quote(str(other))}" in started.stderr
        first, second = local.find(data_dir), local.find(other)
        assert first is not None
        assert second is not None
        assert (first.url != second.url, second.api_key) == (True, "other-key")
    finally:
        local.stop(other)


def test_env_can_be_evaluated(run: Run, data_dir: Path) -> None:
    """A shell that evaluates the lines of `env` has host and key, whatever letters are in the key."""
    endpoint = local.start(data_dir, api_key="a'b$c").endpoint
    lines = run("local", "env").stdout
    script = f'{lines}\nprintf "%s %s" "$SPECTROCLOUD_HOST" "$SPECTROCLOUD_APIKEY"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{endpoint.url} a'b$c"


def test_clock(run: Run, data_dir: Path) -> None:
    """The clock can be stopped, moved on, made faster and let go, and is shown after each change."""
    local.start(data_dir)
    before = json.loads(run("local", "clock", "--pause", "--json").stdout)
    assert before["paused"] is True
    after = json.loads(run("local", "clock", "--advance", "1h30m", "--json").stdout)
    hours = [int(facts["now"][11:13]) * 60 + int(facts["now"][14:16]) for facts in (before, after)]
    assert (hours[1] - hours[0]) % (24 * 60) == 90
    assert run("local", "clock").stdout == f"{after['now']}, paused\n"
    assert run("local", "clock", "--resume", "--speed", "2.5").stdout.endswith(", speed 2.5\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["clock", "--advance", "30"],
        ["clock", "--advance", "-5m"],
        ["clock", "--pause", "--resume"],
        ["clock", "--speed", "-1"],
        ["clock", "--speed", "nan"],
        ["start", "--speed", "inf"],
        ["start", "--port", "70000"],
        ["faults", "add", "explode"],
        ["faults", "add", "delay", "--seconds", "soon"],
        ["faults", "add", "status", "--status", "200"],
        ["nonsense"],
    ],
)
def test_wrong_usage(run: Run, data_dir: Path, arguments: list[str]) -> None:
    """Wrong usage is exit code 2, says what is wrong, and does nothing."""
    shown = run("local", *arguments)
    assert shown.exit_code == 2
    assert "Error: " in shown.stderr
    assert not data_dir.exists()


def test_faults(run: Run, data_dir: Path) -> None:
    """A fault that is added strikes as often as asked, is listed with its hits, and can be cleared."""
    endpoint = local.start(data_dir).endpoint
    added = run(
        "local",
        "faults",
        "add",
        "status",
        "--route",
        "/v1/projects*",
        "--status",
        "429",
        "--retry-after",
        "7",
        "--json",
    )
    fault = json.loads(added.stdout)
    assert (fault["status"], fault["headers"], fault["route"]) == (429, {"Retry-After": "7"}, "/v1/projects*")
    assert run("local", "faults", "add", "delay", "--seconds", "90", "--count", "2").stderr == "set: fault-2\n"
    assert [each["seconds"] for each in Admin(endpoint).faults()] == [0, 90]
    rows = run("local", "faults", "list").stdout.splitlines()
    assert rows[0].split() == ["ID", "ACTION", "METHOD", "ROUTE", "COUNT", "SEEN", "STRUCK"]
    assert rows[1].split() == ["fault-1", "status", "*", "/v1/projects*", "-", "0", "0"]
    assert run("local", "faults", "clear", "fault-1").exit_code == 0
    assert [each["id"] for each in json.loads(run("local", "faults", "list", "--json").stdout)] == ["fault-2"]
    unknown = run("local", "faults", "clear", "fault-1")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("error: the local control plane refused: ")
    run("local", "faults", "clear")
    assert Admin(endpoint).faults() == []


@pytest.mark.parametrize("route", ["v1/projects*", "/v1/projects*"])
def test_route_of_a_fault(run: Run, data_dir: Path, route: str) -> None:
    """A route counts with and without its first slash; a pattern that begins with * stays as it is."""
    endpoint = local.start(data_dir).endpoint
    run("local", "faults", "add", "status", "--route", route)
    run("local", "faults", "add", "status", "--route", "*/kubeconfig*")
    assert [each["route"] for each in Admin(endpoint).faults()] == ["/v1/projects*", "*/kubeconfig*"]


def test_requests(run: Run, data_dir: Path) -> None:
    """API calls are counted by method and route; --reset counts from zero afterwards."""
    local.start(data_dir)
    run("profiles", "--project", "no such project")
    counted = json.loads(run("local", "requests", "--json").stdout)
    route = "/v1/dashboard/projects/metadata"
    assert [(each["method"], each["route"]) for each in counted["items"]] == [("GET", route)]
    assert counted["total"] == counted["items"][0]["count"] > 0
    table = run("local", "requests", "--reset").stdout.splitlines()
    assert table[1].split() == [str(counted["total"]), "GET", route]
    assert json.loads(run("local", "requests", "--json").stdout) == {"total": 0, "items": []}


def test_reset(run: Run, data_dir: Path) -> None:
    """Reset forgets faults and objects; address and key stay."""
    endpoint = local.start(data_dir).endpoint
    admin = Admin(endpoint)
    before = admin.info()["project"]["uid"]
    admin.add_fault({"action": "status"})
    assert run("local", "reset").exit_code == 0
    assert admin.faults() == []
    assert admin.info()["project"]["uid"] != before
    assert local.find(data_dir) == endpoint


def test_server_that_was_killed(run: Run, data_dir: Path) -> None:
    """A control plane that was killed is told as not running, and starts again."""
    endpoint = local.start(data_dir).endpoint
    os.kill(endpoint.pid, signal.SIGKILL)
    local.stop(data_dir)  # waits for its end, if need be
    assert run("local", "status").exit_code == 1
    assert run("local", "start").exit_code == 0
