"""Look-ups: what exists in Palette, asked while the program runs. Lists are shared within a run.

Each has an `_output` twin that takes outputs. What isn't there ends the program with one clear text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, cast

import pulumi

from palette_sdk.errors import InputError, NotFoundError
from palette_sdk.resources.arguments import checked
from palette_sdk.resources.program import AccountCloud, Cloud, Scope, Tags, program_client
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.tags import from_labels, parse_tags

if TYPE_CHECKING:
    from palette_sdk.client import Palette

P = ParamSpec("P")
T = TypeVar("T")
LayerKind = Literal["os", "k8s", "cni", "csi", "addon"]
PUBLIC = "Public Repo"
"""The registry of packs that every Palette has."""
LAYER_OF_PACK: Mapping[str, LayerKind] = {"os": "os", "kernel": "os", "k8s": "k8s", "cni": "cni", "csi": "csi"}


@dataclass(frozen=True)
class RegistryResult:
    """A registry of packs, charts or OCI artefacts."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    kind: str
    """`pack`, `helm` or `oci`."""


@dataclass(frozen=True)
class PackResult:
    """A version of a pack."""

    name: str
    """The pack's name."""
    version: str
    """The version that was found."""
    tag: str
    """The version as it was asked for, which may be a moving one (`1.30.x`)."""
    uid: str
    """Palette's identifier of this version."""
    registry_uid: str
    """Palette's identifier of its registry."""
    layer: LayerKind
    """Its place in the stack: OS, Kubernetes, network, storage or add-on."""
    type: str
    """How it is delivered."""
    values: str = field(repr=False)
    """Its default values, a YAML document as text."""
    versions: tuple[str, ...] = ()
    """All its versions in the registry, the lowest first."""


@dataclass(frozen=True)
class CloudAccountResult:
    """A cloud account; its credentials are never read."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    cloud: str
    """The cloud that was asked for."""


@dataclass(frozen=True)
class BackupLocationResult:
    """A place where backups of clusters go; its credentials are never read."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    type: str
    """`s3`, `minio`, `gcp` or `azure`."""
    is_default: bool
    """Whether backups go there where nothing else is said."""


@dataclass(frozen=True)
class ProfileResult:
    """A version of a profile."""

    uid: str
    """Palette's identifier of this version."""
    name: str
    """The profile's name."""
    version: str
    """Its number, `major.minor.patch`."""
    cloud: str
    """The cloud it is for; `all` for add-on profiles."""
    type: str
    """`cluster`, `infra` or `add-on`."""
    versions: Mapping[str, str]
    """Uids of all versions of that name, by number."""
    clusters: tuple[str, ...]
    """Names of the clusters that use this version now."""
    used_by: Mapping[str, tuple[str, ...]]
    """Names of the project's clusters that use each version now, by number."""
    layers: Mapping[str, Mapping[str, str]]
    """`type` and `version` of each layer, by name."""


@dataclass(frozen=True)
class ClusterResult:
    """A cluster as a list shows it."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    cloud: str
    """The cloud it runs in."""
    state: str
    """`Pending`, `Provisioning`, `Running`, `Deleting`, `Error` and so on; empty just after it was accepted."""
    health: str
    """`Healthy`, `UnHealthy` or `Unknown`."""
    tags: Mapping[str, str]
    """Tags; a bare tag has an empty value."""
    has_pending_update: bool
    """Whether an update of a profile waits."""
    profiles: Mapping[str, str]
    """Uids of the attached versions, by the profile's name."""


@dataclass(frozen=True)
class ClusterStatusResult:
    """The state of a cluster and of its layers now; read anew at each call."""

    uid: str
    """Palette's identifier."""
    name: str
    """Palette's name."""
    state: str
    """As in `ClusterResult`."""
    health: str
    """As in `ClusterResult`."""
    layers: Mapping[str, str]
    """Condition of each layer by name, such as `Ready` or `WaitingForOtherLayers`."""
    conditions: tuple[str, ...]
    """The cluster's conditions, each as type and message."""


def twin(lookup: Callable[P, T]) -> Callable[..., pulumi.Output[T]]:
    """The same look-up for outputs: it runs when all its arguments are known."""

    @wraps(lookup)
    def output(*args: Any, **kwargs: Any) -> pulumi.Output[T]:
        both = pulumi.Output.all(list(args), kwargs)
        return both.apply(lambda known: cast("Callable[..., T]", lookup)(*known[0], **known[1]))

    return output


@checked
def get_registry(name: str, *, project: str | None = None, scope: Scope = "project") -> RegistryResult:
    """The registry of that name.

    Args:
        name: the registry's name.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: there is none; those that exist are named.
    """
    client = program_client(project=project, scope=scope)
    found = client.registries.by_name(name)
    if found is None:
        names = [row.name for row in client.registries.list()]
        raise InputError(f'there is no registry "{name}"; {did_you_mean(name, names)}', path="get_registry")
    return RegistryResult(found.uid, found.name, found.kind)


