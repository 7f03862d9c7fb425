"""Which parts of the seam are active with the pulumi that is installed: its own servicer, served by gRPC in this process."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from concurrent import futures
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import dill
import grpc
import pytest
from google.protobuf import empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from palette_sdk.errors import WaitTimeoutError
from palette_sdk.resources._hooks import NotReady, Props, Provider
from palette_sdk.resources.cloud_account.provider import CloudAccountProvider
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.engine_seam import PROVIDER_KEY, WORKERS, EngineLink, Seam, SeamParts
from palette_sdk.resources.profile.provider import ProfileProvider
from palette_sdk.resources.runtime import Hook, Runtime
from tests.unit.resources.servicer import from_struct, to_struct

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/palette:Probe::web"


class Probe(Provider):
    """A provider that tells what it sees of its surroundings."""

    kind = "probe"
    parts: SeamParts
    width = 0

    def configure(self, req: Any) -> None:
        """Make the seam in the first hook's frame, as the runtime does."""
        link = EngineLink.from_argv()
        self._runtime = Runtime({}, Seam(link, leave=lambda: None))

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Tell which parts are active."""
        self.parts = hook.seam.parts()
        hook.warn("seen")
        return {**new, "urn": hook.urn, "stack": hook.call.stack, "project": hook.call.project}

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Half make it."""
        raise NotReady("uid-1", {**new, "ready": False}, WaitTimeoutError("it took too long"))

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Wait until the cancel."""
        hook.seam.cancelled.wait(30)


def pickled() -> str:
    """The provider as a program pickles it."""
    return base64.b64encode(dill.dumps(Probe(), byref=True)).decode()


@dataclass
class Engine(engine_pb2_grpc.EngineServicer):
    """An engine that keeps what is logged."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Keep a line."""
        self.lines.append((request.urn, request.message))
        return empty_pb2.Empty()


@dataclass
class Plugin:
    """The servicer behind gRPC, with pulumi's own number of threads."""

    stub: Any
    engine: Engine
    pool: futures.ThreadPoolExecutor
    servicer: ModuleType

    @property
    def probe(self) -> Probe:
        """The provider as the servicer unpickled it."""
        found = self.servicer._PROVIDER_CACHE[pickled()]
        assert isinstance(found, Probe)
        return found


@pytest.fixture
def plugin(servicer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugin]:
    """A plugin as pulumi's `main` builds it, started by an engine."""
    with ExitStack() as stack:
        engine, address = Engine(), ""
        engine_pool = stack.enter_context(futures.ThreadPoolExecutor(max_workers=2))
        engine_server = grpc.server(engine_pool)
        engine_pb2_grpc.add_EngineServicer_to_server(engine, engine_server)
        address = f"127.0.0.1:{engine_server.add_insecure_port('127.0.0.1:0')}"
        engine_server.start()
        stack.callback(lambda: engine_server.stop(0).wait())
        monkeypatch.setattr(sys, "argv", ["main", address])

        pool = stack.enter_context(futures.ThreadPoolExecutor(max_workers=4))
        server = grpc.server(pool)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer.DynamicResourceProviderServicer(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        stack.callback(lambda: server.stop(0).wait())
        channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))

        yield Plugin(provider_pb2_grpc.ResourceProviderStub(channel), engine, pool, servicer)


def check(plugin: Plugin) -> dict[str, Any]:
    """The checked inputs of a first check, which configures the provider too."""
    news = to_struct({"name": "web", PROVIDER_KEY: pickled()})
    answer = plugin.stub.Check(provider_pb2.CheckRequest(urn=URN, news=news), timeout=20)
    assert not answer.failures, answer.failures
    return from_struct(answer.inputs)


def test_all_parts_are_active(plugin: Plugin) -> None:
    """With the installed pulumi each part works: request, cancel, workers, log, and the look for the engine."""
    found = check(plugin)
    assert plugin.probe.parts == SeamParts(request=True, cancel=True, workers=True, log=True, engine_alive=True)
    assert (found["urn"], found["stack"], found["project"]) == (URN, "dev", "shop")
    assert plugin.pool._max_workers == WORKERS
    assert plugin.engine.lines == [(URN, "seen")]


def test_a_half_made_resource_arrives(plugin: Plugin) -> None:
    """The engine gets id, outputs and reason of a resource that is not ready, and a text of one line."""
    check(plugin)
    props = to_struct({"name": "web", PROVIDER_KEY: pickled()})
    with pytest.raises(grpc.RpcError) as failed:
        plugin.stub.Create(provider_pb2.CreateRequest(urn=URN, properties=props), timeout=20)
    trailers = dict(failed.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    half = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(half)
    assert half.id == "uid-1"
    assert list(half.reasons) == ["it took too long"]
    assert from_struct(half.properties)["ready"] is False
    assert failed.value.details().strip() == "Palette: it took too long"


def test_a_cancel_reaches_a_waiting_hook(plugin: Plugin) -> None:
    """A Cancel of the engine ends a wait in another thread."""
    check(plugin)
    props = to_struct({"name": "web", PROVIDER_KEY: pickled()})
    waiting = plugin.stub.Delete.future(provider_pb2.DeleteRequest(urn=URN, id="1", properties=props), timeout=60)
    plugin.stub.Cancel(empty_pb2.Empty(), timeout=20)
    assert waiting.result() == empty_pb2.Empty()
    assert plugin.probe._runtime.seam.cancelled.is_set()


@pytest.mark.parametrize("kind", [ProfileProvider, ClusterProvider, CloudAccountProvider])
def test_a_provider_is_pickled_as_its_name(kind: type[Provider]) -> None:
    """What state holds of a provider is its import path and nothing else, and it comes back as the same class."""
    pickled = dill.dumps(kind())
    assert len(base64.b64encode(pickled)) < 200
    assert kind.__module__.encode() in pickled
    assert type(dill.loads(pickled)) is kind
