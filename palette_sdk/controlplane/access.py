"""Who may call, and in which scope: API keys and the project header. Keys are kept and compared as digests only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.store import Tx

if TYPE_CHECKING:
    from palette_sdk.controlplane.app import Env

OPEN_PATHS = frozenset({"/v1/health/ping", "/v1/health/ready", "/v1/auth/authenticate"})
"""Paths that need no key."""


def digest(key: str) -> str:
    """What is kept of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def check_key(env: Env, headers: Mapping[str, str]) -> None:
    """Let the call pass when its `ApiKey` header is the server's key, or a created one that is active and not expired.

    Raises:
        Refusal: 401.
    """
    given = headers.get("apikey", "")
    if not given:
        raise assumptions.BAD_KEY.refusal("the header ApiKey is missing")
    if hmac.compare_digest(given.encode(), env.api_key.encode()):
        return
    with env.store.atomic() as tx:
        for key in tx.find(kinds.API_KEY, parent=digest(given)):
            if key["status"]["isActive"] and _is_before(env.clock.now(), key["spec"].get("expiry", "")):
                return
    raise assumptions.BAD_KEY.refusal("the API key is not known here, is inactive, or has expired")


def project_of(tx: Tx, headers: Mapping[str, str], route: str) -> str:
    """The uid of the project that the call is scoped to; "" for the tenant.

    Raises:
        Refusal: 403, the project is not known.
    """
    uid = headers.get("projectuid", "")
    if not uid or not route.startswith("/v1/") or route in OPEN_PATHS:
        return ""
    if tx.get(kinds.PROJECT, uid) is None:
        raise assumptions.UNKNOWN_PROJECT.refusal(f"the project {uid!r} of the header ProjectUid does not exist")
    return uid


def _is_before(now: float, expiry: str) -> bool:
    return not expiry or now < datetime.fromisoformat(expiry).timestamp()
