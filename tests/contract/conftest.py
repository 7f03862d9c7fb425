"""A control plane under test, reached in two ways: in process, and over loopback. Every case runs both ways."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import uvicorn

from palette_sdk.controlplane.app import ControlPlane, create_app
from palette_sdk.controlplane.catalogue import Catalogue, load_catalogue
from palette_sdk.controlplane.clock import ManualClock
from palette_sdk.controlplane.faults import Dropped
from palette_sdk.controlplane.store import Store
from tests.contract.openapi import Description, find_description

KEY = "test-key-1"


class InProcess(httpx2.BaseTransport):
    """Calls the app on an event loop of its own; a dropped connection is the read error that a network would give."""

    def __init__(self, app: ControlPlane) -> None:
        self._runner = asyncio.Runner()
        self._inner = httpx2.ASGITransport(app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await self._inner.handle_async_request(request)
        except Dropped as dropped:
            raise httpx2.ReadError(str(dropped), request=request) from dropped
        content = await response.aread()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)

    def close(self) -> None:
        """End the loop."""
        self._runner.close()


@dataclass
class Api:
    """A client with the key and the project of the control plane under test.

    Every successful answer is checked against the description of the API, where that is at hand.
    """

    client: httpx2.Client
    clock: ManualClock
    store: Store
    plane: ControlPlane
    slept: list[float]
    description: Description | None
    project: str = ""
    checked: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, **kwargs: Any) -> httpx2.Response:
        """One request; `tenant=True` leaves the project out, `headers` are added."""
        headers = {} if kwargs.pop("tenant", False) or not self.project else {"ProjectUid": self.project}
        headers |= kwargs.pop("headers", {})
        if body is not None:
            kwargs["json"] = body
        response = self.client.request(method, path, headers=headers, **kwargs)
        if self.description is not None and response.is_success and response.url.path.startswith("/v1/"):
            is_json = response.headers.get("content-type", "").startswith("application/json")
            got = response.json() if is_json else None
            if is_json or not response.content:
                problems = self.description.problems(method, response.url.path, response.status_code, got)
                assert not problems, "\n".join(problems)
                self.checked.append(response.url.path)
        return response

    def get(self, path: str, body: Any = None, **kwargs: Any) -> httpx2.Response:
        """GET, with a body where one is given."""
        return self.call("GET", path, body, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> httpx2.Response:
        """POST."""
        return self.call("POST", path, body, **kwargs)

    def put(self, path: str, body: Any = None, **kwargs: Any) -> httpx2.Response:
        """PUT."""
        return self.call("PUT", path, body, **kwargs)

    def patch(self, path: str, body: Any = None, **kwargs: Any) -> httpx2.Response:
        """PATCH."""
        return self.call("PATCH", path, body, **kwargs)

    def delete(self, path: str, body: Any = None, **kwargs: Any) -> httpx2.Response:
        """DELETE, with a body where one is given."""
        return self.call("DELETE", path, body, **kwargs)

    def ok(self, method: str, path: str, body: Any = None, *, status: int = 200, **kwargs: Any) -> Any:
        """The decoded body of a call that must give exactly this status."""
        response = self.call(method, path, body, **kwargs)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: Any = None, *, status: int, code: str, **kwargs: Any) -> Any:
        """The error body of a call that must be refused with exactly this status and code."""
        response = self.call(method, path, body, **kwargs)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text[:500]}"
        error = response.json()
        assert set(error) == {"code", "message", "ref", "details"}
        assert error["code"] == code
        assert error["message"]
        assert error["ref"]
        return error


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The packs that come with the package, read once."""
    return load_catalogue()


@pytest.fixture(scope="session")
def description() -> Description | None:
    """The description of the API, or None where there is no copy of it."""
    path = find_description()
    return Description(path) if path else None


@pytest.fixture(params=["in process", "loopback"])
def api(
    request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue, description: Description | None
) -> Iterator[Api]:
    """A fresh control plane with a manual clock and counted uids."""
    store, clock, slept = Store(tmp_path / "palette.db"), ManualClock(), []
    numbers = itertools.count(1)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    app = create_app(
        store, clock, api_key=KEY, uid_source=lambda: f"{next(numbers):024x}", catalogue=catalogue, sleep=sleep
    )
    plane = cast("ControlPlane", app)
    loopback = Loopback(plane) if request.param == "loopback" else None
    try:
        client = httpx2.Client(
            base_url=loopback.url if loopback else "http://palette.test",
            transport=None if loopback else InProcess(plane),
            headers={"ApiKey": KEY},
            trust_env=False,
        )
        with client:
            api = Api(client, clock, store, plane, slept, description)
            api.project = api.ok("GET", "/local/info")["project"]["uid"]
            yield api
    finally:
        if loopback:
            loopback.stop()
        store.close()


class Loopback:
    """The app behind uvicorn on a free port, in a thread."""

    def __init__(self, app: ControlPlane) -> None:
        started = threading.Event()

        class Announcing(uvicorn.Server):
            async def startup(self, sockets: Any = None) -> None:
                await super().startup(sockets)
                started.set()

        config = uvicorn.Config(
            app, host="127.0.0.1", port=0, log_level="critical", access_log=False, date_header=False
        )
        self._server = Announcing(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        assert started.wait(20), "the server did not start"
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End the server and wait for its thread."""
        self._server.should_exit = True
        self._thread.join(20)
