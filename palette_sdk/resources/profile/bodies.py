"""Pure conversions between a profile's checked inputs and the bodies of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.rules.tags import from_labels, to_labels

if TYPE_CHECKING:
    from palette_sdk.wire.profiles import (
        ClusterProfile,
        ProfileCreate,
        ProfileUpdate,
        Template,
        Variable,
        VariableOption,
    )

MARKER = "palette-sdk-marker"
"""The annotation that says which resource of which stack made an object."""
LAYER_OF_KIND = {"os": "os", "kernel": "os", "k8s": "k8s", "cni": "cni", "csi": "csi"}


def create_body(props: Mapping[str, Any]) -> ProfileCreate:
    """The body that makes a new version, published at once, with our marker in it."""
    from palette_sdk.wire.profiles import ProfileCreate

    return ProfileCreate.of(
        {
            "metadata": metadata(props, annotations={}, labels={}),
            "spec": {
                "version": props["version"],
                "template": {"type": props["type"], "cloudType": props["cloud"], "packs": packs(props, {})},
                "variables": [variable.body() for variable in variables(props)],
            },
        }
    )


def update_body(props: Mapping[str, Any], uid: str, manifest_uids: Mapping[str, Mapping[str, str]]) -> ProfileUpdate:
    """The body of a change in place: all layers, manifests by the uids that they have."""
    from palette_sdk.wire.profiles import ProfileUpdate

    return ProfileUpdate.of(
        {
            "metadata": {"name": props["name"], "uid": uid},
            "spec": {
                "version": props["version"],
                "template": {"type": props["type"], "packs": packs(props, manifest_uids)},
            },
        }
    )


def metadata(props: Mapping[str, Any], *, annotations: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
    """Name, labels and annotations; those of others are kept, as a write replaces the whole map."""
    foreign = {key: value for key, value in labels.items() if is_foreign_label(key)}
    return {
        "name": props["name"],
        "labels": {**foreign, **to_labels(props.get("tags", {}))},
        "annotations": {**annotations, "description": props.get("description", ""), MARKER: props["marker"]},
    }


def is_foreign_label(key: str) -> bool:
    """Whether a label belongs to the service and not to the user."""
    return key.startswith(("spectrocloud.com/", "spectro__", "palette.spectrocloud.com/"))


def user_tags(labels: Mapping[str, str]) -> dict[str, str]:
    """Tags of the user among an object's labels."""
    return from_labels({key: value for key, value in labels.items() if not is_foreign_label(key)})


def packs(props: Mapping[str, Any], manifest_uids: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Layers in their order, as the API wants them written."""
    return [_pack(name, props["layers"][name], manifest_uids.get(name, {})) for name in props["layer_order"]]


def _pack(name: str, layer: Mapping[str, Any], uids: Mapping[str, str]) -> dict[str, Any]:
    texts = layer.get("manifests", {})
    manifests = [
        {"name": key, "content": texts[key], **({"uid": uids[key]} if key in uids else {})}
        for key in in_order(texts, layer.get("manifest_order", ()))
    ]
    return {
        "name": name,
        "type": layer["type"],
        "layer": layer.get("kind", "addon"),
        "tag": layer.get("tag") or layer.get("version", ""),
        "registryUid": layer.get("registry_uid", ""),
        "uid": layer.get("pack_uid", ""),
        "values": str(layer.get("values", "")).strip(),
        "manifests": manifests,
    }


def in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Names in a given order, those that it doesn't have sorted at the end: a mapping comes from the engine in no order."""
    there = sorted(names)
    return [*(name for name in order if name in there), *(name for name in there if name not in order)]


def variables(props: Mapping[str, Any]) -> list[Variable]:
    """Definitions of variables for the API."""
    from palette_sdk.wire.profiles import Variable

    given = props.get("variables", {})
    return [
        Variable.of(
            {
                "name": name,
                "displayName": item.get("display_name") or name,
                "description": item.get("description", ""),
                "format": item.get("format", "string"),
                "inputType": item.get("input", "text"),
                "options": _options(item),
                "defaultValue": item.get("default", ""),
                "regex": item.get("regex", ""),
                "required": bool(item.get("required")),
                "immutable": bool(item.get("immutable")),
                "hidden": bool(item.get("hidden")),
                "isSensitive": bool(item.get("sensitive")),
            }
        )
        for name, item in ((name, given[name]) for name in in_order(given, props.get("variable_order", ())))
    ]


def _options(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    details = item.get("option_details", {})
    return [{"value": option, "label": option, **details.get(option, {})} for option in item.get("options", [])]


def option_details(options: Sequence[VariableOption]) -> dict[str, Any]:
    """What options have beside their values, as a part of a definition; empty where they have nothing."""
    found = {}
    for option in options:
        details = {
            **({"label": option.label} if option.label not in ("", option.value) else {}),
            **({"description": option.description} if option.description else {}),
            **({"default": True} if option.default else {}),
        }
        if details:
            found[option.value] = details
    return {"option_details": found} if found else {}


def observed_variables(found: list[Variable], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Definitions as they are; a masked default is taken as unchanged.

    Labels and descriptions of options count where state holds any, and where it doesn't hold the variable: a program has
    no words for them, they come with a document or with a source.
    """
    seen: dict[str, Any] = {}
    for item in found:
        before = stored.get(item.name, {})
        options = [option.value for option in item.options]
        props = {
            "display_name": item.display_name if item.display_name != item.name else before.get("display_name", ""),
            "description": item.description,
            "format": item.format or "string",
            "input": item.input_type or "text",
            "options": options,
            "regex": item.regex,
            "required": item.required,
            "immutable": item.immutable,
            "hidden": item.hidden,
            "sensitive": item.is_sensitive,
        }
        if item.name not in stored or "option_details" in before:
            props |= option_details(item.options)
        default = before.get("default") if item.is_sensitive else item.default_value
        if default or "default" in before:
            props["default"] = default or ""
        seen[item.name] = props
    return seen


def observed_layers(
    template: Template, manifests: Mapping[str, Mapping[str, str]], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Layers as they are published; a stored layer of equal content keeps its text and hints.

    Args:
        template: the published content.
        manifests: texts of manifests by layer and name.
        stored: the layers that state holds.
    """
    layers: dict[str, Any] = {}
    for pack in template.packs:
        texts = dict(manifests.get(pack.name, {}))
        digest = layer_digest(values=pack.values, manifests=texts)
        before = stored.get(pack.name)
        tag = pack.tag or pack.version
        if before and before.get("digest") == digest and tag in (before.get("tag"), before.get("version")):
            layers[pack.name] = before
            continue
        layers[pack.name] = {
            "type": pack.type or "spectro",
            "kind": LAYER_OF_KIND.get(pack.layer, "addon"),
            "version": pack.version or tag,
            "tag": tag,
            "pack_uid": pack.pack_uid,
            "registry_uid": pack.registry_uid,
            "values": pack.values,
            "defaults": False,
            "manifests": texts,
            "secret": bool(before and before.get("secret")),
            "digest": digest,
        }
    return layers, [pack.name for pack in template.packs]


def is_ours(profile: ClusterProfile, marker: str) -> bool:
    """Whether this version was made by the resource with that marker."""
    return bool(marker) and profile.metadata.annotations.get(MARKER) == marker
