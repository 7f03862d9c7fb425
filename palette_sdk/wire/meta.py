"""What all families share: metadata, list metadata, references, uids and the error body."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Wire


class ObjectMeta(Wire):
    """Metadata as it is read, and as it is written on create. Times are RFC 3339 text."""

    name: str = ""
    uid: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    creation_timestamp: str = ""
    last_modified_timestamp: str = ""
    deletion_timestamp: str = ""


class MetaInput(Wire):
    """Metadata of a PATCH: labels and annotations that are given replace the whole map."""

    name: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class MetaPatch(Wire):
    """Body of `PATCH .../metadata`."""

    metadata: MetaInput


class EntityRef(Wire):
    """Name and uid of an object."""

    name: str = ""
    uid: str = ""


class ObjectRef(Wire):
    """Kind, name and uid of an object."""

    kind: str = ""
    name: str = ""
    uid: str = ""


class UserRef(Wire):
    """An object that uses another one."""

    uid: str = ""
    name: str = ""
    kind: str = ""
    project_uid: str = ""
    tenant_uid: str = ""


class ListMeta(Wire):
    """Place of a page in a list; an empty `next_page` is the end."""

    next_page: str = Field(default="", alias="continue")
    count: int = 0
    limit: int = 0
    offset: int = 0


class Uid(Wire):
    """Answer of a create."""

    uid: str


class ErrorBody(Wire):
    """What the service says about a failed call."""

    code: str = ""
    message: str = ""
    ref: str = ""
    details: dict[str, Any] = {}


class ConstraintError(Wire):
    """One complaint of a validation."""

    code: str = ""
    message: str = ""


class ConstraintResult(Wire):
    """What a validation says about one pack or pool."""

    name: str = ""
    display_name: str = ""
    errors: list[ConstraintError] = []


class ConstraintResults(Wire):
    """What a validation says about all packs or pools."""

    results: list[ConstraintResult] = []
