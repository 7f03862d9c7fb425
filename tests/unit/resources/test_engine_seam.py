"""What hooks take from pulumi's servicer and the engine, each part present and absent."""

from __future__ import annotations

import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2

from palette_sdk.resources.engine_seam import (
    PROVIDER_KEY,
    EngineLink,
    HookCall,
    Seam,
    catch_cancel,
    current_call,
    fail_initialised,
    widen_workers,
)
from tests.unit.resources.servicer import Context, from_struct, to_struct

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/palette:Cluster::web"


# -- the request behind a hook -------------------------------------------------------------------------------------------


@dataclass
class Request:
    """A request with a URN."""

    urn: str = URN


def served(request: Any, context: Any, hook: Callable[[], HookCall]) -> HookCall:
    """A servicer's frame: its arguments are called so."""
    return hook()


def in_between() -> HookCall:
    """A frame of the hook's own."""
    return current_call()


def test_the_call_is_found_above() -> None:
    """Request and context of the frame above the hook are found, with stack and project from the URN."""
    request, context = Request(), Context()
    call = served(request, context, in_between)
    assert call.found
    assert call.request is request
    assert call.context is context
    assert (call.urn, call.stack, call.project) == (URN, "dev", "shop")


def test_the_nearest_call_is_taken() -> None:
    """With two servicer frames on the stack the inner one is the hook's."""
    inner = Request("urn:pulumi:dev::shop::t::inner")
    call = served(Request(), Context(), lambda: served(inner, Context(), current_call))
    assert call.request is inner


def test_no_call_is_found() -> None:
    """Without such a frame the call is empty, and so are stack and project."""
    call = current_call()
    assert not call.found
    assert (call.urn, call.stack, call.project, call.context) == ("", "", "", None)
    assert call.stored_inputs() is None


def test_a_request_without_urn() -> None:
    """A request of another build, without a URN, gives an empty one."""
    assert served(object(), Context(), current_call).urn == ""


def test_stored_inputs_of_a_read() -> None:
    """A read's request tells the inputs that state holds; other requests have none."""
    read = provider_pb2.ReadRequest(urn=URN, id="1", inputs=to_struct({"name": "web", "count": 2}))
    assert HookCall(urn=URN, request=read).stored_inputs() == {"name": "web", "count": 2.0}
    assert HookCall(urn=URN, request=Request()).stored_inputs() is None


# -- the thread pool -----------------------------------------------------------------------------------------------------


def in_worker(executor_reference: Any, act: Callable[[], bool]) -> bool:
    """The frame of a worker thread, as the standard library names its argument."""
    return act()


def test_the_real_pool_is_widened() -> None:
    """From inside a worker the standard library's pool is found, and grows to the number asked for."""
    with futures.ThreadPoolExecutor(max_workers=1) as pool:
        assert pool.submit(widen_workers, 3).result() is True
        gate = threading.Barrier(3, timeout=20)
        assert sorted(future.result() for future in [pool.submit(gate.wait) for _ in range(3)]) == [0, 1, 2]


def test_a_wider_pool_stays() -> None:
    """A pool that is wider already is not made smaller."""
    with futures.ThreadPoolExecutor(max_workers=5) as pool:
        assert pool.submit(widen_workers, 3).result() is True
        assert pool._max_workers == 5


@pytest.mark.parametrize("reference", [None, "text", lambda: None, object])
def test_no_pool(reference: Any) -> None:
    """Outside a worker, or where the pool is built otherwise, nothing is widened and nothing fails."""
    assert in_worker(reference, widen_workers) is False


def test_a_pool_that_is_gone() -> None:
    """A reference whose pool was collected counts as none."""

    class Pool:
        pass

    assert in_worker(weakref.ref(Pool()), widen_workers) is False


# -- cancel --------------------------------------------------------------------------------------------------------------


def stand_in(method: Any = None, **names: Any) -> types.ModuleType:
    """A main module with a servicer."""
    module = types.ModuleType("__main__")
    module.__dict__.update({"empty_pb2": empty_pb2, **names})
    source = "class DynamicResourceProviderServicer:\n    def Cancel(self, request, context):\n        return empty_pb2.Empty()\n"
    exec(source, module.__dict__)
    if method is not None:
        module.DynamicResourceProviderServicer.Cancel = method
    return module


