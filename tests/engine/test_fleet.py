"""A fleet on a real engine: waves and stages, gates and soaks, members that leave, the end of all, and what is cut off."""

from __future__ import annotations

from tests.engine.harness import World
from tests.engine.observing import PROGRAM, clusters, profiles, rewrite

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
