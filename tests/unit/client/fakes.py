"""Fakes at the client's seams: a clock that only sleeping moves, and a service that answers from a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import httpx2

from palette_sdk.client.session import Palette
from palette_sdk.client.settings import Settings

KEY = "hush-hush-key"
PROJECTS = {"items": [{"metadata": {"name": "Default", "uid": "p1"}}, {"metadata": {"name": "Team A", "uid": "p2"}}]}

Reply: TypeAlias = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


class Clock:
    """Time moves by sleeping only."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.at += seconds


class Service:
    """Answers each route with the next reply of its list; the last one is repeated. Keeps what it was asked."""

    def __init__(self, replies: Mapping[str, Reply | list[Reply]] | None = None) -> None:
        self.replies: dict[str, list[Reply]] = {"GET /v1/dashboard/projects/metadata": [ok(PROJECTS)]}
        for route, reply in (replies or {}).items():
            self.on(route, reply)
        self.requests: list[httpx2.Request] = []

    def on(self, route: str, reply: Reply | list[Reply]) -> None:
        self.replies[route] = list(reply) if isinstance(reply, list) else [reply]

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        route = f"{request.method} {request.url.path}"
        replies = self.replies.get(route)
        if not replies:
            return refused(404, "ResourceNotFound", f"nothing at {route}")
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx2.Response) else reply(request)

    def asked(self, route: str) -> list[httpx2.Request]:
        return [request for request in self.requests if f"{request.method} {request.url.path}" == route]


def ok(body: Any, status: int = 200) -> httpx2.Response:
    """An answer with a JSON body."""
    return httpx2.Response(status, json=body)


def done(status: int = 204) -> httpx2.Response:
    """An answer without a body."""
    return httpx2.Response(status)


def refused(status: int, code: str = "", message: str = "", **headers: str) -> httpx2.Response:
    """A refusal in the form of the service."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json={"code": code, "message": message, "ref": "r-1"}, headers=sent)


def sent(request: httpx2.Request) -> Any:
    """The JSON that a request carried."""
    return json.loads(request.content) if request.content else None


def client(
    service: Service, clock: Clock | None = None, *, host: str = "http://127.0.0.1:9", **changes: Any
) -> Palette:
    """A client over a service and a clock."""
    clock = clock or Clock()
    hook = changes.pop("before_write", None)
    return Palette(
        Settings.to(host, KEY, **changes),
        http=httpx2.MockTransport(service.handle),
        now=clock.now,
        sleep=clock.sleep,
        random=lambda: 1.0,
        before_write=hook,
    )
