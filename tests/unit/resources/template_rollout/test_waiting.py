"""A roll-out that waits: for windows and upgrades, until a deadline, through failures and interruptions."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import Steps
from tests.unit.resources.template_rollout.fleet import Fleet
from tests.unit.resources.template_rollout.test_provider import CODES, begun, states


@pytest.fixture
def linked(rollouts: Steps, fleet: Fleet) -> Fleet:
    """The roll-out stands, and the template links 1.1.0, for which all clusters have their values."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    fleet.world.forget_writes()
    return fleet


def going(fleet: Fleet, **changes: Any) -> Any:
    """Inputs of a roll-out to 1.1.0 that waits."""
    return fleet.inputs("1.1.0", CODES, **{"wait": True, **changes})


def test_windows_beyond_the_limit(rollouts: Steps, linked: Fleet) -> None:
    """Clusters whose window opens later than the limit are not waited for; preview and `up` say so."""
    inputs = going(linked)
    rollouts.preview("fleet", inputs)
    notice = next(line for line in linked.told() if line.startswith("warning"))
    assert notice.splitlines()[0] == (
        "warning: not waited for, since their next window opens later than the limit of 1m: "
        "dev (2026-01-11 00:00 Europe/Berlin), prod (2026-01-11 00:00 America/New_York), "
        "stage (2026-01-11 00:00 Asia/Tokyo)."
    )
    assert rollouts.up("fleet", inputs) == "update"
    assert linked.told().count(notice) == 1
    assert states(rollouts) == dict.fromkeys(CODES, "Pending")
    rollouts.is_steady("fleet", inputs)


def test_a_window_opens_while_it_waits(rollouts: Steps, linked: Fleet) -> None:
    """Within the limit the window is waited for; of clusters in other time zones it is said that they come later."""
    linked.to_sunday(-9.01)
    assert rollouts.up("fleet", going(linked)) == "update"
    assert states(rollouts) == {"dev": "Pending", "prod": "Pending", "stage": "Applied"}
    told = linked.world.link.lines
    assert any(line.startswith("passing: 0 of 1 applied") for line in told)
    assert any("dev (2026-01-11 00:00 Europe/Berlin), prod" in line for line in told)


def test_no_window_at_all(rollouts: Steps, linked: Fleet) -> None:
    """Without a policy nothing is waited for, and both previews and ways out are told."""
    linked.world.client.templates.set_policies(linked.template, [])
    rollouts.preview("fleet", going(linked))
    assert any(
        "nothing starts dev, prod, stage: the template has no maintenance window" in line for line in linked.told()
    )
    assert rollouts.up("fleet", going(linked)) == "update"
    assert states(rollouts) == dict.fromkeys(CODES, "Pending")


def test_windows_that_the_program_changes(rollouts: Steps, linked: Fleet) -> None:
    """The windows of the program's own policy are shown before they are written."""
    schedules = {"weekdays": {"cron": "30 20 * * MON-FRI", "duration_h": 1}}
    rollouts.preview("fleet", going(linked, schedules=schedules))
    assert "2026-01-05 20:30 Europe/Berlin" in linked.told()[0]


def test_a_failure_is_named(rollouts: Steps, linked: Fleet) -> None:
    """A cluster that fails ends the `up` with its name and reason; once it is mended, a new text goes on."""
    linked.world.later(0.3, lambda: linked.fail("prod", "the image can't be pulled"))
    with pytest.raises(AbortedError, match=r'"prod" failed: .*the image can\'t be pulled') as failed:
        rollouts.up("fleet", going(linked, upgrade_now="one"))
    assert "another text in upgrade_now tries again at once" in str(failed.value)
    outputs = rollouts.state["fleet"].outputs
    assert outputs["clusters"]["prod"]["state"] == "Failed"
    assert "the image can't be pulled" in outputs["clusters"]["prod"]["reason"]
    linked.world.clock.advance(600)
    with pytest.raises(AbortedError, match='"prod" failed'):
        rollouts.up("fleet", going(linked, upgrade_now="one"))
    linked.mend("prod")
    rollouts.preview("fleet", going(linked, upgrade_now="two"))
    assert linked.told()[-1] == "info: tried again, as it failed before: prod"
    assert rollouts.up("fleet", going(linked, upgrade_now="two")) == "update"
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")
    rollouts.is_steady("fleet", going(linked, upgrade_now="two"))


