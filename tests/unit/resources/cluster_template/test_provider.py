"""The hooks of cluster templates, called by pulumi's servicer, against a control plane in process."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.wire.templates import ClusterTemplate, TemplateProfile
from tests.unit.resources.fleets import COUNT, LEVEL, TOKEN, follow, linked, policy, template, variables
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World

DEFINED = variables(replicas=COUNT, level=LEVEL, token=TOKEN)
ROUTE = "/v1/clusterTemplates"


def found(world: World, uid: str) -> ClusterTemplate:
    """A template as it is."""
    there = world.client.templates.get(uid)
    assert there is not None
    return there


def names(world: World) -> list[str]:
    """Templates that exist."""
    return [row.name for row in world.client.templates.metadata(fresh=True)]


def values(world: World, uid: str) -> dict[str, str]:
    """Values for all clusters of the one linked version."""
    (profile,) = found(world, uid).spec.profiles
    return {item.name: item.value for item in profile.variables}


def test_made_and_steady(templates: Steps, policies: Steps, profiles: Steps, world: World) -> None:
    """A template is made with marker, versions, values and policy; a second run and a refresh change nothing."""
    policies.up("weekly", policy())
    uid = policies.state["weekly"].id
    base = linked(profiles, world, variables=DEFINED)
    inputs = template(
        {**base, "values": {"level": "high"}}, variables={"replicas": 3, "token": "HIDDEN"}, maintenance=uid
    )
    world.forget_writes()
    assert templates.up("fleet", inputs) == "create"
    assert world.writes == [f"POST {ROUTE}"]
    stored = templates.state["fleet"]
    there = found(world, stored.id)
    assert there.metadata.annotations[MARKER] == stored.inputs["marker"]
    assert (there.spec.cloud_type, [each.uid for each in there.spec.policies]) == ("aws", [uid])
    assert values(world, stored.id) == {"level": "high", "replicas": "3", "token": "********"}
    assert {each.assign_strategy for each in there.spec.profiles[0].variables} == {"all"}
    assert stored.outputs["state"] == "Applied"
    world.forget_writes()
    templates.is_steady("fleet", inputs)
    assert world.writes == []


def test_what_a_preview_shows(templates: Steps, profiles: Steps, world: World) -> None:
    """Checked inputs say which layers and variables are linked, and hold no default of a sensitive variable."""
    base = linked(profiles, world, variables=DEFINED)
    _, checked = templates.preview("fleet", template({**base, "values": {"level": "high"}}, variables={"replicas": 3}))
    assert {name: row["version"] for name, row in checked["layers_plan"]["web"].items()}["kubernetes"] == "1.30.4"
    heads = {"uid": base["uid"], "name": "web", "version": "1.0.0", "type": "cluster", "values": {"level": "high"}}
    assert checked["profiles"] == {"web": heads}
    assert checked["common"] == {"web": ["level", "replicas"]}
    definitions = checked["definitions"]["web"]
    assert (definitions["replicas"]["format"], definitions["replicas"]["default"]) == ("number", "1")
    assert definitions["token"]["has_default"] is True
    assert "default" not in definitions["token"]
    assert "HIDDEN" not in str(checked)


def test_read_by_uid(templates: Steps, profiles: Steps, world: World) -> None:
    """A version of which only the uid is given is read: layers, variables, name and version."""
    base = linked(profiles, world, variables=DEFINED)
    inputs = template(variables={"replicas": 2}, profiles={"profile-0": {"uid": base["uid"], "values": {}}})
    assert templates.up("fleet", inputs) == "create"
    stored = templates.state["fleet"].inputs
    assert (stored["profiles"]["profile-0"]["name"], stored["common"]) == ("web", {"profile-0": ["replicas"]})
    templates.is_steady("fleet", inputs)


@pytest.mark.parametrize("how", ["resource", "uid"])
def test_sensitive_values_are_secrets(templates: Steps, profiles: Steps, world: World, *, how: str) -> None:
    """A sensitive value that is given plainly is a secret of the checked inputs, whatever the program has of the version."""
    base = linked(profiles, world, variables=DEFINED)
    given = base if how == "resource" else {"uid": base["uid"]}
    inputs = template(
        variables={"token": "HIDDEN", "replicas": 3}, profiles={"web": {**given, "values": {"level": "high"}}}
    )
    templates.preview("fleet", inputs)
    assert templates.hidden == ["variables.token"]
    inputs = template(variables={}, profiles={"web": {**given, "values": {"level": "high", "token": "HIDDEN"}}})
    templates.up("fleet", inputs)
    assert templates.hidden == ["profiles.web.values.token"]
    templates.is_steady("fleet", inputs)
    assert world.link.lines == []


@pytest.mark.parametrize(
    ("changes", "route"),
    [
        ({"name": "renamed", "tags": {"env": "prod"}, "description": "for tests"}, f"PATCH {ROUTE}/{{uid}}/metadata"),
        ({"variables": {"replicas": 5}}, f"PUT {ROUTE}/{{uid}}/profiles"),
        ({"variables": {}}, f"PUT {ROUTE}/{{uid}}/profiles"),
        ({"maintenance": ""}, f"PATCH {ROUTE}/{{uid}}/policies"),
    ],
)
def test_changed_in_place(
    templates: Steps, policies: Steps, profiles: Steps, world: World, *, changes: dict[str, Any], route: str
) -> None:
    """Name, tags, description, values and policy change in place, each by its own call, with an empty second run."""
    policies.up("weekly", policy())
    base = linked(profiles, world, variables=DEFINED)
    before = {"variables": {"replicas": 3}, "maintenance": policies.state["weekly"].id}
    templates.up("fleet", template(base, **before))
    uid = templates.state["fleet"].id
    world.forget_writes()
    changed = template(base, **{**before, **changes})
    assert templates.up("fleet", changed) == "update"
    assert world.writes == [route]
    templates.is_steady("fleet", changed)
    assert templates.state["fleet"].id == uid


def test_secret_value_rotated(templates: Steps, profiles: Steps, world: World) -> None:
    """A sensitive value is written when the program's changes, though the service masks it, and never otherwise."""
    base = linked(profiles, world, variables=DEFINED)
    templates.up("fleet", template(base, variables={"token": "FIRST"}))
    world.forget_writes()
    templates.up("fleet", template(base, variables={"token": "FIRST"}, tags={}))
    assert world.writes == [f"PATCH {ROUTE}/{{uid}}/metadata"]
    world.forget_writes()
    assert templates.up("fleet", template(base, variables={"token": "SECOND"}, tags={})) == "update"
    assert world.writes == [f"PUT {ROUTE}/{{uid}}/profiles"]
    templates.is_steady("fleet", template(base, variables={"token": "SECOND"}, tags={}))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"variables": {"levle": "x"}},
            'variables["levle"]: no profile of this template has a variable levle; nearest: level',
        ),
        (
            {"values": {"levle": "x"}},
            'Attach(web).variables["levle"]: the profile web has no variable levle; nearest: level',
        ),
        ({"variables": {"replicas": "many"}}, 'variables["replicas"]: its value is not a number'),
        ({"values": {"level": "LOW"}}, 'Attach(web).variables["level"]: its value does not match its regex'),
    ],
)
def test_values_that_can_not_be(
    templates: Steps, profiles: Steps, world: World, given: dict[str, Any], reason: str
) -> None:
    """An unknown name and a value that doesn't fit are refused in the preview, without the value."""
    base = linked(profiles, world, variables=DEFINED)
    inputs = template({**base, "values": given.get("values", {})}, variables=given.get("variables", {}))
    world.forget_writes()
    with pytest.raises(RefusedError) as refused:
        templates.preview("fleet", inputs)
    assert reason in str(refused.value)
    assert world.writes == []


