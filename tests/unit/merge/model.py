"""A naive merge of parsed data, written without regard to the package: what the texts must mean."""

from __future__ import annotations

from typing import Any

GONE = object()


def merged(base: Any, incoming: Any, override: Any, policy: str) -> Any:
    """Merge three values; GONE where there is none. Lists of maps with names of their own merge by name."""
    if same(override, base) or same(override, incoming):
        return incoming
    if isinstance(override, dict) and isinstance(incoming, dict):
        return _maps(base if isinstance(base, dict) else {}, incoming, override, policy)
    if _named(override) and _named(incoming) and (not isinstance(base, list) or _named(base)):
        old = base if isinstance(base, list) else []
        if override or incoming:
            return _lists(old, incoming, override, policy)
    is_vanished = incoming is GONE and type(base) is type(override) and isinstance(base, (dict, list))
    if policy == "keep" or (policy == "merge" and same(base, incoming) and not is_vanished):
        return override
    return incoming


def _maps(base: dict[Any, Any], incoming: dict[Any, Any], override: dict[Any, Any], policy: str) -> dict[Any, Any]:
    result = {}
    for key in {**incoming, **override, **base}:
        value = merged(base.get(key, GONE), incoming.get(key, GONE), override.get(key, GONE), policy)
        if value is not GONE:
            result[key] = value
    return result


def _lists(base: list[Any], incoming: list[Any], override: list[Any], policy: str) -> Any:
    b, i, o = ({item["name"]: item for item in items} for items in (base, incoming, override))
    result = _maps(b, i, o, policy)
    return [result[name] for name in _order(i, o, result)]


def _order(incoming: dict[str, Any], override: dict[str, Any], result: dict[str, Any]) -> list[str]:
    order = [name for name in incoming if name in result]
    last: str | None = None
    for name in override:
        if name in result and name not in order:
            order.insert(0 if last is None else order.index(last) + 1, name)
        if name in result:
            last = name
    return order


def _named(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(item, dict) and "name" in item for item in value):
        return False
    names = [item["name"] for item in value]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def same(one: Any, other: Any) -> bool:
    """Say whether two values are the same; 1, 1.0 and True are not, but 1 and 1.0 are one number in YAML."""
    if one is GONE or other is GONE:
        return one is other
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)
