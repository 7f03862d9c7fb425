"""Cluster profiles: one object a version; edits go to a draft, publishing makes the draft what clusters get.

A stored profile is `{metadata, spec: {version, draft?, published?}, status: {isPublished}, variables}`, where a draft
or published template is `{type, cloudType, packs}`, and packs refer to manifests, which are documents of their own
with the profile as parent. Links say who uses it. A profile that was never published has no `published`.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import semver

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import layers, scoping, variables
from palette_sdk.controlplane.services.layers import Entity
from palette_sdk.controlplane.store import Body, Tx
from palette_sdk.wire.profiles import ManifestUpdate, ProfileCreate, ProfileUpdate, Variable

WHAT = "cluster profile"
DEFAULT_VERSION = "1.0.0"


def published_content(tx: Tx, uid: str) -> Body | None:
    """What clusters get from a profile: `{uid, name, type, cloudType, version, packs, variables}`, or None.

    None: there is no such profile, or it was never published. Each pack's `manifests` are `{name, uid, content}`.
    Variables are unmasked. This is what the cluster side reads; it must not look into the stored body.
    """
    body = tx.get(kinds.PROFILE, uid)
    if body is None or not body["status"]["isPublished"]:
        return None
    template = body["spec"]["published"]
    packs = [{**pack, "manifests": _texts(tx, pack, "published")} for pack in template["packs"]]
    return {
        "uid": uid,
        "name": body["metadata"]["name"],
        "type": template["type"],
        "cloudType": template["cloudType"],
        "version": body["spec"]["version"],
        "packs": packs,
        "variables": body["variables"],
    }


def get(work: Work, uid: str) -> Body:
    """A profile that may be read, as stored."""
    return scoping.visible(work, kinds.PROFILE, uid, WHAT).body


def editable(work: Work, uid: str) -> Body:
    """A profile whose content may be changed.

    Raises:
        Refusal: 404; 403 for another scope; 409 when a cluster template names it.
    """
    body = scoping.owned(work, kinds.PROFILE, uid, WHAT).body
    templates = scoping.named_users(work, kinds.TEMPLATE_PROFILE, uid)
    if templates:
        names = ", ".join(row.name for row in templates)
        raise assumptions.PROFILE_LOCKED.refusal(
            f"{body['metadata']['name']} {body['spec']['version']} can't be changed: cluster template {names} names it"
        )
    return body


def draft_of(body: Body) -> Body:
    """The draft, which begins as a copy of what is published; changing it changes `body`."""
    if body["spec"].get("draft") is None:
        body["spec"]["draft"] = copy.deepcopy(body["spec"]["published"])
    draft: Body = body["spec"]["draft"]
    return draft


def create(work: Work, given: ProfileCreate, *, publish_now: bool) -> str:
    """Add a version of a profile; gives its uid."""
    version = given.spec.version or DEFAULT_VERSION
    check_free(work, given.metadata.name, version)
    template = given.spec.template
    kind = template.type or "add-on"
    _check_type(kind, template.cloud_type or "all")
    uid = work.new_uid()
    body: Body = {
        "metadata": scoping.new_metadata(work, given.metadata.model_dump(by_alias=True), uid),
        "spec": {"version": version, "draft": {"type": kind, "cloudType": template.cloud_type or "all", "packs": []}},
        "status": {"isPublished": False},
        "variables": variables.defined(given.spec.variables, []),
    }
    replace_packs(work, body, template.packs)
    save(work, body, project=work.project)
    if publish_now:
        publish(work, uid)
    return uid


def update(work: Work, uid: str, given: ProfileUpdate) -> None:
    """Write the complete list of layers to the draft; a version that differs renames the version."""
    body = editable(work, uid)
    metadata = body["metadata"]
    name, version = given.metadata.name or metadata["name"], given.spec.version or body["spec"]["version"]
    check_free(work, name, version, but=uid)
    metadata["name"], body["spec"]["version"] = name, version
    draft = draft_of(body)
    draft["type"] = given.spec.template.type or draft["type"]
    _check_type(draft["type"], draft["cloudType"])
    replace_packs(work, body, given.spec.template.packs)
    save(work, body)


def patch_metadata(work: Work, uid: str, given: Mapping[str, Any], version: str) -> None:
    """Change name, labels, annotations, and the version where one is given; takes effect at once."""
    body = scoping.owned(work, kinds.PROFILE, uid, WHAT).body
    name, version = given.get("name") or body["metadata"]["name"], version or body["spec"]["version"]
    if (name, version) != (body["metadata"]["name"], body["spec"]["version"]):
        editable(work, uid)
    check_free(work, name, version, but=uid)
    scoping.patch_metadata(work, body["metadata"], given)
    body["spec"]["version"] = version
    work.tx.put(kinds.PROFILE, uid, body, name=name)


def set_variables(work: Work, uid: str, definitions: Sequence[Body]) -> None:
    """Make these the variables; takes effect without publishing.

    Raises:
        Refusal: 400, a layer refers to one that would be gone.
    """
    body = editable(work, uid)
    body["variables"] = list(definitions)
    _check_references(work, body)
    save(work, body)


def define_variables(work: Work, uid: str, given: Sequence[Variable], *, keep_others: bool) -> None:
    """Add and change variables; with `keep_others` those that aren't named stay, else they go."""
    stored = get(work, uid)["variables"]
    defined = variables.defined(given, stored)
    set_variables(work, uid, variables.merged(stored, defined) if keep_others else defined)


