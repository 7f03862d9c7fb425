"""Sees to aliases and merge keys when what they stand for is edited: they follow, or are written out.

A place that is an alias of the same place on all sides follows: it is merged where it is defined. Any other keeps the value
that was decided for it, written out where its anchor changes or goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from palette_sdk.content.paths import REMOVED, Index, Key, Leaf, New, Tree
from palette_sdk.content.pieces import Piece, column_of
from palette_sdk.content.proof import is_emptied
from palette_sdk.content.tree import Node
from palette_sdk.merge.source import Source


@dataclass
class Follows:
    """Shared places that follow.

    Args:
        aliases: the cluster's node for each alias of the incoming text, by its `id`.
        entries: the cluster's node for each entry that a merge key brings in, by `id` of the map and key; None where the
            cluster has none.
    """

    aliases: dict[int, Node] = field(default_factory=dict)
    entries: dict[tuple[int, str], Node | None] = field(default_factory=dict)


class Sharing:
    """The aliases of one document of the incoming text.

    Args:
        incoming: what comes.
        override: what the cluster runs.
        follows: what the walk found to follow.
    """

    def __init__(self, incoming: Source, override: Source, follows: Follows) -> None:
        self._incoming, self._override, self._follows = incoming, override, follows
        self._touched: set[int] = set()
        self._lost: set[int] = set()
        self._new: dict[int, set[str]] = {}

    def settle(self, root: Node, tree: Tree) -> Tree:
        """Give the edits of a document with those that its aliases need.

        Args:
            root: of the document.
            tree: edits of it.
        """
        self._mark(root, tree)
        return self._node(root, tree)

    def _mark(self, node: Node, tree: Tree) -> None:
        self._touched.add(id(node))
        for step, part in tree.items():
            child = _child(node, step)
            if child is None and isinstance(step, Key):
                self._new.setdefault(id(node), set()).add(step.name)
            if child is None or child.kind == "alias":
                continue
            if not isinstance(part, Leaf) and not is_emptied(child, part):
                self._mark(child, part)
                continue
            keeps = (
                child.kind == "scalar"
                and isinstance(part, Leaf)
                and isinstance(part.value, Piece)
                and part.value.anchor == child.anchor != ""
            )
            self._touched.add(id(child))
            self._lost.update(id(one) for one in _all(child) if not (keeps and one is child))

    def _node(self, node: Node, tree: Tree) -> Tree:
        """Give the edits of a map or list; it isn't one that goes."""
        edits = dict(tree)
        if node.kind == "map":
            self._merge_keys(node, edits)
        for step, child in _children(node):
            part = edits.get(step, {})
            if isinstance(part, Leaf):
                continue
            if child.kind == "alias":
                value = self._alias(child, part)
                if value is not None:
                    edits[step] = Leaf(value, str(step))
            elif child.pairs or child.items:
                below = self._node(child, part) if not (part and is_emptied(child, part)) else part
                if below:
                    edits[step] = below
        return edits

    def _alias(self, alias: Node, part: Tree) -> object:
        """Give what is written in the place of an alias; None where it stays."""
        target = self._incoming.anchors[id(alias)]
        if part:
            return self._edited(target, part)
        if id(alias) in self._follows.aliases:
            if id(target) not in self._lost:
                return None
            node, source = self._follows.aliases[id(alias)], self._override
        elif id(target) in self._lost or id(target) in self._touched:
            node, source = target, self._incoming
        else:
            return None
        return source.expander.value(node, column_of(source.text, node.start), raw=False)

    def _merge_keys(self, node: Node, edits: Tree) -> None:
        """Write out entries that merge keys bring in, where these don't do any more."""
        found = [value for key, value in node.pairs if key.value == "<<" and not key.style]
        if not found:
            return
        entries = {name: entry for name, entry in (self._incoming.entries(node) or {}).items() if entry.is_inherited}
        targets = [self._incoming.resolve(one) for value in found for one in (value.items or [value])]
        is_undone = any(id(target) in self._lost for target in targets) or any(
            isinstance(part := edits.get(Key(name)), Leaf) and part.value is REMOVED for name in entries
        )
        own = {key.value for key, _ in node.pairs}
        for name in {name for target in targets for name in self._new.get(id(target), ())} - own:
            is_undone |= Key(name) not in edits and (id(node), name) not in self._follows.entries
        for name, entry in entries.items():
            part = edits.get(Key(name), {})
            if isinstance(part, Leaf):
                if part.value is REMOVED:
                    del edits[Key(name)]
                continue
            follows = (id(node), name) in self._follows.entries
            value, source = self._incoming.resolve(entry.value), self._incoming
            if follows and is_undone:
                value, source = self._follows.entries[id(node), name], self._override
            if value is None:
                continue
            key = Key(name, entry.key.spelling)
            changed = id(value) in self._touched or id(value) in self._lost
            if part:
                edits.pop(Key(name))
                edits[key] = Leaf(self._edited(value, part), name)
            elif is_undone or (changed and not follows):
                column = column_of(source.text, entry.start)
                edits[key] = Leaf(source.expander.value(value, column, raw=False), name)
        if is_undone:
            edits[Key("<<")] = Leaf(REMOVED, "<<")

    def _edited(self, node: Node, tree: Tree) -> object:
        """Give the value of a shared node with edits of its own."""
        expander, text = self._incoming.expander, self._incoming.text
        node = self._incoming.resolve(node) or node
        if node.kind == "list":
            items: list[object] = [
                leaf.value for step, leaf in tree.items() if _is_new(step, -1) and isinstance(leaf, Leaf)
            ]
            for number, item in enumerate(node.items):
                part = tree.get(Index(number), {})
                if not isinstance(part, Leaf):
                    column = column_of(text, node.start)
                    items.append(self._edited(item, part) if part else expander.value(item, column, raw=False))
                elif part.value is not REMOVED:
                    items.append(part.value)
                items += [leaf.value for step, leaf in tree.items() if _is_new(step, number) and isinstance(leaf, Leaf)]
            return items
        made: dict[object, object] = {}
        entries = expander.entries(node)
        for key, (value, start) in entries.items():
            part = tree.get(Key(key), {})
            if not isinstance(part, Leaf):
                column = column_of(text, start)
                made[key] = self._edited(value, part) if part else expander.value(value, column, raw=False)
            elif part.value is not REMOVED:
                made[key] = part.value
        for step, part in tree.items():
            if isinstance(step, Key) and step.name not in entries:
                made[step.name] = part.value if isinstance(part, Leaf) else self._edited(_empty(), part)
        return made


def _is_new(step: object, after: int) -> bool:
    return isinstance(step, New) and step.after == after


def _empty() -> Node:
    node = Node("map", 0, 0)
    node.pairs = []
    return node


def _child(node: Node, step: object) -> Node | None:
    return next((child for one, child in _children(node) if one == step), None)


def _children(node: Node) -> Iterator[tuple[Key | Index, Node]]:
    for key, value in node.pairs:
        if key.kind == "scalar" and not (key.value == "<<" and not key.style):
            yield Key(key.value), value
    for number, item in enumerate(node.items):
        yield Index(number), item


def _all(node: Node) -> Iterator[Node]:
    yield node
    for pair in node.pairs:
        for part in pair:
            yield from _all(part)
    for item in node.items:
        yield from _all(item)
