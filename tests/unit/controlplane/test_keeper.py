"""What a keeper remembers of the layers of its cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from palette_sdk.controlplane.kubernetes.keeper import Keeper
from palette_sdk.controlplane.kubernetes.orders import Applied, LayerOrder, Orders, Place
from palette_sdk.leftovers.naming import releases_in
from tests.unit.leftovers.fake_kubernetes import FakeKubernetes
from tests.unit.leftovers.objects import plain

PLACE = Place("aws", "eu-west-1", "c1")


class Desk:
    """Keeps what is applied; asks for nothing."""

    def __init__(self, applied: Mapping[str, Applied]) -> None:
        self.kept = dict(applied)

    def applied(self, uid: str) -> dict[str, Applied]:
        """What was applied so far."""
        return dict(self.kept)

    def keep(self, uid: str, applied: Mapping[str, Applied]) -> None:
        """Remember."""
        self.kept = dict(applied)


def layer(version: str, name: str = "hello") -> LayerOrder:
    """A layer of a version of a profile, under that version's key."""
    return LayerOrder(f"{version}/{name}", name, "1.0", is_chart=False, namespace="default", digest="d")


def test_layers_go_on_under_the_keys_of_each_next_version() -> None:
    """A cluster that moves from version to version keeps what it knows of a layer; a layer that leaves is forgotten."""
    desk: Any = Desk({each.key: Applied(each, 1, "then") for each in (layer("v1"), layer("v1", "other"))})
    keeper = Keeper("c1", FakeKubernetes().api(), desk, lambda: "now")
    for version in ("v2", "v3", "v1"):
        keeper._forget(Orders(PLACE, [layer(version)], []))
        assert list(desk.kept) == [f"{version}/hello"]
    keeper._forget(Orders(PLACE, [], []))
    assert desk.kept == {}


class Records:
    """An API server that keeps release records alone."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def resource(self, api_version: str, kind: str) -> str:
        """A kind."""
        return kind

    def apply(self, found: dict[str, Any], *, manager: str, namespace: str) -> None:
        """Write one."""
        self.kept[found["metadata"]["name"]] = found

    def delete(self, kind: str, name: str, namespace: str) -> None:
        """Remove one."""
        self.kept.pop(name, None)

    def names(self) -> list[str]:
        """What the release that is deployed names."""
        return [each.name for release in releases_in(self.kept.values()) for each in release.objects or ()]


@pytest.mark.parametrize("revision", [1, 3])
def test_of_two_layers_of_one_name_one_leaves(revision: int) -> None:
    """The one that stays has its own release record then, whichever of the two was written last."""
    mine, theirs = (
        replace(layer(key), is_chart=True, objects=[plain("Deployment", name)])
        for key, name in (("mine", "first"), ("theirs", "second"))
    )
    api: Any = Records()
    desk: Any = Desk({mine.key: Applied(mine, 1, "then"), theirs.key: Applied(theirs, revision, "then")})
    keeper = Keeper("c1", api, desk, lambda: "now")
    for each in desk.kept.values():
        keeper._record(each, None)
    assert api.names() == ["second"]
    keeper._forget(Orders(PLACE, [mine], []))
    assert (api.names(), list(desk.kept)) == (["first"], [mine.key])
    keeper._forget(Orders(PLACE, [], []))
    assert (api.names(), desk.kept) == ([], {})
