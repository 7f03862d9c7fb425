"""What a keeper remembers of the layers of its cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_sdk.controlplane.kubernetes.keeper import Keeper
from palette_sdk.controlplane.kubernetes.orders import Applied, LayerOrder, Orders, Place
from tests.unit.leftovers.fake_kubernetes import FakeKubernetes

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
