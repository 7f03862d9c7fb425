"""Decisions about a cluster, as tables named by situation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.cluster import held, plan, replacing
from palette_sdk.rules.unknown import UNKNOWN


def row(version: str = "1.30.4", digest: str = "d1", kind: str = "k8s") -> dict[str, Any]:
    """A row of a plan."""
    return {"type": "spectro", "kind": kind, "version": version, "digest": digest}


V1 = {"uid": "u1", "name": "web", "version": "1.0.0"}
V2 = {"uid": "u2", "name": "web", "version": "1.1.0"}
OLD_ROWS = {"kubernetes": row(), "ui": row("", "d5", "addon")}
NEW_ROWS = {"kubernetes": row(), "ui": row("", "d6", "addon")}
OLD = {"profiles": {"web": V1}, "layers_plan": {"web": OLD_ROWS}}
TOKEN = held.update_token("c", V1, OLD_ROWS, NEW_ROWS)
WAITS = {"web": {"version": "1.0.0", "layers": {"ui": {**NEW_ROWS["ui"], "from": {"digest": "d5"}}}}}


@dataclass(frozen=True)
class Situation:
    """What is asked, and what is decided."""

    old: dict[str, Any]
    profile: dict[str, Any]
    rows: Any
    plan: Any
    pending: dict[str, Any] = field(default_factory=dict)
    updates: Any = "hold"
    approvals: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()


PARTLY = {"kubernetes": row(), "ui": UNKNOWN}
DECISIONS = {
    "new cluster": Situation({}, V1, OLD_ROWS, OLD_ROWS),
    "new cluster, unknown content": Situation({}, V1, UNKNOWN, UNKNOWN),
    "same version, equal": Situation(OLD, V1, OLD_ROWS, OLD_ROWS),
    "same version, equal again after it was held": Situation({**OLD, "pending_updates": WAITS}, V1, OLD_ROWS, OLD_ROWS),
    "edited in place, held": Situation(OLD, V1, NEW_ROWS, OLD_ROWS, pending=WAITS),
    "edited in place, still held": Situation({**OLD, "pending_updates": WAITS}, V1, NEW_ROWS, OLD_ROWS, pending=WAITS),
    "edited in place, applied": Situation(OLD, V1, NEW_ROWS, NEW_ROWS, updates="apply", applied=("web",)),
    "edited in place, by token": Situation(OLD, V1, NEW_ROWS, NEW_ROWS, approvals=(TOKEN,), applied=("web",)),
    "edited in place, by another token": Situation(
        OLD, V1, NEW_ROWS, OLD_ROWS, pending=WAITS, approvals=("up-0000", TOKEN.replace("up", "rp"))
    ),
    "layer removed in place, held": Situation(
        OLD,
        V1,
        {"kubernetes": row()},
        OLD_ROWS,
        pending={"web": {"version": "1.0.0", "layers": {"ui": {"removed": True, "from": {"digest": "d5"}}}}},
    ),
    "switched version": Situation(OLD, V2, NEW_ROWS, NEW_ROWS),
    "switched version while one is held": Situation({**OLD, "pending_updates": WAITS}, V2, NEW_ROWS, NEW_ROWS),
    "switched version of unknown uid": Situation(OLD, {**V2, "uid": UNKNOWN}, NEW_ROWS, NEW_ROWS),
    "same version made anew": Situation(OLD, {**V1, "uid": "u9"}, NEW_ROWS, NEW_ROWS),
    "unknown version": Situation(OLD, {**V1, "version": UNKNOWN}, UNKNOWN, UNKNOWN),
    "unknown content, hold": Situation(OLD, V1, UNKNOWN, OLD_ROWS),
    "unknown layer, hold": Situation(OLD, V1, PARTLY, OLD_ROWS),
    "unknown layer beside a held update": Situation(
        {**OLD, "pending_updates": WAITS}, V1, PARTLY, OLD_ROWS, pending=WAITS
    ),
    "unknown content, apply": Situation(OLD, V1, UNKNOWN, OLD_ROWS, updates="apply"),
    "unknown layer, apply": Situation(OLD, V1, PARTLY, PARTLY, updates="apply"),
    "former plan unknown": Situation({**OLD, "layers_plan": UNKNOWN}, V1, NEW_ROWS, NEW_ROWS),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_decide(name: str) -> None:
    """What is applied and what waits, for each situation."""
    asked = DECISIONS[name]
    found = plan.decide(
        cluster="c",
        old=asked.old,
        profiles={"web": asked.profile},
        incoming={"web": asked.rows},
        updates=asked.updates,
        approvals=asked.approvals,
    )
    assert found.layers_plan == {"web": asked.plan}
    assert found.pending_updates == asked.pending
    assert tuple(found.applied) == asked.applied


def test_a_new_profile_beside_a_held_one() -> None:
    """A profile that is attached now is applied, while the update of another one waits; a removed one leaves the plan."""
    extra = {"uid": "u7", "name": "extra", "version": "1.0.0"}
    old = {"profiles": {"web": V1, "gone": extra}, "layers_plan": {"web": OLD_ROWS, "gone": {"a": row()}}}
    found = plan.decide(
        cluster="c",
        old=old,
        profiles={"web": V1, "extra": extra},
        incoming={"web": NEW_ROWS, "extra": {"a": row()}},
        updates="hold",
        approvals=(),
    )
    assert found.layers_plan == {"web": OLD_ROWS, "extra": {"a": row()}}
    assert [held.key for held in found.held] == ["web"]


def test_the_token_approves_exactly_this() -> None:
    """Another cluster, another content or another base has another token."""
    others = [
        held.update_token("d", V1, OLD_ROWS, NEW_ROWS),
        held.update_token("c", V1, OLD_ROWS, {**NEW_ROWS, "ui": row("", "d7", "addon")}),
        held.update_token("c", V1, NEW_ROWS, OLD_ROWS),
        held.update_token("c", {**V1, "name": "other"}, OLD_ROWS, NEW_ROWS),
    ]
    assert TOKEN not in others
    assert held.update_token("c", V1, dict(reversed(OLD_ROWS.items())), NEW_ROWS) == TOKEN


# -- notices -------------------------------------------------------------------------------------------------------------


HELD = held.Held("web", "aws-profile", "1.0.0", ("ui",), "up-1234")


def test_held_notice() -> None:
    """It names profile, version, layers and paths, and both ways to apply."""
    text = held.held_notice("web", HELD, ["ui /spec/replicas 2 -> 3"])
    assert text == (
        'web: update held (updates="hold"): aws-profile 1.0.0 edited in place, 1 layer, 1 path: '
        "ui /spec/replicas 2 -> 3. Nothing is applied.\n"
        '  apply this one once: approve=["up-1234"], or: palette apply web   always: updates="apply"\n'
        "  look first: palette review web"
    )
    assert "1 layer: ui." in held.held_notice("web", HELD)


def test_a_long_held_notice() -> None:
    """Only the first changes are spelled out, the rest is counted."""
    text = held.held_notice("web", HELD, [f"ui /{number}" for number in range(9)])
    assert "9 paths" in text
    assert "ui /5, and 3 more." in text


def layer(digest: str, replicas: int, **more: Any) -> dict[str, Any]:
    """A layer with content."""
    return {"type": "helm", "version": "1", "digest": digest, "values": f"replicas: {replicas}\n", **more}


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (layer("d6", 3), layer("d5", 2), ["2 -> 3"]),
        (layer("d6", 3), {"digest": "d5"}, ["ui (content)"]),
        (layer("d6", 3, secret=True), layer("d5", 2), ["ui (content)"]),
        (layer("d6", 3), layer("d5", 2, secret=True), ["ui (content)"]),
        (layer("d6", 3), None, ["ui (content)"]),
        (None, layer("other", 2), ["ui (removed)"]),
    ],
)
def test_held_changes(now: Any, before: Any, expected: list[str]) -> None:
    """Paths and values where both contents are known and no secret; else the layer's name alone."""
    found = held.held_changes(HELD, {"ui": now}, {"ui": before}, OLD_ROWS)
    assert len(found) == 1
    assert expected[0] in found[0]
    if expected[0].startswith("ui"):
        assert "3" not in found[0]


