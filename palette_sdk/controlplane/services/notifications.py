"""Notifications and events: lists, and a person's word on a notification."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.store import Tx

Doc = dict[str, Any]
_T = TypeVar("_T")

OBJECT_KINDS = frozenset({"spectrocluster", "clusterprofile", "machine", "cloudconfig", "pack", "edgehost"})


def keep(tx: Tx, uid: str, body: Doc, *, project: str, parent: str) -> None:
    """Keep a notification about an object of a project.

    Args:
        tx: the open transaction.
        uid: its uid.
        body: what it says.
        project: uid of the project; "" is the tenant.
        parent: uid of the object.
    """
    tx.put(kinds.NOTIFICATION, uid, body, project=project, name=uid, parent=parent)
    _keep_card(tx, uid, body, project)


def fill_in_cards(tx: Tx) -> None:
    """Give notifications that come from an older database their cards."""
    for row in tx.many(kinds.NOTIFICATION, tx.cards.missing(kinds.NOTIFICATION)):
        _keep_card(tx, row.uid, row.body, row.project)


def about(work: Work, object_kind: str, object_uid: str, *, is_done: bool | None) -> list[Doc]:
    """The notifications about an object, the newest first; `is_done` None gives open and done ones."""
    rows = [
        row.body
        for row in work.tx.rows(kinds.NOTIFICATION, parent=object_uid)
        if row.project in {work.project, ""} and row.body["relatedObject"]["kind"] == object_kind
    ]
    return [shown(body) for body in reversed(rows) if is_done is None or body["action"]["isDone"] is is_done]


def everything(work: Work, *, is_done: bool | None, limit: int | None = None, offset: int = 0) -> tuple[list[Doc], int]:
    """A part of all notifications in sight, the newest first (those of the tenant before), and how many there are."""
    cards, having = work.tx.cards, [] if is_done is None else [("isDone", str(is_done))]
    sources = [
        (
            cards.count(kinds.NOTIFICATION, scope, having),
            lambda most, start, scope=scope: cards.page(
                kinds.NOTIFICATION, scope, having, falling=True, limit=most, offset=start
            ),
        )
        for scope in _scopes(work)
    ]
    uids, total = _part(sources, limit, offset)
    return [shown(row.body) for row in work.tx.many(kinds.NOTIFICATION, uids)], total


def mark(work: Work, uid: str, field: str) -> None:
    """Set `ack` or `isDone`. A notification that is done stays done; the update it speaks of still waits.

    Raises:
        Refusal: 404.
    """
    row = work.tx.row(kinds.NOTIFICATION, uid)
    if row is None or row.project not in {work.project, ""}:
        raise not_found("notification", uid)
    row.body["action"][field] = True
    row.body["metadata"]["lastModifiedTimestamp"] = work.stamp
    keep(work.tx, uid, row.body, project=row.project, parent=row.parent)


def shown(body: Doc) -> Doc:
    """A notification without what is kept beside it."""
    return {key: value for key, value in body.items() if key not in {"profileUid", "targetDigest"}}


def events_about(work: Work, object_uid: str) -> list[Doc]:
    """The events about an object, the newest first."""
    rows = work.tx.rows(kinds.EVENT, parent=object_uid)
    return [row.body for row in reversed(rows) if row.project in {work.project, ""}]


def all_events(work: Work, *, limit: int | None = None, offset: int = 0) -> tuple[list[Doc], int]:
    """A part of all events in sight, the newest first (those of the tenant before), and how many there are."""
    sources = [
        (
            work.tx.count(kinds.EVENT, project=scope),
            lambda most, start, scope=scope: work.tx.rows(
                kinds.EVENT, project=scope, limit=most, offset=start, newest_first=True
            ),
        )
        for scope in _scopes(work)
    ]
    rows, total = _part(sources, limit, offset)
    return [row.body for row in rows], total


def add_event(work: Work, given: Doc) -> str:
    """Keep an event that an agent reports; returns its uid."""
    uid = work.new_uid()
    related = given.get("relatedObject") or given.get("involvedObject") or {}
    metadata = {
        **(given.get("metadata") or {}),
        "uid": uid,
        "creationTimestamp": work.stamp,
        "lastModifiedTimestamp": work.stamp,
    }
    body = {"severity": "Normal", **given, "metadata": metadata}
    work.tx.put(kinds.EVENT, uid, body, project=work.project, name=uid, parent=str(related.get("uid", "")))
    return uid


def remove_events(work: Work, object_uid: str) -> None:
    """Forget the events about an object."""
    for row in work.tx.rows(kinds.EVENT, parent=object_uid):
        if row.project in {work.project, ""}:
            work.tx.delete(kinds.EVENT, row.uid)


def _scopes(work: Work) -> list[str]:
    return ["", work.project] if work.project else [""]


def _part(
    sources: Sequence[tuple[int, Callable[[int, int], list[_T]]]], limit: int | None, offset: int
) -> tuple[list[_T], int]:
    """A part of lists that follow one another: each with its length, and what gives so many of it from a place on."""
    total = sum(length for length, _ in sources)
    left = total if limit is None else limit
    found: list[_T] = []
    for length, read in sources:
        here = max(0, min(length - offset, left))
        if here:
            found += read(here, offset)
        left, offset = left - here, max(0, offset - length)
    return found, total


def _keep_card(tx: Tx, uid: str, body: Doc, project: str) -> None:
    is_done = str(body["action"]["isDone"])
    tx.cards.put(kinds.NOTIFICATION, uid, {"isDone": is_done}, scope=project, facets={"isDone": [is_done]})
