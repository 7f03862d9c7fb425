"""Waits for clusters in hooks: what ends them, what they ask, what they say."""

from __future__ import annotations

import pytest

from palette_sdk.errors import InterruptedWaitError, WaitFailedError, WaitTimeoutError
from palette_sdk.resources.cluster import waits
from palette_sdk.resources.engine_seam import HookCall
from palette_sdk.resources.runtime import Hook
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World


@pytest.fixture
def uid(world: World, profiles: Steps, clusters: Steps) -> str:
    """A cluster that was just accepted."""
    profiles.up("web", world.profile())
    stored = profiles.state["web"]
    keys = ("name", "version", "type", "cloud", "layers", "previous_layers", "variables")
    item = {"uid": stored.id, **{key: stored.outputs[key] for key in keys}, "values": {}}
    clusters.up("web", world.cluster(item, wait=False))
    return clusters.state["web"].id


@pytest.fixture
def hook(world: World) -> Hook:
    """A hook that runs."""
    return Hook(world.process(), None, HookCall("urn:pulumi:dev::p::t::web"))


def test_until_ready(world: World, hook: Hook, uid: str) -> None:
    """The wait ends with the cluster when it is healthy and all layers are ready."""
    found = waits.until_ready(hook, hook.runtime.client, uid, "web", deadline_s=3600)
    assert found.status is not None
    assert found.status.state == "Running"
    assert {pack.condition.type for pack in found.status.packs} == {"Ready"}


def test_one_list_an_interval(world: World, hook: Hook, uid: str) -> None:
    """While it waits it asks for the shared list, and only now and then for the cluster itself."""
    world.forget_writes()
    waits.until_ready(hook, hook.runtime.client, uid, "web", deadline_s=3600)
    requests = world.plane.env.requests
    lists = requests["POST", "/v1/dashboard/spectroclusters/search"]
    assert requests["GET", "/v1/spectroclusters/{uid}"] <= lists / waits.DETAIL_EVERY + 2


def test_a_deadline(world: World, hook: Hook, uid: str) -> None:
    """The deadline is counted on the runtime's clock, and told with the last state."""
    with pytest.raises(WaitTimeoutError, match="last state: Provisioning"):
        waits.until_ready(hook, hook.runtime.client, uid, "web", deadline_s=3)
    assert world.waited == pytest.approx(3)


def test_a_cancel(world: World, hook: Hook, uid: str) -> None:
    """A cancel ends the wait within a second."""
    world.later(2, world.cancelled.set)
    with pytest.raises(InterruptedWaitError, match=r"The next `pulumi up` goes on"):
        waits.until_ready(hook, hook.runtime.client, uid, "web", deadline_s=3600)
    assert world.waited <= 3


def test_deleted_meanwhile(world: World, hook: Hook, uid: str) -> None:
    """A cluster that someone deletes ends the wait with an error, not with the deadline."""

    def delete() -> None:
        world.client.clusters.delete(uid)

    world.later(2, delete)
    with pytest.raises(WaitFailedError, match="was deleted meanwhile"):
        waits.until_ready(hook, hook.runtime.client, uid, "web", deadline_s=3600)


def test_until_idle(world: World, hook: Hook, uid: str) -> None:
    """A cluster that is being made is waited for until it takes updates."""
    waits.until_idle(hook, hook.runtime.client, uid, "web", 3600)
    row = world.client.clusters.watch.state(uid)
    assert row is not None
    assert row.status.state == "Running"


def test_a_short_outage(world: World, hook: Hook, uid: str) -> None:
    """A service that doesn't answer for a moment does not end the wait."""
    world.fault(route="*", action="status", status=503, count=3)
    waits.until_ready(hook, hook.runtime.client, uid, "web", deadline_s=3600)
