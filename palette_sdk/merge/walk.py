"""Walks three trees together, asks a policy at each place where the cluster differs, and gives edits of the incoming tree.

It knows which parts are the same on all sides; what becomes of a difference is the policy's business, and how an edit is
written is the splicer's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from palette_sdk.content.changes import LONGEST
from palette_sdk.content.paths import REMOVED, Index, Key, Leaf, New, Tree
from palette_sdk.content.pieces import Spelled, column_of
from palette_sdk.content.tree import Node
from palette_sdk.merge.identity import Found, Identity, keyed, match_of
from palette_sdk.merge.model import ABSENT, Decision, Row, shown_together
from palette_sdk.merge.places import Place
from palette_sdk.merge.policy import Decider
from palette_sdk.merge.sharing import Follows
from palette_sdk.merge.source import Entry, Source

Edit = Leaf | Tree
_NO_KEY = "the items of this list have no key of their own, so it is decided as a whole"
_ORDER = "the order of the items differs, so the list is decided as a whole"
_INHERITED = "the profile takes it from a merge key (<<), out of which nothing can be taken"


class Orphans:
    """Decides about what is inside something that vanished."""

    def decide(self, row: Row) -> tuple[Decision, str]:
        """Decide."""
        return "orphaned", row.reason


class Walk:
    """One walk.

    Args:
        base: what was applied last; None where that isn't known.
        incoming: what comes.
        override: what the cluster runs.
        decider: the policy.
        raw: whether values are taken over as they are written.
    """

    def __init__(
        self, base: Source | None, incoming: Source, override: Source, decider: Decider, *, raw: bool = True
    ) -> None:
        self._base, self._incoming, self._override = base, incoming, override
        self._decider, self._raw = decider, raw
        self._known = base is not None
        self.rows: list[Row] = []
        self.follows = Follows()

    def place(self, at: Place, b: Node | None, i: Node | None, o: Node | None, behind: int = 0) -> Edit | None:
        """Merge one place.

        Args:
            at: the place.
            b: what was applied last there; None where nothing was or nothing is known.
            i: what comes there.
            o: what the cluster runs there.
            behind: where the key or dash of `o` stands in its text.

        Returns:
            what to edit in the incoming tree: a value or `REMOVED`, or edits below; None for nothing.
        """
        base, incoming, override = _canon(b), _canon(i), _canon(o)
        if incoming == override and (base == incoming or not self._known):
            return None
        if at.is_owned:
            return None
        if self._known and override == base and (i is None or b is None):
            self._change(at, b, i, o)
            return None
        if i is not None and o is not None and i.kind == o.kind == "alias" and self._is_followed(b, i, o):
            self.follows.aliases[id(i)] = o
            return None
        b = self._base.resolve(b) if self._base else None
        i, o = self._incoming.resolve(i), self._override.resolve(o)
        if incoming == override and not at.owned and (b is None or i is None or b.kind != i.kind):
            return self._whole(at, b, i, o, behind)
        below = self._below(at, b, i, o, behind)
        return self._whole(at, b, i, o, behind) if below is None else below or None

    def new_map(self, at: Place, b: Node | None, o: Node) -> Edit | None:
        """Merge a map where nothing comes: as if an empty map came."""
        edit = self._map(at, b if b is not None and b.kind == "map" else None, None, o, 0)
        return self._whole(at, b, None, o) if edit is None else edit or None

    def makes(self, edit: Edit, o: Node) -> bool:
        """Say whether what `new_map` gave is all of the cluster's map."""
        return isinstance(edit, Leaf) or _makes(edit, self._override.entries(o) or {})

    # -- containers ----------------------------------------------------------------------------------------------------

    def _below(self, at: Place, b: Node | None, i: Node | None, o: Node | None, behind: int) -> Edit | None:
        """Merge what is inside; None where the place is to be decided as a whole."""
        if o is None or (i is None and not at.owned):
            return None
        if o.kind == "map" and (i is None or i.kind == "map"):
            return self._map(at, b if b is not None and b.kind == "map" else None, i, o, behind)
        if o.kind == "list" and i is not None and i.kind == "list":
            return self._list(at, b if b is not None and b.kind == "list" else None, i, o, behind)
        return None

    def _map(self, at: Place, b: Node | None, i: Node | None, o: Node, behind: int) -> Edit | None:
        if not all(one is None or one.tag in ("", "tag:yaml.org,2002:map") for one in (b, i, o)):
            return None
        before = self._entries(self._base, b)
        comes, runs = self._entries(self._incoming, i), self._override.entries(o)
        if before is None or comes is None or runs is None:
            return None
        edits: Tree = {}
        last: str | None = None
        seen: set[str] = set()
        inherited = self._inherited(b, i, o, (before, comes, runs))
        for name in [*comes, *runs, *(name for name in before if name not in comes and name not in runs)]:
            theirs, mine, old = comes.get(name), runs.get(name), before.get(name)
            if theirs and name in seen:
                last = name  # the second time, among those that the cluster has
                continue
            seen.add(name)
            if name in inherited:
                self.follows.entries[id(i), name] = _value(mine)
                continue
            edit = self.place(at.below(Key(name)), _value(old), _value(theirs), _value(mine), mine.start if mine else 0)
            if edit is not None:
                edits[Key(name, mine.key.spelling if mine else "", last)] = edit
                last = name if not theirs else last
        if edits and i is not None and not i.pairs:
            if _makes(edits, runs):
                return Leaf(self._text_of(o, behind), at.path)
            new = {step: part.value for step, part in edits.items() if isinstance(part, Leaf)}
            if len(new) == len(edits):
                return Leaf({Spelled(step.name, step.spelling): value for step, value in new.items()}, at.path)  # type: ignore[union-attr]
        return edits

    def _is_followed(self, b: Node | None, i: Node, o: Node) -> bool:
        """Say whether aliases stand for one place on all sides; it is merged there."""
        path = self._incoming.path(i)
        if path != self._override.path(o):
            return False
        return b is None or self._base is None or self._base.path(b) == path

    def _inherited(
        self,
        b: Node | None,
        i: Node | None,
        o: Node,
        entries: tuple[dict[str, Entry], dict[str, Entry], dict[str, Entry]],
    ) -> set[str]:
        """Give the keys that come from the same merge keys on all sides; they are merged where these point to."""
        sources = self._override.sources(o)
        if not sources or self._incoming.sources(i) != sources:
            return set()
        if b is not None and self._base is not None and self._base.sources(b) != sources:
            return set()
        names = {name for side in entries for name in side}
        return {name for name in names if all(name not in side or side[name].is_inherited for side in entries)}

    def _entries(self, source: Source | None, node: Node | None) -> dict[str, Entry] | None:
        return {} if node is None or source is None else source.entries(node)

    def _list(self, at: Place, b: Node | None, i: Node, o: Node, behind: int) -> Edit | None:
        found = keyed([b, i, o])
        if found is None:
            return self._numbered(at, b, i, o)
        key, (before, comes, runs) = found
        if _reordered(before if b is not None else None, comes, runs):
            return self._in_order(at, key[0], (b, i, o)) or {}
        alone = Counter(identity[0] for identity in {**comes, **runs, **before})
        dash = _dash(self._override.text, o)
        edits: Tree = {}
        last, new = -1, 0
        seen: set[Identity] = set()
        for identity in [*comes, *runs, *(one for one in before if one not in comes and one not in runs)]:
            if identity in comes and identity in seen:
                last, new = comes[identity], 0  # the second time, among those that the cluster has
                continue
            seen.add(identity)
            old, theirs, mine = _item(b, before, identity), _item(i, comes, identity), _item(o, runs, identity)
            item = mine or theirs or old
            if item is None:
                continue
            step = match_of(key, identity, item, alone[identity[0]] == 1)
            numbers = [numbers[identity] for numbers in (comes, runs) if identity in numbers]
            edit = self.place(at.below(step, item, numbers), old, theirs, mine, dash)
            if theirs and edit is not None:
                edits[Index(comes[identity])] = edit
            elif isinstance(edit, Leaf):
                edits[New(last, new)] = edit
                new += 1
        if edits and not i.items:
            values = [edit.value for edit in edits.values() if isinstance(edit, Leaf)]
            return Leaf(self._text_of(o, behind) if len(values) == len(o.items) else values, at.path)
        return edits

    def _in_order(self, at: Place, key: str, sides: tuple[Node | None, Node, Node]) -> Edit | None:
        """Decide about a list with an order of its own; the rows tell the order."""
        size = len(self.rows)
        edit = self._whole(at, *sides, reason=_ORDER)
        names = [
            f"[{', '.join(found[0].value for item in side.items if (found := item.find(key)))}]" if side else ""
            for side in sides
        ]
        if all(len(name) <= LONGEST for name in names):
            base, incoming, override = names
            self.rows[size:] = [
                replace(
                    row,
                    shown_base=base or row.shown_base,
                    shown_incoming=incoming,
                    shown_override=override,
                )
                for row in self.rows[size:]
            ]
        return edit

    def _numbered(self, at: Place, b: Node | None, i: Node, o: Node) -> Edit | None:
        """Merge lists without a key by number, where the program owns something inside and none became longer."""
        if not at.owned or b is None or len({len(b.items), len(i.items), len(o.items)}) > 1:
            return None
        edits: Tree = {}
        for number, items in enumerate(zip(b.items, i.items, o.items, strict=True)):
            edit = self.place(at.below(Index(number), items[2], [number]), *items, _dash(self._override.text, o))
            if edit is not None:
                edits[Index(number)] = edit
        return edits

    # -- whole places --------------------------------------------------------------------------------------------------

    def _whole(
        self, at: Place, b: Node | None, i: Node | None, o: Node | None, behind: int = 0, *, reason: str = ""
    ) -> Edit | None:
        base, incoming, override = _canon(b), _canon(i), _canon(o)
        if self._known and base != incoming:
            self._change(at, b, i, o)
        if self._known and override == base:
            return None
        row = self._row(at, b, i, o, "redundant")
        if override == incoming:
            self.rows.append(row)
            return None
        both = o is not None and i is not None and o.kind == i.kind == "list"
        row = replace(row, reason=reason or (_NO_KEY if both else ""), vanished=_is_vanished(b, i, o))
        decision, why = self._decider.decide(row)
        if decision == "orphaned" and row.vanished:
            self._orphans(at, b, o)
            return None
        self.rows.append(replace(row, decision=decision, reason=why))
        if decision != "kept":
            return None
        return Leaf(REMOVED if o is None else self._text_of(o, behind, i), at.path)

    def _orphans(self, at: Place, b: Node | None, o: Node | None) -> None:
        """Tell what was changed inside something that vanished, place by place."""
        if self._base is None:
            return
        inside = Walk(self._base, self._base, self._override, Orphans())
        inside.place(at, b, b, o)
        self.rows += [replace(row, incoming=ABSENT, shown_incoming="(gone)", vanished=True) for row in inside.rows]

    def _text_of(self, node: Node, behind: int, instead: Node | None = None) -> object:
        column = column_of(self._override.text, behind)
        if instead is not None and instead.anchor and instead.anchor == node.anchor:
            piece = self._override.expander.anchored(node, column)
            if piece is not None:
                return piece
        return self._override.expander.value(node, column, raw=self._raw)

    def _change(self, at: Place, b: Node | None, i: Node | None, o: Node | None) -> None:
        self.rows.append(self._row(at, b, i, o, "incoming"))

    def _row(self, at: Place, b: Node | None, i: Node | None, o: Node | None, decision: Decision) -> Row:
        base, override = self._plain(self._base, b), self._plain(self._override, o)
        incoming = self._plain(self._incoming, i)
        shown = shown_together(((b, base), (o, override), (i, incoming)))
        return Row(
            resource=at.resource,
            path=at.path,
            base=base,
            override=override,
            incoming=incoming,
            decision=decision,
            shown_base=shown[0] if self._known else "unknown",
            shown_override=shown[1],
            shown_incoming=shown[2],
            base_known=self._known,
            is_changed=not self._known or _canon(b) != _canon(i),
        )

    def _plain(self, source: Source | None, node: Node | None) -> object:
        return ABSENT if node is None or source is None else source.plain(node)


def _canon(node: Node | None) -> str:
    return "" if node is None else node.canon


def _value(entry: Entry | None) -> Node | None:
    return entry.value if entry else None


def _item(node: Node | None, numbers: Found, identity: Identity) -> Node | None:
    return node.items[numbers[identity]] if node is not None and identity in numbers else None


def _makes(edits: Tree, runs: dict[str, Entry]) -> bool:
    """Say whether edits of an empty map make it the cluster's."""
    return len(edits) == len(runs) and all(isinstance(edit, Leaf) for edit in edits.values())


def _is_vanished(b: Node | None, i: Node | None, o: Node | None) -> bool:
    return i is None and b is not None and o is not None and b.kind == o.kind and b.kind in ("map", "list")


def _dash(text: str, node: Node) -> int:
    """Give the index of the first dash of a list."""
    if node.flow or not node.items:
        return 0
    return text.find("-", text.find("\n", node.start)) if node.anchor or node.tag else node.start


def _reordered(before: Found | None, comes: Found, runs: Found) -> bool:
    """Say whether the cluster has items in an order of its own."""

    def differ(one: Found, other: Found) -> bool:
        return [key for key in one if key in other] != [key for key in other if key in one]

    return differ(comes, runs) and (before is None or differ(before, runs))
