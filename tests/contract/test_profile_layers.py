"""Single layers, manifests and variables of a profile, clones, and the lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import profiles_data as data
from tests.contract.conftest import Api

ONE = "/v1/clusterprofiles"


@pytest.fixture
def uid(api: Api) -> str:
    """A published add-on profile with one layer of manifests."""
    return data.created(api, data.addon(), publish=True)


def spec(api: Api, uid: str) -> Any:
    """The profile's `spec`."""
    return api.ok("GET", f"{ONE}/{uid}")["spec"]


def test_add_layer(api: Api, uid: str) -> None:
    """POST packs adds a layer to the draft, 201 with the pack's uid; the published side stays."""
    pack = data.pack(api, "prometheus", "58.6.0")
    assert api.ok("POST", f"{ONE}/{uid}/packs", {"pack": pack}, status=201) == {"uid": pack["uid"]}
    assert [each["name"] for each in spec(api, uid)["draft"]["packs"]] == ["hello", "prometheus"]
    assert [each["name"] for each in spec(api, uid)["published"]["packs"]] == ["hello"]
    api.refused("POST", f"{ONE}/{uid}/packs", {"pack": pack}, status=400, code="InvalidProfileLayers")
    api.refused("POST", f"{ONE}/{uid}/packs", {}, status=400, code="InvalidRequest")


def test_change_layer(api: Api, uid: str) -> None:
    """PUT of a layer changes its values in the draft and keeps its manifests."""
    body: dict[str, Any] = {
        "pack": {"name": "hello", "uid": "spectro-manifest-pack", "type": "manifest", "values": "a: 2"}
    }
    before = spec(api, uid)["published"]["packs"][0]["manifests"]
    api.ok("PUT", f"{ONE}/{uid}/packs/hello", body, status=204)
    layer = spec(api, uid)["draft"]["packs"][0]
    assert (layer["values"], layer["manifests"]) == ("a: 2", before)
    body["pack"]["values"] = "a: ["
    api.refused("PUT", f"{ONE}/{uid}/packs/hello", body, status=400, code="InvalidYaml")
    api.refused("PUT", f"{ONE}/{uid}/packs/other", body, status=404, code="ResourceNotFound")


def test_remove_layer(api: Api, uid: str) -> None:
    """DELETE of a layer takes it out of the draft."""
    api.ok("DELETE", f"{ONE}/{uid}/packs/hello", status=204)
    assert spec(api, uid)["draft"]["packs"] == []
    assert len(spec(api, uid)["published"]["packs"]) == 1
    api.refused("DELETE", f"{ONE}/{uid}/packs/hello", status=404, code="ResourceNotFound")


def test_read_layers(api: Api) -> None:
    """Layers are shown as pack summaries, with the catalogue's facts where the catalogue has the pack."""
    uid = data.created(api, data.full(api))
    rows = api.ok("GET", f"{ONE}/{uid}/packs")["items"]
    assert [row["spec"]["layer"] for row in rows] == ["os", "k8s", "cni", "csi", "addon"]
    one = api.ok("GET", f"{ONE}/{uid}/packs/kubernetes")
    assert one["spec"]["registry"]["name"] == "Public Repo"
    assert one["spec"]["pack"]["version"] == "1.30.4"
    api.refused("GET", f"{ONE}/{uid}/packs/other", status=404, code="ResourceNotFound")


def test_layer_config(api: Api) -> None:
    """The configuration says whether values differ from the pack's own."""
    body = data.full(api)
    body["spec"]["template"]["packs"][1]["values"] += "\nmore: 1"
    uid = data.created(api, body)
    pack_uid = body["spec"]["template"]["packs"][1]["uid"]
    row = api.ok("GET", f"{ONE}/{uid}/packs/kubernetes/config?packUid={pack_uid}")["items"][0]["spec"]
    assert (row["isValuesOverridden"], row["scope"]) == (True, "clusterprofile")
    row = api.ok("GET", f"{ONE}/{uid}/packs/cni-calico/config")["items"][0]["spec"]
    assert row["isValuesOverridden"] is False
    path = f"{ONE}/{uid}/packs/kubernetes/config?packUid={'f' * 24}"
    api.refused("GET", path, status=404, code="ResourceNotFound")


