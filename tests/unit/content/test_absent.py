"""Paths that a document doesn't have."""

from __future__ import annotations

import pytest

from palette_sdk.content.absent import absent_paths
from palette_sdk.errors import InputError

TEXT = """\
pack:
  namespace: ui
charts:
  web:
    replicaCount: 1
    image:
      tag: "1.0"
      pullPolicy: Always
    # nodeName: worker-1
    ##  - priority: 3
    nodeSelector: {}
    affinity:
    ports:
      - name: http
        port: 80
"""


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("/charts/web/replicaCuont", "/charts/web/replicaCount"),
        ("charts.web.replicas", "/charts/web/replicaCount"),
        ("/chart/web/replicaCount", "/charts"),
        ("/charts/web/image/tagg/x", "/charts/web/image/tag"),
        ("/replicaCount", "/charts/web/replicaCount"),
        ("/web/image/tag", "/charts/web/image/tag"),
        ("/charts/web/replicaCount/x", ""),
        ("/zzz", ""),
    ],
)
def test_absent(written: str, near: str) -> None:
    """A path that leads nowhere is told with a sibling that looks like it, or a place elsewhere with that key."""
    assert absent_paths(TEXT, [written], path="set") == {written: near}


@pytest.mark.parametrize(
    "written",
    [
        "/charts/web/replicaCount",
        "charts.web.image.tag",
        "/charts/web/image",
        "/charts/web/nodeSelector/disk",
        "/charts/web/affinity/nodeAffinity/x",
        "/charts/web/nodeName",
        "/charts/web/priority",
        "/charts/web/ports[name=https]/port",
        "/charts/web/ports/4/port",
        "/charts/web/ports[0]/hostPort",
    ],
)
def test_present(written: str) -> None:
    """What is there, fills something empty, stands there as a comment or is in a list, is not absent."""
    assert absent_paths(TEXT, [written], path="set") == {}


@pytest.mark.parametrize("text", ["", "a: [", "{{ x }}: {{ y }}\n", "just text\n", "- a\n"])
def test_texts_that_say_nothing(text: str) -> None:
    """Where a text is empty, can't be read or is no map, nothing is absent."""
    assert absent_paths(text, ["/a/b"], path="set") == {}


def test_several_documents() -> None:
    """A path is there when one of the documents has it."""
    text = "a: 1\n---\nb:\n  c: 2\n"
    assert absent_paths(text, ["/b/c", "/a"], path="set") == {}
    assert absent_paths(text, ["/b/cc"], path="set") == {"/b/cc": "/b/c"}


def test_templates() -> None:
    """Actions in values don't hide what a text lacks; among keys they may stand for anything."""
    assert absent_paths("a: {{.spectro.var.a}}\nbb: 1\n", ["/bbb"], path="set") == {"/bbb": "/bb"}
    assert absent_paths("{{ if x }}\na: 1\n{{ end }}\n", ["/b"], path="set") == {}


def test_what_is_no_path() -> None:
    """Something that names no place is refused as everywhere."""
    with pytest.raises(InputError, match="set: "):
        absent_paths("a: 1\n", ["/"], path="set")
