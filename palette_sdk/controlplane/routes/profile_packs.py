"""Routes of single layers and manifests of a profile."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import bodies
from palette_sdk.controlplane.call import Call, RouteRow, parse
from palette_sdk.controlplane.services import profile_packs, profiles
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.profiles import (
    ManifestInput,
    ManifestUpdate,
    PackManifestEntity,
    PackManifestUpdate,
    TemplateDraft,
)


def list_packs(call: Call) -> dict[str, Any]:
    """The layers as pack summaries."""
    body = _profile(call)
    return {
        "items": [
            {
                "metadata": {"name": pack["name"], "uid": pack["packUid"]},
                "spec": profile_packs.summary_spec(call, pack),
                "status": {},
            }
            for pack in profile_packs.layers_of(body)
        ]
    }


def add_pack(call: Call) -> dict[str, Any]:
    """Add a layer."""
    return {"uid": profile_packs.add(call, call.path["uid"], parse(PackManifestEntity, call.read(bodies.OnePack).pack))}


def get_pack(call: Call) -> dict[str, Any]:
    """A layer."""
    pack = profile_packs.layer(_profile(call), call.path["packName"])
    found = call.env.packs.by_uid(pack["packUid"])
    spec: Body = {"pack": profile_packs.summary_spec(call, pack), "macros": {"resolved": {}}}
    if found is not None:
        registry = found.registry
        spec["registry"] = {
            "uid": registry.uid,
            "name": registry.name,
            "kind": registry.kind,
            "scope": registry.scope,
            "isDefault": True,
            "isPrivate": False,
        }
    return {"metadata": {"name": pack["name"], "uid": pack["packUid"]}, "spec": spec}


def put_pack(call: Call) -> None:
    """Change a layer."""
    entity = parse(PackManifestUpdate, call.read(bodies.OnePack).pack)
    profile_packs.change(call, call.path["uid"], call.path["packName"], entity)


def delete_pack(call: Call) -> None:
    """Take a layer away."""
    profile_packs.remove(call, call.path["uid"], call.path["packName"])


def pack_config(call: Call) -> dict[str, Any]:
    """How the profile configures a layer."""
    row = profile_packs.config(call, _profile(call), call.path["packName"], call.query.get("packUid", ""))
    return {"items": [row]}


def all_manifests(call: Call) -> dict[str, Any]:
    """All layers with the texts of their manifests."""
    body = _profile(call)
    rows = []
    for pack in profile_packs.layers_of(body):
        spec = profile_packs.summary_spec(call, pack)
        spec["manifests"] = profile_packs.manifest_texts(call, body, pack)
        rows.append({"metadata": {"name": pack["name"], "uid": pack["packUid"]}, "spec": spec})
    return {"metadata": body["metadata"], "spec": {"packs": rows}}


def list_manifests(call: Call) -> dict[str, Any]:
    """The manifests of a layer."""
    return {"items": profile_packs.manifests(call, _profile(call), call.path["packName"])}


def add_manifest(call: Call) -> dict[str, Any]:
    """Add a manifest to a layer."""
    given = call.read(ManifestInput)
    update = ManifestUpdate(name=given.name, content=given.content)
    return {"uid": profile_packs.write_manifest(call, call.path["uid"], call.path["packName"], update)}


def get_manifest(call: Call) -> dict[str, Any]:
    """A manifest with both its sides."""
    return profile_packs.manifest(call, _profile(call), call.path["packName"], call.path["manifestUid"])


def put_manifest(call: Call) -> None:
    """Change a manifest."""
    given = call.read(ManifestInput)
    update = ManifestUpdate(name=given.name, content=given.content, uid=call.path["manifestUid"])
    profile_packs.write_manifest(call, call.path["uid"], call.path["packName"], update)


def delete_manifest(call: Call) -> None:
    """Take a manifest out of a layer."""
    profile_packs.remove_manifest(call, call.path["uid"], call.path["packName"], call.path["manifestUid"])


def resolved_values(call: Call) -> dict[str, Any]:
    """What references stand for; the body comes with a GET."""
    references = call.read(bodies.References).references
    return {"resolved": profile_packs.resolved(call, _profile(call), references)}


def validate_packs(call: Call) -> dict[str, Any]:
    """What is wrong with the layers of a draft; with a uid in the path, for that profile."""
    if "uid" in call.path:
        _profile(call)
    return {"packs": {"results": profile_packs.validate(call, call.read(TemplateDraft))}}


def patch_refs(call: Call) -> None:
    """Change the named layers, as a notice about packs asks for."""
    given = [parse(PackManifestUpdate, each) for each in call.read(bodies.Packs).packs]
    _profile(call)
    profile_packs.change_some(call, call.path["uid"], given)


def _profile(call: Call) -> Body:
    return profiles.get(call, call.path["uid"])


_ONE = "/v1/clusterprofiles/{uid}"
ROUTES: tuple[RouteRow, ...] = (
    ("GET", f"{_ONE}/packs", list_packs, 200),
    ("POST", f"{_ONE}/packs", add_pack, 201),
    ("GET", f"{_ONE}/packs/manifests", all_manifests, 200),
    ("GET", f"{_ONE}/packs/resolvedValues", resolved_values, 200),
    ("GET", f"{_ONE}/packs/{{packName}}", get_pack, 200),
    ("PUT", f"{_ONE}/packs/{{packName}}", put_pack, 204),
    ("DELETE", f"{_ONE}/packs/{{packName}}", delete_pack, 204),
    ("GET", f"{_ONE}/packs/{{packName}}/config", pack_config, 200),
    ("GET", f"{_ONE}/packs/{{packName}}/manifests", list_manifests, 200),
    ("POST", f"{_ONE}/packs/{{packName}}/manifests", add_manifest, 201),
    ("GET", f"{_ONE}/packs/{{packName}}/manifests/{{manifestUid}}", get_manifest, 200),
    ("PUT", f"{_ONE}/packs/{{packName}}/manifests/{{manifestUid}}", put_manifest, 204),
    ("DELETE", f"{_ONE}/packs/{{packName}}/manifests/{{manifestUid}}", delete_manifest, 204),
    ("PATCH", f"{_ONE}/packRefs", patch_refs, 204),
    ("POST", f"{_ONE}/validate/packs", validate_packs, 200),
    ("POST", "/v1/clusterprofiles/validate/packs", validate_packs, 200),
)
