"""Cluster templates: profiles, variables and a policy that many clusters follow, and how far each of them is."""

from __future__ import annotations

from pydantic import Field

from .base import Wire
from .clusters import VariableValue
from .meta import EntityRef, ListMeta, ObjectMeta
from .packs import FilterArray, FilterString, Sort
from .profiles import Variable


class PolicyRef(Wire):
    """A policy by its uid; `kind` is maintenance."""

    uid: str
    kind: str = "maintenance"


class ClusterValue(Wire):
    """A value of one cluster; it may be sensitive."""

    uid: str
    value: str = Field(default="", repr=False)


class TemplateVariable(Wire):
    """How a variable gets its value: strategy `all` takes `value` for every cluster, `cluster` a value of each."""

    name: str
    assign_strategy: str = ""
    value: str = Field(default="", repr=False)
    clusters: list[ClusterValue] = []


class TemplateProfile(Wire):
    """A profile version that a template links."""

    uid: str
    variables: list[TemplateVariable] = []


class TemplateCreateSpec(Wire):
    """What a new template is made of."""

    cloud_type: str = ""
    profiles: list[TemplateProfile] = []
    policies: list[PolicyRef] = []


class TemplateCreate(Wire):
    """Body of `POST /v1/clusterTemplates`."""

    metadata: ObjectMeta = ObjectMeta()
    spec: TemplateCreateSpec = TemplateCreateSpec()


class TemplateCluster(Wire):
    """A cluster of a template."""

    cluster_uid: str = ""
    name: str = ""


class TemplateSpec(Wire):
    """A template as it is read; `clusters` by their uids."""

    cloud_type: str = ""
    profiles: list[TemplateProfile] = []
    policies: list[PolicyRef] = []
    clusters: dict[str, TemplateCluster] = {}


class ClustersByState(Wire):
    """Uids of clusters by how far they are."""

    applied: list[str] = []
    failed: list[str] = []
    pending: list[str] = []


class TemplateCounts(Wire):
    """How far the clusters of a template are."""

    clusters: ClustersByState = ClustersByState()


class TemplateVariableCounts(Wire):
    """How many clusters have a value for each variable, and how many lack one."""

    resolved: int = 0
    un_resolved: int = 0


class TemplateMaintenance(Wire):
    """The next window (or the open one) of any cluster; RFC 3339, "" without a policy."""

    next_window_start_time: str = ""
    next_window_end_time: str = ""


class TemplateStatus(Wire):
    """How far a template is: Pending, PartiallyApplied, Applied or Failed."""

    state: str = ""
    cluster_status_counts: TemplateCounts = TemplateCounts()
    cluster_variables: TemplateVariableCounts = TemplateVariableCounts()
    maintenance: TemplateMaintenance = TemplateMaintenance()


class ClusterTemplate(Wire):
    """A cluster template."""

    metadata: ObjectMeta = ObjectMeta()
    spec: TemplateSpec = TemplateSpec()
    status: TemplateStatus = TemplateStatus()


class TemplateProfiles(Wire):
    """Body of `PUT .../profiles`: the full list."""

    profiles: list[TemplateProfile]


class TemplatePolicies(Wire):
    """Body of `PATCH .../policies`: the full list."""

    policies: list[PolicyRef]


class VariableClusters(Wire):
    """Values of a variable by cluster."""

    name: str
    clusters: list[ClusterValue]


class ProfileVariableClusters(Wire):
    """Values of the variables of a profile by cluster."""

    uid: str
    variables: list[VariableClusters]


class TemplateVariablesPatch(Wire):
    """Body of `PATCH /v1/clusterTemplates/{uid}/profiles/variables`."""

    profiles: list[ProfileVariableClusters]


class ProfileValues(Wire):
    """Values of the variables of a profile for one cluster."""

    uid: str
    variables: list[VariableValue] = []


class ClusterTemplateValues(Wire):
    """Body of `PATCH /v1/clusterTemplates/spectroclusters/{clusterUid}/variables`."""

    profiles: list[ProfileValues]


