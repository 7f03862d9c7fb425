"""Steps that wait for a real control plane, where a cluster has one: simulated time never gets ahead of it."""

from __future__ import annotations

from palette_sdk.controlplane.simulation import layers
from palette_sdk.controlplane.simulation.steps import Doc, schedule


def is_real(doc: Doc) -> bool:
    """Whether the cluster has, or is to have, a real control plane."""
    return doc.get("kubernetes") is not None


def is_held_back(doc: Doc, action: str, target: str) -> bool:
    """Whether a step has to wait: the state Running for the API server, a layer for its objects to be there."""
    if not is_real(doc):
        return False
    facts = doc["kubernetes"]
    if action == "state":
        return target == "Running" and not facts.get("server")
    if action == "layer-ready":
        layer = layers.find(doc, target)
        return layer is not None and facts.get("ready", {}).get(target) != layer["wanted"]
    return False


def hold_back(doc: Doc, step: tuple[float, str, str], until: float) -> None:
    """Put a step off; the layers behind it wait as long as it does."""
    at, action, target = step
    if action in layers.ROLL_ACTIONS:
        for each in doc["steps"]:
            if each[1] in layers.ROLL_ACTIONS:
                each[0] += until - at
        doc["steps"].sort(key=lambda each: each[0])
    schedule(doc, until, action, target)
