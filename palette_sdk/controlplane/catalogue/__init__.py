"""The registries and packs that a local control plane is seeded with: data files, and the loader that reads them.

Holds no rules about packs and keeps nothing in memory: each call of `load_catalogue` reads the files anew.
"""

from palette_sdk.controlplane.catalogue.loading import load_catalogue
from palette_sdk.controlplane.catalogue.model import (
    LAYERS,
    Catalogue,
    PackEntry,
    PackVersion,
    Preset,
    RegistryEntry,
    SchemaRule,
    pack_uid,
    registry_uid,
)

__all__ = [
    "LAYERS",
    "Catalogue",
    "PackEntry",
    "PackVersion",
    "Preset",
    "RegistryEntry",
    "SchemaRule",
    "load_catalogue",
    "pack_uid",
    "registry_uid",
]
