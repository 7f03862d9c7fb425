"""Values of variables."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pulumi
import pytest

from palette_sdk.rules.unknown import UNKNOWN
from palette_sdk.rules.variables import FORMATS, definition_refusal, value_refusal

TITLE = {"regex": "[A-Z][a-z]*"}
SIZE = {"input": "dropdown", "options": ["small", "large"]}


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ({}, "anything"),
        ({"format": "string"}, "anything"),
        ({"format": "number"}, "3"),
        ({"format": "number"}, "-0.5e3"),
        ({"format": "boolean"}, "true"),
        ({"format": "boolean"}, "false"),
        ({"format": "ipv4"}, "10.0.0.1"),
        ({"format": "ipv4cidr"}, "10.0.0.0/16"),
        ({"format": "ipv4cidr"}, "10.0.1.7/16"),
        ({"format": "ipv6"}, "fd00::1"),
        ({"format": "version"}, "1.2.3"),
        ({"format": "version"}, "v1.31.1-rc.1"),
        ({"format": "version"}, "1.31"),
        ({"format": "base64"}, "aGVsbG8="),
        (TITLE, "Hello"),
        ({"regex": "(?<bad"}, "x"),
        (SIZE, "small"),
        ({"input": "text", "options": []}, "any"),
        ({"format": "number"}, ""),
        (SIZE, ""),
        ({"format": UNKNOWN, "options": UNKNOWN, "regex": UNKNOWN, "required": UNKNOWN, "immutable": UNKNOWN}, "x"),
        ({"input": UNKNOWN, "options": ["a"]}, "x"),
        ({"format": "number", "required": True}, UNKNOWN),
        ({"format": "of the future"}, "x"),
    ],
)
def test_taken(definition: dict[str, Any], value: Any) -> None:
    """A value of the format, that the whole regex fits, among the options; an empty one where none is needed."""
    assert value_refusal(definition, value) is None


@pytest.mark.parametrize(
    ("definition", "value", "message"),
    [
        ({"format": "number"}, "three", "its value is not a number, such as 3 or 0.5 (format number)"),
        ({"format": "number"}, "1,5", "is not a number"),
        ({"format": "number"}, "٣", "is not a number"),
        ({"format": "boolean"}, "True", "its value is not true or false (format boolean)"),
        ({"format": "ipv4"}, "10.0.0.256", "is not an IPv4 address"),
        ({"format": "ipv4"}, "10.0.0.0/16", "is not an IPv4 address"),
        ({"format": "ipv4cidr"}, "10.0.0.1", "is not an IPv4 range"),
        ({"format": "ipv6"}, "10.0.0.1", "is not an IPv6 address"),
        ({"format": "version"}, "latest", "is not a version"),
        ({"format": "base64"}, "hello!", "is not a text in base64"),
        (TITLE, "Hello World", "does not match its regex '[A-Z][a-z]*', which has to fit all of it"),
        (TITLE, "hello", "its value does not match its regex"),
        (SIZE, "medium", "is not one of its options small, large"),
        ({"required": True}, "", "it is required, so its value can't be empty"),
    ],
)
def test_refused(definition: dict[str, Any], value: str, message: str) -> None:
    """Each refusal says what is wanted."""
    assert message in (value_refusal(definition, value) or "")


def test_immutable() -> None:
    """An immutable value stays; where the former one is not known, nothing is said."""
    definition = {"immutable": True}
    assert (
        value_refusal(definition, "b", before="a")
        == "it is immutable: the cluster keeps the value that it was made with"
    )
    for before in (None, UNKNOWN, "b"):
        assert value_refusal(definition, "b", before=before) is None
    assert value_refusal({}, "b", before="a") is None


@pytest.mark.parametrize(
    ("definition", "before"),
    [
        ({"format": "number"}, None),
        ({"regex": "[0-9]+"}, None),
        (SIZE, None),
        ({"immutable": True}, "topsecret"),
    ],
)
def test_values_are_never_told(definition: dict[str, Any], before: str | None) -> None:
    """A refusal holds neither the value nor the former one: either may be a secret."""
    text = value_refusal(definition, "hunter2", before=before) or ""
    assert text
    assert "hunter2" not in text
    assert "topsecret" not in text


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"input": "dropdown"}, "a dropdown needs options"),
        ({"options": ["a"], "default": "hunter2"}, "the default is not among its options a"),
        ({"regex": "[a"}, "regex '[a' is not a regular expression: "),
        ({"format": "number", "default": "hunter2"}, "the default can't be: its value is not a number"),
        ({"regex": "[0-9]", "default": "12"}, "the default can't be: its value does not match its regex '[0-9]'"),
    ],
)
def test_definitions_that_contradict_themselves(definition: dict[str, Any], message: str) -> None:
    """A definition without a value that fits it is refused."""
    text = definition_refusal(definition) or ""
    assert message in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "definition",
    [
        {},
        SIZE | {"default": "small", "immutable": True},
        {"options": UNKNOWN, "regex": UNKNOWN, "default": UNKNOWN},
        {"format": "number", "default": ""},
        {"required": True},
    ],
)
def test_definitions_that_hold(definition: dict[str, Any]) -> None:
    """What fits, and what isn't known yet, passes."""
    assert definition_refusal(definition) is None


def test_every_format_has_words() -> None:
    """Each format that a program can name says what it wants."""
    from palette_sdk.resources.profile.args import VariableDict

    assert set(FORMATS) == set(
        get_args(get_type_hints(VariableDict, None, {"Output": pulumi.Output, "T": str})["format"])
    )
