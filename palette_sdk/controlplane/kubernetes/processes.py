"""The four programs of one cluster's control plane: started in order, ended together, never left behind.

All of a cluster lies in one folder. Each program is in a session of its own; a small shell, whose standard input is a
pipe from this process, ends them when the pipe breaks, so not even `kill -9` of the server leaves one running. Should
the shell itself have been killed, `sweep` ends what the folder's `pids` still names and what really is ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from palette_sdk.controlplane.kubernetes.access import CONTROLLERS, SCHEDULER, Access, token_file
from palette_sdk.controlplane.private import write_private
from palette_sdk.controlplane.tls import Certificate, ensure_certificate
from palette_sdk.errors import KubernetesError, LocalError
from palette_sdk.kube import KubeApi

ETCD, API_SERVER, CONTROLLER_MANAGER, KUBE_SCHEDULER = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler",
)  # fmt: skip
PROGRAMS = (ETCD, API_SERVER, CONTROLLER_MANAGER, KUBE_SCHEDULER)
"""What the folder of assets has to hold."""

_SERVICES = "10.96.0.0/16"
_FIRST_SERVICE = "10.96.0.1"
_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
_CONTROLLERS = (
    "clusterrole-aggregation-controller", "cronjob-controller", "daemonset-controller", "deployment-controller",
    "endpointslice-controller", "garbage-collector-controller", "job-controller", "namespace-controller",
    "persistentvolume-binder-controller", "pod-garbage-collector-controller", "replicaset-controller",
    "replicationcontroller-controller", "root-ca-certificate-publisher-controller", "serviceaccount-controller",
    "statefulset-controller", "ttl-after-finished-controller",
)  # fmt: skip
"""Those that make sense where no kubelet runs: none judges nodes by their heartbeats."""
_GUARD = r"""
read -r _
for pid in "$@"; do
  command=$(tr '\0' ' ' < "/proc/$pid/cmdline" || ps -ww -o command= -p "$pid")
  case "$command" in *"$FOLDER"*) kill -KILL "$pid" ;; esac
done
"""
_POLL_S = 0.1
_GRACE_S = 3.0
_LOG_LIMIT_BYTES = 5_000_000


@dataclass(frozen=True)
class Timing:
    """How to wait; tests hand in their own.

    Args:
        now: seconds that only grow.
        pause: waits so many seconds; true when it is to end early, since the server stops.
    """

    now: Callable[[], float] = time.monotonic
    pause: Callable[[float], bool] = threading.Event().wait


class ControlPlaneProcesses:
    """The programs of one cluster.

    Args:
        assets: the folder with the programs.
        folder: all that belongs to this cluster; made when missing.
        tokens: by user; those of `access` among them.
        timing: how to wait.
    """

    def __init__(self, assets: Path, folder: Path, tokens: Mapping[str, str], timing: Timing | None = None) -> None:
        self._assets, self._folder, self._tokens = assets, folder, dict(tokens)
        self._timing = timing or Timing()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self, *, limit_s: float) -> Access:
        """Start all programs, and return once the API server is ready.

        Args:
            limit_s: seconds it may take.

        Raises:
            LocalError: a program ends or is not ready in time; none is left running.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(self._folder, self._timing)
        try:
            return self._start(self._timing.now() + limit_s)
        except BaseException:
            self.stop()
            raise

    def _start(self, deadline: float) -> Access:
        certificate = ensure_certificate(
            self._folder / "tls", now=datetime.now(UTC), names=_NAMES, addresses=[_FIRST_SERVICE], is_client=True
        )
        write_private(self._folder / "tokens.csv", token_file(self._tokens).encode())
        ports = _ports(self._folder / "ports.json")
        access = Access(
            f"https://127.0.0.1:{ports['api']}", certificate.ca_file.read_text(encoding="ascii"), self._tokens
        )
        for user in (CONTROLLERS, SCHEDULER):
            kubeconfig = access.kubeconfig(user, name="local")
            write_private(self._folder / f"{user.partition(':')[2]}.kubeconfig", kubeconfig.encode())
        self._run(ETCD, _etcd(self._folder, certificate, ports["etcd"]))
        self._run(API_SERVER, _api_server(self._folder, certificate, ports))
        self._watch_over()
        with contextlib.closing(KubeApi.connect(access.kubeconfig("palette", name="local"), timeout_s=2.0)) as api:
            self._wait_until(lambda: _is_ready(api), "the API server to be ready", deadline)
        self._run(CONTROLLER_MANAGER, _controller_manager(self._folder, certificate))
        self._run(KUBE_SCHEDULER, _scheduler(self._folder))
        self._watch_over()
        return access

    def ended(self) -> str:
        """The name of a program that ended by itself, with the last line it logged; empty while all run."""
        for name, process in self._running.items():
            if process.poll() is not None:
                return f"{name} ended with code {process.returncode}: {_last_line(self._log(name))}"
        return ""

    def stop(self) -> None:
        """End all programs; the folder stays."""
        # Clients before servers: none spends its last seconds on calls that nobody answers.
        for name in reversed(PROGRAMS):
            process = self._running.get(name)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # The guard last: who is killed while it stops leaves nothing behind either.
        if self._guard is not None:
            self._guard.kill()
            self._guard.wait()
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard = None
        self._running.clear()
        (self._folder / "pids.json").unlink(missing_ok=True)

    def remove(self) -> None:
        """End all programs and remove the folder with everything in it."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str, options: list[str]) -> None:
        log = self._log(name)
        if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_name(log.name + ".1"))
        with log.open("ab") as output:
            try:
                self._running[name] = subprocess.Popen(  # noqa: S603 - programs of the folder of assets, our own options
                    [str(self._assets / name), *options],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=self._folder,
                    env={"PATH": os.environ.get("PATH", ""), "HOME": str(self._folder)},
                    start_new_session=True,
                )
            except OSError as error:
                raise LocalError(f"{self._assets / name} can't be started: {error.strerror}") from None
        pids = {name: process.pid for name, process in self._running.items()}
        write_private(self._folder / "pids.json", json.dumps(pids).encode())

    def _watch_over(self) -> None:
        """Have everything that runs now ended when this process is gone."""
        former = self._guard
        pids = [str(process.pid) for process in self._running.values()]
        self._guard = subprocess.Popen(  # noqa: S603 - our own script, the pids of our own programs
            ["/bin/sh", "-c", _GUARD, "guard", *pids],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "FOLDER": str(self._folder)},
            start_new_session=True,
        )
        if former is not None:
            former.kill()
            former.wait()
            if former.stdin is not None:
                former.stdin.close()

    def _wait_until(self, reached: Callable[[], bool], what: str, deadline: float) -> None:
        while not reached():
            if ended := self.ended():
                raise LocalError(ended)
            if self._timing.now() >= deadline:
                raise LocalError(f"gave up waiting for {what}; its log is {self._log(API_SERVER)}")
            if self._timing.pause(_POLL_S):
                raise LocalError("the local control plane is being stopped")

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def sweep(folder: Path, timing: Timing | None = None) -> list[int]:
    """End what a former server left running for the cluster of this folder, and wait for its end; the pids of it.

    A pid counts only while its command line names the folder: pids are used again.
    """
    timing = timing or Timing()
    ended = [pid for pid in _pids_in(folder / "pids.json") if str(folder) in _command_of(pid)]
    for pid in ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # Its ports and files are free again only then.
    deadline = timing.now() + _GRACE_S
    while any(str(folder) in _command_of(pid) for pid in ended) and timing.now() < deadline:
        if timing.pause(_POLL_S):
            break
    (folder / "pids.json").unlink(missing_ok=True)
    return ended


def _pids_in(path: Path) -> list[int]:
    try:
        return [int(pid) for pid in json.loads(path.read_text(encoding="ascii")).values()]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def _command_of(pid: int) -> str:
    """The command line of a process; empty where none runs. Small images have no ps, and other systems no /proc."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    with contextlib.suppress(OSError):
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the system's own ps
        return done.stdout.strip()
    return ""