def test_manifests_of_a_layer(api: Api, uid: str) -> None:
    """A manifest is added, changed, read and removed in the draft."""
    base = f"{ONE}/{uid}/packs/hello/manifests"
    added = api.ok("POST", base, {"name": "more", "content": "a: 1"}, status=201)["uid"]
    api.ok("PUT", f"{base}/{added}", {"name": "more", "content": "a: 2"}, status=204)
    got = api.ok("GET", f"{base}/{added}")
    assert got["spec"]["draft"]["content"] == "a: 2"
    assert "published" not in got["spec"]
    assert [row["metadata"]["name"] for row in api.ok("GET", base)["items"]] == ["hello", "more"]
    everything = api.ok("GET", f"{ONE}/{uid}/packs/manifests")["spec"]["packs"][0]["spec"]["manifests"]
    assert [(row["name"], row["content"]) for row in everything] == [("hello", data.MANIFEST), ("more", "a: 2")]
    api.ok("DELETE", f"{base}/{added}", status=204)
    api.refused("GET", f"{base}/{added}", status=404, code="ResourceNotFound")


def test_refused_manifests(api: Api, uid: str) -> None:
    """A name that is taken, no name, broken YAML and unknown uids are refused."""
    base = f"{ONE}/{uid}/packs/hello/manifests"
    api.refused("POST", base, {"name": "hello", "content": ""}, status=409, code="ResourceAlreadyExists")
    api.refused("POST", base, {"content": ""}, status=400, code="InvalidRequest")
    api.refused("POST", base, {"name": "a", "content": "{"}, status=400, code="InvalidYaml")
    api.refused("POST", base, {"name": "a", "content": "{{.spectro.var.x}}"}, status=400, code="PackVariablesUndefined")
    for method in ("GET", "PUT", "DELETE"):
        body = {"name": "a"} if method == "PUT" else None
        api.refused(method, f"{base}/{'f' * 24}", body, status=404, code="ResourceNotFound")


def test_get_with_body(api: Api, uid: str) -> None:
    """GET resolvedValues takes a JSON body; what can't be resolved is left out."""
    body = {"variables": [{"name": "n", "defaultValue": "3"}]}
    api.ok("PATCH", f"{ONE}/{uid}/variables", body, status=204)
    macros = {"macros": [{"name": "m", "value": "mv"}]}
    api.ok("POST", f"/v1/projects/{api.project}/macros", macros, status=204)
    references = {"references": ["{{.spectro.var.n}}", "{{ .spectro.macro.m }}", "{{.spectro.var.other}}", "plain"]}
    got = api.ok("GET", f"{ONE}/{uid}/packs/resolvedValues", references)
    assert got == {"resolved": {"{{.spectro.var.n}}": "3", "{{ .spectro.macro.m }}": "mv"}}
    assert api.ok("GET", f"{ONE}/macros") == macros
    api.refused("GET", f"{ONE}/{uid}/packs/resolvedValues", {"references": 1}, status=400, code="InvalidRequest")


def test_validate_packs(api: Api, uid: str) -> None:
    """Validation answers 200 with the complaints about each layer, and writes nothing."""
    draft = {"type": "add-on", "packs": [data.manifest_layer(), {"name": "x", "tag": "1"}, data.manifest_layer()]}
    for path in (f"{ONE}/validate/packs", f"{ONE}/{uid}/validate/packs"):
        results = api.ok("POST", path, draft)["packs"]["results"]
        codes = [[error["code"] for error in row["errors"]] for row in results]
        assert codes == [[], ["PackNotFound"], ["InvalidProfileLayers"]]
    assert "draft" not in spec(api, uid)


def test_pack_refs(api: Api, uid: str) -> None:
    """PATCH packRefs changes the named layers in the draft."""
    body: dict[str, Any] = {"uid": uid, "packs": [data.manifest_layer(content="a: 9")]}
    api.ok("PATCH", f"{ONE}/{uid}/packRefs?notify=x", body, status=204)
    rows = api.ok("GET", f"{ONE}/{uid}/packs/hello/manifests")["items"]
    assert rows[0]["spec"]["draft"]["content"] == "a: 9"
    body["packs"][0]["name"] = "other"
    api.refused("PATCH", f"{ONE}/{uid}/packRefs", body, status=404, code="ResourceNotFound")


