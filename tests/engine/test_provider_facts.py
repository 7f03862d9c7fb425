"""What the engine gives a dynamic provider and what is made of it: one test for each fact, on the real engine."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any

import dill
import httpx2
import pytest
import yaml

from palette_sdk.client import Palette
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.profile.bodies import user_tags
from tests.engine.harness import Stack, World

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes in JSON what is not known yet."""

PROGRAM = """
import hashlib
import json
from pathlib import Path
import pulumi
import palette_sdk as palette

said = json.loads(Path("said.json").read_text())
name = said["name"]
SERVICE = '''
apiVersion: v1
kind: Service
metadata: {name: api, namespace: api}
spec: {type: LoadBalancer, ports: [{port: 3000}]}
'''


def base(kubernetes="1.30.4"):
    packs = [("ubuntu-aws", "22.04"), ("kubernetes", kubernetes), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
    return [palette.pack(palette.get_pack(pack, version)) for pack, version in packs]


def app(replicas):
    return f"apiVersion: apps/v1\\nkind: Deployment\\nmetadata:\\n  name: app\\nspec:\\n  replicas: {replicas}\\n"


def cluster(name, profile, **arguments):
    machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"], disk_gib=60)
    return palette.Cluster(name, cloud_config=palette.Aws(said.get("region", "eu-west-1")), pools=[
        palette.control_plane(machine), palette.workers("workers", machine, count=2)
    ], cloud_account=palette.get_cloud_account("aws-main", cloud="aws"), profiles=[profile], **arguments)


versions = {"1.0.0": palette.Profile(name, cloud="aws",
    layers=[*base(), palette.manifest("api", SERVICE), palette.manifest("app", app(said.get("replicas", 2)))])}
for version, kubernetes in said.get("versions", {}).items():
    versions[version] = palette.ProfileVersion(f"{name}-{version}", source=versions["1.0.0"], version=version,
        set_layers=[palette.pack(palette.get_pack("kubernetes", kubernetes))])
web = cluster(name, versions[said.get("version", "1.0.0")], tags=said.get("tags", []), approve=said.get("approve", []),
    **said.get("arguments", {}))
pulumi.export("id", web.id)
if said.get("url", True):
    pulumi.export("url", web.service_url("api", port=3000))
pulumi.export("digest", web.kubeconfig.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()))
pulumi.export("pending", web.pending_updates)
if said.get("consumer"):
    palette.Profile(f"{name}-consumer", layers=[palette.manifest("consumer", pulumi.Output.format(
        "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: x}}\\ndata: {{url: '{0}', id: '{1}', key: '{2}'}}\\n",
        web.service_url("api", port=3000), web.id, web.kubeconfig.apply(lambda text: str(len(text)))))])
if said.get("second"):
    cluster(f"{name}-second", versions["1.0.0"])
if said.get("read"):
    profile = palette.Profile.get("read-profile", said["read"]["profile"])
    other = palette.Cluster.get("read-cluster", said["read"]["cluster"])
    pulumi.export("read", [profile.name, profile.version, profile.type, other.name, other.services, other.kubernetes_version])
    pulumi.export("read_kubeconfig", other.kubeconfig)
"""


class Said:
    """A stack of the program, which does what its file says."""

    def __init__(self, world: World, name: str, **said: Any) -> None:
        self.world, self.name = world, name
        self.stack: Stack = world.program(PROGRAM, stack=name)
        self.say(**said)

    def say(self, **said: Any) -> Stack:
        """Let the program say this from now on; the stack, to run it."""
        (self.stack.folder / "said.json").write_text(json.dumps({"name": self.name, **said}))
        return self.stack

    def exported(self) -> list[dict[str, Any]]:
        """The resources of the state, secrets encrypted."""
        return list(json.loads(self.stack.cli("stack", "export").stdout)["deployment"]["resources"])

    def resource(self, kind: str, name: str = "") -> dict[str, Any]:
        """A resource of the state."""
        urn = f"palette:{kind}::{name or self.name}"
        return next(row for row in self.exported() if row["urn"].endswith(urn))

    def uid(self) -> str:
        """Uid of the cluster on the control plane."""
        row = self.world.client.clusters.by_name(self.name, fresh=True)
        assert row is not None
        return row.metadata.uid

    def replicas(self) -> int:
        """Replicas in what the cluster runs."""
        texts = {item.name: item.content for item in self.world.client.clusters.manifests(self.uid())}
        return int(yaml.safe_load(texts["app"])["spec"]["replicas"])


