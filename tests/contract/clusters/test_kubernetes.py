"""Clusters with real control planes: the store's desk, and a keeper against an API server in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import yaml

from palette_sdk.controlplane.app import ControlPlane, create_app
from palette_sdk.controlplane.catalogue import Catalogue
from palette_sdk.controlplane.clock import ManualClock
from palette_sdk.controlplane.kubernetes.access import Access
from palette_sdk.controlplane.kubernetes.keeper import Keeper
from palette_sdk.controlplane.kubernetes.orders import LayerOrder, Orders
from palette_sdk.controlplane.services.clusters_kubernetes import StoreDesk
from palette_sdk.controlplane.services.clusters_lifecycle import settle
from palette_sdk.controlplane.store import Store
from palette_sdk.kube import KubeObject
from tests.contract.clusters import data
from tests.contract.clusters.test_variables_and_repave import newer
from tests.contract.conftest import KEY, Api, InProcess
from tests.contract.openapi import Description
from tests.unit.controlplane.kubernetes.api_server import CREATED, ApiServer

SERVER = "https://127.0.0.1:6443"
BOARD = "/v1/dashboard/spectroclusters"


class Real:
    """A local Palette whose clusters are real, and what keeps them."""

    def __init__(self, api: Api, store: Store, clock: ManualClock) -> None:
        self.api, self.clock = api, clock
        self.desk = StoreDesk(store, clock, settle)
        self.servers: dict[str, ApiServer] = {}
        self.keepers: dict[str, Keeper] = {}

    def reach(self, uid: str) -> None:
        """The cluster's API server answers from now on."""
        assert uid in self.desk.clusters()
        self.desk.reached(uid, Access(SERVER, "authority", self.desk.tokens(uid)))
        self.servers.setdefault(uid, ApiServer())
        self.renew(uid)

    def renew(self, uid: str) -> None:
        """Another keeper for the cluster."""
        self.keepers[uid] = Keeper(uid, self.servers[uid].api(), self.desk, lambda: CREATED)

    def go(self, uid: str, passes: int = 1, *, seconds: float = 30.0) -> None:
        """Time passes, and the cluster is kept."""
        for _ in range(passes):
            self.clock.advance(seconds)
            self.desk.clusters()
            assert self.keepers[uid].one_pass()
            self.servers[uid].work()

    def running(self, name: str = "web", profile_uid: str = "") -> str:
        """The uid of a cluster that is healthy."""
        uid = data.created(self.api, name, profile_uid)
        self.clock.advance(60)
        self.reach(uid)
        self.go(uid, 60)
        assert data.state(self.api, uid) == "Running-Healthy"
        return uid

    def orders(self, uid: str) -> Orders:
        """What the cluster is to be."""
        found = self.desk.orders(uid)
        assert found is not None
        return found

    def order(self, uid: str, name: str = "hello") -> LayerOrder:
        """One layer's order."""
        return next(each for each in self.orders(uid).layers if each.name == name)

    def layer(self, uid: str, name: str = "hello") -> Any:
        """What Palette tells of a layer."""
        return next(each for each in data.get(self.api, uid)["status"]["packs"] if each["name"] == name)

    def ready_layers(self, uid: str) -> list[str]:
        """Names of the layers that are Ready."""
        packs = data.get(self.api, uid)["status"]["packs"]
        return [each["name"] for each in packs if each["condition"]["type"] == "Ready"]

    def events(self, uid: str, reason: str) -> list[str]:
        """Messages of a cluster's events of this reason."""
        found = self.api.ok("GET", f"/v1/events/components/spectrocluster/{uid}?limit=500")["items"]
        return [each["message"] for each in found if each["reason"] == reason]

    def move(self, uid: str, before: str, to: str) -> None:
        """Put the cluster on another version of its profile."""
        entity = {"uid": to, "replaceWithProfile": before, "packValues": None, "variables": None}
        self.api.ok("PATCH", f"/v1/spectroclusters/{uid}/profiles", {"profiles": [entity]}, status=204)

    def deployment(self, uid: str) -> KubeObject:
        """The deployment of the profile's layer."""
        found = self.servers[uid].find("Deployment", "hello-deployment", "hello")
        assert found is not None
        return found


