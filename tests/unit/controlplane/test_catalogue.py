"""The pack catalogue: what is in it, and what the loader refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from palette_sdk.controlplane.catalogue import (
    LAYERS,
    Catalogue,
    PackEntry,
    PackVersion,
    RegistryEntry,
    load_catalogue,
    pack_uid,
    registry_uid,
)
from palette_sdk.controlplane.catalogue.workloads import render_workloads
from palette_sdk.errors import LocalError

CATALOGUE = load_catalogue()
ROWS = [pytest.param(pack, version, id=f"{pack.name}-{version.version}") for _, pack, version in CATALOGUE.rows()]
WITH_WORKLOADS = [
    pytest.param(pack, version, id=f"{pack.name}-{version.version}")
    for _, pack, version in CATALOGUE.rows()
    if version.workloads
]
EXAMPLE = Path(__file__).parents[3] / "examples" / "01_hello_universe" / "manifests"


def public() -> RegistryEntry:
    """The public registry."""
    registry = CATALOGUE.registry("Public Repo")
    assert registry is not None
    return registry


def pack(name: str, catalogue: Catalogue = CATALOGUE, registry: str = "Public Repo") -> PackEntry:
    """The pack with this name, which must be there."""
    entry = catalogue.registry(registry)
    assert entry is not None
    found = entry.pack(name)
    assert found is not None, name
    return found


def version(name: str, tag: str) -> PackVersion:
    """The version of a public pack, which must be there."""
    found = pack(name).find(tag)
    assert found is not None, (name, tag)
    return found


def twice(node: yaml.Node | None) -> list[str]:
    """Keys that a mapping of the tree holds more than once."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        return [key for key in keys if keys.count(key) > 1] + [k for _, value in node.value for k in twice(value)]
    if isinstance(node, yaml.SequenceNode):
        return [key for item in node.value for key in twice(item)]
    return []


def write_pack(folder: Path, name: str = "site-app", *, description: str = "", values: str = "a: 1\n") -> Path:
    """A pack of one version; `description` replaces the lines after the name."""
    home = folder / name
    home.mkdir(parents=True)
    rest = description or 'layer: addon\nversions: [{version: "1.0.0"}]\n'
    (home / "pack.yaml").write_text(f"name: {name}\n{rest}", encoding="utf-8")
    (home / "values.yaml").write_text(values, encoding="utf-8")
    return folder


# ---- the data ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entry", "row"), ROWS)
def test_values_are_one_yaml_mapping(entry: PackEntry, row: PackVersion) -> None:
    """The values of each version are one YAML mapping with a `pack` section and no key twice."""
    tree = yaml.safe_load(row.values)
    assert isinstance(tree["pack"], dict), entry.name
    assert twice(yaml.compose(row.values, Loader=yaml.CSafeLoader)) == []


@pytest.mark.parametrize(("entry", "row"), ROWS)
def test_no_mark_is_left(entry: PackEntry, row: PackVersion) -> None:
    """No placeholder or condition of the loader reaches the values, the workloads or a preset."""
    for text in (row.values, row.workloads, *(preset.add for preset in row.presets)):
        assert not re.search(r"@(since|before):|@[a-z]\w*@", text), entry.name
        assert "\t" not in text
        assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize(("entry", "row"), ROWS)
def test_presets_add_yaml_to_known_sections(entry: PackEntry, row: PackVersion) -> None:
    """What a preset adds is a mapping below keys that the values have."""
    top = set(yaml.safe_load(row.values))
    for preset in row.presets:
        assert set(yaml.safe_load(preset.add)) <= top, (entry.name, preset.name)


@pytest.mark.parametrize(("entry", "row"), ROWS)
def test_schema_rules_name_paths_that_exist(entry: PackEntry, row: PackVersion) -> None:
    """Each schema rule names a path of the values, and the default obeys it."""
    for rule in row.schema:
        node = yaml.safe_load(row.values)
        for part in rule.name.split("."):
            assert part in node, (entry.name, rule.name)
            node = node[part]
        assert not rule.list_options or str(node) in rule.list_options
        assert not rule.regex or re.search(rule.regex, str(node))


@pytest.mark.parametrize("entry", [pytest.param(p, id=p.name) for p in public().packs])
def test_versions_of_a_pack_differ(entry: PackEntry) -> None:
    """No two versions of a pack have the same values, nor the same digest, and the trees differ too."""
    assert len(entry.versions) >= 2
    trees = [yaml.safe_load(row.values) for row in entry.versions]
    for index, tree in enumerate(trees):
        assert tree not in trees[:index], entry.versions[index].version
    assert len({row.digest for row in entry.versions}) == len(entry.versions)


