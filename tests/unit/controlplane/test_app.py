"""The app around the routes: seeds, restarts, the clock's record."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.app import ControlPlane, create_app, random_uid
from palette_sdk.controlplane.catalogue import Catalogue, load_catalogue
from palette_sdk.controlplane.clock import Clock
from palette_sdk.controlplane.store import Store


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The packs that come with the package."""
    return load_catalogue()


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1767614400.0

    def __call__(self) -> float:
        return self.seconds


def app_on(path: Path, wall: Wall, catalogue: Catalogue) -> ControlPlane:
    """The app on a database file, as after a start of the server."""
    app = create_app(Store(path), Clock(wall), api_key="k", catalogue=catalogue)
    return cast("ControlPlane", app)


async def _call(app: ControlPlane, method: str, path: str, body: bytes = b"") -> int:
    """The status of one call."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"apikey", b"k"), (b"host", b"palette.test")],
        "server": ("palette.test", 80),
    }
    await app(scope, receive, send)
    return statuses[0]


def rows(app: ControlPlane, kind: str) -> list[str]:
    """Uids of all objects of a kind."""
    with app.env.store.atomic() as tx:
        return [row.uid for row in tx.rows(kind)]


def test_seeding_twice_adds_nothing(tmp_path: Path, catalogue: Catalogue) -> None:
    """A second start finds what the first one planted."""
    wall = Wall()
    first = app_on(tmp_path / "palette.db", wall, catalogue)
    planted = {kind: rows(first, kind) for kind in (kinds.PROJECT, kinds.REGISTRY, kinds.ACCOUNT)}
    first.env.store.close()
    second = app_on(tmp_path / "palette.db", wall, catalogue)
    assert {kind: rows(second, kind) for kind in planted} == planted
    assert all(planted.values())
    second.env.store.close()


def test_clock_goes_on_after_a_kill(tmp_path: Path, catalogue: Catalogue) -> None:
    """Without an orderly end the clock goes on from the last write, not from the wall's time."""
    wall = Wall()
    first = app_on(tmp_path / "palette.db", wall, catalogue)
    first.env.clock.set_speed(60)
    wall.seconds += 10
    asyncio.run(_call(first, "POST", "/v1/projects", b'{"metadata": {"name": "p"}}'))
    at_write = first.env.clock.now()
    first.env.store.close()
    wall.seconds += 5000
    second = app_on(tmp_path / "palette.db", wall, catalogue)
    assert (second.env.clock.now(), second.env.clock.speed) == (at_write, 60)
    assert len(rows(second, kinds.PROJECT)) == 2
    second.env.store.close()


def test_polling_keeps_the_clock(tmp_path: Path, catalogue: Catalogue) -> None:
    """Reads alone, too, leave a record some seconds apart, so that a kill doesn't set a waiting client back far."""
    wall = Wall()
    first = app_on(tmp_path / "palette.db", wall, catalogue)
    for _ in range(20):
        wall.seconds += 1
        asyncio.run(_call(first, "GET", "/v1/users/info"))
    now = first.env.clock.now()
    first.env.store.close()
    second = app_on(tmp_path / "palette.db", wall, catalogue)
    assert now - second.env.clock.now() < 5
    second.env.store.close()


def test_the_key_is_in_no_repr(tmp_path: Path, catalogue: Catalogue) -> None:
    """The server's key doesn't show in the environment's text."""
    store = Store(tmp_path / "palette.db")
    app = cast("ControlPlane", create_app(store, Clock(Wall()), api_key="open-sesame", catalogue=catalogue))
    assert "open-sesame" not in repr(app.env)
    store.close()


def test_random_uids() -> None:
    """Uids are 24 lower-case hex characters and differ."""
    uids = {random_uid() for _ in range(100)}
    assert len(uids) == 100
    assert all(len(uid) == 24 and set(uid) <= set("0123456789abcdef") for uid in uids)
