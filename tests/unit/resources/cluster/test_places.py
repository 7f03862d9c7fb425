"""The places of declared overrides."""

from __future__ import annotations

from typing import Any

from palette_sdk.resources.cluster.places import declared_places


def test_order_means_nothing() -> None:
    """The engine hands mappings over in any order: the same overrides are the same places, so nothing seems to change."""
    rows: dict[str, Any] = {
        name: {"layer": "app", "path": f"/data/{name}", "value": name} for name in ("own", "pin", "alias")
    }
    layers: dict[str, Any] = {"web": {"app": {}}}

    def places(written: dict[str, Any], attached: dict[str, Any]) -> Any:
        profiles = {"web": {"name": "web", "overrides": attached}}
        return declared_places({"profiles": profiles, "overrides": written}, layers)

    back = dict(reversed(rows.items()))
    assert places(rows, {}) == places(back, {})
    assert places({}, rows) == places({}, back)
