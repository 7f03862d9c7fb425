"""Nearest names."""

from __future__ import annotations

import pytest

from palette_sdk.rules.nearest import did_you_mean, nearest

PACKS = [
    "cni-calico",
    "cilium",
    "csi-aws-ebs",
    "kubernetes",
    "ubuntu-aws",
    "ubuntu-gcp",
    "prometheus",
    "hello-universe",
]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("calico", "cni-calico"),
        ("cillium", "cilium"),
        ("Kubernets", "kubernetes"),
        ("ubuntu_aws", "ubuntu-aws"),
        ("hello-univers", "hello-universe"),
    ],
)
def test_a_slip_of_the_pen_finds_the_name(name: str, first: str) -> None:
    """Case, a missing part or a wrong letter still lead to the name that was meant."""
    assert nearest(name, PACKS)[0] == first


def test_at_most_the_limit() -> None:
    """No more names than asked for come back, each once."""
    assert nearest("1.30.9", ["1.30.4", "1.30.8", "1.30.4", "1.31.1", "1.30.1"], limit=2) == ["1.30.1", "1.30.4"]


@pytest.mark.parametrize(
    ("name", "names", "text"),
    [
        ("calico", PACKS, "nearest: cni-calico"),
        ("zzz", [], "there are none"),
        ("zzz", ["a"], "there is only: a"),
        ("zzz", ["a", "b"], "there are: a, b"),
        ("zzz", PACKS, "none of the 8 looks like it"),
    ],
)
def test_words(name: str, names: list[str], text: str) -> None:
    """It says the nearest, or all when they are few, or how many there are."""
    assert did_you_mean(name, names) == text


def test_an_empty_name_is_near_to_nothing() -> None:
    """An empty name lists what exists."""
    assert did_you_mean("", ["a", "b"]) == "there are: a, b"
