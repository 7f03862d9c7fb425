"""A profile's way from one project to another on a real engine: exported by the command, imported, run, edited, exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.engine.harness import Stack, World, as_json
from tests.engine.leaks import files, leaks
from tests.engine.test_overrides import palette

SECRET = "hush-Xk29-token"
ORIGIN = """
import pulumi
import palette_sdk as palette

packs = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.x"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
page = '''# the page
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data:
  size:   "{{.spectro.var.size}}"   # by hand
  token: "{{.spectro.var.token}}"
'''
palette.Profile("base", cloud="aws", tags=["team:a", "web"], description="The base", layers=[
    *[palette.pack(palette.get_pack(name, version)) for name, version in packs],
    palette.manifest("page", {"z": page, "a": "apiVersion: v1\\nkind: Namespace\\nmetadata: {name: a}\\n"}),
], variables=[
    palette.Variable("token", default="hush-Xk29-token", required=True, sensitive=True),
    palette.Variable("size", default="s", options=["s", "m"], input="dropdown"),
])
"""
TARGET = """
import json
from pathlib import Path
import pulumi
import palette_sdk as palette

config = pulumi.Config()
secrets = {"token": pulumi.Output.secret(json.loads(Path("hidden.json").read_text()))} if config.get_bool("given") else {}
base = palette.ImportedProfile("imported", file="base.json", secrets=secrets, name=config.get("called"))
more = palette.ProfileVersion("imported-1.1.0", source=base, version="1.1.0",
    set_layers=[palette.manifest("more", "apiVersion: v1\\nkind: Namespace\\nmetadata: {name: more}\\n")])
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
account = palette.AwsCloudAccount("account", auth=palette.AwsAuth.secret("AKIA", "secret-of-aws"))
palette.Cluster("web", cloud_config=palette.Aws("eu-west-1"), cloud_account=account, profiles=[base],
    pools=[palette.control_plane(machine), palette.workers("workers", machine, count=1)])
pulumi.export("uid", base.uid)
pulumi.export("next", more.uid)
"""


def second_project(world: World) -> None:
    """Add a project `team-b`."""
    http = httpx2.Client(base_url=world.endpoint.url, headers={"ApiKey": world.endpoint.api_key})
    with http:
        assert http.post("/v1/projects", json={"metadata": {"name": "team-b"}}).status_code == 201


def exported(world: World, stack: Stack, *arguments: str) -> dict[str, Any]:
    """What the command exports."""
    found: dict[str, Any] = json.loads(palette(world, stack, "profiles", "export", *arguments))
    return found


def edit(file: Path, name: str, old: str, new: str) -> None:
    """Change the text of a manifest in a document."""
    document = json.loads(file.read_text(encoding="utf-8"))
    packs = document["spec"]["template"]["packs"]
    (manifest,) = (each for pack in packs for each in pack["manifests"] if each["name"] == name)
    assert old in manifest["content"]
    manifest["content"] = manifest["content"].replace(old, new)
    file.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.timeout(600)
def test_from_one_project_to_another(world: World) -> None:
    """A document goes through unchanged; what is wrong with it is told at once; a changed file is an edit in place."""
    second_project(world)
    origin = world.program(ORIGIN)
    origin.up()
    target = world.program(TARGET, palette__project="team-b")
    file = target.folder / "base.json"
    palette(world, origin, "profiles", "export", "base", "--output", str(file))
    first = json.loads(file.read_text(encoding="utf-8"))
    (target.folder / "hidden.json").write_text(json.dumps(SECRET), encoding="utf-8")

    refused(target, file, first)
    target.config(given="true")
    done = target.up()
    assert done.changes == {"create": 5}
    assert done.text.count("warning") == 0
    target.is_steady()
    second = exported(world, target, "base", "1.0.0", "--project", "team-b")
    assert second == first
    further = exported(world, target, "base", "--project", "team-b")["spec"]
    assert further["version"] == "1.1.0"
    assert further["template"]["packs"][:-1] == first["spec"]["template"]["packs"]
    assert sorted(further["variables"], key=as_json) == sorted(first["spec"]["variables"], key=as_json)

    edit(file, "z", "name: page", "name: pages")
    held = target.preview()
    assert "base 1.0.0 is edited in place: 1 layer (page)" in held.text
    assert "these clusters will have a pending update: web" in held.text
    assert "web: update held" in held.text
    assert held.changes == {"update": 2}
    target.up()
    assert target.preview().changes == {}

    places = dict(files(world.folder / "state"))
    assert leaks({"token": SECRET}, {**places, "output": done.text.encode() + held.text.encode()}) == []
    target.destroy()


def refused(stack: Stack, file: Path, good: dict[str, Any]) -> None:
    """One text names everything that is wrong, without a traceback, and nothing is made."""
    broken = json.loads(json.dumps(good))
    packs = broken["spec"]["template"]["packs"]
    packs[0]["registry"]["metadata"] |= {"name": "Their Registry", "uid": "f" * 24}
    packs[2]["version"] = "3.28.99"
    file.write_text(json.dumps(broken), encoding="utf-8")
    text = stack.refused()
    assert "base.json can't be imported; 3 things are wrong:" in text
    for told in (
        'spec.template.packs[2] (cni-calico): pack "cni-calico" has no version 3.28.99; nearest: 3.28.0',
        'spec.template.packs[0] (ubuntu-aws): there is no registry "Their Registry" here; ',
        ' (token): its default is masked, and the variable is required: give secrets={"token": ...}',
    ):
        assert told in text
    assert "Traceback" not in text
    file.write_text(json.dumps(good), encoding="utf-8")
