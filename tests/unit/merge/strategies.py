"""Generated triples of documents: a base, and two edits of it, each written in a style of its own."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import strategies as st

KEYS = st.sampled_from(["a", "b", "c", "d-e", "f.g/h", "1x", "~t"])
NAMES = st.sampled_from(["ui", "db", "api", "log"])
SCALARS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        2,
        30,
        "x",
        "y z",
        "true",
        "1.30",
        "",
        "a: b",
        "# no",
        "l1\nl2\n",
        "l1\nl2",
        "{{.v}}",
        "it's",
        "é",
    ]
)
LEAVES = SCALARS | st.lists(SCALARS, max_size=3)
ITEMS = st.dictionaries(NAMES, st.dictionaries(KEYS, LEAVES, max_size=2), max_size=3).map(
    lambda found: [{"name": name, **item} for name, item in found.items()]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3) | ITEMS, max_leaves=5
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


@st.composite
def edited(draw: st.DrawFn, tree: dict[str, Any]) -> Any:
    """Draw an edit of a tree: values set, added and taken out in a few places."""
    tree = copy.deepcopy(tree)
    here: Any
    for _ in range(draw(st.integers(0, 3))):
        here = tree
        while True:
            below = [value for value in (here.values() if isinstance(here, dict) else here) if _is_open(value)]
            if not below or draw(st.integers(0, 2)) == 0:
                break
            here = draw(st.sampled_from(below))
        if isinstance(here, dict):
            _edit_map(draw, here)
        else:
            _edit_list(draw, here)
    return tree


def _is_open(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _edit_map(draw: st.DrawFn, here: dict[str, Any]) -> None:
    keys = [key for key in here if key != "name"]
    act = draw(st.sampled_from(["set", "add", "take out"]))
    if act == "take out" and len(here) > 1 and keys:
        del here[draw(st.sampled_from(keys))]
    elif act == "set" and keys:
        here[draw(st.sampled_from(keys))] = draw(VALUES)
    else:
        here[draw(KEYS)] = draw(VALUES)


def _edit_list(draw: st.DrawFn, here: list[Any]) -> None:
    if draw(st.booleans()) and here:
        here.pop(draw(st.integers(0, len(here) - 1)))
        return
    name = draw(NAMES)
    if all(not isinstance(item, dict) or item.get("name") != name for item in here):
        here.insert(draw(st.integers(0, len(here))), {"name": name, "a": draw(SCALARS)})


@st.composite
def texts(draw: st.DrawFn, tree: Any) -> str:
    """Draw a text of a tree."""
    text: str = yaml.safe_dump(
        tree,
        default_flow_style=draw(st.sampled_from([None, False, False, False, True])),
        default_style=draw(st.sampled_from([None, None, None, '"', "'", "|"])),
        indent=draw(st.sampled_from([2, 4])),
        width=draw(st.sampled_from([20, 1000])),
        allow_unicode=True,
        sort_keys=False,
    )
    if draw(st.integers(0, 5)) == 0:
        text = text.replace("\n", "\r\n")
    return text


@st.composite
def triples(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw base, incoming and override; mostly in one style, as they are in life."""
    base = draw(DOCUMENTS)
    trees = base, draw(edited(base)), draw(edited(base))
    if draw(st.booleans()):
        step = draw(st.sampled_from([2, 4]))
        b, i, o = (
            yaml.safe_dump(tree, default_flow_style=False, indent=step, sort_keys=False, allow_unicode=True)
            for tree in trees
        )
        return b, i, o
    b, i, o = (draw(texts(tree)) for tree in trees)
    return b, i, o


@st.composite
def sharing(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw base, incoming and override in which anchors are shared, and edited in one of the places or in all."""
    shared = draw(st.lists(st.dictionaries(KEYS, LEAVES, min_size=1, max_size=3), min_size=1, max_size=2))
    base: dict[str, Any] = draw(DOCUMENTS)
    for name in draw(st.lists(st.sampled_from(["p", "q", "r", "s"]), min_size=2, max_size=4, unique=True)):
        base[name] = draw(st.sampled_from(shared))
    if draw(st.booleans()):
        base["in"] = {"t": draw(st.sampled_from(shared)), "u": [draw(st.sampled_from(shared)), 1]}
    trees = []
    for _ in range(2):
        tree = draw(edited(base))
        for key in [key for key in tree if draw(st.integers(0, 4)) == 0]:
            tree[key] = draw(edited(tree[key])) if isinstance(tree[key], dict) else copy.deepcopy(tree[key])
        trees.append(tree)
    b, i, o = (yaml.safe_dump(tree, default_flow_style=False, sort_keys=False) for tree in (base, *trees))
    if draw(st.booleans()):  # one side may have merge keys where the others have aliases
        b, i, o = (_with_merge_keys(text) for text in (b, i, o))
    return b, i, o


def _with_merge_keys(text: str) -> str:
    return "\n".join(
        f"{line.partition(':')[0]}:\n  <<: {line.partition(': ')[2]}\n  more: 1"
        if line[:1] in "pqrs" and ": *" in line
        else line
        for line in text.split("\n")
    )
