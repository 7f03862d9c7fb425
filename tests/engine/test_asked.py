"""What people ask the engine to do with a resource: nothing is lost, and nothing is done that was not meant."""

from __future__ import annotations

import pytest

from tests.engine.harness import Stack, World
from tests.engine.observing import (
    LAST,
    POST_CLUSTER,
    PROGRAM,
    clusters,
    is_whole,
    profiles,
    rewrite,
    runs,
    urn,
    written,
)


@pytest.mark.parametrize("ask", ["--replace", "taint"])
def test_asked_replacement_of_a_profile(world: World, ask: str) -> None:
    """`--replace` and `state taint` on a profile are refused with what to do, and lose nothing."""
    stack = world.program(PROGRAM)
    rewrite(stack, "profiles=[profile],", "profiles=[profile], wait=False,")
    stack.up()
    before = clusters(world), profiles(world)
    text = refused_replacement(stack, urn(stack, "web-profile"), ask)
    assert "web-profile 1.0.0 would be replaced" in text
    assert "pulumi state untaint" in text
    assert (clusters(world), profiles(world)) == before
    if ask == "taint":
        stack.cli("state", "untaint", urn(stack, "web-profile"), "--yes")
    is_whole(world, stack)


@pytest.mark.parametrize("ask", ["--replace", "taint"])
def test_asked_replacement_of_a_cluster(world: World, ask: str) -> None:
    """`--replace` and `state taint` on a cluster want a token; with it the old one is deleted before a new is made."""
    stack = world.program(PROGRAM)
    stack.up()
    (uid,) = clusters(world)
    text = refused_replacement(stack, urn(stack, "web"), ask)
    assert "if this plan replaces it (--replace, a taint): `pulumi up` refuses that" in text
    assert '"web" would be replaced' in text
    assert "pulumi state untaint" in text
    assert clusters(world) == [uid]

    token = text.rpartition("deleted first.")[2].split('approve=["')[1].split('"')[0]
    stack.config(palette__approve=token)
    done = stack.up(replace=[urn(stack, "web")]) if ask == "--replace" else stack.up()
    assert done.changes == {"replace": 1}
    stack.unset("palette:approve")
    assert is_whole(world, stack) != uid


def test_replacement_cut_off(world: World) -> None:
    """An approved replacement whose second half failed is finished by a plain `up`."""
    stack = world.program(PROGRAM)
    rewrite(stack, LAST, LAST + ' guards=palette.Guards(replace="allow"),')
    stack.up()
    (uid,) = clusters(world)
    method, route = POST_CLUSTER
    world.admin.add_fault({"method": method, "route": route, "action": "status", "status": 500})
    stack.refused("up", replace=[urn(stack, "web")])
    assert clusters(world) == []
    world.admin.clear_faults()
    stack.up()
    assert is_whole(world, stack) != uid


def refused_replacement(stack: Stack, wanted: str, ask: str) -> str:
    """The text of an `up` that was asked to replace a resource."""
    if ask == "--replace":
        return stack.refused("up", replace=[wanted])
    stack.cli("state", "taint", wanted, "--yes")
    return stack.refused("up")


def test_alias(world: World) -> None:
    """A resource that got another name in the program stays the same object, with nothing written."""
    stack = world.program(PROGRAM)
    stack.up()
    rewrite(stack, 'Profile("web-profile", cloud', 'Profile("base", name="web-profile", opts=was("web-profile"), cloud')
    rewrite(stack, '    "web",\n', '    "frontend",\n    name="web",\n    opts=was("web"),\n')
    rewrite(
        stack, "machine =", "was = lambda name: pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)])\nmachine ="
    )
    (uid,) = clusters(world)
    world.admin.reset_requests()
    assert stack.up().changes == {}
    assert written(world) == []
    assert is_whole(world, stack) == uid


def test_target(world: World) -> None:
    """`--target` of a profile changes it alone; the full `up` after it brings the cluster along."""
    stack = world.program(PROGRAM)
    stack.up()
    (uid,) = clusters(world)
    rewrite(stack, "text: one", "text: two")
    stack.config(palette__updates="apply")
    assert stack.up(target=[urn(stack, "web-profile")]).changes == {"update": 1}
    assert "text: one" in runs(world, uid)
    assert stack.up().changes == {"update": 1}
    assert "text: two" in runs(world, uid)
    assert is_whole(world, stack) == uid


def test_protect(world: World) -> None:
    """A protected cluster survives a destroy and its leaving the program."""
    stack = world.program(PROGRAM)
    rewrite(stack, LAST, LAST + " opts=pulumi.ResourceOptions(protect=True),")
    stack.up()
    (uid,) = clusters(world)
    assert "protect" in stack.refused("destroy")
    assert is_whole(world, stack) == uid


def test_retain_on_delete(world: World) -> None:
    """A cluster that is retained leaves the state and stays in Palette, and its profile with it."""
    stack = world.program(PROGRAM)
    rewrite(stack, LAST, LAST + " opts=pulumi.ResourceOptions(retain_on_delete=True),")
    stack.up()
    (uid,) = clusters(world)
    text = stack.refused("destroy")
    assert "in use by web" in text
    assert clusters(world) == [uid]
    assert len(profiles(world)) == 1


NEWER = """
newer = palette.ProfileVersion(
    "newer", source=profile, version="1.1.0", set_layers=[palette.manifest("hello", text.replace("one", "two"))]
)
palette.Cluster("""


def test_ignore_changes(world: World) -> None:
    """Ignored tags, pools and profiles stay as they are, while the rest follows the program."""
    stack = world.program(PROGRAM)
    stack.up()
    (uid,) = clusters(world)
    rewrite(stack, LAST, LAST + ' tags=["team:web"], opts=pulumi.ResourceOptions(ignore_changes=["tags", IGNORED]),')
    rewrite(stack, "IGNORED", '"pools.worker.count", "profiles"')
    rewrite(stack, "count=1", "count=3")
    rewrite(stack, "profiles=[profile]", "profiles=[newer]")
    rewrite(stack, "palette.Cluster(", NEWER.strip())
    assert stack.up().changes == {"create": 1}
    assert "text: one" in runs(world, uid)
    rewrite(stack, '"pools.worker.count", "profiles"', '"profiles.web-profile.version"')
    assert stack.up().changes == {"update": 1}
    rewrite(stack, '["tags", "profiles.web-profile.version"]', '["tags"]')
    stack.up()
    assert "text: two" in runs(world, uid)
    assert world.client.clusters.tagged({"team": "web"}, fresh=True) == []
