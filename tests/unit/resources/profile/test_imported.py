"""`ImportedProfile`: what reaches the engine from a document, what is refused by look-ups, and what the hooks make of it."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.resources import program
from palette_sdk.resources.arguments import ProgramError
from palette_sdk.resources.lookups import PackResult
from palette_sdk.testing import local_palette
from tests.unit.resources.mocks import Recording, run_program
from tests.unit.resources.profile.documents import DOCUMENT, MASK
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.test_resources import SECRET_MARK
from tests.unit.resources.world import World

SECRETS: dict[str, pulumi.Input[str]] = {"token": "hush-hush", "alpha": "hush-too"}


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[None]:
    """A local Palette for the look-ups of programs, which the environment names."""
    with local_palette() as local, pytest.MonkeyPatch.context() as patch:
        for name, value in local.environment.items():
            patch.setenv(name, value)
        program._settings.cache_clear()
        yield
        program._settings.cache_clear()
    assert "SPECTROCLOUD_HOST" not in os.environ or os.environ["SPECTROCLOUD_HOST"] != local.url


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The document in the program's folder; its name is what a program gives."""
    monkeypatch.chdir(tmp_path)
    found = Path("base.json")
    found.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return found


def write(file: Path, edit: Callable[[Any], object]) -> None:
    """Write the document after an edit."""
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def engine_of(file: str | Path, **arguments: Any) -> Recording:
    """The engine after a program that imports a file."""
    engine = Recording()

    async def run() -> None:
        palette.ImportedProfile("imp", **{"file": file, "secrets": SECRETS, **arguments})

    run_program(run, engine=engine)
    return engine


def inputs_of(file: str | Path, **arguments: Any) -> dict[str, Any]:
    """Inputs as the engine hands them to the hooks: without absent ones."""
    found: dict[str, Any] = plain(engine_of(file, **arguments).inputs["imp"])
    return {key: value for key, value in found.items() if not key.startswith("__")}


def plain(value: Any) -> Any:
    """A value without marks of secrets, and without what is null."""
    if isinstance(value, dict):
        if SECRET_MARK in value:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items() if item is not None}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_inputs(file: Path) -> None:
    """The document is the inputs of a profile: its own name, texts byte for byte, packs and registries of this Palette."""
    engine = engine_of(file)
    assert engine.types == {"imp": "pulumi-python:dynamic/palette:ImportedProfile"}
    found = inputs_of(file)
    assert (found["name"], found["version"], found["cloud"], found["type"]) == ("base", "1.2.0", "aws", "cluster")
    assert (found["description"], found["tags"]) == ("The base", {"team": "a", "web": ""})
    assert found["layer_order"] == ["ubuntu-aws", "kubernetes", "cni-calico", "csi-aws-ebs", "hello"]
    for item in DOCUMENT["spec"]["template"]["packs"]:
        layer = found["layers"][item["name"]]
        assert layer["values"] == item["values"]
        assert layer["manifests"] == {each["name"]: each["content"] for each in item["manifests"]}
        assert layer["registry_uid"] != "f" * 24
    kubernetes = found["layers"]["kubernetes"]
    assert (kubernetes["version"], kubernetes["tag"], kubernetes["kind"]) == ("1.30.4", "1.30.x", "k8s")
    assert found["variables"]["token"]["default"] == "hush-hush"


def test_arguments_come_before_the_document(file: Path) -> None:
    """Name and description replace the document's, tags come on top of its."""
    found = inputs_of(str(file), name="copy", description="", tags=["team:b", "new"])
    assert (found["name"], found["description"]) == ("copy", "")
    assert found["tags"] == {"team": "b", "web": "", "new": ""}


def test_defaults_of_a_pack(file: Path) -> None:
    """A layer without values takes its pack's own, and they are pinned as those of `pack` are; without a version, the latest."""

    def edit(document: Any) -> None:
        pack = document["spec"]["template"]["packs"][2]
        pack["values"] = pack["version"] = pack["tag"] = ""
        del pack["registry"]

    write(file, edit)
    layer = inputs_of(file)["layers"]["cni-calico"]
    assert layer["defaults"] is True
    assert "calico" in layer["values"]
    assert layer["version"] == palette_latest("cni-calico")


