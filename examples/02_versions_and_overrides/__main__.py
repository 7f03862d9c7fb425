"""A pack with values, a version that adds Kubecost, and an override made on the cluster that survives moving and rolling back.

Configuration of a stack:
  prefix     put before all names, so that stacks share one Palette project ("small-")
  version    version of the profile that runs: 1.0.0 (default), or 1.1.0, which adds Kubecost
  pack       version of the hello-universe pack in 1.1.0; default: the same as in 1.0.0
  policy     what becomes of changes made on the cluster: merge (default), keep, drop or fail
"""

from typing import cast

import pulumi

import palette_sdk as palette

config = pulumi.Config()
prefix = config.get("prefix") or ""
account = palette.get_cloud_account("aws-main", cloud="aws")
base = [
    palette.pack(palette.get_pack(name, version))
    for name, version in [
        ("ubuntu-aws", "22.04"),
        ("kubernetes", "1.30.4"),
        ("cni-calico", "3.28.0"),
        ("csi-aws-ebs", "1.30.0"),
    ]
]

# -- two versions -----------------------------------------------------------------------------------------------------

v100 = palette.Profile(
    f"{prefix}aws-profile",
    cloud="aws",
    layers=[*base, palette.pack(palette.get_pack("hello-universe", "1.2.0"), set={"/ui/replicas": 1})],
)
changed = [palette.pack(palette.get_pack("kubecost", "2.3.5"))]
if newer := config.get("pack"):
    changed.append(palette.pack(palette.get_pack("hello-universe", newer), set={"/ui/replicas": 1}))
v110 = palette.ProfileVersion(f"{prefix}aws-profile-1.1.0", source=v100, version="1.1.0", set_layers=changed)

# -- one cluster that moves between them ----------------------------------------------------------------------------------

machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
web = palette.Cluster(
    f"{prefix}aws-cluster",
    cloud_config=palette.Aws("eu-west-1", ssh_key_name="palette"),
    cloud_account=account,
    pools=[palette.control_plane(machine), palette.workers("worker-basic", machine, count=2)],
    profiles=[{"1.0.0": v100, "1.1.0": v110}[config.get("version") or "1.0.0"]],
    override_policy=cast("palette.OverridePolicy", config.get("policy") or "merge"),
)

pulumi.export("profiles", web.profiles)
pulumi.export("found_overrides", web.found_overrides)
