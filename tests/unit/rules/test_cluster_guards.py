"""Guards on a running cluster."""

from __future__ import annotations

from typing import Literal

import pytest

from palette_sdk.errors import InputError
from palette_sdk.rules.cluster_guards import KubernetesAt, LayerProgress, busy_guard, is_busy, kubernetes_guard

V100, V110 = KubernetesAt("1.30.4", "aws-profile", "1.0.0"), KubernetesAt("1.31.1", "aws-profile", "1.1.0")


def test_a_roll_back_that_takes_kubernetes_down() -> None:
    """Both versions of Kubernetes and of the profile are named, and both ways out."""
    error = kubernetes_guard(cluster="web", old=V110, new=V100, minor_skip="allow", taken=["1.0.0", "1.0.1"])
    assert str(error) == (
        'Kubernetes would go down on "web": 1.31.1 (aws-profile 1.1.0) -> 1.30.4 (aws-profile 1.0.0). '
        "Palette can't downgrade a cluster.\n"
        "  stay: profiles=[aws-profile 1.1.0]   or make a version 1.0.2 of aws-profile with the old apps on Kubernetes 1.31.1"
    )


def test_a_downgrade_in_place() -> None:
    """Where one profile version was edited, the way out is to put the old Kubernetes back."""
    error = kubernetes_guard(
        cluster="web", old=V110, new=KubernetesAt("1.31.0", "aws-profile", "1.1.0"), minor_skip="refuse"
    )
    assert str(error).endswith("\n  put Kubernetes 1.31.1 back into aws-profile 1.1.0")


def test_a_skipped_minor() -> None:
    """The message names the minor in between and how to allow it."""
    error = kubernetes_guard(
        cluster="web", old=KubernetesAt("1.29.8", "aws-profile", "0.9.0"), new=V110, minor_skip="refuse"
    )
    assert str(error).startswith(
        'Kubernetes would skip a minor on "web": 1.29.8 (aws-profile 0.9.0) -> 1.31.1 (aws-profile 1.1.0).'
    )
    assert "with Kubernetes 1.30, then" in str(error)
    assert 'guards=Guards(minor_skip="allow")' in str(error)


@pytest.mark.parametrize(
    ("old", "new", "minor_skip", "refused"),
    [
        ("1.30.4", "1.31.1", "refuse", False),
        ("1.30.4", "1.30.4", "refuse", False),
        ("1.29.4", "1.31.1", "allow", False),
        ("1.29.4", "1.31.1", "refuse", True),
        ("1.31.1", "1.30.4", "allow", True),
        ("1.30.4", "1.30.3", "allow", True),
    ],
)
def test_table(old: str, new: str, minor_skip: Literal["refuse", "allow"], refused: bool) -> None:
    """One minor up passes; a skip can be allowed; down never passes."""
    error = kubernetes_guard(
        cluster="web", old=KubernetesAt(old, "p", "1.0.0"), new=KubernetesAt(new, "p", "2.0.0"), minor_skip=minor_skip
    )
    assert (error is not None) is refused


def test_busy_with_all_facts() -> None:
    """State, time and the layer at work stand in one sentence."""
    layer = LayerProgress(3, 5, "cni-calico", "WaitingForOtherLayers")
    what = '"web" is Provisioning (12 min, layer 3 of 5: cni-calico WaitingForOtherLayers); nothing was sent.\n  '
    assert busy_guard("web", "Provisioning", when_busy="wait", for_s=725, layer=layer) == (
        f'{what}`pulumi up` waits until it takes updates, then sends this; to end at once: guards=Guards(when_busy="fail")'
    )
    assert str(busy_guard("web", "Provisioning", when_busy="fail", for_s=725, layer=layer)) == (
        f'{what}run it again when the cluster is up, or let the update wait for it: guards=Guards(when_busy="wait")'
    )


@pytest.mark.parametrize(
    ("state", "for_s", "text"),
    [
        ("Pending", None, '"web" is Pending; nothing was sent.'),
        ("Deleting", 40, '"web" is Deleting (40 s); nothing was sent.'),
        ("", None, '"web" is being accepted; nothing was sent.'),
        ("Importing", 60, '"web" is Importing (1 min); nothing was sent.'),
        ("Running", 5, None),
        ("Error", None, None),
    ],
)
def test_busy_states(state: str, for_s: float | None, text: str | None) -> None:
    """Only states that take no update are busy, and what is not known is left out."""
    told = busy_guard("web", state, when_busy="wait", for_s=for_s)
    assert (told and str(told).split("\n")[0]) == text
    assert isinstance(busy_guard("web", state, when_busy="fail", for_s=for_s), InputError) is (text is not None)
    assert is_busy(state) is (text is not None)
