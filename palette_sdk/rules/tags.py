"""Tags as a program writes them, and the labels Palette keeps them as. One value per key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.rules.unknown import Unknown

EMPTY = "spectro__tag"
"""What Palette stores as the value of a bare tag."""

LONGEST = 63
"""Characters of a key or value, as for Kubernetes labels, which tags become on nodes."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def parse_tags(tags: Mapping[str, Any] | Sequence[str], *, path: str = "tags") -> dict[str, str]:
    """Turn either way of writing tags into a mapping; a bare tag has the value "".

    Args:
        tags: `{"env": "prod", "web": ""}` or `["env:prod", "web"]`, split at the first colon. In a mapping a value
            that is not known yet passes through as it is.
        path: the property, for the message.

    Raises:
        InputError: two values for one key, or a key or value that Palette can't hold.
    """
    if isinstance(tags, str):
        raise InputError(f'tags are a list or a mapping: write ["{tags}"]', path=path)
    parsed: dict[str, str] = {}
    if isinstance(tags, Mapping):
        for key, value in tags.items():
            parsed[_key(key, path)] = value if isinstance(value, Unknown) else _value(key, value, path)  # type: ignore[assignment]
        return parsed
    for tag in tags:
        if not isinstance(tag, str):
            raise InputError(f"{tag!r} is not a text; a tag that depends on an output goes in a mapping", path=path)
        key, _, value = tag.partition(":")
        value = _value(key, value, path)
        if parsed.setdefault(_key(key, path), value) != value:
            raise InputError(
                f'"{tag_text(key, parsed[key])}" and "{tag}" have the same key, and Palette keeps one value per key; '
                f'drop one, or use two keys such as "{key}-1" and "{key}-2"',
                path=path,
            )
    return parsed


def to_labels(tags: Mapping[str, str]) -> dict[str, str]:
    """Give the labels to store for the tags: a bare tag gets Palette's sentinel."""
    return {key: EMPTY if isinstance(value, str) and not value else value for key, value in tags.items()}


def from_labels(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Give the tags that stored labels mean."""
    return {key: "" if value == EMPTY else value for key, value in (labels or {}).items()}


def tag_text(key: str, value: str) -> str:
    """Write one tag as text: `web`, `env:prod`."""
    return f"{key}:{value}" if value and value != EMPTY else key


def _key(key: object, path: str) -> str:
    if not isinstance(key, str) or not key.strip():
        raise InputError("a tag needs a key that is not empty", path=path)
    if ":" in key:
        name, _, value = key.partition(":")
        raise InputError(f'a key can\'t hold a colon: "{key}"; in a mapping write {{"{name}": "{value}"}}', path=path)
    return _checked(key, f'key "{key}"', path)


def _value(key: object, value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InputError(f'the value of {key} is {value!r}; write it as text, "" for a bare tag', path=path)
    if value == EMPTY:
        raise InputError(f'{key}: "{EMPTY}" is Palette\'s own mark for a bare tag; write the tag as "{key}"', path=path)
    return _checked(value, f'value "{value}" of {key}', path)


def _checked(text: str, what: str, path: str) -> str:
    if text != text.strip():
        raise InputError(f"the {what} begins or ends with a blank; take it out", path=path)
    if _CONTROL.search(text):
        raise InputError(f"the {what!r} holds a control character; take it out", path=path)
    if len(text) > LONGEST:
        raise InputError(f"the {what} is {len(text)} characters long; at most {LONGEST} are possible", path=path)
    return text
