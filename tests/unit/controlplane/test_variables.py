"""Values and references of profile variables."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane.services import variables


@pytest.mark.parametrize(
    ("variable", "good", "bad"),
    [
        ({"format": "string"}, ["", "x"], []),
        ({"format": "number"}, ["1", "-1.5", "1e3"], ["", "x", "1a", "nan", "١"]),
        ({"format": "boolean"}, ["true", "false"], ["True", "yes", ""]),
        ({"format": "ipv4"}, ["10.0.0.1"], ["10.0.0", "10.0.0.256", "::1", "10.0.0.0/8"]),
        ({"format": "ipv4cidr"}, ["10.0.0.0/8", "10.1.2.3/24"], ["10.0.0.1", "10.0.0.0/33"]),
        ({"format": "ipv6"}, ["::1", "fe80::1"], ["10.0.0.1", ":::"]),
        ({"format": "version"}, ["1.2.3", "v1.2.3"], ["1.2", "latest"]),
        ({"format": "base64"}, ["aGk=", ""], ["a", "ä"]),
        ({"regex": "[a-z]{2}"}, ["eu"], ["eur", "E", ""]),
        ({"inputType": "dropdown", "options": [{"value": "a"}, {"value": "b"}]}, ["a", "b"], ["c", ""]),
    ],
)
def test_values(variable: dict[str, Any], good: list[str], bad: list[str]) -> None:
    """A value fits its format, its regex as a whole, and the options of a dropdown."""
    assert [value for value in good if variables.value_problem(variable, value)] == []
    assert [value for value in bad if not variables.value_problem(variable, value)] == []


def test_references() -> None:
    """References are found with and without blanks and dashes; macros and other templating are none."""
    text = "{{.spectro.var.a}} {{ .spectro.var.b-2 }} {{- .spectro.var.c -}} {{.spectro.macro.d}} {{ .Values.e }}"
    assert variables.referenced([text, "plain", ""]) == {"a", "b-2", "c"}


def test_merged_keeps_the_order() -> None:
    """Changed definitions keep their place, new ones come last."""
    stored = [{"name": "a", "v": 1}, {"name": "b", "v": 1}]
    changed = variables.merged(stored, [{"name": "c", "v": 2}, {"name": "a", "v": 2}])
    assert changed == [{"name": "a", "v": 2}, {"name": "b", "v": 1}, {"name": "c", "v": 2}]
