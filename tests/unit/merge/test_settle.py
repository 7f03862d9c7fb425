"""A whole layer: values and manifests by name, found and declared overrides."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.merge import ABSENT, Content, Declared, Policy, Row, Rule, Settled, found, settle

WEB = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: {}\n  tag: {}\n"


def content(values: str = "", **manifests: str) -> Content:
    """Make a content."""
    return Content(values, manifests)


def settled(
    base: Content | None, incoming: Content, running: Content | None, policy: Policy = "merge", **more: Any
) -> Settled:
    """Settle a layer called app."""
    return settle(
        layer="app", base=base, incoming=incoming, running=running, policy=policy, path="overrides of app", **more
    )


def rows(found: tuple[Row, ...]) -> list[tuple[str, str, str]]:
    """Give where rows are."""
    return [(row.manifest, row.resource, row.path) for row in found]


def test_creation() -> None:
    """Where nothing runs yet, what comes is taken, with declared overrides."""
    result = settled(
        None,
        content("ui: {replicas: 2}\n", web=WEB.format(2, "a")),
        None,
        declared=[Declared("/ui/replicas", value=1), Declared("/spec/replicas", "Deployment/web", value=3)],
    )
    assert result.content == content("ui: {replicas: 1}\n", web=WEB.format(3, "a"))
    assert not result.conflicts


def test_values_and_manifests() -> None:
    """Each text is merged by itself; rows carry the manifest's name."""
    result = settled(
        content("a: 1\nb: 1\n", web=WEB.format(2, "a")),
        content("a: 2\nb: 1\n", web=WEB.format(3, "b")),
        content("a: 1\nb: 5\n", web=WEB.format(1, "a")),
    )
    assert result.content == content("a: 2\nb: 5\n", web=WEB.format(3, "b"))
    assert rows(result.kept) == [("", "", "/b")]
    assert rows(result.conflicts) == [("web", "Deployment/web", "/spec/replicas")]
    assert rows(result.changes) == [
        ("", "", "/a"),
        ("web", "Deployment/web", "/spec/replicas"),
        ("web", "Deployment/web", "/spec/tag"),
    ]


# situation: base, incoming, running (None: that side doesn't have the manifest), policy, what comes of it, decision
ONE_SIDED: dict[str, tuple[str | None, str | None, str | None, Policy, str | None, str]] = {
    "added upstream": (None, "a: 1\n", None, "merge", "a: 1\n", "incoming"),
    "added on the cluster": (None, None, "a: 1\n", "merge", "a: 1\n", "kept"),
    "added on the cluster, dropped": (None, None, "a: 1\n", "drop", None, "dropped"),
    "added on both sides": (None, "a: 1\n", "a: 2\n", "merge", "a: 1\n", "conflict"),
    "removed upstream": ("a: 1\n", None, "a:   1\n", "merge", None, "incoming"),
    "removed on the cluster": ("a: 1\n", "a: 1\n", None, "merge", None, "kept"),
    "removed on the cluster, dropped": ("a: 1\n", "a: 1\n", None, "drop", "a: 1\n", "dropped"),
    "removed on the cluster, changed upstream": ("a: 1\n", "a: 2\n", None, "merge", "a: 2\n", "conflict"),
    "removed on the cluster, fails": ("a: 1\n", "a: 1\n", None, "fail", "a: 1\n", "refused"),
    "changed on the cluster, removed upstream": ("a: 1\n", None, "a: 2\n", "merge", None, "orphaned"),
    "changed on the cluster, removed upstream, kept": ("a: 1\n", None, "a: 2\n", "keep", "a: 2\n", "kept"),
    "removed on both sides": ("a: 1\n", None, None, "merge", None, "redundant"),
}


@pytest.mark.parametrize("situation", ONE_SIDED)
def test_manifests_on_some_sides(situation: str) -> None:
    """A manifest that one side doesn't have is added or removed, with a row."""
    *texts, policy, expected, decision = ONE_SIDED[situation]
    base, incoming, running = (Content("", {} if text is None else {"m": str(text)}) for text in texts)
    result = settled(base, incoming, running, policy)
    assert result.content.manifests == ({} if expected is None else {"m": expected})
    kinds = ("kept", "dropped", "conflicts", "refused", "redundant", "orphaned", "changes")
    decisions = {row.decision for kind in kinds for row in getattr(result, kind)}
    assert decision in decisions
    assert decisions <= {decision, "incoming"}