@pytest.fixture
def real(tmp_path: Path, catalogue: Catalogue, description: Description | None) -> Iterator[Real]:
    """A local Palette in process whose new clusters are real."""
    store, clock = Store(tmp_path / "real.db"), ManualClock()
    plane = cast("ControlPlane", create_app(store, clock, api_key=KEY, catalogue=catalogue, has_kubernetes=True))
    transport = InProcess(plane)
    try:
        with httpx2.Client(base_url="http://palette.test", transport=transport, headers={"ApiKey": KEY}) as client:
            api = Api(client, clock, store, plane, [], description)
            api.project = api.ok("GET", "/local/info")["project"]["uid"]
            yield Real(api, store, clock)
    finally:
        store.close()


# ---- held back -------------------------------------------------------------------------------------------------------


def test_running_waits_for_the_api_server(real: Real) -> None:
    """However much time passes, a cluster isn't Running before its API server answers; then it is, with its address."""
    uid = data.created(real.api)
    assert real.desk.clusters() == []
    real.clock.advance(4 * 3600)
    assert data.state(real.api, uid) == "Provisioning"
    assert real.api.get(f"/v1/spectroclusters/{uid}/assets/kubeconfig").status_code == 404
    assert real.desk.clusters() == [uid]
    real.reach(uid)
    real.clock.advance(2)
    assert data.state(real.api, uid).startswith("Running")
    assert data.get(real.api, uid)["status"]["apiEndpoints"] == [{"host": "127.0.0.1", "port": 6443}]


def test_layers_wait_for_their_objects(real: Real) -> None:
    """A layer is Ready once the keeper says so, and those behind it wait as long."""
    uid = data.created(real.api)
    real.clock.advance(60)
    real.reach(uid)
    real.clock.advance(4 * 3600)
    assert real.ready_layers(uid) == []
    first = real.order(uid, "ubuntu-aws")
    assert not first.is_held
    assert all(each.is_held for each in real.orders(uid).layers if each.name != "ubuntu-aws")
    real.desk.ready(uid, first.key, "of other content")
    real.clock.advance(3600)
    assert real.ready_layers(uid) == []
    real.desk.ready(uid, first.key, first.digest)
    real.clock.advance(3600)
    assert real.ready_layers(uid) == ["ubuntu-aws"]
    assert real.layer(uid, "kubernetes")["condition"]["type"] == "Installed"
    assert real.layer(uid, "cni-calico")["condition"]["type"] == "WaitingForOtherLayers"


def test_whole_cluster(real: Real) -> None:
    """All layers get ready in turn; objects, nodes and records are on the server, and the load balancer's address is told."""
    uid = real.running()
    server = real.servers[uid]
    machines = [each.name for each in real.orders(uid).nodes]
    assert server.names("Node") == sorted(machines)
    assert len(machines) == 3
    assert real.deployment(uid)["spec"]["replicas"] == 1
    assert "sh.helm.release.v1.kubernetes.v1" in server.names("Secret")
    assert not [each for each in server.names("Secret") if ".hello." in each]
    (service,) = data.get(real.api, uid)["status"]["services"]
    assert (service["name"], service["ports"]) == ("hello-service", [{"port": 8080, "protocol": "TCP"}])
    assert service["host"].endswith(".eu-west-1.elb.amazonaws.com")


# ---- refusals --------------------------------------------------------------------------------------------------------


def refuse_three(found: KubeObject) -> str:
    """The server takes anything but three copies."""
    return "spec.replicas: three is too much" if (found.get("spec") or {}).get("replicas") == 3 else ""


SENSITIVE = {"name": "word", "format": "string", "defaultValue": 'hush"29', "isSensitive": True}
MESSAGE = "Deployment/hello/hello-deployment: spec.replicas: three is too much"


def test_refused_while_it_is_made(real: Real) -> None:
    """The layer has the server's words, the cluster is in Error and unhealthy; once the server takes it, it is healthy."""
    uid = data.created(real.api, profile_uid=data.profile(real.api, replicas=3))
    real.clock.advance(60)
    real.reach(uid)
    real.servers[uid].refuse = refuse_three
    real.go(uid, 60)
    condition = real.layer(uid)["condition"]
    assert (condition["type"], condition["reason"], condition["message"]) == ("Error", "ApplyFailed", MESSAGE)
    assert data.overview(real.api, uid)["status"]["health"]["state"] == "UnHealthy"
    assert [each for each in real.events(uid, "Failed") if MESSAGE in each] == [f"ApplyFailed: {MESSAGE}"]
    real.servers[uid].refuse = lambda _: ""
    real.go(uid, 40)
    assert data.state(real.api, uid) == "Running-Healthy"


