"""Overrides through the hooks: each policy, found and declared, for each kind of change and of content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from palette_sdk.resources.cluster import overrides
from palette_sdk.wire.clusters import ClusterProfiles
from tests.unit.resources.cluster.attached import attached
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import WEB, World, manifest_layer

RESOURCE = "Deployment/hello/hello"
VALUES = """# how many pods
ui:
  replicas: {replicas}   # by hand
  image: "hello:{image}"
"""
TEXT = """{{{{- if .Values.ui }}}}
replicas {replicas}
{{{{- end }}}}
image {image}
"""


@dataclass(frozen=True)
class Kind:
    """A kind of content: a layer, and where its replicas stand."""

    layer: str
    place: str
    override: dict[str, Any]


KINDS = {
    "values": Kind("app", "/ui/replicas", {"path": "/ui/replicas"}),
    "manifest": Kind("hello", "/spec/replicas", {"path": "/spec/replicas", "resource": RESOURCE}),
    "not YAML": Kind("text", "replicas", {}),
}


def content(kind: str, replicas: int, image: str = "1.0") -> str:
    """The text of a layer with so many replicas of this image."""
    if kind == "manifest":
        return WEB.format(replicas=replicas).replace("hello:1.0", f"hello:{image}")
    return (VALUES if kind == "values" else TEXT).format(replicas=replicas, image=image)


def profile(world: World, kind: str, replicas: int, *, version: str = "1.0.0", image: str = "1.0") -> dict[str, Any]:
    """A profile with all core layers and one layer of that kind."""
    inputs = world.profile(version=version)
    text = content(kind, replicas, image)
    layers = {name: layer for name, layer in inputs["layers"].items() if name != "hello"}
    if kind == "manifest":
        layers["hello"] = manifest_layer(text)
    else:
        layers[KINDS[kind].layer] = {**world.pack("hello-universe", "1.2.0"), "values": text, "defaults": False}
    return {**inputs, "layers": layers, "layer_order": list(layers)}


def override_on(world: World, uid: str, profile_uid: str, kind: str, *, old: int, new: int) -> None:
    """Somebody changes the replicas on the cluster, outside the program."""
    layer = KINDS[kind].layer
    if kind == "manifest":
        rows = world.client.clusters.pack_manifests(uid, profile_uid, layer)
        text = running(world, uid, kind).replace(f"replicas: {old}", f"replicas: {new}")
        world.client.clusters.put_manifests(uid, profile_uid, layer, {rows[0].metadata.uid: text})
    else:
        separator = ": " if kind == "values" else " "
        text = running(world, uid, kind).replace(f"replicas{separator}{old}", f"replicas{separator}{new}")
        body = {"profiles": [{"uid": profile_uid, "packValues": [{"name": layer, "values": text}]}]}
        world.client.clusters.patch_profiles(uid, ClusterProfiles.of(body))
    world.turn(60)


def running(world: World, uid: str, kind: str) -> str:
    """The text that the cluster runs."""
    layer = KINDS[kind].layer
    if kind == "manifest":
        rows = world.client.clusters.packs_manifests(uid)
        return next(item.content for row in rows for pack in row.spec.packs for item in pack.spec.manifests)
    templates = world.client.clusters.profiles(uid)
    return next(pack.values for template in templates for pack in template.packs if pack.name == layer)


def replicas_in(text: str) -> int:
    """How many replicas a text asks for."""
    line = next(line for line in text.splitlines() if line.strip().startswith("replicas"))
    return int(line.replace(":", " ").split()[1])


def declared(kind: str, value: int) -> dict[str, Any]:
    """The override that the program declares."""
    where = KINDS[kind]
    if kind == "not YAML":
        return {where.layer: {"layer": where.layer, "text": content(kind, value, "2.0")}}
    row = {"layer": where.layer, "value": value, **where.override}
    return {" ".join([where.layer, *filter(None, [where.override.get("resource"), where.place])]): row}


@dataclass
class Cluster:
    """A cluster under test, with what its program says."""

    world: World
    clusters: Steps
    profiles: Steps
    kind: str
    options: dict[str, Any]

    @property
    def uid(self) -> str:
        """Its uid."""
        return self.clusters.state["web"].id

    def version(self, number: str, replicas: int, image: str = "1.0") -> dict[str, Any]:
        """Make, or edit in place, a version of the profile; as a cluster gets it."""
        self.profiles.up(f"web-{number}", profile(self.world, self.kind, replicas, version=number, image=image))
        return attached(self.profiles, f"web-{number}")

    def up(self, item: dict[str, Any], **more: Any) -> str:
        """Run the program with that version."""
        return self.clusters.up("web", self.inputs(item, **more))

    def inputs(self, item: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The program's inputs."""
        return self.world.cluster(item, **{"updates": "apply", **self.options, **more})

    def text(self) -> str:
        """What it runs."""
        return running(self.world, self.uid, self.kind)


