"""Value classes of the program: frozen, with a dict literal twin each, turned into the engine's inputs.

Inputs are minimal: what means the same as being absent (None, "", an empty list or mapping, False) is left out, so that
a field added in a later version shows no difference. A field that holds other values names their class in its metadata
(`field(metadata={"kind": Taint})`), so that a dict literal serves there too. Knows no resource and no wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, Self

import pulumi

from palette_sdk.resources.arguments import made


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
        return made(cls, value, path)


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
