"""Durations that differ between objects and never between runs: a place in a range, drawn from the object's uid."""

from __future__ import annotations

import hashlib


def fraction(*what: str) -> float:
    """A number from 0 up to 1 that depends on the words alone."""
    return int.from_bytes(hashlib.sha256("/".join(what).encode()).digest()[:6]) / 2**48


def between(low: float, high: float, *what: str) -> float:
    """A place between the two, by the words."""
    return low + (high - low) * fraction(*what)


def derived_uid(*what: str) -> str:
    """24 lower-case hex characters that depend on the words alone: uids for what the simulation makes by itself."""
    return hashlib.sha256("/".join(what).encode()).hexdigest()[:24]
