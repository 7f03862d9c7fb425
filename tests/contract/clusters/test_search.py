"""Searching and listing clusters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clusters import data
from tests.contract.conftest import Api


@pytest.fixture
def fleet(api: Api) -> dict[str, str]:
    """Three clusters with tags, by name."""
    profile = data.profile(api)
    uids = {name: data.created(api, name, profile) for name in ("front", "back", "batch")}
    labels: dict[str, dict[str, str]] = {
        "front": {"service": "hello-universe-frontend", "web": "spectro__tag"},
        "back": {"service": "hello-universe-backend"},
        "batch": {},
    }
    for name, uid in uids.items():
        body = {"metadata": {"name": name, "labels": labels[name], "annotations": {}}}
        api.ok("PATCH", f"/v1/spectroclusters/{uid}/metadata", body, status=204)
    return uids


def names(found: Any) -> list[str]:
    """The names in an answer."""
    return [each["metadata"]["name"] for each in found["items"]]


def test_search_right_after_create_finds_the_cluster(api: Api) -> None:
    """A search by name directly after the create finds exactly one; listmeta is there."""
    uid = data.created(api, "web")
    found = data.search(api, data.text("clusterName", "web"))
    assert [each["metadata"]["uid"] for each in found["items"]] == [uid]
    assert found["listmeta"] == {"continue": "", "count": 1, "limit": 1, "offset": 1}
    row = found["items"][0]
    assert row["status"]["state"] == "Pending"
    assert row["specSummary"]["cloudConfig"]["cloudType"] == "aws"
    assert [each["name"] for each in row["specSummary"]["clusterProfileTemplates"]] == ["web"]


def test_tags_are_found_in_both_spellings(api: Api, fleet: dict[str, str]) -> None:
    """key:value finds pairs; a bare tag is found as web and as web:spectro__tag; a key alone finds no pair."""
    assert names(data.search(api, data.text("tags", "service:hello-universe-frontend"))) == ["front"]
    assert names(data.search(api, data.text("tags", "web"))) == ["front"]
    assert names(data.search(api, data.text("tags", "web:spectro__tag"))) == ["front"]
    assert names(data.search(api, data.text("tags", "service"))) == []
    pair = {
        "property": "tags",
        "type": "keyValue",
        "condition": {
            "keyValue": {"key": "service", "operator": "contains", "match": {"conjunction": "or", "values": ["back"]}}
        },
    }
    assert names(data.search(api, pair)) == ["back"]
    assert api.ok("GET", "/v1/spectroclusters/tags")["tags"] == [
        "service:hello-universe-backend", "service:hello-universe-frontend", "web",
    ]  # fmt: skip


def test_conjunctions_negation_and_operators(api: Api, fleet: dict[str, str]) -> None:
    """and, or, negation, contains, beginsWith and ignoreCase mean what they say."""
    starts = data.text("clusterName", "b", operator="beginsWith")
    holds = data.text("clusterName", "RON", operator="contains", ignoreCase=True)
    assert names(data.search(api, starts)) == ["back", "batch"]
    assert names(data.search(api, starts, holds, conjunction="or")) == ["front", "back", "batch"]
    assert names(data.search(api, starts, holds)) == []
    assert names(data.search(api, data.text("clusterName", "back", "front"))) == ["front", "back"]
    assert names(data.search(api, data.text("clusterName", "back", negation=True))) == ["front", "batch"]
    assert names(data.search(api, data.text("clusterState", "Running"))) == []
    assert names(data.search(api, data.text("environment", "aws"))) == ["front", "back", "batch"]
    deleted = {"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": True}}}
    assert names(data.search(api, deleted)) == []
    late = {"operator": "gt", "match": {"conjunction": "and", "values": ["2020-01-01T00:00:00.000Z"]}}
    date = {"property": "creationTimestamp", "type": "date", "condition": {"date": late}}
    assert len(names(data.search(api, date))) == 3


def test_sorting(api: Api, fleet: dict[str, str]) -> None:
    """By name, both ways; an unknown field is refused."""
    by_name = [{"field": "clusterName", "order": "asc"}]
    assert names(data.search(api, sort=by_name)) == ["back", "batch", "front"]
    assert names(data.search(api, sort=[{"field": "clusterName", "order": "desc"}])) == ["front", "batch", "back"]
    path = "/v1/dashboard/spectroclusters/search"
    api.refused("POST", path, {"sort": [{"field": "size"}]}, status=400, code="InvalidQuery")


@pytest.mark.parametrize(
    "item",
    [
        {
            "property": "nobody",
            "type": "string",
            "condition": {"string": {"operator": "eq", "match": {"values": ["a"]}}},
        },
        {
            "property": "tags",
            "type": "string",
            "condition": {"string": {"operator": "like", "match": {"values": ["a"]}}},
        },
        {"property": "tags", "type": "text", "condition": {}},
        {"property": "tags", "type": "string", "condition": {}},
        {"property": "nodeCount", "type": "int", "condition": {"int": {"operator": "eq", "match": {"values": ["x"]}}}},
    ],
)
def test_a_filter_that_can_not_be_read_is_refused(api: Api, item: Any) -> None:
    """Unknown properties, operators and types are refused instead of dropped."""
    body = {"filter": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": [item]}]}}
    api.refused("POST", "/v1/dashboard/spectroclusters/search", body, status=400, code="InvalidQuery")


def test_pages(api: Api, fleet: dict[str, str]) -> None:
    """Pages follow the continue token until it is empty; limit=0 means everything."""
    first = data.search(api, query="?limit=2")
    assert names(first) == ["front", "back"]
    assert first["listmeta"]["count"] == 3
    token = first["listmeta"]["continue"]
    second = data.search(api, query=f"?limit=2&continue={token}")
    assert names(second) == ["batch"]
    assert second["listmeta"]["continue"] == ""
    assert len(names(data.search(api, query="?limit=0"))) == 3
    narrowed = data.search(api, data.text("clusterName", "b", operator="beginsWith"), query="?limit=1")
    assert narrowed["listmeta"]["count"] == 2
    assert names(narrowed) == ["back"]


def test_the_other_lists(api: Api, fleet: dict[str, str]) -> None:
    """Metadata lists, meta, schema and input give what they describe."""
    board = "/v1/dashboard/spectroclusters"
    assert [each["name"] for each in api.ok("GET", f"{board}/metadata")["items"]] == ["front", "back", "batch"]
    body = {"filter": {"name": {"beginsWith": "B"}}, "sort": "name"}
    assert [each["name"] for each in api.ok("POST", f"{board}/metadata", body)["items"]] == ["back", "batch"]
    assert [each["metadata"]["name"] for each in api.ok("GET", f"{board}/meta")] == ["front", "back", "batch"]
    light = api.ok("POST", f"{board}/metadata/search", {})
    assert light["items"][0]["specSummary"]["tags"] == ["service:hello-universe-frontend", "web"]
    known = {each["name"] for each in api.ok("GET", f"{board}/search/schema")["schema"]["properties"]}
    assert {"clusterName", "tags", "environment", "isDeleted"} <= known
    choices = api.ok("GET", f"{board}/search/input")["inputs"]
    assert {each["name"] for each in choices["clusterName"]["values"]} == {"front", "back", "batch"}


def test_metadata_is_replaced_map_by_map(api: Api, fleet: dict[str, str]) -> None:
    """Labels that are given replace the whole map; a new name must be free; zero times are ignored."""
    path = f"/v1/spectroclusters/{fleet['front']}/metadata"
    zero = "0001-01-01T00:00:00.000Z"
    api.ok("PATCH", path, {"metadata": {"name": "front", "labels": {"a": "b"}, "creationTimestamp": zero}}, status=204)
    metadata = data.get(api, fleet["front"])["metadata"]
    assert metadata["labels"] == {"a": "b"}
    assert metadata["creationTimestamp"] > "2026"
    api.refused("PATCH", path, {"metadata": {"name": "back"}}, status=409, code="ResourceAlreadyExists")
    api.ok("PATCH", path, {"metadata": {"name": "renamed", "labels": {}}}, status=204)
    assert names(data.search(api, data.text("clusterName", "renamed"))) == ["renamed"]
