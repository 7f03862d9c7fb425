"""Backups of a cluster from a hook: its schedule, and one before a change of version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import waits
from palette_sdk.resources.cluster.live import LiveCluster
from palette_sdk.resources.cluster.sending import Sent
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.backup_guard import LatestBackup, backup_guard, is_recent
from palette_sdk.rules.unknown import known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.backups import BackupConfig

Props = dict[str, Any]
DEFAULT_AGE_S = 24 * 3600.0
NAME_PREFIX = "before"


def policy_body(backup: Mapping[str, Any]) -> Props:
    """The schedule of a backup policy as the API wants it."""
    return {
        "backupLocationUid": backup["location"],
        "backupPrefix": backup.get("prefix", ""),
        "schedule": {"scheduledRunTime": backup["schedule"]},
        "durationInHours": int(backup["expires_after"] // 3600),
        "includeAllDisks": bool(backup.get("disks", True)),
        "includeClusterResourceMode": str(backup.get("cluster_resources", "auto")).capitalize(),
        "namespaces": list(backup.get("namespaces") or []),
    }


def observed_policy(config: BackupConfig | None, declared: Mapping[str, Any]) -> Props | None:
    """The declared policy with what is otherwise on the service; None where there is no schedule."""
    if config is None or config.schedule is None or not config.schedule.scheduled_run_time:
        return None
    seen: Props = {
        "location": config.backup_location_uid,
        "schedule": config.schedule.scheduled_run_time,
        "prefix": config.backup_prefix,
        "expires_after": config.duration_in_hours * 3600,
        "namespaces": sorted(config.namespaces),
        "disks": config.include_all_disks,
        "cluster_resources": (config.include_cluster_resource_mode or "Auto").lower(),
    }
    return {key: value for key, value in seen.items() if key in declared or value}


def write_policy(client: Palette, uid: str, new: Props, old: Props) -> None:
    """Bring the schedule in line: set, changed, or taken away when it left the program. Backups stay."""
    from palette_sdk.wire.backups import BackupConfig

    wanted, former = new.get("backup"), old.get("backup")
    if wanted:
        if observed_policy(client.backups.schedule(uid), wanted) != dict(wanted):
            client.backups.set_schedule(uid, BackupConfig.of(policy_body(wanted)))
    elif former:
        client.backups.delete_schedule(uid)


def version_changes(live: LiveCluster, new: Props, sent: list[Sent]) -> list[str]:
    """Profiles that move to another version: `aws-profile 1.0.0 -> 1.1.0`."""
    found = []
    for item in sent:
        profile = mapping(new["profiles"].get(item.key))
        attached = live.by_name(str(profile.get("name", item.key)))
        if item.replaces and attached is not None:
            version = known_or(profile.get("version"), "(known after apply)")
            found.append(f"{attached.name} {attached.version} -> {version}")
    return found


def latest_backup(client: Palette, uid: str) -> LatestBackup:
    """The newest whole backup, and the service's time."""
    newest = client.backups.latest(uid)
    now = client.service_time()
    return LatestBackup(newest.name, newest.backup_time, now) if newest is not None else LatestBackup(now=now)


def judge(client: Palette, live: LiveCluster, new: Props, sent: list[Sent]) -> str | InputError | None:
    """What stands between the cluster and a change of version: nothing, something to tell, or a refusal."""
    guards = mapping(new.get("guards"))
    mode, changes = guards.get("before_update", "warn"), version_changes(live, new, sent)
    if mode == "off" or not changes:
        return None
    age = float(guards.get("backup_max_age", DEFAULT_AGE_S))
    name = str(known_or(new["name"], live.cluster.metadata.name))
    return backup_guard(name, ", ".join(changes), latest_backup(client, live.uid), mode=mode, max_age_s=age)


def back_up(
    hook: Hook, client: Palette, live: LiveCluster, new: Props, *, changes: list[str], deadline_s: float
) -> None:
    """Make a backup and wait until it is whole, unless there is a recent one; one that is under way is waited for.

    Raises:
        InputError: there is no location to put it.
        WaitError: it did not become whole.
    """
    from palette_sdk.wire.backups import BackupConfig

    guards = mapping(new.get("guards"))
    age = float(guards.get("backup_max_age", DEFAULT_AGE_S))
    if is_recent(latest_backup(client, live.uid), age):
        return
    declared = mapping(new.get("backup"))
    location = declared.get("location") or _default_location(client, live, new)
    name = _name_of(new, changes)
    rows = [row for row in client.backups.of(live.uid) if row.name == name]
    if rows and rows[0].is_failed:
        client.backups.delete(live.uid, rows[0].name, rows[0].request_uid)
        name, rows = f"{name}-again", []
    if not rows:
        policy = policy_body({"schedule": "", "expires_after": 30 * 24 * 3600, **declared, "location": location})
        policy.pop("schedule")
        try:
            client.backups.run(live.uid, BackupConfig.of({**policy, "backupName": name}))
        except ConflictError:
            if not any(row.name == name for row in client.backups.of(live.uid)):  # an answer that was lost
                raise
    hook.info(f"{new['name']}: backup {name} is made before {', '.join(changes)}")
    waits.until_backed_up(hook, client, live.uid, cluster=new["name"], backup=name, deadline_s=deadline_s)


def _default_location(client: Palette, live: LiveCluster, new: Props) -> str:
    schedule = client.backups.schedule(live.uid)
    if schedule is not None and schedule.backup_location_uid:
        return schedule.backup_location_uid
    locations = client.backups.locations()
    default = [row.metadata.uid for row in locations if row.spec.is_default]
    if default:
        return default[0]
    known = ", ".join(row.metadata.name for row in locations) or "none"
    raise InputError(
        f'"{new["name"]}": a backup before the update has no place to go; locations: {known}.\n'
        "  give one: backup=BackupPolicy(get_backup_location(...), ...), or make one the default in Palette",
        path="guards.before_update",
    )


def _name_of(new: Props, changes: list[str]) -> str:
    """A name that the same change gets again after a crash, and another change doesn't."""
    from palette_sdk.rules.tokens import token

    rows = {key: mapping(new["profiles"].get(key)).get("uid") for key in new["profiles"]}
    return token(NAME_PREFIX, {"cluster": new["marker"], "to": rows, "changes": changes})
