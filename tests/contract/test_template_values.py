"""Values of variables of clusters that follow a template: for all, for each, missing, carried over, immutable, sensitive."""

from __future__ import annotations

from typing import Any

from tests.contract import templates_data as data
from tests.contract.clusters import data as clusters
from tests.contract.clusters.test_variables_and_repave import set_values, values
from tests.contract.conftest import Api

AT = data.TEMPLATES


def test_variables_that_lack_a_value(api: Api) -> None:
    """Clusters without a value for a new required variable are Pending and skipped, by windows and by an upgrade now; the
    others move; with a value they follow in the next window."""
    uid, _, (one, two) = data.fleet(api, "one", "two")
    second = data.profile(api, "1.1.0", data.LEVEL)
    data.relink(api, uid, second)
    assert data.status(api, uid)["clusterVariables"] == {"resolved": 0, "unResolved": 2}
    rows = data.table(api, uid, second)
    assert rows["level"] == {one: {"assignmentState": "Pending"}, two: {"assignmentState": "Pending"}}
    assert rows["replicas"][one] == {
        "value": "1", "assignedValue": "1", "assignedBy": "clustertemplate", "assignmentState": "Assigned",
    }  # fmt: skip
    assert clusters.overview(api, one)["status"]["notifications"]["isTemplateVariableResolutionPending"] is True
    data.patch_level(api, uid, second, **{one: "7"})
    assert data.status(api, uid)["clusterVariables"] == {"resolved": 1, "unResolved": 1}
    assert data.table(api, uid, second)["level"][one] == {
        "assignedValue": "7", "assignedBy": "clustertemplate", "assignmentState": "Assigned",
    }  # fmt: skip
    data.upgrade(api, uid)
    data.at_sunday(api)
    assert [data.version(api, each) for each in (one, two)] == ["1.1.0", "1.0.0"]
    assert data.state(api, uid) == "PartiallyApplied"
    assert data.reasons(api, two) == ["TemplateUpgradeSkipped", "TemplateUpgradeSkipped"]
    found = data.record(api, uid, two)
    assert found["status"]["variableStatus"]["state"] == "Unresolved"
    assert "level (web)" in found["status"]["message"]
    groups = found["spec"]["profiles"][0]["variables"]
    assert groups["unResolvedVariables"] == [{"name": "level", "value": ""}]
    assert groups["resolvedVariables"] == [{"name": "replicas", "value": "1"}]
    api.clock.advance(5 * data.HOUR)
    body = {"profiles": [{"uid": second, "variables": [{"name": "level", "value": "8"}]}]}
    api.ok("PATCH", f"{AT}/spectroclusters/{two}/variables", body, status=204)
    assert clusters.overview(api, two)["status"]["notifications"]["isTemplateVariableResolutionPending"] is False
    assert data.version(api, two) == "1.0.0"
    api.clock.advance(7 * data.DAY - 5 * data.HOUR)
    assert data.version(api, two) == "1.1.0"
    assert values(api, two)["level"] == "8"


def test_a_carried_value_that_is_no_longer_good(api: Api) -> None:
    """A value that the new version doesn't take is unresolved, not dropped."""
    size = {"name": "size", "defaultValue": "5"}
    uid, first, (one,) = data.fleet(api, "one", variables=[size])
    api.ok("PATCH", f"/v1/spectroclusters/{one}/variables", set_values(first, size="50"), status=204)
    second = data.profile(api, "1.1.0", {**size, "regex": "[0-9]"})
    data.relink(api, uid, second)
    row = data.table(api, uid, second)["size"][one]
    assert (row["value"], row["assignmentState"]) == ("50", "Pending")
    data.upgrade(api, uid)
    assert data.version(api, one) == "1.0.0"
    patched = {"profiles": [{"uid": second, "variables": [{"name": "size", "clusters": [{"uid": one, "value": "6"}]}]}]}
    api.ok("PATCH", f"{AT}/{uid}/profiles/variables", patched, status=204)
    data.upgrade(api, uid)
    assert (data.version(api, one), values(api, one)["size"]) == ("1.1.0", "6")


def test_values_for_all_and_for_each(api: Api) -> None:
    """A value for all is every cluster's; one of a cluster carries over by name; both are applied with the upgrade only."""
    uid, first, (one, two) = data.fleet(api, "one", "two", replicas="2")
    assert [clusters.replicas(api, each) for each in (one, two)] == [2, 2]
    api.refused(
        "PATCH", f"/v1/spectroclusters/{one}/variables", set_values(first, replicas="3"),
        status=400, code="VariablesInvalid",
    )  # fmt: skip
    data.relink(api, uid, first, [{"name": "replicas", "value": "4"}])
    assert data.state(api, uid) == "Pending"
    assert data.table(api, uid, first)["replicas"][one]["assignedValue"] == "4"
    assert values(api, one)["replicas"] == "2"
    data.upgrade(api, uid)
    api.clock.advance(120)
    assert [clusters.replicas(api, each) for each in (one, two)] == [4, 4]
    each = {"name": "replicas", "assignStrategy": "cluster", "clusters": [{"uid": one, "value": "5"}]}
    second = data.profile(api, "1.1.0")
    data.relink(api, uid, second, [each])
    (shown,) = api.ok("GET", f"{AT}/{uid}")["spec"]["profiles"]
    assert shown["variables"] == [each]
    data.upgrade(api, uid)
    api.clock.advance(120)
    assert [clusters.replicas(api, each) for each in (one, two)] == [5, 4]
    data.relink(api, uid, data.profile(api, "1.2.0"))
    data.upgrade(api, uid)
    assert [values(api, each)["replicas"] for each in (one, two)] == ["5", "4"]


