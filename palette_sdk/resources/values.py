"""Value classes of the program: frozen, with a dict literal twin each, turned into the engine's inputs.

Inputs are minimal: what means the same as being absent (None, "", an empty list or mapping, False) is left out, so that
a field added in a later version shows no difference. A field that holds other values names their class in its metadata
(`field(metadata={"kind": Taint})`), so that a dict literal serves there too. Knows no resource and no wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Self

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.rules.nearest import did_you_mean


@dataclass(frozen=True)
class Value:
    """Base of the value classes."""

    def props(self) -> dict[str, Any]:
        """The value as inputs of the engine; what may be an Output stays one."""
        found = {item.name: _plain(getattr(self, item.name), item) for item in fields(self)}
        return {name: value for name, value in found.items() if not _absent(value)}

    @classmethod
    def of(cls, value: Self | Mapping[str, Any], path: str) -> Self:
        """The value itself, or made from its dict twin.

        Raises:
            InputError: a key that does not exist, one that lacks, or something that is neither.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise InputError(f"expected {cls.__name__} or a dict, not {type(value).__name__}", path=path)
        known = {item.name: item for item in fields(cls)}
        for name in value:
            if name not in known:
                raise InputError(f"no field {name!r} in {cls.__name__}; {did_you_mean(str(name), known)}", path=path)
        for name, item in known.items():
            if name not in value and item.default is MISSING and item.default_factory is MISSING:
                raise InputError(f"{name!r} is missing", path=path)
        given = {name: _nested(item, known[name], f"{path}.{name}") for name, item in value.items() if item is not None}
        return cls(**given)


def _nested(value: Any, item: Field[Any], path: str) -> Any:
    kind: type[Value] | None = item.metadata.get("kind")
    if kind is None:
        return value
    if isinstance(value, Mapping):
        return kind.of(value, path)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [
            kind.of(each, f"{path}[{index}]") if isinstance(each, Mapping) else each for index, each in enumerate(value)
        ]
    return value


def _plain(value: Any, item: Field[Any]) -> Any:
    if isinstance(value, pulumi.Output):
        return value
    if isinstance(value, Value):
        return value.props()
    if isinstance(value, Mapping):
        nested = item.metadata.get("kind")
        return nested.of(value, item.name).props() if nested else dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each, item) for each in value]
    return value


def _absent(value: Any) -> bool:
    if value is None or value is False:
        return True
    return isinstance(value, str | list | dict) and not value
