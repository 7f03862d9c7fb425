"""Registries of charts."""

from __future__ import annotations

from palette_sdk.rules.registries import registry_refusal

KNOWN = {"u1": "Public Repo", "u2": "Bitnami"}


def test_registries() -> None:
    """A uid that exists passes; a name says how to look it up; anything else names what exists."""
    assert registry_refusal("u2", KNOWN) is None
    assert 'registry=palette.get_registry("Bitnami")' in (registry_refusal("Bitnami", KNOWN) or "")
    assert registry_refusal("bogus", KNOWN) == (
        'there is no registry with the uid "bogus"; by name: there are: Public Repo, Bitnami'
    )
    assert "there are none" in (registry_refusal("bogus", {}) or "")
