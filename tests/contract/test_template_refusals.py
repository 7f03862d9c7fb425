"""Each route about templates and policies refuses with a status, a code, and words that name what stands in the way."""
# ruff: noqa: E501 - a table, a case a line

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane.routes import policies, templates
from tests.contract import templates_data as data
from tests.contract.conftest import Api

NONE = "0" * 24
T, B, S = data.TEMPLATES, data.BOARD, "/v1/spectroclusters/clusterTemplates"
P = data.POLICIES
PATHS = "{uid} {clusterUid} {profileUid} {policyType}"
SORT = {"sort": [{"field": "color", "order": "asc"}]}
LINK = {"profiles": [{"uid": NONE}]}
FREE = frozenset(
    {
        ("GET", f"{T}/tags"),
        ("GET", f"{B}/metadata"),
        ("GET", f"{P}/tags"),
        ("GET", "/v1/dashboard/spcPolicies/metadata"),
    }
)
"""Routes that refuse nothing but a missing key."""
SPEC: dict[str, Any] = {"cloudType": "aws", "profiles": [{"uid": NONE}]}
VALUES = [{"name": "replicas", "clusters": [{"uid": NONE, "value": "1"}]}]
ONE: list[dict[str, Any]] = [{"name": "a", "startCron": "0 0 * * *", "durationHrs": 1}]

