"""Routes of whole profiles: create, read, change, publish, clone, delete, lists, variables."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions, bodies, kinds, paging
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.services import profile_views, profiles, projects, variables
from palette_sdk.wire.profiles import (
    CloneMeta,
    ProfileClone,
    ProfileCreate,
    ProfileMetaPatch,
    ProfileSearch,
    ProfileUpdate,
    VariableNames,
    Variables,
)


def create(call: Call) -> dict[str, Any]:
    """Add a version; a draft unless `publish=true`."""
    return {"uid": profiles.create(call, call.read(ProfileCreate), publish_now=call.flag("publish"))}


def get(call: Call) -> dict[str, Any]:
    """A version in full."""
    meta = call.query.get("includePackMeta", "").split(",")
    body = profiles.get(call, call.path["uid"])
    return profile_views.full(call, body, schema="schema" in meta, presets="presets" in meta)


def put(call: Call) -> None:
    """Replace the layers of the draft."""
    profiles.update(call, call.path["uid"], call.read(ProfileUpdate))


def delete(call: Call) -> None:
    """Remove a version."""
    profiles.delete(call, call.path["uid"])


def delete_bulk(call: Call) -> dict[str, Any]:
    """Remove several versions; those that can't be are listed with the reason."""
    uids = call.read(bodies.Uids).uids
    failures = []
    for uid in uids:
        try:
            profiles.delete(call, uid)
        except Refusal as refusal:
            found = call.tx.get(kinds.PROFILE, uid)
            name = found["metadata"]["name"] if found else ""
            failures.append({"uid": uid, "name": name, "errMsg": refusal.message})
    return {
        "deletedCount": len(uids) - len(failures),
        "isSucceeded": not failures,
        "message": f"{len(uids) - len(failures)} of {len(uids)} deleted",
        "failures": failures,
    }


def patch_metadata(call: Call) -> None:
    """Change name, labels, annotations, version."""
    given = call.read(ProfileMetaPatch)
    version = given.spec.version if given.spec else ""
    profiles.patch_metadata(call, call.path["uid"], given.metadata.body(), version)


def publish(call: Call) -> None:
    """Make the draft what clusters get."""
    profiles.publish(call, call.path["uid"])


def clone(call: Call) -> dict[str, Any]:
    """Copy a version."""
    wanted = call.read(ProfileClone).metadata
    _check_target(call, wanted)
    return {"uid": profiles.clone(call, call.path["uid"], wanted.name, wanted.version)}


def validate_clone(call: Call) -> None:
    """Whether that copy could be made; the body is the metadata itself, or holds it."""
    body = call.body
    wanted = call.read(ProfileClone).metadata if "metadata" in body else call.read(CloneMeta)
    _check_target(call, wanted)
    profiles.check_clone(call, call.path["uid"], wanted.name, wanted.version)


def validate_name(call: Call) -> None:
    """Whether name and version are free."""
    version = call.query.get("version") or profiles.DEFAULT_VERSION
    profiles.check_free(call, call.query.get("name", ""), version)


def get_variables(call: Call) -> dict[str, Any]:
    """The definitions; defaults of sensitive ones are masked."""
    return {"variables": variables.shown(profiles.get(call, call.path["uid"])["variables"])}


def put_variables(call: Call) -> None:
    """Make these the variables."""
    profiles.define_variables(call, call.path["uid"], call.read(Variables).variables, keep_others=False)


def patch_variables(call: Call) -> None:
    """Add and change variables."""
    profiles.define_variables(call, call.path["uid"], call.read(Variables).variables, keep_others=True)


def delete_variables(call: Call) -> None:
    """Remove variables by name."""
    uid = call.path["uid"]
    names = call.read(VariableNames).variables
    profiles.set_variables(call, uid, variables.without(profiles.get(call, uid)["variables"], names))


def macros(call: Call) -> dict[str, Any]:
    """The macros that layers may refer to: those of the project."""
    found = projects.macros(call, call.project) if call.project else {}
    return {"macros": [{"name": name, "value": value} for name, value in sorted(found.items())]}


def list_metadata(call: Call) -> dict[str, Any]:
    """One row a version."""
    return {"items": profile_views.metadata_rows(call)}


def search(call: Call) -> dict[str, Any]:
    """One row a name."""
    wanted = call.read(ProfileSearch)
    found = profile_views.search(call, wanted.filter, wanted.sort)
    part = paging.page(call, found)
    return {**part, "items": [profile_views.summary(call, body) for body in part["items"]]}


def summary(call: Call) -> dict[str, Any]:
    """One version as a row."""
    return profile_views.summary(call, profiles.get(call, call.path["uid"]))


def _check_target(call: Call, wanted: CloneMeta) -> None:
    target = wanted.target
    if target and (target.scope != call.scope or target.project_uid not in {"", call.project}):
        raise assumptions.OTHER_SCOPE.refusal(
            f"a clone goes to the scope of the call ({call.scope}); name the other one in the header ProjectUid"
        )


ROUTES: tuple[RouteRow, ...] = (
    ("POST", "/v1/clusterprofiles", create, 201),
    ("DELETE", "/v1/clusterprofiles/bulk", delete_bulk, 200),
    ("GET", "/v1/clusterprofiles/macros", macros, 200),
    ("GET", "/v1/clusterprofiles/validate/name", validate_name, 204),
    ("GET", "/v1/clusterprofiles/{uid}", get, 200),
    ("PUT", "/v1/clusterprofiles/{uid}", put, 204),
    ("DELETE", "/v1/clusterprofiles/{uid}", delete, 204),
    ("PATCH", "/v1/clusterprofiles/{uid}/metadata", patch_metadata, 204),
    ("PATCH", "/v1/clusterprofiles/{uid}/publish", publish, 204),
    ("POST", "/v1/clusterprofiles/{uid}/clone", clone, 201),
    ("POST", "/v1/clusterprofiles/{uid}/clone/validate", validate_clone, 204),
    ("GET", "/v1/clusterprofiles/{uid}/variables", get_variables, 200),
    ("PUT", "/v1/clusterprofiles/{uid}/variables", put_variables, 204),
    ("PATCH", "/v1/clusterprofiles/{uid}/variables", patch_variables, 204),
    ("DELETE", "/v1/clusterprofiles/{uid}/variables", delete_variables, 204),
    ("GET", "/v1/dashboard/clusterprofiles/metadata", list_metadata, 200),
    ("POST", "/v1/dashboard/clusterprofiles", search, 200),
    ("GET", "/v1/dashboard/clusterprofiles/{uid}", summary, 200),
)
