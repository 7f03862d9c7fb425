"""Which control planes run, with programs that are none and API servers in memory. Threads are real, waits are for events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from palette_sdk.controlplane.kubernetes.access import Access
from palette_sdk.controlplane.kubernetes.fleet import Fleet, Pace
from palette_sdk.controlplane.kubernetes.processes import Timing
from palette_sdk.errors import LocalError
from palette_sdk.kube import KubeApi
from tests.unit.controlplane.kubernetes.api_server import ApiServer
from tests.unit.controlplane.kubernetes.desk import FakeDesk
from tests.unit.controlplane.kubernetes.orders_data import layer, orders, thing

LIMIT_S = 60.0
Event = tuple[str, ...]


class Announced(list[Event]):
    """A list whose growth can be waited for."""

    def __init__(self, grown: threading.Condition) -> None:
        super().__init__()
        self._grown = grown

    def append(self, event: Event) -> None:
        with self._grown:
            super().append(event)
            self._grown.notify_all()


class World:
    """A fleet with everything around it."""

    def __init__(self, folder: Path, *uids: str, limit: int = 4) -> None:
        self.folder, self.grown = folder, threading.Condition()
        self.desk = FakeDesk(**{uid: orders(layer("hello", thing("Namespace", "web"))) for uid in uids})
        self.desk.told = self.told = Announced(self.grown)
        self.ran = Announced(self.grown)
        self.servers: dict[str, ApiServer] = {}
        self.failures: dict[str, Exception] = {}
        self.ended: dict[str, str] = {}
        self.fleet = Fleet(
            self.desk,
            Path("/nowhere"),
            folder,
            limit=limit,
            pace=Pace(look_s=0.002, pass_s=0.002, again_s=0.002),
            programs=lambda place, tokens, timing: FakePrograms(self, place, tokens, timing),
            connect=self.connect,
        )

    def connect(self, access: Access, uid: str) -> KubeApi:
        """See `Fleet`."""
        assert access.server == f"https://{uid}.test"
        return self.servers.setdefault(uid, ApiServer()).api()

    def until(self, *events: Event) -> None:
        """Wait until each of these was told or ran."""
        self.until_it_is(lambda: all(each in [*self.told, *self.ran] for each in events))

    def until_it_is(self, reached: Callable[[], bool]) -> None:
        """Wait until it is so, looking again after each event."""
        with self.grown:
            assert self.grown.wait_for(reached, LIMIT_S), [*self.told[-5:], *self.ran[-5:]]

    def count(self, *event: str) -> int:
        """How often it was told or ran."""
        return [*self.told, *self.ran].count(event)


class FakePrograms:
    """Programs of a cluster that only say that they run."""

    def __init__(self, world: World, folder: Path, tokens: Mapping[str, str], timing: Timing) -> None:
        self._world, self._folder, self._tokens, self._timing = world, folder, dict(tokens), timing
        self._uid = folder.name

    def start(self, *, limit_s: float) -> Access:
        """See `Programs`."""
        self._folder.mkdir(exist_ok=True)
        self._world.ran.append(("start", self._uid))
        if failure := self._world.failures.pop(self._uid, None):
            raise failure
        return Access(f"https://{self._uid}.test", "", self._tokens)

    def ended(self) -> str:
        """See `Programs`."""
        return self._world.ended.pop(self._uid, "")

    def stop(self) -> None:
        """See `Programs`."""
        self._world.ran.append(("stop", self._uid))


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes worlds, and stops their fleets at the end."""
    made: list[World] = []

    def make(*uids: str, limit: int = 4) -> World:
        made.append(World(tmp_path / "kubernetes", *uids, limit=limit))
        return made[-1]

    yield make
    for each in made:
        each.fleet.stop()
    assert not [each for each in threading.enumerate() if each.name.startswith("kubernetes")]


def test_clusters_are_kept_until_the_end(worlds: Callable[..., World]) -> None:
    """Each has a folder and a keeper of its own; the end stops all programs and keeps what they wrote."""
    world = worlds("a", "b")
    world.fleet.start()
    world.until(("reached", "a", "https://a.test"), ("reached", "b", "https://b.test"))
    world.until_it_is(lambda: world.count("ready", "p1/hello", "d1") == 2)
    world.fleet.stop()
    assert sorted(world.ran) == [("start", "a"), ("start", "b"), ("stop", "a"), ("stop", "b")]
    assert world.servers["a"].names("Node") == ["m-1"]
    assert sorted(each.name for each in world.folder.iterdir()) == ["a", "b"]


