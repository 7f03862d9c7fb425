"""The hooks of profiles, called by pulumi's servicer, against a control plane in process."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.bodies import MARKER
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import LeftError, World, manifest_layer


def test_made_and_steady(profiles: Steps, world: World) -> None:
    """A profile is made by one POST, published; a second run, a refresh and a run after it change nothing."""
    inputs = world.profile()
    world.forget_writes()
    assert profiles.up("web", inputs) == "create"
    assert world.writes == ["POST /v1/clusterprofiles"]
    found = world.client.profiles.get(profiles.state["web"].id)
    assert found is not None
    assert found.spec.published is not None
    assert [pack.name for pack in found.spec.published.packs] == inputs["layer_order"]
    assert found.metadata.annotations[MARKER] == profiles.state["web"].inputs["marker"]
    world.forget_writes()
    profiles.is_steady("web", inputs)
    assert world.writes == []


def test_checked_layers_have_digests(profiles: Steps, world: World) -> None:
    """What check returns for each layer names its content by a digest, and its type is worked out."""
    _, checked = profiles.preview("web", world.profile())
    assert checked["type"] == "cluster"
    assert all(len(layer["digest"]) == 12 for layer in checked["layers"].values())
    assert checked["schema_version"] == 1
    assert not {"approve", "source", "set_layers"} & set(checked)


def test_unknown_content_in_a_preview(profiles: Steps, world: World) -> None:
    """A manifest that is not known yet leaves only its own layer's digest unknown."""
    inputs = world.profile()
    inputs["layers"]["hello"]["manifests"] = {"hello": UNKNOWN}
    step, checked = profiles.preview("web", inputs)
    assert step == "create"
    assert checked["layers"]["hello"]["digest"] == UNKNOWN
    assert len(checked["layers"]["kubernetes"]["digest"]) == 12


def test_unknown_layers_of_an_existing_profile(profiles: Steps, world: World) -> None:
    """Layers that are not known at all are an update, never a replacement."""
    profiles.up("web", world.profile())
    assert profiles.preview("web", world.profile(layers=UNKNOWN))[0] == "update"


def test_unknown_cloud_never_replaces(profiles: Steps, world: World) -> None:
    """A cloud that is not known yet is an update in the preview."""
    profiles.up("web", world.profile())
    assert profiles.preview("web", world.profile(cloud=UNKNOWN))[0] == "update"


