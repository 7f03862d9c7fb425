"""Versions of cluster profiles: create, read, change, publish, delete."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane import kinds
from tests.contract import profiles_data as data
from tests.contract.conftest import Api

ONE = "/v1/clusterprofiles"


def get(api: Api, uid: str) -> Any:
    """A profile in full."""
    return api.ok("GET", f"{ONE}/{uid}")


def names(template: dict[str, Any]) -> list[str]:
    """Layer names of a template."""
    return [pack["name"] for pack in template["packs"]]


def use(api: Api, uid: str, *, link: str = kinds.CLUSTER_PROFILE) -> None:
    """Make an object that uses the profile, as the other families would."""
    kind = kinds.TEMPLATE if link == kinds.TEMPLATE_PROFILE else kinds.CLUSTER
    with api.store.atomic() as tx:
        body = {"metadata": {"uid": "c" * 24, "name": "user-1"}, "spec": {}, "status": {"state": "Running"}}
        tx.put(kind, "c" * 24, body, project=api.project, name="user-1")
        tx.link(link, "c" * 24, uid)


def test_create_is_a_draft(api: Api) -> None:
    """POST gives 201 and a draft; `spec.published` is there, without layers."""
    uid = data.created(api, data.full(api))
    assert len(uid) == 24
    got = get(api, uid)
    assert got["status"]["isPublished"] is False
    assert got["spec"]["published"]["packs"] == []
    assert got["spec"]["published"]["type"] == "cluster"
    assert names(got["spec"]["draft"]) == ["ubuntu-aws", "kubernetes", "cni-calico", "csi-aws-ebs", "hello"]
    assert [pack["layer"] for pack in got["spec"]["draft"]["packs"]] == ["os", "k8s", "cni", "csi", "addon"]


def test_publish(api: Api) -> None:
    """PATCH publish is 204 without a body; the draft becomes the published side and is gone."""
    uid = data.created(api, data.full(api))
    assert api.patch(f"{ONE}/{uid}/publish").content == b""
    got = get(api, uid)
    assert got["status"]["isPublished"] is True
    assert "draft" not in got["spec"]
    assert len(got["spec"]["published"]["packs"]) == 5
    assert got["spec"]["published"]["profileVersion"] == "1.0.0"


def test_create_and_publish_at_once(api: Api) -> None:
    """`publish=true` creates and publishes."""
    uid = data.created(api, data.full(api), publish=True)
    assert get(api, uid)["status"]["isPublished"] is True


def test_metadata_of_a_new_profile(api: Api) -> None:
    """Zero times of the client are ignored; scope and project are the server's; labels and description are kept."""
    metadata = get(api, data.created(api, data.full(api)))["metadata"]
    assert metadata["creationTimestamp"] == "2026-01-05T12:00:00.000Z"
    assert metadata["labels"] == {"env": "dev"}
    assert metadata["annotations"] == {"description": "d", "scope": "project", "projectUid": api.project}


def test_absent_version_is_1_0_0(api: Api) -> None:
    """Without a version a profile is 1.0.0."""
    body = data.addon()
    del body["spec"]["version"]
    assert get(api, data.created(api, body))["spec"]["version"] == "1.0.0"


def test_empty_and_null_layers(api: Api) -> None:
    """An empty or null list of packs is accepted, and reads back as an empty list."""
    for version, packs in (("1.0.0", []), ("2.0.0", None)):
        body = data.addon(version=version)
        body["spec"]["template"]["packs"] = packs
        assert get(api, data.created(api, body))["spec"]["draft"]["packs"] == []


@pytest.mark.parametrize("version", ["1.1", "v1.0.0", "01.0.0", "1.0.0.0", "latest", "1"])
def test_bad_version(api: Api, version: str) -> None:
    """What is no semantic version is refused."""
    api.refused("POST", ONE, data.addon(version=version), status=400, code="InvalidProfileVersion")