def steps(stack: Stack) -> dict[str, dict[str, Any]]:
    """The steps of a preview by the last part of their URN, as JSON."""
    done = stack.cli("preview", "--json")
    return {step["urn"].split("::")[-1]: step for step in json.loads(done.stdout)["steps"]}


def rest(world: World, method: str, path: str, body: Any = None, project: str = "") -> Any:
    """A call as another person would make it, outside the program."""
    headers = {"ApiKey": world.endpoint.api_key, "ProjectUid": project or world.client.project_uid}
    answer = httpx2.request(method, world.endpoint.url + path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def token(text: str, kind: str) -> str:
    """The token that a text gives for an approval."""
    found = re.search(rf'approve=\["({kind}-[0-9a-f]+)"\]', text)
    assert found, text
    return found[1]


@pytest.fixture(scope="module")
def calm(shared_world: World) -> Said:
    """A cluster with consumers, whose tests only preview."""
    found = Said(shared_world, "calm", consumer=True)
    found.stack.up()
    return found


@pytest.fixture
def said(shared_world: World) -> Callable[..., Said]:
    """Makes a stack of the program of the test's own, and runs it."""

    def make(name: str, **values: Any) -> Said:
        found = Said(shared_world, name, **values)
        found.stack.up()
        return found

    return make


# -- preview and state -------------------------------------------------------------------------------------------------


def test_consumers_see_what_they_know(calm: Said) -> None:
    """Where only a tag of a cluster changes, its address, id and kubeconfig stay known to all that use them."""
    stack = calm.say(consumer=True, tags=["team:a"])
    found = steps(stack)
    assert {name: step["op"] for name, step in found.items() if step["op"] != "same"} == {"calm": "update"}
    text = stack.preview(diff=True).text
    assert "output<" not in text
    assert "[unknown]" not in text
    assert "Outputs:" not in text
    assert "~ layers_plan" not in text


def indent(line: str) -> int:
    """How far a line is moved in."""
    return len(line) - len(line.lstrip())


def test_plan_of_layers(calm: Said) -> None:
    """The preview shows per layer, by name, which version it had and which it will have; what stays is not shown."""
    moved = {"consumer": True, "versions": {"1.1.0": "1.31.1"}, "version": "1.1.0"}
    wanted = token(calm.say(**moved).refused(), "rp")
    text = calm.say(**moved, approve=[wanted]).preview(diff=True).text
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.lstrip().startswith("~ layers_plan"))
    deeper = takewhile(lambda line: indent(line) > indent(lines[start]), lines[start + 1 :])
    changed = [re.sub(r" +", " ", line).strip() for line in deeper if line.lstrip().startswith(("~", "+", "-"))]
    assert changed[:2] == ["~ calm: {", "~ kubernetes : {"]
    assert re.fullmatch(r'~ digest : "[0-9a-f]{12}" => "[0-9a-f]{12}"', changed[2])
    assert changed[3:] == ['~ version: "1.30.4" => "1.31.1"']


def test_skipped_minor(calm: Said) -> None:
    """A step over a minor version of Kubernetes is refused in the preview, with the version between."""
    text = calm.say(consumer=True, versions={"1.1.0": "1.32.1"}, version="1.1.0").refused()
    assert (
        'Kubernetes would skip a minor on "calm": 1.30.4 (calm 1.0.0) -> 1.32.1 (calm 1.1.0). '
        "A cluster goes up one minor at a time.\n"
    ) in text
    assert "first move to a profile version with Kubernetes 1.31" in text


