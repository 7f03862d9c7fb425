"""Notifications and events: lists, and a person's word on a notification."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import scoping

Doc = dict[str, Any]

OBJECT_KINDS = frozenset({"spectrocluster", "clusterprofile", "machine", "cloudconfig", "pack", "edgehost"})


def about(work: Work, object_kind: str, object_uid: str, *, is_done: bool | None) -> list[Doc]:
    """The notifications about an object, the newest first; `is_done` None gives open and done ones."""
    rows = [
        row.body
        for row in work.tx.rows(kinds.NOTIFICATION, parent=object_uid)
        if row.project in {work.project, ""} and row.body["relatedObject"]["kind"] == object_kind
    ]
    return [shown(body) for body in reversed(rows) if is_done is None or body["action"]["isDone"] is is_done]


def everything(work: Work, *, is_done: bool | None) -> list[Doc]:
    """All notifications in sight, the newest first."""
    found = scoping.listed(work, kinds.NOTIFICATION)
    return [shown(body) for body in reversed(found) if is_done is None or body["action"]["isDone"] is is_done]


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
    work.tx.put(kinds.NOTIFICATION, uid, row.body)


def shown(body: Doc) -> Doc:
    """A notification without what is kept beside it."""
    return {key: value for key, value in body.items() if key not in {"profileUid", "targetDigest"}}


def events_about(work: Work, object_uid: str) -> list[Doc]:
    """The events about an object, the newest first."""
    rows = work.tx.rows(kinds.EVENT, parent=object_uid)
    return [row.body for row in reversed(rows) if row.project in {work.project, ""}]


def all_events(work: Work) -> list[Doc]:
    """All events in sight, the newest first."""
    return list(reversed(scoping.listed(work, kinds.EVENT)))


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
