"""Registries and packs: what layers are made of. Read only."""

from __future__ import annotations

from palette_sdk.wire.packs import (
    FilterString,
    PackFilter,
    PackMetadata,
    PackMetadataList,
    PackSearch,
    PackTagEntity,
    RegistriesMetadata,
    RegistryMetadata,
)

from .calls import Calls, path


class Registries:
    """Registries in sight of the scope."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, fresh: bool = False) -> list[RegistryMetadata]:
        """All registries, packs, Helm and OCI."""
        return list(
            self._calls.shared(
                "list",
                lambda: self._calls.read(RegistriesMetadata, "/v1/registries/metadata", query={"scope": ""}).items,
                fresh=fresh,
            )
        )

    def by_name(self, name: str, *, fresh: bool = False) -> RegistryMetadata | None:
        """The registry with exactly this name, or None; of several, the default one, then a pack registry."""
        named = [row for row in self.list(fresh=fresh) if row.name == name]
        return min(named, key=lambda row: (not row.is_default, row.kind != "pack"), default=None)


class Packs:
    """Packs of registries."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def in_registry(
        self, name: str, registry_uid: str, *, cloud_type: str = "all", fresh: bool = False
    ) -> PackTagEntity | None:
        """A pack with its versions and their default values, or None when the registry doesn't have it."""
        at = path("/v1/packs/{}/registries/{}", name, registry_uid)
        return self._calls.shared(
            (name, registry_uid, cloud_type),
            lambda: self._calls.find(PackTagEntity, at, query={"cloudType": cloud_type}),
            fresh=fresh,
        )

    def search(self, wanted: PackFilter | None = None, *, fresh: bool = False) -> list[PackMetadata]:
        """Packs by a filter, one row a pack; without one, all."""
        body = PackSearch(filter=wanted or PackFilter()).body()
        return list(
            self._calls.shared(
                ("search", repr(body)),
                lambda: self._calls.pages(
                    lambda query: self._calls.ask(PackMetadataList, "/v1/packs/search", body, query=query),
                    lambda page: page.items,
                ),
                fresh=fresh,
            )
        )

    def named(self, name: str, *, fresh: bool = False) -> PackMetadata | None:
        """The pack with exactly this name, with the registries that have it, or None."""
        wanted = PackFilter(name=FilterString(eq=name, ignore_case=False))
        return next((row for row in self.search(wanted, fresh=fresh) if row.spec.name == name), None)

    def names(self, *, fresh: bool = False) -> list[str]:
        """Names of all packs, sorted: what a suggestion is chosen from."""
        return sorted({row.spec.name for row in self.search(fresh=fresh)})
