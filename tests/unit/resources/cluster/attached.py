"""Profiles as clusters get them, and what a cluster runs, for the tests of the hooks."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.contract.conftest import KEY
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World

ATTACHED = ("name", "version", "type", "cloud", "layers", "previous_layers", "variables")


def attached(profiles: Steps, name: str, **changes: Any) -> dict[str, Any]:
    """A profile resource as a cluster gets it."""
    stored = profiles.state[name]
    return {"uid": stored.id, **{key: stored.outputs[key] for key in ATTACHED}, "values": {}, **changes}


def further(profiles: Steps, world: World, version: str = "1.1.0", **changes: Any) -> dict[str, Any]:
    """Another version of the profile web, made, as a cluster gets it."""
    profiles.up(f"web-{version}", world.profile(version=version, **changes))
    return attached(profiles, f"web-{version}")


def edited(profiles: Steps, world: World, **changes: Any) -> dict[str, Any]:
    """The profile web 1.0.0, edited in place, as a cluster gets it."""
    profiles.up("web", world.profile(**changes))
    return attached(profiles, "web")


def running(world: World, uid: str) -> dict[str, str]:
    """Digest-relevant content that a cluster runs: the text of each manifest of the layer hello."""
    rows = world.client.clusters.packs_manifests(uid)
    packs = {pack.spec.name: pack for row in rows for pack in row.spec.packs}
    return {item.name: item.content for item in packs["hello"].spec.manifests}


def admin(method: str, path: str, body: Any) -> httpx2.Request:
    """A request to the admin API."""
    return httpx2.Request(method, f"http://127.0.0.1:1{path}", headers={"ApiKey": KEY}, json=body)


def hold_delete(world: World, uid: str) -> None:
    """Let the deletion of a cluster hang."""
    assert world.http.handle_request(admin("POST", f"/local/clusters/{uid}/hold-delete", None)).status_code == 204
