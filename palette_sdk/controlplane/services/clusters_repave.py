"""Whether a change of profiles would replace the nodes of a cluster, and why. Pure."""

from __future__ import annotations

import re
from typing import Any

import semver
import yaml

from palette_sdk.controlplane.services.clusters_content import Copy, Pack, pack_ref, values_of
from palette_sdk.controlplane.simulation import tables

_TEMPLATING = re.compile(r"\{\{.*?\}\}")


def reasons(current: list[Copy], target: list[Copy]) -> list[dict[str, Any]]:
    """Why nodes would be replaced when the cluster's copies become `target`; empty: they would stay."""
    before, after = _infra_packs(current), _infra_packs(target)
    found = []
    for layer in tables.REPAVE_LAYERS:
        if layer not in before or layer not in after:
            continue
        (old_copy, old), (new_copy, new) = before[layer], after[layer]
        diff = {"current": pack_ref(old_copy, old), "target": pack_ref(new_copy, new)}
        keys = _kubeadm_differences(values_of(old_copy, old), values_of(new_copy, new))
        is_other = (old["name"], _version(old)) != (new["name"], _version(new))
        if is_other:
            what = f"{old['name']} {_version(old)} -> {new['name']} {_version(new)}"
            found.append(_reason("PackVersionChanged", f"{layer}: {what}", diff, keys))
        elif keys:
            what = f"{new['name']} values {', '.join(keys)}"
            found.append(_reason("PackValuesChanged", f"{layer}: {what}", diff, keys))
    return found


def kubernetes_version(copies: list[Copy]) -> str:
    """The Kubernetes version of these copies; empty when they have no such layer."""
    found = _infra_packs(copies).get("k8s")
    return _version(found[1]) if found else ""


def is_downgrade(old: str, new: str) -> bool:
    """Whether the new version is lower; versions that can't be read are not compared."""
    try:
        return semver.Version.parse(new, optional_minor_and_patch=True) < semver.Version.parse(
            old, optional_minor_and_patch=True
        )
    except ValueError:
        return False


def _infra_packs(copies: list[Copy]) -> dict[str, tuple[Copy, Pack]]:
    return {
        pack["layer"]: (copy, pack)
        for copy in copies
        for pack in copy["packs"]
        if pack["layer"] in tables.REPAVE_LAYERS
    }


def _version(pack: Pack) -> str:
    return str(pack.get("version") or pack.get("tag") or "")


def _reason(code: str, message: str, diff: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    return {"code": code, "message": message, "pack": {**diff, "diffConfigKeys": keys}}


def _kubeadm_differences(old: str, new: str) -> list[str]:
    """Dotted paths below keys that begin with `kubeadm` whose values differ."""
    if old == new:
        return []
    before, after = _flat(old), _flat(new)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return sorted(path for path in changed if any(part.startswith("kubeadm") for part in path.split(".")))


def _flat(text: str) -> dict[str, Any]:
    try:
        documents = list(yaml.load_all(_TEMPLATING.sub("templated", text), Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return {}
    flat: dict[str, Any] = {}
    for document in documents:
        _flatten(document, "", flat)
    return flat


def _flatten(node: Any, path: str, into: dict[str, Any]) -> None:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            _flatten(value, f"{path}.{key}" if path else str(key), into)
    else:
        into[path] = node