def test_changed_region(calm: Said) -> None:
    """Another region would be another cluster: refused in the preview, with what changes and the token for exactly that."""
    text = calm.say(consumer=True, region="eu-central-1").refused()
    assert (
        '"calm" would be replaced: cloud_config.region eu-west-1 -> eu-central-1. '
        "The running cluster and all on it would be deleted first."
    ) in text
    first = token(text, "rc")
    assert token(calm.say(consumer=True, region="us-east-1").refused(), "rc") != first


def test_nothing_is_null(calm: Said) -> None:
    """No input or output in state is null: a null would be unknown to consumers."""

    def nulls(value: Any, path: str) -> Iterator[str]:
        if value is None:
            yield path
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        for key, item in pairs:
            yield from nulls(item, f"{path}.{key}")

    for row in calm.exported():
        if "palette:" in row["type"]:
            assert list(nulls([row["inputs"], row["outputs"]], row["urn"])) == []


def test_contents_stay_with_the_profile(calm: Said) -> None:
    """A cluster's state has digests of its layers and none of their text, so that many clusters stay small."""
    row = calm.resource("Cluster")
    assert set(row["inputs"]["profiles"]["calm"]) <= {"uid", "name", "version", "type", "values"}
    plan = row["inputs"]["layers_plan"]["calm"]["app"]
    profile = calm.resource("Profile")["inputs"]["layers"]["app"]
    assert plan["digest"] == profile["digest"]
    assert "kind: Deployment" in profile["manifests"]["app"]
    assert "kind: Deployment" not in json.dumps(row)


def test_provider_in_state_causes_no_difference(calm: Said) -> None:
    """A provider that was pickled in another way, as by another version of pulumi, changes nothing."""
    deployment = json.loads(calm.stack.cli("stack", "export").stdout)
    other = base64.b64encode(dill.dumps(ClusterProvider(), protocol=2)).decode()
    for row in deployment["deployment"]["resources"]:
        if row["type"].endswith("palette:Cluster"):
            assert row["outputs"]["__provider"] != other
            row["inputs"]["__provider"] = row["outputs"]["__provider"] = other
    file = calm.stack.folder / "state.json"
    file.write_text(json.dumps(deployment))
    calm.say(consumer=True).cli("stack", "import", "--file", str(file))
    assert calm.stack.preview().changes == {}


def test_existing_objects_are_read(calm: Said) -> None:
    """`Profile.get` and `Cluster.get` give an object's outputs, kubeconfig as a secret, and manage nothing."""
    profile = calm.world.client.profiles.versions("calm", fresh=True)["1.0.0"]
    reader = Said(calm.world, "reader", read={"profile": profile, "cluster": calm.uid()})
    main = reader.stack.folder / "__main__.py"
    head, tail = PROGRAM.split("versions = {", 1)
    main.write_text(head + tail[tail.index('if said.get("read")') :])
    done = reader.stack.up()
    assert done.outputs["read"][:4] == ["calm", "1.0.0", "cluster", "calm"]
    assert done.outputs["read"][4]["api"]["ports"] == [3000]
    assert done.outputs["read"][5] == "1.30.4"
    assert "apiVersion" in done.outputs["read_kubeconfig"]
    outputs = next(row for row in reader.exported() if row["type"].endswith("Stack"))["outputs"]
    assert "ciphertext" in outputs["read_kubeconfig"]
    assert reader.stack.up().changes == {}
    reader.stack.destroy()
    assert calm.uid() == reader.world.client.clusters.by_name("calm", fresh=True).metadata.uid  # type: ignore[union-attr]


