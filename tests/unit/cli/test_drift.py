"""What counts as drift, without a service."""

from __future__ import annotations

import pytest

from palette_sdk.cli.cluster_layers import Layer, LiveCluster, Overridden, Version
from palette_sdk.cli.drift import Drift, Follows, against_program, behind, behind_in_values, content_drift
from palette_sdk.cli.fleet_status import Versioned
from palette_sdk.cli.stack_state import Applied, StackFacts
from palette_sdk.merge import Content, Declared
from palette_sdk.wire.profiles import Variable
from palette_sdk.wire.templates import VariableAssignment, VariableAssignments

START = Drift("web", "unknown change", "", "p")
PENDING = Drift("web", "pending update", "", "p")
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: %s}\n"


def layer(values: str = "", *, version: str = "1.0.0", **manifests: str) -> Layer:
    """The layer `page`."""
    return Layer("page", "addon", "spectro", version, Content(values=values, manifests=manifests))


def version(*layers: Layer, number: str = "1.0.0", name: str = "p") -> Version:
    """A version of a profile."""
    return Version(f"uid-{name}-{number}", name, number, "cluster", {each.name: each for each in layers})


def cluster(*profiles: Version) -> LiveCluster:
    """A cluster that runs these."""
    return LiveCluster("uid-web", "web", "Running", profiles, frozenset())


def facts(*declared: Declared, applied: Layer | None = None, secret: bool = False) -> StackFacts:
    """What a stack knows of the layer `page`."""
    content = applied.content if applied else None
    return StackFacts(
        policy="merge",
        rules=(),
        layers={("p", "page"): Applied(content, secret, "")},
        versions={},
        declared={("", "page"): declared} if declared else {},
    )


def told(
    runs: Layer | None,
    published: Layer | None,
    *,
    overridden: Overridden | None = None,
    is_pending: bool = False,
    stack: StackFacts | None = None,
) -> list[tuple[str, str, str | None, str | None]]:
    """Kind, place and both values of each row."""
    rows = content_drift(
        PENDING if is_pending else START,
        version(*([runs] if runs else [])),
        version(*([published] if published else [])),
        overrides={"page": overridden} if overridden else {},
        is_pending=is_pending,
        facts=stack,
    )
    return [(row.kind, row.place, row.profile_value, row.cluster_value) for row in rows]


def test_same_content() -> None:
    """The same tree in other bytes is no drift."""
    assert told(layer("a: 1  # one\n"), layer("a:   1\n")) == []
    assert told(layer("a: 1\n"), layer("a: 1\n"), overridden=Overridden(values=True)) == []


def test_changed_by_nobody_that_is_known() -> None:
    """What differs without being an override, and without an update that waits, is an unknown change."""
    assert told(layer("a: 1\n"), layer("a: 2\n")) == [("unknown change", "/a", "2", "1")]
    assert told(layer("", version="1.1.0"), layer("")) == [("unknown change", "version", "1.0.0", "1.1.0")]
    assert told(layer("a: 1\n"), None) == [("unknown change", "-", "", "present")]
    assert told(None, layer("a: 1\n")) == [("unknown change", "-", "present", "")]


def test_manifests_that_one_side_has() -> None:
    """A manifest that only the cluster or only the profile has differs as a whole."""
    config = "kind: ConfigMap\nmetadata: {name: c}\n"
    assert [row[:2] for row in told(layer(extra=config), layer())] == [("unknown change", "ConfigMap/c")]
    assert [row[:2] for row in told(layer(), layer(extra=config))] == [("unknown change", "ConfigMap/c")]


def test_pending_update() -> None:
    """Where an update waits, what isn't an override is the update; one that changes no layer is told as a whole."""
    assert told(layer("a: 1\n"), layer("a: 2\n"), is_pending=True) == [("pending update", "/a", "2", "1")]
    assert told(None, layer("a: 1\n"), is_pending=True) == [("pending update", "-", "present", "")]
    assert told(layer("a: 1\n"), layer("a: 1\n"), is_pending=True) == [("pending update", "-", "", "")]


def test_override_and_update_of_one_text() -> None:
    """With the base known each place has its kind: the override against what was applied, the update against it too."""
    runs, published, applied = (layer(f"a: {a}\nb: {b}\n") for a, b in ((9, 1), (1, 2), (1, 1)))
    overridden = Overridden(values=True)
    assert told(runs, published, overridden=overridden, is_pending=True, stack=facts(applied=applied)) == [
        ("override", "/a", "1", "9"),
        ("pending update", "/b", "2", "1"),
    ]
    assert told(runs, published, overridden=overridden, is_pending=True) == [
        ("override", "values (whole text)", None, None),
        ("pending update", "-", "", ""),
    ]


