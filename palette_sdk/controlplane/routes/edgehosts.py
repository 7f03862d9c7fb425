"""Routes of edge hosts."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import bodies, paging
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.services import edgehosts


def register(call: Call) -> dict[str, Any]:
    """Add a host."""
    return {"uid": edgehosts.register(call, call.shaped(bodies.EdgeHostGiven))}


def get(call: Call) -> dict[str, Any]:
    """A host."""
    return edgehosts.get(call, call.path["uid"])


def put(call: Call) -> None:
    """Change a host's metadata."""
    edgehosts.update(call, call.path["uid"], call.shaped(bodies.Given))


def delete(call: Call) -> None:
    """Remove a host."""
    edgehosts.delete(call, call.path["uid"])


def metadata(call: Call) -> dict[str, Any]:
    """The hosts in short; `type` wants one type."""
    wanted = call.query.get("type", "")
    return {
        "edgeHosts": [
            {
                "uid": host["metadata"]["uid"],
                "name": host["metadata"]["name"],
                "archType": host["spec"]["device"]["archType"],
                "edgeHostType": host["spec"]["type"],
                "healthState": host["status"]["health"]["state"],
                "state": host["status"]["state"],
            }
            for host in edgehosts.listed(call)
            if wanted in {"", host["spec"]["type"]}
        ]
    }


def search(call: Call) -> dict[str, Any]:
    """The hosts that fit a search."""
    return paging.page(call, edgehosts.searched(call, call.shaped(bodies.Search)))


def tags(call: Call) -> dict[str, Any]:
    """All tags in use."""
    return {"tags": edgehosts.tags(call)}


ROUTES: tuple[RouteRow, ...] = (
    ("POST", "/v1/edgehosts", register, 201),
    ("POST", "/v1/dashboard/edgehosts/search", search, 200),
    ("GET", "/v1/edgehosts/metadata", metadata, 200),
    ("GET", "/v1/edgehosts/tags", tags, 200),
    ("GET", "/v1/edgehosts/{uid}", get, 200),
    ("PUT", "/v1/edgehosts/{uid}", put, 204),
    ("DELETE", "/v1/edgehosts/{uid}", delete, 204),
)