def test_clusters_of_one_profile(said: Callable[..., Said]) -> None:
    """An edit in place is told once, with every cluster that will have a pending update; each is held on its own."""
    two = said("two", second=True)
    done = two.say(second=True, replicas=3).up()
    assert done.changes == {"update": 3}
    told = re.search(r"these clusters will have a pending update: ([^.]+)\.", done.text)
    assert told
    assert set(told[1].split(", ")) == {"two", "two-second"}
    for name in ("two", "two-second"):
        row = two.world.client.clusters.by_name(name, fresh=True)
        assert row is not None
        assert row.status.notifications.is_available
        assert f'{name}: update held (updates="hold"): two 1.0.0 edited in place' in done.text
    assert two.stack.preview(refresh=True).changes == {}


def test_vanished_objects(said: Callable[..., Said]) -> None:
    """What someone deleted in Palette leaves the state at the next refresh, and the next `up` makes it again."""
    gone = said("gone")
    client, uid = gone.world.client, gone.uid()
    client.clusters.delete(uid)
    gone.world.admin.set_clock(advance_s=3600)
    client.profiles.delete(client.profiles.versions("gone", fresh=True)["1.0.0"])
    assert gone.stack.refresh().changes == {"delete": 2}
    assert gone.stack.up().changes == {"create": 2}
    assert gone.uid() != uid


def test_adopted_cluster(said: Callable[..., Said]) -> None:
    """A cluster is taken over without a token when nothing would change; else the preview lists what and gives a token."""
    first = said("taken")
    uid = first.uid()
    first.stack.cli("stack", "rm", "--force", "--yes")  # forgets what it made
    profile = first.world.client.profiles.versions("taken", fresh=True)["1.0.0"]
    second = Said(first.world, "taken")
    names = [folder / "Pulumi.yaml" for folder in (first.stack.folder, second.stack.folder)]
    names[1].write_text(names[0].read_text())  # the same project again: the marks are its own
    second.stack = Stack(second.stack.folder, "taken", first.world.environment)
    second.stack.config(palette__host="local")
    main = second.stack.folder / "__main__.py"
    main.write_text(
        PROGRAM.replace("palette.Profile(name, ", f'palette.Profile(name, adopt="{profile}", ').replace(
            "web = cluster(name, ", f'web = cluster(name, adopt="{uid}", profile='
        )
    )
    refused = second.say(tags=["new"]).refused()
    assert f'taking over the cluster "taken" (uid {uid}) would change: tags' in refused, refused
    assert second.say().up().changes == {"create": 3}
    assert second.stack.up(refresh=True).changes == {}
    assert first.uid() == uid


# -- one way only ------------------------------------------------------------------------------------------------------


def test_kubernetes_goes_only_up(said: Callable[..., Said]) -> None:
    """A roll-back that would lower Kubernetes is refused in the preview, with both versions and both ways out."""
    risen = said("risen", versions={"1.1.0": "1.31.1"})
    moved = {"versions": {"1.1.0": "1.31.1"}, "version": "1.1.0"}
    text = risen.say(**moved).refused()
    assert '"risen" would repave: control-plane (1 node, API down meanwhile), workers (2 nodes, one at a time).' in text
    assert risen.say(**moved, approve=[token(text, "rp")]).up().changes == {"update": 1}
    text = risen.say(versions={"1.1.0": "1.31.1"}).refused()
    assert (
        'Kubernetes would go down on "risen": 1.31.1 (risen 1.1.0) -> 1.30.4 (risen 1.0.0). '
        "Palette can't downgrade a cluster.\n"
    ) in text
    assert "stay: profiles=[risen 1.1.0]" in text
    assert "or make a version 1.0.1 of risen with the old apps on Kubernetes 1.31.1" in text


