"""Registries that charts come from: whether one exists."""

from __future__ import annotations

from collections.abc import Mapping

from palette_sdk.rules.nearest import did_you_mean


def registry_refusal(given: str, known: Mapping[str, str]) -> str | None:
    """Why a layer can't take its chart from a registry, or None when it exists.

    Args:
        given: its uid, as the program gave it.
        known: names of the registries that exist, by uid.
    """
    if given in known:
        return None
    if given in known.values():
        return (
            f'"{given}" is a name, and a bare text is always a uid; by name: registry=palette.get_registry("{given}")'
        )
    return f'there is no registry with the uid "{given}"; by name: {did_you_mean(given, known.values())}'