def test_cancel_sets_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method that was bound before, as gRPC holds it, sets the event from then on and still answers."""
    module = stand_in()
    monkeypatch.setitem(sys.modules, "__main__", module)
    bound = module.DynamicResourceProviderServicer().Cancel
    event = threading.Event()
    assert catch_cancel(event) is True
    assert not event.is_set()
    assert bound(None, None) == empty_pb2.Empty()
    assert event.is_set()


def _closed_over() -> Any:
    kept = object()

    def method(self: Any, request: Any, context: Any) -> Any:
        return kept

    return method


@pytest.mark.parametrize(
    "module",
    [
        types.ModuleType("__main__"),
        stand_in(method=lambda self: None),
        stand_in(method=_closed_over()),
        stand_in(method=print),
        stand_in(method=types.FunctionType(compile("0", "x", "eval"), {})),
    ],
    ids=["no servicer", "other arguments", "a closure", "a builtin", "no arguments"],
)
def test_cancel_of_another_build(monkeypatch: pytest.MonkeyPatch, module: types.ModuleType) -> None:
    """Where the servicer is missing or built otherwise the part stays inactive, and nothing is touched."""
    monkeypatch.setitem(sys.modules, "__main__", module)
    assert catch_cancel(threading.Event()) is False


def test_cancel_needs_the_empty_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the name that the exchanged code answers with, it is not exchanged."""
    module = stand_in()
    monkeypatch.setitem(sys.modules, "__main__", module)
    del module.empty_pb2
    assert catch_cancel(threading.Event()) is False


# -- the engine's address ------------------------------------------------------------------------------------------------


@dataclass
class EngineStub(engine_pb2_grpc.EngineServicer):
    """An engine that keeps what is logged."""

    logged: list[Any] = field(default_factory=list)

    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Keep a line."""
        self.logged.append(request)
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[tuple[EngineStub, str, grpc.Server]]:
    """A running engine, as far as logging goes, with its address."""
    stub = EngineStub()
    with futures.ThreadPoolExecutor(max_workers=2) as pool:
        server = grpc.server(pool)
        engine_pb2_grpc.add_EngineServicer_to_server(stub, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield stub, f"127.0.0.1:{port}", server
        server.stop(0).wait()


def test_lines_reach_the_row(engine: tuple[EngineStub, str, grpc.Server]) -> None:
    """Lines go to the engine with the resource's URN: passing for progress, lasting for news and warnings."""
    stub, address, _ = engine
    seam = Seam(EngineLink(address))
    seam.progress(URN, "Provisioning")
    seam.info(URN, "accepted")
    seam.warn(URN, "held")
    seam.debug(URN, "trace")
    levels = [(line.severity, line.ephemeral, line.message) for line in stub.logged]
    assert levels == [
        (engine_pb2.INFO, True, "Provisioning"),
        (engine_pb2.INFO, False, "accepted"),
        (engine_pb2.WARNING, False, "held"),
        (engine_pb2.DEBUG, False, "trace"),
    ]
    assert {line.urn for line in stub.logged} == {URN}


def test_the_engine_is_alive_until_it_stops(engine: tuple[EngineStub, str, grpc.Server]) -> None:
    """The address answers while the engine runs; afterwards a line says that it could not be told."""
    _, address, server = engine
    link = EngineLink(address)
    assert link.known
    assert link.alive()
    assert link.say(URN, "here") is True
    server.stop(0).wait()
    assert not link.alive()
    assert link.say(URN, "still here") is False


def test_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an address the engine counts as alive; lasting lines go to standard error, passing ones nowhere."""
    seam = Seam(EngineLink(""))
    assert not EngineLink("").known
    assert EngineLink("").alive()
    seam.progress(URN, "passing")
    seam.debug(URN, "trace")
    seam.info(URN, "news")
    seam.warn(URN, "careful")
    assert capsys.readouterr().err == "news\nwarning: careful\n"


def test_address_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's address is the first argument of a plugin, and of nothing else."""
    monkeypatch.setattr(sys, "argv", ["main", "127.0.0.1:12345"])
    monkeypatch.setitem(sys.modules, "__main__", stand_in())
    assert EngineLink.from_argv().known
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    assert not EngineLink.from_argv().known


@pytest.mark.parametrize("argument", ["", "--verbose", "12345", "127.0.0.1:", "/some/path:x"])
def test_odd_arguments(monkeypatch: pytest.MonkeyPatch, argument: str) -> None:
    """An argument that is no address leaves the link inactive."""
    monkeypatch.setattr(sys, "argv", ["main", argument])
    monkeypatch.setitem(sys.modules, "__main__", stand_in())
    assert not EngineLink.from_argv().known


# -- pauses --------------------------------------------------------------------------------------------------------------


class Counting(threading.Event):
    """An event whose waiting takes no time, and that may be set after so many waits."""

    def __init__(self, set_after: int = 1000) -> None:
        super().__init__()
        self.waits: list[float | None] = []
        self._set_after = set_after

    def wait(self, timeout: float | None = None) -> bool:
        """Count."""
        self.waits.append(timeout)
        if len(self.waits) >= self._set_after:
            self.set()
        return self.is_set()


