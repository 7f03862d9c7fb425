"""Decisions about a profile version, as tables named by situation."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.content.digest import layer_digest
from palette_sdk.errors import InputError
from palette_sdk.resources.profile import plan
from palette_sdk.rules.unknown import UNKNOWN


def layer(values: Any = "a: 1\n", **more: Any) -> dict[str, Any]:
    """A layer as a program gives it."""
    return {"type": "spectro", "kind": "addon", "version": "1", "tag": "1", "pack_uid": "p", "values": values, **more}


def stored(values: str = "a: 1\n", **more: Any) -> dict[str, Any]:
    """A layer as state holds it."""
    given = layer(values, **more)
    return {**given, "digest": layer_digest(values=values, manifests=given.get("manifests", {}))}


# -- content -------------------------------------------------------------------------------------------------------------


def completed(given: Any, old: Any = None) -> tuple[Any, list[str]]:
    """The layer `a` completed, and warnings."""
    done, warnings = plan.completed_layers({"a": given}, {"a": old} if old is not None else {})
    return done["a"], warnings


@pytest.mark.parametrize(
    ("given", "old", "values", "warns"),
    [
        (layer("a: 1"), None, "a: 1", False),
        (layer("a:  1 # same"), stored("a: 1\n"), "a: 1\n", False),
        (layer("a: 2"), stored("a: 1\n"), "a: 2", False),
        (layer("a: 2", defaults=True), stored("a: 1\n", defaults=True), "a: 1\n", True),
        (layer("a:  1", defaults=True), stored("a: 1\n", defaults=True), "a: 1\n", False),
        (layer("a: 2", defaults=True, version="2", tag="2"), stored("a: 1\n", defaults=True), "a: 2", False),
        (layer("a: 2", defaults=True), stored("a: 1\n"), "a: 2", False),
        (layer("a: 2"), stored("a: 1\n", defaults=True), "a: 2", False),
        (layer(UNKNOWN, defaults=True), stored("a: 1\n", defaults=True), "a: 1\n", False),
    ],
    ids=[
        "new",
        "equal but for formatting",
        "changed",
        "defaults changed in the registry",
        "defaults formatted otherwise",
        "defaults of another version",
        "defaults instead of own values",
        "own values instead of defaults",
        "defaults not known yet",
    ],
)
def test_values(given: Any, old: Any, values: str, warns: bool) -> None:
    """Which text is applied, and whether pinned defaults are told."""
    found, warnings = completed(given, old)
    assert found["values"] == values
    assert found["digest"] == layer_digest(values=values, manifests={})
    assert bool(warnings) is warns


def test_unknown_content_has_an_unknown_digest() -> None:
    """A text that is not known yet makes the digest unknown; a whole layer that isn't stays unknown."""
    assert completed(layer(UNKNOWN))[0]["digest"] is UNKNOWN
    assert completed(layer(manifests={"m": UNKNOWN}))[0]["digest"] is UNKNOWN
    assert completed(UNKNOWN)[0] is UNKNOWN
    assert completed(layer("a: 1"), UNKNOWN)[0]["values"] == "a: 1"


def test_contents_are_checked_where_they_changed() -> None:
    """New text must be YAML; what state holds already, secrets and unknowns are not told again."""
    bad = {**layer("a: [1\n"), "digest": "d"}
    with pytest.raises(InputError, match=r'layers\["a"\]\.values.*line'):
        plan.check_contents({"a": bad}, {})
    plan.check_contents({"a": bad}, {"a": bad})
    plan.check_contents({"a": UNKNOWN, "b": layer(UNKNOWN), "c": layer("", manifests=UNKNOWN)}, {})
    with pytest.raises(InputError, match=r'manifests\["m"\]') as refused:
        plan.check_contents({"a": layer("", manifests={"m": "pass: [hunter2"}, secret=True)}, {})
    assert "hunter2" not in str(refused.value)


# -- types ---------------------------------------------------------------------------------------------------------------

STACK = {kind: layer(kind=kind) for kind in ("os", "k8s", "cni", "csi")}


