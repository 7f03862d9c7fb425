"""`FleetGone`: stands in front of all members of a fleet, and is deleted after them: when all of them are gone.

What members are made of (profiles, template, accounts, networks) is among its inputs, so that it is deleted after it. Its check
says to the deletions of the same run that the fleet stays: a member that is deleted then leaves alone, and waits for itself.
"""

from __future__ import annotations

import re
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.errors import InputError
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys
from palette_sdk.resources.border import mapping
from palette_sdk.resources.fleet import leaving
from palette_sdk.resources.runtime import Hook

FIELDS = ("fleets", "projects", "force_delete_after", "timeouts")
DEFAULT_S = 3600.0
_ID = re.compile(r"[0-9a-f]{10}")


class FleetGoneProvider(Provider):
    """The end of a fleet."""

    kind = "fleet"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Keep the ids that the fleet had before it was renamed, and say that it stays."""
        if not _ID.fullmatch(str(new.get("fleet"))):
            raise InputError(f'"{new.get("fleet")}" is no id of a fleet: FleetGone is made by palette.Fleet alone')
        fleets = list(dict.fromkeys([*old.get("fleets", []), new["fleet"]]))
        hook.runtime.fleets.update(fleets)
        projects = sorted({*old.get("projects", []), *new.get("projects", [])})
        kept: Props = {key: new[key] for key in ("name", "force_delete_after", "timeouts") if key in new}
        return {**kept, "fleets": fleets, "projects": projects}

    def on_diff(self, old: Props, new: Props) -> Difference:
        """What the deletion has to know."""
        return Difference(changed=changed_keys(old, new, FIELDS))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Nothing is made: members carry the id as a tag."""
        return new["fleets"][-1], dict(new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Keep what the deletion has to know."""
        return dict(new)

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """What was stored: there is nothing of it on the service."""
        return old, inputs if inputs is not None else old

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Wait until all members are gone."""
        leaving.until_all_gone(
            hook,
            [hook.client({"project": project}) for project in old.get("projects") or [""]],
            name=old.get("name", uid),
            fleets=old["fleets"],
            deadline_s=float(mapping(old.get("timeouts")).get("delete") or DEFAULT_S),
            force_after_s=old.get("force_delete_after"),
        )


class FleetGone(Resource, module="palette", name="FleetGone"):
    """The end of a fleet: made by `Fleet` alone, in front of its members."""

    def __init__(self, resource_name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(FleetGoneProvider(), resource_name, props, opts)
