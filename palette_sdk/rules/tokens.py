"""Approval tokens, create markers and fingerprints: short digests of what was shown, of who made an object, of what is wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set


def token(prefix: str, facts: object) -> str:
    """Give the token that approves exactly these facts, such as `rp-7c1e`.

    Args:
        prefix: what is approved: `rp` a repave, `up` a held update, and so on.
        facts: everything the person was shown, as mappings, lists and plain values. The order of mappings and sets,
            and 3 against 3.0, make no difference.

    Raises:
        TypeError: the facts hold something that is no plain value, such as one not known yet: what can't be shown
            can't be approved.
    """
    return f"{prefix}-{_digest(facts)[:4]}"


def marker(*, project: str, stack: str, urn: str, name: str, version: str = "") -> str:
    """Give the mark by which a resource finds again the object that it created: 16 hex digits.

    Args:
        project: the Pulumi project.
        stack: the Pulumi stack.
        urn: the resource's URN at birth; later renames do not change the marker, so it is made once and carried.
        name: Palette's name of the object.
        version: the version, where the object has one.
    """
    return _digest([project, stack, urn, name, version])[:16]


def fleet_id(*, project: str, stack: str, name: str) -> str:
    """Give the short id by which a fleet finds its clusters: 10 hex digits, the same as long as nothing is renamed.

    Args:
        project: the Pulumi project.
        stack: the Pulumi stack.
        name: the component's name.
    """
    return _digest(["fleet", project, stack, name])[:10]


def fingerprint(facts: object) -> str:
    """Give a digest by which equal facts are known again: 16 hex digits; the order of mappings and sets makes no difference.

    Raises:
        TypeError: the facts hold something that is no plain value.
    """
    return _digest(facts)[:16]


def _digest(facts: object) -> str:
    text = json.dumps(_plain(facts), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Set):
        return sorted((_plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the engine hands integers over as floats
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is no plain value")
