"""Rules: which places they match, and which of them decides."""

from __future__ import annotations

import itertools

import pytest

from palette_sdk.merge import Rule, merge
from palette_sdk.merge.policy import matches, resource_matches, specificity

MATCHES: dict[str, tuple[str, str, bool]] = {
    "the place itself": ("/spec/replicas", "/spec/replicas", True),
    "all below": ("/spec", "/spec/replicas", True),
    "all below a list": ("/spec/containers", "/spec/containers[name=ui]/image", True),
    "not above": ("/spec/replicas", "/spec", False),
    "not a longer name": ("/spec/rep", "/spec/replicas", False),
    "dotted": ("ui.replicas", "/ui/replicas", True),
    "dotted with an item": ("ui.env[name=A].value", "/ui/env[name=A]/value", True),
    "any": ("**", "/a/b", True),
    "any, the whole too": ("**", "", True),
    "any below the root": ("/**", "/a", True),
    "one step": ("/a/*/c", "/a/b/c", True),
    "one step is not two": ("/a/*/c", "/a/b/b/c", False),
    "part of a step": ("/a/b*", "/a/bcd/e", True),
    "several steps": ("/a/**/z", "/a/b/c/z", True),
    "at the end of any": ("**/image", "/spec/containers[name=ui]/image", True),
    "an item": ("/spec/containers[name=ui]", "/spec/containers[name=ui]/image", True),
    "another item": ("/spec/containers[name=ui]", "/spec/containers[name=db]/image", False),
    "any item": ("/spec/containers[name=*]/image", "/spec/containers[name=a/b]/image", True),
    "below, written out": ("/spec/**", "/spec", True),
    "an escaped slash": ("/a/x~1y", "/a/x~1y", True),
    "dots are letters in a pointer": ("/a.b", "/axb", False),
}


@pytest.mark.parametrize("situation", MATCHES)
def test_path(situation: str) -> None:
    """A rule's path matches its place and all below it, with globs."""
    path, place, expected = MATCHES[situation]
    assert matches(Rule("keep", path=path), "", place) is expected


@pytest.mark.parametrize(
    ("wanted", "resource", "expected"),
    [
        ("*", "", True),
        ("*", "Deployment/ns/web", True),
        ("Deployment/web", "Deployment/web", True),
        ("Deployment/web", "Deployment/ns/web", True),
        ("Deployment/ns/web", "Deployment/ns/web", True),
        ("Deployment/ns/web", "Deployment/other/web", False),
        ("Deployment/ns/web", "Deployment/web", False),
        ("Deployment/*", "Deployment/ns/web", True),
        ("*/web", "Service/web", True),
        ("Deploy*/w?b", "Deployment/web", True),
        ("Deployment/web", "", False),
        ("Deployment/web", "StatefulSet/web", False),
        ("Deployment/[w]eb", "Deployment/web", False),
    ],
)
def test_resource(wanted: str, resource: str, expected: bool) -> None:
    """`Kind/name` is in any namespace, `Kind/namespace/name` in one; globs stay within their part."""
    assert resource_matches(wanted, resource) is expected


ORDER = [
    Rule("keep", path="/spec/template/replicas"),
    Rule("keep", path="/spec/replicas", resource="Deployment/ns/web", layer="app"),
    Rule("keep", path="/spec/replicas", resource="Deployment/ns/web"),
    Rule("keep", path="/spec/replicas", resource="Deployment/*"),
    Rule("keep", path="/spec/replicas", layer="app"),
    Rule("keep", path="/spec/replicas", layer="a*"),
    Rule("keep", path="/spec/replicas"),
    Rule("keep", path="/*/replicas/x*"),
    Rule("keep", path="/spec/*"),
    Rule("keep", path="/spec/**"),
    Rule("keep", resource="Deployment/web"),
    Rule("keep", resource="Deployment/w*"),
    Rule("keep", layer="app"),
    Rule("keep"),
]


@pytest.mark.parametrize(("more", "less"), list(itertools.pairwise(ORDER)))
def test_specificity(more: Rule, less: Rule) -> None:
    """Path counts before resource, resource before layer; steps without globs count before others."""
    assert specificity(more) > specificity(less)


@pytest.mark.parametrize(
    "rules", [[Rule("keep", path="/a"), Rule("drop", path="/a")], [Rule("drop"), Rule("keep", path="/a")]]
)
def test_ties_by_order(rules: list[Rule]) -> None:
    """The more specific rule decides, the earlier one where they are alike; it is told which did."""
    result = merge(base="a: 1\n", incoming="a: 2\n", override="a: 3\n", policy="fail", rules=rules)
    assert result.text == "a: 3\n"
    assert result.used_rules == {next(index for index, rule in enumerate(rules) if rule.policy == "keep")}


def test_a_rule_under_an_unmatched_place_is_unused() -> None:
    """A rule that matches no override decides nothing."""
    result = merge(base="a: 1\n", incoming="a: 2\n", override="a: 3\n", policy="drop", rules=[Rule("keep", path="/b")])
    assert result.used_rules == frozenset()
    assert result.dropped[0].reason == ""


def test_a_rule_may_say_merge() -> None:
    """A rule with "merge" makes a conflict where another policy would have decided."""
    result = merge(base="a: 1\n", incoming="a: 2\n", override="a: 3\n", policy="drop", rules=[Rule("merge", path="/a")])
    assert [row.path for row in result.conflicts] == ["/a"]