class Gone(EngineLink):
    """An engine that is gone after so many looks."""

    def __init__(self, after: int) -> None:
        super().__init__("")
        self._left = after

    def alive(self) -> bool:
        """Whether it is still there."""
        self._left -= 1
        return self._left >= 0


def test_a_pause_in_steps() -> None:
    """A long pause looks once a second for a cancel and for the engine."""
    event = Counting()
    assert Seam(EngineLink(""), cancelled=event).pause(2.5) is False
    assert event.waits == [1.0, 1.0, 0.5]


def test_a_pause_returns_at_a_cancel() -> None:
    """A cancel ends the pause within its second, and every pause after it at once."""
    event = Counting(set_after=2)
    seam = Seam(EngineLink(""), cancelled=event)
    assert seam.pause(60) is True
    assert len(event.waits) == 2
    assert seam.pause(0) is True


def test_a_pause_leaves_when_the_engine_is_gone() -> None:
    """Within a second of the engine's end the pause calls for the end of the process."""
    left: list[float | None] = []

    class LeftError(Exception):
        pass

    def leave() -> None:
        left.append(1.0)
        raise LeftError

    event = Counting()
    seam = Seam(Gone(after=3), leave=leave, cancelled=event)
    with pytest.raises(LeftError):
        seam.pause(60)
    assert len(event.waits) == 3
    assert left == [1.0]


def test_no_leaving_while_the_engine_is_there() -> None:
    """As long as the engine answers nobody leaves."""
    left: list[int] = []
    Seam(EngineLink(""), leave=lambda: left.append(1)).leave_if_engine_gone()
    assert left == []


# -- replacements --------------------------------------------------------------------------------------------------------


def test_a_second_check_without_old_inputs_is_a_replacement() -> None:
    """A check without old inputs after one with them, of the same resource, is a replacement's; a new resource's is not."""
    seam = Seam(EngineLink(""))
    assert seam.is_replacement(URN, has_old=False) is False
    assert seam.is_replacement(URN, has_old=True) is False
    assert seam.is_replacement(URN, has_old=False) is True
    assert seam.is_replacement(f"{URN}-2", has_old=False) is False


def test_without_a_urn_nothing_is_a_replacement() -> None:
    """Where the seam is inactive all resources share an empty URN, which tells nothing."""
    seam = Seam(EngineLink(""))
    seam.is_replacement("", has_old=True)
    assert seam.is_replacement("", has_old=False) is False


def test_a_deletion_after_a_check_as_new_is_half_a_replacement() -> None:
    """`--replace` and a taint show as a check of a new resource and then the deletion of the old one, before any create."""
    seam = Seam(EngineLink(""))
    assert not seam.is_deleted_to_replace(URN)
    seam.is_replacement(URN, has_old=False)
    assert seam.is_deleted_to_replace(URN)
    assert not seam.is_deleted_to_replace(f"{URN}-2")
    seam.begin_create(URN)
    assert not seam.is_deleted_to_replace(URN)


def test_an_approval_is_kept_per_resource() -> None:
    """An approved replacement is remembered for that resource only."""
    seam = Seam(EngineLink(""))
    seam.allow(URN)
    assert seam.was_allowed(URN)
    assert not seam.was_allowed(f"{URN}-2")


# -- half-made resources -------------------------------------------------------------------------------------------------


def test_a_half_made_resource_is_saved() -> None:
    """The trailing status holds id, outputs with the provider's key, and the reason; the error itself goes on."""
    context, error = Context(), RuntimeError("not healthy")
    with pytest.raises(RuntimeError, match="not healthy"):
        fail_initialised(HookCall(URN, Request(), context), "uid-1", {"name": "web", "count": 2}, "pickled", error)
    half = context.half_made()
    assert half is not None
    assert half.id == "uid-1"
    assert list(half.reasons) == ["not healthy"]
    assert from_struct(half.properties) == {"name": "web", "count": 2.0, PROVIDER_KEY: "pickled"}


def test_without_a_context_the_error_alone_is_raised() -> None:
    """Where the context was not found the hook fails plainly."""
    with pytest.raises(RuntimeError, match="not healthy"):
        fail_initialised(HookCall(), "uid-1", {}, "pickled", RuntimeError("not healthy"))


def test_all_parts_inactive() -> None:
    """In an ordinary process every part is inactive, and a seam can be made all the same."""
    seam = Seam(EngineLink(""))
    parts = seam.parts()
    assert (parts.request, parts.cancel, parts.workers, parts.log, parts.engine_alive) == (False,) * 5
