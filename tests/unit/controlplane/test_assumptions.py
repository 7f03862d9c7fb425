"""The list of decisions, and the page that is made from it."""

from __future__ import annotations

from pathlib import Path

from palette_sdk.controlplane.assumptions import all_assumptions
from palette_sdk.controlplane.assumptions_page import page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "assumptions.md"


def test_the_page_is_in_step() -> None:
    """The published page is what the list gives: `python -m palette_sdk.controlplane.assumptions_page` renews it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_each_decision_is_whole() -> None:
    """Each decision says what is open, what was decided and why; a refusal has both status and code."""
    for name, each in all_assumptions().items():
        assert each.topic, name
        assert each.decision, name
        assert each.why, name
        assert bool(each.status) == bool(each.code), name
        assert not each.status or 400 <= each.status < 500, name
