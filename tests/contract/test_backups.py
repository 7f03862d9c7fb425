"""Backup locations, schedules, backups on demand, restores."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clusters import data
from tests.contract.conftest import Api

LOCATIONS = "/v1/users/assets/locations"
SECRET = "very-secret-word"
SPECS: dict[str, Any] = {
    "s3": {
        "bucketName": "b",
        "region": "eu-west-1",
        "credentials": {"credentialType": "secret", "accessKey": SECRET, "secretKey": SECRET},
        "s3ForcePathStyle": True,
    },
    "minio": {
        "bucketName": "b",
        "region": "minio",
        "s3Url": "https://minio.example.com",
        "credentials": {"accessKey": SECRET, "secretKey": SECRET},
    },
    "gcp": {"bucketName": "b", "projectId": "p", "credentials": {"jsonCredentials": SECRET}},
    "azure": {
        "resourceGroup": "g",
        "containerName": "c",
        "storageName": "s",
        "credentials": {"tenantId": SECRET, "clientId": SECRET, "clientSecret": SECRET},
    },
}


def location_body(kind: str = "s3", name: str = "mine", **spec: Any) -> Any:
    """A location as it is written."""
    return {"metadata": {"name": name, "labels": {"a": "b"}}, "spec": {"type": kind, "config": SPECS[kind], **spec}}


def add_location(api: Api, kind: str = "s3", name: str = "mine", **spec: Any) -> str:
    """The uid of a new location."""
    return str(api.ok("POST", f"{LOCATIONS}/{kind}", location_body(kind, name, **spec), status=201)["uid"])


def seeded(api: Api) -> str:
    """The uid of the location that is there from the start."""
    return str(
        next(each for each in api.ok("GET", LOCATIONS)["items"] if each["metadata"]["name"] == "s3-main")["metadata"][
            "uid"
        ]
    )


def config(location: str, cron: str = "", **more: Any) -> Any:
    """A backup configuration."""
    return {
        "backupLocationUid": location,
        "backupPrefix": "nightly",
        "durationInHours": 48,
        "includeAllDisks": True,
        "includeClusterResourceMode": "Always",
        "namespaces": None,
        "schedule": {"scheduledRunTime": cron},
        **more,
    }


def path(cluster: str) -> str:
    """Where the backups of a cluster are."""
    return f"/v1/spectroclusters/{cluster}/features/backup"


def metas(api: Api, cluster: str) -> list[Any]:
    """All backups of a cluster, request by request."""
    found = api.ok("GET", path(cluster))["status"]["clusterBackupStatuses"]
    return [meta for status in found for meta in status["backupStatusMeta"]]


def states(api: Api, cluster: str) -> list[str]:
    """The states of all backups."""
    return [meta["backupState"]["state"] for meta in metas(api, cluster)]


def backed_up(api: Api, cluster: str, **more: Any) -> tuple[str, str]:
    """Name and request of a backup that is whole."""
    request = str(api.ok("POST", f"{path(cluster)}/onDemand", config(seeded(api), **more), status=201)["uid"])
    api.clock.advance(300)
    (status,) = api.ok("GET", f"{path(cluster)}?backupRequestUid={request}")["status"]["clusterBackupStatuses"]
    assert status["state"] == "Completed"
    return status["backupStatusMeta"][0]["backupName"], request


# ---- locations ---------------------------------------------------------------------------------------------------


def test_a_location_is_there_from_the_start(api: Api) -> None:
    """A new control plane has the location `s3-main` of the tenant, which a project sees and can't change."""
    (one,) = api.ok("GET", LOCATIONS)["items"]
    assert (one["metadata"]["name"], one["metadata"]["annotations"]["scope"]) == ("s3-main", "tenant")
    assert one["spec"] == {"isDefault": True, "storage": "s3", "type": "s3"}
    api.refused("DELETE", f"{LOCATIONS}/{one['metadata']['uid']}", status=403, code="OperationNotAllowedInScope")


