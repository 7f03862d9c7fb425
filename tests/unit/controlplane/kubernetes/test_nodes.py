"""What nodes and clouds would report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from palette_sdk.controlplane.kubernetes import nodes
from palette_sdk.controlplane.kubernetes.orders import Place
from tests.unit.controlplane.kubernetes.orders_data import LATER, MACHINE, NOW, PLACE, thing

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def pod(phase: str = "Pending", *, node: str = "m-1", owner: str = "ReplicaSet", **more: Any) -> dict[str, Any]:
    """A pod as the API server has it."""
    found = thing(
        "Pod",
        "p",
        "web",
        spec={
            "nodeName": node,
            "containers": [{"name": "a", "image": "a:1"}, {"name": "b"}],
            "initContainers": [{"name": "i", "image": "i:1"}],
        },
        status={"phase": phase, "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Odd"}]},
    )
    found["metadata"] |= {"uid": "pod-uid", "ownerReferences": [{"kind": owner}], **more}
    return found


# ---- nodes -----------------------------------------------------------------------------------------------------------


def test_node_of_a_worker() -> None:
    """A worker takes what comes."""
    found = nodes.node(MACHINE)
    assert found["metadata"]["labels"]["kubernetes.io/hostname"] == "m-1"
    assert CONTROL_PLANE not in found["metadata"]["labels"]
    assert found["spec"] == {"taints": []}


@pytest.mark.parametrize("takes", [True, False])
def test_node_of_a_control_plane(*, takes: bool) -> None:
    """A control plane's machine has its role; pods that don't ask for it keep away unless it takes them."""
    found = nodes.node(replace(MACHINE, is_control_plane=True, takes_workloads=takes))
    assert found["metadata"]["labels"][CONTROL_PLANE] == ""
    assert found["spec"]["taints"] == ([] if takes else [{"key": CONTROL_PLANE, "effect": "NoSchedule"}])


def test_node_status() -> None:
    """Ready, with room, its address, and the version of the profile."""
    status = nodes.node_status(MACHINE, NOW)["status"]
    assert status["capacity"] == status["allocatable"]
    assert {"type": "InternalIP", "address": "10.0.0.1"} in status["addresses"]
    assert [(each["type"], each["status"]) for each in status["conditions"]] == [("Ready", "True")]
    assert status["nodeInfo"]["kubeletVersion"] == "v1.31.4"


def test_node_says_already_what_it_should() -> None:
    """It is written again when its version changes, and not with each look."""
    live = {**nodes.node(MACHINE), **nodes.node_status(MACHINE, NOW)}
    assert nodes.is_same_node(live, MACHINE)
    assert not nodes.is_same_node(live, replace(MACHINE, kubernetes_version="1.32.0"))
    assert not nodes.is_same_node(nodes.node(MACHINE), MACHINE)
    unknown = replace(MACHINE, kubernetes_version="")
    assert nodes.is_same_node({**live, **nodes.node_status(unknown, NOW)}, unknown)


# ---- pods ------------------------------------------------------------------------------------------------------------


def test_scheduled_pod_runs() -> None:
    """All its containers are ready, those of its start are over, and it has an address; other conditions are the server's."""
    change = nodes.pod_status(pod(), NOW)
    assert change is not None
    status = change["status"]
    assert (status["phase"], status["startTime"]) == ("Running", NOW)
    assert [(each["name"], each["ready"], each["started"]) for each in status["containerStatuses"]] == [
        ("a", True, True), ("b", True, True),
    ]  # fmt: skip
    assert status["containerStatuses"][0]["state"] == {"running": {"startedAt": NOW}}
    (started,) = status["initContainerStatuses"]
    assert (started["name"], started["state"]["terminated"]["exitCode"]) == ("i", 0)
    assert [each["type"] for each in status["conditions"]] == [
        "PodScheduled",
        "Initialized",
        "ContainersReady",
        "Ready",
    ]
    assert {each["status"] for each in status["conditions"]} == {"True"}
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert all(0 <= int(part) <= 255 for part in status["podIP"].split("."))


def test_sidecar_runs_beside_the_others() -> None:
    """A container of the start that is always started anew doesn't end."""
    given = pod()
    given["spec"]["initContainers"].append({"name": "s", "restartPolicy": "Always"})
    change = nodes.pod_status(given, NOW)
    assert change is not None
    states = [next(iter(each["state"])) for each in change["status"]["initContainerStatuses"]]
    assert states == ["terminated", "running"]


def test_address_is_the_pods_own() -> None:
    """The same pod has the same address each time; another has another."""
    first, again, other = (nodes.pod_status(pod(uid=uid), NOW) for uid in ("a", "a", "b"))
    assert first is not None
    assert other is not None
    assert first == again
    assert first["status"]["podIP"] != other["status"]["podIP"]