def test_refused_update_is_mended_by_another(real: Real) -> None:
    """A healthy cluster gets unhealthy, what ran goes on running, and going back makes it well; so does going forward."""
    one, three = data.profile(real.api), data.profile(real.api, version="3.0.0", replicas=3)
    uid = real.running(profile_uid=one)
    real.servers[uid].refuse = refuse_three
    real.move(uid, one, three)
    real.go(uid, 20)
    assert real.layer(uid)["condition"]["message"] == MESSAGE
    assert data.state(real.api, uid) == "Running-UnHealthy"
    assert real.deployment(uid)["spec"]["replicas"] == 1
    real.move(uid, three, one)
    real.go(uid, 20)
    assert data.state(real.api, uid) == "Running-Healthy"
    real.servers[uid].refuse = lambda _: ""
    real.move(uid, one, three)
    real.go(uid, 20)
    assert data.state(real.api, uid) == "Running-Healthy"
    assert real.deployment(uid)["spec"]["replicas"] == 3


def test_held_up(real: Real) -> None:
    """A cluster without a control plane says why, once; it goes on when there is one."""
    uid = data.created(real.api)
    real.clock.advance(60)
    assert real.desk.clusters() == [uid]
    for _ in range(3):
        real.desk.held_up(uid, "NoRoom", "no room; delete a cluster")
    assert data.state(real.api, uid) == "Error"
    assert real.events(uid, "Failed") == ["NoRoom: no room; delete a cluster"]
    assert real.desk.clusters() == [uid]
    real.reach(uid)
    real.go(uid, 80)
    assert data.state(real.api, uid) == "Running-Healthy"


def test_control_plane_that_comes_back(real: Real) -> None:
    """A healthy cluster whose programs ended is unhealthy as long, with the reason; an update that waits is not let on."""
    one, two = data.profile(real.api), newer(real.api)
    uid = real.running(profile_uid=one)
    real.move(uid, one, two)
    real.desk.held_up(uid, "ControlPlaneFailed", "etcd ended with code 2")
    assert data.state(real.api, uid) == "Running-UnHealthy"
    assert real.events(uid, "Failed") == ["ControlPlaneFailed: etcd ended with code 2"]
    real.reach(uid)
    real.go(uid, 10)
    assert data.state(real.api, uid) == "Running-Healthy"
    assert data.get(real.api, uid)["status"]["repave"]["state"] == "Pending"
    assert real.order(uid, "kubernetes").is_held
    assert "sh.helm.release.v1.kubernetes.v1" in real.servers[uid].names("Secret")


def test_what_is_refused_of_other_content_is_not_told(real: Real) -> None:
    """A refusal that comes late, when something else is wanted already, breaks nothing."""
    uid = real.running()
    real.desk.refused(uid, real.order(uid).key, "of what was wanted before", "no")
    assert data.state(real.api, uid) == "Running-Healthy"


def test_refused_layer_that_changes_is_no_error(real: Real) -> None:
    """What never ran and was refused waits for its turn again, as soon as something else is wanted."""
    three = data.profile(real.api, replicas=3)
    uid = data.created(real.api, profile_uid=three)
    real.clock.advance(60)
    real.reach(uid)
    real.servers[uid].refuse = refuse_three
    real.go(uid, 60)
    assert real.layer(uid)["condition"]["type"] == "Error"
    real.move(uid, three, data.profile(real.api, version="1.0.1"))
    assert real.layer(uid)["condition"]["type"] != "Error"
    real.go(uid, 40)
    assert data.state(real.api, uid) == "Running-Healthy"


