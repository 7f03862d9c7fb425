"""Pages of lists: `limit`, `offset` and `continue` of the query, `listmeta` of the answer.

`limit=0` means everything (clients that read one page only send it), the default and the most are 50, an empty
`continue` is the end. A token is the place in the list, so it stays valid while objects are only added.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NamedTuple

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.call import Call

MOST = 50
_PREFIX = b"at:"


class Page(NamedTuple):
    """Which part of a list is wanted; `limit` None is all that is left."""

    limit: int | None
    offset: int

    def meta(self, total: int) -> dict[str, Any]:
        """`listmeta` for this page of a list with `total` items: `offset` is where the next page starts."""
        end = total if self.limit is None else min(self.offset + self.limit, total)
        return {
            "continue": _token(end) if end < total else "",
            "count": total,
            "limit": max(0, end - self.offset),
            "offset": max(end, self.offset),
        }


def wanted(call: Call) -> Page:
    """The page that a call asks for.

    Raises:
        Refusal: 400, a parameter is no number, is negative, or the token is none of ours.
    """
    limit = _number(call, "limit", MOST)
    token = call.query.get("continue", "")
    offset = _place(token) if token else _number(call, "offset", 0)
    return Page(min(limit, MOST) or None, offset)


def page(call: Call, items: Sequence[Any]) -> dict[str, Any]:
    """The wanted page of a list that is all there, as `{items, listmeta}`."""
    part = wanted(call)
    end = None if part.limit is None else part.offset + part.limit
    return {"items": list(items[part.offset : end]), "listmeta": part.meta(len(items))}


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise assumptions.INVALID_QUERY.refusal(f"query parameter {name!r} must be a whole number, 0 or more")
    return int(text)


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(_PREFIX + str(place).encode()).decode().rstrip("=")


def _place(token: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        text = b""
    if not text.startswith(_PREFIX) or not text[len(_PREFIX) :].isdigit():
        raise assumptions.INVALID_QUERY.refusal("query parameter 'continue' is not a token of this list")
    return int(text[len(_PREFIX) :])
