"""JSON text and back, quickly: pydantic's reader and writer, and the standard library's for what they don't take."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json, to_json


def encoded(value: Any) -> str:
    """A value as compact JSON."""
    try:
        return to_json(value).decode()
    except ValueError:  # nested deeper than it goes
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def decoded(text: str) -> Any:
    """The value of a JSON text."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)