def prepared(cluster: Cluster, change: str, *, found: bool) -> dict[str, Any]:
    """A cluster that runs 2 replicas of its profile, overridden to 1; gives the version that brings 3 and another image."""
    first = cluster.version("1.0.0", 3 if change == "roll-back" else 2, "2.0" if change == "roll-back" else "1.0")
    cluster.up(first)
    current = first
    if change == "roll-back":
        current = cluster.version("1.1.0", 2)
        cluster.up(current)
    if found:
        override_on(cluster.world, cluster.uid, current["uid"], cluster.kind, old=2, new=1)
    if change == "in place":
        return cluster.version("1.0.0", 3, "2.0")
    return first if change == "roll-back" else cluster.version("1.1.0", 3, "2.0")


@dataclass(frozen=True)
class Situation:
    """One cell of the matrix."""

    policy: str
    change: str
    kind: str

    def __str__(self) -> str:
        return f"{self.policy}, {self.change}, {self.kind}"


SITUATIONS = [
    Situation(policy, change, kind)
    for policy in ("merge", "keep", "drop", "fail")
    for change in ("in place", "version switch", "roll-back")
    for kind in KINDS
]


@pytest.mark.parametrize("asked", SITUATIONS, ids=str)
def test_found(clusters: Steps, profiles: Steps, world: World, asked: Situation) -> None:
    """Base 2, cluster 1, incoming 3: keep gives 1, drop 3, merge and fail stop the preview; all else arrives."""
    kind, policy = asked.kind, asked.policy
    cluster = Cluster(world, clusters, profiles, kind, {"override_policy": policy})
    coming = prepared(cluster, asked.change, found=True)
    if policy in {"merge", "fail"}:
        before = cluster.text()
        world.forget_writes()
        with pytest.raises(RefusedError) as refused:
            clusters.preview("web", cluster.inputs(coming))
        told = str(refused.value)
        assert f'override_policy="{policy}"' in told
        assert f"layer {KINDS[kind].layer}" in told
        if policy == "merge" and kind != "not YAML":
            assert "cluster runs 1      incoming 3" in told
            assert ") 2 " in told
        assert world.writes == []
        assert cluster.text() == before
        return
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == (1 if policy == "keep" else 3)
    assert "2.0" in cluster.text()
    told = "\n".join(world.link.lines)
    assert f"found override {'kept' if policy == 'keep' else 'dropped'}: {KINDS[kind].layer}" in told
    found = clusters.state["web"].outputs["found_overrides"]
    assert bool(found) is (policy == "keep")
    clusters.is_steady("web", cluster.inputs(coming))


@pytest.mark.parametrize("asked", SITUATIONS, ids=str)
def test_declared(clusters: Steps, profiles: Steps, world: World, asked: Situation) -> None:
    """A declared override stands on every content and under every policy; without it the profile's value returns."""
    options = {"override_policy": asked.policy, "overrides": declared(asked.kind, 1)}
    cluster = Cluster(world, clusters, profiles, asked.kind, options)
    coming = prepared(cluster, asked.change, found=False)
    assert replicas_in(cluster.text()) == 1
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 1
    assert "2.0" in cluster.text()
    assert clusters.state["web"].outputs["found_overrides"] == {}
    clusters.is_steady("web", cluster.inputs(coming))
    cluster.options.pop("overrides")
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 3
    clusters.is_steady("web", cluster.inputs(coming))


