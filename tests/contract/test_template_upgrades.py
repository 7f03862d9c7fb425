"""What time and upgrades do to clusters of a template: windows, upgrades now, failures, guards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from palette_sdk.controlplane.simulation import tables
from tests.contract import templates_data as data
from tests.contract.clusters import data as clusters
from tests.contract.clusters.test_guards import version as of_kubernetes
from tests.contract.clusters.test_variables_and_repave import values
from tests.contract.conftest import Api

AT = data.TEMPLATES


def test_a_relink_waits_for_the_window(api: Api) -> None:
    """Nothing runs anew before the window; then all move, are InProgress and Applied; the record tells it."""
    uid, _, members = data.fleet(api, "one", "two")
    second = data.profile(api, "1.1.0")
    data.relink(api, uid, second)
    assert data.state(api, uid) == "Pending"
    assert data.states(api, uid, members) == ["Pending", "Pending"]
    data.at_sunday(api, -0.01)
    assert [data.version(api, each) for each in members] == ["1.0.0", "1.0.0"]
    data.at_sunday(api)
    assert [data.version(api, each) for each in members] == ["1.1.0", "1.1.0"]
    api.clock.advance(300)
    assert data.states(api, uid, members) == ["Applied", "Applied"]
    assert data.state(api, uid) == "Applied"
    found = data.record(api, uid, members[0])
    assert [each["state"] for each in found["status"]["updateLogs"]] == [
        "Created", "Applied", "Pending", "InProgress", "Applied",
    ]  # fmt: skip
    assert found["status"]["lastAppliedTimestamp"].startswith("2026-01-11T00:0")
    assert found["spec"]["profiles"][0]["uid"] == second
    assert data.reasons(api, members[0]) == ["TemplateUpgradeStarted"]


def test_an_update_shows_in_progress(api: Api) -> None:
    """Between its start and its end an upgrade is InProgress, and the template is Pending, then partly, then wholly Applied."""
    uid, _, members = data.fleet(api, "one", "two")
    data.relink(api, uid, data.profile(api, "1.1.0", {"name": "other"}))
    patched = {"profiles": [{"uid": data.linked(api, uid), "variables": [{"name": "replicas", "value": "3"}]}]}
    api.ok("PATCH", f"{AT}/spectroclusters/{members[0]}/variables", patched, status=204)
    data.upgrade(api, uid)
    assert data.states(api, uid, members) == ["InProgress", "Applied"]
    assert data.state(api, uid) == "PartiallyApplied"
    api.clock.advance(120)
    assert data.states(api, uid, members) == ["Applied", "Applied"]
    assert data.state(api, uid) == "Applied"
    assert [clusters.replicas(api, each) for each in members] == [3, 1]


def test_windows_open_by_each_time_zone(api: Api) -> None:
    """Clusters move when it is Sunday where they are; meanwhile the template is PartiallyApplied."""
    template = data.template(api, data.profile(api), policy_uid=data.policy(api, hours=1))
    zones = ("Asia/Tokyo", "Europe/Berlin", "America/New_York")
    members = [data.cluster(api, zone.split("/")[1].lower().replace("_", "-"), template, zone=zone) for zone in zones]
    api.clock.advance(21 * 60)
    maintenance = data.status(api, template)["maintenance"]
    assert maintenance["nextWindowStartTime"] == "2026-01-10T15:00:00.000Z"
    data.relink(api, template, data.profile(api, "1.1.0"))

    def versions() -> list[str]:
        return [data.version(api, each) for each in members]

    data.at_sunday(api, -9)
    assert versions() == ["1.1.0", "1.0.0", "1.0.0"]
    assert data.state(api, template) == "PartiallyApplied"
    data.at_sunday(api, -1)
    assert versions() == ["1.1.0", "1.1.0", "1.0.0"]
    path = f"/v1/spectroclusters/{members[2]}/clusterConfig/timezone"
    api.ok("PATCH", path, {"timezone": "America/Los_Angeles"}, status=204)
    data.at_sunday(api, 5)
    assert versions() == ["1.1.0", "1.1.0", "1.0.0"]
    data.at_sunday(api, 8)
    assert versions() == ["1.1.0"] * 3
    assert data.state(api, template) == "Applied"


def test_a_window_that_closes_too_early(api: Api) -> None:
    """A cluster that gets healthy in the window starts in it; one that does so after its end waits for the next one."""
    template = data.template(api, data.profile(api), policy_uid=data.policy(api, hours=1))
    done = data.cluster(api, "done", template)
    data.at_sunday(api, 38 / 60)
    in_time = data.cluster(api, "in-time", template)
    data.at_sunday(api, 46 / 60)
    late = data.cluster(api, "late", template)
    data.relink(api, template, data.profile(api, "1.1.0"))
    data.at_sunday(api, 52 / 60)
    members = [done, in_time, late]
    assert [data.version(api, each) for each in members] == ["1.1.0", "1.0.0", "1.0.0"]
    assert "not healthy yet" in data.record(api, template, in_time)["status"]["updateLogs"][-1]["message"]
    data.at_sunday(api, 2)
    assert [data.version(api, each) for each in members] == ["1.1.0", "1.1.0", "1.0.0"]
    assert (clusters.state(api, late), data.states(api, template, [late])) == ("Running-Healthy", ["Pending"])
    assert data.state(api, template) == "PartiallyApplied"
    api.clock.advance(7 * data.DAY - 2 * data.HOUR)
    assert data.version(api, late) == "1.1.0"
    assert data.state(api, template) == "Applied"


def test_upgrade_now(api: Api) -> None:
    """Only the named clusters start, at once; without names all that wait; those that don't wait are left alone."""
    uid, _, members = data.fleet(api, "one", "two", "three")
    data.relink(api, uid, data.profile(api, "1.1.0"))
    data.upgrade(api, uid, {"clusterUids": members[:1]})
    assert [data.version(api, each) for each in members] == ["1.1.0", "1.0.0", "1.0.0"]
    assert data.state(api, uid) == "PartiallyApplied"
    data.upgrade(api, uid, {})
    assert [data.version(api, each) for each in members] == ["1.1.0"] * 3
    data.upgrade(api, uid)
    assert [data.reasons(api, each) for each in members] == [["TemplateUpgradeStarted"]] * 3
    at = f"/v1/spectroclusters/clusterTemplates/{uid}/clusters/upgrade"
    body = {"clusterUids": ["0" * 24]}
    api.refused("PATCH", at, body, status=400, code="ReferencedResourceNotFound")


