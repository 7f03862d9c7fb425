"""Projects and their macros. They belong to the tenant, whatever project a call is scoped to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.seed import DEFAULT_PROJECT
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.store import Body

_OWNED = (kinds.PROFILE, kinds.ACCOUNT, kinds.EDGE_HOST, kinds.TEMPLATE, kinds.POLICY, kinds.REGISTRY)


def listed(work: Work, name: str | None = None) -> list[Body]:
    """All projects, or those of a name (exact)."""
    return work.tx.find(kinds.PROJECT, name=name)


def get(work: Work, uid: str) -> Body:
    """A project."""
    body = work.tx.get(kinds.PROJECT, uid)
    if body is None:
        raise not_found("project", uid)
    return body


def create(work: Work, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """Add a project; gives its uid."""
    tenant = _as_tenant(work)
    scoping.check_name(tenant, kinds.PROJECT, metadata.get("name", ""), "project")
    uid = work.new_uid()
    body = {"metadata": scoping.new_metadata(tenant, metadata, uid), "spec": dict(spec), "status": {}}
    work.tx.put(kinds.PROJECT, uid, body, name=body["metadata"]["name"])
    return uid


def update(work: Work, uid: str, metadata: Mapping[str, Any], spec: Mapping[str, Any] | None = None) -> None:
    """Change metadata, and teams and users where given."""
    body = get(work, uid)
    scoping.patch_metadata(work, body["metadata"], metadata)
    name = body["metadata"]["name"]
    scoping.check_name(_as_tenant(work), kinds.PROJECT, name, "project", but=uid)
    if spec is not None:
        body["spec"] = dict(spec)
    work.tx.put(kinds.PROJECT, uid, body, name=name)


def delete(work: Work, uid: str, *, cleanup: bool) -> None:
    """Remove a project; with `cleanup` also what is in it, but never clusters."""
    name = get(work, uid)["metadata"]["name"]
    if name == DEFAULT_PROJECT:
        raise assumptions.PROJECT_DELETE.refusal(f"the project {name!r} can't be deleted")
    alive = [row for row in work.tx.rows(kinds.CLUSTER, project=uid) if _state(row.body) != "Deleted"]
    scoping.refuse_in_use("project", name, alive)
    owned = [row for kind in _OWNED for row in work.tx.rows(kind, project=uid)]
    if not cleanup:
        scoping.refuse_in_use("project", name, owned)
    for row in owned:
        for manifest in work.tx.rows(kinds.MANIFEST, parent=row.uid):
            work.tx.delete(kinds.MANIFEST, manifest.uid)
        work.tx.delete(row.kind, row.uid)
    work.tx.delete(kinds.PROJECT, uid)


def macros(work: Work, uid: str) -> dict[str, str]:
    """A project's macros by name."""
    found: dict[str, str] = get(work, uid).get("macros", {})
    return found


def change_macros(work: Work, uid: str, method: str, given: Sequence[Mapping[str, Any]]) -> None:
    """Add (POST), change (PATCH), replace all (PUT) or remove (DELETE) macros."""
    body = get(work, uid)
    have: dict[str, str] = body.get("macros", {})
    wanted = {str(each.get("name", "")): str(each.get("value", "")) for each in given}
    if "" in wanted:
        raise assumptions.INVALID_BODY.refusal("a macro needs a name", fields=[{"field": "macros.name"}])
    if method == "POST" and (taken := sorted(have.keys() & wanted.keys())):
        raise assumptions.DUPLICATE_NAME.refusal(f"macros {', '.join(taken)} already exist")
    if method in {"PATCH", "DELETE"} and (missing := sorted(wanted.keys() - have.keys())):
        raise not_found("macro", missing[0])
    if method == "PUT":
        have = wanted
    elif method == "DELETE":
        have = {name: value for name, value in have.items() if name not in wanted}
    else:
        have = have | wanted
    work.tx.put(kinds.PROJECT, uid, {**body, "macros": have})


def _as_tenant(work: Work) -> Work:
    return Work(work.tx, work.env, work.now)


def _state(cluster: Body) -> str:
    return str((cluster.get("status") or {}).get("state", ""))
