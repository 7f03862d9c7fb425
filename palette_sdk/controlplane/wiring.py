"""Which families make up the control plane: their route tables, and what they do on each other's behalf."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module

from palette_sdk.controlplane import routes
from palette_sdk.controlplane.app import Hooks
from palette_sdk.controlplane.call import RouteRow


def tables() -> list[Sequence[RouteRow]]:
    """The route tables of the admin API and of all modules in `routes`."""
    from palette_sdk.controlplane import admin

    names = sorted(module.name for module in pkgutil.iter_modules(routes.__path__))
    return [admin.ROUTES, *(import_module(f"{routes.__name__}.{name}").ROUTES for name in names)]


def standard_hooks() -> Hooks:
    """What clusters do when a database is opened, as time passes, and when a profile is published."""
    from palette_sdk.controlplane.services import (
        clusters_documents,
        clusters_lifecycle,
        clusters_pending,
        notifications,
        templates_followers,
    )

    return Hooks(
        opened=(clusters_documents.fill_in_cards, templates_followers.fill_in_cards, notifications.fill_in_cards),
        settle=(clusters_lifecycle.settle,),
        profile_published=(clusters_pending.on_profile_published,),
    )
