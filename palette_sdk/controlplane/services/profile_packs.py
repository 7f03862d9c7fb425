"""Single layers and manifests of a profile. Edits write the draft; reads show the draft where there is one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import Refusal, not_found
from palette_sdk.controlplane.services import layers, packs, profiles, projects, variables
from palette_sdk.controlplane.services.layers import Entity
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.profiles import (
    ManifestUpdate,
    PackManifestEntity,
    PackManifestUpdate,
    TemplateDraft,
)

_REFERENCE = re.compile(r"\{\{-?\s*\.spectro\.(var|macro)\.([\w-]+)\s*-?\}\}")


def side_of(body: Body) -> str:
    """The side that reads of layers show."""
    return "draft" if body["spec"].get("draft") else "published"


def layers_of(body: Body) -> list[Body]:
    """The layers on that side, as stored."""
    return list(body["spec"][side_of(body)]["packs"])


def layer(body: Body, name: str) -> Body:
    """A layer by its name.

    Raises:
        Refusal: 404.
    """
    found = next((pack for pack in layers_of(body) if pack["name"] == name), None)
    if found is None:
        raise not_found("pack", name)
    return found


def add(work: Work, uid: str, entity: PackManifestEntity) -> str:
    """Add a layer at the end; gives its pack uid."""
    body = profiles.editable(work, uid)
    entities = [*_as_entities(work, body), entity]
    profiles.replace_packs(work, body, entities)
    profiles.save(work, body)
    return str(layer(body, entity.name)["packUid"])


def change(work: Work, uid: str, name: str, entity: Entity) -> None:
    """Change a layer's pack, tag and values; its manifests stay unless others are given."""
    body = profiles.editable(work, uid)
    layer(body, name)
    entities: list[Entity] = []
    for each in _as_entities(work, body):
        if each.name == name:
            manifests = getattr(entity, "manifests", []) or each.manifests
            entities.append(PackManifestUpdate.of({**entity.body(), "manifests": [one.body() for one in manifests]}))
        else:
            entities.append(each)
    profiles.replace_packs(work, body, entities)
    profiles.save(work, body)


def change_some(work: Work, uid: str, given: Sequence[PackManifestUpdate]) -> None:
    """Change several layers by name."""
    for entity in given:
        change(work, uid, entity.name, entity)


def remove(work: Work, uid: str, name: str) -> None:
    """Take a layer away."""
    body = profiles.editable(work, uid)
    gone = layer(body, name)
    draft = profiles.draft_of(body)
    draft["packs"] = [pack for pack in draft["packs"] if pack["name"] != gone["name"]]
    profiles.save(work, body)


def write_manifest(work: Work, uid: str, name: str, given: ManifestUpdate) -> str:
    """Add a manifest to a layer, or change the one with the given uid; gives its uid.

    Raises:
        Refusal: 404, the layer or the manifest is not there.
    """
    body = profiles.editable(work, uid)
    profiles.draft_of(body)
    pack = layer(body, name)
    if given.uid:
        manifest(work, body, name, given.uid)
    if any(each["name"] == given.name and each["uid"] != given.uid for each in pack["manifests"]):
        raise assumptions.DUPLICATE_NAME.refusal(f"pack {name!r} already has a manifest {given.name!r}")
    ref = profiles.write_manifest(work, body, pack, given)
    pack["manifests"] = [ref if each["uid"] == ref["uid"] else each for each in pack["manifests"]]
    if ref not in pack["manifests"]:
        pack["manifests"].append(ref)
    profiles.check_draft(work, body)
    profiles.save(work, body)
    return str(ref["uid"])


def remove_manifest(work: Work, uid: str, name: str, manifest_uid: str) -> None:
    """Take a manifest out of a layer."""
    body = profiles.editable(work, uid)
    profiles.draft_of(body)
    manifest(work, body, name, manifest_uid)
    pack = layer(body, name)
    pack["manifests"] = [ref for ref in pack["manifests"] if ref["uid"] != manifest_uid]
    profiles.save(work, body)


def manifest(work: Work, body: Body, name: str, manifest_uid: str) -> Body:
    """A manifest of a layer, with both its sides.

    Raises:
        Refusal: 404.
    """
    if all(ref["uid"] != manifest_uid for ref in layer(body, name)["manifests"]):
        raise not_found("manifest", manifest_uid)
    return work.tx.get(kinds.MANIFEST, manifest_uid) or {}


