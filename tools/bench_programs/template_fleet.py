"""A fleet of which all clusters follow one template: so many as the stack's configuration says, at the version that it says."""

import pulumi

import palette_sdk as palette

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
WEB = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: web
          image: example.com/web:1.0
"""

config = pulumi.Config()
is_second = config.get("version") == "1.1.0"

account = palette.get_cloud_account("aws-main", cloud="aws")
layers = [palette.pack(palette.get_pack(name, version, cloud="aws")) for name, version in PACKS]
first = palette.Profile("bench", cloud="aws", layers=[*layers, palette.manifest("web", WEB.format(replicas=1))])
second = palette.ProfileVersion(
    "bench-1.1.0", source=first, version="1.1.0", set_layers=[palette.manifest("web", WEB.format(replicas=2))]
)
windows = palette.MaintenancePolicy("bench", schedules=[palette.Schedule("sunday", cron="0 2 * * SUN", duration="4h")])
template = palette.ClusterTemplate("bench", cloud="aws", profiles=[second if is_second else first], maintenance=windows)
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"], disk_gib=60)
fleet = palette.Fleet(
    "bench",
    defaults=palette.ClusterArgs(
        cloud_config=palette.Aws("eu-west-1", ssh_key_name="bench"),
        cloud_account=account,
        pools=[palette.control_plane(machine), palette.workers("worker", machine, count=2)],
        template=template,
        timezone="Europe/Berlin",
        tags=["env:bench"],
    ),
    clusters={f"bench-{number}": palette.ClusterArgs() for number in range(config.require_int("clusters"))},
)
palette.TemplateRollout(
    "bench",
    template=template,
    clusters=list(fleet.clusters.values()),
    upgrade_now="now" if is_second else "",
    wait=is_second,
)
