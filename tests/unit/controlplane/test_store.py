"""The document store: bodies, columns, links, transactions, durability."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from palette_sdk.controlplane import migrations
from palette_sdk.controlplane.store import Store
from palette_sdk.errors import LocalError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store(tmp_path / "palette.db")
    yield store
    store.close()


def test_put_and_get(store: Store) -> None:
    """A body comes back as a copy that shares nothing with what was put."""
    body = {"a": {"b": [1, "ü"]}}
    with store.atomic() as tx:
        tx.put("k", "u", body)
        body["a"]["b"].append(2)
        got = tx.get("k", "u")
        assert got == {"a": {"b": [1, "ü"]}}
        assert tx.get("k", "v") is None
        assert tx.get("other", "u") is None


def test_put_keeps_columns_that_are_not_given(store: Store) -> None:
    """Putting again changes the body and the columns that are given, no others."""
    with store.atomic() as tx:
        tx.put("k", "u", {"n": 1}, project="p", name="n", parent="q", due=5.0)
        tx.put("k", "u", {"n": 2}, name="m")
        row = tx.row("k", "u")
        assert row is not None
        assert row[2:] == ("p", "m", "q", 5.0, {"n": 2})
        tx.put("k", "u", {"n": 2}, due=None)
        assert tx.row("k", "u") == row._replace(due=None)


def test_find_in_order_of_creation(store: Store) -> None:
    """Lists come in order of creation, also after updates, narrowed by columns, in pages."""
    with store.atomic() as tx:
        for number in range(5):
            tx.put("k", f"u{4 - number}", {"n": number}, project="p" if number % 2 else "", name=f"n{number % 2}")
        tx.put("k", "u4", {"n": 0})
        assert [body["n"] for body in tx.find("k")] == [0, 1, 2, 3, 4]
        assert [body["n"] for body in tx.find("k", project="p")] == [1, 3]
        assert [body["n"] for body in tx.find("k", project="", name="n0")] == [0, 2, 4]
        assert [body["n"] for body in tx.find("k", limit=2, offset=1)] == [1, 2]
        assert (tx.count("k"), tx.count("k", project="p"), tx.count("x")) == (5, 2, 0)


def test_due(store: Store) -> None:
    """What is due comes earliest first, up to and including now; the rest waits."""
    with store.atomic() as tx:
        for uid, due in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("n", None)):
            tx.put("k", uid, {}, due=due)
        assert [row.uid for row in tx.due(2.0)] == ["a", "b"]
        assert [row.uid for row in tx.due(9.0, limit=1)] == ["a"]
        assert tx.next_due() == 1.0
        for uid in "abc":
            tx.delete("k", uid)
        assert tx.next_due() is None


def test_delete(store: Store) -> None:
    """Deleting says whether there was something."""
    with store.atomic() as tx:
        tx.put("k", "u", {})
        assert tx.delete("k", "u") is True
        assert tx.delete("k", "u") is False


def test_links(store: Store) -> None:
    """Links are found from both ends, are there once, and go by either end."""
    with store.atomic() as tx:
        for source, target in (("c1", "p1"), ("c1", "p2"), ("c2", "p1"), ("c2", "p1")):
            tx.link("uses", source, target)
        assert tx.linked("uses", source="c1") == ["p1", "p2"]
        assert tx.linked("uses", target="p1") == ["c1", "c2"]
        assert tx.linked("other", target="p1") == []
        tx.unlink("uses", source="c1", target="p1")
        assert tx.linked("uses", target="p1") == ["c2"]
        tx.unlink("uses", source="c1")
        assert tx.linked("uses", target="p2") == []
        with pytest.raises(ValueError, match="source or a target"):
            tx.unlink("uses")
        with pytest.raises(ValueError, match="not both"):
            tx.linked("uses", source="c1", target="p1")


def test_an_error_rolls_back(store: Store) -> None:
    """Nothing of a block that an error leaves is kept, and the error is the one that is seen."""
    with pytest.raises(KeyError, match="mine"), store.atomic() as tx:  # noqa: PT012 - the block is tested
        tx.put("k", "u", {})
        raise KeyError("mine")
    with store.atomic() as tx:
        assert tx.count("k") == 0


def test_nested_blocks(store: Store) -> None:
    """An inner block that fails takes back its own work only; an outer one takes all."""
    with store.atomic() as tx:
        tx.put("k", "outer", {})
        with pytest.raises(KeyError), store.atomic() as inner:  # noqa: PT012 - the block is tested
            inner.put("k", "inner", {})
            raise KeyError
        with store.atomic() as inner:
            inner.put("k", "kept", {})
        assert [row.uid for row in tx.rows("k")] == ["outer", "kept"]
    with pytest.raises(KeyError), store.atomic():  # noqa: PT012 - the block is tested
        with store.atomic() as inner:
            inner.put("k", "more", {})
        raise KeyError
    with store.atomic() as tx:
        assert tx.count("k") == 2


def test_the_first_error_is_not_masked(store: Store) -> None:
    """When rolling back fails too, the error that left the block is seen."""
    with pytest.raises(KeyError, match="first"), store.atomic():  # noqa: PT012 - the block is tested
        store._sql.execute("ROLLBACK")
        raise KeyError("first")
    with store.atomic() as tx:
        tx.put("k", "u", {})


def test_snapshot_and_restore(store: Store) -> None:
    """Restoring brings back objects, order and links, and leaves the settings."""
    with store.atomic() as tx:
        tx.put("k", "a", {"n": 1}, due=1.0)
        tx.link("uses", "a", "b")
    snapshot = store.snapshot()
    with store.atomic() as tx:
        tx.delete("k", "a")
        tx.put("k", "z", {})
        tx.unlink("uses", source="a")
        tx.meta_set("setting", 7)
    store.restore(snapshot)
    with store.atomic() as tx:
        assert [row.uid for row in tx.rows("k")] == ["a"]
        assert tx.linked("uses", source="a") == ["b"]
        assert (tx.meta_get("setting"), tx.meta_get("none", "default")) == (7, "default")


def test_lists_use_indexes(store: Store) -> None:
    """Finding by project, name and parent, what is due, and who uses what: none of it scans the tables."""
    queries = (
        "SELECT body FROM objects WHERE kind = 'k' AND project = 'p' ORDER BY seq LIMIT 50",
        "SELECT body FROM objects WHERE kind = 'k' AND name = 'n' ORDER BY seq",
        "SELECT body FROM objects WHERE kind = 'k' AND parent = 'q' ORDER BY seq",
        "SELECT body FROM objects WHERE due IS NOT NULL AND due <= 1 ORDER BY due, seq",
        "SELECT source FROM links WHERE kind = 'k' AND target = 't'",
    )
    for query in queries:
        plan = " ".join(str(row) for row in store._sql.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "SCAN" not in plan.replace("SCAN CONSTANT", ""), plan
        assert "TEMP B-TREE" not in plan, plan


_WRITE_UNTIL_KILLED = """
import os, signal, sys
from palette_sdk.controlplane.store import Store

