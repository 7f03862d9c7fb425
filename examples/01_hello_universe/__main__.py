"""Hello Universe on two clusters: a page, and the API server that counts for it.

Configuration of a stack (defaults are those of the AWS tutorial):
  cloud      aws, azure or gcp
  prefix     put before all names, so that stacks share one Palette project ("stage-")
  frontend   version of the page's profile that runs: 1.0.0, or 1.1.0 (three tiers)
  replicas   pods of the page in version 1.0.0, edited in place
  threeTier  whether version 1.1.0 exists
  sshKey     public SSH key, for Azure
`palette:updates` says whether what is edited in place is held (the default) or applied.
"""

from pathlib import Path
from typing import cast

import pulumi

import palette_sdk as palette

config = pulumi.Config()
cloud = cast("palette.Cloud", config.get("cloud") or "aws")
prefix = config.get("prefix") or ""
name = f"{prefix}{cloud}"
frontend_version = config.get("frontend") or "1.0.0"

# -- what differs between clouds ------------------------------------------------------------------------------------------

PACKS = {
    "aws": [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")],
    "azure": [("ubuntu-azure", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("azure-disk", "1.30.3")],
    "gcp": [
        ("ubuntu-gcp", "22.04"),
        ("kubernetes", "1.30.4"),
        ("cni-calico", "3.28.0"),
        ("gcp-persistent-disk", "1.13.2"),
    ],
}
cloud_config: palette.CloudConfig
machine: palette.Machine
if cloud == "aws":
    cloud_config = palette.Aws(config.get("region") or "eu-west-1", ssh_key_name=config.get("sshKeyName") or "palette")
    machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
elif cloud == "azure":
    cloud_config = palette.Azure(
        config.get("region") or "westeurope",
        subscription_id=config.get("subscription") or "11111111-2222-3333-4444-555555555555",
        resource_group=config.get("resourceGroup") or "palette",
        ssh_key=config.require("sshKey"),
    )
    machine = palette.AzureMachine("Standard_D4s_v3", azs=["1"], disk_gib=60)
elif cloud == "gcp":
    cloud_config = palette.Gcp(config.get("region") or "europe-west1", project=config.get("gcpProject") or "palette")
    machine = palette.GcpMachine("n2-standard-4", azs=["europe-west1-b"], disk_gib=60)
else:
    raise pulumi.RunError(f"cloud is {cloud}; this program knows aws, azure and gcp")

account = palette.get_cloud_account(f"{cloud}-main", cloud=cloud)
base = [palette.pack(palette.get_pack(pack, version, cloud=cloud)) for pack, version in PACKS[cloud]]
pools = [palette.control_plane(machine), palette.workers("worker-basic", machine, count=2)]
timeouts = palette.Timeouts(create="30m", delete="15m")
manifests = Path("manifests")

# -- the API server and its cluster ---------------------------------------------------------------------------------------

api = palette.Profile(
    f"{name}-profile-api",
    cloud=cloud,
    layers=[*base, palette.manifest("hello-universe", manifests / "hello-universe-api.yaml")],
    tags=["service:hello-universe-backend"],
)
api_cluster = palette.Cluster(
    f"{name}-cluster-api",
    cloud_config=cloud_config,
    cloud_account=account,
    pools=pools,
    profiles=[api],
    tags=["service:hello-universe-backend", *(config.get_object("apiTags") or [])],
    timeouts=timeouts,
)
api_url = api_cluster.service_url("hello-universe-api-service", port=3000)

# -- the page: version 1.0.0 stands alone, 1.1.0 asks the API server -------------------------------------------------------

frontend = palette.Profile(
    f"{name}-profile",
    cloud=cloud,
    layers=[
        *base,
        palette.manifest(
            "hello-universe", palette.render(manifests / "hello-universe.yaml", replicas=config.get("replicas") or "2")
        ),
    ],
    tags=["service:hello-universe-frontend"],
)
versions: dict[str, palette.VersionRef] = {"1.0.0": frontend}
if config.get_bool("threeTier"):
    versions["1.1.0"] = palette.ProfileVersion(
        f"{name}-profile-1.1.0",
        source=frontend,
        version="1.1.0",
        set_layers=[
            palette.manifest("hello-universe", palette.render(manifests / "hello-universe-3tier.yaml", api_uri=api_url))
        ],
    )

web = palette.Cluster(
    f"{name}-cluster",
    cloud_config=cloud_config,
    cloud_account=account,
    pools=pools,
    profiles=[versions[frontend_version]],  # roll forward, roll back: another version here
    tags=["service:hello-universe-frontend", *(config.get_object("webTags") or [])],
    timeouts=timeouts,
)

pulumi.export("api_url", api_url)
pulumi.export("api_kubeconfig", api_cluster.kubeconfig)  # a secret
pulumi.export("web_profiles", web.profiles)
pulumi.export("web_pending_updates", web.pending_updates)
