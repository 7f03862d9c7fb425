"""Cluster templates: what they link, their variables by cluster, upgrades, how far their clusters are."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds, paging
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_views, scoping, templates
from palette_sdk.controlplane.services import templates_views as views
from palette_sdk.wire.meta import MetaPatch
from palette_sdk.wire.templates import (
    ClusterTemplateValues,
    TemplateCreate,
    TemplatePolicies,
    TemplateProfiles,
    TemplateRepave,
    TemplateSearch,
    TemplateUpgrade,
    TemplateVariablesPatch,
)

Body = dict[str, Any]


def create(call: Call) -> Body:
    """Add a template."""
    return {"uid": templates.create(call, call.read(TemplateCreate))}


def get(call: Call) -> Body:
    """A template, its clusters, how far they are."""
    return views.whole(call, templates.get(call, call.path["uid"]))


def delete(call: Call) -> None:
    """Remove a template."""
    templates.delete(call, call.path["uid"])


def patch_metadata(call: Call) -> None:
    """Name, labels, annotations."""
    templates.patch_metadata(call, call.path["uid"], call.read(MetaPatch).metadata.body())


def put_profiles(call: Call) -> None:
    """Link these profile versions."""
    templates.relink(call, call.path["uid"], call.read(TemplateProfiles).profiles)


def patch_policies(call: Call) -> None:
    """Name these policies."""
    templates.set_policies(call, call.path["uid"], call.read(TemplatePolicies).policies)


def patch_variables(call: Call) -> None:
    """Values of many clusters."""
    templates.set_values(call, call.path["uid"], call.read(TemplateVariablesPatch))


def patch_cluster_variables(call: Call) -> None:
    """Values of one cluster."""
    templates.set_cluster_values(call, call.path["clusterUid"], call.read(ClusterTemplateValues).profiles)


def get_variables(call: Call) -> Body:
    """The variables of a profile with what each cluster has."""
    return {"variables": views.variables(call, templates.get(call, call.path["uid"]), call.path["profileUid"])}


def reconcile(call: Call) -> Body:
    """How far one cluster is."""
    body, uid = templates.get(call, call.path["uid"]), call.path["clusterUid"]
    row = call.tx.row(kinds.FOLLOWER, uid)
    if row is None or row.parent != body["metadata"]["uid"]:
        raise not_found("cluster of the template", uid)
    return views.reconcile(body, uid, row.body)


def upgrade(call: Call) -> None:
    """Upgrade now."""
    templates.upgrade(call, call.path["uid"], call.read(TemplateUpgrade).cluster_uids)


def validate_repave(call: Call) -> Body:
    """Would these profiles replace nodes?"""
    uids = [each.uid for each in call.read(TemplateRepave).profiles]
    found = templates.repave_reasons(call, call.path["uid"], uids)
    return {"isRepaveRequired": bool(found), "reasons": found}


def running_profiles(call: Call) -> Body:
    """The profiles that its clusters run."""
    return {"profiles": views.running_profiles(call, templates.get(call, call.path["uid"]))}


def validate_name(call: Call) -> None:
    """Is the name free?"""
    scoping.check_name(call, kinds.TEMPLATE, call.query.get("name", ""), templates.WHAT)


def tags(call: Call) -> Body:
    """All tags of templates in sight."""
    found = scoping.listed(call, kinds.TEMPLATE)
    return {"tags": sorted({tag for body in found for tag in clusters_views.tags(body)})}


def search(call: Call) -> Body:
    """A page of templates that fit."""
    wanted = call.read(TemplateSearch)
    found = paging.page(call, views.search(call, wanted.filter, wanted.sort))
    return {**found, "items": [views.summary(call, body) for body in found["items"]]}


def metadata(call: Call) -> Body:
    """All templates in short."""
    return {"items": views.metadata_rows(call)}


def clusters_meta(call: Call) -> list[Body]:
    """The clusters of a template as a bare array."""
    return views.clusters_meta(call, templates.get(call, call.path["uid"]))


_ALL = "/v1/clusterTemplates"
_ONE = f"{_ALL}/{{uid}}"
_CLUSTERS = "/v1/spectroclusters/clusterTemplates/{uid}"
_BOARD = "/v1/dashboard/clusterTemplates"
ROUTES: tuple[RouteRow, ...] = (
    ("POST", _ALL, create, 201),
    ("GET", _ONE, get, 200),
    ("DELETE", _ONE, delete, 204),
    ("PATCH", f"{_ONE}/metadata", patch_metadata, 204),
    ("PUT", f"{_ONE}/profiles", put_profiles, 204),
    ("PATCH", f"{_ONE}/policies", patch_policies, 204),
    ("PATCH", f"{_ONE}/profiles/variables", patch_variables, 204),
    ("GET", f"{_ONE}/profiles/{{profileUid}}/variables", get_variables, 200),
    ("PATCH", f"{_ALL}/spectroclusters/{{clusterUid}}/variables", patch_cluster_variables, 204),
    ("GET", f"{_ONE}/spectroclusters/{{clusterUid}}/reconcile", reconcile, 200),
    ("GET", f"{_ALL}/validate/name", validate_name, 204),
    ("GET", f"{_ALL}/tags", tags, 200),
    ("PATCH", f"{_CLUSTERS}/clusters/upgrade", upgrade, 204),
    ("POST", f"{_CLUSTERS}/validate/repave", validate_repave, 200),
    ("GET", f"{_CLUSTERS}/profiles", running_profiles, 200),
    ("POST", _BOARD, search, 200),
    ("GET", f"{_BOARD}/metadata", metadata, 200),
    ("GET", f"{_BOARD}/{{uid}}/spectroclusters/meta", clusters_meta, 200),
)
