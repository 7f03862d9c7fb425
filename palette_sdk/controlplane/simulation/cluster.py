"""A cluster's life as pure functions over its document: acts from outside begin something, steps carry it on.

Knows no store and no HTTP, and reads no clock: each function is told the moment. What a step did that others have to
follow (events, workloads, the end of the cluster) comes back as `Happening`s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.simulation import backups, layers, machines, tables
from palette_sdk.controlplane.simulation.real import hold_back, is_held_back
from palette_sdk.controlplane.simulation.steps import Doc, cancel, is_scheduled, pop_due, schedule
from palette_sdk.controlplane.simulation.timing import between

NOW, LATER = "DownloadAndInstall", "DownloadAndInstallLater"
HOLD_S = 1.0
"""How long a step waits before it is tried again, while a real control plane isn't as far."""
HANGING_DELETE_S = 24 * 3600.0
"""After this long in Deleting the service removes a cluster that hangs."""


class Happening(NamedTuple):
    """What a step did: `kind` is `state`, `layer`, `update`, `backup`, `failure`, `window` or `deleted`.

    `target` names a state, a layer, or what happened to a backup.
    """

    at: float
    kind: str
    target: str
    message: str


# ---- acts --------------------------------------------------------------------------------------------------------


def begin(doc: Doc, at: float) -> None:
    """Start to provision a cluster that was accepted at `at`: its pools and layers are declared, nothing runs yet."""
    whole = between(*tables.PROVISION_S, doc["metadata"]["uid"], "provision")
    doc.update(state="", marks={}, fault=None, repave=None, readyBy=at + whole, deletingSince=None)
    doc["spcApply"] = {
        "actionType": NOW, "canBeApplied": True, "lastModifiedTime": stamp(at), "patchAppliedTime": None,
    }  # fmt: skip
    for state, share in tables.PROVISION_STAGES:
        schedule(doc, at + whole * share, "state", state)
    for is_control_plane, share in tables.MACHINES_START.items():
        schedule(doc, at + whole * share, "machines", "control-plane" if is_control_plane else "worker")


def is_provisioned(doc: Doc) -> bool:
    """Whether it has been healthy once: from then on changes are updates."""
    return "Healthy" in doc["marks"]


def health(doc: Doc) -> str:
    """`Healthy`, `UnHealthy`, or `Unknown` while there is nothing to ask."""
    if doc["state"] not in ("Running", "Error") or "Running" not in doc["marks"]:
        return "Unknown"
    is_broken = doc["fault"] is not None or doc["state"] == "Error"
    return "Healthy" if is_provisioned(doc) and not is_broken else "UnHealthy"


def change_layers(doc: Doc, wanted: list[Doc], at: float, *, later: bool, repave: list[Doc]) -> None:
    """Make `wanted` the cluster's layers and begin to roll out what differs.

    Args:
        doc: the cluster.
        wanted: see `layers.declare`.
        at: the moment.
        later: download only; nothing is installed before `apply_now`.
        repave: why nodes will be replaced; with reasons nothing is installed before `approve_repave`.
    """
    apply = doc["spcApply"]
    is_news = layers.is_news(doc, wanted) or doc["fault"] is not None
    is_other_word = not apply["canBeApplied"] and later != (apply["actionType"] == LATER)
    outstanding = layers.declare(doc, wanted, at)
    if not is_news and not is_other_word:
        # Saying the same again must not set back what is under way.
        return
    apply["lastModifiedTime"] = stamp(at)
    if not is_provisioned(doc):
        _resume(doc, at)
        return
    doc["fault"] = None
    cancel(doc, "download", *layers.ROLL_ACTIONS)
    held = doc["repave"] is not None and doc["repave"]["state"] == "Pending"
    if held and not repave:
        _repave(doc, "Reverted", at, doc["repave"]["reasons"], "the change was taken back")
    if not outstanding:
        apply["canBeApplied"] = True
        return
    apply.update(actionType=LATER if later else NOW, canBeApplied=False)
    if repave:
        _repave(doc, "Pending", at, repave, "the change replaces nodes and waits for approval")
    elif not later:
        _download(doc, at)


def apply_now(doc: Doc, at: float) -> None:
    """Install what was downloaded (or is about to be); nothing happens when nothing waits."""
    apply = doc["spcApply"]
    if apply["canBeApplied"]:
        return
    apply["actionType"] = NOW
    if doc["repave"] is None or doc["repave"]["state"] != "Pending":
        cancel(doc, "download")
        _start_roll_out(doc, at)


def approve_repave(doc: Doc, at: float) -> None:
    """Let a change that replaces nodes go on; nothing happens when none waits."""
    repave = doc["repave"]
    if repave is None or repave["state"] != "Pending":
        return
    _repave(doc, "Approved", at, repave["reasons"], "approved")
    if doc["spcApply"]["actionType"] == NOW:
        _download(doc, at)


