"""Clusters: create, read, change what isn't a profile, delete."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_lifecycle as lifecycle
from palette_sdk.controlplane.services import clusters_profiles as profiles
from palette_sdk.controlplane.services import clusters_search as search
from palette_sdk.controlplane.services import clusters_validation as validation
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.services import templates_followers as followers
from palette_sdk.controlplane.services import templates_launch as launch
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS
from palette_sdk.wire.clusters import ClusterCreate
from palette_sdk.wire.meta import MetaPatch

Body = dict[str, Any]


def create(call: Call) -> Body:
    """Accept a cluster."""
    return {"uid": lifecycle.create(call, _cloud(call), call.read(ClusterCreate))}


def validate(call: Call) -> Body:
    """Say what `create` would refuse, for pools and for the packs of each profile; a body that can't be read is refused."""
    given, cloud = call.read(ClusterCreate), CLOUDS[_cloud(call)]
    found = {
        name or "machinePools": words for name, words in validation.pool_complaints(cloud, given.spec.pools).items()
    }
    missing = validation.field_complaints(cloud, given)
    if missing:
        found["cloudConfig"] = [f"{path} is missing" for path in missing]
    try:
        validation.check_account(call, cloud, given.spec.cloud_account_uid)
    except Refusal as refusal:
        found["cloudAccountUid"] = [refusal.message]
    try:
        lifecycle.backup_plan(call, given)
    except Refusal as refusal:
        found["backupPolicy"] = [refusal.message]
    pools = [_result(name, "MachinePoolInvalid", words) for name, words in found.items()]
    results = []
    copies = []
    if given.spec.cluster_template is not None:
        return {"machinePools": {"results": pools}, "profiles": _template_results(call, cloud.name, given)}
    for entity in given.spec.profiles:
        errors: list[Body] = []
        try:
            copies += profiles.copies_for(call, "", [entity])
        except Refusal as refusal:
            errors = [_result(entity.uid, refusal.code, [refusal.message])]
        results.append({"uid": entity.uid, "packs": {"results": errors}})
    if len(copies) == len(given.spec.profiles):
        try:
            profiles.check_set(copies, cloud.name)
        except Refusal as refusal:
            results.append({"uid": "", "packs": {"results": [_result("profiles", refusal.code, [refusal.message])]}})
    return {"machinePools": {"results": pools}, "profiles": results}


def _template_results(call: Call, cloud: str, given: ClusterCreate) -> list[Body]:
    try:
        template = launch.template_of(call, cloud, given)
        copies = launch.copies(template, given) if template else []
    except Refusal as refusal:
        return [{"uid": "", "packs": {"results": [_result("profiles", refusal.code, [refusal.message])]}}]
    return [{"uid": copy["uid"], "packs": {"results": []}} for copy in copies]


def validate_name(call: Call) -> None:
    """Is the name free?"""
    scoping.check_name(call, kinds.CLUSTER, call.query.get("name", ""), "cluster")


def get(call: Call) -> Body:
    """A cluster; `includeTags` makes no difference, labels are always shown."""
    doc = documents.cluster_of(call, call.path["uid"])
    profile_type = call.query.get("profileType", "")
    return views.whole(call, doc, resolves=call.flag("resolvePackValues"), profile_type=profile_type)


def get_status(call: Call) -> Body:
    """The bare state; right after the create it is empty."""
    return {"status": {"state": documents.cluster_of(call, call.path["uid"])["state"]}}


def delete(call: Call) -> None:
    """Begin to delete, or force it."""
    lifecycle.delete(call, call.path["uid"], is_forced=call.flag("forceDelete"))


def patch_metadata(call: Call) -> None:
    """Labels, annotations, name."""
    doc = documents.changeable(call, call.path["uid"])
    given = call.read(MetaPatch).metadata.body()
    uid = doc["metadata"]["uid"]
    if given.get("name") and given["name"] != doc["metadata"]["name"]:
        scoping.check_name(call, kinds.CLUSTER, given["name"], "cluster", but=uid)
    scoping.patch_metadata(call, doc["metadata"], given)
    followers.settings_changed(call.tx, doc, call.now)
    documents.save(call.tx, doc)


def all_tags(call: Call) -> Body:
    """All tags of clusters in sight."""
    return {"tags": sorted({tag for card in search.all_cards(call) for tag in views.tags(card)})}


def _cloud(call: Call) -> str:
    return call.route.split("/")[3]


def _result(name: str, code: str, words: list[str]) -> Body:
    return {"name": name, "displayName": name, "errors": [{"code": code, "message": word} for word in words]}


def custom(_: Call) -> None:
    """Custom clouds."""
    raise assumptions.INVALID_BODY.refusal(f"custom clouds are not simulated; there are {', '.join(CLOUDS)}")


_PREFIX = "/v1/spectroclusters"
ROUTES: tuple[RouteRow, ...] = (
    *(("POST", f"{_PREFIX}/{cloud}", create, 201) for cloud in CLOUDS),
    *(("POST", f"{_PREFIX}/{cloud}/validate", validate, 200) for cloud in CLOUDS),
    ("POST", f"{_PREFIX}/cloudTypes/{{cloudType}}", custom, 201),
    ("GET", f"{_PREFIX}/validate/name", validate_name, 204),
    ("GET", f"{_PREFIX}/tags", all_tags, 200),
    ("GET", f"{_PREFIX}/{{uid}}", get, 200),
    ("GET", f"{_PREFIX}/{{uid}}/status", get_status, 200),
    ("DELETE", f"{_PREFIX}/{{uid}}", delete, 204),
    ("PATCH", f"{_PREFIX}/{{uid}}/metadata", patch_metadata, 204),
)