def test_duplicate(api: Api) -> None:
    """Name and version that exist are refused, with the uid that has them; another version is a new object."""
    first = data.created(api, data.addon())
    error = api.refused("POST", ONE, data.addon(), status=409, code="ClusterProfileAlreadyExists")
    assert error["details"]["uid"] == first
    second = data.created(api, data.addon(version="1.1.0"))
    assert get(api, first)["spec"]["versions"] == [
        {"uid": first, "version": "1.0.0"},
        {"uid": second, "version": "1.1.0"},
    ]


def test_same_name_in_the_tenant(api: Api) -> None:
    """Names are unique in their scope: the tenant may have what the project has."""
    data.created(api, data.addon())
    api.ok("POST", ONE, data.addon(), status=201, tenant=True)


def test_validate_name(api: Api) -> None:
    """The name check is 204 when name and version are free, 409 when they are taken, 400 when they can't be."""
    data.created(api, data.addon())
    check = f"{ONE}/validate/name?name=extras&version="
    assert api.ok("GET", f"{check}1.0.1", status=204) is None
    api.refused("GET", f"{check}1.0.0", status=409, code="ClusterProfileAlreadyExists")
    api.refused("GET", f"{check}1.0", status=400, code="InvalidProfileVersion")
    api.refused("GET", f"{ONE}/validate/name", status=400, code="InvalidRequest")


def _layer(**changes: Any) -> dict[str, Any]:
    return {**data.manifest_layer(), **changes}


@pytest.mark.parametrize(
    ("packs", "code"),
    [
        pytest.param([_layer(), _layer()], "InvalidProfileLayers", id="a name twice"),
        pytest.param([_layer(name="")], "InvalidProfileLayers", id="no name"),
        pytest.param([_layer(type="zarf")], "InvalidProfileLayers", id="unknown type"),
        pytest.param([_layer(layer="top")], "InvalidProfileLayers", id="unknown layer"),
        pytest.param([_layer(layer="os")], "InvalidProfileLayers", id="core layer in an add-on profile"),
        pytest.param([_layer(manifests=[{"content": "a: 1"}])], "InvalidRequest", id="manifest without a name"),
        pytest.param(
            [_layer(manifests=[{"name": "a", "content": ""}] * 2)], "InvalidProfileLayers", id="manifest name twice"
        ),
        pytest.param([_layer(manifests=[{"name": "a", "content": "a: [1"}])], "InvalidYaml", id="broken manifest"),
        pytest.param([_layer(values="a: 'x")], "InvalidYaml", id="broken values"),
        pytest.param([{"name": "prometheus", "uid": "f" * 24}], "PackNotFound", id="unknown pack uid"),
        pytest.param([{"name": "prometheus", "tag": "0.0.1"}], "PackNotFound", id="unknown tag"),
        pytest.param([{"name": "nothing", "tag": "1.0.0"}], "PackNotFound", id="unknown name"),
        pytest.param(
            [{"name": "prometheus", "tag": "58.6.0", "registryUid": "f" * 24}], "PackNotFound", id="unknown registry"
        ),
        pytest.param([{"name": "c", "type": "helm", "tag": "1"}], "PackNotFound", id="helm without a registry"),
        pytest.param(
            [_layer(values="a: {{.spectro.var.missing}}")], "PackVariablesUndefined", id="undefined variable in values"
        ),
        pytest.param(
            [_layer(manifests=[{"name": "a", "content": "a: '{{ .spectro.var.missing }}'"}])],
            "PackVariablesUndefined",
            id="undefined variable in a manifest",
        ),
    ],
)
def test_refused_layers(api: Api, packs: list[dict[str, Any]], code: str) -> None:
    """Layers that can't stand as they are are refused with 400, and nothing is kept of them."""
    api.refused("POST", ONE, data.addon("extras", "1.0.0", *packs), status=400, code=code)
    assert api.ok("GET", "/v1/dashboard/clusterprofiles/metadata")["items"] == []
    with api.store.atomic() as tx:
        assert tx.count(kinds.MANIFEST) == 0


def test_yaml_error_says_where(api: Api) -> None:
    """Invalid YAML is refused with line and column."""
    layer = data.manifest_layer(content="a: 1\nb: [1, 2\nc: 3\n")
    error = api.refused("POST", ONE, data.addon("x", "1.0.0", layer), status=400, code="InvalidYaml")
    assert "line 3, column 2" in error["message"]


