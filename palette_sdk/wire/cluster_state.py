"""Clusters: what is read, in full, as overview and as a row of a search."""

from __future__ import annotations

from typing import Any

from .base import OpenWire, Wire
from .layers import ManifestEntity, ManifestSummary, ProfilePacksManifests
from .meta import EntityRef, ListMeta, ObjectMeta, ObjectRef
from .profiles import PackRef, Template


class Condition(Wire):
    """A condition of a cluster or a layer; `status` is the text True or False."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str = ""
    last_probe_time: str = ""


class SpcApply(Wire):
    """Whether what was sent may be rolled out."""

    action_type: str = ""
    can_be_applied: bool = False
    last_modified_time: str = ""
    patch_applied_time: str = ""
    spc_hash: str = ""
    spc_infra_hash: str = ""
    crd_digest: str = ""


class ServicePort(Wire):
    """A port of a service."""

    port: int
    protocol: str = ""


class LoadBalancer(Wire):
    """A service with an address of its own."""

    name: str = ""
    host: str = ""
    ports: list[ServicePort] = []


class PackManifestStatus(Wire):
    """A manifest of a layer on a cluster."""

    uid: str = ""
    name: str = ""
    condition: Condition = Condition()


class PackStatus(Wire):
    """A layer on a cluster."""

    name: str = ""
    profile_uid: str = ""
    type: str = ""
    version: str = ""
    start_time: str = ""
    end_time: str = ""
    condition: Condition = Condition()
    manifests: list[PackManifestStatus] = []
    services: list[LoadBalancer] = []


class Endpoint(Wire):
    """An address of the Kubernetes API."""

    host: str
    port: int


class AddOnService(Wire):
    """A service of an add-on."""

    name: str = ""
    endpoint: str = ""


class RepaveState(Wire):
    """Pending, Approved or Reverted."""

    state: str = ""


class Upgrade(Wire):
    """An upgrade that the service made."""

    reason: list[str] = []
    timestamp: str = ""


class ClusterStatus(Wire):
    """The state of a cluster and of its layers."""

    state: str = ""
    conditions: list[Condition] = []
    packs: list[PackStatus] = []
    services: list[LoadBalancer] = []
    api_endpoints: list[Endpoint] = []
    add_on_services: list[AddOnService] = []
    spc_apply: SpcApply | None = None
    repave: RepaveState = RepaveState()
    upgrades: list[Upgrade] = []


class ClusterConfig(OpenWire):
    """Settings of a cluster as they are read."""

    timezone: str = ""
    update_worker_pools_in_parallel: bool = False
    control_plane_health_check_timeout: str = ""
    cluster_meta_attribute: str = ""


class ClusterTemplateRef(Wire):
    """The template that a cluster follows."""

    uid: str = ""
    project_uid: str = ""


class ClusterSpec(Wire):
    """What a cluster is made of; the templates are its own copies, with effective values."""

    cloud_type: str = ""
    cluster_type: str = ""
    cloud_config_ref: ObjectRef = ObjectRef()
    cluster_config: ClusterConfig = ClusterConfig()
    cluster_profile_templates: list[Template] = []
    cluster_template: ClusterTemplateRef | None = None


class Cluster(Wire):
    """A cluster. `status` is None right after it was accepted."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ClusterSpec = ClusterSpec()
    status: ClusterStatus | None = None


class ClusterStateOnly(Wire):
    """The bare state."""

    state: str = ""


class ClusterStatusEntity(Wire):
    """Answer of `GET .../status`."""

    status: ClusterStateOnly = ClusterStateOnly()


class HealthCondition(Wire):
    """A complaint about health."""

    type: str = ""
    message: str = ""
    related_object: ObjectRef = ObjectRef()


class Health(Wire):
    """Healthy, UnHealthy or Unknown."""

    state: str = ""
    conditions: list[HealthCondition] = []
    agent_version: str = ""
    last_heart_beat_timestamp: str = ""


class NoticeFlags(Wire):
    """Whether an update waits, or variables of a template."""

    is_available: bool = False
    is_template_variable_resolution_pending: bool = False