def test_pod_of_a_job_succeeds_next_time() -> None:
    """It runs first, then it is over, its containers with it."""
    job = pod(owner="Job")
    running = nodes.pod_status(job, NOW)
    assert running is not None
    assert running["status"]["phase"] == "Running"
    job["status"] |= running["status"]
    done = nodes.pod_status(job, LATER)
    assert done is not None
    status = done["status"]
    assert status["phase"] == "Succeeded"
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": NOW, "finishedAt": LATER}
    assert [each["state"] for each in status["containerStatuses"]] == [{"terminated": ended}] * 2
    assert not any(each["ready"] for each in status["containerStatuses"])
    conditions = {each["type"]: each["status"] for each in status["conditions"]}
    assert conditions == {"PodScheduled": "True", "Initialized": "True", "ContainersReady": "False", "Ready": "False"}
    job["status"] |= status
    assert nodes.pod_status(job, LATER) is None


@pytest.mark.parametrize(
    "unchanged",
    [pod(node=""), pod("Running"), pod("Failed", owner="Job"), pod("Succeeded"), pod(deletionTimestamp=NOW)],
)
def test_pods_that_stay_as_they_are(unchanged: dict[str, Any]) -> None:
    """One without a node waits for the scheduler; one that runs or is over is left alone; one that goes is deleted."""
    assert nodes.pod_status(unchanged, NOW) is None


# ---- addresses and volumes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cloud", "key", "end"),
    [
        ("aws", "hostname", ".eu-west-1.elb.amazonaws.com"),
        ("eks", "hostname", ".eu-west-1.elb.amazonaws.com"),
        ("azure", "ip", ""),
        ("gcp", "ip", ""),
        ("vsphere", "ip", ""),
        ("edge-native", "ip", ""),
    ],
)
def test_load_balancer(cloud: str, key: str, end: str) -> None:
    """Each cloud gives the kind of address that it has; a cluster's own, the same each time."""
    service = thing("Service", "ui", "web", spec={"type": "LoadBalancer"})
    place = Place(cloud, "eu-west-1", "u1")
    change = nodes.service_status(service, place)
    assert change is not None
    ((found, address),) = change["status"]["loadBalancer"]["ingress"][0].items()
    assert found == key
    assert address.endswith(end)
    assert (key == "hostname") == any(letter.isalpha() for letter in address)
    assert nodes.service_status(service, place) == change
    assert nodes.service_status(service, replace(place, uid="u2")) != change


def test_services_without_a_balancer() -> None:
    """Other types get none, and one that has its address keeps it."""
    assert nodes.service_status(thing("Service", "ui", "web", spec={"type": "ClusterIP"}), PLACE) is None
    given = thing("Service", "ui", "web", spec={"type": "LoadBalancer"})
    given["status"] = {"loadBalancer": {"ingress": [{"ip": "10.9.9.9"}]}}
    assert nodes.service_status(given, PLACE) is None


def claim(phase: str = "Pending", **spec: Any) -> dict[str, Any]:
    """A claim as the API server has it."""
    found = thing("PersistentVolumeClaim", "data", "web", spec=spec, status={"phase": phase})
    found["metadata"]["uid"] = "c-1"
    return found


def test_volume_for_a_claim() -> None:
    """As big, of the class and mode that are asked for, and for this claim alone."""
    asked = {"requests": {"storage": "5Gi"}}
    given = claim(
        resources=asked, accessModes=["ReadWriteMany"], storageClassName="fast", volumeMode="Filesystem"
    )  # fmt: skip
    volume = nodes.volume_for(given)
    assert volume is not None
    assert volume["metadata"] == {"name": "pvc-c-1"}
    spec = volume["spec"]
    assert (spec["capacity"], spec["accessModes"]) == ({"storage": "5Gi"}, ["ReadWriteMany"])
    assert (spec["storageClassName"], spec["volumeMode"]) == ("fast", "Filesystem")
    assert {key: spec["claimRef"][key] for key in ("namespace", "name", "uid")} == {
        "namespace": "web", "name": "data", "uid": "c-1",
    }  # fmt: skip


def test_volume_of_no_class() -> None:
    """A claim that says little gets the least."""
    volume = nodes.volume_for(claim())
    assert volume is not None
    assert volume["spec"]["capacity"] == {"storage": "1Gi"}
    assert "storageClassName" not in volume["spec"]


def test_claims_that_have_a_volume() -> None:
    """Neither a bound claim nor one that names its volume gets another."""
    assert nodes.volume_for(claim("Bound")) is None
    assert nodes.volume_for(claim(volumeName="mine")) is None
