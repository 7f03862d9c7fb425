"""The family of backups: schedules, what became of backups, and words of states."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.wire.backups import BackupConfig, Schedule
from tests.unit.client.fakes import Service, client, done, ok, refused, sent

AT = "/v1/spectroclusters/u/features/backup"
CONFIG = BackupConfig(backup_location_uid="l", duration_in_hours=24, schedule=Schedule(scheduled_run_time="0 0 * * *"))


def status(request: str, *metas: dict[str, Any]) -> dict[str, Any]:
    """A request with its backups."""
    return {
        "backupRequestUid": request,
        "backupLocationConfig": {"name": "main"},
        "backupStatusMeta": list(metas),
        "restoreStatusMeta": None,
    }


def meta(name: str, state: str, at: str = "", **more: str) -> dict[str, Any]:
    """A backup as the service tells it."""
    return {"backupName": name, "backupState": {"state": state, "backupTime": at or None, **more}, "expiryDate": "2027"}


@pytest.mark.parametrize("code", ["BackupNotConfigured", "ResourceNotFound"])
@pytest.mark.parametrize("answer", [400, 404])
def test_no_schedule_yet(code: str, answer: int) -> None:
    """Either code, whatever its status, reads as no backups, and a schedule is then made by POST."""
    service = Service({f"GET {AT}": refused(answer, code, "none"), f"POST {AT}": ok({"uid": "r"}, 201)})
    palette = client(service)
    assert palette.backups.schedule("u") is None
    assert palette.backups.of("u") == []
    palette.backups.set_schedule("u", CONFIG)
    (request,) = service.asked(f"POST {AT}")
    assert sent(request) == {
        "backupLocationUid": "l",
        "durationInHours": 24,
        "schedule": {"scheduledRunTime": "0 0 * * *"},
    }


def test_a_schedule_that_is_there_is_put() -> None:
    """A cluster that has backups gets its schedule by PUT."""
    service = Service({f"GET {AT}": ok({"spec": {"config": CONFIG.body()}}), f"PUT {AT}": done()})
    palette = client(service)
    assert palette.backups.schedule("u") == CONFIG
    palette.backups.set_schedule("u", CONFIG)
    assert len(service.asked(f"PUT {AT}")) == 1


def test_backups_in_order() -> None:
    """All requests' backups in one list: those under way, then the newest; the latest is the newest whole one."""
    statuses = [
        status("r1", meta("a", "Completed", "2026-01-02"), meta("b", "Completed", "2026-01-01")),
        status("r2", meta("c", "Failed", "2026-01-04", msg="no bucket"), meta("d", "InProgress")),
        status("r3", meta("e", "Completed", "2026-01-03", deleteState="Deleting")),
    ]
    service = Service({f"GET {AT}": ok({"status": {"clusterBackupStatuses": statuses}})})
    backups = client(service).backups
    rows = backups.of("u")
    assert [row.name for row in rows] == ["d", "c", "e", "a", "b"]
    assert [(row.is_done, row.is_failed) for row in rows] == [
        (False, False), (False, True), (False, False), (True, False), (True, False),
    ]  # fmt: skip
    assert rows[1].message == "no bucket"
    latest = backups.latest("u")
    assert latest is not None
    assert (latest.name, latest.request_uid, latest.location, latest.backup_time) == ("a", "r1", "main", "2026-01-02")
    assert [row.name for row in backups.of("u", "r2")] == ["d", "c"]


def test_locations_by_name() -> None:
    """Project and tenant may each have a location of the name; that of the scope asked for comes first."""
    rows = [{"metadata": {"name": "main", "uid": one, "annotations": {"scope": one}}} for one in ("tenant", "project")]
    service = Service({"GET /v1/users/assets/locations": ok({"items": [*rows, {"metadata": {"name": "x"}}]})})
    backups = client(service).backups
    assert [row.metadata.uid for row in backups.location_by_name("main")] == ["project", "tenant"]
    assert [row.metadata.uid for row in backups.location_by_name("main", scope="tenant")] == ["tenant", "project"]
    assert backups.location_by_name("none") == []
    assert len(service.asked("GET /v1/users/assets/locations")) == 1


def test_types_of_locations() -> None:
    """A type that the service doesn't have is said before anything is asked."""
    with pytest.raises(InputError, match="s3, minio, gcp, azure"):
        client(Service()).backups.location("ftp", "l")


def test_restores() -> None:
    """Restores into a cluster, with how they ended; none where there never was one."""
    body = {"restoreRequestUid": "x", "state": "Completed", "restoreStatusMeta": {"isSucceeded": True}}
    at = "GET /v1/spectroclusters/u/features/restore"
    service = Service({at: [ok({"status": {"clusterRestoreStatuses": [body]}}), refused(404, "ResourceNotFound", "")]})
    palette = client(service)
    (row,) = palette.backups.restores("u")
    assert (row.restore_request_uid, row.state, row.restore_status_meta.is_succeeded) == ("x", "Completed", True)
    assert palette.backups.restores("u") == []


def test_credentials_stay_out_of_reprs() -> None:
    """No repr of a location's body shows a credential."""
    from palette_sdk.wire.backups import AzureLocation, GcpLocation, S3Location

    word = "very-secret-word"
    bodies = (
        S3Location.of({"spec": {"config": {"credentials": {"accessKey": word, "secretKey": word}}}}),
        GcpLocation.of({"spec": {"config": {"credentials": {"jsonCredentials": word}}}}),
        AzureLocation.of({"spec": {"config": {"credentials": {"clientSecret": word, "other": word}}}}),
    )
    for body in bodies:
        assert word not in repr(body)
        assert word in str(body.body())
