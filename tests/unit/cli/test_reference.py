"""The reference of the command, held against the command itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from palette_sdk.cli.program import app

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


def commands(command: Any, path: tuple[str, ...] = ("palette",)) -> Iterator[tuple[str, Any]]:
    """Every command below this one, with its full name."""
    for name, each in getattr(command, "commands", {}).items():
        yield " ".join((*path, name)), each
        yield from commands(each, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def sections() -> dict[str, str]:
    """The text below each heading that names a command."""
    parts = re.split(r"^#+ (.+)$", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: text for title, text in zip(parts[1::2], parts[2::2], strict=True) if title.startswith("palette ")}


def options(command: Any) -> set[str]:
    """The names of a command's options."""
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts) if name.startswith("--")}


def test_every_command_has_its_section() -> None:
    """Each command has a section of the reference, and each section a command."""
    assert sections().keys() == COMMANDS.keys()


def stands_alone(command: Any) -> bool:
    """Whether a command does something without another one below it."""
    return not hasattr(command, "commands") or command.invoke_without_command


@pytest.mark.parametrize("name", [name for name in COMMANDS if stands_alone(COMMANDS[name])])
def test_every_option_is_described(name: str) -> None:
    """A command's section names exactly the options that it has."""
    assert set(re.findall(r"`(--[a-z-]+)", sections()[name])) == options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str) -> None:
    """Each command and each option says what it does in --help."""
    assert COMMANDS[name].help
    assert [each.name for each in COMMANDS[name].params if not getattr(each, "help", "")] == []
