"""Pulumi's own servicer of dynamic providers, in this process: its source without the call that would serve for ever."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2


def servicer_module(name: str = "__main__") -> types.ModuleType:
    """A fresh module of `pulumi/dynamic/__main__.py`; nothing is served and nothing is registered."""
    spec = find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    last = tree.body.pop()
    assert ast.unparse(last) == "main()", "the module no longer ends by serving"
    module = types.ModuleType(name)
    exec(compile(tree, spec.origin, "exec"), module.__dict__)
    return module


class AbortedError(Exception):
    """What a hook left behind: the text that the engine prints."""


class Context:
    """The gRPC context of one call, as far as the servicer and the seam use it."""

    def __init__(self) -> None:
        self.trailing: dict[str, bytes] = {}

    def set_trailing_metadata(self, metadata: Any) -> None:
        """Keep the trailers."""
        self.trailing = dict(metadata)

    def abort(self, code: Any, details: str) -> None:
        """End the call with an error."""
        raise AbortedError(details)

    def half_made(self) -> provider_pb2.ErrorResourceInitFailed | None:
        """The resource that the engine would save as not ready."""
        packed = self.trailing.get("grpc-status-details-bin")
        if packed is None:
            return None
        status = status_pb2.Status.FromString(packed)
        found = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(found)
        return found


def to_struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the engine sends them: all numbers are floats."""
    struct = struct_pb2.Struct()
    struct.update(dict(props))
    return struct


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Properties as the engine keeps them."""
    return dict(json_format.MessageToDict(struct))
