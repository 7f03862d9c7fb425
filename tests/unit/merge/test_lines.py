"""Texts that aren't YAML, texts that can't be read, and what holds for all of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from palette_sdk.errors import InputError
from palette_sdk.merge import ABSENT, Declared, Policy, Rule, declare, found, merge
from palette_sdk.merge.lines import merge_lines
from palette_sdk.merge.policy import ByPolicy

LINES = st.lists(st.sampled_from(["a {\n", "}\n", "x;\n", "y;\n", "z\n"]), max_size=8).map("".join)
TEXTS = LINES.map(lambda text: "{ [\n" + text)  # nothing of it is YAML


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_one_side(base: str, other: str) -> None:
    """Where only one side changed, the result is that side, byte for byte."""
    assert merge(base=base, incoming=other, override=base, policy="merge").text == other
    assert merge(base=base, incoming=base, override=other, policy="merge").text == other


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_policies(base: str, incoming: str, override: str) -> None:
    """What is dropped gives the incoming lines; what is kept stays when it is merged once more."""
    dropped = merge(base=base, incoming=incoming, override=override, policy="drop")
    assert not dropped.kept
    assert not dropped.conflicts
    if all(row.is_changed for row in dropped.dropped):
        assert dropped.text == incoming
    kept = merge(base=base, incoming=incoming, override=override, policy="keep")
    assert not kept.dropped
    assert merge(base=incoming, incoming=incoming, override=kept.text, policy="merge").text == kept.text


def test_a_conflict_has_its_lines() -> None:
    """A conflict tells the lines of the cluster's text and all three values."""
    base = "a {\n  one\n  two\n}\n"
    result = merge(
        base=base,
        incoming=base.replace("one", "1"),
        override=base.replace("one\n  two", "uno\n  due\n  tre"),
        policy="merge",
    )
    (row,) = result.conflicts
    assert row.path == "lines 2-4"
    assert (row.base, row.incoming, row.override) == ("  one\n  two\n", "  1\n  two\n", "  uno\n  due\n  tre\n")
    assert result.text == base.replace("one", "1")


def test_rules_for_texts() -> None:
    """A rule without a path decides about lines, too; one with a path does not."""
    base, incoming, override = "a {\nb\n}\n", "a {\nc\n}\n", "a {\nd\n}\n"
    kept = merge(base=base, incoming=incoming, override=override, policy="merge", rules=[Rule("keep")])
    assert kept.text == override
    other = merge(base=base, incoming=incoming, override=override, policy="merge", rules=[Rule("keep", path="/b")])
    assert other.conflicts


def test_lines_without_an_end() -> None:
    """A last line without an end is a line."""
    result = merge(base="{ [\na\nb", incoming="{ [\nA\nb", override="{ [\na\nb\nc", policy="merge")
    assert result.text == "{ [\nA\nb\nc"


@pytest.mark.parametrize("mark", ["\x0c", "\x1c", "\x85", "\u2028", "\r"])
def test_only_line_feeds_end_lines(mark: str) -> None:
    """Other characters that may end a line stay inside theirs: no byte comes in, and lines are counted as editors do."""
    base = f"{{ [\na{mark}b\nc\nd\ne\n"
    incoming, override = base.replace("c\n", "C\n"), base.replace("e\n", "E\n")
    result = merge(base=base, incoming=incoming, override=override, policy="merge")
    assert result.text == incoming.replace("e\n", "E\n")
    assert [row.path for row in result.kept] == ["line 5"]
    assert merge(base=None, incoming=incoming, override=override, policy="keep").text == override


def test_text_added_and_gone() -> None:
    """Lines that one side has alone are shown as such."""
    (row,) = found(base="{ [\na\n", running="{ [\na\nb\n")
    assert (row.base, row.override, row.shown_base) == (ABSENT, "b\n", "(none)")
    (row,) = found(base="{ [\na\n", running="{ [\n")
    assert (row.base, row.override, row.shown_override) == ("a\n", ABSENT, "(gone)")


