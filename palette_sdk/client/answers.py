"""From an answer of the service to a value or an error of ours. Pure: no I/O, and no HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError as BodyError

from palette_sdk.errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    UnavailableError,
    ValidationError,
)
from palette_sdk.wire.base import Wire
from palette_sdk.wire.meta import ErrorBody

W = TypeVar("W", bound=Wire)

# Said of what is not there, whatever the status.
_GONE_CODES = frozenset({"ResourceNotFound", "BackupNotConfigured"})

KEY_HINT = (
    "Check the API key (palette:apiKey, or SPECTROCLOUD_APIKEY) and what it may do in this project. Was the key "
    "rotated?\n  `pulumi refresh` and `pulumi destroy` use the configuration of the last `pulumi up`: run "
    "`pulumi up` first, or add --run-program."
)
_LONGEST = 500


@dataclass(frozen=True)
class Call:
    """One call, before it is sent.

    Args:
        method: GET, POST, PUT, PATCH or DELETE.
        path: from `/v1/` on, its parts quoted.
        expect: the one success code that is documented.
        query: parameters; those that are None are left out.
        body: JSON to send, or None.
        project_uid: scope; empty for the tenant.
        is_write: whether it changes something.
        repeatable: whether sending it twice does no harm.
    """

    method: str
    path: str
    expect: int
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    project_uid: str = ""
    is_write: bool = False
    repeatable: bool = True


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


def checked(call: Call, answer: Answer) -> Answer:
    """The answer, when its code is the documented one.

    Raises:
        ApiError: any other code.
    """
    if answer.status == call.expect:
        return answer
    raise failure(call, answer)


def failure(call: Call, answer: Answer) -> ApiError:
    """The error that an answer with another code than the expected one means."""
    status = answer.status
    if status < 400:
        return ProtocolError(
            f"the service answered {status} where {call.expect} is documented",
            method=call.method,
            path=call.path,
            status=status,
            hint="Is the host (palette:host) a Palette, and no portal or proxy in front of one?"
            if status >= 300
            else "",
            outcome_unknown=call.is_write,
        )
    said = _error_body(answer)
    kind, hint = _kind(status, said.code)
    return kind(
        _short(said.message) or _plain(status),
        method=call.method,
        path=call.path,
        status=status,
        code=said.code,
        ref=said.ref,
        hint=hint,
        outcome_unknown=call.is_write and status >= 500,
    )


def says_gone(error: ApiError) -> bool:
    """Whether the service itself said that the object is not there.

    A 404 without the service's error body comes from something else at that address, and one about the route from a
    service that doesn't know the call: to take either for a vanished object would lose it.
    """
    return isinstance(error, NotFoundError) and error.code not in {"", "RouteNotFound"}


def decoded(call: Call, answer: Answer) -> Any:
    """The JSON of an answer.

    Raises:
        ProtocolError: it is no JSON.
    """
    try:
        return json.loads(answer.content)
    except ValueError:
        problem = "the answer is no JSON"
    raise ProtocolError(problem, method=call.method, path=call.path, status=answer.status)


def fitted(call: Call, status: int, model: type[W], value: Any) -> W:
    """The value as a model.

    Raises:
        ProtocolError: it has another shape; the message names the field, never its content.
    """
    try:
        return model.of(value)
    except BodyError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        problem = f"the answer does not fit: {where}: {first['msg']}"
    raise ProtocolError(problem, method=call.method, path=call.path, status=status)


def _error_body(answer: Answer) -> ErrorBody:
    try:
        value = json.loads(answer.content)
        return ErrorBody.of(value) if isinstance(value, dict) else ErrorBody()
    except ValueError:
        pass
    text = answer.content.decode("utf-8", "replace").strip()
    # A page of HTML comes from something in front of the service and tells people nothing.
    return ErrorBody() if text.startswith("<") else ErrorBody(message=text)


def _kind(status: int, code: str) -> tuple[type[ApiError], str]:
    if code in _GONE_CODES or status == 404:
        return NotFoundError, ""
    if status in {401, 403}:
        return AuthenticationError, KEY_HINT
    if status in {409, 423}:
        return ConflictError, ""
    if status == 429:
        return RateLimitError, "Wait a little, or run less at once (pulumi --parallel)."
    if status >= 500:
        return UnavailableError, "The service failed; try again later."
    return ValidationError, ""


def _plain(status: int) -> str:
    words = {
        400: "the body was refused",
        401: "the key was refused",
        403: "the key may not do this",
        404: "not found",
        409: "in conflict with the state of the object",
        429: "too many requests",
    }
    return words.get(status, "the service failed" if status >= 500 else "the call was refused")


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _LONGEST else one[:_LONGEST] + "..."
