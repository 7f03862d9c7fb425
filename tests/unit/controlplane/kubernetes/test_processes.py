"""The programs of a control plane: real processes, small stand-ins for the programs."""

from __future__ import annotations

import itertools
import json
import os
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from palette_sdk.controlplane.kubernetes.access import CONTROLLERS, PALETTE, SCHEDULER
from palette_sdk.controlplane.kubernetes.processes import ControlPlaneProcesses, Timing, sweep
from palette_sdk.errors import LocalError
from tests.unit.controlplane.kubernetes.programs import make_programs

TOKENS = {PALETTE: "t-palette", CONTROLLERS: "t-controllers", SCHEDULER: "t-scheduler", "admin": "t-admin"}
LIMIT_S = 120.0
ORDER = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]


class Made:
    """Control planes of one test, all of which end with it."""

    def __init__(self, tmp_path: Path) -> None:
        self.assets, self.folder = tmp_path / "assets", tmp_path / "cluster"
        self.all: list[ControlPlaneProcesses] = []

    def __call__(self, *, answers: bool = True, timing: Timing | None = None) -> ControlPlaneProcesses:
        if not self.assets.exists():
            make_programs(self.assets, answers=answers)
        self.all.append(ControlPlaneProcesses(self.assets, self.folder, TOKENS, timing))
        return self.all[-1]

    def started(self) -> list[str]:
        """Names of the programs in the order in which they began."""
        return (self.assets / "started").read_text(encoding="ascii").split()

    def options(self, name: str) -> list[str]:
        """What a program was started with."""
        return (self.assets / f"{name}.options").read_text(encoding="utf-8").split("\n")

    def pids(self) -> dict[str, int]:
        """What the folder says that runs."""
        return dict(json.loads((self.folder / "pids.json").read_text(encoding="ascii")))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Makes control planes, and ends them."""
    found = Made(tmp_path)
    yield found
    for each in found.all:
        each.stop()


def runs(pid: int) -> bool:
    """Whether a process of this number runs."""
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def gone(pid: int) -> None:
    """Wait until a process that is no child of ours has ended."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            assert select.select([handle], [], [], LIMIT_S)[0], f"{pid} still runs"
        finally:
            os.close(handle)


def manual(seconds: float) -> Timing:
    """A clock that goes on with each pause."""
    steps = itertools.count()
    return Timing(now=lambda: next(steps) * seconds, pause=lambda _: False)


def test_start_and_stop(made: Made) -> None:
    """One after the other, clients once the API server is ready; at the end none runs, and the folder stays."""
    processes = made()
    access = processes.start(limit_s=LIMIT_S)
    assert access.server.startswith("https://127.0.0.1:")
    assert "BEGIN CERTIFICATE" in access.authority
    assert processes.ended() == ""
    pids = made.pids()
    assert list(pids) == ORDER
    assert all(runs(pid) for pid in pids.values())
    processes.stop()
    assert not any(runs(pid) for pid in pids.values())
    assert not (made.folder / "pids.json").exists()
    assert made.started()[:2] == ORDER[:2]
    processes.stop()


def test_what_they_are_started_with(made: Made) -> None:
    """All addresses are loopback's, everybody shows a certificate or a token, and no token is in a command line."""
    access = made().start(limit_s=LIMIT_S)
    port = access.server.rpartition(":")[2]
    etcd, api = made.options("etcd"), made.options("kube-apiserver")
    assert "--client-cert-auth" in etcd
    assert [each for each in etcd if "url" in each and "https://127.0.0.1:" not in each] == []
    assert {"--bind-address=127.0.0.1", f"--secure-port={port}", "--anonymous-auth=false"} <= set(api)
    commands = "".join("".join(made.options(name)) for name in ("etcd", "kube-apiserver"))
    assert not [token for token in TOKENS.values() if token in commands]


