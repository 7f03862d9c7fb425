"""Trees with positions."""

from __future__ import annotations

import pytest

from palette_sdk.content.tree import DEEPEST, Node, YamlError, documents


def _piece(text: str, *keys: str) -> str:
    node = documents(text)[0]
    for key in keys:
        node = node.find(key)[0]
    return text[node.start : node.end]


@pytest.mark.parametrize(
    ("text", "keys", "expected"),
    [
        ("a: foo  # c\n", ["a"], "foo"),
        ("a: 'f  o' # c\n", ["a"], "'f  o'"),
        ("a: &x !!str foo # c\n", ["a"], "&x !!str foo"),
        ("a:\n  b: 1 # c\n  # d\n\ne: 2\n", ["a"], "b: 1"),
        ("a:\n- 1\n- c: 2\n# d\n", ["a"], "- 1\n- c: 2"),
        ("a: {b: 1, c: [2]} # c\n", ["a"], "{b: 1, c: [2]}"),
        ("\ufeffé😀: x\nb: y\n", ["b"], "y"),
        ("\ufeffé😀: x\nb: y\n", ["é😀"], "x"),
        ("a: |\n  x\n  y\nb: 1\n", ["a"], "|\n  x\n  y\n"),
        ("a:\nb: 1\n", ["a"], ""),
        ("a:\r\n  b: x\r\nc: 1\r\n", ["a"], "b: x"),
    ],
)
def test_positions(text: str, keys: list[str], expected: str) -> None:
    """A node's start and end cut exactly its own text out of the document."""
    assert _piece(text, *keys) == expected


def test_documents() -> None:
    """Each document has its root, an empty one a plain null, and no text has none."""
    roots = documents("a: 1\n---\n---\n- 2\n")
    assert [root.kind for root in roots] == ["map", "scalar", "list"]
    assert roots[1].is_null
    assert documents("# only\n") == []


@pytest.mark.parametrize(
    ("text", "null"), [("~", True), ("null", True), ("'null'", False), ("!!str", False), ("x", False), ("[]", False)]
)
def test_is_null(text: str, null: bool) -> None:
    """Only a plain null is one."""
    assert documents(text)[0].is_null is null


def test_a_key_twice_is_found_twice() -> None:
    """The tree keeps what the text has."""
    assert [node.value for node in documents("a: 1\nb: 2\na: 3\n")[0].find("a")] == ["1", "3"]


@pytest.mark.parametrize(
    ("text", "index"),
    [("a: b: c", 4), ("\ufeffa: b: c", 5), ("é: *x\n", 3), ("a: [1\nb: 2\n", 7)],
)
def test_faults_have_a_place(text: str, index: int) -> None:
    """The error says where, counted in characters of the text."""
    with pytest.raises(YamlError) as refused:
        documents(text)
    assert refused.value.index == index


def test_an_anchor_ends_with_its_document() -> None:
    """An alias can't reach over a document marker."""
    with pytest.raises(YamlError, match="no anchor"):
        documents("a: &x 1\n---\nb: *x\n")


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "- " * 5_000 + "x", "\n".join(" " * i + "a:" for i in range(DEEPEST + 2))]
)
def test_too_deep(text: str) -> None:
    """Nesting without end is an error instead of the end of the process."""
    with pytest.raises(YamlError, match="nested deeper"):
        documents(text)


def test_deep_enough() -> None:
    """The deepest accepted nesting is read."""
    node: Node = documents("[" * DEEPEST + "]" * DEEPEST)[0]
    assert node.kind == "list"