@pytest.mark.parametrize("side", ["base", "incoming", "override"])
def test_nested_too_deep(side: str) -> None:
    """A text nested too deep is refused with its line, and the side is named."""
    texts = {"base": "a: 1\n", "incoming": "a: 2\n", "override": "a: 3\n"} | {side: "a:\n  " + "[" * 5000}
    names = {"base": "what was applied last", "incoming": "what comes", "override": "what the cluster runs"}
    with pytest.raises(InputError, match=f"values: {names[side]}: line 2, column .*: nested deeper than 120 levels"):
        merge(base=texts["base"], incoming=texts["incoming"], override=texts["override"], policy="keep", path="values")


@pytest.mark.parametrize(
    ("base", "override"),
    [
        ("a: 1\n", "a:\n- |+\n  keep\n\n\n- x\n"),
        ("m:\n  t: |+\n    a\n\n  b: 1\n  c: 1\n", "m:\n  t: |+\n    a\n\n  new: 1\n  c: 1\n"),
        ("l:\n- |+\n  a\n\n- b: 1\n", "l: []\n"),
        ("a: {x: 1}\nb: 1\n", "a: {x: 1, y: |\n }\nb: 1\n"),
        ("? {a: 1}\n: 1\nb: 1\n", "? {a: 1}\n: 2\nb: 1\n"),
        ("a: !x {b: 1}\nc: 1\n", "a: !x {b: 2}\nc: 1\n"),
        ("- - - a\n    - b\n  - c\n", "- - - a\n  - c\n"),
        ("a:\n# only comments\nb: 1\n", "b: 1\n"),
        ("- a: 1\n  # c\n  b: 2\n", "- b: 2\n"),
        ("\"a\": 1\n'b': 2\n", "c: 1\n"),
    ],
)
def test_awkward(base: str, override: str) -> None:
    """Awkward texts come out as they were where nothing comes, or as they are meant where a comment does."""
    assert merge(base=base, incoming=base, override=override, policy="merge").text == override
    merged = merge(base=base, incoming=f"# new\n{base}", override=override, policy="keep").text
    assert found(base=override, running=merged) == ()


def test_an_alias_inside_itself() -> None:
    """A text that holds itself is merged by lines: there is no tree of it."""
    base = "a: &x\n- *x\nb: 1\n"
    result = merge(base=base, incoming=base.replace("b: 1", "b: 2"), override=f"{base}c: 1\n", policy="keep")
    assert [row.path for row in result.kept] == ["lines 3-4"]
    with pytest.raises(InputError, match="line 2, column 3: this alias stands inside what it means"):
        declare(base, [Declared("/b", value=2)], path="overrides")


def test_one_of_equal_lines() -> None:
    """Of equal lines in a row, the same one counts as added on both sides, so that merging once more adds none."""
    base = "{ [\na\n\n\nb\nc\n"
    incoming = base.replace("\n\n\n", "\n\n\n\n")
    result = merge(base=base, incoming=incoming, override=base.replace("a\n", "a2\n"), policy="keep")
    assert result.text == incoming.replace("a\n", "a2\n")
    assert merge(base=base, incoming=incoming, override=result.text, policy="keep").text == result.text


ALIKE = st.lists(st.sampled_from(["a", "b", "{{ end }}"]), max_size=7).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@settings(max_examples=300, deadline=None)
@example(base="a\na\nb\nb\nb\nb\n", incoming="a\na\nb\nb\nb\nb\nb\n", override="a\na\nb\na\nb\nb\n", policy="merge")
@given(base=ALIKE, incoming=ALIKE, override=ALIKE, policy=st.sampled_from(["merge", "keep", "drop"]))
def test_twice_where_lines_are_alike(base: str, incoming: str, override: str, policy: Policy) -> None:
    """Merging what came out once more changes nothing, however many lines are the same."""
    once, _ = merge_lines(base, incoming, override, ByPolicy(policy))
    assert merge_lines(base, incoming, once, ByPolicy(policy))[0] == once


def test_lines_that_cannot_be_told_apart() -> None:
    """Where a merge by lines would not stand when it is made again, the text is one place, and both changes a conflict."""
    base, incoming, override = ("".join(f"{x}\n" for x in letters) for letters in ("aabbbb", "aabbbbb", "aababb"))
    merged, rows = merge_lines(base, incoming, override, ByPolicy("merge"))
    assert merged == incoming
    assert [(row.path, row.decision) for row in rows if row.decision != "incoming"] == [("lines 1-6", "conflict")]
    assert merge_lines(base, incoming, override, ByPolicy("keep"))[0] == override