@pytest.mark.parametrize("kind", ["s3", "minio", "gcp", "azure"])
def test_a_location_lives(api: Api, kind: str) -> None:
    """Created, read without credentials, changed without repeating them, made the default, deleted."""
    uid = add_location(api, kind)
    at = f"{LOCATIONS}/{kind}/{uid}"
    shown = api.ok("GET", at)
    assert shown["metadata"]["labels"] == {"a": "b"}
    assert SECRET not in str(shown)
    assert shown["spec"]["config"].get("bucketName", shown["spec"]["config"].get("containerName"))
    kept = {key: value for key, value in SPECS[kind].items() if key != "credentials"}
    body = {"metadata": {"name": "renamed"}, "spec": {"type": kind, "config": {**kept, "credentials": {}}}}
    api.ok("PUT", at, body, status=204)
    api.ok("PATCH", f"{at}/default", status=204)
    rows = {each["metadata"]["name"]: each["spec"] for each in api.ok("GET", LOCATIONS)["items"]}
    assert rows["renamed"]["isDefault"] is True
    assert rows["renamed"]["type"] == kind
    with api.store.atomic() as tx:
        assert SECRET not in str(tx.get("backuplocation", uid))
    api.ok("DELETE", f"{LOCATIONS}/{uid}", status=204)
    api.refused("GET", at, status=404, code="ResourceNotFound")


def test_there_is_one_default_in_a_scope(api: Api) -> None:
    """Another default takes it from the first one of the scope, not from the tenant's."""
    one, two = add_location(api, "s3", "one", isDefault=True), add_location(api, "gcp", "two")
    api.ok("PATCH", f"{LOCATIONS}/gcp/{two}/default", status=204)
    rows = {each["metadata"]["uid"]: each["spec"]["isDefault"] for each in api.ok("GET", LOCATIONS)["items"]}
    assert rows == {one: False, two: True, seeded(api): True}


def test_locations_that_can_not_be(api: Api) -> None:
    """A missing field, a missing credential, another type and a taken name are refused; types don't mix."""
    for kind, whole in SPECS.items():
        for field in ("bucketName", "containerName", "credentials"):
            if field in whole:
                spec = {key: value for key, value in whole.items() if key != field}
                body = location_body(kind, config={**spec, "credentials": spec.get("credentials", {})})
                error = api.refused("POST", f"{LOCATIONS}/{kind}", body, status=400, code="InvalidRequest")
                assert SECRET not in str(error)
    api.refused("POST", f"{LOCATIONS}/gcp", location_body("gcp", type="s3"), status=400, code="InvalidRequest")
    odd = {**SPECS["s3"], "credentials": {"credentialType": "magic"}}
    api.refused("POST", f"{LOCATIONS}/s3", location_body(config=odd), status=400, code="InvalidRequest")
    uid = add_location(api)
    api.refused("POST", f"{LOCATIONS}/s3", location_body(), status=409, code="ResourceAlreadyExists")
    api.refused("GET", f"{LOCATIONS}/gcp/{uid}", status=404, code="ResourceNotFound")
    api.refused("DELETE", f"{LOCATIONS}/s3/{'0' * 24}", status=404, code="ResourceNotFound")
    api.ok("DELETE", f"{LOCATIONS}/s3/{uid}", status=204)


def test_a_location_in_use_stays(api: Api) -> None:
    """A location that a schedule names can't be deleted until the schedule is gone; its clusters are told."""
    location = add_location(api)
    cluster = data.running(api)
    api.ok("POST", path(cluster), config(location), status=201)
    error = api.refused("DELETE", f"{LOCATIONS}/{location}", status=409, code="ResourceInUse")
    assert error["details"]["users"][0]["uid"] == cluster
    view = f"/v1/spectroclusters/features/backup/locations/{location}"
    assert [each["uid"] for each in api.ok("GET", view)["clusters"]] == [cluster]
    api.ok("PUT", view, {"locationType": "s3"}, status=204)
    api.refused("PUT", view, {"locationType": "gcp"}, status=400, code="BackupConfigInvalid")
    api.refused("GET", f"{view[:-24]}{'0' * 24}", status=404, code="ResourceNotFound")
    api.ok("DELETE", path(cluster), status=204)
    assert api.ok("GET", view)["clusters"] == []
    api.ok("DELETE", f"{LOCATIONS}/{location}", status=204)


# ---- schedules ---------------------------------------------------------------------------------------------------


