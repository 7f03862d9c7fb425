"""The control plane as an ASGI app: who calls, in which scope, which route; one transaction a call; errors as bodies.

Route functions and services are plain synchronous code and run in the event loop, one after the other: a call sees
all that was answered before it, and nothing is half done. Holds no state but what it is given, and request counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from palette_sdk.controlplane import access, assumptions, jsontext
from palette_sdk.controlplane.call import Call, Reply, RouteRow
from palette_sdk.controlplane.catalogue import Catalogue
from palette_sdk.controlplane.clock import Clock
from palette_sdk.controlplane.faults import Dropped, Faults
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.routing import Match, Routes
from palette_sdk.controlplane.services.packs import PackIndex
from palette_sdk.controlplane.store import Store, Tx

_log = logging.getLogger(__name__)

Settle = Callable[[Tx, float], None]
"""Brings what is due up to `now` (epoch seconds)."""
Opened = Callable[[Tx], None]
"""Brings what an older database holds to what this version keeps."""
Published = Callable[[Tx, str, float], None]
"""Told after a profile version's published template changed: transaction, profile uid, now."""


@dataclass(frozen=True)
class Hooks:
    """What one family does on another's behalf, without importing it."""

    settle: tuple[Settle, ...] = ()
    profile_published: tuple[Published, ...] = ()
    opened: tuple[Opened, ...] = ()


@dataclass
class Env:
    """What the app was made with; `Call.env`."""

    store: Store
    clock: Clock
    api_key: str = field(repr=False)
    uid_source: Callable[[], str]
    catalogue: Catalogue
    hooks: Hooks
    packs: PackIndex
    has_kubernetes: bool = False
    faults: Faults = field(default_factory=Faults)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    snapshots: dict[str, Any] = field(default_factory=dict, repr=False)


def random_uid() -> str:
    """A fresh uid: 24 lower-case hex characters, as the service has them."""
    return secrets.token_hex(12)


def create_app(
    store: Store,
    clock: Clock,
    *,
    api_key: str,
    uid_source: Callable[[], str] = random_uid,
    catalogue: Catalogue | None = None,
    hooks: Hooks | None = None,
    tables: Iterable[Sequence[RouteRow]] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    has_kubernetes: bool = False,
) -> ASGIApp:
    """The app; seeds an empty store and sets the clock to where the store says it was.

    Args:
        store: the database.
        clock: the server's clock.
        api_key: the key that is always accepted.
        uid_source: gives fresh uids, 24 lower-case hex characters.
        catalogue: the packs of the registries; default: the one that comes with the package.
        hooks: default: those of the families that are there.
        tables: route tables; default: those of all families and the admin API.
        sleep: waits for a delay fault, seconds of the wall clock.
        has_kubernetes: new clusters get a real control plane, which a `kubernetes.fleet` keeps.
    """
    # Here, since the families import this module for its types.
    from palette_sdk.controlplane import seed, wiring
    from palette_sdk.controlplane.catalogue import load_catalogue

    catalogue = load_catalogue() if catalogue is None else catalogue
    env = Env(
        store=store,
        clock=clock,
        api_key=api_key,
        uid_source=uid_source,
        catalogue=catalogue,
        packs=PackIndex(catalogue),
        hooks=wiring.standard_hooks() if hooks is None else hooks,
        has_kubernetes=has_kubernetes,
    )
    with store.atomic() as tx:
        clock.load(tx)
        seed.plant(tx, env)
        for opened in env.hooks.opened:
            opened(tx)
        clock.save(tx)
    return ControlPlane(env, Routes(wiring.tables() if tables is None else tables), sleep)