@pytest.mark.parametrize(
    ("declared", "layers", "expected"),
    [
        ("", STACK, "infra"),
        ("", {**STACK, "app": layer()}, "cluster"),
        ("", {"app": layer()}, "add-on"),
        ("infra", STACK, "infra"),
    ],
)
def test_type(declared: str, layers: dict[str, Any], expected: str) -> None:
    """The type is worked out from the layers, or checked against them."""
    assert plan.checked_type(declared, "aws", layers, list(layers)) == expected


def test_a_stack_that_lacks_a_layer() -> None:
    """A missing infrastructure layer is named."""
    with pytest.raises(InputError, match="network"):
        plan.checked_type("", "aws", {key: STACK[key] for key in ("os", "k8s", "csi")}, ["os", "k8s", "csi"])


# -- variables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"required": True, "hidden": True}, "a required variable that is hidden needs a default"),
        ({"input": "dropdown"}, "a dropdown needs options"),
        ({"options": ["a", "b"], "default": "hunter2"}, "the default is not among its options a, b"),
        ({"regex": "["}, "is not a regular expression"),
        ({"regex": "^[0-9]+$", "default": "hunter2"}, "does not match its regex"),
        ({"regex": "[0-9]", "default": "hunter2"}, "does not match its regex"),
    ],
)
def test_variables_refused(variable: dict[str, Any], expected: str) -> None:
    """What the service would refuse is refused with the variable's path, and without its value."""
    with pytest.raises(InputError, match=expected) as refused:
        plan.check_variables({"v": variable})
    assert "hunter2" not in str(refused.value)
    assert refused.value.path == 'variables["v"]'


@pytest.mark.parametrize(
    "variable",
    [
        {},
        {"required": True, "default": UNKNOWN},
        {"options": ["a"], "input": "dropdown", "default": UNKNOWN},
        {"regex": "^a$", "default": UNKNOWN},
        {"regex": "^a$", "default": "a"},
    ],
)
def test_variables_accepted(variable: dict[str, Any]) -> None:
    """Fitting values pass, and so do those that are not known yet or secret."""
    plan.check_variables({"v": variable})


# -- further versions ----------------------------------------------------------------------------------------------------

SOURCE = {"layers": {"a": "A", "b": "B", "c": "C"}, "layer_order": ["c", "a", "b"], "variables": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("new", "layers", "order"),
    [
        ({}, {"a": "A", "b": "B", "c": "C"}, ["c", "a", "b"]),
        ({"set_layers": {"a": "A2"}, "set_order": ["a"]}, {"a": "A2", "b": "B", "c": "C"}, ["c", "a", "b"]),
        (
            {"set_layers": {"e": "E", "d": "D"}, "set_order": ["e", "d"]},
            {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"},
            ["c", "a", "b", "e", "d"],
        ),
        ({"remove_layers": ["a"]}, {"b": "B", "c": "C"}, ["c", "b"]),
        ({"set_layers": {"b": UNKNOWN}, "set_order": ["b"]}, {"a": "A", "b": UNKNOWN, "c": "C"}, ["c", "a", "b"]),
    ],
)
def test_merged_version(new: dict[str, Any], layers: Any, order: list[str]) -> None:
    """Layers are replaced where they stand, added on top, and dropped."""
    assert plan.merged_version(SOURCE, new) == (layers, order)


@pytest.mark.parametrize("source", [UNKNOWN, {**SOURCE, "layers": UNKNOWN}, {**SOURCE, "layer_order": UNKNOWN}])
def test_merged_with_an_unknown_source(source: Any) -> None:
    """A source that is not known yet leaves layers and order unknown."""
    assert plan.merged_version(source, {"set_layers": {"a": "A"}}) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"remove_layers": ["z"]}, "the source has no layer 'z'; it has c, a, b"),
        ({"remove_layers": ["a"], "set_layers": {"a": "A"}}, "a stands in set_layers too"),
    ],
)
def test_merged_refused(new: dict[str, Any], expected: str) -> None:
    """A layer to drop must be there, and not be set at once."""
    with pytest.raises(InputError, match=expected):
        plan.merged_version(SOURCE, new)


def test_merged_variables() -> None:
    """Variables are replaced, added and dropped in the same way."""
    new = {"remove_variables": ["x"], "set_variables": {"y": 3, "z": 4}}
    assert plan.merged_variables(SOURCE, new) == {"y": 3, "z": 4}
    assert plan.merged_variables(UNKNOWN, new) is UNKNOWN
    assert plan.merged_variables({**SOURCE, "variables": UNKNOWN}, new) is UNKNOWN
    with pytest.raises(InputError, match="the source has no variable 'z'; it has x, y"):
        plan.merged_variables(SOURCE, {"remove_variables": ["z"]})


