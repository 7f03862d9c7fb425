"""Profiles of a cluster: attached ones, overrides, pending updates, applying, repaves, variables."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.bodies_clusters import PatchTime
from palette_sdk.controlplane.call import Call, RouteRow, parse
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.refusals import Refusal, not_found
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_lifecycle as lifecycle
from palette_sdk.controlplane.services import clusters_pending as pending
from palette_sdk.controlplane.services import clusters_profiles as profiles
from palette_sdk.controlplane.services import clusters_repave as repave
from palette_sdk.controlplane.services import clusters_variables as variables
from palette_sdk.controlplane.services import clusters_views as views
from palette_sdk.controlplane.services import templates
from palette_sdk.controlplane.services.clusters_packs import profile_view
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.wire.clusters import (
    ClusterProfiles,
    PackRefsUpdate,
    PacksToValidate,
    ProfileUids,
    ProfileVariableValues,
)

Body = dict[str, Any]


def get(call: Call) -> Body:
    """The profiles with their packs."""
    doc, copies = _cluster(call)
    return {"profiles": [profile_view(copy, doc) for copy in copies]}


def put(call: Call) -> None:
    """The whole set."""
    _change(call, is_whole_set=True)


def patch(call: Call) -> None:
    """The named ones."""
    _change(call, is_whole_set=False)


def delete(call: Call) -> None:
    """Detach."""
    doc = profiles.updatable(call, call.path["uid"])
    profiles.detach(call, doc, call.read(ProfileUids).profile_uids)


def updates(call: Call) -> Body:
    """The templates that pending updates would bring."""
    doc, _ = _cluster(call)
    return {"profiles": pending.targets(call.tx, doc)}


def pack_refs(call: Call) -> None:
    """Apply pending updates."""
    doc = profiles.updatable(call, call.path["uid"])
    profiles.apply_updates(call, doc, call.read(PackRefsUpdate), call.query.get("notify", ""))


def get_apply(call: Call) -> Body:
    """Whether what was sent may be rolled out."""
    return views.spc_apply(_cluster(call)[0])


def post_apply(call: Call) -> None:
    """Roll out what was only downloaded."""
    doc = documents.changeable(call, call.path["uid"])
    simulation.apply_now(doc, call.now)
    documents.save(call.tx, doc)


def patch_time(call: Call) -> None:
    """When an agent applied what was sent."""
    doc = documents.changeable(call, call.path["uid"])
    doc["spcApply"]["patchAppliedTime"] = call.read(PatchTime).patch_time or stamp(call.now)
    documents.save(call.tx, doc)


def validate_packs(call: Call) -> Body:
    """Say what a PATCH of the profiles would refuse."""
    given = call.read(PacksToValidate).profiles
    uid = call.path.get("uid")
    doc = documents.cluster_of(call, uid) if uid else None
    results = []
    for entity in given:
        errors: list[Body] = []
        try:
            if doc is not None:
                profiles.check(call, doc, [entity])
            else:
                profiles.copies_for(call, "", [entity])
        except Refusal as refusal:
            message = {"code": refusal.code, "message": refusal.message}
            errors = [{"name": entity.uid, "displayName": entity.uid, "errors": [message]}]
        results.append({"uid": entity.uid, "packs": {"results": errors}})
    return {"machinePools": {"results": []}, "profiles": results}


def validate_repave(call: Call) -> Body:
    """Would a PATCH with these profiles replace nodes?"""
    doc, _ = _cluster(call)
    given = call.read(PacksToValidate).profiles
    target = profiles.changed_copies(call, doc, given, is_whole_set=False, takes_updates=True)
    found = repave.reasons(profiles.running_copies(call.tx, doc["metadata"]["uid"]), target)
    return {"isRepaveRequired": bool(found), "reasons": found}


def repave_status(call: Call) -> Body:
    """The repave that waits, or the last one."""
    doc, _ = _cluster(call)
    found = doc["repave"]
    if found is None:
        raise not_found("repave of cluster", doc["metadata"]["uid"])
    return {
        "metadata": {"name": doc["metadata"]["name"], "uid": doc["metadata"]["uid"]},
        "spec": {"reasons": found["reasons"], "source": found["source"], "spectroClusterUid": doc["metadata"]["uid"]},
        "status": {"state": found["state"], "message": found["message"], "repaveTransitionTime": found["changed"]},
    }


def approve_repave(call: Call) -> None:
    """Let it go on."""
    lifecycle.approve_repave(call, documents.changeable(call, call.path["uid"]))


def get_variables(call: Call) -> list[Body]:
    """Definitions and values; profiles without variables are left out."""
    _, copies = _cluster(call)
    return [variables.view(copy) for copy in copies if copy["variables"]]


def patch_variables(call: Call) -> None:
    """Values, as a bare array."""
    doc = profiles.updatable(call, call.path["uid"], values_only=True)
    given = call.json
    if not isinstance(given, list):
        raise assumptions.INVALID_BODY.refusal("the body must be an array of {profileUid, variables}")
    values = [parse(ProfileVariableValues, each) for each in given]
    if doc["clusterTemplate"]:
        templates.set_own_values(call, doc, values)
    else:
        profiles.set_variables(call, doc, values)


def _change(call: Call, *, is_whole_set: bool) -> None:
    doc = profiles.updatable(call, call.path["uid"])
    takes_updates = call.flag("resolveNotification")
    profiles.change(call, doc, call.read(ClusterProfiles), is_whole_set=is_whole_set, takes_updates=takes_updates)


def _cluster(call: Call) -> tuple[Body, list[content.Copy]]:
    doc = documents.cluster_of(call, call.path["uid"])
    return doc, documents.copies_of(call.tx, doc["metadata"]["uid"])


_CLUSTER = "/v1/spectroclusters/{uid}"
ROUTES: tuple[RouteRow, ...] = (
    ("GET", f"{_CLUSTER}/profiles", get, 200),
    ("PUT", f"{_CLUSTER}/profiles", put, 204),
    ("PATCH", f"{_CLUSTER}/profiles", patch, 204),
    ("DELETE", f"{_CLUSTER}/profiles", delete, 204),
    ("GET", f"{_CLUSTER}/profileUpdates", updates, 200),
    ("PATCH", f"{_CLUSTER}/packRefs", pack_refs, 204),
    ("GET", f"{_CLUSTER}/status/spcApply", get_apply, 200),
    ("POST", f"{_CLUSTER}/status/spcApply", post_apply, 202),
    ("PATCH", f"{_CLUSTER}/status/spcApply/patchTime", patch_time, 204),
    ("POST", f"{_CLUSTER}/validate/packs", validate_packs, 200),
    ("POST", "/v1/spectroclusters/validate/packs", validate_packs, 200),
    ("POST", f"{_CLUSTER}/validate/repave", validate_repave, 200),
    ("GET", f"{_CLUSTER}/repave/status", repave_status, 200),
    ("PATCH", f"{_CLUSTER}/repave/approve", approve_repave, 204),
    ("GET", f"{_CLUSTER}/variables", get_variables, 200),
    ("PATCH", f"{_CLUSTER}/variables", patch_variables, 204),
)
