"""An update of a cluster that is interrupted at each call that it makes, and run again: the same end as undisturbed.

The calls are those of a recorded run, so that a call that comes to the update comes to these tests.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from palette_sdk.controlplane.catalogue import Catalogue
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.profile.provider import ProfileProvider
from palette_sdk.wire.clusters import ClusterProfiles
from tests.unit.resources.cluster.attached import attached, running
from tests.unit.resources.cluster.test_backups import guards, policy
from tests.unit.resources.cluster.test_provider import COUNT
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import WEB, LeftError, World, a_world, manifest_layer

APP = """# how many pods
ui:
  replicas: {replicas}   # by hand
  image: "hello:{image}"
"""
FOUND = {"web": {"app": {"/ui/replicas": "1"}}}
CONFIG_UID = re.compile(r"[0-9a-f]{24}")
READS = ("/search", "/validate", "/dashboard/")
"""Reads by POST."""


@dataclass
class Line(httpx2.BaseTransport):
    """The line from the hooks to the control plane: it notes each call, and the hooks' process may end behind one."""

    line: httpx2.BaseTransport
    ends_after: int | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a call, or end the process once it was carried out."""
        self.calls.append((request.method, request.url.path))
        answer = self.line.handle_request(request)
        if self.ends_after == len(self.calls) - 1:
            raise LeftError
        return answer


@dataclass
class Story:
    """A cluster with an override that someone made on it, and an update of all that can be updated."""

    world: World
    clusters: Steps
    line: Line
    update: dict[str, Any]

    @property
    def uid(self) -> str:
        """The cluster's uid."""
        return self.clusters.state["web"].id

    def up(self) -> str:
        """Run the program."""
        return self.clusters.up("web", self.update)

    def writes(self) -> list[int]:
        """Which of the noted calls are writes."""
        return [
            number
            for number, (method, path) in enumerate(self.line.calls)
            if method != "GET" and not any(part in path for part in READS)
        ]

    def end(self) -> dict[str, Any]:
        """All that the update is about: what the cluster is and runs, its backups, and what is stored."""
        client, uid = self.world.client, self.uid
        cluster, state = client.clusters.get(uid), self.clusters.state["web"]
        assert cluster is not None
        assert cluster.status is not None
        config = client.cloudconfigs.get("aws", cluster.spec.cloud_config_ref.uid)
        schedule = client.backups.schedule(uid)
        assert config is not None
        assert schedule is not None
        backups = client.backups.of(uid)
        assert all(row.is_done for row in backups)
        return {
            "labels": cluster.metadata.labels,
            "timezone": cluster.spec.cluster_config.timezone,
            "pools": {pool["name"]: pool["size"] for pool in config.body()["spec"]["machinePoolConfig"]},
            "values": {
                f"{item.name} {item.profile_version} {pack.name}": pack.values
                for item in cluster.spec.cluster_profile_templates
                for pack in item.packs
            },
            "manifests": running(self.world, uid),
            "variables": {item.name: item.value for row in client.clusters.variables(uid) for item in row.variables},
            "schedule": schedule.body(),
            "backups": [row.name for row in backups],
            "state": cluster.status.state,
            "repave": cluster.status.repave.state,
            "clusters": len(client.clusters.all(fresh=True)),
            "inputs": framed(state.inputs),
            "outputs": framed(state.outputs),
            "not ready": state.init_failed,
        }


def framed(props: dict[str, Any]) -> dict[str, Any]:
    """Stored values, the base texts without outer blanks: the service hands texts back without them."""
    texts = {
        key: {layer: {**row, "values": row["values"].strip()} for layer, row in layers.items()}
        for key, layers in props["base_texts"].items()
    }
    return {**props, "base_texts": texts}


Stories = Callable[[], AbstractContextManager[Story]]
Interrupt = Callable[[Story, int], None]


def profile(world: World, version: str, image: str) -> dict[str, Any]:
    """A version of the profile: an app with values, a manifest and a variable."""
    inputs = world.profile(version=version, variables={"count": COUNT})
    layers = {
        **inputs["layers"],
        "hello": manifest_layer(WEB.format(replicas=2).replace("hello:1.0", f"hello:{image}")),
        "app": {
            **world.pack("hello-universe", "1.2.0"),
            "values": APP.format(replicas=2, image=image),
            "defaults": False,
        },
    }
    return {**inputs, "layers": layers, "layer_order": list(layers)}


