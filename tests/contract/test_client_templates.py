"""The client's families of maintenance policies and cluster templates against the control plane."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from palette_sdk.client.session import Palette
from palette_sdk.client.settings import Settings
from palette_sdk.errors import ConflictError, ValidationError
from palette_sdk.wire.clusters import ProfileVariableValues, VariableValue
from palette_sdk.wire.meta import MetaInput, ObjectMeta
from palette_sdk.wire.policies import MaintenanceSchedule, Policy, PolicySpec
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
from tests.contract import templates_data as data
from tests.contract.conftest import KEY, Api, InProcess


@pytest.fixture
def palette(api: Api) -> Iterator[Palette]:
    """The client, over the same way to the control plane as the test's own calls."""
    is_remote = api.client.base_url.host == "127.0.0.1"
    host = f"http://127.0.0.1:{api.client.base_url.port}" if is_remote else "http://127.0.0.1:1"
    made = Palette(Settings.to(host, KEY), http=None if is_remote else InProcess(api.plane))
    try:
        yield made
    finally:
        made.close()


def weekly(cron: str = "0 0 * * SAT", name: str = "weekly") -> Policy:
    """A policy with one window."""
    schedule = MaintenanceSchedule(name="day", start_cron=cron, duration_hrs=4)
    return Policy(metadata=ObjectMeta(name=name), spec=PolicySpec(schedules=[schedule]))


def fleet(api: Api, palette: Palette, policy: str) -> tuple[str, str, str]:
    """A template named fleet, and two healthy clusters."""
    profiles = [TemplateProfile(uid=data.profile(api))]
    policies = [PolicyRef(uid=policy, kind="maintenance")]
    spec = TemplateCreateSpec(cloud_type="aws", profiles=profiles, policies=policies)
    uid = palette.templates.create(TemplateCreate(metadata=ObjectMeta(name="fleet"), spec=spec))
    one, two = data.cluster(api, "one", uid), data.cluster(api, "two", uid)
    api.clock.advance(21 * 60)
    return uid, one, two


def test_policies_through_the_client(api: Api, palette: Palette) -> None:
    """Made, found by name, changed, kept while a template uses it, deleted."""
    policies = palette.policies
    uid = policies.create(weekly())
    assert [row.uid for row in policies.by_name("weekly")] == [uid]
    assert (policies.is_name_free("weekly"), policies.is_name_free("other")) == (False, True)
    policies.update(uid, weekly("0 0 * * SUN"))
    kept = policies.get(uid)
    assert kept is not None
    assert kept.spec.schedules[0].start_cron == "0 0 * * SUN"
    with pytest.raises(ValidationError, match="cron"):
        policies.create(weekly("hourly", "other"))
    template = data.template(api, data.profile(api), policy_uid=uid)
    (used,) = policies.search(fresh=True)
    assert [(user.name, user.state) for user in used.status.in_use_cluster_templates] == [("fleet", "Applied")]
    with pytest.raises(ConflictError, match="fleet"):
        policies.delete(uid)
    palette.templates.set_policies(template, [])
    assert policies.delete(uid)


def test_templates_through_the_client(api: Api, palette: Palette) -> None:
    """Made, found by name and by search, with their clusters; kept while clusters follow, deleted after them."""
    templates = palette.templates
    uid, one, two = fleet(api, palette, palette.policies.create(weekly()))
    assert [row.uid for row in templates.by_name("fleet")] == [uid]
    assert (templates.is_name_free("fleet"), templates.is_name_free("other")) == (False, True)
    templates.patch_metadata(uid, MetaInput(labels={"team": "b"}))
    found = templates.get(uid)
    assert found is not None
    assert (found.metadata.labels, found.status.state) == ({"team": "b"}, "Applied")
    assert {key: row.name for key, row in found.spec.clusters.items()} == {one: "one", two: "two"}
    assert found.status.maintenance.next_window_start_time == "2026-01-10T00:00:00.000Z"
    (summary,) = templates.search(TemplateFilter(cloud_type=["aws"]))
    assert (summary.status.state, [row.name for row in summary.spec.clusters]) == ("Applied", ["one", "two"])
    assert [row.metadata.uid for row in templates.running_profiles(uid)] == [found.spec.profiles[0].uid]
    assert [row.metadata.name for row in templates.clusters(uid)] == ["one", "two"]
    with pytest.raises(ConflictError, match="one"):
        templates.delete(uid)
    for cluster in (one, two):
        api.ok("DELETE", f"/v1/spectroclusters/{cluster}", status=204)
    api.clock.advance(600)
    assert templates.delete(uid)
    assert not templates.delete(uid)


def test_an_upgrade_through_the_client(api: Api, palette: Palette) -> None:
    """A relink with a new variable, values, upgrades now: who lacks a value is told and skipped until it has one."""
    templates = palette.templates
    uid, one, two = fleet(api, palette, palette.policies.create(weekly()))
    second = data.profile(api, "1.1.0", {"name": "level", "required": True})
    assert not templates.validate_repave(uid, [second], now=True).is_repave_required
    for_all = TemplateVariable(name="replicas", assign_strategy="all", value="2")
    templates.relink(uid, [TemplateProfile(uid=second, variables=[for_all])])
    found = templates.get(uid)
    assert found is not None
    assert (found.status.state, found.status.cluster_variables.un_resolved) == ("Pending", 2)
    assert found.status.cluster_status_counts.clusters.pending == [one, two]
    rows = {row.variable.name: row.clusters for row in templates.variables(uid, second)}
    assert [row.assignment_state for row in rows["level"]] == ["Pending", "Pending"]
    assert [(row.value, row.assigned_value) for row in rows["replicas"]] == [("1", "2")] * 2
    level = VariableClusters(name="level", clusters=[ClusterValue(uid=one, value="7")])
    templates.set_variables(uid, [ProfileVariableClusters(uid=second, variables=[level])])
    templates.upgrade_now(uid, [one])
    templates.upgrade_now(uid)
    skipped = templates.reconcile(uid, two)
    assert skipped is not None
    assert (skipped.status.state, skipped.status.variable_status.state) == ("Pending", "Unresolved")
    assert [row.name for row in skipped.spec.profiles[0].variables.un_resolved_variables] == ["level"]
    (row,) = [row for row in palette.clusters.all(fresh=True) if row.metadata.uid == two]
    assert row.status.notifications.is_template_variable_resolution_pending
    own = [ProfileValues(uid=second, variables=[VariableValue(name="level", value="8")])]
    templates.set_cluster_variables(two, own)
    templates.upgrade_now(uid)
    api.clock.advance(120)
    done = templates.reconcile(uid, two)
    assert done is not None
    assert (done.status.state, done.status.update_logs[-1].state) == ("Applied", "Applied")
    values = [ProfileVariableValues(profile_uid=second, variables=[VariableValue(name="replicas", value="3")])]
    with pytest.raises(ValidationError, match="all clusters"):
        palette.clusters.patch_variables(one, values)