def test_upgrade_now_of_a_cluster_that_is_built(api: Api) -> None:
    """It starts with what the template said, and is upgraded when it is healthy."""
    template = data.template(api, data.profile(api))
    one = data.cluster(api, "one", template)
    data.relink(api, template, data.profile(api, "1.1.0", data.LEVEL))
    data.patch_level(api, template, data.linked(api, template), **{one: "1"})
    data.upgrade(api, template)
    assert (data.version(api, one), data.states(api, template, [one])) == ("1.0.0", ["Pending"])
    api.clock.advance(21 * 60)
    assert (data.version(api, one), data.states(api, template, [one])) == ("1.1.0", ["Applied"])


def test_without_a_policy_only_upgrade_now_moves(api: Api) -> None:
    """A template without windows waits for ever; with another policy, for its windows."""
    template = data.template(api, data.profile(api))
    one = data.cluster(api, "one", template)
    api.clock.advance(21 * 60)
    data.relink(api, template, data.profile(api, "1.1.0"))
    api.clock.advance(30 * data.DAY)
    assert data.version(api, one) == "1.0.0"
    policies = [{"uid": data.policy(api), "kind": "maintenance"}]
    api.ok("PATCH", f"{AT}/{template}/policies", {"policies": policies}, status=204)
    assert data.version(api, one) == "1.0.0"
    api.clock.advance(7 * data.DAY)
    assert data.version(api, one) == "1.1.0"


