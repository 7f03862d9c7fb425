"""Applies overrides that the program owns to a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from palette_sdk.content.absent import nearest_place, picked
from palette_sdk.content.changes import LONGEST
from palette_sdk.content.edit import check_value
from palette_sdk.content.paths import REMOVED, Key, Step, parse_path, path_tree
from palette_sdk.content.proof import means
from palette_sdk.content.tree import Node
from palette_sdk.errors import InputError
from palette_sdk.merge.apply import Edits, apply
from palette_sdk.merge.model import ABSENT, MISSING, Decision, Declared, Row, shown_text, yaml_line
from palette_sdk.merge.policy import resource_matches
from palette_sdk.merge.source import Document, Source, read_to_edit


@dataclass(frozen=True, slots=True)
class Declaration:
    """A text with declared overrides.

    Args:
        text: the text.
        orphaned: overrides that take out what isn't there.
        redundant: overrides that change nothing.
        added: overrides of places that aren't there, and that are added; in `reason`, the nearest that is.
    """

    text: str
    orphaned: tuple[Row, ...] = ()
    redundant: tuple[Row, ...] = ()
    added: tuple[Row, ...] = ()


def declare(text: str, declared: Sequence[Declared], *, path: str) -> Declaration:
    """Apply declared overrides to one text: a values document or a manifest.

    Args:
        text: the text.
        declared: the overrides.
        path: the property, for messages.

    Raises:
        InputError: a resource or a list item isn't there (the message names those that are), two overrides set the same
            place, a path leads through something that is no map or list, or a whole text stands beside other overrides.
    """
    for row in declared:
        _check(row, path)
    whole = [row for row in declared if row.text is not None]
    if whole:
        if len(declared) > 1:
            raise InputError("a whole text and other overrides of the same content; keep one of them", path=path)
        return _replaced(text, whole[0].text or "")
    if not declared:
        return Declaration(text)
    source = read_to_edit(text, path=path)
    edits, rows = Edits(), list[Row]()
    for document, mine in _by_document(source, declared, path):
        number = document.number if document else 0
        taken_out = [row for row in mine if not row.path]
        if taken_out and document:
            if len(mine) > 1:
                raise InputError(f"{document.resource} is taken out, and edited too; keep one of them", path=path)
            edits.removed.add(number)
            continue
        values = _values(source, document, mine, rows, path)
        if values:
            edits.inside[number] = path_tree(values, path=path)
    return Declaration(
        apply(source, source, edits, path=path, shares=False) if edits else text,
        orphaned=tuple(row for row in rows if row.decision == "orphaned"),
        redundant=tuple(row for row in rows if row.decision == "redundant"),
        added=tuple(row for row in rows if row.decision == "added"),
    )


def _check(row: Declared, path: str) -> None:
    ways = [row.value is not MISSING, row.remove, row.text is not None]
    if sum(ways) != 1:
        raise InputError("an override has one of value=, remove=True and text=", path=path)
    if row.text is not None and (row.path or row.resource):
        raise InputError("text= stands for a whole text; for one place use value=", path=path)
    if not row.path and row.text is None and not (row.remove and row.resource):
        raise InputError('say which place: a path such as "/spec/replicas"', path=path)
    if row.value is not MISSING:
        check_value(row.value, row.path, path)


def _replaced(old: str, new: str) -> Declaration:
    row = Row("", "", old, new, old, "redundant", "", shown_text(old, gone=False), shown_text(new, gone=False))
    return Declaration(new, redundant=(row,) if old == new else ())


def _by_document(
    source: Source, declared: Sequence[Declared], path: str
) -> list[tuple[Document | None, list[Declared]]]:
    """Group overrides by the document that they are about; None is the one that isn't there yet."""
    groups: dict[int, tuple[Document | None, list[Declared]]] = {}
    for row in declared:
        document = _document(source, row, path)
        groups.setdefault(document.number if document else -1, (document, []))[1].append(row)
    return list(groups.values())


def _document(source: Source, row: Declared, path: str) -> Document | None:
    documents = list(source.documents.values())
    if not row.resource:
        if len(documents) > 1:
            names = ", ".join(document.resource for document in documents)
            raise InputError(f"{row.path}: there are {len(documents)} documents; say resource= ({names})", path=path)
        return documents[0] if documents else None
    found = [one for one in documents if "*" not in row.resource and resource_matches(row.resource, one.resource)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(document.resource for document in documents if document.resource) or "none"
    if found:
        raise InputError(f"there are several {row.resource}: {names}; name the namespace, too", path=path)
    raise InputError(f"there is no {row.resource}; there are: {names}", path=path)


def _values(
    source: Source, document: Document | None, declared: Sequence[Declared], rows: list[Row], path: str
) -> dict[str, object]:
    values: dict[str, object] = {}
    for row in declared:
        steps = parse_path(row.path, path=path)
        there = lookup(document.root if document else None, steps)
        if row.remove and there is None:
            rows.append(_row(document, row, there, "orphaned"))
            continue
        if row.value is not MISSING and there is not None and means(there, row.value):
            rows.append(_row(document, row, there, "redundant"))
        elif document and there is None and not source.reading.has_branches:
            near = nearest_place(source.text, [document.root], steps, into_items=True)
            if near is not None:
                rows.append(replace(_row(document, row, there, "added"), reason=near))
        values[row.path] = REMOVED if row.remove else row.value
    return values


def _row(document: Document | None, row: Declared, there: Node | None, decision: Decision) -> Row:
    return Row(
        resource=document.resource if document else "",
        path="".join(map(str, parse_path(row.path, path=""))),
        base=ABSENT,
        override=ABSENT if row.remove else row.value,
        incoming=ABSENT if there is None else row.value,
        decision=decision,
        shown_override="(gone)" if row.remove else shown_value(row.value),
        shown_incoming="(gone)" if there is None else shown_value(row.value),
    )


def shown_value(value: object) -> str:
    """Give a plain value in short form."""
    text = yaml_line(value)
    if len(text) <= LONGEST:
        return text
    if isinstance(value, Mapping):
        return f"{{{len(value)} keys}}"
    return f"[{len(value)} items]" if isinstance(value, (list, tuple)) else f"{text[:LONGEST]}..."


def lookup(node: Node | None, steps: Sequence[Step]) -> Node | None:
    """Give the node at a place; None where there is none."""
    for step in steps:
        if node is None:
            return None
        if node.kind == "map" and isinstance(step, Key):
            node = next(iter(node.find(step.name)), None)
        else:
            node = picked(node, step) if node.kind == "list" else None
    return node