def names(api: Api, uid: str) -> list[str]:
    """Names of the profile's variables."""
    return [each["name"] for each in api.ok("GET", f"{ONE}/{uid}/variables")["variables"]]


def test_variables(api: Api, uid: str) -> None:
    """PATCH adds and changes, PUT is the full set (new names too), DELETE removes by name; null is none."""
    path = f"{ONE}/{uid}/variables"
    api.ok("PATCH", path, {"variables": [{"name": "a"}, {"name": "b"}]}, status=204)
    api.ok("PATCH", path, {"variables": [{"name": "a", "defaultValue": "1"}, {"name": "c"}]}, status=204)
    got = api.ok("GET", path)["variables"]
    assert [(each["name"], each["defaultValue"]) for each in got] == [("a", "1"), ("b", ""), ("c", "")]
    assert (got[0]["format"], got[0]["inputType"], got[0]["displayName"]) == ("string", "text", "a")
    api.ok("PUT", path, {"variables": [{"name": "d"}, {"name": "a"}]}, status=204)
    assert names(api, uid) == ["d", "a"]
    api.ok("DELETE", path, {"variables": ["d"]}, status=204)
    assert names(api, uid) == ["a"]
    api.refused("DELETE", path, {"variables": ["d"]}, status=404, code="ResourceNotFound")
    api.refused("DELETE", path, {}, status=400, code="InvalidRequest")
    api.ok("PUT", path, {"variables": None}, status=204)
    assert names(api, uid) == []


@pytest.mark.parametrize(
    "variable",
    [
        pytest.param({"name": "1a"}, id="name"),
        pytest.param({"name": "a", "format": "date"}, id="format"),
        pytest.param({"name": "a", "inputType": "radio"}, id="inputType"),
        pytest.param({"name": "a", "inputType": "dropdown"}, id="dropdown without options"),
        pytest.param({"name": "a", "options": [{"value": "x"}]}, id="options without dropdown"),
        pytest.param({"name": "a", "regex": "("}, id="regex"),
        pytest.param({"name": "a", "regex": "[0-9]+", "defaultValue": "x"}, id="default against regex"),
        pytest.param({"name": "a", "format": "number", "defaultValue": "x"}, id="default against format"),
        pytest.param({"name": "a", "hidden": True, "required": True}, id="hidden and required"),
    ],
)
def test_refused_variables(api: Api, uid: str, variable: dict[str, Any]) -> None:
    """A definition that contradicts itself is refused on every way in."""
    body = {"variables": [variable]}
    for method in ("PUT", "PATCH"):
        api.refused(method, f"{ONE}/{uid}/variables", body, status=400, code="InvalidVariable")
    api.refused("POST", ONE, data.addon("b", variables=[variable]), status=400, code="InvalidVariable")


def test_variable_twice(api: Api, uid: str) -> None:
    """Two definitions of one name are refused."""
    body = {"variables": [{"name": "a"}, {"name": "a"}]}
    api.refused("PUT", f"{ONE}/{uid}/variables", body, status=400, code="InvalidVariable")


def test_sensitive_default_is_masked(api: Api, uid: str) -> None:
    """A sensitive default is never shown; the mask sent back keeps it."""
    path = f"{ONE}/{uid}/variables"
    secret = {"name": "s", "isSensitive": True, "defaultValue": "hunter2"}
    api.ok("PATCH", path, {"variables": [secret]}, status=204)
    response = api.get(path)
    assert "hunter2" not in response.text
    api.ok("PUT", path, response.json(), status=204)
    with api.store.atomic() as tx:
        stored = tx.find("clusterprofile")[0]
    assert stored["variables"][0]["defaultValue"] == "hunter2"
    error = api.patch(path, {"variables": [{**secret, "regex": "[0-9]+"}]})
    assert error.status_code == 400
    assert "hunter2" not in error.text


def test_variable_in_use(api: Api) -> None:
    """A variable that a layer refers to can't be removed, and a layer can't refer to one that is not there."""
    layer = data.manifest_layer(content="n: '{{.spectro.var.n}}'")
    uid = data.created(api, data.addon("v", "1.0.0", layer, variables=[{"name": "n"}]), publish=True)
    path = f"{ONE}/{uid}/variables"
    error = api.refused("DELETE", path, {"variables": ["n"]}, status=400, code="PackVariablesUndefined")
    assert error["details"]["variables"] == ["n"]
    api.refused("PUT", path, {"variables": []}, status=400, code="PackVariablesUndefined")
    assert names(api, uid) == ["n"]


