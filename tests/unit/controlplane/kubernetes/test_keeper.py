"""Passes of a keeper against an API server in memory."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from palette_sdk.controlplane.kubernetes.keeper import Keeper
from palette_sdk.controlplane.kubernetes.orders import LayerOrder, NodeOrder
from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeObject
from palette_sdk.leftovers.naming import releases_in
from tests.unit.controlplane.kubernetes.api_server import ApiServer
from tests.unit.controlplane.kubernetes.desk import FakeDesk
from tests.unit.controlplane.kubernetes.orders_data import MACHINE, NOW, deployment, layer, orders, thing

UID = "cluster-uid"
WEB = thing("Namespace", "web")
CRD = thing(
    "CustomResourceDefinition",
    "shelves.example.com",
    spec={"group": "example.com", "names": {"kind": "Shelf", "plural": "shelves"}, "scope": "Namespaced"},
)
SHELF = thing("Shelf", "s", "web", version="example.com/v1", spec={"boards": 3})

RARE = 5
"""Passes until a kind that isn't listed anyway is looked at."""


class Kept:
    """A cluster with its keeper."""

    def __init__(self, *layers: LayerOrder, machines: tuple[NodeOrder, ...] = (MACHINE,)) -> None:
        self.server = ApiServer()
        self.desk = FakeDesk(**{UID: orders(*layers, machines=machines)})
        self.renew()

    def renew(self) -> None:
        """Another keeper, as after a restart of the server."""
        self.keeper = Keeper(UID, self.server.api(), self.desk, lambda: NOW)

    def order(self, *layers: LayerOrder, machines: tuple[NodeOrder, ...] = (MACHINE,)) -> None:
        """Other orders."""
        self.desk.given[UID] = orders(*layers, machines=machines)

    def passes(self, count: int = 1) -> None:
        """So many passes, with what controllers do in between."""
        for _ in range(count):
            assert self.keeper.one_pass()
            self.server.work()

    def told(self, what: str) -> list[tuple[str, ...]]:
        """What the desk was told of this sort."""
        return [each[1:] for each in self.desk.told if each[0] == what]

    def spec(self, name: str = "ui") -> KubeObject:
        """The spec of a deployment."""
        found = self.server.find("Deployment", name, "web")
        assert found is not None
        return dict(found["spec"])

    def applied(self) -> list[str]:
        """What was applied since this was asked last."""
        found = [each.removeprefix("apply ") for each in self.server.log if each.startswith("apply ")]
        self.server.log.clear()
        return found


# ---- layers ----------------------------------------------------------------------------------------------------------


def test_layer_is_brought_runs_and_is_told() -> None:
    """Namespaces first; the layer is ready when its pods run, is told so once, and nothing is sent without need."""
    kept = Kept(layer("hello", deployment(replicas=2), WEB))
    kept.passes()
    assert kept.applied() == ["Node/m-1", "Namespace/web", "Deployment/web/ui"]
    assert kept.told("ready") == []
    kept.passes(4)
    assert kept.server.names("Pod") == ["ui-0", "ui-1"]
    assert kept.told("ready") == [("p1/hello", "d1")]
    kept.applied()
    kept.passes(3)
    assert kept.applied() == []
    assert kept.told("ready") == [("p1/hello", "d1")]
    assert kept.told("refused") == []


def test_layer_without_objects() -> None:
    """A layer that names none is ready at once, and so is its next version."""
    kept = Kept(layer("os", digest="d1"))
    kept.passes(2)
    kept.order(layer("os", digest="d2"))
    kept.passes(2)
    assert kept.told("ready") == [("p1/os", "d1"), ("p1/os", "d2")]


def test_content_that_comes_back_is_told_again() -> None:
    """Back at its former content, a layer gets ready once more."""
    kept = Kept(layer(digest="d1"))
    for digest in ("d1", "d2", "d1"):
        kept.order(layer(digest=digest))
        kept.passes(2)
    assert kept.told("ready") == [("p1/hello", "d1"), ("p1/hello", "d2"), ("p1/hello", "d1")]


def test_workload_that_never_runs() -> None:
    """A layer is waited for, not for ever: no container runs, so nothing better would come."""
    kept = Kept(layer("hello", deployment()), machines=())
    kept.passes(20)
    assert kept.told("ready") == []
    kept.passes(2)
    assert kept.told("ready") == [("p1/hello", "d1")]


def test_missing_namespace_is_made() -> None:
    """Layers may lie in a namespace that nobody names."""
    kept = Kept(layer("hello", deployment(namespace="")), layer("chart", is_chart=True, namespace="charts"))
    kept.passes()
    assert {"web", "charts"} <= set(kept.server.names("Namespace"))
    assert kept.server.find("Deployment", "ui", "web") is not None


