"""Backups: locations that clusters are backed up to, schedules, backups on demand, restores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from palette_sdk.errors import InputError
from palette_sdk.wire.backups import (
    AzureLocation,
    BackupConfig,
    ClusterBackup,
    ClusterRestore,
    ClusterRestoreStatus,
    GcpLocation,
    Location,
    Locations,
    RestoreConfig,
    S3Location,
)

from .calls import Calls, path

LocationBody: TypeAlias = S3Location | AzureLocation | GcpLocation

_LOCATIONS = "/v1/users/assets/locations"
_BACKUP = "/v1/spectroclusters/{}/features/backup"
_RESTORE = "/v1/spectroclusters/{}/features/restore"
_MODELS: dict[str, type[S3Location] | type[AzureLocation] | type[GcpLocation]] = {
    "s3": S3Location,
    "minio": S3Location,
    "gcp": GcpLocation,
    "azure": AzureLocation,
}
# The service documents no words; these are Velero's, which makes the backups, and their like.
_DONE = frozenset({"completed", "success", "succeeded", "finished", "available"})
_FAILED = frozenset({"failed", "error", "partiallyfailed", "failedvalidation", "finalizingpartiallyfailed"})


@dataclass(frozen=True)
class Backup:
    """One backup of a cluster.

    Args:
        name: its name.
        request_uid: the request that made it.
        state: the service's word.
        message: what the service says about it.
        backup_time: what it is a copy of (RFC 3339); "" while it is made.
        expiry_date: when it goes away (RFC 3339); "" while it is made.
        location: name of its location.
        is_deleting: it is being deleted.
    """

    name: str
    request_uid: str
    state: str
    message: str
    backup_time: str
    expiry_date: str
    location: str
    is_deleting: bool

    @property
    def is_done(self) -> bool:
        """Whether it is whole and can be restored."""
        return self.state.casefold() in _DONE and not self.is_deleting

    @property
    def is_failed(self) -> bool:
        """Whether it will never be whole."""
        return self.state.casefold() in _FAILED


class Backups:
    """Backup locations of the scope, and backups of its clusters."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    # ---- locations --------------------------------------------------------------------------------------------

    def locations(self, *, fresh: bool = False) -> list[Location]:
        """All locations that the scope can use."""
        rows = self._calls.shared("locations", lambda: self._calls.read(Locations, _LOCATIONS).items, fresh=fresh)
        return list(rows)

    def location_by_name(
        self, name: str, *, scope: Literal["project", "tenant"] = "project", fresh: bool = False
    ) -> list[Location]:
        """Locations with exactly this name; project and tenant may each have one, that of `scope` comes first."""
        rows = [row for row in self.locations(fresh=fresh) if row.metadata.name == name]
        return sorted(rows, key=lambda row: row.metadata.annotations.get("scope") != scope)

    def location(self, type: str, uid: str) -> LocationBody | None:  # noqa: A002 - the service's word
        """A location with its configuration, never its credentials; None when it is gone."""
        found: LocationBody | None = self._calls.find(_model(type), path(f"{_LOCATIONS}/{type}/{{}}", uid))
        return found

    def create_location(self, type: str, body: LocationBody) -> str:  # noqa: A002
        """Makes a location; its uid."""
        _model(type)
        return self._calls.create(f"{_LOCATIONS}/{type}", body)

    def update_location(self, type: str, uid: str, body: LocationBody) -> None:  # noqa: A002
        """Replaces metadata and configuration of a location."""
        _model(type)
        self._calls.write("PUT", path(f"{_LOCATIONS}/{type}/{{}}", uid), body)

    def set_default_location(self, type: str, uid: str) -> None:  # noqa: A002
        """Makes a location the default of its scope."""
        _model(type)
        self._calls.write("PATCH", path(f"{_LOCATIONS}/{type}/{{}}/default", uid))

    def delete_location(self, uid: str) -> bool:
        """Deletes a location; False when it was gone.

        Raises:
            ConflictError: a schedule names it.
        """
        return self._calls.remove(path(f"{_LOCATIONS}/{{}}", uid))

    # ---- schedule ---------------------------------------------------------------------------------------------

    def get(self, cluster_uid: str) -> ClusterBackup | None:
        """Schedule and backups of a cluster, or None when it has neither."""
        return self._calls.find(ClusterBackup, path(_BACKUP, cluster_uid))

    def schedule(self, cluster_uid: str) -> BackupConfig | None:
        """The schedule of a cluster, or None."""
        found = self.get(cluster_uid)
        return found.spec.config if found else None

    def set_schedule(self, cluster_uid: str, config: BackupConfig) -> None:
        """Makes this the schedule of a cluster, whether it has one or not."""
        if self.get(cluster_uid) is None:
            self._calls.create(path(_BACKUP, cluster_uid), config)
        else:
            self._calls.write("PUT", path(_BACKUP, cluster_uid), config)

    def delete_schedule(self, cluster_uid: str) -> bool:
        """Takes the schedule of a cluster away, backups stay; False when there was nothing."""
        return self._calls.remove(path(_BACKUP, cluster_uid))

    # ---- backups ----------------------------------------------------------------------------------------------

    def run(self, cluster_uid: str, config: BackupConfig) -> str:
        """Begins a backup on demand; the uid of its request, by which `of` finds it.

        A call whose answer is lost is not repeated: whoever asks again looks for `config.backup_name` first.

        Raises:
            ConflictError: the cluster is not healthy, or it has a backup of this name.
        """
        return self._calls.create(path(_BACKUP + "/onDemand", cluster_uid), config)

    def of(self, cluster_uid: str, request_uid: str = "") -> list[Backup]:
        """The backups of a cluster, or of one request, those that were made last first."""
        found = self.get(cluster_uid)
        rows = [
            Backup(
                name=meta.backup_name,
                request_uid=status.backup_request_uid,
                state=meta.backup_state.state,
                message=meta.backup_state.msg,
                backup_time=meta.backup_state.backup_time,
                expiry_date=meta.expiry_date,
                location=status.backup_location_config.name,
                is_deleting=bool(meta.backup_state.delete_state),
            )
            for status in (found.status.cluster_backup_statuses if found else [])
            if request_uid in ("", status.backup_request_uid)
            for meta in status.backup_status_meta
        ]
        # Those under way have no time yet and come first.
        return sorted(rows, key=lambda row: (not row.backup_time, row.backup_time), reverse=True)

    def latest(self, cluster_uid: str) -> Backup | None:
        """The newest backup of a cluster that is whole, or None."""
        return next((row for row in self.of(cluster_uid) if row.is_done), None)

    def delete(self, cluster_uid: str, name: str, request_uid: str) -> bool:
        """Begins to delete a backup; False when it was gone.

        Raises:
            ConflictError: it is still made.
        """
        return self._calls.remove(path(_BACKUP + "/{}/request/{}", cluster_uid, name, request_uid))

    # ---- restores ---------------------------------------------------------------------------------------------

    def restore(self, cluster_uid: str, config: RestoreConfig) -> str:
        """Begins to restore a backup of this cluster into one; the uid of the restore."""
        return self._calls.create(path(_RESTORE + "/onDemand", cluster_uid), config)

    def restores(self, cluster_uid: str) -> list[ClusterRestoreStatus]:
        """The restores into a cluster."""
        found = self._calls.find(ClusterRestore, path(_RESTORE, cluster_uid))
        return found.status.cluster_restore_statuses if found else []


def _model(kind: str) -> type[S3Location] | type[AzureLocation] | type[GcpLocation]:
    if kind not in _MODELS:
        raise InputError(f"{kind!r} is no type of backup location; known: {', '.join(_MODELS)}")
    return _MODELS[kind]