def test_message_without_secrets(real: Real) -> None:
    """What a server repeats of a sensitive variable is not told, as it is or quoted."""
    uid = real.running(profile_uid=data.profile(real.api, variables=[SENSITIVE]))
    order = real.order(uid)
    real.desk.refused(uid, order.key, order.digest, 'bad: hush"29 and "hush\\"29"')
    assert real.layer(uid)["condition"]["message"] == 'bad: [secret] and "[secret]"'


def test_update_goes_on_when_a_control_plane_comes_back(real: Real) -> None:
    """An update that was on its way when the control plane ended is applied once there is one again."""
    one, three = data.profile(real.api), data.profile(real.api, version="3.0.0", replicas=3)
    uid = real.running(profile_uid=one)
    real.move(uid, one, three)
    real.desk.held_up(uid, "ControlPlaneFailed", "etcd ended")
    real.reach(uid)
    real.go(uid, 30)
    assert data.get(real.api, uid)["status"]["spcApply"]["canBeApplied"] is True
    assert real.deployment(uid)["spec"]["replicas"] == 3
    assert data.state(real.api, uid) == "Running-Healthy"


def test_roll_back_is_ready_once_it_is_there(real: Real) -> None:
    """Content that was on the cluster before is Ready again only when it is applied again."""
    one, three = data.profile(real.api), data.profile(real.api, version="3.0.0", replicas=3)
    uid = real.running(profile_uid=one)
    real.move(uid, one, three)
    real.go(uid, 30)
    real.move(uid, three, one)
    real.clock.advance(3600)
    assert "hello" not in real.ready_layers(uid)
    real.go(uid, 10)
    assert real.deployment(uid)["spec"]["replicas"] == 1
    assert data.state(real.api, uid) == "Running-Healthy"


# ---- updates ---------------------------------------------------------------------------------------------------------


def test_update(real: Real) -> None:
    """Another version is applied when its turn has come; layers without objects of their own come along."""
    one, two = data.profile(real.api), newer(real.api)
    uid = real.running(profile_uid=one)
    real.move(uid, one, two)
    real.go(uid, 5)
    assert real.order(uid, "kubernetes").is_held
    assert data.get(real.api, uid)["status"]["repave"]["state"] == "Pending"
    assert "sh.helm.release.v1.kubernetes.v1" in real.servers[uid].names("Secret")
    real.api.ok("PATCH", f"/v1/spectroclusters/{uid}/repave/approve", status=204)
    real.go(uid, 40)
    assert data.state(real.api, uid) == "Running-Healthy"
    assert set(real.ready_layers(uid)) == {"ubuntu-aws", "kubernetes", "cni-calico", "csi-aws-ebs", "hello"}
    assert "sh.helm.release.v1.kubernetes.v2" in real.servers[uid].names("Secret")
    node = real.servers[uid].find("Node", real.orders(uid).nodes[0].name)
    assert node is not None
    assert node["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.31.")


def test_what_runs_is_kept_while_an_update_waits(real: Real) -> None:
    """What somebody removes comes back as it was applied, also after a restart of the server."""
    one, two = data.profile(real.api), newer(real.api)
    uid = real.running(profile_uid=one)
    real.move(uid, one, two)
    for _ in range(2):
        real.servers[uid].drop("Deployment", "hello-deployment", "hello")
        real.go(uid, 2)
        assert real.deployment(uid)["spec"]["replicas"] == 1
        real.renew(uid)


def test_versions_one_after_the_other(real: Real) -> None:
    """There and back: each is applied and gets ready, and the last is what runs."""
    uids = [data.profile(real.api)]
    uids += [data.profile(real.api, version=f"1.{number}.0", replicas=number + 1) for number in (1, 2)]
    uid = real.running(profile_uid=uids[0])
    at = uids[0]
    for to in (uids[1], uids[2], uids[0]):
        real.move(uid, at, to)
        real.go(uid, 25)
        assert data.state(real.api, uid) == "Running-Healthy"
        assert real.deployment(uid)["spec"]["replicas"] == uids.index(to) + 1
        assert data.replicas(real.api, uid) == uids.index(to) + 1
        at = to
    assert len(real.ready_layers(uid)) == 5


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_kubeconfigs(real: Real) -> None:
    """They lead to the real server and have tokens of their own for each user and each cluster."""
    profile = data.profile(real.api)
    uids = [real.running(name, profile) for name in ("one", "two")]
    tokens = []
    for uid in uids:
        for name in ("kubeconfig", "kubeconfigclient", "adminKubeconfig"):
            text = real.api.get(f"/v1/spectroclusters/{uid}/assets/{name}").text
            document = yaml.safe_load(text)
            assert "Simulated" not in text
            assert document["clusters"][0]["cluster"]["server"] == SERVER
            tokens.append(document["users"][0]["user"]["token"])
            assert tokens[-1] in real.desk.tokens(uid).values()
    assert len(set(tokens)) == 6
    assert real.desk.clusters() == uids
    assert not set(real.desk.tokens(uids[0]).values()) & set(real.desk.tokens(uids[1]).values())


