"""Override rules that can match nothing: a rule that was misspelt protects nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from palette_sdk.merge import Content, Rule, misfit
from palette_sdk.merge.policy import matches
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.override_texts import rule_text
from palette_sdk.resources.cluster.places import WHOLE
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]
AtHand = Callable[[str, str], Content | None]
"""Gives the content of a profile's layer, by profile key and layer, where nobody has to be asked for it."""
_PLACE = re.compile(r"(?:^|(?<= ))[/\[]")


def rules_of(props: Props) -> list[Rule]:
    """The rules of a cluster, in their order."""
    return [
        Rule(**{key: item[key] for key in ("policy", "layer", "resource", "path") if key in item})
        for item in props.get("override_rules") or []
    ]


def rule_notices(
    cluster: str, new: Props, layers: Mapping[str, Any], found: Mapping[str, Any], at_hand: AtHand | None
) -> list[str]:
    """What is said of rules that fit no layer, or nothing of the layers that they are for.

    Args:
        cluster: the cluster's name.
        new: checked inputs.
        layers: rows of the attached profiles' layers, by profile key; unknown where they aren't known yet.
        found: recorded overrides that someone made: a rule may be about what the profile doesn't have.
        at_hand: gives contents; None where only the names of layers are looked at.
    """
    told = []
    are_known = all(isinstance(rows, Mapping) for rows in layers.values())
    for index, rule in enumerate(rules_of(new)):
        named = f"{cluster}: override_rules[{index}] ({rule_text(rule)})"
        homes = [(key, layer) for key, rows in layers.items() for layer in mapping(rows) if _is_for(rule, layer)]
        if not homes:
            names = [layer for rows in layers.values() for layer in mapping(rows)]
            told += (
                [f"{named} is for no layer of its profiles; {did_you_mean(rule.layer, names)}."] if are_known else []
            )
        elif at_hand is not None and are_known:
            why = [_why(rule, mapping(layers[key])[layer], at_hand(key, layer)) for key, layer in homes]
            if None not in why and not any(_is_about(rule, mapping(found.get(key)).get(layer)) for key, layer in homes):
                where = f"layer {homes[0][1]}" if len(homes) == 1 else f"{len(homes)} layers"
                best = max(filter(None, why), key=lambda text: ("nearest:" in text, "there are none" not in text))
                told.append(f"{named} fits nothing of {where}: {best}.")
    return told


def _is_for(rule: Rule, layer: str) -> bool:
    return fnmatchcase(layer, rule.layer)


def _why(rule: Rule, row: Any, content: Content | None) -> str | None:
    """Why a rule fits nothing of a layer; None where it may, and of secret content."""
    if content is None or not is_known(row) or mapping(row).get("secret"):
        return None
    return misfit(rule, content)


def _is_about(rule: Rule, places: Any) -> bool:
    return any(place == WHOLE or matches(rule, *_parts(place)) for place in mapping(places))


def _parts(place: str) -> tuple[str, str]:
    """Object and path of a place, as messages name it."""
    begins = _PLACE.search(place)
    at = begins.start() if begins else len(place)
    head = place[:at].strip()
    return (head if "/" in head else ""), place[at:]
