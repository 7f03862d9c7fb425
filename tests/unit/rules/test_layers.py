"""Layers of a profile."""

from __future__ import annotations

import pytest

from palette_sdk.errors import InputError
from palette_sdk.rules.layers import LayerFacts, LayerKind, ProfileType, check_layers, profile_type

OS, K8S, CNI, CSI = (
    LayerFacts("ubuntu-aws", "os"),
    LayerFacts("kubernetes", "k8s"),
    LayerFacts("cni-calico", "cni"),
    LayerFacts("csi-aws-ebs", "csi"),
)
APP = LayerFacts("hello-universe", "addon", "manifest")


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], "add-on"),
        ([APP], "add-on"),
        ([OS, K8S, CNI, CSI], "infra"),
        ([OS, K8S, CNI, CSI, APP], "cluster"),
        ([K8S], "infra"),
        ([APP, K8S], "cluster"),
    ],
)
def test_inferred_type(layers: list[LayerFacts], expected: ProfileType) -> None:
    """The type follows from the kinds of layers, complete or not."""
    assert profile_type(layers) == expected


@pytest.mark.parametrize(
    ("layers", "type_", "cloud"),
    [
        ([OS, K8S, CNI, CSI], "infra", "aws"),
        ([OS, K8S, CNI, CSI, APP], "cluster", "aws"),
        ([OS, K8S, CNI, CSI], "cluster", "eks"),
        ([OS, K8S, CNI], "infra", "edge-native"),
        ([APP], "add-on", "all"),
        ([APP], "add-on", "aws"),
        ([], "add-on", "all"),
    ],
)
def test_accepted(layers: list[LayerFacts], type_: ProfileType, cloud: str) -> None:
    """Complete profiles pass; on Edge without storage too."""
    check_layers(layers, profile_type=type_, cloud=cloud)


@pytest.mark.parametrize(
    ("layers", "type_", "cloud", "words"),
    [
        (
            [APP, APP],
            "add-on",
            "all",
            ["layers: a layer's name stands once", '"hello-universe"', 'name="hello-universe-2"'],
        ),
        (
            [OS, K8S, CNI, CSI, LayerFacts("cilium", "cni")],
            "infra",
            "aws",
            ["one network (CNI) layer, but there are 2: cni-calico, cilium"],
        ),
        ([OS, K8S, CNI, CSI, APP], "infra", "aws", ["no add-on layers (hello-universe)", 'type="cluster"']),
        ([OS, APP], "add-on", "aws", ["no infrastructure layers: ubuntu-aws (OS)"]),
        ([OS, K8S, CNI, CSI], "infra", "all", ["cloud: an infra profile needs the cloud", 'cloud="aws"']),
        (
            [OS, APP],
            "cluster",
            "gcp",
            [
                "a cluster profile for gcp needs the Kubernetes, network (CNI) and storage (CSI) layers",
                'add: palette.pack(palette.get_pack("kubernetes")), ',
                'palette.get_pack("gcp-persistent-disk")',
            ],
        ),
        ([OS, K8S, CNI], "infra", "aws", ["needs the storage (CSI) layer, which", '"csi-aws-ebs"']),
        ([K8S, CNI], "infra", "edge-native", ["needs the OS layer, which", 'cloud="edge-native"']),
        ([OS, K8S], "infra", "aks", ["network (CNI) and storage (CSI) layers"]),
    ],
)
def test_refused(layers: list[LayerFacts], type_: ProfileType, cloud: str, words: list[str]) -> None:
    """One message says all that is wrong of its kind, and what to write."""
    with pytest.raises(InputError) as refused:
        check_layers(layers, profile_type=type_, cloud=cloud)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("missing", ["os", "k8s", "cni", "csi"])
@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp", "vsphere", "eks", "aks", "gke"])
def test_each_kind_is_missed(missing: LayerKind, cloud: str) -> None:
    """Whichever of the four lacks, it is missed, on every cloud."""
    layers = [layer for layer in (OS, K8S, CNI, CSI) if layer.kind != missing]
    with pytest.raises(InputError, match="which this one lacks"):
        check_layers(layers, profile_type="infra", cloud=cloud)
