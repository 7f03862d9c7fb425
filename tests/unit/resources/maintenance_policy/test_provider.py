"""The hooks of maintenance policies, called by pulumi's servicer, against a control plane in process."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.wire.policies import Policy
from tests.unit.resources.fleets import SUNDAY, linked, policy, template
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World

NIGHTS = {"cron": "0 1 * * *", "duration_h": 2}


def names(world: World) -> list[str]:
    """Policies that exist."""
    return [row.name for row in world.client.policies.metadata(fresh=True)]


def found(world: World, uid: str) -> Policy:
    """A policy as it is."""
    there = world.client.policies.get(uid)
    assert there is not None
    return there


def test_made_and_steady(policies: Steps, world: World) -> None:
    """A policy is made with the marker; a second run, a refresh and a run after it change nothing."""
    assert policies.up("weekly", policy()) == "create"
    assert world.writes == ["POST /v1/spcPolicies/maintenance"]
    there = found(world, policies.state["weekly"].id)
    assert there.metadata.annotations[MARKER] == policies.state["weekly"].inputs["marker"]
    (schedule,) = there.spec.schedules
    assert (schedule.name, schedule.start_cron, schedule.duration_hrs) == ("sunday", "0 0 * * SUN", 4)
    world.forget_writes()
    policies.is_steady("weekly", policy())
    assert world.writes == []


@pytest.mark.parametrize(
    "changes",
    [
        {"schedules": {**SUNDAY, "nights": NIGHTS}},
        {"schedules": {"sunday": {"cron": "0 2 * * SUN", "duration_h": 6}}},
        {"name": "renamed", "description": "for tests"},
        {"tags": {"env": "prod", "team": ""}},
    ],
)
def test_changed_in_place(policies: Steps, world: World, changes: dict[str, Any]) -> None:
    """Windows, name, description and tags change in place, in one call, with an empty second run."""
    policies.up("weekly", policy())
    uid = policies.state["weekly"].id
    world.forget_writes()
    assert policies.up("weekly", policy(**changes)) == "update"
    assert world.writes == ["PUT /v1/spcPolicies/maintenance/{uid}"]
    policies.is_steady("weekly", policy(**changes))
    assert policies.state["weekly"].id == uid


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ({"cron": "0 0 * *", "duration_h": 4}, 'schedules["a"].cron: "0 0 * *" has 4 fields; write five: minute'),
        ({"cron": "0 0 30 2 *", "duration_h": 4}, '"0 0 30 2 *" names no time that ever comes: bad day-of-month'),
        ({"cron": "0 25 * * *", "duration_h": 4}, '"0 25 * * *" names no time that ever comes: bad hour'),
        ({"cron": "0 0 * * *", "duration_h": 25}, "whole hours, from 1 to 24, not for 25 h"),
        ({"cron": "0 0 * * *", "duration_h": 0}, "whole hours, from 1 to 24, not for 0 h"),
        ({"cron": "0 0 * * *", "duration_h": 1.5}, "whole hours, from 1 to 24, not for 1.5 h"),
    ],
)
def test_windows_that_can_not_be(policies: Steps, world: World, schedule: dict[str, Any], reason: str) -> None:
    """A window that can't be is refused in the preview, with its place, before anything is sent."""
    with pytest.raises(RefusedError) as refused:
        policies.preview("weekly", policy(schedules={"a": schedule}))
    assert reason in str(refused.value)
    assert world.writes == []


def test_unknown_parts_in_a_preview(policies: Steps, world: World) -> None:
    """A cron or a name that is not known yet passes, and is an update of a policy that exists, never a replacement."""
    hidden = policy(schedules={"sunday": {"cron": UNKNOWN, "duration_h": 4}})
    assert policies.preview("weekly", hidden)[0] == "create"
    policies.up("weekly", policy())
    assert policies.preview("weekly", hidden)[0] == "update"
    assert policies.preview("weekly", policy(name=UNKNOWN))[0] == "update"
    assert policies.preview("weekly", policy(project=UNKNOWN))[0] == "update"


def test_name_of_another(policies: Steps, world: World) -> None:
    """A name that is taken is refused in the preview of a create and of a rename, with look-up and adoption as ways out."""
    policies.up("weekly", policy())
    uid = policies.state["weekly"].id
    with pytest.raises(RefusedError, match=f'"weekly" exists already \\(uid {uid}\\)') as refused:
        policies.preview("other", policy())
    assert 'get_maintenance_policy("weekly")' in str(refused.value)
    assert f'adopt="{uid}"' in str(refused.value)
    policies.up("other", policy(name="other"))
    with pytest.raises(RefusedError, match=f'"weekly" exists already \\(uid {uid}\\)'):
        policies.preview("other", policy())


def test_name_taken_meanwhile(policies: Steps, world: World) -> None:
    """A policy that another made between preview and create is never taken for our own."""
    checked = policies.check("other", {}, policy())
    policies.up("weekly", policy())
    world.forget_writes()
    with pytest.raises(AbortedError, match="exists already"):
        policies._create("other", checked)
    assert world.writes == []


