"""Cloud configs, pools and machines; access files, workloads, settings."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.contract import profiles_data
from tests.contract.clusters import data
from tests.contract.conftest import Api


def config_path(api: Api, uid: str) -> str:
    """The path of an aws cluster's cloud config."""
    return f"/v1/cloudconfigs/aws/{data.get(api, uid)['spec']['cloudConfigRef']['uid']}"


def machines(api: Api, config: str, pool: str = "worker") -> list[Any]:
    """The machines of a pool."""
    return list(api.ok("GET", f"{config}/machinePools/{pool}/machines?limit=0")["items"])


def test_a_pool_is_written_nested_and_read_flat(api: Api) -> None:
    """A read pool has shared and cloud fields in one object, and subnets as a map."""
    uid = data.created(api)
    config = api.ok("GET", config_path(api, uid))
    assert config["spec"]["clusterConfig"]["region"] == "eu-west-1"
    assert config["spec"]["cloudAccountRef"]["uid"]
    worker = config["spec"]["machinePoolConfig"][1]
    assert worker["instanceType"] == "m5.large"
    assert worker["subnetIds"] == {"eu-west-1a": "subnet-1"}
    assert (worker["size"], worker["isControlPlane"], worker["labels"]) == (2, False, ["worker"])


def test_machines_follow_the_size_with_transitions(api: Api) -> None:
    """Growing orders machines that come up through their states; shrinking deletes the newest."""
    uid = data.running(api)
    config = config_path(api, uid)
    path = f"{config}/machinePools/worker"
    api.ok("PUT", path, data.pool(size=3), status=204)
    states = [each["status"]["instanceState"] for each in machines(api, config)]
    assert states == ["Running", "Running", "Pending"]
    seen = set()
    for _ in range(40):
        api.clock.advance(5)
        seen.add(machines(api, config)[-1]["status"]["instanceState"])
    assert seen == {"Pending", "Provisioning", "Provisioned", "Running"}
    assert machines(api, config)[-1]["status"]["ready"] is True
    api.ok("PUT", path, data.pool(size=1), status=204)
    states = [each["status"]["instanceState"] for each in machines(api, config)]
    assert states == ["Running", "Deleting", "Deleting"]
    api.clock.advance(90)
    assert len(machines(api, config)) == 1


def test_pools_come_and_go(api: Api) -> None:
    """A pool is added once, changed, and removed; the control plane stays; unknown pools are 404."""
    uid = data.running(api)
    config = config_path(api, uid)
    pools = f"{config}/machinePools"
    assert api.ok("POST", pools, data.pool(name="more", size=2), status=201)["uid"]
    api.refused("POST", pools, data.pool(name="more"), status=409, code="MachinePoolAlreadyExists")
    api.refused("POST", pools, data.pool(name="cp2", is_control_plane=True), status=400, code="MachinePoolInvalid")
    even = data.pool(name="control-plane", size=2, is_control_plane=True)
    api.refused("PUT", f"{pools}/control-plane", even, status=400, code="MachinePoolInvalid")
    api.clock.advance(200)
    assert len(machines(api, config, "more")) == 2
    uids = api.ok("GET", f"/v1/cloudconfigs/{config.rpartition('/')[2]}/machinePools/machineUids")["machinePools"]
    assert set(uids) == {"control-plane", "worker", "more"}
    api.ok("DELETE", f"{pools}/more", status=204)
    api.refused("DELETE", f"{pools}/more", status=404, code="ResourceNotFound")
    api.refused("DELETE", f"{pools}/control-plane", status=409, code="ControlPlanePoolRequired")
    names = [each["name"] for each in api.ok("GET", config)["spec"]["machinePoolConfig"]]
    assert names == ["control-plane", "worker"]


def test_the_clouds_settings_change(api: Api) -> None:
    """PUT clusterConfig replaces the cloud's settings, and checks required fields."""
    uid = data.created(api)
    path = config_path(api, uid)
    api.refused("PUT", f"{path}/clusterConfig", {"clusterConfig": {"vpcId": "v"}}, status=400, code="ClusterInvalid")
    body = {"clusterConfig": {"region": "eu-west-1", "sshKeyName": "other"}}
    api.ok("PUT", f"{path}/clusterConfig", body, status=204)
    assert api.ok("GET", path)["spec"]["clusterConfig"]["sshKeyName"] == "other"


def test_maintenance_of_a_machine_completes(api: Api) -> None:
    """A cordon is on its way, then Completed; other actions are refused."""
    uid = data.running(api)
    config = config_path(api, uid)
    machine = machines(api, config)[0]["metadata"]["uid"]
    path = f"{config}/machinePools/worker/machines/{machine}"
    api.refused("PUT", f"{path}/maintenance", {"action": "drain"}, status=400, code="InvalidRequest")
    api.ok("PUT", f"{path}/maintenance", {"action": "cordon"}, status=204)
    assert api.ok("GET", path)["status"]["maintenanceStatus"]["state"] != "Completed"
    api.clock.advance(60)
    assert api.ok("GET", path)["status"]["maintenanceStatus"] == {
        "action": "cordon",
        "state": "Completed",
        "message": "",
    }


