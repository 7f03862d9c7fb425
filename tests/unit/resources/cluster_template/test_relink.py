"""Linking other versions: what a preview says and refuses, judged on what the clusters of the template run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.fleets import COUNT, follow, linked, policy, template, variables
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World

ROUTE = "PUT /v1/clusterTemplates/{uid}/profiles"
REGION = variables(region={"immutable": True, "default": "eu"}, replicas=COUNT)


@pytest.fixture
def fleet(templates: Steps, policies: Steps, profiles: Steps, world: World) -> dict[str, Any]:
    """The version 1.0.0, which the template fleet links with a weekly window and two clusters follow."""
    policies.up("weekly", policy())
    base = linked(profiles, world)
    templates.up("fleet", template(base, maintenance=policies.state["weekly"].id))
    follow(world, templates.state["fleet"].id, "one", "two")
    world.link.lines.clear()
    world.forget_writes()
    return base


def inputs(policies: Steps, *profiles: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Inputs of the template with its policy."""
    return template(*profiles, maintenance=policies.state["weekly"].id, **changes)


def token(refused: Any) -> str:
    """The token that a refusal gives."""
    return str(refused.value).split('approve=["')[1].split('"')[0]


def test_relink_in_place(
    templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]
) -> None:
    """Another version is one call; the preview names versions, clusters and windows, and no cluster is touched."""
    newer = linked(profiles, world, version="1.1.0", replicas=3)
    world.link.lines.clear()
    world.forget_writes()
    step, checked = templates.preview("fleet", inputs(policies, newer))
    assert step == "update"
    assert checked["profiles"]["web"]["version"] == "1.1.0"
    (line,) = world.link.lines
    assert line == (
        "warning: template fleet: web 1.0.0 -> 1.1.0. 2 clusters follow it (one, two); no cluster is touched now, each upgrades "
        "in its next window: sunday (0 0 * * SUN, 4 h) in each cluster's own time zone; in UTC next 2026-01-11 00:00 UTC\n"
        '  at once: palette.TemplateRollout(upgrade_now="...")'
    )
    assert templates.up("fleet", inputs(policies, newer)) == "update"
    assert world.writes == [ROUTE]
    assert templates.state["fleet"].outputs["state"] == "Pending"
    templates.is_steady("fleet", inputs(policies, newer))
    running = {row.metadata.uid for row in world.client.templates.running_profiles(templates.state["fleet"].id)}
    assert running == {fleet["uid"]}


def test_back_before_the_window(
    templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]
) -> None:
    """Linking back before any cluster moved is no downgrade: what they run counts, not what was linked."""
    newer = linked(profiles, world, version="1.1.0", packs={"kubernetes": "1.31.1"})
    with pytest.raises(RefusedError) as refused:
        templates.preview("fleet", inputs(policies, newer))
    templates.up("fleet", inputs(policies, newer, approve=[token(refused)]))
    assert templates.up("fleet", inputs(policies, fleet)) == "update"
    assert templates.state["fleet"].outputs["state"] == "Applied"


def test_kubernetes_down_and_skipped(
    templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]
) -> None:
    """Kubernetes lower, or a minor version skipped: refused in the preview, naming the template and both versions."""
    lower = linked(profiles, world, version="0.9.0", packs={"kubernetes": "1.29.9"})
    text = r'Kubernetes would go down on clusters of the template "fleet": 1\.30\.4 \(web 1\.0\.0\) -> 1\.29\.9 \(web 0\.9\.0\)'
    with pytest.raises(RefusedError, match=text) as refused:
        templates.preview("fleet", inputs(policies, lower))
    assert "make a version" in str(refused.value)
    higher = linked(profiles, world, version="2.0.0", packs={"kubernetes": "1.32.1"})
    with pytest.raises(
        RefusedError, match='Kubernetes would skip a minor on clusters of the template "fleet"'
    ) as refused:
        templates.preview("fleet", inputs(policies, higher))
    assert "Guards" not in str(refused.value)


def test_without_clusters(templates: Steps, profiles: Steps, world: World) -> None:
    """A template that no cluster follows links any version."""
    templates.up("fleet", template(linked(profiles, world)))
    lower = linked(profiles, world, version="0.9.0", packs={"kubernetes": "1.29.9"})
    assert templates.up("fleet", template(lower)) == "update"
    assert "warning: template fleet: web 1.0.0 -> 0.9.0. No cluster follows it yet." in world.link.lines