def test_a_changed_policy(api: Api) -> None:
    """Clusters that wait, wait for the windows that the policy has now."""
    uid, _, (one,) = data.fleet(api, "one")
    data.relink(api, uid, data.profile(api, "1.1.0"))
    policy = api.ok("GET", f"{AT}/{uid}")["spec"]["policies"][0]["uid"]
    body = data.policy_body(cron="0 0 * * TUE")
    api.ok("PUT", f"{data.POLICIES}/maintenance/{policy}", body, status=204)
    assert data.status(api, uid)["maintenance"]["nextWindowStartTime"] == "2026-01-06T00:00:00.000Z"
    api.clock.advance(12 * data.HOUR)
    assert data.version(api, one) == "1.1.0"


def test_a_change_in_an_open_window(api: Api) -> None:
    """It starts five minutes after the last change, so that values can follow the relink."""
    uid, _, (one,) = data.fleet(api, "one")
    data.at_sunday(api, 1)
    second = data.profile(api, "1.1.0", data.LEVEL)
    data.relink(api, uid, second)
    api.clock.advance(240)
    data.patch_level(api, uid, second, **{one: "1"})
    api.clock.advance(240)
    assert data.version(api, one) == "1.0.0"
    api.clock.advance(60)
    assert data.version(api, one) == "1.1.0"
    assert values(api, one) == {"replicas": "1", "level": "1"}


def test_a_link_taken_back(api: Api) -> None:
    """Linking the former version before anything moved leaves nothing to do; after it, it is a change like any other."""
    uid, first, (one,) = data.fleet(api, "one")
    second = data.profile(api, "1.1.0")
    data.relink(api, uid, second)
    data.relink(api, uid, first)
    assert (data.state(api, uid), data.states(api, uid, [one])) == ("Applied", ["Applied"])
    data.at_sunday(api, 1)
    assert (data.version(api, one), data.reasons(api, one)) == ("1.0.0", [])
    data.relink(api, uid, second)
    data.upgrade(api, uid)
    data.relink(api, uid, first)
    data.upgrade(api, uid)
    assert (data.version(api, one), data.state(api, uid)) == ("1.0.0", "Applied")


def test_kubernetes_is_guarded(api: Api) -> None:
    """A version with a lower or a skipped Kubernetes can't be linked; nothing changes. One minor up replaces nodes, which
    the dry run tells and the upgrade approves."""
    old, new, far = (of_kubernetes(api, f"{n}.0.0", minor) for n, minor in ((1, "1.29"), (2, "1.30"), (3, "1.31")))
    template = data.template(api, old)
    one = data.cluster(api, "one", template)
    api.clock.advance(21 * 60)
    at = f"{AT}/{template}/profiles"
    code = "KubernetesMinorSkipNotSupported"
    error = api.refused("PUT", at, {"profiles": [{"uid": far}]}, status=400, code=code)
    assert "one" in error["message"]
    dry = f"/v1/spectroclusters/clusterTemplates/{template}/validate/repave"
    found = api.ok("POST", dry, {"isUpgradeNow": True, "profiles": [{"uid": new}]})
    assert found["isRepaveRequired"] is True
    assert [each["code"] for each in found["reasons"]] == ["PackVersionChanged"]
    assert api.ok("POST", dry, {"profiles": [{"uid": old}]}) == {"isRepaveRequired": False, "reasons": []}
    data.relink(api, template, new)
    data.upgrade(api, template)
    assert api.ok("GET", f"/v1/spectroclusters/{one}/repave/status")["status"]["state"] == "Approved"
    api.clock.advance(120)
    assert (data.version(api, one), data.state(api, template)) == ("2.0.0", "Applied")
    code = "KubernetesDowngradeNotSupported"
    api.refused("PUT", at, {"profiles": [{"uid": old}]}, status=400, code=code)
    assert data.state(api, template) == "Applied"
    assert data.linked(api, template) == new


