"""How an act says no: an exception with the status and the code that the client sees.

Only the two refusals that the contract states are made here; the others are decisions and stand in `assumptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the server
    """The request is answered with an error body, and nothing that the act wrote is kept.

    Args:
        status: HTTP status, 400 or above.
        code: the word for programs, such as `ResourceNotFound`.
        message: for people; holds no secret.
        details: more facts, as a JSON object.
    """

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        self.status, self.code, self.message, self.details = status, code, message, dict(details or {})
        super().__init__(f"{status} {code}: {message}")


def not_found(what: str, uid: str) -> Refusal:
    """The object does not exist, or not in this scope: 404 and `ResourceNotFound`, both of which clients look at.

    Args:
        what: the kind in words, such as `cluster profile`.
        uid: what was asked for.
    """
    return Refusal(404, "ResourceNotFound", f"{what} {uid!r} is not found", {"uid": uid})
