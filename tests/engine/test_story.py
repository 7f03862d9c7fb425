"""The story of the first example, step by step, on a real engine, for three clouds."""

from __future__ import annotations

import pytest
import yaml

from palette_sdk.client import Palette
from tests.engine.harness import Stack, World

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfTestKeyOnlyForTests0000000000000000000 test"
EMPTY: dict[str, int] = {}


def layers_of(client: Palette, cluster: str) -> dict[str, str]:
    """Text of the manifests that a cluster runs, by manifest."""
    row = client.clusters.by_name(cluster, fresh=True)
    assert row is not None
    return {item.name: item.content for item in client.clusters.manifests(row.metadata.uid)}


def replicas(client: Palette, cluster: str) -> int:
    """Replicas that the page's Deployment asks for in what the cluster runs."""
    text = layers_of(client, cluster)["hello-universe"]
    found = [doc for doc in yaml.safe_load_all(text) if doc and doc["kind"] == "Deployment"]
    return int(found[0]["spec"]["replicas"])


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_story(world: World, cloud: str) -> None:
    """Versions, roll-back, a held update, tags and destroy do what the tutorial promises; each step is steady."""
    stack = world.example("01_hello_universe", cloud=cloud, sshKey=SSH_KEY)
    client = world.client
    web, api = f"{cloud}-cluster", f"{cloud}-cluster-api"

    assert stack.preview().changes == {"create": 5}
    done = stack.up()
    assert done.changes == {"create": 5}
    assert {row.metadata.name: row.status.health.state for row in client.clusters.all() if row.status.health} == {
        web: "Healthy",
        api: "Healthy",
    }
    assert done.outputs["api_url"].endswith(":3000")
    assert "apiVersion" in done.outputs["api_kubeconfig"]
    stack.is_steady()

    three_tiers_and_back(stack, client, web, done.outputs["api_url"])
    edit_in_place(stack, client, web)
    tags(stack, client, web, api)

    gone = stack.destroy()
    assert gone.changes == {"delete": 6}
    assert [row.metadata.name for row in client.clusters.all(fresh=True)] == []
    assert client.profiles.metadata(fresh=True) == []


def three_tiers_and_back(stack: Stack, client: Palette, web: str, url: str) -> None:
    """Move to 1.1.0 in place, with the address of the API cluster; then roll back by one word."""
    stack.config(threeTier="true", frontend="1.1.0")
    assert stack.preview().changes == {"create": 1, "update": 1}
    assert stack.up().changes == {"create": 1, "update": 1}
    assert url in layers_of(client, web)["hello-universe"]
    assert set(client.profiles.versions(web.replace("cluster", "profile"), fresh=True)) == {"1.0.0", "1.1.0"}
    stack.is_steady()

    stack.config(frontend="1.0.0")
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}
    assert "API_URI" not in layers_of(client, web)["hello-universe"]
    stack.is_steady()


def edit_in_place(stack: Stack, client: Palette, web: str) -> None:
    """An edit in place is held, said, shown, and applied when asked for."""
    stack.config(replicas="3")
    preview = stack.preview()
    assert preview.changes == {"update": 2}
    assert "Palette does not keep the former state" in preview.text
    assert f"these clusters will have a pending update: {web}" in preview.text
    assert 'update held (updates="hold")' in preview.text
    held = stack.up()
    assert held.changes == {"update": 2}
    assert replicas(client, web) == 2
    assert held.outputs["web_pending_updates"]
    row = client.clusters.by_name(web, fresh=True)
    assert row is not None
    assert row.status.notifications.is_available
    stack.is_steady()

    stack.config(palette__updates="apply")
    assert stack.up().changes == {"update": 1}
    assert replicas(client, web) == 3
    stack.is_steady()


def tags(stack: Stack, client: Palette, web: str, api: str) -> None:
    """A changed tag on the API cluster previews exactly one update, and a tag finds exactly its cluster."""
    stack.config(apiTags='["team:platform"]')
    assert stack.preview().changes == {"update": 1}
    assert stack.up().changes == {"update": 1}
    found = client.clusters.tagged({"service": "hello-universe-frontend"}, fresh=True)
    assert [row.metadata.name for row in found] == [web]
    found = client.clusters.tagged({"team": "platform"}, fresh=True)
    assert [row.metadata.name for row in found] == [api]
    stack.is_steady()
