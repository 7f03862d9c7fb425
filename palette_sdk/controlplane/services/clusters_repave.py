"""Whether a change of profiles would replace the nodes of a cluster, and why. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from palette_sdk.controlplane.services.clusters_content import (
    Copy,
    Pack,
    pack_ref,
    values_of,
    variable_values,
    version_of,
)
from palette_sdk.controlplane.simulation import tables
from palette_sdk.controlplane.simulation.objects import documents, resolve


def reasons(current: list[Copy], target: list[Copy]) -> list[dict[str, Any]]:
    """Why nodes would be replaced when the cluster's copies become `target`; empty: they would stay."""
    before, after = _infra_packs(current), _infra_packs(target)
    found = []
    for layer in tables.REPAVE_LAYERS:
        if layer not in before or layer not in after:
            continue
        (old_copy, old), (new_copy, new) = before[layer], after[layer]
        diff = {"current": pack_ref(old_copy, old), "target": pack_ref(new_copy, new)}
        keys = _kubeadm_differences(_values(old_copy, old), _values(new_copy, new))
        is_other = (old["name"], version_of(old)) != (new["name"], version_of(new))
        if is_other:
            what = f"{old['name']} {version_of(old)} -> {new['name']} {version_of(new)}"
            found.append(_reason("PackVersionChanged", f"{layer}: {what}", diff, [*keys]))
        elif keys:
            what = f"{new['name']} values {', '.join(keys)}"
            found.append(_reason("PackValuesChanged", f"{layer}: {what}", diff, [*keys]))
    return found


def _infra_packs(copies: list[Copy]) -> dict[str, tuple[Copy, Pack]]:
    return {
        pack["layer"]: (copy, pack)
        for copy in copies
        for pack in copy["packs"]
        if pack["layer"] in tables.REPAVE_LAYERS
    }


def _values(copy: Copy, pack: Pack) -> str:
    """The values that count, variables filled in: another value of a variable may be what replaces the nodes."""
    return resolve(values_of(copy, pack), variable_values(copy), {})


def _reason(code: str, message: str, diff: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    return {"code": code, "message": message, "pack": {**diff, "diffConfigKeys": keys}}


@lru_cache(maxsize=64)
def _kubeadm_differences(old: str, new: str) -> tuple[str, ...]:
    """Dotted paths below keys that begin with `kubeadm` whose values differ."""
    if old == new:
        return ()
    before, after = _flat(old), _flat(new)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return tuple(sorted(path for path in changed if any(part.startswith("kubeadm") for part in path.split("."))))


def _flat(text: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for document in documents(text):
        _flatten(document, "", flat)
    return flat


def _flatten(node: Any, path: str, into: dict[str, Any]) -> None:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            _flatten(value, f"{path}.{key}" if path else str(key), into)
    else:
        into[path] = node