@checked
def get_pack(
    name: str,
    version: str | None = None,
    *,
    registry: str | None = None,
    cloud: Cloud | None = None,
    project: str | None = None,
    scope: Scope = "project",
) -> PackResult:
    """A version of a pack, with its default values.

    Args:
        name: the pack's name, such as `cni-calico`.
        version: the version or a moving tag (`1.30.x`); default: the latest.
        registry: name of the registry; default: `Public Repo`.
        cloud: only versions for this cloud; default: all.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: no such pack or version; the nearest names are given.
    """
    client = program_client(project=project, scope=scope)
    repo = get_registry(registry or PUBLIC, project=project, scope=scope)
    return pack_in(client, repo, name, version, cloud=cloud or "all", path="get_pack")


def pack_in(
    client: Palette, repo: RegistryResult, name: str, version: str | None, *, cloud: str, path: str
) -> PackResult:
    """A version of a pack of a registry; see `get_pack`.

    Args:
        client: the client to ask with.
        repo: the registry.
        name: the pack's name.
        version: the version or a moving tag; None for the latest.
        cloud: only versions for this cloud; `all` for all.
        path: who asks, for the message.

    Raises:
        InputError: no such pack or version; the nearest names are given.
    """
    found = client.packs.in_registry(name, repo.uid, cloud_type=cloud)
    if found is None or not found.tags:
        names = client.packs.names()
        suffix = f" for {cloud}" if cloud != "all" else ""
        raise InputError(f'there is no pack "{name}"{suffix} in {repo.name}; {did_you_mean(name, names)}', path=path)
    versions = sorted({tag.version for tag in found.tags}, key=_order)
    wanted = version or versions[-1]
    tag = next((tag for tag in found.tags if wanted in (tag.version, tag.tag)), None)
    if tag is None:
        moving = [tag for tag in found.tags if wanted in tag.parent_tags]
        tag = max(moving, key=lambda item: _order(item.version), default=None)
    if tag is None:
        raise InputError(f'pack "{name}" has no version {wanted}; {did_you_mean(wanted, versions)}', path=path)
    content = next((item for item in found.pack_values if item.pack_uid == tag.pack_uid), None)
    return PackResult(
        name=found.name or name,
        version=tag.version,
        tag=wanted,
        uid=tag.pack_uid,
        registry_uid=repo.uid,
        layer=LAYER_OF_PACK.get(found.layer, "addon"),
        type="spectro",
        values=content.values if content else "",
        versions=tuple(versions),
    )


def _order(version: str) -> tuple[Any, ...]:
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in version.replace("-", ".").split(".")
    )


@checked
def get_cloud_account(
    name: str, *, cloud: AccountCloud, project: str | None = None, scope: Scope = "project"
) -> CloudAccountResult:
    """The cloud account of that name; eks, aks and gke use those of aws, azure and gcp.

    Args:
        name: the account's name.
        cloud: the cloud it is for.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: there is none; those that exist are named.
    """
    client = program_client(project=project, scope=scope)
    rows = client.accounts.by_name(cloud, name, scope=scope)
    if not rows:
        names = [row.metadata.name for row in client.accounts.list(cloud)]
        raise InputError(
            f'there is no {cloud} cloud account "{name}" here; {did_you_mean(name, names)}', path="get_cloud_account"
        )
    return CloudAccountResult(rows[0].metadata.uid, name, cloud)


@checked
def get_profile(
    name: str, version: str | None = None, *, project: str | None = None, scope: Scope = "project"
) -> ProfileResult:
    """A version of a profile, all versions of its name, and the clusters that use it now.

    Args:
        name: the profile's name.
        version: its version; default: the latest.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: no such profile or version; those that exist are named.
    """
    from palette_sdk.rules.versions import latest

    client = program_client(project=project, scope=scope)
    versions = client.profiles.versions(name, scope=scope)
    if not versions:
        names = sorted({row.metadata.name for row in client.profiles.metadata()})
        raise InputError(f'there is no profile "{name}"; {did_you_mean(name, names)}', path="get_profile")
    wanted = version or str(latest(list(versions)))
    if wanted not in versions:
        raise InputError(
            f'profile "{name}" has no version {wanted}; {did_you_mean(wanted, list(versions))}', path="get_profile"
        )
    return _profile(versions[wanted], project=project, scope=scope)


@checked
def profile_by_uid(uid: str, *, project: str | None = None, scope: Scope = "project") -> ProfileResult:
    """The version of a profile with that uid."""
    return _profile(uid, project=project, scope=scope)


