"""The machines of a cluster's pools: they follow the wanted size, one document each, through their own states."""

from __future__ import annotations

from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.simulation import tables
from palette_sdk.controlplane.simulation.steps import Doc, schedule
from palette_sdk.controlplane.simulation.timing import between, derived_uid, fraction


def scale(doc: Doc, pool: Doc, size: int, at: float) -> None:
    """Order or remove machines until the pool has `size` of them; the newest go first."""
    staying = [machine for machine in pool["machines"] if machine["state"] != "Deleting"]
    for machine in reversed(staying[max(size, 0) :]):
        remove(doc, pool, machine, at)
    for _ in range(size - len(staying)):
        _order(doc, pool, at)


def remove(doc: Doc, pool: Doc, machine: Doc, at: float) -> None:
    """Begin to delete one machine."""
    if machine["state"] == "Deleting":
        return
    cancel_machine(doc, pool, machine)
    _enter(doc, pool, machine, "Deleting", at)


def move_on(doc: Doc, target: str, at: float) -> None:
    """The machine `pool/uid` enters its next state; gone ones leave the list."""
    pool, machine = _find(doc, target)
    if pool is None or machine is None:
        return
    state, _, _ = tables.MACHINE_NEXT[machine["state"]]
    if state == "Deleted":
        pool["machines"].remove(machine)
    else:
        _enter(doc, pool, machine, state, at)


def go_on(doc: Doc, pool: Doc, machine: Doc, at: float) -> None:
    """Give a machine that stands still on its way its next step."""
    is_moving = any(step[2] == _target(pool, machine) for step in doc.get("steps", []))
    if machine["state"] in tables.MACHINE_NEXT and not is_moving:
        _enter(doc, pool, machine, machine["state"], at)


def maintain(doc: Doc, pool: Doc, machine: Doc, action: str, at: float) -> None:
    """Begin a maintenance of the machine (`cordon` or `uncordon`)."""
    machine["maintenance"] = {"action": action, "state": "Initiated", "message": ""}
    _, low, high = tables.MAINTENANCE_NEXT["Initiated"]
    schedule(doc, at + between(low, high, machine["uid"], action), "maintenance", _target(pool, machine))


def maintained(doc: Doc, target: str) -> None:
    """The maintenance of the machine `pool/uid` is done."""
    _, machine = _find(doc, target)
    if machine is not None:
        machine["maintenance"]["state"] = tables.MAINTENANCE_NEXT["Initiated"][0]


def is_running(pool: Doc) -> bool:
    """Whether all machines that the pool keeps are up."""
    return all(machine["state"] in ("Running", "Deleting") for machine in pool["machines"])


def cancel_machine(doc: Doc, pool: Doc, machine: Doc) -> None:
    """Forget the next step of a machine."""
    target = _target(pool, machine)
    doc["steps"] = [step for step in doc.get("steps", []) if step[2] != target]


def _order(doc: Doc, pool: Doc, at: float) -> None:
    pool["serial"] = serial = pool.get("serial", 0) + 1
    cluster, name = doc["metadata"], pool["pool"]["name"]
    uid = derived_uid("machine", cluster["uid"], name, str(serial))
    host = int(fraction("address", uid) * 65_000) + 260
    zones = pool["cloud"].get("azs") or []
    machine = {
        "uid": uid,
        "name": f"{cluster['name']}-{name}-{uid[:5]}",
        "address": f"10.{10 + int(fraction('net', cluster['uid']) * 200)}.{host // 256}.{host % 256}",
        "az": zones[(serial - 1) % len(zones)] if zones else "",
        "created": stamp(at),
        "maintenance": {"action": "", "state": "", "message": ""},
    }
    pool["machines"].append(machine)
    _enter(doc, pool, machine, "Pending", at)


def _enter(doc: Doc, pool: Doc, machine: Doc, state: str, at: float) -> None:
    machine["state"], machine["changed"] = state, stamp(at)
    following = tables.MACHINE_NEXT.get(state)
    if following is not None:
        wait = between(following[1], following[2], machine["uid"], state)
        schedule(doc, at + wait, "machine", _target(pool, machine))


def _target(pool: Doc, machine: Doc) -> str:
    return f"{pool['pool']['name']}/{machine['uid']}"


def _find(doc: Doc, target: str) -> tuple[Doc | None, Doc | None]:
    name, _, uid = target.rpartition("/")
    for pool in doc["pools"]:
        for machine in pool["machines"]:
            if machine["uid"] == uid and pool["pool"]["name"] == name:
                return pool, machine
    return None, None
