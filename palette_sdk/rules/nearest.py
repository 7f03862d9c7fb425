"""Names near to one that does not exist, for messages."""

from __future__ import annotations

from collections.abc import Iterable

FEW = 6
"""Up to this many existing names are simply listed."""

_ALIKE = 0.55


def nearest(name: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Give up to `limit` of the names that look like the one asked for, the most alike first."""
    from difflib import SequenceMatcher

    asked = name.strip().casefold()
    matcher = SequenceMatcher(b=asked, autojunk=False)
    scored: list[tuple[float, str]] = []
    for known in dict.fromkeys(names):
        candidate = known.casefold()
        matcher.set_seq1(candidate)
        score = matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0
        if asked and candidate and (asked in candidate or candidate in asked):
            score = max(score, 0.75)
        if score >= _ALIKE:
            scored.append((-score, known))
    return [known for _, known in sorted(scored)[:limit]]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Say in a few words what exists: the nearest names, or all when they are few.

    Args:
        name: the name that does not exist.
        names: those that exist.

    Returns:
        `nearest: cni-calico, cilium`, or `there are: a, b`, `there are none`, `none of the 40 looks like it`.
    """
    known = list(dict.fromkeys(names))
    if not known:
        return "there are none"
    alike = nearest(name, known)
    if alike:
        return f"nearest: {', '.join(alike)}"
    if len(known) == 1:
        return f"there is only: {known[0]}"
    if len(known) <= FEW:
        return f"there are: {', '.join(known)}"
    return f"none of the {len(known)} looks like it"