def begin_delete(doc: Doc, at: float) -> None:
    """Start to delete; the state is Deleting at once."""
    cancel(doc)
    doc.update(state="Deleting", deletingSince=at)
    doc["marks"]["Deleting"] = stamp(at)
    doc["metadata"]["deletionTimestamp"] = stamp(at)
    whole = between(*tables.DELETE_S, doc["metadata"]["uid"], "delete")
    schedule(doc, at + whole * tables.DELETE_MACHINES_SHARE, "machines-gone")
    schedule(doc, at + whole, "deleted")
    schedule(doc, at + HANGING_DELETE_S, "deleted", "hanging")


def release_delete(doc: Doc, at: float) -> None:
    """Let a deletion that hangs end, at once where its time is over."""
    doc["deleteHangs"] = False
    if doc["state"] == "Deleting" and not any(step[1:] == ["deleted", ""] for step in doc["steps"]):
        schedule(doc, at, "deleted")


def fail(doc: Doc, at: float, *, reason: str, message: str, layer: str = "") -> list[Happening]:
    """Break the cluster now: while it is provisioned its state becomes Error; later only its health suffers."""
    doc["fault"] = {"reason": reason, "message": message, "layer": layer, "at": stamp(at)}
    row = next((row for row in doc["layers"] if layer and layer in (row["name"], row["layer"])), None)
    if row is not None:
        layers.failed(row, at, reason, message)
    cancel(doc, "state", "machines", "machine", "download", *layers.ROLL_ACTIONS)
    if not is_provisioned(doc):
        doc["state"] = "Error"
        doc["marks"]["Error"] = stamp(at)
    return [Happening(at, "failure", layer or doc["state"], f"{reason}: {message}")]


def mend(doc: Doc, at: float) -> None:
    """Take a fault away; what it stopped goes on."""
    if doc["fault"] is None:
        return
    doc["fault"] = None
    if not is_provisioned(doc):
        _resume(doc, at)
        return
    _hurry_machines(doc, at)
    apply, repave = doc["spcApply"], doc["repave"]
    is_asked = apply["actionType"] == LATER or (repave is not None and repave["state"] == "Pending")
    if is_asked and not apply["canBeApplied"]:
        # A change that waits for somebody's word waits on.
        layers.recover(doc, at)
        return
    apply["canBeApplied"] = True
    layers.roll_out(doc, at, at + _update_span(doc))


# ---- steps -------------------------------------------------------------------------------------------------------


def advance(doc: Doc, now: float) -> list[Happening]:
    """Do all steps whose moment has come, in their order, each as of its own moment.

    Ends early after a step that others have to act on before time may go on; the rest stays due.
    """
    done: list[Happening] = []
    while (step := pop_due(doc, now)) is not None:
        at, action, target = step
        if is_held_back(doc, action, target):
            hold_back(doc, step, now + HOLD_S)
            continue
        done += _ACTIONS[action](doc, at, target)
        if done and (done[-1].kind == "window" or (doc.get("clusterTemplate") and done[-1].target == "Healthy")):
            break
    return done


def _enter_state(doc: Doc, at: float, state: str) -> list[Happening]:
    planned = doc.get("plannedFault")
    if state == "Running" and planned and not planned["layer"]:
        doc["plannedFault"] = None
        return fail(doc, at, **planned)
    doc["state"] = state
    doc["marks"][state] = stamp(at)
    if state == "Running":
        layers.roll_out(doc, at, max(doc["readyBy"], at + tables.UPDATE_S[0]))
        if not doc["layers"]:
            return [Happening(at, "state", state, f"cluster is {state}"), *_complete(doc, at)]
    return [Happening(at, "state", state, f"cluster is {state}")]


def _order_machines(doc: Doc, at: float, role: str) -> list[Happening]:
    for pool in doc["pools"]:
        if bool(pool["pool"].get("isControlPlane")) == (role == "control-plane"):
            machines.scale(doc, pool, int(pool["pool"]["size"]), at)
    return []


def _start_layer(doc: Doc, at: float, key: str) -> list[Happening]:
    layer = layers.find(doc, key)
    planned = doc.get("plannedFault")
    if layer is None:
        return []
    layers.started(layer, at)
    if planned and planned["layer"] in (layer["name"], layer["layer"]):
        doc["plannedFault"] = None
        return fail(doc, at, **planned)
    return []


def _install_layer(doc: Doc, at: float, key: str) -> list[Happening]:
    layer = layers.find(doc, key)
    if layer is not None:
        layers.installed(layer, at)
    return []


def _ready_layer(doc: Doc, at: float, key: str) -> list[Happening]:
    layer = layers.find(doc, key)
    if layer is None:
        return []
    layers.ready(layer, at)
    done = [Happening(at, "layer", key, f"{layer['name']} {layer['version']} is ready".replace("  ", " "))]
    return done if layers.outstanding(doc) else [*done, *_complete(doc, at)]


