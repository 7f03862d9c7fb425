"""Cluster templates: what they link, what they refuse, and clusters that are created from them."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane.routes import policies, templates
from tests.contract import profiles_data
from tests.contract import templates_data as data
from tests.contract.clusters import data as clusters
from tests.contract.conftest import Api

AT = data.TEMPLATES
UNKNOWN = "0" * 24


def test_a_template_lives(api: Api) -> None:
    """Created, read, renamed, another policy, another version, deleted."""
    linked, policy = data.profile(api), data.policy(api)
    uid = data.template(api, linked, policy_uid=policy, replicas="2")
    found = api.ok("GET", f"{AT}/{uid}")
    assert found["metadata"]["annotations"]["description"] == "d"
    variables = [{"name": "replicas", "assignStrategy": "all", "value": "2"}]
    assert found["spec"] == {
        "cloudType": "aws",
        "profiles": [{"uid": linked, "variables": variables}],
        "policies": [{"uid": policy, "kind": "maintenance"}],
        "clusters": {},
    }
    assert found["status"] == {
        "state": "Applied",
        "clusterStatusCounts": {"clusters": {"applied": [], "failed": [], "pending": []}},
        "clusterVariables": {"resolved": 0, "unResolved": 0},
        "maintenance": {
            "nextWindowStartTime": "2026-01-11T00:00:00.000Z",
            "nextWindowEndTime": "2026-01-11T04:00:00.000Z",
        },
    }
    api.ok("PATCH", f"{AT}/{uid}/metadata", {"metadata": {"name": "fleet-2", "labels": {"a": "b"}}}, status=204)
    api.ok("PATCH", f"{AT}/{uid}/policies", {"policies": []}, status=204)
    second = data.profile(api, "1.1.0")
    data.relink(api, uid, second)
    found = api.ok("GET", f"{AT}/{uid}")
    assert (found["metadata"]["name"], found["metadata"]["labels"]) == ("fleet-2", {"a": "b"})
    assert (found["spec"]["policies"], found["status"]["maintenance"]) == ([], {})
    assert found["spec"]["profiles"] == [{"uid": second, "variables": []}]
    api.ok("DELETE", f"{AT}/{uid}", status=204)
    api.refused("GET", f"{AT}/{uid}", status=404, code="ResourceNotFound")
    api.ok("DELETE", f"{data.POLICIES}/{policy}", status=204)
    for profile in (linked, second):
        api.ok("DELETE", f"/v1/clusterprofiles/{profile}", status=204)


def test_what_is_not_there(api: Api) -> None:
    """All calls about a template that isn't there are refused alike."""
    for method, path, body in (
        ("GET", f"{AT}/{UNKNOWN}", None),
        ("DELETE", f"{AT}/{UNKNOWN}", None),
        ("PATCH", f"{AT}/{UNKNOWN}/metadata", {"metadata": {}}),
        ("PUT", f"{AT}/{UNKNOWN}/profiles", {"profiles": []}),
        ("PATCH", f"{AT}/{UNKNOWN}/policies", {"policies": []}),
        ("PATCH", f"{AT}/{UNKNOWN}/profiles/variables", {"profiles": []}),
        ("GET", f"{AT}/{UNKNOWN}/profiles/{UNKNOWN}/variables", None),
        ("GET", f"{AT}/{UNKNOWN}/spectroclusters/{UNKNOWN}/reconcile", None),
        ("PATCH", f"{AT}/spectroclusters/{UNKNOWN}/variables", {"profiles": []}),
        ("PATCH", f"/v1/spectroclusters/clusterTemplates/{UNKNOWN}/clusters/upgrade", None),
        ("POST", f"/v1/spectroclusters/clusterTemplates/{UNKNOWN}/validate/repave", {}),
        ("GET", f"/v1/spectroclusters/clusterTemplates/{UNKNOWN}/profiles", None),
        ("GET", f"{data.BOARD}/{UNKNOWN}/spectroclusters/meta", None),
    ):
        api.refused(method, path, body, status=404, code="ResourceNotFound")


