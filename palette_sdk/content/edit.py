"""Sets values in a YAML text at their places and leaves every other byte as it is.

It never writes a document anew: it finds the places in the tree, splices text, and reads the result again to make sure
that it means what was asked and nothing else changed. How values are written is `writer.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from palette_sdk.content.document import position, readable
from palette_sdk.content.paths import Index, Key, Leaf, Match, Step, Tree, first_path, overlap, path_tree
from palette_sdk.content.proof import is_edited, means
from palette_sdk.content.scalars import Quotes
from palette_sdk.content.tree import DEEPEST, Node, YamlError
from palette_sdk.content.writer import Writer
from palette_sdk.errors import InputError

_COLON = re.compile(r"\s*:")
_DASH = re.compile(r"(?:\s|#[^\n]*\n)*-")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_BLANK_LINES = re.compile(r"(?:\r?\n[ \t]*)+\Z")
_KINDS = {"map": "a map", "list": "a list", "scalar": "a single value", "alias": "an alias"}


def set_paths(text: str, values: Mapping[str, object], *, path: str) -> str:
    """Set values in a YAML document.

    A place that exists gets the new value: scalars, maps, lists, list items by number or by key. A key that does not exist
    is added as the last of its map, with the maps in between. A text keeps the quotes of the one that it replaces.

    Args:
        text: one document; with template actions, if need be.
        values: by path: `/ui/replicas`, `ui.replicas`, `/spec/containers[name=ui]/image`, `/items/0`. Values are None,
            booleans, numbers, texts, lists and mappings with text keys.
        path: the property, for messages.

    Returns:
        the text; where a place already has its value, unchanged there.

    Raises:
        InputError: the text is not one YAML document, two paths overlap, a path leads through something that is no map or
            list, picks no item, or touches content that an alias shares, or a value can't be YAML.
    """
    if not values:
        return text
    tree = path_tree(values, path=path)
    for written, value in values.items():
        _check_value(value, written, path)
    return _Edit(text, path).apply(tree)


def _check_value(value: object, written: str, path: str, depth: int = 1) -> None:
    if depth > DEEPEST:
        raise InputError(f"{written}: nested deeper than {DEEPEST} levels", path=path)
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InputError(f"{written}: the key {key!r} is not a text", path=path)
            _check_value(item, written, path, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_value(item, written, path, depth + 1)
    elif value is not None and not isinstance(value, (str, bool, int, float)):
        raise InputError(f"{written}: {type(value).__name__} can't be written as YAML", path=path)


class _Edit:
    """One call of `set_paths`: the text, its tree, and the splices collected so far."""

    def __init__(self, text: str, path: str) -> None:
        self._text, self._path = text, path
        try:
            roots, _ = readable(text)
        except YamlError as error:
            line, column = position(text, error.index)
            raise InputError(f"line {line}, column {column}: {error.problem}", path=path) from None
        full = [root for root in roots if not root.is_null]
        if len(full) > 1:
            raise InputError(f"there are {len(full)} documents; paths need a text with one", path=path)
        found = full or roots
        self._root = found[0] if found else None
        self._shared = _aliased(self._root) if self._root else set()
        self._splices: list[tuple[int, int, str]] = []
        self._write = _style_of(text, self._root)

    def apply(self, tree: Tree) -> str:
        if self._root is None or self._root.is_null:
            self._new_document(tree)
        else:
            self._into(self._root, tree, "", flow=False)
        result, at = [], 0
        for start, end, new in sorted(self._splices, key=lambda splice: splice[:1]):
            result += [self._text[at:start], new]
            at = end
        edited = "".join([*result, self._text[at:]])
        self._make_sure(edited, tree)
        return edited

    # ---- walking ---------------------------------------------------------------------------------------------------

    def _into(self, node: Node, tree: Tree, so_far: str, *, flow: bool) -> None:
        self._refuse_shared(node, so_far or "/", first_path(tree))
        flow = flow or node.flow
        if node.kind == "map":
            self._into_map(node, tree, so_far, flow)
        elif node.kind == "list":
            self._into_list(node, tree, so_far, flow)
        else:
            self._refuse_through(node, so_far, first_path(tree))

    def _into_map(self, node: Node, tree: Tree, so_far: str, flow: bool) -> None:
        column = 0 if flow else self._column(node.pairs[0][0].start)
        missing: Tree = {}
        for step, below in tree.items():
            asked = _path_of(below)
            if not isinstance(step, Key):
                self._refuse(node, asked, f"{so_far or '/'} is a map, and {step} picks an item of a list")
            found = node.find(step.name)
            if len(found) > 1:
                self._refuse(found[1], asked, f"the key {step.name} stands {len(found)} times in that map")
            if not found:
                if not isinstance(below, Leaf) and node.find("<<"):
                    self._refuse(
                        node, asked, f"{so_far}{step} may come from a merge key (<<), which adding to it would hide"
                    )
                missing[step] = below
                continue
            value = found[0]
            key = next(name for name, item in node.pairs if item is value)
            colon = _COLON.match(self._text, key.end)
            behind = colon.end() if colon and colon.end() <= value.start else None
            if isinstance(below, Leaf):
                self._replace_in_map(value, below, column, flow, behind)
            elif value.is_null:
                self._replace_in_map(value, Leaf(self._plain(below, value), first_path(below)), column, flow, behind)
            else:
                self._into(value, below, so_far + str(step), flow=flow)
        if missing:
            self._add(node, self._plain(missing, node), column, flow)

    def _into_list(self, node: Node, tree: Tree, so_far: str, flow: bool) -> None:
        taken: dict[int, str] = {}
        column = self._column(node.start)
        for step, below in tree.items():
            asked = _path_of(below)
            index = self._item(node, step, so_far, asked)
            if index in taken:
                raise overlap(taken[index], asked, path=self._path)
            taken[index] = asked
            item = node.items[index]
            if not isinstance(below, Leaf) and not item.is_null:
                self._into(item, below, so_far + str(step), flow=flow)
                continue
            leaf = below if isinstance(below, Leaf) else Leaf(self._plain(below, item), asked)
            if flow:
                self._replace(item, leaf, self._write.flow(leaf.value, _quotes(item)), None)
                continue
            before = self._end(node.items[index - 1]) if index else node.start
            dash = _DASH.match(self._text, before)
            behind = dash.end() if dash and dash.end() <= item.start else None
            write = partial(self._write.behind_dash, inner=self._inner_column(item, behind))
            self._replace(item, leaf, self._new_block(item, leaf.value, column, write), behind)

    def _inner_column(self, item: Node, behind: int | None) -> int | None:
        """Give the column at which the new item will begin, None where it will stand right behind its dash."""
        moves = (
            item.kind in ("map", "list")
            and not item.flow
            and behind is not None
            and "\n" in self._text[behind : item.start]
        )
        return None if item.start == item.end or moves else self._column(item.start)

    def _item(self, node: Node, step: Step, so_far: str, asked: str) -> int:
        size = len(node.items)
        if isinstance(step, Match):
            found = [
                index
                for index, item in enumerate(node.items)
                if any(value.kind == "scalar" and value.value == step.value for value in item.find(step.key))
            ]
            if len(found) != 1:
                known = ", ".join(v.value for item in node.items for v in item.find(step.key) if v.kind == "scalar")
                said = "no item" if not found else f"{len(found)} items"
                self._refuse(
                    node, asked, f"{so_far} has {said} with {step.key}={step.value} (there are: {known or 'none'})"
                )
            return found[0]
        number = step.number if isinstance(step, Index) else int(step.name) if step.name.isdecimal() else -1
        if not 0 <= number < size:
            name = step.name if isinstance(step, Key) else str(step)
            have = f"{size} items, 0 to {size - 1}" if size else "no items"
            self._refuse(node, asked, f'{so_far or "/"} is a list with {have}; "{name}" is none of them')
        return number

    # ---- splicing --------------------------------------------------------------------------------------------------

    def _replace_in_map(self, node: Node, leaf: Leaf, column: int, flow: bool, behind: int | None) -> None:
        if not flow:
            self._replace(node, leaf, self._new_block(node, leaf.value, column, self._write.behind_key), behind)
            return
        new = self._write.flow(leaf.value, _quotes(node))
        self._replace(node, leaf, new if behind is not None else f": {new}", behind)

    def _new_block(self, node: Node, value: object, column: int, write: Callable[[object, int, Quotes], str]) -> str:
        if node.flow and isinstance(value, (Mapping, list, tuple)):
            return self._write.flow(value)
        return write(value, column, _quotes(node)).removeprefix(" ")

    def _replace(self, node: Node, leaf: Leaf, new: str, behind: int | None) -> None:
        """Put new text in the place of a node; `behind` is the index behind its colon or dash, None where there is none.

        The first line of the new text goes where the value stands, the others below that line, so that a comment behind
        the value keeps its line.
        """
        self._refuse_shared(node, leaf.written, leaf.written, below=True)
        if "{{" not in self._text[node.start : node.end] and means(node, leaf.value):
            return
        start, end = node.start, self._end(node)
        head, eol, body = new.partition(self._write.eol)
        body = eol + body
        is_block = node.kind in ("map", "list") and not node.flow
        if is_block:
            end = self._line_end(end)  # the comment of its last line goes with it
        if start >= end:
            self._splice(start, start, (" " if behind is not None and head else "") + head)
        elif behind is not None and is_block and "\n" in self._text[behind:start]:
            self._splice(behind, behind, " " + head if head else "")
            self._splice(self._line_end(behind), end, body)
            return
        elif behind is not None and not head:
            if "\n" in self._text[behind:start]:
                self._splice(self._line_end(behind), end, "")
            else:
                self._splice(behind, end, "")
        else:
            self._splice(start, end, head)
        if body:
            at = self._line_end(end)
            self._splice(at, at, body)

    def _add(self, node: Node, new: Mapping[str, object], column: int, flow: bool) -> None:
        if flow:
            inner = self._write.flow(new)[1:-1]
            at = node.pairs[-1][1].end if node.pairs else node.start + self._text[node.start : node.end].index("{") + 1
            self._splice(at, at, f", {inner}" if node.pairs else inner)
            return
        eol, block = self._write.eol, self._write.map_block(new, column)
        last = _last_scalar(node)
        if last.style in ("|", ">") and last.end == len(self._text) and not self._text.endswith(("\n", "\r")):
            # a line behind it would give that text a line end which it doesn't have
            at = node.pairs[-1][0].start
            self._splice(at, at, block.lstrip(" ") + eol + " " * column)
        elif last.style in ("|", ">") and self._keeps(last):
            self._splice(last.end, last.end, block + eol)  # the blank lines in front belong to that text
        else:
            at = self._line_end(self._end(node))
            self._splice(at, at, eol + block)

    def _new_document(self, tree: Tree) -> None:
        new, eol = self._write.map_block(self._plain(tree, None), 0), self._write.eol
        at = len(self._text) if self._root is None else self._line_end(self._root.start)
        before = self._text[:at]
        self._splice(
            at,
            at,
            (eol if before.strip("\ufeff") and not before.endswith("\n") else "")
            + new
            + ("" if self._text[at:] else eol),
        )

    def _splice(self, start: int, end: int, new: str) -> None:
        if start < end or new:
            self._splices.append((start, end, new))

    # ---- places ----------------------------------------------------------------------------------------------------

    def _column(self, index: int) -> int:
        start = self._text.rfind("\n", 0, index) + 1
        return index - start - (1 if start == 0 and self._text.startswith("\ufeff") else 0)

    def _line_end(self, index: int) -> int:
        found = _REST_OF_LINE.match(self._text, index)
        return found.end() if found else index

    def _end(self, node: Node) -> int:
        """Give the end of a node without the blank lines that end a block scalar."""
        found = _BLANK_LINES.search(self._text[node.start : node.end])
        return node.start + found.start() if found else node.end

    def _keeps(self, node: Node) -> bool:
        return "+" in self._text[node.start : self._line_end(node.start)].partition("#")[0]

    def _plain(self, tree: Tree, near: Node | None) -> dict[str, object]:
        """Give maps that do not exist yet as one value."""
        made: dict[str, object] = {}
        for step, below in tree.items():
            if not isinstance(step, Key):
                self._refuse(near, _path_of(below), f"there is no list from which {step} could pick an item")
            made[step.name] = below.value if isinstance(below, Leaf) else self._plain(below, near)
        return made

    # ---- refusing --------------------------------------------------------------------------------------------------

    def _refuse(self, node: Node | None, asked: str, why: str) -> NoReturn:
        where = f"line {position(self._text, node.start)[0]}: " if node else ""
        raise InputError(f"can't set {asked}: {where}{why}", path=self._path)

    def _refuse_through(self, node: Node, so_far: str, asked: str) -> NoReturn:
        if node.kind == "alias":
            self._refuse(
                node, asked, f"{so_far} is the alias *{node.value}; set {so_far} as a whole, or what it stands for"
            )
        self._refuse(node, asked, f"{so_far or 'the document'} is {_KINDS[node.kind]}, not a map; set {so_far} itself")

    def _refuse_shared(self, node: Node, place: str, asked: str, *, below: bool = False) -> None:
        shared = next((name for name in _anchors(node, below=below) if name in self._shared), "")
        if shared:
            self._refuse(node, asked, f"{place} is also used elsewhere, as *{shared}; write both out first")

    def _make_sure(self, edited: str, tree: Tree) -> None:
        try:
            roots, _ = readable(edited)
        except YamlError:
            roots = []
        full = [root for root in roots if not root.is_null]
        if len(full) != 1 or not is_edited(self._root, full[0], tree):
            raise InputError(
                f"can't set {first_path(tree)}: the text around it is written in an unusual way; write it as plain YAML",
                path=self._path,
            )


def _path_of(below: Leaf | Tree) -> str:
    return below.written if isinstance(below, Leaf) else first_path(below)


def _quotes(node: Node) -> Quotes:
    return "'" if node.style == "'" else '"' if node.style == '"' else ""


def _last_scalar(node: Node) -> Node:
    while not node.flow and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node


def _anchors(node: Node, *, below: bool = True) -> list[str]:
    own = [node.anchor] if node.anchor else []
    if not below:
        return own
    children = [child for pair in node.pairs for child in pair] + node.items
    return own + [name for child in children for name in _anchors(child)]


def _aliased(node: Node) -> set[str]:
    if node.kind == "alias":
        return {node.value}
    return set().union(*(_aliased(child) for pair in node.pairs for child in pair), *map(_aliased, node.items))


def _style_of(text: str, root: Node | None) -> Writer:
    """Find how the document is written, by the first nested map and the first list below a key in it."""
    step, dash = 0, -1
    todo = [root] if root else []

    def column(index: int) -> int:
        return index - text.rfind("\n", 0, index) - 1

    while todo and (not step or dash < 0):
        node = todo.pop()
        for key, value in node.pairs:
            if value.kind in ("map", "list") and not value.flow and not value.anchor and not value.tag:
                behind = column(value.start) - column(key.start)
                if value.kind == "map" and not step and 1 <= behind <= 8 and "\n" in text[key.end : value.start]:
                    step = behind
                elif value.kind == "list" and dash < 0 and 0 <= behind <= 8:
                    dash = behind
        todo += [*reversed(node.items), *(value for _, value in reversed(node.pairs))]
    eol = "\r\n" if "\r\n" in text else "\n"
    return Writer(step=step or 2, dash=max(dash, 0), eol=eol, literals=not text or text.endswith("\n"))
