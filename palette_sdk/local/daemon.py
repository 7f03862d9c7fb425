"""Start, find and stop the server process of a local control plane.

The server runs in a session of its own, with none of its starter's files or secrets, so that it outlives the program,
the terminal or the provider process that started it. Who starts holds `start.lock`: of several at the same time one
starts, the others find it. Nothing here imports the server's own packages; importing it costs next to nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from palette_sdk.errors import LocalError
from palette_sdk.local.folder import DataFolder, LocalEndpoint, default_data_dir
from palette_sdk.local.process import API_KEY_VARIABLE, server_options, spawn

_POLL_S = 0.02


@dataclass(frozen=True)
class Started:
    """What `start` did.

    Args:
        endpoint: the server that answers now.
        already_running: it did before.
    """

    endpoint: LocalEndpoint
    already_running: bool


@dataclass(frozen=True)
class Waiting:
    """How to wait; tests hand in their own clock.

    Args:
        now: seconds that only grow.
        sleep: pauses for so many seconds.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def until(self, reached: Callable[[], bool], *, limit_s: float) -> bool:
        """Whether `reached` came true within the limit."""
        deadline = self.now() + limit_s
        while not reached():
            if self.now() >= deadline:
                return False
            self.sleep(_POLL_S)
        return True


def folder_of(data_dir: Path | str | None = None) -> DataFolder:
    """The data folder that is meant: the given one, else `default_data_dir()`."""
    return DataFolder(default_data_dir() if data_dir is None else Path(data_dir).expanduser().absolute())


def find(data_dir: Path | str | None = None) -> LocalEndpoint | None:
    """The local control plane that runs on a data folder; None when there is none.

    Args:
        data_dir: the folder; default: `default_data_dir()`.
    """
    return folder_of(data_dir).running()


def ensure_running(data_dir: Path | str | None = None, *, limit_s: float = 60.0) -> LocalEndpoint:
    """The local control plane of a data folder, started if need be and once, however many ask at the same time.

    Args:
        data_dir: the folder; default: `default_data_dir()`.
        limit_s: seconds to wait for it to answer.

    Raises:
        LocalError: it can't be started, or does not answer in time.
    """
    return start(data_dir, limit_s=limit_s).endpoint


def start(
    data_dir: Path | str | None = None,
    *,
    port: int = 0,
    api_key: str | None = None,
    speed: float | None = None,
    tls: bool | None = None,
    kubernetes: Path | Literal[False] | None = None,
    kubernetes_limit: int = 0,
    limit_s: float = 60.0,
    waiting: Waiting | None = None,
) -> Started:
    """Start the local control plane of a data folder and return when it answers.

    Args:
        data_dir: the folder; default: `default_data_dir()`.
        port: the port on loopback; 0 takes the one of the last start when it is free, else a free one.
        api_key: the key it shall want; default: `PALETTE_LOCAL_API_KEY`, the one from the last start, or a new one.
        speed: seconds of its clock per second; default: as it was, 1 at first.
        tls: serve https with a self-made certificate; default: as at the last start, at first http.
        kubernetes: give new clusters real control planes, with the programs in this folder (see `kubernetes.ensure`);
            False: simulate them; default: as at the last start, at first simulated.
        kubernetes_limit: how many real control planes may run at a time; 0: as at the last start, at first 4.
        limit_s: seconds to wait for it to answer.
        waiting: clock and sleep; for tests.

    Raises:
        LocalError: it can't be started, does not answer in time, or runs already in another way than asked for.
    """
    waiting = waiting or Waiting()
    folder = folder_of(data_dir)
    endpoint = folder.running()
    if endpoint is None:
        _require_extra(cryptography=bool(tls or kubernetes))
        folder.create()
        with _starting(folder, limit_s=limit_s, waiting=waiting):
            endpoint = _settled(folder, limit_s=limit_s, waiting=waiting)
            if endpoint is None:
                last = folder.last_endpoint()
                key = api_key or os.environ.get(API_KEY_VARIABLE) or (last.api_key if last else "")
                _check_key(key)
                options = server_options(
                    folder,
                    last,
                    port=port,
                    speed=speed,
                    tls=tls,
                    kubernetes=None if kubernetes is None else str(kubernetes or ""),
                    kubernetes_limit=kubernetes_limit,
                )
                spawn(folder, options, key, limit_s=limit_s)
                endpoint = folder.running()
                if endpoint is None:
                    raise LocalError(f"the local control plane ended right after its start; see {folder.log_file}")
                return Started(endpoint, already_running=False)
    _same_as_asked(endpoint, port=port, api_key=api_key, tls=tls, kubernetes=kubernetes, limit=kubernetes_limit)
    return Started(endpoint, already_running=True)


