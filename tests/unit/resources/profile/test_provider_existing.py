"""The hooks of profiles that exist already: taken over, or edited by someone else."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile import bodies, live
from palette_sdk.resources.profile.bodies import MARKER
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World, manifest_layer


def test_adopted_when_equal(profiles: Steps, world: World) -> None:
    """An existing version that equals the program is taken over without a token."""
    inputs = world.profile()
    uid = made_in_the_console(profiles, world, inputs)
    world.forget_writes()
    assert profiles.up("mine", {**inputs, "adopt": uid}) == "create"
    assert world.writes == ["PATCH /v1/clusterprofiles/{uid}/metadata"]
    assert profiles.state["mine"].id == uid
    profiles.is_steady("mine", {**inputs, "adopt": uid})


def made_in_the_console(profiles: Steps, world: World, inputs: dict[str, Any]) -> str:
    """A version that no program made; its uid."""
    from palette_sdk.wire.meta import MetaInput

    profiles.up("console", inputs)
    uid = profiles.state.pop("console").id
    found = world.client.profiles.get(uid)
    assert found is not None
    annotations = {key: text for key, text in found.metadata.annotations.items() if key != MARKER}
    meta = {"name": found.metadata.name, "labels": found.metadata.labels, "annotations": annotations}
    world.client.profiles.patch_metadata(uid, MetaInput.of(meta))
    return uid


def approval(refused: Any) -> str:
    """The token that a refusal prints."""
    return str(refused.value).split("palette:approve=")[1].split()[0]


def edited_in_the_console(world: World, uid: str, props: dict[str, Any], *, publish: bool = True) -> None:
    """Write these layers past all programs."""
    content = world.client.profiles.content(uid, fresh=True)
    assert content is not None
    uids = {name: each.manifest_uids for name, each in content.layers.items()}
    world.client.profiles.update(uid, bodies.update_body(props, uid, uids))
    if publish:
        world.client.profiles.publish(uid)


def with_hello(profiles: Steps, text: str) -> dict[str, Any]:
    """The props in state of the profile `web` with another manifest."""
    stored = profiles.state["web"].inputs
    return {**stored, "layers": {**stored["layers"], "hello": manifest_layer(text)}}


def hello(world: World, uid: str) -> str:
    """The manifest that clusters get."""
    found = world.client.profiles.get(uid)
    assert found is not None
    return live.published_texts(world.client, found, fresh=True)["hello"]["hello"]


def test_adoption_wants_its_token(profiles: Steps, world: World) -> None:
    """What an adoption would change is listed, and its token approves exactly that."""
    uid = made_in_the_console(profiles, world, world.profile())
    inputs = world.profile(replicas=4, tags={"new": ""}, adopt=uid)
    with pytest.raises(
        RefusedError, match=r'would change: content of layer hello, tags \{env: "dev"\} -> \{new: ""\}'
    ) as refused:
        profiles.preview("mine", inputs)
    token = approval(refused)
    with pytest.raises(RefusedError):
        profiles.preview("mine", {**inputs, "description": "x", "tags": {"env": "dev"}, "approve": [token]})
    assert profiles.up("mine", {**inputs, "approve": [token]}) == "create"
    profiles.is_steady("mine", inputs)


REGION = {
    "display_name": "",
    "description": "where",
    "format": "string",
    "input": "text",
    "options": [],
    "default": "hidden-default",
    "regex": "",
    "required": False,
    "immutable": False,
    "hidden": False,
    "sensitive": False,
}


def test_adoption_shows_what_it_would_lose(profiles: Steps, world: World) -> None:
    """Variables, order of layers and description are listed, with old and new value; a default is never shown."""
    there = world.profile(
        description="of the shop", variables={"region": REGION, "gone": REGION, "limit": {**REGION, "default": "3"}}
    )
    uid = made_in_the_console(profiles, world, there)
    order = [*there["layer_order"][:2], "hello", *there["layer_order"][2:4]]
    variables = {"region": {**REGION, "regex": ".*"}, "new": REGION, "limit": {**REGION, "default": "4"}}
    wanted = world.profile(layer_order=order, variables=variables, adopt=uid)
    with pytest.raises(RefusedError) as refused:
        profiles.preview("mine", wanted)
    text = str(refused.value)
    for part in (
        f"layer order {', '.join(there['layer_order'])} -> {', '.join(order)}",
        'variable region: regex "" -> ".*"',
        "variable gone is deleted",
        "variable new is added",
        "variable limit: its default",
        'description "of the shop" -> ""',
    ):
        assert part in text
    assert "hidden-default" not in text
    other = {**wanted, "variables": {**variables, "limit": {**REGION, "default": "5"}}}
    with pytest.raises(RefusedError):
        profiles.preview("mine", {**other, "approve": [approval(refused)]})
    assert profiles.up("mine", {**wanted, "approve": [approval(refused)]}) == "create"
    profiles.is_steady("mine", wanted)


def test_adoption_of_anothers(profiles: Steps, world: World) -> None:
    """That a version belongs to another program's resource is a change, and wants its token."""
    inputs = world.profile()
    profiles.up("web", inputs)
    wanted = {**inputs, "adopt": profiles.state.pop("web").id}
    with pytest.raises(RefusedError, match="would change: it belongs to another program's resource") as refused:
        profiles.preview("mine", wanted)
    assert profiles.up("mine", {**wanted, "approve": [approval(refused)]}) == "create"
    profiles.is_steady("mine", wanted)


def test_adoption_of_our_own(profiles: Steps, world: World) -> None:
    """A version that carries our own marker is no one else's."""
    inputs = world.profile()
    profiles.up("web", inputs)
    uid = profiles.state.pop("web").id
    assert profiles.up("web", {**inputs, "adopt": uid}) == "create"


