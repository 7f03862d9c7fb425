"""What of a layer a rule is about: nothing where it is misspelt, or more than was meant. Decides nothing; see `policy`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from palette_sdk.content.absent import nearest_place
from palette_sdk.content.paths import Index, Key, Step, parse_path
from palette_sdk.content.tree import Node
from palette_sdk.errors import InputError
from palette_sdk.merge.declare import lookup
from palette_sdk.merge.identity import keyed, match_of
from palette_sdk.merge.layers import Content
from palette_sdk.merge.model import Rule
from palette_sdk.merge.policy import matches, pointer, resource_matches
from palette_sdk.merge.source import Document, Source, read
from palette_sdk.rules.nearest import did_you_mean

_SEPARATOR = re.compile(r"/(?![^\[]*\])")


def misfit(rule: Rule, content: Content) -> str | None:
    """Say why a rule fits nothing of a layer; None where it does, or where that can't be told.

    An override may add what isn't there, so a path into something empty, to a key that stands there as a comment or to
    another item of a list fits.

    Args:
        rule: the rule; its layer is not looked at.
        content: the layer's content.
    """
    return _misfit(rule, tuple(sorted(content.texts.items())))


def shared_places(places: Iterable[tuple[str, str]], contents: Iterable[Content]) -> set[tuple[str, str]]:
    """Give the places whose path alone means a place of another object, too: a rule for one has to name its object.

    Args:
        places: object and path of each; a path of nothing stands for the whole object.
        contents: what the layer has, had, or runs.
    """
    asked = [place for place in places if place[0]]
    if not asked:
        return set()
    shared = {place for place in asked if not place[1]}
    texts = {text for content in contents for text in content.texts.values() if text.strip()}
    for text in texts:
        try:
            source = read(text, path="", side="")
        except InputError:  # a text that can't be read is refused elsewhere
            continue
        for document in source.documents.values() if source else ():
            shared |= {place for place in asked if place[0] != document.resource and _has(document.root, place[1])}
    return shared


def _has(root: Node, path: str) -> bool:
    try:
        steps = parse_path(path, path="")
    except InputError:  # the root, or nothing that a path can say
        return False
    return lookup(root, steps) is not None


@lru_cache(maxsize=256)
def _misfit(rule: Rule, texts: tuple[tuple[str, str], ...]) -> str | None:
    try:
        sources = [read(text, path="", side="") for _, text in texts if text.strip()]
    except InputError:  # a text that can't be read is refused elsewhere
        return None
    if not sources or not all(sources):
        return None
    documents = [(source, one) for source in sources if source for one in source.documents.values()]
    there = [(source, one) for source, one in documents if resource_matches(rule.resource, one.resource)]
    if not there:
        names = [one.resource for _, one in documents if one.resource]
        return f"there is no {rule.resource}; {did_you_mean(rule.resource, names)}"
    misses = [_miss(rule, source, document) for source, document in there]
    if None in misses:
        return None
    near = next(filter(None, misses), "")
    return f"there is no {pointer(rule.path)}{f'; nearest: {near}' if near else ''}"


def _miss(rule: Rule, source: Source, document: Document) -> str | None:
    """The place that the path may mean which this document doesn't have, or ""; None where it has it, or may get it."""
    steps, is_glob = _beginning(pointer(rule.path))
    near = nearest_place(source.text, [document.root], steps, into_items=True) if steps else None
    if near is not None or not is_glob:
        return near
    if any(matches(rule, document.resource, path) for path in _paths(document.root, "")):
        return None
    above = lookup(document.root, steps)
    return "" if above is not None and (above.pairs or above.items) else None


def _beginning(path: str) -> tuple[tuple[Step, ...], bool]:
    """The steps of a rule's path before the first `*`, and whether there is one that means more than all below."""
    parts = _SEPARATOR.split(path.removesuffix("**").removesuffix("/"))
    plain = next((number for number, part in enumerate(parts) if "*" in part), len(parts))
    try:
        return parse_path("/".join(parts[:plain]), path=""), plain < len(parts)
    except InputError:  # the root, or nothing that a path can say
        return (), plain < len(parts)


def _paths(node: Node, above: str) -> Iterator[str]:
    yield above
    for name, below in node.pairs:
        if name.kind == "scalar":
            yield from _paths(below, above + str(Key(name.value)))
    for step, item in _items(node):
        yield from _paths(item, above + str(step))


def _items(node: Node) -> Sequence[tuple[Step, Node]]:
    """Items of a list by their natural key, where they have one."""
    found = keyed([node]) if node.items else None
    if found is None:
        return [(Index(number), item) for number, item in enumerate(node.items)]
    key, (numbers,) = found
    first = [identity[0] for identity in numbers]
    return [
        (match_of(key, identity, node.items[number], first.count(identity[0]) == 1), node.items[number])
        for identity, number in numbers.items()
    ]
