"""Declared overrides: applied to texts by splicing."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.merge import ABSENT, Declared, declare

VALUES = """\
# the ui
ui:
  replicas: 2  # pods
  image: "a:1"
  debug: true
env:
- name: A
  value: 1
- name: B   # second
  value: 2
"""
MANIFEST = """\
apiVersion: v1
kind: Namespace
metadata:
  name: hello
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: hello
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: ui
          image: ui:1
          ports:
            - containerPort: 53
              protocol: UDP
            - containerPort: 53
---
kind: Service
metadata: {name: web, namespace: hello}
spec: {type: ClusterIP}
"""

# situation: text, overrides, edits of the text that are expected
CASES: dict[str, tuple[str, list[Declared], list[tuple[str, str]]]] = {
    "a value": (VALUES, [Declared("/ui/replicas", value=3)], [("replicas: 2", "replicas: 3")]),
    "dotted": (VALUES, [Declared("ui.image", value="b:2")], [('"a:1"', '"b:2"')]),
    "an item by key": (VALUES, [Declared("/env[name=B]/value", value=5)], [("value: 2", "value: 5")]),
    "a new key": (VALUES, [Declared("/ui/new/deep", value="x")], [("debug: true", "debug: true\n  new:\n    deep: x")]),
    "null": (VALUES, [Declared("/ui/debug", value=None)], [("debug: true", "debug: null")]),
    "taken out": (VALUES, [Declared("/ui/debug", remove=True)], [("  debug: true\n", "")]),
    "an item taken out": (
        VALUES,
        [Declared("/env[name=B]", remove=True)],
        [("- name: B   # second\n  value: 2\n", "")],
    ),
    "the last of a map taken out": (
        "a:\n  b: 1\nc: 2\n",
        [Declared("/a/b", remove=True)],
        [("a:\n  b: 1", "a: {}")],
    ),
    "the last of a list taken out": (
        "a:\n- name: x\nc: 2\n",
        [Declared("/a[name=x]", remove=True)],
        [("a:\n- name: x", "a: []")],
    ),
    "several at once": (
        VALUES,
        [
            Declared("/ui/replicas", value=3),
            Declared("/ui/debug", remove=True),
            Declared("/ui/more", value=[1]),
            Declared("env[name=A]", remove=True),
        ],
        [
            ("replicas: 2", "replicas: 3"),
            ("  debug: true\n", "  more:\n  - 1\n"),
            ("- name: A\n  value: 1\n", ""),
        ],
    ),
    "in a resource": (
        MANIFEST,
        [Declared("/spec/replicas", "Deployment/web", value=1)],
        [("replicas: 2", "replicas: 1")],
    ),
    "in two resources": (
        MANIFEST,
        [
            Declared("/spec/replicas", "Deployment/hello/web", value=1),
            Declared("/spec/type", "Service/hello/web", value="LoadBalancer"),
        ],
        [("replicas: 2", "replicas: 1"), ("ClusterIP", "LoadBalancer")],
    ),
    "an item by two keys": (
        MANIFEST,
        [
            Declared(
                "/spec/template/spec/containers[name=ui]/ports[containerPort=53,protocol=UDP]/hostPort",
                "Deployment/web",
                value=1053,
            )
        ],
        [("protocol: UDP", "protocol: UDP\n              hostPort: 1053")],
    ),
    "a resource taken out": (
        MANIFEST,
        [Declared(resource="Service/web", remove=True)],
        [("---\nkind: Service\nmetadata: {name: web, namespace: hello}\nspec: {type: ClusterIP}\n", "")],
    ),
    "beside templates": (
        "a: {{.x}}\n{{- if .y }}\nb: 1\n{{- end }}\nc: 1\n",
        [Declared("/b", value=2), Declared("/c", remove=True)],
        [("b: 1", "b: 2"), ("c: 1\n", "")],
    ),
}


@pytest.mark.parametrize("situation", CASES)
def test_case(situation: str) -> None:
    """The places change, every other byte stays; applied once more, nothing changes."""
    text, declared, edits = CASES[situation]
    expected = text
    for old, new in edits:
        assert old in expected
        expected = expected.replace(old, new, 1)
    result = declare(text, declared, path="overrides")
    assert result.text == expected
    again = [row for row in declared if not (row.remove and row.resource and not row.path)]
    assert declare(result.text, again, path="overrides").text == expected


def test_a_whole_text() -> None:
    """A whole text takes the place of any other, YAML or not."""
    assert declare("a: [", [Declared(text="b: 1\n")], path="overrides").text == "b: 1\n"


def test_into_an_empty_text() -> None:
    """Values that don't exist yet are begun."""
    assert declare("", [Declared("/ui/replicas", value=1)], path="overrides").text == "ui:\n  replicas: 1\n"