def test_edited_in_place(profiles: Steps, world: World) -> None:
    """Changed content is written and published under the same number; the former content of that layer is kept."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    inputs = world.profile(replicas=3)
    world.link.lines.clear()
    assert profiles.up("web", inputs) == "update"
    assert profiles.state["web"].id == uid
    stored = profiles.state["web"].inputs
    assert list(stored["previous_layers"]) == ["hello"]
    assert "replicas: 2" in stored["previous_layers"]["hello"]["manifests"]["hello"]
    content = world.client.profiles.content(uid, fresh=True)
    assert content is not None
    assert "replicas: 3" in content.layers["hello"].manifests["hello"]
    assert any("web 1.0.0 is edited in place: 1 layer (hello)" in line for line in world.link.lines)
    profiles.is_steady("web", inputs)


def test_previous_layers_stay(profiles: Steps, world: World) -> None:
    """A change that touches no layer keeps what the last change in place left."""
    profiles.up("web", world.profile())
    profiles.up("web", world.profile(replicas=3))
    before = profiles.state["web"].inputs["previous_layers"]
    assert profiles.up("web", world.profile(replicas=3, tags={"env": "prod"})) == "update"
    assert profiles.state["web"].inputs["previous_layers"] == before


def test_in_place_forbidden(profiles: Steps, world: World) -> None:
    """`in_place="forbid"` refuses an edit and shows the version to make instead; tags still change."""
    profiles.up("web", world.profile(in_place="forbid"))
    with pytest.raises(RefusedError, match='in_place="forbid"') as refused:
        profiles.preview("web", world.profile(in_place="forbid", replicas=3))
    assert "palette.ProfileVersion" in str(refused.value)
    assert profiles.up("web", world.profile(in_place="forbid", tags={"env": "prod"})) == "update"


def test_metadata_of_others_stays(profiles: Steps, world: World) -> None:
    """A change of tags keeps annotations and the service's own labels, and takes the user's old tags away."""
    from palette_sdk.wire.meta import MetaInput

    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    found = world.client.profiles.get(uid)
    assert found is not None
    labels = {**found.metadata.labels, "spectrocloud.com/kept": "yes"}
    annotations = {**found.metadata.annotations, "other": "kept"}
    meta = MetaInput.of({"name": "web", "labels": labels, "annotations": annotations})
    world.client.profiles.patch_metadata(uid, meta)
    profiles.up("web", world.profile(tags={"team": "a", "bare": ""}))
    found = world.client.profiles.get(uid)
    assert found is not None
    assert found.metadata.labels == {"team": "a", "bare": "spectro__tag", "spectrocloud.com/kept": "yes"}
    assert found.metadata.annotations["other"] == "kept"
    profiles.is_steady("web", world.profile(tags={"team": "a", "bare": ""}))


def test_variables(profiles: Steps, world: World) -> None:
    """Variables are made, changed and taken away again, each time with an empty second run."""
    variable = {
        "display_name": "",
        "description": "how many",
        "format": "number",
        "input": "text",
        "options": [],
        "default": "2",
        "regex": "",
        "required": False,
        "immutable": False,
        "hidden": False,
        "sensitive": False,
    }
    for variables in (
        {"count": variable},
        {"count": {**variable, "default": "3"}, "region": {**variable, "format": "string", "default": "eu"}},
        {},
    ):
        inputs = world.profile(variables=variables)
        profiles.up("web", inputs)
        there = {item.name: item.default_value for item in world.client.profiles.variables(profiles.state["web"].id)}
        assert there == {name: item["default"] for name, item in variables.items()}
        profiles.is_steady("web", inputs)


@pytest.mark.parametrize("version", ["1.1", "v1.0.0", "01.0.0", ""])
def test_malformed_version(profiles: Steps, world: World, version: str) -> None:
    """A version that is not strictly semantic is refused."""
    with pytest.raises(RefusedError, match=r"not a version of the form major\.minor\.patch"):
        profiles.preview("web", world.profile(version=version))


def test_changed_version_is_refused(profiles: Steps, world: World) -> None:
    """Another number on an existing resource is refused with the ProfileVersion to add."""
    profiles.up("web", world.profile())
    with pytest.raises(RefusedError, match=r'palette\.ProfileVersion\("web-1\.1\.0"'):
        profiles.preview("web", world.profile(version="1.1.0"))


def test_replacement_is_refused(profiles: Steps, world: World) -> None:
    """A changed cloud, or `--replace`, would delete and make the same name and version: refused."""
    inputs = world.profile()
    profiles.up("web", inputs)
    profiles.preview("web", inputs)
    with pytest.raises(RefusedError, match="would be replaced"):
        profiles.check("web", {}, inputs)


def test_invalid_yaml(profiles: Steps, world: World) -> None:
    """Content that is not YAML is refused with layer, line and column."""
    inputs = world.profile()
    inputs["layers"]["hello"] = manifest_layer("a: 1\nb: [1, 2\nc: 3\n")
    with pytest.raises(RefusedError, match=r'layers\["hello"\]\.manifests\["hello"\].*line 3') as refused:
        profiles.preview("web", inputs)
    assert "column" in str(refused.value)


def test_secret_content_is_not_shown(profiles: Steps, world: World) -> None:
    """A secret manifest that is not YAML is refused without a word of its content."""
    inputs = world.profile()
    inputs["layers"]["hello"] = {**manifest_layer("password: [hunter2\nc: 3\n"), "secret": True}
    with pytest.raises(RefusedError) as refused:
        profiles.preview("web", inputs)
    assert "hunter2" not in str(refused.value)


def test_version_of_another(profiles: Steps, world: World) -> None:
    """A name and version that someone else made is refused in the preview, with a free number and how to adopt."""
    profiles.up("web", world.profile())
    uid = profiles.state["web"].id
    with pytest.raises(RefusedError, match=f'version 1.0.0 of "web" already exists \\(uid {uid}') as refused:
        profiles.preview("other", world.profile())
    assert "1.0.1 is free" in str(refused.value)


def test_version_of_another_made_meanwhile(profiles: Steps, world: World) -> None:
    """What another made between preview and create is never taken for our own."""
    checked = profiles.check("other", {}, world.profile())
    profiles.up("web", world.profile())
    with pytest.raises(AbortedError, match="already exists"):
        profiles._create("other", checked)
    assert list(profiles.state) == ["web"]


def test_create_again_after_a_lost_answer(profiles: Steps, world: World) -> None:
    """A POST whose answer was lost is found again by the marker: one object, nothing pending."""
    inputs = world.profile()
    world.lost_answer("POST", "/v1/clusterprofiles")
    profiles.up("web", inputs)
    assert len(world.client.profiles.versions("web", fresh=True)) == 1
    profiles.is_steady("web", inputs)


def test_create_after_a_crash(profiles: Steps, world: World) -> None:
    """A second create for the same resource goes on with the object that the first one made, under the same marker."""
    inputs = world.profile()
    profiles.up("web", inputs)
    uid = profiles.state.pop("web").id
    assert profiles.up("web", inputs) == "create"
    assert profiles.state["web"].id == uid
    profiles.is_steady("web", inputs)


def test_marker_is_carried(profiles: Steps, world: World) -> None:
    """The marker that was made at birth stays when the URN changes."""
    profiles.up("web", world.profile())
    stored = profiles.state["web"].inputs
    assert profiles.check("renamed", stored, world.profile())["marker"] == stored["marker"]


def test_vanished(profiles: Steps, world: World) -> None:
    """A refresh of a profile that is gone gives an empty id; an update of it says what to do."""
    profiles.up("web", world.profile())
    world.client.profiles.delete(profiles.state["web"].id)
    with pytest.raises(AbortedError, match=r"Palette: web 1\.0\.0 .* is gone from Palette"):
        profiles.up("web", world.profile(replicas=3))
    assert profiles.refresh("web") is False


def test_delete_of_what_is_gone(profiles: Steps, world: World) -> None:
    """Deleting what someone deleted already succeeds."""
    profiles.up("web", world.profile())
    world.client.profiles.delete(profiles.state["web"].id)
    profiles.destroy("web")


def test_drift_is_seen(profiles: Steps, world: World) -> None:
    """A refresh takes content and tags that were changed elsewhere, and the next run puts the program's back."""
    inputs = world.profile()
    profiles.up("web", inputs)
    before = profiles.state["web"]
    profiles.up("web", world.profile(replicas=5, tags={"env": "x"}))
    profiles.state["web"] = before
    assert profiles.refresh("web")
    assert "replicas: 5" in profiles.state["web"].inputs["layers"]["hello"]["manifests"]["hello"]
    assert profiles.state["web"].inputs["tags"] == {"env": "x"}
    assert profiles.up("web", inputs) == "update"
    profiles.is_steady("web", inputs)


