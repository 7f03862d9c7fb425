"""Reads what a cluster has and what its layers name: from Palette, and from the cluster itself by its kubeconfig.

Of most kinds only the metadata is asked for, so no data of secrets or config maps leaves the cluster; release records are
read for the names in them. No kubeconfig is ever in an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from palette_sdk.client import Palette
from palette_sdk.client.clusters import is_gone
from palette_sdk.errors import KubernetesError, NotFoundError, PaletteError
from palette_sdk.kube import KubeApi, KubeObject, Resource, managers_of
from palette_sdk.leftovers.judging import PALETTE, SCALABLE, Facts, Layer, judge
from palette_sdk.leftovers.model import Leftovers
from palette_sdk.leftovers.naming import RECORD_LABELS, Name, named_in, releases_in
from palette_sdk.wire.cluster_state import Cluster

SIMULATED = "# Simulated:"
"""How the kubeconfig of a cluster begins behind which nothing runs."""
_RUNNING = "Running"
_AT_ONCE = 8
_SKIPPED = frozenset({"events.k8s.io", "metrics.k8s.io", "coordination.k8s.io", "discovery.k8s.io"})
"""Groups of what comes and goes by itself."""
Connect = Callable[[str], KubeApi]


@dataclass(frozen=True)
class OpenCluster:
    """A running cluster whose Kubernetes API answers.

    Args:
        uid: Palette's identifier.
        name: Palette's name.
        api: its Kubernetes API.
    """

    uid: str
    name: str
    api: KubeApi


def open_cluster(client: Palette, uid: str, *, admin: bool = False, connect: Connect = KubeApi.connect) -> OpenCluster:
    """Connect to a cluster by its kubeconfig.

    Args:
        client: the service.
        uid: the cluster's uid.
        admin: take the administrator's kubeconfig, not the one for people.
        connect: makes the connection.

    Raises:
        PaletteError: it is gone, not Running, or simulated.
        KubernetesError: its kubeconfig can't be used.
    """
    name, text = kubeconfig_of(client, uid, admin=admin)
    try:
        return OpenCluster(uid, name, connect(text))
    except KubernetesError as error:
        raise _told(name, error) from None


def kubeconfig_of(client: Palette, uid: str, *, admin: bool = False) -> tuple[str, str]:
    """A cluster's name, and its kubeconfig, which is a secret.

    Raises:
        PaletteError: it is gone, not Running, has none yet, or is simulated.
    """
    cluster = _running(client, uid)
    name = cluster.metadata.name
    text = client.clusters.admin_kubeconfig(uid) if admin else client.clusters.kubeconfig(uid)
    if text is None:
        raise PaletteError(f'"{name}" has no kubeconfig yet; try again in a while')
    if text.startswith(SIMULATED):
        raise PaletteError(
            f'"{name}" is simulated: no Kubernetes runs behind it, so there are no objects to look at.\n'
            "  run the local Palette with real ones: palette local stop, then palette local start --kubernetes"
        )
    return name, text


def read_leftovers(client: Palette, opened: OpenCluster) -> Leftovers:
    """What Palette put on the cluster and no layer names any more.

    Args:
        client: the service.
        opened: the cluster.

    Raises:
        PaletteError: it is gone, or not Running any more.
        KubernetesError: its API can't be reached, or lets nothing be read.
    """
    cluster = _running(client, opened.uid)
    layers = _layers(cluster)
    try:
        live, records, unread = _objects(opened.api)
    except KubernetesError as error:
        raise _told(opened.name, error) from None
    manifests = _manifests(client, opened.uid)
    # Palette is asked again: what was changed meanwhile would else be held against names of before.
    now = _running(client, opened.uid)
    if _content(now) != _content(cluster):
        layers = [replace(each, condition="Changing") for each in _layers(now)]
    names = {layer.name for layer in layers}
    makers = {
        manager.name
        for record in records
        if ((record.get("metadata") or {}).get("labels") or {}).get("name") in names
        for manager in managers_of(record)
        if manager.name.lower() != "helm"
    }
    found = judge(live, Facts(layers, releases_in(records), manifests, frozenset({PALETTE, *makers})))
    if unread:
        told = ", ".join(unread)
        note = f"the kubeconfig lets one not list {told}, so nothing is told of these."
        return replace(found, notes=(*found.notes, note), unread=tuple(unread))
    return found


def _running(client: Palette, uid: str) -> Cluster:
    cluster = client.clusters.get(uid)
    if cluster is None or is_gone(cluster):
        raise NotFoundError("the cluster is gone from Palette")
    state = cluster.status.state if cluster.status else ""
    if state != _RUNNING:
        raise PaletteError(
            f'"{cluster.metadata.name}" is {state or "just accepted"}; its objects can be looked at once it is Running.\n'
            f"  look how it is: palette clusters {cluster.metadata.name}"
        )
    return cluster


def _content(cluster: Cluster) -> object:
    return _layers(cluster), cluster.spec.cluster_profile_templates


def _layers(cluster: Cluster) -> list[Layer]:
    status = {
        (each.profile_uid, each.name): each.condition for each in (cluster.status.packs if cluster.status else [])
    }
    found = []
    for template in cluster.spec.cluster_profile_templates:
        for pack in template.packs:
            condition = status.get((template.uid, pack.name))
            found.append(
                Layer(
                    name=pack.name,
                    type=pack.type or "spectro",
                    place=pack.layer or "addon",
                    condition=condition.type if condition else "",
                    message=condition.message if condition and condition.type != "Ready" else "",
                )
            )
    return found


def _manifests(client: Palette, uid: str) -> list[Name] | None:
    found: list[Name] = []
    for each in client.clusters.installed_manifests(uid):
        names = named_in(each.content, namespace=each.namespace)
        if names is None:
            return None
        found += names
    return found


def _objects(api: KubeApi) -> tuple[list[KubeObject], list[KubeObject], list[str]]:
    """All objects, the release records, and the kinds that may not be listed."""
    kinds = _listable(api.resources())
    refused: list[str] = []

    def listed(kind: Resource) -> list[KubeObject]:
        is_whole = (kind.group == "apps" and kind.kind in SCALABLE) or kind.group == "autoscaling"
        try:
            return api.list(kind, metadata_only=not is_whole)
        except KubernetesError as error:
            if error.status == 403:
                refused.append(kind.plural)
            elif is_whole or error.status not in (404, 405, 503):  # a kind that went away, or whose server is away
                raise
            return []

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        live = [each for rows in pool.map(listed, kinds) for each in rows]
    if len(refused) == len(kinds):
        raise KubernetesError("the kubeconfig lets one list nothing", server=api.server, status=403)
    secrets = api.resource("v1", "Secret")
    try:
        records = [] if "secrets" in refused else api.list(secrets, labels=RECORD_LABELS)
    except KubernetesError as error:
        if error.status != 403:
            raise
        records = []
    return live, records, sorted(refused)


def _listable(kinds: Sequence[Resource]) -> list[Resource]:
    """One version of each kind that can be listed; the server tells the preferred one first."""
    found: dict[tuple[str, str], Resource] = {}
    for each in kinds:
        if "list" in each.verbs and each.group not in _SKIPPED:
            found.setdefault((each.group, each.kind), each)
    return list(found.values())


def _told(name: str, error: KubernetesError) -> KubernetesError:
    """The error with the cluster's name and a way out."""
    if error.status == 401:
        hint = "the cluster doesn't know its kubeconfig's credentials; fetch it anew, or look whether the cluster was replaced"
    elif error.status == 403:
        hint = "the kubeconfig for people lacks rights there; take the administrator's: --admin, or admin=True"
    elif error.status == 0:
        hint = "look whether the cluster runs, and whether its API can be reached from here: palette clusters " + name
    else:
        hint = "what the cluster said is above; try again"
    return KubernetesError(
        f'the Kubernetes API of "{name}": {error.message}\n  {hint}',
        server=error.server,
        status=error.status,
        reason=error.reason,
    )
