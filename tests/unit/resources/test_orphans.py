"""`orphans`, its twin and `ScaleToZero`, in programs under mocks, against a local Palette with a Kubernetes API in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

import palette_sdk as palette
from palette_sdk.client.clusters import Clusters
from palette_sdk.resources import program
from palette_sdk.resources.arguments import ProgramError
from palette_sdk.testing import local_palette
from palette_sdk.wire.cluster_state import Cluster
from tests.unit.cli.conftest import World
from tests.unit.leftovers.fake_kubernetes import TOKEN, FakeKubernetes, fronted
from tests.unit.leftovers.objects import PALETTE, REPLICAS, Obj, made, manager, record
from tests.unit.resources.mocks import Recording, run_program
from tests.unit.resources.test_resources import SECRET_MARK

HOUR_S = 3600
OLD = "hello-universe-deployment"
SCALER = manager("kubectl", REPLICAS, sub="scale")


def content() -> list[Obj]:
    """What the cluster runs."""
    return [
        record("cni-calico", []),
        record("csi-aws-ebs", []),
        made("Deployment", "hello", "hello", replicas=2),
        made("Deployment", OLD, "hello", release="hello-universe", replicas=2),
        made("StatefulSet", "db", "hello", replicas=1),
        made("StatefulSet", "busy", "hello", replicas=1, managers=[PALETTE, SCALER]),
        made("Service", "old-service", "other"),
    ]


class Setting:
    """A running cluster `web`, one that comes up, and one that is simulated only."""

    def __init__(self, world: World) -> None:
        profile = world.profile("p", "1.0.0")
        self.kubernetes = FakeKubernetes()
        self.web = world.cluster("web", profile)
        world.palette.advance(HOUR_S)
        self.coming = world.cluster("coming", profile)
        self.direct = world.palette.url


@pytest.fixture(scope="module")
def made_once() -> Iterator[Setting]:
    """The local Palette, which the environment names."""
    with local_palette() as local, pytest.MonkeyPatch.context() as patch:
        world = World(local)
        setting = Setting(world)
        world.close()
        with fronted(local.url, setting.kubernetes) as url:
            patch.setenv("SPECTROCLOUD_HOST", url)
            patch.setenv("SPECTROCLOUD_APIKEY", local.api_key)
            program._settings.cache_clear()
            yield setting
    program._settings.cache_clear()


@pytest.fixture
def setting(made_once: Setting) -> Setting:
    """The same with fresh objects."""
    made_once.kubernetes.objects, made_once.kubernetes.forbidden, made_once.kubernetes.status = content(), set(), 200
    return made_once


class Engine(Recording):
    """An engine whose clusters are those of the local Palette."""

    def __init__(self, uid: str, *, is_ready: bool = True) -> None:
        super().__init__()
        self._uid, self._ready = uid, is_ready

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Take it; a cluster has the uid, and is ready unless it changes."""
        made_id, outputs = super().new_resource(args)
        if args.typ.endswith("palette:Cluster"):
            text = "apiVersion: v1"
            return self._uid, {**outputs, "kubeconfig": text, **({"ready": True} if self._ready else {})}
        return made_id, outputs


def cluster() -> palette.Cluster:
    """A cluster as a program has it."""
    machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
    return palette.Cluster(
        "web",
        cloud_config=palette.Aws("eu-west-1"),
        cloud_account="a" * 24,
        pools=[palette.control_plane(machine), palette.workers("w", machine, count=2)],
        profiles=[palette.get_profile("p")],
    )


def ran(body: Callable[[], Any], engine: Engine, *, preview: bool = False) -> Any:
    """What a program gives, its outputs awaited; None where one isn't known."""

    async def run() -> Any:
        given = body()
        return await given.future() if isinstance(given, pulumi.Output) else given

    return run_program(run, engine=engine, preview=preview)


def names(found: list[palette.Orphan]) -> list[str]:
    """The orphans in short."""
    return [each.label for each in found]


ALL = [
    f"Deployment/hello/{OLD}",
    "StatefulSet/hello/busy",
    "StatefulSet/hello/db",
    "Service/other/old-service",
]


def test_looked_up_by_name_uid_and_result(setting: Setting) -> None:
    """A cluster's name, its uid and the result of a look-up serve; one namespace may be asked for."""
    engine = Engine(setting.web)
    assert names(ran(lambda: palette.orphans("web"), engine)) == ALL
    assert names(ran(lambda: palette.orphans(setting.web, admin=True), engine)) == ALL
    assert names(ran(lambda: palette.orphans(palette.get_cluster("web"), namespace="other"), engine)) == ALL[-1:]
    found = ran(lambda: palette.orphans_output(pulumi.Output.from_input("web"), namespace="hello"), engine)
    assert names(found) == ALL[:-1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("wep", 'orphans: there is no cluster "wep"; nearest: web'),
        ("0123456789abcdef01234567", 'there is no cluster with the name or uid "0123456789abcdef01234567"'),
        ("coming", '"coming" is '),
        (7, "orphans.cluster: expected ClusterResult or a text, not 7"),
    ],
)
def test_what_cannot_be_looked_up(setting: Setting, asked: Any, told: str) -> None:
    """An unknown cluster, one that isn't Running, and what is no cluster end the program with one text."""
    with pytest.raises(ProgramError) as caught:
        ran(lambda: palette.orphans(asked), Engine(setting.web))
    assert told in str(caught.value)