ACCESS = ["kubeconfig?frp=true", "kubeconfigclient", "adminKubeconfig", "adminTokenKubeconfig", "frpKubeconfig"]


def test_kubeconfigs_are_there_once_running(api: Api) -> None:
    """Before Running each is 404 with ResourceNotFound; then plain YAML that says it is simulated, with a token "
    "of its own."""
    uid, other = data.created(api), data.created(api, "two", data.profile(api, "two"))
    for name in ACCESS:
        api.refused("GET", f"/v1/spectroclusters/{uid}/assets/{name}", status=404, code="ResourceNotFound")
    api.clock.advance(1300)
    tokens = set()
    for cluster in (uid, other):
        for name in ACCESS:
            response = api.get(f"/v1/spectroclusters/{cluster}/assets/{name}")
            assert response.status_code == 200
            assert "imulated" in response.text
            document = yaml.safe_load(response.text)
            assert document["kind"] == "Config"
            tokens.add(document["users"][0]["user"]["token"])
    assert len(tokens) == 2 * len(ACCESS)
    assert api.ok("GET", f"/v1/spectroclusters/{uid}/assets")["spec"]["kubeconfig"]
    endpoint = data.get(api, uid)["status"]["apiEndpoints"][0]
    text = api.get(f"/v1/spectroclusters/{uid}/assets/kubeconfig").text
    assert yaml.safe_load(text)["clusters"][0]["cluster"]["server"] == f"https://{endpoint['host']}:{endpoint['port']}"


def test_workloads_of_a_running_cluster(api: Api) -> None:
    """Deployments, pods by replicas, namespaces and daemon sets are told, by kind and in one, also for one "
    "namespace."""
    uid = data.running(api, profile_uid=data.profile(api, replicas=3))
    path = f"/v1/dashboard/spectroclusters/{uid}/workloads"
    only = {"filter": {"namespaces": ["hello"]}}
    spec = api.ok("POST", path, only)["spec"]
    assert [each["metadata"]["entity"]["name"] for each in spec["deployments"]] == ["hello-deployment"]
    assert len(spec["pods"]) == 3
    assert {pod["status"]["phase"] for pod in spec["pods"]} == {"Running"}
    assert len({pod["metadata"]["entity"]["name"] for pod in spec["pods"]}) == 3
    assert spec["pods"][0]["spec"]["containers"][0]["image"] == "ghcr.io/example/hello:1.0"
    everything = api.ok("POST", path, {"filter": {"namespaces": None}})["spec"]
    assert any(each["metadata"]["entity"]["name"] == "calico-node" for each in everything["daemonSets"])
    names = [each["metadata"]["entity"]["name"] for each in api.ok("POST", f"{path}/namespace", {})["namespaces"]]
    assert {"default", "hello", "kube-system"} <= set(names)
    for kind in (
        "clusterrolebinding",
        "cronjob",
        "daemonset",
        "deployment",
        "job",
        "pod",
        "rolebinding",
        "statefulset",
    ):
        api.ok("POST", f"{path}/{kind}", {})
    found = api.ok("GET", f"/v1/spectroclusters/{uid}/namespaces")["namespaces"]
    assert "hello" in [each["namespace"] for each in found]
    api.ok("POST", f"/v1/spectroclusters/{uid}/workloads/sync", status=202)
    api.ok("POST", f"/v1/spectroclusters/{uid}/workloads/pod/sync", status=202)
    api.refused("POST", f"/v1/spectroclusters/{uid}/workloads/planet/sync", status=400, code="InvalidQuery")


def test_a_pack_runs_what_its_values_say(api: Api) -> None:
    """Deployments and services of a pack follow the values that count on the cluster."""
    pack = profiles_data.pack(api, "hello-universe", "1.2.0")
    addon = profiles_data.created(api, profiles_data.addon("hello", "1.0.0", pack), publish=True)
    infra = data.profile(api)
    uid = data.running(api, profile_uid=infra)
    path = f"/v1/spectroclusters/{uid}/profiles"
    api.ok("PATCH", path, {"profiles": [{"uid": addon}]}, status=204)
    api.clock.advance(120)
    assert data.replicas(api, uid, "hello-universe-deployment") == 2
    ports = {each["name"]: each["ports"] for each in data.get(api, uid)["status"]["services"]}
    assert ports["hello-universe-service"] == [{"port": 8080, "protocol": "TCP"}]
    values = pack["values"].replace("replicas: 2", "replicas: 4", 1)
    override = {"uid": addon, "packValues": [{"name": "hello-universe", "values": values}]}
    api.ok("PATCH", path, {"profiles": [override]}, status=204)
    api.clock.advance(120)
    assert data.replicas(api, uid, "hello-universe-deployment") == 4


