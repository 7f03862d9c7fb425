"""What a call costs with few and with many clusters of a template, counted in statements and in bodies that are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.app import create_app
from tests.contract import templates_data as data
from tests.contract.clusters import data as clusters
from tests.contract.conftest import Api

BOARD = "/v1/dashboard"
FEW, MANY = 12, 48
Cost = tuple[int, int]


def cost(api: Api, call: Callable[[], Any]) -> Cost:
    """Statements and bodies that a call takes; it is made once before, so that what is read once has been read."""
    call()
    counted = api.store.counted
    before = counted.statements, counted.bodies
    call()
    return counted.statements - before[0], counted.bodies - before[1]


@pytest.fixture
def fleet(api: Api) -> tuple[str, str, list[str]]:
    """A template with few clusters, one of them with a name for a tag, and an update of a profile that waits on others."""
    uid = data.template(api, data.profile(api), policy_uid=data.policy(api))
    own = data.profile(api, name="own")
    uids = grow(api, uid, own, 0, FEW)
    return uid, own, uids


def grow(api: Api, template: str, own: str, first: int, until: int) -> list[str]:
    """More clusters of the template, and as many of a profile of their own that is changed then."""
    body = data.cluster_body(api, "", template)
    plain = clusters.cluster("", body["spec"]["cloudAccountUid"], [{"uid": own}])
    uids = []
    for number in range(first, until):
        body["metadata"] = {"name": f"c{number}", "labels": {"env": "prod", f"c{number}": "spectro__tag"}}
        uids.append(str(api.ok("POST", "/v1/spectroclusters/aws", body, status=201)["uid"]))
        plain["metadata"] = {"name": f"plain-{number}", "labels": {}}
        api.ok("POST", "/v1/spectroclusters/aws", plain, status=201)
    variables = {"variables": [{**data.COUNT, "defaultValue": str(until)}]}
    api.ok("PUT", f"/v1/clusterprofiles/{own}/variables", variables, status=204)
    api.ok("PATCH", f"/v1/clusterprofiles/{own}/publish", status=204)
    api.clock.advance(21 * 60)
    return uids


def test_a_page_costs_the_same_with_many(api: Api, fleet: tuple[str, str, list[str]]) -> None:
    """Each list with pages, and each call about one cluster, takes as many statements and reads as many bodies whether
    there are few clusters or many."""
    template, own, uids = fleet
    search, board = f"{BOARD}/spectroclusters/search?limit=10", f"{BOARD}/spectroclusters"
    of_template = clusters.text("clusterTemplateUid", template)
    at = f"{data.TEMPLATES}/{template}"
    calls: dict[str, tuple[str, str, Any]] = {
        "all": ("POST", search, {}),
        "by name": ("POST", search, data.searched(clusters.text("clusterName", "c3"))),
        "by tag": ("POST", search, data.searched(clusters.text("tags", "env:prod"))),
        "by the tag of one": ("POST", search, data.searched(clusters.text("tags", "c3"))),
        "by template": ("POST", search, data.searched(of_template)),
        "by template and state": ("POST", search, data.searched(of_template, clusters.text("clusterState", "Running"))),
        "by health": ("POST", search, data.searched(clusters.text("healthState", "Healthy"))),
        "by profile": ("POST", search, data.searched(clusters.text("profileUid", own))),
        "sorted": ("POST", search, {"sort": [{"field": "clusterName", "order": "asc"}]}),
        "sorted, falling": ("POST", search, {"sort": [{"field": "clusterName", "order": "desc"}]}),
        "light": ("POST", f"{board}/metadata/search?limit=10", data.searched(of_template)),
        "repaves": ("GET", f"{board}/repaveStatus?limit=10", None),
        "events": ("GET", "/v1/events/components?limit=10", None),
        "notifications": ("GET", "/v1/notifications/?limit=10", None),
        "open notifications": ("GET", "/v1/notifications/?limit=10&isDone=false", None),
        "policies": ("POST", f"{BOARD}/spcPolicies?limit=10", {}),
        "a cluster": ("GET", f"/v1/spectroclusters/{uids[3]}", None),
        "its overview": ("GET", f"{board}/{uids[3]}/overview", None),
        "its record": ("GET", f"{at}/spectroclusters/{uids[3]}/reconcile", None),
        "is the name free": ("GET", "/v1/spectroclusters/validate/name?name=other", None),
    }
    few = {name: cost(api, partial(api.call, *call)) for name, call in calls.items()}
    grow(api, template, own, FEW, MANY)
    many = {name: cost(api, partial(api.call, *call)) for name, call in calls.items()}
    assert many == few
    assert {name: bodies for name, (_, bodies) in many.items() if bodies > 20} == {}


def test_a_database_without_cards(api: Api, fleet: tuple[str, str, list[str]]) -> None:
    """Clusters, records and notifications of a database from before there were cards are found as they were."""
    template, _, uids = fleet
    paths: dict[str, tuple[str, str, Any]] = {
        "clusters": ("POST", f"{BOARD}/spectroclusters/search", {}),
        "by tag": ("POST", f"{BOARD}/spectroclusters/search", data.searched(clusters.text("tags", "c3"))),
        "notifications": ("GET", "/v1/notifications/?isDone=false", None),
        "template": ("GET", f"{data.TEMPLATES}/{template}", None),
    }
    before = {name: api.call(*path).json() for name, path in paths.items()}
    with api.store.atomic() as tx:
        rows = {kind: tx.rows(kind) for kind in (kinds.CLUSTER, kinds.FOLLOWER, kinds.NOTIFICATION)}
        for row in (row for found in rows.values() for row in found):
            tx.delete(row.kind, row.uid)
            tx.put(row.kind, row.uid, row.body, project=row.project, name=row.name, parent=row.parent, due=row.due)
    assert api.call(*paths["clusters"]).json()["items"] == []
    create_app(api.store, api.clock, api_key="k")
    assert {name: api.call(*path).json() for name, path in paths.items()} == before
    assert len(before["by tag"]["items"]) == 1
    assert before["template"]["spec"]["clusters"].keys() == set(uids)


def test_time_costs_what_is_due(api: Api, fleet: tuple[str, str, list[str]]) -> None:
    """While many clusters are built, a call that comes before the next step of any costs what it costs without them, and
    a second of the clock what is due in it."""
    template, _, uids = fleet
    read = f"/v1/spectroclusters/{uids[0]}"
    idle = cost(api, lambda: api.ok("GET", read))
    body = data.cluster_body(api, "", template)
    for number in range(MANY):
        body["metadata"] = {"name": f"new-{number}"}
        api.ok("POST", "/v1/spectroclusters/aws", body, status=201)
    assert cost(api, lambda: api.ok("GET", read)) == idle
    steps = 0
    for _ in range(30):
        before = api.store.counted.bodies
        api.clock.advance(1)
        api.ok("GET", read)
        steps += api.store.counted.bodies - before - idle[1] > 0
    assert 0 < steps < 30, "there are seconds in which nothing is due, and nothing is done"
    assert cost(api, lambda: api.ok("GET", read)) == idle


def test_changes_of_all_cost_so_much_a_cluster(api: Api, fleet: tuple[str, str, list[str]]) -> None:
    """Relinking and upgrading take a fixed number of statements a cluster, and read what all share once."""
    template, own, _ = fleet
    second, third = data.profile(api, "1.1.0"), data.profile(api, "1.2.0")
    at = f"{data.TEMPLATES}/{template}/profiles"
    upgrade = f"/v1/spectroclusters/clusterTemplates/{template}/clusters/upgrade"

    def costs(profile: str) -> tuple[Cost, Cost]:
        found = []
        for method, path, body in (("PUT", at, {"profiles": [{"uid": profile}]}), ("PATCH", upgrade, None)):
            counted = api.store.counted
            before = counted.statements, counted.bodies
            api.ok(method, path, body, status=204)
            found.append((counted.statements - before[0], counted.bodies - before[1]))
        return found[0], found[1]

    few = costs(second)
    api.clock.advance(600)
    grow(api, template, own, FEW, MANY)
    assert data.state(api, template) == "Applied"
    many = costs(third)
    more = MANY - FEW
    for (few_statements, few_bodies), (statements, bodies), most in zip(few, many, (12, 40), strict=True):
        assert statements - few_statements <= most * more
        assert bodies - few_bodies <= 6 * more
