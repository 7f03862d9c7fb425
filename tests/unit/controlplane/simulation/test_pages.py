"""The cost of time and of lists follows what is due and what is shown, not how many clusters there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_lifecycle, clusters_search
from palette_sdk.controlplane.store import Store, Tx
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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with many clusters in a project, each due at another moment."""
    made = Store(tmp_path / "palette.db")
    facts: dict[str, Any] = {
        "project": "p", "profiles": [], "cloud": "aws", "cloudConfig": {}, "services": [], "clusterType": "",
        "clusterTemplate": "t", "accountUid": "a", "location": {},
    }  # fmt: skip
    with made.atomic() as tx:
        for number in range(COUNT):
            uid = f"{number:024x}"
            doc = new(uid) | facts
            labels = {"env": "prod" if number % 2 else "test"}
            doc["metadata"] |= {"name": f"c{number}", "labels": labels, "creationTimestamp": f"{number:04}"}
            doc["steps"] = [[START + number, "maintenance", "none/none"]]
            tx.put(kinds.CLUSTER, uid, doc, project="p", name=f"c{number}")
            documents.save(tx, doc)
    yield made
    made.close()


def work(tx: Tx) -> Work:
    """Work in the project; searching needs no environment."""
    return Work(tx=tx, env=None, now=START, project="p")  # type: ignore[arg-type]


def exact(name: str, value: str) -> Any:
    """A condition for one exact text."""
    return {
        "property": name,
        "type": "string",
        "condition": {"string": {"operator": "eq", "match": {"values": [value]}}},
    }


def searched(store: Store, *filters: Any, sort: str = "", order: str = "asc") -> tuple[list[str], int, int]:
    """Names on the third page of ten, how many there are in all, and how many bodies and cards were read to say so."""
    body: dict[str, Any] = {"filter": {"filterGroups": [*ALWAYS["filter"]["filterGroups"], {"filters": [*filters]}]}}
    if sort:
        body["sort"] = [{"field": sort, "order": order}]
    before = store.counted.bodies
    with store.atomic() as tx:
        found = clusters_search.find(work(tx), body, limit=10, offset=20)
        docs = clusters_search.whole(work(tx), found.uids)
    return [doc["metadata"]["name"] for doc in docs], found.total, store.counted.bodies - before


def test_a_page_reads_only_its_own_rows(store: Store) -> None:
    """With the filter that clients always send, with exact values and sorted by one of them, a page reads as many clusters
    as it shows."""
    every = [f"c{n}" for n in range(20, 30)]
    assert searched(store) == (every, COUNT, 10)
    assert searched(store, exact("clusterTemplateUid", "t")) == (every, COUNT, 10)
    odd = [f"c{n}" for n in range(41, 61, 2)]
    assert searched(store, exact("tags", "env:prod")) == (odd, COUNT // 2, 10)
    assert searched(store, exact("environment", "aws"), exact("tags", "env:prod")) == (odd, COUNT // 2, 10)
    by_name = sorted(f"c{n}" for n in range(COUNT))
    assert searched(store, sort="clusterName") == (by_name[20:30], COUNT, 10)
    assert searched(store, sort="clusterName", order="desc") == (by_name[::-1][20:30], COUNT, 10)
    assert searched(store, sort="clusterState", order="desc") == (every, COUNT, 10)


def test_a_search_by_name_reads_one(store: Store) -> None:
    """An exact name comes from the index."""
    body = {"filter": {"filterGroups": [*ALWAYS["filter"]["filterGroups"], {"filters": [exact("clusterName", "c7")]}]}}
    before = store.counted.bodies
    with store.atomic() as tx:
        found = clusters_search.find(work(tx), body, limit=50, offset=0)
        (doc,) = clusters_search.whole(work(tx), found.uids)
    assert (doc["metadata"]["name"], found.total, store.counted.bodies - before) == ("c7", 1, 1)


def test_what_no_index_tells_reads_cards_of_what_an_index_leaves(store: Store) -> None:
    """A part of a name is looked for on the cards of those that have the exact values."""
    part = exact("clusterName", "c2")
    part["condition"]["string"]["operator"] = "beginsWith"
    names, total, read = searched(store, part, exact("tags", "env:prod"))
    expected = [f"c{n}" for n in range(COUNT) if n % 2 and f"c{n}".startswith("c2")]
    assert (names, total, read) == (expected[20:30], len(expected), COUNT // 2 + 10)


def test_conditions_of_which_one_must_hold_are_not_exact(store: Store) -> None:
    """With `or` no single value is demanded."""
    group = {"conjunction": "or", "filters": [exact("tags", "env:prod"), exact("clusterName", "c2")]}
    with store.atomic() as tx:
        found = clusters_search.find(work(tx), {"filter": {"filterGroups": [group]}}, limit=0, offset=0)
        both = {"conjunction": "or", "filterGroups": [{"filters": [each]} for each in group["filters"]]}
        assert clusters_search.find(work(tx), {"filter": both}, limit=0, offset=0).total == found.total
    assert found.total == COUNT // 2 + 1


def test_settling_touches_only_what_is_due(store: Store) -> None:
    """Clusters whose moment has not come stay as they are; settling again writes nothing."""
    with store.atomic() as tx:
        before = tx.changes()
        clusters_lifecycle.settle(tx, START + 9)
        assert tx.changes() - before == 10, "no card has changed"
        before = tx.changes()
        clusters_lifecycle.settle(tx, START + 9)
        assert tx.changes() == before
        assert tx.next_due() == START + 10
