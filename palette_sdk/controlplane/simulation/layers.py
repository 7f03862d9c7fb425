"""The layers of a cluster (one a pack of an attached profile): what is wanted, what runs, and rolling out the rest.

A layer's document: profileUid, name, layer, type, tag, version, wanted and running (digests of the content),
condition, reason, message, changed, started, ended, services.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.simulation import tables
from palette_sdk.controlplane.simulation.steps import Doc, cancel, schedule

ROLL_ACTIONS = ("layer-start", "layer-installed", "layer-ready")
_DECLARED = ("profileUid", "name", "layer", "type", "tag", "version", "wanted", "manifests")


def key_of(layer: Doc) -> str:
    """What names a layer within its cluster."""
    return f"{layer['profileUid']}/{layer['name']}"


def find(doc: Doc, key: str) -> Doc | None:
    """The layer with this key, or None when it has left the cluster meanwhile."""
    return next((layer for layer in doc["layers"] if key_of(layer) == key), None)


def in_order(layers: Iterable[Doc]) -> list[Doc]:
    """From the ground up; add-ons in the order in which profiles name them."""
    order = tables.LAYER_ORDER
    return sorted(layers, key=lambda layer: order.index(layer["layer"]) if layer["layer"] in order else len(order))


def is_news(doc: Doc, wanted: list[Doc]) -> bool:
    """Whether the cluster would want other content than it does already."""
    return {(row["name"], row["wanted"]) for row in doc["layers"]} != {(row["name"], row["wanted"]) for row in wanted}


def declare(doc: Doc, wanted: list[Doc], at: float) -> list[Doc]:
    """Make these the layers of the cluster; returns those whose content has to be rolled out.

    A layer whose name was there before (under the same profile, or the one that was replaced) goes on from what it runs.
    """
    by_key = {key_of(layer): layer for layer in doc.get("layers", [])}
    by_name = {layer["name"]: layer for layer in doc.get("layers", [])}
    taken = {key_of(each) for each in wanted}
    rows = []
    for each in wanted:
        before = by_key.get(key_of(each))
        if before is None:
            same_name = by_name.get(each["name"])
            before = same_name if same_name is not None and key_of(same_name) not in taken else None
        row = _fresh(at) if before is None else dict(before)
        if before is not None and key_of(before) != key_of(each):
            # What runs still goes by the former key until the objects are looked at again.
            row["formerKeys"] = [*before.get("formerKeys", []), key_of(before)]
        row.update({field: each[field] for field in _DECLARED})
        if row["running"] != row["wanted"] and row["running"]:
            _wait(row, at)
        elif row["running"] == row["wanted"] and row["condition"] != "Ready":
            _turn(row, "Ready", at)
        elif before is not None and before["wanted"] != row["wanted"] and row["condition"] == "Error":
            # What was refused is not what is wanted now.
            _turn(row, "ReadyForInstall", at)
        rows.append(row)
    doc["layers"] = in_order(rows)
    return outstanding(doc)


def outstanding(doc: Doc) -> list[Doc]:
    """Layers that don't run what is wanted, or never got ready."""
    return [layer for layer in doc["layers"] if layer["running"] != layer["wanted"] or layer["condition"] != "Ready"]


def roll_out(doc: Doc, at: float, until: float) -> None:
    """Schedule the outstanding layers one after the other from `at` to `until`; replaces a roll-out under way."""
    cancel(doc, *ROLL_ACTIONS)
    rows = outstanding(doc)
    whole = sum(tables.LAYER_WEIGHT.get(row["layer"], 1.0) for row in rows)
    start = at
    for row in rows:
        length = (until - at) * tables.LAYER_WEIGHT.get(row["layer"], 1.0) / whole
        _turn(row, "WaitingForOtherLayers", at, "layers below are not ready yet")
        row["ended"] = ""
        schedule(doc, start, "layer-start", key_of(row))
        schedule(doc, start + length * tables.INSTALLED_SHARE, "layer-installed", key_of(row))
        schedule(doc, start + length, "layer-ready", key_of(row))
        start += length


def started(layer: Doc, at: float) -> None:
    """Its turn has come."""
    _turn(layer, "ReadyForInstall", at)
    layer["started"] = stamp(at)


def installed(layer: Doc, at: float) -> None:
    """Its objects are there."""
    _turn(layer, "Installed", at)


def ready(layer: Doc, at: float) -> None:
    """It runs what is wanted."""
    _turn(layer, "Ready", at)
    layer["running"], layer["ended"] = layer["wanted"], stamp(at)


def failed(layer: Doc, at: float, reason: str, message: str) -> None:
    """It can't be installed."""
    _turn(layer, "Error", at, message)
    layer["reason"] = reason


def recover(doc: Doc, at: float) -> None:
    """What a fault had stopped is again as it was before, while nothing may be rolled out."""
    for layer in doc["layers"]:
        if layer["condition"] == "Error":
            is_current = layer["running"] == layer["wanted"]
            _turn(layer, "Ready", at) if is_current else _wait(layer, at)


def _wait(layer: Doc, at: float) -> None:
    _turn(layer, "UpgradeAvailable", at, "a change of this layer waits to be rolled out")


def _fresh(at: float) -> dict[str, Any]:
    return {
        "running": "", "condition": "ReadyForInstall", "reason": "", "message": "", "changed": stamp(at),
        "started": "", "ended": "", "services": [],
    }  # fmt: skip


def _turn(layer: Doc, condition: str, at: float, message: str = "") -> None:
    if layer["condition"] != condition:
        layer["changed"] = stamp(at)
    layer.update(condition=condition, reason="", message=message)
