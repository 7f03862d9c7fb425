"""From create to deleted, as strict clients see it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.clusters import data
from tests.contract.conftest import Api

LAYERS = ["ubuntu-aws", "kubernetes", "cni-calico", "csi-aws-ebs", "hello"]


def test_states_follow_each_other_until_healthy(api: Api) -> None:
    """A new cluster has no status, is Pending, Provisioning, Running unhealthy and healthy, in 15 to 20 minutes."""
    uid = data.created(api)
    seen, seconds = [data.state(api, uid)], 0
    while seen[-1] != "Running-Healthy":
        step = 2 if seconds < 60 else 10
        api.clock.advance(step)
        seconds += step
        now = data.state(api, uid)
        if now != seen[-1]:
            seen.append(now)
        assert seconds < 1300
    assert seen == ["", "Pending", "Provisioning", "Running-UnHealthy", "Running-Healthy"]
    assert 900 <= seconds <= 1210


def test_no_status_right_after_create(api: Api) -> None:
    """Right after the create GET has no status, while overview and status call answer."""
    uid = data.created(api)
    assert "status" not in data.get(api, uid)
    assert api.ok("GET", f"/v1/spectroclusters/{uid}/status") == {"status": {"state": ""}}
    status = data.overview(api, uid)["status"]
    assert status["state"] == "Pending"
    assert status["health"]["state"] == "Unknown"


def test_what_strict_clients_dereference_is_always_there(api: Api) -> None:
    """From the first status on there are spcApply.canBeApplied, types and statuses of conditions, and the "
    "config ref."""
    uid = data.created(api)
    for _ in range(14):
        api.clock.advance(90)
        cluster = data.get(api, uid)
        status = cluster["status"]
        assert isinstance(status["spcApply"]["canBeApplied"], bool)
        assert status["repave"] == {}
        assert status["conditions"]
        assert all(each["type"] and each["status"] in ("True", "False") for each in status["conditions"])
        assert all(each["condition"]["type"] and each["condition"]["status"] for each in status["packs"])
        assert cluster["spec"]["cloudConfigRef"]["uid"]
        assert data.overview(api, uid)["status"]["state"]


def test_all_conditions_are_true_when_healthy(api: Api) -> None:
    """Conditions are positive: a healthy cluster has none that isn't True."""
    status = data.get(api, data.running(api))["status"]
    assert {each["status"] for each in status["conditions"]} == {"True"}
    assert {(each["condition"]["type"], each["condition"]["status"]) for each in status["packs"]} == {("Ready", "True")}


def test_layers_install_one_after_the_other(api: Api) -> None:
    """Layers get ready in the order os, k8s, cni, csi, add-ons; those above wait for those below."""
    uid = data.created(api)
    order: list[str] = []
    seen: set[str] = set()
    for _ in range(130):
        api.clock.advance(10)
        packs = data.get(api, uid)["status"]["packs"]
        types = [pack["condition"]["type"] for pack in packs]
        seen |= set(types)
        order += [pack["name"] for pack in packs if pack["condition"]["type"] == "Ready" and pack["name"] not in order]
        first_waiting = next((i for i, kind in enumerate(types) if kind != "Ready"), len(types))
        assert all(kind in ("WaitingForOtherLayers", "ReadyForInstall") for kind in types[first_waiting + 1 :])
    assert order == LAYERS
    assert seen == {"ReadyForInstall", "WaitingForOtherLayers", "Installed", "Ready"}


def test_provisioning_time_is_the_same_for_the_same_uid(api: Api) -> None:
    """Two looks at different moments find one course of events: nothing depends on who looks when."""
    uid = data.created(api)
    api.clock.advance(21 * 60)
    first = data.get(api, uid)
    assert first["status"] == data.get(api, uid)["status"]
    started = [pack["startTime"] for pack in first["status"]["packs"]]
    assert started == sorted(started)
    assert len(set(started)) == len(started)


