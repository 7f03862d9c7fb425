"""The layers of a profile: which pack a layer is, whether its texts can be read, and which layers go together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.catalogue import LAYERS
from palette_sdk.controlplane.services.packs import Pack
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.profiles import PackManifestEntity, PackManifestUpdate

MANIFEST_PACK = "spectro-manifest-pack"
"""The uid that all layers of plain manifests share."""
CORE = ("os", "k8s", "cni", "csi")
TYPES = ("cluster", "infra", "add-on", "system")

_TEMPLATING = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ONLY_TEMPLATING = re.compile(r"^[ \t]*(?:\{\{[^{}\n]*\}\}[ \t]*)+$", re.MULTILINE)

Entity = PackManifestEntity | PackManifestUpdate


def resolved(work: Work, entity: Entity, cloud: str) -> Body:
    """A layer as it is stored, without its manifests.

    Args:
        work: the work at hand.
        entity: the layer as the client names it.
        cloud: cloud type of the profile; `all` fits every pack.

    Raises:
        Refusal: 400, the pack is unknown or does not fit.
    """
    if not entity.name:
        raise assumptions.INVALID_LAYERS.refusal("a layer needs a name")
    kind = entity.type or ("manifest" if entity.uid == MANIFEST_PACK else "spectro")
    if kind == "spectro":
        return _spectro(work, entity, cloud)
    if kind == "manifest":
        uid, registry = MANIFEST_PACK, entity.registry_uid
    elif kind in {"helm", "oci"}:
        uid, registry = entity.uid, _registry(work, entity, kind)
    else:
        raise assumptions.INVALID_LAYERS.refusal(f"layer {entity.name!r}: there is no type {kind!r}")
    layer = entity.layer or "addon"
    if layer not in LAYERS:
        raise assumptions.INVALID_LAYERS.refusal(f"layer {entity.name!r}: there is no layer {layer!r}")
    return _stored(entity, type=kind, layer=layer, packUid=uid, registryUid=registry, version=entity.tag)


def check_together(packs: Sequence[Body], kind: str) -> None:
    """Make sure that layers may stand in one profile.

    Raises:
        Refusal: 400, two of one name or of one core layer, or a core layer in an add-on profile.
    """
    names = [pack["name"] for pack in packs]
    for name in names:
        if names.count(name) > 1:
            raise assumptions.INVALID_LAYERS.refusal(f"two layers are named {name!r}; names are unique in a profile")
    for layer in CORE:
        found = [pack["name"] for pack in packs if pack["layer"] == layer]
        if found and kind == "add-on":
            raise assumptions.INVALID_LAYERS.refusal(
                f"layer {found[0]!r} is a layer of the infrastructure ({layer}); a profile of type add-on can't have it"
            )
        if len(found) > 1:
            raise assumptions.INVALID_LAYERS.refusal(f"layers {' and '.join(found)} are both {layer}; only one can be")


def missing_core(packs: Sequence[Body], kind: str, cloud: str) -> list[str]:
    """The core layers that a profile of this type still needs before it can be published."""
    if kind not in {"cluster", "infra"}:
        return []
    have = {pack["layer"] for pack in packs}
    # Edge clusters may run on the hosts' own disks.
    return [layer for layer in CORE if layer not in have and not (layer == "csi" and cloud == "edge-native")]


def check_yaml(text: str, what: str) -> None:
    """Make sure that a text is YAML, several documents allowed, once its templating is taken out.

    Raises:
        Refusal: 400, with line and column.
    """
    plain = _TEMPLATING.sub("templated", _ONLY_TEMPLATING.sub("", text))
    try:
        for _ in yaml.compose_all(plain, Loader=yaml.CSafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise assumptions.INVALID_YAML.refusal(f"{what} is not valid YAML{place}: {error.problem}") from None
    except (yaml.YAMLError, ValueError):
        raise assumptions.INVALID_YAML.refusal(
            f"{what} is not valid YAML: it has a character that can't be there"
        ) from None


def _spectro(work: Work, entity: Entity, cloud: str) -> Body:
    pack = _by_uid(work, entity) if entity.uid else _by_name(work, entity)
    if not pack.entry.runs_on(cloud):
        raise assumptions.INVALID_LAYERS.refusal(
            f"layer {entity.name!r}: the pack runs on {', '.join(pack.entry.cloud_types)}, the profile is for {cloud}"
        )
    return _stored(
        entity,
        type="spectro",
        layer=pack.entry.layer,
        packUid=pack.version.uid,
        registryUid=pack.registry.uid,
        version=pack.version.version,
        tag=entity.tag or pack.version.tag,
        digest=pack.version.digest,
        values=entity.values.strip() or pack.version.values,
    )


def _by_uid(work: Work, entity: Entity) -> Pack:
    pack = work.env.packs.by_uid(entity.uid)
    if pack is None:
        raise assumptions.UNKNOWN_PACK.refusal(f"layer {entity.name!r}: there is no pack with uid {entity.uid!r}")
    tags = {"", pack.version.tag, pack.version.version, *pack.version.parent_tags}
    if entity.tag not in tags or entity.registry_uid not in {"", pack.registry.uid}:
        raise assumptions.UNKNOWN_PACK.refusal(
            f"layer {entity.name!r}: pack {entity.uid!r} is {pack.entry.name} {pack.version.tag} of registry "
            f"{pack.registry.uid!r}, not {entity.tag or '(no tag)'} of {entity.registry_uid or '(no registry)'!r}"
        )
    return pack


def _by_name(work: Work, entity: Entity) -> Pack:
    index = work.env.packs
    if entity.registry_uid:
        one = index.by_name(entity.registry_uid, entity.name)
        found = [one] if one else []
    else:
        found = index.with_name(entity.name)
    for registry, entry in found:
        version = entry.find(entity.tag) if entity.tag else None
        if version is not None:
            return Pack(registry, entry, version)
    where = f"registry {entity.registry_uid!r}" if entity.registry_uid else "any registry"
    raise assumptions.UNKNOWN_PACK.refusal(
        f"layer {entity.name!r}: {where} has no pack {entity.name!r} with tag {entity.tag!r}"
    )


def _registry(work: Work, entity: Entity, kind: str) -> str:
    registry = work.tx.get(kinds.REGISTRY, entity.registry_uid) if entity.registry_uid else None
    # An oci registry may hold helm charts.
    if registry is None or registry["kind"] not in {kind, "oci"}:
        raise assumptions.UNKNOWN_PACK.refusal(
            f"layer {entity.name!r}: there is no {kind} registry with uid {entity.registry_uid!r}"
        )
    return entity.registry_uid


def _stored(entity: Entity, **facts: Any) -> Body:
    stored = {
        "name": entity.name,
        "layer": "",
        "type": "",
        "tag": entity.tag,
        "version": "",
        "packUid": "",
        "registryUid": "",
        "values": entity.values.strip(),
        "digest": "",
        "annotations": {},
        "isInvalid": False,
        "inValidReason": "",
        "manifests": [],
        **facts,
    }
    check_yaml(stored["values"], f"layer {entity.name!r}: values")
    return stored
