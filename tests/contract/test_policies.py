"""Maintenance policies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import templates_data as data
from tests.contract.conftest import Api

AT = f"{data.POLICIES}/maintenance"


def test_a_policy_lives(api: Api) -> None:
    """Created, read, replaced, deleted."""
    uid = data.policy(api)
    found = api.ok("GET", f"{AT}/{uid}")
    assert found["metadata"]["name"] == "weekly"
    assert found["spec"]["schedules"] == [{"name": "sunday", "startCron": "0 0 * * SUN", "durationHrs": 4}]
    api.ok("PUT", f"{AT}/{uid}", data.policy_body("nightly", "30 1 * * *", 2), status=204)
    found = api.ok("GET", f"{AT}/{uid}")
    assert (found["metadata"]["name"], found["metadata"]["labels"]) == ("nightly", {"team": "a"})
    assert found["spec"]["schedules"][0]["startCron"] == "30 1 * * *"
    api.ok("DELETE", f"{data.POLICIES}/{uid}", status=204)
    for method, path, body in (
        ("GET", f"{AT}/{uid}", None),
        ("PUT", f"{AT}/{uid}", data.policy_body()),
        ("DELETE", f"{data.POLICIES}/{uid}", None),
    ):
        api.refused(method, path, body, status=404, code="ResourceNotFound")


@pytest.mark.parametrize(
    ("schedules", "code"),
    [
        (None, "MaintenancePolicyInvalid"),
        ([{"name": "a", "startCron": "hourly", "durationHrs": 1}], "MaintenancePolicyInvalid"),
        ([{"name": "a", "startCron": "0 0 31 2 *", "durationHrs": 1}], "MaintenancePolicyInvalid"),
        ([{"name": "a", "startCron": "0 0 * * *", "durationHrs": 1}] * 2, "MaintenancePolicyInvalid"),
        ([{"name": "a", "startCron": "0 0 * * *", "durationHrs": 0}], "InvalidRequest"),
        ([{"name": "a", "startCron": "0 0 * * *", "durationHrs": 25}], "InvalidRequest"),
        ([{"name": "a", "startCron": "0 0 * * *"}], "InvalidRequest"),
        ([{"startCron": "0 0 * * *", "durationHrs": 1}], "InvalidRequest"),
    ],
)
def test_windows_that_can_not_be(api: Api, schedules: Any, code: str) -> None:
    """Windows that would never open, or that have no name or no good length, are refused at create and at PUT."""
    body = {"metadata": {"name": "p"}, "spec": {"schedules": schedules}}
    api.refused("POST", AT, body, status=400, code=code)
    uid = data.policy(api)
    api.refused("PUT", f"{AT}/{uid}", body, status=400, code=code)
    assert api.ok("GET", f"{AT}/{uid}")["spec"]["schedules"][0]["name"] == "sunday"


def test_names(api: Api) -> None:
    """A name is taken once in its scope, and needed; the check says so beforehand."""
    check = f"{data.POLICIES}/maintenance/validate/name"
    api.ok("GET", f"{check}?name=weekly", status=204)
    data.policy(api)
    other = data.policy(api, "other")
    api.refused("GET", f"{check}?name=weekly", status=409, code="ResourceAlreadyExists")
    api.refused("POST", AT, data.policy_body(), status=409, code="ResourceAlreadyExists")
    api.refused("PUT", f"{AT}/{other}", data.policy_body(), status=409, code="ResourceAlreadyExists")
    api.refused("POST", AT, data.policy_body(""), status=400, code="InvalidRequest")
    api.refused("GET", f"{data.POLICIES}/backup/validate/name?name=x", status=400, code="PolicyTypeInvalid")


def test_lists(api: Api) -> None:
    """Short rows, the search by name, type and tag in order and in pages, tags."""
    uids = {name: data.policy(api, name) for name in ("b", "a", "c")}
    rows = api.ok("GET", "/v1/dashboard/spcPolicies/metadata")["items"]
    assert {row["name"]: row["uid"] for row in rows} == uids
    assert {(row["kind"], row["projectUid"]) for row in rows} == {("maintenance", api.project)}

    def names(query: str = "", **body: Any) -> list[str]:
        found = api.ok("POST", f"/v1/dashboard/spcPolicies{query}", body)
        assert {each["spec"]["kind"] for each in found["items"]} <= {"maintenance"}
        return [each["metadata"]["name"] for each in found["items"]]

    assert names() == ["b", "a", "c"]
    assert names(sort=[{"field": "policyName", "order": "asc"}]) == ["a", "b", "c"]
    assert names(sort=[{"field": "policyType", "order": "desc"}]) == ["b", "a", "c"]
    assert names(filter={"policyName": {"eq": "a"}, "policyType": ["maintenance"]}) == ["a"]
    assert names(filter={"tags": {"eq": ["team:a"]}}) == ["b", "a", "c"]
    assert names(filter={"tags": {"eq": ["team:b"]}}) == []
    assert names("?limit=1&offset=1") == ["a"]
    body = {"sort": [{"field": "color", "order": "asc"}]}
    api.refused("POST", "/v1/dashboard/spcPolicies", body, status=400, code="InvalidQuery")
    assert api.ok("GET", f"{data.POLICIES}/tags") == {"tags": ["team:a"]}


def test_a_policy_in_use(api: Api) -> None:
    """While a template names it, it says so, and can't be deleted."""
    uid = data.policy(api)
    template = data.template(api, data.profile(api), policy_uid=uid)
    (row,) = api.ok("POST", "/v1/dashboard/spcPolicies", {})["items"]
    assert row["status"]["inUseClusterTemplates"] == [{"uid": template, "name": "fleet", "state": "Applied"}]
    error = api.refused("DELETE", f"{data.POLICIES}/{uid}", status=409, code="ResourceInUse")
    assert [user["name"] for user in error["details"]["users"]] == ["fleet"]
    api.ok("PATCH", f"{data.TEMPLATES}/{template}/policies", {"policies": None}, status=400)
    api.ok("PATCH", f"{data.TEMPLATES}/{template}/policies", {"policies": []}, status=204)
    api.ok("DELETE", f"{data.POLICIES}/{uid}", status=204)


def test_scopes(api: Api) -> None:
    """A project sees the tenant's policies and can't change them."""
    uid = str(api.ok("POST", AT, data.policy_body("shared"), status=201, tenant=True)["uid"])
    assert api.ok("GET", f"{AT}/{uid}")["metadata"]["annotations"]["scope"] == "tenant"
    code = "OperationNotAllowedInScope"
    api.refused("PUT", f"{AT}/{uid}", data.policy_body(), status=403, code=code)
    api.refused("DELETE", f"{data.POLICIES}/{uid}", status=403, code=code)
    own = data.policy(api)
    api.refused("GET", f"{AT}/{own}", status=404, code="ResourceNotFound", tenant=True)
