"""Taking over an object that exists: its differences are shown first, and want a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.errors import InputError, NotFoundError
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import UNKNOWN

LATER = "known after apply"
"""How a value that is not known yet is shown, and what stands for it among the facts of a token."""
FOREIGN = "it belongs to another program's resource"
"""The change that an object with another's marker goes through."""


def require(found: bool, kind: str, uid: str) -> None:
    """Refuse the adoption of what doesn't exist."""
    if not found:
        raise NotFoundError(
            f"adopt: there is no {kind} with uid {uid} in this project", hint="check the uid and `project=`"
        )


def approve(kind: str, name: str, props: dict[str, Any], differs: Sequence[str], facts: object = None) -> None:
    """Let an adoption that changes nothing pass; one that changes something wants its token.

    Args:
        kind: what is taken over, in words.
        name: its name.
        props: the resource's inputs, `adopt` and `approve` among them.
        differs: what would change, in words.
        facts: the values behind the words, old and new; the token is for them too. Unknowns are fine.
    """
    if not differs:
        return
    shown = {"uid": props["adopt"], "changes": list(differs)}
    wanted = token("ad", shown if facts is None else {**shown, "facts": plain(facts)})
    if wanted in props.get("approve", []):
        return
    raise InputError(
        f'taking over the {kind} "{name}" (uid {props["adopt"]}) would change: {", ".join(differs)}.\n'
        f"  make the program equal to what is there, or approve exactly this: pulumi up -c palette:approve={wanted}"
    )


def metadata_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What would change of name, description and tags, old and new value beside each other."""
    keys = [key for key in ("name", "description", "tags") if key in new]
    return [
        f"{key} {shown(old.get(key))} -> {shown(new.get(key))}"
        for key in keys
        if new[key] is UNKNOWN or (old.get(key) or None) != (new[key] or None)
    ]


def shown(value: object) -> str:
    """A plain value for a message."""
    if value is UNKNOWN:
        return f"({LATER})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(value[key])}" for key in sorted(value)) + "}"
    return f'"{value or ""}"'


def plain(value: Any) -> Any:
    """The same facts with a text in place of each unknown."""
    if value is UNKNOWN:
        return LATER
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