@pytest.mark.parametrize("is_new", [True, False])
def test_the_same_text_after_a_failure(rollouts: Steps, linked: Fleet, *, is_new: bool) -> None:
    """Whether it was made or updated, the next run starts nothing again, says so, and what becomes of those that failed."""
    if is_new:
        rollouts.state.clear()
    linked.world.later(0.3, lambda: linked.fail("prod", "the image can't be pulled"))
    inputs = going(linked, upgrade_now="one")
    with pytest.raises(AbortedError, match="With the same text the next `pulumi up` starts nothing again"):
        rollouts.up("fleet", inputs)
    assert "info: upgrade started now: 3 clusters: dev, prod, stage" in linked.told()
    linked.world.clock.advance(600)
    linked.world.forget_writes()
    assert rollouts.preview("fleet", inputs)[0] == "update"
    preview = linked.told()
    assert preview[-1] == (
        'info: upgrade_now "one" was started by a former run: nothing is started again, what is on its way is waited for; '
        "prod failed: another text tries that one again at once, the next window by itself"
    )
    assert not any("tried again" in line or "  at once" in line or "  now" in line for line in preview)
    with pytest.raises(AbortedError, match='"prod" failed'):
        rollouts.up("fleet", inputs)
    assert linked.world.writes == []
    linked.mend("prod")
    linked.to_sunday(6)
    assert rollouts.up("fleet", inputs) == "update"
    assert linked.world.writes == []
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")
    linked.told()
    rollouts.is_steady("fleet", inputs)
    assert not any("former run" in line for line in linked.told())


def test_a_deadline_names_who_is_left(rollouts: Steps, linked: Fleet) -> None:
    """When the time is up, the clusters that are not done are named with their next window; the next `up` goes on."""
    inputs = going(linked, upgrade_now="one", timeouts={"create": 1, "update": 0.5})
    with pytest.raises(
        AbortedError, match=r"not applied yet: dev Pending \(next window: 2026-01-11 00:00 Europe/Berlin\)"
    ):
        rollouts.up("fleet", inputs)
    assert rollouts.up("fleet", going(linked, upgrade_now="one")) == "update"
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")


def test_a_subset(rollouts: Steps, linked: Fleet) -> None:
    """A roll-out of some of the template's clusters starts those alone."""
    inputs = going(linked, upgrade_now="one")
    del inputs["given"]["prod"]
    assert rollouts.up("fleet", inputs) == "update"
    assert linked.runs() == {"dev": "1.1.0", "stage": "1.1.0", "prod": "1.0.0"}
    assert rollouts.state["fleet"].outputs["state"] == "Applied"


def test_a_lost_answer(rollouts: Steps, linked: Fleet) -> None:
    """A trigger whose answer was lost is sent again, which changes nothing."""
    linked.world.lost_answer("PATCH", "/v1/spectroclusters/clusterTemplates/{uid}/clusters/upgrade")
    assert rollouts.up("fleet", going(linked, upgrade_now="one")) == "update"
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")


def test_windows_that_are_over(rollouts: Steps, fleet: Fleet) -> None:
    """Clusters that missed their window leave it PartiallyApplied; a refresh tells when the rest goes on."""
    begun(rollouts, fleet)
    fleet.to_sunday(4)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    inputs = fleet.inputs("1.1.0", CODES)
    rollouts.up("fleet", inputs)
    fleet.to_sunday(7)
    fleet.told()
    assert rollouts.refresh("fleet")
    assert rollouts.state["fleet"].outputs["state"] == "PartiallyApplied"
    assert states(rollouts) == {"dev": "Pending", "prod": "Applied", "stage": "Pending"}
    (line,) = fleet.told()
    assert line == (
        "info: 1 of 3 applied; dev Pending (next window: 2026-01-18 00:00 Europe/Berlin), "
        "stage Pending (next window: 2026-01-18 00:00 Asia/Tokyo)"
    )
    assert rollouts.preview("fleet", inputs)[0] == "same"
    fleet.to_sunday(7 * 24)
    assert rollouts.refresh("fleet")
    assert rollouts.state["fleet"].outputs["state"] == "Applied"


def test_steps_of_a_wait(rollouts: Steps, linked: Fleet) -> None:
    """A look is one call, whatever the number of clusters."""
    linked.world.plane.env.requests.clear()
    rollouts.up("fleet", going(linked, upgrade_now="one"))
    asked = {route: number for (_, route), number in linked.world.plane.env.requests.items()}
    assert asked["/v1/clusterTemplates/{uid}"] > 2
    assert "/v1/clusterTemplates/{uid}/spectroclusters/{clusterUid}/reconcile" not in asked
    assert "/v1/spectroclusters/{uid}" not in asked


def test_a_cluster_that_is_being_made(rollouts: Steps, linked: Fleet) -> None:
    """A cluster that is made with what the template says is waited for, as no window concerns it."""
    linked.relink("1.0.0")
    linked.add("late", zone="Asia/Tokyo")
    inputs = linked.inputs("1.0.0", CODES, wait=True)
    assert rollouts.up("fleet", inputs) == "update"
    assert states(rollouts)["late"] == "Applied"