@pytest.mark.parametrize("kind", ["values", "manifest"])
def test_another_path_arrives(clusters: Steps, profiles: Steps, world: World, kind: str) -> None:
    """Under merge an incoming change to another path arrives, while the override stays and is recorded by a refresh."""
    cluster = Cluster(world, clusters, profiles, kind, {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], kind, old=2, new=1)
    assert clusters.refresh("web")
    place = " ".join(filter(None, [KINDS[kind].override.get("resource"), KINDS[kind].place]))
    assert clusters.state["web"].outputs["found_overrides"] == {"web": {KINDS[kind].layer: {place: "1"}}}
    coming = cluster.version("1.0.0", 2, "1.0.13")
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 1
    assert "1.0.13" in cluster.text()
    assert clusters.state["web"].outputs["found_overrides"] == {"web": {KINDS[kind].layer: {place: "1"}}}
    clusters.is_steady("web", cluster.inputs(coming))


def test_a_rule_decides_its_path(clusters: Steps, profiles: Steps, world: World) -> None:
    """A rule for one path settles the conflict there; one that matches nothing is warned about."""
    rules = [
        {"policy": "keep", "layer": "hello", "resource": "*", "path": "/spec/replicas"},
        {"policy": "drop", "layer": "hello", "resource": "*", "path": "/spec/nothing"},
    ]
    cluster = Cluster(world, clusters, profiles, "manifest", {"override_rules": rules})
    coming = prepared(cluster, "in place", found=True)
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 1
    assert any("/spec/nothing" in line and "matches no found override" in line for line in world.link.lines)


def test_the_ways_out_of_two_conflicts_go_together(clusters: Steps, profiles: Steps, world: World) -> None:
    """Where two objects have the path, the rules to paste name theirs: one is kept, the other given up."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})

    def both(replicas: int) -> dict[str, Any]:
        inputs = profile(world, "manifest", replicas)
        text = "---\n".join(content("manifest", replicas).replace("hello", name) for name in ("hello", "other"))
        inputs["layers"]["hello"] = manifest_layer(text)
        profiles.up("web-1.0.0", inputs)
        return attached(profiles, "web-1.0.0")

    first = both(2)
    cluster.up(first)
    one_replica(world, cluster.uid, first["uid"], "hello")
    assert clusters.refresh("web")
    coming = both(3)
    with pytest.raises(RefusedError) as refused:
        cluster.up(coming)
    objects = re.findall(
        r'keep 1:  override_rules=\[OverrideRule\("keep", layer="hello", resource="(.+?)"', str(refused.value)
    )
    assert objects == [RESOURCE, RESOURCE.replace("hello", "other")]
    rules = [
        rule(policy=policy, layer="hello", resource=name, path="/spec/replicas")
        for policy, name in zip(("keep", "drop"), objects, strict=True)
    ]
    assert cluster.up(coming, override_rules=rules) == "update"
    assert [
        document["spec"]["replicas"] for document in yaml.safe_load_all(cluster.text()) if "replicas" in str(document)
    ] == [1, 3]


def rule(**where: str) -> dict[str, str]:
    """A rule as the engine hands it on."""
    return {"policy": "keep", "layer": "*", "resource": "*", "path": "**", **where}


def told_of_rules(clusters: Steps, world: World, inputs: dict[str, Any]) -> tuple[list[str], int]:
    """What an `up` says of rules, and how many calls a preview made before it."""
    world.link.lines.clear()
    world.forget_writes()
    clusters.preview("web", inputs)
    calls = sum(world.plane.env.requests.values())
    told = [line for line in world.link.lines if "override_rules" in line]
    clusters.up("web", inputs)
    return told, calls


def test_a_misspelt_rule(clusters: Steps, profiles: Steps, world: World) -> None:
    """A rule for no layer is told in each preview, one for no place as soon as it is written; the cluster isn't read."""
    rules = [
        rule(layer="hello", path="/spec/replicas"),
        rule(layer="helo"),
        rule(layer="hello", resource=RESOURCE, path="/spec/replcas"),
        rule(resource="Deployment/page"),
        rule(layer="hel*", path="/spec/zzz"),
    ]
    no_layer = 'warning: web: override_rules[1] ("keep", layer="helo") is for no layer of its profiles; nearest: hello.'
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    inputs = cluster.inputs(first, override_rules=rules)
    told, calls = told_of_rules(clusters, world, inputs)
    wanted = f'"keep", layer="hello", resource="{RESOURCE}", path="/spec/replcas"'
    fits_nothing = {
        2: f"{wanted}) fits nothing of layer hello: there is no /spec/replcas; nearest: /spec/replicas.",
        3: f'"keep", resource="Deployment/page") fits nothing of 5 layers: there is no Deployment/page; nearest: {RESOURCE}.',
        4: '"keep", layer="hel*", path="/spec/zzz") fits nothing of layer hello: there is no /spec/zzz.',
    }
    lines = [f"warning: web: override_rules[{number}] ({text}" for number, text in fits_nothing.items()]
    assert told == [no_layer, *lines]
    assert calls == 0
    assert told_of_rules(clusters, world, inputs) == ([no_layer], 0)
    told, _ = told_of_rules(clusters, world, {**inputs, "tags": {"env": "prod"}})
    assert [line.split("]")[0][-1] for line in told] == ["1", "2", "3", "4"]
    assert cluster.up(first, override_rules=rules[:1]) == "update"
    assert told_of_rules(clusters, world, cluster.inputs(first, override_rules=rules[:1])) == ([], 0)