def test_a_version_from_its_source(profiles: Steps, world: World) -> None:
    """A further version takes its source's layers with some replaced, added and dropped, and keeps that snapshot."""
    profiles.up("web", world.profile())
    inputs = version_inputs(profiles, set_layers={"hello": layer(3), "more": layer(1)}, set_order=["hello", "more"])
    assert profiles.up("web-1.1.0", inputs) == "create"
    stored = profiles.state["web-1.1.0"].inputs
    assert stored["layer_order"] == [*profiles.state["web"].inputs["layer_order"], "more"]
    assert "replicas: 3" in stored["layers"]["hello"]["manifests"]["hello"]
    profiles.is_steady("web-1.1.0", inputs)
    profiles.up("web", world.profile(replicas=7))
    later = version_inputs(profiles, set_layers={"more": layer(1)}, set_order=["more"])
    _, checked = profiles.preview("web-1.1.0", later)
    assert "replicas: 2" in checked["layers"]["hello"]["manifests"]["hello"]


def test_a_version_from_a_uid(profiles: Steps, world: World) -> None:
    """A source that is only a uid is read from the service."""
    profiles.up("web", world.profile())
    source = {"uid": profiles.state["web"].id, "name": "web", "version": "1.0.0", "cloud": "aws"}
    inputs = version_inputs(profiles, source=source, remove_layers=["hello"])
    assert profiles.up("web-1.1.0", inputs) == "create"
    assert "hello" not in profiles.state["web-1.1.0"].inputs["layers"]
    profiles.is_steady("web-1.1.0", inputs)


def test_a_version_of_an_unknown_source(profiles: Steps, world: World) -> None:
    """In a preview a source that does not exist yet leaves the layers unknown, and nothing fails."""
    source = {"uid": UNKNOWN, "name": "web", "version": "1.0.0", "cloud": "aws", "layers": UNKNOWN}
    step, checked = profiles.preview("web-1.1.0", version_inputs(profiles, source=source, set_layers={}))
    assert step == "create"
    assert checked["layers"] == UNKNOWN


def test_a_source_that_lacks_the_layer(profiles: Steps, world: World) -> None:
    """A layer to leave out that the source does not have is refused, with those that it has."""
    profiles.up("web", world.profile())
    with pytest.raises(RefusedError, match="the source has no layer 'hallo'; it has ubuntu-aws"):
        profiles.preview("web-1.1.0", version_inputs(profiles, remove_layers=["hallo"]))


def layer(replicas: int) -> dict[str, Any]:
    """A manifest layer."""
    return manifest_layer(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: 'replicas: {replicas}'\n"
    )


