"""Declared overrides with a secret value: what is found beside them on the cluster is told by numbers alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.resources.cluster.test_overrides import Cluster
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import World

HIDDEN = "hunter2"


def values(*arguments: str, port: int = 1) -> str:
    """Values of the app: a list without keys, and something beside it."""
    return f"args: [{', '.join(arguments)}]\nport: {port}\n"


def version(cluster: Cluster, number: str, *, port: int) -> dict[str, Any]:
    """A version of the profile with those values."""
    from tests.unit.resources.cluster.attached import attached

    inputs = cluster.world.profile(version=number)
    app = {**cluster.world.pack("hello-universe", "1.2.0"), "values": values("a", "b", port=port), "defaults": False}
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