def test_services_and_endpoint_appear_once_ready(api: Api) -> None:
    """Load balancers have a host name on aws, in status, overview and pack row, once their layer is ready."""
    uid = data.created(api)
    api.clock.advance(60)
    assert data.get(api, uid)["status"]["services"] == []
    assert data.get(api, uid)["status"]["apiEndpoints"] == []
    api.clock.advance(20 * 60)
    status = data.get(api, uid)["status"]
    (service,) = status["services"]
    assert service["name"] == "hello-service"
    assert service["host"].endswith(".eu-west-1.elb.amazonaws.com")
    assert service["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert data.overview(api, uid)["status"]["services"] == [service]
    assert next(pack for pack in status["packs"] if pack["name"] == "hello")["services"] == [service]
    assert status["apiEndpoints"][0]["port"] == 6443
    assert data.overview(api, uid)["status"]["kubeMeta"]["kubernetesVersion"] == "1.30.4"


@pytest.mark.parametrize("cloud", [cloud for cloud in data.CLOUD_CONFIGS if cloud != "edge-native"])
def test_each_cloud_provisions(api: Api, cloud: str) -> None:
    """A cluster of each cloud gets healthy, with its pools flat in its cloud config and machines that follow."""
    owner = data.ACCOUNT_OF[cloud]
    body = data.cluster(f"c-{cloud}", data.account(api, owner), [data.simple_profile(api, cloud)], cloud)
    checked = api.ok("POST", f"/v1/spectroclusters/{cloud}/validate", body)
    assert checked["machinePools"]["results"] == []
    assert [each["packs"]["results"] for each in checked["profiles"]] == [[]]
    uid = api.ok("POST", f"/v1/spectroclusters/{cloud}", body, status=201)["uid"]
    api.clock.advance(21 * 60)
    assert data.state(api, uid) == "Running-Healthy"
    config_uid = data.get(api, uid)["spec"]["cloudConfigRef"]["uid"]
    config = api.ok("GET", f"/v1/cloudconfigs/{cloud}/{config_uid}")
    pools = config["spec"]["machinePoolConfig"]
    assert [each["name"] for each in pools] == ["control-plane", "worker"]
    assert all("instanceType" in each and "cloudConfig" not in each for each in pools)
    machines = api.ok("GET", f"/v1/cloudconfigs/{cloud}/{config_uid}/machinePools/worker/machines")
    assert len(machines["items"]) == 2
    assert {each["status"]["instanceState"] for each in machines["items"]} == {"Running"}
    assert all(each["status"]["maintenanceStatus"] is not None for each in machines["items"])


def test_edge_cluster_runs_on_registered_hosts(api: Api) -> None:
    """An edge cluster needs no account; unknown hosts are refused, and hosts of another cluster too."""
    host = api.ok("POST", "/v1/edgehosts", {"metadata": {"name": "h1", "uid": "edge-1"}, "spec": {}}, status=201)["uid"]
    profile = data.simple_profile(api, "edge-native")

    def body(name: str, uid: str) -> Any:
        made = data.cluster(name, "", [profile], "edge-native")
        made["spec"].pop("cloudAccountUid")
        only = data.pool("edge-native", "control-plane", 1, is_control_plane=True, useControlPlaneAsWorker=True)
        only["cloudConfig"] = {"edgeHosts": [{"hostUid": uid, "hostName": "h1"}]}
        made["spec"]["machinepoolconfig"] = [only]
        return made

    path = "/v1/spectroclusters/edge-native"
    api.refused("POST", path, body("edge", "nobody"), status=400, code="EdgeHostDeviceNotRegistered")
    uid = api.ok("POST", path, body("edge", host), status=201)["uid"]
    api.refused("POST", path, body("other", host), status=409, code="EdgeHostInUse")
    api.clock.advance(21 * 60)
    assert data.state(api, uid) == "Running-Healthy"
    config_uid = data.get(api, uid)["spec"]["cloudConfigRef"]["uid"]
    config = api.ok("GET", f"/v1/cloudconfigs/edge-native/{config_uid}")
    assert config["spec"]["machinePoolConfig"][0]["hosts"][0]["hostUid"] == host
    machines = api.ok("GET", f"/v1/cloudconfigs/edge-native/{config_uid}/machinePools/control-plane/machines")
    assert machines["items"][0]["spec"]["edgeHostUid"] == host


def test_delete_is_deleting_at_once_then_gone(api: Api) -> None:
    """DELETE flips the state synchronously, is idempotent, takes minutes, and ends in 404 with ResourceNotFound."""
    uid = data.running(api)
    path = f"/v1/spectroclusters/{uid}"
    api.ok("DELETE", path, status=204)
    assert data.state(api, uid) == "Deleting"
    api.ok("DELETE", path, status=204)
    api.clock.advance(180)
    assert data.state(api, uid) == "Deleting"
    api.clock.advance(300)
    api.refused("GET", path, status=404, code="ResourceNotFound")
    assert data.search(api)["items"] == []
    api.refused("DELETE", path, status=404, code="ResourceNotFound")


def test_a_deleted_cluster_leaves_nothing(api: Api) -> None:
    """After a cluster is gone, nothing of it is left in the store, and its profile and account can be deleted."""
    before = {row[1] for row in api.store.snapshot().objects}
    profile = data.profile(api)
    account = data.account(api)
    uid = data.running(api, profile_uid=profile)
    api.refused("DELETE", f"/v1/clusterprofiles/{profile}", status=409, code="ResourceInUse")
    api.refused("DELETE", f"/v1/cloudaccounts/aws/{account}", status=409, code="ResourceInUse")
    users = api.ok("GET", f"/v1/clusterprofiles/{profile}")["status"]["inUseClusters"]
    assert [(user["uid"], user["name"]) for user in users] == [(uid, "web")]
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    api.clock.advance(600)
    api.ok("DELETE", f"/v1/clusterprofiles/{profile}", status=204)
    api.ok("DELETE", f"/v1/cloudaccounts/aws/{account}", status=204)
    snapshot = api.store.snapshot()
    assert {row[1] for row in snapshot.objects} == before
    assert snapshot.links == ()


@pytest.mark.parametrize("after", [0, 5, 100, 700])
def test_delete_while_provisioning(api: Api, after: float) -> None:
    """A cluster that is deleted at any point of its provisioning goes away like any other."""
    uid = data.created(api)
    api.clock.advance(after)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    assert data.state(api, uid) == "Deleting"
    api.clock.advance(500)
    api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound")


def test_force_delete_has_its_time(api: Api) -> None:
    """forceDelete is refused until the cluster has been in Deleting for 15 minutes; then it drops the record at "
    "once."""
    uid = data.running(api)
    path = f"/v1/spectroclusters/{uid}"
    api.refused("DELETE", f"{path}?forceDelete=true", status=409, code="ForceDeleteNotEligible")
    api.ok("POST", f"/local/clusters/{uid}/hold-delete", status=204)
    api.ok("DELETE", path, status=204)
    api.clock.advance(14 * 60)
    api.refused("DELETE", f"{path}?forceDelete=true", status=409, code="ForceDeleteNotEligible")
    api.clock.advance(60)
    assert data.state(api, uid) == "Deleting"
    api.ok("DELETE", f"{path}?forceDelete=true", status=204)
    api.refused("GET", path, status=404, code="ResourceNotFound")


def test_a_hanging_delete_ends_after_a_day(api: Api) -> None:
    """A deletion that hangs is ended by the service after 24 hours."""
    uid = data.running(api)
    api.ok("POST", f"/local/clusters/{uid}/hold-delete", status=204)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    api.clock.advance(23 * 3600)
    assert data.state(api, uid) == "Deleting"
    api.clock.advance(3601)
    api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound")


def test_a_deletion_hangs_by_name_and_goes_on(api: Api) -> None:
    """By name, the fault strikes the clusters that there are, or else the next one; released, the deletion ends at once."""
    hold = "/local/clusters/named/web/hold-delete"
    api.ok("POST", hold, status=204)
    profile = data.profile(api)
    for round_ in ("planned", "there already"):
        uid = data.running(api, profile_uid=profile)
        if round_ == "there already":
            api.ok("POST", hold, status=204)
        api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
        api.clock.advance(3600)
        assert data.state(api, uid) == "Deleting", round_
        api.ok("DELETE", f"/local/clusters/{uid}/hold-delete", status=204)
        api.clock.advance(1)
        api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound")
    uid = data.running(api, profile_uid=profile)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    api.clock.advance(500)
    api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound")


def test_a_reset_forgets_what_was_planned(api: Api) -> None:
    """Faults in store for a name go with everything else."""
    for what in ("fail", "hold-delete", "fail-backup"):
        api.ok("POST", f"/local/clusters/named/web/{what}", {}, status=204)
    api.ok("POST", "/local/reset", status=204)
    api.project = api.ok("GET", "/local/info", tenant=True)["project"]["uid"]
    uid = data.running(api)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    api.clock.advance(600)
    api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound")


def test_a_force_delete_leaves_nothing_behind(api: Api) -> None:
    """After a force delete the name is free, and profile and account are no longer in use."""
    profile = data.profile(api)
    uid = data.running(api, profile_uid=profile)
    api.ok("POST", f"/local/clusters/{uid}/hold-delete", status=204)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    api.refused("DELETE", f"/v1/clusterprofiles/{profile}", status=409, code="ResourceInUse")
    api.clock.advance(15 * 60)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}?forceDelete=true", status=204)
    api.ok("GET", "/v1/spectroclusters/validate/name?name=web", status=204)
    api.ok("DELETE", f"/v1/clusterprofiles/{profile}", status=204)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/profiles", {"profiles": []}),
        ("PUT", "/profiles", {"profiles": []}),
        ("PATCH", "/metadata", {"metadata": {"name": "x"}}),
        ("PATCH", "/variables", []),
        ("PATCH", "/packRefs", {"profiles": []}),
        ("POST", "/status/spcApply", None),
        ("PATCH", "/clusterConfig/timezone", {"timezone": "UTC"}),
    ],
)
def test_changes_of_a_cluster_in_deleting_are_refused(api: Api, method: str, path: str, body: Any) -> None:
    """A change of a cluster that is being deleted is refused with 409."""
    uid = data.created(api)
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    url = f"/v1/spectroclusters/{uid}{path}"
    api.refused(method, url, body, status=409, code="ClusterDeletionInProgress")