def palette_latest(name: str) -> str:
    """The latest version of a pack."""

    async def run() -> PackResult:
        return palette.get_pack(name)

    return run_program(run).version


def test_charts(file: Path) -> None:
    """Charts come from the registry of their kind, by name; a chart's values and version are the document's."""

    def edit(document: Any) -> None:
        for kind, registry in (("helm", "Public Helm Charts"), ("oci", "theirs")):
            document["spec"]["template"]["packs"].append(
                {"name": kind, "type": kind, "version": "1.0.0", "registry": {"metadata": {"name": registry}}}
            )

    write(file, edit)
    layers = inputs_of(file, registries={"theirs": "Public OCI Artefacts"})["layers"]
    uids = {layers[kind]["registry_uid"] for kind in ("helm", "oci")}
    assert len(uids | {layers["kubernetes"]["registry_uid"]}) == 3
    assert (layers["helm"]["type"], layers["helm"]["version"], layers["helm"]["tag"]) == ("helm", "1.0.0", "1.0.0")


def test_a_registry_that_was_renamed(file: Path) -> None:
    """Where a name is not known here and the uid is, it is that one: the document is of this Palette."""
    uid = inputs_of(file)["layers"]["kubernetes"]["registry_uid"]

    def edit(document: Any) -> None:
        document["spec"]["template"]["packs"][1]["registry"]["metadata"] = {"name": "former", "uid": uid}

    write(file, edit)
    assert inputs_of(file)["layers"]["kubernetes"]["registry_uid"] == uid


def test_all_that_stands_in_the_way(file: Path) -> None:
    """Unknown registries, packs, versions and tags, variables and arguments are told in one refusal, each with its place."""

    def edit(document: Any) -> None:
        packs = document["spec"]["template"]["packs"]
        for pack in packs[:2]:
            pack["registry"]["metadata"]["name"] = "Publik Repo"
        packs[2]["name"] = "cni-calicoo"
        packs[3]["version"] = "1.30.99"
        packs.append({"name": "chart", "type": "helm", "registry": {"metadata": {"name": "Public Helm Charts"}}})
        packs.append({"name": "other", "type": "oci", "version": "1"})
        document["metadata"]["lables"] = document["metadata"].pop("labels")

    write(file, edit)
    with pytest.raises(ProgramError) as refused:
        engine_of(file, secrets={"alpha": "hush-too"}, registries={"theirs": "Public Repo"})
    told = str(refused.value).splitlines()
    assert told[0] == 'ImportedProfile("imp"): base.json can\'t be imported; 8 things are wrong:'
    starts = [
        'spec.template.packs[2] (cni-calicoo): there is no pack "cni-calicoo" for aws in Public Repo; nearest: cni-calico',
        'spec.template.packs[3] (csi-aws-ebs): pack "csi-aws-ebs" has no version 1.30.99; nearest: ',
        "spec.template.packs[5] (chart).version: a chart needs its version",
        'spec.template.packs[0] (ubuntu-aws) and 1 more: there is no registry "Publik Repo" here; nearest: Public Repo; ',
        "spec.template.packs[6] (other).registry: a chart needs the name of its registry",
        'registries["theirs"]: no layer of the document comes from there',
        "spec.variables[1] (token): its default is masked, and the variable is required: ",
        "metadata.lables has no meaning and is passed over; did you mean labels?",
    ]
    for said in starts:
        assert any(line.strip().startswith(said) for line in told), (said, told)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("edit", "arguments", "told"),
    [
        (
            lambda found: found["spec"]["template"]["packs"][1]["registry"]["metadata"].update(name="theirs"),
            {"registries": {"theirs": "Public Rep"}},
            'registries["theirs"]: there is no registry "Public Rep" here; nearest: Public Repo',
        ),
        (
            lambda found: found["spec"]["template"]["packs"][1].update(tag="1.31.x"),
            {},
            'spec.template.packs[1] (kubernetes).tag: "1.31.x" is no tag of version 1.30.4; nearest: 1.30.x',
        ),
        (
            lambda found: found["spec"]["template"]["packs"].pop(2),
            {},
            "spec.template.packs: a cluster profile",
        ),
        (
            lambda found: found["spec"]["template"].update(cloudType="azure"),
            {},
            'spec.template.packs[0] (ubuntu-aws): there is no pack "ubuntu-aws" for azure in Public Repo',
        ),
    ],
)
def test_one_thing_wrong(file: Path, edit: Any, arguments: dict[str, Any], told: str) -> None:
    """Registries that are given, tags, the stack of layers and their cloud are judged with the look-ups."""
    write(file, edit)
    with pytest.raises(ProgramError) as refused:
        engine_of(file, **arguments)
    assert told in str(refused.value)


