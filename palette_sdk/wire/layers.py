"""Content of layers: manifests with their texts, and the configuration of a layer by scope."""

from __future__ import annotations

from .base import Wire
from .meta import ObjectMeta
from .packs import PackSummary


class ManifestSummary(Wire):
    """A manifest with its text."""

    uid: str = ""
    name: str = ""
    content: str = ""
    digest: str = ""


class InstalledManifest(Wire):
    """A manifest of a cluster as it was rolled out."""

    name: str = ""
    namespace: str = ""
    type: str = ""
    content: str = ""


class InstalledManifests(Wire):
    """Answer of `GET /v1/spectroclusters/{uid}/features/manifests`."""

    manifests: list[InstalledManifest] = []


class PackManifestsSpec(Wire):
    """A layer and its manifests."""

    name: str = ""
    type: str = ""
    layer: str = ""
    version: str = ""
    values: str = ""
    registry_uid: str = ""
    digest: str = ""
    manifests: list[ManifestSummary] = []


class PackManifestsOf(Wire):
    """A layer of a profile with its manifests."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PackManifestsSpec = PackManifestsSpec()


class ProfilePacksManifestsSpec(Wire):
    """All layers with their manifests."""

    packs: list[PackManifestsOf] = []


class ProfilePacksManifests(Wire):
    """A profile's layers with the texts of their manifests."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ProfilePacksManifestsSpec = ProfilePacksManifestsSpec()


class ProfilePacks(Wire):
    """The layers of a profile as pack summaries."""

    items: list[PackSummary] = []


class ManifestData(Wire):
    """Text of one side of a manifest."""

    content: str = ""
    digest: str = ""


class ManifestSpec(Wire):
    """Draft and published side of a manifest."""

    draft: ManifestData | None = None
    published: ManifestData | None = None


class ManifestEntity(Wire):
    """A manifest as a document of its own."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ManifestSpec = ManifestSpec()


class ManifestEntities(Wire):
    """The manifests of one layer."""

    items: list[ManifestEntity] = []


class ManifestText(Wire):
    """New text for a manifest of a cluster."""

    uid: str
    content: str = ""


class ManifestTexts(Wire):
    """Body of `PUT .../packs/{packName}/manifests` on a cluster."""

    manifests: list[ManifestText]


class PackManifestRef(Wire):
    """A manifest in the configuration of a layer."""

    uid: str = ""
    name: str = ""
    parent_uid: str = ""
    digest: str = ""
    is_overridden: bool = False


class PackConfigSpec(Wire):
    """A layer in one scope: the profile's own, or a cluster's override."""

    name: str = ""
    pack_uid: str = ""
    tag: str = ""
    type: str = ""
    version: str = ""
    scope: str = ""
    associated_object: str = ""
    values: str = ""
    is_values_overridden: bool = False
    manifests: list[PackManifestRef] = []


class PackConfig(Wire):
    """A row of the configuration of a layer."""

    spec: PackConfigSpec = PackConfigSpec()


class PackConfigs(Wire):
    """The configuration of a layer, one row a scope."""

    items: list[PackConfig] = []
