"""Registries and packs."""

from __future__ import annotations

from pydantic import Field

from .base import Wire
from .meta import ListMeta, ObjectMeta, ObjectRef


class RegistryMetadata(Wire):
    """A registry of packs, Helm charts or OCI artefacts."""

    uid: str = ""
    name: str = ""
    kind: str = ""
    scope: str = ""
    is_default: bool = False
    is_private: bool = False


class RegistriesMetadata(Wire):
    """All registries in sight."""

    items: list[RegistryMetadata] = []


class RegistrySyncStatus(Wire):
    """Whether a registry is synchronised, and how far."""

    is_sync_supported: bool = False
    status: str = ""
    message: str = ""
    last_run_time: str = ""
    last_synced_time: str = ""


class PackTag(Wire):
    """One version of a pack in a registry; `parent_tags` are moving ones such as 1.30.x."""

    tag: str = ""
    version: str = ""
    pack_uid: str = ""
    group: str = ""
    parent_tags: list[str] = []


class PackDependency(Wire):
    """A pack that another one needs."""

    name: str = ""
    display_name: str = ""
    registry_uid: str = ""
    uid: str = ""
    version: str = ""


class PackValuesOf(Wire):
    """The default values of one version of a pack."""

    pack_uid: str = ""
    values: str = ""
    readme: str = ""
    dependencies: list[PackDependency] = []
    annotations: dict[str, str] = {}


class PackTagEntity(Wire):
    """A pack of a registry with its versions and their default values."""

    name: str = ""
    display_name: str = ""
    layer: str = ""
    addon_type: str = ""
    addon_sub_type: str = ""
    registry_uid: str = ""
    cloud_types: list[str] = []
    tags: list[PackTag] = []
    pack_values: list[PackValuesOf] = []


class PackSummarySpec(Wire):
    """A pack as lists show it."""

    name: str = ""
    display_name: str = ""
    version: str = ""
    layer: str = ""
    type: str = ""
    registry_uid: str = ""
    values: str = ""
    digest: str = ""
    addon_type: str = ""
    addon_sub_type: str = ""
    group: str = ""
    cloud_types: list[str] = []
    manifests: list[ObjectRef] = []
    annotations: dict[str, str] = {}


class PackSummary(Wire):
    """A row of `GET /v1/packs` and of the packs of a profile."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PackSummarySpec = PackSummarySpec()


class PackSummaries(Wire):
    """A page of packs."""

    items: list[PackSummary] = []
    listmeta: ListMeta = ListMeta()


class RegistryPack(Wire):
    """A registry that offers a pack, and the latest version there."""

    uid: str = ""
    name: str = ""
    scope: str = ""
    latest_version: str = ""
    latest_pack_uid: str = ""
    annotations: dict[str, str] = {}


class PackMetadataSpec(Wire):
    """A pack as the search shows it: one row a pack, not a version."""

    name: str = ""
    display_name: str = ""
    type: str = ""
    layer: str = ""
    addon_type: str = ""
    addon_sub_type: str = ""
    group: str = ""
    cloud_types: list[str] = []
    registries: list[RegistryPack] = []


class PackMetadata(Wire):
    """A row of the pack search."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PackMetadataSpec = PackMetadataSpec()


class PackMetadataList(Wire):
    """A page of the pack search."""

    items: list[PackMetadata] = []
    listmeta: ListMeta = ListMeta()


class FilterString(Wire):
    """A condition on a text; one of eq, ne, contains, begins_with."""

    eq: str | None = None
    ne: str | None = None
    contains: str | None = None
    begins_with: str | None = None
    ignore_case: bool = True


class FilterArray(Wire):
    """A condition on a list of texts."""

    eq: list[str] | None = None
    ne: list[str] | None = None
    begins_with: list[str] | None = None
    ignore_case: bool = True


class PackFilter(Wire):
    """Which packs a search wants."""

    name: FilterString | None = None
    display_name: FilterString | None = None
    type: list[str] = []
    layer: list[str] = []
    environment: list[str] = []
    registry_uid: list[str] = []
    add_on_type: list[str] = []
    add_on_sub_type: list[str] = []
    source: list[str] = []
    state: list[str] = []
    is_fips: bool | None = None


class Sort(Wire):
    """One key of an order; `order` is asc or desc."""

    field: str
    order: str = Field(default="asc")


class PackSearch(Wire):
    """Body of `POST /v1/packs/search`."""

    filter: PackFilter = PackFilter()
    sort: list[Sort] = []
