"""What a change of a running cluster must not do. Each guard compares what runs with what is wanted, and refuses.

Written from the description of the service alone; the clients' own guards are their business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import semver

from palette_sdk.controlplane.assumptions_clusters import (
    CLUSTER_IS_PROVISIONING,
    CNI_FIXED,
    CONFIG_FIXED,
    INFRA_LAYER_NEEDED,
    KUBERNETES_DOWNGRADE,
    KUBERNETES_MINOR_SKIP,
    PACK_REFS_OUTDATED,
    PACK_VALUES_INVALID,
)
from palette_sdk.controlplane.assumptions_templates import TEMPLATE_MANAGED
from palette_sdk.controlplane.services import layers, variables
from palette_sdk.controlplane.services.clusters_clouds import value_at
from palette_sdk.controlplane.services.clusters_content import Copy, Pack, find_pack, version_of
from palette_sdk.wire.clusters import PackValues
from palette_sdk.wire.profiles import PackManifestUpdate

Doc = dict[str, Any]

NOT_UP_YET = ("", "Pending", "Provisioning")
"""States in which the profiles of a cluster can't be changed."""

_NETWORK: Mapping[str, tuple[str, ...]] = {
    "aws": ("region", "vpcId"),
    "eks": ("region", "vpcId"),
    "azure": ("location", "subscriptionId", "resourceGroup", "vnetName"),
    "aks": ("location", "subscriptionId", "resourceGroup", "vnetName"),
    "gcp": ("project", "region", "network"),
    "gke": ("project", "region", "network"),
    "vsphere": ("placement.datacenter", "placement.folder", "controlPlaneEndpoint.host"),
    "edge-native": ("controlPlaneEndpoint.host",),
}


def check_up(doc: Doc) -> None:
    """Refuse a change of profiles while the cluster is built.

    Raises:
        Refusal: 409.
    """
    if doc["state"] in NOT_UP_YET:
        raise CLUSTER_IS_PROVISIONING.refusal(
            f"cluster {doc['metadata']['name']!r} is {doc['state'] or 'just accepted'}; its profiles can be changed "
            "once it is Running",
            state=doc["state"],
        )


def check_own(doc: Doc) -> None:
    """Refuse a change of content of a cluster that follows a template.

    Raises:
        Refusal: 409.
    """
    if doc["clusterTemplate"]:
        raise TEMPLATE_MANAGED.refusal(
            f"cluster {doc['metadata']['name']!r} follows cluster template {doc['clusterTemplate']!r}, which says what its "
            "profiles are; change the template, or values of variables",
            clusterTemplateUid=doc["clusterTemplate"],
        )


def check_change(doc: Doc, running: Sequence[Copy], wanted: Sequence[Copy]) -> None:
    """Refuse what the layers of the infrastructure of a cluster that runs can't become.

    Raises:
        Refusal: 400, 409.
    """
    if "Running" not in doc["marks"]:
        return
    name, before, after = doc["metadata"]["name"], _core(running), _core(wanted)
    gone = [layer for layer in layers.CORE if layer in before and layer not in after]
    if gone:
        told = ", ".join(f"{before[layer]['name']} ({layer})" for layer in gone)
        raise INFRA_LAYER_NEEDED.refusal(f"cluster {name!r} would lose layers of its infrastructure: {told}")
    if "k8s" in before and "k8s" in after:
        _check_kubernetes(name, version_of(before["k8s"]), version_of(after["k8s"]))
    if doc["cloud"] == "edge-native" and "cni" in before and before["cni"]["name"] != after["cni"]["name"]:
        raise CNI_FIXED.refusal(
            f"the network layer of edge cluster {name!r} can't change from {before['cni']['name']} to "
            f"{after['cni']['name']}; delete the cluster and create it anew"
        )


def check_config(doc: Doc, given: Mapping[str, Any]) -> None:
    """Refuse another region or network for a cluster.

    Raises:
        Refusal: 409.
    """
    changed = [
        path
        for path in _NETWORK[doc["cloud"]]
        if _plain(value_at(doc["cloudConfig"], path)) != _plain(value_at(given, path))
    ]
    if changed:
        raise CONFIG_FIXED.refusal(
            f"{', '.join(changed)} of cluster {doc['metadata']['name']!r} can't change; it would be another cluster",
            fields=[{"field": f"clusterConfig.{path}"} for path in changed],
        )


def check_pack_values(copy: Copy, given: Sequence[PackValues]) -> None:
    """Refuse overrides that name no layer of the profile, can't be read, or refer to unknown variables.

    Raises:
        Refusal: 400.
    """
    where = f"profile {copy['name']!r} {copy['version']}"
    names = Counter(each.name for each in given)
    unknown = sorted(name for name in names if find_pack(copy, name) is None)
    if unknown:
        raise PACK_VALUES_INVALID.refusal(f"{where} has no layer {', '.join(map(repr, unknown))}", packs=unknown)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise PACK_VALUES_INVALID.refusal(f"{where}: {', '.join(twice)} named twice in packValues", packs=twice)
    for each in given:
        texts = {"values": each.values, **{f"manifest {one.name!r}": one.content for one in each.manifests}}
        check_texts(copy, each.name, texts)


def check_texts(copy: Copy, pack: str, texts: Mapping[str, str]) -> None:
    """Refuse content for a layer that can't be read, or that refers to variables the profile doesn't define.

    Args:
        copy: the cluster's copy of the profile.
        pack: the layer's name.
        texts: content by what it is, such as `values`.

    Raises:
        Refusal: 400.
    """
    for what, text in texts.items():
        layers.check_yaml(text, f"layer {pack!r}: {what}")
    variables.check_references(texts.values(), copy["variables"])


def check_pack_refs(copy: Copy, given: Sequence[PackManifestUpdate]) -> None:
    """Refuse references to other packs than those that the profile's pending content has.

    Raises:
        Refusal: 409.
    """
    for each in given:
        pack = find_pack(copy, each.name)
        if pack is None:
            continue
        for key, said in (("packUid", each.uid), ("tag", each.tag)):
            if said and said != pack.get(key, ""):
                raise PACK_REFS_OUTDATED.refusal(
                    f"layer {each.name!r} of profile {copy['name']!r} has {key} {pack.get(key, '')!r} by now, "
                    f"not {said!r}; read profileUpdates again",
                    pack=each.name,
                )


def _check_kubernetes(name: str, old: str, new: str) -> None:
    before, after = _parsed(old), _parsed(new)
    if before is None or after is None:
        return
    if after < before:
        raise KUBERNETES_DOWNGRADE.refusal(f"Kubernetes of cluster {name!r} would go down from {old} to {new}")
    if (after.major, after.minor) > (before.major, before.minor + 1):
        raise KUBERNETES_MINOR_SKIP.refusal(
            f"Kubernetes of cluster {name!r} would go from {old} to {new}; go to {before.major}.{before.minor + 1} first"
        )


def _core(copies: Sequence[Copy]) -> dict[str, Pack]:
    return {pack["layer"]: pack for copy in copies for pack in copy["packs"] if pack["layer"] in layers.CORE}


def _parsed(version: str) -> semver.Version | None:
    try:
        return semver.Version.parse(version, optional_minor_and_patch=True)
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    """A setting without differences that mean nothing to a cloud."""
    return value.casefold() if isinstance(value, str) and value else value or None
