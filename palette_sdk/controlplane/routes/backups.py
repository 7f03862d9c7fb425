"""Backup locations, schedules, backups and restores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from palette_sdk.controlplane import filtering
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.services import backup_locations as locations
from palette_sdk.controlplane.services import clusters_backups as backups
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.wire.backups import (
    AzureLocation,
    BackupConfig,
    GcpLocation,
    LocationType,
    RestoreConfig,
    S3Location,
)
from palette_sdk.wire.base import Wire

Body = dict[str, Any]

_MODELS: dict[str, type[Wire]] = {"s3": S3Location, "minio": S3Location, "gcp": GcpLocation, "azure": AzureLocation}


def list_locations(call: Call) -> Body:
    """All locations in sight."""
    rows = filtering.narrow(locations.listed(call), call.query.get("filters", ""))
    return {"items": filtering.order(rows, call.query.get("orderBy", ""))}


def create_location(kind: str, call: Call) -> Body:
    """Add a location."""
    return {"uid": locations.create(call, kind, call.shaped(_MODELS[kind]))}


def get_location(kind: str, call: Call) -> Body:
    """A location, without credentials."""
    return locations.get(call, kind, call.path["uid"])


def put_location(kind: str, call: Call) -> None:
    """Change a location."""
    locations.update(call, kind, call.path["uid"], call.shaped(_MODELS[kind]))


def delete_location(kind: str, call: Call) -> None:
    """Remove a location."""
    locations.delete(call, kind, call.path["uid"])


def default_location(call: Call) -> None:
    """Make a location the default."""
    locations.make_default(call, call.path["type"], call.path["uid"])


def location_clusters(call: Call) -> Body:
    """The clusters that use a location."""
    return {"clusters": backups.clusters_of(call, call.path["uid"])}


def change_location(call: Call) -> None:
    """Set the type of a location for the clusters that use it."""
    backups.change_location_type(call, call.path["uid"], call.read(LocationType).location_type)


def get(call: Call) -> Body:
    """Schedule and backups of a cluster."""
    doc = documents.cluster_of(call, call.path["uid"])
    return backups.view(call, doc, call.query.get("backupRequestUid", ""))


def post(call: Call) -> Body:
    """The first schedule."""
    doc = documents.changeable(call, call.path["uid"])
    return {"uid": backups.configure(call, doc, call.read(BackupConfig), is_first=True)}


def put(call: Call) -> None:
    """Another schedule."""
    doc = documents.changeable(call, call.path["uid"])
    backups.configure(call, doc, call.read(BackupConfig), is_first=False)


def delete(call: Call) -> None:
    """No schedule."""
    backups.forget(call, documents.changeable(call, call.path["uid"]))


def run(call: Call) -> Body:
    """A backup on demand."""
    return {"uid": backups.run(call, documents.changeable(call, call.path["uid"]), call.read(BackupConfig))}


def delete_backup(call: Call) -> None:
    """Delete one backup."""
    doc = documents.changeable(call, call.path["uid"])
    backups.remove(call, doc, call.path["backupName"], call.path["requestUid"])


def get_restores(call: Call) -> Body:
    """Restores into a cluster."""
    doc = documents.cluster_of(call, call.path["uid"])
    return backups.restores_view(doc, call.query.get("restoreRequestUid", ""))


def restore(call: Call) -> Body:
    """Restore a backup of this cluster."""
    return {"uid": backups.restore(call, documents.changeable(call, call.path["uid"]), call.read(RestoreConfig))}


_LOCATIONS = "/v1/users/assets/locations"
_BACKUP = "/v1/spectroclusters/{uid}/features/backup"
_RESTORE = "/v1/spectroclusters/{uid}/features/restore"


def _of(kind: str) -> list[RouteRow]:
    of: Callable[[Callable[[str, Call], Any]], Callable[[Call], Any]] = lambda act: partial(act, kind)  # noqa: E731
    return [
        ("POST", f"{_LOCATIONS}/{kind}", of(create_location), 201),
        ("GET", f"{_LOCATIONS}/{kind}/{{uid}}", of(get_location), 200),
        ("PUT", f"{_LOCATIONS}/{kind}/{{uid}}", of(put_location), 204),
    ]


ROUTES: tuple[RouteRow, ...] = (
    *(row for kind in locations.TYPES for row in _of(kind)),
    ("GET", _LOCATIONS, list_locations, 200),
    ("DELETE", f"{_LOCATIONS}/{{uid}}", partial(delete_location, ""), 204),
    ("DELETE", f"{_LOCATIONS}/s3/{{uid}}", partial(delete_location, "s3"), 204),
    ("PATCH", f"{_LOCATIONS}/{{type}}/{{uid}}/default", default_location, 204),
    ("GET", "/v1/spectroclusters/features/backup/locations/{uid}", location_clusters, 200),
    ("PUT", "/v1/spectroclusters/features/backup/locations/{uid}", change_location, 204),
    ("GET", _BACKUP, get, 200),
    ("POST", _BACKUP, post, 201),
    ("PUT", _BACKUP, put, 204),
    ("DELETE", _BACKUP, delete, 204),
    ("POST", f"{_BACKUP}/onDemand", run, 201),
    ("DELETE", f"{_BACKUP}/{{backupName}}/request/{{requestUid}}", delete_backup, 204),
    ("GET", _RESTORE, get_restores, 200),
    ("POST", f"{_RESTORE}/onDemand", restore, 201),
)
