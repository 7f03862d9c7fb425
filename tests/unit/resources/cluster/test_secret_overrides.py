"""Declared overrides with a secret value: what is found beside them on the cluster is told by numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from palette_sdk.resources.cluster.live import HIDDEN_LAYERS
from tests.unit.resources.cluster.test_overrides import Cluster
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import LeftError, World

HIDDEN = "hunter2"


def values(*arguments: str, port: int = 1) -> str:
    """Values of the app: a list without keys, and something beside it."""
    return f"args: [{', '.join(arguments)}]\nport: {port}\n"


def version(cluster: Cluster, number: str, *, port: int, secret: bool = False) -> dict[str, Any]:
    """A version of the profile with those values."""
    from tests.unit.resources.cluster.attached import attached

    inputs = cluster.world.profile(version=number)
    text = values("a", "b", port=port)
    app = {**cluster.world.pack("hello-universe", "1.2.0"), "values": text, "defaults": False, "secret": secret}
    layers = {**inputs["layers"], "app": app}
    cluster.profiles.up(f"web-{number}", {**inputs, "layers": layers, "layer_order": list(layers)})
    return attached(cluster.profiles, f"web-{number}")


def overridden(cluster: Cluster, *, secret: bool) -> dict[str, Any]:
    """A cluster with a declared argument, whose list someone made longer, and whose port someone changed."""
    from palette_sdk.wire.clusters import ClusterProfiles

    row = {"layer": "app", "path": "/args/1", "value": HIDDEN, **({"secret": True} if secret else {})}
    cluster.options["overrides"] = {"app /args/1": row}
    first = version(cluster, "1.0.0", port=1)
    cluster.up(first)
    text = values("a", HIDDEN, "c", port=2)
    body = {"profiles": [{"uid": first["uid"], "packValues": [{"name": "app", "values": text}]}]}
    cluster.world.client.clusters.patch_profiles(cluster.uid, ClusterProfiles.of(body))
    cluster.world.turn(60)
    assert cluster.clusters.refresh("web")
    return version(cluster, "1.1.0", port=3)


@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.parametrize("policy", ["merge", "keep", "drop", "fail"])
def test_what_is_told(clusters: Steps, profiles: Steps, world: World, policy: str, *, secret: bool) -> None:
    """No row, message or base text repeats a secret value, also where it stands in a list that is told as a whole."""
    cluster = Cluster(world, clusters, profiles, "values", {"override_policy": policy})
    coming = overridden(cluster, secret=secret)
    state = clusters.state["web"].outputs
    told = [str(state["found_overrides"])]
    try:
        cluster.up(coming)
    except RefusedError as refused:
        assert policy in {"merge", "fail"}
        told.append(str(refused))
    state = clusters.state["web"].outputs
    told += [str(state["found_overrides"]), str(state["base_texts"]), *world.link.lines]
    assert state["base_texts"]
    assert (HIDDEN in "\n".join(told)) is not secret


def test_a_refresh_after_a_crash(clusters: Steps, profiles: Steps, world: World) -> None:
    """The process ends right behind the write of a new secret override: a refresh before the next `up` doesn't record it."""
    cluster = Cluster(world, clusters, profiles, "values", {})
    first = version(cluster, "1.0.0", port=1)
    cluster.up(first)
    rows = {"app /args/1": {"layer": "app", "path": "/args/1", "value": HIDDEN, "secret": True}}
    world.http, inner = Line(world.http), world.http  # type: ignore[assignment]  # of each process from now on
    with pytest.raises(LeftError):
        cluster.up(first, overrides=rows)
    world.http = inner
    assert clusters.refresh("web")
    state = clusters.state["web"]
    assert state.outputs["found_overrides"] == {"web": {"app": {"(content)": "1 places (secret)"}}}
    assert HIDDEN not in str([state.inputs, state.outputs, world.link.lines])
    assert cluster.up(first, overrides=rows) == "update"
    assert clusters.state["web"].outputs["found_overrides"] == {}
    clusters.is_steady("web", cluster.inputs(first, overrides=rows))
    assert noted(cluster) == "app"
    assert cluster.up(first) == "update"
    clusters.is_steady("web", cluster.inputs(first))
    assert cluster.up(first, tags={"env": "prod"}) == "update"
    assert noted(cluster) is None


def test_a_refresh_while_an_update_of_secret_content_is_held(clusters: Steps, profiles: Steps, world: World) -> None:
    """The base of secret content isn't stored, and gone from the service once the profile was edited: a refresh is empty."""
    from palette_sdk.wire.clusters import ClusterProfiles

    cluster = Cluster(world, clusters, profiles, "values", {"updates": "hold"})
    first = version(cluster, "1.0.0", port=1, secret=True)
    cluster.up(first)
    text = values("a", "b", port=2)
    body = {"profiles": [{"uid": first["uid"], "packValues": [{"name": "app", "values": text}]}]}
    world.client.clusters.patch_profiles(cluster.uid, ClusterProfiles.of(body))
    world.turn(60)
    assert clusters.refresh("web")
    recorded = clusters.state["web"].outputs["found_overrides"]
    assert recorded == {"web": {"app": {"(content)": "1 places (secret)"}}}
    coming = version(cluster, "1.0.0", port=3, secret=True)
    assert cluster.up(coming) == "update"
    clusters.is_steady("web", cluster.inputs(coming))
    assert clusters.state["web"].outputs["found_overrides"] == recorded


def noted(cluster: Cluster) -> str | None:
    """The layers that are noted on the cluster."""
    found = cluster.world.client.clusters.get(cluster.uid)
    assert found is not None
    return found.metadata.annotations.get(HIDDEN_LAYERS)


@dataclass
class Line(httpx2.BaseTransport):
    """The line to the control plane; the process of the hooks ends behind a PATCH of profiles."""

    line: httpx2.BaseTransport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry a call out, and answer unless it was that one."""
        answer = self.line.handle_request(request)
        if request.method == "PATCH" and request.url.path.endswith("/profiles"):
            raise LeftError
        return answer
