"""Moments of what runs on a real cluster, by Palette's clock."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane.clock import Clock
from palette_sdk.controlplane.kubernetes.observed import dated


def pod(uid: str, created: str) -> dict[str, Any]:
    """A pod as it was observed."""
    return {"metadata": {"entity": {"uid": uid}, "creationTimestamp": created}, "status": {"phase": "Running"}}


def test_moments_are_those_of_a_fast_clock() -> None:
    """What came is dated by Palette's clock; what was there before keeps its moment, however fast the clock runs on."""
    first = dated({"pods": [pod("a", "2026-01-01T00:00:00Z")]}, {}, ahead=3600.0)
    assert first == {"pods": [pod("a", "2026-01-01T01:00:00.000Z")]}
    found = {"pods": [pod("a", "2026-01-01T00:00:00Z"), pod("b", "2026-01-01T00:01:00Z"), pod("c", "")]}
    later = dated(found, first, ahead=7200.0)
    assert later["pods"] == [pod("a", "2026-01-01T01:00:00.000Z"), pod("b", "2026-01-01T02:01:00.000Z"), pod("c", "")]


def test_how_far_a_clock_is_ahead() -> None:
    """A clock is ahead by what it ran faster and what it was moved on."""
    wall = [1000.0]
    clock = Clock(lambda: wall[0], speed=10)
    wall[0] += 6
    clock.advance(60)
    assert clock.ahead == 114.0
