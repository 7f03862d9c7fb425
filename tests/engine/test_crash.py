"""Killed, crashed and interrupted runs on a real engine: afterwards one object, nothing pending, the same end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from palette_sdk.client import Palette, Settings
from palette_sdk.errors import PaletteError
from palette_sdk.wire.profiles import ProfileCreate
from tests.engine import processes
from tests.engine.harness import Stack, World
from tests.engine.observing import (
    DELETE_CLUSTER,
    LAST,
    LOOK,
    POST_CLUSTER,
    POST_PROFILE,
    PROGRAM,
    Route,
    clusters,
    count,
    drop_answers,
    go_on,
    is_called,
    is_waiting,
    is_whole,
    paused,
    profiles,
    resource,
    rewrite,
    tell,
)
from tests.engine.processes import LEAVE_S, Begin, Running, kill_control_plane, restart_control_plane, until


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Starts `pulumi` commands in the background, and kills what is left of them at the end."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc on this system to find processes by")
    runs: list[Running] = []

    def start(stack: Stack, *arguments: str) -> Running:
        runs.append(processes.start(stack, *arguments))
        return runs[-1]

    yield start
    for run in runs:
        run.clean_up()


# -- the engine is killed ----------------------------------------------------------------------------------------------


def test_engine_killed_in_a_wait(world: World, begin: Begin) -> None:
    """The hooks leave at once, the stack is locked until `pulumi cancel`, and `up` goes on with the same cluster."""
    stack = paused(world)
    run = begin(stack, "up")
    is_waiting(run, world, POST_CLUSTER)
    run.kill()
    run.leaves_nothing()
    (uid,) = clusters(world)
    go_on(world)
    assert "pulumi cancel" in stack.cli("up", "--yes", check=False).stderr

    stack.cli("cancel", "--yes")
    assert stack.up().changes == {"create": 1}
    assert stack.state()["pending_operations"]
    stack.cli("refresh", "--clear-pending-creates", "--yes")
    assert is_whole(world, stack) == uid


@pytest.mark.parametrize("call", [POST_PROFILE, POST_CLUSTER], ids=["profile", "cluster"])
def test_engine_killed_right_after_a_post(world: World, begin: Begin, call: Route) -> None:
    """What was accepted and never told is found by its marker, also when the refresh comes before the `up`."""
    stack = world.program(PROGRAM)
    drop_answers(world, call)
    run = begin(stack, "up")
    is_called(run, world, call)
    run.kill()
    run.leaves_nothing()
    made = clusters(world) if call == POST_CLUSTER else profiles(world)
    assert len(made) == 1

    world.admin.clear_faults()
    stack.cli("cancel", "--yes")
    stack.cli("refresh", "--clear-pending-creates", "--yes")
    stack.up()
    is_whole(world, stack)
    assert made in (clusters(world), profiles(world))


def test_engine_killed_while_a_post_is_on_its_way(world: World, begin: Begin) -> None:
    """A POST that arrives after the engine's end, while the next `up` runs, makes no second cluster."""
    stack = world.program(PROGRAM)
    method, route = POST_CLUSTER
    world.admin.add_fault({"method": method, "route": route, "action": "delay", "seconds": 3, "count": 1})
    run = begin(stack, "up")
    is_called(run, world, POST_CLUSTER)
    run.kill()
    assert clusters(world) == []
    stack.cli("cancel", "--yes")
    stack.up()
    run.leaves_nothing()
    stack.cli("refresh", "--clear-pending-creates", "--yes")
    is_whole(world, stack)


def test_engine_killed_in_an_update(world: World, begin: Begin) -> None:
    """A change that was sent is not sent again, and its wait is taken up."""
    stack = world.program(PROGRAM)
    stack.up()
    rewrite(stack, LAST, LAST + ' tags=["team:web"], timezone="Europe/Berlin",')
    timezone = ("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/timezone")
    drop_answers(world, timezone)
    run = begin(stack, "up")
    is_called(run, world, timezone)
    run.kill()
    run.leaves_nothing()
    world.admin.clear_faults()
    world.admin.reset_requests()
    stack.cli("cancel", "--yes")
    assert stack.up().changes == {"update": 1}
    assert count(world, timezone) == 0
    is_whole(world, stack)


# -- the hooks' process is killed --------------------------------------------------------------------------------------


def test_hooks_killed_in_a_wait(world: World, begin: Begin) -> None:
    """The run fails; the next `up` goes on with the same cluster, without any repair."""
    stack = paused(world)
    run = begin(stack, "up")
    is_waiting(run, world, POST_CLUSTER)
    run.kill_hooks()
    assert run.ended() != 0
    run.leaves_nothing()
    (uid,) = clusters(world)
    go_on(world)
    assert stack.up().changes == {"create": 1}
    assert is_whole(world, stack) == uid


