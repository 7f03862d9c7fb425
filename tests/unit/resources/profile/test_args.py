"""What a program writes about layers and variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.resources.profile.args import Variable, variable_text
from tests.unit.resources.mocks import run_program


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (3000, "3000"), (3000.0, "3000"), (1.5, "1.5"), (True, "true"), (False, "false")],
)
def test_values_as_text(value: Any, text: str) -> None:
    """Whole numbers have no point, and booleans are written as in YAML."""
    assert variable_text(value) == text


def test_rendered_outputs(tmp_path: Path) -> None:
    """Numbers and booleans of outputs, which arrive as floats, stand in a rendered text as they were written."""
    file = tmp_path / "a.yaml"
    file.write_text("port: ${port}\non: ${on}\n", encoding="utf-8")

    async def run() -> Any:
        return await palette.render(file, port=pulumi.Output.from_input(3000.0), on=True).future()

    assert run_program(run) == "port: 3000\non: true\n"


def test_defaults_of_outputs() -> None:
    """A number as a default of a variable is the same text, plain or as an output."""

    async def run() -> list[Any]:
        given: Any = pulumi.Output.from_input(3.0)
        plain = Variable("a", default=3).props()["default"]
        return [plain, await Variable("a", default=given).props()["default"].future()]

    assert run_program(run) == ["3", "3"]
