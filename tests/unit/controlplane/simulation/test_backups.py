"""Backups over a cluster's document: schedules, ends, expiry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from palette_sdk.controlplane.simulation import backups, cluster, steps, tables
from tests.unit.controlplane.simulation.test_cluster import healthy, new

LOCATION = {"name": "s3-main", "type": "s3", "uid": "l"}


def config(cron: str = "", hours: int = 2) -> dict[str, Any]:
    """A configuration."""
    return {"backupPrefix": "p", "durationInHours": hours, "schedule": {"scheduledRunTime": cron}}


def moment(at: float) -> str:
    """Hour and minute in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M}"


@pytest.mark.parametrize(
    ("cron", "after", "wanted"),
    [
        ("0 0 * * *", "2026-03-28T23:59:59+00:00", "2026-03-29T00:00:00+00:00"),
        ("0 0 * * *", "2026-03-29T00:00:00+00:00", "2026-03-30T00:00:00+00:00"),
        ("30 2 * * SUN", "2026-03-25T00:00:00+00:00", "2026-03-29T02:30:00+00:00"),
        ("0 0 29 2 *", "2026-03-01T00:00:00+00:00", "2028-02-29T00:00:00+00:00"),
    ],
)
def test_moments_of_a_schedule(cron: str, after: str, wanted: str) -> None:
    """Five fields of cron, in UTC, always after the given moment."""
    found = backups.next_run(cron, datetime.fromisoformat(after).timestamp())
    assert found == datetime.fromisoformat(wanted).timestamp()


@pytest.mark.parametrize("cron", ["", "daily", "0 0 * *", "0 0 0 * * *", "60 0 * * *", "@daily", "0 0 30 2 *"])
def test_no_cron_expressions(cron: str) -> None:
    """Anything but five good fields, or a day that never comes, is refused."""
    with pytest.raises(ValueError, match=r"five fields|Bad"):
        backups.next_run(cron, 0.0)


def test_a_schedule_runs_on_and_expires() -> None:
    """Hourly backups kept for two hours: never more than those of the last two hours, and the one under way."""
    doc, now = healthy()
    backups.configure(doc, config("0 * * * *"), LOCATION, "r", now)
    for _ in range(48):
        now += 1800
        cluster.advance(doc, now)
        made = doc.get("backups", [])
        assert len(made) <= 3
        assert {run["request"] for run in made} <= {"r"}
        assert {moment(run["started"])[3:] for run in made} <= {"00"}
    assert len({run["name"] for run in doc["backups"]}) == len(doc["backups"])
    backups.configure(doc, None, {}, "", now)
    cluster.advance(doc, now + 3 * 3600)
    assert doc["backups"] == []
    assert not steps.is_scheduled(doc, *backups.ACTIONS)


def test_one_long_step_is_as_many_short_ones() -> None:
    """Moving on by a day at once gives what moving on by minutes gives."""
    (one, now), (two, _) = healthy(), healthy()
    for doc in (one, two):
        backups.configure(doc, config("*/30 * * * *"), LOCATION, "r", now)
    cluster.advance(one, now + 86400)
    for minute in range(1441):
        cluster.advance(two, now + minute * 60)
    assert one == two


def test_nothing_is_backed_up_before_the_cluster_is_healthy() -> None:
    """Moments that pass while it is built leave no trace; the schedule goes on."""
    doc = new()
    backups.configure(doc, config("* * * * *"), LOCATION, "r", 1_000_000.0)
    cluster.advance(doc, 1_000_000.0 + tables.PROVISION_S[0] * 0.5)
    assert doc.get("backups", []) == []
    assert steps.is_scheduled(doc, "backup-due")


def test_names_are_free() -> None:
    """Backups of one second get different names."""
    doc, now = healthy()
    names = set()
    for _ in range(3):
        name = backups.fresh_name(doc, "", now)
        backups.start(doc, now, request=name, name=name, config=config(), location=LOCATION, actor="user")
        names.add(name)
    assert len(names) == 3
    assert all(name.startswith("web-") for name in names)


def test_a_deleted_backup_leaves_no_step() -> None:
    """Deleting a backup takes its expiry away; a delete of the cluster takes all of it away."""
    doc, now = healthy()
    run = backups.start(doc, now, request="r", name="b", config=config(), location=LOCATION, actor="user")
    told = cluster.advance(doc, now + tables.BACKUP_S[1])
    assert [(each.kind, each.target) for each in told] == [("backup", "BackupCompleted")]
    backups.remove(doc, run, now + 400)
    cluster.advance(doc, now + 400 + tables.BACKUP_DELETE_S[1])
    assert doc["backups"] == []
    assert not steps.is_scheduled(doc, *backups.ACTIONS)
    backups.configure(doc, config("* * * * *"), LOCATION, "r", now)
    cluster.begin_delete(doc, now + 500)
    assert not steps.is_scheduled(doc, *backups.ACTIONS)
