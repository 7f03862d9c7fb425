"""What a roll-out means for each cluster: versions, values that carry over, values that lack."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.template_rollout.plan import MASK, Held, Judgement, Link, Member, Row, judge
from palette_sdk.rules.unknown import UNKNOWN

NEEDED: dict[str, Any] = {"required": True}
SIZE: dict[str, Any] = {"input": "dropdown", "options": ["small", "large"], "required": True}


def link(definitions: Any, *, version: Any = "1.1.0", **more: Any) -> Link:
    """The profile `base`, which is linked to another version than clusters run."""
    return Link("base", version, definitions, **more)


def member(name: str = "dev", *, runs: str = "1.0.0", held: dict[str, Held] | None = None, **given: Any) -> Member:
    """A cluster that runs `base`."""
    return Member(name, given=given, runs={"base": runs}, held={"base": held or {}})


def one(definition: dict[str, Any], cluster: Member, **more: Any) -> Row | None:
    """The row of the variable `code` of one cluster, if there is one."""
    rows = judge([link({"code": definition}, **more)], [cluster]).rows
    assert len(rows) <= 1
    return rows[0] if rows else None


@pytest.mark.parametrize(
    ("definition", "cluster", "new", "lack"),
    [
        (NEEDED, member(code="eu"), "eu", ""),
        (NEEDED, member(), None, "no value"),
        ({**NEEDED, "default": "x", "has_default": True}, member(), "x", ""),
        ({"default": "x", "has_default": True}, member(), "x", ""),
        (NEEDED, member(code=UNKNOWN), UNKNOWN, ""),
        ({**NEEDED, "default": UNKNOWN, "has_default": True}, member(), UNKNOWN, ""),
        (
            SIZE,
            member(held={"code": Held("medium", "medium", is_own=True)}),
            None,
            "its value is not one of its options",
        ),
        ({"format": "number"}, member(held={"code": Held("many", "many", is_own=True)}), None, "is not a number"),
        (SIZE, member(code="medium"), None, "its value is not one of its options"),
        (SIZE, member(code="large", held={"code": Held("small", "small", is_own=True)}), "large", ""),
        ({"immutable": True}, member(code="b", held={"code": Held("a", "a", is_own=True)}), None, "it is immutable"),
        (NEEDED, member(code=""), None, "it is required"),
    ],
)
def test_a_variable_that_is_new_or_changes(definition: dict[str, Any], cluster: Member, new: Any, lack: str) -> None:
    """What the program gives counts, else what the cluster has, else the default; a value that does not fit is missing."""
    row = one(definition, cluster)
    assert row is not None
    assert row.new is new or row.new == new
    assert lack in row.lack
    assert bool(row.lack) == bool(lack)


@pytest.mark.parametrize(
    ("definition", "held"),
    [
        (NEEDED, Held("eu", "eu", is_own=True)),
        (NEEDED, Held("eu", "eu")),
        ({}, Held()),
        (SIZE, Held("small", "small", is_own=True, default="large")),
        ({**NEEDED, "sensitive": True}, Held(MASK, MASK, is_own=True)),
        ({**NEEDED, "sensitive": True}, Held(MASK, MASK, default=MASK)),
    ],
)
def test_values_carry_over_by_name(definition: dict[str, Any], held: Held) -> None:
    """A value that the cluster has by that name stays, and stands in no row; so does an optional one without a value."""
    assert one(definition, member(held={"code": held})) is None


def test_a_default_that_changes_is_shown() -> None:
    """Where the cluster never had a value of its own, the new version's default comes; the row says so."""
    held = Held("1", "1", default="1")
    row = one({"default": "2", "has_default": True}, member(held={"code": held}))
    assert row is not None
    assert (row.old, row.new, row.default) == ("1", "2", "2")
    own = Held("1", "1", is_own=True, default="1")
    assert one({"default": "2", "has_default": True}, member(held={"code": own})) is None