def test_values_that_can_not_be(api: Api) -> None:
    """Unknown profiles, clusters and names, wrong formats: refused by each call, and nothing is kept."""
    uid, first, (one,) = data.fleet(api, "one")

    def many(profile: str, name: str, cluster: str, value: str) -> Any:
        variable = {"name": name, "clusters": [{"uid": cluster, "value": value}]}
        return {"profiles": [{"uid": profile, "variables": [variable]}]}

    at = f"{AT}/{uid}/profiles/variables"
    unknown = "0" * 24
    api.refused("PATCH", at, many(unknown, "replicas", one, "1"), status=400, code="ReferencedResourceNotFound")
    api.refused("PATCH", at, many(first, "replicas", unknown, "1"), status=400, code="ReferencedResourceNotFound")
    api.refused("PATCH", at, many(first, "none", one, "1"), status=400, code="VariablesInvalid")
    api.refused("PATCH", at, many(first, "replicas", one, "x"), status=400, code="VariablesInvalid")
    api.refused("PATCH", at, {}, status=400, code="InvalidRequest")
    own = {"profiles": [{"uid": first, "variables": [{"name": "replicas", "value": "x"}]}]}
    api.refused("PATCH", f"{AT}/spectroclusters/{one}/variables", own, status=400, code="VariablesInvalid")
    alone = clusters.created(api, "alone", first)
    at = f"{AT}/spectroclusters/{alone}/variables"
    api.refused("PATCH", at, {"profiles": []}, status=404, code="ResourceNotFound")
    at = f"{AT}/{uid}/spectroclusters/{alone}/reconcile"
    api.refused("GET", at, status=404, code="ResourceNotFound")
    at = f"{AT}/{uid}/profiles/{unknown}/variables"
    api.refused("GET", at, status=404, code="ResourceNotFound")
    at = f"/v1/spectroclusters/{one}/variables"
    api.refused("PATCH", at, set_values(unknown, replicas="1"), status=400, code="ClusterProfilesInvalid")
    assert (data.state(api, uid), values(api, one)["replicas"]) == ("Applied", "1")


def test_a_clusters_own_call_about_variables(api: Api) -> None:
    """It acts at once on a profile that runs, and leaves a value for one that is linked and doesn't run yet."""
    uid, first, (one,) = data.fleet(api, "one")
    at = f"/v1/spectroclusters/{one}/variables"
    api.ok("PATCH", at, set_values(first, replicas="3"), status=204)
    api.clock.advance(120)
    assert (clusters.replicas(api, one), data.state(api, uid)) == (3, "Applied")
    assert data.table(api, uid, first)["replicas"][one]["assignedBy"] == "spectrocluster"
    second = data.profile(api, "1.1.0", data.LEVEL)
    data.relink(api, uid, second)
    api.ok("PATCH", at, set_values(second, level="2"), status=204)
    assert values(api, one) == {"replicas": "3"}
    api.ok("PATCH", at, set_values(first, replicas="4"), status=204)
    assert values(api, one) == {"replicas": "4"}
    data.upgrade(api, uid)
    assert values(api, one) == {"replicas": "4", "level": "2"}


def test_immutable_and_sensitive_variables(api: Api) -> None:
    """An immutable value stays, whoever changes it; a sensitive one is masked everywhere, and the mask changes nothing."""
    zone = {"name": "zone", "immutable": True, "defaultValue": "a"}
    token = {"name": "token", "isSensitive": True, "defaultValue": "very-secret"}
    uid, first, (one,) = data.fleet(api, "one", variables=[zone, token])
    code, at = "VariableImmutable", f"{AT}/{uid}/profiles/variables"
    body = {"profiles": [{"uid": first, "variables": [{"name": "zone", "clusters": [{"uid": one, "value": "b"}]}]}]}
    api.refused("PATCH", at, body, status=409, code=code)
    put = {"profiles": [{"uid": first, "variables": [{"name": "zone", "value": "b"}]}]}
    api.refused("PUT", f"{AT}/{uid}/profiles", put, status=409, code=code)
    data.relink(api, uid, first, [{"name": "token", "value": "hidden-word"}])
    told = [
        api.ok("GET", f"{AT}/{uid}"),
        api.ok("GET", f"{AT}/{uid}/profiles/{first}/variables"),
        data.record(api, uid, one),
    ]
    assert "hidden-word" not in str(told)
    assert "very-secret" not in str(told)
    data.upgrade(api, uid)
    assert data.state(api, uid) == "Applied"
    data.relink(api, uid, first, [{"name": "token", "value": "********"}])
    assert data.state(api, uid) == "Applied"
