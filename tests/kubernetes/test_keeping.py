"""What becomes of a layer on a real cluster: overrides, updates, what somebody deletes, changes or scales, refusals, the end."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from palette_sdk.kube import KubeApi, KubeObject, Resource
from tests.engine.harness import Stack
from tests.engine.processes import until
from tests.engine.test_overrides import palette
from tests.kubernetes.harness import RealWorld, kubectl, resident_mib

PROGRAM = """
import pulumi
import palette_sdk as palette

config = pulumi.Config()
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(*each)) for each in PACKS]
page = '''\\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: page, namespace: shop}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: page}}
  template:
    metadata: {labels: {app: page}}
    spec:
      containers:
        - {name: page, image: "page:IMAGE"}
---
apiVersion: v1
kind: Service
metadata: {name: page, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: page}
  ports: [{port: 80, KEY: 8080}]
'''
for name, default in {"REPLICAS": "2", "IMAGE": "1.0.0", "KEY": "targetPort"}.items():
    page = page.replace(name, config.get(name.lower()) or default)
profile = palette.Profile("shop-profile", cloud="aws", layers=[*base, palette.manifest("page", page)])
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
for name in (config.get("clusters") or "shop").split(","):
    palette.Cluster(
        name,
        cloud_config=palette.Aws("eu-west-1"),
        cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
        pools=[palette.control_plane(machine), palette.workers("workers", machine, count=2)],
        profiles=[profile],
        override_policy="keep",
        updates="apply",
    )
"""
PODS = "custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,STATUS:.status.phase"


class Page:
    """The page's deployment on a cluster."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        self._kind: Resource = api.resource("apps/v1", "Deployment")

    def found(self) -> KubeObject | None:
        """The deployment."""
        return self._api.get(self._kind, "page", "shop")

    def field(self, *path: str) -> Any:
        """A field of it; None where it isn't."""
        value: Any = self.found() or {}
        for name in path:
            value = value.get(name, {}) if isinstance(value, dict) else {}
        return value or None

    def replicas(self) -> int:
        """How many it wants."""
        return int((self.found() or {"spec": {"replicas": -1}})["spec"]["replicas"])

    def pods(self) -> int:
        """How many of its pods run."""
        pods = self._api.list(self._api.resource("v1", "Pod"), "shop", labels="app=page")
        return sum(
            each["status"]["phase"] == "Running" and "deletionTimestamp" not in each["metadata"] for each in pods
        )

    def change(self, **spec: Any) -> None:
        """Change it as somebody would."""
        self._api.patch(self._kind, "page", "shop", body={"spec": spec}, manager="somebody")

    def delete(self) -> None:
        """Delete it."""
        self._api.delete(self._kind, "page", "shop")


@pytest.mark.timeout(900)
def test_a_layer_is_kept(real: RealWorld) -> None:
    """Override, update, deletion, foreign changes, 0 replicas, a refused layer: as the vendor documents it; then the end."""
    stack = real.program(PROGRAM)
    stack.up()
    with real.api("shop") as api:
        page = Page(api)
        until(lambda: page.pods() == 2, "two pods that run")
        listed = real.kubectl("shop", "get", "pods", "-n", "shop", "--no-headers", "-o", PODS, admin=True).split("\n")[
            :-1
        ]
        assert [line.split()[::2] for line in listed] == [["shop", "Running"]] * 2

        overridden(real, stack, page)
        put_back(page)
        kept_at_zero(real, stack, page)
        refused(real, stack)
    ended(real, stack)


def overridden(real: RealWorld, stack: Stack, page: Page) -> None:
    """An override takes effect on the cluster; an update that the policy keeps away from it changes the rest."""
    palette(real, stack, "override", "shop", "page", "--resource", "Deployment/page", "--set", "/spec/replicas=1")
    until(lambda: page.pods() == 1, "one pod after the override")
    stack.refresh()
    stack.config(replicas="3", image="1.1.0")
    stack.up()
    until(lambda: "1.1.0" in str(page.field("spec", "template")), "the new image")
    assert page.replicas() == 1
    palette(real, stack, "override", "shop", "page", "--reset")
    until(lambda: page.pods() == 3, "three pods without the override")
    stack.up(refresh=True)


