"""Packs and manifests of a cluster's profiles, in the shapes of the API. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import yaml

from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services.clusters_content import Copy, Pack
from palette_sdk.controlplane.simulation.objects import documents, resolve

Doc = dict[str, Any]


def profile_view(copy: Copy, doc: Doc) -> Doc:
    """A profile in `GET .../profiles`."""
    spec = {"type": copy["type"], "cloudType": copy["cloudType"], "version": 1}
    packs = [_pack(copy, pack, with_content=False) for pack in copy["packs"]]
    return {"metadata": _metadata(copy, doc), "spec": {**spec, "packs": packs}}


def manifests_view(copy: Copy, doc: Doc, *, resolves: bool) -> Doc:
    """A profile in `GET .../profiles/packs/manifests`."""
    system = content.system_values(doc["metadata"]) if resolves else None
    packs = [_pack(copy, pack, with_content=True, system=system) for pack in copy["packs"]]
    return {"metadata": _metadata(copy, doc), "spec": {"packs": packs}}


def config_views(copy: Copy, pack: Pack) -> list[Doc]:
    """`GET .../packs/{name}/config`: the profile's row, then the cluster's when it overrides something."""
    parents = [{**each, "parentUid": "", "isOverridden": False} for each in pack["manifests"]]
    rows = [_config(pack, copy["uid"], "profile", pack.get("values", ""), parents, is_overridden=False)]
    if pack["name"] in copy["overrides"]:
        overridden = copy["overrides"][pack["name"]]
        rows.append(
            _config(
                pack, copy["uid"], "cluster", content.values_of(copy, pack), content.manifests_of(copy, pack),
                is_overridden="values" in overridden,
            )
        )  # fmt: skip
    return rows


def manifest_entities(copy: Copy, pack: Pack, doc: Doc) -> list[Doc]:
    """`GET .../packs/{name}/manifests`."""
    return [manifest_entity(each, doc) for each in content.manifests_of(copy, pack)]


def manifest_entity(manifest: Doc, doc: Doc) -> Doc:
    """One manifest with its text."""
    at = doc["metadata"]["lastModifiedTimestamp"]
    metadata = {"name": manifest["name"], "uid": manifest["uid"], "creationTimestamp": at, "lastModifiedTimestamp": at}
    return {
        "metadata": metadata,
        "spec": {"published": {"content": manifest["content"], "digest": _sha(manifest["content"])}},
    }


def all_manifests(copies: Sequence[Copy], doc: Doc, *, resolves: bool) -> list[Doc]:
    """All manifests of a cluster: name, uid, content, digest."""
    system = content.system_values(doc["metadata"])
    found = []
    for copy in copies:
        for pack in copy["packs"]:
            manifests = (
                content.resolved(copy, pack, system, to_show=True)[1] if resolves else content.manifests_of(copy, pack)
            )
            found += [_summary(each) for each in manifests]
    return found


def properties(copies: Sequence[Copy], doc: Doc, *, layer: str, path: str, name: str, resolves: bool) -> str:
    """What stands at a dotted path of a layer's values, as YAML; empty where there is nothing."""
    for copy in copies:
        for pack in copy["packs"]:
            if pack["layer"] != layer or name not in ("", pack["name"]):
                continue
            values = content.values_of(copy, pack)
            if resolves:
                values = content.resolved(copy, pack, content.system_values(doc["metadata"]), to_show=True)[0]
            for document in documents(values):
                node = document
                for part in path.split("."):
                    node = node.get(part) if isinstance(node, dict) else None
                if node is not None:
                    return yaml.safe_dump(node, sort_keys=False)
    return ""


def resolved_values(copies: Sequence[Copy], doc: Doc, references: Sequence[str]) -> list[Doc]:
    """What references such as `{{.spectro.var.x}}` stand for, by profile; those without a value are left out."""
    system = content.system_values(doc["metadata"])
    found = []
    for copy in copies:
        values = content.variable_values(copy)
        sensitive = content.sensitive_names(copy)
        shown = {name: value for name, value in values.items() if name not in sensitive}
        pairs = {reference: resolve(_braced(reference), shown, system) for reference in references}
        found.append(
            {"uid": copy["uid"], "resolved": {key: value for key, value in pairs.items() if "{{" not in value}}
        )
    return found


def _braced(reference: str) -> str:
    return reference if "{{" in reference else "{{." + reference.lstrip(".") + "}}"


def _metadata(copy: Copy, doc: Doc) -> Doc:
    at = doc["metadata"]["lastModifiedTimestamp"]
    return {
        "name": copy["name"], "uid": copy["uid"], "labels": {}, "annotations": {"version": copy["version"]},
        "creationTimestamp": at, "lastModifiedTimestamp": at,
    }  # fmt: skip


def _pack(copy: Copy, pack: Pack, *, with_content: bool, system: dict[str, str] | None = None) -> Doc:
    if system is None:
        values, manifests = content.values_of(copy, pack), content.manifests_of(copy, pack)
    else:
        values, manifests = content.resolved(copy, pack, system, to_show=True)
    refs = [{"kind": "manifest", "name": each["name"], "uid": each["uid"]} for each in manifests]
    spec = {
        "name": pack["name"],
        "displayName": pack["name"],
        **{key: pack.get(key, "") for key in ("layer", "type", "version", "registryUid", "digest")},
        "values": values,
        "manifests": [_summary(each) for each in manifests] if with_content else refs,
        "annotations": {},
        "cloudTypes": [],
        "presets": [],
        "schema": [],
    }
    return {"metadata": {"name": pack["name"], "uid": pack.get("packUid", "")}, "spec": spec, "status": {}}


def _config(pack: Pack, profile_uid: str, scope: str, values: str, manifests: list[Doc], *, is_overridden: bool) -> Doc:
    refs = [
        {
            "name": each["name"],
            "uid": each["uid"],
            "parentUid": each["parentUid"],
            "digest": _sha(each["content"]),
            "isOverridden": each["isOverridden"],
        }
        for each in manifests
    ]
    return {
        "spec": {
            **{key: pack.get(key, "") for key in ("name", "packUid", "tag", "type", "version")},
            "scope": scope,
            "associatedObject": profile_uid,
            "values": values,
            "isValuesOverridden": is_overridden,
            "manifests": refs,
        }
    }


def _summary(manifest: Doc) -> Doc:
    text = manifest["content"]
    return {"name": manifest["name"], "uid": manifest["uid"], "content": text, "digest": _sha(text)}


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
