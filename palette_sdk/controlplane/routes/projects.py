"""Routes of projects."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions, bodies, filtering, paging
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.services import projects
from palette_sdk.wire.meta import ObjectMeta


def metadata(call: Call) -> dict[str, Any]:
    """Names and uids; how clients find the project to scope to."""
    found = projects.listed(call, call.query.get("name") or None)
    return {"items": [{"metadata": {key: each["metadata"][key] for key in ("name", "uid")}} for each in found]}


def search(call: Call) -> dict[str, Any]:
    """Projects by name, sorted."""
    wanted = call.read(bodies.ProjectSearch)
    name = wanted.filter.name
    found = [each for each in projects.listed(call) if filtering.fits_text(name, each["metadata"]["name"])]
    for sort in reversed(wanted.sort):
        field = sort.field
        if field not in {"name", "creationTimestamp", "lastModifiedTimestamp"}:
            raise assumptions.INVALID_QUERY.refusal(f"projects can't be sorted by {field!r}")
        found.sort(key=lambda each, field=field: str(each["metadata"][field]), reverse=sort.order == "desc")  # type: ignore[misc]
    rows = [
        {
            "metadata": each["metadata"],
            "specSummary": {"logoUrl": "", "teams": [], "users": []},
            "status": {"status": {"isDisabled": False}},
        }
        for each in found
    ]
    return paging.page(call, rows)


def create(call: Call) -> dict[str, Any]:
    """Add a project."""
    given = call.shaped(bodies.Given)
    return {"uid": projects.create(call, given.get("metadata", {}), given.get("spec", {}))}


def get(call: Call) -> dict[str, Any]:
    """A project."""
    body = projects.get(call, call.path["uid"])
    return {
        "metadata": body["metadata"],
        "spec": {"alerts": [], "logoUrl": "", "teams": [], "users": [], **body["spec"]},
        "status": {"isDisabled": False},
    }


def put(call: Call) -> None:
    """Change a project."""
    given = call.shaped(bodies.Given)
    projects.update(call, call.path["uid"], given.get("metadata", {}), given.get("spec", {}))


def put_meta(call: Call) -> None:
    """Change name, labels and annotations."""
    projects.update(call, call.path["uid"], call.shaped(ObjectMeta))


def delete(call: Call) -> None:
    """Remove a project."""
    projects.delete(call, call.path["uid"], cleanup=call.flag("cleanupProjectResources"))


def get_macros(call: Call) -> dict[str, Any]:
    """The macros of a project."""
    found = projects.macros(call, call.path["uid"])
    return {"macros": [{"name": name, "value": value} for name, value in sorted(found.items())]}


def change_macros(call: Call) -> None:
    """Add, change, replace or remove macros, as the method says."""
    projects.change_macros(call, call.path["uid"], call.method, call.shaped(bodies.Macros).get("macros", []))


ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/v1/dashboard/projects/metadata", metadata, 200),
    ("POST", "/v1/dashboard/projects", search, 200),
    ("POST", "/v1/projects", create, 201),
    ("GET", "/v1/projects/{uid}", get, 200),
    ("PUT", "/v1/projects/{uid}", put, 204),
    ("PUT", "/v1/projects/{uid}/meta", put_meta, 204),
    ("DELETE", "/v1/projects/{uid}", delete, 204),
    ("GET", "/v1/projects/{uid}/macros", get_macros, 200),
    ("POST", "/v1/projects/{uid}/macros", change_macros, 204),
    ("PUT", "/v1/projects/{uid}/macros", change_macros, 204),
    ("PATCH", "/v1/projects/{uid}/macros", change_macros, 204),
    ("DELETE", "/v1/projects/{uid}/macros", change_macros, 204),
)
