"""Policies, templates and clusters that follow them, for the contract tests. The clock starts on a Monday at 12:00 UTC."""

from __future__ import annotations

from typing import Any

from tests.contract.clusters import data
from tests.contract.conftest import Api

POLICIES = "/v1/spcPolicies"
TEMPLATES = "/v1/clusterTemplates"
BOARD = "/v1/dashboard/clusterTemplates"
REPLICAS = "{{.spectro.var.replicas}}"
LEVEL = {"name": "level", "required": True}
COUNT = {"name": "replicas", "format": "number", "defaultValue": "1"}
HOUR, DAY = 3600.0, 86400.0
TO_SUNDAY = 5.5 * DAY
"""From the start of the clock to Sunday 00:00 UTC."""


def policy_body(name: str = "weekly", cron: str = "0 0 * * SUN", hours: int = 4) -> Any:
    """A policy as it is written."""
    schedules = [{"name": "sunday", "startCron": cron, "durationHrs": hours}]
    return {"metadata": {"name": name, "labels": {"team": "a"}}, "spec": {"schedules": schedules}}


def policy(api: Api, name: str = "weekly", **more: Any) -> str:
    """The uid of a new policy."""
    return str(api.ok("POST", f"{POLICIES}/maintenance", policy_body(name, **more), status=201)["uid"])


def profile(api: Api, version: str = "1.0.0", *variables: Any, name: str = "web") -> str:
    """The uid of a published version of the profile `web`, whose deployment has as many replicas as a variable says."""
    return data.profile(api, name, version, replicas=REPLICAS, variables=[COUNT, *variables])


def template_body(profile_uid: str, name: str = "fleet", policy_uid: str = "", **variables: Any) -> Any:
    """A template as it is written; a variable given as text has that value for all clusters."""
    told = [{"name": key, "assignStrategy": "all", "value": value} for key, value in variables.items()]
    policies = [{"uid": policy_uid, "kind": "maintenance"}] if policy_uid else None
    return {
        "metadata": {"name": name, "labels": {"team": "a"}, "annotations": {"description": "d"}},
        "spec": {"cloudType": "aws", "profiles": [{"uid": profile_uid, "variables": told}], "policies": policies},
    }


def template(api: Api, profile_uid: str, **more: Any) -> str:
    """The uid of a new template."""
    return str(api.ok("POST", TEMPLATES, template_body(profile_uid, **more), status=201)["uid"])


def cluster_body(api: Api, name: str, template_uid: str, profiles: Any = (), zone: str = "UTC", **spec: Any) -> Any:
    """A cluster of a template as it is written."""
    accounts = [each["metadata"] for each in api.ok("GET", "/v1/cloudaccounts/aws")["items"]]
    account = next((each["uid"] for each in accounts if each["name"] == "main"), "") or data.account(api)
    settings = {"clusterTemplate": {"uid": template_uid}, "clusterConfig": {"timezone": zone}, **spec}
    return data.cluster(name, account, list(profiles), **settings)


def cluster(api: Api, name: str, template_uid: str, profiles: Any = (), **more: Any) -> str:
    """The uid of a new cluster of a template."""
    body = cluster_body(api, name, template_uid, profiles, **more)
    return str(api.ok("POST", "/v1/spectroclusters/aws", body, status=201)["uid"])


def fleet(api: Api, *names: str, variables: Any = (), **more: Any) -> tuple[str, str, list[str]]:
    """Template, linked profile and healthy clusters, with a weekly window on Sunday, 4 hours from 00:00."""
    linked = profile(api, "1.0.0", *variables)
    uid = template(api, linked, policy_uid=policy(api), **more)
    clusters = [cluster(api, name, uid) for name in names]
    api.clock.advance(21 * 60)
    return uid, linked, clusters


def relink(api: Api, template_uid: str, profile_uid: str, variables: Any = None) -> None:
    """Link this version instead."""
    body = {"profiles": [{"uid": profile_uid, "variables": variables}]}
    api.ok("PUT", f"{TEMPLATES}/{template_uid}/profiles", body, status=204)


def upgrade(api: Api, template_uid: str, body: Any = None) -> None:
    """Upgrade now."""
    api.ok("PATCH", f"/v1/spectroclusters/clusterTemplates/{template_uid}/clusters/upgrade", body, status=204)


def status(api: Api, template_uid: str) -> Any:
    """The status of a template."""
    return api.ok("GET", f"{TEMPLATES}/{template_uid}")["status"]


def state(api: Api, template_uid: str) -> str:
    """Its state."""
    return str(status(api, template_uid)["state"])


def record(api: Api, template_uid: str, cluster_uid: str) -> Any:
    """The reconcile record of a cluster."""
    return api.ok("GET", f"{TEMPLATES}/{template_uid}/spectroclusters/{cluster_uid}/reconcile")


def states(api: Api, template_uid: str, clusters: list[str]) -> list[str]:
    """How far each cluster is."""
    return [record(api, template_uid, uid)["status"]["state"] for uid in clusters]


def version(api: Api, cluster_uid: str) -> str:
    """The version of the profile that a cluster has."""
    (found,) = data.get(api, cluster_uid)["spec"]["clusterProfileTemplates"]
    return str(found["profileVersion"])


def table(api: Api, template_uid: str, profile_uid: str) -> dict[str, dict[str, Any]]:
    """What each cluster has, by variable and cluster."""
    found = api.ok("GET", f"{TEMPLATES}/{template_uid}/profiles/{profile_uid}/variables")["variables"]
    return {each["variable"]["name"]: {row.pop("uid"): row for row in each["clusters"]} for each in found}


def at_sunday(api: Api, hours: float = 0.0) -> None:
    """Move the clock to so many hours after the first Sunday 00:00 UTC."""
    start = 1767614400.0 + TO_SUNDAY + hours * HOUR
    api.clock.advance(start - api.clock.now())


def linked(api: Api, template: str) -> str:
    """The profile that a template links."""
    (found,) = api.ok("GET", f"{TEMPLATES}/{template}")["spec"]["profiles"]
    return str(found["uid"])


def reasons(api: Api, cluster: str) -> list[str]:
    """The reasons of the events about a cluster that a template is behind."""
    found = api.ok("GET", f"/v1/events/components/spectrocluster/{cluster}")["items"]
    return [each["reason"] for each in found if each["reason"].startswith("Template")]


def patch_level(api: Api, template: str, profile: str, **levels: str) -> None:
    """Set `level` of clusters, which are named by their uids."""
    rows = [{"uid": uid, "value": value} for uid, value in levels.items()]
    body = {"profiles": [{"uid": profile, "variables": [{"name": "level", "clusters": rows}]}]}
    api.ok("PATCH", f"{TEMPLATES}/{template}/profiles/variables", body, status=204)


def searched(*filters: Any) -> Any:
    """The body of a search of clusters, all of whose conditions hold."""
    return {"filter": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": [*filters]}]}}