def test_templates_that_can_not_be(api: Api) -> None:
    """Unknown clouds, profiles and policies, two versions of a profile, no infrastructure, drafts: refused, with codes."""
    linked, other = data.profile(api), data.profile(api, "1.1.0")
    extra = profiles_data.created(api, profiles_data.addon(), publish=True)
    draft = profiles_data.created(api, profiles_data.addon("draft"))
    good = data.template_body(linked)

    def refused(code: str, **spec: Any) -> None:
        api.refused("POST", AT, {**good, "spec": {**good["spec"], **spec}}, status=400, code=code)

    refused("ClusterTemplateInvalid", cloudType="moon")
    refused("ClusterProfilesInvalid", cloudType="gcp")
    refused("ClusterProfilesInvalid", profiles=None)
    refused("ClusterProfilesInvalid", profiles=[{"uid": extra}])
    refused("ClusterTemplateInvalid", profiles=[{"uid": linked}, {"uid": other}])
    refused("ReferencedResourceNotFound", profiles=[{"uid": UNKNOWN}])
    refused("ClusterProfileNotPublished", profiles=[{"uid": linked}, {"uid": draft}])
    refused("ReferencedResourceNotFound", policies=[{"uid": UNKNOWN, "kind": "maintenance"}])
    policy = data.policy(api)
    refused("ClusterTemplateInvalid", policies=[{"uid": policy}] * 2)
    refused("PolicyTypeInvalid", policies=[{"uid": policy, "kind": "backup"}])
    refused("InvalidRequest", profiles=[{"variables": []}])
    uid = data.template(api, linked)
    api.refused("POST", AT, good, status=409, code="ResourceAlreadyExists")
    api.refused("GET", f"{AT}/validate/name?name=fleet", status=409, code="ResourceAlreadyExists")
    api.ok("GET", f"{AT}/validate/name?name=other", status=204)
    second = data.template(api, linked, name="other")
    taken = {"metadata": {"name": "other"}}
    api.refused("PATCH", f"{AT}/{uid}/metadata", taken, status=409, code="ResourceAlreadyExists")
    api.ok("DELETE", f"{AT}/{second}", status=204)
    api.refused("PUT", f"{AT}/{uid}/profiles", {}, status=400, code="InvalidRequest")


@pytest.mark.parametrize(
    "variable",
    [
        {"name": "none", "value": "1"},
        {"name": "replicas", "assignStrategy": "some"},
        {"name": "replicas", "assignStrategy": "cluster", "value": "1"},
        {"name": "replicas", "assignStrategy": "all", "value": "many"},
        {"name": "replicas", "assignStrategy": "all", "value": "1", "clusters": [{"uid": UNKNOWN, "value": "1"}]},
    ],
)
def test_variables_of_a_template_that_can_not_be(api: Api, variable: Any) -> None:
    """An unknown name or strategy, a value against the strategy or the format."""
    linked = data.profile(api)
    body = data.template_body(linked)
    body["spec"]["profiles"][0]["variables"] = [variable]
    api.refused("POST", AT, body, status=400, code="VariablesInvalid")
    uid = data.template(api, linked)
    put = {"profiles": body["spec"]["profiles"]}
    api.refused("PUT", f"{AT}/{uid}/profiles", put, status=400, code="VariablesInvalid")
    assert api.ok("GET", f"{AT}/{uid}")["spec"]["profiles"] == [{"uid": linked, "variables": []}]


def test_a_linked_version_is_locked(api: Api) -> None:
    """Editing, publishing and deleting a version is refused while a template links it, and possible afterwards."""
    linked, second = data.profile(api), data.profile(api, "1.1.0")
    uid = data.template(api, linked)
    at = f"/v1/clusterprofiles/{linked}"
    code = "ClusterProfileInUseByTemplate"
    body = {"metadata": {"name": "web"}, "spec": {"version": "1.0.0", "template": {"type": "cluster", "packs": []}}}
    for method, path, given in (
        ("PUT", at, body),
        ("PATCH", f"{at}/publish", None),
        ("PATCH", f"{at}/variables", {"variables": [{"name": "more"}]}),
        ("PATCH", f"{at}/metadata", {"metadata": {"name": "web"}, "spec": {"version": "2.0.0"}}),
    ):
        error = api.refused(method, path, given, status=409, code=code)
        assert "fleet" in error["message"]
    api.ok("PATCH", f"{at}/metadata", {"metadata": {"labels": {"a": "b"}}}, status=204)
    api.refused("DELETE", at, status=409, code="ResourceInUse")
    data.relink(api, uid, second)
    api.ok("PATCH", f"{at}/publish", status=204)
    api.ok("DELETE", at, status=204)
    api.refused("PATCH", f"/v1/clusterprofiles/{second}/publish", status=409, code=code)