def _is_ready(api: KubeApi) -> bool:
    try:
        return str(api.ask("/readyz")).strip() == "ok"
    except KubernetesError:
        return False


def _etcd(folder: Path, certificate: Certificate, port: int) -> list[str]:
    url = f"https://127.0.0.1:{port}"
    tls = (
        ("cert-file", certificate.cert_file),
        ("key-file", certificate.key_file),
        ("trusted-ca-file", certificate.ca_file),
    )
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        # One member has no peers; it has to listen for some all the same, and asks them for a certificate.
        "--listen-peer-urls=https://127.0.0.1:0",
        *[f"--{name}={path}" for name, path in tls],
        *[f"--peer-{name}={path}" for name, path in tls],
        "--client-cert-auth",
        "--peer-client-cert-auth",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _api_server(folder: Path, certificate: Certificate, ports: Mapping[str, int]) -> list[str]:
    return [
        f"--etcd-servers=https://127.0.0.1:{ports['etcd']}",
        f"--etcd-cafile={certificate.ca_file}",
        f"--etcd-certfile={certificate.cert_file}",
        f"--etcd-keyfile={certificate.key_file}",
        "--bind-address=127.0.0.1",
        f"--secure-port={ports['api']}",
        f"--tls-cert-file={certificate.cert_file}",
        f"--tls-private-key-file={certificate.key_file}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={certificate.cert_file}",
        f"--service-account-signing-key-file={certificate.key_file}",
        f"--service-cluster-ip-range={_SERVICES}",
        # The address of the API server that pods would use; none runs here.
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
        # Nodes would start with a taint that only the controller takes away which judges them by their heartbeats.
        "--disable-admission-plugins=TaintNodesByCondition",
        f"--cert-dir={folder / 'run'}",
        "--v=0",
    ]


def _controller_manager(folder: Path, certificate: Certificate) -> list[str]:
    return [
        f"--kubeconfig={folder / 'kube-controller-manager.kubeconfig'}",
        f"--controllers={','.join(_CONTROLLERS)}",
        f"--service-account-private-key-file={certificate.key_file}",
        f"--root-ca-file={certificate.ca_file}",
        "--leader-elect=false",
        "--secure-port=0",
        "--v=0",
    ]


def _scheduler(folder: Path) -> list[str]:
    return [f"--kubeconfig={folder / 'kube-scheduler.kubeconfig'}", "--leader-elect=false", "--secure-port=0", "--v=0"]


def _ports(path: Path) -> dict[str, int]:
    """The ports of this cluster: as they were while they are free, so that a kubeconfig outlives a restart."""
    with contextlib.suppress(OSError, ValueError):
        kept: dict[str, int] = json.loads(path.read_text(encoding="ascii"))
        if all(_is_free(port) for port in kept.values()):
            return kept
    with contextlib.ExitStack() as stack:
        # Bound at the same time, so that they differ.
        bound = {name: stack.enter_context(socket.create_server(("127.0.0.1", 0))) for name in ("api", "etcd")}
        fresh = {name: int(each.getsockname()[1]) for name, each in bound.items()}
    path.write_text(json.dumps(fresh), encoding="ascii")
    return fresh


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def _last_line(log: Path) -> str:
    with contextlib.suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:400] if lines else ""
    return ""
