"""`palette workloads`: what runs on a cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest

from palette_sdk.cli.workloads import age, found_on, metric_text, pod_facts, replicated
from palette_sdk.wire.workloads import Pod, WorkloadSpec
from tests.unit.client.fakes import Service, client, ok

from .conftest import Run, World

HOUR_S = 3600


@pytest.fixture
def web(world: World) -> str:
    """A cluster that runs, with its uid."""
    uid = world.cluster("web", world.profile("aws-profile", "1.0.0"))
    world.palette.advance(HOUR_S)
    return uid


def tables(text: str) -> list[list[list[str]]]:
    """The tables of an output: each its rows, each its cells."""
    return [[line.split() for line in part.splitlines()] for part in text.strip().split("\n\n")]


def test_tables(run: Run, web: str) -> None:
    """Workloads, pods and services with their address are a table each."""
    shown = run("workloads", "web")
    assert shown.exit_code == 0
    workloads, pods, services = tables(shown.stdout)
    assert workloads[0] == ["NAMESPACE", "WORKLOAD", "KIND", "READY", "AGE"]
    assert ["hello", "hello", "deployment", "2/2"] in [row[:4] for row in workloads]
    assert ["kube-system", "calico-node", "daemon", "set", "3/3"] in [row[:5] for row in workloads]
    assert pods[0] == ["NAMESPACE", "POD", "PHASE", "READY", "RESTARTS", "NODE", "AGE"]
    own = [row for row in pods if row[0] == "hello"]
    assert [row[2:5] for row in own] == [["Running", "1/1", "0"]] * 2
    assert all(row[5].startswith("web-") and row[6].endswith("m") for row in own)
    assert services[0] == ["SERVICE", "ADDRESS", "PORTS"]
    assert [(name, port) for name, _, port in services[1:]] == [("hello-service", "3000")]
    assert services[1][1].endswith(".eu-west-1.elb.amazonaws.com")
    assert "metric" not in shown.output
    assert "used" not in shown.output


def test_json(run: Run, web: str, world: World) -> None:
    """JSON has the documented keys, and the time that it was told at."""
    found = json.loads(run("workloads", "web", "--json").stdout)
    assert list(found) == [
        "cluster", "uid", "state", "at", "namespace",
        "deployments", "stateful_sets", "daemon_sets", "pods", "services", "metrics",
    ]  # fmt: skip
    assert (found["cluster"], found["uid"], found["state"], found["namespace"]) == ("web", web, "Running", "")
    hello = next(each for each in found["deployments"] if each["name"] == "hello")
    assert {key: hello[key] for key in ("namespace", "ready", "wanted")} == {
        "namespace": "hello",
        "ready": 2,
        "wanted": 2,
    }
    assert hello["created"] < found["at"]
    pod = next(each for each in found["pods"] if each["namespace"] == "hello")
    assert set(pod) == {"namespace", "name", "created", "phase", "node", "ready", "containers", "restarts"}
    assert [each["name"] for each in found["services"]] == ["hello-service"]
    assert found["metrics"] == {}


def test_namespace(run: Run, web: str) -> None:
    """One namespace is shown alone; that services are told without theirs is said."""
    shown = run("workloads", "web", "-n", "hello")
    workloads, pods, _ = tables(shown.stdout)
    assert {row[0] for row in [*workloads[1:], *pods[1:]]} == {"hello"}
    assert "Services with an address are those of all namespaces" in shown.stderr
    found = json.loads(run("workloads", "web", "--namespace", "hello", "--json").stdout)
    assert (found["namespace"], len(found["pods"])) == ("hello", 2)


def test_an_empty_namespace(run: Run, web: str) -> None:
    """A namespace in which nothing runs is told so, and is no error."""
    shown = run("workloads", "web", "--namespace", "kube-public")
    assert shown.exit_code == 0
    assert 'Nothing runs in namespace kube-public of "web".' in shown.stderr


def test_an_unknown_namespace(run: Run, web: str) -> None:
    """A namespace that isn't there is refused with those which are."""
    shown = run("workloads", "web", "--namespace", "helo")
    assert shown.exit_code == 1
    assert 'error: there is no namespace "helo" on "web"; nearest: hello' in shown.stderr
    assert "there are: default, hello, kube-node-lease, kube-public, kube-system" in shown.stderr