def test_clone(api: Api) -> None:
    """A clone has layers, manifests, labels and variables of its source; it shows a published side, unpublished."""
    original = data.full(api, variables=[{"name": "n"}])
    original["metadata"]["annotations"]["made-by"] = "x"
    source = data.created(api, original, publish=True)
    body: dict[str, Any] = {"metadata": {"name": "web", "version": "1.1.0", "target": None}}
    uid = api.ok("POST", f"{ONE}/{source}/clone", body, status=201)["uid"]
    got = api.ok("GET", f"{ONE}/{uid}")
    assert got["status"]["isPublished"] is False
    assert len(got["spec"]["published"]["packs"]) == 5
    assert got["metadata"]["labels"] == {"env": "dev"}
    assert got["metadata"]["annotations"] == {"description": "d", "scope": "project", "projectUid": api.project}
    assert names(api, uid) == ["n"]
    theirs = api.ok("GET", f"{ONE}/{source}")["spec"]["published"]["packs"][4]["manifests"][0]["uid"]
    mine = got["spec"]["published"]["packs"][4]["manifests"][0]["uid"]
    assert mine != theirs
    # What follows a clone: layers, metadata, publish. A manifest keeps its uid by name.
    packs = data.full(api)["spec"]["template"]["packs"]
    body = {
        "metadata": {"name": "web", "uid": uid},
        "spec": {"version": "1.1.0", "template": {"type": "cluster", "packs": packs}},
    }
    api.ok("PUT", f"{ONE}/{uid}", body, status=204)
    api.ok("PATCH", f"{ONE}/{uid}/metadata", {"metadata": {"name": "web"}, "spec": {"version": "1.1.0"}}, status=204)
    api.ok("PATCH", f"{ONE}/{uid}/publish", status=204)
    got = api.ok("GET", f"{ONE}/{uid}")
    assert got["status"]["isPublished"] is True
    assert got["spec"]["published"]["packs"][4]["manifests"][0]["uid"] == mine
    assert [each["version"] for each in got["spec"]["versions"]] == ["1.0.0", "1.1.0"]


def test_clone_of_a_draft(api: Api) -> None:
    """A clone of a draft is a draft, with `spec.published` there."""
    source = data.created(api, data.addon())
    uid = api.ok("POST", f"{ONE}/{source}/clone", {"metadata": {"name": "copy"}}, status=201)["uid"]
    assert spec(api, uid)["published"]["packs"] == []
    assert len(spec(api, uid)["draft"]["packs"]) == 1


def test_refused_clones(api: Api, uid: str) -> None:
    """A clone needs a free name and version, and the scope of the call; the check says the same with 204 or a refusal."""
    for path, wrap in ((f"{ONE}/{uid}/clone", True), (f"{ONE}/{uid}/clone/validate", False)):
        for metadata, status, code in (
            ({"name": "extras", "version": "1.0.0"}, 409, "ClusterProfileAlreadyExists"),
            ({"name": "extras"}, 409, "ClusterProfileAlreadyExists"),
            ({"name": "extras", "version": "2"}, 400, "InvalidProfileVersion"),
            ({"version": "1.1.0"}, 400, "InvalidRequest"),
            ({"name": "b", "target": {"scope": "tenant"}}, 403, "OperationNotAllowedInScope"),
        ):
            api.refused("POST", path, {"metadata": metadata} if wrap else metadata, status=status, code=code)
    free = {"name": "extras", "version": "1.1.0"}
    assert api.ok("POST", f"{ONE}/{uid}/clone/validate", free, status=204) is None


def test_metadata_list_has_a_row_per_version(api: Api) -> None:
    """The list under `metadata` has a row for each version."""
    for version in ("1.0.0", "1.1.0"):
        data.created(api, data.addon(version=version))
    rows = api.ok("GET", "/v1/dashboard/clusterprofiles/metadata")["items"]
    assert [(row["metadata"]["name"], row["spec"]) for row in rows] == [
        ("extras", {"version": "1.0.0", "cloudType": "all"}),
        ("extras", {"version": "1.1.0", "cloudType": "all"}),
    ]


