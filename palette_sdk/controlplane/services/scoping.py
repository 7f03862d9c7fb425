"""What all kinds share: who sees an object, who may change it, its metadata, and names that are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.store import Body, Head, Row

OWN_ANNOTATIONS = ("scope", "projectUid")
"""Annotations that the server sets; what a client sends under these names is ignored."""

_NAMED = 20
"""How many users of an object a refusal names in its message."""


def visible(work: Work, kind: str, uid: str, what: str) -> Row:
    """An object that may be read: of the call's project, or of the tenant.

    Raises:
        Refusal: 404.
    """
    row = work.tx.row(kind, uid)
    if row is None or row.project not in {work.project, ""}:
        raise not_found(what, uid)
    return row


def owned(work: Work, kind: str, uid: str, what: str) -> Row:
    """An object that may be changed: of exactly the call's scope, and not the system's.

    Raises:
        Refusal: 404; 403 for one of another scope that may only be read.
    """
    row = visible(work, kind, uid, what)
    scope = row.body["metadata"].get("annotations", {}).get("scope", "")
    if row.project != work.project or scope == "system":
        raise assumptions.OTHER_SCOPE.refusal(
            f"{what} {uid!r} belongs to scope {scope or 'tenant'}; it can't be changed from scope {work.scope}"
        )
    return row


def listed(work: Work, kind: str, *, name: str | None = None, parent: str | None = None) -> list[Body]:
    """All objects that may be read: those of the project first, then the tenant's, each in order of creation."""
    found = work.tx.find(kind, project=work.project, name=name, parent=parent)
    return found + work.tx.find(kind, project="", name=name, parent=parent) if work.project else found


def new_metadata(work: Work, given: Mapping[str, Any], uid: str) -> Body:
    """Metadata of a new object: the client's name, labels and annotations; times and scope are the server's."""
    metadata: Body = {
        "name": given.get("name", ""),
        "uid": uid,
        "labels": dict(given.get("labels") or {}),
        "annotations": _annotations(given.get("annotations") or {}, {"scope": work.scope}),
        "creationTimestamp": work.stamp,
        "lastModifiedTimestamp": work.stamp,
    }
    if work.project:
        metadata["annotations"]["projectUid"] = work.project
    return metadata


def patch_metadata(work: Work, metadata: Body, given: Mapping[str, Any]) -> None:
    """Change name, labels and annotations in place; a map that is given replaces the whole map, an absent one stays."""
    if given.get("name"):
        metadata["name"] = given["name"]
    if "labels" in given:
        metadata["labels"] = dict(given["labels"])
    if "annotations" in given:
        metadata["annotations"] = _annotations(given["annotations"], metadata.get("annotations", {}))
    metadata["lastModifiedTimestamp"] = work.stamp


def check_name(work: Work, kind: str, name: str, what: str, *, but: str = "", parent: str | None = None) -> None:
    """Make sure that a name is there and is free in the call's scope.

    Args:
        work: the work at hand.
        kind: the kind of object.
        name: the name wanted.
        what: the kind in words.
        but: the uid of the object that may have the name already.
        parent: look only among objects with this parent.

    Raises:
        Refusal: 400 without a name; 409 when it is taken.
    """
    if not name:
        raise assumptions.INVALID_BODY.refusal(f"a {what} needs a name", fields=[{"field": "metadata.name"}])
    for other in work.tx.find(kind, project=work.project, name=name, parent=parent):
        uid = other["metadata"]["uid"]
        if uid != but:
            raise assumptions.DUPLICATE_NAME.refusal(f"a {what} named {name!r} already exists (uid {uid})", uid=uid)


def named_users(work: Work, link: str, uid: str) -> list[Head]:
    """The clusters or templates that refer to an object by this kind of link, in order of their uids."""
    kind = kinds.TEMPLATE if link in {kinds.TEMPLATE_PROFILE, kinds.TEMPLATE_POLICY} else kinds.CLUSTER
    return work.tx.heads(kind, work.tx.linked(link, target=uid))


def refuse_in_use(what: str, name: str, users: Sequence[Row | Head]) -> None:
    """Say no to a delete while there are users, and name them: all in the details, the first ones in the message.

    Raises:
        Refusal: 409.
    """
    if users:
        listed_users = [{"kind": row.kind, "uid": row.uid, "name": row.name} for row in users]
        more = f" and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
        names = ", ".join(row.name for row in users[:_NAMED]) + more
        raise assumptions.IN_USE.refusal(f"{what} {name!r} can't be deleted: it is used by {names}", users=listed_users)


def _annotations(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in given.items() if key not in OWN_ANNOTATIONS}
    return kept | {key: own[key] for key in OWN_ANNOTATIONS if key in own}