def test_deleted_cluster_ends(worlds: Callable[..., World]) -> None:
    """Its programs are stopped and its folder is removed, and nothing is started for it again."""
    world = worlds("a", "b")
    world.fleet.start()
    world.until(("reached", "a", "https://a.test"), ("reached", "b", "https://b.test"))
    del world.desk.given["a"]
    world.until(("stop", "a"))
    world.desk.given["c"] = orders()
    world.until(("reached", "c", "https://c.test"))
    world.fleet.stop()
    assert (world.count("start", "a"), world.count("start", "b")) == (1, 1)
    assert sorted(each.name for each in world.folder.iterdir()) == ["b", "c"]


def test_no_room(worlds: Callable[..., World]) -> None:
    """The one too many is told why it waits, and what to do; it starts once there is room."""
    world = worlds("a", "b", limit=1)
    world.fleet.start()
    world.until_it_is(lambda: any(each[:2] == ("held up", "b") for each in world.told))
    told = next(each for each in world.told if each[0] == "held up")
    assert told[2] == "NoRoom"
    assert "1 real control plane at most" in told[3]
    assert "--kubernetes-limit" in told[3]
    assert world.count("start", "b") == 0
    world.until(("reached", "a", "https://a.test"))
    del world.desk.given["a"]
    world.until(("reached", "b", "https://b.test"))
    assert ("stop", "a") in world.ran


def test_ended_program_is_started_anew(worlds: Callable[..., World]) -> None:
    """All programs of the cluster are stopped, what ended is told, and they are started again."""
    world = worlds("a")
    world.fleet.start()
    world.until(("ready", "p1/hello", "d1"))
    world.ended["a"] = "etcd ended with code 2: no space left"
    world.until(("held up", "a", "ControlPlaneFailed", "etcd ended with code 2: no space left"))
    world.until_it_is(lambda: world.count("reached", "a", "https://a.test") == 2)
    assert list(world.ran) == [("start", "a"), ("stop", "a"), ("start", "a")]


def test_start_that_fails_is_tried_again(worlds: Callable[..., World]) -> None:
    """Why it failed is told, what was started is stopped, and the next try may do."""
    world = worlds("a")
    world.failures["a"] = LocalError("etcd ended with code 1: address in use")
    world.fleet.start()
    world.until(("held up", "a", "ControlPlaneFailed", "etcd ended with code 1: address in use"))
    world.until(("reached", "a", "https://a.test"))
    assert list(world.ran) == [("start", "a"), ("stop", "a"), ("start", "a")]


def test_api_server_that_is_away(worlds: Callable[..., World]) -> None:
    """After some misses in a row its programs are started anew."""
    world = worlds("a")
    world.fleet.start()
    world.until(("ready", "p1/hello", "d1"))
    world.servers["a"].is_away = True
    world.until_it_is(lambda: any(each[0] == "held up" for each in world.told))
    told = next(each for each in world.told if each[0] == "held up")
    assert told[2] == "ControlPlaneFailed"
    assert told[3].startswith("its API server can't be used: no answer from https://")
    world.servers["a"].is_away = False
    world.until_it_is(lambda: world.count("start", "a") >= 2 and world.told[-1][0] == "ready")


def test_the_unexpected_is_logged_and_tried_again(
    worlds: Callable[..., World], caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours ends neither the cluster's thread nor the server."""
    world = worlds("a")
    world.failures["a"] = RuntimeError("odd")
    world.fleet.start()
    world.until(("reached", "a", "https://a.test"))
    assert "keeping cluster a failed; its control plane is started anew" in caplog.text


def test_desk_that_fails_once(
    worlds: Callable[..., World], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fleet outlives a look that failed."""
    world = worlds("a")
    clusters, calls = world.desk.clusters, list[int]()

    def failing() -> list[str]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk is full")
        return clusters()

    monkeypatch.setattr(world.desk, "clusters", failing)
    world.fleet.start()
    world.until(("reached", "a", "https://a.test"))
    assert "looking after the control planes failed; it is tried again" in caplog.text


def test_folders_of_former_clusters_go(worlds: Callable[..., World]) -> None:
    """What a server left behind of clusters that are gone is removed at the next start."""
    world = worlds("a")
    (world.folder / "former").mkdir(parents=True)
    (world.folder / "former" / "pids.json").write_text("no json", encoding="ascii")
    world.fleet.start()
    world.until(("reached", "a", "https://a.test"))
    assert [each.name for each in world.folder.iterdir()] == ["a"]


def test_stop_without_a_start(worlds: Callable[..., World]) -> None:
    """A server that could not start stops its fleet all the same."""
    world = worlds("a")
    world.fleet.stop()
    assert list(world.ran) == []