def test_versions_that_can_not_stand_together(templates: Steps, profiles: Steps, world: World) -> None:
    """A profile twice, another cloud, no infrastructure: refused in the preview, naming the template."""
    base, other = linked(profiles, world), linked(profiles, world, version="1.1.0")
    with pytest.raises(
        RefusedError, match=r'template "fleet": the profile web is linked twice \(1\.0\.0 and 1\.1\.0\)'
    ):
        templates.preview("fleet", template(profiles={"web": base, "again": other}))
    with pytest.raises(RefusedError, match=r'template "fleet" is for gcp, the profile web 1\.0\.0 is for aws'):
        templates.preview("fleet", template(base, cloud="gcp"))
    with pytest.raises(RefusedError, match='template "fleet" needs one profile with the OS, Kubernetes'):
        templates.preview("fleet", template({**base, "type": "add-on"}))
    with pytest.raises(RefusedError, match="both have infrastructure layers"):
        templates.preview("fleet", template(base, {**other, "name": "other"}))


def test_unknown_parts_in_a_preview(templates: Steps, profiles: Steps, world: World) -> None:
    """What is not known yet passes the check, is an update of a template that exists, and never replaces."""
    base = linked(profiles, world, variables=DEFINED)
    new = {**base, "uid": UNKNOWN, "version": UNKNOWN, "layers": UNKNOWN, "variables": UNKNOWN}
    step, checked = templates.preview("fleet", template(new, variables={"anything": UNKNOWN}, maintenance=UNKNOWN))
    assert step == "create"
    assert checked["common"] == {"web": UNKNOWN}
    templates.up("fleet", template(base))
    assert templates.preview("fleet", template(new))[0] == "update"
    assert templates.preview("fleet", template(base, variables={"replicas": UNKNOWN}))[0] == "update"
    assert templates.preview("fleet", template(base, name=UNKNOWN))[0] == "update"