class KubeMeta(Wire):
    """Which access files exist, and the version that runs."""

    has_kube_config: bool = False
    has_kube_config_client: bool = False
    has_manifest: bool = False
    kubernetes_version: str = ""


class PoolMeta(Wire):
    """A pool in an overview."""

    cloud_type: str = ""
    healthy: int = 0
    is_control_plane: bool = False
    labels: list[str] = []
    maintenance_mode: int = 0
    size: int = 0


class CloudConfigMeta(Wire):
    """Cloud and pools in an overview."""

    uid: str = ""
    cloud_type: str = ""
    machine_pools: list[PoolMeta] = []


class TemplateMeta(Wire):
    """A profile in an overview; the number `version` of the service has no meaning any more and is left out."""

    uid: str = ""
    name: str = ""
    type: str = ""
    cloud_type: str = ""
    scope: str = ""
    packs: list[PackRef] = []


class Metric(Wire):
    """A snapshot of what a cluster uses, as it was at `last_updated_time`; that is empty where nothing measures."""

    last_updated_time: str = ""
    limit: float = 0
    request: float = 0
    total: float = 0
    unit: str = ""
    usage: float = 0


class Metrics(Wire):
    """What a cluster uses."""

    cpu: Metric = Metric()
    memory: Metric = Metric()


class OverviewStatus(Wire):
    """State, health and what waits."""

    state: str = ""
    health: Health | None = None
    conditions: list[Condition] = []
    packs: list[PackStatus] = []
    services: list[LoadBalancer] = []
    api_endpoints: list[Endpoint] = []
    spc_apply: SpcApply | None = None
    notifications: NoticeFlags = NoticeFlags()
    kube_meta: KubeMeta = KubeMeta()
    metrics: Metrics = Metrics()


class Overview(Wire):
    """Answer of `GET /v1/dashboard/spectroclusters/{uid}/overview`; its spec is for people and not modelled."""

    metadata: ObjectMeta = ObjectMeta()
    spec: dict[str, Any] = {}
    status: OverviewStatus = OverviewStatus()


class SummarySpec(Wire):
    """What a cluster is made of, in a row."""

    cloud_config: CloudConfigMeta = CloudConfigMeta()
    cloud_account_meta: EntityRef = EntityRef()
    cluster_config: ClusterConfig = ClusterConfig()
    cluster_profile_templates: list[TemplateMeta] = []
    project_meta: EntityRef = EntityRef()


class SummaryStatus(Wire):
    """State and health in a row."""

    state: str = ""
    health: Health | None = None
    notifications: NoticeFlags = NoticeFlags()
    repave: RepaveState = RepaveState()


class ClusterSummary(Wire):
    """A row of the cluster search."""

    metadata: ObjectMeta = ObjectMeta()
    spec_summary: SummarySpec = SummarySpec()
    status: SummaryStatus = SummaryStatus()


class ClustersSummary(Wire):
    """A page of the cluster search."""

    items: list[ClusterSummary] = []
    listmeta: ListMeta = ListMeta()


class ClusterProfileRow(Wire):
    """A profile on a cluster; `spec` has type, cloudType and the packs as summaries."""

    metadata: ObjectMeta = ObjectMeta()
    spec: dict[str, Any] = {}


class ClusterProfileRows(Wire):
    """Answer of `GET .../profiles`."""

    profiles: list[ClusterProfileRow] = []


class ProfileUpdates(Wire):
    """What profiles became since they were applied; empty means that nothing waits."""

    profiles: list[Template] = []


class ClusterManifests(Wire):
    """All manifests of a cluster, flat."""

    manifests: list[ManifestSummary] = []


class ClusterProfilesPacksManifests(Wire):
    """All manifests of a cluster, by profile and layer."""

    profiles: list[ProfilePacksManifests] = []


class ClusterManifestDocs(Wire):
    """The manifests of one layer of a cluster; only the published side is told."""

    items: list[ManifestEntity] = []
