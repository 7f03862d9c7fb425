"""Routes of packs."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import filtering, paging
from palette_sdk.controlplane.call import Call, Reply, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import packs
from palette_sdk.wire.packs import PackSearch


def list_packs(call: Call) -> dict[str, Any]:
    """All versions of all packs, filtered and ordered by the query."""
    rows = [packs.summary(pack) for pack in call.env.packs.rows]
    rows = filtering.narrow(rows, call.query.get("filters", ""))
    return paging.page(call, filtering.order(rows, call.query.get("orderBy", "")))


def search(call: Call) -> dict[str, Any]:
    """One row a pack."""
    wanted = call.read(PackSearch)
    return paging.page(call, packs.search(call.env.packs, wanted.filter, wanted.sort))


def of_registry(call: Call) -> dict[str, Any]:
    """A pack of a registry with all its versions."""
    name, registry_uid = call.path["packName"], call.path["registryUid"]
    found = call.env.packs.by_name(registry_uid, name)
    cloud, layer = call.query.get("cloudType", ""), call.query.get("layer", "")
    if found is None or not found[1].runs_on(cloud) or layer not in {"", found[1].layer}:
        raise not_found(f"pack of registry {registry_uid!r}", name)
    return packs.tag_entity(*found, found[1].versions)


def by_uid(call: Call) -> dict[str, Any]:
    """The pack that a version belongs to, with that version."""
    pack = _pack(call)
    return packs.tag_entity(pack.registry, pack.entry, [pack.version])


def readme(call: Call) -> dict[str, Any]:
    """The text about a version."""
    return {"readme": _pack(call).version.readme}


def logo(call: Call) -> Reply:
    """A plain square, since logos belong to their owners."""
    _pack(call)
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#888"/></svg>'
    return Reply(square.encode(), "image/svg+xml")


def _pack(call: Call) -> packs.Pack:
    uid = call.path["uid"]
    pack = call.env.packs.by_uid(uid)
    if pack is None:
        raise not_found("pack", uid)
    return pack


ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/v1/packs", list_packs, 200),
    ("POST", "/v1/packs/search", search, 200),
    ("GET", "/v1/packs/{packName}/registries/{registryUid}", of_registry, 200),
    ("GET", "/v1/packs/{uid}", by_uid, 200),
    ("GET", "/v1/packs/{uid}/readme", readme, 200),
    ("GET", "/v1/packs/{uid}/logo", logo, 200),
)
