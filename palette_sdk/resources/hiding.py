"""Values of sensitive variables that a program gives plainly: they are secrets in state as well. Pure.

Which variables are sensitive is known to a check at the latest, also where the program has a version by its uid alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from palette_sdk.resources.border import Hidden, mapping
from palette_sdk.rules.unknown import Unknown, is_known, known_or


def with_hidden(values: Any, definitions: Iterable[Any]) -> Any:
    """Values by name, where those of sensitive variables are secrets.

    Args:
        values: as checked inputs have them.
        definitions: of variables by name, as many as there are; of one that isn't known yet, any may be sensitive.
    """
    known = list(definitions)
    if not isinstance(values, Mapping):
        return values
    return {
        name: Hidden(item) if is_known(item) and is_sensitive(name, known) else item for name, item in values.items()
    }


def is_sensitive(name: str, definitions: Iterable[Any]) -> bool:
    """Whether one of the definitions makes a variable sensitive, or may do so, as it isn't known yet."""
    return any(isinstance(items, Unknown) or _hides(mapping(items).get(name)) for items in definitions)


def profiles_hidden(profiles: Mapping[str, Any], definitions: Any) -> dict[str, Any]:
    """Profiles by key, where those of their `values` that are of sensitive variables are secrets.

    Args:
        profiles: as checked inputs have them.
        definitions: of their variables, by key and name.
    """
    return {
        key: {**item, "values": with_hidden(item["values"], [_of(definitions, key)])} if item.get("values") else item
        for key, item in profiles.items()
    }


def all_of(definitions: Any) -> list[Any]:
    """The definitions of all profiles."""
    return [definitions] if isinstance(definitions, Unknown) else list(mapping(definitions).values())


def _of(definitions: Any, key: str) -> Any:
    return definitions if isinstance(definitions, Unknown) else mapping(definitions).get(key, {})


def _hides(definition: Any) -> bool:
    return isinstance(definition, Unknown) or bool(known_or(mapping(definition).get("sensitive"), True))