def test_an_upgrade_that_fails(api: Api) -> None:
    """A cluster that breaks while it is upgraded is Failed, with the reason; an upgrade now tries again."""
    uid, _, (one, two) = data.fleet(api, "one", "two")
    data.relink(api, uid, data.profile(api, "1.1.0"))
    values_of_two = {"profiles": [{"uid": data.linked(api, uid), "variables": [{"name": "replicas", "value": "2"}]}]}
    api.ok("PATCH", f"{AT}/spectroclusters/{two}/variables", values_of_two, status=204)
    data.upgrade(api, uid)
    fault = {"reason": "NoSpace", "message": "the disk is full", "layer": "hello"}
    api.ok("POST", f"/local/clusters/{two}/fail", fault, status=204)
    assert data.states(api, uid, [one, two]) == ["Applied", "Failed"]
    assert data.state(api, uid) == "PartiallyApplied"
    assert data.status(api, uid)["clusterStatusCounts"]["clusters"]["failed"] == [two]
    assert "the disk is full" in data.record(api, uid, two)["status"]["message"]
    data.upgrade(api, uid)
    api.clock.advance(120)
    assert data.states(api, uid, [one, two]) == ["Applied", "Applied"]
    assert clusters.replicas(api, two) == 2


@pytest.mark.parametrize(
    ("zone", "cron", "moments"),
    [
        ("Europe/Berlin", "30 2 * * *", ["2026-03-29T01:00", "2026-10-25T00:30", "2026-10-26T01:30"]),
        ("Europe/Berlin", "0 0 * * *", ["2026-03-28T23:00", "2026-10-24T22:00", "2026-10-25T23:00"]),
        ("America/New_York", "30 2 * * *", ["2026-03-08T07:00", "2026-11-01T07:30", "2026-11-02T07:30"]),
        ("America/New_York", "30 1 * * *", ["2026-03-08T06:30", "2026-11-01T05:30", "2026-11-02T06:30"]),
    ],
)
def test_the_clocks_change(api: Api, zone: str, cron: str, moments: list[str]) -> None:
    """A nightly window follows the clocks of the cluster's zone over both changes of the year: a start that is left out
    happens when they have gone forward, one that comes twice happens the first time alone, and an hour is an hour."""
    template = data.template(api, data.profile(api), policy_uid=data.policy(api, cron=cron, hours=1))
    one = data.cluster(api, "one", template, zone=zone)
    api.clock.advance(21 * 60)
    for number, text in enumerate(moments[:2], 1):
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        api.clock.advance(moment.timestamp() - data.HOUR - api.clock.now())
        data.relink(api, template, data.profile(api, f"1.{number}.0"))
        told = data.status(api, template)["maintenance"]
        assert told["nextWindowStartTime"] == f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
        assert told["nextWindowEndTime"] == f"{moment + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000Z"
        api.clock.advance(data.HOUR - 1)
        assert data.version(api, one) == f"1.{number - 1}.0"
        api.clock.advance(1)
        assert data.version(api, one) == f"1.{number}.0"
    api.clock.advance(data.HOUR)
    assert data.status(api, template)["maintenance"]["nextWindowStartTime"] == f"{moments[2]}:00.000Z"


def test_a_window_that_has_no_time_for_all(api: Api) -> None:
    """Clusters start in groups; those whose turn would come after its end are left for the next window, and the template
    is PartiallyApplied until then."""
    uid, _, uids = data.fleet(api, *(f"c{number}" for number in range(tables.WINDOW_GROUP + 2)))
    data.at_sunday(api, 4)
    api.clock.advance(7 * data.DAY - tables.WINDOW_SETTLE_S - tables.WINDOW_GROUP_S)
    data.relink(api, uid, data.profile(api, "1.1.0"))
    api.clock.advance(tables.WINDOW_SETTLE_S + tables.WINDOW_GROUP_S)
    api.clock.advance(600)
    assert data.state(api, uid) == "PartiallyApplied"
    told = data.status(api, uid)["clusterStatusCounts"]["clusters"]
    assert (told["applied"], told["pending"]) == (uids[: tables.WINDOW_GROUP], uids[tables.WINDOW_GROUP :])
    assert "waits for a maintenance window" in data.record(api, uid, uids[-1])["status"]["message"]
    assert data.reasons(api, uids[-1]) == []
    api.clock.advance(7 * data.DAY)
    assert data.state(api, uid) == "Applied"
    assert data.version(api, uids[-1]) == "1.1.0"


