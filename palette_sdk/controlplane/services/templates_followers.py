"""Clusters that follow a template: their records, their turn in a maintenance window, the start of their upgrade.

A record is a document of its own with the template as parent, so that a template's state is read without its clusters.
The turn is a step of the cluster; nothing ticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_profiles as profiles
from palette_sdk.controlplane.services import templates_values as values
from palette_sdk.controlplane.services.clusters_content import Copy
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.controlplane.simulation import layers, tables, windows
from palette_sdk.controlplane.simulation.steps import cancel, schedule
from palette_sdk.controlplane.store import Row, Tx
from palette_sdk.wire.clusters import SpcApplySettings

Doc = dict[str, Any]
Event = tuple[float, str, str]
"""Moment, reason and message."""

CREATED, PENDING, IN_PROGRESS, APPLIED, FAILED = "Created", "Pending", "InProgress", "Applied", "Failed"
PARTLY = "PartiallyApplied"
STEP = "template-window"
_LOGS = 20


# ---- records -----------------------------------------------------------------------------------------------------


def join(tx: Tx, template: Doc, doc: Doc, copies: Sequence[Copy], now: float) -> None:
    """A new cluster follows the template; the caller saves the document."""
    uid = doc["metadata"]["uid"]
    own = {
        copy["name"]: {
            name: {"value": value, "by": values.BY_CLUSTER}
            for name, value in copy["values"].items()
            if name not in values.common(template, copy["uid"])
        }
        for copy in copies
    }
    record: Doc = {
        "name": doc["metadata"]["name"], "zone": doc["clusterConfig"]["timezone"], "created": stamp(now),
        "running": values.ran(copies), "assigned": own, "state": "", "message": "", "lastApplied": "", "logs": [],
        "isBehind": False, "unresolved": {}, "goesNow": False,
    }  # fmt: skip
    _turn(record, CREATED, now, "the cluster is being created")
    doc["templateUnresolved"] = False
    template_uid = template["metadata"]["uid"]
    tx.put(kinds.FOLLOWER, uid, record, project=doc["project"], name=record["name"], parent=template_uid)
    _save_card(tx, uid, record, template_uid)
    tx.link(kinds.CLUSTER_TEMPLATE, uid, template_uid)


def leave(tx: Tx, uid: str) -> None:
    """A cluster that is deleted follows no longer; until it is gone the template is in use."""
    tx.delete(kinds.FOLLOWER, uid)


def settings_changed(tx: Tx, doc: Doc, now: float) -> None:
    """Name or time zone of a cluster has changed; the caller saves the document."""
    record = tx.get(kinds.FOLLOWER, doc["metadata"]["uid"])
    template = tx.shared(kinds.TEMPLATE, doc["clusterTemplate"])
    if record is None or template is None:
        return
    record.update(name=doc["metadata"]["name"], zone=doc["clusterConfig"]["timezone"])
    _plan(tx, template, doc, record, now)
    save(tx, doc, record)


def rows(tx: Tx, template_uid: str) -> list[Row]:
    """The records of a template's clusters, the oldest cluster first."""
    return tx.rows(kinds.FOLLOWER, parent=template_uid)


def pairs(tx: Tx, uids: Sequence[str]) -> list[tuple[Doc, Doc]]:
    """Clusters with their records, in this order; those that follow no template are left out."""
    docs = {row.uid: row.body for row in tx.many(kinds.CLUSTER, uids)}
    return [(docs[row.uid], row.body) for row in tx.many(kinds.FOLLOWER, uids) if row.uid in docs]


def uids(tx: Tx, template_uid: str) -> list[str]:
    """A template's clusters, the oldest first."""
    return tx.cards.page(kinds.FOLLOWER, template_uid)


def cards(tx: Tx, template_uid: str) -> list[tuple[str, Doc]]:
    """Uid, and name, state, zone and whether it lacks values, of each of a template's clusters, the oldest first."""
    return tx.cards.all(kinds.FOLLOWER, template_uid)


def save(tx: Tx, doc: Doc, record: Doc) -> None:
    """Keep a record."""
    uid = doc["metadata"]["uid"]
    tx.put(kinds.FOLLOWER, uid, record)
    _save_card(tx, uid, record, doc["clusterTemplate"])


def fill_in_cards(tx: Tx) -> None:
    """Give records that come from an older database their cards."""
    for row in tx.many(kinds.FOLLOWER, tx.cards.missing(kinds.FOLLOWER)):
        _save_card(tx, row.uid, row.body, row.parent)


