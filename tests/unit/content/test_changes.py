"""What differs between two texts, as people read it."""

from __future__ import annotations

import pytest

from palette_sdk.content.changes import layer_changes, text_changes

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ui
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: side
          image: side:1
        - name: ui
          image: {image}
"""

CASES = {
    "a scalar": ("ui:\n  replicas: 2\n", "ui:\n  replicas: 3\n", ["/ui/replicas 2 -> 3"]),
    "only comments": ("a: 1\n", "# new\na:   1\n", []),
    "a key comes": ("a: 1\n", "a: 1\nb: 2\n", ["/b (none) -> 2"]),
    "a key goes": ("a: 1\nb: 2\n", "a: 1\n", ["/b 2 -> (gone)"]),
    "type alone": ("a: 1\n", 'a: "1"\n', ["/a 1 -> 1"]),
    "a map becomes a list": ("a: {b: 1}\n", "a: [1, 2]\n", ["/a {1 keys} -> [2 items]"]),
    "items by name": (
        DEPLOYMENT.format(replicas=1, image="ui:1"),
        DEPLOYMENT.format(replicas=1, image="ui:2"),
        ["Deployment/ui /spec/template/spec/containers[name=ui]/image ui:1 -> ui:2"],
    ),
    "a document comes": (
        DEPLOYMENT.format(replicas=1, image="ui:1"),
        DEPLOYMENT.format(replicas=1, image="ui:1") + "---\nkind: Service\nmetadata: {name: ui}\n",
        ["Service/ui (none) -> added"],
    ),
    "documents in another order": (
        "kind: A\nmetadata: {name: a}\nx: 1\n---\nkind: B\nmetadata: {name: b}\n",
        "kind: B\nmetadata: {name: b}\n---\nkind: A\nmetadata: {name: a}\nx: 2\n",
        ["A/a /x 1 -> 2"],
    ),
    "a slash in a key": ("a/b: 1\n", "a/b: 2\n", ["/a~1b 1 -> 2"]),
    "not YAML": ("a: [1\n", "a: [2\n", ["line 1 a: [1 -> a: [2"]),
    "lines of what is not YAML": (
        "{{ if a }}\nx 1\ny 2\n{{ end }}\nz\n",
        "{{ if a }}\nx 2\n  y 2\n{{ end }}\nnew\nz\n",
        ["lines 2-3 x 1... -> x 2...", "line 5 (none) -> new"],
    ),
    "lines that go": ("{{ a }}\nx\ny\n", "{{ a }}\n", ["line 2 x... -> (gone)"]),
    "indentation of what is not YAML": ("{{ a }}\nx\n", "{{ a }}\n  x\n", ["line 2 x ->   x"]),
    "a long value": ("a: " + "x" * 99, "a: y", [f"/a {'x' * 40}... -> y"]),
}


@pytest.mark.parametrize("case", CASES)
def test_text_changes(case: str) -> None:
    """Each difference is named with its path, its former and its new value."""
    old, new, expected = CASES[case]
    assert [str(item).removeprefix("content ") for item in text_changes(old, new)] == expected


def test_layer_changes_name_the_version_first() -> None:
    """A layer's version, values and manifests are all told."""
    old = {"version": "1.0.0", "values": "a: 1", "manifests": {"m": "b: 1", "gone": "c: 1"}}
    new = {"version": "1.1.0", "values": "a: 2", "manifests": {"m": "b: 2"}}
    found = [str(item) for item in layer_changes(old, new)]
    assert found[:3] == ["version 1.0.0 -> 1.1.0", "/a 1 -> 2", "/b 1 -> 2"]
    assert len(found) == 4


def test_lines_are_told_with_their_manifest() -> None:
    """In a manifest that is not YAML a line alone says nothing: the manifest's name stands before it."""
    old, new = ({"manifests": {"web": f"{{{{ if x }}}}\nreplicas {number}\n"}} for number in (1, 2))
    assert [str(item) for item in layer_changes(old, new)] == ["web line 2 replicas 1 -> replicas 2"]
