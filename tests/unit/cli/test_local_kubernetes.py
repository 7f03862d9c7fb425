"""`palette local start --kubernetes`: what is said, what is kept for the next start, what is refused. No cluster is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from palette_sdk import local
from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.store import Store
from tests.unit.controlplane.kubernetes.programs import make_programs

from .conftest import Run

REAL = "new clusters get a real Kubernetes control plane; at most {} may run"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all programs, as envtest has it."""
    folder = make_programs(tmp_path / "assets")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(folder))
    return folder


def test_real_clusters_until_told_otherwise(run: Run, data_dir: Path, programs: Path) -> None:
    """It says so, the next start does the same without being told, and it can be taken back while there are none."""
    started = run("local", "start", "--kubernetes", "--kubernetes-limit", "2")
    assert started.exit_code == 0, started.output
    assert REAL.format(2) in started.stderr
    assert "clusters     real, 2 at most\n" in run("local", "status").stdout
    again = run("local", "start", "--simulated")
    assert (again.exit_code, "with real clusters. It was left as it is" in again.output) == (1, True)
    other = run("local", "start", "--kubernetes", "--kubernetes-limit", "3")
    assert (other.exit_code, "with --kubernetes-limit 2. It was left as it is" in other.output) == (1, True)
    run("local", "stop")
    assert REAL.format(2) in run("local", "start").stderr
    found = local.find(data_dir)
    assert found is not None
    assert (found.kubernetes, found.kubernetes_limit) == (str(programs), 2)
    run("local", "stop")
    run("local", "start", "--simulated")
    assert "clusters     simulated\n" in run("local", "status").stdout
    asked = run("local", "start", "--kubernetes")
    assert (asked.exit_code, "with simulated clusters. It was left as it is" in asked.output) == (1, True)


def test_program_that_is_missing(run: Run, data_dir: Path, programs: Path) -> None:
    """A folder that lacks one is refused before anything starts; so it is when it went missing later."""
    assert run("local", "start", "--kubernetes").exit_code == 0
    run("local", "stop")
    (programs / "etcd").unlink()
    shown = run("local", "start", "--kubernetes")
    assert shown.exit_code == 1
    assert shown.output.startswith(f"error: KUBEBUILDER_ASSETS is {programs}, which lacks etcd; put it there, or unset")
    again = run("local", "start")
    assert again.exit_code == 1
    assert again.output == (
        f"error: the local control plane can't start: {programs} lacks etcd; "
        "`palette local start --kubernetes` finds or builds the programs\n"
    )
    assert local.find(data_dir) is None


def test_real_clusters_cant_be_simulated(run: Run, data_dir: Path) -> None:
    """A start that would leave real clusters without their control planes is refused, and names them."""
    data_dir.mkdir()
    store = Store(data_dir / "palette.db")
    with store.atomic() as tx:
        tx.put(kinds.CLUSTER, "u1", {"kubernetes": {}}, project="p", name="shop")
        tx.put(kinds.CLUSTER, "u2", {}, project="p", name="simulated")
    store.close()
    for options in ([], ["--simulated"]):
        shown = run("local", "start", *options)
        assert shown.exit_code == 1
        assert shown.output == (
            "error: the local control plane can't start: clusters here have real control planes (shop), so it has to be "
            "started with `palette local start --kubernetes`; for simulated ones take another --data-dir, or delete those "
            "first\n"
        )