def test_kept_source() -> None:
    """The source of a version is noted, and another one refused; one of the same number under another uid is not."""
    old = {"source_uid": "u1", "source_version": "1.0.0"}
    new = {"name": "web", "version": "1.2.0"}
    assert plan.kept_source({}, {**new, "source": {"uid": "u1", "version": "1.0.0"}}) == old
    assert plan.kept_source(old, {**new, "source": UNKNOWN}) == old
    assert plan.kept_source(old, {**new, "source": {"uid": UNKNOWN, "version": UNKNOWN}}) == old
    assert plan.kept_source({}, {**new, "source": {"uid": UNKNOWN, "version": "1.0.0"}}) == {"source_version": "1.0.0"}
    assert plan.kept_source(old, {**new, "source": {"uid": "u2", "version": "1.0.0"}})["source_uid"] == "u2"
    with pytest.raises(InputError, match=r"from 1\.0\.0 \(uid u1\) to 1\.1\.0 \(uid u2\)") as refused:
        plan.kept_source(old, {**new, "source": {"uid": "u2", "version": "1.1.0"}})
    assert "make a new version" in str(refused.value)


# -- moving tags ---------------------------------------------------------------------------------------------------------


def test_a_moving_tag_is_pinned() -> None:
    """The version, pack and default values that a moving tag was first resolved to stay, and the newest is told."""
    old = stored("a: 1\n", tag="1.x", version="1.0", pack_uid="p0", defaults=True)
    found, warnings = completed(layer("a: 2", tag="1.x", version="1.1", pack_uid="p1", defaults=True), old)
    assert (found["version"], found["pack_uid"], found["values"]) == ("1.0", "p0", "a: 1\n")
    assert len(warnings) == 1
    assert 'get_pack(..., "1.1")' in warnings[0]
    own, _ = completed(layer("a: 2", tag="1.x", version="1.1", pack_uid="p1"), old)
    assert (own["version"], own["values"]) == ("1.0", "a: 2")


@pytest.mark.parametrize("tag", ["1.1", "2.x"])
def test_another_tag_moves(tag: str) -> None:
    """An exact version, or another tag, is taken as it is."""
    old = stored("a: 1\n", tag="1.x", version="1.0", pack_uid="p0", defaults=True)
    found, warnings = completed(layer("a: 2", tag=tag, version="1.1", pack_uid="p1", defaults=True), old)
    assert (found["version"], found["pack_uid"], found["values"], warnings) == ("1.1", "p1", "a: 2", [])


# -- unknown parts -------------------------------------------------------------------------------------------------------


def test_surely_changed() -> None:
    """Of layers that are partly unknown only those with a known difference change for sure."""
    texts = {"m": "b: 1\n", "n": "c: 1\n"}
    names = ("whole", "text", "other", "version", "values", "same", "gone")
    old = {name: stored(manifests=texts) for name in names}
    partly = {"manifests": {"m": UNKNOWN, "n": "c: 1 # the same\n"}, "digest": UNKNOWN}
    new = {
        "whole": UNKNOWN,
        "text": layer(**partly),
        "other": layer(**{**partly, "manifests": {"m": UNKNOWN, "n": "c: 2\n"}}),
        "version": layer(**{**partly, "version": "2"}),
        "values": layer("a: 2\n", **partly),
        "same": stored(manifests=texts),
        "new": UNKNOWN,
    }
    assert plan.surely_changed(old, new) == ["other", "version", "values", "gone", "new"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, UNKNOWN, False),
        ({"a": {"b": "1"}}, {"a": {"b": UNKNOWN}}, False),
        ({"a": {"b": "1", "c": ""}}, {"a": {"b": UNKNOWN}}, False),
        ({"a": {"b": "1", "c": "2"}}, {"a": {"b": UNKNOWN}}, True),
        ({"a": ["x"]}, {"a": [UNKNOWN]}, False),
        ({"a": ["x"]}, {"a": [UNKNOWN, "y"]}, True),
        ({}, {"a": UNKNOWN}, False),
        ({"a": "x"}, {"a": "y"}, True),
    ],
)
def test_surely_differs(old: Any, new: Any, expected: bool) -> None:
    """A difference counts whatever the unknown parts turn out to be."""
    assert plan.surely_differs(old, new) is expected


