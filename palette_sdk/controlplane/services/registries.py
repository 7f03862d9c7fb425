"""Registries of packs, helm charts and oci artefacts. Those of the catalogue are the system's and stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.store import Body

_SECRET_AUTH = ("password", "token")


def listed(work: Work, kind: str = "", scope: str = "") -> list[Body]:
    """The registries in sight; of one kind or scope where given."""
    found = scoping.listed(work, kinds.REGISTRY)
    return [each for each in found if kind in {"", each["kind"]} and scope in {"", "all", each["spec"]["scope"]}]


def get(work: Work, kind: str, uid: str) -> Body:
    """A registry of a kind."""
    body = scoping.visible(work, kinds.REGISTRY, uid, "registry").body
    if body["kind"] != kind:
        raise not_found(f"{kind} registry", uid)
    return body


def create(work: Work, kind: str, given: Mapping[str, Any]) -> str:
    """Add a registry; gives its uid."""
    metadata, spec = given.get("metadata", {}), given.get("spec", {})
    name = metadata.get("name") or spec.get("name", "")
    _check_spec(spec)
    scoping.check_name(work, kinds.REGISTRY, name, "registry")
    uid = work.new_uid()
    body = {
        "kind": kind,
        "metadata": scoping.new_metadata(work, {**metadata, "name": name}, uid),
        "spec": _spec(work, name, uid, spec),
    }
    work.tx.put(kinds.REGISTRY, uid, body, project=work.project, name=name)
    return uid


def update(work: Work, kind: str, uid: str, given: Mapping[str, Any]) -> None:
    """Change name, endpoint and credentials."""
    get(work, kind, uid)
    body = scoping.owned(work, kinds.REGISTRY, uid, "registry").body
    metadata, spec = given.get("metadata", {}), given.get("spec", {})
    _check_spec(spec)
    name = metadata.get("name") or spec.get("name") or body["metadata"]["name"]
    scoping.check_name(work, kinds.REGISTRY, name, "registry", but=uid)
    scoping.patch_metadata(work, body["metadata"], {"name": name})
    body["spec"] = _spec(work, name, uid, spec)
    work.tx.put(kinds.REGISTRY, uid, body, name=name)


def delete(work: Work, kind: str, uid: str) -> None:
    """Remove a registry that no profile takes a layer from."""
    get(work, kind, uid)
    body = scoping.owned(work, kinds.REGISTRY, uid, "registry").body
    users = [
        row
        for row in work.tx.rows(kinds.PROFILE)
        for side in ("draft", "published")
        if any(pack.get("registryUid") == uid for pack in (row.body["spec"].get(side) or {}).get("packs", []))
    ]
    scoping.refuse_in_use("registry", body["metadata"]["name"], users)
    work.tx.delete(kinds.REGISTRY, uid)


def sync_status(body: Body) -> Body:
    """How far a registry is synchronised: pack registries are, always; others can't be."""
    supported = body["kind"] == "pack"
    at = body["metadata"]["lastModifiedTimestamp"]
    return {
        "isSyncSupported": supported,
        "status": "Success" if supported else "",
        "message": "",
        "lastRunTime": at,
        "lastSyncedTime": at,
    }


def _check_spec(spec: Mapping[str, Any]) -> None:
    if not spec.get("endpoint"):
        raise assumptions.INVALID_BODY.refusal("a registry needs an endpoint", fields=[{"field": "spec.endpoint"}])
    auth = spec.get("auth", {})
    if auth.get("type", "noAuth") not in {"noAuth", "basic", "token"}:
        raise assumptions.INVALID_BODY.refusal(
            "auth.type must be noAuth, basic or token", fields=[{"field": "spec.auth.type"}]
        )


def _spec(work: Work, name: str, uid: str, given: Mapping[str, Any]) -> Body:
    auth = {"type": "noAuth", **given.get("auth", {})}
    auth.pop("tls", None)
    auth |= {key: "" for key in _SECRET_AUTH if key in auth}
    private = bool(given.get("private", given.get("isPrivate", False)))
    return {
        "name": name,
        "registryUid": uid,
        "endpoint": given["endpoint"],
        "auth": auth,
        "private": private,
        "isPrivate": private,
        "scope": work.scope,
    }
