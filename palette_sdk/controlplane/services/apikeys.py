"""API keys beside the one that the server was started with. Only digests are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from palette_sdk.controlplane import access, assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.seed import TENANT
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.store import Body


def listed(work: Work) -> list[Body]:
    """All created keys."""
    return work.tx.find(kinds.API_KEY)


def get(work: Work, uid: str) -> Body:
    """A key, without its text."""
    body = work.tx.get(kinds.API_KEY, uid)
    if body is None:
        raise not_found("API key", uid)
    return body


def create(work: Work, given: Mapping[str, Any]) -> tuple[str, str]:
    """Add a key; gives its uid and its text, which is nowhere else."""
    tenant = Work(work.tx, work.env, work.now)
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    scoping.check_name(tenant, kinds.API_KEY, metadata.get("name", ""), "API key")
    uid, key = work.new_uid(), f"{work.new_uid()}{work.new_uid()}"
    user = work.tx.meta_get(TENANT)
    body = {
        "metadata": scoping.new_metadata(tenant, metadata, uid),
        "spec": {**_expiry(spec), "user": {"uid": spec.get("userUid") or user["userUid"]}},
        "status": {"isActive": True},
    }
    work.tx.put(kinds.API_KEY, uid, body, name=body["metadata"]["name"], parent=access.digest(key))
    return uid, key


def update(work: Work, uid: str, given: Mapping[str, Any]) -> None:
    """Change metadata and expiry."""
    body = get(work, uid)
    scoping.patch_metadata(work, body["metadata"], given.get("metadata") or {})
    name = body["metadata"]["name"]
    scoping.check_name(Work(work.tx, work.env, work.now), kinds.API_KEY, name, "API key", but=uid)
    body["spec"] |= _expiry(given.get("spec") or {})
    work.tx.put(kinds.API_KEY, uid, body, name=name)


def set_active(work: Work, uid: str, *, active: bool) -> None:
    """Switch a key on or off."""
    body = get(work, uid)
    body["status"]["isActive"] = active
    work.tx.put(kinds.API_KEY, uid, body)


def delete(work: Work, uid: str) -> None:
    """Remove a key; it is refused from then on."""
    get(work, uid)
    work.tx.delete(kinds.API_KEY, uid)


def _expiry(spec: Mapping[str, Any]) -> dict[str, str]:
    text = str(spec.get("expiry") or "")
    if not text or text.startswith("0001-01-01"):
        # The zero time is how some clients send "not set".
        return {}
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise assumptions.INVALID_BODY.refusal("expiry must be an RFC 3339 time", fields=[{"field": "spec.expiry"}])
    return {"expiry": text}
