"""The hooks of a roll-out on a real control plane: judged in the preview, started, waited for, read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.template_rollout.fleet import Fleet, template_body

CODES = {"dev": {"region_code": "dev"}, "stage": {"region_code": "stg"}, "prod": {"region_code": "prd"}}
TWO = {name: CODES[name] for name in ("dev", "prod")}


def states(rollouts: Steps) -> dict[str, str]:
    """The state of each cluster in the outputs."""
    return {name: row["state"] for name, row in rollouts.state["fleet"].outputs["clusters"].items()}


def begun(rollouts: Steps, fleet: Fleet) -> None:
    """The roll-out stands, and nothing of it is to be done."""
    assert rollouts.up("fleet", fleet.inputs("1.0.0")) == "create"
    fleet.told()


def test_a_preview_before_the_relink(rollouts: Steps, fleet: Fleet) -> None:
    """The template is judged by the program's versions: one refusal for all clusters, with windows in their zones."""
    begun(rollouts, fleet)
    with pytest.raises(RefusedError) as refused:
        rollouts.preview("fleet", fleet.inputs("1.1.0", TWO))
    assert str(refused.value).splitlines() == [
        'template "fleet" base 1.0.0 -> 1.1.0: 1 of 3 clusters has variables without a value; nothing was changed.',
        "  cluster  variable     old  new  default  next window",
        "  dev      region_code  -    dev  -        2026-01-11 00:00 Europe/Berlin",
        "  prod     region_code  -    prd  -        2026-01-11 00:00 America/New_York",
        '  stage    region_code  -    ?    -        set variables={"region_code": ...} on the cluster',
        '  or leave those out of this roll-out: TemplateRollout(pending="skip")',
    ]
    assert rollouts.preview("fleet", fleet.inputs("1.1.0", CODES))[0] == "update"
    assert fleet.told()[0].splitlines()[1:3] == [
        "  cluster  from -> to           next window",
        "  dev      base 1.0.0 -> 1.1.0  2026-01-11 00:00 Europe/Berlin",
    ]


def test_windows_move_the_clusters(rollouts: Steps, fleet: Fleet) -> None:
    """Without a trigger nothing starts; each cluster goes in its window, which a refresh shows and nothing else."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    inputs = fleet.inputs("1.1.0", CODES)
    assert rollouts.up("fleet", inputs) == "update"
    outputs = rollouts.state["fleet"].outputs
    assert outputs["state"] == "Pending"
    assert outputs["clusters"]["dev"] == {
        "from": {"base": "1.0.0"},
        "to": {"base": "1.1.0"},
        "state": "Pending",
        "reason": "waits for a maintenance window or an upgrade now",
    }
    rollouts.is_steady("fleet", inputs)
    fleet.to_sunday(0.5)
    assert fleet.runs() == {"dev": "1.1.0", "stage": "1.1.0", "prod": "1.0.0"}
    assert rollouts.refresh("fleet")
    assert states(rollouts) == {"dev": "Applied", "stage": "Applied", "prod": "Pending"}
    assert rollouts.state["fleet"].outputs["state"] == "PartiallyApplied"
    fleet.to_sunday(6)
    assert rollouts.refresh("fleet")
    assert rollouts.state["fleet"].outputs["state"] == "Applied"
    assert rollouts.state["fleet"].outputs["clusters"]["prod"]["from"] == {"base": "1.0.0"}
    rollouts.is_steady("fleet", inputs)


def test_upgrade_now(rollouts: Steps, fleet: Fleet) -> None:
    """A new text starts all clusters in one call and waits for them; the same text, or none, starts nothing."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    inputs = fleet.inputs("1.1.0", CODES, upgrade_now="one", wait=True)
    fleet.world.forget_writes()
    assert rollouts.up("fleet", inputs) == "update"
    assert len(fleet.world.writes) == 1
    assert set(fleet.runs().values()) == {"1.1.0"}
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")
    assert "info: upgrade started now: 3 clusters: dev, prod, stage" in fleet.told()
    rollouts.is_steady("fleet", inputs)
    assert rollouts.up("fleet", fleet.inputs("1.1.0", CODES, wait=True)) == "update"
    assert len(fleet.world.writes) == 1