def test_workloads_are_what_was_found(real: Real) -> None:
    """What somebody made by hand is told too, by namespace; nothing is made up."""
    uid = real.running()
    pods = real.api.ok("POST", f"{BOARD}/{uid}/workloads/pod", {"filter": {"namespaces": ["hello"]}})["pods"]
    assert [each["metadata"]["entity"]["name"] for each in pods] == ["hello-deployment-0"]
    real.servers[uid].change("Deployment", "hello-deployment", "hello", spec__replicas=0)
    real.go(uid, 3)
    assert data.replicas(real.api, uid) == 0
    assert real.api.ok("POST", f"{BOARD}/{uid}/workloads/pod", {"filter": {"namespaces": ["hello"]}})["pods"] == []


def shape(value: Any) -> Any:
    """The names in an answer, at any depth; of a list that of its first item."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items() if key != "labels"}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_shapes_are_those_of_simulated_clusters(real: Real, api: Api) -> None:
    """Clients can't tell one from the other by the form of the answers."""
    found, simulated = real.running(), data.running(api)
    lists = {"deployment": "deployments", "pod": "pods", "namespace": "namespaces", "daemonset": "daemonSets"}
    for kind, key in lists.items():
        ours = real.api.ok("POST", f"{BOARD}/{found}/workloads/{kind}", {})[key]
        theirs = api.ok("POST", f"{BOARD}/{simulated}/workloads/{kind}", {})[key]
        assert ours
        assert shape(ours) == shape(theirs)
    mine, other = (data.get(one, uid)["status"] for one, uid in ((real.api, found), (api, simulated)))
    assert shape(mine["services"]) == shape(other["services"])
    assert set(mine) == set(other)


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_deletion(real: Real) -> None:
    """A cluster in Deleting has no control plane any more, and whoever still keeps it says nothing that counts."""
    uid = real.running()
    order = real.order(uid)
    real.api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
    assert real.desk.clusters() == []
    assert real.desk.orders(uid) is None
    assert not real.keepers[uid].one_pass()
    before = data.get(real.api, uid)
    real.desk.reached(uid, Access("https://127.0.0.1:1", "x", {}))
    real.desk.refused(uid, order.key, order.digest, "too late")
    real.desk.ready(uid, order.key, "too late")
    real.desk.held_up(uid, "NoRoom", "too late")
    assert data.get(real.api, uid) == before
    real.clock.advance(3600)
    real.api.refused("GET", f"/v1/spectroclusters/{uid}", status=404, code="ResourceNotFound")
    assert real.desk.tokens(uid) == {}
    assert real.desk.applied(uid) == {}
    real.desk.ready(uid, order.key, order.digest)
    real.desk.keep(uid, {})


def test_real_stays_real(real: Real, tmp_path: Path, catalogue: Catalogue) -> None:
    """Clusters from before are kept by the next server, too, also by one that would simulate new ones."""
    uid = real.running()
    store = Store(tmp_path / "real.db")
    try:
        create_app(store, real.clock, api_key=KEY, catalogue=catalogue)
        desk = StoreDesk(store, real.clock, settle)
        assert desk.clusters() == [uid]
        assert desk.tokens(uid) == real.desk.tokens(uid)
        assert set(desk.applied(uid)) == {each.key for each in real.orders(uid).layers}
    finally:
        store.close()


def test_simulated_clusters_are_nobodys_to_keep(api: Api) -> None:
    """Without real control planes there is nothing for a fleet."""
    data.running(api)
    assert StoreDesk(api.store, api.clock, settle).clusters() == []
