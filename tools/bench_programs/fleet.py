"""One profile of four packs, and as many clusters of it as the stack's configuration says: each by itself, or in a fleet."""

from typing import Any

import pulumi

import palette_sdk as palette

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]

account = palette.get_cloud_account("aws-main", cloud="aws")
layers = [palette.pack(palette.get_pack(name, version, cloud="aws")) for name, version in PACKS]
profile = palette.Profile("bench-profile", cloud="aws", layers=layers)
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
config = pulumi.Config()
common: dict[str, Any] = {
    "cloud_config": palette.Aws("eu-west-1", ssh_key_name="bench"),
    "cloud_account": account,
    "pools": [palette.control_plane(machine), palette.workers("worker", machine, count=2)],
    "profiles": [profile],
    "tags": ["env:bench"],
}
names = [f"bench-{number}" for number in range(config.require_int("clusters"))]
if config.get_bool("together"):
    palette.Fleet(
        "bench", defaults=palette.ClusterArgs(**common), clusters={name: palette.ClusterArgs() for name in names}
    )
else:
    for name in names:
        palette.Cluster(name, **common)
