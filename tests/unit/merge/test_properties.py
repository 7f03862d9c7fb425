"""What holds for every merge, on generated documents."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palette_sdk.merge import Policy, found, merge

from .model import merged, same
from .strategies import sharing, triples

POLICIES: list[Policy] = ["merge", "keep", "drop", "fail"]
PROFILE = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _load(text: str) -> Any:
    return yaml.safe_load(text)


@PROFILE
@given(triples(), st.sampled_from(POLICIES))
def test_agrees_with_the_naive_model(triple: tuple[str, str, str], policy: Policy) -> None:
    """The merged text means what a naive merge of the parsed data gives."""
    base, incoming, override = triple
    result = merge(base=base, incoming=incoming, override=override, policy=policy)
    expected = merged(_load(base), _load(incoming), _load(override), policy)
    assert same(_load(result.text), expected)


@PROFILE
@given(sharing(), st.sampled_from(POLICIES))
def test_aliases_agree_with_the_naive_model(triple: tuple[str, str, str], policy: Policy) -> None:
    """Anchors, aliases and merge keys are ways to write values: the merged text means what it does without them."""
    base, incoming, override = triple
    result = merge(base=base, incoming=incoming, override=override, policy=policy)
    expected = merged(_load(base), _load(incoming), _load(override), policy)
    assert same(_load(result.text), expected)


@PROFILE
@given(triples() | sharing())
def test_nothing_is_lost(triple: tuple[str, str, str]) -> None:
    """What comes is there in full, but for the overrides that were kept; and each of these is there."""
    base, incoming, override = triple
    result = merge(base=base, incoming=incoming, override=override, policy="merge")
    kept = [row.path for row in result.kept]
    differing = [row.path for row in found(base=incoming, running=result.text)]
    assert all(any(path.startswith(place) for place in kept) for path in differing)
    assert all(any(path.startswith(place) for path in differing) for place in kept)


@PROFILE
@given(triples())
def test_every_difference_has_a_row(triple: tuple[str, str, str]) -> None:
    """Each place that someone changed has a row, whatever becomes of it; but nothing is to be said of an empty map."""
    base, incoming, override = triple
    result = merge(base=base, incoming=incoming, override=override, policy="merge")
    places = [row.path for row in result.rows]
    changed = [row.path for row in found(base=base, running=override) if row.override not in ({}, [])]
    assert all(any(path.startswith(place) or place.startswith(path) for place in places) for path in changed)


@PROFILE
@given(triples(), st.sampled_from(POLICIES))
def test_no_override(triple: tuple[str, str, str], policy: Policy) -> None:
    """Without an override the incoming text comes back byte for byte, without a row."""
    base, incoming, _ = triple
    result = merge(base=base, incoming=incoming, override=base, policy=policy)
    assert result.text == incoming
    assert not result.rows


@PROFILE
@given(triples(), st.sampled_from(["merge", "keep"]))
def test_nothing_comes(triple: tuple[str, str, str], policy: Policy) -> None:
    """Where what comes is the base, the cluster's text comes back byte for byte."""
    base, _, override = triple
    result = merge(base=base, incoming=base, override=override, policy=policy)
    assert result.text == override
    assert not result.conflicts


@PROFILE
@given(triples())
def test_twice(triple: tuple[str, str, str]) -> None:
    """Merging what came out once more changes no byte, from the old base and from the new one."""
    base, incoming, override = triple
    once = merge(base=base, incoming=incoming, override=override, policy="keep").text
    assert merge(base=base, incoming=incoming, override=once, policy="keep").text == once
    assert merge(base=incoming, incoming=incoming, override=once, policy="merge").text == once


@PROFILE
@given(triples(), st.sampled_from(POLICIES))
def test_no_base(triple: tuple[str, str, str], policy: Policy) -> None:
    """Without a base every difference is decided by the policy, and never taken for nobody's."""
    _, incoming, override = triple
    result = merge(base=None, incoming=incoming, override=override, policy=policy)
    differs = not same(_load(incoming), _load(override))
    assert bool(result.rows) is differs
    assert not result.changes
    if policy == "keep":
        assert same(_unordered(_load(result.text)), _unordered(_load(override)))
    else:
        assert result.text == incoming


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unordered(item) for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return sorted((_unordered(item) for item in value), key=str)
    return value


@pytest.mark.parametrize("policy", POLICIES)
def test_all_the_same(policy: Policy) -> None:
    """Three times the same text, YAML or not, is that text."""
    for text in ("", "a: 1\n", "a: [\n", "{{ if }}\n"):
        assert merge(base=text, incoming=text, override=text, policy=policy).text == text
