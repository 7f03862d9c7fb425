"""The places of declared overrides: which layer of which profile, and how plans name them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from palette_sdk.content.digest import digest
from palette_sdk.content.paths import Index, Key, Step, parse_path
from palette_sdk.errors import InputError
from palette_sdk.merge import Declared
from palette_sdk.resources.border import mapping
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.unknown import UNKNOWN, is_known

Props = dict[str, Any]
Places = dict[str, dict[str, list[Props]]]
"""Rows of declared overrides by profile key and layer."""


WHOLE = "(content)"
"""Stands for a whole layer where its places can't or mustn't be told."""


def declared_places(props: Props, layers: Mapping[str, Any], *, strict: bool = True) -> Places:
    """The declared overrides of a cluster by profile key and layer.

    Args:
        props: inputs of the cluster.
        layers: the names of each profile's layers by key; unknown where they aren't known yet.
        strict: whether two of one place are refused; what was checked before isn't judged again.

    Raises:
        InputError: a layer is in no profile, or in two of them; or two overrides change the same place.
    """
    places: Places = {}
    names = {str(mapping(item).get("name", key)): key for key, item in mapping(props.get("profiles")).items()}
    # In an order of their own: the engine hands mappings over in any order, and rows are compared.
    for written, row in sorted(mapping(props.get("overrides")).items()):
        if not isinstance(row, Mapping):
            continue
        path = f'overrides["{written}"]'
        profile = str(row.get("profile") or "")
        if profile and profile not in names and profile not in layers:
            raise InputError(
                f"this cluster has no profile {profile}; it has {', '.join(names)}",
                path=path,
            )
        homes = [names.get(profile, profile)] if profile else _homes(row["layer"], layers, path)
        for key in homes:
            _refuse_missing(row["layer"], key, layers, path)
            rows = places.setdefault(key, {}).setdefault(row["layer"], [])
            if strict:
                _refuse_twice(row, rows, path)
            rows.append(dict(row))
    for key, item in mapping(props.get("profiles")).items():
        for written, row in sorted(mapping(mapping(item).get("overrides")).items()):
            path = f'Attach({key}).overrides["{written}"]'
            if strict and (profile := row.get("profile")) and profile not in {key, mapping(item).get("name")}:
                raise InputError(
                    f"it names another profile, {profile}; give it to that one, or leave that out", path=path
                )
            _refuse_missing(row["layer"], key, layers, path)
            rows = places.setdefault(key, {}).setdefault(row["layer"], [])
            if strict:
                _refuse_twice(row, rows, path)
            rows.append(dict(row))
    return places


def comparable(written: str) -> tuple[Step, ...]:
    """The steps of a path, a number in a list as a key: both ways of writing it mean the same item."""
    steps = parse_path(written, path="Override.path") if written else ()
    return tuple(Key(str(step.number)) if isinstance(step, Index) else step for step in steps)


def _refuse_twice(row: Mapping[str, Any], rows: Sequence[Props], path: str) -> None:
    """Refuse an override of a place that has one: `overrides` and `Attach` may name the same place in two ways."""
    steps = comparable(str(row.get("path") or ""))
    for other in rows:
        before = comparable(str(other.get("path") or ""))
        shared = min(len(steps), len(before))
        if _is_same_text(row, other) and steps[:shared] == before[:shared]:
            raise InputError(f'it changes the same place as another override, "{place_of(other)}"; keep one', path=path)


def _is_same_text(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    resources = [str(row.get("resource") or "").split("/") for row in (one, other)]
    kinds = [(parts[0], parts[-1]) for parts in resources]
    spaces = {parts[1] for parts in resources if len(parts) == 3}
    manifests = {str(row.get("manifest") or "") for row in (one, other)} - ({""} if all(kinds[0]) else set())
    return kinds[0] == kinds[1] and len(spaces) < 2 and len(manifests) < 2


def _homes(layer: str, layers: Mapping[str, Any], path: str) -> list[str]:
    homes = sorted(key for key, names in layers.items() if is_known(names) and layer in names)
    if len(homes) > 1:
        raise InputError(
            f"{' and '.join(homes)} both have a layer {layer}; say which: Attach(profile, overrides=[...]), "
            f'or Override(..., profile="{homes[0]}")',
            path=path,
        )
    if homes:
        return homes
    if not all(is_known(names) for names in layers.values()):
        return []
    known = [name for names in layers.values() for name in names]
    raise InputError(f"no profile of this cluster has a layer {layer}; {did_you_mean(layer, known)}", path=path)


def _refuse_missing(layer: str, key: str, layers: Mapping[str, Any], path: str) -> None:
    names = layers.get(key)
    if names is None or not is_known(names) or layer in names:
        return
    raise InputError(f"the profile {key} has no layer {layer}; {did_you_mean(layer, list(names))}", path=path)


def place_of(row: Mapping[str, Any]) -> str:
    """How a place inside a layer is called in plans and messages."""
    parts = [str(row.get(key) or "") for key in ("manifest", "resource", "path")]
    return " ".join(part for part in parts if part) or WHOLE


def planned(rows: Any, places: Mapping[str, Sequence[Props]]) -> Any:
    """Rows of a profile's layers with a digest of each declared override, by place."""
    if not isinstance(rows, Mapping):
        return rows
    return {
        name: {**row, "overrides": {place_of(item): _fingerprint(item) for item in places[name]}}
        if name in places and isinstance(row, Mapping)
        else row
        for name, row in rows.items()
    }


def plain(rows: Any) -> Any:
    """The same rows without their overrides: what the profile gives."""
    if not isinstance(rows, Mapping):
        return rows
    return {
        name: {key: value for key, value in row.items() if key != "overrides"} if isinstance(row, Mapping) else row
        for name, row in rows.items()
    }


def _fingerprint(row: Mapping[str, Any]) -> Any:
    what = {key: row[key] for key in ("value", "remove", "text") if key in row}
    return digest(json.dumps(what, sort_keys=True)) if is_known(what) else UNKNOWN


def as_declared(rows: Iterable[Mapping[str, Any]]) -> list[Declared]:
    """Rows of declared overrides as the merge wants them."""
    found_rows = []
    for row in rows:
        how: Any = {key: row[key] for key in ("value", "remove", "text") if key in row}
        where: Any = {key: str(row.get(key) or "") for key in ("path", "resource", "manifest")}
        found_rows.append(Declared(**where, **how))
    return found_rows