@pytest.mark.parametrize("entry", [pytest.param(p, id=p.name) for p in public().packs])
def test_pack_says_what_it_is(entry: PackEntry) -> None:
    """Each pack has a known layer, a display name, cloud types of the API and a readme; add-ons have a type."""
    clouds = {"all", "aws", "azure", "gcp", "vsphere", "eks", "aks", "gke", "edge-native"}
    assert entry.layer in LAYERS
    assert entry.type == "spectro"
    assert entry.display_name
    assert set(entry.cloud_types) <= clouds
    assert entry.latest.readme.startswith("# ")
    assert bool(entry.addon_type) == (entry.layer == "addon")


@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp", "vsphere", "eks", "aks", "gke", "edge-native"])
def test_each_cloud_has_a_whole_stack(cloud: str) -> None:
    """For each cloud there is a pack of each layer that a profile needs."""
    layers = {entry.layer for entry in public().packs if entry.runs_on(cloud)}
    assert layers >= {"os", "k8s", "cni", "csi", "addon"}


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("ubuntu-aws", ["20.04", "22.04"]),
        ("ubuntu-azure", ["20.04", "22.04"]),
        ("ubuntu-gcp", ["20.04", "22.04"]),
        ("ubuntu-vsphere", ["20.04", "22.04"]),
        ("kubernetes", ["1.30.4", "1.31.1"]),
        ("cni-calico", ["3.28.0"]),
        ("csi-aws-ebs", ["1.30.0"]),
        ("hello-universe", ["1.1.0", "1.1.1", "1.2.0", "1.3.0"]),
    ],
)
def test_versions_that_examples_name(name: str, tags: list[str]) -> None:
    """The versions that the documentation and the examples use are there."""
    assert set(tags) <= {row.tag for row in pack(name).versions}


def test_kubernetes_has_four_minors_with_patches() -> None:
    """Kubernetes comes in four minors in a row, each with two or three patches, in ascending order."""
    numbers = [tuple(map(int, row.version.split("."))) for row in pack("kubernetes").versions]
    assert numbers == sorted(numbers)
    minors = [minor for _, minor, _ in numbers]
    assert sorted(set(minors)) == [29, 30, 31, 32]
    assert all(2 <= minors.count(minor) <= 3 for minor in set(minors))


def test_big_packs_are_big() -> None:
    """The values of the big packs are long enough to be worth merging."""
    for name in ("kubernetes", "prometheus", "kubecost", "hello-universe"):
        assert len(pack(name).latest.values.splitlines()) >= 100, name


def test_values_exercise_yaml() -> None:
    """Between them, the values hold comments, block scalars, anchors, merge keys, lists of maps and macros."""
    text = "\n".join(row.values for _, _, row in CATALOGUE.rows())
    for shape in (r"^ *# ", r": \|$", r": >-$", r": &\w+", r"<<: \*\w+", r"^ *- name: ", r"\{\{ \.spectro\.system"):
        assert re.search(shape, text, re.MULTILINE), shape


# ---- uids and look-ups -------------------------------------------------------------------------------------------------


def test_uids_are_hex_unique_and_derived() -> None:
    """Every uid is 24 lowercase hex characters, used once, and follows from the names alone."""
    uids = [row.uid for _, _, row in CATALOGUE.rows()] + [public().uid]
    assert all(re.fullmatch(r"[0-9a-f]{24}", uid) for uid in uids)
    assert len(set(uids)) == len(uids)
    assert version("kubernetes", "1.30.4").uid == pack_uid("Public Repo", "kubernetes", "1.30.4")
    assert public().uid == registry_uid("Public Repo")


def test_uids_never_change() -> None:
    """Known uids: stored objects refer to them, so the rule that makes them can't change."""
    assert registry_uid("Public Repo") == "20272731078b0aa5ef4cbd2e"
    assert pack_uid("Public Repo", "kubernetes", "1.30.4") == "b18ad9d4c19d6e9b8711c5ee"


def test_loading_twice_gives_the_same() -> None:
    """Two loads are equal."""
    assert load_catalogue() == CATALOGUE