def test_repave_wants_its_token(
    templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]
) -> None:
    """Replacing the nodes of clusters wants a token, the same one before and after the version exists."""
    props = world.profile(version="1.1.0", packs={"kubernetes": "1.31.1"})
    checked = profiles.check("web-1.1.0", {}, props)
    keys = ("name", "version", "type", "cloud", "layers", "variables")
    unborn = {"uid": UNKNOWN, **{key: checked[key] for key in keys}, "values": {}}
    with pytest.raises(RefusedError) as first:
        templates.preview("fleet", inputs(policies, unborn))
    assert str(first.value).startswith('clusters of the template "fleet" would repave when they upgrade: one, two.')
    assert "reason: kubernetes 1.30.4 -> 1.31.1" in str(first.value)
    newer = linked(profiles, world, version="1.1.0", packs={"kubernetes": "1.31.1"})
    with pytest.raises(RefusedError) as second:
        templates.preview("fleet", inputs(policies, newer))
    assert token(first) == token(second)
    other = linked(profiles, world, version="1.2.0", packs={"kubernetes": "1.31.1", "cni-calico": "3.29.1"})
    with pytest.raises(RefusedError, match="would repave"):
        templates.preview("fleet", inputs(policies, other, approve=[token(first)]))
    assert templates.up("fleet", inputs(policies, newer, approve=[token(first)])) == "update"
    templates.is_steady("fleet", inputs(policies, newer))


def test_judged_again_before_the_write(
    templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]
) -> None:
    """What clusters came to run between preview and update is judged once more, before the first write."""
    newer = linked(profiles, world, version="1.1.0", replicas=3)
    checked = templates.check("fleet", templates.state["fleet"].inputs, inputs(policies, newer))
    other = linked(profiles, world, version="1.2.0", packs={"kubernetes": "1.31.1"})
    uid = templates.state["fleet"].id
    from palette_sdk.wire.templates import TemplateProfile

    world.client.templates.relink(uid, [TemplateProfile(uid=other["uid"])])
    world.client.templates.upgrade_now(uid)
    world.clock.advance(3600)
    world.forget_writes()
    with pytest.raises(AbortedError, match="Kubernetes would go down"):
        templates._update("fleet", checked)
    assert world.writes == []


def test_profiles_added_and_taken_out(
    templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]
) -> None:
    """Add-on profiles come and go with the same call, and the preview says so."""
    extra = linked(
        profiles, world, version="3.0.0", name="extra", cloud="all", layers={"more": world.profile()["layers"]["hello"]},
        layer_order=["more"],
    )  # fmt: skip
    assert templates.up("fleet", inputs(policies, fleet, extra)) == "update"
    assert any("template fleet: extra 3.0.0 is added. 2 clusters" in line for line in world.link.lines)
    templates.is_steady("fleet", inputs(policies, fleet, extra))
    assert templates.up("fleet", inputs(policies, fleet)) == "update"
    assert any("extra 3.0.0 is taken out" in line for line in world.link.lines)
    templates.is_steady("fleet", inputs(policies, fleet))


def test_immutable_values(templates: Steps, profiles: Steps, world: World) -> None:
    """Another value for an immutable variable is refused once clusters have the former one; others may change."""
    base = linked(profiles, world, variables=REGION)
    templates.up("fleet", template(base, variables={"region": "eu", "replicas": 1}))
    changed = template(base, variables={"region": "us", "replicas": 2})
    assert templates.preview("fleet", changed)[0] == "update"
    follow(world, templates.state["fleet"].id, "one")
    with pytest.raises(RefusedError, match=r'variables\["region"\]: it is immutable, and clusters of "fleet" .*: one'):
        templates.preview("fleet", changed)
    assert templates.up("fleet", template(base, variables={"region": "eu", "replicas": 2})) == "update"


def test_another_policy(templates: Steps, policies: Steps, world: World, fleet: dict[str, Any]) -> None:
    """Other windows, or none, are told where clusters follow."""
    policies.up("nightly", policy(name="nightly", schedules={"night": {"cron": "0 1 * * *", "duration_h": 2}}))
    assert templates.up("fleet", template(fleet, maintenance=policies.state["nightly"].id)) == "update"
    assert any("wait for night (0 1 * * *, 2 h) in each cluster's own time zone" in line for line in world.link.lines)
    by_hand = "info: template fleet: clusters that wait for a window wait for an upgrade by hand"
    templates.preview("fleet", template(fleet, maintenance=""))
    assert world.link.lines.count(by_hand) == 1
    assert templates.up("fleet", template(fleet)) == "update"
    assert world.link.lines.count(by_hand) == 2
    templates.is_steady("fleet", template(fleet))


def test_windows_not_written_yet(templates: Steps, profiles: Steps, world: World, fleet: dict[str, Any]) -> None:
    """A policy that isn't there yet is told by what the program says of it."""
    newer = linked(profiles, world, version="1.1.0", replicas=3)
    windows = {"night": {"cron": "0 1 * * *", "duration_h": 2}}
    templates.preview("fleet", template(newer, maintenance=UNKNOWN, windows=windows))
    assert any("night (0 1 * * *, 2 h)" in line and "in UTC next 2026-01-0" in line for line in world.link.lines)


def test_drift(templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]) -> None:
    """What someone linked in the console shows in a refresh, with layers and values; the next `up` links the program's."""
    from palette_sdk.wire.templates import TemplateProfile, TemplateVariable

    other = linked(profiles, world, version="1.1.0", replicas=3, variables=variables(replicas=COUNT))
    uid = templates.state["fleet"].id
    value = TemplateVariable(name="replicas", assign_strategy="all", value="7")
    world.client.templates.relink(uid, [TemplateProfile(uid=other["uid"], variables=[value])])
    templates.refresh("fleet")
    seen = templates.state["fleet"].inputs
    assert seen["profiles"]["web"] == {
        "uid": other["uid"],
        "name": "web",
        "version": "1.1.0",
        "type": "cluster",
        "values": {"replicas": "7"},
    }
    assert seen["common"] == {"web": ["replicas"]}
    assert seen["layers_plan"]["web"]["hello"]["digest"] == other["layers"]["hello"]["digest"]
    assert templates.up("fleet", inputs(policies, fleet)) == "update"
    templates.is_steady("fleet", inputs(policies, fleet))


