"""The example that deploys into a cluster, on the engine; without the plugin of pulumi-kubernetes another stands in for it."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from palette_sdk import local
from palette_sdk.kube import KubeApi
from palette_sdk.local import kubernetes
from tests.engine import kubernetes_plugin
from tests.engine.harness import World
from tests.engine.observing import resource, rewrite


@pytest.fixture
def plugin(world: World) -> None:
    """The stand-in, found before any other plugin."""
    folder = world.folder / "bin"
    kubernetes_plugin.install(folder)
    world.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def real_plugin(world: World) -> None:
    """The plugin itself, by PATH or from where `pulumi plugin install` puts it."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    installed = [*home.glob(f"plugins/resource-kubernetes-v4*/{kubernetes_plugin.NAME}")]
    found = shutil.which(kubernetes_plugin.NAME) or (str(max(installed)) if installed else "")
    if not found:
        pytest.skip("the plugin of pulumi-kubernetes is not installed (pulumi plugin install resource kubernetes)")
    world.environment["PATH"] = f"{Path(found).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.usefixtures("plugin")
def test_a_whole_life(world: World) -> None:
    """One `up` makes the cluster and deploys into it; a tag on the cluster and new credentials leave what was deployed alone."""
    stack = world.example("05_workloads")
    assert stack.preview().count("create") == 7
    made = stack.up()
    assert made.count("create") == 7
    assert made.outputs["url"] == f"http://{kubernetes_plugin.ADDRESS}:8080"
    cluster, provider = resource(stack, "apps"), resource(stack, "apps-k8s")
    assert provider["parent"] == cluster["urn"]
    assert provider["inputs"]["clusterIdentifier"] == cluster["id"]
    assert kubeconfig_of(provider) == world.client.clusters.kubeconfig(cluster["id"])

    stack.cli("config", "set", "--path", "tags[0]", "team:web")
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}

    stack.config(replicas="3")
    rewrite(stack, '-k8s")', '-k8s", kubeconfig=cluster.admin_kubeconfig)')
    planned = stack.preview()
    assert planned.changes == {"update": 2}
    for changed in ("kubernetes:apps/v1:Deployment", "pulumi:providers:kubernetes"):
        assert re.search(rf"{changed} .* update", planned.text), changed
    assert stack.up().changes == {"update": 2}
    assert kubeconfig_of(resource(stack, "apps-k8s")) == world.client.clusters.admin_kubeconfig(cluster["id"])
    assert stack.preview().changes == {}

    gone = stack.destroy()
    assert gone.count("delete") == 7
    assert world.client.clusters.all(fresh=True) == []


@pytest.mark.usefixtures("real_plugin")
def test_the_plugin_itself(world: World) -> None:
    """A tag on the cluster leaves the provider as it is; new credentials update it in place, as the plugin itself judges."""
    stack = world.example("05_workloads")
    main = stack.folder / "__main__.py"
    main.write_text(main.read_text().split("here = ")[0])  # a simulated cluster takes no objects
    assert stack.up().count("create") == 4
    stack.cli("config", "set", "--path", "tags[0]", "team:web")
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}
    rewrite(stack, '-k8s")', '-k8s", kubeconfig=cluster.admin_kubeconfig)')
    planned = stack.preview()
    assert planned.changes == {"update": 1}
    assert re.search(r"pulumi:providers:kubernetes .* update", planned.text)
    assert stack.up().changes == {"update": 1}
    assert stack.preview().changes == {}


@pytest.mark.usefixtures("real_plugin")
def test_with_a_real_cluster(world: World) -> None:
    """The plugin deploys the example into a real control plane: pods run, the address is there, a tag changes nothing behind."""
    programs = kubernetes.find()
    if programs is None:
        pytest.skip("no programs of a Kubernetes control plane (KUBEBUILDER_ASSETS names their folder)")
    data = world.folder / "palette"
    local.stop(data)
    local.start(data, kubernetes=programs)
    stack = world.example("05_workloads")
    made = stack.up()
    assert made.outputs["url"].endswith(":8080")
    with closing(KubeApi.connect(kubeconfig_of(resource(stack, "apps-k8s")))) as api:
        pods = api.list(api.resource("v1", "Pod"), namespace="hello-universe")
    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]
    stack.cli("config", "set", "--path", "tags[0]", "team:web")
    assert stack.preview().changes == {"update": 1}
    assert stack.destroy().count("delete") == 7


def kubeconfig_of(provider: dict[str, Any]) -> str:
    """The kubeconfig that a provider has in state, where it is a secret."""
    return str(json.loads(provider["inputs"]["kubeconfig"]["plaintext"]))
