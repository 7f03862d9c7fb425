"""Golden cases of the merge: texts in, text and rows out, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from palette_sdk.errors import InputError
from palette_sdk.merge import Declared, Merged, Policy, Row, Rule, merge

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.txt"))
SECTIONS = ("base", "incoming", "override", "policy", "expected", "rows", "error")


@dataclass
class Case:
    """A case as it stands in its file."""

    base: str | None
    incoming: str
    override: str
    expected: str
    rows: list[str]
    error: str
    policy: Policy = "merge"
    rules: list[Rule] = field(default_factory=list)
    owned: list[Declared] = field(default_factory=list)

    def merge(self) -> Merged:
        """Merge."""
        return merge(
            base=self.base,
            incoming=self.incoming,
            override=self.override,
            policy=self.policy,
            rules=self.rules,
            owned=self.owned,
            layer="app",
            path="values",
        )


def load(name: str) -> Case:
    """Read a case."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1]:
        if line.startswith("=== "):
            assert line[4:] in SECTIONS, line
            current = sections.setdefault(line[4:], [])
        else:
            current.append(line)
    base = _text(sections["base"]) if "base" in sections else None
    texts = {side: _side(sections[side], base or "") for side in ("incoming", "override")}
    expected = sections.get("expected", [])
    case = Case(
        base=base,
        incoming=texts["incoming"],
        override=texts["override"],
        expected=texts[expected[0]] if expected[:1] in (["incoming"], ["override"]) else _text(expected),
        rows=[line for line in sections.get("rows", []) if line],
        error=" ".join(sections.get("error", [])),
    )
    for line in sections.get("policy", []):
        _policy(case, line)
    return case


def _policy(case: Case, line: str) -> None:
    word, _, rest = line.partition(" ")
    if word == "rule":
        policy, _, parts = rest.partition(" ")
        case.rules.append(Rule(cast("Policy", policy), **dict(part.split("=", 1) for part in parts.split())))
    elif word == "owned":
        path, _, resource = rest.partition(" ")
        case.owned.append(Declared(path, resource, value=None))
    elif word:
        case.policy = cast("Policy", word)


def _side(lines: list[str], base: str) -> str:
    if not lines or not lines[0].startswith("same as "):
        return _text(lines)
    text = base
    for line in lines[1:]:
        if line:
            _, old, new, _ = _text([line.replace("\\/", "\0")]).removesuffix("\n").split("/")
            old, new = (part.replace("\0", "/").replace("\\n", "\n") for part in (old, new))
            assert old in text, (old, text)
            text = text.replace(old, new, 1)
    return text


def _text(lines: list[str]) -> str:
    text = "".join(f"{line}\n" for line in lines).replace("␍", "\r").replace("␣", " ")
    return text.removesuffix("⏎\n")


def written(row: Row) -> str:
    """Write a row as it stands in a case."""
    where = " ".join(part for part in (row.resource, row.path or "(whole)") if part)
    reason = f" ({row.reason})" if row.reason else ""
    return f"{row.decision} {where}: {row.shown_base} -> {row.shown_incoming}, cluster {row.shown_override}{reason}"


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    """The merged text and the rows are the expected ones; merging once more changes nothing."""
    case = load(name)
    if case.error:
        with pytest.raises(InputError) as refused:
            case.merge()
        assert case.error in str(refused.value)
        return
    result = case.merge()
    assert result.text == case.expected
    assert [written(row) for row in result.rows] == case.rows
    if not result.conflicts and not result.refused:
        case.override = result.text
        assert case.merge().text == result.text


def test_there_are_enough() -> None:
    """There are at least 80 situations."""
    assert len(CASES) >= 80
