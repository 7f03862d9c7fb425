"""A Kubernetes provider made from a cluster, under pulumi's mocks: what reaches the engine, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

import palette_sdk as palette
from palette_sdk.resources.arguments import ProgramError
from tests.unit.resources.mocks import Recording, run_program
from tests.unit.resources.test_resources import ACCOUNT, AWS, POOLS, SECRET_MARK, looked_up

KUBECONFIG, ADMIN = "kind: Config  # for people", "kind: Config  # for the administrator"


class Running(Recording):
    """An engine whose clusters have kubeconfigs, or none yet, and whose waves hand on those of their members."""

    def __init__(self, kubeconfig: str | None = KUBECONFIG) -> None:
        super().__init__()
        self.kubeconfig = kubeconfig

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Take it."""
        uid, outputs = super().new_resource(args)
        if args.typ.endswith("palette:Cluster"):
            outputs |= {"kubeconfig": self.kubeconfig, "admin_kubeconfig": ADMIN}
        if args.typ.endswith("palette:FleetReady"):
            outputs |= {"kubeconfigs": {key: f"{KUBECONFIG} of {key}" for key in outputs["members"]}}
        return uid, outputs


def cluster(**arguments: Any) -> palette.Cluster:
    """A cluster of the program."""
    given = {"cloud_config": AWS, "cloud_account": ACCOUNT, "pools": POOLS, "profiles": [looked_up()], **arguments}
    return palette.Cluster("web", **given)


def run(program: Callable[[], Any], engine: Recording | None = None, *, preview: bool = False) -> Recording:
    """The engine after a program."""
    engine = engine or Running()

    async def whole() -> None:
        program()

    run_program(whole, engine=engine, preview=preview)
    return engine


def sent(engine: Recording) -> tuple[str, str]:
    """Kubeconfig and identifier that the engine got with the provider; the former has to be marked as a secret."""
    given = dict(engine.requests["k8s"].object)
    assert given["kubeconfig"][SECRET_MARK]
    return given["kubeconfig"]["value"], given["clusterIdentifier"]


def test_arguments() -> None:
    """The provider has the cluster's kubeconfig, its uid as identifier, what else was given, and the cluster as parent."""
    engine = run(lambda: cluster().kubernetes_provider("k8s", namespace="shop", delete_unreachable=True))
    assert engine.types["k8s"] == "pulumi:providers:kubernetes"
    assert sent(engine) == (KUBECONFIG, "web-id")
    given = engine.inputs["k8s"]
    assert (given["namespace"], given["deleteUnreachable"]) == ("shop", "true")
    request = engine.requests["k8s"]
    assert request.parent.endswith("palette:Cluster::web")
    assert {urn.split("::")[-1] for urn in request.dependencies} == {"web"}


def test_the_kubeconfig_is_a_secret() -> None:
    """A kubeconfig that was given as plain text reaches the engine as a secret, too."""
    engine = run(lambda: cluster().kubernetes_provider("k8s", kubeconfig="kind: Config"))
    assert sent(engine) == ("kind: Config", "web-id")


def test_another_kubeconfig_of_the_cluster() -> None:
    """The administrator's kubeconfig serves as well."""

    def program() -> None:
        web = cluster()
        web.kubernetes_provider("k8s", kubeconfig=web.admin_kubeconfig)

    assert sent(run(program)) == (ADMIN, "web-id")


def test_another_parent() -> None:
    """A parent of the program's own is kept, and what else the options say."""

    def program() -> None:
        group = pulumi.ComponentResource("palette:test:Group", "group")
        cluster().kubernetes_provider("k8s", opts=pulumi.ResourceOptions(parent=group, protect=True))

    request = run(program).requests["k8s"]
    assert request.parent.endswith("::group")
    assert request.protect


def test_an_existing_cluster() -> None:
    """A cluster that is read gives a provider, too."""
    engine = run(lambda: palette.Cluster.get("web", "c1").kubernetes_provider("k8s"))
    assert sent(engine) == (KUBECONFIG, "c1")


@pytest.mark.parametrize("missing", ["", None])
def test_no_kubeconfig_in_up(missing: str | None) -> None:
    """Without a kubeconfig the provider is refused in `up`: an empty one would mean that of the machine."""
    with pytest.raises(ProgramError) as refused:
        run(lambda: cluster(wait=False).kubernetes_provider("k8s"), Running(missing))
    assert str(refused.value).startswith('cluster "web" has no kubeconfig, so there is no Kubernetes provider for it')
    assert "pulumi up --refresh" in str(refused.value)


@pytest.mark.parametrize("missing", ["", None])
def test_no_kubeconfig_in_a_preview(missing: str | None) -> None:
    """In a preview a kubeconfig that isn't there yet is unknown, never empty."""
    engine = run(lambda: cluster(wait=False).kubernetes_provider("k8s"), Running(missing), preview=True)
    assert sent(engine) == (pulumi.runtime.rpc.UNKNOWN, "web-id")


def test_a_member_of_a_fleet() -> None:
    """A member gives its provider the kubeconfig that its wave hands on, and stands behind the wave."""

    def program() -> None:
        base = palette.ClusterArgs(cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, profiles=[looked_up()])
        fleet = palette.Fleet("shop", clusters={"north": {}, "south": {}}, defaults=base)
        fleet.clusters["south"].kubernetes_provider("k8s")

    engine = run(program, Running(""))
    assert sent(engine) == (f"{KUBECONFIG} of south", "shop-south-id")
    assert "shop-all-ready-1" in {urn.split("::")[-1] for urn in engine.requests["k8s"].dependencies}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"cluster_identifier": "mine"},
            "it is the cluster's uid, so that another cluster is never taken for this one",
        ),
        ({"namspace": "shop"}, "a Kubernetes provider has no argument 'namspace'; nearest: namespace"),
    ],
)
def test_refused_arguments(given: dict[str, Any], text: str) -> None:
    """An identifier of one's own, and arguments that don't exist, are refused in a sentence."""
    with pytest.raises(ProgramError) as refused:
        run(lambda: cluster().kubernetes_provider("k8s", **given))
    assert text in str(refused.value)
