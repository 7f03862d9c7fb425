"""An update of a cluster that someone overrode, cut off on a real engine: the override stays, and the same end is reached."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import yaml

from tests.engine.harness import Stack, World
from tests.engine.observing import (
    Route,
    clusters,
    count,
    drop_answers,
    go_on,
    is_called,
    resource,
    rewrite,
)
from tests.engine.processes import Begin, Running, kill_control_plane, restart_control_plane, until
from tests.engine.test_crash import begin

__all__ = ["begin"]

PROGRAM = """
import palette_sdk as palette

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
packs = [palette.pack(palette.get_pack(*pack)) for pack in PACKS]
text = "apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: hello\\ndata:\\n  image: '1.0'\\n  replicas: '2'\\n  size: '1'\\n"
size = palette.Variable("size", default="1")
first = palette.Profile("web-profile", cloud="aws", layers=[*packs, palette.manifest("hello", text)], variables=[size])
second = palette.ProfileVersion("second", source=first, version="1.1.0",
    set_layers=[palette.manifest("hello", text.replace("1.0", "2.0"))])
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"])
location = palette.get_backup_location("s3-main")


def cluster(version, number, **arguments):
    palette.Cluster(
        "web",
        cloud_config=palette.Aws("eu-west-1"),
        cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
        pools=[palette.control_plane(machine), palette.workers("worker", machine, count=number)],
        tags=[f"team:{number}"],
        timezone=["Europe/Berlin", "Europe/Rome"][number - 1],
        variables={"size": str(number)},
        guards=palette.Guards(before_update="backup"),
        backup=palette.BackupPolicy(location, schedule=f"0 {number} 29 2 *", prefix="nightly", expires_after="30d"),
        overrides=[palette.Override("hello", "/data/size", resource="ConfigMap/hello", value=str(5 + number))],
        profiles=[version],
    )


cluster(first, 1)
"""
BACKUP: Route = ("POST", "/v1/spectroclusters/{uid}/features/backup/onDemand")
TIMEZONE: Route = ("PATCH", "/v1/spectroclusters/{uid}/clusterConfig/timezone")
FOUND = {"web-profile": {"hello": {"ConfigMap/hello /data/replicas": '"9"'}}}
PATCH: Route = ("PATCH", "/v1/spectroclusters/{uid}/profiles")


def edited(world: World) -> Stack:
    """A stack whose cluster someone overrode, with the whole update in the program, not run yet."""
    stack = world.program(PROGRAM)
    stack.up()
    (uid,) = clusters(world)
    client = world.client
    profile = client.profiles.versions("web-profile", fresh=True)["1.0.0"]
    (manifest,) = client.clusters.pack_manifests(uid, profile, "hello")
    text = running(world)
    client.clusters.put_manifests(uid, profile, "hello", {manifest.metadata.uid: text.replace("'2'", "'9'")})
    until(lambda: "'9'" in running(world), "the override runs")
    stack.refresh()
    assert found_overrides(stack) == FOUND
    rewrite(stack, "cluster(first, 1)", "cluster(second, 2)")
    world.admin.reset_requests()
    return stack


def running(world: World) -> str:
    """The manifest that the cluster runs."""
    (uid,) = clusters(world)
    (manifest,) = world.client.clusters.manifests(uid)
    return manifest.content


def found_overrides(stack: Stack) -> Any:
    """Found overrides as state holds them."""
    return resource(stack, "web")["outputs"]["found_overrides"]


def is_whole(world: World, stack: Stack, run: Running) -> None:
    """Assert the end of an undisturbed update: all content, the override, one backup, one cluster, nothing pending."""
    run.leaves_nothing()
    state, (uid,) = stack.state(), clusters(world)
    assert "pending_operations" not in state
    web = resource(stack, "web")
    assert web["id"] == uid
    assert "initErrors" not in web
    assert web["outputs"]["found_overrides"] == FOUND
    assert web["outputs"]["pending_updates"] == {}
    data = yaml.safe_load(running(world))["data"]
    assert data == {"image": "2.0", "replicas": "9", "size": "7"}
    client = world.client
    assert [row.is_done for row in client.backups.of(uid)] == [True]
    found = client.clusters.get(uid)
    assert found is not None
    assert found.spec.cluster_config.timezone == "Europe/Rome"
    assert {item.value for row in client.clusters.variables(uid) for item in row.variables} == {"2"}
    assert stack.preview(refresh=True).changes == {}


@pytest.mark.parametrize("refresh", [False, True], ids=["up", "refresh and up"])
def test_engine_killed_right_after_the_content(world: World, begin: Begin, *, refresh: bool) -> None:
    """Content that was sent and never told is neither sent as another's, nor is the override lost to a refresh."""
    stack = edited(world)
    drop_answers(world, PATCH)
    run = begin(stack, "up")
    is_called(run, world, PATCH)
    run.kill()
    run.leaves_nothing()
    world.admin.clear_faults()
    stack.cli("cancel", "--yes")
    if refresh:
        stack.refresh()
        assert found_overrides(stack)["web-profile"]["hello"]["ConfigMap/hello /data/replicas"] == '"9"'
    assert stack.up().changes == {"update": 1}
    is_whole(world, stack, run)


def test_engine_killed_while_a_backup_is_made(world: World, begin: Begin) -> None:
    """The next run waits for the backup that was begun, and makes no second one."""
    stack = edited(world)
    world.admin.set_clock(paused=True)
    run = begin(stack, "up")
    is_called(run, world, BACKUP)
    run.kill()
    run.leaves_nothing()
    assert count(world, TIMEZONE) == 0
    go_on(world)
    stack.cli("cancel", "--yes")
    assert stack.up().changes == {"update": 1}
    is_whole(world, stack, run)


def test_hooks_killed_between_two_writes(world: World, begin: Begin) -> None:
    """The run fails; the next `up` writes what is missing, without any repair."""
    stack = edited(world)
    method, route = PATCH
    world.admin.add_fault({"method": method, "route": route, "action": "delay", "seconds": 30, "count": 1})
    run = begin(stack, "up")
    is_called(run, world, TIMEZONE)
    run.kill_hooks()
    assert run.ended() != 0
    world.admin.clear_faults()
    assert "'2.0'" not in running(world)
    assert stack.up().changes == {"update": 1}
    is_whole(world, stack, run)


def test_hooks_killed_in_the_wait(world: World, begin: Begin) -> None:
    """What was written is not written again."""
    stack = edited(world)
    begun = partial(is_called, world=world, call=PATCH)
    run = begin(stack, "up")
    begun(run)
    world.admin.set_clock(paused=True)
    run.kill_hooks()
    assert run.ended() != 0
    go_on(world)
    world.admin.reset_requests()
    assert stack.up().changes == {"update": 1}
    assert (count(world, TIMEZONE), count(world, BACKUP)) == (0, 0)
    is_whole(world, stack, run)


def test_control_plane_killed_before_it_answers(world: World, begin: Begin) -> None:
    """A service that is gone right after it took the content costs the same run a second try, and nothing else."""
    stack = edited(world)
    drop_answers(world, PATCH)
    run = begin(stack, "up")
    is_called(run, world, PATCH)
    kill_control_plane(world.endpoint)
    restart_control_plane(world.endpoint)
    assert run.ended() == 0, run.text
    is_whole(world, stack, run)
