"""The look-up `orphans`: what Palette put on a cluster and no layer names any more, asked while the program runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pulumi

from palette_sdk.errors import InputError, NotFoundError, PaletteError
from palette_sdk.leftovers.model import Leftovers, Orphan
from palette_sdk.resources.arguments import checked, told_plainly
from palette_sdk.resources.cluster.resource import Cluster
from palette_sdk.resources.lookups import ClusterResult, twin
from palette_sdk.resources.program import Scope, program_client
from palette_sdk.rules.nearest import did_you_mean

if TYPE_CHECKING:
    from palette_sdk.client import Palette

_UID = re.compile(r"[0-9a-f]{24}")
_NEEDED = frozenset({"deployments", "statefulsets", "replicasets"})
"""Kinds without which the answer would be taken for complete."""


@checked
def orphans(
    cluster: ClusterResult | str,
    *,
    namespace: str = "",
    admin: bool = False,
    project: str | None = None,
    scope: Scope = "project",
) -> list[Orphan]:
    """What runs on a cluster although no layer names it any more: Palette applies what a profile names, and deletes nothing.

    It asks the cluster itself, by its kubeconfig. While a layer is being rolled out, or can't be told what it names, what it
    may name is left out, with a warning that says so. `orphans_output` takes a `Cluster` of the program, too: it asks after the
    cluster's update, and is unknown in a preview that changes the cluster.

    Args:
        cluster: the result of a look-up, or the cluster's name or uid.
        namespace: only what is in this one; default: all.
        admin: use the administrator's kubeconfig, not the one for people.
        project: name of the project; default: the stack's.
        scope: `tenant` for what belongs to no project.

    Raises:
        ProgramError: there is no such cluster, it is not Running or is simulated, or its API can't be reached or read.
    """
    client = program_client(project=project, scope=scope)
    return told(look(client, uid_of(client, cluster), admin=admin), namespace)


def orphans_output(
    cluster: pulumi.Input[ClusterResult | str] | Cluster,
    *,
    namespace: str = "",
    admin: bool = False,
    project: str | None = None,
    scope: Scope = "project",
) -> pulumi.Output[list[Orphan]]:
    """The same as `orphans` for outputs, and for a cluster of the program; [] for one that comes up for the first time."""
    if not isinstance(cluster, Cluster):
        return _twin(cluster, namespace=namespace, admin=admin, project=project, scope=scope)
    # An output that a change of the cluster makes unknown in a preview: its layers are others then.
    ready: Any = getattr(cluster, "ready", True)
    return pulumi.Output.all(cluster.id, ready).apply(
        lambda known: of_resource(known[0], namespace=namespace, admin=admin, project=project, scope=scope)
    )


_twin = twin(orphans)


@told_plainly
def of_resource(uid: str, *, namespace: str, admin: bool, project: str | None, scope: Scope) -> list[Orphan]:
    """As `orphans`, for the uid of a cluster of the program; [] for one that comes up for the first time."""
    client = program_client(project=project, scope=scope)
    return [] if _is_coming_up(client, uid) else told(look(client, uid, admin=admin), namespace)


def _is_coming_up(client: Palette, uid: str) -> bool:
    """Whether a cluster was never Running, so that nothing can be left on it; where that can't be told it is False.

    Unknown is no such state: a cluster that Palette hears nothing of may have run for long.
    """
    from palette_sdk.client.clusters import NOT_UP, state_of

    return state_of(client.clusters.get(uid)) in NOT_UP


def look(client: Palette, uid: str, *, admin: bool) -> Leftovers:
    """What is left on a cluster.

    Raises:
        PaletteError: it can't be reached, or lets not everything be read that has copies.
    """
    from palette_sdk.leftovers.reading import open_cluster, read_leftovers

    opened = open_cluster(client, uid, admin=admin)
    try:
        found = read_leftovers(client, opened)
    finally:
        opened.api.close()
    lacking = sorted(_NEEDED & set(found.unread))
    if lacking:
        raise PaletteError(
            f'the kubeconfig of "{opened.name}" lets one not list {", ".join(lacking)}, so its orphans can\'t be told.\n'
            "  take the administrator's: admin=True"
        )
    for text in found.notes:
        pulumi.log.warn(f"{opened.name}: {text}")
    return found


def told(found: Leftovers, namespace: str) -> list[Orphan]:
    """The orphans of one namespace, or all."""
    return [each for each in found.orphans if namespace in ("", each.namespace)]


def uid_of(client: Palette, cluster: ClusterResult | str) -> str:
    """The uid of a cluster that a program names.

    Raises:
        PaletteError: there is no cluster of that name or uid; the nearest names are given.
    """
    if isinstance(cluster, ClusterResult):
        return cluster.uid
    row = client.clusters.by_name(cluster)
    if row is not None:
        return str(row.metadata.uid)
    if _UID.fullmatch(cluster):
        if client.clusters.get(cluster) is None:
            raise NotFoundError(f'there is no cluster with the name or uid "{cluster}"')
        return cluster
    names = [each.metadata.name for each in client.clusters.all()]
    raise InputError(f'there is no cluster "{cluster}"; {did_you_mean(cluster, names)}', path="orphans")