# -- the control plane is killed ---------------------------------------------------------------------------------------


def test_control_plane_restarted_in_a_wait(world: World, begin: Begin) -> None:
    """A wait puts up with a short outage: the same run ends well, with the cluster that was accepted before."""
    stack = paused(world)
    run = begin(stack, "up")
    is_waiting(run, world, POST_CLUSTER)
    (uid,) = clusters(world)
    kill_control_plane(world.endpoint)
    restart_control_plane(world.endpoint)
    is_waiting(run, world, LOOK)
    go_on(world)
    assert run.ended() == 0, run.text
    assert is_whole(world, stack) == uid


def test_control_plane_lost_in_a_wait(world: World, begin: Begin) -> None:
    """A long outage ends the run with one clear error and the id saved; the next `up` goes on."""
    stack = paused(world)
    run = begin(stack, "up")
    is_waiting(run, world, POST_CLUSTER)
    (uid,) = clusters(world)
    kill_control_plane(world.endpoint)
    assert run.ended() != 0
    assert f"no control plane at {world.endpoint.url}" in run.text
    assert "palette local start" in run.text
    assert f'"web" (uid {uid}) is kept: the next `pulumi up` goes on' in run.text
    assert "Traceback" not in run.text
    assert resource(stack, "web")["id"] == uid
    restart_control_plane(world.endpoint)
    go_on(world)
    assert stack.up().changes == {"update": 1}
    assert is_whole(world, stack) == uid


def test_control_plane_killed_before_it_answers(world: World, begin: Begin) -> None:
    """A cluster that was accepted, but not told before the control plane died, is found again by the same call."""
    stack = world.program(PROGRAM)
    drop_answers(world, POST_CLUSTER)
    run = begin(stack, "up")
    is_called(run, world, POST_CLUSTER)
    (uid,) = clusters(world)
    kill_control_plane(world.endpoint)
    restart_control_plane(world.endpoint)
    assert run.ended() == 0, run.text
    assert is_whole(world, stack) == uid


def test_answers_that_never_arrive(world: World) -> None:
    """A connection that breaks after the commit of a POST costs a second try, and no second object."""
    stack = world.program(PROGRAM)
    drop_answers(world, POST_PROFILE, times=1)
    drop_answers(world, POST_CLUSTER, times=1)
    assert stack.up().changes == {"create": 3}
    assert [fault["struck"] for fault in world.admin.faults()] == [1, 1]
    is_whole(world, stack)


def test_load(world: World, begin: Begin) -> None:
    """With writers beside the `up` and a control plane that is killed twice, nothing acknowledged is lost."""
    stack = world.program(PROGRAM)
    stop = Event()
    acknowledged: list[str] = []

    def write(writer: int) -> None:
        client = Palette(Settings.to(world.endpoint.url, world.endpoint.api_key))
        number = 0
        while not stop.is_set():
            number += 1
            body = {
                "metadata": {"name": f"load-{writer}-{number}"},
                "spec": {"version": "1.0.0", "template": {"type": "add-on", "cloudType": "all"}},
            }
            try:
                acknowledged.append(client.profiles.create(ProfileCreate.of(body)))
            except PaletteError:
                continue  # not acknowledged: it may be there or not
        client.close()

    def has_acknowledged(least: int) -> bool:
        return len(acknowledged) >= least

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, number) for number in range(3)]
        run = begin(stack, "up")
        for call in (POST_PROFILE, POST_CLUSTER):
            least = len(acknowledged) + 20
            is_called(run, world, call)
            until(partial(has_acknowledged, least), "twenty more writes are acknowledged")
            kill_control_plane(world.endpoint)
            restart_control_plane(world.endpoint)
        code = run.ended()
        stop.set()
        for writer in writers:
            writer.result()
    assert code == 0, run.text
    assert len(acknowledged) >= 40
    assert set(acknowledged) <= set(profiles(world))
    assert len(clusters(world)) == 1


# -- ^C ----------------------------------------------------------------------------------------------------------------


def test_interrupted_in_a_wait(world: World, begin: Begin) -> None:
    """^C ends a creation within seconds with the id saved, says what comes next, and the next `up` goes on."""
    stack = paused(world)
    run = begin(stack, "up")
    is_waiting(run, world, POST_CLUSTER)
    run.interrupt()
    assert run.ended(LEAVE_S) != 0
    run.leaves_nothing()
    (uid,) = clusters(world)
    assert 'stopped while waiting for cluster "web"' in run.text
    assert "The next `pulumi up` goes on" in run.text
    assert "Traceback" not in run.text
    saved = resource(stack, "web")
    assert saved["id"] == uid
    assert saved["initErrors"]

    go_on(world)
    assert stack.up().changes == {"update": 1}
    assert is_whole(world, stack) == uid


