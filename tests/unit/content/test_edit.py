"""Setting values in texts."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palette_sdk.content.edit import set_paths
from palette_sdk.errors import InputError

from .strategies import DOCUMENTS, KEYS, VALUES

BASE = """\
# top
ui:   # the ui
  replicas: 2  # how many
  image: "a:1"
  empty:
  list:
    - name: ui
      x: 1
    - name: db # d
  flow: {a: 1, b: [x, y]}
  text: |
    foo
    bar

  # trailing
other: 'q'
"""

# situation: text, values, expected
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a number keeps the comment": ("a: 2  # c\n", {"/a": 3}, "a: 3  # c\n"),
    "the engine's float is an integer": ("a: 2\n", {"a": 3.0}, "a: 3\n"),
    "a text keeps double quotes": ('a: "x"\n', {"a": "y"}, 'a: "y"\n'),
    "a text keeps single quotes": ("a: 'x'\n", {"a": "it's"}, "a: 'it''s'\n"),
    "a text gets quotes where it needs them": ("a: x\n", {"a": "1.30"}, 'a: "1.30"\n'),
    "a text that YAML 1.2 reads as a number": ("a: x\n", {"a": "1e3"}, 'a: "1e3"\n'),
    "a template gets quotes": ("a: x\n", {"a": "{{.spectro.var.n}}"}, "a: '{{.spectro.var.n}}'\n"),
    "the same value changes no byte": (
        "a:   0x2\nb: 'x'\nc: 1.50\n",
        {"b": "x", "c": 1.5},
        "a:   0x2\nb: 'x'\nc: 1.50\n",
    ),
    "an empty value": ("a:\nb: # c\n", {"a": 1, "b": "x"}, "a: 1\nb: x # c\n"),
    "a word that some readers take for a boolean": ("a: 1\n", {"a": {"y": "off"}}, 'a:\n  "y": "off"\n'),
    "null": ("a: 1\n", {"a": None}, "a: null\n"),
    "a value in the next line": ("a:\n  word # c\n", {"a": "x"}, "a:\n  x # c\n"),
    "a folded text": ("a: one\n  two\n  three # c\nb: 1\n", {"a": "x"}, "a: x # c\nb: 1\n"),
    "a block text by a short one": ("a: |\n  x\n  y\n\nb: 1\n", {"a": "z"}, "a: z\n\nb: 1\n"),
    "a short text by a block": ("a: x # c\nb: 1\n", {"a": "p\nq\n"}, "a: | # c\n  p\n  q\nb: 1\n"),
    "several lines in quotes": ('a: "x"\n', {"a": "p\nq"}, 'a: "p\\nq"\n'),
    "a block at the end of a text without a line end": ("a: x", {"a": "p\nq"}, 'a: "p\\nq"'),
    "a scalar by a map": ("a: 1 # c\nb: 2\n", {"a": {"x": 1, "z": []}}, "a: # c\n  x: 1\n  z: []\nb: 2\n"),
    "a map by a scalar": ("a: # c\n  x: 1 # d\n  # e\nb: 2\n", {"a": 1}, "a: 1 # c\n  # e\nb: 2\n"),
    "a map by another": ("a:\n    x: 1\nb: 2\n", {"a": {"w": {"z": 1}}}, "a:\n    w:\n        z: 1\nb: 2\n"),
    "a list by a map": ("a:\n- 1\n- 2\nb: 2\n", {"a": {"x": 1}}, "a:\n  x: 1\nb: 2\n"),
    "a list keeps its indentation": (
        "a:\n  - 1\nb: 2\n",
        {"a": [3, {"x": 1, "z": 2}]},
        "a:\n  - 3\n  - x: 1\n    z: 2\nb: 2\n",
    ),
    "a flow list stays flow": ("a: [1, 2] # c\n", {"a": ["x", "a, b"]}, "a: [x, 'a, b'] # c\n"),
    "inside a flow map": (
        "a: {b: 1, c: [x, y]}\n",
        {"a.c[1]": "z", "a.b": {"q": None}},
        "a: {b: {q: null}, c: [x, z]}\n",
    ),
    "a new key in a flow map": ("a: {b: 1}\n", {"a.c": "x: y"}, "a: {b: 1, c: 'x: y'}\n"),
    "a new key in an empty flow map": ("a: {}\n", {"a.b.c": 1}, "a: {b: {c: 1}}\n"),
    "a flow map over several lines": ("a: {\n  b: 1, # c\n}\n", {"a.c": 2}, "a: {\n  b: 1, c: 2, # c\n}\n"),
    "a flow key without a value": ("a: {b, c: 1}\n", {"a.b": 2}, "a: {b: 2, c: 1}\n"),
    "a new key": ("a:\n  b: 1 # c\n\nd: 1\n", {"a.e": "x"}, "a:\n  b: 1 # c\n  e: x\n\nd: 1\n"),
    "new maps in between": (
        "a:\n  b: 1\n",
        {"/a/c/d": 1, "/a/c/e": 2, "/f/g": 3},
        "a:\n  b: 1\n  c:\n    d: 1\n    e: 2\nf:\n  g: 3\n",
    ),
    "new keys at every level": (
        "a:\n  b:\n    c: 1\n",
        {"z": 3, "a.w": 2, "a.b.x": 1},
        "a:\n  b:\n    c: 1\n    x: 1\n  w: 2\nz: 3\n",
    ),
    "a map below an empty value": ("a:\n  b: # c\n  d: 1\n", {"a.b.c": 1}, "a:\n  b: # c\n    c: 1\n  d: 1\n"),
    "a new key behind a block": ("a: |\n  x\n\nb: |\n  y\n\n# c\n", {"z": 1}, "a: |\n  x\n\nb: |\n  y\nz: 1\n\n# c\n"),
    "a new key behind a block that keeps its line ends": (
        "a: |+\n  x\n\n\n# c\n",
        {"b": 1},
        "a: |+\n  x\n\n\nb: 1\n# c\n",
    ),
    "a new key where the last text has no line end": ("a: |\n  x", {"b": 1}, "b: 1\na: |\n  x"),
    "a new key at the end without a line end": ("a: 1", {"b": 2}, "a: 1\nb: 2"),
    "carriage returns": (
        "a: 1\r\nb:\r\n  c: 2\r\n",
        {"b.d": {"x": 1}, "e": "p\nq"},
        "a: 1\r\nb:\r\n  c: 2\r\n  d:\r\n    x: 1\r\ne: |-\r\n  p\r\n  q\r\n",
    ),
    "no text": ("", {"a.b": 1}, "a:\n  b: 1\n"),
    "comments only": ("# c", {"a": 1}, "# c\na: 1\n"),
    "a marker only": ("---\n", {"a": 1}, "---\na: 1\n"),
    "a byte order mark": ("\ufeffa: 1\n", {"a": 2, "b": 3}, "\ufeffa: 2\nb: 3\n"),
    "document markers stay": ("--- # c\na: 1\n...\n", {"a": 2, "b": 1}, "--- # c\na: 2\nb: 1\n...\n"),
    "an item by number": (
        "- 1\n-   x: 1 # c\n    y: 2\n-\n",
        {"/0": "a", "/1/y": 3, "/2": {"z": 1}},
        "- a\n-   x: 1 # c\n    y: 3\n- z: 1\n",
    ),
    "an item by key": (
        "l:\n- name: a\n  v: 1\n- name: b\n  v: 1\n",
        {"l[name=b].v": 2, "/l[name=a]/w": 1},
        "l:\n- name: a\n  v: 1\n  w: 1\n- name: b\n  v: 2\n",
    ),
    "an item as a whole": (
        "l:\n- name: a\n  v: 1 # c\n- 2\n",
        {"/l[name=a]": {"name": "a"}, "/l/1": [1]},
        "l:\n- name: a\n- - 1\n",
    ),
    "an item behind several blanks": ("l:\n-   - 1\n", {"/l/0": [2, 3]}, "l:\n-   - 2\n    - 3\n"),
    "an item in the next line": ("l:\n-\n   - 1\n- 2\n", {"/l/0": [2, 3]}, "l:\n- - 2\n  - 3\n- 2\n"),
    "a key with a slash": ("m:\n  a/b: 1\n  c~d: 1\n", {"/m/a~1b": 2, "/m/c~0d": 3}, "m:\n  a/b: 2\n  c~d: 3\n"),
    "a key with a dot": ("m:\n  a.b: 1\n", {"/m/a.b": 2}, "m:\n  a.b: 2\n"),
    "a key that is a number": ("1: a\n'2': b\n", {"/1": "c", "/2": "d"}, "1: c\n'2': d\n"),
    "an explicit key": ("? k\n: v\n", {"k": 2}, "? k\n: 2\n"),
    "a tag goes with its value": ("a: !!str 1\nb: !!map {c: 1}\n", {"a": 2, "b.c": 3}, "a: 2\nb: !!map {c: 3}\n"),
    "an anchor that nothing uses": ("a: &x\n  b: 1\n", {"a.c": 2}, "a: &x\n  b: 1\n  c: 2\n"),
    "an alias by a value": ("a: &x {b: 1}\nc: *x\n", {"c": 2}, "a: &x {b: 1}\nc: 2\n"),
    "a key over a merge key": ("b: &x {p: 1}\nc:\n  <<: *x\n", {"c.p": 2}, "b: &x {p: 1}\nc:\n  <<: *x\n  p: 2\n"),
    "beside templates": (
        'a: {{.x}}:{{.y}}\nb: {{ if eq "a" "b" }}\nc: 1\n',
        {"c": 2, "d": '{{ .q "z" }}'},
        'a: {{.x}}:{{.y}}\nb: {{ if eq "a" "b" }}\nc: 2\nd: \'{{ .q "z" }}\'\n',
    ),
    "a template by a value": ("a: {{.x}} # c\n", {"a": 1}, "a: 1 # c\n"),
    "a template by another": ("a: '{{.x}}'\n", {"a": "{{.y}}"}, "a: '{{.y}}'\n"),
    "between lines of templates": (
        "a:\n  {{- if .x }}\n  b: 1\n  {{- end }}\n",
        {"a.b": 2},
        "a:\n  {{- if .x }}\n  b: 2\n  {{- end }}\n",
    ),
}


@pytest.mark.parametrize("situation", CASES)
def test_case(situation: str) -> None:
    """The text is exactly the expected one, and setting the same again changes nothing."""
    text, values, expected = CASES[situation]
    edited = set_paths(text, values, path="values")
    assert edited == expected
    assert set_paths(edited, values, path="values") == edited


def test_many_at_once() -> None:
    """Several edits of one document don't disturb each other, nor anything else."""
    edited = set_paths(
        BASE,
        {
            "/ui/replicas": 3,
            "ui.image": "b:2",
            "/ui/empty": "1.0",
            "/ui/list[name=db]/x": 5,
            "ui.flow.c": {"d": 1},
            "/ui/new/deep": "x",
            "/ui/new/list": [1, {"a": 2}],
            "other": ["q"],
        },
        path="values",
    )
    assert (
        edited
        == """\
# top
ui:   # the ui
  replicas: 3  # how many
  image: "b:2"
  empty: "1.0"
  list:
    - name: ui
      x: 1
    - name: db # d
      x: 5
  flow: {a: 1, b: [x, y], c: {d: 1}}
  text: |
    foo
    bar
  new:
    deep: x
    list:
      - 1
      - a: 2

  # trailing
other:
  - q
"""
    )


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        (
            BASE,
            {"/ui/replicas/x": 1},
            "can't set /ui/replicas/x: line 3: /ui/replicas is a single value, not a map; set /ui/replicas itself",
        ),
        (BASE, {"/ui/list/2": 1}, 'line 7: /ui/list is a list with 2 items, 0 to 1; "2" is none of them'),
        (BASE, {"ui.list.name": 1}, '"name" is none of them'),
        ("a: []\n", {"a[0]": 1}, "a list with no items"),
        (BASE, {"/ui/list[name=x]/v": 1}, "line 7: /ui/list has no item with name=x (there are: ui, db)"),
        ("- n: 1\n- n: 1\n", {"[n=1]": 1}, "2 items with n=1"),
        (BASE, {"/ui[0]": 1}, "line 3: /ui is a map, and [0] picks an item of a list"),
        (BASE, {"/new[0]": 1}, "there is no list from which [0] could pick an item"),
        (BASE, {"/ui": 1, "/ui/x": 2}, '"/ui" and "/ui/x" set the same place'),
        (BASE, {"/ui/x/y": 1, "ui.x": 2}, '"/ui/x/y" and "ui.x" set the same place'),
        (BASE, {"/ui/x": 1, "ui.x": 2}, '"/ui/x" and "ui.x" set the same place'),
        (
            BASE,
            {"/ui/list/0": 1, "/ui/list[name=ui]/x": 2},
            '"/ui/list/0" and "/ui/list[name=ui]/x" set the same place',
        ),
        (BASE, {"": 1}, "is no path into a document"),
        (BASE, {"/": 1}, "is no path into a document"),
        (BASE, {"ui..x": 1}, "is no path into a document"),
        (BASE, {"ui.list[x]": 1}, "picks no item; write [0] or [name=ui]"),
        (BASE, {"/other": object()}, "/other: object can't be written as YAML"),
        (BASE, {"/other": {"a": [b"x"]}}, "bytes can't be written as YAML"),
        (BASE, {"/other": {1: 2}}, "the key 1 is not a text"),
        ("a: 1\n---\nb: 2\n", {"a": 1}, "there are 2 documents"),
        ("a: b: c\n", {"a": 1}, "line 1, column 5"),
        ("just words\n", {"a": 1}, "can't set a: line 1: the document is a single value"),
        ("a: &x {b: 1}\nc: *x\n", {"a.b": 2}, "line 1: /a is also used elsewhere, as *x"),
        ("a: &x {b: 1}\nc: *x\n", {"a": 2}, "also used elsewhere, as *x"),
        ("a: {b: &x 1}\nc: *x\n", {"a": 2}, "also used elsewhere, as *x"),
        ("a: &x {b: 1}\nc: *x\n", {"c.b": 2}, "line 2: /c is the alias *x"),
        ("a: &x {p: {q: 1}}\nc:\n  <<: *x\n", {"c.p.q": 2}, "/c/p may come from a merge key"),
        ("a: 1\na: 2\n", {"a": 3}, "the key a stands 2 times in that map"),
        ("? a\nb: 1\n", {"a": {"x": 1}}, "written in an unusual way"),
    ],
)
def test_refused(text: str, values: dict[str, Any], words: str) -> None:
    """An impossible edit is refused with the path, the line and the reason; the property stands in front."""
    with pytest.raises(InputError) as refused:
        set_paths(text, values, path="layers.values")
    assert str(refused.value).startswith("layers.values: ")
    assert words in str(refused.value)


