"""Which families make up the control plane: their route tables, and what they do on each other's behalf."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from palette_sdk.controlplane.app import Hooks
from palette_sdk.controlplane.call import RouteRow

_ROUTES = "palette_sdk.controlplane.routes"
FAMILIES = (
    "health",
    "users",
    "projects",
    "registries",
    "packs",
    "accounts",
    "edgehosts",
    "profiles",
    "profile_packs",
    "profile_transfer",
    "clusters",
    "cluster_profiles",
    "cluster_assets",
    "cloudconfigs",
    "search",
    "notifications",
    "workloads",
)


def tables() -> list[Sequence[RouteRow]]:
    """The route tables of all families and of the admin API."""
    from palette_sdk.controlplane import admin

    found = [f"{_ROUTES}.{name}" for name in FAMILIES]
    return [admin.ROUTES, *(import_module(name).ROUTES for name in found if find_spec(name))]


def standard_hooks() -> Hooks:
    """The hooks of the families that are there."""
    if find_spec("palette_sdk.controlplane.simulation") is None:
        return Hooks()
    simulation = import_module("palette_sdk.controlplane.simulation")
    published = getattr(simulation, "on_profile_published", None)
    return Hooks(settle=(simulation.settle,), profile_published=(published,) if published else ())
