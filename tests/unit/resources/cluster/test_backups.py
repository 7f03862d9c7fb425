"""Backups through the hooks: the schedule of a cluster, and the guard before a change of version."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.wire.backups import BackupConfig
from tests.unit.resources.cluster.attached import further
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import World


def policy(world: World, **changes: Any) -> dict[str, Any]:
    """A backup policy as a program gives it."""
    location = world.client.backups.locations()[0].metadata.uid
    return {
        "location": location,
        "schedule": "0 2 * * *",
        "prefix": "nightly",
        "expires_after": 720 * 3600,
        "namespaces": [],
        "disks": True,
        "cluster_resources": "auto",
        **changes,
    }


def guards(mode: str) -> dict[str, Any]:
    """Guards with a mode for backups."""
    kept = {"when_busy": "wait", "minor_skip": "refuse", "replace": "refuse"}
    return {**kept, "before_update": mode, "backup_max_age": 24 * 3600.0}


def test_a_schedule_is_set_changed_and_taken_away(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A policy is made with the cluster, changes in place, drifts visibly, and leaves with the program."""
    clusters.up("web", world.cluster(web, backup=policy(world)))
    uid = clusters.state["web"].id
    found = world.client.backups.schedule(uid)
    assert found is not None
    assert (found.backup_prefix, found.duration_in_hours) == ("nightly", 720)
    clusters.is_steady("web", world.cluster(web, backup=policy(world)))

    changed = world.cluster(web, backup=policy(world, namespaces=["shop"], schedule="0 3 * * *"))
    assert clusters.up("web", changed) == "update"
    found = world.client.backups.schedule(uid)
    assert found is not None
    assert found.namespaces == ["shop"]
    clusters.is_steady("web", changed)

    world.client.backups.delete_schedule(uid)
    assert clusters.refresh("web")
    assert clusters.up("web", changed) == "update"
    assert world.client.backups.schedule(uid) is not None

    assert clusters.up("web", world.cluster(web)) == "update"
    assert world.client.backups.schedule(uid) is None
    clusters.is_steady("web", world.cluster(web))


def test_a_schedule_for_a_running_cluster(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A policy that comes later is one update and sends no profile."""
    clusters.up("web", world.cluster(web))
    world.forget_writes()
    assert clusters.up("web", world.cluster(web, backup=policy(world))) == "update"
    assert world.writes == ["POST /v1/spectroclusters/{uid}/features/backup"]


def test_a_version_change_without_a_backup(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """By default it is told; `require` refuses; `off` is silent; a tag is no change of version."""
    clusters.up("web", world.cluster(web))
    newer = further(profiles, world, replicas=3)
    world.link.lines.clear()
    clusters.preview("web", world.cluster(newer))
    assert any('"web" has no backup of the last 24 h (there is none)' in line for line in world.link.lines)
    with pytest.raises(RefusedError, match=r"would change: web 1\.0\.0 -> 1\.1\.0"):
        clusters.preview("web", world.cluster(newer, guards=guards("require")))
    world.link.lines.clear()
    clusters.preview("web", world.cluster(newer, guards=guards("off")))
    clusters.preview("web", world.cluster(web, tags={"a": "b"}, guards=guards("require")))
    assert not any("backup" in line for line in world.link.lines)


def test_a_backup_is_made_first(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """`backup` makes one and waits until it is whole before anything is written; a recent one is enough."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    newer = further(profiles, world, replicas=3)
    world.forget_writes()
    assert clusters.up("web", world.cluster(newer, guards=guards("backup"))) == "update"
    done = world.client.backups.of(uid)
    assert [row.is_done for row in done] == [True]
    assert done[0].name.startswith("before-")
    assert world.writes[0].endswith("/features/backup/onDemand")
    assert clusters.up("web", world.cluster(web, guards=guards("backup"))) == "update"
    assert len(world.client.backups.of(uid)) == 1


def test_a_backup_whose_answer_was_lost(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """The next run finds the backup that was begun, and makes no second one."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    newer = further(profiles, world, replicas=3)
    world.lost_answer("POST", "/v1/spectroclusters/{uid}/features/backup/onDemand")
    with pytest.raises(AbortedError):
        clusters.up("web", world.cluster(newer, guards=guards("backup")))
    assert clusters.up("web", world.cluster(newer, guards=guards("backup"))) == "update"
    assert len(world.client.backups.of(uid)) == 1


def test_a_backup_without_a_place(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """Where there is no location, it is said before anything is written."""
    clusters.up("web", world.cluster(web))
    newer = further(profiles, world, replicas=3)
    for row in world.client.backups.locations():
        world.client.scoped(scope="tenant").backups.delete_location(row.metadata.uid)
    world.forget_writes()
    with pytest.raises(AbortedError, match="a backup before the update has no place to go"):
        clusters.up("web", world.cluster(newer, guards=guards("backup")))
    assert world.writes == []


def test_bodies_of_a_policy(world: World) -> None:
    """What is written is what the service's words ask for."""
    from palette_sdk.resources.cluster.backups import observed_policy, policy_body

    wanted = policy(world, cluster_resources="never", disks=False, namespaces=["a", "b"])
    body = BackupConfig.of(policy_body(wanted))
    assert body.include_cluster_resource_mode == "Never"
    assert observed_policy(body, wanted) == wanted
    assert observed_policy(None, wanted) is None