class VariableAssignment(Wire):
    """A variable of one cluster: what runs, what is assigned and by whom, and whether a value is missing (Pending)."""

    uid: str
    value: str = Field(default="", repr=False)
    assigned_value: str = Field(default="", repr=False)
    assigned_by: str = ""
    assignment_state: str


class VariableAssignments(Wire):
    """A variable and what each cluster has for it."""

    variable: Variable
    clusters: list[VariableAssignment]


class TemplateVariables(Wire):
    """Answer of `GET .../profiles/{profileUid}/variables`."""

    variables: list[VariableAssignments] = []


class VariableGroups(Wire):
    """Variables with a value, and those that lack one."""

    resolved_variables: list[VariableValue] = []
    un_resolved_variables: list[VariableValue] = []


class ReconcileProfile(Wire):
    """A profile of a reconcile record."""

    uid: str
    name: str = ""
    variables: VariableGroups = VariableGroups()


class ReconcileSpec(Wire):
    """The profiles that a cluster shall have."""

    profiles: list[ReconcileProfile] = []


class ReconcileLog(Wire):
    """What happened when."""

    state: str = ""
    message: str = ""
    profile_uids: list[str] = []
    applied_timestamp: str = ""


class ReconcileVariables(Wire):
    """Resolved or Unresolved."""

    state: str = ""


class ReconcileStatus(Wire):
    """How far a cluster is: Created, Pending, InProgress, Applied or Failed."""

    state: str = ""
    message: str = ""
    last_applied_timestamp: str = ""
    variable_status: ReconcileVariables = ReconcileVariables()
    update_logs: list[ReconcileLog] = []


class Reconcile(Wire):
    """How far one cluster follows its template."""

    metadata: ObjectMeta = ObjectMeta()
    spec: ReconcileSpec = ReconcileSpec()
    status: ReconcileStatus = ReconcileStatus()


class TemplateUpgrade(Wire):
    """Body of an upgrade; no uids means all clusters."""

    cluster_uids: list[str] = []


class RepaveProfile(Wire):
    """A profile of a dry run."""

    uid: str


class TemplateRepave(Wire):
    """Body of a dry run: would these profiles replace nodes?"""

    is_upgrade_now: bool = False
    profiles: list[RepaveProfile] = []


class TemplateRow(Wire):
    """A template in the short list."""

    uid: str = ""
    name: str = ""
    project_uid: str = ""


class TemplateRows(Wire):
    """Answer of `GET /v1/dashboard/clusterTemplates/metadata`."""

    items: list[TemplateRow] = []


class TemplateFilter(Wire):
    """Which templates a search wants."""

    cluster_template_name: FilterString | None = None
    cloud_type: list[str] = []
    policy_uid: FilterString | None = None
    project_uid: FilterString | None = None
    tags: FilterArray | None = None


class TemplateSearch(Wire):
    """Body of `POST /v1/dashboard/clusterTemplates`."""

    filter: TemplateFilter = TemplateFilter()
    sort: list[Sort] = []


class SummaryCluster(Wire):
    """A cluster of a template in the search."""

    uid: str = ""
    name: str = ""
    project_uid: str = ""


class TemplateSummarySpec(Wire):
    """A template as the search shows it; here `clusters` is a list."""

    cloud_type: str = ""
    clusters: list[SummaryCluster] = []


class TemplateSummaryStatus(Wire):
    """State and users of a template."""

    state: str = ""
    in_use_clusters: list[EntityRef] = []


class TemplateSummary(Wire):
    """A row of the search of templates."""

    metadata: ObjectMeta = ObjectMeta()
    spec: TemplateSummarySpec = TemplateSummarySpec()
    status: TemplateSummaryStatus = TemplateSummaryStatus()


class TemplatesSummary(Wire):
    """A page of the search of templates."""

    items: list[TemplateSummary] = []
    listmeta: ListMeta = ListMeta()


class TemplateClusterMeta(Wire):
    """A cluster of a template in the bare list."""

    metadata: ObjectMeta = ObjectMeta()
