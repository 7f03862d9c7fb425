"""What manifests and release records name."""

from __future__ import annotations

import pytest

from palette_sdk.leftovers.naming import Name, Named, is_record, named_in, releases_in
from tests.unit.leftovers.objects import made, plain, record

MASKED = "kind: Pod\nmetadata: {name: a-*****}\n"
TEMPLATED = "kind: Pod\nmetadata: {name: a, namespace: '{{.spectro.var.where}}'}\n"
WEB = Name("apps", "Deployment", "web", "ui")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("# only a comment\n---\n", []),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ui, namespace: web}\n", [WEB]),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ui}\n", [Name("apps", "Deployment", "here", "ui")]),
        ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: 7}\n", [Name("", "ConfigMap", "here", "7")]),
        (
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
            [Name("", "Pod", "here", "a")],
        ),
        ("replicas: 2\n---\njust words\n", []),
    ],
)
def test_names_of_a_manifest(text: str, names: list[Name]) -> None:
    """Each object of a stream is named, in lists too; what is no object names nothing."""
    assert named_in(text, namespace="here") == tuple(names)


@pytest.mark.parametrize(
    "text", ["a: {b", "metadata: {name: {{ .Values.name }}}\nkind: Pod\n", "a: b: c\n", MASKED, TEMPLATED]
)
def test_an_unreadable_manifest_says_nothing(text: str) -> None:
    """A text that is no YAML, or a name that is masked or not filled in, gives None, not an empty list."""
    assert named_in(text) is None


def test_the_deployed_revision_counts() -> None:
    """Of each release the latest deployed revision tells what it names; superseded ones and other secrets don't."""
    old, new = plain("Deployment", "old"), plain("Deployment", "ui")
    found = releases_in(
        [
            record("hello", [old], revision=9),
            record("hello", [new], revision=10),
            record("hello", [old], revision=11, status="failed"),
            record("hello", [plain("Service", "ui", "")], namespace="other"),
            made("Secret", "sh.helm.release.v1.fake.v1", labels={"status": "deployed", "name": "fake"}),
        ]
    )
    assert [(each.name, each.namespace, each.objects) for each in found] == [
        ("hello", "web", (WEB,)),
        ("hello", "other", (Name("", "Service", "other", "ui"),)),
    ]


@pytest.mark.parametrize("data", [{}, {"release": "%"}, {"release": "YWJj"}, {"release": 3}])
def test_a_broken_record_names_nothing_for_sure(data: dict[str, object]) -> None:
    """A record that can't be unpacked is there, and what it names isn't known."""
    (found,) = releases_in([{**record("hello", []), "data": data}])
    assert (found.name, found.objects) == ("hello", None)


@pytest.mark.parametrize(
    ("names", "asked", "is_named"),
    [
        ([WEB], WEB, True),
        ([WEB], Name("apps", "Deployment", "other", "ui"), False),
        ([WEB], Name("extensions", "Deployment", "web", "ui"), False),
        ([Name("apps", "Deployment", "", "ui")], WEB, True),
        ([Name("rbac", "ClusterRole", "web", "r")], Name("rbac", "ClusterRole", "", "r"), True),
        ([], WEB, False),
    ],
)
def test_named(names: list[Name], asked: Name, is_named: bool) -> None:
    """A name without a namespace, on either side, fits every namespace."""
    assert (asked in Named(names)) is is_named


def test_records_are_bookkeeping() -> None:
    """A release record is told by its kind and name, which its metadata alone has."""
    assert is_record(record("hello", []))
    assert not is_record(made("Secret", "password"))