def test_a_rule_for_what_someone_added(clusters: Steps, profiles: Steps, world: World) -> None:
    """A rule for a place that the profile doesn't have, and a found override does, is no misspelt one."""
    cluster = Cluster(world, clusters, profiles, "values", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    text = cluster.text().rstrip() + "\n  more: {deep: 1}\n"
    body = {"profiles": [{"uid": first["uid"], "packValues": [{"name": "app", "values": text}]}]}
    world.client.clusters.patch_profiles(cluster.uid, ClusterProfiles.of(body))
    world.turn(60)
    assert clusters.refresh("web")
    rules = [rule(layer="app", path="/ui/more"), rule(layer="app", path="/ui/mroe")]
    told, _ = told_of_rules(clusters, world, cluster.inputs(first, override_rules=rules))
    assert [line.split("fits")[1] for line in told] == [" nothing of layer app: there is no /ui/mroe."]


def test_held_updates_tell_what_would_become_of_overrides(clusters: Steps, profiles: Steps, world: World) -> None:
    """While an update is held, the preview says what its application would do to a found override, and nothing is sent."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"updates": "hold", "override_policy": "keep"})
    coming = prepared(cluster, "in place", found=True)
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 1
    told = "\n".join(world.link.lines)
    assert "update held" in told
    assert "if that update were applied:\nweb: found override kept: hello" in told
    assert clusters.state["web"].outputs["pending_updates"]["web"]["since"]
    token = told.split('approve=["')[1].split('"')[0]
    assert cluster.up(coming, approve=[token]) == "update"
    assert replicas_in(cluster.text()) == 1
    assert "2.0" in cluster.text()
    assert clusters.state["web"].outputs["pending_updates"] == {}


def test_a_changed_declared_override_is_put_back(clusters: Steps, profiles: Steps, world: World) -> None:
    """What the program declares and somebody changes on the cluster is applied again after a refresh."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"overrides": declared("manifest", 1)})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    override_on(world, cluster.uid, first["uid"], "manifest", old=1, new=7)
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs["found_overrides"] == {}
    world.link.lines.clear()
    assert cluster.up(first) == "update"
    assert replicas_in(cluster.text()) == 1
    told = "declared override put back: hello Deployment/hello/hello /spec/replicas was changed on the cluster"
    assert any(told in line for line in world.link.lines)
    clusters.is_steady("web", cluster.inputs(first))
    world.link.lines.clear()
    assert cluster.up(first, overrides=declared("manifest", 4)) == "update"
    assert not any("put back" in line for line in world.link.lines)


def test_declared_while_an_update_is_held(clusters: Steps, profiles: Steps, world: World) -> None:
    """Overrides can't change while an update of their profile waits: the write would bring it along."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"updates": "hold"})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    coming = cluster.version("1.0.0", 3)
    assert cluster.up(coming) == "update"
    with pytest.raises(RefusedError, match=r"overrides would change while an update of web 1\.0\.0 is held") as refused:
        clusters.preview("web", cluster.inputs(coming, overrides=declared("manifest", 1)))
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    assert cluster.up(coming, overrides=declared("manifest", 1), approve=[token]) == "update"
    assert replicas_in(cluster.text()) == 1


def test_a_new_cluster_with_an_override(clusters: Steps, profiles: Steps, world: World) -> None:
    """A cluster is made with its declared overrides, in the one call that makes it."""
    cluster = Cluster(world, clusters, profiles, "values", {"overrides": declared("values", 1)})
    first = cluster.version("1.0.0", 2)
    world.forget_writes()
    cluster.up(first)
    assert replicas_in(cluster.text()) == 1
    assert [row for row in world.writes if "spectroclusters" in row] == ["POST /v1/spectroclusters/aws"]
    clusters.is_steady("web", cluster.inputs(first))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"layer": "helo", "path": "/a", "value": 1}, "no profile of this cluster has a layer helo; nearest: hello"),
        (
            {"layer": "hello", "path": "/spec/replicas", "resource": "Deployment/helo", "value": 1},
            "Deployment/helo",
        ),
        ({"layer": "hello", "profile": "wen", "path": "/a", "value": 1}, "this cluster has no profile wen"),
    ],
)
def test_an_override_without_a_place(
    clusters: Steps, profiles: Steps, world: World, row: dict[str, Any], told: str
) -> None:
    """An override of a layer, object or profile that isn't there is refused in the preview, also on a new cluster."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"overrides": {"it": row}})
    first = cluster.version("1.0.0", 2)
    with pytest.raises(RefusedError, match=told):
        clusters.preview("web", cluster.inputs(first))


def test_a_misspelt_path_is_told_once(clusters: Steps, profiles: Steps, world: World) -> None:
    """A declared path that the layer lacks is told in the preview with the nearest one, and not again once it runs."""
    row = {"layer": "app", "path": "/ui/replcas", "value": 1}
    cluster = Cluster(world, clusters, profiles, "values", {"overrides": {"app /ui/replcas": row}})
    told = "web: the profile's app has no /ui/replcas; nearest: /ui/replicas. It is added."
    first = cluster.version("1.0.0", 2)
    clusters.preview("web", cluster.inputs(first))
    assert f"warning: {told}" in world.link.lines
    cluster.up(first)
    world.link.lines.clear()
    cluster.up(cluster.version("1.0.0", 2, "2.0"))
    assert not any("has no /ui" in line for line in world.link.lines)
    other = {**row, "path": "/ui/imag"}
    clusters.preview("web", cluster.inputs(first, overrides={"app /ui/replcas": row, "app /ui/imag": other}))
    assert [line for line in world.link.lines if "has no" in line] == [
        f"warning: {told.replace('replcas', 'imag').replace('replicas', 'image')}"
    ]


def test_changed_between_preview_and_write(clusters: Steps, profiles: Steps, world: World) -> None:
    """What somebody changes on the cluster after the check stops the update before its first write."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    cluster.up(first)
    coming = cluster.version("1.0.0", 2, "2.0")
    checked = clusters.check("web", clusters.state["web"].inputs, cluster.inputs(coming))
    override_on(world, cluster.uid, first["uid"], "manifest", old=2, new=1)
    world.forget_writes()
    with pytest.raises(Exception, match="someone changed hello on the cluster since this was planned"):
        clusters._update("web", checked)
    assert world.writes == []
    assert cluster.up(coming) == "update"
    assert replicas_in(cluster.text()) == 1


def test_killed_between_write_and_state(clusters: Steps, profiles: Steps, world: World) -> None:
    """An update whose state was lost after the write ends the same way when it is run again, the override intact."""
    cluster = Cluster(world, clusters, profiles, "manifest", {"override_policy": "keep"})
    coming = prepared(cluster, "in place", found=True)
    stored = clusters.state["web"]
    assert cluster.up(coming) == "update"
    text = cluster.text()
    clusters.state["web"] = stored
    assert cluster.up(coming) == "update"
    assert cluster.text() == text
    clusters.is_steady("web", cluster.inputs(coming))


def test_a_fleet_asks_once(clusters: Steps, profiles: Steps, world: World) -> None:
    """The same override on the same content is merged once, whoever asks."""
    cluster = Cluster(world, clusters, profiles, "values", {"override_policy": "keep"})
    coming = prepared(cluster, "in place", found=True)
    overrides.settled_once.cache_clear()
    for _ in range(3):
        clusters.preview("web", cluster.inputs(coming))
    asked = overrides.settled_once.cache_info()
    assert (asked.misses, asked.hits) == (1, 2)


def test_two_profiles_with_a_layer_of_one_name(clusters: Steps, profiles: Steps, world: World) -> None:
    """Where two profiles have the layer, the override says which; the other one stays as its profile has it."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    layers = {"hello": manifest_layer(WEB.format(replicas=5).replace("name: hello", "name: other"))}
    apps = {**world.profile("apps"), "cloud": "all", "layers": layers, "layer_order": ["hello"]}
    profiles.up("apps", apps)
    other = attached(profiles, "apps")
    row = {"layer": "hello", "path": "/spec/replicas", "resource": "Deployment/other", "value": 1}
    with pytest.raises(RefusedError, match="apps and web both have a layer hello; say which"):
        clusters.preview("web", world.cluster(first, other, overrides={"it": row}))
    second = {**other, "overrides": {"it": row}}
    clusters.up("web", world.cluster(first, second))
    texts = {
        found.metadata.uid: item.content
        for found in world.client.clusters.packs_manifests(cluster.uid)
        for pack in found.spec.packs
        for item in pack.spec.manifests
    }
    assert (replicas_in(texts[first["uid"]]), replicas_in(texts[other["uid"]])) == (2, 1)
    clusters.is_steady("web", world.cluster(first, second))
    assert clusters.up("web", world.cluster(first, other)) == "update"
    clusters.is_steady("web", world.cluster(first, other))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"resource": "Deployment/hello"}, "it changes the same place as another override"),
        ({"resource": "Deployment/default/hello", "profile": "web"}, "it changes the same place as another override"),
        ({"resource": "Deployment/hello", "profile": "apps"}, "it names another profile, apps"),
    ],
)
def test_attach_against_the_clusters_overrides(
    clusters: Steps, profiles: Steps, world: World, names: dict[str, str], told: str
) -> None:
    """A place is declared once, whether by the cluster or with its profile; what is attached names no other profile."""
    first = Cluster(world, clusters, profiles, "manifest", {}).version("1.0.0", 2)
    row = {"layer": "hello", "path": "/spec/replicas", "resource": "Deployment/hello", "value": 1}
    second = {**first, "overrides": {"it": {**row, **names, "value": 4}}}
    with pytest.raises(RefusedError, match=told):
        clusters.preview("web", world.cluster(second, overrides={"it": row}))


