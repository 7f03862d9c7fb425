"""Pulumi-style SDK for Spectro Cloud Palette: profiles, versions and clusters as Python classes.

Importing does no I/O, and what costs time to import waits until a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from palette_sdk.errors import PaletteError as PaletteError
    from palette_sdk.resources.lookups import CloudAccountResult as CloudAccountResult
    from palette_sdk.resources.lookups import ClusterResult as ClusterResult
    from palette_sdk.resources.lookups import ClusterStatusResult as ClusterStatusResult
    from palette_sdk.resources.lookups import PackResult as PackResult
    from palette_sdk.resources.lookups import ProfileResult as ProfileResult
    from palette_sdk.resources.lookups import RegistryResult as RegistryResult
    from palette_sdk.resources.lookups import get_cloud_account as get_cloud_account
    from palette_sdk.resources.lookups import get_cloud_account_output as get_cloud_account_output
    from palette_sdk.resources.lookups import get_cluster as get_cluster
    from palette_sdk.resources.lookups import get_cluster_output as get_cluster_output
    from palette_sdk.resources.lookups import get_cluster_status as get_cluster_status
    from palette_sdk.resources.lookups import get_cluster_status_output as get_cluster_status_output
    from palette_sdk.resources.lookups import get_clusters as get_clusters
    from palette_sdk.resources.lookups import get_clusters_output as get_clusters_output
    from palette_sdk.resources.lookups import get_pack as get_pack
    from palette_sdk.resources.lookups import get_pack_output as get_pack_output
    from palette_sdk.resources.lookups import get_profile as get_profile
    from palette_sdk.resources.lookups import get_profile_output as get_profile_output
    from palette_sdk.resources.lookups import get_registry as get_registry
    from palette_sdk.resources.lookups import get_registry_output as get_registry_output
    from palette_sdk.resources.profile.args import Layer as Layer
    from palette_sdk.resources.profile.args import LayerDict as LayerDict
    from palette_sdk.resources.profile.args import Variable as Variable
    from palette_sdk.resources.profile.args import VariableDict as VariableDict
    from palette_sdk.resources.profile.args import helm as helm
    from palette_sdk.resources.profile.args import manifest as manifest
    from palette_sdk.resources.profile.args import oci as oci
    from palette_sdk.resources.profile.args import pack as pack
    from palette_sdk.resources.profile.args import render as render
    from palette_sdk.resources.profile.resource import Profile as Profile
    from palette_sdk.resources.profile.resource import ProfileVersion as ProfileVersion
    from palette_sdk.resources.program import ProgramError as ProgramError
    from palette_sdk.resources.program import Timeouts as Timeouts
    from palette_sdk.resources.program import TimeoutsDict as TimeoutsDict

_LOOKUPS = "resources.lookups"
_PROFILE_ARGS = "resources.profile.args"
_HOME = {
    "CloudAccountResult": _LOOKUPS,
    "ClusterResult": _LOOKUPS,
    "ClusterStatusResult": _LOOKUPS,
    "Layer": _PROFILE_ARGS,
    "LayerDict": _PROFILE_ARGS,
    "PackResult": _LOOKUPS,
    "PaletteError": "errors",
    "Profile": "resources.profile.resource",
    "ProfileResult": _LOOKUPS,
    "ProfileVersion": "resources.profile.resource",
    "ProgramError": "resources.program",
    "RegistryResult": _LOOKUPS,
    "Timeouts": "resources.program",
    "TimeoutsDict": "resources.program",
    "Variable": _PROFILE_ARGS,
    "VariableDict": _PROFILE_ARGS,
    "get_cloud_account": _LOOKUPS,
    "get_cloud_account_output": _LOOKUPS,
    "get_cluster": _LOOKUPS,
    "get_cluster_output": _LOOKUPS,
    "get_cluster_status": _LOOKUPS,
    "get_cluster_status_output": _LOOKUPS,
    "get_clusters": _LOOKUPS,
    "get_clusters_output": _LOOKUPS,
    "get_pack": _LOOKUPS,
    "get_pack_output": _LOOKUPS,
    "get_profile": _LOOKUPS,
    "get_profile_output": _LOOKUPS,
    "get_registry": _LOOKUPS,
    "get_registry_output": _LOOKUPS,
    "helm": _PROFILE_ARGS,
    "manifest": _PROFILE_ARGS,
    "oci": _PROFILE_ARGS,
    "pack": _PROFILE_ARGS,
    "render": _PROFILE_ARGS,
}

__all__ = sorted(_HOME)  # noqa: PLE0605 - a test holds it to what is importable


def __getattr__(name: str) -> object:
    """The public name, from the module that has it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