def test_a_failure_while_provisioning_ends_in_error(api: Api) -> None:
    """A cluster that is broken by the admin API is in Error at once, with the reason in a condition and in the "
    "events."""
    uid = data.created(api)
    api.clock.advance(120)
    failure = {"reason": "InsufficientCapacity", "message": "no m5.large left in eu-west-1a"}
    api.ok("POST", f"/local/clusters/{uid}/fail", failure, status=204)
    status = data.get(api, uid)["status"]
    assert status["state"] == "Error"
    broken = [each for each in status["conditions"] if each["reason"] == "InsufficientCapacity"]
    assert broken
    assert {each["status"] for each in broken} == {"False"}
    assert broken[0]["message"] == "no m5.large left in eu-west-1a"
    events = api.ok("GET", f"/v1/events/components/spectrocluster/{uid}")["items"]
    assert ("Error", "Failed") in {(each["severity"], each["reason"]) for each in events}
    api.clock.advance(3600)
    assert data.state(api, uid) == "Error"
    api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    assert data.state(api, uid) == "Deleting"


def test_a_planned_failure_of_a_layer_shows_on_the_layer(api: Api) -> None:
    """A failure planned for a name strikes when the layer's turn comes: pack condition Error, state Error."""
    failure = {"reason": "ImagePull", "message": "calico can't be pulled", "layer": "cni-calico"}
    api.ok("POST", "/local/clusters/named/web/fail", failure, status=204)
    uid = data.created(api)
    api.clock.advance(21 * 60)
    status = data.get(api, uid)["status"]
    assert status["state"] == "Error"
    conditions = {pack["name"]: pack["condition"] for pack in status["packs"]}
    assert conditions["cni-calico"]["type"] == "Error"
    assert conditions["cni-calico"]["message"] == "calico can't be pulled"
    assert conditions["kubernetes"]["type"] == "Ready"
    api.ok("POST", f"/local/clusters/{uid}/mend", status=204)
    api.clock.advance(1200)
    assert data.state(api, uid) == "Running-Healthy"


