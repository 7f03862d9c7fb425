from __future__ import annotations

import json
import re

import pytest

from .conftest import Run, World

HOUR_S = 3600
LEVEL = {"name": "level", "required": True}
TOKEN = {"name": "token", "isSensitive": True, "defaultValue": "tok-5ecret"}


@pytest.fixture
def fleet(world: World) -> World:
    """A world with the template `shops` on `base` 1.0.0, a weekly window on Sunday, and two healthy clusters."""
    template = world.template("shops", world.profile("base", "1.0.0"), policy_uid=world.policy("weekly"))
    world.member("berlin", template, zone="Europe/Berlin")
    world.member("tokyo", template, zone="Asia/Tokyo")
    world.palette.advance(HOUR_S)
    return world


def template_uid(world: World) -> str:
    """The only template."""
    return str(world.call("GET", "/v1/dashboard/clusterTemplates/metadata")["items"][0]["uid"])


def test_no_templates(run: Run, world: World) -> None:
    """Without templates the table is empty, the JSON an empty list, and it is said."""
    shown = run("fleet", "status")
    assert shown.exit_code == 0
    assert shown.stdout.split() == [
        "TEMPLATE", "STATE", "APPLIED", "PENDING", "FAILED", "PROFILES", "POLICY", "NEXT", "WINDOW",
    ]  # fmt: skip
    assert shown.stderr.splitlines()[1] == "There are no cluster templates yet."
    assert json.loads(run("fleet", "status", "--json").stdout) == []


def test_template_without_clusters(run: Run, world: World) -> None:
    """A template that no cluster follows is shown, and that is said; without a policy there is no window."""
    world.template("shops", world.profile("base", "1.0.0"))
    assert run("fleet", "status").stdout.splitlines()[1].split() == [
        "shops", "Applied", "0", "0", "0", "base", "1.0.0", "-", "-",
    ]  # fmt: skip
    shown = run("fleet", "status", "shops")
    assert shown.exit_code == 0
    assert shown.stderr.splitlines()[-1] == 'No cluster follows "shops" yet.'


def test_unknown_template(run: Run, fleet: World) -> None:
    """A template that isn't there is an error with those that are."""
    shown = run("fleet", "status", "shop")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines()[-1] == (
        'error: there is no cluster template "shop" in sight of project Default; nearest: shops'
    )


def test_table_of_templates(run: Run, fleet: World) -> None:
    """A template's row has its state, how many clusters are how far, linked versions, policy and next window."""
    row = run("fleet", "status").stdout.splitlines()[1]
    assert row.split()[:8] == ["shops", "Applied", "2", "0", "0", "base", "1.0.0", "weekly"]
    (found,) = json.loads(run("fleet", "status", "--json").stdout)
    assert found["counts"] == {"applied": 2, "pending": 0, "failed": 0}
    assert found["next_window"] == {
        "start": "2026-01-10T15:00:00Z",
        "end": "2026-01-10T19:00:00Z",
        "is_open": False,
    }
    assert row.endswith("2026-01-10 15:00 UTC")


def test_after_a_relink(run: Run, fleet: World) -> None:
    """Each cluster has what it runs, what it waits for, and the variables that have no value there; no value is shown."""
    fleet.relink(template_uid(fleet), fleet.profile("base", "1.1.0", variables=[LEVEL, TOKEN]))
    shown = run("fleet", "status", "shops")
    lines = shown.stdout.splitlines()
    assert lines[1:4] == [
        "state     Pending: 0 applied, 2 pending, 0 failed",
        "profiles  base 1.1.0",
        "policy    weekly night (0 0 * * SUN, 4 h)",
    ]
    assert re.split(r"\s{2,}", lines[6]) == [
        "berlin", "base 1.0.0", "base 1.1.0", "Pending", "2026-01-11 00:00 Europe/Berlin", "no value for level (base)",
    ]  # fmt: skip
    as_json = run("fleet", "status", "shops", "--json").stdout
    found = json.loads(as_json)
    assert (found["name"], found["state"], found["unresolved"]) == ("shops", "Pending", 2)
    assert [each["name"] for each in found["clusters"]] == ["berlin", "tokyo"]
    berlin = found["clusters"][0]
    assert berlin["unresolved"] == [{"profile": "base", "variable": "level"}]
    assert [each["version"] for each in berlin["runs"]] == ["1.0.0"]
    assert [each["version"] for each in berlin["target"]] == ["1.1.0"]
    assert berlin["next_window"] == {
        "start": "2026-01-10T23:00:00Z",
        "end": "2026-01-11T03:00:00Z",
        "is_open": False,
    }
    assert found["windows"] == {"night": {"cron": "0 0 * * SUN", "duration_h": 4}}
    assert "tok-5ecret" not in shown.stdout + as_json


