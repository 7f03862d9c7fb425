"""The `palette` command with a program's stack: base, policy and secrets come from a state that the engine wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from palette_sdk.cli.program import app
from tests.engine.harness import Stack, World

PROGRAM = """
import pulumi
import palette_sdk as palette

config = pulumi.Config()
replicas = config.get("replicas") or "2"
names = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version, cloud="aws")) for name, version in names]
page = palette.pack(palette.get_pack("hello-universe", "1.2.0"), set={"ui.replicas": int(replicas)})
settings = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: settings}\\ndata: {replicas: '" + replicas + "', colour: blue}\\n"
hidden = pulumi.Output.secret("apiVersion: v1\\nkind: Secret\\nmetadata: {name: token}\\nstringData: {token: hush-hush}\\n")
layers = [*base, page, palette.manifest("settings", settings), palette.manifest("token", hidden)]
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"])
palette.Cluster(
    "web",
    cloud_config=palette.Aws("eu-west-1", ssh_key_name="k"),
    cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
    pools=[palette.control_plane(machine), palette.workers("w", machine, count=1)],
    profiles=[palette.Profile("web", cloud="aws", layers=layers)],
    override_policy=config.get("policy") or "merge",
)
"""
Run = Callable[..., Any]


@pytest.fixture
def stack(world: World) -> Stack:
    """The program, applied with 2 replicas."""
    made = world.program(PROGRAM)
    made.up()
    return made


@pytest.fixture
def palette(world: World, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `palette` in the program's folder; a command must succeed unless told otherwise."""
    monkeypatch.chdir(stack.folder)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SPECTROCLOUD_HOST")
    monkeypatch.delenv("SPECTROCLOUD_APIKEY")

    def run(*arguments: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, list(arguments), prog_name="palette")
        assert done.exit_code == code, done.output
        return done

    return run


def overrides(palette: Run, *options: str) -> dict[str, tuple[str, ...]]:
    """Decision, base, cluster and incoming of the overrides in a review, by layer."""
    data = json.loads(palette("review", "web", "--json", *options).stdout)
    return {
        layer["name"]: (mark["decision"], mark["base"], mark["cluster"], mark["incoming"])
        for profile in data["profiles"]
        for layer in profile["layers"]
        for mark in layer["overrides"]
    }


@pytest.mark.timeout(300)
def test_review_and_apply_with_a_stack(stack: Stack, palette: Run) -> None:
    """An override outside the program, an edit in place, a review with the base of the state, and the update by policy."""
    palette("override", "web", "hello-universe", "--set", "ui.replicas=1")
    palette("override", "web", "settings", "--set", "/data/colour=green")
    changed = palette("override", "web", "token", "--set", "/stringData/token=other-hush")
    assert "hush" not in changed.output
    stack.refresh()
    stack.config(replicas="3")
    stack.up()

    # `token` isn't known in clear, but it comes as it was applied: what the cluster has there is its override.
    assert overrides(palette) == {
        "hello-universe": ("conflict", "2", "1", "3"),
        "settings": ("kept", "blue", "green", "blue"),
        "token": ("kept", "(secret)", "(secret)", "(secret)"),
    }
    stopped = palette("apply", "web", "--yes", code=1)
    assert "base (1.0.0) 2      cluster runs 1      incoming 3" in stopped.stderr
    applied = palette("apply", "web", "--policy", "keep", "--yes")
    assert "web: settings ConfigMap/settings /data/replicas 2 -> 3" in applied.stdout
    rows = json.loads(palette("override", "web", "--json").stdout)
    assert {row["layer"]: row["cluster_value"] for row in rows} == {
        "hello-universe": "1",
        "settings": "green",
        "token": "(secret)",
    }
    for page in (palette("review", "web"), palette("override", "web"), stopped, applied):
        assert "hush" not in page.output


@pytest.mark.timeout(300)
def test_policy_of_the_program(stack: Stack, palette: Run) -> None:
    """`palette apply` follows the policy that the program gives the cluster, also with --stack from elsewhere."""
    palette("override", "web", "hello-universe", "--set", "ui.replicas=1")
    stack.config(replicas="3", policy="drop")
    stack.up()
    assert overrides(palette, "--stack", stack.name)["hello-universe"] == ("dropped", "2", "1", "3")
    assert "/ui/replicas override 1 (profile 2 -> 3) is dropped" in palette("apply", "web", "--yes").stdout
    assert json.loads(palette("override", "web", "--json").stdout) == []
