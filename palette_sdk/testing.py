"""For tests of programs that use palette_sdk: a local control plane that lives as long as a `with` block.

It serves from a thread of the test's own process, on a free port of loopback, from a folder that is gone afterwards.
Tests that want to kill and restart a server use `palette_sdk.local` instead. Needs the extra `local`.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from palette_sdk.client.settings import LocalEndpoint, Settings
from palette_sdk.errors import LocalError
from palette_sdk.local.admin import Admin

if TYPE_CHECKING:
    from palette_sdk.controlplane.clock import Clock

__all__ = ["LocalPalette", "local_palette"]

_START_LIMIT_S = 30.0


@dataclass(frozen=True)
class LocalPalette:
    """A running local control plane.

    Args:
        url: its address, `http://127.0.0.1:PORT`.
        api_key: the key it wants.
        project: name of the project that it starts with.
        ca_file: the certificate to trust, with `tls`; else empty.
        admin: its admin API: clock, faults, counts of requests, reset.
    """

    url: str
    api_key: str = field(repr=False)
    project: str
    ca_file: str
    admin: Admin = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What a program or the `palette` command needs in its environment to speak to it."""
        return {"SPECTROCLOUD_HOST": self.url, "SPECTROCLOUD_APIKEY": self.api_key}

    def settings(self, **changes: object) -> Settings:
        """Settings of a client for it; `changes` as for `Settings.to`."""
        return Settings.to(self.url, self.api_key, **{"ca_file": self.ca_file, "project": self.project, **changes})

    def advance(self, seconds: float) -> None:
        """Move its clock on, seconds of its time; what falls due is done when this returns."""
        self.admin.set_clock(advance_s=seconds)


@contextlib.contextmanager
def local_palette(
    *,
    speed: float | None = None,
    api_key: str | None = None,
    data_dir: Path | str | None = None,
    tls: bool = False,
) -> Iterator[LocalPalette]:
    """A local control plane for the time of the block.

    Args:
        speed: seconds of its clock per second; default: the clock stands at 2026-01-05 12:00 UTC and moves only by
            `advance`.
        api_key: the key it shall want; default: a random one.
        data_dir: where its state is kept; default: a temporary folder.
        tls: serve https with a self-made certificate.

    Raises:
        LocalError: it can't be started.

    Example:
        >>> with local_palette() as palette:
        ...     palette.admin.clock()["now"]
        '2026-01-05T12:00:00.000Z'
    """
    key = api_key or f"test-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        folder = Path(data_dir or stack.enter_context(tempfile.TemporaryDirectory(prefix="palette-"))).absolute()
        endpoint, project = stack.enter_context(_serving(folder, _clock(speed), key, tls=tls))
        yield LocalPalette(
            url=endpoint.url, api_key=key, project=project, ca_file=endpoint.ca_file, admin=Admin(endpoint)
        )


def _clock(speed: float | None) -> Clock:
    from palette_sdk.controlplane.clock import Clock, ManualClock

    return ManualClock() if speed is None else Clock(time.time, speed=speed)


@contextlib.contextmanager
def _serving(folder: Path, clock: Clock, api_key: str, *, tls: bool) -> Iterator[tuple[LocalEndpoint, str]]:
    from palette_sdk.controlplane.app import create_app
    from palette_sdk.controlplane.listener import HttpServer, certificate_in, listen, url_of
    from palette_sdk.controlplane.seed import DEFAULT_PROJECT
    from palette_sdk.controlplane.store import Store

    certificate = certificate_in(folder / "tls") if tls else None
    ready, failures = threading.Event(), list[BaseException]()
    with contextlib.closing(Store(folder / "palette.db")) as store, contextlib.closing(listen()) as bound:
        app: Any = create_app(store, clock, api_key=api_key)
        server = HttpServer(app, on_ready=ready.set, certificate=certificate)

        def serve() -> None:
            try:
                server.run(sockets=[bound])
            except BaseException as e:  # noqa: BLE001 - told by the thread that waits
                failures.append(e)
            finally:
                ready.set()

        thread = threading.Thread(target=serve, name="local-palette", daemon=True)
        thread.start()
        try:
            if not ready.wait(_START_LIMIT_S) or failures:
                cause = failures[0] if failures else None
                raise LocalError("the local control plane didn't start in its thread") from cause
            ca_file = str(certificate.ca_file) if certificate else ""
            yield LocalEndpoint(url=url_of(bound, tls=tls), api_key=api_key, ca_file=ca_file), DEFAULT_PROJECT
        finally:
            server.should_exit = True
            thread.join(_START_LIMIT_S)
