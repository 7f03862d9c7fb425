"""Three clusters that follow one template: dev, stage and prod, upgraded in their maintenance windows or at once.

Configuration of a stack (all have defaults):
  cloud         aws (default), azure, gcp or vsphere
  prefix        put before all names, so that stacks share one Palette project ("a-")
  next          whether version 1.1.0 of the profile exists
  version       the version that the template links; default 1.0.0
  default       a default for the variable that is new in 1.1.0
  regionCodes   its values by cluster: {"dev": "eu", "stage": "eu", "prod": "us"}
  pending       fail (default) or skip: what becomes of clusters that lack a value
  upgradeNow    a text; any change of it upgrades at once instead of in the next window
  wait          whether the roll-out waits until what it triggered is applied
"""

from pathlib import Path
from typing import Any, Literal, cast

import pulumi

import palette_sdk as palette

config = pulumi.Config()
cloud = cast("Literal['aws', 'azure', 'gcp', 'vsphere']", config.get("cloud") or "aws")
prefix = config.get("prefix") or ""

# -- what differs between clouds --------------------------------------------------------------------------------------

cloud_config: palette.CloudConfig
machine: palette.Machine
if cloud == "aws":
    cloud_config = palette.Aws("eu-west-1", ssh_key_name="palette")
    machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
elif cloud == "azure":
    cloud_config = palette.Azure(
        "westeurope",
        subscription_id=config.get("subscription") or "11111111-2222-3333-4444-555555555555",
        resource_group="palette",
        ssh_key=config.require("sshKey"),
    )
    machine = palette.AzureMachine("Standard_D4s_v3", azs=["1"], disk_gib=60)
elif cloud == "gcp":
    cloud_config = palette.Gcp("europe-west1", project=config.get("gcpProject") or "palette")
    machine = palette.GcpMachine("n2-standard-4", azs=["europe-west1-b"], disk_gib=60)
elif cloud == "vsphere":
    place = palette.VspherePlacement("DC1", cluster="C1", resource_pool="RP1", datastore="DS1", network="VM Network")
    cloud_config = palette.Vsphere(place, ssh_keys=[config.require("sshKey")])
    machine = palette.VsphereMachine(cpus=4, memory_mib=8192, disk_gib=60)
else:
    raise pulumi.RunError(f"cloud is {cloud}; this program knows aws, azure, gcp and vsphere")

# -- the profile: imported from its document, then a further version --------------------------------------------------

base = palette.ImportedProfile("base", file=f"profiles/{cloud}.json", name=f"{prefix}fleet-base")
versions: dict[str, palette.VersionRef] = {"1.0.0": base}
if config.get_bool("next"):
    versions["1.1.0"] = palette.ProfileVersion(
        "base-1.1.0",
        source=base,
        version="1.1.0",
        set_layers=[palette.manifest("hello-universe", Path("manifests") / "hello-universe-1.1.0.yaml")],
        set_variables=[
            palette.Variable(
                "region_code",
                required=True,
                regex="[a-z]{2}",
                default=config.get("default"),
                description="Where it runs.",
            )
        ],
    )

# -- the template, and when it may upgrade clusters -------------------------------------------------------------------

weekly = palette.MaintenancePolicy(
    f"{prefix}weekly", schedules=[palette.Schedule("sunday", cron="0 0 * * SUN", duration="4h")]
)
fleet = palette.ClusterTemplate(
    f"{prefix}fleet",
    cloud=cloud,
    profiles=[versions[config.get("version") or "1.0.0"]],  # roll forward, roll back: another version here
    maintenance=weekly,
    variables={"owner": "platform"},  # one value for all
)

# -- its clusters -----------------------------------------------------------------------------------------------------

ZONES = {"dev": "Europe/Berlin", "stage": "Europe/Berlin", "prod": "America/New_York"}
codes: dict[str, str] = config.get_object("regionCodes") or {}


def values(stage: str) -> dict[str, Any]:
    """What is this cluster's own."""
    return {"environment": stage, **({"region_code": codes[stage]} if stage in codes else {})}


clusters = [
    palette.Cluster(
        f"{prefix}{stage}",
        template=fleet,
        cloud_config=cloud_config,
        cloud_account=palette.get_cloud_account(f"{cloud}-main", cloud=cloud),
        pools=[palette.control_plane(machine), palette.workers("worker-basic", machine, count=1)],
        variables=values(stage),
        timezone=zone,
        tags=[f"env:{stage}"],
    )
    for stage, zone in ZONES.items()
]

# -- behind all of them: who moves, when, and with which values -------------------------------------------------------

roll = palette.TemplateRollout(
    "roll",
    template=fleet,
    clusters=clusters,
    upgrade_now=config.get("upgradeNow") or "",
    pending=cast("Literal['fail', 'skip']", config.get("pending") or "fail"),
    wait=config.get_bool("wait") or False,
)

pulumi.export("state", roll.state)
pulumi.export("clusters", roll.clusters)