def test_base_unknown() -> None:
    """Without a base, also a manifest on one side is a conflict."""
    result = settled(None, content("a: 1\n", m="x: 1\n"), content("a: 1\n", n="y: 1\n"))
    assert [(row.manifest, row.base_known) for row in result.conflicts] == [("m", False), ("n", False)]
    assert result.content == content("a: 1\n", m="x: 1\n")


def test_declared_are_nobodys_overrides() -> None:
    """What the program declares, or declared before, is no found override; what it declares no more returns."""
    base, incoming = content("a: 1\nb: 1\nc: 1\n"), content("a: 2\nb: 2\nc: 1\n")
    running = content("a: 7\nb: 8\nc: 9\n")
    result = settled(
        base,
        incoming,
        running,
        declared=[Declared("/a", value=7)],
        owned=[Declared("/b", value=8)],
    )
    assert result.content == content("a: 7\nb: 2\nc: 9\n")
    assert rows(result.kept) == [("", "", "/c")]
    assert not result.conflicts


def test_a_declared_value_moves() -> None:
    """Another declared value is written over the one before, without a conflict."""
    result = settled(content("a: 1\n"), content("a: 1\n"), content("a: 7\n"), declared=[Declared("/a", value=8)])
    assert result.content == content("a: 8\n")
    assert not result.kept


def test_a_removal_returns() -> None:
    """A place that the program took out comes back when the override is gone."""
    result = settled(
        content("a: 1\nb: 1\n"), content("a: 1\nb: 1\n"), content("b: 1\n"), owned=[Declared("/a", remove=True)]
    )
    assert result.content == content("a: 1\nb: 1\n")


def test_a_whole_declared_text() -> None:
    """A whole text is the program's: nothing in it is a found override, and what comes returns when it is gone."""
    base = incoming = content("a: 1\n", m="x: 1\n")
    running = content("own: 1\n", m="x: 9\n")
    result = settled(base, incoming, running, declared=[Declared(text="own: 2\n")], owned=[Declared(text="own: 1\n")])
    assert result.content == content("own: 2\n", m="x: 9\n")
    assert rows(result.kept) == [("m", "", "/x")]
    assert settled(base, incoming, running, owned=[Declared(text="own: 1\n")]).content.values == "a: 1\n"


def test_a_whole_declared_manifest() -> None:
    """A text with a manifest's name stands for that manifest; without, for the only one of a layer without values."""
    incoming = content("", m="kind: A\nmetadata: {name: a}\n")
    for row in (Declared(manifest="m", text="kind: B\n"), Declared(text="kind: B\n")):
        assert settled(None, incoming, None, declared=[row]).content == content("", m="kind: B\n")


def test_a_declared_place_that_vanished() -> None:
    """An override whose place the profile has no more is applied all the same, and reported."""
    result = settled(
        content("ui: {replicas: 2}\n"),
        content("ui: {}\n"),
        content("ui: {replicas: 1}\n"),
        declared=[Declared("/ui/replicas", value=1)],
    )
    assert result.content == content("ui: {replicas: 1}\n")
    assert [(row.path, row.base, row.incoming) for row in result.orphaned] == [("/ui/replicas", 2, ABSENT)]


def test_a_declared_value_that_comes_anyway() -> None:
    """An override that equals what comes is redundant."""
    result = settled(content("a: 1\n"), content("a: 2\n"), content("a: 2\n"), declared=[Declared("/a", value=2)])
    assert [row.path for row in result.redundant] == ["/a"]


def test_rules_know_their_layer() -> None:
    """Rules are about their layer; those that decided are told, over all texts."""
    rules = [Rule("drop", layer="other"), Rule("keep", layer="app", path="/a"), Rule("drop", resource="Deployment/web")]
    result = settled(
        content("a: 1\n", web=WEB.format(2, "a")),
        content("a: 2\n", web=WEB.format(3, "a")),
        content("a: 3\n", web=WEB.format(1, "a")),
        rules=rules,
    )
    assert result.content == content("a: 3\n", web=WEB.format(3, "a"))
    assert result.used_rules == {1, 2}