def _complete(doc: Doc, at: float) -> list[Happening]:
    doc["spcApply"]["patchAppliedTime"] = stamp(at)
    if is_provisioned(doc):
        return [Happening(at, "update", "", "the changes of the cluster's profiles are applied")]
    doc["marks"]["Healthy"] = stamp(at)
    return [Happening(at, "state", "Healthy", "cluster is healthy")]


def _downloaded(doc: Doc, at: float, _: str) -> list[Happening]:
    _start_roll_out(doc, at)
    return []


def _move_machine(doc: Doc, at: float, target: str) -> list[Happening]:
    machines.move_on(doc, target, at)
    return []


def _maintained(doc: Doc, _: float, target: str) -> list[Happening]:
    machines.maintained(doc, target)
    return []


def _backup_due(doc: Doc, at: float, _: str) -> list[Happening]:
    return _told(at, backups.due(doc, at, health=health(doc)))


def _backup_done(doc: Doc, at: float, name: str) -> list[Happening]:
    return _told(at, backups.done(doc, at, name))


def _backup_gone(doc: Doc, _: float, name: str) -> list[Happening]:
    backups.gone(doc, name)
    return []


def _restore_done(doc: Doc, at: float, uid: str) -> list[Happening]:
    return _told(at, backups.restored(doc, at, uid))


def _told(at: float, event: tuple[str, str] | None) -> list[Happening]:
    return [] if event is None else [Happening(at, "backup", *event)]


def _window(_: Doc, at: float, __: str) -> list[Happening]:
    return [Happening(at, "window", "", "")]


def _machines_gone(doc: Doc, at: float, _: str) -> list[Happening]:
    for pool in doc["pools"]:
        for machine in list(pool["machines"]):
            machines.remove(doc, pool, machine, at)
    return []


def _deleted(doc: Doc, at: float, target: str) -> list[Happening]:
    if doc.get("deleteHangs") and target != "hanging":
        return []
    doc["state"] = "Deleted"
    cancel(doc)
    return [Happening(at, "deleted", "", "cluster is deleted")]


_ACTIONS: dict[str, Callable[[Doc, float, str], list[Happening]]] = {
    "state": _enter_state,
    "machines": _order_machines,
    "machine": _move_machine,
    "maintenance": _maintained,
    "layer-start": _start_layer,
    "layer-installed": _install_layer,
    "layer-ready": _ready_layer,
    "download": _downloaded,
    "backup-due": _backup_due,
    "backup-done": _backup_done,
    "backup-expired": _backup_gone,
    "backup-gone": _backup_gone,
    "restore-done": _restore_done,
    "template-window": _window,
    "machines-gone": _machines_gone,
    "deleted": _deleted,
}


# ---- parts -------------------------------------------------------------------------------------------------------


def _update_span(doc: Doc) -> float:
    return between(*tables.UPDATE_S, doc["metadata"]["uid"], "update")


def _download(doc: Doc, at: float) -> None:
    schedule(doc, at + _update_span(doc) * tables.DOWNLOAD_SHARE, "download")


def _start_roll_out(doc: Doc, at: float) -> None:
    doc["spcApply"]["canBeApplied"] = True
    layers.roll_out(doc, at, at + _update_span(doc) * (1 - tables.DOWNLOAD_SHARE))


def _resume(doc: Doc, at: float) -> None:
    """Go on with a provisioning that was stopped by a fault, or whose layers changed on the way."""
    if doc["state"] == "Error":
        doc["fault"] = None
        doc["state"] = "Running" if "Running" in doc["marks"] else "Provisioning"
        if doc["state"] == "Provisioning":
            whole = between(*tables.PROVISION_S, doc["metadata"]["uid"], "provision")
            doc["readyBy"] = at + whole * 0.5
            _order_machines(doc, at, "control-plane")
            _order_machines(doc, at, "worker")
            _hurry_machines(doc, at)
            schedule(doc, at + whole * 0.25, "state", "Running")
    if doc["state"] == "Running":
        if layers.outstanding(doc):
            layers.roll_out(doc, at, max(doc["readyBy"], at + tables.UPDATE_S[0]))
        elif not is_scheduled(doc, *layers.ROLL_ACTIONS):
            _complete(doc, at)


def _hurry_machines(doc: Doc, at: float) -> None:
    """Set machines that a fault had stopped in their tracks going again."""
    for pool in doc["pools"]:
        for machine in pool["machines"]:
            machines.go_on(doc, pool, machine, at)


def _repave(doc: Doc, state: str, at: float, reasons: list[Doc], message: str) -> None:
    repave: dict[str, Any] = {"state": state, "reasons": reasons, "source": "user", "message": message}
    doc["repave"] = {**repave, "changed": stamp(at)}
