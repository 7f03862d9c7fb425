"""The database of the control plane: JSON documents with a few indexed columns, and links between them.

With `cards` the only module that knows SQL. It has no idea what a profile or a cluster is. One connection, guarded by
a lock: services run one after the other, tests may look in from another thread. Write-ahead logging with
`synchronous=NORMAL`: what was committed survives a SIGKILL of the process.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from palette_sdk.controlplane import jsontext, migrations
from palette_sdk.controlplane.cards import Cards
from palette_sdk.errors import LocalError

Body = dict[str, Any]
_T = TypeVar("_T")
_COLUMNS = "kind, uid, project, name, parent, due, body"
_MOST_KNOWN = 4096
_CACHE_KIB = 32768


class _Keep:
    """The type of KEEP."""


KEEP: Final = _Keep()
"""Column argument of `Tx.put`: leave what is there (a new object gets the empty value)."""


class Row(NamedTuple):
    """An object with its columns; `body` is a fresh copy that the caller may change."""

    kind: str
    uid: str
    project: str
    name: str
    parent: str
    due: float | None
    body: Body


class Head(NamedTuple):
    """An object without its body."""

    kind: str
    uid: str
    project: str
    name: str


class Counted:
    """A connection that counts: what a call costs is how many statements it runs and how many bodies it reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.statements = 0
        self.bodies = 0

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        self.statements += 1
        return self._connection.execute(statement, tuple(values))

    def decoded(self, text: str) -> Body:
        """A body that was read."""
        self.bodies += 1
        body: Body = jsontext.decoded(text)
        return body

    @property
    def total_changes(self) -> int:
        """A number that grows with each row written."""
        return self._connection.total_changes