def _profile(uid: str, *, project: str | None, scope: Scope) -> ProfileResult:
    client = program_client(project=project, scope=scope)
    found = client.profiles.cached(uid)
    if found is None:
        raise NotFoundError(
            f'there is no profile version with uid "{uid}"',
            hint=f'a bare text is always a uid; by name: palette.get_profile("{uid}"); else check project= or scope=',
        )
    template = found.spec.published or found.spec.draft
    packs = template.packs if template else []
    own = found.metadata.annotations.get("scope", scope)
    versions = client.profiles.versions(found.metadata.name, scope="tenant" if own == "tenant" else "project")
    users: dict[str, list[str]] = {uid: [] for uid in versions.values()}
    for row in client.clusters.all():
        for used in row.spec_summary.cluster_profile_templates:
            if used.uid in users:
                users[used.uid].append(row.metadata.name)
    return ProfileResult(
        uid=uid,
        name=found.metadata.name,
        version=found.spec.version or "1.0.0",
        cloud=template.cloud_type if template else "all",
        type=template.type if template else "",
        versions=versions,
        clusters=tuple(user.name for user in found.status.in_use_clusters),
        used_by={number: tuple(users[uid]) for number, uid in versions.items()},
        layers={pack.name: {"type": pack.type or "spectro", "version": pack.version or pack.tag} for pack in packs},
    )


@checked
def get_clusters(*, tags: Tags = (), project: str | None = None, scope: Scope = "project") -> list[ClusterResult]:
    """Clusters that have all these tags, in the order of the service; without tags, all.

    Args:
        tags: `["env:prod"]` or a mapping; default: none.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.
    """
    client = program_client(project=project, scope=scope)
    wanted = parse_tags(cast("Mapping[str, str] | Sequence[str]", tags))
    found = [_cluster(row) for row in client.clusters.all()]
    return [row for row in found if wanted.items() <= row.tags.items()]


@checked
def get_backup_location(name: str, *, project: str | None = None, scope: Scope = "project") -> BackupLocationResult:
    """The backup location of that name, for `BackupPolicy`.

    Args:
        name: the location's name.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project. A project sees its tenant's, too.

    Raises:
        ProgramError: there is none; the nearest names are given.
    """
    client = program_client(project=project, scope=scope)
    found = client.backups.location_by_name(name, scope=scope)
    if not found:
        names = [row.metadata.name for row in client.backups.locations()]
        raise InputError(
            f'there is no backup location "{name}"; {did_you_mean(name, names)}', path="get_backup_location"
        )
    row = found[0]
    return BackupLocationResult(row.metadata.uid, row.metadata.name, row.spec.type, row.spec.is_default)


@checked
def get_cluster(name: str, *, project: str | None = None, scope: Scope = "project") -> ClusterResult:
    """The cluster of that name.

    Args:
        name: the cluster's name.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: there is none; the nearest names are given.
    """
    client = program_client(project=project, scope=scope)
    row = client.clusters.by_name(name)
    if row is None:
        names = [item.metadata.name for item in client.clusters.all()]
        raise InputError(f'there is no cluster "{name}"; {did_you_mean(name, names)}', path="get_cluster")
    return _cluster(row)


@checked
def get_cluster_status(name: str, *, project: str | None = None, scope: Scope = "project") -> ClusterStatusResult:
    """State, health and layers of a cluster as they are at this moment.

    Args:
        name: the cluster's name.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: there is none; the nearest names are given.
    """
    row = get_cluster(name, project=project, scope=scope)
    client = program_client(project=project, scope=scope)
    seen = client.clusters.overview(row.uid)
    if seen is None:
        raise NotFoundError(f'the cluster "{name}" is gone', hint="run `pulumi refresh`")
    return ClusterStatusResult(
        uid=row.uid,
        name=name,
        state=seen.status.state,
        health=seen.status.health.state if seen.status.health else "Unknown",
        layers={pack.name: pack.condition.type for pack in seen.status.packs},
        conditions=tuple(f"{item.type}: {item.message or item.status}" for item in seen.status.conditions),
    )


def _cluster(row: Any) -> ClusterResult:
    spec, status = row.spec_summary, row.status
    return ClusterResult(
        uid=row.metadata.uid,
        name=row.metadata.name,
        cloud=spec.cloud_config.cloud_type,
        state=status.state,
        health=status.health.state if status.health else "Unknown",
        tags=from_labels(row.metadata.labels),
        has_pending_update=status.notifications.is_available,
        profiles={template.name: template.uid for template in spec.cluster_profile_templates},
    )


get_registry_output = twin(get_registry)
get_pack_output = twin(get_pack)
get_cloud_account_output = twin(get_cloud_account)
get_profile_output = twin(get_profile)
get_backup_location_output = twin(get_backup_location)
get_clusters_output = twin(get_clusters)
get_cluster_output = twin(get_cluster)
get_cluster_status_output = twin(get_cluster_status)