def test_approved_replacement(said: Callable[..., Said]) -> None:
    """The token of a replacement lets exactly that one happen: the old cluster is gone before the new one is made."""
    moved = said("moved")
    uid = moved.uid()
    wanted = token(moved.say(region="eu-central-1").refused(), "rc")
    other = moved.say(region="us-east-1", approve=[wanted]).refused()
    assert "would be replaced: cloud_config.region eu-west-1 -> us-east-1" in other
    assert moved.say(region="eu-central-1", approve=[wanted]).up().changes == {"replace": 1}
    assert moved.uid() != uid
    assert moved.world.client.clusters.get(uid) is None
    assert moved.stack.preview(refresh=True).changes == {}


# -- updates and overrides ---------------------------------------------------------------------------------------------


def test_held_update_and_override(said: Callable[..., Said]) -> None:
    """A held update is applied once by its token; content changed on the cluster is never overwritten unasked."""
    held = said("held")
    client = held.world.client

    text = held.say(replicas=3).preview().text
    assert "app Deployment/app /spec/replicas 2 -> 3" in text
    wanted = token(text, "up")
    assert held.stack.up().changes == {"update": 2}
    assert held.say(replicas=3, tags=["team:a"]).up().changes == {"update": 1}
    assert held.replicas() == 2
    done = held.say(replicas=3, tags=["team:a"], approve=[wanted]).up()
    assert done.changes == {"update": 1}
    assert done.outputs["pending"] == {}
    assert held.replicas() == 3
    assert held.say(replicas=4, tags=["team:a"], approve=[wanted]).up().changes == {"update": 2}
    assert held.replicas() == 3

    uid, profile = held.uid(), client.profiles.versions("held", fresh=True)["1.0.0"]
    manifest = client.clusters.pack_manifests(uid, profile, "app")[0].metadata.uid
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  replicas: 7\n"
    client.clusters.put_manifests(uid, profile, "app", {manifest: text})
    assert held.say(replicas=4).up().changes == {"update": 1}
    assert held.replicas() == 7
    applied = {"replicas": 4, "arguments": {"updates": "apply"}}
    refused = held.say(**applied).refused()
    assert 'override conflict on "held", layer app, Deployment/app /spec/replicas (override_policy="merge")' in refused
    assert "cluster runs 7      incoming 4" in refused
    applied["arguments"] = {"updates": "apply", "override_policy": "drop"}
    assert held.say(**applied).up().changes == {"update": 1}
    assert held.replicas() == 4
    assert held.stack.up(refresh=True).changes == {}


# -- settings of a stack, projects and scopes --------------------------------------------------------------------------


def test_defaults_of_a_stack(shared_world: World) -> None:
    """`palette:wait`, `palette:tags` and `palette:updates` hold for all of a stack; of tags a resource's own word wins."""
    found = Said(shared_world, "by-stack", tags=["team:own"], url=False)
    found.stack.config(palette__tags='["owner:platform", "team:all"]', palette__updates="apply", palette__wait="false")
    shared_world.admin.set_clock(paused=True)
    try:
        assert found.stack.up().changes == {"create": 3}
        row = shared_world.client.clusters.by_name("by-stack", fresh=True)
        assert row is not None
        assert row.status.state != "Running"
        assert user_tags(row.metadata.labels) == {"owner": "platform", "team": "own"}
    finally:
        shared_world.admin.set_clock(paused=False)
    assert found.say(tags=["team:own"], url=False, replicas=3).up().changes == {"update": 2}
    assert found.replicas() == 3


SCOPES = """
import pulumi
import palette_sdk as palette

layers = [palette.manifest("a", "apiVersion: v1\\nkind: Namespace\\nmetadata: {name: a}\\n")]
palette.Profile("of-the-stack", layers=layers)
palette.Profile("of-one", layers=layers, project="Default")
palette.Profile("of-all", layers=layers, scope="tenant")
"""