def put_back(page: Page) -> None:
    """What somebody deletes comes back, a field of the layer that somebody changes is put back."""
    first = page.field("metadata", "uid")
    page.delete()
    until(lambda: page.field("metadata", "uid") not in (None, first), "another deployment in the place of the deleted")
    page.change(replicas=5)
    until(lambda: page.replicas() == 3, "three replicas again")
    page.change(paused=True)
    until(lambda: page.pods() == 3, "three pods again")
    assert page.field("spec", "paused") is True, "what the layer doesn't name is somebody else's"
    page.change(paused=None)


def kept_at_zero(real: RealWorld, stack: Stack, page: Page) -> None:
    """Scaled to 0 it stays there: after the next reconciliation, and after the next content."""
    real.kubectl("shop", "scale", "deployment/page", "-n", "shop", "--replicas=0")
    until(lambda: page.pods() == 0, "no pods")
    with real.api("shop") as api:
        kind = api.resource("v1", "Service")
        api.patch(kind, "page", "shop", body={"spec": {"type": "ClusterIP"}})
        # Put back by a later pass than the one that saw the 0.
        until(lambda: "LoadBalancer" in str(api.get(kind, "page", "shop")), "the service as it was")
    assert page.replicas() == 0
    stack.config(image="1.2.0")
    stack.up()
    until(lambda: "1.2.0" in str(page.field("spec", "template")), "the next content")
    assert page.replicas() == 0


def refused(real: RealWorld, stack: Stack) -> None:
    """What the API server refuses becomes the layer's condition and message; the next content mends it."""
    stack.config(key="targetport")
    text = stack.refused("up")
    assert "page" in text
    assert "Service/shop/page" in text
    assert ".targetport: field not declared in schema" in text
    stack.unset("key")
    assert stack.up().changes == {"update": 2}
    assert re.search(r"^shop +Running +Healthy ", palette(real, stack, "clusters"), re.MULTILINE)


def ended(real: RealWorld, stack: Stack) -> None:
    """The kubeconfigs are refused once the cluster is deleted; nothing of it stays."""
    files = [real.folder / "user.yaml", real.folder / "admin.yaml"]
    for file, admin in zip(files, (False, True), strict=True):
        file.write_text(real.kubeconfig("shop", admin=admin), encoding="utf-8")
        assert "shop" in kubectl(file, "get", "namespaces")
    uid = real.uid("shop")
    assert len(real.programs_of(uid)) >= 4
    stack.destroy()
    until(lambda: not real.programs_of(uid), "its processes to end")
    until(lambda: not (real.endpoint.data_dir / "kubernetes" / uid).exists(), "its folder to go")
    for file in files:
        with pytest.raises(AssertionError, match="refused"):
            kubectl(file, "get", "namespaces")


@pytest.mark.timeout(900)
def test_two_clusters_beside_each_other(real: RealWorld) -> None:
    """Two clusters run in 1.5 GB, each with its own content and its own users, and outlive a restart."""
    stack = real.program(PROGRAM, clusters="one,two")
    stack.up()
    pids = real.programs_of()
    assert resident_mib(pids) < 1536
    names = {}
    for name in ("one", "two"):
        with real.api(name) as api:
            names[name] = {each["metadata"]["name"] for each in api.list(api.resource("v1", "Node"))}
    assert len(names["one"]) == 3
    assert not names["one"] & names["two"]
    with real.api("one") as api, httpx2.Client(verify=False) as stranger:
        assert stranger.get(f"{api.server}/api/v1/secrets").status_code == 401
        two = real.kubeconfig("two").partition("token: ")[2].strip()
        answer = stranger.get(f"{api.server}/api/v1/secrets", headers={"Authorization": f"Bearer {two}"})
        assert answer.status_code == 401
    assert stack.preview(refresh=True).changes == {}
