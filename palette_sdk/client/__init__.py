"""The REST API of Palette for our hooks: typed, synchronous, thread-safe, one connection pool a process.

It sends, retries, pages, caches and names errors; it decides nothing about profiles or clusters. It imports `wire`
and `errors`. What costs time to import (the HTTP library, the bodies) is imported with the first call, not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import Palette as Palette
    from .settings import LocalEndpoint as LocalEndpoint
    from .settings import Settings as Settings
    from .waiting import Look as Look
    from .waiting import wait_for as wait_for
    from .watch import ClusterWatch as ClusterWatch

_HOME = {
    "ClusterWatch": "watch",
    "LocalEndpoint": "settings",
    "Look": "waiting",
    "Palette": "session",
    "Settings": "settings",
    "wait_for": "waiting",
}

__all__ = ["ClusterWatch", "LocalEndpoint", "Look", "Palette", "Settings", "wait_for"]


def __getattr__(name: str) -> object:
    """The public name, from the module that has it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)