# -- refusals ------------------------------------------------------------------------------------------------------------


def profile(name: Any = "web", version: str = "1.0.0", kind: Any = "cluster", cloud: Any = "aws") -> dict[str, Any]:
    """An attached profile."""
    return {"name": name, "version": version, "type": kind, "cloud": cloud}


REFUSED = {
    "twice": ([profile(), profile(version="1.1.0")], "the profile web is attached twice (1.0.0 and 1.1.0)"),
    "another cloud": (
        [profile(cloud="gcp")],
        'is for aws, the profile web 1.0.0 is for gcp; give the profile cloud="aws"',
    ),
    "two with infrastructure": ([profile(), profile("base", kind="infra")], "web and base both have infrastructure"),
    "add-ons only": ([profile("apps", kind="add-on")], "apps has only add-ons"),
    "none": ([], "none have only add-ons"),
}
ACCEPTED = {
    "one": [profile()],
    "one and add-ons": [
        profile(kind="infra"),
        profile("apps", kind="add-on", cloud="all"),
        profile("x", kind="add-on"),
    ],
    "a type that is not known yet": [profile(kind=UNKNOWN)],
    "add-on beside an unknown type": [profile("apps", kind="add-on"), profile("later", kind=UNKNOWN)],
    "names that are not known yet": [profile(UNKNOWN), profile(UNKNOWN, kind="add-on")],
    "a cloud that is not known yet": [profile(cloud=UNKNOWN)],
}


