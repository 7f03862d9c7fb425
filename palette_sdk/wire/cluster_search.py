"""The search grammar of the dashboard."""

from __future__ import annotations

from pydantic import Field

from .base import Wire
from .packs import Sort


class Match(Wire):
    """Values of a condition, joined by and or or."""

    conjunction: str
    values: list[str]


class StringCondition(Wire):
    """A condition on a text; `operator` is eq, contains or beginsWith."""

    operator: str
    negation: bool = False
    ignore_case: bool = False
    match: Match


class BoolCondition(Wire):
    """A condition on a flag."""

    value: bool


class KeyValueCondition(Wire):
    """A condition on a value under a key."""

    key: str
    operator: str
    negation: bool = False
    ignore_case: bool = False
    match: Match


class SearchCondition(Wire):
    """One of the kinds of conditions."""

    string: StringCondition | None = None
    boolean: BoolCondition | None = Field(default=None, alias="bool")
    key_value: KeyValueCondition | None = None


class SearchItem(Wire):
    """A condition on a property."""

    property: str
    type: str
    condition: SearchCondition


class SearchGroup(Wire):
    """Conditions joined by and or or."""

    conjunction: str
    filters: list[SearchItem]


class SearchFilter(Wire):
    """Groups joined by and or or."""

    conjunction: str
    filter_groups: list[SearchGroup]


class SearchSpec(Wire):
    """Body of `POST /v1/dashboard/spectroclusters/search`."""

    filter: SearchFilter | None = None
    sort: list[Sort] = []
