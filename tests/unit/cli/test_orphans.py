"""`palette orphans` against a local Palette whose cluster has a Kubernetes API in memory."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.unit.leftovers.fake_kubernetes import TOKEN, FakeKubernetes, fronted
from tests.unit.leftovers.objects import PALETTE, REPLICAS, made, manager, record

from .conftest import Run, World

HOUR_S = 3600
OLD = "hello-universe-deployment"


@pytest.fixture
def kubernetes(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKubernetes]:
    """What the cluster `web` runs; its kubeconfig leads there, all else is the local Palette's."""
    world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    server = FakeKubernetes(
        record("cni-calico", []),
        record("csi-aws-ebs", []),
        made("Deployment", "hello", "hello", replicas=2),
        made("Deployment", OLD, "hello", release="hello-universe", replicas=2),
        made("StatefulSet", "db", "hello", replicas=1, managers=[PALETTE, manager("kubectl", REPLICAS, sub="scale")]),
        made("Service", "old-service", "other"),
        made("Deployment", "mine", "other", replicas=1, managers=[manager("kubectl")]),
    )
    with fronted(world.palette.url, server) as url:
        monkeypatch.setenv("SPECTROCLOUD_HOST", url)
        yield server


@pytest.mark.parametrize(("word", "code", "replicas"), [("y", 0, 0), ("n", 1, 2)])
def test_asked(kubernetes: FakeKubernetes, word: str, code: int, replicas: int) -> None:
    """On a terminal it says what would be scaled and asks; only a yes scales."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{word}\n".encode())
    command = [sys.executable, "-m", "palette_sdk", "orphans", "web", "--scale-to-zero"]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False)
    os.close(ours)
    os.close(theirs)
    assert f"To be scaled to 0:\n  Deployment/hello/{OLD} (now 2)\n" in done.stderr
    assert done.returncode == code, done.stderr
    assert kubernetes.find("Deployment", OLD)["spec"]["replicas"] == replicas


def test_listed(run: Run, kubernetes: FakeKubernetes) -> None:
    """Each orphan is a row: place, copies, maker, layer, times, who else manages it; what a layer names is none."""
    shown = run("orphans", "web")
    assert shown.exit_code == 0, shown.output
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["NAMESPACE", "KIND", "NAME", "REPLICAS", "MADE", "BY", "LAYER", "SINCE", "CHANGED", "MANAGED", "BY"],
        ["hello", "Deployment", OLD, "2", "palette", "hello-universe", "2026-01-05T12:00:00Z", "2026-01-06T09:30:00Z", "-"],
        ["hello", "StatefulSet", "db", "1", "palette", "-", "2026-01-05T12:00:00Z", "2026-01-06T09:30:00Z", "kubectl"],
        ["other", "Service", "old-service", "-", "palette", "-", "2026-01-05T12:00:00Z", "2026-01-06T09:30:00Z", "-"],
    ]  # fmt: skip
    assert not [seen for seen in kubernetes.seen if seen[0] != "GET"]
    assert next(accept for _, path, accept in kubernetes.seen if path == "/api/v1/configmaps").startswith(
        "application/json;as=PartialObjectMetadataList"
    )


def test_json_and_namespace(run: Run, kubernetes: FakeKubernetes) -> None:
    """JSON has the documented keys; --namespace leaves out the others."""
    found = json.loads(run("orphans", "web", "--json", "--namespace", "other").stdout)
    assert found == {
        "orphans": [
            {
                "kind": "Service",
                "name": "old-service",
                "namespace": "other",
                "api_version": "v1",
                "manager": "palette",
                "layer": "",
                "since": "2026-01-05T12:00:00Z",
                "changed": "2026-01-06T09:30:00Z",
                "replicas": None,
                "managed_by": [],
                "scaled_here": False,
                "uid": "uid-Service-other-old-service",
            }
        ],
        "undecided": [],
        "asleep": [],
        "notes": [],
    }
    none = run("orphans", "web", "--namespace", "empty")
    assert (none.exit_code, none.stdout) == (0, "")
    assert 'No orphans in empty: all that Palette put on "web" is named by a layer.' in none.stderr


def test_scaled_to_zero(run: Run, kubernetes: FakeKubernetes) -> None:
    """With --yes each orphan with copies is scaled, but for what someone else manages; what was done is told."""
    shown = run("orphans", "web", "--scale-to-zero", "--yes")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.splitlines()[-1] == f"Deployment/hello/{OLD}: scaled from 2 to 0"
    assert "StatefulSet/hello/db: managed by kubectl, so left alone" in shown.stderr
    assert kubernetes.find("Deployment", OLD)["spec"]["replicas"] == 0
    assert kubernetes.find("StatefulSet", "db")["spec"]["replicas"] == 1
    assert kubernetes.find("Deployment", "hello")["spec"]["replicas"] == 2
    assert kubernetes.find("Deployment", "mine")["spec"]["replicas"] == 1
    again = run("orphans", "web", "--scale-to-zero", "--yes", "--json")
    found = json.loads(again.stdout)
    assert (again.exit_code, found["scaled"]) == (0, [])
    assert [each["replicas"] for each in found["orphans"]] == [0, 1, None]
    assert "nothing to scale" in again.stderr


def test_named_again(run: Run, kubernetes: FakeKubernetes) -> None:
    """What was scaled to 0 here and is named again is said, with the command that brings it back."""
    found = kubernetes.find("Deployment", "hello")
    found["spec"]["replicas"] = 0
    found["metadata"]["managedFields"] += [manager("palette-orphans", REPLICAS, operation="Update")]
    shown = run("orphans", "web", "--namespace", "hello")
    assert "note: Deployment/hello/hello is named by a layer again, and at 0" in shown.stderr
    assert "kubectl scale deployment hello -n hello --replicas=N" in shown.stderr
    assert [each["name"] for each in json.loads(run("orphans", "web", "--json").stdout)["asleep"]] == ["hello"]


def test_nobody_to_ask(run: Run, kubernetes: FakeKubernetes) -> None:
    """Without a terminal and without --yes nothing is scaled, with the way out; --yes alone is wrong usage."""
    shown = run("orphans", "web", "--scale-to-zero")
    assert shown.exit_code == 1
    assert "nobody can be asked here; nothing was scaled. To do it without a question: --yes" in shown.stderr
    assert kubernetes.find("Deployment", OLD)["spec"]["replicas"] == 2
    assert run("orphans", "web", "--yes").exit_code == 2


def test_refused_patch(run: Run, kubernetes: FakeKubernetes) -> None:
    """An orphan that could not be scaled makes the exit status 1."""
    kubernetes.forbidden = {"PATCH deployments"}
    shown = run("orphans", "web", "--scale-to-zero", "--yes", "--json")
    assert shown.exit_code == 1
    assert [each["outcome"] for each in json.loads(shown.stdout)["scaled"]] == ["refused"]


def test_without_rights(run: Run, kubernetes: FakeKubernetes) -> None:
    """Kinds that may not be listed are named; where nothing may be, or the credentials are wrong, it is an error."""
    kubernetes.forbidden = {"services"}
    shown = run("orphans", "web")
    assert shown.exit_code == 0
    assert "the kubeconfig lets one not list services, so nothing is told of these." in shown.stderr
    assert "old-service" not in shown.stdout
    kubernetes.forbidden = {"secrets"}
    shown = run("orphans", "web")
    assert "cni-calico has no Helm release record on the cluster" in shown.stderr
    assert "Service/other/old-service" in shown.stderr
    kubernetes.status = 401
    shown = run("orphans", "web")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert 'error: the Kubernetes API of "web": Unauthorized' in shown.stderr
    assert TOKEN not in shown.output


def test_no_server(run: Run, kubernetes: FakeKubernetes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster whose API doesn't answer is told with its address, without a traceback."""
    monkeypatch.setattr(kubernetes, "kubeconfig", lambda _: FakeKubernetes().kubeconfig("https://127.0.0.1:9"))
    shown = run("orphans", "web")
    assert shown.exit_code == 1
    assert 'error: the Kubernetes API of "web": no answer from https://127.0.0.1:9' in shown.stderr
    assert "palette clusters web" in shown.stderr
    assert TOKEN not in shown.output


def test_simulated(run: Run, world: World) -> None:
    """A simulated cluster says so, and how to get a real one; one that isn't Running yet and an unknown one likewise."""
    world.cluster("web", world.profile("p", "1.0.0"))
    assert '"web" is ' in run("orphans", "web").stderr
    assert "its objects can be looked at once it is Running" in run("orphans", "web").stderr
    world.palette.advance(HOUR_S)
    shown = run("orphans", "web")
    assert shown.exit_code == 1
    assert '"web" is simulated: no Kubernetes runs behind it' in shown.stderr
    assert "palette local start --kubernetes" in shown.stderr
    assert 'there is no cluster "wep"' in run("orphans", "wep").stderr
