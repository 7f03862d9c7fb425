"""Check answers against the published description of the API (swagger 2), where a copy of it is at hand.

The copy is not part of the project. It is looked for at `PALETTE_OPENAPI`, then beside the checkout in
`shared/palette-api/openapi-slice.json`. Without it, only this check is skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "palette-api" / "openapi-slice.json"


def find_description() -> Path | None:
    """Where the description is, or None."""
    path = Path(os.environ.get("PALETTE_OPENAPI") or _BESIDE)
    return path if path.is_file() else None


class Description:
    """The description of the API, as a judge of answers."""

    def __init__(self, path: Path) -> None:
        self._document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    @cached_property
    def _definitions(self) -> dict[str, Any]:
        return {name: _tolerant(schema) for name, schema in self._document["definitions"].items()}

    @cached_property
    def _routes(self) -> list[tuple[list[str], Mapping[str, Any]]]:
        return [(template.strip("/").split("/"), item) for template, item in self._document["paths"].items()]

    def paths(self) -> dict[tuple[str, str], int]:
        """The success status of each (method, path template) in the description."""
        found: dict[tuple[str, str], int] = {}
        for template, item in self._document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    found[method.upper(), template] = min(
                        int(code) for code in operation["responses"] if code[0] == "2"
                    )
        return found

    def problems(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with a successful answer; empty: nothing, or the path is not described.

        Args:
            method: HTTP method.
            path: the path without query.
            status: the status of the answer.
            body: the decoded JSON; None: no body.
        """
        operation = self._operation(method, path)
        if operation is None:
            return []
        answer = operation["responses"].get(str(status))
        if answer is None:
            return [f"{method} {path}: {status} is not among {sorted(operation['responses'])}"]
        schema = answer.get("schema")
        if schema is None or schema.get("type") == "file":
            return [] if body is None else [f"{method} {path}: {status} has no body in the description"]
        if schema == {"type": "string", "format": "binary"}:
            return []
        validator = Draft4Validator({"allOf": [_tolerant(schema)], "definitions": self._definitions})
        return [f"{method} {path}: {_place(error)}: {error.message[:300]}" for error in validator.iter_errors(body)]

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        segments = path.strip("/").split("/")
        fitting = [(template, item) for template, item in self._routes if _fits(template, segments)]
        # Literal segments win over parameters, from the left.
        fitting.sort(key=lambda pair: [part.startswith("{") for part in pair[0]])
        return fitting[0][1].get(method.lower()) if fitting else None


def _fits(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        part.startswith("{") or part == segment for part, segment in zip(template, segments, strict=True)
    )


def _tolerant(schema: Any) -> Any:
    """The schema with null allowed beside any type but in required fields' names: the service answers null for empty."""
    if isinstance(schema, list):
        return [_tolerant(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: value if key == "enum" else _tolerant(value) for key, value in schema.items()}
    if isinstance(schema.get("type"), str) and schema["type"] != "file":
        changed["type"] = [schema["type"], "null"]
    if isinstance(schema.get("enum"), list):
        # Enumerations of the description leave out the empty text that stands for "not set".
        changed["enum"] = [*schema["enum"], None, ""]
    changed.pop("format", None) if isinstance(changed.get("format"), str) else None
    return changed


def _place(error: ValidationError) -> str:
    return "/".join(str(part) for part in error.absolute_path) or "(body)"
