"""Which layers a profile must and must not have, by its type and cloud. Looks at names and kinds, never at content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from palette_sdk.errors import InputError

LayerKind = Literal["os", "k8s", "cni", "csi", "addon"]
ProfileType = Literal["cluster", "infra", "add-on"]

_WORDS: dict[str, str] = {"os": "OS", "k8s": "Kubernetes", "cni": "network (CNI)", "csi": "storage (CSI)"}
_EXAMPLES: dict[str, dict[str, str]] = {
    "aws": {"os": "ubuntu-aws", "k8s": "kubernetes", "cni": "cni-calico", "csi": "csi-aws-ebs"},
    "azure": {"os": "ubuntu-azure", "k8s": "kubernetes", "cni": "cni-calico", "csi": "azure-disk"},
    "gcp": {"os": "ubuntu-gcp", "k8s": "kubernetes", "cni": "cni-calico", "csi": "gcp-persistent-disk"},
    "vsphere": {"os": "ubuntu-vsphere", "k8s": "kubernetes", "cni": "cni-calico", "csi": "csi-vsphere"},
}


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """What these rules look at in a layer.

    Args:
        name: the layer's name in the profile.
        kind: which part of the stack it is.
        type: how it is delivered: spectro, helm, oci or manifest.
    """

    name: str
    kind: LayerKind
    type: str = "spectro"


def needed_kinds(cloud: str) -> tuple[LayerKind, ...]:
    """Give the kinds that a profile with an infrastructure part needs, in their order. On Edge storage is optional."""
    return ("os", "k8s", "cni") if cloud == "edge-native" else ("os", "k8s", "cni", "csi")


def profile_type(layers: Sequence[LayerFacts]) -> ProfileType:
    """Infer the type that fits the layers.

    Add-ons alone make an `add-on` profile, infrastructure layers alone an `infra`, both a `cluster` profile. An
    incomplete infrastructure part counts as one, so that `check_layers` can say what it lacks.
    """
    if all(layer.kind == "addon" for layer in layers):
        return "add-on"
    return "cluster" if any(layer.kind == "addon" for layer in layers) else "infra"


def check_layers(layers: Sequence[LayerFacts], *, profile_type: ProfileType, cloud: str, path: str = "layers") -> None:
    """Refuse a set of layers that Palette could not use.

    Args:
        layers: in their order.
        profile_type: the type given or inferred.
        cloud: the profile's cloud; `all` is for add-on profiles.
        path: the property, for the messages.

    Raises:
        InputError: a name given twice, a kind given twice or lacking, or a type or cloud that does not fit.
    """
    _names_once(layers, path)
    if profile_type == "add-on":
        _no_infrastructure(layers, path)
        return
    if cloud == "all":
        raise InputError(
            f'{_a(profile_type)} profile needs the cloud that it is for, such as cloud="aws"; "all" is for add-on profiles',
            path="cloud",
        )
    addons = [layer.name for layer in layers if layer.kind == "addon"]
    if profile_type == "infra" and addons:
        raise InputError(
            f'an infra profile has no add-on layers ({", ".join(addons)}): use type="cluster", '
            "or put them in an add-on profile of their own",
            path=path,
        )
    _kinds_once(layers, path)
    _nothing_missing(layers, profile_type, cloud, path)


def _names_once(layers: Sequence[LayerFacts], path: str) -> None:
    names = [layer.name for layer in layers]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        listed = ", ".join(f'"{name}"' for name in twice)
        raise InputError(
            f"a layer's name stands once in a profile, but {listed} stands several times; "
            f'rename one with name=, such as name="{twice[0]}-2"',
            path=path,
        )


def _kinds_once(layers: Sequence[LayerFacts], path: str) -> None:
    for kind, word in _WORDS.items():
        same = [layer.name for layer in layers if layer.kind == kind]
        if len(same) > 1:
            raise InputError(f"a cluster has one {word} layer, but there are {len(same)}: {', '.join(same)}", path=path)


def _no_infrastructure(layers: Sequence[LayerFacts], path: str) -> None:
    infra = [f"{layer.name} ({_WORDS[layer.kind]})" for layer in layers if layer.kind != "addon"]
    if infra:
        raise InputError(
            f'an add-on profile has no infrastructure layers: {", ".join(infra)}; take them out, or use type="cluster"',
            path=path,
        )


def _nothing_missing(layers: Sequence[LayerFacts], profile_type: str, cloud: str, path: str) -> None:
    present = {layer.kind for layer in layers}
    missing = [kind for kind in needed_kinds(cloud) if kind not in present]
    if not missing:
        return
    words = [_WORDS[kind] for kind in missing]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    plural = "layer" if len(words) == 1 else "layers"
    examples = _EXAMPLES.get(cloud)
    if examples:
        adds = [f'palette.pack(palette.get_pack("{examples[kind]}"))' for kind in missing]
    else:
        adds = [f'palette.pack(palette.get_pack("<a pack of layer {kind}>", cloud="{cloud}"))' for kind in missing]
    raise InputError(
        f"{_a(profile_type)} profile for {cloud} needs the {listed} {plural}, which this one lacks.\n  add: {', '.join(adds)}",
        path=path,
    )


def _a(profile_type: str) -> str:
    return f"an {profile_type}" if profile_type[0] in "aeiou" else f"a {profile_type}"
