"""What the engine does with a resource, step by step, on pulumi's own servicer: check, diff, then an act; state in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from palette_sdk.resources._hooks import Provider
from palette_sdk.resources.cluster.plan import CARRIED
from palette_sdk.resources.engine_seam import PROVIDER_KEY, SECRET_KEY
from palette_sdk.resources.runtime import Runtime
from tests.unit.resources.servicer import AbortedError, Context, from_struct, to_struct

UNKNOWN = rpc.UNKNOWN
"""How a value that is not known yet travels."""


class RefusedError(Exception):
    """A check that failed, with the text that the engine prints."""


@dataclass
class Stored:
    """A resource in state."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    init_failed: bool = False


class Steps:
    """Resources of one provider, by name.

    Args:
        module: pulumi's servicer.
        provider: the provider of all of them.
        begin: gives what the hooks of one process share; each command is a process of its own.
        kind: the last part of the type token.
    """

    def __init__(self, module: ModuleType, provider: Provider, begin: Callable[[], Runtime], kind: str) -> None:
        self._provider = f"pickled provider of a {kind}"
        module._PROVIDER_CACHE[self._provider] = provider
        self._servicer = module.DynamicResourceProviderServicer()
        self.provider, self._begin_process = provider, begin
        self._kind = kind
        self.state: dict[str, Stored] = {}
        self.hidden: list[str] = []
        """Where the latest check gave secrets; the engine keeps those as such, and sends them in clear."""
        self._begin()

    def _begin(self) -> None:
        self.provider._runtime = self._begin_process()

    def urn(self, name: str) -> str:
        """URN of a resource."""
        return f"urn:pulumi:dev::project::pulumi-python:dynamic/palette:{self._kind}::{name}"

    # -- single calls --------------------------------------------------------------------------------------------------

    def check(self, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        """Checked inputs."""
        olds = {**old, PROVIDER_KEY: self._provider} if old else {}
        news = {**new, PROVIDER_KEY: self._provider}
        request = provider_pb2.CheckRequest(urn=self.urn(name), olds=to_struct(olds), news=to_struct(news))
        answer = self._servicer.Check(request, Context())
        if answer.failures:
            assert [failure.property for failure in answer.failures] == [""]
            raise RefusedError(answer.failures[0].reason)
        found = self._own(answer.inputs)
        self.hidden = sorted(_hidden(found))
        return cast("dict[str, Any]", _in_clear(found))

    def diff(self, name: str, uid: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
        """The answer of a diff."""
        request = provider_pb2.DiffRequest(
            urn=self.urn(name), id=uid, olds=to_struct(self._with(old)), news=to_struct(self._with(new))
        )
        return self._servicer.Diff(request, Context())

    # -- commands ------------------------------------------------------------------------------------------------------

    def preview(self, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The step that an `up` would take, and the checked inputs."""
        self._begin()
        return self._plan(name, inputs)

    def _plan(self, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        stored = self.state.get(name)
        checked = self.check(name, stored.inputs if stored else {}, inputs)
        if stored is None:
            return "create", checked
        found = self.diff(name, stored.id, stored.outputs, checked)
        if found.replaces:
            assert found.deleteBeforeReplace
            return "replace", self.check(name, {}, inputs)
        changes = found.changes == provider_pb2.DiffResponse.DIFF_SOME
        return "update" if changes or stored.init_failed else "same", checked

    def up(self, name: str, inputs: Mapping[str, Any]) -> str:
        """Take the step; what was half made is kept in state, and the error goes on."""
        self._begin()
        step, checked = self._plan(name, inputs)
        if step == "replace":
            self._delete(name)
        if step in {"create", "replace"}:
            self._create(name, checked)
        elif step == "update":
            self._update(name, checked)
        else:
            self.state[name].inputs = checked
        return step

    def _create(self, name: str, checked: dict[str, Any]) -> None:
        context = Context()
        request = provider_pb2.CreateRequest(urn=self.urn(name), properties=to_struct(self._with(checked)))
        try:
            answer = self._servicer.Create(request, context)
        except AbortedError:
            self._keep_half_made(name, checked, context)
            raise
        self.state[name] = Stored(answer.id, checked, self._own(answer.properties))

    def _update(self, name: str, checked: dict[str, Any]) -> None:
        stored, context = self.state[name], Context()
        request = provider_pb2.UpdateRequest(
            urn=self.urn(name),
            id=stored.id,
            olds=to_struct(self._with(stored.outputs)),
            news=to_struct(self._with(checked)),
        )
        try:
            answer = self._servicer.Update(request, context)
        except AbortedError:
            self._keep_half_made(name, checked, context)
            raise
        self.state[name] = Stored(stored.id, checked, self._own(answer.properties))

    def _keep_half_made(self, name: str, checked: dict[str, Any], context: Context) -> None:
        half = context.half_made()
        if half is not None:
            assert from_struct(half.properties)[PROVIDER_KEY] == self._provider
            former = self.state.get(name)
            inputs = former.inputs if former is not None else checked  # of an update the engine keeps the former ones
            self.state[name] = Stored(half.id, inputs, self._own(half.properties), init_failed=True)

    def refresh(self, name: str) -> bool:
        """Read what is there; False when the resource is gone. Refresh forgets that a resource was half made."""
        self._begin()
        stored = self.state[name]
        request = provider_pb2.ReadRequest(
            urn=self.urn(name),
            id=stored.id,
            properties=to_struct(self._with(stored.outputs)),
            inputs=to_struct(self._with(stored.inputs)),
        )
        answer = self._servicer.Read(request, Context())
        if not answer.id:
            del self.state[name]
            return False
        self.state[name] = Stored(answer.id, self._own(answer.inputs), self._own(answer.properties))
        return True

    def get(self, name: str, uid: str) -> dict[str, Any]:
        """Outputs of an object that the program only reads."""
        self._begin()
        inputs = to_struct({PROVIDER_KEY: self._provider})
        answer = self._servicer.Read(provider_pb2.ReadRequest(urn=self.urn(name), id=uid, inputs=inputs), Context())
        return self._own(answer.properties)

    def destroy(self, name: str) -> None:
        """Delete it."""
        self._begin()
        self._delete(name)

    def _delete(self, name: str) -> None:
        stored = self.state[name]
        request = provider_pb2.DeleteRequest(
            urn=self.urn(name), id=stored.id, properties=to_struct(self._with(stored.outputs))
        )
        self._servicer.Delete(request, Context())
        del self.state[name]

    def is_steady(self, name: str, inputs: Mapping[str, Any]) -> None:
        """Assert that a second `up`, a refresh and an `up` after it change nothing, and that state stays as it is."""
        assert self.preview(name, inputs)[0] == "same"
        before = self.state[name]
        assert self.up(name, inputs) == "same"
        assert self.refresh(name)
        assert _judged(self.state[name].inputs) == _judged(before.inputs)
        assert self.state[name].outputs == before.outputs
        assert self.up(name, inputs) == "same"

    def _with(self, props: Mapping[str, Any]) -> dict[str, Any]:
        return {**props, PROVIDER_KEY: self._provider}

    def _own(self, struct: Any) -> dict[str, Any]:
        found = from_struct(struct)
        assert found.pop(PROVIDER_KEY) == self._provider
        return found


def _hidden(value: Any, path: str = "") -> Iterator[str]:
    """Paths of secrets among what a hook gave."""
    if isinstance(value, dict):
        if SECRET_KEY in value:
            yield path
        else:
            for key, item in value.items():
                yield from _hidden(item, f"{path}.{key}" if path else key)


def _in_clear(value: Any) -> Any:
    """What a hook gave, as the engine sends it back to hooks."""
    if isinstance(value, dict):
        return (
            _in_clear(value["value"]) if SECRET_KEY in value else {key: _in_clear(item) for key, item in value.items()}
        )
    return value


def _judged(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs without those that only carry what is on the service."""
    return {key: value for key, value in inputs.items() if key not in CARRIED}