def test_redundant() -> None:
    """An override that changes nothing says so, and keeps the bytes."""
    result = declare("a:   1 # x\n", [Declared("/a", value=1)], path="overrides")
    assert result.text == "a:   1 # x\n"
    assert [(row.decision, row.path, row.override) for row in result.redundant] == [("redundant", "/a", 1)]


def test_orphaned() -> None:
    """Taking out what isn't there does nothing, and says so."""
    result = declare("a: 1\n", [Declared("b.c", remove=True)], path="overrides")
    assert result.text == "a: 1\n"
    assert [(row.decision, row.path, row.incoming) for row in result.orphaned] == [("orphaned", "/b/c", ABSENT)]


@pytest.mark.parametrize(
    ("text", "declared", "words"),
    [
        (
            MANIFEST,
            [Declared("/spec/replicas", "Deployment/wep", value=1)],
            "there is no Deployment/wep; there are: Namespace/hello, Deployment/hello/web, Service/hello/web",
        ),
        (MANIFEST, [Declared("/spec/replicas", "Deployment/*", value=1)], "there is no Deployment/*"),
        (MANIFEST, [Declared("/spec/replicas", value=1)], "there are 3 documents; say resource= (Namespace/hello"),
        (VALUES, [Declared("/env[name=C]/value", value=1)], "no item with name=C (there are: A, B)"),
        (VALUES, [Declared("/ui/replicas/x", value=1)], "/ui/replicas is a single value, not a map"),
        (VALUES, [Declared("/ui", value=1), Declared("/ui/x", value=1)], '"/ui" and "/ui/x" set the same place'),
        (VALUES, [Declared("/ui", value=object())], "object can't be written as YAML"),
        (VALUES, [Declared(text="x"), Declared("/ui", value=1)], "a whole text and other overrides"),
        (VALUES, [Declared("/ui", text="x")], "text= stands for a whole text"),
        (VALUES, [Declared("/ui")], "one of value=, remove=True and text="),
        (VALUES, [Declared("/ui", value=1, remove=True)], "one of value=, remove=True and text="),
        (VALUES, [Declared(value=1)], "say which place"),
        ("a: [\n", [Declared("/a", value=1)], "line 2"),
        ("a: &x {b: 1}\nc: *x\n", [Declared("/a/b", value=1.5)], "also used elsewhere, as *x"),
        (
            MANIFEST.replace("---\nkind: Service", "---\napiVersion: x/v1\nkind: Deployment"),
            [Declared("/spec/x", "Deployment/web", value=1)],
            "there are several Deployment/web",
        ),
        (
            MANIFEST,
            [Declared("/spec/x", "Service/web", value=1), Declared(resource="Service/web", remove=True)],
            "Service/hello/web is taken out, and edited too",
        ),
    ],
)
def test_refused(text: str, declared: list[Declared], words: str) -> None:
    """What can't be applied is refused, with the property in front and what there is."""
    with pytest.raises(InputError) as refused:
        declare(text, declared, path="overrides of app")
    assert str(refused.value).startswith("overrides of app: ")
    assert words in str(refused.value)


def test_a_value_of_the_engine() -> None:
    """Integers that come as floats are integers."""
    value: Any = {"count": 3.0}
    assert declare("a: 1\n", [Declared("/b", value=value)], path="overrides").text == "a: 1\nb:\n  count: 3\n"


@pytest.mark.parametrize(
    ("row", "near"),
    [
        (Declared("/spec/replcas", "Deployment/web", value=1), "/spec/replicas"),
        (Declared("/spec/c[name=ui]/imagee", "Deployment/web", value="x"), "/spec/c[name=ui]/image"),
        (Declared("/spec/zzz", "Deployment/web", value=1), ""),
    ],
)
def test_added(row: Declared, near: str) -> None:
    """A place that isn't there is added, and the nearest that is there is told, also inside an item of a list."""
    text = "kind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  c:\n  - name: ui\n    image: a\n"
    result = declare(text, [row], path="overrides")
    assert [(row.decision, row.path, row.reason) for row in result.added] == [("added", row.path, near)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("ui: {}\n", "/ui/replicas"),
        ("ui:\n  #  replicas: 1\n  image: a\n", "/ui/replicas"),
        ("a: &a {x: 1}\nui:\n  <<: *a\n  y: 2\n", "/ui/x"),
        ("ui: 1\n", "/ui"),
        ("", "/ui/replicas"),
    ],
)
def test_not_added(text: str, path: str) -> None:
    """What is there, fills something empty, or stands there as a comment or by a merge key, isn't told as added."""
    assert declare(text, [Declared(path, value=3)], path="overrides").added == ()