def test_files_are_the_users_own(made: Made) -> None:
    """Nobody else may read the tokens; the controllers and the scheduler have kubeconfigs of their own."""
    access = made().start(limit_s=LIMIT_S)
    for name in ("tokens.csv", "kube-controller-manager.kubeconfig", "kube-scheduler.kubeconfig", "pids.json"):
        assert stat.S_IMODE((made.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    document = yaml.safe_load((made.folder / "kube-scheduler.kubeconfig").read_text(encoding="utf-8"))
    assert document["users"] == [{"name": SCHEDULER, "user": {"token": "t-scheduler"}}]
    assert document["clusters"][0]["cluster"]["server"] == access.server


def test_restart_keeps_the_address(made: Made) -> None:
    """A kubeconfig that was handed out goes on working: server and authority stay."""
    first = made()
    before = first.start(limit_s=LIMIT_S)
    first.stop()
    after = made().start(limit_s=LIMIT_S)
    assert (after.server, after.authority) == (before.server, before.authority)


def test_program_that_ends_at_once(made: Made) -> None:
    """It is named with its code and its last words, and nothing is left running."""
    make_programs(made.assets)
    (made.assets / "etcd.ends").write_text("bind: address already in use\n", encoding="ascii")
    with pytest.raises(LocalError) as caught:
        made().start(limit_s=LIMIT_S)
    assert str(caught.value) == "etcd ended with code 3: bind: address already in use"
    assert not (made.folder / "pids.json").exists()


def test_program_that_ends_later(made: Made) -> None:
    """Who asks is told."""
    processes = made()
    processes.start(limit_s=LIMIT_S)
    assert processes.ended() == ""
    pid = made.pids()["kube-scheduler"]
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert processes.ended().startswith("kube-scheduler ended with code -9: ")


def test_program_that_cant_be_started(made: Made) -> None:
    """A file that is none of this machine's programs is named."""
    make_programs(made.assets)
    (made.assets / "etcd").write_bytes(b"\x00\x01")
    with pytest.raises(LocalError) as caught:
        made().start(limit_s=LIMIT_S)
    assert str(caught.value) == f"{made.assets / 'etcd'} can't be started: Exec format error"


def test_api_server_that_never_answers(made: Made) -> None:
    """It is waited for as long as was said, then its log is named and nothing is left running."""
    with pytest.raises(LocalError) as caught:
        made(answers=False, timing=manual(10.0)).start(limit_s=60.0)
    log = made.folder / "kube-apiserver.log"
    assert str(caught.value) == f"gave up waiting for the API server to be ready; its log is {log}"
    assert not (made.folder / "pids.json").exists()


def test_stop_while_it_starts(made: Made) -> None:
    """Who is told to end doesn't wait for the rest of the time."""
    timing = Timing(now=lambda: 0.0, pause=lambda _: True)
    with pytest.raises(LocalError, match="the local control plane is being stopped"):
        made(answers=False, timing=timing).start(limit_s=60.0)
    assert not (made.folder / "pids.json").exists()


def test_remove(made: Made) -> None:
    """Everything of the cluster goes."""
    processes = made()
    processes.start(limit_s=LIMIT_S)
    pids = made.pids()
    processes.remove()
    assert not made.folder.exists()
    assert not any(runs(pid) for pid in pids.values())


def test_log_is_cut(made: Made) -> None:
    """A log that has grown long is put aside at the next start."""
    make_programs(made.assets)
    made.folder.mkdir()
    (made.folder / "etcd.log").write_bytes(b"x" * 5_000_001)
    made().start(limit_s=LIMIT_S)
    assert (made.folder / "etcd.log").stat().st_size < 100
    assert (made.folder / "etcd.log.1").stat().st_size == 5_000_001


# ---- what a server that was killed leaves ----------------------------------------------------------------------------


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two processes that wait: the command line of the first names the cluster's folder."""
    programs = make_programs(tmp_path / "programs", answers=False)
    (tmp_path / "cluster").mkdir()
    found = [
        subprocess.Popen([str(programs / "etcd"), option])
        for option in (f"--data-dir={tmp_path / 'cluster'}", "--other")
    ]
    yield found
    for each in found:
        each.kill()
        each.wait()


def test_sweep_ends_what_is_ours(tmp_path: Path, waiting: list[subprocess.Popen[bytes]]) -> None:
    """Of the pids in the folder only those count whose command line names it: pids are used again."""
    ours, other = waiting
    pids = {"etcd": ours.pid, "kube-apiserver": other.pid, "kube-scheduler": 2**22 + 1}
    (tmp_path / "cluster" / "pids.json").write_text(json.dumps(pids), encoding="ascii")
    assert sweep(tmp_path / "cluster") == [ours.pid]
    assert ours.wait() == -signal.SIGKILL
    assert other.poll() is None
    assert not (tmp_path / "cluster" / "pids.json").exists()
    assert sweep(tmp_path / "cluster") == []


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"etcd": "x"}', '{"etcd": null}', "5"])
def test_sweep_of_a_broken_file(tmp_path: Path, text: str) -> None:
    """A file that a crash has left in pieces is no reason not to start."""
    (tmp_path / "pids.json").write_text(text, encoding="ascii")
    assert sweep(tmp_path) == []


def test_sweep_without_ps(
    tmp_path: Path, waiting: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small images have no ps; what runs is found all the same."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "cluster" / "pids.json").write_text(json.dumps({"etcd": waiting[0].pid}), encoding="ascii")
    assert sweep(tmp_path / "cluster") == [waiting[0].pid]


def test_start_sweeps(made: Made) -> None:
    """What a former server left is ended before anything starts."""
    former = made()
    before = former.start(limit_s=LIMIT_S)
    after = made().start(limit_s=LIMIT_S)
    assert after.server == before.server
    assert former.ended().startswith("etcd ended with code -9")


PARENT = """
import os, signal, sys
from pathlib import Path
from palette_sdk.controlplane.kubernetes.processes import ControlPlaneProcesses
tokens = {name: f"t{n}" for n, name in enumerate(["palette", "system:kube-controller-manager", "system:kube-scheduler"])}
ControlPlaneProcesses(Path(sys.argv[1]), Path(sys.argv[2]), tokens).start(limit_s=120)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_server_leaves_none_running(made: Made) -> None:
    """Not even `kill -9` of who started them leaves a program behind."""
    make_programs(made.assets)
    done = subprocess.run([sys.executable, "-c", PARENT, made.assets, made.folder], check=False)
    assert done.returncode == -signal.SIGKILL
    pids = made.pids()
    assert list(pids) == ORDER
    for pid in pids.values():
        gone(pid)