def test_declared_override() -> None:
    """The program's value is what the cluster should run; a place that is gone leaves the profile's."""
    declared = facts(Declared("/a", value=5))
    assert told(layer("a: 5\n"), layer("a: 1\n"), overridden=Overridden(values=True), stack=declared) == []
    assert told(layer("a: 1\n"), layer("a: 1\n"), stack=declared) == [("override", "/a", "5", "1")]
    gone = facts(Declared("/a/b/c", value=5))
    assert told(layer("a: 1\n"), layer("a: 1\n"), stack=gone) == []


def test_text_that_can_not_be_compared() -> None:
    """A text with a key twice differs as a whole; nothing of it is shown."""
    rows = told(layer("a: 1\na: 2\n"), layer("a: 1\n"), overridden=Overridden(values=True))
    assert rows == [("override", "values (whole text)", None, None)]


@pytest.mark.parametrize("is_pending", [False, True])
def test_secrets(is_pending: bool) -> None:
    """Values of Kubernetes secrets, and places and values of secret layers, are never shown."""
    one, other = (layer(token=SECRET % word) for word in ("open-one", "open-two"))
    ((_, place, *values),) = told(one, other, is_pending=is_pending)
    assert (place, values) == ("Secret/s /stringData/a", ["(secret)", "(secret)"])
    one, other = layer("a: open-one\nb: 1\n"), layer("a: open-two\nb: 2\n")
    rows = told(one, other, is_pending=is_pending, stack=facts(secret=True))
    assert [row[1:] for row in rows] == [("values (whole text)", "(secret)", "(secret)")]


def test_secret_layers_that_no_stack_applied() -> None:
    """What any program of the stack marks as secret is masked on clusters that the stack doesn't have, too."""
    rows = content_drift(
        START,
        version(layer("a: 1\n")),
        version(layer("a: 2\n")),
        overrides={},
        is_pending=False,
        facts=None,
        hidden=frozenset({("p", "page")}),
    )
    assert [(row.profile_value, row.cluster_value, row.path) for row in rows] == [("(secret)", "(secret)", "")]


def test_versions_of_a_template() -> None:
    """Another version, and one that is missing, are behind; one too many is behind only while the cluster waits."""
    linked = (Versioned("p", "1.1.0", "uid-p-1.1.0"), Versioned("new", "1.0.0", "uid-new-1.0.0"))
    runs = cluster(version(), version(name="old"))

    def kinds(*, waits: bool) -> list[tuple[str, str, str | None, str | None]]:
        rows = behind(START, runs, Follows("shops", linked, waits))
        return [(row.kind, row.profile, row.profile_value, row.cluster_value) for row in rows]

    assert kinds(waits=True) == [
        ("behind its template", "p", "1.1.0", "1.0.0"),
        ("behind its template", "new", "1.0.0", ""),
        ("behind its template", "old", "", "1.0.0"),
    ]
    assert kinds(waits=False)[2] == ("extra profile", "old", "", "1.0.0")


def test_values_of_a_template() -> None:
    """A variable with another value than it shall get is behind; a sensitive one has no values here."""
    mine = VariableAssignment(uid="uid-web", value="one", assigned_value="two", assignment_state="Assigned")
    same = VariableAssignment(uid="uid-web", value="one", assigned_value="one", assignment_state="Assigned")
    table = [
        VariableAssignments(variable=Variable(name="a"), clusters=[mine]),
        VariableAssignments(variable=Variable(name="b", is_sensitive=True), clusters=[mine]),
        VariableAssignments(variable=Variable(name="c"), clusters=[same]),
    ]
    rows = behind_in_values(START, "uid-web", {"p": table})
    assert [(row.path, row.profile_value, row.cluster_value) for row in rows] == [
        ("variable a", "two", "one"),
        ("variable b", "(secret)", "(secret)"),
    ]
    assert behind_in_values(START, "another", {"p": table}) == []


def test_versions_of_a_program() -> None:
    """Profiles are held against what the program applied, where that is known."""
    runs = cluster(version(), version(name="extra"))
    rows = against_program(START, runs, {"p": "2.0.0", "gone": "1.0.0"})
    assert [(row.kind, row.profile, row.profile_value, row.cluster_value) for row in rows] == [
        ("other version", "p", "2.0.0", "1.0.0"),
        ("missing profile", "gone", "1.0.0", ""),
        ("extra profile", "extra", "", "1.0.0"),
    ]
    assert against_program(START, runs, {}) == []