class Tx:
    """What can be done inside `Store.atomic()`. Bodies are copied in and out: but for `known` nothing is shared with the
    caller. `cards`: what lists are made of.
    """

    def __init__(self, sql: Counted, known: Known) -> None:
        self._sql = sql
        self._known = known
        self.cards = Cards(sql)

    def get(self, kind: str, uid: str) -> Body | None:
        """The body, or None where there is no such object."""
        found = self._sql.execute("SELECT body FROM objects WHERE kind = ? AND uid = ?", (kind, uid)).fetchone()
        return None if found is None else self._sql.decoded(found[0])

    def shared(self, kind: str, uid: str) -> Body | None:
        """As `get`, read once until an object of the kind is written. The caller must not change it."""
        return self.known(("body", kind, uid), (kind,), lambda: self.get(kind, uid))

    def known(self, key: Hashable, kinds: tuple[str, ...], make: Callable[[], _T]) -> _T:
        """What `make` gives, made once until an object of these kinds is written. The caller must not change it."""
        return self._known.get(key, kinds, make)

    def row(self, kind: str, uid: str) -> Row | None:
        """The object with its columns, or None."""
        found = self._sql.execute(f"SELECT {_COLUMNS} FROM objects WHERE kind = ? AND uid = ?", (kind, uid)).fetchone()  # noqa: S608 - literal columns
        return None if found is None else self._row(found)

    def many(self, kind: str, uids: Iterable[str]) -> list[Row]:
        """Those of these objects that are there, in this order."""
        order = list(uids)
        query = f"SELECT {_COLUMNS} FROM objects WHERE kind = ? AND uid IN (SELECT value FROM json_each(?))"  # noqa: S608 - literal columns
        rows = {row.uid: row for row in map(self._row, self._sql.execute(query, (kind, json.dumps(order))))}
        return [rows[uid] for uid in order if uid in rows]

    def heads(self, kind: str, uids: Iterable[str]) -> list[Head]:
        """As `many`, without the bodies, in order of the uids."""
        query = (
            "SELECT kind, uid, project, name FROM objects WHERE kind = ? AND uid IN (SELECT value FROM json_each(?))"
        )
        return sorted(Head(*each) for each in self._sql.execute(query, (kind, json.dumps(list(uids)))))

    def put(
        self,
        kind: str,
        uid: str,
        body: Body,
        *,
        project: str | _Keep = KEEP,
        name: str | _Keep = KEEP,
        parent: str | _Keep = KEEP,
        due: float | _Keep | None = KEEP,
    ) -> None:
        """Create or replace an object; columns that are not given keep what they had. `due=None`: nothing is due."""
        self._known.forget(kind)
        given = {"project": project, "name": name, "parent": parent, "due": due}
        columns = {key: value for key, value in given.items() if not isinstance(value, _Keep)}
        sets = ", ".join(f"{key} = excluded.{key}" for key in ("body", *columns))
        self._sql.execute(
            "INSERT INTO objects (kind, uid, project, name, parent, due, body) VALUES (?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - column names are ours
            f"ON CONFLICT (kind, uid) DO UPDATE SET {sets}",
            (
                kind,
                uid,
                columns.get("project", ""),
                columns.get("name", ""),
                columns.get("parent", ""),
                columns.get("due"),
                jsontext.encoded(body),
            ),
        )

    def delete(self, kind: str, uid: str) -> bool:
        """Remove the object and its card; True when there was one. Links are the caller's to remove (see `unlink`)."""
        self._known.forget(kind)
        return self._sql.execute("DELETE FROM objects WHERE kind = ? AND uid = ?", (kind, uid)).rowcount > 0

    def delete_of(self, kind: str, parent: str) -> None:
        """Remove all objects of a kind with this parent."""
        self._known.forget(kind)
        self._sql.execute("DELETE FROM objects WHERE kind = ? AND parent = ?", (kind, parent))

    def find(
        self,
        kind: str,
        *,
        project: str | None = None,
        name: str | None = None,
        parent: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Body]:
        """Bodies in order of creation; None in a column means any."""
        rows = self.rows(kind, project=project, name=name, parent=parent, limit=limit, offset=offset)
        return [row.body for row in rows]

    def rows(
        self,
        kind: str,
        *,
        project: str | None = None,
        name: str | None = None,
        parent: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        newest_first: bool = False,
    ) -> list[Row]:
        """As `find`, with the columns; `newest_first` turns the order round."""
        where, values = _where(kind, project, name, parent)
        found = self._sql.execute(
            f"SELECT {_COLUMNS} FROM objects WHERE {where} "  # noqa: S608 - built from our own column names
            f"ORDER BY seq {'DESC' if newest_first else 'ASC'} LIMIT ? OFFSET ?",
            (*values, -1 if limit is None else limit, offset),
        )
        return [self._row(each) for each in found]

    def count(
        self, kind: str, *, project: str | None = None, name: str | None = None, parent: str | None = None
    ) -> int:
        """How many objects `find` would give without a limit."""
        where, values = _where(kind, project, name, parent)
        found = self._sql.execute(f"SELECT count(*) FROM objects WHERE {where}", values)  # noqa: S608 - see rows
        return int(found.fetchone()[0])

    def due(self, now: float, limit: int = 100) -> list[Row]:
        """Objects of any kind whose `due` is not after `now` (epoch seconds), the earliest first."""
        found = self._sql.execute(
            f"SELECT {_COLUMNS} FROM objects WHERE due IS NOT NULL AND due <= ? ORDER BY due, seq LIMIT ?",  # noqa: S608 - literal columns
            (now, limit),
        )
        return [self._row(each) for each in found]

    def next_due(self) -> float | None:
        """When the next object is due (epoch seconds), or None."""
        found = self._sql.execute("SELECT min(due) FROM objects WHERE due IS NOT NULL").fetchone()[0]
        return None if found is None else float(found)

    def link(self, kind: str, source: str, target: str) -> None:
        """State that `source` refers to `target`; doing it twice is the same as once."""
        self._sql.execute("INSERT OR IGNORE INTO links (kind, source, target) VALUES (?, ?, ?)", (kind, source, target))

    def unlink(self, kind: str, *, source: str | None = None, target: str | None = None) -> None:
        """Remove the links of this kind with that source, that target, or both; one of them is needed."""
        given = {"source": source, "target": target}
        ends = {key: value for key, value in given.items() if value is not None}
        if not ends:
            raise ValueError("unlink needs a source or a target")
        where = " AND ".join(f"{key} = ?" for key in ends)
        self._sql.execute(f"DELETE FROM links WHERE kind = ? AND {where}", (kind, *ends.values()))  # noqa: S608 - see put

    def linked(self, kind: str, *, source: str | None = None, target: str | None = None) -> list[str]:
        """With `source`: the uids it refers to. With `target`: the uids that refer to it. Sorted."""
        if (source is None) == (target is None):
            raise ValueError("linked needs a source or a target, not both")
        if source is not None:
            found = self._sql.execute(
                "SELECT target FROM links WHERE kind = ? AND source = ? ORDER BY target", (kind, source)
            )
        else:
            found = self._sql.execute(
                "SELECT source FROM links WHERE kind = ? AND target = ? ORDER BY source", (kind, target)
            )
        return [str(each[0]) for each in found]

    def is_target(self, kind: str, target: str) -> bool:
        """Whether anything refers to `target`."""
        query = "SELECT 1 FROM links WHERE kind = ? AND target = ? LIMIT 1"
        return self._sql.execute(query, (kind, target)).fetchone() is not None

    def meta_get(self, key: str, default: Any = None) -> Any:
        """A JSON value kept beside the objects."""
        found = self._sql.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return default if found is None else json.loads(found[0])

    def meta_set(self, key: str, value: Any) -> None:
        """Keep a JSON value beside the objects."""
        self._sql.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value)),
        )

    def changes(self) -> int:
        """A number that grows with each row written on this connection: tells whether anything was written."""
        return self._sql.total_changes

    def clear(self) -> None:
        """Remove all objects, cards and links; what `meta_set` keeps stays."""
        self._known.clear()
        for table in ("facets", "cards", "objects", "links"):
            self._sql.execute(f"DELETE FROM {table}")  # noqa: S608 - literal tables

    def _row(self, found: tuple[Any, ...]) -> Row:
        kind, uid, project, name, parent, due, body = found
        return Row(kind, uid, project, name, parent, due, self._sql.decoded(body))


