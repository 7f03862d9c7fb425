"""The server process: `python -m palette_sdk.controlplane.serve --data-dir DIR [...]`.

Holds the data folder's lock, opens the store, listens on loopback, and writes `endpoint.json` when it answers. SIGTERM
and SIGINT end it after the requests that are under way. The API key comes by the environment, else a new one is made;
it is never an argument. With `--detach` the process that was started only passes on how the start went, and its child
serves. Knows no commands and no clients; `palette_sdk.local` starts and finds it by the files alone.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import logging
import os
import secrets
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from palette_sdk.controlplane.private import write_private
from palette_sdk.errors import LocalError

if TYPE_CHECKING:
    from palette_sdk.controlplane.clock import Clock
    from palette_sdk.controlplane.kubernetes.fleet import Fleet
    from palette_sdk.controlplane.store import Store

API_KEY_VARIABLE = "PALETTE_LOCAL_API_KEY"
PROJECT = "Default"
_LOG_LIMIT_BYTES = 1_000_000
_LOCK_PATIENCE_S = 0.5
_READY = "ready"


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; the exit code of the process."""
    options = _parser().parse_args(argv)
    # What this process makes, it makes for its user alone.
    os.umask(0o077)
    api_key = os.environ.pop(API_KEY_VARIABLE, "")
    if options.detach:
        return _detached(options, api_key)

    def ready(url: str) -> None:
        print(url, flush=True)  # noqa: T201 - who runs it in the foreground wants to see the address

    try:
        _serve(options, api_key, ready)
    except (LocalError, OSError) as e:
        print(_reason(e), file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _reason(error: LocalError | OSError) -> str:
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m palette_sdk.controlplane.serve", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder for the database and the endpoint file")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    parser.add_argument("--preferred-port", type=int, default=0, help="with port 0: this one when it is free")
    parser.add_argument("--speed", type=_speed, default=None, help="seconds of the server's clock per second")
    parser.add_argument("--tls", action="store_true", help="https with a self-made certificate")
    parser.add_argument("--kubernetes", type=Path, default=None, help="folder with programs: clusters are real")
    parser.add_argument("--kubernetes-limit", type=int, default=4, help="how many of them run at a time")
    parser.add_argument("--detach", action="store_true", help="return when it answers; a child process serves")
    parser.add_argument("--log-file", type=Path, default=None, help="with --detach: where the child's output goes")
    return parser


def _speed(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


def _detached(options: argparse.Namespace, api_key: str) -> int:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8", errors="replace") as pipe:
            told = pipe.read()
        if told == _READY:
            return 0
        os.waitpid(child, 0)
        print(told or "its process ended at once", file=sys.stderr)  # noqa: T201
        return 1
    os.close(reading)
    _redirect_output(options.log_file)

    starter = os.fdopen(writing, "w", encoding="utf-8", errors="replace")

    def tell(text: str) -> None:
        # Once only: what goes wrong later is no matter for the starter, which is gone by then.
        with contextlib.suppress(OSError):
            if not starter.closed:
                starter.write(text)
                starter.close()

    code = 1
    try:
        _serve(options, api_key, lambda _url: tell(_READY))
        code = 0
    except (LocalError, OSError) as e:
        print(_reason(e), file=sys.stderr, flush=True)  # noqa: T201
        tell(_reason(e))
    except BaseException as e:  # noqa: BLE001 - the last frame of the process: the log is the only place to tell it
        traceback.print_exc()
        tell(f"unexpected {type(e).__name__}; the log has the details")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: what the parent had registered to run at exit is the parent's.
    os._exit(code)


def _redirect_output(log_file: Path | None) -> None:
    if log_file is not None and log_file.exists() and log_file.stat().st_size > _LOG_LIMIT_BYTES:
        log_file.replace(log_file.with_name(log_file.name + ".1"))
    target = os.open(log_file or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(null)
    os.close(target)


def _serve(options: argparse.Namespace, api_key: str, on_ready: Callable[[str], None]) -> None:
    from palette_sdk.controlplane.app import create_app
    from palette_sdk.controlplane.clock import Clock
    from palette_sdk.controlplane.listener import HttpServer, certificate_in, listen, url_of
    from palette_sdk.controlplane.store import Store

    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    folder: Path = options.data_dir.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _hold(folder / "server.lock")
    bound = listen(options.port, preferred=options.preferred_port)
    api_key = api_key or f"local-{secrets.token_hex(16)}"
    certificate = certificate_in(folder / "tls") if options.tls else None
    store = Store(folder / "palette.db")
    clock = Clock(time.time)
    _check_kubernetes(store, options.kubernetes)
    app = create_app(store, clock, api_key=api_key, has_kubernetes=options.kubernetes is not None)
    if options.speed is not None:
        with store.atomic() as tx:
            clock.set_speed(options.speed)
            clock.save(tx)
    url = url_of(bound, tls=certificate is not None)

    def ready() -> None:
        facts = {
            "url": url,
            "api_key": api_key,
            "project": PROJECT,
            "pid": os.getpid(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "ca_file": str(certificate.ca_file) if certificate else "",
            "kubernetes": str(options.kubernetes or ""),
            "kubernetes_limit": options.kubernetes_limit if options.kubernetes else 0,
        }
        write_private(folder / "endpoint.json", f"{json.dumps(facts, indent=2)}\n".encode())
        on_ready(url)

    # A folder that someone removed can't be found by anyone any more: its server must not live on for ever.
    is_wanted = partial(_is_same_file, lock, folder / "server.lock")
    server = HttpServer(app, on_ready=ready, certificate=certificate, is_wanted=is_wanted)
    # uvicorn raises a signal again once it has shut down; by then there is nothing left to interrupt.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    fleet = _fleet(options, store, clock, folder)
    if fleet is not None:
        fleet.start()
    try:
        server.run(sockets=[bound])
    finally:
        if fleet is not None:
            fleet.stop()
    store.close()
    os.close(lock)


def _check_kubernetes(store: Store, programs: Path | None) -> None:
    """Refuse what would leave clusters behind that can't go on."""
    from palette_sdk.controlplane.services.clusters_kubernetes import real_clusters

    if programs is None:
        with store.atomic() as tx:
            names = real_clusters(tx)
        if names:
            raise LocalError(
                f"clusters here have real control planes ({', '.join(names)}), so it has to be started with "
                "`palette local start --kubernetes`; for simulated ones take another --data-dir, or delete those first"
            )
        return
    from palette_sdk.controlplane.kubernetes.processes import PROGRAMS

    if missing := [name for name in PROGRAMS if not os.access(programs / name, os.X_OK)]:
        raise LocalError(
            f"{programs} lacks {', '.join(missing)}; `palette local start --kubernetes` finds or builds the programs"
        )


def _fleet(options: argparse.Namespace, store: Store, clock: Clock, folder: Path) -> Fleet | None:
    if options.kubernetes is None:
        return None
    from palette_sdk.controlplane.kubernetes.fleet import Fleet
    from palette_sdk.controlplane.services.clusters_kubernetes import StoreDesk
    from palette_sdk.controlplane.services.clusters_lifecycle import settle

    desk = StoreDesk(store, clock, settle)
    return Fleet(desk, options.kubernetes, folder / "kubernetes", limit=options.kubernetes_limit)


def _hold(path: Path) -> int:
    """Lock the folder for the life of the process, and write our pid into the lock's file."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            # Whoever asks whether a server lives holds the lock for a moment.
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise LocalError(
                    f"another server holds the data folder {path.parent}; each needs a folder of its own"
                ) from None
            time.sleep(0.01)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
