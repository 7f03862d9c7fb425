"""The cost of time and of lists follows what is due and what is shown, not how many clusters there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import clusters_lifecycle, clusters_search
from palette_sdk.controlplane.store import Row, Store, Tx
from tests.unit.controlplane.simulation.test_cluster import START, new

COUNT = 300
ALWAYS = {
    "filter": {
        "conjunction": "and",
        "filterGroups": [
            {
                "conjunction": "and",
                "filters": [
                    {
                        "property": "environment",
                        "type": "string",
                        "condition": {"string": {"operator": "eq", "negation": True, "match": {"values": ["nested"]}}},
                    },
                    {"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": False}}},
                ],
            }
        ],
    }
}


class CountingTx(Tx):
    """Counts the clusters that were read."""

    def __init__(self, inner: Tx) -> None:
        self.__dict__ = inner.__dict__
        self.read: list[int] = []

    def rows(self, kind: str, *args: Any, **kwargs: Any) -> list[Row]:
        """As in Tx."""
        found = super().rows(kind, *args, **kwargs)
        self.read.append(len(found))
        return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with many clusters in a project, each due at another moment."""
    made = Store(tmp_path / "palette.db")
    with made.atomic() as tx:
        for number in range(COUNT):
            uid = f"{number:024x}"
            doc = new(uid) | {"project": "p", "profiles": [], "cloud": "aws", "cloudConfig": {}, "services": []}
            doc["metadata"] |= {"name": f"c{number}"}
            tx.put(kinds.CLUSTER, uid, doc, project="p", name=f"c{number}", due=START + number)
            doc["steps"] = [[START + number, "maintenance", "none/none"]]
            tx.put(kinds.CLUSTER, uid, doc)
    yield made
    made.close()


def work(tx: Tx) -> Work:
    """Work in the project; searching needs no environment."""
    return Work(tx=tx, env=None, now=START, project="p")  # type: ignore[arg-type]


def test_a_plain_page_reads_only_its_own_rows(store: Store) -> None:
    """With the filter that clients always send, a page reads as many clusters as it shows."""
    with store.atomic() as tx:
        counting = CountingTx(tx)
        found = clusters_search.find(work(counting), ALWAYS, limit=10, offset=20)
    assert (found.total, [doc["metadata"]["name"] for doc in found.items]) == (COUNT, [f"c{n}" for n in range(20, 30)])
    assert sum(counting.read) == 10


def test_a_search_by_name_reads_one(store: Store) -> None:
    """An exact name comes from the index."""
    group = {
        "filters": [
            {
                "property": "clusterName",
                "type": "string",
                "condition": {"string": {"operator": "eq", "match": {"values": ["c7"]}}},
            }
        ]
    }
    groups = [*ALWAYS["filter"]["filterGroups"], group]
    with store.atomic() as tx:
        counting = CountingTx(tx)
        found = clusters_search.find(work(counting), {"filter": {"filterGroups": groups}}, limit=50, offset=0)
    assert [doc["metadata"]["name"] for doc in found.items] == ["c7"]
    assert sum(counting.read) == 1


def test_settling_touches_only_what_is_due(store: Store) -> None:
    """Clusters whose moment has not come stay as they are; settling again writes nothing."""
    with store.atomic() as tx:
        before = tx.changes()
        clusters_lifecycle.settle(tx, START + 9)
        assert tx.changes() - before == 10
        before = tx.changes()
        clusters_lifecycle.settle(tx, START + 9)
        assert tx.changes() == before
        assert tx.next_due() == START + 10
