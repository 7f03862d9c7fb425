"""A fleet on a real engine: waves and stages, gates and soaks, members that leave, the end of all, and what is cut off."""

from __future__ import annotations

import re

from tests.engine.harness import World
from tests.engine.leaks import files, leaks
from tests.engine.observing import (
    POST_CLUSTER,
    PROGRAM,
    clusters,
    go_on,
    is_called,
    is_waiting,
    profiles,
    rewrite,
    tell,
)
from tests.engine.processes import Begin
from tests.engine.test_crash import begin

__all__ = ["begin"]

HEAD, _ = PROGRAM.split("palette.Cluster(")
FLEET = (
    HEAD
    + """
ENVS = ["dev", "dev", "stage", "prod", "prod", "prod"]
fleet = palette.Fleet(
    "shop",
    defaults=palette.ClusterArgs(
        cloud_config=palette.Aws("eu-west-1"),
        cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
        pools=[palette.control_plane(machine), palette.workers("worker", machine, count=1)],
        profiles=[profile],
    ),
    clusters={f"{env}-{number}": palette.ClusterArgs(tags=[f"env:{env}"]) for number, env in enumerate(ENVS)},
    stages=[
        palette.Stage("dev", match={"env": "dev"}, max_unavailable="100%"),
        palette.Stage("stage", match={"env": "stage"}),
        palette.Stage("prod", match={"env": "prod"}, max_unavailable="67%"),
    ],
)
pulumi.export("kubeconfigs", fleet.kubeconfigs)
pulumi.export("addresses", fleet.addresses)
pulumi.export("ready", fleet.ready)
"""
)


def test_whole_life(world: World) -> None:
    """Six clusters in three stages are made, stay, change stage by stage, lose one, and are deleted before what they need."""
    stack = world.program(FLEET)
    done = stack.up()
    assert done.count("create") == 14
    assert len(clusters(world)) == 6
    assert sorted(done.outputs["addresses"]) == sorted(done.outputs["kubeconfigs"])
    assert done.outputs["ready"]["dev"] < done.outputs["ready"]["stage"] < done.outputs["ready"]["prod"]
    stack.is_steady()

    rewrite(stack, '"env:{env}"', '"env:{env}", "team:web"')
    assert stack.preview().changes == {"update": 10}
    done = stack.up()
    order = [line for line in done.text.splitlines() if " updated (" in line]
    waits = [index for index, line in enumerate(order) if "FleetReady" in line]
    assert waits == [2, 4, 7, 9]
    assert all(name in order[index] for index, name in zip((3, 8), ("shop-stage-2", "shop-prod-5"), strict=True))

    rewrite(stack, '"prod", "prod", "prod"]', '"prod", "prod"]')
    assert stack.preview().changes == {"update": 2, "delete": 1}
    stack.up()
    assert len(clusters(world)) == 5
    assert stack.preview(refresh=True).changes == {}

    gone = stack.destroy()
    assert clusters(world) == profiles(world) == []
    assert gone.text.index("FleetGone shop-gone deleted") < gone.text.index("Profile web-profile deleting")


ENVS = '["dev", "dev", "stage", "prod", "prod", "prod"]'
STAGES = FLEET[FLEET.index("    stages=[") : FLEET.index("    ],\n)") + 6]
GATED = FLEET.replace(
    STAGES,
    """    stages=[
        palette.Stage("dev", match={"env": "dev"}, max_unavailable="100%", soak="60d"),
        palette.Stage("prod", match={"env": "prod"}, max_unavailable="50%", gate="manual"),
    ],
""",
).replace(ENVS, '["dev", "prod", "prod"]')
TWO_WAVES = FLEET.replace(STAGES, '    stages=[palette.Stage("one", match={}, max_unavailable=2)],\n').replace(
    ENVS, '["a", "b", "c"]'
)
SOAK_S = 60 * 24 * 3600


