"""The steps that lie before a cluster: a list `[at, action, target]` in its document, the earliest first.

`due` of the stored document is the first one's moment, so nothing ticks: a cluster costs nothing until then.
"""

from __future__ import annotations

from bisect import insort
from typing import Any

Doc = dict[str, Any]


def schedule(doc: Doc, at: float, action: str, target: str = "") -> None:
    """Put a step in; steps of one moment keep the order in which they were put in."""
    insort(doc.setdefault("steps", []), [at, action, target], key=lambda step: step[0])


def cancel(doc: Doc, *actions: str) -> None:
    """Take out all steps with these actions; without actions all steps."""
    doc["steps"] = [step for step in doc.get("steps", []) if actions and step[1] not in actions]


def next_due(doc: Doc) -> float | None:
    """The moment of the first step (epoch seconds), or None."""
    steps = doc.get("steps")
    return float(steps[0][0]) if steps else None


def is_scheduled(doc: Doc, *actions: str) -> bool:
    """Whether a step with one of these actions lies ahead."""
    return any(step[1] in actions for step in doc.get("steps", []))


def pop_due(doc: Doc, now: float) -> tuple[float, str, str] | None:
    """Take out the first step whose moment has come, or None."""
    steps = doc.get("steps")
    if not steps or steps[0][0] > now:
        return None
    at, action, target = steps.pop(0)
    return float(at), str(action), str(target)
