"""Filling in of ${name}."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_sdk.content.render import render_text
from palette_sdk.errors import InputError


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("url: ${api_uri}/x", {"api_uri": "http://a:3000"}, "url: http://a:3000/x"),
        ("${a}${a}-${b}", {"a": "1", "b": "2"}, "11-2"),
        ("$a ${{ a }} $(a) {{ .a }} ${A:-x} ${a.b} ${} ${1}", {}, "$a ${{ a }} $(a) {{ .a }} ${A:-x} ${a.b} ${} ${1}"),
        ("$${a} ${a}", {"a": "1"}, "${a} 1"),
        ("$${unknown}", {}, "${unknown}"),
        ("$$a", {}, "$$a"),
        ("${a}", {"a": "${b} $${b} {{.c}}"}, "${b} $${b} {{.c}}"),
        ("a\r\n${a}\r\n", {"a": "é"}, "a\r\né\r\n"),
        ("", {}, ""),
    ],
)
def test_filled(template: str, values: dict[str, str], expected: str) -> None:
    """Only ${name} is filled, once; every other byte stays."""
    assert render_text(template, values, path="x.yaml") == expected


def test_an_unknown_name() -> None:
    """It is refused with its place, the nearest name and both ways out."""
    with pytest.raises(InputError) as refused:
        render_text("a: 1\nb: ${api_url} ${api_uri}", {"api_uri": "x"}, path="hello.yaml")
    assert str(refused.value) == (
        "hello.yaml: line 2, column 4: ${api_url} has no value (nearest: api_uri); "
        "pass api_url=..., or write $${api_url} to keep the text as it is"
    )


def test_a_value_that_nothing_uses() -> None:
    """It is refused, as it is a slip of the pen, with the nearest name of the text."""
    with pytest.raises(
        InputError, match=r"there is no \$\{api_url\} in the text \(nearest: api_uri\); take api_url= out"
    ):
        render_text("b: ${api_uri}", {"api_uri": "x", "api_url": "y"}, path="hello.yaml")


def test_values_do_not_show() -> None:
    """A message never holds a value."""
    with pytest.raises(InputError) as refused:
        render_text("${a} ${b}", {"a": "hunter2"}, path="x")
    assert "hunter2" not in str(refused.value)


@given(st.text(st.characters(exclude_characters="$")))
def test_text_without_a_dollar_stays(template: str) -> None:
    """Where there is nothing to fill in, the text comes back."""
    assert render_text(template, {}, path="x") == template
