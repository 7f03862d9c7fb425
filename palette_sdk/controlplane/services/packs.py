"""Packs: what the catalogue offers, in the shapes of the API. Packs can't be changed, so nothing here is stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from palette_sdk.controlplane.catalogue import Catalogue, PackEntry, PackVersion, RegistryEntry
from palette_sdk.controlplane.filtering import fits_text
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.packs import PackFilter, Sort


class Pack(NamedTuple):
    """One version of a pack, and where it is from."""

    registry: RegistryEntry
    entry: PackEntry
    version: PackVersion


class PackIndex:
    """The catalogue, to be found by uid or by registry and name."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.rows = [Pack(*row) for row in catalogue.rows()]
        self._by_uid = {row.version.uid: row for row in self.rows}
        self._by_name = {(row.registry.uid, row.entry.name): (row.registry, row.entry) for row in self.rows}
        self.registries = {registry.uid: registry for registry in catalogue.registries}

    def by_uid(self, uid: str) -> Pack | None:
        """The version with this uid."""
        return self._by_uid.get(uid)

    def by_name(self, registry_uid: str, name: str) -> tuple[RegistryEntry, PackEntry] | None:
        """The pack of a registry by its name."""
        return self._by_name.get((registry_uid, name))

    def with_name(self, name: str) -> list[tuple[RegistryEntry, PackEntry]]:
        """The packs of that name in all registries."""
        return [found for (_, each), found in self._by_name.items() if each == name]


def summary(pack: Pack) -> Body:
    """A version as a row of `GET /v1/packs`."""
    return {
        "apiVersion": "v1",
        "kind": "pack",
        "metadata": {"name": pack.entry.name, "uid": pack.version.uid, "annotations": dict(pack.entry.annotations)},
        "spec": summary_spec(pack),
        "status": {},
    }


def summary_spec(pack: Pack) -> Body:
    """The `spec` of such a row."""
    registry, entry, version = pack
    return {
        "name": entry.name,
        "displayName": entry.display_name,
        "version": version.version,
        "layer": entry.layer,
        "type": entry.type,
        "registryUid": registry.uid,
        "values": version.values,
        "digest": version.digest,
        "addonType": entry.addon_type,
        "addonSubType": entry.addon_sub_type,
        "group": version.group,
        "eol": version.eol,
        "cloudTypes": list(entry.cloud_types),
        "manifests": [],
        "annotations": dict(entry.annotations),
        "presets": _presets(version),
        "schema": _schema(version),
        "template": {"manifest": "", "values": ""},
    }


def tag_entity(registry: RegistryEntry, entry: PackEntry, versions: Iterable[PackVersion]) -> Body:
    """A pack of a registry with these versions, as `GET /v1/packs/{name}/registries/{uid}` gives it."""
    chosen = list(versions)
    return {
        "name": entry.name,
        "displayName": entry.display_name,
        "layer": entry.layer,
        "addonType": entry.addon_type,
        "addonSubType": entry.addon_sub_type,
        "registryUid": registry.uid,
        "logoUrl": "",
        "cloudTypes": list(entry.cloud_types),
        "tags": [
            {
                "tag": version.tag,
                "version": version.version,
                "packUid": version.uid,
                "group": version.group,
                "parentTags": list(version.parent_tags),
            }
            for version in chosen
        ],
        "packValues": [
            {
                "packUid": version.uid,
                "values": version.values,
                "readme": version.readme,
                "presets": _presets(version),
                "schema": _schema(version),
                "dependencies": [],
                "annotations": dict(entry.annotations),
                "template": {"manifest": "", "values": ""},
            }
            for version in chosen
        ],
    }


def search(index: PackIndex, wanted: PackFilter, sort: list[Sort]) -> list[Body]:
    """One row a pack name and layer with the registries that offer it, as `POST /v1/packs/search` gives it."""
    rows: dict[str, Body] = {}
    for registry in index.registries.values():
        for entry in registry.packs:
            if not _is_wanted(registry, entry, wanted):
                continue
            row = rows.setdefault(entry.name, _metadata_row(entry))
            row["spec"]["registries"].append(
                {
                    "uid": registry.uid,
                    "name": registry.name,
                    "scope": registry.scope,
                    "latestVersion": entry.latest.version,
                    "latestPackUid": entry.latest.uid,
                    "annotations": dict(entry.annotations),
                    "providerType": "pack",
                }
            )
    found = list(rows.values())
    keys = {"addOnType": "addonType"}
    for each in reversed(sort):
        field = keys.get(each.field, each.field)
        found.sort(key=lambda row, field=field: str(row["spec"].get(field, "")), reverse=each.order == "desc")  # type: ignore[misc]
    return found


def _is_wanted(registry: RegistryEntry, entry: PackEntry, wanted: PackFilter) -> bool:
    def allowed(values: list[str], value: str) -> bool:
        return not values or value in values

    return (
        fits_text(wanted.name, entry.name)
        and fits_text(wanted.display_name, entry.display_name)
        and allowed(wanted.type, entry.type)
        and allowed(wanted.layer, entry.layer)
        and (not wanted.environment or any(entry.runs_on(cloud) for cloud in wanted.environment))
        and allowed(wanted.registry_uid, registry.uid)
        and allowed(wanted.add_on_type, entry.addon_type)
        and allowed(wanted.add_on_sub_type, entry.addon_sub_type)
        and allowed(wanted.source, entry.source)
        # Nothing in the catalogue is certified for FIPS, and all of it is in use.
        and not wanted.is_fips
        and allowed(wanted.state, "active")
    )


def _metadata_row(entry: PackEntry) -> Body:
    return {
        "metadata": {"name": entry.name, "uid": entry.latest.uid},
        "spec": {
            "name": entry.name,
            "displayName": entry.display_name,
            "type": entry.type,
            "layer": entry.layer,
            "addonType": entry.addon_type,
            "addonSubType": entry.addon_sub_type,
            "group": entry.latest.group,
            "cloudTypes": list(entry.cloud_types),
            "registries": [],
        },
    }


def _presets(version: PackVersion) -> list[dict[str, Any]]:
    return [
        {
            "name": preset.name,
            "displayName": preset.display_name,
            "group": preset.group,
            "add": preset.add,
            "remove": list(preset.remove),
        }
        for preset in version.presets
    ]


def _schema(version: PackVersion) -> list[dict[str, Any]]:
    return [
        {
            "name": rule.name,
            "type": rule.type,
            "format": rule.format,
            "regex": rule.regex,
            "required": rule.required,
            "readonly": rule.readonly,
            "hints": list(rule.hints),
            "listOptions": list(rule.list_options),
        }
        for rule in version.schema
    ]
