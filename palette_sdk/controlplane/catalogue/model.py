"""What a catalogue holds, as frozen values. No I/O, no YAML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LAYERS = ("kernel", "os", "k8s", "cni", "csi", "addon")
"""The layers of a profile as the API spells them, from the ground up."""


def _uid(*parts: str) -> str:
    """24 lowercase hex characters that depend on the names alone, so every installation has the same uids."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:24]


def registry_uid(name: str) -> str:
    """The uid of the registry with this name."""
    return _uid("registry", name)


def pack_uid(registry: str, name: str, version: str) -> str:
    """The uid of one version of a pack; `registry` is the registry's name."""
    return _uid("pack", registry, name, version)


@dataclass(frozen=True, slots=True)
class Preset:
    """A ready-made choice within a pack's values.

    Presets of one group exclude each other. `add` is YAML to put into the values, `remove` are dotted paths
    to take out before.
    """

    name: str
    display_name: str
    group: str
    add: str
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaRule:
    """What one dotted path of the values must look like. Empty text and empty tuples mean: not restricted."""

    name: str
    type: str = ""
    format: str = ""
    regex: str = ""
    required: bool = False
    readonly: bool = False
    hints: tuple[str, ...] = ()
    list_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackVersion:
    """One version of a pack: what a layer that names it gets when it brings no values of its own.

    `values` is plain YAML. `workloads` is a template of Kubernetes manifests that says what the layer runs
    (see `workloads.py`), or empty. `digest` is over both.
    """

    uid: str
    version: str
    tag: str
    parent_tags: tuple[str, ...]
    values: str = field(repr=False)
    digest: str
    group: str = ""
    eol: str = ""
    presets: tuple[Preset, ...] = field(default=(), repr=False)
    schema: tuple[SchemaRule, ...] = field(default=(), repr=False)
    readme: str = field(default="", repr=False)
    workloads: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PackEntry:
    """A pack with all its versions, oldest first."""

    name: str
    display_name: str
    layer: str
    type: str
    cloud_types: tuple[str, ...]
    versions: tuple[PackVersion, ...] = field(repr=False)
    addon_type: str = ""
    addon_sub_type: str = ""
    source: str = "spectrocloud"
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def latest(self) -> PackVersion:
        """The newest version."""
        return self.versions[-1]

    def find(self, tag: str) -> PackVersion | None:
        """The version with exactly this tag, else the newest one below a moving tag (`1.30.x`), else None."""
        exact = [v for v in self.versions if tag in (v.tag, v.version)]
        moving = [v for v in self.versions if tag in v.parent_tags]
        found = exact or moving
        return found[-1] if found else None

    def runs_on(self, cloud: str) -> bool:
        """Whether a profile for this cloud may hold the pack; `all` asks for nothing."""
        return cloud in ("", "all") or "all" in self.cloud_types or cloud in self.cloud_types


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A registry of packs. It has no endpoint: its packs are files."""

    uid: str
    name: str
    kind: str
    packs: tuple[PackEntry, ...] = field(repr=False)
    scope: str = "system"

    def pack(self, name: str) -> PackEntry | None:
        """The pack with this name, or None."""
        return next((pack for pack in self.packs if pack.name == name), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that was loaded."""

    registries: tuple[RegistryEntry, ...]

    def registry(self, name: str) -> RegistryEntry | None:
        """The registry with this name, or None."""
        return next((registry for registry in self.registries if registry.name == name), None)

    def rows(self) -> Iterator[tuple[RegistryEntry, PackEntry, PackVersion]]:
        """Each version of each pack with what it belongs to."""
        for registry in self.registries:
            for pack in registry.packs:
                for version in pack.versions:
                    yield registry, pack, version