@pytest.mark.parametrize("name", REFUSED)
def test_profiles_refused(name: str) -> None:
    """Profiles that can't stand together are refused with the names at fault."""
    profiles, expected = REFUSED[name]
    with pytest.raises(InputError) as refused:
        plan.check_profiles("c", "aws", {str(index): item for index, item in enumerate(profiles)})
    assert expected in str(refused.value)
    assert refused.value.path == "profiles"


@pytest.mark.parametrize("name", ACCEPTED)
def test_profiles_accepted(name: str) -> None:
    """What fits passes, and so does what can't be judged yet."""
    plan.check_profiles("c", "aws", {str(index): item for index, item in enumerate(ACCEPTED[name])})


def props(kubernetes: Any = "1.30.4", version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    """Checked inputs as far as guards look at them."""
    rows = {
        "os": row("22.04", "a", "os"),
        "kubernetes": row(kubernetes) if kubernetes is not UNKNOWN else UNKNOWN,
        "cni": row("3.28", "b", "cni"),
        "csi": row("1.30", "c", "csi"),
    }
    return {"profiles": {"web": {"name": "web", "version": version}}, "layers_plan": {"web": rows}, **more}


@pytest.mark.parametrize(
    ("old", "new", "running", "expected"),
    [
        (props("1.31.1", "1.1.0"), props("1.30.4"), "", r"1\.31\.1 \(web 1\.1\.0\) -> 1\.30\.4 \(web 1\.0\.0\)"),
        (props("1.30.4"), props("1.30.3", "1.1.0"), "", "would go down"),
        (props("1.30.4"), props("1.32.1", "1.1.0"), "", "would skip a minor"),
        (props("1.30.4"), props("1.30.4"), "1.31.0", "would go down"),
    ],
)
def test_kubernetes_refused(old: Any, new: Any, running: str, expected: str) -> None:
    """A lower version or a skipped minor is refused, judged on what runs where that is known."""
    with pytest.raises(InputError, match=expected):
        plan.layer_guards("c", old, new, running=running)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (props(), props()),
        (props("1.30.4"), props("1.31.1")),
        (props("1.31.1"), props(UNKNOWN)),
        (props(), {**props(), "layers_plan": UNKNOWN}),
        (props(), {**props(), "layers_plan": {"web": UNKNOWN}}),
        ({"layers_plan": {}}, props()),
    ],
)
def test_layers_accepted(old: Any, new: Any) -> None:
    """Steps of one minor, and what is not known yet, pass without a word."""
    assert plan.layer_guards("c", old, new) == ""


def test_an_allowed_skip_is_told() -> None:
    """A skipped minor that the guards allow passes with a warning that Palette itself may refuse it."""
    told = plan.layer_guards("c", props("1.30.4"), props("1.32.1", "1.1.0", guards={"minor_skip": "allow"}))
    assert "c: Kubernetes skips a minor version, 1.30.4 (web 1.0.0) -> 1.32.1 (web 1.1.0)" in told
    assert "Palette itself refuses such a step" in told


def test_lost_layers_refused() -> None:
    """Infrastructure layers can't be removed; all that would be lost are named."""
    lost = {"web": {"os": row("22.04", "a", "os"), "kubernetes": row()}}
    with pytest.raises(InputError, match=r"would lose its network \(CNI\), storage \(CSI\) layer"):
        plan.layer_guards("c", props(), props(layers_plan=lost))


# -- replacements --------------------------------------------------------------------------------------------------------

