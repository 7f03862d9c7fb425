"""Generated values and documents for the tests of content."""

from __future__ import annotations

from hypothesis import strategies as st

KEYS = st.text("abcxyz019-_. /~'\"", min_size=1, max_size=6)

AWKWARD = [
    "yes",
    "1e3",
    "010",
    "null",
    "a: b",
    "# x",
    "x\ny",
    "x\ny\n",
    "l1\n\nl2\n",
    " lead\nx",
    "trail \ny",
    "x\n\n",
    "2024-01-01",
    "{{.spectro.var.x}}",
    '{{ .a }}:{{ .b "q" }}',
    "=",
    "<<",
    "~",
    "-",
    "- a",
    "&a",
    "*a",
    "!x",
    "%",
    "@",
    "`",
    "tab\there",
    "it's",
    "\u2028",
    "é😀",
    "1.2.3",
    "0o17",
    "12:30",
    "1_000",
]

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(AWKWARD)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False, width=32) | TEXTS

VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)

DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)
