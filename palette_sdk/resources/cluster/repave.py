"""Whether a change of layers replaces the nodes of a cluster, and what a person should know of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palette_sdk.content.changes import text_changes
from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import is_known

KINDS = ("os", "k8s", "cni")
"""Kinds of layers whose new version replaces nodes; values below `/kubeadm...` of these do as well."""


@dataclass(frozen=True, slots=True)
class InfraLayer:
    """A layer as this rule sees it.

    Args:
        name: the pack's name.
        version: the pack's version.
        values: its values document; None when it is not known here.
    """

    name: str
    version: str
    values: str | None = None


def repave_reasons(old: Mapping[str, InfraLayer], new: Mapping[str, InfraLayer]) -> list[str]:
    """Give the reasons for which nodes would be replaced; empty when they stay.

    Args:
        old: what runs, by kind.
        new: what would run, by kind.
    """
    found = []
    for kind in KINDS:
        before, after = old.get(kind), new.get(kind)
        if before is None or after is None:
            continue
        if before.name != after.name:
            found.append(f"{before.name} {before.version} -> {after.name} {after.version}")
        elif before.version != after.version:
            found.append(f"{after.name} {before.version} -> {after.version}")
        elif keys := _kubeadm_paths(before.values, after.values):
            found.append(f"{after.name} values {', '.join(keys)}")
    return found


def _kubeadm_paths(old: str | None, new: str | None) -> list[str]:
    if old is None or new is None or old == new:
        return []
    paths = {"/" + change.path.split("/")[1] for change in text_changes(old, new) if change.path.startswith("/kubeadm")}
    return sorted(paths)


def pools_told(pools: Sequence[tuple[str, bool, int]]) -> str:
    """Say what a repave does to the pools.

    Args:
        pools: name, whether it is a control plane, and number of nodes, in their order.
    """
    return ", ".join(_pool(name, nodes, is_control_plane=control) for name, control, nodes in pools)


def _pool(name: str, nodes: int, *, is_control_plane: bool) -> str:
    if is_control_plane and nodes == 1:
        return f"{name} (1 node, API down meanwhile)"
    return f"{name} (1 node)" if nodes == 1 else f"{name} ({nodes} nodes, one at a time)"


def infra_layers(profiles: Iterable[Any]) -> dict[str, InfraLayer]:
    """Give the layers that matter here among the layers of profiles, by kind; those not known yet are left out.

    Args:
        profiles: the layers of each profile by name: kind, version and values.
    """
    found = {}
    for layers in profiles:
        for name, layer in mapping(layers).items():
            facts = mapping(layer)
            if facts.get("kind") in KINDS and is_known(facts.get("version")):
                values = facts.get("values")
                text = values if isinstance(values, str) else None
                found[str(facts["kind"])] = InfraLayer(name, str(facts["version"]), text)
    return found


def repave_token(cluster: str, reasons: Sequence[str]) -> str:
    """Give the token that approves a repave of this cluster for these reasons."""
    return token("rp", {"cluster": cluster, "reasons": list(reasons)})


def repave_refusal(cluster: str, pools: Mapping[str, Any], reasons: Sequence[str]) -> InputError:
    """Word the refusal of a repave that nobody approved.

    Args:
        cluster: the cluster's name.
        pools: the pools by name, as checked inputs.
        reasons: why nodes would be replaced.
    """
    rows = [(name, mapping(pool).get("role") == "control-plane", _nodes(pool)) for name, pool in sorted(pools.items())]
    rows.sort(key=lambda row: not row[1])
    return InputError(
        f'"{cluster}" would repave: {pools_told(rows)}.\n'
        f'  reason: {"; ".join(reasons)}        approve exactly this: approve=["{repave_token(cluster, reasons)}"]'
    )


def _nodes(pool: Any) -> int:
    count = mapping(pool).get("count")
    return count if isinstance(count, int) else 1
