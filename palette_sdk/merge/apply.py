"""Carries edits over into the incoming text, and proves that the result means what was decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from palette_sdk.content.digest import canonical
from palette_sdk.content.document import readable
from palette_sdk.content.paths import REMOVED, Leaf, Tree
from palette_sdk.content.proof import is_edited, means
from palette_sdk.content.splice import Splicer, unusual
from palette_sdk.content.tree import Node, YamlError
from palette_sdk.merge.source import Document, Source


@dataclass
class Edits:
    """What is to be done to a text.

    Args:
        inside: edits of its documents, by number.
        removed: numbers of documents that go.
        replaced: documents of the other text that take the place of others, by number.
        added: documents of the other text, each with the number of the one behind which it goes, -1 where none of ours is
            in front of it: these go behind all others.
    """

    inside: dict[int, Leaf | Tree] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    replaced: dict[int, Document] = field(default_factory=dict)
    added: list[tuple[int, Document]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.inside or self.removed or self.replaced or self.added)

    def put(self, number: int, edit: Leaf | Tree | None, document: Document | None) -> None:
        """Take in what the walk gave for a document of the text."""
        if edit is None:
            return
        if not isinstance(edit, Leaf):
            self.inside[number] = edit
        elif edit.value is REMOVED or document is None:
            self.removed.add(number)
        elif means(document.root, edit.value):
            self.replaced[number] = document
        else:
            self.inside[number] = edit


def apply(incoming: Source, override: Source, edits: Edits, *, path: str, shares: bool = True) -> str:
    """Give the incoming text with the edits.

    Args:
        incoming: the text to edit.
        override: the text from which whole documents come.
        edits: what to do.
        path: the property, for messages.
        shares: whether to write through anchors.

    Raises:
        InputError: the result does not mean what was asked.
    """
    text, added = incoming.text, _places(incoming, edits)
    if added and not text.strip():
        result = "".join(_slice(override, document.number) for _, document in added)
    else:
        splicer = Splicer(text, incoming.reading, path=path, shares=shares)
        for number, tree in edits.inside.items():
            splicer.edit(number, tree)
        for number in edits.removed:
            splicer.splice(*_range(incoming, number), "")
        for number, document in edits.replaced.items():
            splicer.splice(
                *_range(incoming, number), _marked(override, document, splicer.eol, _marks(incoming, number))
            )
        for number, document in added:
            at = _range(incoming, number)[1] if number >= 0 else len(text)
            open_line = bool(text[:at]) and not text[:at].endswith("\n")
            splicer.splice(at, at, (splicer.eol if open_line else "") + _marked(override, document, splicer.eol, True))
        result = splicer.spliced()
    _prove(result, incoming, edits, added, path)
    return result


def _places(incoming: Source, edits: Edits) -> list[tuple[int, Document]]:
    """Give the added documents in the order in which they come to stand, each with the document behind which it goes."""
    last = max((document.number for document in incoming.documents.values()), default=-1)
    behind = [(number, document) for number, document in edits.added if number >= 0]
    return [*behind, *((last, document) for number, document in edits.added if number < 0)]


def _range(source: Source, number: int) -> tuple[int, int]:
    """Give where a document begins, its `---` included, and ends."""
    markers = source.reading.markers
    start = max(markers[number], 0)
    later = [marker for marker in markers[number + 1 :] if marker >= 0]
    return start, later[0] if later else len(source.text)


def _marks(source: Source, number: int) -> bool:
    return source.reading.markers[number] >= 0


def _slice(source: Source, number: int) -> str:
    start, end = _range(source, number)
    return source.text[start:end]


def _marked(source: Source, document: Document, eol: str, is_marked: bool) -> str:
    """Give a document's text, with a `---` in front if asked, its last line ended."""
    found = _slice(source, document.number).replace("\r\n", "\n")
    found = found.removeprefix("\ufeff")
    if is_marked and not found.startswith("---"):
        found = f"---\n{found}"
    found = found if found.endswith("\n") else f"{found}\n"
    return found if eol == "\n" else found.replace("\n", eol)


def _prove(text: str, incoming: Source, edits: Edits, added: list[tuple[int, Document]], path: str) -> None:
    try:
        roots = [root for root in readable(text).roots if not root.is_null]
    except YamlError:
        raise unusual("the merged values", path=path) from None
    expected: list[tuple[Node | None, Leaf | Tree | None, str]] = []
    old = incoming.reading.roots
    for number in sorted({*(one.number for one in incoming.documents.values()), *edits.inside}):
        if number in edits.replaced:
            expected.append((None, None, canonical(edits.replaced[number].root)))
        elif number not in edits.removed:
            expected.append((old[number] if old else None, edits.inside.get(number), ""))
        expected += [(None, None, canonical(document.root)) for after, document in added if after == number]
    expected += [(None, None, canonical(document.root)) for after, document in added if after < 0]
    if len(expected) != len(roots) or not all(
        canonical(new) == canon if canon else is_edited(before, new, tree)
        for (before, tree, canon), new in zip(expected, roots, strict=True)
    ):
        raise unusual("the merged values", path=path)