def test_adoption_with_unknown_layers(profiles: Steps, world: World) -> None:
    """What is not known yet is listed as that."""
    uid = made_in_the_console(profiles, world, world.profile())
    with pytest.raises(RefusedError, match=r"would change: layers \(known after apply\)\."):
        profiles.preview("mine", world.profile(adopt=uid, layers=UNKNOWN, layer_order=UNKNOWN))
    partly = world.profile(adopt=uid)
    partly["layers"]["hello"]["manifests"] = {"hello": UNKNOWN}
    with pytest.raises(
        RefusedError,
        match=r"would change: layer hello \(known after apply\)\.\n",
    ):
        profiles.preview("mine", partly)


def test_adoption_for_another_cloud(profiles: Steps, world: World) -> None:
    """A version for another cloud can't become the program's."""
    uid = made_in_the_console(profiles, world, world.profile())
    with pytest.raises(RefusedError, match='is for cloud="aws", which never changes'):
        profiles.preview("mine", world.profile(adopt=uid, cloud="eks"))


def test_edited_elsewhere(profiles: Steps, world: World) -> None:
    """A layer that was edited in the console is not written over unseen: refresh shows it, or its token approves that."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    edited_in_the_console(world, uid, with_hello(profiles, "a: console\n"))
    wanted = world.profile(replicas=5)
    with pytest.raises(
        RefusedError, match="was edited elsewhere, and this run would write over it: layer hello"
    ) as refused:
        profiles.preview("web", wanted)
    assert "pulumi refresh" in str(refused.value)
    assert approval(refused).startswith("ov-")
    assert hello(world, uid) == "a: console\n"
    assert profiles.preview("web", world.profile(tags={}))[0] == "update"
    edited_in_the_console(world, uid, with_hello(profiles, "a: console again\n"))
    with pytest.raises(RefusedError, match="was edited elsewhere"):
        profiles.preview("web", {**wanted, "approve": [approval(refused)]})
    with pytest.raises(RefusedError) as refused:
        profiles.preview("web", wanted)
    assert profiles.up("web", {**wanted, "approve": [approval(refused)]}) == "update"
    assert "replicas: 5" in hello(world, uid)
    profiles.is_steady("web", wanted)


def test_edited_elsewhere_and_refreshed(profiles: Steps, world: World) -> None:
    """After a refresh the edit is known, and the next run writes the program's content."""
    profiles.up("web", world.profile())
    edited_in_the_console(world, profiles.state["web"].id, with_hello(profiles, "a: console\n"))
    assert profiles.refresh("web")
    assert profiles.up("web", world.profile()) == "update"
    profiles.is_steady("web", world.profile())


def test_edited_elsewhere_to_the_same(profiles: Steps, world: World) -> None:
    """An edit that the program makes too loses nothing."""
    profiles.up("web", world.profile())
    wanted = world.profile(replicas=5)
    edited_in_the_console(world, profiles.state["web"].id, {**profiles.state["web"].inputs, "layers": wanted["layers"]})
    assert profiles.up("web", wanted) == "update"
    profiles.is_steady("web", wanted)


def test_edited_between_check_and_update(profiles: Steps, world: World) -> None:
    """An edit that comes between the check and the write stops the write."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    checked = profiles.check("web", profiles.state["web"].inputs, world.profile(replicas=5))
    edited_in_the_console(world, uid, with_hello(profiles, "a: console\n"))
    with pytest.raises(AbortedError, match="was edited elsewhere"):
        profiles._update("web", checked)
    assert hello(world, uid) == "a: console\n"


def test_a_variable_of_the_console(profiles: Steps, world: World) -> None:
    """A variable that was added in the console is not deleted unseen."""
    profiles.up("web", world.profile())
    variables = bodies.variables({"variables": {"region": REGION}})
    world.client.profiles.patch_variables(profiles.state["web"].id, variables)
    with pytest.raises(RefusedError, match="would write over it: variable region"):
        profiles.preview("web", world.profile(replicas=5))


def test_a_draft_of_the_console(profiles: Steps, world: World) -> None:
    """A draft that someone else left is neither lost nor published; other changes leave it alone and say so."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    edited_in_the_console(world, uid, with_hello(profiles, "a: draft\n"), publish=False)
    with pytest.raises(RefusedError, match="its unpublished draft: layer hello") as refused:
        profiles.preview("web", world.profile(replicas=5))
    assert profiles.up("web", world.profile(tags={"env": "prod"})) == "update"
    assert any("it is left alone" in line for line in world.link.lines)
    found = world.client.profiles.get(uid)
    assert found is not None
    assert found.spec.draft is not None
    assert "replicas: 2" in hello(world, uid)
    profiles.is_steady("web", world.profile(tags={"env": "prod"}))
    wanted = world.profile(replicas=5, tags={"env": "prod"})
    assert profiles.up("web", {**wanted, "approve": [approval(refused)]}) == "update"
    profiles.is_steady("web", wanted)


def test_a_draft_of_ours(profiles: Steps, world: World) -> None:
    """A draft that a run left which ended before it published is gone on with."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    wanted = world.profile(replicas=5)
    world.fault(method="PATCH", route="/v1/clusterprofiles/{uid}/publish", action="status", status=400, count=1)
    with pytest.raises(AbortedError):
        profiles.up("web", wanted)
    assert "replicas: 2" in hello(world, uid)
    assert profiles.up("web", wanted) == "update"
    assert "replicas: 5" in hello(world, uid)
    profiles.is_steady("web", wanted)


def test_adoption_of_nothing(profiles: Steps, world: World) -> None:
    """A uid that does not exist can't be adopted."""
    with pytest.raises(RefusedError, match="there is no profile version with uid 00aa"):
        profiles.preview("mine", world.profile(adopt="00aa"))
