"""Layers from charts on a real engine: a Helm and an OCI registry, values spliced in, another version, an override."""

from __future__ import annotations

from tests.engine.harness import World

PROGRAM = """
import pulumi
import palette_sdk as palette

config = pulumi.Config()
packs = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in packs]
charts = [
    palette.helm("podinfo", chart="podinfo", version=config.get("podinfo") or "6.5.0",
        registry=palette.get_registry("Public Helm Charts"), values="replicaCount: 1  # by hand\\nui:\\n  color: blue\\n",
        set={"/ui/color": config.get("color") or "blue"}),
    palette.oci("redis", chart="redis", version="19.0.0", registry=palette.get_registry("Public OCI Artefacts").uid),
]
profile = palette.Profile("charts", cloud="aws", layers=[*base, *charts])
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
web = palette.Cluster("charts", cloud_config=palette.Aws("eu-west-1"),
    cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
    pools=[palette.control_plane(machine), palette.workers("workers", machine, count=1)], profiles=[profile],
    updates="apply", overrides=[palette.Override("podinfo", "/replicaCount", value=2)])
"""


def values(world: World, layer: str) -> tuple[str, str]:
    """Version and values of a layer as the cluster runs them."""
    row = world.client.clusters.by_name("charts", fresh=True)
    assert row is not None
    packs = [pack for found in world.client.clusters.profiles(row.metadata.uid) for pack in found.packs]
    return next((pack.tag, pack.values) for pack in packs if pack.name == layer)


def test_charts(world: World) -> None:
    """Charts are installed with their values, change in place, keep comments, and take overrides."""
    stack = world.program(PROGRAM)
    assert stack.up().changes == {"create": 3}
    assert values(world, "podinfo") == ("6.5.0", "replicaCount: 2  # by hand\nui:\n  color: blue")
    assert values(world, "redis")[0] == "19.0.0"
    stack.is_steady()
    stack.config(color="green", podinfo="6.6.0")
    assert stack.up().changes == {"update": 2}
    assert values(world, "podinfo") == ("6.6.0", "replicaCount: 2  # by hand\nui:\n  color: green")
    stack.is_steady()
    assert stack.destroy().changes == {"delete": 3}
