"""The story of a policy and a template on a real engine: made, relinked, locked, refreshed, destroyed in the right order."""

from __future__ import annotations

import pytest

from tests.engine.harness import World
from tests.engine.leaks import files, leaks

SECRETS = {"value": "HIDDEN-VALUE-OF-THE-TEMPLATE", "default": "HIDDEN-DEFAULT-OF-THE-PROFILE"}
PROGRAM = """
import pulumi
import palette_sdk as palette

config = pulumi.Config()
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: hello}, data: {text: %s}}"
hello = palette.manifest("hello", text % (config.get("text") or "one"))
layers = [*[palette.pack(palette.get_pack(*pack)) for pack in PACKS], hello]
variables = [
    palette.Variable("replicas", format="number", default=1),
    palette.Variable("token", sensitive=True, default=pulumi.Output.secret("HIDDEN-DEFAULT-OF-THE-PROFILE")),
]
linked = base = palette.Profile("web", cloud="aws", layers=layers, variables=variables, tags=[config.get("tag") or "first"])
if config.get("version"):
    other = palette.manifest("hello", text % "two")
    linked = palette.ProfileVersion("web-1.1.0", source=base, version="1.1.0", set_layers=[other])
weekly = palette.MaintenancePolicy("weekly", schedules=[palette.Schedule("sunday", cron="0 0 * * SUN", duration="4h")])
fleet = palette.ClusterTemplate(
    "fleet",
    cloud="aws",
    profiles=[linked],
    maintenance=weekly,
    variables={"token": pulumi.Output.secret("HIDDEN-VALUE-OF-THE-TEMPLATE"), "replicas": config.get_int("replicas") or 2},
)
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"])
palette.Cluster(
    "one",
    cloud_config=palette.Aws("eu-west-1"),
    cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
    pools=[palette.control_plane(machine), palette.workers("worker", machine, count=1)],
    template=fleet,
    timezone="Europe/Berlin",
)
pulumi.export("heads", fleet.profiles.apply(lambda items: {key: item["version"] for key, item in items.items()}))
pulumi.export("common", fleet.common)
pulumi.export("state", fleet.state)
"""


def no_leaks(world: World, *texts: str) -> None:
    """Assert that no secret stands in clear in the state, or in what runs printed."""
    places = {**dict(files(world.folder / "state")), **{f"run {n}": text.encode() for n, text in enumerate(texts)}}
    assert leaks(SECRETS, places) == []


@pytest.mark.timeout(1200)
def test_templates(world: World) -> None:
    """Policy, template and cluster; a relink that touches no cluster; a locked version; look-ups; the end in order."""
    stack = world.program(PROGRAM)
    first = stack.up()
    assert first.changes == {"create": 5}
    assert first.outputs["common"] == {"web": ["replicas", "token"]}
    assert first.outputs["state"] == "Applied"
    assert stack.refresh().changes == {}

    stack.config(text="three")
    text = stack.refused()
    assert "web 1.0.0 can't be edited in place (hello): the cluster template fleet links it" in text
    assert 'palette.ProfileVersion("web-1.0.1", source=<this profile>, version="1.0.1", set_layers=[...])' in text
    stack.unset("text")
    stack.config(tag="second")
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}

    world.admin.set_clock(paused=True)  # whatever day it is, no window opens by itself
    stack.config(version="1.1.0")
    preview = stack.preview(diff=True)
    assert preview.changes == {"create": 1, "update": 1}
    assert "template fleet: web 1.0.0 -> 1.1.0. 1 cluster follows it (one); no cluster is touched now" in preview.text
    assert "sunday (0 0 * * SUN, 4 h) in each cluster's own time zone" in preview.text
    relinked = stack.up()
    assert relinked.changes == {"create": 1, "update": 1}
    assert (relinked.outputs["state"], relinked.outputs["heads"]) == ("Pending", {"web": "1.1.0"})
    (uid,) = (row.uid for row in world.client.templates.by_name("fleet"))
    running = {row.metadata.uid for row in world.client.templates.running_profiles(uid)}
    assert running == {world.client.profiles.versions("web")["1.0.0"]}
    stack.is_steady()

    stack.config(replicas="3")
    changed = stack.up()
    assert changed.changes == {"update": 1}
    no_leaks(world, first.text, text, preview.text, relinked.text, changed.text)
    look_up(world)

    world.admin.set_clock(advance_s=8 * 86400)  # the window comes: what the template says reaches the cluster
    assert stack.refresh().changes == {}
    after = stack.up(refresh=True)
    assert (after.changes, after.outputs["state"]) == ({}, "Applied")

    world.admin.set_clock(paused=False)
    gone = stack.destroy()
    assert gone.count("delete") >= 5
    assert (world.client.templates.metadata(fresh=True), world.client.policies.metadata(fresh=True)) == ([], [])


def look_up(world: World) -> None:
    """What another program finds of them by name, and what it is told where it finds nothing."""
    found = world.program(
        "import pulumi\nimport palette_sdk as palette\n"
        'policy, template = palette.get_maintenance_policy("weekly"), palette.get_cluster_template("fleet")\n'
        'pulumi.export("policy", {"schedules": policy.schedules, "templates": list(policy.templates)})\n'
        'pulumi.export("template", {"cloud": template.cloud, "clusters": list(template.clusters), "state": template.state,\n'
        '    "version": template.profiles["web"]["version"], "same": template.maintenance == policy.uid})\n'
    )
    outputs = found.up().outputs
    assert outputs["policy"] == {
        "schedules": {"sunday": {"cron": "0 0 * * SUN", "duration_h": 4}},
        "templates": ["fleet"],
    }
    assert outputs["template"] == {
        "cloud": "aws",
        "clusters": ["one"],
        "state": "Pending",
        "version": "1.1.0",
        "same": True,
    }
    lost = world.program('import palette_sdk as palette\npalette.get_cluster_template("flet")\n')
    assert 'there is no cluster template "flet" here; nearest: fleet' in lost.refused()
    lost = world.program('import palette_sdk as palette\npalette.get_maintenance_policy("weakly")\n')
    assert 'there is no maintenance policy "weakly" here; nearest: weekly' in lost.refused()