def add_on(world: World, name: str, **changes: Any) -> dict[str, Any]:
    """A profile of one manifest."""
    inputs = world.profile(name, **changes)
    text = f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}"
    return {**inputs, "layers": {name: manifest_layer(text)}, "layer_order": [name]}


def cluster(world: World, items: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """The program of the cluster, before the update and with it: all in it depends on the number."""
    inputs = world.cluster(
        *items,
        tags={"team": f"team-{number}"},
        timezone=["Europe/Berlin", "Europe/Rome"][number],
        backup=policy(world, schedule=f"0 {number} * * *"),
        variables={"count": 5 + number, "size": 7 + number},
        guards=guards("backup"),
        overrides={
            "hello Deployment/hello/hello /spec/replicas": {
                "layer": "hello",
                "resource": "Deployment/hello/hello",
                "path": "/spec/replicas",
                "value": 4 + number,
            }
        },
    )
    machine = inputs["pools"]["worker"]["machine"]
    inputs["pools"]["worker"]["count"] = 2 + number
    inputs["pools"][["former", "later"][number]] = {"role": "worker", "count": 1, "machine": machine}
    return inputs


@pytest.fixture
def stories(servicer: ModuleType, catalogue: Catalogue, tmp_path: Path) -> Stories:
    """Begins the story on a control plane of its own, as often as it is asked for."""
    numbers = itertools.count()

    @contextmanager
    def begin() -> Iterator[Story]:
        folder = tmp_path / f"world-{next(numbers)}"
        folder.mkdir()
        with a_world(folder, catalogue) as world:
            profiles = Steps(servicer, ProfileProvider(), world.process, "Profile")
            clusters = Steps(servicer, ClusterProvider(), world.process, "Cluster")
            profiles.up("web-1.0.0", profile(world, "1.0.0", "1.0"))
            profiles.up("web-1.1.0", profile(world, "1.1.0", "2.0"))
            profiles.up("more", add_on(world, "more", variables={"size": COUNT}))
            profiles.up("leaves", add_on(world, "leaves"))
            old, new, more, leaves = (attached(profiles, name) for name in ("web-1.0.0", "web-1.1.0", "more", "leaves"))
            clusters.up("web", cluster(world, [old, more, leaves], 0))
            values = APP.format(replicas=1, image="1.0")
            body = {"profiles": [{"uid": old["uid"], "packValues": [{"name": "app", "values": values}]}]}
            world.client.clusters.patch_profiles(clusters.state["web"].id, ClusterProfiles.of(body))
            world.turn(60)
            inner, line = world.http, Line(world.http)
            world.http = line  # type: ignore[assignment]  # of each process from now on; the world closes its own
            try:
                yield Story(world, clusters, line, cluster(world, [new, more], 1))
            finally:
                world.http = inner

    return begin


def is_intact(end: dict[str, Any]) -> None:
    """The update is whole: version, content, the found override, one backup, nothing that waits."""
    assert end["values"]["web 1.1.0 app"].strip() == APP.format(replicas=1, image="2.0").strip()
    assert "replicas: 5" in end["manifests"]["hello"]
    assert "hello:2.0" in end["manifests"]["hello"]
    assert (end["timezone"], end["pools"]) == ("Europe/Rome", {"control-plane": 1, "worker": 3, "later": 1})
    assert end["variables"] == {"count": "6", "size": "8"}
    assert end["schedule"]["schedule"]["scheduledRunTime"] == "0 1 * * *"
    assert len(end["backups"]) == 1
    assert (end["state"], end["repave"], end["clusters"]) == ("Running", "", 1)
    assert end["outputs"]["found_overrides"] == FOUND
    assert end["outputs"]["pending_updates"] == {}
    assert not end["not ready"]


@dataclass(frozen=True)
class Recorded:
    """A run that nobody disturbed: its calls, which of them are writes, and its end."""

    calls: list[tuple[str, str]]
    writes: list[int]
    end: dict[str, Any]


@pytest.fixture
def undisturbed(stories: Stories) -> Recorded:
    """The same update without any interruption."""
    with stories() as story:
        assert story.up() == "update"
        calls, writes = list(story.line.calls), story.writes()
        end = story.end()
        is_intact(end)
        story.clusters.is_steady("web", story.update)
        return Recorded(calls, writes, end)


def gone_before(story: Story, number: int) -> None:
    """From this call on nobody answers, and nothing is carried out."""
    story.world.fault(action="drop-before", skip=number)


def gone_behind(story: Story, number: int) -> None:
    """This call is carried out, its answer is lost, and from then on nobody answers."""
    story.world.fault(action="drop-after", skip=number, count=1)
    story.world.fault(action="drop-before", skip=number + 1)


def answer_lost(story: Story, number: int) -> None:
    """This call is carried out and its answer is lost; all goes on."""
    story.world.fault(action="drop-after", skip=number, count=1)


def process_gone(story: Story, number: int) -> None:
    """The hooks' process ends right behind this call: nothing is stored."""
    story.line.ends_after = number


WRITES = [
    "POST features/backup/onDemand",
    "PATCH metadata",
    "PATCH clusterConfig/timezone",
    "PUT features/backup",
    "PUT CONFIG/machinePools/worker",
    "POST CONFIG/machinePools",
    "DELETE CONFIG/machinePools/former",
    "DELETE profiles",
    "PATCH profiles",
    "PATCH variables",
]


def test_the_writes_of_an_update(undisturbed: Recorded) -> None:
    """The recorded run writes all that can be updated: the backup before all else, and profiles in one PATCH."""
    paths = [undisturbed.calls[number] for number in undisturbed.writes]
    told = [f"{method} {'/'.join(path.split('/')[4:])}" for method, path in paths]
    named = [CONFIG_UID.sub("CONFIG", text) for text in told]
    assert [*named[:4], *sorted(named[4:6], reverse=True), *named[6:]] == WRITES  # a mapping of pools has no order


@pytest.mark.parametrize(
    ("interrupt", "refresh"),
    [
        (gone_before, False),
        (gone_behind, False),
        (gone_behind, True),
        (answer_lost, False),
        (process_gone, False),
        (process_gone, True),
    ],
)
def test_interrupted_at_each_write(
    stories: Stories, undisturbed: Recorded, interrupt: Interrupt, *, refresh: bool
) -> None:
    """However an update is interrupted at a write, run again, with a refresh or without, it ends as undisturbed."""
    for number in undisturbed.writes:
        ends_alike(stories, undisturbed, number, interrupt, refresh=refresh)


def test_interrupted_at_each_read(stories: Stories, undisturbed: Recorded) -> None:
    """An update whose service is gone from one of its reads on, run again, ends as undisturbed."""
    first = undisturbed.writes[0]
    for number in sorted(set(range(first, len(undisturbed.calls))) - set(undisturbed.writes)):
        ends_alike(stories, undisturbed, number, gone_before)


def ends_alike(
    stories: Stories, undisturbed: Recorded, number: int, interrupt: Interrupt, *, refresh: bool = False
) -> None:
    """Interrupt an update at one call, run it again, and compare."""
    told = f"{interrupt.__name__}, call {number}: {' '.join(undisturbed.calls[number])}"
    with stories() as story:
        goes_on(story, number, interrupt, refresh=refresh, told=told)
        assert story.line.calls[: number + 1] == undisturbed.calls[: number + 1], told
        end = story.end()
        assert end == undisturbed.end, told
        is_intact(end)
        story.clusters.is_steady("web", story.update)


def goes_on(story: Story, number: int, interrupt: Interrupt, *, refresh: bool, told: str) -> None:
    """Interrupt an update at one call, and run it again."""
    interrupt(story, number)
    try:
        story.up()
    except (AbortedError, LeftError, RefusedError):
        pass
    else:
        assert interrupt is answer_lost, told
    story.world.plane.env.faults.clear()
    story.line.ends_after = None
    try:
        if refresh:
            assert story.clusters.refresh("web"), told
        story.up()
    except (AbortedError, RefusedError) as error:
        pytest.fail(f"{told}: {error}")