def test_interrupted_twice(world: World, begin: Begin) -> None:
    """A second ^C, with the hook in a call that nobody answers, is a kill: the same three commands go on."""
    stack = paused(world)
    run = begin(stack, "up")
    is_waiting(run, world, POST_CLUSTER)
    method, route = LOOK
    world.admin.add_fault({"method": method, "route": route, "action": "delay", "seconds": 60})
    is_called(run, world, LOOK, count(world, LOOK) + 1)
    run.interrupt()
    until(lambda: "^C received" in run.text, "the engine saw the first ^C")
    run.interrupt()
    assert run.ended() != 0  # the engine gives each of its processes five seconds
    run.leaves_nothing()

    world.admin.clear_faults()
    (uid,) = clusters(world)
    go_on(world)
    stack.cli("cancel", "--yes")
    stack.up()
    stack.cli("refresh", "--clear-pending-creates", "--yes")
    assert is_whole(world, stack) == uid


def test_interrupted_in_an_update(world: World, begin: Begin) -> None:
    """^C ends the wait for a roll-out, and the next `up` goes on with it."""
    stack = world.program(PROGRAM)
    stack.up()
    world.admin.set_clock(paused=True)
    rewrite(stack, "text: one", "text: two")
    stack.config(palette__updates="apply")
    run = begin(stack, "up")
    patched = ("PATCH", "/v1/spectroclusters/{uid}/profiles")
    is_waiting(run, world, patched)
    run.interrupt()
    assert run.ended(LEAVE_S) != 0
    go_on(world)
    world.admin.reset_requests()
    assert stack.up().changes == {"update": 1}
    assert count(world, patched) == 0
    is_whole(world, stack)


def test_interrupted_deletion(world: World, begin: Begin) -> None:
    """^C ends the wait for a deletion within seconds; `destroy` again ends clean."""
    stack = world.program(PROGRAM)
    stack.up()
    world.admin.set_clock(paused=True)
    run = begin(stack, "destroy")
    is_waiting(run, world, DELETE_CLUSTER)
    run.interrupt()
    assert run.ended(LEAVE_S) != 0
    run.leaves_nothing()
    assert "Traceback" not in run.text
    assert (
        'stopped while waiting for cluster "web" to be deleted (last state: Deleting). The same command goes on.'
        in run.text
    )
    assert resource(stack, "web")["id"] in clusters(world)

    go_on(world)
    stack.destroy()
    assert clusters(world) == profiles(world) == []
    assert "resources" not in stack.state()


def test_engine_killed_in_a_deletion(world: World, begin: Begin) -> None:
    """After `pulumi cancel` a second `destroy` goes on with the deletion and ends clean."""
    stack = world.program(PROGRAM)
    stack.up()
    world.admin.set_clock(paused=True)
    run = begin(stack, "destroy")
    is_waiting(run, world, DELETE_CLUSTER)
    run.kill()
    run.leaves_nothing()
    go_on(world)
    stack.cli("cancel", "--yes")
    stack.destroy()
    assert clusters(world) == profiles(world) == []
    assert not stack.state().keys() & {"resources", "pending_operations"}


# -- a cluster that doesn't come, or goes ------------------------------------------------------------------------------


def test_cluster_that_fails(world: World) -> None:
    """The error names the reason; the next `up` looks again, and goes on once the reason is gone."""
    reason = {"reason": "QuotaExceeded", "message": "the account has no vCPUs left in eu-west-1"}
    tell(world, "/local/clusters/named/web/fail", reason)
    stack = world.program(PROGRAM)
    text = stack.refused("up")
    (uid,) = clusters(world)
    assert "the account has no vCPUs left in eu-west-1" in text
    assert "Traceback" not in text
    assert resource(stack, "web")["id"] == uid

    again = stack.refused("up")
    assert "once the cause is gone, the next `pulumi up` goes on" in again
    assert "the account has no vCPUs left in eu-west-1" in again
    tell(world, f"/local/clusters/{uid}/mend")
    assert stack.up().changes == {"update": 1}
    assert is_whole(world, stack) == uid


def test_cluster_that_vanished(world: World) -> None:
    """A cluster deleted behind the program's back is dropped by a refresh, and made again by the next `up`."""
    stack = world.program(PROGRAM)
    stack.up()
    (uid,) = clusters(world)
    world.client.clusters.delete(uid)
    until(lambda: not clusters(world), "the cluster is gone")
    assert stack.refresh().changes == {"delete": 1}
    assert stack.up().changes == {"create": 1}
    assert is_whole(world, stack) != uid