def test_what_is_told_where_a_layers_name_is_in_two_profiles(clusters: Steps, profiles: Steps, world: World) -> None:
    """The texts to paste name the profile, and the rule that refused is named."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    layers = {"hello": manifest_layer(WEB.format(replicas=5).replace("name: hello", "name: other"))}
    profiles.up("apps", {**world.profile("apps"), "cloud": "all", "layers": layers, "layer_order": ["hello"]})
    other = attached(profiles, "apps")
    clusters.up("web", world.cluster(first, other))
    one_replica(world, cluster.uid, first["uid"], "hello")
    clusters.refresh("web")
    coming = cluster.version("1.0.0", 3)
    with pytest.raises(RefusedError) as conflict:
        clusters.preview("web", world.cluster(coming, other, updates="apply"))
    assert 'value=1, profile="web")]' in str(conflict.value)
    assert 'override conflict on "web", layer hello of web, Deployment/hello/hello /spec/replicas' in str(
        conflict.value
    )
    rules = [{"policy": "fail", "layer": "hello", "resource": "*", "path": "/spec/replicas"}]
    with pytest.raises(RefusedError) as refused:
        clusters.preview("web", world.cluster(coming, other, updates="apply", override_rules=rules))
    assert '= 1 (override_rules[0]: "fail")' in str(refused.value)
    assert "palette override web hello --profile web --reset,\n  or choose another override_rules[0]" in str(
        refused.value
    )


def one_replica(world: World, uid: str, profile_uid: str, layer: str) -> None:
    """Somebody sets 1 replica in the manifest of that profile's layer on the cluster."""
    (row,) = world.client.clusters.pack_manifests(uid, profile_uid, layer)
    (text,) = [
        item.content
        for found in world.client.clusters.packs_manifests(uid)
        for pack in found.spec.packs
        for item in pack.spec.manifests
        if found.metadata.uid == profile_uid
    ]
    text = "".join("  replicas: 1\n" if "replicas" in line else line for line in text.splitlines(keepends=True))
    world.client.clusters.put_manifests(uid, profile_uid, layer, {row.metadata.uid: text})
    world.turn(60)