def test_a_resource_goes_to_the_twin(setting: Setting) -> None:
    """A cluster of the program isn't known while the program runs; the message says what takes it."""
    with pytest.raises(ProgramError, match=r"palette\.orphans_output"):
        ran(lambda: palette.orphans(cluster()), Engine(setting.web))  # type: ignore[arg-type]


def test_a_cluster_of_the_program(setting: Setting) -> None:
    """It is asked after the cluster; a preview that changes it knows nothing, another one does."""
    assert names(ran(lambda: palette.orphans_output(cluster()), Engine(setting.web))) == ALL
    assert names(ran(lambda: palette.orphans_output(cluster()), Engine(setting.web), preview=True)) == ALL
    changing = Engine(setting.web, is_ready=False)
    assert ran(lambda: palette.orphans_output(cluster()), changing, preview=True) is None
    assert ran(lambda: palette.orphans_output(cluster()), Engine(setting.coming)) == []


def test_errors_of_the_cluster(setting: Setting) -> None:
    """No rights and no answer are one text, without credentials; a list without what has copies is no answer."""
    setting.kubernetes.forbidden = {"statefulsets"}
    with pytest.raises(ProgramError, match=r"lets one not list statefulsets[\s\S]*admin=True"):
        ran(lambda: palette.orphans("web"), Engine(setting.web))
    setting.kubernetes.status = 401
    with pytest.raises(ProgramError, match='the Kubernetes API of "web": Unauthorized') as caught:
        ran(lambda: palette.orphans("web"), Engine(setting.web))
    assert TOKEN not in str(caught.value)


