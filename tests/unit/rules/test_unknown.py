"""Known or not known yet."""

from __future__ import annotations

import copy
import pickle

import pytest

from palette_sdk.rules.unknown import UNKNOWN, Unknown, is_known, known_or


def test_there_is_one_instance() -> None:
    """Making, copying and pickling give the same object."""
    assert Unknown() is UNKNOWN
    assert copy.deepcopy({"a": [UNKNOWN]})["a"][0] is UNKNOWN
    assert pickle.loads(pickle.dumps(UNKNOWN)) is UNKNOWN


def test_repr_is_what_a_preview_shows() -> None:
    """It shows as <known after apply>."""
    assert f"{UNKNOWN!r}" == "<known after apply>"


def test_it_has_no_truth() -> None:
    """Asking whether it is true raises instead of deciding by accident."""
    with pytest.raises(TypeError, match="is_known"):
        bool(UNKNOWN)


@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], {"a": {"b": (1, UNKNOWN)}}, {UNKNOWN: 1}, {"s": {UNKNOWN}}])
def test_unknown_is_found_at_any_depth(value: object) -> None:
    """One unknown anywhere makes the whole unknown, so that the default is taken."""
    assert not is_known(value)
    assert known_or(value, "default") == "default"


@pytest.mark.parametrize("value", [None, 0, "", [], {}, {"a": [1, {"b": None}]}])
def test_plain_values_are_known(value: object) -> None:
    """Empty and false values are known, and given back as they are."""
    assert is_known(value)
    assert known_or(value, "default") is value
