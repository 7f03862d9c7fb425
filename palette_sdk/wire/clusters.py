"""Clusters: what is written. What is read stands in cluster_state.py; searching in cluster_search.py."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import OpenWire, Wire
from .meta import ConstraintResults, ObjectMeta
from .profiles import ManifestUpdate, PackManifestUpdate, PackRef, Variable


class PackValues(Wire):
    """What a cluster overrides of one layer, matched by the layer's name; empty values mean no override."""

    name: str
    type: str = ""
    tag: str = ""
    values: str = ""
    manifests: list[ManifestUpdate] = []


class VariableValue(Wire):
    """A value for a variable of a profile; it may be sensitive."""

    name: str
    value: str = Field(default="", repr=False)


class ProfileEntity(Wire):
    """A profile on a cluster. `replace_with_profile` holds the uid that is replaced; `uid` is the new one."""

    uid: str
    pack_values: list[PackValues] = []
    variables: list[VariableValue] = []
    replace_with_profile: str = ""


class Taint(Wire):
    """A taint of the nodes of a pool."""

    key: str = ""
    value: str = ""
    effect: str = ""


class UpdateStrategy(Wire):
    """How nodes of a pool are replaced."""

    type: str = ""
    max_surge: str = ""
    max_unavailable: str = ""


class PoolProperties(Wire):
    """amd64 or arm64."""

    arch_type: str = ""


class PoolConfig(OpenWire):
    """The part of a pool that all clouds share. `labels` is ["control-plane"] or ["worker"]."""

    name: str
    size: int
    labels: list[str]
    is_control_plane: bool = False
    use_control_plane_as_worker: bool = False
    min_size: int | None = None
    max_size: int | None = None
    taints: list[Taint] = []
    additional_labels: dict[str, str] = {}
    additional_annotations: dict[str, str] = {}
    additional_tags: dict[str, str] = {}
    update_strategy: UpdateStrategy | None = None
    node_repave_interval: int | None = None
    machine_pool_properties: PoolProperties | None = None
    skip_k8s_upgrade: str = Field(default="", alias="skipK8sUpgrade")
    override_kubeadm_configuration: str = ""


class PoolEntity(OpenWire):
    """A pool as it is written: the cloud's part apart from the shared one."""

    cloud_config: dict[str, Any] = {}
    pool_config: PoolConfig
    managed_pool_config: dict[str, Any] | None = None


class ClusterConfigInput(OpenWire):
    """Settings of a cluster; a time zone is an IANA name."""

    timezone: str = ""
    update_worker_pools_in_parallel: bool = False
    control_plane_health_check_timeout: str = ""
    cluster_meta_attribute: str = ""


class TemplateRef(Wire):
    """The template that launches a cluster."""

    uid: str


class ClusterCreateSpec(OpenWire):
    """What a cluster is made of. `cloud_config` is the cloud's own body; edge-native has no cloud account."""

    cloud_account_uid: str = ""
    cloud_config: dict[str, Any] = {}
    pools: list[PoolEntity] = Field(default=[], alias="machinepoolconfig")
    profiles: list[ProfileEntity] = []
    cluster_config: ClusterConfigInput | None = None
    policies: dict[str, Any] | None = None
    cluster_template: TemplateRef | None = None
    cluster_type: str = ""
    edge_host_uid: str = ""
    fargate_profiles: list[dict[str, Any]] = []


class ClusterCreate(Wire):
    """Body of `POST /v1/spectroclusters/{cloud}` and of its validation, for every cloud."""

    metadata: ObjectMeta
    spec: ClusterCreateSpec


class SpcApplySettings(Wire):
    """DownloadAndInstall (at once) or DownloadAndInstallLater (held until told)."""

    action_type: str


class ClusterProfiles(Wire):
    """Body of PUT and PATCH of the profiles of a cluster."""

    profiles: list[ProfileEntity]
    spc_apply_settings: SpcApplySettings | None = None


class ProfileUids(Wire):
    """Body of DELETE of profiles of a cluster."""

    profile_uids: list[str]


class ProfilePackRefs(Wire):
    """The layers that a pending update of one profile brings."""

    uid: str
    packs: list[PackManifestUpdate] = []


class PackRefsUpdate(Wire):
    """Body of `PATCH .../packRefs?notify=`: applies pending updates."""

    profiles: list[ProfilePackRefs]
    spc_apply_settings: SpcApplySettings | None = None


class TimezoneUpdate(Wire):
    """Body of `PATCH .../clusterConfig/timezone`."""

    timezone: str


class ProfileVariableValues(Wire):
    """Values for the variables of one profile on a cluster."""

    profile_uid: str
    variables: list[VariableValue] = []


class ClusterVariable(Variable):
    """A variable of a profile with the value on this cluster."""

    value: str = Field(default="", repr=False)


class ProfileVariables(Wire):
    """The variables of one profile on a cluster."""

    profile_uid: str
    variables: list[ClusterVariable] = []


class PacksToValidate(Wire):
    """Body of a validation of layers, or of a dry run that asks for repaves."""

    profiles: list[ProfileEntity]


class ProfilePacksValidation(Wire):
    """What a validation says about one profile."""

    uid: str = ""
    packs: ConstraintResults = ConstraintResults()


class ClusterValidation(Wire):
    """Answer of a validation of a cluster."""

    machine_pools: ConstraintResults = ConstraintResults()
    profiles: list[ProfilePacksValidation] = []


class PackDiff(Wire):
    """What differs in a layer that causes a repave."""

    current: PackRef | None = None
    target: PackRef | None = None
    diff_config_keys: list[str] = []


class RepaveReason(Wire):
    """Why nodes would be replaced."""

    code: str = ""
    message: str = ""
    pack: PackDiff | None = None


class RepaveValidation(Wire):
    """Whether a change would replace nodes."""

    is_repave_required: bool = False
    reasons: list[RepaveReason] = []


class RepaveSpec(Wire):
    """Why nodes wait to be replaced, and who asked for it."""

    reasons: list[RepaveReason] = []
    source: str = ""


class RepaveProgress(Wire):
    """How far a repave is: Pending (waits for approval), Approved or Reverted."""

    state: str = ""
    message: str = ""
    repave_transition_time: str = ""


class Repave(Wire):
    """Answer of `GET .../repave/status`."""

    spec: RepaveSpec = RepaveSpec()
    status: RepaveProgress = RepaveProgress()
