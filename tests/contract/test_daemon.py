"""The server as a process of its own: real processes, real files, real ports; waits poll with a deadline."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from palette_sdk import local
from palette_sdk.errors import LocalError
from palette_sdk.local import Admin, DataFolder, LocalEndpoint

LIMIT_S = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever server runs on it is stopped afterwards."""
    path = tmp_path / "data"
    yield path
    local.stop(path)


def wait_until(reached: Callable[[], bool]) -> None:
    """Poll until it is so; fail after the limit."""
    deadline = time.monotonic() + LIMIT_S
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet collected doesn't."""
    try:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no ps on this machine")
    return bool(state.stdout.strip()) and not state.stdout.strip().startswith("Z")


def call(endpoint: LocalEndpoint, method: str, path: str, body: object = None) -> Any:
    """One call of the API."""
    connection = HTTPConnection("127.0.0.1", int(endpoint.url.rpartition(":")[2]), timeout=LIMIT_S)
    try:
        connection.request(method, path, json.dumps(body), {"ApiKey": endpoint.api_key})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return json.loads(text)
    finally:
        connection.close()


def kill(endpoint: LocalEndpoint) -> None:
    """kill -9, and wait until it is dead."""
    os.kill(endpoint.pid, signal.SIGKILL)
    wait_until(lambda: DataFolder(endpoint.data_dir).server_pid() is None)


