"""A fleet of a thousand at the client's real pace, on a clock that waiting alone moves: what is asked, and how long it takes."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import httpx2

from palette_sdk.client import Settings
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.engine_seam import Seam
from palette_sdk.resources.fleet.ready import FleetReadyProvider
from palette_sdk.resources.runtime import Runtime
from tests.contract.conftest import KEY
from tests.unit.resources.fleet.conftest import ID
from tests.unit.resources.fleet.thousand import CLUSTERS, SLOWEST_S, Service
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import Link

SIZE = 1000
MARGIN = 1.25
"""Of the time that its slowest cluster takes, how long the fleet may take after its last creation."""
HOST = "palette.example"
MACHINE = {"type": "m5.large", "azs": ["eu-west-1a"], "disk_gib": 60}
MEMBER = {
    "fleet": ID,
    "tags": {"env": "dev"},
    "cloud": "aws",
    "cloud_config": {"cloud": "aws", "region": "eu-west-1"},
    "cloud_account": "a1",
    "pools": {"control-plane": {"role": "control-plane", "count": 1, "machine": MACHINE}},
    "template": {"uid": "t1", "name": "shop", "cloud": "aws", "profiles": {}, "definitions": {}, "common": {}},
    "timezone": "Europe/Berlin",
}
"""Inputs of a member that follows a template, but for its name."""


class Process:
    """A provider process that makes members and waits for them, as the engine asks it to."""

    def __init__(self, servicer: ModuleType, service: Service, *, http: httpx2.BaseTransport, at_once: int) -> None:
        seam = Seam(Link(), cancelled=service.cancelled)
        config = {"host": HOST, "apiKey": KEY}
        runtime = Runtime(config, seam, now=lambda: service.at, http=http, at_once=at_once)
        self.clusters = Steps(servicer, ClusterProvider(), lambda: runtime, "Cluster")
        self.readies = Steps(servicer, FleetReadyProvider(), lambda: runtime, "FleetReady")

    def create(self, size: int) -> None:
        """Make so many."""
        for number in range(size):
            self.clusters.up(f"m{number}", {**MEMBER, "name": f"m{number}"})

    def wait(self) -> dict[str, Any]:
        """Wait for all of them; the outputs."""
        members = {
            name: {"uid": stored.id, "revision": stored.outputs["revision"]}
            for name, stored in self.clusters.state.items()
        }
        wave = {"name": "shop", "fleet": ID, "stage": "all", "wave": 1, "waves": 1, "members": members}
        more: dict[str, Any] = {
            "follows_template": True,
            "timeout": 7200,
            "max_failures": 0,
            "failed_before": {},
            "approve": [],
            "kubeconfigs": {},
        }
        self.readies.up("all-1", {**wave, **more})
        return self.readies.state["all-1"].outputs


def test_a_thousand_cost_one_provisioning_time(servicer: ModuleType) -> None:
    """They are found ready within 1.25 of what one takes after the last creation; each is asked about little more than once."""
    service = Service()
    process = Process(servicer, service, http=httpx2.MockTransport(service.handle), at_once=1)
    process.create(SIZE)
    outputs = process.wait()
    last = max(service.made.values())
    slowest = max(service.ready_at(uid) for uid in service.made)
    assert slowest <= service.at <= last + MARGIN * SLOWEST_S
    assert service.at - slowest <= 60.0

    assert outputs["ready"] is True
    assert len(outputs["kubeconfigs"]) == len(outputs["addresses"]) == len(outputs["members"]) == SIZE
    assert outputs["behind"] == []
    assert outputs["addresses"]["m7"] == "https://c8.example:6443"

    # Each is made, read, found ready and opened by a call of each kind. Beyond that there are those that are healthy before
    # their layers are ready, a few that are looked at now and then for the layer that they are at, and lists of 20 pages.
    assert service.counts["create"] == service.counts["kubeconfig"] == SIZE
    assert service.counts["cluster"] <= 2 * SIZE + 400
    assert service.counts["list"] <= 800
    assert len(service.calls) <= 5.1 * SIZE
    settings = Settings.to(HOST, KEY)
    assert most_at_once(service.calls, settings.rate_per_s) <= settings.burst


def test_members_are_asked_about_at_once(servicer: ModuleType) -> None:
    """Calls about members are under way together, so that the pace is used up however long an answer takes."""
    service, together = Service(), threading.Barrier(4, timeout=30)

    def handle(request: httpx2.Request) -> httpx2.Response:
        if service.at > SLOWEST_S and request.url.path.startswith(CLUSTERS) and request.url.path[-1].isdigit():
            together.wait()
        return service.handle(request)

    process = Process(servicer, service, http=httpx2.MockTransport(handle), at_once=4)
    process.create(4)
    service.at += 2 * SLOWEST_S
    assert sorted(process.wait()["kubeconfigs"]) == ["m0", "m1", "m2", "m3"]


def kept(process: Process) -> int:
    """Bytes of inputs and outputs that state keeps of the members and their wave, but for kubeconfigs."""
    rows = [*process.clusters.state.values(), *process.readies.state.values()]
    sides = [side for row in rows for side in (row.inputs, row.outputs)]
    shown = [{name: value for name, value in side.items() if name != "kubeconfigs"} for side in sides]
    return sum(len(json.dumps(side, separators=(",", ":"))) for side in shown)


def test_what_state_keeps_of_a_member(servicer: ModuleType) -> None:
    """A member that follows a template takes little room: what goes without saying, or is said elsewhere, isn't kept."""
    sizes = {}
    for number in (10, 20):
        service = Service()
        process = Process(servicer, service, http=httpx2.MockTransport(service.handle), at_once=1)
        process.create(number)
        process.wait()
        sizes[number] = kept(process)
    assert (sizes[20] - sizes[10]) / 10 <= 1060


def most_at_once(calls: Sequence[tuple[float, str]], rate_per_s: float) -> float:
    """The most calls that ever came beyond those that the rate allows in their time."""
    most = lowest = 0.0
    for number, (at, _) in enumerate(calls, 1):
        ahead = number - rate_per_s * at
        most = max(most, ahead - lowest)
        lowest = min(lowest, ahead)
    return most