def test_namespace_that_nobody_names_comes_back() -> None:
    """With all that lies in it, the release's record among it: without that, its objects would seem to be nobody's."""
    kept = Kept(layer("hello", deployment(namespace=""), is_chart=True))
    kept.passes(3)
    kept.server.drop("Namespace", "web")
    kept.passes(3)
    assert kept.server.names("Deployment") == ["ui"]
    assert kept.server.names("Secret") == ["sh.helm.release.v1.hello.v1"]
    kept.applied()
    kept.passes(RARE)
    assert kept.applied() == []


def test_namespace_of_somebody_else_is_left_alone() -> None:
    """A namespace that is there is used as it is."""
    kept = Kept(layer("hello", deployment(namespace="")))
    kept.server.put(WEB)
    kept.passes(2)
    assert "Namespace/web" not in kept.applied()


def test_what_is_gone_comes_back() -> None:
    """A deleted deployment is there again after the next pass; a namespace with everything in it some passes later."""
    kept = Kept(layer("hello", WEB, deployment(), thing("ConfigMap", "c", "web", data={"a": "1"})))
    kept.passes(2)
    kept.server.drop("Deployment", "ui", "web")
    kept.passes()
    assert kept.spec()["replicas"] == 2
    kept.server.drop("Namespace", "web")
    kept.passes(RARE)
    assert kept.server.find("ConfigMap", "c", "web") is not None
    assert kept.server.find("Deployment", "ui", "web") is not None


def test_changed_field_is_put_back() -> None:
    """What a layer names is as it names it, whatever kind of object; what it leaves open is somebody else's."""
    kept = Kept(layer("hello", WEB, deployment(image="ui:1"), thing("ConfigMap", "c", "web", data={"a": "1"})))
    kept.passes(2)
    kept.server.change("Deployment", "ui", "web", spec__template__spec__containers=[{"name": "c", "image": "odd"}])
    kept.server.change("Deployment", "ui", "web", spec__replicas=5, spec__paused=True)
    kept.server.change("ConfigMap", "c", "web", data__a="2", data__b="theirs")
    kept.passes(RARE)
    assert kept.spec()["template"]["spec"]["containers"] == [{"name": "c", "image": "ui:1"}]
    assert (kept.spec()["replicas"], kept.spec()["paused"]) == (2, True)
    config = kept.server.find("ConfigMap", "c", "web")
    assert config is not None
    assert config["data"] == {"a": "1", "b": "theirs"}


def test_scaled_to_0_stays() -> None:
    """Also after other changes, with the next content, and after a restart; deleted, it comes back with its number."""
    kept = Kept(layer("hello", WEB, deployment(replicas=2)))
    kept.passes(3)
    kept.server.change("Deployment", "ui", "web", spec__replicas=0)
    kept.passes(3)
    assert (kept.spec()["replicas"], kept.server.names("Pod")) == (0, [])
    kept.order(layer("hello", WEB, deployment(replicas=3, image="ui:2"), digest="d2"))
    kept.passes(3)
    assert kept.spec()["replicas"] == 0
    assert kept.spec()["template"]["spec"]["containers"][0]["image"] == "ui:2"
    assert kept.told("ready")[-1] == ("p1/hello", "d2")
    kept.renew()
    kept.passes(2)
    assert kept.spec()["replicas"] == 0
    kept.server.drop("Deployment", "ui", "web")
    kept.passes(2)
    assert kept.spec()["replicas"] == 3


def test_scaled_up_again_is_ours_again() -> None:
    """Once somebody lets it run, the number of the layer counts."""
    kept = Kept(layer("hello", WEB, deployment(replicas=2)))
    kept.passes()
    for count in (0, 1):
        kept.server.change("Deployment", "ui", "web", spec__replicas=count)
        kept.passes()
    assert kept.spec()["replicas"] == 2


def test_object_no_longer_named_stays() -> None:
    """The next version of a layer, and its end, delete nothing; nobody keeps it any more."""
    kept = Kept(layer("hello", WEB, deployment("old"), deployment("new")))
    kept.passes()
    kept.order(layer("hello", WEB, deployment("new"), digest="d2"))
    kept.passes(2)
    assert kept.server.names("Deployment") == ["new", "old"]
    kept.server.change("Deployment", "old", "web", spec__replicas=7)
    kept.passes()
    assert kept.spec("old")["replicas"] == 7
    kept.order()
    kept.passes(2)
    assert kept.server.names("Deployment") == ["new", "old"]
    assert kept.desk.kept[UID] == {}
    kept.server.drop("Deployment", "new", "web")
    kept.passes()
    assert kept.server.names("Deployment") == ["old"]