@pytest.mark.parametrize(
    "text",
    [
        "replicas: {{.spectro.var.n}}",
        "{{- if .x }}\na: 1\n{{- end }}\n",
        "a: {{ .spectro.macro.m }}-b",
        "a: 1\n---\nb: 2",
    ],
)
def test_templating_is_no_yaml_error(api: Api, text: str) -> None:
    """Templating and several documents are accepted, and come back as they were sent."""
    body = data.addon("x", "1.0.0", data.manifest_layer(content=text))
    body["spec"]["variables"] = [{"name": "n", "defaultValue": "1"}]
    uid = data.created(api, body, publish=True)
    rows = api.ok("GET", f"{ONE}/{uid}/packs/hello/manifests")["items"]
    assert rows[0]["spec"]["published"]["content"] == text


def test_two_core_layers_of_a_kind(api: Api) -> None:
    """Two network layers are refused."""
    body = data.full(api)
    body["spec"]["template"]["packs"].append(data.pack(api, "cilium", "1.16.3"))
    error = api.refused("POST", ONE, body, status=400, code="InvalidProfileLayers")
    assert "cni-calico and cilium" in error["message"]


def test_pack_for_another_cloud(api: Api) -> None:
    """A pack that does not run on the profile's cloud is refused."""
    body = data.full(api)
    body["spec"]["template"]["packs"][0] = data.pack(api, "ubuntu-gcp", "22.04")
    api.refused("POST", ONE, body, status=400, code="InvalidProfileLayers")


def test_core_profile_for_all_clouds(api: Api) -> None:
    """Type cluster needs one cloud."""
    body = data.full(api, template={"cloudType": "all"})
    api.refused("POST", ONE, body, status=400, code="InvalidProfileLayers")


def test_incomplete_profile_cannot_be_published(api: Api) -> None:
    """A draft may lack core layers, but can't be published."""
    body = data.full(api)
    body["spec"]["template"]["packs"] = body["spec"]["template"]["packs"][:2]
    uid = data.created(api, body)
    error = api.refused("PATCH", f"{ONE}/{uid}/publish", status=400, code="ProfileLayersMissing")
    assert error["details"]["layers"] == ["cni", "csi"]
    api.refused(
        "POST", f"{ONE}?publish=true", {**body, "metadata": {"name": "b"}}, status=400, code="ProfileLayersMissing"
    )


def test_layer_by_moving_tag(api: Api) -> None:
    """A layer without a pack uid is looked up by name and tag; a moving tag gives its newest version."""
    body = data.addon("x", "1.0.0", {"name": "prometheus", "tag": "65.1.x"})
    pack = get(api, data.created(api, body))["spec"]["draft"]["packs"][0]
    assert (pack["tag"], pack["version"], pack["layer"]) == ("65.1.x", "65.1.1", "addon")
    assert pack["values"]


def test_helm_and_oci_layers(api: Api) -> None:
    """Layers of registries without sync are taken as named, with an empty pack uid."""
    rows = {row["kind"]: row["uid"] for row in api.ok("GET", "/v1/registries/metadata")["items"]}
    layers = [
        {"name": f"a-{kind}", "type": kind, "tag": "1.0", "registryUid": rows[kind], "uid": ""}
        for kind in ("helm", "oci")
    ]
    packs = get(api, data.created(api, data.addon("x", "1.0.0", *layers)))["spec"]["draft"]["packs"]
    assert [(each["type"], each["packUid"], each["layer"]) for each in packs] == [
        ("helm", "", "addon"),
        ("oci", "", "addon"),
    ]


