"""What the Pulumi engine knows and a dynamic provider's hook is not told.

A hook gets dictionaries only. The servicer that calls it holds more: the resource's URN, the stored inputs on a read,
the gRPC context by which a half-made resource can be saved, the thread pool, the cancel request. This module reaches
for them, each part on its own and guarded: where a version of pulumi is built otherwise, the part is inactive, and the
hook behaves plainly (see `SeamParts`). It knows nothing about Palette.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, FunctionType
from typing import Any, Literal, NoReturn

PROVIDER_KEY = "__provider"
SECRET_KEY = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the mark's place, not a secret
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark, not a secret
"""How a mapping says that its `value` is a secret; the engine takes that from a hook, though it never sends one."""
WORKERS = 64
"""Threads that serve hooks; pulumi's own default is 4, and a hook that waits holds one."""


@dataclass(frozen=True)
class SeamParts:
    """Which parts of the seam are active with the pulumi at hand."""

    request: bool
    cancel: bool
    workers: bool
    log: bool
    engine_alive: bool


@dataclass(frozen=True)
class HookCall:
    """The engine's request behind the hook that is running, as far as it could be found."""

    urn: str = ""
    request: Any = None
    context: Any = None

    @property
    def found(self) -> bool:
        """Whether the request was found at all."""
        return self.request is not None

    @property
    def stack(self) -> str:
        """Name of the stack, from the URN."""
        return self.urn.split("::")[0].removeprefix("urn:pulumi:") if self.urn else ""

    @property
    def project(self) -> str:
        """Name of the Pulumi project, from the URN."""
        parts = self.urn.split("::")
        return parts[1] if len(parts) > 1 else ""

    def stored_inputs(self) -> dict[str, Any] | None:
        """On a read: the inputs that state holds, in clear; None where the request has none."""
        fields = getattr(self.request, "inputs", None)
        if fields is None:
            return None
        from pulumi.runtime import rpc

        return dict(rpc.deserialize_properties(fields, True))


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def current_call() -> HookCall:
    """The request and context of the servicer's frame above the running hook."""
    for frame in _frames():
        held = frame.f_locals
        if "request" in held and "context" in held:
            return HookCall(urn=getattr(held["request"], "urn", ""), request=held["request"], context=held["context"])
    return HookCall()


def tell_differences(fields: Mapping[str, Literal["ADD", "DELETE", "UPDATE"]], replaces: Collection[str]) -> bool:
    """Name the inputs that differ in the answer of the diff that runs: a preview shows these, and not what is only carried.

    To be called while the servicer reads the result of the hook: by then the answer's fields stand in its frame. Only whole
    inputs are named, as the engine compares their values itself and knows which of them are secret.

    Args:
        fields: inputs that differ, and how.
        replaces: those of them that replace.

    Returns:
        whether the answer was found; else the engine compares all inputs.
    """
    for frame in _frames():
        answer, kinds = frame.f_locals.get("fields"), getattr(frame.f_globals.get("proto"), "PropertyDiff", None)
        if isinstance(answer, dict) and "request" in frame.f_locals and kinds is not None:
            words = {name: f"{how}_REPLACE" if name in replaces else how for name, how in fields.items()}
            answer["detailedDiff"] = {name: kinds(kind=getattr(kinds, word)) for name, word in words.items()}
            answer["hasDetailedDiff"] = True
            return True
    return False


def widen_workers(count: int = WORKERS) -> bool:
    """Let the thread pool that serves this hook grow to `count` threads; False when the pool was not found."""
    for frame in _frames():
        reference = frame.f_locals.get("executor_reference")
        pool = reference() if callable(reference) else None
        if pool is not None and isinstance(getattr(pool, "_max_workers", None), int):
            pool._max_workers = max(pool._max_workers, count)  # noqa: SLF001
            return True
    return False


def catch_cancel(event: threading.Event) -> bool:
    """Make the servicer's Cancel set `event`; False when the servicer is not there.

    The bound method is registered with gRPC already, so that only its code can be exchanged.
    """
    main = sys.modules.get("__main__")
    method = getattr(getattr(main, "DynamicResourceProviderServicer", None), "Cancel", None)
    if not isinstance(method, FunctionType) or method.__code__.co_argcount != 3 or method.__code__.co_freevars:
        return False
    if "empty_pb2" not in method.__globals__:
        return False
    method.__globals__["_palette_cancelled"] = event

    def Cancel(self, request, context):  # type: ignore[no-untyped-def]  # noqa: N802, ARG001
        _palette_cancelled.set()  # type: ignore[name-defined]  # noqa: F821
        return empty_pb2.Empty()  # type: ignore[name-defined]  # noqa: F821

    method.__code__ = Cancel.__code__
    return True


