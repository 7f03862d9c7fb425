"""The filter grammars of lists: conditions in the body of a search, and `filters` and `orderBy` of the query.

Not here: the search of clusters and edge hosts, whose grammar is a tree of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import semver

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.packs import FilterArray, FilterString, Sort

TAG = "spectro__tag"
"""The value of a label that stands for a tag without a value."""
TIMES: Mapping[str, Callable[[Body], str]] = {
    "creationTimestamp": lambda body: str(body["metadata"]["creationTimestamp"]),
    "lastModifiedTimestamp": lambda body: str(body["metadata"]["lastModifiedTimestamp"]),
}
"""Sort keys that objects of every kind have."""


def fits_text(condition: FilterString | None, text: str) -> bool:
    """Whether a text meets a condition; no condition is always met."""
    if condition is None:
        return True
    fold = str.casefold if condition.ignore_case else str
    text = fold(text)
    return (
        (condition.eq is None or text == fold(condition.eq))
        and (condition.ne is None or text != fold(condition.ne))
        and (condition.contains is None or fold(condition.contains) in text)
        and (condition.begins_with is None or text.startswith(fold(condition.begins_with)))
    )


def fits_list(condition: FilterArray | None, texts: Iterable[str]) -> bool:
    """Whether a list meets a condition: eq and beginsWith want one that fits, ne wants none that is equal."""
    if condition is None:
        return True
    fold = str.casefold if condition.ignore_case else str
    have = {fold(text) for text in texts}
    wanted = {fold(text) for text in condition.eq or ()}
    unwanted = {fold(text) for text in condition.ne or ()}
    starts = tuple(fold(text) for text in condition.begins_with or ())
    return (
        (condition.eq is None or bool(wanted & have))
        and not unwanted & have
        and (condition.begins_with is None or any(text.startswith(starts) for text in have))
    )


def fits_version(condition: dict[str, str] | None, version: str) -> bool:
    """Whether a version meets a condition with eq, ne, gt, lt, beginsWith; gt and lt compare as versions do.

    Raises:
        Refusal: 400, an operator or the version in the condition can't be read.
    """
    for operator, wanted in (condition or {}).items():
        if operator in {"eq", "ne"}:
            fits = (version == wanted) is (operator == "eq")
        elif operator == "beginsWith":
            fits = version.startswith(wanted)
        elif operator in {"gt", "lt"}:
            try:
                order = semver.Version.parse(version).compare(wanted)
            except ValueError:
                raise assumptions.INVALID_QUERY.refusal(f"{wanted!r} is not a version") from None
            fits = order > 0 if operator == "gt" else order < 0
        else:
            raise assumptions.INVALID_QUERY.refusal(f"a version has no condition {operator!r}")
        if not fits:
            return False
    return True


def tags_of(labels: dict[str, str]) -> list[str]:
    """Labels in all spellings that a filter may use: `key:value`; for a bare tag also the key alone."""
    spelled = []
    for key, value in labels.items():
        spelled.append(f"{key}:{value}")
        if value in {TAG, ""}:
            spelled.append(key)
    return spelled


def narrow(items: Sequence[Body], filters: str) -> list[Body]:
    """The items that meet a `filters` query: terms `a.b=v` or `a.b_in_v1,v2`, joined by AND and OR without spaces.

    AND binds more than OR. A list in the item meets a term when one of its values does.

    Raises:
        Refusal: 400, a term is neither.
    """
    if not filters:
        return list(items)
    groups = [[_term(text) for text in group.split("AND")] for group in filters.split("OR")]
    return [
        item for item in items if any(all(_values(item, path) & wanted for path, wanted in group) for group in groups)
    ]


def order(items: Sequence[Body], order_by: str) -> list[Body]:
    """The items by an `orderBy` query: `field=1` rising, `field=-1` falling, several joined by commas.

    Raises:
        Refusal: 400, a key is something else.
    """
    ordered = list(items)
    for key in reversed([key for key in order_by.split(",") if key]):
        path, _, direction = key.partition("=")
        if direction not in {"1", "-1"}:
            raise assumptions.INVALID_QUERY.refusal(f"orderBy {key!r} must be field=1 or field=-1")
        ordered.sort(key=lambda item, path=path: min(_values(item, path), default=""), reverse=direction == "-1")  # type: ignore[misc]
    return ordered


def sort(items: list[Body], wanted: Sequence[Sort], keys: Mapping[str, Callable[[Body], str]], what: str) -> None:
    """Sort in place by the keys of a search's body, the first one counting most.

    Args:
        items: what was found.
        wanted: fields and orders.
        keys: what to compare, by field.
        what: the objects, for the refusal.

    Raises:
        Refusal: 400, a field is unknown.
    """
    for each in reversed(wanted):
        if each.field not in keys:
            raise assumptions.INVALID_QUERY.refusal(f"{what} can't be sorted by {each.field!r}")
        items.sort(key=keys[each.field], reverse=each.order == "desc")


def _term(text: str) -> tuple[str, set[str]]:
    path, equals, value = text.partition("=")
    if equals and path:
        return path, {value}
    path, is_in, values = text.partition("_in_")
    if is_in and path:
        return path, set(values.split(","))
    raise assumptions.INVALID_QUERY.refusal(f"filter {text!r} must be path=value or path_in_value,value")


def _values(item: Any, path: str) -> set[str]:
    found = [item]
    for part in path.split("."):
        found = [each.get(part) for each in found if isinstance(each, dict)]
        found = [inner for each in found for inner in (each if isinstance(each, list) else [each])]
    return {_text(each) for each in found if each is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
