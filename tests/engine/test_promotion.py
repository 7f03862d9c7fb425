"""The example of promotion between stacks: a platform's stack, a stack a stage, and a program that moves them one by one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from palette_sdk.client import Palette
from tests.engine.harness import EXAMPLES, Stack, World


def versions(client: Palette) -> dict[str, str]:
    """The version that each cluster runs."""
    known = {row.metadata.uid: row.spec.version for row in client.profiles.metadata(fresh=True)}
    return {
        row.metadata.name: known[row.spec_summary.cluster_profile_templates[0].uid]
        for row in client.clusters.all(fresh=True)
    }


@pytest.mark.timeout(900)
def test_promotion(world: World) -> None:
    """Stages move in their order with a check between; what isn't there stops before anything moves; going back works."""
    folder = world.folder / "04_promotion"
    shutil.copytree(EXAMPLES / "04_promotion", folder)
    platform = Stack(folder / "platform", "shared", world.environment)
    platform.config(palette__host="local", platform__releases='{"1.1.0": "1.2.1"}')
    made = platform.up()
    assert set(made.outputs["versions"]) == {"1.0.0", "1.1.0"}
    assert all(isinstance(uid, str) for uid in made.outputs["versions"].values())
    stages = {name: Stack(folder / "fleet", name, world.environment) for name in ("dev", "stage", "prod")}
    for stack in stages.values():
        stack.config(palette__host="local")

    def promote(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "promote.py", *words],
            cwd=folder,
            env={**os.environ, **world.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    promote("1.0.0", "--to", "stage")
    assert versions(world.client) == {"dev-web": "1.0.0", "stage-web": "1.0.0"}

    told = promote("1.1.0", "--to", "dev")
    assert told.splitlines()[0] == "dev: 1.1.0, 1 to update"
    assert versions(world.client) == {"dev-web": "1.1.0", "stage-web": "1.0.0"}

    assert "has no version 1.3.0; it has 1.0.0, 1.1.0" in promote("1.3.0", code=1)
    assert stages["dev"].preview(refresh=True).changes == {}, "the configuration doesn't ask for it any longer"

    told = promote("1.1.0", "--to", "stage")
    assert "dev: 1.1.0, nothing to change" in told
    assert "stage: stage-web is healthy on 1.1.0" in told

    platform.unset("platform:releases")
    refused = platform.refused("up")
    assert "in use by" in refused
    assert "stage-web" in refused
