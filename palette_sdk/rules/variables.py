"""Values of a profile's variables: whether a definition takes one. Decides nothing about who gives it.

As the service does: a regex matches the whole value, and a value is always text. Where the service is known to be stricter
in ways that aren't written down, this is the laxer one: it keeps its last word.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from palette_sdk.rules.unknown import Unknown, is_known, known_or

FORMATS: Mapping[str, str] = {
    "string": "any text",
    "number": "a number, such as 3 or 0.5",
    "boolean": "true or false",
    "ipv4": "an IPv4 address, such as 10.0.0.1",
    "ipv4cidr": "an IPv4 range, such as 10.0.0.0/16",
    "ipv6": "an IPv6 address, such as fd00::1",
    "version": "a version, such as 1.2.3",
    "base64": "a text in base64",
}
"""What each format wants, for messages."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_VERSION = re.compile(r"v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)


def value_refusal(definition: Mapping[str, Any], value: str | Unknown, *, before: object = None) -> str | None:
    """Why a variable can't have this value, or None when it can.

    Args:
        definition: the variable, with any of `format`, `input`, `options`, `regex`, `required`, `immutable`; what is not
            known yet is not judged.
        value: the value as text.
        before: the value that the cluster has, as text; None where it has none yet, or where that isn't known.

    Returns:
        one sentence without the property's path. It never holds a value: that may be a secret, whatever the variable is.
    """
    if isinstance(value, Unknown):
        return None
    if _said(definition, "immutable", False) and isinstance(before, str) and before != value:
        return "it is immutable: the cluster keeps the value that it was made with"
    if not value:
        return "it is required, so its value can't be empty" if _said(definition, "required", False) else None
    options = _said(definition, "options", ())
    if options and _said(definition, "input", "text") == "dropdown" and value not in options:
        return f"its value is not one of its options {', '.join(map(str, options))}"
    wanted = str(_said(definition, "format", "string"))
    if not has_format(wanted, value):
        return f"its value is not {FORMATS[wanted]} (format {wanted})"
    regex = str(_said(definition, "regex", ""))
    if not _matches(regex, value):
        return f"its value does not match its regex {regex!r}, which has to fit all of it"
    return None


def definition_refusal(definition: Mapping[str, Any]) -> str | None:
    """Why a definition contradicts itself, or None; what is not known yet is not judged.

    Args:
        definition: as for `value_refusal`, and its `default`.
    """
    options = _said(definition, "options", ())
    if _said(definition, "input", "") == "dropdown" and not options and is_known(definition.get("options")):
        return "a dropdown needs options"
    regex = str(_said(definition, "regex", ""))
    try:
        re.compile(regex)
    except re.error as error:
        return f"regex {regex!r} is not a regular expression: {error}"
    default = _said(definition, "default", "")
    if options and default and default not in options:
        return f"the default is not among its options {', '.join(map(str, options))}"
    wrong = value_refusal({**definition, "immutable": False}, str(default)) if default else None
    return f"the default can't be: {wrong}" if wrong else None


def _said(definition: Mapping[str, Any], name: str, default: Any) -> Any:
    """A part of a definition; the default where it is absent or not known yet."""
    found = known_or(definition.get(name), None)
    return default if found is None else found


def has_format(wanted: str, value: str) -> bool:
    """Say whether a text has one of the formats; an unknown format takes anything."""
    if wanted == "number":
        return _NUMBER.fullmatch(value) is not None
    if wanted == "boolean":
        return value in {"true", "false"}
    if wanted == "version":
        return _VERSION.fullmatch(value) is not None
    try:
        if wanted == "ipv4":
            ipaddress.IPv4Address(value)
        elif wanted == "ipv4cidr":
            ipaddress.IPv4Network(value, strict=False)
            return "/" in value
        elif wanted == "ipv6":
            ipaddress.IPv6Address(value)
        elif wanted == "base64":
            base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True


def _matches(regex: str, value: str) -> bool:
    try:
        return not regex or re.fullmatch(regex, value) is not None
    except re.error:
        return True  # written for the service's engine: it says whether it fits
