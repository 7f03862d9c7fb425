"""Cluster profiles: a versioned stack of layers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Wire
from .meta import ConstraintResults, EntityRef, ListMeta, MetaInput, ObjectMeta, ObjectRef, UserRef
from .packs import FilterArray, FilterString, Sort


class PackRef(Wire):
    """A layer as it stands in a profile, or in a cluster's copy of one."""

    name: str
    layer: str = ""
    type: str = ""
    tag: str = ""
    version: str = ""
    pack_uid: str = ""
    registry_uid: str = ""
    values: str = ""
    digest: str = ""
    manifests: list[ObjectRef] = []
    annotations: dict[str, str] = {}
    is_invalid: bool = False
    invalid_reason: str = Field(default="", alias="inValidReason")


class Template(Wire):
    """The content of a profile: its published or its draft side, or a cluster's copy."""

    uid: str = ""
    name: str = ""
    type: str = ""
    cloud_type: str = ""
    profile_version: str = ""
    packs: list[PackRef] = []


class ProfileVersionRef(Wire):
    """A version of a profile and its uid."""

    uid: str = ""
    version: str = ""


class ProfileSpec(Wire):
    """Version, its siblings, and content; `draft` is null unless something is unpublished."""

    version: str = ""
    versions: list[ProfileVersionRef] = []
    draft: Template | None = None
    published: Template | None = None


class ProfileStatus(Wire):
    """Whether a profile is published, and who uses it."""

    is_published: bool = False
    has_user_macros: bool = False
    in_use_clusters: list[UserRef] = []
    in_use_cluster_templates: list[UserRef] = []
    in_use_cluster_uids: list[str] = []


class ClusterProfile(Wire):
    """One version of a profile."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ProfileSpec = ProfileSpec()
    status: ProfileStatus = ProfileStatus()


class VariableOption(Wire):
    """A choice of a variable."""

    value: str
    label: str = ""
    description: str = ""
    default: bool = False


class Variable(Wire):
    """A variable of a profile; all values are text. The default of a sensitive one stays out of the repr."""

    name: str
    display_name: str = ""
    description: str = ""
    format: str = ""
    input_type: str = ""
    options: list[VariableOption] = []
    default_value: str = Field(default="", repr=False)
    regex: str = ""
    required: bool = False
    immutable: bool = False
    hidden: bool = False
    is_sensitive: bool = False


class Variables(Wire):
    """Body and answer of the variables of a profile."""

    variables: list[Variable] = []


class VariableNames(Wire):
    """Body of a DELETE of variables."""

    variables: list[str]


class ManifestInput(Wire):
    """A manifest of a new layer."""

    name: str
    content: str = ""


class ManifestUpdate(Wire):
    """A manifest of a layer that is changed; an empty or absent uid makes a new one."""

    name: str
    content: str = ""
    uid: str = ""


class PackManifestEntity(Wire):
    """A layer as it is written when a profile is created; `uid` is the pack's uid, `tag` the chosen version."""

    name: str
    type: str = ""
    layer: str = ""
    tag: str = ""
    registry_uid: str = ""
    uid: str = ""
    values: str = ""
    manifests: list[ManifestInput] = []


class PackManifestUpdate(Wire):
    """A layer as it is written when content changes."""

    name: str
    type: str = ""
    layer: str = ""
    tag: str = ""
    registry_uid: str = ""
    uid: str = ""
    values: str = ""
    manifests: list[ManifestUpdate] = []


class TemplateDraft(Wire):
    """The content of a new profile."""

    type: str = ""
    cloud_type: str = ""
    packs: list[PackManifestEntity] = []


class ProfileCreateSpec(Wire):
    """Version, content and variables of a new profile."""

    version: str = ""
    template: TemplateDraft
    variables: list[Variable] = []


class ProfileCreate(Wire):
    """Body of `POST /v1/clusterprofiles`."""

    metadata: ObjectMeta
    spec: ProfileCreateSpec


class TemplateUpdate(Wire):
    """The complete new list of layers."""

    type: str = ""
    packs: list[PackManifestUpdate] = []


class ProfileUpdateSpec(Wire):
    """Version and content of a change in place."""

    version: str = ""
    template: TemplateUpdate


class ProfileUpdate(Wire):
    """Body of `PUT /v1/clusterprofiles/{uid}`."""

    metadata: ObjectMeta
    spec: ProfileUpdateSpec


