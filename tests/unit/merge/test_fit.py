"""Rules that can match nothing of a layer's content, and those that can."""

from __future__ import annotations

import pytest

from palette_sdk.merge import Content, Rule, misfit, shared_places

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: hello}
spec:
  replicas: 2
  # paused: true
  template:
    spec:
      nodeSelector: {}
      containers:
      - name: ui
        image: a
---
kind: Service
metadata: {name: page}
spec: {type: LoadBalancer}
"""
LAYER = Content("ui:\n  replicas: 1\n  env:\n  - {name: A, value: x}\n", {"web": MANIFEST})


@pytest.mark.parametrize(
    "rule",
    [
        Rule("keep"),
        Rule("keep", path="/ui/replicas"),
        Rule("keep", path="ui.replicas"),
        Rule("keep", path="/ui/**"),
        Rule("keep", path="/ui/*"),
        Rule("keep", path="**/image"),
        Rule("keep", path="/ui/env[name=B]/value"),
        Rule("keep", path="/ui/env[name=*]/value"),
        Rule("keep", resource="Deployment/web"),
        Rule("keep", resource="Deploy*/hello/*", path="/spec/replicas"),
        Rule("keep", resource="Deployment/web", path="/spec/paused"),
        Rule("keep", resource="Deployment/web", path="/spec/template/spec/nodeSelector/disk"),
        Rule("keep", resource="Deployment/web", path="/spec/template/spec/nodeSelector/*"),
        Rule("keep", resource="Deployment/web", path="/spec/template/spec/containers[name=ui]/image"),
    ],
    ids=str,
)
def test_fits(rule: Rule) -> None:
    """A rule about a place that is there, or that an override may add, fits."""
    assert misfit(rule, LAYER) is None


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule("keep", path="/ui/replcas"), "there is no /ui/replcas; nearest: /ui/replicas"),
        (Rule("keep", path="ui.replcas"), "there is no /ui/replcas; nearest: /ui/replicas"),
        (Rule("keep", path="/ui/replcas/**"), "there is no /ui/replcas/**; nearest: /ui/replicas"),
        (Rule("keep", path="**/imagee"), "there is no **/imagee"),
        (Rule("keep", path="/spec/*/zzz"), "there is no /spec/*/zzz"),
        (
            Rule("keep", resource="Deployment/wep"),
            "there is no Deployment/wep; nearest: Deployment/hello/web",
        ),
        (
            Rule("keep", resource="Deployment/web", path="/spec/template/spec/containers[name=ui]/imagee"),
            "there is no {0}/imagee; nearest: {0}/image".format("/spec/template/spec/containers[name=ui]"),
        ),
        (Rule("keep", resource="Service/page", path="/spec/replicas"), "there is no /spec/replicas"),
    ],
    ids=str,
)
def test_does_not_fit(rule: Rule, told: str) -> None:
    """A rule about an object or a place that isn't there is told with the nearest."""
    assert misfit(rule, LAYER) == told


@pytest.mark.parametrize("text", ["", "a: [", "just\ntext\n", "a: 1\na: 2\n"])
def test_texts_that_say_nothing(text: str) -> None:
    """Where the content can't be read as places, any rule may fit."""
    assert misfit(Rule("keep", path="/zzz"), Content(text)) is None


def test_places_that_need_their_object() -> None:
    """A path is shared where another object of the layer has it, too, or may have it on the cluster; a whole object is."""
    other = MANIFEST.replace("namespace: hello", "namespace: other").replace("  replicas: 2\n", "")
    running = other + "---\nkind: Service\nmetadata: {name: page, namespace: two}\nspec: {port: 1}\n"
    one, port = ("Deployment/hello/web", "/spec/replicas"), ("Service/page", "/spec/port")
    image = ("Deployment/hello/web", "/spec/template/spec/containers[name=ui]/image")
    whole = ("Service/page", "")
    places = [one, port, image, whole, ("", "/ui/replicas")]
    assert shared_places(places, [LAYER]) == {whole}
    assert shared_places(places, [LAYER, Content("", {"web": MANIFEST, "more": other})]) == {whole, image}
    assert shared_places(places, [LAYER, Content("", {"web": running})]) == {whole, image, port}
