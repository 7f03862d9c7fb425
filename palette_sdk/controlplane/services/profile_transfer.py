"""Profiles as documents that port from one Palette to another: export, import, and a Terraform resource."""

from __future__ import annotations

import json
from typing import Any

import yaml

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work, parse
from palette_sdk.controlplane.services import layers, profiles, scoping, variables
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.profiles import PackImport, ProfileCreate, ProfileImport


def exported(work: Work, uid: str) -> Body:
    """A version as a document: the published side, else the draft; registries by name."""
    body = profiles.get(work, uid)
    side = "published" if body["spec"].get("published") else "draft"
    template = body["spec"][side]
    annotations = body["metadata"]["annotations"]
    return {
        "metadata": {
            "name": body["metadata"]["name"],
            "description": annotations.get("description", ""),
            "labels": body["metadata"]["labels"],
        },
        "spec": {
            "version": body["spec"]["version"],
            "template": {
                "type": template["type"],
                "cloudType": template["cloudType"],
                "packs": [_exported_pack(work, pack, side) for pack in template["packs"]],
            },
            "variables": variables.shown(body["variables"]),
        },
    }


def as_text(document: Body, kind: str) -> str:
    """The document as `json` or `yaml`.

    Raises:
        Refusal: 400, another format.
    """
    if kind == "json":
        return json.dumps(document, indent=2, ensure_ascii=False)
    if kind == "yaml":
        return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    raise assumptions.INVALID_QUERY.refusal(f"format must be json or yaml, not {kind!r}")


def from_text(text: str, kind: str) -> ProfileImport:
    """The document in a file.

    Raises:
        Refusal: 400, it can't be read.
    """
    try:
        # JSON is YAML, but the parser of JSON is stricter about what calls itself JSON.
        found = json.loads(text) if kind == "json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        raise assumptions.INVALID_BODY.refusal(f"the file is not valid {kind or 'yaml'}") from None
    return parse(ProfileImport, found)


def as_terraform(document: Body) -> str:
    """The document as a `spectrocloud_cluster_profile` resource."""
    metadata, spec = document["metadata"], document["spec"]
    lines = [
        f'resource "spectrocloud_cluster_profile" {_quoted(_identifier(metadata["name"]))} {{',
        f"  name        = {_quoted(metadata['name'])}",
        f"  description = {_quoted(metadata['description'])}",
        f"  version     = {_quoted(spec['version'])}",
        f"  cloud       = {_quoted(spec['template']['cloudType'])}",
        f"  type        = {_quoted(spec['template']['type'])}",
    ]
    for pack in spec["template"]["packs"]:
        lines += ["", "  pack {", f"    name   = {_quoted(pack['name'])}", f"    type   = {_quoted(pack['type'])}"]
        if pack["tag"]:
            lines.append(f"    tag    = {_quoted(pack['tag'])}")
        lines.append(f"    values = {_quoted(pack['values'])}")
        for manifest in pack["manifests"]:
            lines += [
                "    manifest {",
                f"      name    = {_quoted(manifest['name'])}",
                f"      content = {_quoted(manifest['content'])}",
                "    }",
            ]
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def imported(work: Work, document: ProfileImport, *, publish: bool) -> str:
    """Add the profile of a document; gives its uid."""
    given = {
        "metadata": {
            "name": document.metadata.name,
            "labels": document.metadata.labels,
            "annotations": {"description": document.metadata.description} if document.metadata.description else {},
        },
        "spec": {
            "version": document.spec.version,
            "template": {
                "type": document.spec.template.type,
                "cloudType": document.spec.template.cloud_type,
                "packs": [_imported_pack(work, pack) for pack in document.spec.template.packs],
            },
            "variables": [variable.body() for variable in document.spec.variables],
        },
    }
    return profiles.create(work, ProfileCreate.of(given), publish_now=publish)


def validated(work: Work, document: ProfileImport, given: Body) -> Body:
    """The document as it came, with the registries that each layer could be from."""
    packs = []
    spec = given.get("spec", {})
    template = spec.get("template", {})
    for pack, raw in zip(document.spec.template.packs, template.get("packs", []), strict=True):
        wanted = _registry_facts(pack)
        matching = [_short(each) for each in _matching(work, wanted, pack.type)]
        packs.append({**raw, "registry": {**raw.get("registry", {}), "matchingRegistries": matching}})
    return {**given, "spec": {**spec, "template": {**template, "packs": packs}}}


def _exported_pack(work: Work, pack: Body, side: str) -> Body:
    registry = work.tx.get(kinds.REGISTRY, pack["registryUid"]) if pack["registryUid"] else None
    body: Body = {key: pack[key] for key in ("name", "type", "layer", "tag", "version", "values")}
    body["manifests"] = [
        {"name": ref["name"], "content": profiles.text_of(work.tx, ref["uid"], side)} for ref in pack["manifests"]
    ]
    if registry is not None:
        body["registry"] = {"metadata": _short(registry)}
    return body


def _imported_pack(work: Work, pack: PackImport) -> Body:
    matching = _matching(work, _registry_facts(pack), pack.type) if pack.registry else []
    return {
        "name": pack.name,
        "type": pack.type,
        "layer": pack.layer,
        "tag": pack.tag or pack.version,
        "uid": layers.MANIFEST_PACK if pack.type == "manifest" else "",
        "registryUid": matching[0]["metadata"]["uid"] if matching else "",
        "values": pack.values,
        "manifests": [manifest.body() for manifest in pack.manifests],
    }


def _registry_facts(pack: PackImport) -> dict[str, Any]:
    return dict(pack.registry.metadata) if pack.registry else {}


def _matching(work: Work, wanted: dict[str, Any], pack_type: str) -> list[Body]:
    kind = wanted.get("kind") or {"helm": "helm", "oci": "oci"}.get(pack_type, "pack")
    found = [each for each in scoping.listed(work, kinds.REGISTRY) if each["kind"] == kind]
    by_uid = [each for each in found if each["metadata"]["uid"] == wanted.get("uid")]
    return by_uid or [each for each in found if wanted.get("name", "") in {"", each["metadata"]["name"]}]


def _short(registry: Body) -> Body:
    return {
        "uid": registry["metadata"]["uid"],
        "name": registry["metadata"]["name"],
        "kind": registry["kind"],
        "providerType": registry["spec"].get("providerType", ""),
        "isPrivate": registry["spec"]["isPrivate"],
        "isSyncSupported": registry["kind"] == "pack",
    }


def _identifier(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name)


def _quoted(text: str) -> str:
    # Terraform reads ${ and %{ in quoted text as templates.
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
