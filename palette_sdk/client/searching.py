"""Filters of the cluster search, in the words of the service. Pure."""

from __future__ import annotations

from palette_sdk.wire.cluster_search import (
    BoolCondition,
    Match,
    SearchCondition,
    SearchFilter,
    SearchGroup,
    SearchItem,
    SearchSpec,
    StringCondition,
)


def text_is(prop: str, *values: str, negated: bool = False) -> SearchItem:
    """The property has one of these texts, or (`negated`) none of them."""
    condition = StringCondition(
        operator="eq", negation=negated, ignore_case=False, match=Match(conjunction="or", values=list(values))
    )
    return SearchItem(property=prop, type="string", condition=SearchCondition(string=condition))


def flag_is(prop: str, *, value: bool) -> SearchItem:
    """The property is true, or false."""
    return SearchItem(property=prop, type="bool", condition=SearchCondition(boolean=BoolCondition(value=value)))


def living(*more: SearchItem) -> SearchSpec:
    """Clusters that are not deleted and not virtual, and for which all of `more` holds."""
    items = [text_is("environment", "nested", negated=True), flag_is("isDeleted", value=False), *more]
    return SearchSpec(
        filter=SearchFilter(conjunction="and", filter_groups=[SearchGroup(conjunction="and", filters=items)]),
        sort=[],
    )
