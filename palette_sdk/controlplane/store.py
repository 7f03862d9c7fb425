"""The database of the control plane: JSON documents with a few indexed columns, and links between them.

The only module that knows SQL. It has no idea what a profile or a cluster is. One connection, guarded by a lock:
services run one after the other, tests may look in from another thread. Write-ahead logging with
`synchronous=NORMAL`: what was committed survives a SIGKILL of the process.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from palette_sdk.controlplane import migrations
from palette_sdk.errors import LocalError

Body = dict[str, Any]


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


class Tx:
    """What can be done inside `Store.atomic()`. Bodies are copied in and out: nothing is shared with the caller."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    def get(self, kind: str, uid: str) -> Body | None:
        """The body, or None where there is no such object."""
        found = self._sql.execute("SELECT body FROM objects WHERE kind = ? AND uid = ?", (kind, uid)).fetchone()
        return None if found is None else _decode(found[0])

    def row(self, kind: str, uid: str) -> Row | None:
        """The object with its columns, or None."""
        found = self._sql.execute(
            "SELECT kind, uid, project, name, parent, due, body FROM objects WHERE kind = ? AND uid = ?", (kind, uid)
        ).fetchone()
        return None if found is None else _row(found)

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
                json.dumps(body, separators=(",", ":"), ensure_ascii=False),
            ),
        )

    def delete(self, kind: str, uid: str) -> bool:
        """Remove the object; True when there was one. Links are the caller's to remove (see `unlink`)."""
        return self._sql.execute("DELETE FROM objects WHERE kind = ? AND uid = ?", (kind, uid)).rowcount > 0

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
    ) -> list[Row]:
        """As `find`, with the columns."""
        where, values = _where(kind, project, name, parent)
        found = self._sql.execute(
            f"SELECT kind, uid, project, name, parent, due, body FROM objects WHERE {where} "  # noqa: S608 - built from our own column names
            "ORDER BY seq LIMIT ? OFFSET ?",
            (*values, -1 if limit is None else limit, offset),
        )
        return [_row(each) for each in found]

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
            "SELECT kind, uid, project, name, parent, due, body FROM objects "
            "WHERE due IS NOT NULL AND due <= ? ORDER BY due, seq LIMIT ?",
            (now, limit),
        )
        return [_row(each) for each in found]

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
        """Remove all objects and links; what `meta_set` keeps stays."""
        self._sql.execute("DELETE FROM objects")
        self._sql.execute("DELETE FROM links")


@dataclass(frozen=True)
class Snapshot:
    """All rows at one moment, to go back to with `Store.restore`."""

    objects: tuple[tuple[Any, ...], ...]
    links: tuple[tuple[Any, ...], ...]


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

    def _prepare(self, path: str) -> None:
        self._sql.execute("PRAGMA busy_timeout = 5000")
        applied = int(self._sql.execute("PRAGMA user_version").fetchone()[0])
        steps = migrations.pending(applied, path)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = NORMAL")
        for number, statements in enumerate(steps, applied + 1):
            with self.atomic():
                for statement in statements:
                    self._sql.execute(statement)
                self._sql.execute(f"PRAGMA user_version = {number}")

    @contextlib.contextmanager
    def atomic(self) -> Iterator[Tx]:
        """All or nothing: commits at the end, rolls back when an error leaves the block; may be nested.

        The error that left the block is the one that is seen, also when rolling back fails too.
        """
        with self._lock:
            point = f"nested_{self._depth}"
            self._sql.execute(f"SAVEPOINT {point}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield Tx(self._sql)
            except BaseException:
                self._depth -= 1
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
            if self._sql.in_transaction and not self._depth:
                with contextlib.suppress(sqlite3.Error):
                    self._sql.execute("ROLLBACK")
            raise

    def snapshot(self) -> Snapshot:
        """All objects and links as they are now."""
        with self._lock:
            columns = "seq, kind, uid, project, name, parent, due, body"
            objects = self._sql.execute(f"SELECT {columns} FROM objects").fetchall()  # noqa: S608 - literal columns
            return Snapshot(
                tuple(objects), tuple(self._sql.execute("SELECT kind, source, target FROM links").fetchall())
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Make objects and links what they were; the clock and other settings stay."""
        with self.atomic() as tx:
            tx.clear()
            self._sql.executemany(
                "INSERT INTO objects (seq, kind, uid, project, name, parent, due, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                snapshot.objects,
            )
            self._sql.executemany("INSERT INTO links (kind, source, target) VALUES (?, ?, ?)", snapshot.links)

    def close(self) -> None:
        """Close the file; the store can't be used afterwards."""
        with self._lock:
            self._sql.close()


def _where(kind: str, project: str | None, name: str | None, parent: str | None) -> tuple[str, list[str]]:
    given = {"kind": kind, "project": project, "name": name, "parent": parent}
    used = {key: value for key, value in given.items() if value is not None}
    return " AND ".join(f"{key} = ?" for key in used), list(used.values())


def _row(found: tuple[Any, ...]) -> Row:
    kind, uid, project, name, parent, due, body = found
    return Row(kind, uid, project, name, parent, due, _decode(body))


def _decode(text: str) -> Body:
    body: Body = json.loads(text)
    return body