def publish(work: Work, uid: str) -> None:
    """Make the draft what clusters get; without a draft nothing changes.

    Raises:
        Refusal: 400, a core layer is missing.
    """
    body = editable(work, uid)
    draft = body["spec"].get("draft") or body["spec"]["published"]
    missing = layers.missing_core(draft["packs"], draft["type"], draft["cloudType"])
    if missing:
        raise assumptions.INCOMPLETE_PROFILE.refusal(
            f"a profile of type {draft['type']} can't be published without a layer for {', '.join(missing)}",
            layers=missing,
        )
    for pack in draft["packs"]:
        for ref in pack["manifests"]:
            _publish_manifest(work, ref["uid"])
    body["spec"]["published"] = draft
    body["spec"].pop("draft", None)
    body["status"]["isPublished"] = True
    content = _digest(work.tx, body)
    is_changed = content != body.get("publishedDigest")
    body["publishedDigest"] = content
    save(work, body)
    if is_changed:
        for told in work.env.hooks.profile_published:
            told(work.tx, uid, work.now)


def delete(work: Work, uid: str) -> None:
    """Remove a version that nobody uses."""
    body = scoping.owned(work, kinds.PROFILE, uid, WHAT).body
    users = [
        row for link in (kinds.CLUSTER_PROFILE, kinds.TEMPLATE_PROFILE) for row in scoping.named_users(work, link, uid)
    ]
    scoping.refuse_in_use(WHAT, f"{body['metadata']['name']} {body['spec']['version']}", users)
    for manifest in work.tx.rows(kinds.MANIFEST, parent=uid):
        work.tx.delete(kinds.MANIFEST, manifest.uid)
    work.tx.delete(kinds.PROFILE, uid)


def check_clone(work: Work, uid: str, name: str, version: str) -> None:
    """Make sure that a clone of this name and version could be made."""
    source = get(work, uid)
    check_free(work, name or source["metadata"]["name"], version or source["spec"]["version"])