def test_put_writes_the_draft(api: Api) -> None:
    """PUT replaces the layers of the draft; what is published stays until it is published again."""
    uid = data.created(api, data.addon(), publish=True)
    manifest_uid = get(api, uid)["spec"]["published"]["packs"][0]["manifests"][0]["uid"]
    layer = data.manifest_layer(content="kind: Other\n")
    body = {
        "metadata": {"name": "extras", "uid": uid},
        "spec": {"version": "1.0.0", "template": {"type": "add-on", "packs": [layer]}},
    }
    assert api.ok("PUT", f"{ONE}/{uid}", body, status=204) is None
    document = api.ok("GET", f"{ONE}/{uid}/packs/hello/manifests/{manifest_uid}")
    assert document["spec"]["published"]["content"] == data.MANIFEST
    assert document["spec"]["draft"]["content"] == "kind: Other\n"
    api.ok("PATCH", f"{ONE}/{uid}/publish", status=204)
    document = api.ok("GET", f"{ONE}/{uid}/packs/hello/manifests/{manifest_uid}")
    assert document["spec"] == {
        "published": {"content": "kind: Other\n", "digest": document["spec"]["published"]["digest"]}
    }


def test_put_keeps_labels(api: Api) -> None:
    """PUT changes no labels or annotations, whatever its metadata says."""
    uid = data.created(api, data.full(api), publish=True)
    body = {"metadata": {"name": "web", "labels": None}, "spec": {"version": "1.0.0", "template": {"packs": []}}}
    api.ok("PUT", f"{ONE}/{uid}", body, status=204)
    assert get(api, uid)["metadata"]["labels"] == {"env": "dev"}


def test_put_renames_the_version(api: Api) -> None:
    """Another version in a PUT renames the version: the number it had is free again."""
    uid = data.created(api, data.addon(), publish=True)
    body = {"metadata": {"name": "extras"}, "spec": {"version": "1.0.1", "template": {"type": "add-on", "packs": []}}}
    api.ok("PUT", f"{ONE}/{uid}", body, status=204)
    assert get(api, uid)["spec"]["version"] == "1.0.1"
    other = data.created(api, data.addon())
    api.refused("PUT", f"{ONE}/{other}", body, status=409, code="ClusterProfileAlreadyExists")


def test_put_drops_manifests(api: Api) -> None:
    """A manifest that neither side refers to any more is gone after publishing."""
    uid = data.created(api, data.addon(), publish=True)
    body = {"metadata": {"name": "extras"}, "spec": {"template": {"type": "add-on", "packs": []}}}
    api.ok("PUT", f"{ONE}/{uid}", body, status=204)
    with api.store.atomic() as tx:
        assert tx.count(kinds.MANIFEST) == 1
    api.ok("PATCH", f"{ONE}/{uid}/publish", status=204)
    with api.store.atomic() as tx:
        assert tx.count(kinds.MANIFEST) == 0


def test_foreign_manifest_uid(api: Api) -> None:
    """A manifest uid of another profile is refused."""
    mine, other = data.created(api, data.addon()), data.created(api, data.addon("other"))
    foreign = get(api, other)["spec"]["draft"]["packs"][0]["manifests"][0]["uid"]
    layer = data.manifest_layer()
    layer["manifests"][0]["uid"] = foreign
    body = {"metadata": {"name": "extras"}, "spec": {"template": {"packs": [layer]}}}
    api.refused("PUT", f"{ONE}/{mine}", body, status=400, code="InvalidProfileLayers")


def test_patch_metadata(api: Api) -> None:
    """Labels and annotations that are given replace the whole map, absent ones stay; scope stays in any case."""
    uid = data.created(api, data.full(api))
    api.clock.advance(60)
    path = f"{ONE}/{uid}/metadata"
    api.ok("PATCH", path, {"metadata": {"name": "web", "labels": {"a": "b"}, "annotations": None}}, status=204)
    metadata = get(api, uid)["metadata"]
    assert (metadata["labels"], metadata["annotations"]["description"]) == ({"a": "b"}, "d")
    assert metadata["lastModifiedTimestamp"] == "2026-01-05T12:01:00.000Z"
    api.ok("PATCH", path, {"metadata": {"labels": {}, "annotations": {"scope": "system"}}}, status=204)
    metadata = get(api, uid)["metadata"]
    assert (metadata["labels"], metadata["annotations"]) == ({}, {"scope": "project", "projectUid": api.project})