def test_what_cannot_be_told_is_a_warning(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    """Layers without a record are named in a warning, and what they may name is left out."""
    del setting.kubernetes.objects[0]
    with caplog.at_level(logging.WARNING):
        found = names(ran(lambda: palette.orphans("web"), Engine(setting.web)))
    assert found == [f"Deployment/hello/{OLD}"]


# ---- ScaleToZero -----------------------------------------------------------------------------------------------------


def test_scale_to_zero(setting: Setting) -> None:
    """One patch an orphan with copies, of its replicas alone, by one manager; what others manage has none, and is told."""
    engine = Engine(setting.web)
    scaled = ran(lambda: palette.ScaleToZero("tidy", cluster="web").scaled, engine)
    assert scaled == [ALL[0], ALL[2]]
    patches = {name: each for name, each in engine.types.items() if "kubernetes:apps/v1" in each}
    assert patches == {
        f"tidy-deployment-hello-{OLD}": "kubernetes:apps/v1:DeploymentPatch",
        "tidy-statefulset-hello-db": "kubernetes:apps/v1:StatefulSetPatch",
    }
    given = engine.inputs[f"tidy-deployment-hello-{OLD}"]
    assert given["spec"] == {"replicas": 0}
    assert (given["metadata"]["name"], given["metadata"]["namespace"]) == (OLD, "hello")
    assert given["metadata"]["annotations"] == {
        "pulumi.com/patchForce": "true",
        "pulumi.com/patchFieldManager": "palette-orphans",
        "pulumi.com/skipAwait": "true",
    }
    alone = ran(lambda: palette.ScaleToZero("tidy", cluster="web").left_alone, Engine(setting.web))
    assert alone == {"StatefulSet/hello/busy": ["kubectl"]}


def test_its_provider(setting: Setting) -> None:
    """Patches go through a provider with the cluster's kubeconfig, as a secret, and its uid; or through one that is given."""
    engine = Engine(setting.web)
    ran(lambda: palette.ScaleToZero("tidy", cluster="web").scaled, engine)
    fields = engine.requests["tidy-kubernetes"].object.fields
    assert fields["kubeconfig"].struct_value.fields[SECRET_MARK].string_value
    assert fields["clusterIdentifier"].string_value == setting.web
    assert "tidy-kubernetes" in engine.requests["tidy-statefulset-hello-db"].provider
    own = Engine(setting.web)
    ran(lambda: palette.ScaleToZero("tidy", cluster=cluster()).scaled, own)
    assert own.inputs["tidy-kubernetes"]["clusterIdentifier"] == setting.web
    kubeconfig = own.inputs["tidy-kubernetes"]["kubeconfig"]
    assert (SECRET_MARK in kubeconfig, kubeconfig["value"]) == (True, "apiVersion: v1")
    assert "tidy-kubernetes" in own.requests["tidy-statefulset-hello-db"].provider
    other = Engine(setting.web)

    def given() -> Any:
        from pulumi_kubernetes import Provider

        return palette.ScaleToZero("tidy", cluster="web", provider=Provider("mine", kubeconfig="{}")).scaled

    ran(given, other)
    assert "mine" in other.requests["tidy-statefulset-hello-db"].provider
    assert "tidy-kubernetes" not in other.requests


def test_steady_once_scaled(setting: Setting) -> None:
    """What it scaled is an orphan still, so the next run makes the same patches, while a layer is rolled out, too."""
    for name in (OLD, "db"):
        found = setting.kubernetes.find("Deployment" if name == OLD else "StatefulSet", name)
        found["spec"]["replicas"] = 0
        found["metadata"]["managedFields"] = [PALETTE, manager("palette-orphans", REPLICAS)]
    assert ran(lambda: palette.ScaleToZero("tidy", cluster="web").scaled, Engine(setting.web)) == [ALL[0], ALL[2]]
    del setting.kubernetes.objects[0]
    assert ran(lambda: palette.ScaleToZero("tidy", cluster="web").scaled, Engine(setting.web)) == [ALL[0], ALL[2]]


def test_at_zero_and_changed_by_someone_else(setting: Setting) -> None:
    """What it scaled keeps its patch when someone sets another image; scaled up by hand it is left alone."""
    ours = manager("palette-orphans", REPLICAS)
    template = manager("kubectl-set", {"f:spec": {"f:template": {}}}, operation="Update")
    old, db = setting.kubernetes.find("Deployment", OLD), setting.kubernetes.find("StatefulSet", "db")
    old["spec"]["replicas"] = 0
    old["metadata"]["managedFields"] = [PALETTE, ours, template]
    db["metadata"]["managedFields"] = [PALETTE, ours, template, SCALER]

    def tidy() -> Any:
        made = palette.ScaleToZero("tidy", cluster="web")
        return pulumi.Output.all(made.scaled, made.left_alone)

    engine = Engine(setting.web)
    scaled, alone = ran(tidy, engine)
    assert scaled == [ALL[0]]
    assert alone == {ALL[1]: ["kubectl"], ALL[2]: ["kubectl-set", "kubectl"]}
    assert [name for name, kind in engine.types.items() if kind.endswith("Patch")] == [f"tidy-deployment-hello-{OLD}"]


def test_given_orphans(setting: Setting) -> None:
    """Chosen orphans, as a list or an output, are those that are scaled; nothing is asked then."""
    engine = Engine(setting.web)

    def chosen() -> Any:
        from pulumi_kubernetes import Provider

        some = palette.orphans_output("web").apply(lambda found: [each for each in found if each.name == "db"])
        return palette.ScaleToZero(
            "tidy", cluster="web", orphans=some, provider=Provider("mine", kubeconfig="{}")
        ).scaled

    assert ran(chosen, engine) == [ALL[2]]


def test_preview_of_a_change(setting: Setting) -> None:
    """In a preview that changes the cluster the patches of before stay: it doesn't tell their deletion."""
    from pulumi_kubernetes import Provider

    def whole() -> Any:
        mine = Provider("mine", kubeconfig="{}")
        return palette.ScaleToZero("tidy", cluster=cluster(), provider=mine).scaled

    assert ran(whole, Engine(setting.web, is_ready=False), preview=True) == [ALL[0], ALL[2]]
    assert ran(whole, Engine(setting.coming)) == []


@pytest.mark.parametrize("preview", [True, False])
def test_a_cluster_whose_state_is_unknown(setting: Setting, monkeypatch: pytest.MonkeyPatch, preview: bool) -> None:
    """It may have run for long, so it is an error: an empty answer would give up the patches, and start what is at 0."""
    read = Clusters.get

    def unknown(self: Clusters, uid: str) -> Cluster | None:
        found = read(self, uid)
        assert found is not None
        assert found.status is not None
        return found.model_copy(update={"status": found.status.model_copy(update={"state": "Unknown"})})

    monkeypatch.setattr(Clusters, "get", unknown)
    for body in (
        lambda: palette.ScaleToZero("tidy", cluster=cluster()).scaled,
        lambda: palette.ScaleToZero("tidy", cluster="web").scaled,
        lambda: palette.orphans_output(cluster()),
    ):
        with pytest.raises(ProgramError, match=r'"web" is Unknown[\s\S]*palette clusters web'):
            ran(body, Engine(setting.web), preview=preview)


def test_no_name() -> None:
    """A component has a name."""
    with pytest.raises(ProgramError, match="resource_name: it is empty"):
        ran(lambda: palette.ScaleToZero(" ", cluster="web"), Engine("c1"))


def test_a_simulated_cluster(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a simulated cluster there is nothing to look at, and the message says how to get a real one."""
    monkeypatch.setenv("SPECTROCLOUD_HOST", setting.direct)
    program._settings.cache_clear()
    try:
        with pytest.raises(ProgramError, match=r"is simulated[\s\S]*palette local start --kubernetes"):
            ran(lambda: palette.orphans("web"), Engine(setting.web))
    finally:
        program._settings.cache_clear()
