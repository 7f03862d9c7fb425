"""Programs under pulumi's mocks: resources are registered without an engine, on an event loop that is closed afterwards."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.settings import SETTINGS

T = TypeVar("T")


class Recording(Mocks):
    """An engine that takes every resource as it is, and keeps its inputs by name."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}
        self.types: dict[str, str] = {}
        self.requests: dict[str, Any] = {}

    def call(self, args: MockCallArgs) -> Any:
        """Answer nothing."""
        return {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Take it."""
        self.inputs[args.name] = dict(args.inputs)
        self.types[args.name] = args.typ
        return f"{args.name}-id", dict(args.inputs)


class ClosingMonitor(MockMonitor):
    """A monitor that keeps its requests, and whose registrations leave no event loop behind in their threads."""

    def __init__(self, engine: Recording) -> None:
        super().__init__(engine)
        self._engine = engine

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Register."""
        self._engine.requests[request.name] = request
        return on_own_loop(lambda: super(ClosingMonitor, self).RegisterResource(request))  # type: ignore[no-untyped-call]

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Read."""
        self._engine.requests[request.name] = request
        return on_own_loop(lambda: super(ClosingMonitor, self).ReadResource(request))  # type: ignore[no-untyped-call]


def on_own_loop(act: Callable[[], Any]) -> Any:
    """What `act` gives, on an event loop of its own where this is a worker's thread."""
    if threading.current_thread() is threading.main_thread():
        return act()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return act()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def run_program(program: Callable[[], Awaitable[T]], *, preview: bool = False, engine: Recording | None = None) -> T:
    """What a program gives that runs under mocks; all its resources are registered when this returns."""
    # Pulumi keeps its settings and the root of the stack in context variables: a context of its own leaves none behind.
    return copy_context().run(_run, program, preview, engine or Recording())


def _run(program: Callable[[], Awaitable[T]], preview: bool, engine: Recording) -> T:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type]
        pulumi.runtime.set_mocks(engine, preview=preview, monitor=ClosingMonitor(engine))

        async def whole() -> T:
            result = await program()
            await pulumi.runtime.stack.wait_for_rpcs()
            return result

        return loop.run_until_complete(whole())
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        SETTINGS.outputs.clear()
        SETTINGS.rpc_manager.clear()
        asyncio.set_event_loop(None)
        loop.close()
