"""Checks of YAML texts."""

from __future__ import annotations

import pytest

from palette_sdk.content.document import check_yaml, looks_templated, position
from palette_sdk.errors import InputError

PATH = 'layers["hello-universe"].values'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only\n",
        "a: 1\n---\nb: 2\n",
        "a: {{.spectro.var.x}}\n",
        "a: {{ .x }}:{{ .y }}\n",
        'a: {{ if eq "a" "b" }}x{{ end }}\n',
        "{{- if .x }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n",
        "a:\n  {{- range .list }}\n  - {{ . }}\n  {{- end }}\n",
        "a: [{{.x}}, {{.y}}]\n",
        'a: "{{ .x }}"\n',
        "a: |\n  {{ if .x }}\n  y\n",
        "{{ .k }}: 1\nb: 2\n",
        "a: {{ .x\n  | quote }}\n",
        "a: &x {b: 1}\nc:\n  <<: *x\n  <<: *x\n",
        "1: a\n'1': b\n",
        "a: \u00e9\U0001f600\n",
        "a: 1\r\nb: 2\r\n",
        "date: 2024-13-45\n",
        "a: !Ref x\n",
    ],
)
def test_accepted(text: str) -> None:
    """YAML passes, several documents and templates of every place too."""
    check_yaml(text, path=PATH)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: b: c\n", 1, 5, "mapping values are not allowed"),
        ("a: 1\nb:\n\t- x\n", 3, 1, "here is a tab"),
        ("a: 1\n  b: 2\n", 2, 4, "mapping values are not allowed"),
        ("a: [1, 2\nb: 3\n", 2, 2, ""),
        ("a: 'x\n", 2, 1, "end of stream"),
        ("a: *x\n", 1, 4, "no anchor"),
        ("ok: 1\na: \x07\n", 2, 4, "U+0007 can't stand in YAML"),
        ("a: 1\n---\nb: c: d\n", 3, 5, "mapping values"),
        ("a: 1\r\nb: c: d\r\n", 2, 5, "mapping values"),
        ('a: {{ if eq "a" "b" }}\nb: c: d\n', 2, 5, "mapping values"),
        ("{{ if .x }}\na: 1\n{{ end }}\nb: c: d\n", 4, 5, "mapping values"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'the key "a" stands twice in one map, first in line 1, again in line 3'),
        ("x:\n  - a: 1\n    b: {c: 1, c: 2}\n", 3, 15, 'the key "c" stands twice'),
        ("a: {{.x}}\na: {{.y}}\n", 2, 1, 'the key "a" stands twice'),
        ("a: " + "[" * 300 + "\n", 1, 123, "nested deeper than 120 levels"),
    ],
)
def test_refused_with_its_place(text: str, line: int, column: int, words: str) -> None:
    """The message has the property, line, column, the fault and the line's own text with a mark below."""
    with pytest.raises(InputError) as refused:
        check_yaml(text, path=PATH)
    message = str(refused.value)
    assert message.startswith(f"{PATH}: line {line}, column {column}: ")
    assert words in message
    assert f"\n  {line} | " in message


def test_the_mark_stands_below_the_place() -> None:
    """The mark points at the character, in a long line too."""
    with pytest.raises(InputError) as refused:
        check_yaml("x: 1\n" + "a" * 200 + ": b: c\n", path=PATH)
    shown, mark = str(refused.value).split("\n")[1:]
    assert shown[mark.index("^")] == ":"
    assert len(shown) < 120


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter2: x\n",
        "hunter2: 1\nhunter2: 2\n",
        "a: hunter2\x07\n",
        "hunter2: *hunter2\n",
        "a: {{ .hunter2 }} {{ :: \n\tx",
    ],
)
def test_secret_text_is_not_shown(text: str) -> None:
    """Of secret text the message has the position only."""
    with pytest.raises(InputError) as refused:
        check_yaml(text, path=PATH, secret=True)
    assert "hunter2" not in str(refused.value)
    assert "line " in str(refused.value)
    assert "column " in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"), [("a: {{ .x }}", True), ("a: {b: {c: 1}}", False), ("a: {{.x", False), ("{{\n.x }}", True)]
)
def test_looks_templated(text: str, expected: bool) -> None:
    """Only a closed pair of double braces is a template action."""
    assert looks_templated(text) is expected


@pytest.mark.parametrize(("index", "expected"), [(0, (1, 1)), (2, (2, 1)), (3, (2, 2)), (99, (2, 4))])
def test_position(index: int, expected: tuple[int, int]) -> None:
    """Lines and columns count from 1, and the end is a place too."""
    assert position("a\nbcd", index) == expected