HERE: dict[str, Any] = {
    "name": "web",
    "cloud": "aws",
    "cloud_account": "a1",
    "scope": "project",
    "cloud_config": {"cloud": "aws", "region": "eu-west-1", "vpc_id": "v1", "ssh_key_name": "k"},
}
REPLACED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "name": ({"name": "other"}, ["name"]),
    "account": ({"cloud_account": "a2"}, ["cloud_account"]),
    "cloud": ({"cloud": "gcp", "cloud_config": {"cloud": "gcp"}}, ["cloud"]),
    "region": ({"cloud_config": {**HERE["cloud_config"], "region": "x"}}, ["cloud_config.region"]),
    "network": ({"cloud_config": {**HERE["cloud_config"], "vpc_id": "x"}}, ["cloud_config.vpc_id"]),
    "network left out": ({"cloud_config": {"cloud": "aws", "region": "eu-west-1"}}, ["cloud_config.vpc_id"]),
    "project": ({"project": "Team"}, ["project"]),
    "scope": ({"scope": "tenant"}, ["scope"]),
    "two at once": (
        {"cloud_account": "a2", "cloud_config": {**HERE["cloud_config"], "region": "x"}},
        ["cloud_account", "cloud_config.region"],
    ),
}
KEPT: dict[str, dict[str, Any]] = {
    "nothing": {},
    "SSH key": {"cloud_config": {**HERE["cloud_config"], "ssh_key_name": "other"}},
    "the default project by name": {"project": "Default"},
    "tags": {"tags": {"a": "b"}},
    "unknown name": {"name": UNKNOWN},
    "unknown account": {"cloud_account": UNKNOWN},
    "unknown region": {"cloud_config": {**HERE["cloud_config"], "region": UNKNOWN}},
    "unknown project": {"project": UNKNOWN},
    "unknown scope": {"scope": UNKNOWN},
}


@pytest.mark.parametrize("name", REPLACED)
def test_replaced(name: str) -> None:
    """What only another cluster can fulfil is named as a path."""
    change, expected = REPLACED[name]
    assert replacing.replacing(HERE, {**HERE, **change}) == expected


@pytest.mark.parametrize("name", KEPT)
def test_kept(name: str) -> None:
    """Everything else is an update, and something unknown never replaces."""
    assert replacing.replacing(HERE, {**HERE, **KEPT[name]}) == []


def test_a_new_cluster_replaces_nothing() -> None:
    """Without former inputs nothing is replaced."""
    assert replacing.replacing({}, HERE) == []


def test_another_network_layer_on_edge() -> None:
    """On Edge another CNI is a replacement, another version of it is not; elsewhere neither is."""

    def on(cloud: str, name: str, version: str = "1") -> dict[str, Any]:
        rows = {"web": {name: row(version, version, "cni")}}
        return {"name": "web", "cloud": cloud, "cloud_config": {"cloud": cloud}, "layers_plan": rows}

    assert replacing.replacing(on("edge-native", "cni-calico"), on("edge-native", "cilium")) == ["layers_plan"]
    assert replacing.replacing(on("edge-native", "cni-calico"), on("edge-native", "cni-calico", "2")) == []
    assert replacing.replacing(on("aws", "cni-calico"), on("aws", "cilium")) == []
    calico, cilium = on("edge-native", "cni-calico"), on("edge-native", "cilium")
    text = str(replacing.replace_refusal("web", ["layers_plan"], calico, cilium, "rc-1"))
    assert '"web" would be replaced: network (CNI) cni-calico -> cilium, which an Edge cluster can\'t change' in text
    assert "digest" not in text
    newer = on("edge-native", "cilium", "2")
    tokens = [replacing.replace_token("web", ["layers_plan"], calico, other) for other in (cilium, newer)]
    assert tokens[0] == tokens[1]


def test_replacement_refusal() -> None:
    """Paths and both values are shown, unless the config is secret; the token is for exactly these values."""
    new = {**HERE, "cloud_config": {**HERE["cloud_config"], "region": "us-east-1"}}
    fields = replacing.replacing(HERE, new)
    wanted = replacing.replace_token("web", fields, HERE, new)
    text = str(replacing.replace_refusal("web", fields, HERE, new, wanted))
    assert "cloud_config.region eu-west-1 -> us-east-1" in text
    assert f'approve=["{wanted}"]' in text
    hidden = str(replacing.replace_refusal("web", fields, HERE, {**new, "secret_config": True}, wanted))
    assert "us-east-1" not in hidden
    other = {**HERE, "cloud_config": {**HERE["cloud_config"], "region": "us-west-2"}}
    assert replacing.replace_token("web", fields, HERE, other) != wanted


# -- variables, time zones, differences ----------------------------------------------------------------------------------


