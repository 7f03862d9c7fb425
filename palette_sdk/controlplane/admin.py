"""The admin API under `/local/`: clock, faults, counts, snapshots. No part of Palette, so never under `/v1/`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from palette_sdk.controlplane import kinds, seed
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.faults import FaultSpec
from palette_sdk.controlplane.refusals import not_found


class ClockChange(BaseModel):
    """Changes of the clock, done in the order of the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speed: float | None = Field(None, ge=0, allow_inf_nan=False)
    paused: bool | None = None
    advance_seconds: float | None = Field(None, ge=0, allow_inf_nan=False, alias="advanceSeconds")


class SnapshotName(BaseModel):
    """A snapshot's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)


def info(call: Call) -> dict[str, Any]:
    """Where this is, and with which project to begin."""
    project = call.tx.find(kinds.PROJECT, name=seed.DEFAULT_PROJECT)
    uid = project[0]["metadata"]["uid"] if project else ""
    return {
        "url": call.base_url,
        "version": version("palette-sdk"),
        "project": {"name": seed.DEFAULT_PROJECT, "uid": uid},
        "clock": _clock(call),
    }


def get_clock(call: Call) -> dict[str, Any]:
    """The clock."""
    return _clock(call)


def set_clock(call: Call) -> dict[str, Any]:
    """Change speed, stop or start, move on; what becomes due is done before the next answer."""
    change = call.read(ClockChange)
    clock = call.env.clock
    if change.speed is not None:
        clock.set_speed(change.speed)
    if change.paused is not None:
        (clock.pause if change.paused else clock.resume)()
    if change.advance_seconds is not None:
        clock.advance(change.advance_seconds)
    for settle in call.env.hooks.settle:
        settle(call.tx, clock.now())
    clock.save(call.tx)
    return _clock(call)


def list_faults(call: Call) -> dict[str, Any]:
    """The faults that are set."""
    return {"items": [fault.view() for fault in call.env.faults.all()]}


def add_fault(call: Call) -> dict[str, Any]:
    """Set a fault."""
    return call.env.faults.add(call.read(FaultSpec)).view()


def remove_fault(call: Call) -> None:
    """Take one fault away."""
    if not call.env.faults.remove(call.path["id"]):
        raise not_found("fault", call.path["id"])


def clear_faults(call: Call) -> None:
    """Take all faults away."""
    call.env.faults.clear()


def list_requests(call: Call) -> dict[str, Any]:
    """How many calls there were by method and route since the last reset of the counter."""
    counted = sorted(call.env.requests.items(), key=lambda item: (item[0][1], item[0][0]))
    return {
        "total": sum(count for _, count in counted),
        "items": [{"method": method, "route": route, "count": count} for (method, route), count in counted],
    }


def reset_requests(call: Call) -> None:
    """Count from zero."""
    call.env.requests.clear()


def reset(call: Call) -> None:
    """Forget all objects, faults, counts and snapshots, and begin anew; the key stays, the clock goes on."""
    call.tx.clear()
    call.env.faults.clear()
    call.env.requests.clear()
    call.env.snapshots.clear()
    seed.plant(call.tx, call.env)


def list_snapshots(call: Call) -> dict[str, Any]:
    """The names of the snapshots."""
    return {"items": [{"name": name} for name in sorted(call.env.snapshots)]}


def take_snapshot(call: Call) -> dict[str, Any]:
    """Keep all objects as they are now, in memory; a snapshot of that name is replaced."""
    name = call.read(SnapshotName).name
    call.env.snapshots[name] = call.env.store.snapshot()
    return {"name": name}


def restore_snapshot(call: Call) -> None:
    """Make all objects what they were; the clock goes on, so what was due since is done at the next call."""
    name = call.path["name"]
    if name not in call.env.snapshots:
        raise not_found("snapshot", name)
    call.env.store.restore(call.env.snapshots[name])


def _clock(call: Call) -> dict[str, Any]:
    clock = call.env.clock
    now = clock.now()
    return {
        "now": stamp(now),
        "epochSeconds": now,
        "speed": clock.speed,
        "paused": clock.paused,
        "nextDue": None if (due := call.tx.next_due()) is None else stamp(due),
    }


ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/local/info", info, 200),
    ("GET", "/local/clock", get_clock, 200),
    ("PATCH", "/local/clock", set_clock, 200),
    ("GET", "/local/faults", list_faults, 200),
    ("POST", "/local/faults", add_fault, 201),
    ("DELETE", "/local/faults", clear_faults, 204),
    ("DELETE", "/local/faults/{id}", remove_fault, 204),
    ("GET", "/local/requests", list_requests, 200),
    ("DELETE", "/local/requests", reset_requests, 204),
    ("POST", "/local/reset", reset, 204),
    ("GET", "/local/snapshots", list_snapshots, 200),
    ("POST", "/local/snapshots", take_snapshot, 201),
    ("POST", "/local/snapshots/{name}/restore", restore_snapshot, 204),
)