class ControlPlane:
    """See `create_app`. `env` is open to tests."""

    def __init__(self, env: Env, routes: Routes, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.env = env
        self.routes = routes
        self._sleep = sleep
        self._router = Router(default=self._serve, lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        await self._router(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        yield
        with self.env.store.atomic() as tx:
            self.env.clock.save(tx)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Dropped:
            await _hang_up(receive, send)
            return
        # The server's clock, which may be moved: clients measure how old things are against the answer's own date.
        response.headers["Date"] = formatdate(self.env.clock.now(), usegmt=True)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0] or request.url.path
        try:
            match = self._admit(request, path)
        except Refusal as refusal:
            return self._refused(refusal)
        raw = await request.body()  # before any delay: a caller that goes away then has said all that it had to say
        struck = self.env.faults.striking(request.method, match.route, path) if match.route.startswith("/v1/") else []
        for fault in struck:
            if fault.action == "delay":
                await self._sleep(fault.seconds)
            elif fault.action == "drop-before":
                raise Dropped
            elif fault.action == "status":
                body = fault.body or self._error("InjectedFault", "a fault that was asked for", {})
                return _json(body, fault.status, fault.headers)
        response = self._act(request, match, raw)
        if any(fault.action == "drop-after" for fault in struck):
            raise Dropped
        return response

    def _admit(self, request: Request, path: str) -> Match:
        """The route, after the key was looked at: who has no key doesn't learn which paths there are."""
        is_open = path.rstrip("/") in access.OPEN_PATHS
        if not is_open:
            access.check_key(self.env, request.headers)
        try:
            match = self.routes.match(request.method, path)
        except Refusal:
            self.env.requests[request.method, "(no such route)"] += 1
            raise
        if match.route.startswith("/v1/"):
            self.env.requests[request.method, match.route] += 1
        return match

    def _act(self, request: Request, match: Match, raw: bytes) -> Response:
        env, now = self.env, self.env.clock.now()
        try:
            with env.store.atomic() as tx:
                # On its own: what time has done stays done, also when the act is refused.
                before = tx.changes()
                for settle in env.hooks.settle:
                    settle(tx, now)
                if tx.changes() != before or env.clock.is_save_due():
                    env.clock.save(tx)
            with env.store.atomic() as tx:
                before = tx.changes()
                call = Call(
                    tx=tx,
                    env=env,
                    now=now,
                    method=request.method,
                    route=match.route,
                    project=access.project_of(tx, request.headers, match.route),
                    path=match.params,
                    query=dict(request.query_params),
                    headers=request.headers,
                    raw=raw,
                    base_url=str(request.base_url).rstrip("/"),
                )
                answer = match.handler(call)
                if tx.changes() != before:
                    env.clock.save(tx)
        except Refusal as refusal:
            return self._refused(refusal)
        except Exception as error:  # noqa: BLE001 - a fault of ours is one answer, not the end of the server
            body = self._error("InternalServerError", f"the control plane failed: {type(error).__name__}", {})
            _log.exception("%s %s failed, ref %s", request.method, match.route, body["ref"])
            return _json(body, 500)
        if isinstance(answer, Reply):
            return Response(answer.content, match.status, dict(answer.headers), answer.media_type)
        if answer is None:
            return Response(status_code=match.status)
        return _json(answer, match.status)

    def _refused(self, refusal: Refusal) -> Response:
        headers = {}
        if refusal.status == assumptions.WRONG_METHOD.status:
            headers["Allow"] = ", ".join(refusal.details.get("allowed", ()))
        return _json(self._error(refusal.code, refusal.message, refusal.details), refusal.status, headers)

    def _error(self, code: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
        return {"code": code, "message": message, "ref": self.env.uid_source(), "details": details}


def _json(body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    content = jsontext.encoded(body).encode()
    return Response(content, status, headers, "application/json")


async def _hang_up(receive: Receive, send: Send) -> None:
    """Close the connection without an answer, so that the client sees a reset.

    ASGI has no word for this. Under uvicorn `send` belongs to the request's cycle, which knows the transport; where
    there is none (in process), the error itself goes to the caller.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise Dropped("the connection was dropped by a fault")
    transport.abort()
    # uvicorn answers 500 for an app that returns without an answer, unless it knows that the client is gone.
    while (await receive())["type"] != "http.disconnect":
        pass