# Method, route, what its parameters are, body, status, code, words. `t`, `c`, `p`, `w`, `s`: a template, a cluster of it, its
# profile, its policy, a policy of the tenant.
CASES: list[tuple[str, str, dict[str, str], Any, int, str, str]] = [
    ("POST", T, {}, {"metadata": {"name": "fleet"}, "spec": SPEC}, 409, "ResourceAlreadyExists", "a cluster template named 'fleet' already exists"),
    ("POST", T, {}, {"metadata": {"name": "x"}, "spec": SPEC}, 400, "ReferencedResourceNotFound", "there is no cluster profile"),
    ("POST", T, {}, {"metadata": {"name": "x"}, "spec": {"cloudType": "moon", "profiles": []}}, 400, "ClusterTemplateInvalid", "'moon' is not one of aws"),
    ("GET", f"{T}/{{uid}}", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("DELETE", f"{T}/{{uid}}", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("DELETE", f"{T}/{{uid}}", {"uid": "t"}, None, 409, "ResourceInUse", "is used by one"),
    ("PATCH", f"{T}/{{uid}}/metadata", {}, {"metadata": {}}, 404, "ResourceNotFound", "cluster template"),
    ("PATCH", f"{T}/{{uid}}/metadata", {"uid": "t"}, {"metadata": {"name": "other"}}, 409, "ResourceAlreadyExists", "named 'other'"),
    ("PUT", f"{T}/{{uid}}/profiles", {}, LINK, 404, "ResourceNotFound", "cluster template"),
    ("PUT", f"{T}/{{uid}}/profiles", {"uid": "t"}, {}, 400, "InvalidRequest", "profiles"),
    ("PUT", f"{T}/{{uid}}/profiles", {"uid": "t"}, LINK, 400, "ReferencedResourceNotFound", "there is no cluster profile"),
    ("PUT", f"{T}/{{uid}}/profiles", {"uid": "t"}, {"profiles": []}, 400, "ClusterProfilesInvalid", "exactly one profile of type infra or cluster"),
    ("PATCH", f"{T}/{{uid}}/policies", {}, {"policies": []}, 404, "ResourceNotFound", "cluster template"),
    ("PATCH", f"{T}/{{uid}}/policies", {"uid": "t"}, {"policies": [{"uid": NONE}]}, 400, "ReferencedResourceNotFound", "there is no maintenance policy"),
    ("PATCH", f"{T}/{{uid}}/policies", {"uid": "t"}, {"policies": [{"uid": NONE}] * 2}, 400, "ClusterTemplateInvalid", "at most one policy, not 2"),
    ("PATCH", f"{T}/{{uid}}/policies", {"uid": "t"}, {"policies": [{"uid": NONE, "kind": "x"}]}, 400, "PolicyTypeInvalid", "no policies of type 'x'"),
    ("PATCH", f"{T}/{{uid}}/profiles/variables", {}, {"profiles": []}, 404, "ResourceNotFound", "cluster template"),
    ("PATCH", f"{T}/{{uid}}/profiles/variables", {"uid": "t"}, {"profiles": [{"uid": NONE, "variables": VALUES}]}, 400, "ReferencedResourceNotFound", "does not follow cluster template 'fleet'"),
    ("GET", f"{T}/{{uid}}/profiles/{{profileUid}}/variables", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("GET", f"{T}/{{uid}}/profiles/{{profileUid}}/variables", {"uid": "t"}, None, 404, "ResourceNotFound", "cluster profile of the template"),
    ("PATCH", f"{T}/spectroclusters/{{clusterUid}}/variables", {}, {"profiles": []}, 404, "ResourceNotFound", "cluster"),
    ("PATCH", f"{T}/spectroclusters/{{clusterUid}}/variables", {"clusterUid": "c"}, {"profiles": [{"uid": NONE, "variables": []}]}, 400, "ReferencedResourceNotFound", "is not one that cluster template 'fleet' links"),
    ("GET", f"{T}/{{uid}}/spectroclusters/{{clusterUid}}/reconcile", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("GET", f"{T}/{{uid}}/spectroclusters/{{clusterUid}}/reconcile", {"uid": "t"}, None, 404, "ResourceNotFound", "cluster of the template"),
    ("GET", f"{T}/validate/name?name=fleet", {}, None, 409, "ResourceAlreadyExists", "named 'fleet'"),
    ("GET", f"{T}/validate/name", {}, None, 400, "InvalidRequest", "needs a name"),
    ("PATCH", f"{S}/{{uid}}/clusters/upgrade", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("PATCH", f"{S}/{{uid}}/clusters/upgrade", {"uid": "t"}, {"clusterUids": [NONE]}, 400, "ReferencedResourceNotFound", "does not follow cluster template 'fleet'"),
    ("POST", f"{S}/{{uid}}/validate/repave", {}, {}, 404, "ResourceNotFound", "cluster template"),
    ("POST", f"{S}/{{uid}}/validate/repave", {"uid": "t"}, LINK, 400, "ReferencedResourceNotFound", "there is no cluster profile"),
    ("GET", f"{S}/{{uid}}/profiles", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("POST", B, {}, SORT, 400, "InvalidQuery", "can't be sorted by 'color'"),
    ("GET", f"{B}/{{uid}}/spectroclusters/meta", {}, None, 404, "ResourceNotFound", "cluster template"),
    ("POST", f"{P}/maintenance", {}, {"metadata": {"name": "weekly"}, "spec": {"schedules": ONE}}, 409, "ResourceAlreadyExists", "named 'weekly'"),
    ("POST", f"{P}/maintenance", {}, {"metadata": {"name": "x"}, "spec": {"schedules": []}}, 400, "MaintenancePolicyInvalid", "needs schedules"),
    ("GET", f"{P}/maintenance/{{uid}}", {}, None, 404, "ResourceNotFound", "maintenance policy"),
    ("PUT", f"{P}/maintenance/{{uid}}", {}, data.policy_body(), 404, "ResourceNotFound", "maintenance policy"),
    ("PUT", f"{P}/maintenance/{{uid}}", {"uid": "s"}, data.policy_body(), 403, "OperationNotAllowedInScope", "belongs to scope tenant"),
    ("PUT", f"{P}/maintenance/{{uid}}", {"uid": "w"}, data.policy_body(cron="0 0 31 2 *"), 400, "MaintenancePolicyInvalid", "schedule 'sunday': startCron '0 0 31 2 *'"),
    ("DELETE", f"{P}/{{uid}}", {}, None, 404, "ResourceNotFound", "maintenance policy"),
    ("DELETE", f"{P}/{{uid}}", {"uid": "s"}, None, 403, "OperationNotAllowedInScope", "belongs to scope tenant"),
    ("DELETE", f"{P}/{{uid}}", {"uid": "w"}, None, 409, "ResourceInUse", "is used by fleet"),
    ("GET", f"{P}/{{policyType}}/validate/name?name=x", {"policyType": "backup"}, None, 400, "PolicyTypeInvalid", "no policies of type 'backup'"),
    ("GET", f"{P}/{{policyType}}/validate/name?name=weekly", {"policyType": "maintenance"}, None, 409, "ResourceAlreadyExists", "named 'weekly'"),
    ("POST", "/v1/dashboard/spcPolicies", {}, SORT, 400, "InvalidQuery", "can't be sorted by 'color'"),
]  # fmt: skip


def test_each_route_has_its_refusals() -> None:
    """No route is without a case, but those that refuse nothing."""
    served = {(method, route) for method, route, *_ in (*policies.ROUTES, *templates.ROUTES)}
    assert {(method, route.partition("?")[0]) for method, route, *_ in CASES} == served - FREE


@pytest.fixture
def there(api: Api) -> dict[str, str]:
    """What there is, by its letter in the cases."""
    uid, linked, (cluster,) = data.fleet(api, "one")
    data.template(api, linked, name="other")
    (policy,) = api.ok("GET", f"{T}/{uid}")["spec"]["policies"]
    shared = str(api.ok("POST", f"{P}/maintenance", data.policy_body("shared"), status=201, tenant=True)["uid"])
    return {"t": uid, "c": cluster, "p": linked, "w": policy["uid"], "s": shared}


def test_refusals(api: Api, there: dict[str, str]) -> None:
    """Status, code and words of each case; nothing is changed by any, and without a key there is no answer at all."""
    before = api.ok("GET", f"{T}/{there['t']}")
    wrong = []
    for method, route, given, body, status, code, words in CASES:
        path = route
        for name in PATHS.split():
            letter = given.get(name[1:-1], "")
            path = path.replace(name, there.get(letter, letter) or NONE)
        answer = api.call(method, path, body)
        error = answer.json() if answer.content else {}
        if (answer.status_code, error.get("code")) != (status, code) or words not in error.get("message", ""):
            wrong.append(f"{method} {path} {body}: {answer.status_code} {answer.text[:300]}")
        no_key = api.call(method, path, body, headers={"ApiKey": ""})
        if no_key.status_code != 401:
            wrong.append(f"{method} {path} without a key: {no_key.status_code}")
    assert not wrong, "\n".join(wrong)
    assert api.ok("GET", f"{T}/{there['t']}") == before
