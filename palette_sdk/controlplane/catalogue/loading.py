"""Reads a catalogue from folders of data files.

A catalogue folder holds a `registry.yaml` (`name`, `kind`, `scope`) and one folder a pack:

    pack.yaml              what the pack is, and its versions, oldest first
    values.yaml            the values of all versions, with the differences marked
    values-<version>.yaml  instead of values.yaml, for a version that is really different
    workloads.yaml         optional: what the layer runs, as a template of manifests
    README.md              optional

Differences between versions are marked in values.yaml, workloads.yaml and the presets in two ways:

    image: "calico/node:v@version@"     @name@ is `version`, or a key of the pack's or the version's `set`
    newKey: true @since:1.31.1@         the line exists from that version on; @before:1.31.1@ only below it

What comes out is plain YAML, different for each version. Data that can't be read is a LocalError which names the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from palette_sdk.controlplane.catalogue.model import (
    LAYERS,
    Catalogue,
    PackEntry,
    PackVersion,
    Preset,
    RegistryEntry,
    SchemaRule,
    pack_uid,
    registry_uid,
)
from palette_sdk.errors import LocalError

_DEFAULT_REGISTRY = {"name": "Public Repo", "kind": "pack", "scope": "system"}
_REGISTRY_KEYS = {"name", "kind", "scope"}
_PACK_KEYS = {
    "name", "displayName", "layer", "type", "cloudTypes", "addonType", "addonSubType", "source", "annotations",
    "set", "presets", "schema", "versions",
}  # fmt: skip
_VERSION_KEYS = {"version", "tag", "parentTags", "group", "eol", "set"}
_PRESET_KEYS = {"name", "displayName", "group", "add", "remove"}
_SCHEMA_KEYS = {"name", "type", "format", "regex", "required", "readonly", "hints", "listOptions"}
_MARK = re.compile(r"@([a-z][a-z0-9_]*)@")
_CONDITION = re.compile(r"[ \t]*@(since|before):([^@\s]+)@[ \t]*$")
_PATCH_VERSION = re.compile(r"(\d+\.\d+)\.\d+([-+].*)?")


def load_catalogue(root: Traversable | None = None, *, extra: Path | None = None) -> Catalogue:
    """The catalogue that comes with the package, or the one in `root`, with the packs of a second folder.

    Args:
        root: a catalogue folder; default is the package's own data.
        extra: a folder of packs to add. With a `registry.yaml` of another name it is a registry of its own; otherwise
            its packs and versions are added to the registry of that name (`Public Repo` when there is no file).

    Raises:
        LocalError: a folder or file is missing, malformed, or brings a version that is already there.
    """
    registries: dict[str, RegistryEntry] = {}
    for folder in (files(__package__) if root is None else root, extra):
        if folder is not None:
            registry = _read_registry(folder)
            known = registries.get(registry.name)
            registries[registry.name] = registry if known is None else _join(known, registry)
    return Catalogue(tuple(registries.values()))


def _join(known: RegistryEntry, added: RegistryEntry) -> RegistryEntry:
    packs = {pack.name: pack for pack in known.packs}
    for pack in added.packs:
        packs[pack.name] = _join_pack(known.name, packs[pack.name], pack) if pack.name in packs else pack
    return RegistryEntry(known.uid, known.name, known.kind, tuple(packs[name] for name in sorted(packs)), known.scope)


def _join_pack(registry: str, known: PackEntry, added: PackEntry) -> PackEntry:
    """The added pack with the known one's versions before its own; a version that both have is refused."""
    twice = sorted({v.tag for v in known.versions} & {v.tag for v in added.versions})
    if twice:
        raise LocalError(
            f'pack "{added.name}" {", ".join(twice)} is already in registry "{registry}".\n'
            "  give it another version, or a registry.yaml with another name beside the pack folders"
        )
    if known.layer != added.layer:
        raise LocalError(
            f'pack "{added.name}" is in layer {known.layer} of registry "{registry}", the added versions say '
            f"{added.layer}.\n  give the pack another name"
        )
    versions = (*known.versions, *added.versions)
    return PackEntry(
        known.name, known.display_name, known.layer, known.type, known.cloud_types, versions,
        known.addon_type, known.addon_sub_type, known.source, known.annotations,
    )  # fmt: skip


