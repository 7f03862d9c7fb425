"""Bodies of other shapes than described: refused or tolerated, never a fault of the server."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.contract import test_backups
from tests.contract.clusters import data
from tests.contract.conftest import Api

ODD: tuple[Any, ...] = (
    None,
    "x",
    "",
    5,
    -1.5,
    True,
    [],
    ["x"],
    [5],
    [None],
    [{}],
    [{"a": 5}],
    {},
    {"a": [1]},
    {"a": {"b": 5}},
)


def mutations(body: Any) -> Iterator[Any]:
    """The body with each part in turn replaced by something odd."""
    for path in _paths(body):
        for odd in ODD:
            changed = copy.deepcopy(body)
            if not path:
                yield odd
                continue
            node = changed
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = odd
            yield changed


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(node, dict):
        for key, each in node.items():
            yield from _paths(each, (*path, key))
    elif isinstance(node, list):
        for index, each in enumerate(node):
            yield from _paths(each, (*path, index))


def assert_no_fault(api: Api, method: str, path: str, body: Any) -> None:
    """No mutation of the body makes the server fail."""
    for changed in mutations(body):
        response = api.call(method, path, changed)
        assert response.status_code < 500, f"{method} {path} {changed!r}: {response.text}"


def test_creates_of_odd_shapes(api: Api) -> None:
    """No part of a create, odd as it may be, makes the server fail."""
    profile = data.profile(api)
    values = [{"name": "hello", "values": "a: 1", "manifests": [{"name": "hello", "content": "x", "uid": ""}]}]
    entity = {"uid": profile, "packValues": values, "variables": [{"name": "a", "value": "b"}]}
    config = {
        "timezone": "UTC",
        "resources": {"namespaces": [{"metadata": {"name": "n"}, "spec": {"isRegex": False}}], "rbacs": [{"spec": {}}]},
        "location": {"geoLoc": {"latitude": 1.0, "longitude": 2.0}},
    }
    location = api.ok("GET", "/v1/users/assets/locations")["items"][0]["metadata"]["uid"]
    backup = {"backupLocationUid": location, "durationInHours": 1, "namespaces": ["a"]}
    policies = {"backupPolicy": backup, "scanPolicy": {"kubeBench": {"schedule": {}}}}
    body = data.cluster("web", data.account(api), [entity], clusterConfig=config, policies=policies)
    assert_no_fault(api, "POST", "/v1/spectroclusters/aws/validate", body)
    for number, changed in enumerate(mutations(body)):
        if (
            isinstance(changed, dict)
            and isinstance(changed.get("metadata"), dict)
            and changed["metadata"].get("name") == "web"
        ):
            changed["metadata"]["name"] = f"c{number}"
        response = api.post("/v1/spectroclusters/aws", changed)
        assert response.status_code < 500, f"{changed!r}: {response.text}"
        if response.status_code == 201:
            uid = response.json()["uid"]
            api.clock.advance(1300)
            _read_all(api, uid)
            api.ok("DELETE", f"/v1/spectroclusters/{uid}", status=204)
            api.clock.advance(600)


def _read_all(api: Api, uid: str) -> None:
    cluster = data.get(api, uid)
    config = cluster["spec"]["cloudConfigRef"]["uid"]
    prefix = f"/v1/spectroclusters/{uid}"
    reads = (
        f"/v1/cloudconfigs/aws/{config}",
        f"/v1/cloudconfigs/aws/{config}/machinePools/worker/machines",
        f"{prefix}/profiles",
        f"{prefix}/manifests",
        f"{prefix}/config/namespaces",
        f"{prefix}/config/rbacs",
        f"{prefix}/features/backup",
        f"{prefix}/features/complianceScan",
        f"/v1/dashboard/spectroclusters/{uid}/overview",
    )
    for path in reads:
        assert api.get(path).status_code in (200, 404), path
    api.ok("POST", f"/v1/dashboard/spectroclusters/{uid}/workloads", {})
    data.search(api)


def test_changes_of_odd_shapes(api: Api) -> None:
    """No part of a change or a search, odd as it may be, makes the server fail."""
    profile = data.profile(api)
    uid = data.running(api, profile_uid=profile)
    config = f"/v1/cloudconfigs/aws/{data.get(api, uid)['spec']['cloudConfigRef']['uid']}"
    machine = api.ok("GET", f"{config}/machinePools/worker/machines")["items"][0]["metadata"]["uid"]
    prefix, board = f"/v1/spectroclusters/{uid}", "/v1/dashboard/spectroclusters"
    entity = {
        "uid": profile,
        "packValues": [{"name": "hello", "values": "a: 1"}],
        "variables": [{"name": "a", "value": "b"}],
    }
    settings = {"actionType": "DownloadAndInstall"}
    own = test_backups.add_location(api)
    backup = test_backups.config(own, "0 0 * * *", namespaces=["a"])
    calls: tuple[tuple[str, str, Any], ...] = (
        ("PATCH", f"{prefix}/profiles", {"profiles": [entity], "spcApplySettings": settings}),
        ("PUT", f"{prefix}/profiles", {"profiles": [entity], "spcApplySettings": settings}),
        ("DELETE", f"{prefix}/profiles", {"profileUids": ["x"]}),
        ("PATCH", f"{prefix}/packRefs", {"profiles": [{"uid": profile, "packs": [{"name": "hello"}]}]}),
        ("PATCH", f"{prefix}/variables", [{"profileUid": profile, "variables": [{"name": "a", "value": "b"}]}]),
        ("PUT", f"{prefix}/profiles/{profile}/packs/hello/manifests", {"manifests": [{"uid": "x", "content": "c"}]}),
        ("GET", f"{prefix}/packs/resolvedValues", {"references": ["a"]}),
        ("POST", f"{prefix}/validate/repave", {"profiles": [entity]}),
        ("POST", f"{prefix}/validate/packs", {"profiles": [entity]}),
        ("PATCH", f"{prefix}/metadata", {"metadata": {"name": "web", "labels": {"a": "b"}, "annotations": {}}}),
        ("PATCH", f"{prefix}/clusterConfig/timezone", {"timezone": "UTC"}),
        ("PATCH", f"{prefix}/clusterConfig/osPatch", {"osPatchConfig": {"schedule": "x"}}),
        ("PATCH", f"{prefix}/clusterConfig/lifecycleConfig", {"lifecycleConfig": {"pause": True}}),
        ("PATCH", f"{prefix}/clusterConfig/clusterMetaAttribute", {"clusterMetaAttribute": "x"}),
        ("PUT", f"{prefix}/location", {"location": {"countryCode": "DE", "geoLoc": {"latitude": 1, "longitude": 2}}}),
        ("PUT", f"{prefix}/config/namespaces", {"namespaces": [{"metadata": {"name": "n"}, "spec": {}}]}),
        ("PUT", f"{prefix}/config/rbacs", {"rbacs": [{"metadata": {"name": "n"}, "spec": {"bindings": []}}]}),
        ("POST", f"{prefix}/upgrade/settings", {"spectroComponents": "lock"}),
        ("POST", f"{prefix}/features/backup", backup),
        ("PUT", f"{prefix}/features/backup", backup),
        ("POST", f"{prefix}/features/backup/onDemand", backup),
        (
            "POST",
            f"{prefix}/features/restore/onDemand",
            {"backupName": "b", "backupRequestUid": "r", "destinationClusterUid": uid, "includeNamespaces": ["a"]},
        ),
        ("POST", "/v1/users/assets/locations/s3", test_backups.location_body()),
        ("PUT", f"/v1/users/assets/locations/s3/{own}", test_backups.location_body()),
        ("POST", "/v1/users/assets/locations/azure", test_backups.location_body("azure", "other")),
        ("PUT", f"/v1/spectroclusters/features/backup/locations/{own}", {"locationType": "s3"}),
        ("POST", f"/local/clusters/{uid}/fail-backup", {"message": "m"}),
        ("PATCH", f"{prefix}/status/spcApply/patchTime", {"patchTime": "2026-01-01T00:00:00Z"}),
        ("POST", f"{config}/machinePools", data.pool(name="more")),
        ("PUT", f"{config}/machinePools/worker", data.pool()),
        ("PUT", f"{config}/clusterConfig", {"clusterConfig": data.CLOUD_CONFIGS["aws"]}),
        ("PUT", f"{config}/machinePools/worker/machines/{machine}/maintenance", {"action": "cordon"}),
        ("POST", f"{board}/{uid}/workloads", {"filter": {"namespaces": ["a"]}}),
        ("POST", f"{board}/metadata", {"filter": {"name": {"eq": "a"}, "environment": "aws"}, "sort": "name"}),
        (
            "POST",
            "/v1/events/components",
            {"metadata": {"name": "e"}, "relatedObject": {"kind": "spectrocluster", "uid": uid}},
        ),
        ("POST", "/v1/events/components/bulk", [{"relatedObject": {"uid": uid}, "message": "m"}]),
        ("POST", f"/local/clusters/{uid}/fail", {"reason": "r", "message": "m", "layer": "hello"}),
    )
    for method, path, body in calls:
        assert_no_fault(api, method, path, body)
        _read_all(api, uid)
    group = {"conjunction": "and", "filters": [data.text("tags", "a")]}
    search = {
        "filter": {"conjunction": "and", "filterGroups": [group]},
        "sort": [{"field": "clusterName", "order": "asc"}],
    }
    assert_no_fault(api, "POST", f"{board}/search", search)
    assert_no_fault(api, "POST", f"{board}/metadata/search", search)