def test_projects_and_scopes(shared_world: World) -> None:
    """A project is named for a stack or for one resource, and a tenant's object is in none; refresh and destroy find each."""
    rest(shared_world, "POST", "/v1/projects", {"metadata": {"name": "Staging"}, "spec": {}})
    stack = shared_world.program(SCOPES, stack="scopes")
    stack.config(palette__project="Staging")
    assert stack.up().changes == {"create": 4}
    staging, default = shared_world.client.scoped(project="Staging"), shared_world.client

    def profiles(client: Palette) -> set[str]:
        names = {row.metadata.name for row in client.profiles.metadata(fresh=True)}
        return names & {"of-the-stack", "of-one", "of-all"}

    assert profiles(staging) == {"of-the-stack", "of-all"}
    assert profiles(default) == {"of-one", "of-all"}
    assert profiles(default.scoped(scope="tenant")) == {"of-all"}
    assert stack.preview(refresh=True).changes == {}
    assert stack.destroy().changes == {"delete": 4}
    assert profiles(staging) | profiles(default) == set()


def test_from_nothing_in_one_go(shared_world: World) -> None:
    """Content that needs an address of the same run is known after apply, for its layer alone, and one `up` makes it all."""
    stack = shared_world.example(
        "01_hello_universe", stack="one-go", cloud="aws", prefix="go-", threeTier="true", frontend="1.1.0"
    )
    found = steps(stack)
    layers = found["go-aws-profile-1.1.0"]["newState"]["inputs"]["layers"]
    plan = found["go-aws-cluster"]["newState"]["inputs"]["layers_plan"]["go-aws-profile"]
    for rows in (layers, plan):
        assert {name for name, row in rows.items() if UNKNOWN in json.dumps(row)} == {"hello-universe"}
        assert rows["kubernetes"]["version"] == "1.30.4"
    done = stack.up()
    assert done.changes == {"create": 6}
    row = shared_world.client.clusters.by_name("go-aws-cluster", fresh=True)
    assert row is not None
    texts = {item.name: item.content for item in shared_world.client.clusters.manifests(row.metadata.uid)}
    assert done.outputs["api_url"] in texts["hello-universe"]
    assert stack.preview(refresh=True).changes == {}


# -- running -----------------------------------------------------------------------------------------------------------

PROBE = """
import threading
from dataclasses import asdict

from palette_sdk.resources._hooks import Provider

together = threading.Barrier(16)


class ProbeProvider(Provider):
    def on_check(self, hook, old, new):
        return new

    def on_create(self, hook, new):
        together.wait(timeout=60)  # breaks unless 16 hooks run at the same time
        return new["name"], {**new, "parts": asdict(hook.seam.parts())}

    def on_delete(self, hook, uid, old):
        pass
"""
PROBES = """
import pulumi
from pulumi.dynamic import Resource
from probe import ProbeProvider


class Probe(Resource, module="palette", name="Probe"):
    parts: pulumi.Output[dict]

    def __init__(self, name):
        super().__init__(ProbeProvider(), name, {"name": name, "parts": None})


pulumi.export("parts", [Probe(f"probe-{number}").parts for number in range(16)])
"""


def test_hooks_run_side_by_side(shared_world: World) -> None:
    """With the pinned pulumi every part of the seam is active, and 16 hooks run at once where 4 would without it."""
    stack = shared_world.program(PROBES, stack="probes")
    (stack.folder / "probe.py").write_text(PROBE)
    done = stack.up(parallel=64)
    assert done.changes == {"create": 17}
    every = {"request": True, "cancel": True, "workers": True, "log": True, "engine_alive": True}
    assert done.outputs["parts"] == [every] * 16


def test_progress_is_told(shared_world: World) -> None:
    """A wait shows what it waits for on the resource's own row; what is passing is not repeated at the end."""
    text = Said(shared_world, "told").stack.up().text
    row = r"palette:Cluster told creating \(\d+s\) "
    assert re.search(row + r"accepted as [0-9a-f]{24}", text)
    assert re.search(row + r"(Pending|Provisioning|Running)", text)
    diagnostics = text.split("Diagnostics:", 1)[1]
    assert "accepted as" in diagnostics
    assert "Provisioning" not in diagnostics
