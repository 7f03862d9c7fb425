"""Variables of a profile: what a definition must look like, which values it takes, and who refers to it. Pure."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Any

import semver

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.profiles import Variable

FORMATS = ("string", "number", "boolean", "ipv4", "ipv4cidr", "ipv6", "version", "base64")
INPUTS = ("text", "dropdown", "multiline")
MASK = "********"
"""Stands for the default of a sensitive variable; sent back, it means: as it was."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_REFERENCE = re.compile(r"\{\{-?\s*\.spectro\.var\.([A-Za-z_][\w-]*)\s*-?\}\}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def referenced(texts: Iterable[str]) -> set[str]:
    """Names that these texts refer to as `{{.spectro.var.NAME}}`."""
    return {name for text in texts if "{{" in text for name in _REFERENCE.findall(text)}


def value_problem(variable: Body, value: str) -> str:
    """Why a variable can't have this value; empty when it can.

    Args:
        variable: the definition, as stored.
        value: the text.
    """
    if variable.get("regex") and re.fullmatch(variable["regex"], value) is None:
        return f"does not match {variable['regex']}"
    options = [option["value"] for option in variable.get("options", [])]
    if variable.get("inputType") == "dropdown" and value not in options:
        return f"is not one of {', '.join(options)}"
    wanted = variable.get("format") or "string"
    return "" if _has_format(wanted, value) else f"is no {wanted}"


def defined(given: Sequence[Variable], stored: Sequence[Body]) -> list[Body]:
    """Definitions as they are stored, checked; a mask in place of a default takes over the stored one.

    Raises:
        Refusal: 400, with what is wrong with which variable.
    """
    before = {each["name"]: each.get("defaultValue", "") for each in stored}
    names = [variable.name for variable in given]
    for name in names:
        if names.count(name) > 1:
            raise _refused(name, "is defined twice")
    return [_defined(variable, before.get(variable.name, "")) for variable in given]


def merged(stored: Sequence[Body], changes: Sequence[Body]) -> list[Body]:
    """The stored definitions with those of the same name replaced and new ones at the end."""
    by_name = {each["name"]: each for each in changes}
    known = {each["name"] for each in stored}
    return [by_name.get(each["name"], each) for each in stored] + [
        each for each in changes if each["name"] not in known
    ]


def without(stored: Sequence[Body], names: Sequence[str]) -> list[Body]:
    """The stored definitions but for these.

    Raises:
        Refusal: 404, there is no such variable.
    """
    known = {each["name"] for each in stored}
    for name in names:
        if name not in known:
            raise not_found("variable", name)
    return [each for each in stored if each["name"] not in names]


def shown(stored: Sequence[Body]) -> list[Body]:
    """Definitions as the API shows them: defaults of sensitive ones are masked."""
    return [
        {**each, "defaultValue": MASK} if each["isSensitive"] and each.get("defaultValue") else each for each in stored
    ]


def check_references(texts: Iterable[str], stored: Sequence[Body]) -> None:
    """Make sure that all variables that are referred to are defined.

    Raises:
        Refusal: 400 `PackVariablesUndefined`.
    """
    undefined = sorted(referenced(texts) - {each["name"] for each in stored})
    if undefined:
        raise assumptions.UNDEFINED_VARIABLES.refusal(
            f"packs refer to variables that the profile does not define: {', '.join(undefined)}", variables=undefined
        )


def _defined(variable: Variable, before: str) -> Body:
    default = before if variable.is_sensitive and variable.default_value == MASK else variable.default_value
    body: dict[str, Any] = {
        "name": variable.name,
        "displayName": variable.display_name or variable.name,
        "description": variable.description,
        "format": variable.format or "string",
        "inputType": variable.input_type or "text",
        "options": [option.model_dump(by_alias=True) for option in variable.options],
        "defaultValue": default,
        "regex": variable.regex,
        "required": variable.required,
        "immutable": variable.immutable,
        "hidden": variable.hidden,
        "isSensitive": variable.is_sensitive,
    }
    problem = _problem(body)
    if problem:
        raise _refused(variable.name, problem)
    return body


def _problem(body: Body) -> str:
    if _NAME.fullmatch(body["name"]) is None:
        return "needs a name of letters, digits, _ and -, which begins with a letter"
    if body["format"] not in FORMATS:
        return f"has no known format; formats are {', '.join(FORMATS)}"
    if body["inputType"] not in INPUTS:
        return f"has no known inputType; inputs are {', '.join(INPUTS)}"
    if (body["inputType"] == "dropdown") != bool(body["options"]):
        return "needs options for inputType dropdown, and can't have them otherwise"
    try:
        re.compile(body["regex"])
    except re.error as error:
        return f"has an invalid regex: {error}"
    if body["hidden"] and body["required"] and not body["defaultValue"]:
        return "is hidden and required, so it needs a default"
    problem = value_problem(body, body["defaultValue"]) if body["defaultValue"] else ""
    # Of a sensitive default nothing may be told but that it doesn't fit.
    return f"has a default that {problem}" if problem else ""


def _refused(name: str, problem: str) -> Exception:
    return assumptions.INVALID_VARIABLE.refusal(f"variable {name!r} {problem}", variable=name)


def _has_format(wanted: str, value: str) -> bool:
    try:
        if wanted == "number":
            return _NUMBER.fullmatch(value) is not None
        if wanted == "boolean":
            return value in {"true", "false"}
        if wanted == "ipv4":
            ipaddress.IPv4Address(value)
        elif wanted == "ipv4cidr":
            ipaddress.IPv4Network(value, strict=False)
            return "/" in value
        elif wanted == "ipv6":
            ipaddress.IPv6Address(value)
        elif wanted == "version":
            semver.Version.parse(value.removeprefix("v"))
        elif wanted == "base64":
            base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return False
    return True
