"""Digests of content that stay the same when a service hands the same values back in another format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache

from palette_sdk.content.scalars import meaning
from palette_sdk.content.tree import Node, YamlError, documents

LENGTH = 12
"""Hex digits of a digest."""


def normalise(text: str) -> str:
    """Give the text with line ends as \\n and without blank lines or blanks around it. Blanks at the end of lines stay."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff \t\n")


def digest(text: str) -> str:
    """Give 12 hex digits that stand for the content.

    Where the text is YAML they stand for its tree: comments, formatting, the order of keys and empty documents make no
    difference; the order of lists and the types of values (1 or "1") do. Any other text, such as YAML that templating
    makes unreadable, counts as normalised text.
    """
    return _cached(_Text(text))


def layer_digest(*, values: str, manifests: Mapping[str, str]) -> str:
    """Give 12 hex digits for a layer's whole content: its values and its manifests by name."""
    parts = [digest(values), sorted((name, digest(content)) for name, content in manifests.items())]
    return _hash(json.dumps(parts))[:LENGTH]


def canonical(node: Node) -> str:
    """Give a node's canonical form: equal for nodes that mean the same. Aliases are followed within the node only."""
    return _Canon().node(node)


def canonise(root: Node) -> None:
    """Work out the canonical form of each node of a document, aliases followed, and keep it in `Node.canon`."""
    _Canon().node(root)


class _Text:
    """A key for the cache that compares by hash and lets go of the text once it is digested."""

    __slots__ = ("key", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and other.key == self.key


@lru_cache(maxsize=4096)
def _cached(boxed: _Text) -> str:
    text, boxed.text = boxed.text, ""
    try:
        roots = documents(text)
    except YamlError:
        return _hash("text\n" + normalise(text))[:LENGTH]
    trees = [tree for tree in map(_Canon().node, roots) if tree != "null"]
    return _hash("yaml\n" + "\n".join(trees))[:LENGTH]


class _Canon:
    """One document's canonical form: each collection becomes a hash of its entries, so that aliases cost nothing."""

    def __init__(self) -> None:
        self._anchors: dict[str, str] = {}
        self._merged: dict[str, list[tuple[str, str]]] = {}

    def node(self, node: Node) -> str:
        if node.kind == "scalar":
            canon = meaning(node)
        elif node.kind == "alias":
            canon = self._anchors.get(node.value, f"*{node.value}")
        elif node.kind == "list":
            canon = "l" + _hash("\n".join([node.tag, *map(self.node, node.items)]))
        else:
            pairs = self._pairs(node)
            canon = "m" + _hash("\n".join([node.tag, *(part for pair in pairs for part in pair)]))
            if node.anchor:
                self._merged[node.anchor] = pairs
        if node.anchor:
            self._anchors[node.anchor] = canon
        node.canon = canon
        return canon

    def _pairs(self, node: Node) -> list[tuple[str, str]]:
        own: dict[str, str] = {}
        merged: dict[str, str] = {}
        for key, value in node.pairs:
            sources = self._sources(value) if key.kind == "scalar" and key.value == "<<" and not key.style else None
            if sources is None:
                own[self.node(key)] = self.node(value)
                continue
            for pairs in sources:
                for name, item in pairs:
                    merged.setdefault(name, item)
        return sorted((merged | own).items())

    def _sources(self, value: Node) -> list[list[tuple[str, str]]] | None:
        """Give the entries that a merge key brings in, or None when it names no maps."""
        found: list[list[tuple[str, str]]] = []
        for one in value.items if value.kind == "list" else [value]:
            pairs = (
                self._pairs(one) if one.kind == "map" else self._merged.get(one.value) if one.kind == "alias" else None
            )
            if pairs is None:
                return None
            found.append(pairs)
        return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
