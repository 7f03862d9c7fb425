"""The client's families of maintenance policies and cluster templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from palette_sdk.client.session import Palette
from palette_sdk.errors import ConflictError
from palette_sdk.wire.clusters import VariableValue
from palette_sdk.wire.meta import MetaInput, ObjectMeta
from palette_sdk.wire.packs import FilterString
from palette_sdk.wire.policies import MaintenanceSchedule, Policy, PolicyFilter, PolicySpec
from palette_sdk.wire.templates import (
    ClusterValue,
    PolicyRef,
    ProfileValues,
    ProfileVariableClusters,
    TemplateCreate,
    TemplateCreateSpec,
    TemplateFilter,
    TemplateProfile,
    TemplateVariable,
    VariableClusters,
)
from tests.unit.client.fakes import Reply, Service, client, done, ok, refused, sent

AT = "/v1/clusterTemplates"
POLICIES = "/v1/spcPolicies"
POLICY = Policy(
    metadata=ObjectMeta(name="weekly"),
    spec=PolicySpec(schedules=[MaintenanceSchedule(name="s", start_cron="0 0 * * SUN", duration_hrs=4)]),
)
POLICY_BODY = {
    "metadata": {"name": "weekly"},
    "spec": {"schedules": [{"name": "s", "startCron": "0 0 * * SUN", "durationHrs": 4}]},
}
PROFILES = [TemplateProfile(uid="p", variables=[TemplateVariable(name="v", assign_strategy="all", value="1")])]
PROFILES_BODY = [{"uid": "p", "variables": [{"name": "v", "assignStrategy": "all", "value": "1"}]}]
TEMPLATE = TemplateCreate(
    metadata=ObjectMeta(name="fleet"), spec=TemplateCreateSpec(cloud_type="aws", profiles=PROFILES)
)
FOR_ONE = [VariableClusters(name="v", clusters=[ClusterValue(uid="c", value="2")])]

WRITES: list[tuple[Callable[[Palette], Any], str, Any]] = [
    (lambda p: p.policies.create(POLICY), f"POST {POLICIES}/maintenance", POLICY_BODY),
    (lambda p: p.policies.update("u", POLICY), f"PUT {POLICIES}/maintenance/u", POLICY_BODY),
    (lambda p: p.policies.delete("u"), f"DELETE {POLICIES}/u", None),
    (
        lambda p: p.templates.create(TEMPLATE),
        f"POST {AT}",
        {"metadata": {"name": "fleet"}, "spec": {"cloudType": "aws", "profiles": PROFILES_BODY}},
    ),
    (
        lambda p: p.templates.patch_metadata("t", MetaInput(labels={"a": "b"})),
        f"PATCH {AT}/t/metadata",
        {"metadata": {"labels": {"a": "b"}}},
    ),
    (
        lambda p: p.templates.set_policies("t", [PolicyRef(uid="u", kind="maintenance")]),
        f"PATCH {AT}/t/policies",
        {"policies": [{"uid": "u", "kind": "maintenance"}]},
    ),
    (lambda p: p.templates.set_policies("t", []), f"PATCH {AT}/t/policies", {"policies": []}),
    (lambda p: p.templates.relink("t", PROFILES), f"PUT {AT}/t/profiles", {"profiles": PROFILES_BODY}),
    (
        lambda p: p.templates.set_variables("t", [ProfileVariableClusters(uid="p", variables=FOR_ONE)]),
        f"PATCH {AT}/t/profiles/variables",
        {"profiles": [{"uid": "p", "variables": [{"name": "v", "clusters": [{"uid": "c", "value": "2"}]}]}]},
    ),
    (
        lambda p: p.templates.set_cluster_variables(
            "c", [ProfileValues(uid="p", variables=[VariableValue(name="v", value="2")])]
        ),
        f"PATCH {AT}/spectroclusters/c/variables",
        {"profiles": [{"uid": "p", "variables": [{"name": "v", "value": "2"}]}]},
    ),
    (
        lambda p: p.templates.upgrade_now("t"),
        "PATCH /v1/spectroclusters/clusterTemplates/t/clusters/upgrade",
        {"clusterUids": []},
    ),
    (
        lambda p: p.templates.upgrade_now("t", ["c"]),
        "PATCH /v1/spectroclusters/clusterTemplates/t/clusters/upgrade",
        {"clusterUids": ["c"]},
    ),
    (lambda p: p.templates.delete("t"), f"DELETE {AT}/t", None),
]


@pytest.mark.parametrize(("act", "route", "body"), WRITES, ids=[route for _, route, _ in WRITES])
def test_writes(act: Callable[[Palette], Any], route: str, body: Any) -> None:
    """Each write sends what it was given to its own address."""
    service = Service({route: ok({"uid": "new"}, 201) if route.startswith("POST") else done()})
    answer = act(client(service))
    (request,) = service.asked(route)
    assert sent(request) == body
    assert answer in {"new", True, None}


def test_policies_by_name() -> None:
    """Policies of a name, the project's or the tenant's first as asked; the list is read once until a template changes."""
    rows = [
        {"uid": "t", "name": "weekly"},
        {"uid": "p", "name": "weekly", "projectUid": "p1"},
        {"uid": "x", "name": "x"},
    ]
    at = "GET /v1/dashboard/spcPolicies/metadata"
    service = Service({at: ok({"items": rows}), f"DELETE {AT}/t": done()})
    palette = client(service)
    assert [row.uid for row in palette.policies.by_name("weekly")] == ["p", "t"]
    assert [row.uid for row in palette.policies.by_name("weekly", scope="tenant")] == ["t", "p"]
    assert len(service.asked(at)) == 1
    palette.templates.delete("t")
    palette.policies.metadata()
    assert len(service.asked(at)) == 2


def test_searches_go_through_all_pages() -> None:
    """A search of policies or templates follows pages and is shared until a write."""
    pages: list[Reply] = [
        ok({"items": [{"metadata": {"name": "a"}}], "listmeta": {"continue": "next"}}),
        ok({"items": [{"metadata": {"name": "b"}}], "listmeta": {"continue": ""}}),
    ]
    at, policies_at = "POST /v1/dashboard/clusterTemplates", "POST /v1/dashboard/spcPolicies"
    service = Service({at: pages, policies_at: [*pages]})
    palette = client(service)
    for _ in range(2):
        found = palette.templates.search(TemplateFilter(cluster_template_name=FilterString(eq="a")))
        assert [row.metadata.name for row in found] == ["a", "b"]
        kept = palette.policies.search(PolicyFilter(policy_type=["maintenance"]))
        assert [row.metadata.name for row in kept] == ["a", "b"]
    assert [request.url.params.get("continue") for request in service.asked(at)] == [None, "next"]
    assert sent(service.asked(at)[0])["filter"]["clusterTemplateName"]["eq"] == "a"
    assert sent(service.asked(policies_at)[0])["filter"] == {"policyType": ["maintenance"]}


def test_names() -> None:
    """A name that is taken is told by False; another refusal is an error."""
    at, policies_at = f"GET {AT}/validate/name", f"GET {POLICIES}/maintenance/validate/name"
    taken = refused(409, "ResourceAlreadyExists", "taken")
    palette = client(Service({at: [done(), taken], policies_at: [done(), taken]}))
    assert [palette.templates.is_name_free("fleet") for _ in range(2)] == [True, False]
    assert [palette.policies.is_name_free("weekly") for _ in range(2)] == [True, False]


def test_what_is_gone() -> None:
    """Templates, policies and records that are gone read as None, and deleting them again is False."""
    palette = client(Service())
    assert palette.templates.get("t") is None
    assert palette.templates.reconcile("t", "c") is None
    assert palette.policies.get("u") is None
    assert palette.templates.delete("t") is False
    assert palette.policies.delete("u") is False


def test_a_template_in_use() -> None:
    """A refused delete is a conflict that names the users."""
    service = Service({f"DELETE {AT}/t": refused(409, "ResourceInUse", "it is used by one, two")})
    with pytest.raises(ConflictError, match="one, two"):
        client(service).templates.delete("t")


def test_values_stay_out_of_reprs() -> None:
    """No repr of a body shows a value of a variable: it may be sensitive."""
    word = "very-secret-word"
    bodies = (
        TemplateVariable(name="v", value=word),
        ClusterValue(uid="c", value=word),
        ProfileValues(uid="p", variables=[VariableValue(name="v", value=word)]),
    )
    for body in bodies:
        assert word not in repr(body)
        assert word in str(body.body())
