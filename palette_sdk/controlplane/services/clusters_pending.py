"""Pending updates: which profiles of a cluster were published anew since it copied them, and the notices about it."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import notifications
from palette_sdk.controlplane.services.clusters_content import Copy, template_of
from palette_sdk.controlplane.services.clusters_sources import published
from palette_sdk.controlplane.simulation.timing import derived_uid
from palette_sdk.controlplane.store import Tx

Doc = dict[str, Any]


def on_profile_published(tx: Tx, profile_uid: str, now: float) -> None:
    """Compare every cluster that uses the profile with what was just published."""
    target = published(tx, profile_uid)
    if target is None:
        return
    for uid in tx.linked(kinds.CLUSTER_PROFILE, target=profile_uid):
        doc = tx.get(kinds.CLUSTER, uid)
        if doc is None or doc["state"] == "Deleting":
            continue
        for head in doc["profiles"]:
            if head["uid"] == profile_uid:
                _judge(tx, doc, head, target, now)
        documents.save(tx, doc)


def refresh(tx: Tx, doc: Doc, now: float) -> None:
    """Open and close the notices of a cluster whose copies have changed; the caller saves the document."""
    for head in doc["profiles"]:
        target = published(tx, head["uid"])
        if target is not None:
            _judge(tx, doc, head, target, now)
    uids = {head["uid"] for head in doc["profiles"]}
    for row in tx.rows(kinds.NOTIFICATION, parent=doc["metadata"]["uid"]):
        if row.body["profileUid"] not in uids and not row.body["action"]["isDone"]:
            _close(tx, row.uid, now)


def targets(tx: Tx, doc: Doc) -> list[Doc]:
    """The templates that pending updates would bring, one for each profile that has one."""
    found = [published(tx, head["uid"]) for head in doc["profiles"] if head.get("notice")]
    return [template_of(target, own=False) for target in found if target is not None]


def is_pending(doc: Doc) -> bool:
    """Whether an update waits."""
    return any(head.get("notice") for head in doc["profiles"])


def _judge(tx: Tx, doc: Doc, head: Doc, target: Copy, now: float) -> None:
    notice = head.get("notice", "")
    if target["digest"] == head["digest"] or doc["clusterTemplate"]:  # what a template says comes by its upgrades alone
        if notice:
            _close(tx, notice, now)
        head["notice"] = ""
        return
    known = tx.get(kinds.NOTIFICATION, notice) if notice else None
    if known is not None and known["targetDigest"] == target["digest"]:
        # The same news: what a person said about it stays.
        return
    uid = notice or derived_uid("notice", doc["metadata"]["uid"], head["uid"], target["digest"], repr(now))
    head["notice"] = uid
    notice_body = _notice(uid, doc, head, target, since=_created(tx, uid, now), now=now)
    notifications.keep(tx, uid, notice_body, project=doc["project"], parent=doc["metadata"]["uid"])


def _notice(uid: str, doc: Doc, head: Doc, target: Copy, *, since: str, now: float) -> Doc:
    cluster = doc["metadata"]
    changed = _changed(head, target)
    return {
        "metadata": {
            "name": f"update-{target['name']}",
            "uid": uid,
            "creationTimestamp": since,
            "lastModifiedTimestamp": stamp(now),
        },
        "type": "NotificationPackUpdate",
        "action": {
            "actionType": "NotifyActionClusterProfileUpdate",
            "actionMessage": f"cluster profile {target['name']} {target['version']} was changed; the update is pending",
            "ack": False,
            "isDone": False,
            "isInfo": False,
            "events": {target["uid"]: changed},
            "link": f"/v1/spectroclusters/{cluster['uid']}/profileUpdates",
        },
        "relatedObject": {"kind": "spectrocluster", "uid": cluster["uid"], "name": cluster["name"]},
        "source": {"component": "clusterprofile"},
        "profileUid": target["uid"],
        "targetDigest": target["digest"],
    }


def _changed(head: Doc, target: Copy) -> dict[str, str]:
    """What became of each pack; a change of values alone shows only in the templates."""
    before = {pack["name"]: (pack.get("tag", ""), pack.get("version", "")) for pack in head["packs"]}
    after = {pack["name"]: (pack.get("tag", ""), pack.get("version", "")) for pack in target["packs"]}
    words = {name: "removed" for name in before if name not in after}
    for name, version in after.items():
        if name not in before:
            words[name] = "added"
        elif before[name] != version:
            words[name] = f"{before[name][1] or before[name][0]} -> {version[1] or version[0]}"
    return words or {"content": "values or manifests changed"}


def _created(tx: Tx, uid: str, now: float) -> str:
    before = tx.get(kinds.NOTIFICATION, uid)
    return str(before["metadata"]["creationTimestamp"]) if before else stamp(now)


def _close(tx: Tx, uid: str, now: float) -> None:
    row = tx.row(kinds.NOTIFICATION, uid)
    if row is not None:
        row.body["action"]["isDone"] = True
        row.body["metadata"]["lastModifiedTimestamp"] = stamp(now)
        notifications.keep(tx, uid, row.body, project=row.project, parent=row.parent)
