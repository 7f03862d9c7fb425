"""The gate in front of a stage: whom it asks, what it lets pass, and how it tells."""

from __future__ import annotations

import re
from typing import Any

import pytest

from palette_sdk.resources.fleet.gating import Soak, approval, changes, recorded
from palette_sdk.rules.unknown import UNKNOWN as NOT_KNOWN
from tests.unit.resources.fleet.conftest import ID
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, Steps
from tests.unit.resources.world import World


def member(plan: str, content: Any = "c1", *, held: bool = True, read: Any = ()) -> dict[str, Any]:
    """A member as the program has it."""
    return {"plan": plan, "content": content, "held": held, "read": list(read)}


def inputs(members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Inputs of a manual gate."""
    return {
        "name": "shop",
        "fleet": ID,
        "stage": "prod",
        "manual": True,
        "members": members,
        "soaks": {},
        "gates": "stop",
        "approve": [],
        **changes,
    }


def warnings(world: World) -> list[str]:
    """What was warned about."""
    return [line.removeprefix("warning: ") for line in world.link.lines if line.startswith("warning: ")]


def token_in(text: str) -> str:
    """The token that a text tells."""
    found = re.search(r'approve=\["(gt-[0-9a-f]{4})"\]', text)
    assert found is not None, text
    return found[1]


# -- pure ----------------------------------------------------------------------------------------------------------------

OLD = {"plan": "p1", "content": "c1"}


@pytest.mark.parametrize(
    ("old", "new", "content"),
    [
        (OLD, member("p1", "c2"), "c1"),
        (OLD, member("p1", "c2", held=False), "c2"),
        (OLD, member("p2", "c2"), "c2"),
        (None, member("p1", "c2"), "c2"),
        (OLD, member("p1", NOT_KNOWN), "c1"),
        (OLD, member("p1", NOT_KNOWN, held=False), NOT_KNOWN),
        (OLD, {**member("p1"), "plan": NOT_KNOWN, "content": "c2"}, "c2"),
    ],
)
def test_content_that_is_kept(old: Any, new: dict[str, Any], content: Any) -> None:
    """A held edit of the same versions keeps what was recorded; anything else takes the content as it is."""
    (found,) = recorded({"a": old} if old else {}, {"a": new}).values()
    assert found == {"plan": new["plan"], "content": content}


def test_changes() -> None:
    """What comes or becomes something else changes; what stays or leaves doesn't."""
    other = {"plan": "p2", "content": "c1"}
    assert changes({"a": OLD, "b": OLD, "c": OLD}, {"a": OLD, "b": other, "d": OLD}) == ["b", "d"]
    assert changes({"a": OLD}, {"a": {"plan": "p1", "content": NOT_KNOWN}}) == ["a"]


def test_tokens() -> None:
    """A token is of exactly these members of this stage; there is none for what isn't known."""
    assert approval(ID, "prod", {"a": OLD}) == approval(ID, "prod", {"a": dict(OLD)})
    others = [
        ("0" * 10, "prod", {"a": OLD}),
        (ID, "dev", {"a": OLD}),
        (ID, "prod", {"b": OLD}),
        (ID, "prod", {"a": {**OLD, "plan": ""}}),
    ]
    assert approval(ID, "prod", {"a": OLD}) not in [approval(*other) for other in others]
    assert approval(ID, "prod", {"a": {"plan": "p1", "content": NOT_KNOWN}}) is None


def test_soaks() -> None:
    """A soak ends so long after its stage was ready, by the service's time."""
    soak = Soak("dev", 1800, "2026-11-27T01:00:00Z")
    assert soak.left_s("2026-11-27T01:18:00Z") == 720
    assert soak.told("2026-11-27T01:18:00Z") == 'stage "dev" soaks until 2026-11-27 01:30 UTC (in 12 min)'
    assert soak.left_s("2026-11-27T01:30:00Z") == soak.left_s("2026-11-28T00:00:00Z") == 0
    assert Soak("dev", 1800, None).told("2026-11-27T01:00:00Z") == 'stage "dev" soaks for 30m once it is ready'


# -- manual gates ----------------------------------------------------------------------------------------------------------


def test_wants_a_token(world: World, gates: Steps) -> None:
    """The preview tells the token and what changes; `up` fails with the same one, and with it passes for good."""
    given = inputs({"a": member("p1"), "b": member("p1")})
    step, _ = gates.preview("prod-gate", given)
    assert step == "create"
    (told,) = warnings(world)
    assert 'stage "prod" waits for approval (gate="manual"): 2 of 2 clusters: a, b.' in told
    with pytest.raises(AbortedError) as error:
        gates.up("prod-gate", given)
    text = str(error.value)
    assert (
        'stage "prod" of the fleet "shop" waits for approval: 2 of 2 clusters: a, b. The stages before it are done'
        in text
    )
    assert "prod-gate" not in gates.state
    assert token_in(text) == token_in(told)
    approved = {**given, "approve": [token_in(told)]}
    assert gates.up("prod-gate", approved) == "create"
    assert gates.state["prod-gate"].id == f"{ID}/prod/gate"
    gates.is_steady("prod-gate", given)
    assert len(warnings(world)) == 2


def test_asks_for_what_changes_alone(world: World, gates: Steps) -> None:
    """A token approves one change and no other; a stage that stays, or loses a member, passes without asking."""
    first = {"a": member("p1"), "b": member("p1"), "c": member("p1")}
    gates.up("prod-gate", inputs(first, manual=False))
    changed = {**first, "b": member("p2")}
    with pytest.raises(AbortedError, match="1 of 3 clusters: b") as error:
        gates.up("prod-gate", inputs(changed))
    token = token_in(str(error.value))
    with pytest.raises(AbortedError, match="2 of 3 clusters: a, b"):
        gates.up("prod-gate", inputs({**changed, "a": member("p2")}, approve=[token]))
    assert gates.up("prod-gate", inputs(changed, approve=[token])) == "update"
    del changed["c"]
    seen = len(warnings(world))
    assert gates.up("prod-gate", inputs(changed)) == "update"
    assert gates.up("prod-gate", inputs(changed)) == "same"
    assert len(warnings(world)) == seen


def test_a_held_edit(gates: Steps) -> None:
    """An edit in place that is held asks for nothing, and for a token when it is applied."""
    gates.up("prod-gate", inputs({"a": member("p1")}, manual=False))
    assert gates.up("prod-gate", inputs({"a": member("p1", "c2")})) == "same"
    with pytest.raises(AbortedError, match="waits for approval: 1 cluster: a"):
        gates.up("prod-gate", inputs({"a": member("p1", "c2", held=False)}))
    assert gates.up("prod-gate", inputs({"a": member("p1", held=False)})) == "same"


def test_what_is_not_known_yet(world: World, gates: Steps) -> None:
    """A preview that can't know what members become says so, and `up` stops with the token."""
    given = inputs({"a": {**member("p1"), "plan": UNKNOWN}})
    gates.preview("prod-gate", given)
    (told,) = warnings(world)
    assert "its token is told when `pulumi up` gets there" in told


def test_versions_that_are_edited_elsewhere(world: World, gates: Steps, profiles: Steps) -> None:
    """The content of a version that the program doesn't have is read, where it would be applied."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id

    def looked_up() -> dict[str, Any]:
        return inputs({"a": member("p1", held=False, read=[uid])})

    gates.up("prod-gate", {**looked_up(), "manual": False})
    gates.is_steady("prod-gate", looked_up())
    profiles.up("web", world.profile(replicas=3))
    with pytest.raises(AbortedError, match="waits for approval: 1 cluster: a"):
        gates.up("prod-gate", looked_up())


# -- soaks -----------------------------------------------------------------------------------------------------------------


def soaking(world: World, seconds: float, **changes: Any) -> dict[str, Any]:
    """Inputs of a gate behind a stage that was ready now."""
    world.client.projects.list(fresh=True)
    soaks = {"dev": {"seconds": seconds, "ready_at": world.client.service_time()}}
    return inputs({"a": member("p1")}, manual=False, soaks=soaks, **changes)


def test_a_soak_ends_the_run(world: World, gates: Steps) -> None:
    """Until the time has come `up` stops in front of the stage, with the time; then the next one goes on."""
    given = soaking(world, 1800)
    gates.preview("prod-gate", given)
    (told,) = warnings(world)
    assert (
        'stage "prod" (1 cluster: a) comes after a soak: stage "dev" soaks until 2026-01-05 12:30 UTC (in 30 min)'
        in told
    )
    with pytest.raises(AbortedError) as error:
        gates.up("prod-gate", given)
    text = str(error.value)
    assert (
        'stage "prod" of the fleet "shop" has to wait (1 cluster: a): stage "dev" soaks until 2026-01-05 12:30 UTC'
        in text
    )
    assert "run `pulumi up` again then" in text
    assert world.waited == 0
    world.turn(20)
    with pytest.raises(AbortedError, match=r"\(in 10 min\)"):
        gates.up("prod-gate", given)
    world.turn(10)
    assert gates.up("prod-gate", given) == "create"
    assert gates.up("prod-gate", soaking(world, 1800)) == "same"


def test_a_soak_of_a_stage_that_changes(world: World, gates: Steps) -> None:
    """In a preview in which the stage before changes the length is told."""
    gates.preview(
        "prod-gate", inputs({"a": member("p1")}, manual=False, soaks={"dev": {"seconds": 1800, "ready_at": UNKNOWN}})
    )
    assert 'stage "dev" soaks for 30m once it is ready; `pulumi up` stops there' in warnings(world)[0]


def test_a_soak_that_is_waited_for(world: World, gates: Steps) -> None:
    """By choice the run waits, with progress, until all soaks are over."""
    given = soaking(world, 1800, gates="wait")
    given["soaks"]["stage"] = {**given["soaks"]["dev"], "seconds": 600}
    assert gates.up("prod-gate", given) == "create"
    assert 29 <= world.waited <= 32
    assert any('passing: stage "dev" soaks until' in line for line in world.link.lines)
    assert world.link.lines[-1].startswith("passing: all stages before it have soaked")


def test_a_cancel(world: World, gates: Steps) -> None:
    """A cancel ends the wait for a soak."""
    world.later(5, world.cancelled.set)
    with pytest.raises(AbortedError, match='stopped while waiting for the stages before stage "prod"'):
        gates.up("prod-gate", soaking(world, 1800, gates="wait"))


def test_both(world: World, gates: Steps) -> None:
    """A manual gate behind a soak wants the token first, and then the time."""
    given = {**soaking(world, 600), "manual": True}
    with pytest.raises(AbortedError) as error:
        gates.up("prod-gate", given)
    given["approve"] = [token_in(str(error.value))]
    with pytest.raises(AbortedError, match="has to wait"):
        gates.up("prod-gate", given)
    world.turn(10)
    assert gates.up("prod-gate", given) == "create"
