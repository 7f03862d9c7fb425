"""The socket that the control plane listens on."""

from __future__ import annotations

import contextlib
import socket

import pytest

from palette_sdk.controlplane.listener import listen
from palette_sdk.errors import LocalError


def test_connections_send_at_once() -> None:
    """A connection sends small parts of an answer without waiting for the client's acknowledgement of the one before."""
    with contextlib.closing(listen()) as bound, contextlib.closing(socket.create_connection(bound.getsockname())):
        accepted, _ = bound.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_taken_port_is_named() -> None:
    """A port that another program holds is refused by its number; a preferred one only gives way to a free one."""
    with contextlib.closing(listen()) as first:
        port = first.getsockname()[1]
        with pytest.raises(LocalError, match=f"port {port} is taken"):
            listen(port)
        with contextlib.closing(listen(preferred=port)) as second:
            assert second.getsockname()[1] != port