def version_inputs(profiles: Steps, **changes: Any) -> dict[str, Any]:
    """Inputs of `ProfileVersion("web-1.1.0", source=web, version="1.1.0")`."""
    if "source" not in changes:
        stored = profiles.state["web"]
        keys = ("name", "version", "cloud", "layers", "layer_order", "variables")
        changes["source"] = {"uid": stored.id, **{key: stored.outputs[key] for key in keys}}
    return {
        "name": "web",
        "version": "1.1.0",
        "cloud": "aws",
        "type": "",
        "description": "",
        "tags": {},
        "scope": "project",
        "timeouts": {},
        "approve": [],
        "in_place": "allow",
        "set_layers": {},
        "set_order": [],
        "remove_layers": [],
        "set_variables": {},
        "remove_variables": [],
        "layers": {},
        "previous_layers": {},
        "source_layers": {},
        **changes,
    }


def test_forbidden_only_where_known(profiles: Steps, world: World) -> None:
    """`in_place="forbid"` lets a preview pass whose manifest may turn out to be equal, and refuses a known difference."""
    profiles.up("web", world.profile(in_place="forbid"))
    maybe = world.profile(in_place="forbid")
    maybe["layers"]["hello"]["manifests"] = {"hello": UNKNOWN}
    assert profiles.preview("web", maybe)[0] == "update"
    assert any("hello (known after apply)" in line for line in world.link.lines)
    assert profiles.preview("web", world.profile(in_place="forbid", layers=UNKNOWN))[0] == "update"
    sure = {**maybe, "layers": {**maybe["layers"], "more": layer(1)}, "layer_order": [*maybe["layer_order"], "more"]}
    with pytest.raises(RefusedError, match=r"edited in place \(more\)"):
        profiles.preview("web", sure)


def test_another_source(profiles: Steps, world: World) -> None:
    """Another source of a version that exists is refused; without a change it stays noted."""
    profiles.up("web", world.profile())
    inputs = version_inputs(profiles)
    profiles.up("web-1.1.0", inputs)
    assert profiles.state["web-1.1.0"].inputs["source_uid"] == profiles.state["web"].id
    profiles.is_steady("web-1.1.0", inputs)
    other = {**inputs, "source": {**inputs["source"], "uid": "00ff", "version": "2.0.0"}}
    with pytest.raises(RefusedError, match=r"the source of web 1\.1\.0 would change from 1\.0\.0"):
        profiles.preview("web-1.1.0", other)


def test_type_of_unknown_layers(profiles: Steps, world: World) -> None:
    """The type of layers that are not known yet is not known either, unless it is declared."""
    source = {"uid": UNKNOWN, "name": "web", "version": "1.0.0", "cloud": "aws", "layers": UNKNOWN}
    inputs = version_inputs(profiles, source=source)
    assert profiles.preview("web-1.1.0", inputs)[1]["type"] == UNKNOWN
    assert profiles.preview("web-1.1.0", {**inputs, "type": "infra"})[1]["type"] == "infra"


def test_read_of_an_object_the_program_only_reads(profiles: Steps, world: World) -> None:
    """`Profile.get` gives name, version and layers from the uid alone."""
    profiles.up("web", world.profile())
    found = profiles.get("seen", profiles.state["web"].id)
    assert (found["name"], found["version"]) == ("web", "1.0.0")
    assert sorted(found["layers"]) == sorted(found["layer_order"])


def test_no_write_when_the_engine_is_gone(profiles: Steps, world: World) -> None:
    """A hook whose engine was killed ends its process before it writes."""
    checked = profiles.check("web", {}, world.profile())
    world.link.is_gone = True
    with pytest.raises(LeftError):
        profiles._create("web", checked)
    world.link.is_gone = False
    assert world.client.profiles.versions("web", fresh=True) == {}


def chart_layer(registry: Any) -> dict[str, Any]:
    """A layer from a chart of this registry."""
    return {**manifest_layer("unused"), "type": "helm", "manifests": {}, "version": "1.0.0", "registry_uid": registry}


def test_a_chart_of_an_unknown_registry(profiles: Steps, world: World) -> None:
    """A registry that doesn't exist is refused in the preview; a name says how it is looked up; unknown ones pass."""
    for given, message in (("bogus", 'no registry with the uid "bogus"'), ("Public Repo", "get_registry")):
        inputs = world.profile()
        inputs["layers"]["hello"] = chart_layer(given)
        with pytest.raises(RefusedError, match=message) as refused:
            profiles.preview("web", inputs)
        assert 'layers["hello"].registry: ' in str(refused.value)
    inputs["layers"]["hello"] = chart_layer(UNKNOWN)
    assert profiles.preview("web", inputs)[0] == "create"