def test_a_schedule_is_posted_first_and_put_later(api: Api) -> None:
    """Without a schedule GET and PUT are BackupNotConfigured; POST makes it once, PUT changes it, DELETE resets it."""
    cluster, location = data.running(api), seeded(api)
    api.refused("GET", path(cluster), status=404, code="BackupNotConfigured")
    api.refused("PUT", path(cluster), config(location), status=404, code="BackupNotConfigured")
    request = api.ok("POST", path(cluster), config(location, "0 0 * * *"), status=201)["uid"]
    api.refused("POST", path(cluster), config(location), status=409, code="BackupAlreadyConfigured")
    shown = api.ok("GET", path(cluster))
    assert shown["spec"]["clusterUid"] == cluster
    assert shown["spec"]["config"]["schedule"] == {"scheduledRunTime": "0 0 * * *"}
    assert (shown["spec"]["config"]["backupLocationName"], shown["spec"]["config"]["locationType"]) == ("s3-main", "s3")
    assert shown["status"]["clusterBackupStatuses"] == []
    api.refused("GET", f"{path(cluster)}?backupRequestUid={request}", status=404, code="ResourceNotFound")
    api.ok("PUT", path(cluster), config(location, "", backupPrefix="other"), status=204)
    assert api.ok("GET", path(cluster))["spec"]["config"]["backupPrefix"] == "other"
    api.clock.advance(3 * 86400)
    assert metas(api, cluster) == []
    for _ in range(2):
        api.ok("DELETE", path(cluster), status=204)
    api.refused("GET", path(cluster), status=404, code="BackupNotConfigured")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"backupLocationUid": ""}, "ReferencedResourceNotFound"),
        ({"backupLocationUid": "0" * 24}, "ReferencedResourceNotFound"),
        ({"locationType": "gcp"}, "BackupConfigInvalid"),
        ({"durationInHours": 0}, "BackupConfigInvalid"),
        ({"schedule": {"scheduledRunTime": "often"}}, "BackupConfigInvalid"),
        ({"schedule": {"scheduledRunTime": "0 25 * * *"}}, "BackupConfigInvalid"),
        ({"schedule": {"scheduledRunTime": "* * * * * *"}}, "BackupConfigInvalid"),
        ({"includeClusterResourceMode": "Perhaps"}, "InvalidRequest"),
    ],
)
def test_schedules_that_can_not_be(api: Api, changed: Any, code: str) -> None:
    """POST, on demand and the policy of a new cluster refuse the same, and keep nothing."""
    cluster, location = data.running(api), seeded(api)
    body = {**config(location), **changed}
    api.refused("POST", path(cluster), body, status=400, code=code)
    api.refused("POST", f"{path(cluster)}/onDemand", body, status=400, code=code)
    api.refused("GET", path(cluster), status=404, code="BackupNotConfigured")
    made = data.cluster("other", data.account(api, name="b"), [data.profile(api, "p")], policies={"backupPolicy": body})
    api.refused("POST", "/v1/spectroclusters/aws", made, status=400, code=code)
    if code != "InvalidRequest":
        told = api.ok("POST", "/v1/spectroclusters/aws/validate", made)["machinePools"]["results"]
        assert [each["name"] for each in told] == ["backupPolicy"]


def test_a_schedule_makes_backups_as_the_clock_passes(api: Api) -> None:
    """Daily at 02:30 UTC: one backup a day under one request, with times; each goes away when it expires."""
    cluster = data.running(api)
    request = api.ok("POST", path(cluster), config(seeded(api), "30 2 * * *"), status=201)["uid"]
    api.clock.advance(86400)
    (status,) = api.ok("GET", path(cluster))["status"]["clusterBackupStatuses"]
    assert (status["backupRequestUid"], status["state"], status["actor"]["actorType"]) == (
        request,
        "Completed",
        "system",
    )
    assert status["backupLocationConfig"] == {"name": "s3-main", "type": "s3", "uid": seeded(api)}
    assert status["backupConfig"] == {"includeAllDisks": True, "includeClusterResourceMode": "Always"}
    (meta,) = status["backupStatusMeta"]
    begun, ends = meta["backupState"]["backupTime"], meta["expiryDate"]
    assert begun[11:16] == "02:30"
    assert ends[11:16] == "02:30"
    assert meta["backupName"] == f"nightly-{begun[:19].translate(str.maketrans('', '', '-:T'))}"
    assert "hello" in meta["backupedNamespaces"]
    api.clock.advance(86400)
    first, second = metas(api, cluster)
    assert first["backupState"]["backupTime"] > second["backupState"]["backupTime"] == begun
    api.clock.advance(10 * 86400)
    assert len(metas(api, cluster)) == 2
    api.ok("DELETE", path(cluster), status=204)
    assert "config" not in api.ok("GET", path(cluster))["spec"]
    api.clock.advance(3 * 86400)
    api.refused("GET", path(cluster), status=404, code="BackupNotConfigured")