# -- changes -------------------------------------------------------------------------------------------------------------


def test_changed_layers() -> None:
    """New, gone, of other content or version, or not known yet: changed. A tag alone is no change."""
    old = {
        "same": stored(),
        "tag": stored(tag="1"),
        "content": stored(),
        "version": stored(),
        "gone": stored(),
        "u": stored(),
    }
    new = {
        "same": stored(),
        "tag": stored(tag="1.x"),
        "content": stored("a: 2"),
        "version": stored(version="2"),
        "u": UNKNOWN,
        "new": stored(),
    }
    assert plan.changed_layers(old, new) == ["content", "version", "gone", "u", "new"]


def test_previous_layers() -> None:
    """The former content of what changes now is kept; where nothing changes, what was kept stays."""
    kept = {"x": stored("x: 1")}
    old = {"layers": {"a": stored(), "b": stored()}, "previous_layers": kept}
    assert plan.previous_layers({}, {"a": stored()}) == {}
    assert plan.previous_layers(old, {"a": stored(), "b": stored()}) == kept
    assert plan.previous_layers(old, {"a": stored("a: 2"), "c": stored()}) == {"a": stored(), "b": stored()}
    assert plan.previous_layers(old, UNKNOWN) == kept  # type: ignore[arg-type]


# -- identity ------------------------------------------------------------------------------------------------------------


def test_identity() -> None:
    """A number and a name never change; what is not known yet passes."""
    old = {"name": "web", "version": "1.0.0"}
    plan.refuse_identity_change(old, dict(old))
    plan.refuse_identity_change({}, old)
    plan.refuse_identity_change(old, {"name": UNKNOWN, "version": UNKNOWN})
    with pytest.raises(InputError, match=r"from 1\.0\.0 to 1\.1\.0, and 1\.0\.0 would be lost") as refused:
        plan.refuse_identity_change(old, {**old, "version": "1.1.0"})
    assert 'palette.ProfileVersion("web-1.1.0"' in str(refused.value)
    with pytest.raises(InputError, match='would be renamed to "other"'):
        plan.refuse_identity_change(old, {**old, "name": "other"})


def test_check_identity() -> None:
    """A blank name and a malformed version are refused, unknowns pass."""
    plan.check_identity({"name": UNKNOWN, "version": UNKNOWN})
    with pytest.raises(InputError, match="a profile needs a name"):
        plan.check_identity({"name": " ", "version": "1.0.0"})
    with pytest.raises(InputError, match=r"major\.minor\.patch"):
        plan.check_identity({"name": "web", "version": "1"})


def test_version_taken() -> None:
    """The refusal names uid and users, the latest and a free number, and how to adopt."""
    text = str(plan.version_taken("web", "1.1.0", "u1", ["1.0.0", "1.1.0", "1.2.0"], ["one", "two"]))
    for part in ("(uid u1; runs on one, two)", "latest is 1.2.0", "1.1.1 is free", 'adopt="u1"'):
        assert part in text
    assert "runs on" not in str(plan.version_taken("web", "1.1.0", "u1", ["1.1.0"], []))


def test_in_place_notice() -> None:
    """It counts and names layers and clusters, and says that nothing of the former state is kept."""
    text = plan.in_place_notice("web", "1.0.0", ["a", "b"], ["one", "two"])
    assert "edited in place: 2 layers (a, b)" in text
    assert "does not keep the former state" in text
    assert "pending update: one, two" in text
    assert "no cluster uses it" in plan.in_place_notice("web", "1.0.0", ["a"], [])


def test_in_place_notice_for_followers() -> None:
    """Clusters that follow a template get no pending update: they are told apart from those of their own."""
    text = plan.in_place_notice("web", "1.0.0", ["a"], ["one"], ["dev", "prod"])
    assert "these clusters will have a pending update: one; dev, prod still run it, until the upgrade to what" in text
    alone = plan.in_place_notice("web", "1.0.0", ["a"], [], ["dev"])
    assert "dev still runs it" in alone
    assert "pending update" not in alone
    assert "no cluster uses it" not in alone
