"""Taking over an object that exists: its differences are shown first, and want a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palette_sdk.errors import InputError, NotFoundError
from palette_sdk.rules.tokens import token


def require(found: bool, kind: str, uid: str) -> None:
    """Refuse the adoption of what doesn't exist."""
    if not found:
        raise NotFoundError(
            f"adopt: there is no {kind} with uid {uid} in this project", hint="check the uid and `project=`"
        )


def approve(kind: str, name: str, props: dict[str, Any], differs: Sequence[str]) -> None:
    """Let an adoption that changes nothing pass; one that changes something wants its token."""
    if not differs:
        return
    wanted = token("ad", {"uid": props["adopt"], "changes": list(differs)})
    if wanted in props.get("approve", []):
        return
    raise InputError(
        f'taking over the {kind} "{name}" (uid {props["adopt"]}) would change: {", ".join(differs)}.\n'
        f"  make the program equal to what is there, or approve exactly this: pulumi up -c palette:approve={wanted}"
    )