def test_start_returns_when_it_answers(folder: Path) -> None:
    """After `start` the admin API answers, and the endpoint file is private and names the living process."""
    started = local.start(folder)
    assert not started.already_running
    assert Admin(started.endpoint).info()["project"]["name"] == started.endpoint.project
    file = folder / "endpoint.json"
    facts = json.loads(file.read_text())
    assert facts["pid"] == started.endpoint.pid
    assert is_alive(facts["pid"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert {entry.name for entry in folder.iterdir() if entry.stat().st_mode & 0o077} == set()


def test_start_twice(folder: Path) -> None:
    """A second start finds the first server and starts none."""
    first = local.start(folder)
    second = local.start(folder)
    assert second.already_running
    assert second.endpoint == first.endpoint


def test_several_starters_start_one(folder: Path) -> None:
    """Several processes that start at the same time all get the one server."""
    code = "import sys; from palette_sdk import local; e = local.ensure_running(sys.argv[1]); print(e.pid, e.url)"
    starters = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = {starter.communicate(timeout=LIMIT_S)[0] for starter in starters}
    endpoint = local.find(folder)
    assert endpoint is not None
    assert told == {f"{endpoint.pid} {endpoint.url}\n"}


def test_several_threads_start_one(folder: Path) -> None:
    """Threads of one process, as hooks run in, get the one server too."""
    with ThreadPoolExecutor(4) as pool:
        found = {endpoint.pid for endpoint in pool.map(lambda _: local.ensure_running(folder), range(4))}
    assert len(found) == 1


def test_two_folders_side_by_side(tmp_path: Path) -> None:
    """Two data folders have two servers, with keys and objects of their own."""
    one, two = (local.start(tmp_path / name).endpoint for name in ("one", "two"))
    try:
        assert one.url != two.url
        assert one.api_key != two.api_key
        assert Admin(one).info()["project"]["uid"] != Admin(two).info()["project"]["uid"]
        crossed = LocalEndpoint(url=two.url, api_key=one.api_key, project="", data_dir=two.data_dir, pid=two.pid)
        with pytest.raises(LocalError, match=r"refused: .*API key.*401"):
            Admin(crossed).info()
    finally:
        local.stop(tmp_path / "one")
        local.stop(tmp_path / "two")


def test_kill_then_start(folder: Path) -> None:
    """After kill -9 the stale files stop nothing: address, key and state are as before."""
    first = local.start(folder, speed=7).endpoint
    project = Admin(first).info()["project"]
    kill(first)
    assert local.find(folder) is None
    again = local.start(folder)
    assert not again.already_running
    assert again.endpoint.pid != first.pid
    assert (again.endpoint.url, again.endpoint.api_key) == (first.url, first.api_key)
    assert Admin(again.endpoint).info()["project"] == project
    assert Admin(again.endpoint).clock()["speed"] == 7


def test_former_port_is_taken(folder: Path) -> None:
    """When someone else took the former port, a restart takes a free one."""
    first = local.start(folder).endpoint
    local.stop(folder)
    port = int(first.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        again = local.start(folder).endpoint
        assert again.url != first.url
        assert Admin(again).clock()["paused"] is False


def test_given_port_is_taken(folder: Path) -> None:
    """A start on a port that is taken fails in one line with what to do, and leaves no process."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalError) as caught:
            local.start(folder, port=port)
    text = str(caught.value)
    assert text == (
        f"the local control plane can't start: port {port} is taken by another program; "
        "choose another one, or port 0 for a free one"
    )
    assert DataFolder(folder).server_pid() is None


def test_it_listens_on_loopback_only(folder: Path) -> None:
    """The server's socket is bound to 127.0.0.1, so nothing answers on the machine's other addresses."""
    endpoint = local.start(folder).endpoint
    port = int(endpoint.url.rpartition(":")[2])
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("no /proc/net/tcp on this system")
    bound = [line.split()[1] for line in table.read_text().splitlines() if line.split()[1].endswith(f":{port:04X}")]
    assert f"0100007F:{port:04X}" in bound
    assert f"00000000:{port:04X}" not in bound


def test_stop_leaves_no_process(folder: Path) -> None:
    """Stopping ends the process; stopping again says that there was none."""
    endpoint = local.start(folder).endpoint
    assert local.stop(folder) == endpoint.pid
    assert not is_alive(endpoint.pid)
    assert local.find(folder) is None
    assert local.stop(folder) is None
    assert Path(folder / "server.log").read_text() == ""


def test_stop_with_an_open_connection(folder: Path) -> None:
    """An idle connection of some client doesn't keep the server from stopping."""
    endpoint = local.start(folder).endpoint
    with socket.create_connection(("127.0.0.1", int(endpoint.url.rpartition(":")[2]))) as idle:
        idle.sendall(b"GET /v1/health/ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(16).startswith(b"HTTP/1.1 200")
        assert local.stop(folder) == endpoint.pid
    assert not is_alive(endpoint.pid)


def test_given_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A given key is the one that is wanted; it is in the private file and in no process's arguments."""
    monkeypatch.setenv("PALETTE_LOCAL_API_KEY", "key-from-env")
    first = local.start(folder).endpoint
    assert first.api_key == "key-from-env"
    arguments = Path(f"/proc/{first.pid}/cmdline")
    if arguments.exists():
        assert b"key-from-env" not in arguments.read_bytes()
    local.stop(folder)
    second = local.start(folder, api_key="key-given").endpoint
    assert second.api_key == "key-given"
    assert Admin(second).clock()["speed"] == 1


def test_server_has_a_session_of_its_own(folder: Path) -> None:
    """The server is in no session of its starter and has none of its starter's open files."""
    with (folder.parent / "held-open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        endpoint = local.start(folder).endpoint
    assert os.getsid(endpoint.pid) != os.getsid(0)
    descriptors = Path(f"/proc/{endpoint.pid}/fd")
    if descriptors.exists():
        targets = {str(each.readlink()) for each in descriptors.iterdir()}
        assert not any(target.endswith("held-open") for target in targets)
        assert (descriptors / "2").readlink() == folder / "server.log"


def test_running_in_another_way(folder: Path) -> None:
    """Asking a running server for another port, key or TLS setting is refused with the way out."""
    endpoint = local.start(folder).endpoint
    port = int(endpoint.url.rpartition(":")[2])
    assert local.start(folder, port=port, api_key=endpoint.api_key, tls=False).already_running
    told = rf"runs already at {endpoint.url}, on port {port}, not {port + 1} and with another API key and without TLS"
    with pytest.raises(LocalError, match=f"{told}.*stop it first: palette local stop"):
        local.start(folder, port=port + 1, api_key="another", tls=True)


def test_tls(folder: Path) -> None:
    """With TLS the server answers https to who trusts its certificate, and a restart goes on with both."""
    first = local.start(folder, tls=True).endpoint
    assert first.url.startswith("https://127.0.0.1:")
    assert Admin(first).clock()["paused"] is False
    untrusting = LocalEndpoint(url=first.url, api_key=first.api_key, project="", data_dir=folder, pid=first.pid)
    with pytest.raises(LocalError, match=r"doesn't answer \(SSLCertVerificationError\)"):
        Admin(untrusting).clock()
    certificate = Path(first.ca_file).read_bytes()
    local.stop(folder)
    again = local.start(folder).endpoint
    assert again.url == first.url
    assert Path(again.ca_file).read_bytes() == certificate
    assert Admin(again).clock()["paused"] is False


def test_start_next_to_an_unsafe_endpoint_file(folder: Path) -> None:
    """A start refuses to go on with a key that others could read."""
    local.start(folder)
    local.stop(folder)
    (folder / "endpoint.json").chmod(0o640)
    with pytest.raises(LocalError, match="others may read it"):
        local.start(folder)
    assert DataFolder(folder).server_pid() is None


def test_database_of_a_newer_version(folder: Path) -> None:
    """What keeps the server from starting is told in the starter's words, not in a traceback."""
    folder.mkdir()
    (folder / "palette.db").write_text("no database")
    with pytest.raises(LocalError, match=r"can't start: the database .*palette\.db can't be used") as caught:
        local.start(folder)
    assert "\n" not in str(caught.value)


def test_file_in_the_way(folder: Path) -> None:
    """A file that keeps the server from starting is named in one line."""
    folder.mkdir()
    (folder / "tls").write_text("")
    with pytest.raises(LocalError) as caught:
        local.start(folder, tls=True)
    assert str(caught.value) == f"the local control plane can't start: {folder}/tls: File exists"


@pytest.mark.parametrize("key", ["a b", "a\n", "schlüssel"])
def test_odd_key(folder: Path, key: str) -> None:
    """A key that can't travel in a header is refused, and not repeated."""
    with pytest.raises(LocalError, match="the API key has blanks, line ends or other odd characters") as caught:
        local.start(folder, api_key=key)
    assert key not in str(caught.value)
    assert DataFolder(folder).server_pid() is None


def test_second_server_on_one_folder(folder: Path) -> None:
    """A server started by hand on a folder that has one says so and ends."""
    local.start(folder)
    done = subprocess.run(
        [sys.executable, "-m", "palette_sdk.controlplane.serve", "--data-dir", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    assert done.returncode == 1
    assert done.stderr == f"another server holds the data folder {folder}; each needs a folder of its own\n"


def test_foreground(folder: Path) -> None:
    """Run by hand, the server prints its address, is found like any other, and ends with 0 on SIGTERM."""
    command = [sys.executable, "-m", "palette_sdk.controlplane.serve", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        endpoint = local.find(folder)
        assert endpoint is not None
        assert (endpoint.url, endpoint.pid) == (url, process.pid)
        process.terminate()
        assert process.wait(LIMIT_S) == 0


def test_folder_that_was_removed(folder: Path) -> None:
    """A server whose data folder was removed ends by itself: nobody could find or stop it any more."""
    endpoint = local.start(folder).endpoint
    shutil.rmtree(folder)
    wait_until(lambda: not is_alive(endpoint.pid))


def test_killed_under_load(folder: Path) -> None:
    """What was acknowledged before a kill -9, with several clients writing, is there after it."""
    endpoint = local.start(folder).endpoint
    acknowledged: list[str] = []

    def write(client: int) -> None:
        number = 0
        with contextlib.suppress(OSError, HTTPException):
            while True:
                number += 1
                acknowledged.append(
                    call(endpoint, "POST", "/v1/projects", {"metadata": {"name": f"{client}-{number}"}})["uid"]
                )

    writers = [threading.Thread(target=write, args=(client,)) for client in range(4)]
    for writer in writers:
        writer.start()
    wait_until(lambda: len(acknowledged) >= 50)
    kill(endpoint)
    for writer in writers:
        writer.join(LIMIT_S)
    again = local.start(folder).endpoint
    rows = call(again, "GET", "/v1/dashboard/projects/metadata")["items"]
    assert len(acknowledged) >= 50
    assert set(acknowledged) <= {row["metadata"]["uid"] for row in rows}
