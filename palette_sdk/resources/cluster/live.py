"""What a cluster runs, read from the service and turned into the terms of the plan. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.merge import Content
from palette_sdk.resources.profile.bodies import LAYER_OF_KIND

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.cluster_state import Cluster
    from palette_sdk.wire.profiles import Template

Props = dict[str, Any]


HIDDEN_LAYERS = "palette-sdk-secret-layers"
"""Annotation: layers on which a declared override with a secret value is being written, or was."""


@dataclass(frozen=True)
class Attached:
    """A profile as the cluster's own copy of it stands."""

    uid: str
    name: str
    version: str
    type: str
    rows: Mapping[str, Any]
    contents: Mapping[str, Content] = field(default_factory=dict, repr=False)

    @property
    def layers(self) -> dict[str, Props]:
        """Its layers with their values, as a rule on content wants them."""
        return {name: {**row, "values": self._values(name)} for name, row in self.rows.items()}

    def _values(self, layer: str) -> str:
        content = self.contents.get(layer)
        return content.values if content is not None else ""


@dataclass(frozen=True)
class LiveCluster:
    """A cluster with the content that it runs."""

    cluster: Cluster
    profiles: tuple[Attached, ...]

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.cluster.metadata.uid

    @property
    def state(self) -> str:
        """Its state in the service's words."""
        return self.cluster.status.state if self.cluster.status else ""

    @property
    def template(self) -> str:
        """The uid of the template that it follows; empty without one."""
        ref = self.cluster.spec.cluster_template
        return ref.uid if ref is not None else ""

    @property
    def hidden_layers(self) -> frozenset[str]:
        """Layers of which nothing may be told, as a secret override may run there that stored values don't know yet."""
        return frozenset(filter(None, self.cluster.metadata.annotations.get(HIDDEN_LAYERS, "").split(",")))

    @property
    def repave_pending(self) -> bool:
        """Whether a repave waits for approval."""
        return self.cluster.status is not None and self.cluster.status.repave.state == "Pending"

    @property
    def kubernetes(self) -> str:
        """Version of Kubernetes in its profiles; empty when there is none."""
        for profile in self.profiles:
            for row in profile.rows.values():
                if row["kind"] == "k8s":
                    return str(row["version"])
        return ""

    def as_applied(self, profiles: Mapping[str, Any]) -> Props:
        """What runs as stored values would have it, under the keys of these profiles: for guards, where nothing is stored."""
        keys = {str(item.get("name", key)): key for key, item in profiles.items()}
        found = {keys.get(item.name, item.name): item for item in self.profiles}
        return {
            "profiles": {key: {"name": item.name, "version": item.version} for key, item in found.items()},
            "layers_plan": {key: dict(item.rows) for key, item in found.items()},
        }

    def by_uid(self, uid: str) -> Attached | None:
        """The attached version with that uid."""
        return next((item for item in self.profiles if item.uid == uid), None)

    def by_name(self, name: str) -> Attached | None:
        """The attached version of the profile with that name."""
        return next((item for item in self.profiles if item.name == name), None)


NOT_UP = ("", "Pending", "Provisioning")
"""States of a cluster that has no Kubernetes yet: there is no use in asking for its kubeconfigs."""


def read_live(client: Palette, uid: str) -> LiveCluster | None:
    """The cluster and what it runs, in two calls; None when it is gone."""
    from palette_sdk.client.clusters import is_gone

    cluster = client.clusters.get(uid)
    if cluster is None or is_gone(cluster):
        return None
    texts = {
        row.metadata.uid: {
            pack.spec.name: {item.name: item.content for item in pack.spec.manifests} for pack in row.spec.packs
        }
        for row in client.clusters.packs_manifests(uid)
    }
    attached = []
    for template in cluster.spec.cluster_profile_templates:
        manifests, rows = texts.get(template.uid, {}), _versions(template)
        contents = {
            pack.name: Content(values=pack.values, manifests=dict(manifests.get(pack.name, {})))
            for pack in template.packs
        }
        for name, content in contents.items():
            rows[name]["digest"] = layer_digest(values=content.values, manifests=content.manifests)
        attached.append(_attached(template, rows, contents))
    return LiveCluster(cluster, tuple(attached))


def without_content(cluster: Cluster | None) -> LiveCluster | None:
    """A cluster that was read, with the versions of its layers but no digests, for which another call is needed."""
    from palette_sdk.client.clusters import is_gone

    if cluster is None or is_gone(cluster):
        return None
    return LiveCluster(
        cluster, tuple(_attached(item, _versions(item), {}) for item in cluster.spec.cluster_profile_templates)
    )


def _versions(template: Template) -> dict[str, Props]:
    return {
        pack.name: {
            "type": pack.type or "spectro",
            "kind": LAYER_OF_KIND.get(pack.layer, "addon"),
            "version": pack.version or pack.tag,
        }
        for pack in template.packs
    }


def _attached(template: Template, rows: Mapping[str, Any], contents: Mapping[str, Content]) -> Attached:
    return Attached(template.uid, template.name, template.profile_version, template.type, rows, contents)


def facts(client: Palette, live: LiveCluster) -> Props:
    """What consumers of a cluster want to know: addresses, access files and version; absent while there is none."""
    status = live.cluster.status
    found: Props = {"kubernetes_version": live.kubernetes, "services": {}, "api_endpoint": address_of(live.cluster)}
    if status is not None:
        found["services"] = {
            item.name: {"host": item.host, "ports": [port.port for port in item.ports]}
            for item in status.services
            if item.host
        }
    if status is not None and status.state not in NOT_UP:
        found["kubeconfig"] = client.clusters.kubeconfig(live.uid)
        found["admin_kubeconfig"] = client.clusters.admin_kubeconfig(live.uid)
    return {key: value for key, value in found.items() if value is not None}


def address_of(cluster: Cluster) -> str:
    """Address of the Kubernetes API; empty while there is none."""
    endpoints = cluster.status.api_endpoints if cluster.status else []
    return f"https://{endpoints[0].host}:{endpoints[0].port}" if endpoints else ""