def test_skip(rollouts: Steps, fleet: Fleet) -> None:
    """Clusters without a value are left out by name, the others start; the value makes them go with the next text."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **TWO)
    inputs = fleet.inputs("1.1.0", TWO, upgrade_now="one", pending="skip", wait=True)
    assert rollouts.preview("fleet", inputs)[1]["skipped"] == {"stage": ["region_code"]}
    assert any("left out of this roll-out" in line and line.startswith("warning") for line in fleet.told())
    rollouts.up("fleet", inputs)
    assert fleet.runs() == {"dev": "1.1.0", "stage": "1.0.0", "prod": "1.1.0"}
    outputs = rollouts.state["fleet"].outputs
    assert outputs["state"] == "PartiallyApplied"
    assert outputs["clusters"]["stage"]["state"] == "Skipped"
    assert outputs["clusters"]["stage"]["reason"] == "no value for region_code"
    rollouts.is_steady("fleet", inputs)
    fleet.give("1.1.0", stage=CODES["stage"])
    inputs = fleet.inputs("1.1.0", CODES, upgrade_now="two", pending="skip", wait=True)
    assert rollouts.up("fleet", inputs) == "update"
    assert fleet.runs()["stage"] == "1.1.0"
    assert "skipped" not in rollouts.state["fleet"].inputs
    assert rollouts.state["fleet"].outputs["state"] == "Applied"


def test_the_judgement_is_made_again_before_the_trigger(rollouts: Steps, fleet: Fleet) -> None:
    """A value that the preview counted on and that was never written stops the `up`, and no cluster is upgraded."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **TWO)
    with pytest.raises(AbortedError, match="1 of 3 clusters has variables without a value; no cluster was upgraded"):
        rollouts.up("fleet", fleet.inputs("1.1.0", CODES, upgrade_now="one"))
    assert set(fleet.runs().values()) == {"1.0.0"}


