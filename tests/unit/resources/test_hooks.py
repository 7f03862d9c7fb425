"""What is the same for the hooks of all rooms: errors as one text, what is saved, what counts as a difference."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from pulumi.dynamic import ReadResult

from palette_sdk.errors import InputError, NotFoundError, WaitFailedError
from palette_sdk.resources._hooks import (
    SCHEMA_VERSION,
    Difference,
    NotReady,
    Props,
    Provider,
    changed_keys,
    same,
)
from palette_sdk.resources.engine_seam import Seam
from palette_sdk.resources.runtime import Hook, Runtime
from palette_sdk.rules.unknown import UNKNOWN
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import Link

SECRET = "value-of-a-secret"


class Doing(Provider):
    """A provider whose every hook does one thing."""

    kind = "thing"

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__()
        self.act = act
        self.seen: list[Any] = []

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        self.seen += [old, new]
        self.act()
        return new

    def on_diff(self, old: Props, new: Props) -> Difference:
        self.act()
        return Difference(changed_keys(old, new, ("name",)))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        self.act()
        return "uid-1", new

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        self.act()
        return new

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        self.seen += [inputs]
        self.act()
        return old, inputs or {}

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        self.act()


def nothing() -> None:
    """Do nothing."""


def raising(error: Exception) -> Callable[[], Any]:
    """Raise an error that has a cause with a secret in it."""

    def act() -> None:
        try:
            int(SECRET)
        except ValueError as cause:
            raise error from cause

    return act


def steps(servicer: ModuleType, act: Callable[[], Any] = nothing, link: Link | None = None) -> Steps:
    """The engine's steps on such a provider."""
    runtime = Runtime({}, Seam(link or Link()))
    return Steps(servicer, Doing(act), lambda: runtime, "Thing")


def do(made: Steps, hook: str) -> None:
    """Call one hook of an existing resource."""
    if hook == "create":
        made._create("a", {"name": "a"})
    elif hook == "update":
        made._update("a", {"name": "b"})
    elif hook == "read":
        made.refresh("a")
    elif hook == "delete":
        made.destroy("a")
    else:
        made.diff("a", "uid-1", {"name": "a"}, {"name": "b"})


@pytest.fixture
def existing(servicer: ModuleType) -> Callable[..., Steps]:
    """A resource that exists, whose hooks then do what is asked."""

    def make(act: Callable[[], Any], link: Link | None = None) -> Steps:
        made = steps(servicer, link=link)
        made.up("a", {"name": "a"})
        made.provider.act = act  # type: ignore[attr-defined]
        return made

    return make


HOOKS = ["create", "update", "read", "delete", "diff"]


@pytest.mark.parametrize("hook", HOOKS)
def test_an_expected_error_is_one_text(existing: Any, hook: str) -> None:
    """What leaves a hook prints as `Palette: ...`, without a traceback and without its cause."""
    made = existing(raising(NotFoundError("the thing is gone", hint="run `pulumi refresh`")))
    with pytest.raises(AbortedError) as failed:
        do(made, hook)
    assert str(failed.value) == "Palette: the thing is gone\n  run `pulumi refresh`\n"


@pytest.mark.parametrize("hook", HOOKS)
def test_a_defect_is_one_text(existing: Any, hook: str) -> None:
    """An error of ours is one text that names its type and no value; the trace goes to the debug log, without values."""
    link = Link()
    made = existing(raising(KeyError(SECRET)), link)
    with pytest.raises(AbortedError) as failed:
        do(made, hook)
    text = str(failed.value)
    assert text.startswith(f"Palette: defect in palette_sdk: KeyError in {hook} of a thing")
    assert text.count("\n") == 1
    assert SECRET not in text
    assert [line.split("\n")[0] for line in link.lines] == [f"debug: KeyError in {hook} of a thing"]
    assert "in act" in link.lines[0]
    assert SECRET not in link.lines[0]


def test_a_refused_check_is_one_text(servicer: ModuleType) -> None:
    """A refusal names no property, so that the engine prints no value; several lines are fine."""
    made = steps(servicer, raising(InputError("two tags have one key\n  drop one", path="tags")))
    with pytest.raises(RefusedError) as refused:
        made.check("a", {}, {"name": "a", "password": SECRET})
    assert str(refused.value) == "tags: two tags have one key\n  drop one"


def test_a_defect_in_a_check_is_one_text(servicer: ModuleType) -> None:
    """A defect in a check is a refusal of one line, without the value at fault."""
    with pytest.raises(RefusedError) as refused:
        steps(servicer, raising(KeyError(SECRET))).check("a", {}, {"name": "a"})
    assert str(refused.value).startswith("defect in palette_sdk: KeyError in check of a thing")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("hook", ["create", "update"])
def test_not_ready_saves_the_id(existing: Any, hook: str) -> None:
    """A wait that ended otherwise saves id and outputs, and its error is one text."""
    made = existing(raising(NotReady("uid-2", {"name": "a", "left": None, "count": 2}, WaitFailedError("broken"))))
    with pytest.raises(AbortedError) as failed:
        do(made, hook)
    assert str(failed.value) == "Palette: broken\n"
    assert made.state["a"].id == "uid-2"
    assert made.state["a"].outputs == {"name": "a", "count": 2.0}
    assert made.state["a"].init_failed