def test_a_rule_for_a_layer_that_is_not_sent(clusters: Steps, profiles: Steps, world: World) -> None:
    """A rule for a found override of a profile that stays as it is isn't called useless; one for nothing is."""
    cluster = Cluster(world, clusters, profiles, "manifest", {})
    first = cluster.version("1.0.0", 2)
    layers = {"page": manifest_layer(WEB.format(replicas=5).replace("name: hello", "name: other"))}
    profiles.up("apps", {**world.profile("apps"), "cloud": "all", "layers": layers, "layer_order": ["page"]})
    other = attached(profiles, "apps")
    clusters.up("web", world.cluster(first, other))
    one_replica(world, cluster.uid, first["uid"], "hello")
    one_replica(world, cluster.uid, other["uid"], "page")
    clusters.refresh("web")
    rules = [
        {"policy": "keep", "layer": name, "resource": "*", "path": "/spec/**"} for name in ("page", "pgae", "hello")
    ]
    coming = cluster.version("1.0.0", 3)
    clusters.preview("web", world.cluster(coming, other, updates="apply", override_rules=rules))
    told = [line for line in world.link.lines if "override_rules[" in line and "kept" not in line]
    assert told == [
        'warning: web: override_rules[1] ("keep", layer="pgae", path="/spec/**") is for no layer of its profiles; nearest: page.'
    ]