@pytest.mark.parametrize(
    ("held", "given", "lack"),
    [
        (Held(lacks=True), {}, "no value"),
        (Held("many", "many", lacks=True), {}, "its value is not a number"),
        (Held("7", "7", lacks=True), {}, "the service takes it for unresolved"),
        (Held(MASK, MASK, lacks=True), {}, "its value does not fit"),
        (Held(lacks=True), {"code": "3"}, ""),
        (Held(None, "3"), {}, ""),
    ],
)
def test_the_service_has_the_last_word(held: Held, given: dict[str, str], lack: str) -> None:
    """Once the version is linked, a value counts as the service counts it, unless the program brings another one."""
    definition = {"format": "number", "required": True}
    row = one(definition, member(held={"code": held}, **given), is_linked=True)
    assert row is not None
    assert bool(row.lack) == bool(lack)
    assert lack in row.lack


def test_values_for_all_clusters() -> None:
    """A value of the template counts for every cluster, before it is linked too, whatever a cluster has."""
    cluster = member(held={"code": Held("eu", "eu", is_own=True)}, code="us")
    row = one(NEEDED, cluster, common={"code": "all"})
    assert row is not None
    assert (row.old, row.new) == ("eu", "all")
    row = one(NEEDED, member(held={"code": Held("eu", "all")}), common={"code": None}, is_linked=True)
    assert row is not None
    assert row.new == "all"


def test_secrets() -> None:
    """Sensitive variables, and those that the program gives as secrets, are marked."""
    row = one({**NEEDED, "sensitive": True, "has_default": True}, member(code="s3cret"))
    assert row is not None
    assert (row.is_secret, row.default) == (True, MASK)
    assert "s3cret" not in repr(row)
    (row,) = judge([link({"code": NEEDED})], [member(code="s3cret")], hidden={"code"}).rows
    assert row.is_secret


def test_versions() -> None:
    """Each cluster goes from what it runs; one that runs the version stays, one that does not exist yet is new."""
    links = [Link("base", "1.1.0"), Link("apps", UNKNOWN), Link("extra", "2.0.0")]
    fleet = [
        Member("old", runs={"base": "0.9.0", "apps": "1.0.0", "extra": "2.0.0", "gone": "3.0.0"}),
        Member("new", exists=False),
    ]
    found = judge(links, fleet)
    assert found.moves == {"old": {"base": ("0.9.0", "1.1.0"), "apps": ("1.0.0", UNKNOWN), "gone": ("3.0.0", "")}}
    assert found.new == ("new",)
    assert judge([Link("base", "1.1.0")], [Member("same", runs={"base": "1.1.0"})]).behind == []


def test_a_value_alone_is_a_change() -> None:
    """A cluster of the same version with another value is behind, too."""
    found = judge([link({"code": NEEDED}, version="1.0.0", is_linked=True)], [member(held={"code": Held("a", "b")})])
    assert found.behind == ["dev"]
    assert found.moves == {"dev": {}}


def test_missing_of_a_fleet() -> None:
    """All clusters are judged at once: who lacks what, in the order of the program."""
    definitions = {"code": NEEDED, "size": {**SIZE, "default": "small", "has_default": True}, "zone": NEEDED}
    fleet = [member("dev", code="d", zone="a"), member("stage", zone="b"), member("prod")]
    found = judge([link(definitions)], fleet)
    assert found.missing == {"stage": ["code"], "prod": ["code", "zone"]}
    assert [(row.cluster, row.variable) for row in found.rows if row.variable == "size"] == [
        ("dev", "size"), ("stage", "size"), ("prod", "size"),
    ]  # fmt: skip


def test_definitions_that_are_not_known_yet() -> None:
    """Nothing is judged of a version whose variables are known after apply; that is said."""
    assert judge([link(UNKNOWN)], [member()]) == Judgement(
        moves={"dev": {"base": ("1.0.0", "1.1.0")}}, unknown=("base",)
    )
    assert judge([link({"code": UNKNOWN})], [member()]).rows == ()