def with_variables(values: dict[str, str], flat: dict[str, str], **more: Any) -> dict[str, Any]:
    """Checked inputs as far as variables go."""
    return {"profiles": {"web": {**V1, "values": values}}, "variables": flat, **more}


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (with_variables({}, {}), with_variables({}, {}, pending_updates=WAITS), False),
        (with_variables({"a": "1"}, {}), with_variables({"a": "2"}, {}, pending_updates=WAITS), True),
        (with_variables({}, {"a": "1"}), with_variables({}, {"a": "2"}, pending_updates=WAITS), True),
        (with_variables({"a": "1"}, {}), with_variables({"a": "2"}, {}, pending_updates={}), False),
    ],
)
def test_held_conflict(old: dict[str, Any], new: dict[str, Any], refused: bool) -> None:
    """Variables can't change while an update of their profile is held, as the write would bring it along."""
    found = held.held_conflict("c", old, new, before={}, after={}, defined={})
    assert (found is not None) is refused
    if found is not None:
        assert "an update of web 1.0.0 is held" in str(found)


def test_flat_variable_of_another_profile() -> None:
    """A flat value of a name that only another profile defines may change; a changed override may not."""
    profiles = {"web": {"name": "web"}, "apps": {"name": "apps"}}
    old = {"profiles": profiles, "variables": {"size": "1"}}
    new = {"profiles": profiles, "variables": {"size": "2"}, "pending_updates": {"web": {"version": "1.0.0"}}}
    defined: dict[str, Any] = {"web": {"region": {}}, "apps": {"size": {}}}
    assert held.held_conflict("c", old, new, before={}, after={}, defined=defined) is None
    overridden = held.held_conflict("c", old, new, before={}, after={"web": {"ui": [{"layer": "ui"}]}}, defined=defined)
    assert "overrides would change while an update of web 1.0.0 is held" in str(overridden)


@pytest.mark.parametrize("timezone", [None, "", UNKNOWN, "UTC", "Europe/Berlin"])
def test_timezone_accepted(timezone: Any) -> None:
    """IANA names, nothing, and what is not known yet pass."""
    plan.check_timezone(timezone)


def test_time_zones_are_told_once() -> None:
    """A fleet's clusters are held against one set of names."""
    assert plan.time_zones() is plan.time_zones()


def test_timezone_refused() -> None:
    """Another name is refused with the nearest."""
    with pytest.raises(InputError, match="Europe/Berlin"):
        plan.check_timezone("Europe/Berln")


@pytest.mark.parametrize(
    "key", ["updates", "wait", "guards", "approve", "marker", "adopt", "schema_version", *plan.CARRIED]
)
def test_no_difference(key: str) -> None:
    """How changes are made, markers and what is only carried never cause an update."""
    assert plan.differences({**HERE, key: "a"}, {**HERE, key: "b"}) == ()


def test_rows() -> None:
    """A layer's row leaves its content out and says whether it is secret; what is not known yet is unknown."""
    assert plan.rows_of(UNKNOWN) is UNKNOWN
    found = plan.rows_of(
        {"a": {**row(), "values": "long", "secret": True}, "b": UNKNOWN, "c": {**row(), "secret": False}}
    )
    assert found == {"a": {**row(), "secret": True}, "b": UNKNOWN, "c": row()}
    assert not plan.same_rows({"a": UNKNOWN}, {"a": UNKNOWN})


@pytest.mark.parametrize(
    ("kind", "before", "after", "told"),
    [
        ("addon", "1.3.0", "1.2.0", True),
        ("addon", "1.2.0", "1.3.0", False),
        ("addon", "1.2.0", "1.2.0", False),
        ("addon", "2024q1", "2023q1", False),
        ("k8s", "1.31.0", "1.30.4", False),
        ("cni", "3.28.0", "3.27.0", True),
    ],
)
def test_a_pack_that_goes_down(kind: str, before: str, after: str, *, told: bool) -> None:
    """It is warned about with both ways out; Kubernetes has a guard of its own, and what is no number can't be compared."""

    def props(version: str) -> dict[str, Any]:
        row = {"type": "spectro", "kind": kind, "version": version, "digest": version}
        return {
            "profiles": {"p": {"name": "web", "version": "1.0.0"}},
            "layers_plan": {"p": {"hello": row, "new": row}},
        }

    old = props(before)
    del old["layers_plan"]["p"]["new"]
    found = plan.pack_downgrades("c", old, props(after))
    text = (
        f"c: the pack of layer hello goes down, {before} -> {after}; whether it can is up to the pack: what it stored in a "
        f'newer format may be in its way.\n  stay: a version of web with palette.pack(palette.get_pack("hello", "{before}"))'
        '   or go down, with a backup before it: guards=Guards(before_update="backup")'
    )
    assert found == ([text] if told else [])