def test_refused() -> None:
    """Under "fail" a found override is refused, a declared one is not."""
    result = settled(
        content("a: 1\nb: 1\n"),
        content("a: 1\nb: 1\n"),
        content("a: 2\nb: 2\n"),
        "fail",
        declared=[Declared("/a", value=2)],
    )
    assert rows(result.refused) == [("", "", "/b")]


def test_nothing_changes() -> None:
    """Where all sides are the same, nothing is said and every byte stays."""
    same = content("a:  1 # x\n", m="b:   [\n")
    assert settled(same, same, same) == Settled(same)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (
            Declared("/x", "Deployment/api", value=1),
            "there is no Deployment/api; there are: Deployment/web, Deployment/web",
        ),
        (Declared("/x", "Deployment/web", value=1), "Deployment/web is in several manifests: m, n; say manifest="),
        (Declared("/x", manifest="k", value=1), "there is no manifest k; there are: m, n"),
        (Declared("/x", value=1), "/x: say manifest= or resource=; there are: m, n"),
        (Declared(text="x"), "text=: say manifest= or resource=; there are: m, n"),
    ],
)
def test_no_such_text(declared: Declared, words: str) -> None:
    """A declared override that names nothing in the layer is refused, with what there is."""
    incoming = content("", m=WEB.format(1, "a"), n=WEB.format(1, "b"))
    with pytest.raises(InputError) as refused:
        settled(None, incoming, None, declared=[declared])
    assert str(refused.value) == f"overrides of app: {words}"


def test_a_manifest_picks_among_resources() -> None:
    """With manifest= the resource is looked for there alone."""
    incoming = content("", m=WEB.format(1, "a"), n=WEB.format(1, "b"))
    result = settled(None, incoming, None, declared=[Declared("/spec/tag", "Deployment/web", "n", value="c")])
    assert result.content == content("", m=WEB.format(1, "a"), n=WEB.format(1, "c"))


def test_errors_name_the_manifest() -> None:
    """An error in a manifest says in which."""
    with pytest.raises(InputError, match="overrides of app, manifest m: what comes: line 2"):
        settled(content("", m="a: 1\n"), content("", m="a: 1\na: 2\n"), content("", m="a: 1\n"))


def test_found() -> None:
    """What someone changed are the differences from what was applied, without what the program owns."""
    base = WEB.format(2, "a")
    got = found(base=base, running=WEB.format(1, "b"), owned=[Declared("/spec/tag", "Deployment/web", value="b")])
    assert [(row.resource, row.path, row.base, row.override) for row in got] == [
        ("Deployment/web", "/spec/replicas", 2, 1)
    ]
    assert found(base=base, running=base) == ()


def test_found_without_a_base() -> None:
    """Without a base the whole is one row that says so."""
    (row,) = found(base=None, running="a: 1\n")
    assert (row.path, row.base_known, row.override) == ("", False, "a: 1\n")


def test_rows_can_be_pasted() -> None:
    """A row tells how the program would own it."""
    base = "a: 1\nb: {x: 1}\nc: 1\n"
    got = found(base=base, running="a: text\nb: {x: [1, 2]}\n")
    assert [(row.path, row.is_plain, row.as_argument) for row in got] == [
        ("/a", True, "value='text'"),
        ("/b/x", True, "value=[1, 2]"),
        ("/c", True, "remove=True"),
    ]
    (whole,) = found(base="a {\nb\n}\n", running="a {\nc\n}\n")
    assert not whole.is_plain


def test_a_declared_place_that_is_not_there() -> None:
    """A declared place that the profile never had is told as added; one that it lost is without a place, and not both."""
    lost, never = Declared("/ui/replicas", value=1), Declared("/ui/imagee", value="x")
    result = settled(
        content("ui: {replicas: 2, image: a}\n"),
        content("ui: {image: b}\n"),
        content("ui: {replicas: 2, image: a}\n"),
        declared=[lost, never],
    )
    assert rows(result.orphaned) == [("", "", "/ui/replicas")]
    assert rows(result.added) == [("", "", "/ui/imagee")]