def test_newer_schema_is_refused(servicer: ModuleType) -> None:
    """State that a newer version wrote is refused with what to do; an older one, or none, is read."""
    made = steps(servicer)
    with pytest.raises(RefusedError, match=r"written by a newer palette_sdk \(schema 99, this one reads 1\)"):
        made.check("a", {"name": "a", "schema_version": SCHEMA_VERSION + 98}, {"name": "a"})
    assert made.check("a", {"name": "a"}, {"name": "a"})["schema_version"] == SCHEMA_VERSION


def test_what_hooks_see(servicer: ModuleType) -> None:
    """Hooks see integers, no nulls, no key of the provider; a read sees the stored inputs too."""
    made = steps(servicer)
    made.up("a", {"name": "a", "count": 3, "none": None})
    provider = made.provider
    assert isinstance(provider, Doing)
    assert provider.seen[1] == {"name": "a", "count": 3}
    made.refresh("a")
    assert provider.seen[-1] == {"name": "a", "count": 3, "schema_version": 1}


def test_a_diff_names_what_differs(servicer: ModuleType) -> None:
    """The engine is told which inputs differ: a preview shows these, and not what a check only carries along."""
    made = Steps(servicer, Doing(nothing), lambda: Runtime({}, Seam(Link())), "Thing")
    answer = made.diff("a", "uid-1", {"name": "a", "guards": {}}, {"name": "b", "guards": {"x": 1}, "kubeconfig": "k"})
    assert answer.hasDetailedDiff
    kinds = answer.detailedDiff["name"]
    assert {name: row.kind for name, row in answer.detailedDiff.items()} == {"name": kinds.UPDATE}
    added = made.diff("a", "uid-1", {"guards": {}}, {"name": "b", "guards": {}})
    assert {name: row.kind for name, row in added.detailedDiff.items()} == {"name": kinds.ADD}
    assert answer.deleteBeforeReplace
    unchanged = made.diff("a", "uid-1", {"name": "a"}, {"name": "a", "kubeconfig": "k"})
    assert not unchanged.hasDetailedDiff


def test_a_diff_outside_of_the_servicer() -> None:
    """Where there is no servicer that begins an answer, the result is a plain one."""
    result = Doing(nothing).diff("uid-1", {"name": "a"}, {"name": "b"})
    assert (result.changes, result.replaces, result.delete_before_replace) == (True, [], True)


def test_a_vanished_object() -> None:
    """What is gone reads as an empty id and nothing else, as the engine wants it."""

    class Gone(Doing):
        def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
            return None

    provider = Gone(nothing)
    provider._runtime = Runtime({}, Seam(Link()))
    found = provider.read("uid-1", {"name": "a", "schema_version": 1})
    assert isinstance(found, ReadResult)
    assert (found.id, found.outs) == ("", {})
    with pytest.raises(Exception, match="there is no thing with uid uid-1; check the uid"):
        provider.read("uid-1", {})


def test_a_stop_is_called_palette() -> None:
    """The class that leaves a hook prints as Palette and nothing before it."""
    import traceback

    provider = Doing(raising(InputError("no")))
    provider._runtime = Runtime({}, Seam(Link()))
    with pytest.raises(Exception, match="no") as failed:
        provider.create({"name": "a"})
    assert traceback.format_exception_only(failed.value) == ["Palette: no\n"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 1, True),
        (1, 2, False),
        (True, 1, False),
        ("a", "a", True),
        (None, {}, True),
        ({}, None, True),
        (None, [], True),
        ([], {}, True),
        ({"a": None}, {}, True),
        ({"a": []}, {}, True),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, True),
        ({"a": 1}, "a", False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ([{"a": 1, "b": None}], [{"a": 1}], True),
        (UNKNOWN, UNKNOWN, False),
        (1, UNKNOWN, False),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, False),
        ([UNKNOWN], [1], False),
        ("", None, False),
        ({"web": ""}, {}, False),
        ({}, {"debug": False}, False),
        (False, None, False),
        ("", "a", False),
        (0, 1, False),
    ],
)
def test_same(old: Any, new: Any, expected: bool) -> None:
    """Empty equals absent at any depth; truth is no number; what is not known yet equals nothing."""
    assert same(old, new) is expected


def test_changed_keys() -> None:
    """Only the fields asked for are compared, and named in their order."""
    old, new = {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 9, "c": 9, "d": 9}
    assert changed_keys(old, new, ("d", "c", "a")) == ("d", "c")


@pytest.mark.parametrize("empty", ["", False, [], {}, 0])
def test_a_field_that_is_empty_equals_an_absent_one(empty: Any) -> None:
    """For a whole field, nothing said and an empty value are no difference; within it they are."""
    assert changed_keys({}, {"a": empty}, ("a",)) == ()
    assert changed_keys({"a": empty}, {}, ("a",)) == ()
    assert changed_keys({"a": {"web": ""}}, {"a": {}}, ("a",)) == ("a",)
