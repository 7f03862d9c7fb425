"""Is it up? The two calls that need no key, and the login that is always refused."""

from __future__ import annotations

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.call import Call, RouteRow


def ping(_: Call) -> dict[str, str]:
    """The process answers."""
    return {"msg": "OK"}


def ready(_: Call) -> dict[str, str]:
    """The database answers: every call opens a transaction before it comes here."""
    return {"msg": "OK"}


def authenticate(_: Call) -> None:
    """User and password."""
    raise assumptions.PASSWORD_LOGIN.refusal("there are no passwords here; send an API key in the header ApiKey")


ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/v1/health/ping", ping, 200),
    ("GET", "/v1/health/ready", ready, 200),
    ("POST", "/v1/auth/authenticate", authenticate, 200),
)
