"""Export and import of profiles."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest
import yaml

from tests.contract import profiles_data as data
from tests.contract.conftest import Api

ONE = "/v1/clusterprofiles"


@pytest.fixture
def uid(api: Api) -> str:
    """A published profile for aws with a variable."""
    return data.created(api, data.full(api, variables=[{"name": "n", "defaultValue": "1"}]), publish=True)


def document(api: Api, uid: str) -> Any:
    """The exported document."""
    return json.loads(api.get(f"{ONE}/{uid}/export?format=json").content)


def test_export(api: Api, uid: str) -> None:
    """An export is a file; the description is a field, registries go by name, contents are inside."""
    response = api.get(f"{ONE}/{uid}/export?format=json")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"] == 'attachment; filename="web.json"'
    got = response.json()
    assert got["metadata"] == {"name": "web", "description": "d", "labels": {"env": "dev"}}
    packs = got["spec"]["template"]["packs"]
    assert packs[1]["registry"]["metadata"]["name"] == "Public Repo"
    assert packs[4]["manifests"] == [{"name": "hello", "content": data.MANIFEST}]
    assert yaml.safe_load(api.get(f"{ONE}/{uid}/export?format=yaml").content) == got
    api.refused("GET", f"{ONE}/{uid}/export?format=xml", status=400, code="InvalidQuery")


def test_export_terraform(api: Api, uid: str) -> None:
    """The Terraform export is a resource with all layers."""
    text = api.get(f"{ONE}/{uid}/export/terraform").text
    assert text.startswith('resource "spectrocloud_cluster_profile" "web" {')
    assert text.count("  pack {") == 5


def test_download(api: Api, uid: str) -> None:
    """The archive holds the document."""
    content = api.get(f"{ONE}/{uid}/spc/download").content
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        inside = archive.extractfile("clusterprofile.yaml")
        assert inside is not None
        assert yaml.safe_load(inside.read())["metadata"]["name"] == "web"


def test_import(api: Api, uid: str) -> None:
    """An exported document can be imported under another version: same layers, published when asked."""
    body = document(api, uid)
    body["spec"]["version"] = "2.0.0"
    new = api.ok("POST", f"{ONE}/import?publish=true", body, status=201)["uid"]
    got, old = api.ok("GET", f"{ONE}/{new}"), api.ok("GET", f"{ONE}/{uid}")
    assert got["status"]["isPublished"] is True
    assert got["metadata"]["annotations"]["description"] == "d"

    def layers(profile: Any) -> Any:
        return [(pack["packUid"], pack["tag"], pack["values"]) for pack in profile["spec"]["published"]["packs"]]

    assert layers(got) == layers(old)
    api.refused("POST", f"{ONE}/import", body, status=409, code="ClusterProfileAlreadyExists")


def test_import_registry_by_name(api: Api, uid: str) -> None:
    """A registry uid of another tenant does no harm when the name is known here."""
    body = document(api, uid)
    body["spec"]["version"] = "2.0.0"
    for pack in body["spec"]["template"]["packs"]:
        if "registry" in pack:
            pack["registry"]["metadata"]["uid"] = "f" * 24
    api.ok("POST", f"{ONE}/import", body, status=201)


def test_import_file(api: Api, uid: str) -> None:
    """A file in the form field `importFile` is imported, as JSON or YAML."""
    body = document(api, uid)
    for version, kind, text in (("2.0.0", "json", json.dumps), ("3.0.0", "yaml", yaml.safe_dump)):
        body["spec"]["version"] = version
        files = {"importFile": (f"p.{kind}", text(body).encode())}
        api.ok("POST", f"{ONE}/import/file?format={kind}&publish=true", status=201, files=files)
    path = f"{ONE}/import/file?format=json"
    api.refused("POST", path, status=400, code="InvalidRequest", files={"other": ("p", b"{}")})
    api.refused("POST", path, status=400, code="InvalidRequest", files={"importFile": ("p", b"{")})
    api.refused("POST", path, {}, status=400, code="InvalidRequest")


def test_validate_import(api: Api, uid: str) -> None:
    """Validation gives the document back with the registries that match."""
    body = document(api, uid)
    got = api.ok("POST", f"{ONE}/import/validate", body)
    matching = got["spec"]["template"]["packs"][1]["registry"]["matchingRegistries"]
    assert [each["name"] for each in matching] == ["Public Repo"]
    assert got["metadata"] == body["metadata"]
