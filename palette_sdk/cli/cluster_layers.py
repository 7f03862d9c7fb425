"""The layers of a cluster as it runs them, and of the versions that it could run: read from the service, with texts.

Reads only. Which layers are overridden is what the service says, not what a comparison would guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from palette_sdk.client import Palette
from palette_sdk.client.clusters import is_gone
from palette_sdk.errors import NotFoundError, PaletteError
from palette_sdk.merge import Content
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.wire.cluster_state import ClusterSummary
from palette_sdk.wire.profiles import PackRef


@dataclass(frozen=True)
class Layer:
    """One layer, of a cluster or of a version.

    Args:
        name: its name.
        kind: its place in the stack: os, k8s, cni, csi or addon.
        type: how it is delivered: spectro, helm, oci or manifest.
        version: of its pack; empty for manifests.
        content: its values and manifests.
        manifest_uids: uids of its manifests there, by name.
    """

    name: str
    kind: str
    type: str
    version: str
    content: Content = field(repr=False)
    manifest_uids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Overridden:
    """What of a layer is overridden on a cluster.

    Args:
        values: whether its values are.
        manifests: names of the manifests that are.
    """

    values: bool = False
    manifests: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.values or bool(self.manifests)


@dataclass(frozen=True)
class Version:
    """A version of a profile with its layers, in their order."""

    uid: str
    name: str
    version: str
    type: str
    layers: Mapping[str, Layer]


@dataclass(frozen=True)
class LiveCluster:
    """A cluster with what it runs.

    Args:
        uid: its uid.
        name: its name.
        state: its state in the service's words.
        profiles: the attached versions with the layers as they run.
        pending: uids of attached versions that were edited in place since they were applied.
        template: uid of the cluster template that it follows; empty without one.
    """

    uid: str
    name: str
    state: str
    profiles: tuple[Version, ...]
    pending: frozenset[str]
    template: str = ""


def named(client: Palette, name: str) -> ClusterSummary:
    """The cluster of that name.

    Raises:
        PaletteError: there is none; the nearest names are given.
    """
    row = client.clusters.by_name(name, fresh=True)
    if row is None:
        known = did_you_mean(name, [each.metadata.name for each in client.clusters.all()])
        raise PaletteError(f'there is no cluster "{name}" in project {client.project}; {known}')
    return row


def read_cluster(client: Palette, name: str) -> LiveCluster:
    """The cluster of that name with what it runs.

    Raises:
        PaletteError: there is none.
    """
    live = live_cluster(client, named(client, name).metadata.uid)
    if live is None:
        raise NotFoundError(f'the cluster "{name}" is gone')
    return live


def live_cluster(client: Palette, uid: str, *, has_update: bool = True) -> LiveCluster | None:
    """The cluster with that uid with what it runs; None when it is gone.

    Args:
        client: the service.
        uid: the cluster's uid.
        has_update: whether an update may wait; without one it isn't asked which.
    """
    cluster = client.clusters.get(uid)
    if cluster is None or is_gone(cluster):
        return None
    texts = {
        row.metadata.uid: {pack.spec.name: pack.spec.manifests for pack in row.spec.packs}
        for row in client.clusters.packs_manifests(uid)
    }
    profiles = []
    for template in cluster.spec.cluster_profile_templates:
        manifests = texts.get(template.uid, {})
        layers = {}
        for pack in template.packs:
            rows = manifests.get(pack.name, [])
            content = {row.name: row.content for row in rows}
            layers[pack.name] = _layer(pack, content, {row.name: row.uid for row in rows})
        version = template.profile_version or "1.0.0"
        profiles.append(Version(template.uid, template.name, version, template.type, layers))
    state = cluster.status.state if cluster.status else ""
    pending = frozenset(each.uid for each in client.clusters.profile_updates(uid)) if has_update else frozenset()
    follows = cluster.spec.cluster_template.uid if cluster.spec.cluster_template else ""
    return LiveCluster(uid, cluster.metadata.name, state, tuple(profiles), pending, follows)


def overridden(
    client: Palette, cluster: LiveCluster, profile: Version, layers: Iterable[str] | None = None
) -> dict[str, Overridden]:
    """What the service says is overridden, by layer; layers with nothing overridden are left out.

    Args:
        client: the service.
        cluster: the cluster.
        profile: one of its profiles.
        layers: only these layers are asked for; default: all.
    """
    found = {}
    for name in profile.layers if layers is None else layers:
        rows = [row.spec for row in client.clusters.pack_config(cluster.uid, profile.uid, name)]
        manifests = {each.name for row in rows for each in row.manifests if each.is_overridden}
        what = Overridden(any(row.is_values_overridden for row in rows), tuple(sorted(manifests)))
        if what:
            found[name] = what
    return found


def published(client: Palette, uid: str) -> Version:
    """A version as it is published now, with its layers.

    Raises:
        PaletteError: it is gone, or was never published.
    """
    content = client.profiles.content(uid, fresh=True)
    if content is None:
        raise NotFoundError(f"the profile version {uid} is gone from Palette")
    template = content.profile.spec.published
    name, number = content.profile.metadata.name, content.profile.spec.version or "1.0.0"
    if template is None:
        raise PaletteError(f"{name} {number} was never published; clusters can't get it")
    layers = {
        layer: _layer(each.pack, dict(each.manifests), dict(each.manifest_uids))
        for layer, each in content.layers.items()
    }
    return Version(uid, name, number, template.type, layers)


def chosen(cluster: LiveCluster, profile: str) -> tuple[Version, ...]:
    """The attached profiles, or the one with that name.

    Raises:
        PaletteError: none has that name.
    """
    found = tuple(each for each in cluster.profiles if profile in ("", each.name))
    if profile and not found:
        known = did_you_mean(profile, [each.name for each in cluster.profiles])
        raise PaletteError(f'"{cluster.name}" has no profile "{profile}"; {known}')
    return found


def with_layer(cluster: LiveCluster, layer: str, profile: str) -> Version:
    """The one attached profile that has this layer.

    Raises:
        PaletteError: none has it, or several do and none is named.
    """
    among = chosen(cluster, profile)
    found = [each for each in among if layer in each.layers]
    if not found:
        known = did_you_mean(layer, _names(among))
        raise PaletteError(f'"{cluster.name}" has no layer "{layer}"; {known}')
    if len(found) > 1:
        raise PaletteError(
            f'the layer "{layer}" is in {len(found)} profiles of "{cluster.name}"; say which: '
            + "   or: ".join(f"--profile {each.name}" for each in found)
        )
    return found[0]


def _names(profiles: Sequence[Version]) -> Iterable[str]:
    return [name for each in profiles for name in each.layers]


def _layer(pack: PackRef, manifests: Mapping[str, str], uids: Mapping[str, str]) -> Layer:
    content = Content(values=pack.values, manifests=dict(manifests))
    kind, version = pack.layer or "addon", pack.version or pack.tag
    return Layer(pack.name, kind, pack.type or "spectro", version, content, dict(uids))
