"""A small program, and what can be observed of its runs: calls that the control plane counted, its objects, the state."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.engine.harness import Stack, World
from tests.engine.processes import Running, until

PROGRAM = """
import pulumi
import palette_sdk as palette

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
machine = palette.AwsMachine("m5.xlarge", azs=["eu-west-1a"])
text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: hello}, data: {text: one}}"
layers = [*[palette.pack(palette.get_pack(*pack)) for pack in PACKS], palette.manifest("hello", text)]
profile = palette.Profile("web-profile", cloud="aws", layers=layers)
palette.Cluster(
    "web",
    cloud_config=palette.Aws("eu-west-1"),
    cloud_account=palette.get_cloud_account("aws-main", cloud="aws"),
    pools=[palette.control_plane(machine), palette.workers("worker", machine, count=1)],
    profiles=[profile],
)
"""
LAST = "profiles=[profile],"
"""The program's last argument of the cluster, for `rewrite` to put more behind it."""
Route = tuple[str, str]
POST_CLUSTER = ("POST", "/v1/spectroclusters/aws")
POST_PROFILE = ("POST", "/v1/clusterprofiles")
DELETE_CLUSTER = ("DELETE", "/v1/spectroclusters/{uid}")
LOOK = ("POST", "/v1/dashboard/spectroclusters/search")


def count(world: World, call: Route) -> int:
    """How often a route was called since the counter was reset."""
    rows = world.admin.requests()["items"]
    return sum(row["count"] for row in rows if (row["method"], row["route"]) == call)


def tell(world: World, path: str, body: dict[str, str] | None = None) -> None:
    """A POST of the admin API."""
    connection = HTTPConnection(urlsplit(world.endpoint.url).netloc)
    try:
        connection.request("POST", path, json.dumps(body or {}), {"ApiKey": world.endpoint.api_key})
        answer = connection.getresponse()
        assert answer.status == 204, answer.read()
    finally:
        connection.close()


def is_called(run: Running, world: World, call: Route, times: int = 1) -> None:
    """Return once a route was called so often while a command runs."""

    def enough() -> bool:
        if run.process.poll() is not None:
            pytest.fail(f"`pulumi` ended before it called {call}:\n{run.text}")
        return count(world, call) >= times

    until(enough, f"{call} is called {times} times")


def is_waiting(run: Running, world: World, call: Route) -> None:
    """Return once a route was called and a hook looks again and again what came of it."""
    is_called(run, world, call)
    is_called(run, world, LOOK, count(world, LOOK) + 3)


def drop_answers(world: World, call: Route, times: int | None = None) -> None:
    """Let a route commit and then hang up, so that its caller doesn't learn that it was accepted."""
    method, route = call
    world.admin.add_fault({"method": method, "route": route, "action": "drop-after", "count": times})


def paused(world: World) -> Stack:
    """A stack of the program, on a control plane whose clock stands still: a cluster never gets ready."""
    world.admin.set_clock(paused=True)
    return world.program(PROGRAM)


def go_on(world: World) -> None:
    """Let the clock run again."""
    world.admin.set_clock(paused=False)


def clusters(world: World) -> list[str]:
    """The uids of all clusters."""
    return [row.metadata.uid for row in world.client.clusters.all(fresh=True)]


def profiles(world: World) -> list[str]:
    """The uids of all versions of profiles."""
    return [row.metadata.uid for row in world.client.profiles.metadata(fresh=True)]


def urn(stack: Stack, name: str) -> str:
    """The URN of a resource."""
    return str(resource(stack, name)["urn"])


def resource(stack: Stack, name: str) -> dict[str, Any]:
    """What state holds of a resource."""
    found = [row for row in stack.state()["resources"] if row["urn"].endswith(f"::{name}")]
    assert len(found) == 1, found
    return dict(found[0])


def is_whole(world: World, stack: Stack) -> str:
    """Assert one profile and one cluster, both in state, nothing pending, nothing to do; the cluster's uid."""
    (cluster,), (profile,) = clusters(world), profiles(world)
    state = stack.state()
    assert "pending_operations" not in state
    ids = {row["id"]: row for row in state["resources"] if "/palette:" in row["type"]}
    assert set(ids) == {cluster, profile}
    assert all("initErrors" not in row for row in ids.values())
    assert stack.preview(refresh=True).changes == {}
    return cluster


def rewrite(stack: Stack, old: str, new: str) -> None:
    """Change the program."""
    main = stack.folder / "__main__.py"
    text = main.read_text()
    assert old in text
    main.write_text(text.replace(old, new))


def runs(world: World, uid: str) -> str:
    """The manifest that a cluster runs."""
    (manifest,) = world.client.clusters.manifests(uid)
    return manifest.content


def written(world: World) -> list[str]:
    """Routes of writes since the counter was reset."""
    rows = world.admin.requests()["items"]
    reads = ("/search", "/validate", "/dashboard/")
    return [row["route"] for row in rows if row["method"] != "GET" and not any(part in row["route"] for part in reads)]
