"""Approval tokens and markers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_sdk.rules.tokens import marker, token
from palette_sdk.rules.unknown import UNKNOWN

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_form(facts: object) -> None:
    """A token is its prefix and four hex digits, the same each time."""
    assert re.fullmatch(r"rp-[0-9a-f]{4}", token("rp", facts))
    assert token("rp", facts) == token("rp", facts)


def test_order_and_number_kind_do_not_matter() -> None:
    """Equal facts give one token, in whatever order and with the engine's floats."""
    assert token("up", {"a": 1, "b": {"x", "y"}}) == token("up", {"b": {"y", "x"}, "a": 1.0})
    assert token("up", (1, 2)) == token("up", [1, 2])


def test_other_facts_give_another_token() -> None:
    """A changed fact needs a new approval."""
    tokens = {token("rp", {"nodes": n, "pool": p}) for n in (1, 2) for p in ("a", "b")} | {
        token("rp", [1]),
        token("rp", ["1"]),
    }
    assert len(tokens) == 6


def test_what_cannot_be_shown_cannot_be_approved() -> None:
    """Facts that hold an unknown raise."""
    with pytest.raises(TypeError, match="Unknown"):
        token("rp", {"a": [UNKNOWN]})


def test_marker() -> None:
    """A marker has 16 hex digits and depends on every part, where parts can't run into each other."""
    one = marker(project="p", stack="s", urn="u", name="n", version="1.0.0")
    assert re.fullmatch(r"[0-9a-f]{16}", one)
    others = [
        marker(project="q", stack="s", urn="u", name="n", version="1.0.0"),
        marker(project="p", stack="t", urn="u", name="n", version="1.0.0"),
        marker(project="p", stack="s", urn="v", name="n", version="1.0.0"),
        marker(project="p", stack="s", urn="u", name="m", version="1.0.0"),
        marker(project="p", stack="s", urn="u", name="n"),
        marker(project="p", stack="s", urn="un", name="", version="1.0.0"),
    ]
    assert len({one, *others}) == 7
