"""What a route function gets and gives: one API call, its scope, and the tables that name the routes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.store import Tx

if TYPE_CHECKING:
    from palette_sdk.controlplane.app import Env

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass
class Work:
    """What a service needs: an open transaction that commits when the call is done, the time, and the scope.

    Args:
        tx: the open transaction.
        env: what the app was made with: clock, catalogue, hooks.
        now: server time at the start of the call, epoch seconds.
        project: uid of the project that the call is scoped to; "" is the tenant.
    """

    tx: Tx
    env: Env
    now: float
    project: str = ""

    @property
    def scope(self) -> str:
        """`project` or `tenant`, as the annotation `scope` of what is created here."""
        return "project" if self.project else "tenant"

    @property
    def stamp(self) -> str:
        """`now` as the API writes moments."""
        return stamp(self.now)

    def new_uid(self) -> str:
        """A fresh uid: 24 lower-case hex characters."""
        return self.env.uid_source()


@dataclass
class Call(Work):
    """One request, as a route function gets it.

    Args:
        method: HTTP method.
        route: the template of the path, such as `/v1/clusterprofiles/{uid}`.
        path: parameters in the path, decoded.
        query: parameters of the query; the last one of a name.
        headers: by lower-case name.
        raw: the body as it came.
        base_url: scheme, host and port under which the client reached the server.
    """

    method: str = ""
    route: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw: bytes = field(default=b"", repr=False)
    base_url: str = ""

    @property
    def json(self) -> Any:
        """The decoded body without its nulls (null is as good as absent, for objects at any depth); None when empty.

        Raises:
            Refusal: 400, the body is no JSON.
        """
        if not self.raw.strip():
            return None
        try:
            return _without_nulls(json.loads(self.raw))
        except (ValueError, RecursionError):
            raise assumptions.INVALID_BODY.refusal("the body is not valid JSON") from None

    @property
    def body(self) -> dict[str, Any]:
        """The body as an object; `{}` when there is none.

        Raises:
            Refusal: 400, the body is no JSON object.
        """
        value = self.json
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise assumptions.INVALID_BODY.refusal("the body must be a JSON object")
        return value

    def read(self, model: type[_Model]) -> _Model:
        """The body as a model.

        Raises:
            Refusal: 400 with the fields at fault; the values themselves are not repeated.
        """
        value = self.json
        return parse(model, {} if value is None else value)

    def shaped(self, model: type[BaseModel]) -> dict[str, Any]:
        """The body as it came, once it was seen to have the shape of the model; unknown fields are still there.

        Raises:
            Refusal: 400 with the fields at fault.
        """
        parse(model, self.body)
        return self.body

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean of the query: `true`/`false`, `1`/`0`.

        Raises:
            Refusal: 400, it is something else.
        """
        text = self.query.get(name, "").lower()
        if text in {"true", "1"}:
            return True
        if text in {"false", "0"}:
            return False
        if text:
            raise assumptions.INVALID_QUERY.refusal(f"query parameter {name!r} must be true or false")
        return default


@dataclass(frozen=True)
class Reply:
    """An answer that is not plain JSON, or has headers of its own.

    Args:
        content: the bytes to send.
        media_type: their content type.
        headers: more headers.
    """

    content: bytes
    media_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Any]
"""Gives the JSON body (None: no body) or a `Reply`; says no by raising `Refusal`."""

RouteRow = tuple[str, str, Handler, int]
"""Method, path template, handler, status on success. A family's module lists them as `ROUTES`."""


def parse(model: type[_Model], value: Any) -> _Model:
    """`value` as a model.

    Raises:
        Refusal: 400 with the fields at fault; the values themselves are not repeated, since they may be secret.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = [
            {"field": ".".join(str(part) for part in each["loc"]), "message": each["msg"]}
            for each in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        listed = "; ".join(f"{each['field'] or 'body'}: {each['message']}" for each in fields)
        raise assumptions.INVALID_BODY.refusal(f"the body can't be accepted: {listed}", fields=fields) from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value
