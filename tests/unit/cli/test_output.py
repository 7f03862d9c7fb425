from __future__ import annotations

import io
import json
import sys

import pytest

from palette_sdk.cli.output import print_facts, print_json, print_table

LONG = "a-name-of-a-cluster-that-is-rather-long-" * 5


class Terminal(io.StringIO):
    """A stdout that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_piped_table_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """A table that is piped has plain columns, one line a row, and cuts nothing off."""
    print_table(("name", "state"), [("web", "Running"), (LONG, "-")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["NAME".ljust(len(LONG)) + "  STATE", "web".ljust(len(LONG)) + "  Running", f"{LONG}  -"]


def test_terminal_table_cuts_nothing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table on a narrow terminal folds long names and shows brackets as they are."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "dumb")
    print_table(("name", "state"), [(LONG, "[bold]x[/]")])
    shown = terminal.getvalue()
    assert "[bold]x[/]" in shown
    assert "…" not in shown
    assert LONG in "".join(line.split("[bold]")[0].strip() for line in shown.splitlines())


def test_empty_table_has_its_heads(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without rows is its heads."""
    print_table(("name", "state"), [])
    assert capsys.readouterr().out == "NAME  STATE\n"


def test_facts_without_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Names and values stand in two columns; what has no value is not shown."""
    print_facts([("url", "http://x"), ("certificate", ""), ("project", "Default")])
    assert capsys.readouterr().out == "url      http://x\nproject  Default\n"


def test_json_keeps_letters(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is printed with its letters as they are."""
    print_json({"name": "Zürich"})
    shown = capsys.readouterr().out
    assert "Zürich" in shown
    assert json.loads(shown) == {"name": "Zürich"}