def _read_registry(folder: Traversable) -> RegistryEntry:
    if not folder.is_dir():
        raise LocalError(f"no catalogue at {folder}: that is not a folder")
    description = folder / "registry.yaml"
    facts = _mapping(_parse(description), description, _REGISTRY_KEYS) if description.is_file() else {}
    facts = {**_DEFAULT_REGISTRY, **facts}
    name = _text(facts, "name", description)
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    packs = tuple(_read_pack(name, entry) for entry in entries if entry.is_dir() and (entry / "pack.yaml").is_file())
    if not packs:
        raise LocalError(f"no pack in {folder}: expected folders that hold a pack.yaml and a values.yaml")
    names = [pack.name for pack in packs]
    for pack in packs:
        if names.count(pack.name) > 1:
            raise LocalError(
                f'two folders of {folder} hold a pack "{pack.name}"; put all its versions into one pack.yaml'
            )
    kind, scope = _text(facts, "kind", description), _text(facts, "scope", description)
    return RegistryEntry(registry_uid(name), name, kind, packs, scope)


def _read_pack(registry: str, folder: Traversable) -> PackEntry:
    file = folder / "pack.yaml"
    facts = _mapping(_parse(file), file, _PACK_KEYS)
    name, layer = _text(facts, "name", file), _text(facts, "layer", file)
    if layer not in LAYERS:
        raise LocalError(f'{file}: layer "{layer}" is unknown; it is one of {", ".join(LAYERS)}')
    rows = [_mapping(row, file, _VERSION_KEYS) for row in _list(facts, "versions", file)]
    order = [_text(row, "version", file) for row in rows]
    if not order or len(set(order)) < len(order):
        raise LocalError(f"{file}: versions must name at least one version, and none twice")
    readme = folder / "README.md"
    texts = {
        "values": _read(folder / "values.yaml") if (folder / "values.yaml").is_file() else None,
        "workloads": _read(folder / "workloads.yaml") if (folder / "workloads.yaml").is_file() else "",
        "readme": _read(readme) if readme.is_file() else "",
    }
    versions = tuple(
        _read_version(registry, facts=facts, row=row, order=order, texts=texts, folder=folder) for row in rows
    )
    return PackEntry(
        name=name,
        display_name=_text(facts, "displayName", file, default=name),
        layer=layer,
        type=_text(facts, "type", file, default="spectro"),
        cloud_types=tuple(map(str, _list(facts, "cloudTypes", file))) or ("all",),
        versions=versions,
        addon_type=_text(facts, "addonType", file, default=""),
        addon_sub_type=_text(facts, "addonSubType", file, default=""),
        source=_text(facts, "source", file, default="spectrocloud"),
        annotations={str(key): str(value) for key, value in (facts.get("annotations") or {}).items()},
    )


def _read_version(
    registry: str,
    *,
    facts: Mapping[str, Any],
    row: Mapping[str, Any],
    order: Sequence[str],
    texts: Mapping[str, str | None],
    folder: Traversable,
) -> PackVersion:
    file = folder / "pack.yaml"
    name, version = str(facts["name"]), str(row["version"])
    marks = {"version": version, **_marks(facts.get("set"), file), **_marks(row.get("set"), file)}
    own = folder / f"values-{version}.yaml"
    template = _read(own) if own.is_file() else texts["values"]
    if template is None:
        raise LocalError(f"{file}: version {version} has no values; add values.yaml or values-{version}.yaml")

    def resolve(text: str, what: str) -> str:
        return _resolve(text, marks=marks, version=version, order=order, file=f"{folder / what} ({name} {version})")

    values, workloads = resolve(template, "values.yaml"), resolve(texts["workloads"] or "", "workloads.yaml")
    tag = _text(row, "tag", file, default=version)
    return PackVersion(
        uid=pack_uid(registry, name, version),
        version=version,
        tag=tag,
        parent_tags=tuple(map(str, row["parentTags"])) if "parentTags" in row else _parent_tags(version),
        values=values,
        digest="sha256:" + hashlib.sha256(f"{values}\0{workloads}".encode()).hexdigest(),
        group=_text(row, "group", file, default=""),
        eol=_text(row, "eol", file, default=""),
        presets=tuple(
            _preset(_mapping(preset, file, _PRESET_KEYS), file, resolve(str(preset.get("add") or ""), "pack.yaml"))
            for preset in _list(facts, "presets", file)
        ),
        schema=tuple(_rule(_mapping(rule, file, _SCHEMA_KEYS), file) for rule in _list(facts, "schema", file)),
        readme=texts["readme"] or "",
        workloads=workloads,
    )


