"""Cards: small bodies of which lists are made, and facets: values by which objects are found without a look at any.

A card stands beside an object of the store and goes with it. Like the store this has no idea what a cluster is; what
stands on a card, and which of its values are facets, is for the families to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from palette_sdk.controlplane import jsontext

if TYPE_CHECKING:
    from palette_sdk.controlplane.store import Body, Counted

Having = Sequence[tuple[str, str]]
"""Facets and the value that an object must have among its values of each."""

_FACET = "kind = ? AND scope = ? AND facet = ? AND value = ?"


class Cards:
    """The cards of a store, within a transaction; `Tx.cards`."""

    def __init__(self, sql: Counted) -> None:
        self._sql = sql

    def put(self, kind: str, uid: str, body: Body, *, scope: str, facets: Mapping[str, Iterable[str]]) -> None:
        """Keep the card of an object that is there; what hasn't changed is not written.

        Args:
            kind: the kind of the object.
            uid: its uid.
            body: the card.
            scope: what lists are about, such as a project; always the same for an object.
            facets: values by name, worked out from the card alone.
        """
        found = self._sql.execute(
            "SELECT objects.seq, cards.body FROM objects LEFT JOIN cards ON cards.seq = objects.seq "
            "WHERE objects.kind = ? AND objects.uid = ?",
            (kind, uid),
        ).fetchone()
        text = jsontext.encoded(body)
        if found is None or found[1] == text:
            return
        seq = found[0]
        self._sql.execute(
            "INSERT INTO cards (seq, kind, scope, uid, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (seq) DO UPDATE SET body = excluded.body",
            (seq, kind, scope, uid, text),
        )
        wanted = {(name, value) for name, values in facets.items() for value in values}
        have = set() if found[1] is None else self._facets(seq)
        for name, value in have - wanted:
            self._sql.execute(f"DELETE FROM facets WHERE {_FACET} AND seq = ?", (kind, scope, name, value, seq))  # noqa: S608 - our own columns
        for name, value in wanted - have:
            self._sql.execute(
                "INSERT INTO facets (kind, scope, facet, value, seq) VALUES (?, ?, ?, ?, ?)",
                (kind, scope, name, value, seq),
            )

    def missing(self, kind: str) -> list[str]:
        """The uids of objects of a kind that have no card."""
        found = self._sql.execute(
            "SELECT objects.uid FROM objects LEFT JOIN cards ON cards.seq = objects.seq "
            "WHERE objects.kind = ? AND cards.seq IS NULL ORDER BY objects.seq",
            (kind,),
        )
        return [str(each[0]) for each in found]

    def all(self, kind: str, scope: str, having: Having = ()) -> list[tuple[str, Body]]:
        """Uids and cards in order of creation."""
        query, values = self._query(kind, scope, having, what="cards.uid, cards.body")
        return [(str(uid), self._sql.decoded(text)) for uid, text in self._sql.execute(query, values)]

    def many(self, kind: str, uids: Sequence[str]) -> list[Body]:
        """The cards of these objects, in this order."""
        found = self._sql.execute(
            "SELECT objects.uid, cards.body FROM objects CROSS JOIN cards ON cards.seq = objects.seq "
            "WHERE objects.kind = ? AND objects.uid IN (SELECT value FROM json_each(?))",
            (kind, json.dumps(list(uids))),
        )
        bodies = {str(uid): self._sql.decoded(text) for uid, text in found}
        return [bodies[uid] for uid in uids if uid in bodies]

    def page(
        self, kind: str, scope: str, having: Having = (), *, order: str = "seq", falling: bool = False,
        limit: int | None = None, offset: int = 0,
    ) -> list[str]:  # fmt: skip
        """Uids, in order of creation or of a facet of which each object has one value.

        Args:
            kind: the kind of objects.
            scope: the scope of their cards.
            having: what they must have.
            order: the facet to sort by; `seq`: by creation.
            falling: the largest value first, or the newest; what is equal stays in order of creation.
            limit: how many; None: all that are left.
            offset: how many to pass over.
        """
        query, values = self._query(kind, scope, having, what="cards.uid", order=order, falling=falling)
        found = self._sql.execute(f"{query} LIMIT ? OFFSET ?", (*values, -1 if limit is None else limit, offset))
        return [str(each[0]) for each in found]

    def count(self, kind: str, scope: str, having: Having = ()) -> int:
        """How many `page` would give without a limit."""
        query, values = self._query(kind, scope, having, what="count(*)")
        return int(self._sql.execute(query, values).fetchone()[0])

    def tally(self, kind: str, scope: str, facet: str) -> dict[str, int]:
        """How many objects have each value of a facet."""
        found = self._sql.execute(
            "SELECT value, count(*) FROM facets WHERE kind = ? AND scope = ? AND facet = ? GROUP BY value",
            (kind, scope, facet),
        )
        return {str(value): int(count) for value, count in found}

    def _facets(self, seq: int) -> set[tuple[str, str]]:
        found = self._sql.execute("SELECT facet, value FROM facets WHERE seq = ?", (seq,))
        return {(str(name), str(value)) for name, value in found}

    def _query(
        self, kind: str, scope: str, having: Having, *, what: str, order: str = "seq", falling: bool = False
    ) -> tuple[str, tuple[Any, ...]]:
        """A query and its values. What leads is read from an index in the order that is wanted, the rest is looked up."""
        pairs, turn = list(having), "DESC" if falling else "ASC"
        by = f"lead.seq {turn}"
        if order != "seq":
            source, where = "facets AS lead", "lead.kind = ? AND lead.scope = ? AND lead.facet = ?"
            values: tuple[Any, ...] = (kind, scope, order)
            by = f"lead.value {turn}, lead.seq"
        elif pairs:
            # The rarest value leads.
            rarest = min(pairs, key=lambda pair: self._how_many(kind, scope, pair)) if pairs[1:] else pairs[0]
            pairs.remove(rarest)
            source, where = "facets AS lead", "lead.kind = ? AND lead.scope = ? AND lead.facet = ? AND lead.value = ?"
            values = (kind, scope, *rarest)
        else:
            source, where, values = "cards AS lead", "lead.kind = ? AND lead.scope = ?", (kind, scope)
        for pair in pairs:
            where += f" AND EXISTS (SELECT 1 FROM facets WHERE {_FACET} AND seq = lead.seq)"  # noqa: S608 - our own columns
            values += (kind, scope, *pair)
        if what.startswith("cards."):
            source += " CROSS JOIN cards ON cards.seq = lead.seq"
            where += f" ORDER BY {by}"
        return f"SELECT {what} FROM {source} WHERE {where}", values  # noqa: S608 - our own columns

    def _how_many(self, kind: str, scope: str, pair: tuple[str, str]) -> int:
        found = self._sql.execute(f"SELECT count(*) FROM facets WHERE {_FACET}", (kind, scope, *pair))  # noqa: S608 - our own columns
        return int(found.fetchone()[0])
