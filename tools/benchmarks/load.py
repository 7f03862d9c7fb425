"""A bounded load on a control plane, in a process of its own: kept connections of the standard library's client.

Called by `server.py` with the address, the act (`grow`, `get`, `page`, `create`) and its options; prints one JSON object.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import urlsplit

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
SEARCH = {"filter": {"conjunction": "and", "filterGroups": []}, "sort": []}
PROFILE = "load-profile"


class Api:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._headers = {"ApiKey": os.environ["BENCH_KEY"], "Content-Type": "application/json"}
        projects = self("GET", "/v1/dashboard/projects/metadata")["items"]
        self._headers["ProjectUid"] = projects[0]["metadata"]["uid"]

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's body; an answer that is no success ends the load."""
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text) if text else None


def main() -> None:
    """Do one act."""
    url, act, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    if act == "grow":
        told = grow(Api(url), int(options["count"]))
    else:
        told = load(url, act, options["seconds"], int(options.get("connections", 1)))
    print(json.dumps(told))


def page(api: Api) -> Any:
    """The first page of the list of clusters, as a client asks for it."""
    return api("POST", "/v1/dashboard/spectroclusters/search?limit=50", SEARCH)


def grow(api: Api, wanted: int) -> dict[str, Any]:
    """Create clusters until there are so many."""
    there = page(api)["listmeta"]["count"]
    body = cluster_body(api)
    for index in range(there, wanted):
        body["metadata"]["name"] = f"grown-{index}"
        api("POST", "/v1/spectroclusters/aws", body)
    return {"made": max(0, wanted - there)}


def load(url: str, act: str, seconds: float, connections: int) -> dict[str, Any]:
    """Repeat one act on each connection for so many seconds."""
    acts: list[Callable[[], Any]] = []
    numbers = count()
    for _ in range(connections):
        api = Api(url)
        acts.append(_act(api, act, numbers))
    rows = len(page(Api(url))["items"] or [])
    until = time.perf_counter() + seconds
    times: list[float] = []

    def repeat(once: Callable[[], Any]) -> None:
        while (began := time.perf_counter()) < until:
            once()
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=repeat, args=(once,)) for once in acts]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    return {"per_second": len(times) / took, "median_ms": statistics.median(times) * 1000, "rows": rows}


def _act(api: Api, act: str, numbers: count[int]) -> Callable[[], Any]:
    if act == "page":
        return lambda: page(api)
    if act == "get":
        uid = page(api)["items"][0]["metadata"]["uid"]
        return lambda: api("GET", f"/v1/spectroclusters/{uid}")
    body, stamp = cluster_body(api), f"{time.time_ns():x}"

    def create() -> Any:
        metadata = {**body["metadata"], "name": f"load-{stamp}-{next(numbers)}"}
        return api("POST", "/v1/spectroclusters/aws", {**body, "metadata": metadata})

    return create


def cluster_body(api: Api) -> dict[str, Any]:
    """The body of a create; the name is the caller's to set."""
    accounts = api("GET", "/v1/cloudaccounts/aws")["items"]
    config = {"instanceType": "m5.xlarge", "azs": ["eu-west-1a"], "rootDeviceSize": 60}
    pools = [
        {"poolConfig": {"name": name, "size": size, "labels": [name], "isControlPlane": first}, "cloudConfig": config}
        for name, size, first in (("control-plane", 1, True), ("worker", 2, False))
    ]
    return {
        "metadata": {"name": "", "labels": {"env": "bench"}, "annotations": {}},
        "spec": {
            "cloudAccountUid": accounts[0]["metadata"]["uid"],
            "cloudConfig": {"region": "eu-west-1", "sshKeyName": "bench"},
            "machinepoolconfig": pools,
            "profiles": [{"uid": profile_uid(api)}],
        },
    }


def profile_uid(api: Api) -> str:
    """The profile of all clusters, made when it isn't there."""
    rows = api("GET", "/v1/dashboard/clusterprofiles/metadata")["items"] or []
    for row in rows:
        if row["metadata"]["name"] == PROFILE:
            return str(row["metadata"]["uid"])
    body = {"metadata": {"name": PROFILE}, "spec": {"version": "1.0.0", "template": profile_template(api)}}
    return str(api("POST", "/v1/clusterprofiles?publish=true", body)["uid"])


def profile_template(api: Api) -> dict[str, Any]:
    """Four layers, as a profile holds them."""
    registries = api("GET", "/v1/registries/metadata")["items"]
    registry = next(row["uid"] for row in registries if row["name"] == "Public Repo")
    layers = []
    for name, version in PACKS:
        found = api("GET", f"/v1/packs/{name}/registries/{registry}")
        uid = next(tag["packUid"] for tag in found["tags"] if tag["tag"] == version)
        values = next(row["values"] for row in found["packValues"] if row["packUid"] == uid)
        layers.append(
            {"name": name, "type": "spectro", "tag": version, "uid": uid, "registryUid": registry, "values": values}
        )
    return {"type": "infra", "cloudType": "aws", "packs": layers}


if __name__ == "__main__":
    main()
