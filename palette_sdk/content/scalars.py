"""What a scalar means to every reader of YAML, and how to write one so that all of them read the same.

YAML 1.1 and 1.2 disagree about some plain words (`yes`, `010`, `1e3`, dates). Here such a word is equal to itself only,
and is never written plain when text is meant.
"""

from __future__ import annotations

import json
import math
import re
from typing import Literal

from palette_sdk.content.tree import Node

Quotes = Literal["", "'", '"']

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {"": "null", "~": "null", "null": "null", "Null": "null", "NULL": "null"} | {
    word: value for value in ("true", "false") for word in (value, value.title(), value.upper())
}
_OLD_BOOLEANS = frozenset(w for word in ("yes", "no", "on", "off") for w in (word, word.title(), word.upper()))
_LETTERS = frozenset("yYnN")
"""Booleans for some old readers, text for those that Kubernetes uses (which write them in quotes): read as text, never
written plain."""

_PERHAPS_TYPED = re.compile(
    r"""[-+]?(?: 0b[01_]+ | 0o[0-7_]+ | 0x[0-9a-fA-F_]+                             # other bases
        | (?:[0-9][0-9_]*(?:\.[0-9_]*)? | \.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?     # numbers with _ or leading zeros
        | [0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?                              # to the base 60
        | \.(?:inf|Inf|INF) ) | \.(?:nan|NaN|NAN)
        | [0-9]{4}-[0-9]{2}-[0-9]{2}                                               # dates and times
        | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?
          (?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?
        | = | <<""",
    re.VERBOSE,
)
"""Plain words that some reader of YAML 1.1 or 1.2 takes for something else than text."""

_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NO_TYPE = re.compile(r"[^A-Za-z0-9.+\-_:~ ]|[A-Za-z]{6}")
"""Something that only texts have: around a template, whose value may be of any type, it makes a text."""

_BREAK = re.compile("[\n\r\x85\u2028\u2029]")
PLAIN_TAGS = frozenset("tag:yaml.org,2002:" + kind for kind in ("null", "bool", "int", "float"))
"""Tags of scalars that are what they would be without a tag and quotes."""
TEXT_TAGS = ("tag:yaml.org,2002:str", "!")
"""Tags of scalars that are texts."""


def meaning(node: Node) -> str:
    """Give a text that two scalars share when, and only when, every reader gives them the same value."""
    text = node.value
    if node.tag in PLAIN_TAGS:
        return _plain(text)
    if node.tag and node.tag not in TEXT_TAGS:
        return f"{node.tag} {json.dumps(text)}"
    if node.style or node.tag:
        return json.dumps(text)
    return _plain(text)


def _plain(text: str) -> str:
    """Give the meaning of a plain scalar."""
    if "{{" in text:
        return json.dumps(text) if _NO_TYPE.search(_ACTION.sub("", text)) else f"plain {json.dumps(text)}"
    word = _WORDS.get(text)
    if word is not None:
        return word
    if text[0] in "+-.0123456789=<":
        if _INT.fullmatch(text):
            return _whole(text)
        if _FLOAT.fullmatch(text):
            return _number(float(text)) if math.isfinite(float(text)) else f"plain {text}"
        if _PERHAPS_TYPED.fullmatch(text):
            return f"plain {json.dumps(text)}"
    elif text in _OLD_BOOLEANS:
        return f"plain {json.dumps(text)}"
    return json.dumps(text)


def plain(node: Node) -> object:
    """Give a scalar as plain data; a word that readers of YAML disagree about as text."""
    try:
        value: object = json.loads(meaning(node))
    except ValueError:
        return node.value
    return value


def is_text(node: Node) -> bool:
    """Say whether every reader takes a scalar for a text."""
    return meaning(node).startswith('"')


def plain_word(text: str) -> object:
    """Give what a text would be as a plain scalar."""
    try:
        value: object = json.loads(_plain(text))
    except ValueError:
        return None
    return value


def meaning_of(value: object) -> str:
    """Give the same text for a Python value: None, a boolean, a number or a text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _whole(str(value))
    if isinstance(value, float):
        return _number(value) if math.isfinite(value) else f'plain "{_special(value)}"'
    return json.dumps(value)


def written(value: object, *, quotes: Quotes = "", flow: bool = False) -> str:
    """Write a scalar in one line.

    Args:
        value: None, a boolean, a number or a text. A whole float is written as an integer: the engine makes every
            integer a float.
        quotes: the quotes to put around a text where that is possible; "" puts them only where needed.
        flow: whether it stands in a flow collection, where more characters need quotes.
    """
    if not isinstance(value, str):
        return _special(value) if isinstance(value, float) and not math.isfinite(value) else meaning_of(value)
    if _BREAK.search(value):
        quotes = '"'  # one line: breaks are escaped
    elif not quotes and (not value or _is_typed(value)):
        quotes = '"'
    return _dumped(value, quotes, flow)


def _is_typed(text: str) -> bool:
    return (
        text in _WORDS
        or text in _OLD_BOOLEANS
        or text in _LETTERS
        or bool(_FLOAT.fullmatch(text) or _PERHAPS_TYPED.fullmatch(text))
    )


def _dumped(text: str, quotes: Quotes, flow: bool) -> str:
    import yaml

    def dump(style: str | None) -> str:
        # a list in flow style, or a map in block style, makes the library quote for just that place
        value: object = [text] if flow else {"k": text}
        out = yaml.dump(
            value,
            Dumper=yaml.CSafeDumper,
            default_flow_style=flow,
            default_style=style,
            allow_unicode=True,
            width=2**30,
            line_break="\n",
        )
        inner = out.rstrip("\n")
        return inner[1:-1] if flow else inner.partition(": ")[2]

    return dump(quotes or None)


def _special(value: float) -> str:
    return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


def _whole(text: str) -> str:
    sign = "-" if text.startswith("-") else ""
    digits = text.lstrip("+-").lstrip("0") or "0"
    return digits if digits == "0" else sign + digits  # by text: int() refuses very long ones


def _number(number: float) -> str:
    if number.is_integer() and abs(number) < 2**53:
        return str(int(number))
    text = repr(number)
    mantissa, e, exponent = text.partition("e")
    # YAML 1.1 wants the point and the sign
    return (
        f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent if exponent[0] in '+-' else '+' + exponent}"
        if e
        else text
    )
