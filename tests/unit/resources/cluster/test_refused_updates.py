"""Updates that the service would refuse, or that stand beside a held one: what isn't meant is not touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from tests.unit.resources.cluster.attached import attached, edited, further
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import World, manifest_layer


@dataclass
class Queries(httpx2.BaseTransport):
    """The line to the control plane; it notes how profiles are patched."""

    line: httpx2.BaseTransport
    patches: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a call."""
        if request.method == "PATCH" and request.url.path.endswith("/profiles"):
            self.patches.append(request.url.query.decode())
        return self.line.handle_request(request)


def add_on(world: World, name: str, *, version: str = "1.0.0", text: str = "a: b") -> dict[str, Any]:
    """A profile of one manifest."""
    inputs = world.profile(name, version)
    layers = {
        name: manifest_layer(f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{{text}}}}}")
    }
    return {**inputs, "layers": layers, "layer_order": [name]}


def attached_names(world: World, uid: str) -> list[str]:
    """Names and versions of the profiles that the cluster runs."""
    return sorted(f"{item.name} {item.profile_version}" for item in world.client.clusters.profiles(uid))


def open_notices(world: World, uid: str) -> list[str]:
    """What the cluster's open notices are about."""
    return [row.action.action_message for row in world.client.notifications.for_cluster(uid)]


@pytest.mark.parametrize("layer", ["leaves", "comes"])
def test_a_refused_patch_detaches_nothing(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any], layer: str
) -> None:
    """What the service would refuse is refused before the first write, also where profiles come and go with it."""
    profiles.up("leaves", add_on(world, "leaves"))
    comes = add_on(world, "comes")
    profiles.up("comes", {**comes, "layers": {layer: comes["layers"]["comes"]}, "layer_order": [layer]})
    clusters.up("web", world.cluster(web, attached(profiles, "leaves")))
    uid = clusters.state["web"].id
    inputs = world.cluster(web, attached(profiles, "comes"), tags={"env": "prod"})
    asked = "/v1/spectroclusters/validate/packs" if layer == "leaves" else "/v1/spectroclusters/{uid}/validate/packs"
    world.fault(method="POST", route=asked, action="status", status=400, count=1)
    world.forget_writes()
    with pytest.raises(AbortedError):
        clusters.up("web", inputs)
    assert world.writes == []
    assert attached_names(world, uid) == ["leaves 1.0.0", "web 1.0.0"]
    assert clusters.up("web", inputs) == "update"
    assert attached_names(world, uid) == ["comes 1.0.0", "web 1.0.0"]
    clusters.is_steady("web", inputs)


def test_a_skipped_minor_that_the_guards_allow(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """The preview warns that Palette may refuse a skipped minor; where it does, nothing was written, and nothing detached."""
    profiles.up("leaves", add_on(world, "leaves"))
    clusters.up("web", world.cluster(web, attached(profiles, "leaves")))
    uid = clusters.state["web"].id
    newer = further(profiles, world, packs={"kubernetes": "1.32.1"})
    inputs = world.cluster(newer, tags={"env": "prod"}, guards={"minor_skip": "allow", "before_update": "off"})
    with pytest.raises(RefusedError) as refused:
        clusters.preview("web", inputs)
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    assert clusters.preview("web", {**inputs, "approve": [token]})[0] == "update"
    assert any("Palette itself refuses such a step" in line for line in world.link.lines)
    world.forget_writes()
    with pytest.raises(AbortedError, match=r'Palette refuses the profiles of "web"; nothing was sent'):
        clusters.up("web", {**inputs, "approve": [token]})
    assert world.writes == []
    assert attached_names(world, uid) == ["leaves 1.0.0", "web 1.0.0"]


def test_the_notice_of_a_held_update_stays(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """Another profile of the cluster moves on; the notice of the one that is held isn't settled with it."""
    profiles.up("more", add_on(world, "more"))
    clusters.up("web", world.cluster(web, attached(profiles, "more")))
    uid = clusters.state["web"].id
    held = edited(profiles, world, replicas=3)
    clusters.up("web", world.cluster(held, attached(profiles, "more")))
    told = open_notices(world, uid)
    assert told
    profiles.up("more-1.1.0", add_on(world, "more", version="1.1.0", text="a: c"))
    world.http = line = Queries(world.http)  # type: ignore[assignment]  # of each process from now on
    assert clusters.up("web", world.cluster(held, attached(profiles, "more-1.1.0"))) == "update"
    assert line.patches == ["resolveNotification=false"]
    assert attached_names(world, uid) == ["more 1.1.0", "web 1.0.0"]
    assert open_notices(world, uid) == told
    assert list(clusters.state["web"].outputs["pending_updates"]) == ["web"]
    profiles.up("more-1.1.0", add_on(world, "more", version="1.1.0", text="a: d"))
    with_both = world.cluster(held, attached(profiles, "more-1.1.0"))
    world.link.lines.clear()
    clusters.preview("web", with_both)
    notice = next(line for line in world.link.lines if "update held" in line and "more 1.1.0" in line)
    token = notice.split('approve=["')[1].split('"')[0]
    assert clusters.up("web", {**with_both, "approve": [token]}) == "update"
    assert line.patches[1:] == ["resolveNotification=true"]
    assert open_notices(world, uid) == told
    assert list(clusters.state["web"].outputs["pending_updates"]) == ["web"]
