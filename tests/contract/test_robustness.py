"""No body makes the control plane fail: whatever is sent, the answer is a success or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane import wiring
from tests.contract import profiles_data as data
from tests.contract.conftest import Api

ODD: list[Any] = [
    [],
    [1],
    "x",
    7,
    {"metadata": "x"},
    {"metadata": []},
    {"metadata": {"name": 5}},
    {"metadata": {"name": ["x"]}, "spec": {}},
    {"metadata": {"name": "odd", "labels": "x"}},
    {"metadata": {"name": "odd", "labels": {"a": 1}}},
    {"metadata": {"name": "odd", "annotations": ["x"]}},
    {"metadata": {"name": "odd", "uid": {"a": 1}}},
    {"metadata": {"name": "odd"}, "spec": "x"},
    {"metadata": {"name": "odd"}, "spec": [1]},
    {"metadata": {"name": "odd"}, "spec": {"endpoint": 5, "auth": "x"}},
    {"metadata": {"name": "odd"}, "spec": {"endpoint": "https://x.example.com", "auth": {"type": ["x"]}}},
    {
        "metadata": {"name": "odd"},
        "spec": {"credentialType": ["x"], "sts": "x", "jsonCredentials": 5, "archType": ["x"]},
    },
    {"metadata": {"name": "odd"}, "spec": {"accessKey": 1, "secretKey": [1], "sts": "x", "jsonCredentials": 5}},
    {"metadata": {"name": "odd"}, "spec": {"expiry": 5, "userUid": ["x"]}},
    {"metadata": {"name": "odd"}, "spec": {"version": 1, "template": "x", "variables": "x"}},
    {"metadata": {"name": "odd"}, "spec": {"template": {"packs": "x"}}},
    {"metadata": {"name": "odd"}, "spec": {"template": {"packs": [1]}}},
    {"metadata": {"name": "odd"}, "spec": {"template": {"type": ["x"], "packs": [{"name": "a", "manifests": [1]}]}}},
    {"credentialType": ["x"], "sts": "x", "jsonCredentials": 5, "accessKey": 1},
    {"spec": {"jsonCredentials": 5}},
    {"filter": "x", "sort": "x"},
    {"filter": {"name": "x", "profileName": 1, "tags": 1, "version": 1}, "sort": [1]},
    {"filter": {"filterGroups": "x", "conjunction": []}, "sort": [{"field": ["x"]}]},
    {"filter": {"filterGroups": [{"filters": [{"property": ["x"], "condition": "x"}]}]}},
    {"filter": {"filterGroups": [1]}},
    {"macros": "x"},
    {"macros": [1]},
    {"macros": [{"name": ["x"], "value": {}}]},
    {"uids": "x", "uid": 5, "isActive": "x", "references": [1]},
    {"variables": "x", "pack": "x", "packs": "x", "name": ["x"], "content": 5},
    {"variables": [1], "pack": {"name": "hello", "values": 5}, "packs": [1]},
]
FAMILIES = (
    "/v1/apiKeys",
    "/v1/projects",
    "/v1/dashboard/projects",
    "/v1/registries",
    "/v1/packs",
    "/v1/cloudaccounts",
    "/v1/clouds/",
    "/v1/clusterprofiles",
    "/v1/dashboard/clusterprofiles",
    "/v1/edgehosts",
    "/v1/dashboard/edgehosts",
)


def _objects(api: Api) -> dict[str, str]:
    """An existing uid for the parameter of each family."""
    spec = {"endpoint": "https://r.example.com"}
    aws = {"accessKey": "a", "secretKey": "b"}
    vsphere = {"vcenterServer": "v", "username": "u", "password": "p"}
    azure = {"clientId": "c", "tenantId": "t", "clientSecret": "s"}
    made = {
        "/v1/projects": api.project,
        "/v1/apiKeys": api.ok("POST", "/v1/apiKeys", {"metadata": {"name": "k"}}, status=201)["uid"],
        "/v1/clusterprofiles": data.created(api, data.addon(), publish=True),
    }
    for base, body in (
        ("/v1/registries/pack", spec),
        ("/v1/registries/helm", spec),
        ("/v1/cloudaccounts/aws", aws),
        ("/v1/cloudaccounts/azure", azure),
        ("/v1/cloudaccounts/gcp", {"jsonCredentials": "{}"}),
        ("/v1/cloudaccounts/vsphere", vsphere),
    ):
        name = base.rsplit("/", 1)[1]
        made[base] = api.ok("POST", base, {"metadata": {"name": name}, "spec": body}, status=201)["uid"]
    made["/v1/edgehosts"] = api.ok("POST", "/v1/edgehosts", {"metadata": {"uid": "h"}}, status=201)["uid"]
    return made


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_bodies(api: Api, number: int) -> None:
    """A body of the wrong shape is never a fault of the server, on any route that writes or searches."""
    made = _objects(api)
    rows = [row for table in wiring.tables() for row in table if row[1].startswith(FAMILIES)]
    failed = []
    # Deletes last: they take away what the others need.
    for method, route, *_ in sorted(rows, key=lambda row: (row[0] == "DELETE", row[1])):
        base = max((base for base in made if route.startswith(base)), key=len, default="")
        path = route.replace("{uid}", made.get(base, "x")).replace("{packName}", "hello")
        response = api.call(method, path.replace("{manifestUid}", "x").replace("{registryUid}", "x"), ODD[number])
        if response.status_code >= 500:
            failed.append(f"{method} {route}: {response.text[:200]}")
    assert not failed, "\n".join(failed)