def _save_card(tx: Tx, uid: str, record: Doc, template_uid: str) -> None:
    card = {**{key: record[key] for key in ("name", "state", "zone")}, "lacks": bool(record["unresolved"])}
    tx.cards.put(kinds.FOLLOWER, uid, card, scope=template_uid, facets={"state": [card["state"]]})


def group_of(state: str) -> str:
    """`applied`, `failed` or `pending`."""
    return {APPLIED: "applied", FAILED: "failed"}.get(state, "pending")


def state_of(tx: Tx, template_uid: str) -> str:
    """The state of a template, from those of its clusters; without clusters nothing waits."""
    return overall(tx.cards.tally(kinds.FOLLOWER, template_uid, "state"))


def overall(states: Iterable[str]) -> str:
    """The state that these add up to."""
    groups = {group_of(state) for state in states}
    if groups <= {"applied"}:
        return APPLIED
    if groups == {"failed"}:
        return FAILED
    return PARTLY if "applied" in groups else PENDING


# ---- what a change of the template means for its clusters ----------------------------------------------------------


def refresh_all(tx: Tx, template: Doc, clusters: Iterable[tuple[Doc, Doc]], now: float) -> None:
    """Compare each of these clusters, with their records, with the template, and plan those that are behind."""
    turn = 0
    for doc, record in clusters:
        refresh(tx, template, doc, record, now, turn=turn)
        turn += record["isBehind"]


def refresh(tx: Tx, template: Doc, doc: Doc, record: Doc, now: float, *, turn: int = 0) -> None:
    """Compare a cluster with the template, plan it when it is behind, and keep both documents."""
    was_behind = record["isBehind"]
    values.judge(template, record)
    doc["templateUnresolved"] = bool(record["unresolved"])
    if record["isBehind"]:
        record["message"] = _lack(record) or "waits for a maintenance window or an upgrade now"
        if record["state"] != PENDING:
            _turn(record, PENDING, now, "the template has changed; " + record["message"])
    elif was_behind:
        # What it was to become is taken back; a failure of what it runs is another matter, and stays.
        record["goesNow"] = False
        if not simulation.is_provisioned(doc):
            _turn(record, CREATED, now, "the cluster runs what the template says, once it is there")
        elif layers.outstanding(doc):
            _turn(record, IN_PROGRESS, now, "the former change goes on")
        else:
            _turn(record, APPLIED, now, "the cluster runs what the template says")
    _plan(tx, template, doc, record, now + tables.WINDOW_SETTLE_S, turn=turn)
    save(tx, doc, record)
    documents.save(tx, doc)


def plan_all(tx: Tx, template_uid: str, now: float) -> None:
    """The windows of a template have changed."""
    template = tx.shared(kinds.TEMPLATE, template_uid)
    waiting = [row for row in rows(tx, template_uid) if row.body["state"] in (PENDING, FAILED)]
    for turn, row in enumerate(waiting):
        doc = tx.get(kinds.CLUSTER, row.uid)
        if doc is not None and template is not None:
            _plan(tx, template, doc, row.body, now + tables.WINDOW_SETTLE_S, turn=turn)
            documents.save(tx, doc)


def schedules(tx: Tx, template: Doc) -> list[Doc]:
    """The windows of a template's policy; none without a policy."""
    policies = [tx.shared(kinds.POLICY, each["uid"]) for each in template["spec"]["policies"]]
    return [each for policy in policies if policy is not None for each in policy["spec"]["schedules"]]


# ---- upgrades ------------------------------------------------------------------------------------------------------


def upgrade(tx: Tx, template: Doc, uids: Sequence[str], now: float) -> list[tuple[Doc, Event]]:
    """Start all of these clusters that wait or failed; gives what is to be recorded about them."""
    told = []
    for doc, record in pairs(tx, uids):
        if record["state"] not in (PENDING, FAILED):
            continue
        if record["unresolved"]:
            event = _skip(record, now)
        elif _is_up(doc):
            event = _start(tx, template, doc, record, now)
        else:
            record["goesNow"] = True
            event = None
            _log(record, now, "upgrade now: starts once the cluster is healthy")
        save(tx, doc, record)
        if event is not None:
            told.append((doc, event))
    return told