def test_a_file_that_is_not_there(file: Path) -> None:
    """A missing file names those beside it; one that is no JSON names the line."""
    with pytest.raises(
        ProgramError, match=r'ImportedProfile\("imp"\)\.file: no file bse\.json .*there are: base\.json'
    ):
        engine_of(Path("bse.json"))
    file.write_text("{\n", encoding="utf-8")
    with pytest.raises(ProgramError, match=r"base\.json can't be imported: it is not JSON \(line 2, column 1: "):
        engine_of(file)


def test_secrets_are_secret(file: Path) -> None:
    """A default of a sensitive variable is a secret input; nothing else of the document is."""
    request = engine_of(file).requests["imp"]
    fields = request.object["variables"]
    assert SECRET_MARK in fields["token"]["default"]
    assert fields["tier"]["default"] == "s"


# -- hooks -------------------------------------------------------------------------------------------------------------


def exported(world: World, uid: str) -> dict[str, Any]:
    """A version as the service exports it, without what differs from Palette to Palette."""
    found: dict[str, Any] = json.loads(world.client.profiles.export(uid))
    return ported(found)


def ported(document: dict[str, Any]) -> dict[str, Any]:
    """A document with its registries by name alone."""
    for pack in document["spec"]["template"]["packs"]:
        if "registry" in pack:
            pack["registry"] = pack["registry"]["metadata"]["name"]
    return document


def test_a_round_trip(file: Path, profiles: Steps, world: World) -> None:
    """What is imported is exported as it was: orders, moving tags, labels of options, comments; and it is steady."""
    inputs = inputs_of(file)
    assert profiles.up("imp", inputs) == "create"
    assert exported(world, profiles.state["imp"].id) == ported(copy.deepcopy(DOCUMENT))
    assert not {"document", "exact"} & set(profiles.state["imp"].inputs)
    profiles.is_steady("imp", inputs)


def test_under_another_name(file: Path, profiles: Steps, world: World) -> None:
    """Another name is all that differs; a document written from the export is the same again."""
    profiles.up("imp", inputs_of(file))
    first = exported(world, profiles.state["imp"].id)
    file.write_text(world.client.profiles.export(profiles.state["imp"].id), encoding="utf-8")
    inputs = inputs_of(file, name="copy")
    assert profiles.up("copy", inputs) == "create"
    second = exported(world, profiles.state["copy"].id)
    assert second["metadata"].pop("name") == "copy"
    assert first["metadata"].pop("name") == "base"
    assert second == first
    profiles.is_steady("copy", inputs)


def test_edited_in_place(file: Path, profiles: Steps, world: World) -> None:
    """A changed file edits the version in place: layers, an exact version under the same moving tag, labels, variables."""
    profiles.up("imp", inputs_of(file))
    uid = profiles.state["imp"].id

    def edit(document: Any) -> None:
        spec = document["spec"]
        spec["template"]["packs"][4]["manifests"][0]["content"] = "kind: Secret\n"
        spec["variables"][0]["options"][1] |= {"label": "Medium", "description": "more"}
        spec["variables"][0]["defaultValue"] = "m"

    write(file, edit)
    inputs = inputs_of(file)
    assert profiles.up("imp", inputs) == "update"
    assert profiles.state["imp"].id == uid
    assert any("base 1.2.0 is edited in place: 1 layer (hello)" in line for line in world.link.lines)
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    assert exported(world, uid) == ported(document)
    profiles.is_steady("imp", inputs)