def test_name_of_another(templates: Steps, profiles: Steps, world: World) -> None:
    """A name that is taken is refused in the preview of a create and of a rename, naming clusters that follow."""
    base = linked(profiles, world)
    templates.up("fleet", template(base))
    uid = templates.state["fleet"].id
    follow(world, uid, "one")
    with pytest.raises(RefusedError, match=f'"fleet" exists already \\(uid {uid}; one follows it\\)') as refused:
        templates.preview("other", template(base))
    assert f'get_cluster_template("fleet"), or take it over: adopt="{uid}"' in str(refused.value)
    templates.up("other", template(base, name="other"))
    with pytest.raises(RefusedError, match='"fleet" exists already'):
        templates.preview("other", template(base))


def test_lost_answers(templates: Steps, profiles: Steps, world: World) -> None:
    """Writes whose answers were lost end as if they had not been: one template, in line."""
    base, newer = linked(profiles, world), linked(profiles, world, version="1.1.0", replicas=3)
    world.lost_answer("POST", ROUTE)
    templates.up("fleet", template(base))
    assert names(world) == ["fleet"]
    for method, part in (("PATCH", "metadata"), ("PUT", "profiles")):
        world.lost_answer(method, f"{ROUTE}/{{uid}}/{part}")
    templates.up("fleet", template(newer, tags={}))
    templates.is_steady("fleet", template(newer, tags={}))
    world.lost_answer("DELETE", f"{ROUTE}/{{uid}}")
    templates.destroy("fleet")
    assert names(world) == []


def test_create_goes_on_after_a_crash(templates: Steps, profiles: Steps, world: World) -> None:
    """A second create for the same resource goes on with the template of the first, and brings it in line."""
    base, newer = linked(profiles, world), linked(profiles, world, version="1.1.0", replicas=3)
    templates.up("fleet", template(base))
    uid = templates.state.pop("fleet").id
    assert templates.up("fleet", template(newer)) == "create"
    assert (templates.state["fleet"].id, names(world)) == (uid, ["fleet"])
    templates.is_steady("fleet", template(newer))


def test_vanished(templates: Steps, profiles: Steps, world: World) -> None:
    """A refresh of a template that is gone gives an empty id, an update says what to do, a delete succeeds."""
    base = linked(profiles, world)
    templates.up("fleet", template(base))
    stored = templates.state["fleet"]
    world.client.templates.delete(stored.id)
    with pytest.raises(AbortedError, match=r'Palette: the cluster template "fleet" .* is gone from Palette'):
        templates.up("fleet", template(base, tags={}))
    assert templates.refresh("fleet") is False
    templates.state["fleet"] = stored
    templates.destroy("fleet")


def test_followed(templates: Steps, profiles: Steps, world: World) -> None:
    """A template that clusters follow is neither deleted nor replaced: they are named."""
    base = linked(profiles, world)
    templates.up("fleet", template(base))
    follow(world, templates.state["fleet"].id, "one", "two")
    with pytest.raises(AbortedError, match=r'clusters follow the cluster template "fleet" .*: one, two') as failed:
        templates.destroy("fleet")
    assert "retain_on_delete" in str(failed.value)
    with pytest.raises(RefusedError, match=r"cloud aws -> gcp\. Clusters follow it, and can't move along: one, two"):
        templates.preview("fleet", template({**base, "cloud": "gcp"}, cloud="gcp"))


def test_replaced_by_token(templates: Steps, profiles: Steps, world: World) -> None:
    """Another cloud replaces a template that no cluster follows, once exactly that is approved."""
    base = linked(profiles, world)
    templates.up("fleet", template(base))
    wanted = template({**base, "cloud": "gcp"}, cloud="gcp")
    with pytest.raises(RefusedError, match='"fleet" would be replaced: cloud aws -> gcp') as refused:
        templates.preview("fleet", wanted)
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    assert templates.preview("fleet", {**wanted, "approve": [token]})[0] == "replace"
    with pytest.raises(RefusedError, match="cloud aws -> eks"):
        templates.preview("fleet", template({**base, "cloud": "eks"}, cloud="eks", approve=[token]))


