"""A profile edited in place while somebody changed the same layer on the cluster: what waits, and who decides.

Configuration of a stack:
  prefix     put before all names, so that stacks share one Palette project ("small-")
  replicas   pods of the page in the profile, edited in place; default 2
  image      its image; default 1.2.0
  policy     what becomes of changes made on the cluster: merge (default), keep, drop or fail
  keepPath   one path that keeps the cluster's value whatever the policy says, such as /spec/replicas
  own        replicas that this program declares as an override of this cluster, whatever the profile says
`palette:updates` says whether what is edited in place is held (the default) or applied.
"""

from pathlib import Path
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
page = palette.render(
    Path("manifests") / "hello-universe.yaml",
    replicas=config.get("replicas") or "2",
    image=config.get("image") or "1.2.0",
)
profile = palette.Profile(f"{prefix}aws-profile", cloud="aws", layers=[*base, palette.manifest("hello-universe", page)])

rules = [palette.OverrideRule("keep", layer="hello-universe", path=path)] if (path := config.get("keepPath")) else []
declared = []
if own := config.get_int("own"):
    declared.append(
        palette.Override(
            "hello-universe",
            "/spec/replicas",
            resource="Deployment/hello-universe-deployment",
            value=own,
            reason="the small cluster",
        )
    )

machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
web = palette.Cluster(
    f"{prefix}aws-cluster",
    cloud_config=palette.Aws("eu-west-1", ssh_key_name="palette"),
    cloud_account=account,
    pools=[palette.control_plane(machine), palette.workers("worker-basic", machine, count=2)],
    profiles=[profile],
    overrides=declared,
    override_policy=cast("palette.OverridePolicy", config.get("policy") or "merge"),
    override_rules=rules,
)

pulumi.export("pending_updates", web.pending_updates)
pulumi.export("found_overrides", web.found_overrides)
