"""Every decision about what the contract of the API leaves unknown, as data.

Services take statuses and codes from here, so that each guess stands in one place and is published:
`docs/reference/assumptions.md` is generated from this list (a test holds the two in step).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palette_sdk.controlplane.refusals import Refusal


@dataclass(frozen=True)
class Assumption:
    """One decision.

    Args:
        topic: what is unknown.
        decision: what this control plane does.
        why: the reason.
        status: HTTP status of the refusal, where the decision is a refusal.
        code: its code.
    """

    topic: str
    decision: str
    why: str
    status: int = 0
    code: str = ""

    def refusal(self, message: str, **details: Any) -> Refusal:
        """The refusal that this decision speaks of, to be raised."""
        return Refusal(self.status, self.code, message, details)


# ---- transport ---------------------------------------------------------------------------------------------------

BAD_KEY = Assumption(
    "missing, wrong, inactive or expired API key",
    "Refused; the health calls alone need no key.",
    "401 is what HTTP says; 404 would make clients believe that their objects are gone.",
    401,
    "InvalidApiKey",
)
UNKNOWN_PROJECT = Assumption(
    "`ProjectUid` header with an unknown uid",
    "Refused on every call under /v1 but the health calls.",
    "Not 404: a client with a stale project uid would drop all it knows about.",
    403,
    "InvalidProjectUid",
)
OTHER_SCOPE = Assumption(
    "changing a tenant or system object while a project is named in the header",
    "Refused; reading is allowed.",
    "Clients scope themselves for writes; a change from the wrong scope is most often a mistake.",
    403,
    "OperationNotAllowedInScope",
)
NO_ROUTE = Assumption(
    "a path that does not exist",
    "Refused with a code of its own, so that it can be told from an object that does not exist.",
    "A misspelt path must not look like a deleted object to clients that read the code.",
    404,
    "RouteNotFound",
)
WRONG_METHOD = Assumption(
    "a path that exists, with another method",
    "Refused; the header `Allow` lists the methods there are.",
    "As HTTP says.",
    405,
    "MethodNotAllowed",
)
INVALID_BODY = Assumption(
    "a body that is no JSON, lacks a required field, or has a value that can't be accepted",
    "Refused; `details.fields` names what is wrong. Unknown fields are accepted, `null` is as good as absent.",
    "400 is what clients map to a validation error.",
    400,
    "InvalidRequest",
)
INVALID_QUERY = Assumption(
    "a query parameter or a filter that can't be read",
    "Refused. Parameters that are unknown are ignored; a `limit` above 50 counts as 50.",
    "A filter that is silently dropped would list too much.",
    400,
    "InvalidQuery",
)
PASSWORD_LOGIN = Assumption(
    "login with user and password",
    "Always refused: there are no passwords here, only API keys.",
    "The API key wins over a token in every client, so nothing needs it.",
    401,
    "UserAuthenticationFailed",
)


def all_assumptions() -> dict[str, Assumption]:
    """All decisions by the name of their constant, in the order of this file."""
    return {name: value for name, value in globals().items() if isinstance(value, Assumption)}
