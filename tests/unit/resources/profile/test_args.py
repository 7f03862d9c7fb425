"""What a program writes about layers and variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.resources.lookups import PackResult
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


def pack_result() -> PackResult:
    """A pack with a few values."""
    return PackResult("ui", "1.0", "1.0", "u1", "r1", "addon", "spectro", "ui:\n  replicas: 1\n  extra: {}\n")


@pytest.mark.parametrize(
    "text", ["nope.yaml", "manifests/nope.yml", "./nope", "values/ui", "my-values.JSON", "../x.tpl", "C.Values"]
)
def test_file_names_as_text(text: str) -> None:
    """A text that looks like the name of a file is refused: it would be sent as the document itself."""
    made: list[Callable[[], Any]] = [
        lambda: palette.manifest("x", text),
        lambda: palette.manifest("x", {"a": text}),
        lambda: palette.pack(pack_result(), values=text),
        lambda: palette.helm("x", chart="x", version="1.0", registry="r1", values=text),
    ]
    for act in made:
        with pytest.raises(palette.ProgramError, match=rf'did you mean Path\("{re.escape(text)}"\)\?'):
            act()


@pytest.mark.parametrize("text", ["", "a: b.yaml", "{a: 1}", "x", "kind: Pod\nfile: a.yaml\n", "# nope.yaml"])
def test_texts_that_are_no_file_names(text: str) -> None:
    """Documents are taken as they are, a word or a comment too."""
    assert palette.manifest("x", text).manifests == {"x": text}


def test_a_path_that_the_values_do_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that leads nowhere in a pack's values is warned about with the nearest one; the value is set all the same."""
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    layer = palette.pack(pack_result(), set={"/ui/replicsa": 2, "/ui/extra/a": 1})
    assert told == ['pack("ui").set: the values of 1.0 have no "/ui/replicsa"; nearest: /ui/replicas. It is added.']
    assert "replicsa: 2" in str(layer.values)
    palette.pack(pack_result(), values="other: 1\n", set={"/other": 2})
    assert len(told) == 1