def test_while_clusters_are_upgraded(run: Run, fleet: World) -> None:
    """One that is being upgraded is InProgress, one that failed says why; what runs as it should needs no word."""
    uid = template_uid(fleet)
    fleet.relink(uid, fleet.profile("base", "1.1.0", replicas=3))
    assert "waits for a maintenance window or an upgrade now" in run("fleet", "status", "shops").stdout
    fleet.call("PATCH", f"/v1/spectroclusters/clusterTemplates/{uid}/clusters/upgrade", {})
    clusters = json.loads(run("fleet", "status", "shops", "--json").stdout)["clusters"]
    assert [(each["state"], each["target"]) for each in clusters] == [("InProgress", []), ("InProgress", [])]
    fault = {"reason": "NoSpace", "message": "the disk is full", "layer": "hello"}
    fleet.call("POST", f"/local/clusters/{clusters[0]['uid']}/fail", fault)
    fleet.palette.advance(HOUR_S)
    lines = run("fleet", "status", "shops").stdout.splitlines()
    assert lines[1] == "state     PartiallyApplied: 1 applied, 0 pending, 1 failed"
    assert "Failed" in lines[6]
    assert "the disk is full" in lines[6]
    assert lines[7].split("  ")[-1].strip() == "-"


def test_an_open_window(run: Run, fleet: World) -> None:
    """A window that is open by the service's clock is told with its end, by the clocks of the cluster."""
    fleet.palette.advance(5 * 24 * HOUR_S + 3.5 * HOUR_S)  # Saturday 16:30 UTC, Sunday 01:30 in Tokyo
    lines = run("fleet", "status", "shops").stdout.splitlines()
    assert [re.split(r"\s{2,}", line)[4] for line in lines[6:]] == [
        "2026-01-11 00:00 Europe/Berlin",
        "open until 2026-01-11 04:00 Asia/Tokyo",
    ]
    assert run("fleet", "status").stdout.splitlines()[1].endswith("open until 2026-01-10 19:00 UTC")


def test_policies(run: Run, fleet: World) -> None:
    """A policy is listed with its windows and the templates that use it."""
    fleet.policy("nightly", "30 2 * * *", 1)
    assert [re.split(r"\s{2,}", line) for line in run("policies").stdout.splitlines()] == [
        ["POLICY", "WINDOWS", "TEMPLATES"],
        ["nightly", "night (30 2 * * *, 1 h)", "-"],
        ["weekly", "night (0 0 * * SUN, 4 h)", "shops"],
    ]
    rows = json.loads(run("policies", "--json").stdout)
    assert (rows[0]["name"], rows[0]["windows"]) == ("nightly", {"night": {"cron": "30 2 * * *", "duration_h": 1}})


def test_no_policies(run: Run, world: World) -> None:
    """Without policies the list is empty, and it is said."""
    shown = run("policies")
    assert (shown.exit_code, shown.stdout.split()) == (0, ["POLICY", "WINDOWS", "TEMPLATES"])
    assert shown.stderr.splitlines()[-1] == "There are no maintenance policies yet."


def test_one_cluster(run: Run, fleet: World) -> None:
    """A cluster in detail names its template and how far it is; one without a template names none."""
    fleet.cluster("alone", fleet.profile("p", "1.0.0"))
    assert json.loads(run("clusters", "alone", "--json").stdout)["template"] is None
    assert "template" not in run("clusters", "alone").stdout
    uid = template_uid(fleet)
    fleet.relink(uid, fleet.profile("base", "1.1.0"))
    told = "the template has changed; waits for a maintenance window or an upgrade now"
    assert f"template         shops (Pending: {told})\n" in run("clusters", "berlin").stdout
    assert json.loads(run("clusters", "berlin", "--json").stdout)["template"] == {
        "name": "shops",
        "uid": uid,
        "state": "Pending",
        "message": told,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["override", "berlin", "hello", "--set", "/a=1"],
        ["override", "berlin", "hello", "--reset"],
        ["apply", "berlin", "--yes"],
        ["review", "berlin", "--to", "1.1.0"],
        ["review", "berlin", "--edit"],
    ],
)
def test_a_template_owns_its_clusters(run: Run, fleet: World, arguments: list[str]) -> None:
    """What a template says can't be changed on a cluster that follows it: that is told with the template's name."""
    fleet.profile("base", "1.1.0")
    shown = run(*arguments)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert (
        'error: "berlin" follows the template "shops", which says what it runs; nothing was sent.\n'
        "  change the template: the versions it links, or values of variables"
        "   how far it is: palette fleet status shops\n"
    ) in shown.stderr


def test_looking_at_a_cluster_of_a_template(run: Run, fleet: World) -> None:
    """Review and list of overrides are for looking, and work as for any cluster."""
    assert run("review", "berlin").exit_code == 0
    assert run("override", "berlin").exit_code == 0


def test_few_calls(run: Run, fleet: World) -> None:
    """A fleet that runs what it should costs the same calls, however many clusters it has."""

    def calls() -> int:
        fleet.palette.admin.reset_requests()
        assert run("fleet", "status", "shops").exit_code == 0
        return int(fleet.palette.admin.requests()["total"])

    two = calls()
    fleet.member("oslo", template_uid(fleet))
    fleet.palette.advance(HOUR_S)
    assert calls() == two
