"""The numbered steps by which a database file reaches the schema of this version; forward only.

Each step is a tuple of statements and never changes once released: a change of the schema is a new step at the end.
The number of steps that were applied is kept in the file (`PRAGMA user_version`), which the store reads and writes.
"""

from __future__ import annotations

from palette_sdk.errors import LocalError

_DOCUMENTS = (
    """CREATE TABLE objects (
        seq     INTEGER PRIMARY KEY AUTOINCREMENT,
        kind    TEXT NOT NULL,
        uid     TEXT NOT NULL,
        project TEXT NOT NULL,
        name    TEXT NOT NULL,
        parent  TEXT NOT NULL,
        due     REAL,
        body    TEXT NOT NULL,
        UNIQUE (kind, uid)
    )""",
    "CREATE INDEX objects_by_kind ON objects (kind, seq)",
    "CREATE INDEX objects_by_project ON objects (kind, project, seq)",
    "CREATE INDEX objects_by_name ON objects (kind, name, seq)",
    "CREATE INDEX objects_by_parent ON objects (kind, parent, seq)",
    "CREATE INDEX objects_by_due ON objects (due, seq) WHERE due IS NOT NULL",
    """CREATE TABLE links (
        kind   TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        PRIMARY KEY (kind, source, target)
    ) WITHOUT ROWID""",
    "CREATE INDEX links_by_target ON links (kind, target, source)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_CARDS = (
    """CREATE TABLE cards (
        seq   INTEGER PRIMARY KEY REFERENCES objects (seq) ON DELETE CASCADE,
        kind  TEXT NOT NULL,
        scope TEXT NOT NULL,
        uid   TEXT NOT NULL,
        body  TEXT NOT NULL
    )""",
    "CREATE INDEX cards_by_scope ON cards (kind, scope, seq)",
    """CREATE TABLE facets (
        kind  TEXT NOT NULL,
        scope TEXT NOT NULL,
        facet TEXT NOT NULL,
        value TEXT NOT NULL,
        seq   INTEGER NOT NULL REFERENCES cards (seq) ON DELETE CASCADE,
        PRIMARY KEY (kind, scope, facet, value, seq)
    ) WITHOUT ROWID""",
    "CREATE INDEX facets_by_object ON facets (seq)",
)

STEPS: tuple[tuple[str, ...], ...] = (_DOCUMENTS, _CARDS)


def pending(applied: int, path: str) -> tuple[tuple[str, ...], ...]:
    """The steps that a file with `applied` steps still needs.

    Raises:
        LocalError: the file was written by a newer version, which this one can't read.
    """
    if applied > len(STEPS):
        raise LocalError(
            f"the database {path} has schema {applied}; this version of palette_sdk knows schemas up to {len(STEPS)}.\n"
            "  use the newer palette_sdk that wrote it, or start with another --data-dir"
        )
    return STEPS[applied:]
