"""Routes of the user, the API keys, and private gateways, of which there are none."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import bodies
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.seed import TENANT
from palette_sdk.controlplane.services import apikeys


def info(call: Call) -> dict[str, Any]:
    """Who the key belongs to."""
    found: dict[str, Any] = call.tx.meta_get(TENANT)
    return found


def meta(call: Call) -> dict[str, Any]:
    """The one user."""
    return {"items": [{"uid": info(call)["userUid"], "name": "local", "emailId": "local@example.com"}]}


def list_keys(call: Call) -> dict[str, Any]:
    """The created keys, without their text."""
    return {"items": apikeys.listed(call)}


def create_key(call: Call) -> dict[str, Any]:
    """Add a key; its text is in this answer only."""
    uid, key = apikeys.create(call, call.shaped(bodies.KeyGiven))
    return {"apiKey": key, "uid": uid}


def get_key(call: Call) -> dict[str, Any]:
    """A key without its text."""
    return apikeys.get(call, call.path["uid"])


def put_key(call: Call) -> None:
    """Change name and expiry."""
    apikeys.update(call, call.path["uid"], call.shaped(bodies.KeyGiven))


def set_key_state(call: Call) -> None:
    """Switch a key on or off."""
    apikeys.set_active(call, call.path["uid"], active=call.read(bodies.KeyState).is_active)


def delete_key(call: Call) -> None:
    """Remove a key."""
    apikeys.delete(call, call.path["uid"])


def list_overlords(_: Call) -> dict[str, Any]:
    """Private gateways: none."""
    return {"items": []}


def no_overlord(call: Call) -> None:
    """A private gateway: there is none."""
    raise not_found("private cloud gateway", call.path["uid"])


ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/v1/users/info", info, 200),
    ("GET", "/v1/users/meta", meta, 200),
    ("GET", "/v1/apiKeys", list_keys, 200),
    ("POST", "/v1/apiKeys", create_key, 201),
    ("GET", "/v1/apiKeys/{uid}", get_key, 200),
    ("PUT", "/v1/apiKeys/{uid}", put_key, 204),
    ("PATCH", "/v1/apiKeys/{uid}", set_key_state, 204),
    ("DELETE", "/v1/apiKeys/{uid}", delete_key, 204),
    ("PUT", "/v1/apiKeys/{uid}/state", set_key_state, 204),
    ("GET", "/v1/overlords", list_overlords, 200),
    ("GET", "/v1/overlords/{uid}", no_overlord, 200),
    ("DELETE", "/v1/overlords/{uid}", no_overlord, 200),
)
