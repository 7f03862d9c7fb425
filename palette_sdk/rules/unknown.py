"""Values that are not known yet, as they stand in a preview. Says only whether a value is known; converts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final, NoReturn, TypeVar

T = TypeVar("T")
D = TypeVar("D")


class Unknown:
    """A value that will be known only after apply. There is one instance, `UNKNOWN`.

    It is neither true nor false: a rule that forgets to ask `is_known` fails loudly instead of deciding by accident.
    """

    __slots__ = ()
    _one: Unknown | None = None

    def __new__(cls) -> Unknown:
        """Give the one instance."""
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __repr__(self) -> str:
        return "<known after apply>"

    def __bool__(self) -> NoReturn:
        raise TypeError("a value known only after apply is neither true nor false; ask is_known() first")

    def __reduce__(self) -> str:
        return "UNKNOWN"  # copies and pickles stay the one instance


UNKNOWN: Final = Unknown()


def is_known(value: object) -> bool:
    """Say whether nothing in the value, at any depth of mappings, lists, tuples and sets, is unknown."""
    if isinstance(value, Unknown):
        return False
    if isinstance(value, Mapping):
        return all(is_known(key) and is_known(item) for key, item in value.items())
    if isinstance(value, (list, tuple, Set)):
        return all(is_known(item) for item in value)
    return True


def known_or(value: T | Unknown, default: D) -> T | D:
    """Give the value when all of it is known, else the default."""
    if isinstance(value, Unknown) or not is_known(value):
        return default
    return value