class EngineLink:
    """The engine's own address: to log on a resource's row, and to notice when the engine is gone."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._stub: Any = None

    @classmethod
    def from_argv(cls) -> EngineLink:
        """The engine gives its address to every plugin as the first argument."""
        main = sys.modules.get("__main__")
        is_plugin = hasattr(main, "DynamicResourceProviderServicer")
        address = sys.argv[1] if is_plugin and len(sys.argv) > 1 else ""
        host, _, port = address.rpartition(":")
        return cls(address if host and port.isdigit() else "")

    @property
    def known(self) -> bool:
        """Whether an address was given."""
        return bool(self._address)

    def say(self, urn: str, text: str, *, severity: str = "INFO", passing: bool = False) -> bool:
        """Print a line on the resource's row; a passing one is not repeated at the end. False when it can't be."""
        if not self._address:
            return False
        import grpc
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        with self._lock:
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self._address))
        level = getattr(engine_pb2, severity)
        try:
            self._stub.Log(engine_pb2.LogRequest(severity=level, message=text, urn=urn, ephemeral=passing), timeout=5)
        except grpc.RpcError:
            return False
        return True

    def alive(self) -> bool:
        """Whether the engine still listens at its address; True when no address is known.

        Only a refusal says that it is gone: a stopped or busy engine is slow, and this process may lack descriptors.
        """
        if not self._address:
            return True
        host, _, port = self._address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
        return True


class Seam:
    """All parts together, for the hooks of one provider process.

    Args:
        link: the engine's address; default: the one that this process was started with.
        leave: ends the process when the engine is gone.
        cancelled: what a cancel sets; hooks pause by waiting for it.
    """

    def __init__(
        self,
        link: EngineLink | None = None,
        *,
        leave: Callable[[], None] = lambda: os._exit(1),
        cancelled: threading.Event | None = None,
    ) -> None:
        self.cancelled = cancelled if cancelled is not None else threading.Event()
        self._link = link if link is not None else EngineLink.from_argv()
        self._leave = leave
        self._seen: set[str] = set()
        self._as_new: set[str] = set()
        self._allowed: set[str] = set()
        self._lock = threading.Lock()
        self._cancel_active = catch_cancel(self.cancelled)
        self._workers_active = widen_workers()

    def parts(self) -> SeamParts:
        """Which parts are active; asked from inside a hook."""
        return SeamParts(
            request=current_call().found,
            cancel=self._cancel_active,
            workers=self._workers_active,
            log=self._link.known,
            engine_alive=self._link.known,
        )

    def leave_if_engine_gone(self) -> None:
        """End this process when the engine no longer answers.

        A killed engine leaves its hooks running; a write of such a hook would reach into the next `pulumi up`.
        """
        if not self._link.alive():
            self._leave()

    def watch_engine(self) -> None:
        """Look each second, from a thread, whether the engine is there, and leave when it is gone.

        So a process leaves too that has nothing to do, or whose hook hangs in a call that nobody answers.
        """
        if self._link.known:
            threading.Thread(target=self._watch, name="engine-watch", daemon=True).start()

    def _watch(self) -> None:
        never = threading.Event()
        while not never.wait(1.0):
            self.leave_if_engine_gone()

    def pause(self, seconds: float) -> bool:
        """Wait, in steps of a second at most, noticing a cancel and the engine's end; True when cancelled."""
        left = seconds
        while left > 0:
            self.leave_if_engine_gone()
            step = min(left, 1.0)
            if self.cancelled.wait(step):
                return True
            left -= step
        return self.cancelled.is_set()

    def progress(self, urn: str, text: str) -> None:
        """A passing line on the resource's own row."""
        self._link.say(urn, text, passing=True)

    def info(self, urn: str, text: str) -> None:
        """A line that stays, on the resource's own row; on standard error when the engine can't be reached."""
        self._lasting(urn, text, "INFO")

    def warn(self, urn: str, text: str) -> None:
        """A warning that stays, on the resource's own row; on standard error when the engine can't be reached."""
        self._lasting(urn, text, "WARNING")

    def debug(self, urn: str, text: str) -> None:
        """A line for `pulumi up --debug` only."""
        self._link.say(urn, text, severity="DEBUG")

    def _lasting(self, urn: str, text: str, severity: str) -> None:
        if not self._link.say(urn, text, severity=severity):
            prefix = "warning: " if severity == "WARNING" else ""
            print(f"{prefix}{text}", file=sys.stderr)  # noqa: T201

    def is_replacement(self, urn: str, *, has_old: bool) -> bool:
        """Whether this check belongs to a replacement.

        The engine checks a resource with its old inputs first, and once more without any when it will be replaced. A
        replacement that was asked for (`--replace`, a taint) is checked once only, as a new resource is: it shows when
        the old one is deleted (`is_deleted_to_replace`).
        """
        if not urn:
            return False
        with self._lock:
            if has_old:
                self._seen.add(urn)
                return False
            self._as_new.add(urn)
            return urn in self._seen

    def is_deleted_to_replace(self, urn: str) -> bool:
        """Whether the deletion that runs is the first half of a replacement: in this run it was checked as new before."""
        with self._lock:
            return urn in self._as_new

    def begin_create(self, urn: str) -> None:
        """Note that the creation of this resource began: a deletion after it is no part of a replacement."""
        with self._lock:
            self._as_new.discard(urn)

    def allow(self, urn: str) -> None:
        """Remember, within this run, that the replacement of this resource was approved."""
        with self._lock:
            self._allowed.add(urn)

    def was_allowed(self, urn: str) -> bool:
        """Whether the replacement of this resource was approved in this run."""
        with self._lock:
            return urn in self._allowed


def fail_initialised(
    call: HookCall, uid: str, outputs: Mapping[str, Any], provider: Any, error: BaseException
) -> NoReturn:
    """Raise `error` so that the engine saves the resource with its id and outputs, as not ready.

    The next `pulumi up` calls update on it. Where the context was not found the error alone is raised.
    """
    if call.context is not None:
        from google.protobuf import any_pb2
        from google.rpc import status_pb2
        from pulumi.runtime import rpc
        from pulumi.runtime.proto import provider_pb2

        loop = asyncio.new_event_loop()
        try:
            state = loop.run_until_complete(rpc.serialize_properties({**outputs, PROVIDER_KEY: provider}, {}))
        finally:
            loop.close()
        detail = any_pb2.Any()
        detail.Pack(provider_pb2.ErrorResourceInitFailed(id=uid, properties=state, reasons=[str(error)]))
        status = status_pb2.Status(code=2, message=str(error), details=[detail])
        call.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    raise error from None
