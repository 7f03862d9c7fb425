"""The HTTP server around the app: a socket on loopback, uvicorn's settings, and the moment when it answers.

Used by the server process and by tests that serve from a thread. It knows nothing of data folders or processes.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from palette_sdk.errors import LocalError

if TYPE_CHECKING:
    from palette_sdk.controlplane.tls import Certificate

LOOPBACK = "127.0.0.1"
# Longer than any client's pool keeps an idle connection: the side that closes last never sees a request on a dead one.
_KEEP_ALIVE_S = 120
_GRACE_S = 5


def listen(port: int = 0, *, preferred: int = 0) -> socket.socket:
    """A listening socket on loopback, and only there.

    Args:
        port: the port, when it has to be that one; 0: see `preferred`.
        preferred: the port to take when it is free; else, and for 0, any free one.

    Raises:
        LocalError: `port` is taken or not allowed.
    """
    if port:
        return _bound(port)
    if preferred:
        try:
            return _bound(preferred)
        except LocalError:
            return _bound(0)
    return _bound(0)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Connections of the former server that linger in TIME_WAIT must not keep the port from its successor.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections take this from the listening socket. Without it the body of an answer, sent after its headers, waits
    # for the client's delayed acknowledgement: 40 ms a call. asyncio sets it for sockets that it makes itself only.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((LOOPBACK, port))
        bound.listen(2048)
    except OSError as e:
        bound.close()
        if e.errno == errno.EADDRINUSE:
            raise LocalError(
                f"port {port} is taken by another program; choose another one, or port 0 for a free one"
            ) from e
        raise LocalError(
            f"port {port} can't be used on {LOOPBACK}: {e.strerror}; choose another one, or port 0 for a free one"
        ) from e
    return bound


def url_of(bound: socket.socket, *, tls: bool) -> str:
    """The address of a bound socket as a URL."""
    return f"{'https' if tls else 'http'}://{LOOPBACK}:{bound.getsockname()[1]}"


def certificate_in(folder: Path) -> Certificate:
    """The certificate in a folder, made when there is none that lasts."""
    # Costs time to import, and few want it.
    from palette_sdk.controlplane.tls import ensure_certificate

    return ensure_certificate(folder, now=datetime.now(UTC))


class HttpServer(uvicorn.Server):
    """Serves an app on a bound socket.

    Args:
        app: the ASGI app.
        on_ready: called once, in the server's thread, when requests are answered.
        certificate: serve https with it.
        is_wanted: asked each second; the server ends when it is no more.
    """

    def __init__(
        self,
        app: Any,
        *,
        on_ready: Callable[[], None],
        certificate: Certificate | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                # No access log: paths and headers of requests are the user's own business.
                access_log=False,
                log_config=None,
                server_header=False,
                # The app tells the date of its own clock.
                date_header=False,
                proxy_headers=False,
                ws="none",
                lifespan="on",
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_GRACE_S,
                ssl_certfile=certificate.cert_file if certificate else None,
                ssl_keyfile=certificate.key_file if certificate else None,
            )
        )
        self._on_ready, self._is_wanted = on_ready, is_wanted

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; uvicorn asks ten times a second."""
        return await super().on_tick(counter) or (counter % 10 == 0 and not self._is_wanted())
