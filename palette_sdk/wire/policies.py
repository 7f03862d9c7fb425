"""Maintenance policies: when upgrades of a fleet may start, by cron in the time zone of each cluster."""

from __future__ import annotations

from pydantic import Field

from .base import Wire
from .meta import ListMeta, ObjectMeta
from .packs import FilterArray, FilterString, Sort


class MaintenanceSchedule(Wire):
    """A window: five fields of cron for its start, and how many hours (1 to 24) it stays open."""

    name: str = Field(min_length=1)
    start_cron: str = Field(min_length=1)
    duration_hrs: int = Field(ge=1, le=24)


class PolicySpec(Wire):
    """The windows of a policy; upgrades may start in any of them."""

    schedules: list[MaintenanceSchedule] = []


class Policy(Wire):
    """A maintenance policy, as it is written and read."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PolicySpec = PolicySpec()


class PolicyRow(Wire):
    """A policy in the short list; `kind` is maintenance."""

    uid: str = ""
    name: str = ""
    kind: str = ""
    project_uid: str = ""


class PolicyRows(Wire):
    """Answer of `GET /v1/dashboard/spcPolicies/metadata`."""

    items: list[PolicyRow] = []


class PolicyFilter(Wire):
    """Which policies a search wants."""

    policy_name: FilterString | None = None
    policy_type: list[str] = []
    tags: FilterArray | None = None


class PolicySearch(Wire):
    """Body of `POST /v1/dashboard/spcPolicies`."""

    filter: PolicyFilter = PolicyFilter()
    sort: list[Sort] = []


class TemplateUser(Wire):
    """A cluster template that uses a policy, and its state."""

    uid: str = ""
    name: str = ""
    state: str = ""


class PolicySummaryStatus(Wire):
    """Who uses a policy."""

    in_use_cluster_templates: list[TemplateUser] = []


class PolicyKind(Wire):
    """What a policy is for."""

    kind: str = ""


class PolicySummary(Wire):
    """A row of the search of policies."""

    metadata: ObjectMeta = ObjectMeta()
    spec: PolicyKind = PolicyKind()
    status: PolicySummaryStatus = PolicySummaryStatus()


class PoliciesSummary(Wire):
    """A page of the search of policies."""

    items: list[PolicySummary] = []
    listmeta: ListMeta = ListMeta()
