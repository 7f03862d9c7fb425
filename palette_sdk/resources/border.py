"""The border between the engine's values and ours: the one place that knows how dictionaries arrive in a hook.

In come `pulumi.output.Unknown` objects, floats for integers, `None` beside absence, and the provider's own key.
Out go the same without any null: an output that is null would arrive as unknown with its consumers. Secrets come in clear; the
engine makes them secrets again where the program gave them as such, and `Hidden` is for values that it gave plainly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from palette_sdk.resources.engine_seam import PROVIDER_KEY, SECRET_KEY, SECRET_MARK
from palette_sdk.rules.unknown import UNKNOWN, Unknown


@dataclass(frozen=True)
class Hidden:
    """A value that a hook gives back as a secret, though it came in clear: the engine stores and shows it as one."""

    value: Any = field(repr=False)


NOT_YET = "palette-sdk-not-known-yet"
"""The key of a mapping that stands for one unknown part of a value, see `with_marks`."""


def decode(props: Mapping[str, Any]) -> dict[str, Any]:
    """What a hook may look at: our own unknown, integers, no nulls, no provider key."""
    return {key: _decode(value) for key, value in props.items() if key != PROVIDER_KEY and value is not None}


def _decode(value: Any) -> Any:
    if isinstance(value, Mapping):
        if NOT_YET in value:
            return UNKNOWN
        return {key: _decode(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_decode(item) for item in value if item is not None]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if _is_engine_unknown(value):
        return UNKNOWN
    return value


def encode(props: Mapping[str, Any]) -> dict[str, Any]:
    """What a hook may return: pulumi's unknown, its secrets, and no null anywhere."""
    return {key: _encode(value) for key, value in props.items() if value is not None}


def _encode(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value if item is not None]
    if isinstance(value, Unknown):
        from pulumi.output import Unknown as EngineUnknown

        return EngineUnknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Hidden):
        return {SECRET_KEY: SECRET_MARK, "value": _encode(value.value)}
    return value


def with_marks(value: Any) -> Any:
    """A value of the program with a mark in place of each unknown part.

    An output that holds something unknown anywhere would reach the hook as one unknown; marked, it arrives with all else.
    Only previews know unknowns, so that no mark is ever stored.
    """
    if isinstance(value, Mapping):
        return {key: with_marks(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_marks(item) for item in value]
    return {NOT_YET: True} if _is_engine_unknown(value) else value


def _is_engine_unknown(value: Any) -> bool:
    kind = type(value)
    return kind.__name__ == "Unknown" and kind.__module__ == "pulumi.output"


def mapping(value: Any) -> dict[str, Any]:
    """A mapping as it is; an empty one in place of something absent or not known yet."""
    return dict(value) if isinstance(value, Mapping) else {}