SEARCH = "/v1/dashboard/clusterprofiles"


def found(api: Api, filter_: dict[str, Any], sort: list[dict[str, str]] | None = None) -> list[str]:
    """Names and versions that a search finds."""
    items = api.ok("POST", SEARCH, {"filter": filter_, "sort": sort})["items"]
    return [f"{row['metadata']['name']} {row['specSummary']['version']}" for row in items]


def test_search(api: Api) -> None:
    """A search finds by name, version, type, cloud, tag and scope, one row a name with its highest version."""
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        data.created(api, data.addon(version=version))
    data.created(api, data.full(api), publish=True)
    data.created(api, {**data.addon("bare"), "metadata": {"name": "bare", "labels": {"web": "spectro__tag"}}})
    assert found(api, {}) == ["extras 1.10.0", "web 1.0.0", "bare 1.0.0"]
    assert found(api, {"profileName": {"eq": "EXTRAS"}}) == ["extras 1.10.0"]
    assert found(api, {"profileName": {"eq": "EXTRAS", "ignoreCase": False}}) == []
    assert found(api, {"profileName": {"contains": "a", "ne": "bare"}}) == ["extras 1.10.0"]
    assert found(api, {"profileName": {"beginsWith": "we"}}) == ["web 1.0.0"]
    assert found(api, {"version": {"lt": "1.10.0", "gt": "1.0.0"}}) == ["extras 1.9.0"]
    assert found(api, {"profileType": ["cluster"], "environment": ["aws"]}) == ["web 1.0.0"]
    assert found(api, {"tags": {"eq": ["env:dev"]}}) == ["web 1.0.0"]
    assert found(api, {"tags": {"eq": ["web"]}}) == ["bare 1.0.0"]
    assert found(api, {"tags": {"eq": ["web:spectro__tag"]}}) == ["bare 1.0.0"]
    assert found(api, {"scope": "tenant"}) == []
    assert found(api, {}, [{"field": "profileName", "order": "desc"}]) == ["web 1.0.0", "extras 1.10.0", "bare 1.0.0"]
    api.refused("POST", SEARCH, {"sort": [{"field": "x"}]}, status=400, code="InvalidQuery")
    api.refused("POST", SEARCH, {"filter": {"version": {"gt": "x"}}}, status=400, code="InvalidQuery")


def test_search_without_a_body(api: Api, uid: str) -> None:
    """An empty body finds everything, and `listmeta` is there."""
    got = api.ok("POST", SEARCH)
    assert got["listmeta"] == {"continue": "", "count": 1, "limit": 1, "offset": 1}
    assert api.ok("GET", f"{SEARCH}/{uid}") == got["items"][0]
    api.refused("GET", f"{SEARCH}/{'f' * 24}", status=404, code="ResourceNotFound")


def test_pages(api: Api) -> None:
    """Pages follow `continue` to an empty one; `limit=0` gives everything; the most is 50."""
    for number in range(53):
        body = data.addon(f"p{number:02}")
        body["spec"]["template"]["packs"] = []
        data.created(api, body)
    first = api.ok("POST", SEARCH, {})
    assert (len(first["items"]), first["listmeta"]["count"]) == (50, 53)
    second = api.ok("POST", f"{SEARCH}?continue={first['listmeta']['continue']}", {})
    assert ([row["metadata"]["name"] for row in second["items"]], second["listmeta"]["continue"]) == (
        ["p50", "p51", "p52"],
        "",
    )
    assert len(api.ok("POST", f"{SEARCH}?limit=0", {})["items"]) == 53
    assert len(api.ok("POST", f"{SEARCH}?limit=500", {})["items"]) == 50
    assert len(api.ok("POST", f"{SEARCH}?limit=2&offset=52", {})["items"]) == 1
    beyond = api.ok("POST", f"{SEARCH}?limit=2&offset=99", {})
    assert (beyond["items"], beyond["listmeta"]["continue"]) == ([], "")
    for query in ("limit=-1", "limit=x", "offset=-1", "continue=abc", "continue=%21"):
        api.refused("POST", f"{SEARCH}?{query}", {}, status=400, code="InvalidQuery")