def test_a_policy_at_create_is_a_schedule(api: Api) -> None:
    """A cluster that is made with a policy has it as schedule; nothing is backed up before it was healthy."""
    policy = config(seeded(api), "*/10 * * * *", namespaces=["hello"])
    cluster = data.created(api, policies={"backupPolicy": policy})
    assert api.ok("GET", path(cluster))["spec"]["config"]["namespaces"] == ["hello"]
    assert api.ok("GET", path(cluster))["status"]["clusterBackupStatuses"] == []
    while data.state(api, cluster) != "Running-Healthy":
        assert metas(api, cluster) == []
        api.clock.advance(60)
    api.clock.advance(900)
    found = metas(api, cluster)
    assert found
    assert {tuple(meta["backupedNamespaces"]) for meta in found} == {("hello",)}


# ---- on demand ---------------------------------------------------------------------------------------------------


def test_a_backup_on_demand_takes_minutes(api: Api) -> None:
    """It is InProgress without times, then Completed with them, and told in the events; its name can be chosen once."""
    cluster = data.running(api)
    body = config(seeded(api), backupName="before-update", namespaces=["hello"])
    request = api.ok("POST", f"{path(cluster)}/onDemand", body, status=201)["uid"]
    (meta,) = metas(api, cluster)
    assert meta["backupState"]["state"] == "InProgress"
    assert "backupTime" not in meta["backupState"]
    assert "expiryDate" not in meta
    api.clock.advance(60)
    assert states(api, cluster) == ["InProgress"]
    at = f"{path(cluster)}/before-update/request/{request}"
    api.refused("DELETE", at, status=409, code="BackupNotCompleted")
    api.clock.advance(240)
    shown = api.ok("GET", path(cluster))
    assert "config" not in shown["spec"]
    (status,) = shown["status"]["clusterBackupStatuses"]
    assert (status["backupRequestUid"], status["state"], status["actor"]["actorType"]) == (request, "Completed", "user")
    (meta,) = status["backupStatusMeta"]
    assert (meta["backupName"], meta["backupedNamespaces"]) == ("before-update", ["hello"])
    assert meta["backupState"]["backupTime"] < meta["expiryDate"]
    api.refused("POST", f"{path(cluster)}/onDemand", body, status=409, code="BackupAlreadyExists")
    events = api.ok("GET", f"/v1/events/components/spectrocluster/{cluster}")["items"]
    assert events[0]["reason"] == "BackupCompleted"
    # With a backup and without a schedule, a client that does GET, then PUT, gets its schedule.
    api.ok("PUT", path(cluster), config(seeded(api), "0 0 1 * *"), status=204)
    assert api.ok("GET", path(cluster))["spec"]["config"]["schedule"]["scheduledRunTime"] == "0 0 1 * *"


def test_a_backup_that_fails_says_why(api: Api) -> None:
    """A failure that was asked for strikes the next backup alone."""
    cluster = data.running(api)
    api.ok("POST", "/local/clusters/named/web/fail-backup", {"message": "no bucket"}, status=204)
    for _ in range(2):
        api.ok("POST", f"{path(cluster)}/onDemand", config(seeded(api)), status=201)
        api.clock.advance(300)
    assert states(api, cluster) == ["Completed", "Failed"]
    assert metas(api, cluster)[1]["backupState"]["msg"] == "no bucket"
    api.ok("POST", f"/local/clusters/{cluster}/fail-backup", {}, status=204)
    api.ok("POST", f"{path(cluster)}/onDemand", config(seeded(api)), status=201)
    api.clock.advance(300)
    assert states(api, cluster)[0] == "Failed"


def test_an_unhealthy_cluster_is_not_backed_up(api: Api) -> None:
    """On demand it is refused, while it is built and when it broke; by schedule it is recorded as Failed."""
    cluster = data.created(api)
    run = f"{path(cluster)}/onDemand"
    api.refused("POST", run, config(seeded(api)), status=409, code="ClusterNotHealthy")
    api.clock.advance(21 * 60)
    api.ok("POST", path(cluster), config(seeded(api), "0 * * * *"), status=201)
    api.ok("POST", f"/local/clusters/{cluster}/fail", {"layer": "cni"}, status=204)
    api.refused("POST", run, config(seeded(api)), status=409, code="ClusterNotHealthy")
    api.clock.advance(3600)
    assert states(api, cluster) == ["Failed"]
    assert "UnHealthy" in metas(api, cluster)[0]["backupState"]["msg"]


