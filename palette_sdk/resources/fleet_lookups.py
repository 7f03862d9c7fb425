"""Look-ups of what fleets are made of: maintenance policies and cluster templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked
from palette_sdk.resources.lookups import twin
from palette_sdk.resources.program import Scope, program_client
from palette_sdk.rules.nearest import did_you_mean


@dataclass(frozen=True)
class MaintenancePolicyResult:
    """A maintenance policy."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    schedules: Mapping[str, Mapping[str, str | int]]
    """Its windows by name: `cron` and `duration_h`, hours."""
    templates: tuple[str, ...]
    """Names of the cluster templates that use it now."""


@dataclass(frozen=True)
class ClusterTemplateResult:
    """A cluster template, and how far its clusters are."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    cloud: str
    """The cloud of its clusters."""
    state: str
    """`Pending`, `PartiallyApplied`, `Applied` or `Failed`, over all its clusters."""
    profiles: Mapping[str, Mapping[str, str]]
    """The versions it links by the profile's name: `uid` and `version`."""
    maintenance: str
    """Uid of its maintenance policy; empty without one."""
    clusters: tuple[str, ...]
    """Names of the clusters that follow it now."""
    next_window: str
    """When a window opens next for any of its clusters, or since when one is open: RFC 3339; empty without a policy."""


@checked
def get_maintenance_policy(
    name: str, *, project: str | None = None, scope: Scope = "project"
) -> MaintenancePolicyResult:
    """The maintenance policy of that name, with its windows and the templates that use it.

    Args:
        name: the policy's name.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project. A project sees its tenant's, too.

    Raises:
        ProgramError: there is none; the nearest names are given.
    """
    client = program_client(project=project, scope=scope)
    rows = client.policies.by_name(name, scope=scope)
    found = client.policies.get(rows[0].uid) if rows else None
    if found is None:
        names = [row.name for row in client.policies.metadata()]
        raise InputError(
            f'there is no maintenance policy "{name}" here; {did_you_mean(name, names)}', path="get_maintenance_policy"
        )
    uid = found.metadata.uid
    users = [row.status.in_use_cluster_templates for row in client.policies.search() if row.metadata.uid == uid]
    return MaintenancePolicyResult(
        uid=uid,
        name=found.metadata.name,
        schedules={
            item.name: {"cron": item.start_cron, "duration_h": item.duration_hrs} for item in found.spec.schedules
        },
        templates=tuple(user.name for rows in users for user in rows),
    )


@checked
def get_cluster_template(name: str, *, project: str | None = None, scope: Scope = "project") -> ClusterTemplateResult:
    """The cluster template of that name, and how far its clusters are at this moment.

    Args:
        name: the template's name.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project. A project sees its tenant's, too.

    Raises:
        ProgramError: there is none; the nearest names are given.
    """
    client = program_client(project=project, scope=scope)
    rows = client.templates.by_name(name, scope=scope)
    found = client.templates.get(rows[0].uid) if rows else None
    if found is None:
        names = [row.name for row in client.templates.metadata()]
        raise InputError(
            f'there is no cluster template "{name}" here; {did_you_mean(name, names)}', path="get_cluster_template"
        )
    linked = [(each.uid, client.profiles.cached(each.uid)) for each in found.spec.profiles]
    return ClusterTemplateResult(
        uid=found.metadata.uid,
        name=found.metadata.name,
        cloud=found.spec.cloud_type,
        state=found.status.state,
        profiles={
            profile.metadata.name: {"uid": uid, "version": profile.spec.version or "1.0.0"}
            for uid, profile in linked
            if profile is not None
        },
        maintenance=next((policy.uid for policy in found.spec.policies), ""),
        clusters=tuple(sorted(cluster.name for cluster in found.spec.clusters.values())),
        next_window=found.status.maintenance.next_window_start_time,
    )


get_maintenance_policy_output = twin(get_maintenance_policy)
get_cluster_template_output = twin(get_cluster_template)