def test_a_crash_after_the_trigger(rollouts: Steps, linked: Fleet) -> None:
    """Where what was started didn't get into the state any more, the next `up` sends the trigger again, to no effect."""
    before = copy.deepcopy(rollouts.state["fleet"])
    inputs = going(linked, upgrade_now="one")
    rollouts.up("fleet", inputs)
    rollouts.state["fleet"] = before
    assert rollouts.up("fleet", inputs) == "update"
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")
    assert "info: upgrade now: no cluster waits for one" in linked.told()
    events = linked.world.client.clusters.events(linked.clusters["dev"])
    assert [event.reason for event in events].count("TemplateUpgradeStarted") == 1


# -- outages ------------------------------------------------------------------------------------------------------------

UPGRADE = "PATCH /v1/spectroclusters/clusterTemplates/{uid}/clusters/upgrade"
POLICY, TEMPLATE = "/v1/spcPolicies/maintenance/{uid}", "/v1/clusterTemplates/{uid}"


def is_kept(rollouts: Steps, fleet: Fleet, inputs: Any) -> None:
    """Assert that the upgrade was started once, that state has it, and that the next `up` ends it and starts nothing."""
    assert fleet.world.writes == [UPGRADE]
    assert fleet.world.plane.env.requests["PATCH", UPGRADE.split()[1]] == 1
    kept = rollouts.state["fleet"]
    assert kept.init_failed
    assert kept.outputs["upgrade_now"] == "one"
    assert kept.outputs["started"] == ["dev", "prod", "stage"]
    fleet.world.plane.env.faults.clear()
    fleet.world.clock.advance(1500)
    fleet.world.forget_writes()
    assert rollouts.up("fleet", inputs) == "update"
    assert fleet.world.writes == []
    outputs = rollouts.state["fleet"].outputs
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")
    assert outputs["started_at"] == kept.outputs["started_at"]
    assert [row["from"] for row in outputs["clusters"].values()] == [{"base": "1.0.0"}] * 3
    rollouts.is_steady("fleet", inputs)


@pytest.mark.parametrize("is_new", [False, True])
def test_an_outage_while_it_waits(rollouts: Steps, linked: Fleet, *, is_new: bool) -> None:
    """A service that is away for longer than a wait puts up with loses nothing of what was started, on creation too."""
    if is_new:
        rollouts.destroy("fleet")
    inputs = going(linked, upgrade_now="one")
    linked.world.later(0.3, lambda: linked.world.fault(action="status", status=503))
    with pytest.raises(
        AbortedError, match="What was started goes on and is kept: the next `pulumi up` doesn't start it"
    ):
        rollouts.up("fleet", inputs)
    assert "clusters" not in rollouts.state["fleet"].outputs
    is_kept(rollouts, linked, inputs)


@pytest.mark.parametrize(("route", "skip"), [(TEMPLATE, 2), (POLICY, 2)], ids=["the look", "the windows"])
def test_an_outage_after_the_start(rollouts: Steps, linked: Fleet, route: str, skip: int) -> None:
    """Without a wait, too, what was started is kept when the look after it fails; the error says so."""
    inputs = going(linked, upgrade_now="one", wait=False)
    linked.world.fault(method="GET", route=route, action="status", status=503, skip=skip)
    with pytest.raises(
        AbortedError, match="What was started goes on and is kept: the next `pulumi up` doesn't start it"
    ):
        rollouts.up("fleet", inputs)
    is_kept(rollouts, linked, inputs)


def test_an_outage_with_nothing_started(rollouts: Steps, linked: Fleet) -> None:
    """Where clusters go in their windows, the error doesn't speak of a start."""
    linked.world.fault(method="GET", route=TEMPLATE, action="status", status=503, skip=2)
    with pytest.raises(AbortedError, match="The next `pulumi up` goes on") as ended:
        rollouts.up("fleet", going(linked, wait=False))
    assert "started" not in str(ended.value)
    linked.world.plane.env.faults.clear()
    assert rollouts.up("fleet", going(linked, wait=False)) == "update"
    assert states(rollouts) == dict.fromkeys(CODES, "Pending")


def test_a_deadline_without_windows(rollouts: Steps, linked: Fleet) -> None:
    """Where the windows can't be read any more when the time is up, the error is that of the deadline."""
    inputs = going(linked, upgrade_now="one", timeouts={"create": 1, "update": 0.5})
    linked.world.fault(method="GET", route=POLICY, action="status", status=503, skip=2)
    with pytest.raises(AbortedError, match=r"3 clusters of template .* did not come true within 0\.5 s") as ended:
        rollouts.up("fleet", inputs)
    assert "not applied yet" not in str(ended.value)
    assert states(rollouts) == dict.fromkeys(CODES, "Pending")
    is_kept(rollouts, linked, {**inputs, "timeouts": {"create": 1, "update": 60}})
