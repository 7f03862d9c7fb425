"""The one rule for all bodies: snake_case here, camelCase on the wire, unknown fields ignored."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A JSON body or a part of one.

    Reads by alias or by field name, ignores what it doesn't know (the service may be newer), and writes aliases.
    A field whose spelling on the wire differs from plain camelCase names its own alias.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    @classmethod
    def of(cls, body: object) -> Self:
        """The model read from decoded JSON; raises pydantic.ValidationError."""
        return cls.model_validate(body)

    def body(self) -> dict[str, Any]:
        """JSON-ready, by alias; fields that were never set, and None, are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
