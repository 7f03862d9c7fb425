"""Digests of content."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from palette_sdk.content.digest import digest, layer_digest, normalise

from .strategies import VALUES

SAME = {
    "comments": ("a: 1 # x\n", "# y\na: 1"),
    "order of keys": ("a: 1\nb: 2\n", "b: 2\na: 1\n"),
    "flow and block": ("a: {b: [1, x]}\n", "a:\n  b:\n    - 1\n    - x\n"),
    "quotes of a text": ("a: x\n", 'a: "x"\n'),
    "line ends": ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", "a: 1\nb: |\n  x\n  y\n"),
    "block and escaped text": ("a: |\n  x\n  y\n", 'a: "x\\ny\\n"\n'),
    "ways to write null": ("a:\n", "a: ~\n"),
    "ways to write a boolean": ("a: True\n", "a: true\n"),
    "ways to write a number": ("a: 1.50\n", "a: 1.5\n"),
    "whole floats": ("a: 3.0\n", "a: 3\n"),
    "document markers": ("---\na: 1\n...\n", "a: 1\n"),
    "empty documents": ("---\n---\na: 1\n---\n# nothing\n", "a: 1\n"),
    "anchors written out": ("a: &x {b: 1}\nc: *x\n", "a: {b: 1}\nc: {b: 1}\n"),
    "merge keys written out": ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", "a: {b: 1, c: 2}\nd: {b: 1, c: 3}\n"),
    "a list of merge keys": (
        "a: &x {p: 1}\nb: &y {p: 2, q: 3}\nd: {<<: [*x, *y]}\n",
        "a: {p: 1}\nb: {p: 2, q: 3}\nd: {p: 1, q: 3}\n",
    ),
    "byte order mark": ("\ufeffa: 1\n", "a: 1\n"),
    "blanks in a template": ("a: {{.spectro.var.x}}\n", "a: {{ .spectro.var.x }}\n"),
    "blanks around text that is no YAML": ("\n a: b: c\r\n\n", "a: b: c"),
    "explicit text": ("a: !!str 1\n", 'a: "1"\n'),
    "quotes around a version": ("a: 1.2.3\nb: -x\nc: .\nd: 5m\n", "a: '1.2.3'\nb: '-x'\nc: '.'\nd: '5m'\n"),
    "a letter with and without quotes": ("x: 1\ny: n\n", 'x: 1\n"y": "n"\n'),
    "nothing at all": ("", "# nothing\n\n"),
}

OTHER = {
    "a value": ("a: 1\n", "a: 2\n"),
    "a key": ("a: 1\n", "b: 1\n"),
    "text or number": ("a: 1\n", 'a: "1"\n'),
    "text or boolean": ("a: true\n", "a: 'true'\n"),
    "text or null": ("a: null\n", 'a: "null"\n'),
    "empty text or null": ("a:\n", 'a: ""\n'),
    "an old boolean or text": ("a: yes\n", 'a: "yes"\n'),
    "an old boolean or a new one": ("a: yes\n", "a: true\n"),
    "an exponent or text": ("a: 1e3\n", 'a: "1e3"\n'),
    "an octal or a number": ("a: 010\n", "a: 10\n"),
    "a time of day or text": ("a: 12:30\n", "a: '12:30'\n"),
    "a number with underscores or text": ("a: 1_000\n", "a: '1_000'\n"),
    "another base or text": ("a: 0o17\n", "a: '0o17'\n"),
    "a date or text": ("a: 2024-01-01\n", "a: '2024-01-01'\n"),
    "order of a list": ("a: [1, 2]\n", "a: [2, 1]\n"),
    "nesting of lists": ("a: [[1], 2]\n", "a: [[1, 2]]\n"),
    "an empty map or an empty list": ("a: {}\n", "a: []\n"),
    "order of documents": ("a: 1\n---\nb: 2\n", "b: 2\n---\na: 1\n"),
    "the last line end of a block": ("a: |\n  x\n", "a: |-\n  x\n"),
    "blanks at the end of a line of a block": ("a: |\n  x \n  y\n", "a: |\n  x\n  y\n"),
    "a tag": ("a: !Ref x\n", "a: x\n"),
    "another template": ("a: {{.x}}\n", "a: {{.y}}\n"),
    "text that is no YAML": ("a: b: c", "a: b: d"),
    "a key behind a merge": ("a: &x {b: 1}\nd: {<<: *x}\n", "a: &x {b: 1}\nd: {<<: *x, b: 2}\n"),
}


@pytest.mark.parametrize("situation", SAME)
def test_same(situation: str) -> None:
    """What a service may rewrite makes no difference."""
    one, other = SAME[situation]
    assert digest(one) == digest(other)


@pytest.mark.parametrize("situation", OTHER)
def test_other(situation: str) -> None:
    """What some reader would read differently makes one."""
    one, other = OTHER[situation]
    assert digest(one) != digest(other)


def _plain_words_apart(value: Any) -> Any:
    """Put a letter before texts like 08 or 1e3, which the library used here writes plain although readers disagree."""
    if isinstance(value, dict):
        return {_plain_words_apart(key): _plain_words_apart(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_words_apart(item) for item in value]
    return f"t{value}" if isinstance(value, str) and re.match(r"[-+.0-9]", value) else value


@settings(max_examples=60, deadline=None)
@given(VALUES, st.sampled_from([True, False]), st.sampled_from([None, '"', "'"]), st.sampled_from([2, 4]))
def test_any_formatting_of_a_tree(value: Any, flow: bool, style: str | None, indent: int) -> None:
    """A tree of texts written in any style has one digest."""
    texts = _plain_words_apart(json.loads(json.dumps(value), parse_int=str, parse_float=str))
    plain = yaml.safe_dump({"k": texts, "z": "1"}, default_flow_style=False)
    written = yaml.safe_dump(
        {"z": "1", "k": texts}, default_flow_style=flow, sort_keys=False, indent=indent, width=30, default_style=style
    )
    if style and re.search(r"!!(null|bool)", written):
        return  # a null in quotes carries a tag, which is another way of writing than a tree of texts
    assert digest(plain) == digest(written)


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES)
def test_other_trees_have_other_digests(one: Any, other: Any) -> None:
    """Two trees share a digest only when they are equal, where 1 and 1.0 are, and 1 and true are not."""

    def exact(value: Any) -> str:
        def whole(item: Any) -> Any:
            if isinstance(item, float) and item.is_integer():
                return int(item)
            if isinstance(item, dict):
                return {key: whole(part) for key, part in item.items()}
            return [whole(part) for part in item] if isinstance(item, list) else item

        return json.dumps(whole(value), sort_keys=True)

    one, other = _plain_words_apart(one), _plain_words_apart(other)
    same = digest(yaml.safe_dump({"k": one})) == digest(yaml.safe_dump({"k": other}))
    assert same is (exact(one) == exact(other))


def test_form() -> None:
    """A digest has 12 hex digits, for any text at all."""
    for text in ("", "a: 1", "a: b: c", "\x00", "[" * 500, "\ud800"):
        assert re.fullmatch(r"[0-9a-f]{12}", digest(text))


def test_aliases_of_aliases_cost_nothing() -> None:
    """A text that would grow without end when written out is digested all the same."""
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    assert digest("\n".join(lines)) != digest("\n".join(lines[:-1]))


def test_a_key_that_is_a_map() -> None:
    """Keys of any kind count."""
    assert digest("? {a: 1}\n: x\n") == digest("? a: 1\n: x\n") != digest("? {a: 2}\n: x\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\r\nb\rc\n", "a\nb\nc"), ("\n\n  a \n\n", "a"), ("a  \nb", "a  \nb"), ("\ufeffa", "a"), ("", "")],
)
def test_normalise(text: str, expected: str) -> None:
    """Line ends become one kind, the outside is trimmed, blanks inside stay."""
    assert normalise(text) == expected


def test_layer_digest() -> None:
    """A layer's digest depends on values, manifests and their names, and not on the order of these."""
    one = layer_digest(values="a: 1", manifests={"x": "b: 1", "y": "c: 1"})
    assert one == layer_digest(values="a: 1 # same", manifests={"y": "c:   1", "x": "b: 1"})
    others = [
        layer_digest(values="a: 2", manifests={"x": "b: 1", "y": "c: 1"}),
        layer_digest(values="a: 1", manifests={"x": "c: 1", "y": "b: 1"}),
        layer_digest(values="a: 1", manifests={"x": "b: 1"}),
        layer_digest(values="", manifests={"a": "a: 1", "x": "b: 1", "y": "c: 1"}),
    ]
    assert len({one, *others}) == 5