def test_a_value_too_deep() -> None:
    """Values without end are refused like texts without end."""
    value: Any = 1
    for _ in range(5000):
        value = [value]
    with pytest.raises(InputError, match="nested deeper"):
        set_paths("a: 1\n", {"a": value}, path="values")


def test_no_values_no_reading() -> None:
    """Without values any text comes back, YAML or not."""
    assert set_paths("a: b: c", {}, path="values") == "a: b: c"


Edit = tuple[dict[str, Any], str, list[str | int], Any]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Draw a tree, a text of it in some style, the steps of a path into it, and a value to set there."""
    tree = draw(DOCUMENTS)
    text = yaml.safe_dump(
        tree,
        default_flow_style=draw(st.sampled_from([None, False, True])),
        default_style=draw(st.sampled_from([None, None, '"', "'", "|"])),
        indent=draw(st.sampled_from([2, 4])),
        width=draw(st.sampled_from([20, 1000])),
        allow_unicode=True,
        sort_keys=False,
    )
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    tree = yaml.safe_load(text)  # without its last line end a block text may be another one
    steps: list[str | int] = []
    here: Any = tree
    while isinstance(here, dict) or (isinstance(here, list) and here):
        step: Any = (
            draw((st.sampled_from(list(here)) if here else KEYS) | KEYS)
            if isinstance(here, dict)
            else draw(st.integers(0, len(here) - 1))
        )
        steps.append(step)
        if isinstance(here, dict) and step not in here:
            steps += draw(st.lists(KEYS, max_size=1))
            break
        here = here[step]
        if draw(st.booleans()):
            break
    return tree, text, steps, draw(VALUES)


def _put(tree: Any, steps: list[str | int], value: Any) -> Any:
    tree = copy.deepcopy(tree)
    here = tree
    for step in steps[:-1]:
        if (here.get(step) if isinstance(here, dict) else here[step]) is None:
            here[step] = {}
        here = here[step]
    here[steps[-1]] = value
    return tree


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits())
def test_any_edit_of_any_document(edit: Edit) -> None:
    """After an edit the place has the value, all else is as before, and the same edit again changes no byte."""
    tree, text, steps, value = edit
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    edited = set_paths(text, {pointer: value}, path="values")
    assert _whole(yaml.safe_load(edited)) == _whole(_put(tree, steps, value))
    assert set_paths(edited, {pointer: value}, path="values") == edited


LINES = [
    "{key}:   {value}   # é {value}",
    "'{key}' : \"{value}\"",
    "{key}: {value} ",
    "{key}:\n   {value}",
    "{key}: &unused {value}",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]), st.data())
def test_bytes_outside_the_edit_stay(forms: list[str], eol: str, data: st.DataObject) -> None:
    """All lines but the edited one are the same bytes, comments and odd blanks included."""
    free = st.sampled_from(["", eol, f"  # free{eol}"])
    pieces = [
        form.format(key=f"k{i}", value="old").replace("\n", eol) + eol + data.draw(free) for i, form in enumerate(forms)
    ]
    at = data.draw(st.integers(0, len(forms) - 1))
    edited = set_paths("".join(pieces), {f"k{at}": "plain"}, path="values")
    before, after = "".join(pieces[:at]), "".join(pieces[at + 1 :])
    assert edited.startswith(before)
    assert edited.endswith(after)
    assert edited.removeprefix(before).removesuffix(after) == pieces[at].replace("&unused ", "").replace(
        "old", "plain", 1
    )