def test_lost_answers(policies: Steps, world: World) -> None:
    """A create, an update and a delete whose answers were lost end as if they had not been."""
    world.lost_answer("POST", "/v1/spcPolicies/maintenance")
    policies.up("weekly", policy())
    assert names(world) == ["weekly"]
    world.lost_answer("PUT", "/v1/spcPolicies/maintenance/{uid}")
    changed = policy(schedules={"nights": NIGHTS})
    policies.up("weekly", changed)
    policies.is_steady("weekly", changed)
    world.lost_answer("DELETE", "/v1/spcPolicies/{uid}")
    policies.destroy("weekly")
    assert names(world) == []


def test_create_goes_on_after_a_crash(policies: Steps, world: World) -> None:
    """A second create for the same resource goes on with the policy of the first, and brings it in line."""
    policies.up("weekly", policy())
    uid = policies.state.pop("weekly").id
    changed = policy(schedules={"nights": NIGHTS})
    assert policies.up("weekly", changed) == "create"
    assert (policies.state["weekly"].id, names(world)) == (uid, ["weekly"])
    policies.is_steady("weekly", changed)


def test_vanished(policies: Steps, world: World) -> None:
    """A refresh of a policy that is gone gives an empty id, an update says what to do, a delete succeeds."""
    policies.up("weekly", policy())
    stored = policies.state["weekly"]
    world.client.policies.delete(stored.id)
    with pytest.raises(AbortedError, match=r'Palette: the maintenance policy "weekly" .* is gone from Palette'):
        policies.up("weekly", policy(tags={}))
    assert policies.refresh("weekly") is False
    policies.state["weekly"] = stored
    policies.destroy("weekly")


def edited(world: World, uid: str, hours: int = 8, **annotations: str) -> None:
    """Change a policy past all programs."""
    there = found(world, uid)
    (schedule,) = there.spec.schedules
    spec = there.spec.model_copy(update={"schedules": [schedule.model_copy(update={"duration_hrs": hours})]})
    meta = there.metadata.model_copy(update={"annotations": {**there.metadata.annotations, **annotations}})
    world.client.policies.update(uid, Policy(metadata=meta, spec=spec))


def test_drift(policies: Steps, world: World) -> None:
    """Windows that someone changed show in a refresh; a change of tags before it leaves them and others' annotations."""
    policies.up("weekly", policy())
    uid = policies.state["weekly"].id
    edited(world, uid, other="kept")
    policies.up("weekly", policy(tags={}))
    there = found(world, uid)
    assert (there.spec.schedules[0].duration_hrs, there.metadata.annotations["other"]) == (8, "kept")
    policies.refresh("weekly")
    assert policies.state["weekly"].inputs["schedules"]["sunday"]["duration_h"] == 8
    assert policies.up("weekly", policy(tags={})) == "update"
    assert found(world, uid).spec.schedules[0].duration_hrs == 4


def test_adoption(policies: Steps, world: World) -> None:
    """What taking over would change is listed with old and new value, and its token approves exactly that."""
    policies.up("weekly", policy())
    uid = policies.state.pop("weekly").id
    wanted = policy(
        name="nightly", schedules={"sunday": {**SUNDAY["sunday"], "duration_h": 6}, "nights": NIGHTS}, adopt=uid
    )
    with pytest.raises(RefusedError) as refused:
        policies.preview("mine", wanted)
    for part in (
        'name "weekly" -> "nightly"',
        "schedule nights is added",
        "schedule sunday (0 0 * * SUN, 4 h) -> (0 0 * * SUN, 6 h)",
        "it belongs to another program's resource",
    ):
        assert part in str(refused.value)
    token = str(refused.value).split("palette:approve=")[1].split()[0]
    with pytest.raises(RefusedError):
        policies.preview("mine", {**wanted, "description": "x", "approve": [token]})
    assert policies.up("mine", {**wanted, "approve": [token]}) == "create"
    assert policies.state["mine"].id == uid
    policies.is_steady("mine", wanted)


def test_adoption_of_nothing(policies: Steps) -> None:
    """A uid that is none is refused in the preview."""
    with pytest.raises(RefusedError, match="there is no maintenance policy with uid"):
        policies.preview("mine", policy(adopt="0" * 24))


def test_in_use(policies: Steps, templates: Steps, profiles: Steps, world: World) -> None:
    """A policy that templates use is not deleted: they are named; a change of its windows says whom it concerns."""
    policies.up("weekly", policy())
    uid = policies.state["weekly"].id
    templates.up("fleet", template(linked(profiles, world), maintenance=uid))
    policies.preview("weekly", policy(schedules={"nights": NIGHTS}))
    assert (
        "info: weekly: clusters of fleet that wait for a window wait for the new ones: nights (0 1 * * *, 2 h); "
        "in UTC next 2026-01-06 01:00 UTC"
    ) in world.link.lines
    with pytest.raises(AbortedError, match="is used by cluster templates: fleet") as failed:
        policies.destroy("weekly")
    assert "retain_on_delete" in str(failed.value)
    templates.destroy("fleet")
    policies.destroy("weekly")
    assert names(world) == []


def test_get(policies: Steps, world: World) -> None:
    """A policy that the program only reads comes with its windows; one that isn't there is an error."""
    policies.up("weekly", policy())
    got = policies.get("read", policies.state["weekly"].id)
    assert (got["name"], got["schedules"]) == ("weekly", SUNDAY)
    with pytest.raises(AbortedError, match="there is no maintenance policy with uid"):
        policies.get("read", "0" * 24)