def test_moving_tag_finds_the_newest_patch() -> None:
    """`1.30.x` is the newest patch of 1.30; an exact tag is itself; an unknown one is None."""
    kubernetes = pack("kubernetes")
    assert version("kubernetes", "1.30.4").parent_tags == ("1.30.x",)
    assert version("kubernetes", "1.30.x").version == "1.30.12"
    assert version("kubernetes", "1.30.4").version == "1.30.4"
    assert kubernetes.find("1.28.x") is None
    assert kubernetes.latest.version == "1.32.4"


def test_runs_on_keeps_to_cloud_types() -> None:
    """A pack of one cloud isn't offered to another; one for all is; no cloud and `all` ask for nothing."""
    assert not pack("ubuntu-aws").runs_on("azure")
    assert pack("cni-calico").runs_on("azure")
    assert pack("ubuntu-aws").runs_on("")
    assert pack("ubuntu-aws").runs_on("all")


# ---- what changes between versions -------------------------------------------------------------------------------------


def test_conditions_take_whole_lines() -> None:
    """A key that begins with a version is absent before, and a changed default is there once."""
    old, new = (yaml.safe_load(version("hello-universe", tag).values) for tag in ("1.1.1", "1.2.0"))
    assert "readinessProbe" not in old["ui"]
    assert new["ui"]["readinessProbe"] == {"path": "/", "periodSeconds": 5}
    assert (old["ui"]["replicas"], new["ui"]["replicas"]) == (1, 2)


def test_presets_are_resolved_per_version() -> None:
    """A preset names the image of its own version."""
    presets = {preset.name: preset for preset in version("hello-universe", "1.1.0").presets}
    added = yaml.safe_load(presets["enable-hello-universe-api"].add)
    assert added["ui"]["image"]["tag"] == "1.1.0-proxy"
    assert {preset.group for preset in presets.values()} == {"Backend"}


# ---- folders of one's own ----------------------------------------------------------------------------------------------


def test_extra_folder_adds_a_pack(tmp_path: Path) -> None:
    """A pack of a second folder joins the public registry, whose own packs stay."""
    catalogue = load_catalogue(extra=write_pack(tmp_path))
    assert pack("site-app", catalogue).latest.values == "a: 1\n"
    assert pack("site-app", catalogue).cloud_types == ("all",)
    assert pack("kubernetes", catalogue) == pack("kubernetes")
    assert [registry.name for registry in catalogue.registries] == ["Public Repo"]


def test_extra_folder_adds_a_version(tmp_path: Path) -> None:
    """A known pack gets a further version, after its own."""
    rest = 'layer: addon\nversions: [{version: "1.4.0"}]\n'
    catalogue = load_catalogue(extra=write_pack(tmp_path, "hello-universe", description=rest))
    entry = pack("hello-universe", catalogue)
    assert [row.version for row in entry.versions] == ["1.1.0", "1.1.1", "1.2.0", "1.3.0", "1.4.0"]
    assert entry.display_name == "Hello Universe"


def test_extra_folder_can_be_a_registry_of_its_own(tmp_path: Path) -> None:
    """With a registry.yaml of another name, even a known pack and version is a different one."""
    rest = 'layer: addon\nversions: [{version: "1.3.0"}]\n'
    folder = write_pack(tmp_path, "hello-universe", description=rest)
    (folder / "registry.yaml").write_text("name: Site\n", encoding="utf-8")
    catalogue = load_catalogue(extra=folder)
    assert [registry.name for registry in catalogue.registries] == ["Public Repo", "Site"]
    assert pack("hello-universe", catalogue, "Site").latest.uid != version("hello-universe", "1.3.0").uid


def test_root_replaces_the_catalogue(tmp_path: Path) -> None:
    """With a root of one's own only its packs are there."""
    catalogue = load_catalogue(write_pack(tmp_path))
    assert [entry.name for _, entry, _ in catalogue.rows()] == ["site-app"]


def test_values_file_of_one_version_wins(tmp_path: Path) -> None:
    """`values-<version>.yaml` takes the place of values.yaml for that version alone."""
    rest = 'layer: addon\nversions: [{version: "1.0.0"}, {version: "1.1.0", parentTags: [stable]}]\n'
    folder = write_pack(tmp_path, description=rest, values='v: "@version@"\n')
    (folder / "site-app" / "values-1.1.0.yaml").write_text('other: "@version@"\n', encoding="utf-8")
    entry = pack("site-app", load_catalogue(folder))
    assert [row.values for row in entry.versions] == ['v: "1.0.0"\n', 'other: "1.1.0"\n']
    assert [row.parent_tags for row in entry.versions] == [("1.0.x",), ("stable",)]


ONE = 'versions: [{version: "1.0.0"}]\n'