def test_held_layer_is_kept_as_applied() -> None:
    """Until its turn comes, what runs is kept as it was; a layer that was never applied is left alone."""
    kept = Kept(layer("hello", WEB, deployment(image="ui:1")))
    kept.passes(2)
    kept.order(layer("hello", digest="", is_held=True), layer("later", is_held=True, digest=""))
    kept.server.drop("Deployment", "ui", "web")
    kept.passes(2)
    assert kept.spec()["template"]["spec"]["containers"][0]["image"] == "ui:1"
    assert set(kept.desk.kept[UID]) == {"p1/hello"}


def test_kinds_before_their_objects() -> None:
    """A kind of its own is known before its objects are sent, also where it is written behind them."""
    kept = Kept(layer("hello", SHELF, WEB, CRD))
    kept.passes(2)
    assert kept.applied()[1:4] == ["Namespace/web", "CustomResourceDefinition/shelves.example.com", "Shelf/web/s"]
    kept.server.drop("Shelf", "s", "web")
    kept.passes(RARE)
    assert kept.server.find("Shelf", "s", "web") is not None


def test_kind_of_the_same_name_in_another_group() -> None:
    """A Service that is none of Kubernetes' own is looked up where it is, and not sent time and again."""
    crd = {
        **CRD,
        "spec": {"group": "serving.dev", "names": {"kind": "Service", "plural": "services"}, "scope": "Namespaced"},
    }
    kept = Kept(layer("hello", WEB, crd, thing("Service", "s", "web", version="serving.dev/v1", spec={"a": 1})))
    kept.passes(2)
    kept.applied()
    kept.passes(2)
    assert kept.applied() == []


def test_kind_that_comes_late_is_waited_for() -> None:
    """A kind that another layer is still to bring is no refusal yet; in the end it is told."""
    kept = Kept(layer("hello", WEB, SHELF))
    kept.passes(19)
    assert kept.told("refused") == []
    kept.passes()
    assert kept.told("refused") == [("p1/hello", "d1", "Shelf/web/s: the server knows no Shelf in example.com/v1")]
    kept.order(layer("hello", WEB, SHELF), layer("kinds", CRD))
    kept.passes(3)
    assert kept.told("ready") == [("p1/kinds", "d1"), ("p1/hello", "d1")]


def test_kind_that_somebody_removed() -> None:
    """An object of a kind that is gone can't be put back; everything else goes on being kept, after a restart too."""
    kept = Kept(layer("hello", WEB, CRD, SHELF, deployment()))
    kept.passes(3)
    kept.order(layer("hello", WEB, SHELF, deployment(), digest="d2"))
    kept.passes(2)
    kept.server.drop("CustomResourceDefinition", "shelves.example.com")
    kept.server.drop("Shelf", "s", "web")
    del kept.server.kinds["example.com/v1"]
    kept.server.drop("Deployment", "ui", "web")
    kept.renew()
    kept.passes()
    assert kept.spec()["replicas"] == 2


# ---- refusals --------------------------------------------------------------------------------------------------------


def refuse_odd(found: KubeObject) -> str:
    """The API server's word about a field that it doesn't know."""
    return ".spec.odd: field not declared in schema" if "odd" in found.get("spec", {}) else ""


def test_refused_layer() -> None:
    """Told with the object and the server's words, not at the first blink; tried again, what ran is kept meanwhile."""
    odd = deployment(image="ui:2")
    odd["spec"]["odd"] = 1
    kept = Kept(layer("hello", WEB, deployment(image="ui:1")))
    kept.server.refuse = refuse_odd
    kept.passes(3)
    kept.order(layer("hello", WEB, odd, digest="d2"))
    kept.passes(2)
    assert kept.told("refused") == []
    kept.passes()
    assert kept.told("refused") == [("p1/hello", "d2", "Deployment/web/ui: .spec.odd: field not declared in schema")]
    kept.passes(2)
    assert len(set(kept.told("refused"))) == 1
    assert kept.desk.kept[UID]["p1/hello"].order.digest == "d1"
    assert kept.spec()["template"]["spec"]["containers"][0]["image"] == "ui:1"
    kept.server.refuse = lambda _: ""
    kept.passes(3)
    assert kept.told("ready") == [("p1/hello", "d1"), ("p1/hello", "d2")]


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"metadata": {"name": 12}}, "ConfigMap/12: metadata.name is no text; put it in quotes"),
        ({"apiVersion": ""}, "ConfigMap/c has no apiVersion"),
    ],
)
def test_layer_that_cant_be_sent(odd: dict[str, Any], message: str) -> None:
    """It is told at once, and nothing of it is sent; other layers are not kept from anything."""
    kept = Kept(layer("odd", WEB, {**thing("ConfigMap", "c"), **odd}), layer("hello", deployment()))
    kept.passes(3)
    assert set(kept.told("refused")) == {("p1/odd", "d1", message)}
    assert kept.told("ready") == [("p1/hello", "d1")]


