"""Shapes of request bodies about clusters that the SDK itself never sends, so `wire` has no model of them.

Only the types of fields that services look at; what else a body holds is kept (see `Call.shaped`).
"""

# ruff: noqa: RUF012 - pydantic copies the defaults of fields
from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictBool, StrictFloat

from palette_sdk.wire.backups import BackupConfig
from palette_sdk.wire.base import Wire
from palette_sdk.wire.meta import ObjectMeta, ObjectRef
from palette_sdk.wire.packs import FilterString


class ManifestContent(Wire):
    """A manifest by its uid on the cluster, and its new text."""

    uid: str = Field(min_length=1)
    content: str = ""


class ManifestContents(Wire):
    """Manifests to override."""

    manifests: list[ManifestContent] = []


class References(Wire):
    """What to resolve."""

    references: list[str] = []


class OsPatchConfig(Wire):
    """When and how the operating system is patched."""

    schedule: str = ""
    on_demand_patch_after: str = ""
    patch_on_boot: StrictBool = False
    reboot_if_required: StrictBool = False


class OsPatch(Wire):
    """When the operating system is patched."""

    os_patch_config: OsPatchConfig = OsPatchConfig()


class MachineManagement(Wire):
    """How machines are looked after."""

    os_patch_config: OsPatchConfig = OsPatchConfig()


class LifecycleConfig(Wire):
    """Whether the cluster is paused."""

    pause: StrictBool = False


class Lifecycle(Wire):
    """Whether the cluster is paused."""

    lifecycle_config: LifecycleConfig = LifecycleConfig()


class HostCluster(Wire):
    """Whether the cluster hosts others."""

    host_cluster_config: dict[str, Any] = {}


class MetaAttribute(Wire):
    """A text for the cluster."""

    cluster_meta_attribute: str = ""


class HealthCheckTimeout(Wire):
    """How long a control plane may be silent."""

    control_plane_health_check_timeout: str = ""


class Spot(Wire):
    """Degrees."""

    latitude: StrictFloat = 0.0
    longitude: StrictFloat = 0.0


class Place(Wire):
    """Where a cluster is."""

    country_code: str = ""
    country_name: str = ""
    region_code: str = ""
    region_name: str = ""
    geo_loc: Spot = Spot()


class Location(Wire):
    """Body of `PUT .../location`."""

    location: Place = Place()


class UpgradeSetting(Wire):
    """Whether agents are upgraded."""

    spectro_components: Literal["lock", "unlock"]


class Resource(Wire):
    """A managed namespace or role."""

    metadata: ObjectMeta = ObjectMeta()
    spec: dict[str, Any] = {}


class RoleRef(Wire):
    """A role of Kubernetes."""

    kind: str = ""
    name: str = ""


class Subject(Wire):
    """Who has a role."""

    type: str = ""
    name: str = ""
    namespace: str = ""


class Binding(Wire):
    """A role and who has it."""

    type: str = ""
    namespace: str = ""
    role: RoleRef = RoleRef()
    subjects: list[Subject] = []


class RoleSpec(Wire):
    """Bindings of a managed role."""

    bindings: list[Binding] = []


class Role(Wire):
    """A managed role."""

    metadata: ObjectMeta = ObjectMeta()
    spec: RoleSpec = RoleSpec()


class Namespaces(Wire):
    """All managed namespaces."""

    namespaces: list[Resource] = []


class Roles(Wire):
    """All managed roles."""

    rbacs: list[Role] = []


class PatchTime(Wire):
    """When an agent applied what was sent."""

    patch_time: str = ""


class MachineAction(Wire):
    """What to do with a machine."""

    action: Literal["cordon", "uncordon"]


class WorkloadFilter(Wire):
    """Namespaces to look at; none is all."""

    namespaces: list[str] = []


class Workloads(Wire):
    """Body of the workload calls."""

    filter: WorkloadFilter = WorkloadFilter()


class MetadataFilter(Wire):
    """The small filter of the older list."""

    name: FilterString | None = None
    environment: str = ""
    state: str = ""


class Metadata(Wire):
    """Body of `POST .../metadata`; `sort` is environment, state or name."""

    filter: MetadataFilter = MetadataFilter()
    sort: str = ""


class EventGiven(Wire):
    """What an agent reports."""

    metadata: ObjectMeta = ObjectMeta()
    involved_object: ObjectRef = ObjectRef()
    related_object: ObjectRef = ObjectRef()
    severity: str = "Normal"


class ScheduleGiven(Wire):
    """When something runs."""

    scheduled_run_time: str = ""


class ScanGiven(Wire):
    """A scan and when it runs."""

    schedule: ScheduleGiven = ScheduleGiven()


class ScanPolicy(Wire):
    """Scans by tool."""

    kube_bench: ScanGiven | None = None
    kube_hunter: ScanGiven | None = None
    sonobuoy: ScanGiven | None = None


class Policies(Wire):
    """Policies of a new cluster."""

    backup_policy: BackupConfig | None = None
    scan_policy: ScanPolicy | None = None


class Resources(Wire):
    """Managed namespaces and roles of a new cluster."""

    namespaces: list[Resource] = []
    rbacs: list[Role] = []


class CommonSettings(Wire):
    """The parts of a new cluster's settings that are looked into."""

    resources: Resources = Resources()
    location: Place = Place()
    machine_management_config: MachineManagement = MachineManagement()
    lifecycle_config: LifecycleConfig = LifecycleConfig()


class Subnet(Wire):
    """A subnet of a zone."""

    az: str = ""
    id: str = ""


class EdgeHost(Wire):
    """A host of a pool."""

    host_uid: str = ""
    nic: dict[str, Any] = {}


class Placement(Wire):
    """Where vSphere puts machines."""

    network: dict[str, Any] = {}


class PoolCloud(Wire):
    """The parts of a pool's cloud config that are looked into."""

    azs: list[str] = []
    subnets: list[Subnet] = []
    placements: list[Placement] = []
    edge_hosts: list[EdgeHost] = []
    os_disk: dict[str, Any] = {}


class ControlPlaneEndpoint(Wire):
    """Where the Kubernetes API shall be."""

    host: str = ""


class CloudSettings(Wire):
    """The parts of a cloud config that are looked into."""

    region: str = ""
    location: str = ""
    project: str = ""
    network: str = ""
    vpc_id: str = ""
    ssh_key_name: str = ""
    placement: Placement = Placement()
    control_plane_endpoint: ControlPlaneEndpoint = ControlPlaneEndpoint()
