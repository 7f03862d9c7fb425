"""Values of sensitive variables that a program writes plainly: no state has them in clear, whatever they are given to."""

from __future__ import annotations

import json
import secrets as chance
from typing import Any

import pytest

from palette_sdk.content.digest import digest
from tests.engine.harness import Stack, World
from tests.engine.leaks import leaks

PROGRAM = """
import json
from pathlib import Path
import pulumi
import palette_sdk as palette

given = json.loads(Path("given.json").read_text())
text = '''apiVersion: v1
kind: ConfigMap
metadata:
  name: hello
data:
  level: "{{.spectro.var.level}}"
  token: "{{.spectro.var.token}}"
  shared: "{{.spectro.var.shared}}"
'''
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
web = palette.Profile("web", cloud="aws", layers=[*base, palette.manifest("hello", text)], variables=[
    palette.Variable("level", default="low"),
    palette.Variable("token", sensitive=True),
    palette.Variable("shared", sensitive=True, default=given["default"]),
])
made = palette.ClusterTemplate("made", cloud="aws", profiles=[web], variables={"shared": given["shared"]})
attached = palette.Attach(web.id, variables={"shared": given["attached"]})
by_uid = palette.ClusterTemplate("by-uid", cloud="aws", profiles=[attached])
common = {
    "cloud_config": palette.Aws("eu-west-1"),
    "cloud_account": palette.get_cloud_account("aws-main", cloud="aws"),
    "pools": [palette.control_plane(palette.AwsMachine("m5.large", azs=["eu-west-1a"]))],
    "timezone": "Europe/Berlin",
}
one = palette.Cluster("one", template=made, variables={"token": given["one"], "level": "high"}, **common)
two = palette.Cluster("two", template=by_uid.id, variables={"token": given["two"]}, **common)
own = palette.Cluster("own", profiles=[palette.Attach(web, variables={"token": given["own"]})],
    variables={"shared": given["flat"]}, **common)
palette.TemplateRollout("roll", template=made, clusters=[one])
palette.Fleet("fleet", defaults={**common, "template": made, "variables": {"token": given["defaults"]}},
    clusters={"member": {}, "other": {"variables": {"token": given["member"]}}})
"""
NAMES = ("default", "shared", "attached", "one", "two", "own", "flat", "defaults", "member")


def row(state: Any, name: str) -> dict[str, Any]:
    """A resource of an exported state."""
    (found,) = [item for item in state["deployment"]["resources"] if item["urn"].endswith(f"::{name}")]
    return dict(found)


@pytest.mark.timeout(600)
def test_plain_values_of_sensitive_variables(world: World) -> None:
    """They are encrypted in state for templates, their clusters, members of a fleet and clusters of their own; after an
    update, a refresh and a failed run, too. Other values stay readable."""
    stack = world.program(PROGRAM)
    given = {name: chance.token_hex(12) for name in NAMES}
    write(stack, given)
    places = {"created": stack.up().text.encode()}
    places["state"] = stack.cli("stack", "export").stdout.encode()
    changed = {**given, **{name: chance.token_hex(12) for name in NAMES if name != "default"}}
    write(stack, changed)
    places["preview"] = stack.cli("preview", "--diff").stdout.encode()
    places["updated"] = stack.up().text.encode()
    places["refreshed"] = stack.up(refresh=True).text.encode()
    places["state later"] = stack.cli("stack", "export").stdout.encode()
    assert leaks({**given, **{f"{name}, later": text for name, text in changed.items()}}, places) == []
    state = json.loads(places["state later"])
    assert row(state, "one")["inputs"]["variables"]["level"] == "high"
    assert set(row(state, "fleet-member")["outputs"]["variables"]["token"]) > {"ciphertext"}
    values = digest(
        json.dumps(
            [{"one": {"level": "high", "token": changed["one"]}}, {"web": {"shared": changed["shared"]}}],
            sort_keys=True,
        )
    )
    assert values.encode() not in places["state later"]
    assert "ciphertext" in row(state, "roll")["outputs"]["values"]
    assert running(world, "one")["token"] == running(world, "two")["token"] == "********"
    stack.is_steady()


def write(stack: Stack, given: dict[str, str]) -> None:
    """Write the values that the program gives plainly."""
    (stack.folder / "given.json").write_text(json.dumps(given))


def running(world: World, name: str) -> dict[str, str]:
    """The values of a cluster, as the service shows them."""
    found = world.client.clusters.by_name(name, fresh=True)
    assert found is not None
    return {
        item.name: item.value for each in world.client.clusters.variables(found.metadata.uid) for item in each.variables
    }