store = Store(sys.argv[1])
with open(sys.argv[2], "a", buffering=1) as log:
    for number in range(51):
        with store.atomic() as tx:
            tx.put("k", f"u{number}", {"n": number})
        log.write(f"u{number}\\n")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """After a SIGKILL everything that was committed is there."""
    path, acknowledged = tmp_path / "palette.db", tmp_path / "acknowledged"
    done = subprocess.run(
        [sys.executable, "-c", _WRITE_UNTIL_KILLED, str(path), str(acknowledged)], check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "palette.db-wal").exists()
    store = Store(path)
    with store.atomic() as tx:
        there = {row.uid for row in tx.rows("k")}
    store.close()
    assert set(acknowledged.read_text().split()) == there
    assert len(there) == 51


def test_reopen(tmp_path: Path) -> None:
    """A file that is opened again has what it had."""
    first = Store(tmp_path / "palette.db")
    with first.atomic() as tx:
        tx.put("k", "u", {"n": 1})
    first.close()
    second = Store(tmp_path / "palette.db")
    with second.atomic() as tx:
        assert tx.get("k", "u") == {"n": 1}
    second.close()


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    """A file of a newer version is refused with what to do, and left as it is."""
    path = tmp_path / "palette.db"
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {len(migrations.STEPS) + 1}")
    raw.close()
    with pytest.raises(LocalError, match="use the newer palette_sdk"):
        Store(path)


def test_older_schema_is_brought_forward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of an older version gets the steps it lacks, and keeps its objects."""
    path = tmp_path / "palette.db"
    old = Store(path)
    with old.atomic() as tx:
        tx.put("k", "u", {"n": 1})
    old.close()
    more = (*migrations.STEPS, ("CREATE TABLE later (x)",))
    monkeypatch.setattr(migrations, "STEPS", more)
    new = Store(path)
    with new.atomic() as tx:
        assert tx.get("k", "u") == {"n": 1}
    assert new._sql.execute("SELECT count(*) FROM later").fetchone() == (0,)
    assert new._sql.execute("PRAGMA user_version").fetchone() == (len(more),)
    new.close()


@pytest.mark.parametrize("content", [b"this is not a database, it is a text of some length" * 20])
def test_no_database(tmp_path: Path, content: bytes) -> None:
    """A file that is no database is refused in one clear line that names it."""
    path = tmp_path / "palette.db"
    path.write_bytes(content)
    with pytest.raises(LocalError, match=r"palette\.db can't be used"):
        Store(path)


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that does not exist is refused."""
    with pytest.raises(LocalError, match="can't be opened"):
        Store(tmp_path / "nowhere" / "palette.db")