def follow(tx: Tx, doc: Doc, happened: Sequence[simulation.Happening]) -> list[Event]:
    """Do what follows for a cluster's record from what time did to the cluster; the caller saves the document."""
    record = tx.get(kinds.FOLLOWER, doc["metadata"]["uid"])
    template = tx.shared(kinds.TEMPLATE, doc["clusterTemplate"])
    if record is None or template is None:
        return []
    told: list[Event | None] = []
    for each in happened:
        if each.kind == "window":
            told.append(_open(tx, template, doc, record, each.at))
        elif each.kind == "update" or (each.kind, each.target) == ("state", "Healthy"):
            if not record["isBehind"]:
                _turn(record, APPLIED, each.at, "the cluster runs what the template says")
            elif each.kind == "state":
                told.append(_catch_up(tx, template, doc, record, each.at))
        elif each.kind == "failure" and record["state"] in (CREATED, IN_PROGRESS):
            _turn(record, FAILED, each.at, each.message)
            _plan_later(tx, template, doc, record, each.at)
    save(tx, doc, record)
    return [event for event in told if event is not None]


def _open(tx: Tx, template: Doc, doc: Doc, record: Doc, at: float) -> Event | None:
    """The turn of a cluster has come."""
    if record["state"] not in (PENDING, FAILED):
        return None
    if record["unresolved"]:
        _plan_later(tx, template, doc, record, at)
        return _skip(record, at)
    if not _is_up(doc):
        # Nothing is planned: it is looked at again when it gets healthy.
        _log(record, at, "the window is open, but the cluster is not healthy yet")
        return None
    return _start(tx, template, doc, record, at)


def _catch_up(tx: Tx, template: Doc, doc: Doc, record: Doc, at: float) -> Event | None:
    """A cluster got healthy while it is behind."""
    if record["goesNow"] and not record["unresolved"]:
        return _start(tx, template, doc, record, at)
    _plan(tx, template, doc, record, at)
    return None


def _start(tx: Tx, template: Doc, doc: Doc, record: Doc, at: float) -> Event:
    """Hand the cluster what the template says; the start is the approval for replacing its nodes."""
    cancel(doc, STEP)
    record["goesNow"] = False
    copies = [values.target(template, base, record) for base in template["copies"]]
    told = ", ".join(f"{copy['name']} {copy['version']}" for copy in copies)
    try:
        profiles.commit_at(tx, at, doc, copies, SpcApplySettings(action_type=simulation.NOW), approves=True)
    except Refusal as refusal:
        _turn(record, FAILED, at, f"{told}: {refusal.message}")
        _plan_later(tx, template, doc, record, at)
        return at, "TemplateUpgradeFailed", record["message"]
    record.update(running=values.ran(copies), isBehind=False)
    _turn(record, IN_PROGRESS, at, f"upgrading to {told}")
    if not layers.outstanding(doc):
        _turn(record, APPLIED, at, "the cluster runs what the template says")
    return at, "TemplateUpgradeStarted", f"upgrading to {told}"


def _is_up(doc: Doc) -> bool:
    return simulation.is_provisioned(doc) or doc["state"] == "Error"


def _skip(record: Doc, at: float) -> Event:
    record["message"] = f"skipped: {_lack(record)}"
    _log(record, at, record["message"])
    return at, "TemplateUpgradeSkipped", record["message"]


def _lack(record: Doc) -> str:
    lacking = [f"{name} ({profile})" for profile, names in record["unresolved"].items() for name in names]
    return f"no value for {', '.join(lacking)}" if lacking else ""


def _plan(tx: Tx, template: Doc, doc: Doc, record: Doc, at: float, *, turn: int = 0) -> None:
    """Make this the cluster's next turn: the first one from `at` on."""
    cancel(doc, STEP)
    if record["state"] in (PENDING, FAILED):
        moment = windows.turn_at(schedules(tx, template), record["zone"], at, turn)
        if moment is not None:
            schedule(doc, moment, STEP)


def _plan_later(tx: Tx, template: Doc, doc: Doc, record: Doc, at: float) -> None:
    """Pass over the window that is open."""
    window = windows.next_window(schedules(tx, template), record["zone"], at)
    if window is not None:
        _plan(tx, template, doc, record, window.end if window.start <= at else at)


def _turn(record: Doc, state: str, at: float, message: str) -> None:
    record.update(state=state, message=message)
    if state == APPLIED:
        record["lastApplied"] = stamp(at)
    _log(record, at, message)


def _log(record: Doc, at: float, message: str) -> None:
    uids = [each["uid"] for each in record["running"].values()]
    entry = {"state": record["state"], "message": message, "profileUids": uids, "appliedTimestamp": stamp(at)}
    record["logs"] = [*record["logs"], entry][-_LOGS:]
