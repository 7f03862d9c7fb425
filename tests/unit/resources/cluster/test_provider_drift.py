"""The hooks that read, delete and take over clusters, on a control plane in process."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.wire.clusters import ClusterProfiles
from palette_sdk.wire.meta import MetaInput
from tests.unit.resources.cluster.attached import edited, further, hold_delete, running
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import World


def test_vanished(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A refresh of a cluster that is gone gives an empty id; an update says what to do."""
    clusters.up("web", world.cluster(web))
    world.client.clusters.delete(clusters.state["web"].id)
    world.turn(60)
    with pytest.raises(AbortedError, match=r'Palette: the cluster "web" .* is gone from Palette'):
        clusters.up("web", world.cluster(web, tags={"a": "b"}))
    assert clusters.refresh("web") is False


def test_update_of_one_that_is_deleting(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that someone deletes takes no update, and the error says how to go on."""
    clusters.up("web", world.cluster(web))
    checked = clusters.check("web", clusters.state["web"].inputs, world.cluster(web, tags={"a": "b"}))
    world.client.clusters.delete(clusters.state["web"].id)
    with pytest.raises(AbortedError, match=r"Palette: the cluster .* is being deleted"):
        clusters._update("web", checked)


def test_drift_is_seen(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A refresh takes tags and pools that were changed elsewhere, and the next run puts the program's back."""
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    before = clusters.state["web"]
    pools = {**inputs["pools"], "worker": {**inputs["pools"]["worker"], "count": 4}}
    clusters.up("web", world.cluster(web, tags={"env": "x"}, pools=pools))
    clusters.state["web"] = before
    assert clusters.refresh("web")
    assert clusters.state["web"].inputs["tags"] == {"env": "x"}
    assert clusters.state["web"].inputs["pools"]["worker"]["count"] == 4
    assert clusters.up("web", inputs) == "update"
    clusters.is_steady("web", inputs)


def test_pending_update_is_found_by_a_refresh(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]
) -> None:
    """A profile that was edited elsewhere shows up as a pending update of the cluster."""
    clusters.up("web", world.cluster(web))
    edited(profiles, world, replicas=3)
    assert clusters.refresh("web")
    pending = clusters.state["web"].outputs["pending_updates"]["web"]
    assert pending["version"] == "1.0.0"
    assert list(pending["layers"]) == ["hello"]


