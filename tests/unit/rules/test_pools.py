"""Machine pools."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.rules.pools import check_pools
from palette_sdk.rules.unknown import UNKNOWN

CONTROL: dict[str, Any] = {"role": "control-plane", "count": 1}
WORKER: dict[str, Any] = {"role": "worker", "count": 2}


@pytest.mark.parametrize(
    ("pools", "cloud"),
    [
        ({"cp": CONTROL}, "aws"),
        ({"cp": CONTROL | {"count": 5.0}, "w": WORKER}, ""),
        ({"cp": CONTROL, "w": WORKER | {"min": 1, "max": 3}}, "gcp"),
        ({"cp": CONTROL, "w": WORKER | {"min": 2, "max": 2}}, "gcp"),
        ({"cp": CONTROL | {"count": UNKNOWN}, "w": WORKER | {"count": UNKNOWN, "min": UNKNOWN, "max": 3}}, "aws"),
        ({"cp": CONTROL, "w": WORKER | {"count": 0}}, "aws"),
        ({"w": WORKER}, "eks"),
    ],
)
def test_accepted(pools: dict[str, Any], cloud: str) -> None:
    """Fitting numbers pass, also as the engine's floats or not known yet; managed clouds have workers only."""
    check_pools(pools, cloud=cloud)


@pytest.mark.parametrize(
    ("pools", "cloud", "words"),
    [
        ({}, "aws", "pools: there is no control plane; add palette.control_plane(machine)"),
        ({"w": WORKER}, "aws", "there is no control plane"),
        ({"a": CONTROL, "b": CONTROL}, "aws", "one control plane, but there are 2: a, b"),
        ({"cp": CONTROL | {"count": 2}}, "aws", 'pools["cp"]: a control plane has 1, 3 or 5 nodes, not 2'),
        ({"cp": CONTROL | {"min": 1, "max": 3}}, "aws", "take out min and max"),
        ({"cp": CONTROL, "w": WORKER | {"min": 3, "max": 1}}, "aws", 'pools["w"]: min=3 is above max=1'),
        ({"cp": CONTROL, "w": WORKER | {"min": 3, "max": 4}}, "aws", "count=2, the first size, is below min=3"),
        ({"cp": CONTROL, "w": WORKER | {"min": 0, "max": 1}}, "aws", "count=2, the first size, is above max=1"),
        ({"cp": CONTROL, "w": WORKER | {"min": 1}}, "aws", "min is given without max"),
        ({"cp": CONTROL, "w": WORKER | {"max": 1}}, "aws", "max is given without min"),
        ({"cp": CONTROL, "w": WORKER | {"count": 1.5}}, "aws", "count=1.5 is not a whole number"),
        ({"cp": CONTROL, "w": WORKER | {"count": True}}, "aws", "count=True is not a whole number"),
        ({"cp": CONTROL, "w": WORKER | {"count": "2"}}, "aws", "count='2' is not a whole number"),
        ({"cp": CONTROL, "w": WORKER | {"count": float("inf")}}, "aws", "is not a whole number"),
        ({"cp": CONTROL, "w": WORKER | {"count": -1}}, "aws", "count=-1 is below 0"),
        ({"cp": CONTROL, "w": WORKER}, "eks", 'take out the pool "cp"'),
        ({}, "gke", "there is no pool; add palette.workers"),
    ],
)
def test_refused(pools: dict[str, Any], cloud: str, words: str) -> None:
    """Each fault names its pool and the numbers in it."""
    with pytest.raises(InputError) as refused:
        check_pools(pools, cloud=cloud)
    assert words in str(refused.value)