def _parent_tags(version: str) -> tuple[str, ...]:
    """`1.30.4` moves under `1.30.x`; a version of two numbers (`22.04`) under nothing."""
    match = _PATCH_VERSION.fullmatch(version)
    return (f"{match[1]}.x",) if match else ()


def _resolve(text: str, *, marks: Mapping[str, str], version: str, order: Sequence[str], file: str) -> str:
    """The text of one version: lines of other versions dropped, marks replaced."""
    if "@" not in text:
        return text
    here = order.index(version)
    lines = []
    for line in text.splitlines():
        condition = _CONDITION.search(line)
        if condition is not None:
            if condition[2] not in order:
                raise LocalError(f"{file}: {condition[0].strip()} names a version that pack.yaml doesn't list")
            if (here >= order.index(condition[2])) != (condition[1] == "since"):
                continue
            line = line[: condition.start()]  # noqa: PLW2901 - the mark isn't part of the line
        lines.append(line)

    def replace(match: re.Match[str]) -> str:
        if match[1] not in marks:
            raise LocalError(f"{file}: {match[0]} has no value; add it under `set` in pack.yaml")
        return marks[match[1]]

    return _MARK.sub(replace, "\n".join(lines) + "\n")


def _marks(value: object, file: Traversable) -> dict[str, str]:
    facts = _mapping(value, file, None) if value is not None else {}
    return {key: _text(facts, key, file) for key in facts}


def _preset(facts: Mapping[str, Any], file: Traversable, add: str) -> Preset:
    return Preset(
        name=_text(facts, "name", file),
        display_name=_text(facts, "displayName", file),
        group=_text(facts, "group", file),
        add=add,
        remove=tuple(map(str, _list(facts, "remove", file))),
    )


def _rule(facts: Mapping[str, Any], file: Traversable) -> SchemaRule:
    return SchemaRule(
        name=_text(facts, "name", file),
        type=_text(facts, "type", file, default=""),
        format=_text(facts, "format", file, default=""),
        regex=_text(facts, "regex", file, default=""),
        required=facts.get("required") is True,
        readonly=facts.get("readonly") is True,
        hints=tuple(map(str, _list(facts, "hints", file))),
        list_options=tuple(map(str, _list(facts, "listOptions", file))),
    )


def _read(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LocalError(f"{file} can't be read: {error}") from error


def _parse(file: Traversable) -> object:
    try:
        return yaml.load(_read(file), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise LocalError(f"{file} is not valid YAML: {error}") from error


def _mapping(value: object, file: Traversable, keys: set[str] | None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise LocalError(f"{file}: expected a mapping, found {type(value).__name__}")
    unknown = sorted(str(key) for key in value if keys is not None and key not in keys)
    if keys is not None and unknown:
        raise LocalError(f"{file}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(keys))}")
    return value


def _list(facts: Mapping[str, Any], key: str, file: Traversable) -> list[Any]:
    value = facts.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise LocalError(f"{file}: {key} must be a list, found {type(value).__name__}")
    return value


def _text(facts: Mapping[str, Any], key: str, file: Traversable, *, default: str | None = None) -> str:
    value = facts.get(key, default)
    if isinstance(value, str):
        return value
    if value is None:
        raise LocalError(f"{file}: {key} is missing")
    # 1.30 without quotes is the number 1.3: nobody means that.
    raise LocalError(f"{file}: {key} must be text, found {value!r}; put it in quotes")