def test_an_unknown_cluster(run: Run, web: str) -> None:
    """A cluster that isn't there is refused with the nearest names."""
    shown = run("workloads", "wab")
    assert shown.exit_code == 1
    assert 'there is no cluster "wab" in project Default; nearest: web' in shown.stderr


def test_a_cluster_that_does_not_run_yet(run: Run, world: World) -> None:
    """A cluster that is provisioned is said to be so, with where to look."""
    world.cluster("web", world.profile("aws-profile", "1.0.0"))
    for said in ("Accepted", "Provisioning"):
        shown = run("workloads", "web")
        assert shown.exit_code == 1
        assert f'error: "web" is {said}: nothing runs on it yet.' in shown.stderr
        assert "palette clusters web" in shown.stderr
        world.palette.advance(120)


def test_a_cluster_that_leaves(run: Run, world: World, web: str) -> None:
    """Of a cluster that is being deleted what Palette saw last is shown, and said to be that."""
    world.call("DELETE", f"/v1/spectroclusters/{web}")
    shown = run("workloads", "web")
    assert shown.exit_code == 0
    assert '"web" is Deleting: this is what Palette saw last.' in shown.stderr


# ---- shapes of the real service that the simulation does not have ---------------------------------------------------------


def test_counts() -> None:
    """What is ready and what is wanted comes from replicas, of daemon sets from their nodes."""
    head = {"entity": {"name": "a"}, "namespace": "n", "creationTimestamp": "2026-01-01T00:00:00Z"}
    spec = WorkloadSpec.of(
        {
            "deployments": [{"metadata": head, "status": {"replicas": {"total": 3, "ready": 1}}}],
            "statefulSets": [{"metadata": head, "status": {"replicas": {"total": 2}}}],
            "daemonSets": [{"metadata": head, "status": {"desiredScheduled": 4, "ready": 3}}],
        }
    )
    found = {key: (rows[0]["ready"], rows[0]["wanted"]) for key, rows in replicated(spec).items()}
    assert found == {"deployments": (1, 3), "stateful_sets": (0, 2), "daemon_sets": (3, 4)}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, (0, 2, 0)),
        ({"containers": None}, (0, 2, 0)),
        ({"containers": [{"ready": True, "restartCount": 4}, {"ready": False, "restartCount": 1}]}, (1, 2, 5)),
    ],
)
def test_containers_of_a_pod(status: dict[str, Any], expected: tuple[int, int, int]) -> None:
    """Of a pod's containers those that are ready are counted, and all restarts; without any status none is ready."""
    found = pod_facts(Pod.of({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "status": status}))
    assert (found["ready"], found["containers"], found["restarts"]) == expected


def test_metrics() -> None:
    """A metric is said to be a snapshot, with its time; one that was never measured is left out."""
    cpu = {"usage": 1.25, "total": 8, "unit": "cores", "lastUpdatedTime": "2026-11-27T04:00:00.000Z"}
    memory = {"usage": 0, "total": 0, "unit": "Mi", "lastUpdatedTime": "0001-01-01T00:00:00.000Z"}
    board = "/v1/dashboard/spectroclusters"
    service = Service(
        {
            f"POST {board}/search": ok({"items": [{"metadata": {"name": "web", "uid": "u"}}]}),
            "GET /v1/spectroclusters/u": ok({"metadata": {"name": "web"}, "status": {"state": "Running"}}),
            f"POST {board}/u/workloads": ok({"spec": {"pods": None}}),
            f"GET {board}/u/overview": ok({"status": {"metrics": {"cpu": cpu, "memory": memory}}}),
        }
    )
    found = found_on(client(service), "web", "")["metrics"]
    assert {key: metric_text(each) for key, each in found.items()} == {
        "cpu": "1.25 of 8 cores (a snapshot of 2026-11-27T04:00:00.000Z)"
    }


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-11-27T03:59:20.000Z", "40s"),
        ("2026-11-27T03:55:00+00:00", "5m"),
        ("2026-11-27T01:00:00Z", "3h"),
        ("2026-11-15T00:00:00Z", "12d"),
        ("2026-11-27T04:00:05Z", "0s"),
        ("", "-"),
        ("0001-01-01T00:00:00.000Z", "-"),
        ("soon", "-"),
    ],
)
def test_age(created: str, expected: str) -> None:
    """An age is in its largest unit; one that isn't known is a dash, one of the near future 0s."""
    assert age(created, "2026-11-27T04:00:00Z") == expected