def test_clusters_of_a_template(api: Api) -> None:
    """They are Created, then Applied; the template counts them, and can't be deleted before they are gone."""
    linked = data.profile(api)
    uid = data.template(api, linked)
    one, two = data.cluster(api, "one", uid), data.cluster(api, "two", uid, [{"uid": linked}])
    assert data.states(api, uid, [one, two]) == ["Created", "Created"]
    assert data.state(api, uid) == "Pending"
    found = clusters.get(api, one)
    assert found["spec"]["clusterTemplate"] == {"uid": uid, "projectUid": api.project}
    assert [each["uid"] for each in found["spec"]["clusterProfileTemplates"]] == [linked]
    api.clock.advance(21 * 60)
    assert data.states(api, uid, [one, two]) == ["Applied", "Applied"]
    shown = api.ok("GET", f"{AT}/{uid}")
    assert shown["spec"]["clusters"] == {
        one: {"clusterUid": one, "name": "one"},
        two: {"clusterUid": two, "name": "two"},
    }
    assert shown["status"]["state"] == "Applied"
    assert shown["status"]["clusterStatusCounts"]["clusters"]["applied"] == [one, two]
    assert [row["metadata"]["uid"] for row in api.ok("GET", f"{data.BOARD}/{uid}/spectroclusters/meta")] == [one, two]
    running = api.ok("GET", f"/v1/spectroclusters/clusterTemplates/{uid}/profiles")["profiles"]
    assert [each["metadata"]["uid"] for each in running] == [linked]
    api.ok("PATCH", f"/v1/spectroclusters/{one}/metadata", {"metadata": {"name": "eins"}}, status=204)
    assert api.ok("GET", f"{AT}/{uid}")["spec"]["clusters"][one]["name"] == "eins"
    error = api.refused("DELETE", f"{AT}/{uid}", status=409, code="ResourceInUse")
    assert {user["name"] for user in error["details"]["users"]} == {"eins", "two"}
    for cluster in (one, two):
        api.ok("DELETE", f"/v1/spectroclusters/{cluster}", status=204)
    assert api.ok("GET", f"{AT}/{uid}")["spec"]["clusters"] == {}
    api.refused("GET", f"{AT}/{uid}/spectroclusters/{one}/reconcile", status=404, code="ResourceNotFound")
    api.refused("DELETE", f"{AT}/{uid}", status=409, code="ResourceInUse")
    api.clock.advance(600)
    api.ok("DELETE", f"{AT}/{uid}", status=204)


def test_clusters_that_a_template_can_not_have(api: Api) -> None:
    """No or an unknown time zone, another cloud, other profiles, overrides, an unknown template: refused before anything is
    kept, and told by the dry run."""
    linked, other = data.profile(api), data.profile(api, "1.1.0")
    uid = data.template(api, linked)
    override = {"uid": linked, "packValues": [{"name": "hello", "values": "a: 1"}]}

    def refused(code: str, body: Any, cloud: str = "aws") -> None:
        at = f"/v1/spectroclusters/{cloud}"
        api.refused("POST", at, body, status=400, code=code)
        (row,) = api.ok("POST", f"{at}/validate", body)["profiles"]
        assert [each["code"] for each in row["packs"]["results"][0]["errors"]] == [code]

    launch = "ClusterTemplateLaunchInvalid"
    refused(launch, data.cluster_body(api, "c", uid, zone=""))
    refused(launch, data.cluster_body(api, "c", uid, zone="Mars/Olympus"))
    refused(launch, data.cluster_body(api, "c", uid, [override]))
    refused(launch, data.cluster_body(api, "c", uid, [other]))
    refused("ReferencedResourceNotFound", data.cluster_body(api, "c", UNKNOWN))
    wrong = [{"uid": linked, "variables": [{"name": "replicas", "value": "many"}]}]
    refused("VariablesInvalid", data.cluster_body(api, "c", uid, wrong))
    body = data.cluster_body(api, "c", uid)
    assert [row["uid"] for row in api.ok("POST", "/v1/spectroclusters/aws/validate", body)["profiles"]] == [linked]
    gcp = clusters.cluster("c", clusters.account(api, "gcp"), [], "gcp", clusterTemplate={"uid": uid})
    refused(launch, gcp, "gcp")
    assert clusters.search(api)["items"] == []


def test_a_template_manages_its_clusters(api: Api) -> None:
    """Profiles and manifests of its clusters can't be changed past the template; the dry run of packs says so too."""
    uid, linked, (cluster,) = data.fleet(api, "one")
    at, code = f"/v1/spectroclusters/{cluster}", "ClusterManagedByTemplate"
    body = {"profiles": [{"uid": linked, "packValues": [{"name": "hello", "values": "a: 1"}]}]}
    for method, path, given in (
        ("PUT", f"{at}/profiles", body),
        ("PATCH", f"{at}/profiles", body),
        ("DELETE", f"{at}/profiles", {"profileUids": [linked]}),
        ("PATCH", f"{at}/packRefs", {"profiles": []}),
        ("PUT", f"{at}/profiles/{linked}/packs/hello/manifests", {"manifests": [{"uid": "x", "content": "a: 1"}]}),
    ):
        error = api.refused(method, path, given, status=409, code=code)
        assert error["details"]["clusterTemplateUid"] == uid
    (row,) = api.ok("POST", f"{at}/validate/packs", body)["profiles"]
    assert [each["code"] for each in row["packs"]["results"][0]["errors"]] == [code]


