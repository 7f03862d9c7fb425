"""What differs between two texts of a layer, path by path, for people to read. Changes nothing and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from palette_sdk.content.digest import canonical, digest
from palette_sdk.content.tree import Node, YamlError, documents

LONGEST = 40
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Args:
        resource: `Kind/name` of the Kubernetes object, or the manifest's name where it is not YAML; empty in a values document.
        path: JSON pointer, list items by name: `/spec/containers[name=ui]/image`; empty for the whole document; `line 3` or
            `lines 3-5` of the new text where it is not YAML.
        old: the former value, shortened; empty when there was none.
        new: the new value, shortened; empty when it is gone.
    """

    resource: str
    path: str
    old: str
    new: str

    def __str__(self) -> str:
        where = " ".join(part for part in (self.resource, self.path) if part) or "content"
        return f"{where} {self.old or '(none)'} -> {self.new or '(gone)'}"


def text_changes(old: str, new: str, name: str = "") -> list[Change]:
    """Give the differences of two texts: by path where both are YAML, else by lines.

    Args:
        old: the former text.
        new: the new one.
        name: the manifest's name, which stands in the place of an object where there is none; empty for values.
    """
    if digest(old) == digest(new):
        return []
    try:
        before, after = documents(old), documents(new)
    except YamlError:
        return list(_lines(name, old, new))
    if len(before) == len(after) == 1 and not _identity(before[0]) and not _identity(after[0]):
        return list(_node("", "", before[0], after[0]))
    return list(_documents(before, after))


def layer_changes(old: Mapping[str, object], new: Mapping[str, object]) -> list[Change]:
    """Give the differences of two layers: values, then each manifest."""
    found = text_changes(_text(old.get("values")), _text(new.get("values")))
    before, after = _texts(old.get("manifests")), _texts(new.get("manifests"))
    for name in {**before, **after}:
        found += text_changes(before.get(name, ""), after.get(name, ""), name)
    if old.get("version") != new.get("version"):
        found.insert(0, Change("", "version", str(old.get("version") or ""), str(new.get("version") or "")))
    return found


def _lines(name: str, old: str, new: str) -> Iterator[Change]:
    left, right = (text.rstrip("\n").split("\n") for text in (old, new))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            first, last = j1 + 1, max(j2, j1 + 1)
            at = f"line {first}" if first == last else f"lines {first}-{last}"
            yield Change(name, at, _shortened(left[i1:i2]), _shortened(right[j1:j2]))


def _shortened(lines: Sequence[str]) -> str:
    """Give lines in short form: the first of them."""
    first = lines[0].rstrip() if lines else ""
    return first if len(lines) < 2 and len(first) <= LONGEST else f"{first[:LONGEST]}..."


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    return {key: _text(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def _documents(before: Sequence[Node], after: Sequence[Node]) -> Iterator[Change]:
    left = {_identity(node) or f"document {index + 1}": node for index, node in enumerate(before)}
    right = {_identity(node) or f"document {index + 1}": node for index, node in enumerate(after)}
    for name in {**left, **right}:
        if name not in right:
            yield Change(name, "", "present", "")
        elif name not in left:
            yield Change(name, "", "", "added")
        else:
            yield from _node(name, "", left[name], right[name])


def _identity(node: Node) -> str:
    kind, metadata = _child(node, "kind"), _child(node, "metadata")
    name = _child(metadata, "name") if metadata is not None else None
    if kind is None or name is None:
        return ""
    space = _child(metadata, "namespace") if metadata is not None else None
    inside = f"{space.value}/" if space is not None and space.value else ""
    return f"{kind.value}/{inside}{name.value}"


def _child(node: Node, key: str) -> Node | None:
    return next((item for name, item in node.pairs if name.value == key), None) if node.kind == "map" else None


def _node(resource: str, path: str, old: Node, new: Node) -> Iterator[Change]:
    if canonical(old) == canonical(new):
        return
    if old.kind == new.kind == "map":
        left = {key.value: item for key, item in old.pairs}
        right = {key.value: item for key, item in new.pairs}
        yield from _children(resource, path, left, right, "/{}")
    elif old.kind == new.kind == "list" and (pair := _by_name(old, new)) is not None:
        yield from _children(resource, path, *pair, "[name={}]")
    else:
        yield Change(resource, path, shown(old), shown(new))


def _children(
    resource: str, path: str, left: Mapping[str, Node], right: Mapping[str, Node], form: str
) -> Iterator[Change]:
    for name in {**left, **right}:
        at = path + form.format(name.replace("~", "~0").replace("/", "~1"))
        if name not in right:
            yield Change(resource, at, shown(left[name]), "")
        elif name not in left:
            yield Change(resource, at, "", shown(right[name]))
        else:
            yield from _node(resource, at, left[name], right[name])


def _by_name(old: Node, new: Node) -> tuple[dict[str, Node], dict[str, Node]] | None:
    both = []
    for node in (old, new):
        names = [name.value if (name := _child(item, "name")) is not None else "" for item in node.items]
        if not all(names) or len(set(names)) != len(names):
            return None
        both.append(dict(zip(names, node.items, strict=True)))
    return both[0], both[1]


def shown(node: Node) -> str:
    """Give a node in short form: a scalar's first line, the size of a collection."""
    if node.kind == "map":
        return f"{{{len(node.pairs)} keys}}"
    if node.kind == "list":
        return f"[{len(node.items)} items]"
    text = node.value.splitlines()[0] if node.value else '""'
    return text if len(text) <= LONGEST and "\n" not in node.value else f"{text[:LONGEST]}..."
