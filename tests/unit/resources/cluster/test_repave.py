"""Which changes of layers replace nodes."""

from __future__ import annotations

import pytest

from palette_sdk.resources.cluster.repave import (
    InfraLayer,
    infra_layers,
    repave_reasons,
    repave_refusal,
    repave_token,
)
from palette_sdk.rules.unknown import UNKNOWN

VALUES = "kubeadmconfig:\n  apiServer: {timeout: %s}\npack:\n  k8sHardening: true\n"
OLD = {
    "os": InfraLayer("ubuntu-aws", "22.04", ""),
    "k8s": InfraLayer("kubernetes", "1.30.4", VALUES % 1),
    "cni": InfraLayer("cni-calico", "3.28.0", "a: 1"),
    "csi": InfraLayer("csi-aws-ebs", "1.30.0", ""),
}
CASES = {
    "nothing": ({}, []),
    "kubernetes goes up": ({"k8s": InfraLayer("kubernetes", "1.31.1", VALUES % 1)}, ["kubernetes 1.30.4 -> 1.31.1"]),
    "another network": ({"cni": InfraLayer("cilium", "1.16.3")}, ["cni-calico 3.28.0 -> cilium 1.16.3"]),
    "kubeadm values": ({"k8s": InfraLayer("kubernetes", "1.30.4", VALUES % 2)}, ["kubernetes values /kubeadmconfig"]),
    "other values": ({"cni": InfraLayer("cni-calico", "3.28.0", "a: 2")}, []),
    "values not known": ({"k8s": InfraLayer("kubernetes", "1.30.4", None)}, []),
    "storage": ({"csi": InfraLayer("csi-aws-ebs", "1.35.0", "")}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_reasons(case: str) -> None:
    """New versions of OS, Kubernetes and network replace nodes, and so do kubeadm values; nothing else does."""
    change, expected = CASES[case]
    assert repave_reasons(OLD, {**OLD, **change}) == expected


def test_a_layer_that_goes_is_no_repave() -> None:
    """A missing layer is refused elsewhere and is no reason here."""
    assert repave_reasons(OLD, {}) == []


def test_the_refusal_says_what_happens_to_each_pool() -> None:
    """Pools, reasons and the token stand in the text."""
    pools = {
        "control-plane": {"role": "control-plane", "count": 1},
        "worker-basic": {"role": "worker", "count": 2},
        "gpu": {"role": "worker", "count": 1},
    }
    reasons = ["kubernetes 1.30.4 -> 1.31.1"]
    wanted = repave_token("web", reasons)
    assert str(repave_refusal("web", pools, reasons)) == (
        '"web" would repave: control-plane (1 node, API down meanwhile), gpu (1 node), worker-basic (2 nodes, one at a time).\n'
        f'  reason: kubernetes 1.30.4 -> 1.31.1        approve exactly this: approve=["{wanted}"]'
    )


def test_infra_layers_leave_out_what_is_not_known() -> None:
    """A version that is not known yet gives no reason; unknown values give none either."""
    layers = {
        "kubernetes": {"kind": "k8s", "version": UNKNOWN, "values": "a: 1"},
        "cni-calico": {"kind": "cni", "version": "3.28.0", "values": UNKNOWN},
        "hello": {"kind": "addon", "version": "1.0.0"},
    }
    assert infra_layers([layers]) == {"cni": InfraLayer("cni-calico", "3.28.0", None)}