def test_an_upgrade_that_a_guard_refuses(api: Api) -> None:
    """A version that was linked before the cluster ran, and that it can't go to, is refused when it would start: Failed."""
    old, new = (of_kubernetes(api, f"{n}.0.0", minor) for n, minor in ((1, "1.29"), (2, "1.30")))
    template = data.template(api, new, policy_uid=data.policy(api))
    one = data.cluster(api, "one", template)
    data.relink(api, template, old)
    data.at_sunday(api, 5)
    assert (data.version(api, one), data.state(api, template)) == ("2.0.0", "Failed")
    found = data.record(api, template, one)["status"]
    assert "would go down from" in found["message"]
    assert data.reasons(api, one) == ["TemplateUpgradeFailed"]
    api.clock.advance(7 * data.DAY)
    assert data.reasons(api, one) == ["TemplateUpgradeFailed"] * 2
    data.relink(api, template, new)
    assert data.state(api, template) == "Applied"


def test_a_cluster_that_fails_to_come_up(api: Api) -> None:
    """It is Failed while it is broken, and Applied when it got healthy after all."""
    template = data.template(api, data.profile(api), policy_uid=data.policy(api))
    one = data.cluster(api, "one", template)
    api.clock.advance(60)
    fault = {"reason": "NoQuota", "message": "no machines are left", "layer": ""}
    api.ok("POST", f"/local/clusters/{one}/fail", fault, status=204)
    assert data.state(api, template) == "Failed"
    assert "no machines are left" in data.record(api, template, one)["status"]["message"]
    api.ok("POST", f"/local/clusters/{one}/mend", status=204)
    api.clock.advance(30 * 60)
    assert (data.state(api, template), data.version(api, one)) == ("Applied", "1.0.0")


def test_a_failed_upgrade_is_tried_again_in_the_next_window(api: Api) -> None:
    """What failed while it was upgraded starts again a week later."""
    uid, first, (one,) = data.fleet(api, "one")
    data.relink(api, uid, first, [{"name": "replicas", "value": "2"}])
    data.at_sunday(api, 0.01)
    fault = {"reason": "NoSpace", "message": "the disk is full", "layer": "hello"}
    api.ok("POST", f"/local/clusters/{one}/fail", fault, status=204)
    data.at_sunday(api, 6)
    assert data.state(api, uid) == "Failed"
    api.clock.advance(7 * data.DAY)
    assert (data.state(api, uid), clusters.replicas(api, one)) == ("Applied", 2)
    assert data.reasons(api, one) == ["TemplateUpgradeStarted"] * 2


def test_content_that_was_changed_while_it_was_not_linked(api: Api) -> None:
    """A version that is linked again with other content than clusters run is a change."""
    uid, first, (one,) = data.fleet(api, "one")
    data.relink(api, uid, data.profile(api, "1.1.0"))
    variables = [{**data.COUNT, "defaultValue": "4"}]
    api.ok("PUT", f"/v1/clusterprofiles/{first}/variables", {"variables": variables}, status=204)
    api.ok("PATCH", f"/v1/clusterprofiles/{first}/publish", status=204)
    assert api.ok("GET", f"/v1/spectroclusters/{one}/profileUpdates") == {"profiles": []}, (
        "it couldn't be applied there"
    )
    data.relink(api, uid, first)
    assert data.state(api, uid) == "Pending"
    data.upgrade(api, uid)
    api.clock.advance(120)
    assert (data.state(api, uid), clusters.replicas(api, one)) == ("Applied", 4)
    assert api.ok("GET", f"/v1/spectroclusters/{one}/profileUpdates") == {"profiles": []}