class CloneTarget(Wire):
    """Where a clone goes."""

    scope: str
    project_uid: str = ""


class CloneMeta(Wire):
    """Name and version of a clone."""

    name: str
    version: str = ""
    target: CloneTarget | None = None


class ProfileClone(Wire):
    """Body of `POST /v1/clusterprofiles/{uid}/clone`."""

    metadata: CloneMeta


class ProfileMetaSpec(Wire):
    """Version in a PATCH of metadata."""

    version: str = ""


class ProfileMetaPatch(Wire):
    """Body of `PATCH /v1/clusterprofiles/{uid}/metadata`."""

    metadata: MetaInput
    spec: ProfileMetaSpec | None = None


class ProfileMetadataSpec(Wire):
    """Version and cloud of a row."""

    version: str = ""
    cloud_type: str = ""


class ProfileMetadata(Wire):
    """A row of the list of profiles: one row a version."""

    metadata: EntityRef = EntityRef()
    spec: ProfileMetadataSpec = ProfileMetadataSpec()


class ProfilesMetadata(Wire):
    """All profiles in sight, one row a version."""

    items: list[ProfileMetadata] = []


class ProfileFilter(Wire):
    """Which profiles a search wants; `version` takes eq, ne, gt, lt, beginsWith."""

    profile_name: FilterString | None = None
    version: dict[str, str] | None = None
    profile_type: list[str] = []
    environment: list[str] = []
    tags: FilterArray | None = None
    scope: str = ""
    fips: str = ""
    resource_type: str = ""


class ProfileSearch(Wire):
    """Body of `POST /v1/dashboard/clusterprofiles`."""

    filter: ProfileFilter = ProfileFilter()
    sort: list[Sort] = []


class PackRefSummary(Wire):
    """A layer in a summary."""

    name: str = ""
    display_name: str = ""
    tag: str = ""
    layer: str = ""
    version: str = ""
    pack_uid: str = ""
    type: str = ""


class TemplateSummary(Wire):
    """Content in a summary."""

    type: str = ""
    cloud_type: str = ""
    packs: list[PackRefSummary] = []


class ProfileSummarySpec(Wire):
    """Version and content in a summary."""

    version: str = ""
    versions: list[ProfileVersionRef] = []
    draft: TemplateSummary | None = None
    published: TemplateSummary | None = None


class ProfileSummaryStatus(Wire):
    """Users of a profile in a summary."""

    is_published: bool = False
    in_use_clusters: list[EntityRef] = []
    in_use_cluster_templates: list[EntityRef] = []
    in_use_cluster_uids: list[str] = []


class ProfileSummary(Wire):
    """A row of the profile search, with labels and users."""

    metadata: ObjectMeta = ObjectMeta()
    spec_summary: ProfileSummarySpec = ProfileSummarySpec()
    status: ProfileSummaryStatus = ProfileSummaryStatus()


class ProfilesSummary(Wire):
    """A page of the profile search."""

    items: list[ProfileSummary] = []
    listmeta: ListMeta = ListMeta()


class ProfileValidation(Wire):
    """Answer of a validation of layers."""

    packs: ConstraintResults = ConstraintResults()


class RegistryImport(Wire):
    """The registry of an exported layer: by name, so that it ports across tenants."""

    metadata: dict[str, Any] = {}
    matching_registries: list[dict[str, Any]] = []


class PackImport(Wire):
    """A layer of an exported profile."""

    name: str = ""
    type: str = ""
    layer: str = ""
    tag: str = ""
    version: str = ""
    values: str = ""
    registry: RegistryImport | None = None
    manifests: list[ManifestInput] = []


class TemplateImport(Wire):
    """Content of an exported profile."""

    type: str = ""
    cloud_type: str = ""
    packs: list[PackImport] = []


class ProfileImportSpec(Wire):
    """Version, content and variables of an exported profile."""

    version: str = ""
    template: TemplateImport = TemplateImport()
    variables: list[Variable] = []


class ProfileImportMeta(Wire):
    """Metadata of an exported profile: the description is a field here."""

    name: str = ""
    description: str = ""
    labels: dict[str, str] = {}


class ProfileImport(Wire):
    """An exported profile: answer of export, body of import."""

    metadata: ProfileImportMeta = ProfileImportMeta()
    spec: ProfileImportSpec = ProfileImportSpec()