def clone(work: Work, uid: str, name: str, version: str) -> str:
    """Copy a version under a new name or version; gives the new uid.

    The copy has labels, description, layers and variables of its source. It shows the source's published layers
    (clients read them before they publish), but counts as unpublished; a draft of the source is not copied.
    """
    source = get(work, uid)
    name, version = name or source["metadata"]["name"], version or source["spec"]["version"]
    check_free(work, name, version)
    new_uid = work.new_uid()
    side = "published" if source["spec"].get("published") else "draft"
    template = copy.deepcopy(source["spec"][side])
    for pack in template["packs"]:
        pack["manifests"] = [
            _add_manifest(work, new_uid, ref["name"], text_of(work.tx, ref["uid"], side), side)
            for ref in pack["manifests"]
        ]
    # Other annotations are bookkeeping of whoever made the source, and would name the wrong object here.
    described = {key: text for key, text in source["metadata"]["annotations"].items() if key == "description"}
    metadata = {"name": name, "labels": source["metadata"]["labels"], "annotations": described}
    body: Body = {
        "metadata": scoping.new_metadata(work, metadata, new_uid),
        "spec": {"version": version, side: template},
        "status": {"isPublished": False},
        "variables": source["variables"],
    }
    save(work, body, project=work.project)
    return new_uid


def check_free(work: Work, name: str, version: str, *, but: str = "") -> None:
    """Make sure that name and version are good and together free in the call's scope.

    Raises:
        Refusal: 400, no name or no semantic version; 409, they are taken.
    """
    if not name:
        raise assumptions.INVALID_BODY.refusal("a cluster profile needs a name", fields=[{"field": "metadata.name"}])
    if not semver.Version.is_valid(version):
        raise assumptions.INVALID_VERSION.refusal(f"{version!r} is not a version like 1.0.0 (major.minor.patch)")
    for other in work.tx.find(kinds.PROFILE, project=work.project, name=name):
        uid = other["metadata"]["uid"]
        if other["spec"]["version"] == version and uid != but:
            raise assumptions.DUPLICATE_PROFILE.refusal(
                f"cluster profile {name!r} version {version} already exists (uid {uid})", uid=uid
            )


def replace_packs(work: Work, body: Body, entities: Sequence[Entity]) -> None:
    """Make these the layers of the draft; manifests keep their uid by name."""
    draft = draft_of(body)
    before = {pack["name"]: pack for side in ("published", "draft") for pack in _packs(body, side)}
    draft["packs"] = [_pack(work, body, entity, before.get(entity.name)) for entity in entities]
    check_draft(work, body)


def check_draft(work: Work, body: Body) -> None:
    """Make sure that the draft's layers go together and that their variables are defined."""
    draft = draft_of(body)
    layers.check_together(draft["packs"], draft["type"])
    _check_references(work, body)


def write_manifest(work: Work, body: Body, pack: Body, given: ManifestUpdate) -> Body:
    """Write a manifest's text to the draft; gives the reference that belongs into the pack.

    Raises:
        Refusal: 400, it has no name or text that is no YAML, or its uid is not of this profile.
    """
    if not given.name:
        raise assumptions.INVALID_LAYERS.refusal(f"layer {pack['name']!r}: a manifest needs a name")
    layers.check_yaml(given.content, f"layer {pack['name']!r}: manifest {given.name!r}")
    uid = given.uid or next((ref["uid"] for ref in pack["manifests"] if ref["name"] == given.name), "")
    profile_uid = body["metadata"]["uid"]
    if not uid:
        return _add_manifest(work, profile_uid, given.name, given.content, "draft")
    row = work.tx.row(kinds.MANIFEST, uid)
    if row is None or row.parent != profile_uid:
        raise assumptions.INVALID_LAYERS.refusal(f"layer {pack['name']!r}: no manifest of this profile has uid {uid!r}")
    document = row.body
    document["metadata"] |= {"name": given.name, "lastModifiedTimestamp": work.stamp}
    document["spec"]["draft"] = {"content": given.content, "digest": _sha(given.content)}
    work.tx.put(kinds.MANIFEST, uid, document, name=given.name)
    return {"kind": "manifest", "name": given.name, "uid": uid}


