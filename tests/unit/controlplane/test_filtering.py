"""Conditions and the filter grammar of lists."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane import filtering
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.wire.packs import FilterArray, FilterString


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"eq": "WEB-1"}, True),
        ({"eq": "WEB-1", "ignoreCase": False}, False),
        ({"ne": "web-1"}, False),
        ({"contains": "B-"}, True),
        ({"beginsWith": "web", "ne": "web-2"}, True),
        ({"beginsWith": "1"}, False),
        ({}, True),
    ],
)
def test_text(condition: dict[str, Any], fits: bool) -> None:
    """All that a condition says has to hold; case doesn't matter unless asked for."""
    assert filtering.fits_text(FilterString.of(condition), "web-1") is fits


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"eq": ["env:dev", "other"]}, True),
        ({"eq": []}, False),
        ({"ne": ["ENV:dev"]}, False),
        ({"ne": ["other"]}, True),
        ({"beginsWith": ["en"]}, True),
        ({}, True),
    ],
)
def test_list(condition: dict[str, Any], fits: bool) -> None:
    """eq and beginsWith want one of the list, ne wants none."""
    assert filtering.fits_list(FilterArray.of(condition), ["env:dev", "web"]) is fits


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"gt": "1.9.0"}, True),
        ({"lt": "1.9.0"}, False),
        ({"gt": "1.10.0"}, False),
        ({"eq": "1.10.0"}, True),
        ({"ne": "1.10.0"}, False),
        ({"beginsWith": "1.1"}, True),
        (None, True),
    ],
)
def test_version(condition: dict[str, str] | None, fits: bool) -> None:
    """Versions compare by their numbers."""
    assert filtering.fits_version(condition, "1.10.0") is fits


def test_tags() -> None:
    """A label is `key:value`; a bare tag also its key."""
    assert filtering.tags_of({"env": "dev", "web": "spectro__tag"}) == ["env:dev", "web:spectro__tag", "web"]


ITEMS: list[dict[str, Any]] = [
    {"n": "a", "spec": {"v": "1", "tags": ["x", "y"], "on": True}},
    {"n": "b", "spec": {"v": "2", "tags": [], "on": False}},
    {"n": "c", "spec": {"v": "2"}},
]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ("", "abc"),
        ("spec.v=2", "bc"),
        ("spec.v=2ANDspec.on=false", "b"),
        ("spec.v=1ORn=c", "ac"),
        ("n=aANDspec.v=2ORn=c", "c"),
        ("n_in_a,c", "ac"),
        ("spec.tags=y", "a"),
        ("spec.missing=y", ""),
        ("spec.v=", ""),
    ],
)
def test_narrow(filters: str, names: str) -> None:
    """Terms are joined by AND, which binds more, and OR; lists fit with one of their values."""
    assert "".join(item["n"] for item in filtering.narrow(ITEMS, filters)) == names


@pytest.mark.parametrize("filters", ["x", "=1", "aANDb=1", "_in_1"])
def test_unreadable_filters(filters: str) -> None:
    """A term that is none is refused, not dropped."""
    with pytest.raises(Refusal) as refused:
        filtering.narrow(ITEMS, filters)
    assert refused.value.code == "InvalidQuery"


@pytest.mark.parametrize(
    ("order", "names"), [("", "abc"), ("n=-1", "cba"), ("spec.v=-1,n=-1", "cba"), ("spec.v=-1,n=1", "bca")]
)
def test_order(order: str, names: str) -> None:
    """Keys rise with 1 and fall with -1; the first one counts most."""
    assert "".join(item["n"] for item in filtering.order(ITEMS, order)) == names