def manifests(work: Work, body: Body, name: str) -> list[Body]:
    """The manifests of a layer, with both their sides."""
    return [manifest(work, body, name, ref["uid"]) for ref in layer(body, name)["manifests"]]


def summary_spec(work: Work, pack: Body) -> Body:
    """A layer in the shape of a pack's summary: the layer's own values on what the catalogue knows."""
    found = work.env.packs.by_uid(pack["packUid"])
    known = packs.summary_spec(found) if found else {"displayName": pack["name"], "cloudTypes": ["all"]}
    own = {key: pack[key] for key in ("name", "version", "layer", "type", "registryUid", "values", "digest")}
    return {**known, **own, "manifests": pack["manifests"]}


def manifest_texts(work: Work, body: Body, pack: Body) -> list[Body]:
    """The manifests of a layer with the text of the side that is shown."""
    found = []
    for ref in pack["manifests"]:
        text = profiles.text_of(work.tx, ref["uid"], side_of(body))
        digest = hashlib.sha256(text.encode()).hexdigest()
        found.append({"uid": ref["uid"], "name": ref["name"], "content": text, "digest": digest})
    return found


def config(work: Work, body: Body, name: str, pack_uid: str) -> Body:
    """How a layer is configured by the profile.

    Raises:
        Refusal: 404, also when the layer has another pack than the one that is asked for.
    """
    pack = layer(body, name)
    if pack_uid not in {"", pack["packUid"]}:
        raise not_found(f"pack {name!r} with uid", pack_uid)
    found = work.env.packs.by_uid(pack["packUid"])
    return {
        "spec": {
            "name": pack["name"],
            "packUid": pack["packUid"],
            "tag": pack["tag"],
            "type": pack["type"],
            "version": pack["version"],
            "scope": "clusterprofile",
            "associatedObject": body["metadata"]["uid"],
            "values": pack["values"],
            "isValuesOverridden": found is not None and found.version.values.strip() != pack["values"].strip(),
            "manifests": [
                {
                    "uid": each["uid"],
                    "name": each["name"],
                    "parentUid": "",
                    "digest": each["digest"],
                    "isOverridden": False,
                }
                for each in manifest_texts(work, body, pack)
            ],
        }
    }


def resolved(work: Work, body: Body, references: Sequence[str]) -> dict[str, str]:
    """What these references stand for; those that stand for nothing are left out."""
    values = {
        ("var", each["name"]): str(each["defaultValue"])
        for each in variables.shown(body["variables"])
        if each["defaultValue"]
    }
    if work.project:
        values |= {("macro", name): value for name, value in projects.macros(work, work.project).items()}
    found = {}
    for reference in references:
        match = _REFERENCE.fullmatch(reference.strip())
        if match and (match[1], match[2]) in values:
            found[reference] = values[match[1], match[2]]
    return found


def validate(work: Work, draft: TemplateDraft) -> list[Body]:
    """What is wrong with each layer of a draft, without writing anything."""
    results: list[Body] = []
    stored: list[Body] = []
    for entity in draft.packs:
        errors = []
        try:
            stored.append(layers.resolved(work, entity, draft.cloud_type or "all"))
            for each in entity.manifests:
                layers.check_yaml(each.content, f"manifest {each.name!r}")
            layers.check_together(stored, draft.type or "cluster")
        except Refusal as refusal:
            errors.append({"code": refusal.code, "message": refusal.message})
            stored = stored[: len(results)]
        results.append({"name": entity.name, "displayName": entity.name, "errors": errors})
    return results


def _as_entities(work: Work, body: Body) -> list[Entity]:
    """The layers as a client would write them, to be written back with a change."""
    side = side_of(body)
    return [
        PackManifestUpdate(
            name=pack["name"],
            type=pack["type"],
            layer=pack["layer"],
            tag=pack["tag"],
            registry_uid=pack["registryUid"],
            uid=pack["packUid"],
            values=pack["values"],
            manifests=[
                ManifestUpdate(name=ref["name"], uid=ref["uid"], content=profiles.text_of(work.tx, ref["uid"], side))
                for ref in pack["manifests"]
            ],
        )
        for pack in layers_of(body)
    ]