def token_in(text: str) -> str:
    """The token of a gate that a text tells."""
    found = re.search(r'approve=\["(gt-[0-9a-f]{4})"\]', text)
    assert found is not None, text
    return found[1]


def versions(world: World) -> dict[str, str]:
    """The version of the profile that each cluster runs."""
    return {
        row.metadata.name: template.profile_version
        for row in world.client.clusters.all(fresh=True)
        for template in world.client.clusters.profiles(row.metadata.uid)
    }


def test_gates_and_soaks(world: World) -> None:
    """A manual gate wants its token, a soak its time; each `up` goes on from there, and what stays asks nothing."""
    stack = world.program(GATED)
    token = token_in(stack.preview().text)
    told = stack.refused("up")
    assert 'stage "prod" of the fleet "shop" waits for approval: 2 of 2 clusters: prod-1, prod-2.' in told
    assert token_in(told) == token
    assert "Traceback" not in told
    assert list(versions(world)) == ["dev-0"]

    stack.config(palette__approve=token)
    told = stack.refused("up")
    assert 'stage "dev" soaks until' in told
    assert list(versions(world)) == ["dev-0"]
    world.admin.set_clock(advance_s=SOAK_S)
    assert stack.up().changes == {"create": 5}
    stack.unset("palette:approve")
    assert stack.preview().changes == {}

    rewrite(
        stack,
        "\nENVS",
        'profile = palette.ProfileVersion("web-2", source=profile, version="1.1.0", set_layers=[palette.manifest("hello", '
        'text.replace("one", "two"))])\nENVS',
    )
    seen = stack.preview().text
    assert 'stage "dev" soaks for 60d once it is ready' in seen
    stack.config(palette__approve=token_in(seen))
    assert 'stage "dev" soaks until' in stack.refused("up")
    assert versions(world) == {"dev-0": "1.1.0", "prod-1": "1.0.0", "prod-2": "1.0.0"}
    world.admin.set_clock(advance_s=SOAK_S)
    assert stack.up().changes == {"update": 5}
    assert set(versions(world).values()) == {"1.1.0"}

    rewrite(stack, 'tags=[f"env:{env}"]', 'tags=[f"env:{env}"], timezone="Asia/Tokyo" if env == "prod" else None')
    seen = stack.preview().text
    assert "soak" not in seen
    stack.config(palette__approve=token_in(seen))
    assert stack.up().changes == {"update": 5}
    assert stack.preview(refresh=True).changes == {}


def test_stopped_half_way(world: World, begin: Begin) -> None:
    """Killed in a wave, then stopped by a failure in it: the next `up` goes on with the same clusters each time."""
    world.admin.set_clock(paused=True)
    stack = world.program(TWO_WAVES)
    run = begin(stack, "up")
    is_called(run, world, POST_CLUSTER, 2)
    is_waiting(run, world, POST_CLUSTER)
    run.kill()
    run.leaves_nothing()
    made = clusters(world)
    (failing,) = [row.metadata.uid for row in world.client.clusters.all(fresh=True) if row.metadata.name == "b-1"]
    tell(world, f"/local/clusters/{failing}/fail", {"message": "no vCPUs left"})
    go_on(world)
    stack.cli("cancel", "--yes")

    told = stack.refused("up")
    assert 'stage "one" of the fleet "shop", wave 1 of 2: 1 cluster that failed:' in told
    assert "b-1: no vCPUs left" in told
    assert "Traceback" not in told
    assert "b-1: no vCPUs left" in stack.refused("up")
    assert clusters(world) == made
    tell(world, f"/local/clusters/{failing}/mend")
    kubeconfigs = stack.up().outputs["kubeconfigs"]
    assert sorted(kubeconfigs) == ["a-0", "b-1", "c-2"]
    assert set(made) < set(clusters(world))
    stack.cli("refresh", "--clear-pending-creates", "--yes")
    assert "pending_operations" not in stack.state()
    assert stack.preview(refresh=True).changes == {}
    assert leaks(kubeconfigs, dict(files(world.folder / "state"))) == []