def test_another_version_under_the_same_tag(file: Path, profiles: Steps, world: World) -> None:
    """A document names a layer's exact version beside a moving tag: the version holds, and is not pinned by the tag."""
    registry = world.client.registries.by_name("Public Repo")
    assert registry is not None
    found = world.client.packs.in_registry("kubernetes", registry.uid)
    assert found is not None
    versions = [tag.version for tag in found.tags if "1.30.x" in tag.parent_tags]
    assert len(versions) > 1

    def edit(version: str) -> Callable[[Any], object]:
        return lambda document: document["spec"]["template"]["packs"][1].update(version=version)

    for version in versions[:2]:
        write(file, edit(version))
        inputs = inputs_of(file)
        profiles.up("imp", inputs)
        layer = exported(world, profiles.state["imp"].id)["spec"]["template"]["packs"][1]
        assert (layer["version"], layer["tag"]) == (version, "1.30.x")
        profiles.is_steady("imp", inputs)


def test_another_number(file: Path, profiles: Steps) -> None:
    """A file that has another version now is refused, with the import to write beside."""
    profiles.up("imp", inputs_of(file))
    write(file, lambda document: document["spec"].update(version="1.3.0"))
    with pytest.raises(RefusedError) as refused:
        profiles.preview("imp", inputs_of(file))
    assert 'base.json has version 1.3.0 of "base" now, and 1.2.0 would be lost' in str(refused.value)
    assert 'palette.ImportedProfile("base-1.3.0", file="base.json")' in str(refused.value)


def test_a_number_that_is_taken(file: Path, profiles: Steps, world: World) -> None:
    """A version that clashes is refused, with the place of the number and both ways out."""
    profiles.up("web", world.profile("base", "1.2.0"))
    with pytest.raises(RefusedError) as refused:
        profiles.preview("imp", inputs_of(file))
    assert 'version 1.2.0 of "base" already exists' in str(refused.value)
    assert "take a free number as spec.version in base.json (latest is 1.2.0, 1.2.1 is free)" in str(refused.value)
    assert f'adopt="{profiles.state["web"].id}"' in str(refused.value)


def test_edits_that_are_forbidden(file: Path, profiles: Steps) -> None:
    """`in_place="forbid"` refuses a changed file, and says what to import instead."""
    profiles.up("imp", inputs_of(file, in_place="forbid"))
    write(file, lambda document: document["spec"]["template"]["packs"][4]["manifests"][0].update(content="a: 1\n"))
    with pytest.raises(
        RefusedError, match=r'forbid"\.\n  keep base\.json as it was, and import what is new under another'
    ):
        profiles.preview("imp", inputs_of(file, in_place="forbid"))


def test_edited_elsewhere(file: Path, profiles: Steps, world: World) -> None:
    """Labels of options that someone changed in the console are seen by a refresh, and not written over unseen."""
    profiles.up("imp", inputs_of(file))
    uid = profiles.state["imp"].id
    there = world.client.profiles.variables(uid)
    changed = there[0].model_copy(
        update={"options": [option.model_copy(update={"label": "XS"}) for option in there[0].options]}
    )
    world.client.profiles.patch_variables(uid, [changed])
    assert profiles.refresh("imp")
    seen = profiles.state["imp"].inputs["variables"]["tier"]["option_details"]
    assert {key: each["label"] for key, each in seen.items()} == {"s": "XS", "m": "XS"}
    assert profiles.up("imp", inputs_of(file)) == "update"
    assert world.client.profiles.variables(uid)[0].options[0].label == "Small"


def test_a_default_is_masked_in_what_is_exported(file: Path, profiles: Steps, world: World) -> None:
    """The secrets that were given are on the service, and the document that is exported has none of them."""
    profiles.up("imp", inputs_of(file))
    text = world.client.profiles.export(profiles.state["imp"].id)
    assert text.count(MASK) == 2
    assert "hush" not in text
