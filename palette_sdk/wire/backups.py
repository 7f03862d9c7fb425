"""Backups: where they go, when they are made, what became of them. Credentials stay out of every repr."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .accounts import AwsAccountSpec, GcpAccountSpec
from .base import OpenWire, Wire
from .meta import MetaInput, ObjectMeta, ObjectRef


class LocationSpec(Wire):
    """Kind of a backup location: `type` is s3, minio, gcp or azure."""

    is_default: bool = False
    storage: str = ""
    type: str = ""


class Location(Wire):
    """A backup location in a list."""

    metadata: ObjectMeta = ObjectMeta()
    spec: LocationSpec = LocationSpec()


class Locations(Wire):
    """All backup locations; the service gives them in one page."""

    items: list[Location] = []


class S3Storage(OpenWire):
    """A bucket that speaks S3. `region`, bucket and credentials are needed."""

    bucket_name: str = ""
    region: str = ""
    s3_url: str = Field(default="", alias="s3Url")
    s3_force_path_style: bool | None = Field(default=None, alias="s3ForcePathStyle")
    ca_cert: str = ""
    use_restic: bool | None = None
    credentials: AwsAccountSpec = Field(default=AwsAccountSpec(), repr=False)


class AzureCredentials(OpenWire):
    """How to reach an Azure storage account."""

    client_id: str = ""
    client_secret: str = Field(default="", repr=False)
    tenant_id: str = ""
    subscription_id: str = ""
    client_cloud: str = ""


class AzureStorage(OpenWire):
    """A container of an Azure storage account."""

    resource_group: str = ""
    container_name: str = ""
    storage_name: str = ""
    sku: str = ""
    credentials: AzureCredentials = Field(default=AzureCredentials(), repr=False)


class GcpStorage(OpenWire):
    """A bucket of Google Cloud."""

    bucket_name: str = ""
    project_id: str = ""
    credentials: GcpAccountSpec = Field(default=GcpAccountSpec(), repr=False)


class S3LocationSpec(Wire):
    """An S3 or MinIO location."""

    is_default: bool = False
    type: str = ""
    config: S3Storage


class AzureLocationSpec(Wire):
    """An Azure location."""

    is_default: bool = False
    type: str = ""
    config: AzureStorage


class GcpLocationSpec(Wire):
    """A Google Cloud location."""

    is_default: bool = False
    type: str = ""
    config: GcpStorage


class S3Location(Wire):
    """A location of type s3 or minio, as it is written; credentials are never read back."""

    metadata: MetaInput = MetaInput()
    spec: S3LocationSpec


class AzureLocation(Wire):
    """A location of type azure, as it is written."""

    metadata: MetaInput = MetaInput()
    spec: AzureLocationSpec


class GcpLocation(Wire):
    """A location of type gcp, as it is written."""

    metadata: MetaInput = MetaInput()
    spec: GcpLocationSpec


class Schedule(Wire):
    """When something runs, as five fields of cron; empty: never."""

    scheduled_run_time: str = ""


class BackupConfig(Wire):
    """What is backed up, where to, when, and how long it is kept. No namespaces means all of them."""

    backup_location_uid: str = ""
    backup_location_name: str = ""
    location_type: str = ""
    backup_name: str = ""
    backup_prefix: str = ""
    duration_in_hours: int = 0
    include_all_disks: bool = False
    include_cluster_resource_mode: Literal["Always", "Auto", "Never", ""] = ""
    namespaces: list[str] = []
    schedule: Schedule | None = None


class BackupState(Wire):
    """How far a backup is; `backup_time` is what it is a copy of."""

    state: str = ""
    msg: str = ""
    backup_time: str = ""
    delete_state: str = ""


class BackupStatusMeta(Wire):
    """One backup."""

    backup_name: str = ""
    backup_state: BackupState = BackupState()
    backuped_namespaces: list[str] = []
    expiry_date: str = ""


class BackupRestoreStatus(Wire):
    """A restore of a backup."""

    backup_name: str = ""
    destination_cluster_ref: ObjectRef = ObjectRef()
    restore_state: str = ""


class BackupStatusConfig(Wire):
    """What a backup holds."""

    include_all_disks: bool = False
    include_cluster_resource_mode: str = ""
    namespaces: list[str] = []


class BackupLocationRef(Wire):
    """Where a backup is."""

    name: str = ""
    type: str = ""
    uid: str = ""


class Actor(Wire):
    """Who asked for it."""

    actor_type: str = ""
    uid: str = ""


class ClusterBackupStatus(Wire):
    """The backups of one request: one on demand, or all of a schedule."""

    backup_request_uid: str = ""
    state: str = ""
    backup_config: BackupStatusConfig = BackupStatusConfig()
    backup_location_config: BackupLocationRef = BackupLocationRef()
    backup_status_meta: list[BackupStatusMeta] = []
    restore_status_meta: list[BackupRestoreStatus] = []
    actor: Actor = Actor()


class ClusterBackupSpec(Wire):
    """The schedule of a cluster; None while there is none."""

    cluster_uid: str = ""
    config: BackupConfig | None = None


class ClusterBackupStatuses(Wire):
    """All backups of a cluster."""

    cluster_backup_statuses: list[ClusterBackupStatus] = []


class ClusterBackup(Wire):
    """Answer of `GET .../features/backup`."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ClusterBackupSpec = ClusterBackupSpec()
    status: ClusterBackupStatuses = ClusterBackupStatuses()


class RestoreConfig(Wire):
    """Body of a restore on demand. No namespaces means all of them."""

    backup_name: str
    backup_request_uid: str
    destination_cluster_uid: str
    include_namespaces: list[str] = []
    include_cluster_resource_mode: Literal["Always", "Auto", "Never", ""] = ""
    restore_pvs: bool = Field(default=False, alias="restorePVs")
    preserve_node_ports: bool = False


class RestoreStatusMeta(Wire):
    """How a restore ended."""

    is_succeeded: bool = False
    msg: str = ""
    restore_time: str = ""


class ClusterRestoreStatus(Wire):
    """A restore into a cluster."""

    restore_request_uid: str = ""
    backup_request_uid: str = ""
    backup_name: str = ""
    state: str = ""
    restore_status_meta: RestoreStatusMeta = RestoreStatusMeta()
    source_cluster_ref: ObjectRef = ObjectRef()
    actor: Actor = Actor()


class ClusterRestoreStatuses(Wire):
    """All restores into a cluster."""

    cluster_restore_statuses: list[ClusterRestoreStatus] = []


class ClusterRestore(Wire):
    """Answer of `GET .../features/restore`."""

    metadata: ObjectMeta = ObjectMeta()
    status: ClusterRestoreStatuses = ClusterRestoreStatuses()


class LocationType(Wire):
    """Body of a change of the location's type for the clusters that use it."""

    location_type: str