def test_get(templates: Steps, profiles: Steps, world: World) -> None:
    """A template that the program only reads comes with versions, layers, definitions and common values."""
    base = linked(profiles, world, variables=DEFINED)
    templates.up("fleet", template(base, variables={"replicas": 3}))
    got = templates.get("read", templates.state["fleet"].id)
    assert got["profiles"]["web"]["version"] == "1.0.0"
    assert (got["cloud"], got["common"], got["state"]) == ("aws", {"web": ["replicas"]}, "Applied")
    assert "kubernetes" in got["layers_plan"]["web"]
    assert got["definitions"]["web"]["level"]["regex"] == "[a-z]+"


def relinked(world: World, uid: str, *profiles: tuple[dict[str, Any], dict[str, str]]) -> None:
    """What someone links in the console: versions, each with its values for all clusters."""
    bodies = [
        {
            "uid": profile["uid"],
            "variables": [{"name": name, "assignStrategy": "all", "value": text} for name, text in given.items()],
        }
        for profile, given in profiles
    ]
    world.client.templates.relink(uid, [TemplateProfile.of(body) for body in bodies])


@pytest.mark.parametrize(
    "definition", [{"regex": "[0-9]{4}"}, {"format": "number"}, {"input": "dropdown", "options": ["1234", "5678"]}]
)
def test_masked_value_of_another(templates: Steps, profiles: Steps, world: World, definition: dict[str, Any]) -> None:
    """A sensitive value that someone gave in the console is taken away by the next `up`, though its mask doesn't fit."""
    base = linked(profiles, world, variables=variables(pin={"sensitive": True, **definition}))
    templates.up("fleet", template(base))
    uid = templates.state["fleet"].id
    follow(world, uid, "one")
    relinked(world, uid, (base, {"pin": "1234"}))
    templates.refresh("fleet")
    assert templates.state["fleet"].inputs["profiles"]["web"]["values"] == {"pin": "********"}
    world.forget_writes()
    assert templates.up("fleet", template(base)) == "update"
    assert (world.writes, values(world, uid)) == ([f"PUT {ROUTE}/{{uid}}/profiles"], {})
    templates.is_steady("fleet", template(base))


def test_masked_value_of_an_adopted_one(templates: Steps, profiles: Steps, world: World) -> None:
    """Taking over a template with a sensitive value that the program doesn't give wants a token, and takes it away."""
    base = linked(profiles, world, variables=variables(pin={"sensitive": True, "regex": "[0-9]{4}"}))
    templates.up("fleet", template(base))
    uid = templates.state.pop("fleet").id
    relinked(world, uid, (base, {"pin": "1234"}))
    wanted = template(base, adopt=uid)
    with pytest.raises(RefusedError, match=r"would change: the value of variable pin \(web\)\.") as refused:
        templates.preview("fleet", wanted)
    approved = str(refused.value).split("palette:approve=")[1].split()[0]
    assert templates.up("fleet", {**wanted, "approve": [approved]}) == "create"
    assert (templates.state["fleet"].id, values(world, uid)) == (uid, {})
    templates.is_steady("fleet", wanted)


def test_flat_name_of_two(templates: Steps, profiles: Steps, world: World) -> None:
    """A second profile with a variable of that name, linked in the console, leaves the flat value where it belongs."""
    base = linked(profiles, world, variables=variables(replicas=COUNT))
    extra = linked(
        profiles, world, version="3.0.0", name="extra", cloud="all", variables=variables(replicas=COUNT),
        layers={"more": world.profile()["layers"]["hello"]}, layer_order=["more"],
    )  # fmt: skip
    inputs = template(base, variables={"replicas": 3})
    templates.up("fleet", inputs)
    uid = templates.state["fleet"].id
    follow(world, uid, "one")
    relinked(world, uid, (base, {"replicas": "3"}), (extra, {"replicas": "9"}))
    for _ in range(2):
        templates.refresh("fleet")
        seen = templates.state["fleet"].inputs
        assert seen["variables"] == {"replicas": 3}
        assert {key: item["values"] for key, item in seen["profiles"].items()} == {
            "web": {},
            "extra": {"replicas": "9"},
        }
    assert templates.up("fleet", inputs) == "update"
    assert values(world, uid) == {"replicas": "3"}
    templates.is_steady("fleet", inputs)
