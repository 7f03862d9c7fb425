"""Profiles on the wire and back."""

from __future__ import annotations

from typing import Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.resources.profile import bodies
from palette_sdk.wire.profiles import ClusterProfile, Template, Variable

LAYER: dict[str, Any] = {
    "type": "spectro",
    "kind": "k8s",
    "version": "1.30.4",
    "tag": "1.30.x",
    "pack_uid": "p1",
    "registry_uid": "r1",
    "values": "\na: 1\n",
    "defaults": True,
    "manifests": {},
}
MANIFEST: dict[str, Any] = {"type": "manifest", "pack_uid": "m", "manifests": {"one": "a: 1\n", "two": "b: 2\n"}}
PROPS: dict[str, Any] = {
    "name": "web",
    "version": "1.0.0",
    "type": "cluster",
    "cloud": "aws",
    "description": "d",
    "tags": {"env": "dev", "bare": ""},
    "marker": "mark",
    "layers": {"apps": MANIFEST, "kubernetes": LAYER},
    "layer_order": ["kubernetes", "apps"],
}


def test_create_body() -> None:
    """A new version is written with layers in their order, tags as labels, and the marker."""
    body = bodies.create_body(PROPS).body()
    assert body["metadata"]["labels"] == {"env": "dev", "bare": "spectro__tag"}
    assert body["metadata"]["annotations"] == {"description": "d", bodies.MARKER: "mark"}
    packs = body["spec"]["template"]["packs"]
    assert [pack["name"] for pack in packs] == ["kubernetes", "apps"]
    assert (packs[0]["tag"], packs[0]["layer"], packs[0]["values"]) == ("1.30.x", "k8s", "a: 1")
    assert packs[1]["layer"] == "addon"
    assert [item["name"] for item in packs[1]["manifests"]] == ["one", "two"]
    assert (body["spec"]["version"], body["spec"]["template"]["cloudType"]) == ("1.0.0", "aws")


def test_update_body_names_manifests_by_uid() -> None:
    """A change in place gives known manifests their uid, new ones none."""
    body = bodies.update_body(PROPS, "u1", {"apps": {"one": "m1"}}).body()
    manifests = body["spec"]["template"]["packs"][1]["manifests"]
    assert [item.get("uid", "") for item in manifests] == ["m1", ""]


def test_metadata_keeps_what_others_wrote() -> None:
    """Labels of the service and annotations of others stay; the user's former tags go."""
    found = bodies.metadata(
        PROPS, annotations={"scope": "project", "description": "old"}, labels={"spectro__x": "y", "old": "tag"}
    )
    assert found["labels"] == {"spectro__x": "y", "env": "dev", "bare": "spectro__tag"}
    assert found["annotations"] == {"scope": "project", "description": "d", bodies.MARKER: "mark"}


def test_user_tags() -> None:
    """Labels of the service are no tags, a bare tag has an empty value."""
    labels = {"spectrocloud.com/x": "1", "palette.spectrocloud.com/y": "2", "env": "dev", "bare": "spectro__tag"}
    assert bodies.user_tags(labels) == {"env": "dev", "bare": ""}


def test_variables_there_and_back() -> None:
    """A variable that was written is read back equal, also where it says little."""
    variables = {
        "count": {
            "display_name": "Count",
            "description": "how many",
            "format": "number",
            "input": "dropdown",
            "options": ["1", "2"],
            "default": "1",
            "regex": "",
            "required": True,
            "immutable": False,
            "hidden": True,
            "sensitive": False,
        },
        "plain": {
            "display_name": "",
            "description": "",
            "format": "string",
            "input": "text",
            "options": [],
            "regex": "",
        },
    }
    written = bodies.variables({"variables": variables})
    assert written[1].display_name == "plain"
    back = bodies.observed_variables(written, variables)
    assert back["count"] == variables["count"]
    assert "default" not in back["plain"]
    assert back["plain"]["display_name"] == ""


def test_a_masked_default_is_unchanged() -> None:
    """The service never gives a sensitive default back, so the stored one counts."""
    found = [Variable.of({"name": "key", "isSensitive": True, "defaultValue": "****"})]
    assert bodies.observed_variables(found, {"key": {"default": "hidden"}})["key"]["default"] == "hidden"
    assert "default" not in bodies.observed_variables(found, {})["key"]


def test_equal_content_keeps_the_stored_text() -> None:
    """Content that the service formats otherwise keeps the text and hints of state."""
    stored = {**LAYER, "values": "a:   1  # why\n", "digest": layer_digest(values="a: 1", manifests={})}
    pack = {"name": "kubernetes", "tag": "1.30.4", "packUid": "p1", "values": "a: 1", "layer": "k8s", "type": "spectro"}
    layers, order = bodies.observed_layers(Template.of({"packs": [pack]}), {}, {"kubernetes": stored})
    assert layers == {"kubernetes": stored}
    assert order == ["kubernetes"]


def test_other_content_is_taken() -> None:
    """Content or a version that differs is read as it is, without the hint that it is the pack's default."""
    stored = {**LAYER, "digest": layer_digest(values="a: 1", manifests={}), "secret": True}
    for pack in ({"tag": "1.30.4", "values": "a: 2"}, {"tag": "1.31.1", "values": "a: 1"}):
        template = Template.of({"packs": [{"name": "kubernetes", "layer": "kernel", **pack}]})
        found = bodies.observed_layers(template, {"kubernetes": {"m": "x"}}, {"kubernetes": stored})[0]["kubernetes"]
        assert (found["tag"], found["values"], found["defaults"]) == (pack["tag"], pack["values"], False)
        assert (found["type"], found["kind"], found["manifests"]) == ("spectro", "os", {"m": "x"})
        assert found["secret"] is True


def test_ours() -> None:
    """An object is ours by its marker; without a marker nothing is."""
    found = ClusterProfile.of({"metadata": {"name": "web", "uid": "u", "annotations": {bodies.MARKER: "mark"}}})
    assert bodies.is_ours(found, "mark")
    assert not bodies.is_ours(found, "other")
    unmarked = ClusterProfile.of({"metadata": {"name": "web", "uid": "u", "annotations": {bodies.MARKER: ""}}})
    assert not bodies.is_ours(unmarked, "")


def test_orders_do_not_hang_on_mappings() -> None:
    """Variables and manifests are written in the order that is said, else by name: a mapping from the engine has none."""
    definition = {"format": "string", "default": "x"}
    layer = {"type": "manifest", "manifests": {"z": "a: 1\n", "b": "b: 2\n"}}
    props = {
        **PROPS,
        "layers": {"apps": layer, "others": {**layer, "manifest_order": ["z", "b"]}},
        "layer_order": ["apps", "others"],
        "variables": {"two": definition, "one": definition, "three": definition},
    }
    packs = bodies.packs(props, {})
    assert [[each["name"] for each in pack["manifests"]] for pack in packs] == [["b", "z"], ["z", "b"]]
    assert [each.name for each in bodies.variables(props)] == ["one", "three", "two"]
    told = bodies.variables({**props, "variable_order": ["two", "gone", "one"]})
    assert [each.name for each in told] == ["two", "one", "three"]