@pytest.mark.parametrize(
    ("description", "values", "said"),
    [
        pytest.param("layer: addon\nversions: [{version: 1.30}]\n", "a: 1", "put it in quotes", id="number-as-version"),
        pytest.param(f"layer: app\n{ONE}", "a: 1", 'layer "app" is unknown', id="unknown-layer"),
        pytest.param(ONE, "a: 1", "layer is missing", id="no-layer"),
        pytest.param(f"layer: addon\ncloudType: aws\n{ONE}", "a: 1", "unknown key cloudType", id="unknown-key"),
        pytest.param("layer: addon\nversions: []\n", "a: 1", "at least one version", id="no-version"),
        pytest.param(f"layer: addon\n{ONE}", "a: @image@", "@image@ has no value", id="unknown-mark"),
        pytest.param(f"layer: addon\n{ONE}", "a: 1 @since:2.0.0@", "@since:2.0.0@ names a version", id="unknown-since"),
        pytest.param("layer: [addon\n", "a: 1", "is not valid YAML", id="malformed"),
        pytest.param(f"layer: addon\ncloudTypes: aws\n{ONE}", "a: 1", "cloudTypes must be a list", id="text-for-list"),
    ],
)
def test_malformed_pack_is_refused(tmp_path: Path, description: str, values: str, said: str) -> None:
    """A pack that can't be read is refused with the file and the fault."""
    with pytest.raises(LocalError) as caught:
        load_catalogue(extra=write_pack(tmp_path, description=description, values=values))
    assert said in str(caught.value)
    assert "site-app" in str(caught.value)


def test_known_version_is_not_replaced(tmp_path: Path) -> None:
    """A second folder can't change a version that is there already."""
    rest = 'layer: addon\nversions: [{version: "1.3.0"}]\n'
    with pytest.raises(LocalError, match=r'"hello-universe" 1\.3\.0 is already in registry "Public Repo"'):
        load_catalogue(extra=write_pack(tmp_path, "hello-universe", description=rest))


def test_known_pack_keeps_its_layer(tmp_path: Path) -> None:
    """Versions of another layer can't be added to a known pack."""
    rest = 'layer: csi\nversions: [{version: "9.0.0"}]\n'
    with pytest.raises(LocalError, match="is in layer addon"):
        load_catalogue(extra=write_pack(tmp_path, "hello-universe", description=rest))


def test_missing_folder_missing_values_and_empty_folder_are_refused(tmp_path: Path) -> None:
    """A folder that is not there, one without packs, and a pack without values are each named."""
    with pytest.raises(LocalError, match="that is not a folder"):
        load_catalogue(extra=tmp_path / "nowhere")
    with pytest.raises(LocalError, match="no pack in"):
        load_catalogue(extra=tmp_path)
    (write_pack(tmp_path) / "site-app" / "values.yaml").unlink()
    with pytest.raises(LocalError, match=r"version 1\.0\.0 has no values"):
        load_catalogue(extra=tmp_path)


# ---- workloads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entry", "row"), WITH_WORKLOADS)
def test_workloads_follow_from_the_values(entry: PackEntry, row: PackVersion) -> None:
    """With its own values, each pack's workloads are whole: no pointer is left, every image has a tag."""
    manifests = render_workloads(row.workloads, row.values)
    assert manifests
    assert "$(" not in repr(manifests)
    for manifest in manifests:
        assert manifest["metadata"]["name"]
        spec = manifest.get("spec", {}).get("template", {}).get("spec", {})
        for container in spec.get("containers", []):
            assert re.fullmatch(r"[^:\s]+:[^:\s]+", container["image"]), (entry.name, container)
        if manifest["kind"] in ("Deployment", "StatefulSet"):
            assert isinstance(manifest["spec"]["replicas"], int)


def test_workloads_obey_replicas_and_conditions() -> None:
    """Replicas and ports keep their type, and the API tier appears when it is switched on."""
    row = version("hello-universe", "1.2.0")
    alone = render_workloads(row.workloads, row.values)
    assert [(m["kind"], m["metadata"]["name"]) for m in alone] == [
        ("Namespace", "hello-universe"),
        ("Deployment", "hello-universe-deployment"),
        ("Service", "hello-universe-service"),
    ]
    assert alone[1]["spec"]["replicas"] == 2
    assert alone[2]["spec"]["ports"][0]["port"] == 8080
    values = yaml.safe_load(row.values)
    values["api"]["enabled"] = True
    values["ui"]["replicas"] = 5
    three = render_workloads(row.workloads, yaml.safe_dump(values))
    assert three[1]["spec"]["replicas"] == 5
    assert "hello-universe-api-service" in [m["metadata"]["name"] for m in three]