def test_a_change_of_profiles_tries_a_failed_cluster_again(api: Api) -> None:
    """A PATCH of the profiles of a cluster in Error lets it go on, and it gets healthy."""
    profile = data.profile(api)
    uid = data.created(api, profile_uid=profile)
    api.clock.advance(100)
    api.ok("POST", f"/local/clusters/{uid}/fail", {}, status=204)
    api.ok("PATCH", f"/v1/spectroclusters/{uid}/profiles", {"profiles": [{"uid": profile}]}, status=204)
    assert data.state(api, uid) == "Provisioning"
    api.clock.advance(21 * 60)
    assert data.state(api, uid) == "Running-Healthy"
    assert {pack["condition"]["type"] for pack in data.get(api, uid)["status"]["packs"]} == {"Ready"}


def test_events_tell_the_story(api: Api) -> None:
    """Each state and each ready layer is an event about the cluster, the newest first, in pages."""
    uid = data.running(api)
    page = api.ok("GET", f"/v1/events/components/spectrocluster/{uid}")
    reasons = [each["reason"] for each in reversed(page["items"])]
    assert reasons[:4] == ["Accepted", "Pending", "Provisioning", "Running"]
    assert reasons.count("LayerReady") == len(LAYERS)
    assert reasons[-1] == "Healthy"
    first = api.ok("GET", f"/v1/events/components/spectrocluster/{uid}?limit=2")
    assert len(first["items"]) == 2
    assert first["listmeta"]["continue"]
