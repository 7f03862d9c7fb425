"""Shapes of request bodies that the SDK itself never sends, so `wire` has no model of them.

Only the types of fields that services look at; what else a body holds is kept (see `Call.shaped`).
"""

# ruff: noqa: RUF012 - pydantic copies the defaults of fields
from __future__ import annotations

from typing import Any

from pydantic import StrictBool

from palette_sdk.wire.base import Wire
from palette_sdk.wire.meta import ObjectMeta
from palette_sdk.wire.packs import FilterString, Sort


class Given(Wire):
    """An object with metadata and some specification."""

    metadata: ObjectMeta = ObjectMeta()
    spec: dict[str, Any] = {}


class KeySpec(Wire):
    """When an API key ends, and whose it is."""

    expiry: str = ""
    user_uid: str = ""


class KeyGiven(Wire):
    """An API key."""

    metadata: ObjectMeta = ObjectMeta()
    spec: KeySpec = KeySpec()


class KeyState(Wire):
    """Whether an API key is active."""

    is_active: StrictBool = False


class RegistryAuth(Wire):
    """Credentials of a registry."""

    type: str = ""


class RegistrySpec(Wire):
    """Where a registry is."""

    name: str = ""
    endpoint: str = ""
    private: bool = False
    is_private: bool = False
    auth: RegistryAuth = RegistryAuth()


class RegistryGiven(Wire):
    """A registry."""

    metadata: ObjectMeta = ObjectMeta()
    spec: RegistrySpec = RegistrySpec()


class EdgeHostSpec(Wire):
    """What an edge host is."""

    arch_type: str = ""


class EdgeHostGiven(Wire):
    """An edge host."""

    metadata: ObjectMeta = ObjectMeta()
    spec: EdgeHostSpec = EdgeHostSpec()


class Macro(Wire):
    """A macro."""

    name: str = ""
    value: str = ""


class Macros(Wire):
    """Macros of a project."""

    macros: list[Macro] = []


class ProjectFilter(Wire):
    """Which projects a search wants."""

    name: FilterString | None = None


class ProjectSearch(Wire):
    """A search of projects."""

    filter: ProjectFilter = ProjectFilter()
    sort: list[Sort] = []


class Uids(Wire):
    """Uids of objects to delete."""

    uids: list[str]


class References(Wire):
    """Texts to resolve."""

    references: list[str] = []


class OnePack(Wire):
    """A layer in a body of its own; what it holds is read by the model of the route."""

    pack: dict[str, Any] = {}


class Packs(Wire):
    """Layers in a body of their own."""

    packs: list[dict[str, Any]] = []


class Match(Wire):
    """Values of a condition."""

    conjunction: str = ""
    values: list[Any] = []


class Condition(Wire):
    """A condition on a property, of any type."""

    operator: str = ""
    key: str = ""
    negation: bool = False
    ignore_case: bool = False
    match: Match = Match()


class SearchItem(Wire):
    """A condition and its property."""

    property: str = ""
    type: str = ""
    condition: dict[str, Condition] = {}


class SearchGroup(Wire):
    """Conditions joined by and or or."""

    conjunction: str = ""
    filters: list[SearchItem] = []


class SearchFilter(Wire):
    """Groups joined by and or or."""

    conjunction: str = ""
    filter_groups: list[SearchGroup] = []


class Search(Wire):
    """A search of the dashboard."""

    filter: SearchFilter = SearchFilter()
    sort: list[Sort] = []
