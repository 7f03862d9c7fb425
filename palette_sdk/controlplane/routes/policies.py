"""Maintenance policies."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds, paging
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services import policies, scoping
from palette_sdk.wire.policies import Policy, PolicySearch

Body = dict[str, Any]


def create(call: Call) -> Body:
    """Add a policy."""
    return {"uid": policies.create(call, call.read(Policy))}


def get(call: Call) -> Body:
    """A policy."""
    return policies.get(call, call.path["uid"])


def put(call: Call) -> None:
    """Replace a policy."""
    policies.update(call, call.path["uid"], call.read(Policy))


def delete(call: Call) -> None:
    """Remove a policy."""
    policies.delete(call, call.path["uid"])


def validate_name(call: Call) -> None:
    """Is the name free?"""
    policies.check_type(call.path["policyType"])
    scoping.check_name(call, kinds.POLICY, call.query.get("name", ""), policies.WHAT)


def tags(call: Call) -> Body:
    """All tags of policies in sight."""
    return {"tags": sorted({tag for body in scoping.listed(call, kinds.POLICY) for tag in views.tags(body)})}


def search(call: Call) -> Body:
    """A page of policies that fit."""
    wanted = call.read(PolicySearch)
    found = paging.page(call, policies.search(call, wanted.filter, wanted.sort))
    return {**found, "items": [policies.summary(call, body) for body in found["items"]]}


def metadata(call: Call) -> Body:
    """All policies in short."""
    return {"items": policies.metadata_rows(call)}


_POLICIES = "/v1/spcPolicies"
ROUTES: tuple[RouteRow, ...] = (
    ("POST", f"{_POLICIES}/maintenance", create, 201),
    ("GET", f"{_POLICIES}/maintenance/{{uid}}", get, 200),
    ("PUT", f"{_POLICIES}/maintenance/{{uid}}", put, 204),
    ("DELETE", f"{_POLICIES}/{{uid}}", delete, 204),
    ("GET", f"{_POLICIES}/{{policyType}}/validate/name", validate_name, 204),
    ("GET", f"{_POLICIES}/tags", tags, 200),
    ("POST", "/v1/dashboard/spcPolicies", search, 200),
    ("GET", "/v1/dashboard/spcPolicies/metadata", metadata, 200),
)
