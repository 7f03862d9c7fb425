from __future__ import annotations

import pytest

from palette_sdk.cli.cluster_layers import Layer, LiveCluster, Overridden, Version, chosen, with_layer
from palette_sdk.cli.overriding import entity_of
from palette_sdk.errors import PaletteError
from palette_sdk.merge import Content


def layer(name: str) -> Layer:
    """A layer with values and a manifest."""
    return Layer(
        name, "addon", "helm", "1.2", Content("a: 1\n", {"m": "b: 1\n", "n": "c: 1\n"}), {"m": "u1", "n": "u2"}
    )


def version(name: str, *layers: str) -> Version:
    """A version with these layers."""
    return Version(f"uid-{name}", name, "1.0.0", "add-on", {each: layer(each) for each in layers})


CLUSTER = LiveCluster(
    "c", "web", "Running", (version("infra", "os", "page"), version("apps", "page", "db")), frozenset()
)


def test_layer_of_one_profile() -> None:
    """A layer that one profile has is found there; with a profile named, only there."""
    assert with_layer(CLUSTER, "db", "").name == "apps"
    assert with_layer(CLUSTER, "page", "apps").name == "apps"


@pytest.mark.parametrize(
    ("name", "profile", "said"),
    [
        ("page", "", 'the layer "page" is in 2 profiles of "web"; say which: --profile infra   or: --profile apps'),
        ("pag", "", '"web" has no layer "pag"; nearest: page'),
        ("db", "infra", '"web" has no layer "db"; there are: os, page'),
        ("db", "app", '"web" has no profile "app"; nearest: apps'),
    ],
)
def test_layer_that_is_not_clear(name: str, profile: str, said: str) -> None:
    """A layer in two profiles, in none, or in a profile that isn't attached is an error with what there is."""
    with pytest.raises(PaletteError) as caught:
        with_layer(CLUSTER, name, profile)
    assert str(caught.value) == said


def test_all_profiles() -> None:
    """Without a name all attached profiles are meant."""
    assert [each.name for each in chosen(CLUSTER, "")] == ["infra", "apps"]


def test_what_is_sent_of_a_profile() -> None:
    """A profile is sent with exactly the texts that are overridden; layers without an override are left out."""
    profile = version("apps", "page", "db", "other")
    overrides = {"page": Overridden(values=True), "db": Overridden(manifests=("n", "gone")), "left": Overridden(True)}
    sent = entity_of(profile.uid, profile.layers, overrides, replaces="old")
    assert (sent.uid, sent.replace_with_profile) == ("uid-apps", "old")
    assert [(each.name, each.type, each.tag, each.values) for each in sent.pack_values] == [
        ("page", "helm", "1.2", "a: 1\n"),
        ("db", "helm", "1.2", ""),
    ]
    assert [[(row.name, row.content) for row in each.manifests] for each in sent.pack_values] == [[], [("n", "c: 1\n")]]