def test_no_workloads_before_running(api: Api) -> None:
    """A cluster that is being provisioned runs nothing."""
    uid = data.created(api)
    api.clock.advance(60)
    spec = api.ok("POST", f"/v1/dashboard/spectroclusters/{uid}/workloads", {})["spec"]
    assert all(found == [] for found in spec.values())


@pytest.mark.parametrize(
    ("path", "body", "field", "value"),
    [
        ("timezone", {"timezone": "America/New_York"}, "timezone", "America/New_York"),
        ("lifecycleConfig", {"lifecycleConfig": {"pause": True}}, "lifecycleConfig", {"pause": True}),
        ("clusterMetaAttribute", {"clusterMetaAttribute": "x"}, "clusterMetaAttribute", "x"),
        (
            "controlPlaneHealthCheckTimeout",
            {"controlPlaneHealthCheckTimeout": "30m"},
            "controlPlaneHealthCheckTimeout",
            "30m",
        ),
        ("hostCluster", {"hostClusterConfig": {"isHostCluster": True}}, "hostClusterConfig", {"isHostCluster": True}),
        (
            "osPatch",
            {"osPatchConfig": {"schedule": "0 0 * * 0", "patchOnBoot": True}},
            "machineManagementConfig",
            {"osPatchConfig": {"schedule": "0 0 * * 0", "patchOnBoot": True}},
        ),
    ],
)
def test_settings_are_kept(api: Api, path: str, body: Any, field: str, value: Any) -> None:
    """Each setting is read back as it was written."""
    uid = data.created(api)
    api.ok("PATCH", f"/v1/spectroclusters/{uid}/clusterConfig/{path}", body, status=204)
    assert data.get(api, uid)["spec"]["clusterConfig"][field] == value


def test_other_settings(api: Api) -> None:
    """Time zones are checked; agent upgrades lock by annotation; location, namespaces and roles are kept."""
    uid = data.created(api)
    path = f"/v1/spectroclusters/{uid}"
    api.refused("PATCH", f"{path}/clusterConfig/timezone", {"timezone": "Mars/Base"}, status=400, code="InvalidRequest")
    api.ok("POST", f"{path}/upgrade/settings", {"spectroComponents": "lock"}, status=204)
    assert data.get(api, uid)["metadata"]["annotations"]["spectroComponentsUpgradeForbidden"] == "true"
    api.ok("POST", "/v1/spectroclusters/upgrade/settings", {"spectroComponents": "unlock"}, status=204)
    assert "spectroComponentsUpgradeForbidden" not in data.get(api, uid)["metadata"]["annotations"]
    assert api.ok("GET", "/v1/spectroclusters/upgrade/settings") == {"spectroComponents": "unlock"}
    place = {"location": {"countryCode": "DE", "geoLoc": {"latitude": 1.5, "longitude": 2.5}}}
    api.ok("PUT", f"{path}/location", place, status=204)
    assert data.overview(api, uid)["status"]["location"]["coordinates"] == [2.5, 1.5]
    spaces = {
        "namespaces": [{"metadata": {"name": "team"}, "spec": {"resourceAllocation": {"cpuCores": 2, "memoryMiB": 8}}}]
    }
    api.ok("PUT", f"{path}/config/namespaces", spaces, status=204)
    (space,) = api.ok("GET", f"{path}/config/namespaces")["items"]
    one = api.ok("GET", f"{path}/config/namespaces/{space['metadata']['uid']}")
    assert one["spec"]["resourceAllocation"]["cpuCores"] == 2
    assert api.ok("GET", f"{path}/config/rbacs") == {"items": []}
    api.refused("GET", f"{path}/features/backup", status=404, code="BackupNotConfigured")
    api.refused("GET", f"{path}/features/complianceScan", status=404, code="ResourceNotFound")
    assert "ConfigMap" in api.get(f"{path}/import/manifest").text


def test_policies_of_a_create_are_read_back(api: Api) -> None:
    """Backup and scan policies given at the create are there."""
    location = api.ok("GET", "/v1/users/assets/locations")["items"][0]["metadata"]["uid"]
    schedule = {"scheduledRunTime": "0 0 * * *"}
    policies = {
        "backupPolicy": {
            "backupLocationUid": location,
            "durationInHours": 24,
            "schedule": schedule,
            "namespaces": None,
        },
        "scanPolicy": {"kubeBench": {"schedule": {"scheduledRunTime": "0 0 * * 0"}}},
    }
    uid = data.created(api, policies=policies)
    backup = api.ok("GET", f"/v1/spectroclusters/{uid}/features/backup")
    assert backup["spec"]["config"]["backupLocationUid"] == location
    assert backup["spec"]["config"]["schedule"] == schedule
    scan = api.ok("GET", f"/v1/spectroclusters/{uid}/features/complianceScan")
    assert set(scan["spec"]["driverSpec"]) == {"kube-bench"}