def test_only_what_differs_is_sent(clusters: Steps, profiles: Steps, world: World) -> None:
    """Of a layer with values and manifests, the text with the override is sent and the others stay the profile's."""
    inputs = world.profile()
    pack = {**world.pack("hello-universe", "1.2.0"), "defaults": True}
    pack["manifests"] = {"more": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\ndata:\n  a: b\n"}
    layers = {name: layer for name, layer in inputs["layers"].items() if name != "hello"} | {"hello-universe": pack}
    profiles.up("web-1.0.0", {**inputs, "layers": layers, "layer_order": list(layers)})
    row = {"layer": "hello-universe", "resource": "ConfigMap/more", "path": "/data/a", "value": "c"}
    item = attached(profiles, "web-1.0.0")
    clusters.up("web", world.cluster(item, overrides={"it": row}))
    uid = clusters.state["web"].id
    views = world.client.clusters.pack_config(uid, item["uid"], "hello-universe")
    assert not any(view.spec.is_values_overridden for view in views)
    texts = [
        manifest
        for found in world.client.clusters.packs_manifests(uid)
        for layer in found.spec.packs
        for manifest in layer.spec.manifests
    ]
    assert "a: c" in texts[0].content
    clusters.is_steady("web", world.cluster(item, overrides={"it": row}))
