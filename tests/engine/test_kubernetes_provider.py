"""What stands behind a cluster's kubeconfig and uid: a change of the cluster leaves it as it is, in the preview too."""

from __future__ import annotations

import json

from tests.engine.harness import Stack, World
from tests.engine.observing import resource

PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

import palette_sdk as palette


class Takes(ResourceProvider):
    def create(self, props):
        return CreateResult("taken", props)


class Behind(Resource):
    def __init__(self, name, kubeconfig, cluster_identifier):
        super().__init__(Takes(), name, {"kubeconfig": kubeconfig, "cluster_identifier": cluster_identifier})


config = pulumi.Config()
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"])


def hello(text):
    return palette.manifest("hello", f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: hello}}, data: {{text: {text}}}}}")


v100 = palette.Profile("base", cloud="aws", layers=[*[palette.pack(palette.get_pack(*pack)) for pack in PACKS], hello("one")])
v110 = palette.ProfileVersion("base-1.1.0", source=v100, version="1.1.0", set_layers=[hello("two")])
common = {
    "cloud_config": palette.Aws("eu-west-1"),
    "cloud_account": palette.get_cloud_account("aws-main", cloud="aws"),
    "pools": [palette.control_plane(machine), palette.workers("worker", machine, count=1)],
    "profiles": [{"1.0.0": v100, "1.1.0": v110}[config.require("version")]],
    "tags": [config.require("tag")],
}
web = palette.Cluster("web", **common)
fleet = palette.Fleet("shop", clusters={"north": {}}, defaults=common)
north = fleet.clusters["north"]
Behind("behind-web", web.kubeconfig, web.uid)
Behind("behind-north", fleet.kubeconfigs.apply(lambda found: found["north"]), north.uid)
"""


def test_a_change_of_the_cluster_stays_there(world: World) -> None:
    """A changed tag, and then a version, updates the cluster alone; of a fleet, its member and the wait behind it."""
    stack = world.program(PROGRAM, version="1.0.0", tag="env:dev")
    stack.up()
    taken = {name: takes(stack, name) for name in ("behind-web", "behind-north")}
    assert taken["behind-web"] == access(world, "web")
    assert taken["behind-north"] == access(world, "north")
    for change in ({"tag": "env:stage"}, {"version": "1.1.0"}):
        stack.config(**change)
        planned = stack.preview()
        assert planned.changes == {"update": 3}
        assert "behind-" not in "".join(line for line in planned.text.splitlines() if " update" in line)
        assert stack.up().changes == {"update": 3}
        assert stack.preview().changes == {}
        assert {name: takes(stack, name) for name in taken} == taken
    assert stack.preview(refresh=True).changes == {}


def takes(stack: Stack, name: str) -> tuple[str, str]:
    """The kubeconfig, a secret, and the uid that a resource has."""
    inputs = resource(stack, name)["inputs"]
    return str(json.loads(inputs["kubeconfig"]["plaintext"])), str(inputs["cluster_identifier"])


def access(world: World, name: str) -> tuple[str, str]:
    """The kubeconfig and the uid of a cluster, from the service."""
    row = world.client.clusters.by_name(name, fresh=True)
    assert row is not None
    return str(world.client.clusters.kubeconfig(row.metadata.uid)), row.metadata.uid