def test_patch_metadata_refusals(api: Api) -> None:
    """A PATCH needs metadata, and can't take a version that exists or is none."""
    uid = data.created(api, data.addon())
    data.created(api, data.addon(version="1.1.0"))
    path = f"{ONE}/{uid}/metadata"
    api.refused("PATCH", path, {}, status=400, code="InvalidRequest")
    body = {"metadata": {"name": "extras"}, "spec": {"version": "1.1.0"}}
    api.refused("PATCH", path, body, status=409, code="ClusterProfileAlreadyExists")
    body["spec"]["version"] = "x"
    api.refused("PATCH", path, body, status=400, code="InvalidProfileVersion")
    body["spec"]["version"] = "1.2.0"
    api.ok("PATCH", path, body, status=204)
    assert get(api, uid)["spec"]["version"] == "1.2.0"


def test_delete(api: Api) -> None:
    """DELETE is 204, with nothing left; a second one is 404."""
    uid = data.created(api, data.addon())
    assert api.delete(f"{ONE}/{uid}").status_code == 204
    api.refused("GET", f"{ONE}/{uid}", status=404, code="ResourceNotFound")
    api.refused("DELETE", f"{ONE}/{uid}", status=404, code="ResourceNotFound")
    with api.store.atomic() as tx:
        assert tx.count(kinds.MANIFEST) == 0


@pytest.mark.parametrize("link", [kinds.CLUSTER_PROFILE, kinds.TEMPLATE_PROFILE])
def test_delete_in_use(api: Api, link: str) -> None:
    """A version that a cluster or a template uses can't be deleted; the refusal names the user."""
    uid = data.created(api, data.addon(), publish=True)
    use(api, uid, link=link)
    error = api.refused("DELETE", f"{ONE}/{uid}", status=409, code="ResourceInUse")
    assert "user-1" in error["message"]
    assert error["details"]["users"][0]["uid"] == "c" * 24
    status = get(api, uid)["status"]
    key = "inUseClusters" if link == kinds.CLUSTER_PROFILE else "inUseClusterTemplates"
    assert [user["name"] for user in status[key]] == ["user-1"]


def test_template_locks_content(api: Api) -> None:
    """Content of a version that a template names can't be changed; labels can."""
    uid = data.created(api, data.addon(), publish=True)
    use(api, uid, link=kinds.TEMPLATE_PROFILE)
    body = {"metadata": {"name": "extras"}, "spec": {"template": {"packs": []}}}
    for method, path, sent in (
        ("PUT", f"{ONE}/{uid}", body),
        ("PATCH", f"{ONE}/{uid}/publish", None),
        ("PATCH", f"{ONE}/{uid}/variables", {"variables": []}),
        ("DELETE", f"{ONE}/{uid}/packs/hello", None),
    ):
        api.refused(method, path, sent, status=409, code="ClusterProfileInUseByTemplate")
    api.ok("PATCH", f"{ONE}/{uid}/metadata", {"metadata": {"labels": {"a": "b"}}}, status=204)


def test_bulk_delete(api: Api) -> None:
    """DELETE bulk has a body and answers 200 with what could not be deleted."""
    free, used = data.created(api, data.addon()), data.created(api, data.addon("used"))
    use(api, used)
    got = api.ok("DELETE", f"{ONE}/bulk", {"uids": [free, used, "f" * 24]})
    assert (got["deletedCount"], got["isSucceeded"]) == (1, False)
    assert [(each["uid"], each["name"]) for each in got["failures"]] == [(used, "used"), ("f" * 24, "")]
    assert "user-1" in got["failures"][0]["errMsg"]
    api.refused("DELETE", f"{ONE}/bulk", {}, status=400, code="InvalidRequest")


