"""Which item of a list, and which document, is the same on all sides."""

from __future__ import annotations

from collections.abc import Sequence

from palette_sdk.content.paths import Index, Match
from palette_sdk.content.tree import Node

KEYS: tuple[tuple[str, ...], ...] = (
    ("mountPath",),
    ("devicePath",),
    ("topologyKey", "whenUnsatisfiable"),
    ("name",),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("topologyKey",),
    ("key",),
    ("ip",),
    ("host",),
    ("uid",),
    ("id",),
    ("type",),
)
"""What identifies items, in the order in which it is tried: Kubernetes' own list-map keys, and what values files use."""

_DEFAULTS = {"protocol": "TCP"}

Identity = tuple[str, ...]
Found = dict[Identity, int]


def keyed(lists: Sequence[Node | None]) -> tuple[tuple[str, ...], list[Found]] | None:
    """Find a key that tells the items of all lists apart.

    Returns:
        the names of the key, and for each list the numbers of its items by identity; None where no key does.
    """
    there = [one.items if one is not None else [] for one in lists]
    if all(not items for items in there) or any(item.kind != "map" for items in there for item in items):
        return None
    for key in KEYS:
        found = []
        for items in there:
            numbers = _numbers(items, key)
            if numbers is None:
                break
            found.append(numbers)
        else:
            return key, found
    return None


def _numbers(items: Sequence[Node], key: tuple[str, ...]) -> Found | None:
    numbers: Found = {}
    for number, item in enumerate(items):
        identity = []
        for name in key:
            values = item.find(name)
            if len(values) == 1 and values[0].kind == "scalar" and values[0].value and not values[0].is_null:
                identity.append(values[0].value)
            elif not values and name in _DEFAULTS and len(key) > 1:
                identity.append(_DEFAULTS[name])
            else:
                return None
        whole = tuple(identity)
        if whole in numbers:
            return None
        numbers[whole] = number
    return numbers


def match_of(key: tuple[str, ...], identity: Identity, item: Node, is_alone: bool) -> Match | Index:
    """Give the step that picks an item: by its first key where that is enough, else by all that it has."""
    pairs = [(name, value) for name, value in zip(key, identity, strict=True) if item.find(name)]
    return Match(*pairs[0], () if is_alone else tuple(pairs[1:]))


def document_key(root: Node) -> tuple[str, str, str, str] | None:
    """Give API group, kind, namespace and name of a Kubernetes object; None where it is none."""
    kind, metadata = _scalar(root, "kind"), root.find("metadata")
    name = _scalar(metadata[0], "name") if metadata else ""
    if not kind or not name:
        return None
    version = _scalar(root, "apiVersion")
    return version.partition("/")[0] if "/" in version else "", kind, _scalar(metadata[0], "namespace"), name


def _scalar(node: Node, key: str) -> str:
    found = node.find(key) if node.kind == "map" else []
    return found[0].value if found and found[0].kind == "scalar" else ""
