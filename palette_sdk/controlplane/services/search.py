"""The search of the dashboard: a tree of conditions over named properties, its meaning, and what can be asked.

Knows no clusters: what a property is, the callers say (`Property`). Used for clusters, fit for edge hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from palette_sdk.controlplane.assumptions_clusters import SEARCH_INVALID

Doc = dict[str, Any]


@dataclass(frozen=True)
class Property:
    """Something that a filter can name.

    Args:
        name: as in filters.
        type: string, bool, int, float, date or keyValue.
        display_name: for people.
        read: the values of an object; several where one of them has to fit. For keyValue: texts `key:value`.
        enum: all values there are, where they are few; each object has exactly one of them.
        constant: the value that all objects have, or None; lets a condition be decided without looking at any.
        facet: the facet of the objects' cards that has the same values, as texts; empty: there is none.
    """

    name: str
    type: str
    display_name: str
    read: Callable[[Doc], Sequence[Any]]
    enum: tuple[str, ...] = ()
    constant: Any = None
    facet: str = ""


Properties = Mapping[str, Property]


class Asked(NamedTuple):
    """What a search asks.

    Args:
        exact: facets and the value that each object that fits has for them.
        rest: what else it takes to fit, as a test of one object; True or False: nothing, or nothing fits.
    """

    exact: tuple[tuple[str, str], ...]
    rest: Callable[[Doc], bool] | bool


def compile_filter(body: Mapping[str, Any], properties: Properties) -> Asked:
    """The filter of a search.

    Raises:
        Refusal: 400, a part of it can't be read.
    """
    tree = body.get("filter") or {}
    exact: list[tuple[str, str]] = []
    groups = _list(tree.get("filterGroups"))
    own = exact if len(groups) < 2 or tree.get("conjunction") != "or" else None
    rest = _joined([_group(group, properties, own) for group in groups], str(tree.get("conjunction") or "and"))
    return Asked(tuple(dict.fromkeys(exact)), rest)


def sort(items: list[Doc], wanted: Iterable[Mapping[str, Any]], keys: Mapping[str, Callable[[Doc], str]]) -> None:
    """Sort in place by fields, the first one counting most.

    Raises:
        Refusal: 400, an unknown field.
    """
    for each in reversed(list(wanted)):
        field = str(each.get("field", ""))
        if field not in keys:
            raise SEARCH_INVALID.refusal(f"can't sort by {field!r}; known are {', '.join(keys)}")
        items.sort(key=keys[field], reverse=each.get("order") == "desc")


def schema(properties: Properties) -> Doc:
    """What can be asked, for people and programs."""
    return {
        "schema": {
            "properties": [
                {
                    "name": each.name,
                    "type": each.type,
                    "displayName": each.display_name,
                    "hideDisplay": each.constant is not None,
                    "enum": list(each.enum),
                    "enumValues": [{"value": value, "displayValue": value} for value in each.enum],
                    "default": "",
                    "isDeprecated": False,
                }
                for each in properties.values()
            ]
        }
    }


# ---- meaning -----------------------------------------------------------------------------------------------------

Test = Callable[[Doc], bool] | bool


def _joined(tests: list[Test], conjunction: str) -> Test:
    if conjunction not in ("and", "or"):
        raise SEARCH_INVALID.refusal(f"a conjunction is and or or, not {conjunction!r}")
    if not tests:
        return True
    ends = conjunction == "or"
    if any(test is ends for test in tests):
        return ends
    open_tests = [test for test in tests if not isinstance(test, bool)]
    if not open_tests:
        return not ends
    if len(open_tests) == 1:
        return open_tests[0]
    join = any if ends else all
    return lambda item: join(test(item) for test in open_tests)


def _group(group: Mapping[str, Any], properties: Properties, exact: list[tuple[str, str]] | None) -> Test:
    """The test of a group; with a list, what must be the case in each case and an index can tell goes there instead."""
    filters = _list(group.get("filters"))
    own = exact if len(filters) < 2 or group.get("conjunction") != "or" else None
    tests = []
    for each in filters:
        test = _item(each, properties)
        pair = _exact(each, properties)
        if own is not None and pair is not None and not isinstance(test, bool):
            own.append(pair)
        else:
            tests.append(test)
    return _joined(tests, str(group.get("conjunction") or "and"))


def _exact(item: Mapping[str, Any], properties: Properties) -> tuple[str, str] | None:
    """The facet and the one value that a filter asks for, where it does just that."""
    found = properties[str(item["property"])]
    text = (item.get("condition") or {}).get("string") or {}
    values = _list((text.get("match") or {}).get("values"))
    is_text = str(item.get("type") or found.type) == "string"
    is_plain = str(text.get("operator") or "eq") == "eq" and not text.get("negation") and not text.get("ignoreCase")
    return (found.facet, str(values[0])) if found.facet and is_text and is_plain and len(values) == 1 else None


def _item(item: Mapping[str, Any], properties: Properties) -> Test:
    name = str(item.get("property", ""))
    found = properties.get(name)
    if found is None:
        raise SEARCH_INVALID.refusal(f"there is no property {name!r}; known are {', '.join(properties)}")
    kind = str(item.get("type") or found.type)
    if kind not in _CONDITIONS:
        raise SEARCH_INVALID.refusal(f"there is no property type {kind!r}")
    condition = (item.get("condition") or {}).get(kind)
    if not isinstance(condition, Mapping):
        raise SEARCH_INVALID.refusal(f"the filter on {name!r} has no {kind} condition")
    test = _CONDITIONS[kind](condition)
    if found.constant is not None:
        return test([found.constant])
    # `environment` is not `nested`: what holds for each value there is needs no look at any object.
    answers = {test([value]) for value in found.enum}
    if len(answers) == 1:
        return answers.pop()
    return lambda item: test(found.read(item))


def _string(condition: Mapping[str, Any]) -> Callable[[Sequence[Any]], bool]:
    fold = str.casefold if condition.get("ignoreCase") else str
    operator = str(condition.get("operator") or "eq")
    compare = _TEXT.get(operator)
    if compare is None:
        raise SEARCH_INVALID.refusal(f"there is no text operator {operator!r}; known are {', '.join(_TEXT)}")
    return _matching(condition, compare, lambda value: fold(str(value)))


def _bool(condition: Mapping[str, Any]) -> Callable[[Sequence[Any]], bool]:
    wanted = bool(condition.get("value"))
    return lambda values: any(bool(value) is wanted for value in values)


def _numeric(read: Callable[[Any], Any]) -> Callable[[Mapping[str, Any]], Callable[[Sequence[Any]], bool]]:
    def build(condition: Mapping[str, Any]) -> Callable[[Sequence[Any]], bool]:
        operator = str(condition.get("operator") or "eq")
        if operator == "range":
            bounds = sorted(_read(read, value) for value in _list((condition.get("match") or {}).get("values")))
            if len(bounds) != 2:
                raise SEARCH_INVALID.refusal("a range has two values")
            inside = bool(condition.get("negation"))
            return lambda values: any(bounds[0] <= read(value) <= bounds[1] for value in values) is not inside
        compare = _ORDER.get(operator)
        if compare is None:
            raise SEARCH_INVALID.refusal(f"there is no operator {operator!r}; known are {', '.join(_ORDER)}")
        return _matching(condition, compare, lambda value: _read(read, value))

    return build


def _key_value(condition: Mapping[str, Any]) -> Callable[[Sequence[Any]], bool]:
    key = str(condition.get("key", ""))
    test = _string(condition)

    def has(values: Sequence[Any]) -> bool:
        pairs = [str(value).partition(":") for value in values]
        return test([value for name, _, value in pairs if name == key])

    return has


def _matching(
    condition: Mapping[str, Any], compare: Callable[[Any, Any], bool], read: Callable[[Any], Any]
) -> Callable[[Sequence[Any]], bool]:
    match = condition.get("match") or {}
    wanted = [read(value) for value in _list(match.get("values"))]
    is_negated = bool(condition.get("negation"))
    join = all if match.get("conjunction") == "and" else any

    def test(values: Sequence[Any]) -> bool:
        have = [read(value) for value in values]
        return join(any(compare(each, value) for each in have) for value in wanted) is not is_negated

    return test


def _read(read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (TypeError, ValueError):
        raise SEARCH_INVALID.refusal(f"{value!r} can't be compared") from None


def _moment(value: Any) -> float:
    return datetime.fromisoformat(str(value)).timestamp()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_TEXT: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, wanted: have == wanted,
    "contains": lambda have, wanted: wanted in have,
    "beginsWith": lambda have, wanted: have.startswith(wanted),
}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda have, wanted: have == wanted,
    "gt": lambda have, wanted: have > wanted,
    "gte": lambda have, wanted: have >= wanted,
    "lt": lambda have, wanted: have < wanted,
    "lte": lambda have, wanted: have <= wanted,
}
_CONDITIONS: Mapping[str, Callable[[Mapping[str, Any]], Callable[[Sequence[Any]], bool]]] = {
    "string": _string,
    "bool": _bool,
    "int": _numeric(int),
    "float": _numeric(float),
    "date": _numeric(_moment),
    "keyValue": _key_value,
}
