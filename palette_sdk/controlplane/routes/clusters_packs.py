"""Packs and manifests of a cluster's profiles: what counts, what is overridden, overriding a manifest."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane import bodies_clusters as bodies
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_packs as packs
from palette_sdk.controlplane.services import clusters_profiles as profiles

Body = dict[str, Any]


def config(call: Call) -> Body:
    """A layer as the profile has it and, where it is overridden, as the cluster has it."""
    _, copies = _cluster(call)
    copy, pack = profiles.layer_of(copies, call.path["profileUid"], call.path["packName"])
    return {"items": packs.config_views(copy, pack)}


def get_manifests(call: Call) -> Body:
    """The manifests of a layer."""
    doc, copies = _cluster(call)
    copy, pack = profiles.layer_of(copies, call.path["profileUid"], call.path["packName"])
    return {"items": packs.manifest_entities(copy, pack, doc)}


def put_manifests(call: Call) -> None:
    """Override manifests of a layer."""
    doc = profiles.updatable(call, call.path["uid"])
    pairs = [(each.uid, each.content) for each in call.read(bodies.ManifestContents).manifests]
    profiles.override_manifests(call, doc, call.path["profileUid"], call.path["packName"], pairs)


def profiles_manifests(call: Call) -> Body:
    """All manifests, by profile and pack."""
    doc, copies = _cluster(call)
    resolves = call.flag("resolveMacros")
    return {"profiles": [packs.manifests_view(copy, doc, resolves=resolves) for copy in copies]}


def manifests(call: Call) -> Body:
    """All manifests in one list."""
    doc, copies = _cluster(call)
    return {"manifests": packs.all_manifests(copies, doc, resolves=call.flag("resolveValues"))}


def manifest(call: Call) -> Body:
    """One manifest by its uid on the cluster."""
    doc, copies = _cluster(call)
    wanted = call.path["manifestUid"]
    system = content.system_values(doc["metadata"])
    for copy in copies:
        for pack in copy["packs"]:
            resolved = content.resolved(copy, pack, system, to_show=True)[1]
            found = resolved if call.flag("resolveManifestValues") else content.manifests_of(copy, pack)
            for each in found:
                if each["uid"] == wanted:
                    return packs.manifest_entity(each, doc)
    raise not_found("manifest", wanted)


def properties(call: Call) -> Body:
    """A part of a layer's values."""
    doc, copies = _cluster(call)
    layer, path = call.query.get("layer", ""), call.query.get("fieldPath", "")
    if not layer or not path:
        raise assumptions.INVALID_QUERY.refusal("query parameters 'layer' and 'fieldPath' are needed")
    name, resolves = call.query.get("name", ""), call.flag("resolveMacros")
    return {"yaml": packs.properties(copies, doc, layer=layer, path=path, name=name, resolves=resolves)}


def resolved_values(call: Call) -> Body:
    """What references stand for; the references are in the body of this GET."""
    doc, copies = _cluster(call)
    return {"profiles": packs.resolved_values(copies, doc, call.read(bodies.References).references)}


def _cluster(call: Call) -> tuple[Body, list[content.Copy]]:
    doc = documents.cluster_of(call, call.path["uid"])
    return doc, documents.copies_of(call.tx, doc["metadata"]["uid"])


_CLUSTER = "/v1/spectroclusters/{uid}"
_PACK = _CLUSTER + "/profiles/{profileUid}/packs/{packName}"
ROUTES: tuple[RouteRow, ...] = (
    ("GET", f"{_PACK}/config", config, 200),
    ("GET", f"{_PACK}/manifests", get_manifests, 200),
    ("PUT", f"{_PACK}/manifests", put_manifests, 204),
    ("GET", f"{_CLUSTER}/profiles/packs/manifests", profiles_manifests, 200),
    ("GET", f"{_CLUSTER}/manifests", manifests, 200),
    ("GET", f"{_CLUSTER}/pack/manifests/{{manifestUid}}", manifest, 200),
    ("GET", f"{_CLUSTER}/pack/properties", properties, 200),
    ("GET", f"{_CLUSTER}/packs/resolvedValues", resolved_values, 200),
)
