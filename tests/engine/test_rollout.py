"""The story of a fleet on a real engine: a version with a new required variable, by window, at once, and back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.engine.harness import Result, Stack, World
from tests.engine.leaks import files, leaks

PROGRAM = '''
import pulumi
import palette_sdk as palette

config = pulumi.Config()
account = palette.get_cloud_account("aws-main", cloud="aws")
base = [
    palette.pack(palette.get_pack(name, version))
    for name, version in [
        ("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0"),
    ]
]
PAGE = """apiVersion: v1
kind: ConfigMap
metadata:
  name: page
  namespace: default
data:
  text: {text}
"""
v100 = palette.Profile(
    "base", cloud="aws", layers=[*base, palette.manifest("page", PAGE.format(text="hello"))],
    variables=[palette.Variable("replicas", format="number", default=1)],
)
v110 = v100 if not config.get("version") else palette.ProfileVersion(
    "base-1.1.0", source=v100, version="1.1.0",
    set_layers=[palette.manifest("page", PAGE.format(text="{{.spectro.var.region_code}}"))],
    set_variables=[palette.Variable("region_code", required=True)],
)
weekly = palette.MaintenancePolicy("weekly", schedules=[palette.Schedule("sunday", cron="0 0 * * SUN", duration="4h")])
fleet = palette.ClusterTemplate(
    "fleet", cloud="aws", maintenance=weekly, profiles=[{"1.0.0": v100, "1.1.0": v110}[config.get("version") or "1.0.0"]],
)
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
codes = dict(each.split("=") for each in (config.get("codes") or "").split(",") if each)
clusters = [
    palette.Cluster(
        name, template=fleet, timezone=zone, cloud_account=account,
        cloud_config=palette.Aws("eu-west-1", ssh_key_name="k"),
        pools=[palette.control_plane(machine), palette.workers("worker", machine, count=1)],
        variables={"region_code": pulumi.Output.secret(codes[name]) if config.get_bool("secret") else codes[name]}
        if name in codes else {},
    )
    for name, zone in [("dev", "Europe/Berlin"), ("stage", "Asia/Tokyo"), ("prod", "America/New_York")]
]
rollout = palette.TemplateRollout(
    "rollout", template=fleet, clusters=clusters, upgrade_now=config.get("upgrade") or "",
    pending=config.get("pending") or "fail", wait=config.get_bool("wait") or False,
)
pulumi.export("state", rollout.state)
pulumi.export("clusters", rollout.clusters)
'''
DATE = re.compile(r"\d{4}-\d\d-\d\d (?=\d\d:\d\d)")
NAMES = ("dev", "prod", "stage")


def told(text: str) -> str:
    """What a run says of the roll-out, without what differs from run to run."""
    part = text.split("Diagnostics:", 1)[1].split("\nOutputs:", 1)[0].split("\nResources:", 1)[0]
    blocks = [block for block in DATE.sub("<date> ", part).split("\n\n") if "palette:TemplateRollout (" in block]
    return "\n".join(line.rstrip() for block in blocks for line in block.strip("\n").splitlines())


def states(result: Result) -> dict[str, str]:
    """The state of each cluster by the roll-out's outputs."""
    return {name: row["state"] for name, row in result.outputs["clusters"].items()}


def runs(world: World) -> dict[str, str]:
    """The version that each cluster runs."""
    known = {row.metadata.uid: row.spec.version for row in world.client.profiles.metadata(fresh=True)}
    rows = {row.metadata.name: row for row in world.client.clusters.all(fresh=True)}
    return {name: known[rows[name].spec_summary.cluster_profile_templates[0].uid] for name in NAMES}


def to_weekday(world: World, weekday: int, hour: float) -> None:
    """Move the clock on to a day of the week (Monday is 0) and an hour, UTC."""
    now = datetime.fromisoformat(str(world.admin.clock()["now"]))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    then = midnight + timedelta(days=(weekday - now.weekday()) % 7, hours=hour)
    world.admin.set_clock(advance_s=((then if then > now else then + timedelta(days=7)) - now).total_seconds())


def begun(world: World) -> Stack:
    """Template and clusters run 1.0.0, and it is Tuesday noon; from here on an hour takes a minute."""
    stack = world.program(PROGRAM)
    assert stack.up().changes == {"create": 8}
    world.admin.set_clock(speed=60)
    to_weekday(world, 1, 12)
    return stack


@pytest.mark.timeout(1200)
def test_a_fleet_moves_on(world: World, snapshot: SnapshotAssertion) -> None:
    """A new required variable stops the preview once for all; skipped, then given; by window, at once, and back."""
    stack = begun(world)
    stack.config(version="1.1.0", codes="dev=dev")
    refused = stack.refused()
    assert refused.split("Diagnostics:", 1)[1].count("has a problem") == 1
    assert told(refused) == snapshot(name="missing")
    assert runs(world) == dict.fromkeys(NAMES, "1.0.0")

    stack.config(pending="skip")
    preview = stack.preview()
    assert told(preview.text) == snapshot(name="skipped")
    skipped = stack.up()
    assert states(skipped) == {"dev": "Pending", "prod": "Skipped", "stage": "Skipped"}

    stack.config(codes="dev=dev,stage=stg,prod=prd", pending="fail")
    given = stack.preview()
    assert given.changes == {"update": 3}
    assert told(given.text) == snapshot(name="given")
    assert states(stack.up()) == dict.fromkeys(NAMES, "Pending")
    stack.is_steady()

    to_weekday(world, 6, 0.5)
    assert runs(world) == {"dev": "1.1.0", "prod": "1.0.0", "stage": "1.1.0"}
    to_weekday(world, 6, 6)
    assert runs(world) == dict.fromkeys(NAMES, "1.1.0")
    moved = stack.up(refresh=True)
    assert states(moved) == dict.fromkeys(NAMES, "Applied")
    assert moved.outputs["clusters"]["dev"]["from"] == {"base": "1.0.0"}
    assert stack.preview().changes == {}

    stack.config(version="1.0.0", upgrade="back", wait="true")
    back = stack.up()
    assert back.outputs["state"] == "Applied"
    assert runs(world) == dict.fromkeys(NAMES, "1.0.0")

    stack.config(version="1.1.0", upgrade="again", secret="true")
    codes = {name: f"hush-{name}-4711" for name in NAMES}
    stack.secret("codes", ",".join(f"{name}={code}" for name, code in codes.items()))
    again = stack.preview()
    assert told(again.text) == snapshot(name="secret")
    done = stack.up()
    assert states(done) == dict.fromkeys(NAMES, "Applied")
    stack.is_steady()
    printed = {"preview": again.text.encode(), "up": done.text.encode()}
    assert leaks(codes, {**dict(files(world.folder / "state")), **printed}) == []
    stack.destroy()
