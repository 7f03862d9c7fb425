"""The one rule for all bodies: snake_case here, camelCase on the wire, unknown fields ignored, null is absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A JSON body or a part of one.

    Reads by alias or by field name, ignores what it doesn't know (the service may be newer), and writes aliases.
    A null on the wire counts as absent, so a list that was sent as null reads as []. A field whose spelling on the
    wire differs from plain camelCase names its own alias. Errors never show the input: it may be secret.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        # Go services write nil slices, maps and pointers as null.
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data

    def __deepcopy__(self, memo: Mapping[int, Any] | None = None) -> Self:
        # Frozen, and nobody writes into what it holds. A part that is a default would else be copied for each body that is
        # read: that was more than half of what reading a list took.
        return self

    @classmethod
    def of(cls, body: object) -> Self:
        """The model read from decoded JSON; raises pydantic.ValidationError."""
        return cls.model_validate(body)

    def body(self) -> dict[str, Any]:
        """JSON-ready, by alias; fields that were never set, and None, are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


class OpenWire(Wire):
    """A part that passes fields which are not modelled: they stand in `model_extra` and are written as they came.

    They stay out of the repr, as any of them may be a credential.
    """

    model_config = ConfigDict(extra="allow")

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        unmodelled = self.model_extra or {}
        return [(name, value) for name, value in super().__repr_args__() if name not in unmodelled]
