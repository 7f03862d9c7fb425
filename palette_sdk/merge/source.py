"""One side of a merge: a text as documents, their identities, and what its aliases stand for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from palette_sdk.content.digest import canonise
from palette_sdk.content.document import Reading, check_yaml, position, readable, refuse_keys_twice
from palette_sdk.content.pieces import Expander, Spelled
from palette_sdk.content.scalars import plain
from palette_sdk.content.tree import Node, TooDeepError, YamlError
from palette_sdk.errors import InputError
from palette_sdk.merge.identity import document_key

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One document that isn't empty.

    Args:
        number: its place in the text, empty ones counted.
        key: what it is the same by: API group, kind, namespace, name; a number where it is no Kubernetes object.
        resource: `Kind/name` or `Kind/namespace/name`; "" where it is the only one and no object.
        root: its root.
    """

    number: int
    key: Key
    resource: str
    root: Node


class Source:
    """A text that was read.

    Args:
        text: the text.
        reading: the same as it was read.

    Raises:
        YamlError: an alias stands inside what it means.
    """

    def __init__(self, text: str, reading: Reading) -> None:
        self.text, self.reading = text, reading
        self.anchors: dict[int, Node] = {}
        self.paths: dict[int, tuple[str | int, ...]] = {}
        for root in reading.roots:
            canonise(root)
            if "*" in text:
                self._resolve(root, {}, ())
        self.documents = {document.key: document for document in _documents(reading.roots)}
        self.expander = Expander(text, self.anchors)

    def resolve(self, node: Node | None) -> Node | None:
        """Give what a node stands for: itself, or what an alias means."""
        return None if node is None else self.anchors.get(id(node), node)

    def _resolve(self, node: Node, seen: dict[str, Node], path: tuple[str | int, ...]) -> None:
        self.paths[id(node)] = path
        if node.kind == "alias":
            if node.value not in seen:
                raise YamlError("this alias stands inside what it means", node.start)
            self.anchors[id(node)] = seen[node.value]
            return
        for key, value in node.pairs:
            self._resolve(key, seen, ())
            self._resolve(value, seen, (*path, key.value))
        for number, item in enumerate(node.items):
            self._resolve(item, seen, (*path, number))
        if node.anchor:
            seen[node.anchor] = node

    def entries(self, node: Node) -> dict[str, Entry] | None:
        """Give the entries of a map by key, those of its merge keys included; None where keys aren't plain words."""
        found: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.pairs:
            if key.kind != "scalar" or key.value in found:
                return None
            if key.value == "<<" and not key.style:
                for name, (inherited, start) in self.expander.entries(_only(key, value)).items():
                    merged[name] = Entry(inherited, name, start, is_inherited=True)
                continue
            found[key.value] = Entry(value, Spelled(key.value, self.text[key.start : key.end]), key.start)
        return {**merged, **found} if merged else found

    def sources(self, node: Node | None) -> list[tuple[str | int, ...]]:
        """Give the paths of the maps that a map's merge keys name."""
        found = [value for key, value in node.pairs if key.value == "<<" and not key.style] if node else []
        named = [self.resolve(one) for value in found for one in (value.items or [value])]
        return [self.paths.get(id(one), ()) for one in named]

    def path(self, node: Node | None) -> tuple[str | int, ...] | None:
        """Give the path of what an alias stands for; None for any other node."""
        return None if node is None or node.kind != "alias" else self.paths[id(self.anchors[id(node)])]

    def plain(self, node: Node) -> object:
        """Give a node as plain data."""
        node = self.anchors.get(id(node), node)
        if node.kind == "map":
            return {str(key): self.plain(value) for key, (value, _) in self.expander.entries(node).items()}
        if node.kind == "list":
            return [self.plain(item) for item in node.items]
        return plain(node)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a map: its value, its key as it is spelled and where, and whether a merge key brings it in."""

    value: Node
    key: Spelled
    start: int
    is_inherited: bool = False


def _only(key: Node, value: Node) -> Node:
    node = Node("map", key.start, value.end)
    node.pairs = [(key, value)]
    return node


def read(text: str, *, path: str, side: str) -> Source | None:
    """Read a text; None where it isn't YAML, or where lines of template actions stand between its own.

    Several lines that YAML reads as one plain scalar are prose, not a document: they have no places but their lines. An
    alias inside what it means has no tree, either.

    Raises:
        InputError: a key stands twice in one map, or the text is nested too deep.
    """
    try:
        reading = readable(text)
        if reading.has_branches or any(_is_prose(root, text) for root in reading.roots):
            return None
        refuse_keys_twice(reading, text, path=f"{path}: {side}" if path else side)
        return Source(text, reading)
    except TooDeepError as error:
        line, column = position(text, error.index)
        raise InputError(f"{side}: line {line}, column {column}: {error.problem}", path=path) from None
    except YamlError:
        return None


def _is_prose(root: Node, text: str) -> bool:
    return root.kind == "scalar" and not root.style and "\n" in text[root.start : root.end].strip()


def read_to_edit(text: str, *, path: str) -> Source:
    """Read a text that is to be edited at single places; lines of template actions may stand in it.

    Raises:
        InputError: it isn't YAML, or a key stands twice in one map.
    """
    check_yaml(text, path=path)
    try:
        return Source(text, readable(text))
    except YamlError as error:
        line, column = position(text, error.index)
        raise InputError(f"line {line}, column {column}: {error.problem}", path=path) from None


def _documents(roots: list[Node]) -> list[Document]:
    full = [(number, root) for number, root in enumerate(roots) if not root.is_null]
    seen: Counter[Key] = Counter()
    found = []
    for number, root in full:
        identity = document_key(root)
        key: Key = identity or ("",)
        seen[key] += 1
        resource = "/".join(part for part in identity[1:] if part) if identity else ""
        if not identity and len(full) > 1:
            resource = f"document {number + 1}"
        found.append(Document(number, (*key, seen[key]), resource, root))
    return found