def test_no_answer_is_no_refusal() -> None:
    """A server that is away is told to who runs the keeper, and no layer is blamed; then everything goes on."""
    kept = Kept(layer("hello", WEB, deployment()))
    kept.server.is_away = True
    for _ in range(5):
        with pytest.raises(KubernetesError):
            kept.keeper.one_pass()
    assert kept.desk.told == []
    kept.server.is_away = False
    kept.passes(3)
    assert kept.told("ready") == [("p1/hello", "d1")]


# ---- profiles and records --------------------------------------------------------------------------------------------


def release(kept: Kept, revision: int) -> dict[str, Any]:
    """A Helm release that was recorded."""
    found = kept.server.find("Secret", f"sh.helm.release.v1.hello.v{revision}", "web")
    assert found is not None
    return dict(json.loads(gzip.decompress(base64.b64decode(base64.b64decode(found["data"]["release"])))))


def test_chart_leaves_one_record() -> None:
    """Each content is the next revision, and takes the place of the one before; a chart that goes takes its record along."""
    kept = Kept(layer("hello", WEB, deployment(), is_chart=True))
    kept.passes(2)
    assert release(kept, 1)["version"] == 1
    kept.order(layer("hello", WEB, deployment(image="ui:2"), is_chart=True, digest="d2", version="2.0.0"))
    kept.passes(2)
    assert kept.server.names("Secret") == ["sh.helm.release.v1.hello.v2"]
    assert "ui:2" in release(kept, 2)["manifest"]
    assert release(kept, 2)["chart"]["metadata"]["version"] == "2.0.0"
    kept.order()
    kept.passes()
    assert kept.server.names("Secret") == []
    assert kept.server.names("Deployment") == ["ui"]


def test_layer_moves_to_another_version_of_its_profile() -> None:
    """It goes on under its other key, with its objects and its revisions, as often as that happens."""
    kept = Kept(layer("hello", WEB, deployment(), is_chart=True))
    kept.passes(3)
    for number in (2, 3, 4):
        kept.order(layer("hello", WEB, deployment(), is_chart=True, profile=f"p{number}"))
        kept.applied()
        kept.passes(2)
        assert kept.applied() == []
        assert set(kept.desk.kept[UID]) == {f"p{number}/hello"}
    assert kept.server.names("Secret") == ["sh.helm.release.v1.hello.v1"]
    assert kept.told("ready") == [(f"p{number}/hello", "d1") for number in (1, 2, 3, 4)]
    kept.order(layer("hello", WEB, deployment(image="ui:2"), is_chart=True, profile="p5", digest="d2"))
    kept.passes(2)
    assert kept.server.names("Secret") == ["sh.helm.release.v1.hello.v2"]


def test_move_is_kept_over_a_restart() -> None:
    """What is known of a layer that moved stands at the desk."""
    kept = Kept(layer("hello", WEB, deployment()))
    kept.passes(2)
    kept.order(layer("hello", profile="p2", digest="d1", is_held=True))
    kept.passes()
    kept.renew()
    kept.server.drop("Deployment", "ui", "web")
    kept.passes()
    assert kept.spec()["replicas"] == 2


# ---- nodes, pods, addresses ------------------------------------------------------------------------------------------


def test_nodes_follow_machines() -> None:
    """A machine is a node, ready and of the profile's version; one that is gone takes its node along."""
    other = replace(MACHINE, name="m-2")
    kept = Kept(machines=(MACHINE, other))
    kept.passes()
    node = kept.server.find("Node", "m-1")
    assert node is not None
    assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.31.4"
    kept.applied()
    kept.passes()
    assert kept.applied() == []
    kept.order(machines=(replace(MACHINE, kubernetes_version="1.32.0"),))
    kept.passes()
    assert kept.server.names("Node") == ["m-1"]
    node = kept.server.find("Node", "m-1")
    assert node is not None
    assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.32.0"


def test_pods_that_go_are_gone() -> None:
    """No kubelet would tell that a pod has ended: it is removed."""
    kept = Kept(layer("hello", WEB))
    kept.passes()
    pod = thing("Pod", "p", "web", spec={"nodeName": "m-1"}, status={"phase": "Running"})
    pod["metadata"]["deletionTimestamp"] = NOW
    kept.server.put(pod)
    kept.passes()
    assert kept.server.names("Pod") == []


