"""Decisions about backups that the contract of the API leaves open, in the form of `assumptions`."""

from __future__ import annotations

from palette_sdk.controlplane.assumptions import Assumption

LOCATION_TYPES = Assumption(
    "types of backup locations",
    "s3, minio, gcp, azure, each under its own path; a uid under another type's path is not found, a body that says "
    "another type is refused. `storage` in the list is empty for azure. One default a scope; making another one the "
    "default takes it from the first.",
    "The description has paths for four types, and three words for `storage`.",
    400,
    "InvalidRequest",
)
LOCATION_CREDENTIALS = Assumption(
    "credentials of backup locations",
    "Needed at create (for s3 and minio by `credentialType`), never kept: a GET shows the credential type only. A PUT "
    "without them is accepted.",
    "What is not kept can't leak.",
)
SEEDED_LOCATION = Assumption(
    "backup locations of a new control plane",
    "One: `s3-main` of the tenant, type s3, the default. It has no bucket behind it; backups are records only.",
    "A program that looks one up runs at once.",
)
BACKUP_NOT_CONFIGURED = Assumption(
    "GET, PUT and DELETE of backups of a cluster that has none",
    "GET and PUT: 404 with BackupNotConfigured while there is neither a schedule nor a backup. With backups but "
    "without a schedule, GET answers 200 without `spec.config`, and PUT makes the schedule. DELETE is 204 and leaves "
    "the backups.",
    "Clients take the code, or ResourceNotFound, for: none; they GET, then POST when there was none, else PUT.",
    404,
    "BackupNotConfigured",
)
BACKUP_CONFIGURED = Assumption(
    "POST of a schedule where there is one",
    "Refused.",
    "PUT is the call for that.",
    409,
    "BackupAlreadyConfigured",
)
BACKUP_INVALID = Assumption(
    "a schedule, or a backup on demand, that can't be",
    "Refused: an unknown location (`ReferencedResourceNotFound`), `locationType` against the location's, "
    "`durationInHours` below 1, a schedule that is no cron expression of five fields. An empty schedule is accepted "
    "and never runs. The same at create of a cluster (`policies.backupPolicy`).",
    "It could never run.",
    400,
    "BackupConfigInvalid",
)
BACKUP_NEEDS_HEALTH = Assumption(
    "a backup or a restore of a cluster that is not healthy",
    "On demand: refused. By schedule: passed over until the cluster was healthy once, recorded as Failed later.",
    "The documentation names a healthy cluster as a prerequisite.",
    409,
    "ClusterNotHealthy",
)
BACKUP_NAMES = Assumption(
    "names of backups",
    "`backupName` on demand, which must be free; else `backupPrefix` (or the cluster's name) and the moment in UTC.",
    "Names address backups.",
    409,
    "BackupAlreadyExists",
)
BACKUP_BUSY = Assumption(
    "deleting or restoring a backup that is not Completed",
    "Restoring is refused; deleting is refused while it is InProgress. A DELETE that is repeated changes nothing.",
    "There is nothing whole to take.",
    409,
    "BackupNotCompleted",
)
BACKUP_TIMES = Assumption(
    "states and times of backups and restores",
    "InProgress for 2 to 5 minutes, then Completed, or Failed with a message; Deleting for up to a minute, then gone. "
    "`backupTime` (the start) and `expiryDate` (`durationInHours` later) are told once it has ended; then the backup "
    "goes away by itself. Schedules run in UTC.",
    "The words and the clock are those of Velero, which the service uses.",
)
BACKUP_REQUESTS = Assumption(
    "what a backup request is",
    "One on demand, or a schedule with all its backups: `backupRequestUid` is what the POST answered. The newest "
    "request comes first. A new schedule after a DELETE is a new request, a PUT is not.",
    "The status is a list of requests, each with a list of backups.",
)
RESTORES = Assumption(
    "what a restore does",
    "It is kept with the destination cluster and told there and with the backup; its state goes from InProgress to "
    "Completed in 2 to 5 minutes. Nothing that runs changes. An unknown backup or cluster in the body is 400.",
    "Backups hold no data here.",
)
BACKUP_LOCATION_CHANGE = Assumption(
    "PUT of `features/backup/locations/{uid}`",
    "Sets `locationType` in the schedules that name the location; a type that is not the location's is refused. GET "
    "lists the clusters whose schedule names it.",
    "The body has nothing else.",
    400,
    "BackupConfigInvalid",
)