def test_an_interrupted_wait_goes_on(rollouts: Steps, fleet: Fleet) -> None:
    """What was started is kept: the next `up` waits and starts nothing."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    inputs = fleet.inputs("1.1.0", CODES, upgrade_now="one", wait=True)
    fleet.world.later(0.3, fleet.world.cancelled.set)
    with pytest.raises(AbortedError, match="stopped while waiting for 3 clusters of template"):
        rollouts.up("fleet", inputs)
    assert rollouts.state["fleet"].init_failed
    fleet.world.cancelled.clear()
    fleet.world.forget_writes()
    assert rollouts.up("fleet", inputs) == "update"
    assert fleet.world.writes == []
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")
    rollouts.is_steady("fleet", inputs)


def test_new_clusters(rollouts: Steps, fleet: Fleet) -> None:
    """A cluster that does not exist yet is no reason to refuse, and is told as new."""
    begun(rollouts, fleet)
    inputs: dict[str, Any] = fleet.inputs("1.0.0")
    inputs["given"]["next"] = {"uid": UNKNOWN, "timezone": "UTC", "variables": {}, "secrets": {}}
    step, checked = rollouts.preview("fleet", inputs)
    assert step == "update"
    assert checked["members"]["next"] == UNKNOWN
    assert "is made with what the template says" in fleet.told()[0]


def test_a_time_zone_that_is_not_known_yet(rollouts: Steps, fleet: Fleet) -> None:
    """A cluster whose time zone is known after apply is judged like the others; of its window nothing is said yet."""
    begun(rollouts, fleet)
    inputs = fleet.inputs("1.1.0", CODES, wait=True)
    inputs["given"]["dev"]["timezone"] = UNKNOWN
    inputs["given"]["prod"]["timezone"] = None
    inputs["given"]["next"] = {"uid": UNKNOWN, "timezone": UNKNOWN, "variables": {}, "secrets": {}}
    assert rollouts.preview("fleet", inputs)[0] == "update"
    told = fleet.told()
    assert told[0].splitlines()[2:] == [
        "  dev      base 1.0.0 -> 1.1.0                  known after apply",
        "  prod     base 1.0.0 -> 1.1.0                  2026-01-11 00:00 America/New_York",
        "  stage    base 1.0.0 -> 1.1.0                  2026-01-11 00:00 Asia/Tokyo",
        "  next     is made with what the template says  -",
    ]
    (late,) = [line for line in told if line.startswith("warning")]
    assert "not waited for" in late
    assert "dev" not in late


def test_steady_previews_ask_nothing(rollouts: Steps, fleet: Fleet) -> None:
    """Where nothing would change, no call is made; else a few, whatever the number of clusters."""
    begun(rollouts, fleet)
    fleet.world.forget_writes()
    assert rollouts.preview("fleet", fleet.inputs("1.0.0"))[0] == "same"
    assert sum(fleet.world.plane.env.requests.values()) == 0
    rollouts.preview("fleet", fleet.inputs("1.1.0", CODES))
    few = sum(fleet.world.plane.env.requests.values())
    for number in range(20):
        fleet.add(f"more-{number}")
    fleet.world.forget_writes()
    values = {name: {"region_code": "x"} for name in fleet.clusters}
    rollouts.preview("fleet", fleet.inputs("1.1.0", values))
    assert sum(fleet.world.plane.env.requests.values()) == few


def test_carried_values_that_do_not_fit(rollouts: Steps, fleet: Fleet) -> None:
    """A value that carries over counts; one that the new version does not take is missing, and says why."""
    fleet.give("1.0.0", dev={"replicas": "3"}, prod={"replicas": "2"})
    begun(rollouts, fleet)
    fleet.version("1.2.0", replicas={"input": "dropdown", "options": ["1", "2"], "default": "1"})
    with pytest.raises(RefusedError) as refused:
        rollouts.preview("fleet", fleet.inputs("1.2.0"))
    assert str(refused.value).splitlines()[2:] == [
        (
            "  dev      replicas  3    ?    1        its value is not one of its options 1, 2; "
            'set variables={"replicas": ...} on the cluster'
        ),
        '  or leave those out of this roll-out: TemplateRollout(pending="skip")',
    ]
    fleet.relink("1.2.0")
    with pytest.raises(RefusedError, match="no cluster was upgraded"):
        rollouts.preview("fleet", fleet.inputs("1.2.0"))


def test_a_default_is_told(rollouts: Steps, fleet: Fleet) -> None:
    """A default that clusters get with the new version stands in the table, before the relink and after it."""
    begun(rollouts, fleet)
    fleet.version("1.2.0", replicas={"format": "number", "default": "5"})
    for _ in range(2):
        rollouts.preview("fleet", fleet.inputs("1.2.0"))
        table = next(line for line in fleet.told() if "variables that are new or change" in line)
        assert "  dev      replicas  1    5    5        2026-01-11 00:00 Europe/Berlin" in table
        fleet.relink("1.2.0")


def test_values_of_the_template(rollouts: Steps, fleet: Fleet) -> None:
    """A value for all clusters counts for each of them, and another one is an update of the roll-out."""
    begun(rollouts, fleet)
    shared = {"values": {"base": {"region_code": "eu"}}, "variables": {}, "secret": False}
    inputs = fleet.inputs("1.1.0", shared=shared)
    inputs["template"]["common"] = {"base": ["region_code"]}
    rollouts.preview("fleet", inputs)
    assert "  dev      region_code  -    eu   -  " in fleet.told()[1]
    fleet.relink("1.1.0", region_code="eu")
    inputs["upgrade_now"], inputs["wait"] = "one", True
    rollouts.up("fleet", inputs)
    assert set(fleet.runs().values()) == {"1.1.0"}
    rollouts.is_steady("fleet", inputs)
    inputs["shared"]["values"] = {"base": {"region_code": "us"}}
    assert rollouts.preview("fleet", inputs)[0] == "update"
    assert "eu   us" in fleet.told()[-2]


def test_secrets_stay_secret(rollouts: Steps, fleet: Fleet) -> None:
    """A value that the program gives as a secret, or whose variable is sensitive, stands in no line, error or state."""
    fleet.version("1.2.0", replicas={"format": "number", "default": "1"}, region_code={"required": True}, token={
        "required": True, "sensitive": True,
    })  # fmt: skip
    begun(rollouts, fleet)
    values = {name: {"region_code": "hush-1", "token": "hush-2"} for name in CODES}
    inputs = fleet.inputs("1.2.0", values)
    for item in inputs["given"].values():
        item["secrets"] = {"region_code": True, "token": False}
    rollouts.preview("fleet", inputs)
    assert rollouts.hidden == ["values"], "a short value could be guessed from its digest"
    assert "  dev      token        -    [secret]  -" in fleet.told()[1]
    fleet.relink("1.2.0")
    fleet.give("1.2.0", **values)
    rollouts.up("fleet", {**inputs, "upgrade_now": "one", "wait": True})
    del inputs["given"]["dev"]["variables"]["token"]
    fleet.version("1.3.0", region_code={"format": "number", "required": True})
    again = {**fleet.inputs("1.3.0"), "given": inputs["given"]}
    with pytest.raises(RefusedError) as refused:
        rollouts.preview("fleet", again)
    assert "hush" not in str(refused.value)
    assert "[secret]" in str(refused.value)
    assert "hush" not in repr((rollouts.state, fleet.world.link.lines))


def test_rolling_back(rollouts: Steps, fleet: Fleet) -> None:
    """Linking the former version again is a roll-out like any other."""
    begun(rollouts, fleet)
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    rollouts.up("fleet", fleet.inputs("1.1.0", CODES, upgrade_now="one", wait=True))
    rollouts.preview("fleet", fleet.inputs("1.0.0", CODES, upgrade_now="two", wait=True))
    fleet.relink("1.0.0")
    rollouts.up("fleet", fleet.inputs("1.0.0", CODES, upgrade_now="two", wait=True))
    assert set(fleet.runs().values()) == {"1.0.0"}
    assert rollouts.state["fleet"].outputs["clusters"]["dev"]["from"] == {"base": "1.1.0"}


def test_clusters_that_do_not_follow(rollouts: Steps, fleet: Fleet) -> None:
    """A cluster of another template, or of none, is refused by name."""
    inputs = fleet.inputs("1.0.0")
    other = Fleet(fleet.world, fleet.profiles, fleet.definitions, template="x")
    other.template = fleet.world.client.templates.create(template_body(fleet.uid("1.0.0"), "other"))
    inputs["given"]["web"] = {"uid": other.add("web"), "timezone": "UTC", "variables": {}, "secrets": {}}
    with pytest.raises(RefusedError, match='clusters: web does not follow the template "fleet"'):
        rollouts.preview("fleet", inputs)


def test_clusters_that_are_not_in_the_roll_out(rollouts: Steps, fleet: Fleet) -> None:
    """Who else follows the template is named, as its window upgrades it all the same."""
    some = fleet.inputs("1.0.0")
    del some["given"]["stage"]
    assert rollouts.up("fleet", some) == "create"
    assert not any("not in this roll-out" in line for line in fleet.told()), "nothing would become of it"
    inputs = fleet.inputs("1.1.0", CODES)
    del inputs["given"]["stage"]
    rollouts.preview("fleet", inputs)
    told = [line for line in fleet.told() if "not in this roll-out" in line]
    assert len(told) == 1
    assert "upgraded in their windows all the same: stage." in told[0]


def test_clusters_by_uid(rollouts: Steps, fleet: Fleet) -> None:
    """A cluster that is given by its uid is told by its name, with the zone that the service has."""
    inputs = fleet.inputs("1.1.0")
    inputs["given"] = {uid: {"uid": uid} for uid in fleet.clusters.values()}
    with pytest.raises(RefusedError, match="3 of 3 clusters have variables without a value"):
        rollouts.preview("fleet", inputs)
    rollouts.preview("fleet", {**inputs, "pending": "skip"})
    assert "  stage    base 1.0.0 -> 1.1.0  skipped: no value for region_code" in fleet.told()[0]
    fleet.relink("1.1.0")
    fleet.give("1.1.0", **CODES)
    rollouts.up("fleet", {**inputs, "upgrade_now": "one", "wait": True})
    assert states(rollouts) == dict.fromkeys(CODES, "Applied")


def test_a_template_that_someone_changed(rollouts: Steps, fleet: Fleet) -> None:
    """Nothing is started when the template links another version than the program says by then."""
    begun(rollouts, fleet)
    with pytest.raises(AbortedError, match=r"links base 1\.0\.0, not 1\.1\.0: someone changed it; nothing was started"):
        rollouts.up("fleet", fleet.inputs("1.1.0", CODES, upgrade_now="one"))


def test_a_template_that_is_gone(rollouts: Steps, fleet: Fleet) -> None:
    """A roll-out without its template is gone with it; deleting a roll-out deletes nothing."""
    begun(rollouts, fleet)
    fleet.world.forget_writes()
    rollouts.destroy("fleet")
    assert fleet.world.writes == []
    begun(rollouts, fleet)
    for uid in fleet.clusters.values():
        fleet.world.client.clusters.delete(uid)
    fleet.world.clock.advance(3600)
    fleet.world.client.templates.delete(fleet.template)
    assert not rollouts.refresh("fleet")


def test_a_template_that_is_made_now(rollouts: Steps, fleet: Fleet) -> None:
    """In the preview that makes template and clusters nothing is judged, and nothing asked."""
    inputs = fleet.inputs("1.0.0")
    inputs["template"]["uid"] = UNKNOWN
    inputs["given"] = {name: {**item, "uid": UNKNOWN} for name, item in inputs["given"].items()}
    fleet.world.plane.env.requests.clear()
    step, checked = rollouts.preview("fleet", inputs)
    assert step == "create"
    assert checked["versions"] == {"base": "1.0.0"}
    assert sum(fleet.world.plane.env.requests.values()) == 0
