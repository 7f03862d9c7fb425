"""Values on their way in and out of hooks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown as EngineUnknown
from pulumi.runtime import rpc

from palette_sdk.resources.border import Hidden, decode, encode, mapping, with_marks
from palette_sdk.resources.engine_seam import PROVIDER_KEY, SECRET_KEY, SECRET_MARK
from palette_sdk.rules.unknown import UNKNOWN, Unknown


def engine_unknown() -> Any:
    """How pulumi hands over a value that is not known yet."""
    return EngineUnknown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"a": 3.0}, {"a": 3}),
        ({"a": -0.0}, {"a": 0}),
        ({"a": 2.5}, {"a": 2.5}),
        ({"a": [1.0, {"b": 2.0}]}, {"a": [1, {"b": 2}]}),
        ({"a": True, "b": False}, {"a": True, "b": False}),
        ({"a": None, "b": {"c": None}, "d": [None, 1.0]}, {"b": {}, "d": [1]}),
        ({"a": (1.0, 2.0)}, {"a": [1, 2]}),
        ({PROVIDER_KEY: "pickled", "a": ""}, {"a": ""}),
        ({"a": float("inf")}, {"a": float("inf")}),
    ],
)
def test_decoded(given_: dict[str, Any], expected: dict[str, Any]) -> None:
    """Whole floats become integers, nulls vanish at any depth, the provider's own key is left out."""
    found = decode(given_)
    assert found == expected
    assert repr(found) == repr(expected)


def test_unknowns_at_any_depth() -> None:
    """Each of pulumi's unknowns becomes the one of our own, also in mappings and lists."""
    found = decode({"a": engine_unknown(), "b": {"c": [1.0, engine_unknown()]}})
    assert found["a"] is UNKNOWN
    assert found["b"]["c"][1] is UNKNOWN


def test_encoded() -> None:
    """Our unknown becomes pulumi's at any depth, and no null goes out."""
    found = encode({"a": UNKNOWN, "b": {"c": [UNKNOWN, None], "d": None}, "e": None, "f": 1})
    assert isinstance(found["a"], EngineUnknown)
    assert isinstance(found["b"]["c"][0], EngineUnknown)
    assert len(found["b"]["c"]) == 1
    assert set(found) == {"a", "b", "f"}
    assert set(found["b"]) == {"c"}


def test_secrets_go_out_marked() -> None:
    """A hidden value goes out with the engine's own mark, and is in no text about it."""
    found = encode({"a": {"b": Hidden("s3cret")}, "c": [Hidden({"d": None, "e": UNKNOWN})]})
    assert found["a"]["b"] == {SECRET_KEY: SECRET_MARK, "value": "s3cret"}
    assert set(found["c"][0]["value"]) == {"e"}
    assert isinstance(found["c"][0]["value"]["e"], EngineUnknown)
    assert (rpc._special_sig_key, rpc._special_secret_sig) == (SECRET_KEY, SECRET_MARK)
    assert "s3cret" not in repr(Hidden("s3cret"))


def test_a_nested_provider_key_is_ordinary() -> None:
    """Only the top level has the provider's key; elsewhere the name is the user's."""
    assert decode({"a": {PROVIDER_KEY: "x"}}) == {"a": {PROVIDER_KEY: "x"}}


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**50), 2**50) | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text().filter(lambda key: key != PROVIDER_KEY), VALUES))
def test_round_trip(props: dict[str, Any]) -> None:
    """What goes out and comes back, with integers as floats, is the same."""
    assert decode(as_floats(encode(props))) == props


def as_floats(value: Any) -> Any:
    """Integers as the engine sends them."""
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("value", [None, UNKNOWN, "text", 3, []])
def test_mapping_of_something_else(value: Any) -> None:
    """What is absent, unknown or no mapping counts as an empty one."""
    assert mapping(value) == {}
    assert isinstance(UNKNOWN, Unknown)


def test_mapping_is_a_copy() -> None:
    """A mapping comes back as a dictionary of its own."""
    value = {"a": 1}
    found = mapping(value)
    found["b"] = 2
    assert value == {"a": 1}


def test_marks_keep_the_known_parts() -> None:
    """A value with unknown parts, marked in the program, arrives in a hook with all its other parts."""
    value = {"app": {"version": "1", "digest": engine_unknown()}, "order": ["app", engine_unknown()]}
    arrived = decode({"layers": with_marks(value), "whole": with_marks(engine_unknown())})
    assert arrived == {
        "layers": {"app": {"version": "1", "digest": UNKNOWN}, "order": ["app", UNKNOWN]},
        "whole": UNKNOWN,
    }


def test_nothing_is_marked_where_all_is_known() -> None:
    """Outside a preview a value is handed over as it is."""
    value = {"a": [1, {"b": "c"}], "d": True}
    assert with_marks(value) == value