def test_pod_that_is_refused() -> None:
    """A pod whose status the server refuses keeps the others from nothing."""
    kept = Kept(layer("hello", WEB, deployment(replicas=2)))
    kept.server.refuse_status = lambda found: "not like this" if found["metadata"]["name"] == "ui-0" else ""
    kept.passes(4)
    phases = [kept.server.objects["Pod", "web", name]["status"]["phase"] for name in ("ui-0", "ui-1")]
    assert phases == ["Pending", "Running"]


def test_addresses_and_volumes() -> None:
    """A load balancer gets an address and a claim its volume, whoever made them, and each once."""
    kept = Kept(
        layer("hello", WEB, thing("Service", "ui", "web", spec={"type": "LoadBalancer", "ports": [{"port": 80}]}))
    )
    kept.passes()
    claim = thing("PersistentVolumeClaim", "data", "web", spec={}, status={"phase": "Pending"})
    kept.server.put(claim)
    kept.passes(3)
    service = kept.server.find("Service", "ui", "web")
    assert service is not None
    host = service["status"]["loadBalancer"]["ingress"][0]["hostname"]
    assert kept.desk.found[-1].services == [{"name": "ui", "host": host, "ports": [{"port": 80, "protocol": "TCP"}]}]
    assert len(kept.server.names("PersistentVolume")) == 1
    assert len([each for each in kept.server.log if each.startswith("create ")]) == 1


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_what_runs_is_told_when_it_changes() -> None:
    """The lists have pods and replicas as they are; the same is not told again."""
    kept = Kept(layer("hello", WEB, deployment(replicas=2)))
    kept.passes(6)
    lists = kept.desk.found[-1].lists
    assert lists["deployments"][0]["status"]["replicas"]["ready"] == 2
    assert [each["status"]["phase"] for each in lists["pods"]] == ["Running", "Running"]
    assert "Pod" not in {each["kind"] for each in kept.desk.found[-1].objects if each["name"].startswith("ui")}
    count = len(kept.desk.found)
    kept.passes(3)
    assert len(kept.desk.found) == count
    kept.server.change("Deployment", "ui", "web", spec__replicas=0)
    kept.passes(3)
    assert kept.desk.found[-1].lists["pods"] == []


def test_cluster_that_is_gone() -> None:
    """A pass without orders does nothing and says so."""
    kept = Kept(layer("hello", WEB))
    del kept.desk.given[UID]
    assert not kept.keeper.one_pass()
    assert kept.server.log == []


def test_what_no_layer_names_but_needs_comes_back() -> None:
    """A namespace that is used only is there again with its objects, and so is the record of a chart."""
    kept = Kept(layer("chart", deployment(namespace=""), is_chart=True, namespace="web"))
    kept.passes(2)
    (record,) = kept.server.names("Secret")
    kept.server.drop("Secret", record, "web")
    kept.passes(RARE)
    assert kept.server.names("Secret") == [record]
    kept.server.drop("Namespace", "web")
    kept.passes(RARE)
    assert "web" in kept.server.names("Namespace")
    assert kept.server.find("Deployment", "ui", "web") is not None
    assert kept.server.names("Secret") == [record]


def test_of_two_layers_of_one_name_one_leaves() -> None:
    """Their release records replace each other; the one that stays has its own again, whichever was written last."""
    mine = layer("hello", deployment("first"), is_chart=True, namespace="web")
    theirs = layer("hello", deployment("second"), is_chart=True, namespace="web", profile="p2")
    kept = Kept(mine, theirs)

    def named() -> list[str]:
        records = kept.server.names("Secret")
        found = [kept.server.find("Secret", each, "web") for each in records]
        return [each.name for release in releases_in(filter(None, found)) for each in release.objects or ()]

    kept.passes(2)
    assert named() == ["second"]
    kept.order(mine)
    kept.passes()
    assert named() == ["first"]
    kept.order()
    kept.passes()
    assert named() == []


def test_one_refusal_is_not_everybodys() -> None:
    """A node that the server refuses keeps no layer from its turn, and is no lost connection."""
    kept = Kept(layer("hello", WEB, deployment()))
    kept.server.refuse = lambda found: "not today" if found["kind"] == "Node" else ""
    kept.passes(3)
    assert kept.server.find("Deployment", "ui", "web") is not None
    kept.server.refuse = lambda _: ""
    kept.passes(2)
    assert kept.server.names("Node") == ["m-1"]