class Known:
    """What was worked out from objects, kept until one of their kind is written."""

    def __init__(self) -> None:
        self._written: Counter[str] = Counter()
        self._kept: dict[Hashable, tuple[tuple[int, ...], Any]] = {}

    def get(self, key: Hashable, kinds: tuple[str, ...], make: Callable[[], _T]) -> _T:
        """See `Tx.known`."""
        now = tuple(self._written[kind] for kind in kinds)
        kept = self._kept.get(key)
        if kept is None or kept[0] != now:
            if len(self._kept) >= _MOST_KNOWN:
                self._kept.clear()
            kept = self._kept[key] = (now, make())
        found: _T = kept[1]
        return found

    def forget(self, kind: str) -> None:
        """An object of this kind is written."""
        self._written[kind] += 1

    def clear(self) -> None:
        """Objects of any kind are written, or what was written is taken back."""
        self._kept.clear()


@dataclass(frozen=True)
class Snapshot:
    """All rows at one moment, to go back to with `Store.restore`."""

    objects: tuple[tuple[Any, ...], ...]
    links: tuple[tuple[Any, ...], ...]
    cards: tuple[tuple[Any, ...], ...]
    facets: tuple[tuple[Any, ...], ...]


class Store:
    """A database file, brought to the schema of this version.

    Args:
        path: the file; made when missing. Its folder must exist.

    Raises:
        LocalError: the file can't be opened, is no database, or comes from a newer version.
    """

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._known = Known()
        try:
            self._sql = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise LocalError(f"the database {path} can't be opened: {error}") from error
        try:
            self._prepare(str(path))
        except sqlite3.Error as error:
            self._sql.close()
            raise LocalError(f"the database {path} can't be used: {error}") from error
        except LocalError:
            self._sql.close()
            raise
        self.counted = Counted(self._sql)

    def _prepare(self, path: str) -> None:
        self._sql.execute("PRAGMA busy_timeout = 5000")
        applied = int(self._sql.execute("PRAGMA user_version").fetchone()[0])
        steps = migrations.pending(applied, path)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = NORMAL")
        self._sql.execute("PRAGMA foreign_keys = ON")
        self._sql.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        for number, statements in enumerate(steps, applied + 1):
            with self._transaction():
                for statement in statements:
                    self._sql.execute(statement)
                self._sql.execute(f"PRAGMA user_version = {number}")

    @contextlib.contextmanager
    def atomic(self) -> Iterator[Tx]:
        """All or nothing: commits at the end, rolls back when an error leaves the block; may be nested.

        The error that left the block is the one that is seen, also when rolling back fails too.
        """
        with self._transaction():
            yield Tx(self.counted, self._known)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            point = f"nested_{self._depth}"
            self._sql.execute(f"SAVEPOINT {point}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._known.clear()
                with contextlib.suppress(sqlite3.Error):
                    if self._depth:
                        self._sql.execute(f"ROLLBACK TO {point}")
                        self._sql.execute(f"RELEASE {point}")
                    else:
                        self._sql.execute("ROLLBACK")
                raise
            self._depth -= 1
            self._finish(f"RELEASE {point}" if self._depth else "COMMIT")

    def _finish(self, statement: str) -> None:
        """Commit; when that fails (disk full), undo, so that the connection stays usable."""
        try:
            self._sql.execute(statement)
        except sqlite3.Error:
            self._known.clear()
            if self._sql.in_transaction and not self._depth:
                with contextlib.suppress(sqlite3.Error):
                    self._sql.execute("ROLLBACK")
            raise

    def snapshot(self) -> Snapshot:
        """All objects and links as they are now."""
        with self._lock:
            columns = "seq, kind, uid, project, name, parent, due, body"
            objects = self._sql.execute(f"SELECT {columns} FROM objects").fetchall()  # noqa: S608 - literal columns
            others = (
                "SELECT kind, source, target FROM links",
                "SELECT seq, kind, scope, uid, body FROM cards",
                "SELECT kind, scope, facet, value, seq FROM facets",
            )
            return Snapshot(tuple(objects), *(tuple(self._sql.execute(query).fetchall()) for query in others))

    def restore(self, snapshot: Snapshot) -> None:
        """Make objects, cards and links what they were; the clock and other settings stay."""
        with self.atomic() as tx:
            tx.clear()
            self._sql.executemany(
                "INSERT INTO objects (seq, kind, uid, project, name, parent, due, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                snapshot.objects,
            )
            self._sql.executemany("INSERT INTO links (kind, source, target) VALUES (?, ?, ?)", snapshot.links)
            self._sql.executemany(
                "INSERT INTO cards (seq, kind, scope, uid, body) VALUES (?, ?, ?, ?, ?)", snapshot.cards
            )
            self._sql.executemany(
                "INSERT INTO facets (kind, scope, facet, value, seq) VALUES (?, ?, ?, ?, ?)", snapshot.facets
            )

    def close(self) -> None:
        """Close the file; the store can't be used afterwards."""
        with self._lock:
            self._sql.close()


def _where(kind: str, project: str | None, name: str | None, parent: str | None) -> tuple[str, list[str]]:
    given = {"kind": kind, "project": project, "name": name, "parent": parent}
    used = {key: value for key, value in given.items() if value is not None}
    return " AND ".join(f"{key} = ?" for key in used), list(used.values())