def stop(data_dir: Path | str | None = None, *, limit_s: float = 30.0, waiting: Waiting | None = None) -> int | None:
    """Stop the local control plane of a data folder; its state stays.

    Args:
        data_dir: the folder; default: `default_data_dir()`.
        limit_s: seconds that it gets to finish; after them it is killed, which loses nothing that was acknowledged.
        waiting: clock and sleep; for tests.

    Returns:
        The pid of the server that was stopped; None when there was none.
    """
    waiting = waiting or Waiting()
    folder = folder_of(data_dir)
    if folder.server_pid() is None:
        return None
    with _starting(folder, limit_s=limit_s, waiting=waiting):
        waiting.until(lambda: folder.server_pid() != 0, limit_s=limit_s)
        pid = folder.server_pid()
        if pid is None:
            return None
        if pid == 0:
            raise LocalError(
                f"a process holds {folder.server_lock} and doesn't say its pid; `fuser {folder.server_lock}` names it"
            )
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if waiting.until(lambda: folder.server_pid() != pid, limit_s=limit_s):
                waiting.until(lambda: not _is_alive(pid), limit_s=1.0)
                return pid
    raise LocalError(f"process {pid} of the local control plane doesn't end; see {folder.log_file}")


def _require_extra(*, cryptography: bool) -> None:
    needed = ["starlette", "uvicorn", *(["cryptography"] if cryptography else [])]
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise LocalError(
            f"the local control plane needs {' and '.join(missing)}; run: pip install 'palette-sdk[local]'"
        )


def _check_key(key: str) -> None:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise LocalError(
            "the API key has blanks, line ends or other odd characters; it travels in a header: use others"
        )


@contextlib.contextmanager
def _starting(folder: DataFolder, *, limit_s: float, waiting: Waiting) -> Iterator[None]:
    """Hold `start.lock`."""
    try:
        descriptor = os.open(folder.start_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as e:
        raise LocalError(
            f"{folder.start_lock} can't be opened: {e.strerror}; choose another folder with --data-dir"
        ) from e

    def locked() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        if not waiting.until(locked, limit_s=limit_s):
            raise LocalError(
                f"another process has been starting or stopping the local control plane in {folder.path} "
                f"for {limit_s:g} s; see whether it hangs"
            )
        yield
    finally:
        os.close(descriptor)


def _settled(folder: DataFolder, *, limit_s: float, waiting: Waiting) -> LocalEndpoint | None:
    """The endpoint once the folder is either without a server or has one that answered."""
    if not waiting.until(lambda: folder.server_pid() is None or folder.running() is not None, limit_s=limit_s):
        raise LocalError(
            f"process {folder.server_pid() or '?'} holds the data folder {folder.path} but doesn't answer; "
            "end it with: palette local stop"
        )
    return folder.running()


def _same_as_asked(
    endpoint: LocalEndpoint,
    *,
    port: int,
    api_key: str | None,
    tls: bool | None,
    kubernetes: Path | Literal[False] | None,
    limit: int,
) -> None:
    differing = []
    runs_at = endpoint.url.rpartition(":")[2]
    if port and runs_at != str(port):
        differing.append(f"on port {runs_at}, not {port}")
    if api_key and api_key != endpoint.api_key:
        differing.append("with another API key")
    if tls is not None and tls != (bool(endpoint.ca_file)):
        differing.append("without TLS" if tls else "with TLS")
    if kubernetes is not None and bool(kubernetes) != bool(endpoint.kubernetes):
        differing.append(f"with {'simulated' if kubernetes else 'real'} clusters")
    if limit and endpoint.kubernetes and limit != endpoint.kubernetes_limit:
        differing.append(f"with --kubernetes-limit {endpoint.kubernetes_limit}")
    if differing:
        raise LocalError(
            f"the local control plane runs already at {endpoint.url}, {' and '.join(differing)}. "
            "It was left as it is; for another one stop it first: palette local stop"
        )


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # In a container whose first process adopts nobody, a dead server stays in the process table as a zombie.
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except (OSError, IndexError):
        return True
    return state != "Z"