def test_adoption(templates: Steps, policies: Steps, profiles: Steps, world: World, fleet: dict[str, Any]) -> None:
    """Taking over lists versions, values, policy and metadata, wants its token, and judges clusters as a relink does."""
    uid = templates.state.pop("fleet").id
    newer = linked(profiles, world, version="1.1.0", replicas=3, variables=variables(replicas=COUNT))
    wanted = template(newer, name="mine", variables={"replicas": 2}, adopt=uid)
    with pytest.raises(RefusedError) as refused:
        templates.preview("mine", wanted)
    for part in (
        'name "fleet" -> "mine"',
        "web 1.0.0 -> 1.1.0",
        "the value of variable replicas (web)",
        "maintenance ",
    ):
        assert part in str(refused.value)
    approved = str(refused.value).split("palette:approve=")[1].split()[0]
    with pytest.raises(RefusedError):
        templates.preview("mine", {**wanted, "description": "x", "approve": [approved]})
    assert templates.up("mine", {**wanted, "approve": [approved]}) == "create"
    assert templates.state["mine"].id == uid
    templates.is_steady("mine", wanted)
    lower = linked(profiles, world, version="0.9.0", packs={"kubernetes": "1.29.9"})
    with pytest.raises(RefusedError, match="Kubernetes would go down"):
        templates.preview("other", template(lower, adopt=uid))
    with pytest.raises(RefusedError, match=r'is for cloud="aws", which never changes'):
        templates.preview("other", template({**lower, "cloud": "gcp"}, cloud="gcp", adopt=uid))
    with pytest.raises(RefusedError, match="there is no cluster template with uid"):
        templates.preview("other", template(lower, adopt="0" * 24))


def test_adoption_with_a_new_policy(templates: Steps, policies: Steps, profiles: Steps, world: World) -> None:
    """Taking over a template together with a policy that isn't there yet says so, wants its token, and ends with that policy."""
    base = linked(profiles, world)
    templates.up("fleet", template(base))
    uid = templates.state.pop("fleet").id
    with pytest.raises(RefusedError, match=r'would change: maintenance "" -> \(known after apply\)\.'):
        templates.preview("fleet", template(base, adopt=uid, maintenance=UNKNOWN))
    policies.up("weekly", policy())
    wanted = inputs(policies, base, adopt=uid)
    weekly = wanted["maintenance"]
    with pytest.raises(RefusedError, match=f'would change: maintenance "" -> "{weekly}"') as refused:
        templates.preview("fleet", wanted)
    approved = str(refused.value).split("palette:approve=")[1].split()[0]
    assert templates.up("fleet", {**wanted, "approve": [approved]}) == "create"
    there = world.client.templates.get(uid)
    assert there is not None
    assert [each.uid for each in there.spec.policies] == [weekly]
    templates.is_steady("fleet", wanted)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"maintenance": UNKNOWN}, r'maintenance "[0-9a-f]+" -> \(known after apply\)'),
        ({"description": UNKNOWN}, r'description "" -> \(known after apply\)'),
        ({"tags": {"env": UNKNOWN}}, r"tags \{env: \"dev\"\} -> \{env: \(known after apply\)\}"),
        ({"variables": {"replicas": UNKNOWN}}, r"the value of variable replicas \(web\)"),
        ({"profile": {"uid": UNKNOWN, "version": UNKNOWN}}, r"web 1\.0\.0 -> \(known after apply\)"),
        ({"profile": {"layers": UNKNOWN, "variables": UNKNOWN}, "name": "mine"}, 'name "fleet" -> "mine"'),
        (
            {"profile": {"variables": variables(replicas={**COUNT, "sensitive": UNKNOWN})}, "name": "mine"},
            'name "fleet" -> "mine"',
        ),
    ],
)
def test_adoption_with_unknown_parts(
    templates: Steps, policies: Steps, profiles: Steps, world: World, *, changes: dict[str, Any], told: str
) -> None:
    """What isn't known yet counts as a change of what is taken over, and is said to be; it is never a defect."""
    policies.up("weekly", policy())
    base = linked(profiles, world, variables=variables(replicas=COUNT))
    templates.up("fleet", inputs(policies, base, variables={"replicas": 1}))
    uid = templates.state.pop("fleet").id
    follow(world, uid, "one")
    given = {"variables": {"replicas": 1}, "maintenance": policies.state["weekly"].id, "adopt": uid, **changes}
    profile = {**base, **given.pop("profile", {})}
    with pytest.raises(RefusedError, match=f"would change: .*{told}"):
        templates.preview("mine", template(profile, **given))
