"""What is told of what runs. That the shapes are those of simulated clusters is compared in the contract tests."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane.kubernetes.observed import KINDS, observed
from tests.unit.controlplane.kubernetes.orders_data import NOW, deployment, thing


def live(*objects: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Objects as a server lists them."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for _, kind in KINDS}
    for each in objects:
        each["metadata"] = {"uid": f"uid-{each['metadata']['name']}", "creationTimestamp": NOW, **each["metadata"]}
        found[each["kind"]].append(each)
    return found


def test_nothing_runs() -> None:
    """All lists are there, and empty."""
    found = observed(live())
    assert set(found.lists) == {
        "clusterroleBindings", "cronJobs", "daemonSets", "deployments", "jobs", "namespaces", "pods", "roleBindings",
        "statefulSets",
    }  # fmt: skip
    assert not any(found.lists.values())
    assert (found.objects, found.services) == ([], [])


def test_replicas() -> None:
    """As many as are wanted, there, ready and up to date."""
    status = {"availableReplicas": 1, "readyReplicas": 2, "updatedReplicas": 3}
    found = observed(live({**deployment(replicas=4), "status": status}, deployment("new", replicas=None)))
    first, fresh = (each["status"]["replicas"] for each in found.lists["deployments"])
    assert first == {"available": 1, "ready": 2, "updated": 3, "total": 4}
    assert fresh == {"available": 0, "ready": 0, "updated": 0, "total": 1}


def test_metadata() -> None:
    """An entity with the server's own uid, labels, and the moment of its making; a namespace lies in itself."""
    named = thing("Namespace", "web", status={"phase": "Active"})
    named["metadata"]["labels"] = {"a": "b"}
    (found,) = observed(live(named)).lists["namespaces"]
    assert found == {
        "metadata": {
            "creationTimestamp": NOW,
            "entity": {"kind": "namespace", "name": "web", "uid": "uid-web"},
            "labels": {"a": "b"},
            "namespace": "web",
        },
        "status": {"phase": "Active"},
    }


def test_pod() -> None:
    """Its owner, its node, and its containers with their state."""
    state = {"terminated": {"exitCode": 3, "reason": "Error", "startedAt": NOW}}
    pod = thing(
        "Pod", "p", "web",
        spec={"nodeName": "m-1", "containers": [{"name": "c", "image": "c:1", "env": [{"name": "X", "value": "hush"}]}]},
        status={"phase": "Failed", "podIP": "192.168.1.2", "containerStatuses": [{"name": "c", "state": state}, {"name": "w"}]},
    )  # fmt: skip
    pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "rs", "uid": "u"}]
    (found,) = observed(live(pod)).lists["pods"]
    assert found["metadata"]["associatedRefs"] == [{"kind": "replicaset", "name": "rs", "uid": "u"}]
    assert (found["metadata"]["nodename"], found["status"]["phase"]) == ("m-1", "Failed")
    assert found["spec"]["containers"] == [{"name": "c", "image": "c:1"}]
    ended, waiting = (each["state"] for each in found["status"]["containers"])
    assert ended == {"state": "terminated", "startedAt": NOW, "reason": "Error", "exitCode": 3}
    assert waiting["state"] == "waiting"
    assert "hush" not in str(found)


def test_pod_that_nobody_has_seen_yet() -> None:
    """A pod right after it was made is told all the same."""
    (found,) = observed(live(thing("Pod", "p", "web"))).lists["pods"]
    assert (found["status"]["phase"], found["status"]["containers"]) == ("", [])


def test_jobs() -> None:
    """A job says its moments once it has them."""
    status = {"startTime": NOW, "succeeded": 2}
    jobs = live(thing("Job", "j", "web", status=status), thing("CronJob", "c", "web", spec={"schedule": "@daily"}))
    lists = observed(jobs).lists
    assert lists["jobs"][0]["status"] == {"startTime": NOW, "succeeded": 2, "conditions": []}
    assert lists["cronJobs"][0]["spec"] == {"schedule": "@daily"}


def test_what_every_server_brings_along_is_left_out() -> None:
    """Roles of Kubernetes' own are none of the cluster's workloads."""
    role: dict[str, Any] = {
        "roleRef": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"kind": "User", "name": "u"}],
    }
    own, brought = (
        thing("ClusterRoleBinding", name, version="rbac.authorization.k8s.io/v1", **role) for name in ("own", "brought")
    )
    brought["metadata"]["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    found = observed(live(own, brought))
    assert [each["metadata"]["entity"]["name"] for each in found.lists["clusterroleBindings"]] == ["own"]
    assert found.lists["clusterroleBindings"][0]["spec"] == {
        "namespace": "", "role": {"kind": "ClusterRole", "name": "r"},
        "subjects": [{"type": "User", "name": "u", "namespace": ""}], "type": "ClusterRoleBinding",
    }  # fmt: skip
    assert [each["name"] for each in found.objects] == ["own"]


def test_what_stands_on_its_own() -> None:
    """Objects with an owner come and go with it."""
    owned = thing("Job", "from-cron", "web")
    owned["metadata"]["ownerReferences"] = [{"kind": "CronJob", "name": "c", "uid": "u"}]
    found = observed(live(deployment(replicas=3), owned, thing("Pod", "p", "web"))).objects
    assert [(each["kind"], each["name"], each["created"]) for each in found] == [("Deployment", "ui", NOW)]
    assert found[0]["replicas"] == 3


def test_load_balancers() -> None:
    """A service is listed once it has its address, by name or by number."""
    ports = [{"port": 80}, {"port": 53, "protocol": "UDP"}]
    services = [
        thing("Service", name, "web", spec={"ports": ports}, status={"loadBalancer": {"ingress": [address]}})
        for name, address in (("a", {"hostname": "h.example"}), ("b", {"ip": "10.0.0.9"}))
    ]
    found = observed(live(*services, thing("Service", "waits", "web", spec={"type": "LoadBalancer"}, status={})))
    said = [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]
    assert found.services == [
        {"name": "a", "host": "h.example", "ports": said}, {"name": "b", "host": "10.0.0.9", "ports": said},
    ]  # fmt: skip
