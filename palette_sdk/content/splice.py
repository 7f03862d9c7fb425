"""Splices edits into a YAML text: values set, put in, or taken out at their places; every other byte stays as it is.

It never writes a document anew: it finds the places in the tree, splices text, and reads the result again to make sure
that it means what was asked and nothing else changed. How values are written is `writer.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NoReturn

from palette_sdk.content.document import Reading, position, readable
from palette_sdk.content.paths import (
    REMOVED,
    Index,
    Key,
    Leaf,
    Match,
    New,
    Step,
    Tree,
    first_path,
    overlap,
)
from palette_sdk.content.pieces import Spelled, column_of
from palette_sdk.content.proof import is_edited, is_emptied, means
from palette_sdk.content.scalars import Quotes
from palette_sdk.content.shape import aliased, anchors_in, last_scalar, quotes_of, style_of, without_line_end
from palette_sdk.content.tree import Node, YamlError
from palette_sdk.errors import InputError

_COLON = re.compile(r"\s*:")
_DASH = re.compile(r"(?:\s|#[^\n]*\n)*-")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_LINE_BREAK = re.compile(r"\r?\n")
_BLANK_LINES = re.compile(r"(?:\r?\n[ \t]*)+\Z")
_KINDS = {"map": "a map", "list": "a list", "scalar": "a single value", "alias": "an alias"}


class Splicer:
    """Edits of one text: collected document by document, then applied all at once.

    Args:
        text: the text.
        reading: the same as it was read.
        path: the property, for messages.
        shares: whether to write through an anchor that aliases use too; who asks for that has seen to the aliases.
    """

    def __init__(self, text: str, reading: Reading, *, path: str, shares: bool = False) -> None:
        self._text, self._path = text, path
        self._roots = reading.roots
        self._shared: set[str] = set() if shares or "*" not in text else set().union(*map(aliased, reading.roots))
        self._splices: list[tuple[int, int, str]] = []
        self._document, self._tree = 0, Tree()
        self._write = style_of(text, next((root for root in reading.roots if not root.is_null), None))

    @property
    def eol(self) -> str:
        """The line end of the text."""
        return self._write.eol

    def edit(self, document: int, tree: Leaf | Tree) -> None:
        """Edit one document, by its number, or give it another value; the first one may not be there yet.

        Raises:
            InputError: a path leads through something that is no map or list, picks no item, or touches content that an
                alias shares.
        """
        self._document, self._tree = document, {} if isinstance(tree, Leaf) else tree
        root = self._roots[document] if self._roots else None
        if isinstance(tree, Leaf):
            if root is not None:
                new = self._write.behind_key(tree.value, -self._write.step).lstrip(" \r\n")
                self._splice(root.start, self._line_end(self._end(root)), new)
        elif root is None or root.is_null:
            self._new_document(root, tree)
        elif is_emptied(root, tree):
            self._splice(root.start, self._line_end(self._end(root)), "{}" if root.kind == "map" else "[]")
        else:
            self._into(root, tree, "", flow=False)

    def splice(self, start: int, end: int, new: str) -> None:
        """Put text in the place of other text, outside of documents that are edited."""
        self._splice(start, end, new)

    def spliced(self) -> str:
        """Give the text with the edits, unproved."""
        result, at = [], 0
        for start, end, new in sorted(self._splices, key=lambda splice: splice[:1]):
            result += [self._text[at:start], new]
            at = max(at, end)
        return "".join([*result, self._text[at:]])

    def result(self) -> str:
        """Give the text with the edits of its one document.

        Raises:
            InputError: it does not mean what was asked.
        """
        edited = self.spliced()
        try:
            roots = [root for root in readable(edited).roots if not root.is_null]
        except YamlError:
            roots = []
        document, tree = self._document, self._tree
        old = self._roots[document] if self._roots else None
        if len(roots) != 1 or not is_edited(old, roots[0], tree):
            raise unusual(first_path(tree), path=self._path)
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
        column = 0 if flow or not node.pairs else self._column(node.pairs[0][0].start)
        missing: Tree = {}
        gone: list[int] = []
        for step, below in tree.items():
            asked = _path_of(below)
            number = self._pair(node, step, below, so_far)
            if number is None:
                missing[step] = below
                continue
            key, value = node.pairs[number]
            if isinstance(below, Leaf) and below.value is REMOVED:
                self._refuse_shared(value, so_far + str(step), asked)
                gone.append(number)
                continue
            colon = _COLON.match(self._text, key.end)
            behind = colon.end() if colon and colon.end() <= value.start else None
            leaf = self._leaf(value, below)
            if leaf:
                self._replace_in_map(value, leaf, column, flow, behind)
            elif not isinstance(below, Leaf):
                self._into(value, below, so_far + str(step), flow=flow)
        places = [(key.start, value) for key, value in node.pairs]
        if len(gone) == len(node.pairs) and gone:
            self._empty(node, missing, column)
            return
        self._take_out(places, gone, flow)
        for after, group in _by_neighbour(node, missing, gone).items():
            self._add(node, self._plain(group, node), column, flow, after)

    def _pair(self, node: Node, step: Step, below: Leaf | Tree, so_far: str) -> int | None:
        """Give the number of the entry that a step leads to; None where it is to be added."""
        asked = _path_of(below)
        if not isinstance(step, Key):
            self._refuse(node, asked, f"{so_far or '/'} is a map, and {step} picks an item of a list")
        found = [index for index, (key, _) in enumerate(node.pairs) if key.kind == "scalar" and key.value == step.name]
        if len(found) > 1:
            again = node.pairs[found[1]][1]
            self._refuse(again, asked, f"the key {step.name} stands {len(found)} times in that map")
        if found:
            return found[0]
        if isinstance(below, Leaf) and below.value is REMOVED:
            self._refuse(node, asked, "there is nothing to take out")
        if not isinstance(below, Leaf) and node.find("<<"):
            self._refuse(node, asked, f"{so_far}{step} may come from a merge key (<<), which adding to it would hide")
        return None

    def _leaf(self, node: Node, below: Leaf | Tree) -> Leaf | None:
        """Give the value that a node gets as a whole; None where edits go into it."""
        if isinstance(below, Leaf):
            return below
        if is_emptied(node, below):
            return Leaf({} if node.kind == "map" else [], first_path(below))
        return Leaf(self._plain(below, node), first_path(below)) if node.is_null else None

    def _into_list(self, node: Node, tree: Tree, so_far: str, flow: bool) -> None:
        taken: dict[int, str] = {}
        gone: list[int] = []
        column = self._dash_column(node)
        for step, below in tree.items():
            asked = _path_of(below)
            if isinstance(step, New):
                continue
            index = self._item(node, step, so_far, asked)
            if index in taken:
                raise overlap(taken[index], asked, path=self._path)
            taken[index] = asked
            item = node.items[index]
            if isinstance(below, Leaf) and below.value is REMOVED:
                self._refuse_shared(item, so_far + str(step), asked)
                gone.append(index)
                continue
            leaf = self._leaf(item, below)
            if not leaf:
                if not isinstance(below, Leaf):
                    self._into(item, below, so_far + str(step), flow=flow)
                continue
            if flow:
                self._replace(item, leaf, self._flow(leaf.value, quotes_of(item)), None)
                continue
            behind = self._dash(node, index)
            write = partial(self._write.behind_dash, inner=self._inner_column(item, behind))
            self._replace(item, leaf, self._new_block(item, leaf.value, column, write), behind)

        new = [(step, below.value) for step, below in tree.items() if isinstance(step, New) and isinstance(below, Leaf)]
        if gone and len(gone) == len(node.items):
            self._empty_list(node, [value for _, value in sorted(new, key=_place)], column)
            return
        if gone:
            dashes = [self._dash(node, index) for index in range(len(node.items))]
            starts = [item.start if flow or at is None else at - 1 for item, at in zip(node.items, dashes, strict=True)]
            self._take_out(list(zip(starts, node.items, strict=True)), gone, flow)
        stays = [index for index in range(len(node.items)) if index not in gone]
        for step, value in sorted(new, key=_place):
            before = [index for index in stays if index <= step.after]
            self._add_item(node, (before[-1] if before else None, stays[0]), value, column, flow)

    def _dash(self, node: Node, index: int) -> int | None:
        """Give the index behind the dash of an item; None where there is none."""
        before = node.items[index - 1].end if index else node.start
        if index and node.items[index - 1].style in ("|", ">"):
            before = self._end(node.items[index - 1])
        elif not index and (node.anchor or node.tag):
            before = self._text.index("\n", node.start)
        dash = _DASH.match(self._text, before)
        return dash.end() if dash and dash.end() <= node.items[index].start else None

    def _dash_column(self, node: Node) -> int:
        behind = None if node.flow or not node.items else self._dash(node, 0)
        return self._column(node.start if behind is None else behind - 1)

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
            found = [index for index, item in enumerate(node.items) if step.picks(item.find)]
            if len(found) != 1:
                known = ", ".join(v.value for item in node.items for v in item.find(step.key) if v.kind == "scalar")
                said = "no item" if not found else f"{len(found)} items"
                self._refuse(node, asked, f"{so_far} has {said} with {str(step)[1:-1]} (there are: {known or 'none'})")
            return found[0]
        digits = step.name if isinstance(step, Key) else ""
        number = step.number if isinstance(step, Index) else int(digits) if digits.isdecimal() else -1
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
        new = self._flow(leaf.value, quotes_of(node))
        self._replace(node, leaf, new if behind is not None else f": {new}", behind)

    def _new_block(self, node: Node, value: object, column: int, write: Callable[[object, int, Quotes], str]) -> str:
        if node.flow and isinstance(value, (Mapping, list, tuple)) and (node.pairs or node.items):
            return self._flow(value)
        return write(value, column, quotes_of(node)).removeprefix(" ")

    def _replace(self, node: Node, leaf: Leaf, new: str, behind: int | None) -> None:
        """Put new text in the place of a node; `behind` is the index behind its colon or dash, None where there is none.

        The first line of the new text goes where the value stands, the others below that line, so that a comment behind
        the value keeps its line.
        """
        self._refuse_shared(node, leaf.written, leaf.written, below=True)
        if means(node, leaf.value):
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

    def _add(self, node: Node, new: Mapping[str, object], column: int, flow: bool, after: Node | None = None) -> None:
        """Add entries to a map, behind the one with the value `after`, or at its end."""
        if flow:
            inner = self._flow(new)[1:-1]
            last = after or (node.pairs[-1][1] if node.pairs else None)
            at = last.end if last else node.start + self._text[node.start : node.end].index("{") + 1
            self._splice(at, at, f", {inner}" if last else inner)
            return
        eol, block = self._write.eol, self._write.map_block(new, column)
        last = last_scalar(after or node)
        if last.style in ("|", ">") and last.end == len(self._text) and not self._text.endswith(("\n", "\r")):
            # a line behind it would give that text a line end which it doesn't have
            at = node.pairs[-1][0].start
            self._splice(at, at, block.lstrip(" ") + eol + " " * column)
        else:
            self._behind(last, after or node, block)

    def _behind(self, last: Node, node: Node, block: str) -> None:
        """Put lines behind a node whose last scalar is `last`."""
        if last.style in ("|", ">") and self._keeps(last):
            # the blank lines in front belong to that text
            at = without_line_end(self._text, last.end)
            self._splice(at, at, self._write.eol + block)
        else:
            at = self._line_end(self._end(node))
            self._splice(at, at, self._write.eol + block)

    def _add_item(self, node: Node, place: tuple[int | None, int], value: object, column: int, flow: bool) -> None:
        """Add an item behind another, or in front of the first that stays."""
        after, first = place
        if flow:
            new = self._flow(value)
            at = node.items[first].start if after is None else node.items[after].end
            self._splice(at, at, f"{new}, " if after is None else f", {new}")
            return
        block = "-" + self._write.behind_dash(value, column)
        if after is None:
            behind = self._dash(node, first)
            at = node.items[first].start if behind is None else behind - 1
            self._splice(at, at, block + self._write.eol + " " * column)
        else:
            item = node.items[after]
            self._behind(last_scalar(item), item, " " * column + block)

    def _flow(self, value: object, quotes: Quotes = "") -> str:
        try:
            return self._write.flow(value, quotes)
        except ValueError:
            raise unusual("a value in a list or map in one line", path=self._path) from None

    def _empty(self, node: Node, new: Tree, column: int) -> None:
        """Put new entries in the place of all that there are."""
        value = self._plain(new, node)
        if node.flow:
            self._splice(*self._inside(node), self._flow(value))
            return
        start, end = node.pairs[0][0].start, self._line_end(self._end(node))
        self._splice(start, end, self._write.map_block(value, column).lstrip(" "))

    def _empty_list(self, node: Node, new: Sequence[object], column: int) -> None:
        if node.flow:
            self._splice(*self._inside(node), self._flow(new))
            return
        behind = self._dash(node, 0)
        start, end = node.start if behind is None else behind - 1, self._line_end(self._end(node))
        pad = self._write.eol + " " * column
        self._splice(start, end, pad.join("-" + self._write.behind_dash(value, column) for value in new))

    def _inside(self, node: Node) -> tuple[int, int]:
        """Give the range of a collection in flow style without its anchor and tag."""
        bracket = "{" if node.kind == "map" else "["
        return self._text.index(bracket, node.start), node.end

    def _take_out(self, places: Sequence[tuple[int, Node]], gone: Sequence[int], flow: bool) -> None:
        """Take entries out of a map or items out of a list, some of which stay."""
        stays = [index for index in range(len(places)) if index not in gone]
        for index in gone:
            start, value = places[index]
            if flow:
                if index > stays[0]:
                    self._splice(max(places[index - 1][1].end, places[index - 1][0]), max(start, value.end), "")
                else:
                    self._splice(start, places[index + 1][0], "")
                continue
            line = self._text.rfind("\n", 0, start) + 1
            if self._text[line:start].strip(" \ufeff"):  # something in front of it in its line: a dash
                self._splice(start, places[index + 1][0], "")
                continue
            end = self._line_end(max(self._end(value), start))
            if value.style in ("|", ">") and self._keeps(value):
                end = max(end, without_line_end(self._text, value.end))
            if line:  # from line end to line end: what is put behind a line that goes still has its place
                self._splice(without_line_end(self._text, line), end, "")
            else:
                behind = _LINE_BREAK.match(self._text, end)
                self._splice(1 if self._text.startswith("\ufeff") else 0, behind.end() if behind else end, "")

    def _new_document(self, root: Node | None, tree: Tree) -> None:
        new, eol = self._write.map_block(self._plain(tree, None), 0), self._write.eol
        at = len(self._text) if root is None else self._line_end(root.start)
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
        return column_of(self._text, index)

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
            value = below.value if isinstance(below, Leaf) else self._plain(below, near)
            made[Spelled(step.name, step.spelling) if step.spelling else step.name] = value
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
        shared = next((name for name in anchors_in(node, below=below) if name in self._shared), "")
        if shared:
            self._refuse(node, asked, f"{place} is also used elsewhere, as *{shared}; write both out first")


def unusual(asked: str, *, path: str) -> InputError:
    """Give the error for a splice that did not come out as asked."""
    return InputError(
        f"can't set {asked}: the text around it is written in an unusual way; write it as plain YAML", path=path
    )


def _by_neighbour(node: Node, missing: Tree, gone: Sequence[int]) -> dict[Node | None, Tree]:
    """Group new entries by the value behind which they go; None is the end of the map."""
    groups: dict[Node | None, Tree] = {}
    homes: dict[str, Node | None] = {}
    stays = {key.value: value for index, (key, value) in enumerate(node.pairs) if index not in gone}
    last = node.pairs[-1][1] if node.pairs else None
    default = None if not gone or not stays else list(stays.values())[-1]
    for step, below in missing.items():
        after = step.after if isinstance(step, Key) else None
        home = default if after is None else homes[after] if after in homes else stays.get(after, default)
        home = None if home is last and not gone else home
        if isinstance(step, Key):
            homes[step.name] = home
        groups.setdefault(home, {})[step] = below
    return groups


def _place(item: tuple[New, object]) -> tuple[int, int]:
    return item[0].after, item[0].number


def _path_of(below: Leaf | Tree) -> str:
    return below.written if isinstance(below, Leaf) else first_path(below)