def test_unknown_uid(api: Api) -> None:
    """Every call on a profile that does not exist is 404 ResourceNotFound."""
    template = {"metadata": {"name": "a"}, "spec": {"template": {"packs": []}}}
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", template),
        ("DELETE", "", None),
        ("PATCH", "/metadata", {"metadata": {}}),
        ("PATCH", "/publish", None),
        ("POST", "/clone", {"metadata": {"name": "b"}}),
        ("POST", "/clone/validate", {"name": "b"}),
        ("GET", "/variables", None),
        ("PUT", "/variables", {"variables": []}),
        ("PATCH", "/variables", {"variables": []}),
        ("DELETE", "/variables", {"variables": []}),
        ("GET", "/packs", None),
        ("POST", "/packs", {"pack": data.manifest_layer()}),
        ("GET", "/packs/manifests", None),
        ("GET", "/packs/resolvedValues", None),
        ("GET", "/packs/a", None),
        ("PUT", "/packs/a", {"pack": data.manifest_layer()}),
        ("DELETE", "/packs/a", None),
        ("GET", "/packs/a/config", None),
        ("GET", "/packs/a/manifests", None),
        ("POST", "/packs/a/manifests", {"name": "a"}),
        ("GET", f"/packs/a/manifests/{'f' * 24}", None),
        ("PUT", f"/packs/a/manifests/{'f' * 24}", {"name": "a"}),
        ("DELETE", f"/packs/a/manifests/{'f' * 24}", None),
        ("PATCH", "/packRefs", {"packs": []}),
        ("POST", "/validate/packs", {"packs": []}),
        ("GET", "/export", None),
        ("GET", "/export/terraform", None),
        ("GET", "/spc/download", None),
    ):
        api.refused(method, f"{ONE}/{'f' * 24}{path}", body, status=404, code="ResourceNotFound")


def test_other_scopes(api: Api) -> None:
    """A tenant's profile can be read from a project but not changed; a project's is not found from the tenant."""
    tenants = api.ok("POST", ONE, data.addon("shared"), status=201, tenant=True)["uid"]
    assert get(api, tenants)["metadata"]["annotations"]["scope"] == "tenant"
    api.refused("DELETE", f"{ONE}/{tenants}", status=403, code="OperationNotAllowedInScope")
    mine = data.created(api, data.addon())
    api.refused("GET", f"{ONE}/{mine}", status=404, code="ResourceNotFound", tenant=True)
    rows = api.ok("GET", "/v1/dashboard/clusterprofiles/metadata")["items"]
    assert [row["metadata"]["uid"] for row in rows] == [mine, tenants]


def test_published_hook_is_told_of_changes_only(api: Api) -> None:
    """Publishing tells the other families when the content changed, not when it is the same."""
    told: list[str] = []
    hooks = api.plane.env.hooks
    api.plane.env.hooks = type(hooks)(hooks.settle, (lambda tx, uid, now: told.append(uid),))
    uid = data.created(api, data.addon(), publish=True)
    assert told == [uid]
    template = {"type": "add-on", "packs": [data.manifest_layer()]}
    body: dict[str, Any] = {"metadata": {"name": "extras"}, "spec": {"template": template}}
    api.ok("PUT", f"{ONE}/{uid}", body, status=204)
    api.ok("PATCH", f"{ONE}/{uid}/publish", status=204)
    assert told == [uid]
    body["spec"]["template"]["packs"][0]["manifests"][0]["content"] = "a: 2"
    api.ok("PUT", f"{ONE}/{uid}", body, status=204)
    api.ok("PATCH", f"{ONE}/{uid}/publish", status=204)
    assert told == [uid, uid]


def test_pack_meta_on_demand(api: Api) -> None:
    """Schema and presets of the packs are in the answer when they are asked for, and only then."""
    uid = data.created(api, data.full(api), publish=True)
    plain = get(api, uid)["spec"]["published"]["packs"][1]
    asked = api.ok("GET", f"{ONE}/{uid}?includePackMeta=schema,presets")["spec"]["published"]["packs"][1]
    assert {"schema", "presets"} & set(plain) == set()
    assert {"schema", "presets"} <= set(asked)


def test_user_macros(api: Api) -> None:
    """A profile says whether its values refer to macros."""
    plain, macros = (
        data.addon("plain"),
        data.addon("macros", "1.0.0", data.manifest_layer(values="a: '{{ .spectro.macro.m }}'")),
    )
    assert get(api, data.created(api, plain))["status"]["hasUserMacros"] is False
    assert get(api, data.created(api, macros))["status"]["hasUserMacros"] is True
