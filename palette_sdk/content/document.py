"""Checks that a text is YAML that Palette and Kubernetes can read. Reads nothing out of it and changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from palette_sdk.content.tree import Node, YamlError, documents, stream
from palette_sdk.errors import InputError

_PRIVATE, _MORE_PRIVATE = 0x100000, 0xF0000
"""Where the characters of template actions are moved to while YAML is read: private use, legal in YAML, no syntax."""

_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_AROUND_LINE_END = re.compile(r"([ \t]*\r?\n\s*)")
_CONTROL_LINE = re.compile(r"^([ \t]*)(\{\{(?:(?!\}\}).)*\}\}[ \t]*)+(#[^\n]*)?\r?$", re.MULTILINE)
_HINTS = {
    "mapping values are not allowed in this context": 'a second ": " in one value, or a wrong indentation; quote the text',
    "could not find expected ':'": "a key without a colon and a blank behind it",
    "did not find expected key": "the indentation differs from that of the keys above",
}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def looks_templated(text: str) -> bool:
    """Say whether the text holds template actions: `{{ ... }}`."""
    return bool(_ACTION.search(text))


def check_yaml(text: str, *, path: str, secret: bool = False) -> None:
    """Refuse text that is not YAML, or in which a map has a key twice.

    Template actions outside quotes are legal in Palette's values although many are not YAML. Each counts as a word of the
    same length, and where that is not enough a line of nothing but actions as a comment; so positions stay right. Keys in
    both branches of an `if` are then no duplicates.

    Args:
        text: one or several documents.
        path: the property, for the message.
        secret: whether to leave the text itself out of the message, which then has the position only.

    Raises:
        InputError: with line and column, from 1, and the line itself.
    """
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        problem = f"the character U+{ord(unprintable[0]):04X} can't stand in YAML"
        raise InputError(_told(text, unprintable.start(), problem, secret), path=path)
    try:
        reading = readable(text)
    except YamlError as error:
        raise InputError(_told(text, error.index, _advice(text, error), secret), path=path) from None
    refuse_keys_twice(reading, text, path=path, secret=secret)


def refuse_keys_twice(reading: Reading, text: str, *, path: str, secret: bool = False) -> None:
    """Refuse a text in which a map has a key twice; where branches of an `if` may both be there, nothing is refused.

    Raises:
        InputError: with both lines.
    """
    if reading.has_branches:
        return
    for root in reading.roots:
        _no_key_twice(root, text, path, secret)


def position(text: str, index: int) -> tuple[int, int]:
    """Give line and column, both from 1, of an index into the text."""
    index = min(index, len(text))
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it was read; positions are those of the text.

    Args:
        roots: of its documents; template actions stand in their scalars as they are written.
        markers: the index of the `---` in front of each document, -1 where there is none.
        has_branches: whether lines of nothing but template actions had to be left out, so that both branches of an `if`
            may be there.
    """

    roots: list[Node]
    markers: list[int]
    has_branches: bool


def readable(text: str) -> Reading:
    """Read documents that may hold template actions outside quotes.

    Raises:
        YamlError: it is not YAML even so.
    """
    if not looks_templated(text):
        return Reading(*stream(text), False)
    for candidate, has_branches in ((_hide_actions(text), False), (_without_control_lines(text), True)):
        try:
            roots, markers = stream(candidate)
        except YamlError as error:
            problem = error
            continue
        for root in roots:
            _restore(root, text)
        return Reading(roots, markers, has_branches)
    try:
        return Reading(*stream(text), False)
    except YamlError:
        raise problem from None


def _hide_actions(text: str) -> str:
    return _ACTION.sub(lambda found: _word(found[0]), text)


def _without_control_lines(text: str) -> str:
    def comment(found: re.Match[str]) -> str:
        indent = found[1]
        return indent + "#" + _word(found[0][len(indent) + 1 :])

    return _hide_actions(_CONTROL_LINE.sub(comment, text))


def _word(text: str) -> str:
    """Give characters that mean nothing in YAML, others for another text; line ends and the blanks around them stay."""
    return "".join(
        piece if piece.isspace() and "\n" in piece else "".join(_hidden(ord(one)) for one in piece)
        for piece in _AROUND_LINE_END.split(text)
    )


def _hidden(code: int) -> str:
    return chr(_PRIVATE + code) if code <= 0xFFFF else chr(_MORE_PRIVATE + (code & 0xFFFF))


def _restore(node: Node, text: str) -> None:
    """Put template actions back into the values of scalars."""
    for key, value in node.pairs:
        _restore(key, text)
        _restore(value, text)
    for item in node.items:
        _restore(item, text)
    if node.kind != "scalar" or max(node.value, default="") < chr(_PRIVATE):
        return
    if node.style in ("'", '"'):  # quotes and escapes inside an action are those of the text
        try:
            roots = documents(text[node.start : node.end])
        except YamlError:
            roots = []
        if len(roots) == 1 and roots[0].kind == "scalar":
            node.value = roots[0].value
            return
    node.value = "".join(chr(ord(one) - _PRIVATE) if ord(one) >= _PRIVATE else one for one in node.value)


def _no_key_twice(node: Node, text: str, path: str, secret: bool) -> None:
    seen: dict[tuple[str, bool], int] = {}
    for key, value in node.pairs:
        if key.kind == "scalar" and key.value != "<<":
            identity = (key.value, bool(key.style))
            if identity in seen:
                name = "a key" if secret else f'the key "{key.value}"'
                first, _ = position(text, seen[identity])
                second, _ = position(text, key.start)
                problem = f"{name} stands twice in one map, first in line {first}, again in line {second}; keep one"
                raise InputError(_told(text, key.start, problem, secret), path=path)
            seen[identity] = key.start
        _no_key_twice(value, text, path, secret)
    for item in node.items:
        _no_key_twice(item, text, path, secret)


def _advice(text: str, error: YamlError) -> str:
    if text[error.index : error.index + 1] == "\t":
        return "YAML indents with spaces, and here is a tab"
    hint = _HINTS.get(error.problem)
    return f"{error.problem} ({hint})" if hint else error.problem


def _told(text: str, index: int, problem: str, secret: bool) -> str:
    line, column = position(text, index)
    if secret:
        return f"line {line}, column {column}: {problem} (the text is secret and not shown)"
    lines = text.split("\n")
    shown = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    cut = max(0, column - 60)
    piece = shown[cut : cut + 100].replace("\t", " ")
    return f"line {line}, column {column}: {problem}\n  {line} | {piece}\n  {' ' * len(str(line))} | {' ' * (column - 1 - cut)}^"