def save(work: Work, body: Body, *, project: str | None = None) -> None:
    """Store a profile, and remove manifests that no side of it refers to any more."""
    uid = body["metadata"]["uid"]
    body["metadata"]["lastModifiedTimestamp"] = work.stamp
    name = body["metadata"]["name"]
    if project is None:
        work.tx.put(kinds.PROFILE, uid, body, name=name)
    else:
        work.tx.put(kinds.PROFILE, uid, body, name=name, project=project)
    used = {ref["uid"] for side in ("draft", "published") for pack in _packs(body, side) for ref in pack["manifests"]}
    for row in work.tx.rows(kinds.MANIFEST, parent=uid):
        if row.uid not in used:
            work.tx.delete(kinds.MANIFEST, row.uid)


def text_of(tx: Tx, uid: str, side: str) -> str:
    """A manifest's text on a side; the draft's falls back to the published one."""
    spec = (tx.get(kinds.MANIFEST, uid) or {"spec": {}})["spec"]
    found = spec.get(side) or (spec.get("published") if side == "draft" else None) or {}
    return str(found.get("content", ""))


def _pack(work: Work, body: Body, entity: Entity, before: Body | None) -> Body:
    pack = layers.resolved(work, entity, body["spec"]["draft"]["cloudType"])
    pack["manifests"] = before["manifests"] if before else []
    names = [manifest.name for manifest in entity.manifests]
    if len(set(names)) < len(names):
        raise assumptions.INVALID_LAYERS.refusal(f"layer {entity.name!r}: two manifests have the same name")
    pack["manifests"] = [
        write_manifest(
            work,
            body,
            pack,
            ManifestUpdate(name=manifest.name, content=manifest.content, uid=getattr(manifest, "uid", "")),
        )
        for manifest in entity.manifests
    ]
    return pack


def _add_manifest(work: Work, profile_uid: str, name: str, content: str, side: str) -> Body:
    uid = work.new_uid()
    document = {
        "metadata": {**scoping.new_metadata(work, {"name": name}, uid)},
        "spec": {side: {"content": content, "digest": _sha(content)}},
    }
    work.tx.put(kinds.MANIFEST, uid, document, project=work.project, name=name, parent=profile_uid)
    return {"kind": "manifest", "name": name, "uid": uid}


def _publish_manifest(work: Work, uid: str) -> None:
    document = work.tx.get(kinds.MANIFEST, uid)
    if document is not None and document["spec"].get("draft") is not None:
        document["spec"]["published"] = document["spec"].pop("draft")
        work.tx.put(kinds.MANIFEST, uid, document)


def _packs(body: Body, side: str) -> list[Body]:
    return list((body["spec"].get(side) or {}).get("packs", []))


def _texts(tx: Tx, pack: Body, side: str) -> list[Body]:
    return [
        {"name": ref["name"], "uid": ref["uid"], "content": text_of(tx, ref["uid"], side)} for ref in pack["manifests"]
    ]


def _check_references(work: Work, body: Body) -> None:
    side = "draft" if body["spec"].get("draft") else "published"
    texts = [
        text
        for pack in _packs(body, side)
        for text in (pack["values"], *(text_of(work.tx, ref["uid"], side) for ref in pack["manifests"]))
    ]
    variables.check_references(texts, body["variables"])


def _check_type(kind: str, cloud: str) -> None:
    if kind not in layers.TYPES:
        raise assumptions.INVALID_LAYERS.refusal(
            f"there is no profile type {kind!r}; types are {', '.join(layers.TYPES)}"
        )
    if cloud == "all" and kind in {"cluster", "infra"}:
        raise assumptions.INVALID_LAYERS.refusal(f"a profile of type {kind} needs one cloud; only add-on is for all")


def _digest(tx: Tx, body: Body) -> str:
    template = body["spec"]["published"]
    texts = [[each["content"] for each in _texts(tx, pack, "published")] for pack in template["packs"]]
    return _sha(json.dumps([template, texts, body["variables"]], sort_keys=True))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
