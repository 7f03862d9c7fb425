"""One stage of the fleet: a cluster on a version that the platform's stack shares. A stack each for dev, stage and prod.

Configuration of a stack:
  version    version of the platform's profile that runs; default 1.0.0
  platform   the platform's stack; default organization/platform/shared
  prefix     put before all names ("a-")
"""

from collections.abc import Mapping

import pulumi

import palette_sdk as palette

config = pulumi.Config()
stage = pulumi.get_stack()
wanted = config.get("version") or "1.0.0"
platform = config.get("platform") or "organization/platform/shared"


def uid_of(versions: Mapping[str, str]) -> str:
    """The uid of the version that this stage wants."""
    if wanted not in versions:
        raise pulumi.RunError(f"{platform} has no version {wanted}; it has {', '.join(sorted(versions))}")
    return versions[wanted]


machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
web = palette.Cluster(
    f"{config.get('prefix') or ''}{stage}-web",
    cloud_config=palette.Aws("eu-west-1", ssh_key_name="palette"),
    cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
    pools=[palette.control_plane(machine), palette.workers("worker-basic", machine, count=2)],
    profiles=[pulumi.StackReference(platform).require_output("versions").apply(uid_of)],
    tags=[f"env:{stage}"],
)

pulumi.export("cluster", web.name)
pulumi.export("url", web.service_url("hello-universe-service", port=8080))
