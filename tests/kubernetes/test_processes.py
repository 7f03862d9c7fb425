"""Nothing of a real control plane outlives what started it: stopped, killed, or started and stopped again and again."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from palette_sdk import local
from palette_sdk.controlplane.kubernetes.access import CONTROLLERS, PALETTE, SCHEDULER
from palette_sdk.controlplane.kubernetes.processes import ControlPlaneProcesses
from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeApi
from tests.engine.harness import SPEED
from tests.engine.processes import until
from tests.kubernetes.harness import RealWorld, processes
from tests.kubernetes.test_keeping import PROGRAM, Page

USERS = (PALETTE, CONTROLLERS, SCHEDULER)
CYCLES = 20


@pytest.mark.timeout(900)
def test_killed_and_started_again(real: RealWorld) -> None:
    """`kill -9` of the local Palette ends all it started; started again it serves the same clusters, as they were."""
    stack = real.program(PROGRAM)
    stack.up()
    kubeconfig = real.kubeconfig("shop")
    with real.api("shop") as api:
        Page(api).change(paused=True)
    assert len(real.programs_of()) >= 4
    os.kill(real.endpoint.pid, signal.SIGKILL)
    until(lambda: not real.programs_of(), "the programs to end with their server")

    again = local.start(real.endpoint.data_dir, speed=SPEED).endpoint
    assert (again.url, again.kubernetes) == (real.endpoint.url, real.endpoint.kubernetes)
    with real.api("shop") as api:
        until(lambda: _answers(api), "the API server to answer again")
        assert Page(api).field("spec", "paused") is True
        Page(api).delete()
        until(lambda: Page(api).pods() == 2, "the pods to come back")
    assert real.kubeconfig("shop") == kubeconfig
    assert stack.preview(refresh=True).changes == {}

    before = set(real.programs_of())
    assert local.stop(real.endpoint.data_dir) is not None
    assert before
    assert real.programs_of() == {}
    assert (real.endpoint.data_dir / "kubernetes").is_dir()


def _answers(api: KubeApi) -> bool:
    try:
        return str(api.ask("/readyz")) == "ok"
    except KubernetesError:
        return False


@pytest.mark.timeout(900)
def test_again_and_again(programs: Path, tmp_path: Path) -> None:
    """Many control planes, started and removed one after the other, leave no process and no folder."""
    for number in range(CYCLES):
        folder = tmp_path / f"cluster-{number}"
        one = ControlPlaneProcesses(programs, folder, {user: f"{user}-token-{number}" for user in USERS})
        access = one.start(limit_s=120)
        with contextlib.closing(KubeApi.connect(access.kubeconfig(PALETTE, name="one"))) as api:
            assert str(api.ask("/readyz")) == "ok"
        one.remove()
    assert list(tmp_path.iterdir()) == []
    assert processes(str(tmp_path)) == {}
