"""One list for all that wait."""

from __future__ import annotations

import threading

import pytest

from palette_sdk.client.watch import ClusterWatch
from palette_sdk.errors import UnavailableError
from palette_sdk.wire.cluster_state import ClusterSummary
from tests.unit.client.fakes import Clock


class Fleet:
    """Clusters by uid and state; counts how often they are listed."""

    def __init__(self, **states: str) -> None:
        self.states = states
        self.lists = 0
        self.is_down = False

    def read(self) -> list[ClusterSummary]:
        self.lists += 1
        if self.is_down:
            raise UnavailableError("down")
        return [
            ClusterSummary.of({"metadata": {"uid": uid}, "status": {"state": state}})
            for uid, state in self.states.items()
        ]


def seen(row: ClusterSummary | None) -> str | None:
    """The state in a row."""
    return row.status.state if row else None


def test_one_list_an_interval_serves_all() -> None:
    """However many ask, the list is read once in an interval."""
    clock, fleet = Clock(), Fleet(a="Pending", b="Running")
    watch = ClusterWatch(fleet.read, interval_s=10.0, now=clock.now)
    assert [seen(watch.state(uid)) for uid in ("a", "b", "c", "a")] == ["Pending", "Running", None, "Pending"]
    assert fleet.lists == 1
    clock.at += 9.9
    watch.state("a")
    assert fleet.lists == 1
    clock.at += 0.1
    watch.state("a")
    assert fleet.lists == 2


def test_threads_share_a_read() -> None:
    """Threads that ask together make one list call."""
    clock, fleet, gate = Clock(), Fleet(a="Running"), threading.Event()

    def read() -> list[ClusterSummary]:
        assert gate.wait(30)
        return fleet.read()

    watch = ClusterWatch(read, interval_s=10.0, now=clock.now)
    got: list[str | None] = []
    started = [threading.Thread(target=lambda: got.append(seen(watch.state("a")))) for _ in range(8)]
    for thread in started:
        thread.start()
    gate.set()
    for thread in started:
        thread.join(30)
    assert got == ["Running"] * 8
    assert fleet.lists == 1


def test_a_probe_never_answers_from_before_it_was_made() -> None:
    """A cluster made after the last list is not taken for gone, and later answers follow the interval again."""
    clock, fleet = Clock(), Fleet(a="Running")
    watch = ClusterWatch(fleet.read, interval_s=10.0, now=clock.now)
    watch.state("a")
    fleet.states["b"] = "Pending"
    assert watch.state("b") is None
    probe = watch.probe("b")
    assert seen(probe()) == "Pending"
    assert seen(probe()) == "Pending"
    assert fleet.lists == 2


def test_a_cluster_that_goes_away_reads_as_none() -> None:
    """When the list no longer has a cluster, it is gone."""
    clock, fleet = Clock(), Fleet(a="Deleting")
    watch = ClusterWatch(fleet.read, interval_s=10.0, now=clock.now)
    probe = watch.probe("a")
    assert seen(probe()) == "Deleting"
    del fleet.states["a"]
    clock.at += 10
    assert probe() is None


def test_a_failed_list_is_told_to_all_for_an_interval() -> None:
    """A failure is told to all that ask within the interval without asking again, then the list is read anew."""
    clock, fleet = Clock(), Fleet(a="Running")
    watch = ClusterWatch(fleet.read, interval_s=10.0, now=clock.now)
    fleet.is_down = True
    for uid in ("a", "b"):
        with pytest.raises(UnavailableError):
            watch.state(uid)
    assert fleet.lists == 1
    fleet.is_down = False
    clock.at += 10
    assert seen(watch.state("a")) == "Running"


def test_a_list_of_many_pages_is_read_less_often() -> None:
    """An interval brings 250 rows at most, in the long run: a list of a thousand is read each fourth one."""
    clock, fleet = Clock(), Fleet(**{f"c{number}": "Running" for number in range(250)})
    watch = ClusterWatch(fleet.read, interval_s=10.0, now=clock.now)
    watch.state("c1")
    clock.at += 10.0
    watch.state("c1")
    assert fleet.lists == 2
    fleet.states |= {f"c{number}": "Running" for number in range(1000)}
    clock.at += 10.0
    watch.state("c1")
    assert fleet.lists == 3
    clock.at += 39.9
    watch.state("c1")
    assert fleet.lists == 3
    clock.at += 0.1
    watch.state("c1")
    assert fleet.lists == 4