def test_content_changed_on_the_cluster(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A manifest that someone changed on the cluster is recorded by a refresh, and never overwritten unasked."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    rows = world.client.clusters.pack_manifests(uid, web["uid"], "hello")
    changed = running(world, uid)["hello"].replace("replicas: 2", "replicas: 9")
    world.client.clusters.put_manifests(uid, web["uid"], "hello", {rows[0].metadata.uid: changed})
    world.turn(30)
    assert clusters.refresh("web")
    assert clusters.state["web"].outputs["found_overrides"] == {
        "web": {"hello": {"Deployment/hello/hello /spec/replicas": "9"}}
    }
    newer = further(profiles, world, replicas=3)
    with pytest.raises(RefusedError, match=r'override conflict on "web", layer hello'):
        clusters.preview("web", world.cluster(newer))
    assert clusters.up("web", world.cluster(newer, override_policy="drop")) == "update"
    assert "replicas: 3" in running(world, uid)["hello"]


def test_version_changed_on_the_cluster(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """A version that someone else attached is not moved back without its token."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state["web"].id
    other, third = further(profiles, world, "1.1.0", replicas=3), further(profiles, world, "1.2.0", replicas=4)
    entity = {"uid": other["uid"], "replaceWithProfile": web["uid"]}
    world.client.clusters.patch_profiles(uid, ClusterProfiles.of({"profiles": [entity]}))
    world.turn(60)
    with pytest.raises(RefusedError, match=r"someone moved web to 1\.1\.0, outside this program") as refused:
        clusters.preview("web", world.cluster(third))
    token = str(refused.value).split('approve=["')[1].split('"')[0]
    assert clusters.up("web", world.cluster(third, approve=[token])) == "update"
    assert "replicas: 4" in running(world, uid)["hello"]


def test_delete_waits(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A delete returns when the cluster is gone; one that is gone already is no error."""
    clusters.up("web", world.cluster(web))
    stored = clusters.state["web"]
    clusters.destroy("web")
    assert world.client.clusters.all(fresh=True) == []
    clusters.state["web"] = stored
    clusters.destroy("web")


def test_force_delete(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A stuck deletion is forced as soon as the service allows it after `force_delete_after`, with a warning."""
    clusters.up("web", world.cluster(web, force_delete_after=1))
    hold_delete(world, clusters.state["web"].id)
    world.link.lines.clear()
    clusters.destroy("web")
    assert any("not forced yet" in line for line in world.link.lines)
    assert any("deleted by force as force_delete_after says" in line for line in world.link.lines)
    assert world.client.clusters.all(fresh=True) == []


def test_stuck_delete_is_not_forced_unasked(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Without `force_delete_after` a stuck deletion ends by its timeout, and nothing is forced."""
    clusters.up("web", world.cluster(web, timeouts={"delete": 90}))
    uid = clusters.state["web"].id
    hold_delete(world, uid)
    with pytest.raises(AbortedError, match="did not come true within"):
        clusters.destroy("web")
    found = world.client.clusters.get(uid)
    assert found is not None
    assert found.status is not None
    assert found.status.state == "Deleting"


def test_adopted_when_equal(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A cluster that equals the program is taken over without a token."""
    inputs = world.cluster(web)
    clusters.up("web", inputs)
    uid = clusters.state.pop("web").id
    disown(world, uid)
    assert clusters.up("mine", {**inputs, "adopt": uid}) == "create"
    assert clusters.state["mine"].id == uid
    clusters.is_steady("mine", {**inputs, "adopt": uid})


def test_adoption_wants_its_token(clusters: Steps, profiles: Steps, world: World, web: dict[str, Any]) -> None:
    """What an adoption would change is listed, and its token lets it pass."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state.pop("web").id
    newer = further(profiles, world, replicas=3)
    inputs = world.cluster(newer, tags={"a": "b"}, description="new", adopt=uid)
    with pytest.raises(RefusedError) as refused:
        clusters.preview("mine", inputs)
    for part in ("description (none) -> new", "tags {'env': 'dev'} -> {'a': 'b'}", "web 1.0.0 -> 1.1.0", "its owner"):
        assert part in str(refused.value)
    token = str(refused.value).split("palette:approve=")[1].split()[0]
    assert clusters.up("mine", {**inputs, "approve": [token]}) == "create"
    assert "replicas: 3" in running(world, uid)["hello"]
    clusters.is_steady("mine", inputs)


@pytest.mark.parametrize(
    ("kubernetes", "told"),
    [
        ("1.29.14", r'Kubernetes would go down on "web": 1\.30\.4 \(web 1\.0\.0\) -> 1\.29\.14 \(web 1\.1\.0\)'),
        ("1.32.1", r'Kubernetes would skip a minor on "web": 1\.30\.4'),
        ("1.31.1", r'"web" would repave: control-plane \(1 node, API down meanwhile\), worker .*\n.*approve=\["rp-'),
    ],
)
def test_guards_of_an_adoption(
    clusters: Steps, profiles: Steps, world: World, web: dict[str, Any], *, kubernetes: str, told: str
) -> None:
    """What can't or should not be done to a running cluster is refused in the preview that would take it over, too."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state.pop("web").id
    inputs = world.cluster(further(profiles, world, packs={"kubernetes": kubernetes}), adopt=uid)
    with pytest.raises(RefusedError, match=told):
        clusters.preview("mine", inputs)


def test_adoption_tokens_bind_to_values(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """Another change has another token; a cluster of another cloud can't be taken over at all."""
    clusters.up("web", world.cluster(web))
    uid = clusters.state.pop("web").id
    tokens = set()
    for tags in ({"a": "b"}, {"a": "c"}):
        with pytest.raises(RefusedError) as refused:
            clusters.preview("mine", world.cluster(web, tags=tags, adopt=uid))
        tokens.add(str(refused.value).split("palette:approve=")[1].split()[0])
    assert len(tokens) == 2
    azure = {
        "cloud": "azure",
        "cloud_config": {"cloud": "azure", "location": "west", "subscription_id": "s", "ssh_key": "k"},
    }
    machine = {"type": "Standard_D4s_v3", "disk_gib": 60}
    pools = {"control-plane": {"role": "control-plane", "count": 1, "machine": machine}}
    other = {**web, "cloud": "azure"}
    with pytest.raises(RefusedError, match="is a cluster on aws, not on azure"):
        clusters.preview("mine", {**world.cluster(other, adopt=uid), **azure, "pools": pools})


def disown(world: World, uid: str) -> None:
    """Take our marker off a cluster, as if somebody had made it in the console."""
    found = world.client.clusters.get(uid)
    assert found is not None
    kept = {key: text for key, text in found.metadata.annotations.items() if key != MARKER}
    meta = {"name": found.metadata.name, "labels": found.metadata.labels, "annotations": kept}
    world.client.clusters.patch_metadata(uid, MetaInput.of(meta))


def test_adoption_of_nothing(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """A uid that does not exist can't be adopted."""
    with pytest.raises(RefusedError, match="there is no cluster with uid 00aa"):
        clusters.preview("mine", world.cluster(web, adopt="00aa"))


def test_read_of_a_cluster_the_program_only_reads(clusters: Steps, world: World, web: dict[str, Any]) -> None:
    """`Cluster.get` gives name, cloud and addresses from the uid alone."""
    clusters.up("web", world.cluster(web))
    found = clusters.get("seen", clusters.state["web"].id)
    assert (found["name"], found["cloud"]) == ("web", "aws")
    assert found["services"]["hello-service"]["host"]
    assert found["profiles"]["web"]["version"] == "1.0.0"