def test_lists(api: Api) -> None:
    """Short rows, the search by name, cloud, policy and tag in order and in pages, tags, users of a profile."""
    linked, policy = data.profile(api), data.policy(api)
    uids = {name: data.template(api, linked, name=name) for name in ("b", "a")}
    uids["c"] = data.template(api, linked, name="c", policy_uid=policy)
    rows = api.ok("GET", f"{data.BOARD}/metadata")["items"]
    assert rows == [{"uid": uid, "name": name, "projectUid": api.project} for name, uid in uids.items()]
    cluster = data.cluster(api, "one", uids["a"])

    def names(query: str = "", **body: Any) -> list[str]:
        return [each["metadata"]["name"] for each in api.ok("POST", f"{data.BOARD}{query}", body)["items"]]

    assert names() == ["b", "a", "c"]
    assert names(sort=[{"field": "clusterTemplateName", "order": "desc"}]) == ["c", "b", "a"]
    assert names(sort=[{"field": "cloudType", "order": "asc"}]) == ["b", "a", "c"]
    assert names(filter={"clusterTemplateName": {"contains": "b"}, "cloudType": ["aws"]}) == ["b"]
    assert names(filter={"cloudType": ["gcp"]}) == []
    assert names(filter={"policyUid": {"eq": policy}}) == ["c"]
    assert names(filter={"projectUid": {"eq": api.project}, "tags": {"eq": ["team:a"]}}) == ["b", "a", "c"]
    assert names("?limit=2") == ["b", "a"]
    body = {"sort": [{"field": "color", "order": "asc"}]}
    api.refused("POST", data.BOARD, body, status=400, code="InvalidQuery")
    assert api.ok("GET", f"{AT}/tags") == {"tags": ["team:a"]}
    (row,) = api.ok("POST", data.BOARD, {"filter": {"clusterTemplateName": {"eq": "a"}}})["items"]
    assert row["spec"]["clusters"] == [{"uid": cluster, "name": "one", "projectUid": api.project}]
    assert row["status"] == {"inUseClusters": [{"uid": cluster, "name": "one"}], "state": "Pending"}
    users = api.ok("GET", f"/v1/dashboard/clusterprofiles/{linked}")["status"]["inUseClusterTemplates"]
    assert {user["name"] for user in users} == {"a", "b", "c"}


def test_odd_bodies(api: Api) -> None:
    """A body of the wrong shape is never a fault of the server, on any route of templates and policies."""
    uid, linked, (cluster,) = data.fleet(api, "one")
    policy = data.policy(api, "other")
    whole = {"name": "a", "startCron": "0 0 * * *", "durationHrs": 1}
    odd: list[Any] = [
        [], "x", 7, {"metadata": "x"}, {"metadata": {"name": ["x"]}}, {"spec": "x"},
        {"metadata": {"name": "odd"}, "spec": {"schedules": "x"}},
        {"metadata": {"name": "odd"}, "spec": {"schedules": [{**whole, "startCron": 5}]}},
        {"metadata": {"name": "odd"}, "spec": {"schedules": [{**whole, "durationHrs": "x"}]}},
        {"metadata": {"name": "odd"}, "spec": {"cloudType": ["x"], "profiles": "x"}},
        {"profiles": "x"}, {"profiles": [1]}, {"profiles": [{"uid": ["x"]}]},
        {"profiles": [{"uid": linked, "variables": "x"}]},
        {"profiles": [{"uid": linked, "variables": [{"name": ["x"]}]}]},
        {"profiles": [{"uid": linked, "variables": [{"name": "replicas", "clusters": "x"}]}]},
        {"profiles": [{"uid": linked, "variables": [{"name": "replicas", "clusters": [{"uid": 5}]}]}]},
        {"policies": "x"}, {"policies": [{"uid": ["x"]}]}, {"clusterUids": "x"}, {"clusterUids": [1]},
        {"filter": "x"}, {"filter": {"policyName": 1, "tags": 1, "policyUid": 1}}, {"sort": [{"field": ["x"]}]},
    ]  # fmt: skip
    failed = []
    for method, route, *_ in (*policies.ROUTES, *templates.ROUTES):
        if method == "DELETE":
            continue
        path = route.replace("{clusterUid}", cluster).replace("{profileUid}", linked).replace("{policyType}", "x")
        path = path.replace("{uid}", policy if "spcPolicies" in route else uid)
        for body in odd:
            response = api.call(method, path, body)
            if response.status_code >= 500:
                failed.append(f"{method} {route} {body}: {response.text[:200]}")
    assert not failed, "\n".join(failed)
