"""A cluster moves to a version of its profile that runs other deployments; what the former version named goes on running.

Configuration of a stack:
  prefix     put before all names, so that stacks share one Palette project ("small-")
  version    version of the profile that runs: 1.0.0 (default), the page alone, or 1.1.0, the page with its API and database
  tidy       true: keep at 0 what no layer names any more; needs a real cluster and the plug-in of pulumi-kubernetes
"""

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
hello = palette.get_pack("hello-universe", "1.2.0")

# -- the page alone: the deployment hello-universe-deployment ---------------------------------------------------------------

v100 = palette.Profile(
    f"{prefix}aws-profile", cloud="aws", layers=[*base, palette.pack(hello, set={"/ui/replicas": 1})]
)

# -- with its API and database, as the pack's preset has it: the deployments ui, api and postgres -----------------------------

with_api = {
    "/ui/replicas": 1,
    "/ui/image/tag": f"{hello.version}-proxy",
    "/api/enabled": True,
    "/postgres/enabled": True,
}
v110 = palette.ProfileVersion(
    f"{prefix}aws-profile-1.1.0", source=v100, version="1.1.0", set_layers=[palette.pack(hello, set=with_api)]
)

# -- one cluster that moves between them ----------------------------------------------------------------------------------

machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
web = palette.Cluster(
    f"{prefix}aws-cluster",
    cloud_config=palette.Aws("eu-west-1", ssh_key_name="palette"),
    cloud_account=account,
    pools=[palette.control_plane(machine), palette.workers("worker-basic", machine, count=2)],
    profiles=[{"1.0.0": v100, "1.1.0": v110}[config.get("version") or "1.0.0"]],
)

pulumi.export("profiles", web.profiles)
pulumi.export("kubeconfig", web.kubeconfig)

# -- what no layer names any more, at 0 -----------------------------------------------------------------------------------

if config.get_bool("tidy"):
    tidy = palette.ScaleToZero(f"{prefix}tidy", cluster=web)
    pulumi.export("scaled", tidy.scaled)
    pulumi.export("left_alone", tidy.left_alone)