def test_a_backup_is_deleted(api: Api) -> None:
    """A DELETE makes it Deleting, again is the same, then it is gone; the request must be the backup's own."""
    cluster = data.running(api)
    name, request = backed_up(api, cluster)
    other = backed_up(api, cluster)[1]
    at = f"{path(cluster)}/{name}/request/{request}"
    api.refused("DELETE", f"{path(cluster)}/{name}/request/{other}", status=404, code="ResourceNotFound")
    for _ in range(2):
        api.ok("DELETE", at, status=204)
        assert states(api, cluster) == ["Completed", "Deleting"]
    api.clock.advance(60)
    api.refused("DELETE", at, status=404, code="ResourceNotFound")
    assert states(api, cluster) == ["Completed"]


def test_backups_go_with_the_cluster(api: Api) -> None:
    """A cluster in Deleting takes no backup; when it is gone, so are its records and its hold on the location."""
    cluster, location = data.running(api), add_location(api)
    api.ok("POST", path(cluster), config(location, "* * * * *"), status=201)
    api.ok("DELETE", f"/v1/spectroclusters/{cluster}", status=204)
    for method, at in (("POST", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/onDemand")):
        api.refused(method, path(cluster) + at, config(location), status=409, code="ClusterDeletionInProgress")
    api.clock.advance(600)
    api.refused("GET", path(cluster), status=404, code="ResourceNotFound")
    api.ok("DELETE", f"{LOCATIONS}/{location}", status=204)


# ---- restores ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_same", [True, False])
def test_a_restore_is_accepted_and_told_on_both_sides(api: Api, is_same: bool) -> None:
    """A restore into the same or another cluster goes from InProgress to Completed; source and destination tell it."""
    profile = data.profile(api)
    source = data.running(api, "one", profile)
    target = source if is_same else data.running(api, "two", profile)
    name, request = backed_up(api, source)
    body = {"backupName": name, "backupRequestUid": request, "destinationClusterUid": target, "restorePVs": True}
    restores = f"/v1/spectroclusters/{target}/features/restore"
    api.refused("GET", restores, status=404, code="ResourceNotFound")
    uid = api.ok("POST", f"/v1/spectroclusters/{source}/features/restore/onDemand", body, status=201)["uid"]
    (record,) = api.ok("GET", restores)["status"]["clusterRestoreStatuses"]
    assert (record["restoreRequestUid"], record["state"]) == (uid, "InProgress")
    assert record["restoreStatusMeta"]["isSucceeded"] is False
    api.clock.advance(300)
    (record,) = api.ok("GET", f"{restores}?restoreRequestUid={uid}")["status"]["clusterRestoreStatuses"]
    assert (record["state"], record["backupName"], record["sourceClusterRef"]["uid"]) == ("Completed", name, source)
    assert record["restoreStatusMeta"]["isSucceeded"] is True
    assert record["restoreStatusMeta"]["restoreTime"]
    (status,) = api.ok("GET", path(source))["status"]["clusterBackupStatuses"]
    (told,) = status["restoreStatusMeta"]
    assert (told["restoreState"], told["destinationClusterRef"]["uid"]) == ("Completed", target)


def test_restores_that_can_not_be(api: Api) -> None:
    """An unknown backup, request or cluster is 400; a backup that isn't whole and an unhealthy destination are 409."""
    cluster = data.running(api)
    name, request = backed_up(api, cluster)
    at = f"/v1/spectroclusters/{cluster}/features/restore/onDemand"
    body = {"backupName": name, "backupRequestUid": request, "destinationClusterUid": cluster}
    for wrong in ({"backupName": "x"}, {"backupRequestUid": "0" * 24}, {"destinationClusterUid": "0" * 24}):
        api.refused("POST", at, {**body, **wrong}, status=400, code="ReferencedResourceNotFound")
    api.refused("POST", at, {"backupName": name}, status=400, code="InvalidRequest")
    building = data.created(api, "two", data.profile(api, "p"))
    api.refused("POST", at, {**body, "destinationClusterUid": building}, status=409, code="ClusterNotHealthy")
    api.ok("DELETE", f"{path(cluster)}/{name}/request/{request}", status=204)
    api.refused("POST", at, body, status=409, code="BackupNotCompleted")