@pytest.mark.parametrize("number", ["1.1.0", "1.1.1", "1.2.0", "1.3.0"])
def test_hello_universe_with_its_api_runs_other_deployments(number: str) -> None:
    """With the API preset there are `api`, `postgres` and `ui` instead of the one deployment; the page's service follows."""
    row = version("hello-universe", number)
    preset = next(preset for preset in row.presets if preset.name == "enable-hello-universe-api")
    values = yaml.safe_load(row.values)
    for key, added in yaml.safe_load(preset.add).items():
        values[key] |= added
    before, after = (
        {
            m["metadata"]["name"]: m
            for m in render_workloads(row.workloads, text)
            if m["kind"] in ("Deployment", "Service")
        }
        for text in (row.values, yaml.safe_dump(values))
    )
    assert list(before) == ["hello-universe-deployment", "hello-universe-service"]
    assert sorted(name for name in after if after[name]["kind"] == "Deployment") == ["api", "postgres", "ui"]
    assert after["hello-universe-service"]["spec"]["selector"] == {"app": "ui"}
    services = [each["spec"]["selector"]["app"] for each in after.values() if each["kind"] == "Service"]
    assert sorted(services) == ["api", "postgres", "ui"]


def test_pointer_to_nothing_leaves_its_field_out() -> None:
    """A value that was taken out, or is null, makes the field absent; inside a text it is empty."""
    template = "replicas: $(/gone)\nname: a$(/null)b\nitems: [$(/list/0), $(/list/9)]\n"
    assert render_workloads(template, "null: ~\nlist: [x]\n") == [{"name": "ab", "items": ["x"]}]
    assert render_workloads("# when: /gone\na: 1\n", "b: 2\n") == []
    assert render_workloads("# when not: /gone\na: 1\n", "b: 2\n") == [{"a": 1}]
    both = "# when: /b\n# when not: /c\na: 1\n"
    assert [len(render_workloads(both, values)) for values in ("b: true\n", "b: true\nc: true\n", "c: 1\n")] == [
        1,
        0,
        0,
    ]
    assert render_workloads("", "not: [yaml") == []


# ---- manifests of the first example ------------------------------------------------------------------------------------


def documents(name: str) -> dict[tuple[str, str], Any]:
    """The documents of a manifest of the first example, by kind and name."""
    text = (EXAMPLE / name).read_text(encoding="utf-8")
    return {(doc["kind"], doc["metadata"]["name"]): doc for doc in yaml.safe_load_all(text) if doc is not None}


@pytest.mark.parametrize("name", ["hello-universe.yaml", "hello-universe-api.yaml", "hello-universe-3tier.yaml"])
def test_example_selectors_match(name: str) -> None:
    """In each manifest, what services and workloads select is what pods are labelled with."""
    found = documents(name)
    labels = [
        doc["spec"]["template"]["metadata"]["labels"]
        for (kind, _), doc in found.items()
        if kind in ("Deployment", "StatefulSet")
    ]
    selectors = [doc["spec"]["selector"] for (kind, _), doc in found.items() if kind == "Service"]
    assert labels
    assert selectors
    assert all(selector in labels for selector in selectors)


def test_example_addresses() -> None:
    """The frontend answers on 8080 and the backend on 3000, both behind a load balancer."""
    for name, namespace, service, port in [
        ("hello-universe.yaml", "hello-universe", "hello-universe-service", 8080),
        ("hello-universe-3tier.yaml", "hello-universe", "hello-universe-service", 8080),
        ("hello-universe-api.yaml", "hello-universe-api", "hello-universe-api-service", 3000),
    ]:
        doc = documents(name)["Service", service]
        assert doc["metadata"]["namespace"] == namespace
        assert doc["spec"]["type"] == "LoadBalancer"
        assert doc["spec"]["ports"][0]["port"] == port


def test_three_tier_example_has_one_thing_to_fill_in() -> None:
    """The three-tier manifest has two replicas, asks for `api_uri` only, and keeps a macro of Palette."""
    text = (EXAMPLE / "hello-universe-3tier.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", text)) == {"api_uri"}
    assert "{{.spectro.system.cluster.name}}" in text
    deployment = documents("hello-universe-3tier.yaml")["Deployment", "hello-universe-deployment"]
    assert deployment["spec"]["replicas"] == 2
