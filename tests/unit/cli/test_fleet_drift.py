"""`palette fleet drift` against a local control plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from palette_sdk.content.digest import layer_digest

from .conftest import DEPLOYMENT, Run, World

HOUR_S = 3600
REPLICAS = "Deployment/hello/hello /spec/replicas"
LEVEL = {"name": "level", "defaultValue": "1"}
TOKEN = {"name": "token", "isSensitive": True, "defaultValue": "tok-5ecret"}
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:AAAA:AAAA"}


@pytest.fixture
def shop(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with the clusters `one` and `two` on the profile `p`, seen from a folder without a program."""
    monkeypatch.chdir(tmp_path)
    profile = world.profile("p", "1.0.0")
    world.cluster("one", profile, labels={"env": "prod"})
    world.cluster("two", profile, labels={"env": "dev"})
    world.palette.advance(HOUR_S)
    return world


def override(run: Run, cluster: str, replicas: int) -> None:
    """Override the replicas of a cluster."""
    setting = f"/spec/replicas={replicas}"
    assert run("override", cluster, "hello", "--resource", "Deployment/hello", "--set", setting).exit_code == 0


def profile_uid(world: World) -> str:
    """Uid of the profile `p`."""
    rows = world.call("GET", "/v1/dashboard/clusterprofiles/metadata")["items"]
    return str(next(row["metadata"]["uid"] for row in rows if row["metadata"]["name"] == "p"))


def rows(run: Run, *options: str) -> list[tuple[str, ...]]:
    """Cluster, kind, layer, place and both values of each row, as programs get them."""
    return [
        (
            row["cluster"],
            row["kind"],
            row["layer"],
            f"{row['resource']} {row['path']}".strip(),
            row["profile_value"],
            row["cluster_value"],
        )
        for row in json.loads(run("fleet", "drift", "--json", *options).stdout)
    ]


@pytest.fixture
def program(shop: World, pulumi: Callable[..., Path], tmp_path: Path) -> Callable[..., None]:
    """Makes the folder one of a program whose stack put `one` on `p` 1.0.0 with 2 replicas; takes inputs of it."""

    def make(**props: Any) -> None:
        row: dict[str, Any] = {"values": "", "manifests": {"hello": DEPLOYMENT.format(replicas=2)}, "secret": False}
        row["digest"] = layer_digest(values="", manifests=row["manifests"])
        clusters = shop.call("POST", "/v1/dashboard/spectroclusters/search", {"filter": {}})["items"]
        uid = next(each["metadata"]["uid"] for each in clusters if each["metadata"]["name"] == "one")
        inputs = {
            "profiles": {"p": {"name": "p", "version": "1.0.0"}},
            "layers_plan": {"p": {"hello": {"digest": row["digest"]}}},
            **props,
        }
        kinds = ("pulumi-python:dynamic/palette:Profile", "pulumi-python:dynamic/palette:Cluster")
        profile = {"type": kinds[0], "inputs": {"previous_layers": {"hello": row}}}
        state = {"deployment": {"resources": [profile, {"type": kinds[1], "id": uid, "inputs": inputs}]}}
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        pulumi(stdout=json.dumps(state))

    return make


# -- without drift -----------------------------------------------------------------------------------------------------


def test_no_clusters(run: Run, world: World) -> None:
    """Without clusters there is no drift, the JSON is an empty list, and it is said."""
    shown = run("fleet", "drift")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr.splitlines()[-1] == "No cluster was looked at."
    assert json.loads(run("fleet", "drift", "--json").stdout) == []


def test_no_drift(run: Run, shop: World) -> None:
    """Clusters that run what their profile says end with 0 and print no table; a profile is read once for all of them."""
    shop.palette.admin.reset_requests()
    shown = run("fleet", "drift")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr.splitlines()[1:] == [
        "no stack is named, so no program's policy, overrides or former content are known (--stack NAME)",
        "No drift on 2 clusters.",
    ]
    counts = {each["route"]: each["count"] for each in shop.palette.admin.requests()["items"]}
    assert counts["/v1/clusterprofiles/{uid}"] == 1
    assert counts["/v1/spectroclusters/{uid}"] == 2
    assert not any("config" in route or "profileUpdates" in route for route in counts)


def test_unknown_names(run: Run, shop: World) -> None:
    """A cluster, a template or a tag that can't be are errors with what there is; choosing twice is wrong usage."""
    shown = run("fleet", "drift", "ones")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert 'error: there is no cluster "ones" in project Default; nearest: one' in shown.stderr
    shown = run("fleet", "drift", "--template", "shops")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert 'there is no cluster template "shops" in sight of project Default; there are none' in shown.stderr
    shown = run("fleet", "drift", "--tag", "env:porduction", "--json")
    assert (shown.exit_code, shown.stdout) == (1, ""), "a misspelt tag is no fleet without drift"
    assert "no cluster has env:porduction: nothing was compared" in shown.stderr
    assert run("fleet", "drift", "one", "--tag", "env:prod").exit_code == 2


# -- profiles ----------------------------------------------------------------------------------------------------------


def test_override(run: Run, shop: World) -> None:
    """What somebody changed on a cluster is listed with its place and both values, and the command ends with 2."""
    override(run, "one", 5)
    shown = run("fleet", "drift")
    assert shown.exit_code == 2
    assert shown.stdout.splitlines() == [
        "CLUSTER  KIND      PROFILE  LAYER  PLACE                                  PROFILE HAS  CLUSTER HAS",
        f"one      override  p        hello  {REPLICAS}  2            5",
    ]
    assert shown.stderr.splitlines()[-1] == "Drift on 1 of 2 clusters: override (1)."
    assert json.loads(run("fleet", "drift", "--json").stdout) == [
        {
            "cluster": "one",
            "kind": "override",
            "template": "",
            "profile": "p",
            "layer": "hello",
            "text": "hello",
            "resource": "Deployment/hello/hello",
            "path": "/spec/replicas",
            "profile_value": "2",
            "cluster_value": "5",
        }
    ]
    assert run("fleet", "drift", "--json").exit_code == 2


def test_chosen_clusters(run: Run, shop: World) -> None:
    """Only the clusters that are named, or that have the tags, are looked at."""
    override(run, "one", 5)
    assert run("fleet", "drift", "two").exit_code == 0
    assert run("fleet", "drift", "--tag", "env:dev").exit_code == 0
    assert run("fleet", "drift", "two", "one").exit_code == 2
    assert run("fleet", "drift", "--tag", "env:prod").exit_code == 2


def test_override_of_values(run: Run, shop: World) -> None:
    """An override of a pack's values has the place in them; a value that is put back is no drift."""
    assert run("override", "two", "cni-calico", "--set", "/pack/namespace=other").exit_code == 0
    (row,) = rows(run)
    assert row[:4] == ("two", "override", "cni-calico", "/pack/namespace")
    assert row[5] == "other"
    assert run("override", "two", "cni-calico", "--set", f"/pack/namespace={row[4]}").exit_code == 0
    assert run("fleet", "drift").exit_code == 0


def test_pending_update(run: Run, shop: World) -> None:
    """An edit of a profile that wasn't applied is a pending update with old and new value, and not an override."""
    shop.edit(profile_uid(shop), "p", "1.0.0", replicas=3)
    assert rows(run) == [
        ("one", "pending update", "hello", REPLICAS, "3", "2"),
        ("two", "pending update", "hello", REPLICAS, "3", "2"),
    ]
    assert run("fleet", "drift").exit_code == 2
    only = run("fleet", "drift", "--overrides-only")
    assert (only.exit_code, only.stdout) == (0, "")


def test_override_under_a_pending_update(run: Run, shop: World, program: Callable[..., None]) -> None:
    """Without a stack the places of such an override aren't known; a stack that remembers what was applied tells both apart."""
    override(run, "one", 5)
    shop.edit(profile_uid(shop), "p", "1.0.0", replicas=3)
    assert rows(run, "one") == [
        ("one", "override", "hello", "", None, None),
        ("one", "pending update", "", "", "", ""),
    ]
    assert "hello (whole text)" in run("fleet", "drift", "one").stdout
    program()
    assert rows(run, "one") == [
        ("one", "override", "hello", REPLICAS, "2", "5"),
        ("one", "pending update", "hello", REPLICAS, "3", "2"),
    ]


# -- a program ---------------------------------------------------------------------------------------------------------


def test_declared_override(run: Run, shop: World, program: Callable[..., None]) -> None:
    """What the program declares is no drift; another value in its place is, and so is its absence."""
    override(run, "one", 5)
    row = {"layer": "hello", "resource": "Deployment/hello", "path": "/spec/replicas", "value": 5}
    program(overrides={"a": row})
    shown = run("fleet", "drift")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "what the selected stack of " in shown.stderr
    override(run, "one", 7)
    assert rows(run) == [("one", "override", "hello", REPLICAS, "5", "7")]
    assert run("override", "one", "hello", "--reset").exit_code == 0
    assert rows(run) == [("one", "override", "hello", REPLICAS, "5", "2")]


def test_other_version_than_the_program(run: Run, shop: World, program: Callable[..., None]) -> None:
    """A version or profile that isn't the one that the program applied is drift."""
    program(profiles={"p": {"name": "p", "version": "0.9.0"}, "q": {"name": "q", "version": "1.0.0"}})
    assert rows(run) == [
        ("one", "other version", "", "version", "0.9.0", "1.0.0"),
        ("one", "missing profile", "", "version", "1.0.0", ""),
    ]
    assert run("fleet", "drift", "two").exit_code == 0


def test_secrets(run: Run, shop: World, program: Callable[..., None]) -> None:
    """A layer with a declared secret isn't judged: it is named without values, and does not count."""
    override(run, "one", 5)
    program(
        overrides={"a": {"layer": "hello", "resource": "Deployment/hello", "path": "/spec/paused", "value": SECRET}}
    )
    shown = run("fleet", "drift")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[1].split() == [
        "one", "not", "judged", "p", "hello", "-", "(secret)", "(secret)",
    ]  # fmt: skip


# -- templates ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def fleet(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with the template `shops` on `base` 1.0.0, and two healthy clusters that follow it."""
    monkeypatch.chdir(tmp_path)
    template = world.template("shops", world.profile("base", "1.0.0", variables=[LEVEL, TOKEN]))
    world.member("berlin", template)
    world.member("tokyo", template)
    world.palette.advance(HOUR_S)
    return world


def template_uid(world: World) -> str:
    """The only template."""
    return str(world.call("GET", "/v1/dashboard/clusterTemplates/metadata")["items"][0]["uid"])


def test_behind_its_template(run: Run, fleet: World) -> None:
    """After a relink a cluster is behind until it is upgraded; that is told apart from drift."""
    assert run("fleet", "drift", "--template", "shops").exit_code == 0
    uid = template_uid(fleet)
    fleet.relink(uid, fleet.profile("base", "1.1.0", variables=[LEVEL, TOKEN]))
    assert rows(run, "--template", "shops") == [
        ("berlin", "behind its template", "", "version", "1.1.0", "1.0.0"),
        ("tokyo", "behind its template", "", "version", "1.1.0", "1.0.0"),
    ]
    assert json.loads(run("fleet", "drift", "--json").stdout)[0]["template"] == "shops"
    assert run("fleet", "drift").exit_code == 2
    assert run("fleet", "drift", "--overrides-only").exit_code == 0
    fleet.call("PATCH", f"/v1/spectroclusters/clusterTemplates/{uid}/clusters/upgrade", {})
    assert run("fleet", "drift").exit_code == 0


def test_out_of_sight(run: Run, fleet: World) -> None:
    """A template that can't be seen leaves its clusters unjudged; a version that can't is an unknown change."""
    uid = template_uid(fleet)
    fault = {"action": "status", "status": 404, "route": f"/v1/clusterTemplates/{uid}"}
    hidden = fleet.palette.admin.add_fault(fault)
    shown = run("fleet", "drift", "berlin")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[1].split()[:3] == ["berlin", "not", "judged"]
    assert json.loads(run("fleet", "drift", "berlin", "--json").stdout)[0]["template"] == uid
    fleet.palette.admin.remove_fault(hidden["id"])
    fleet.palette.admin.add_fault({"action": "status", "status": 404, "route": "/v1/clusterprofiles/{uid}"})
    assert rows(run, "berlin") == [("berlin", "unknown change", "", "version", "", "1.0.0")]


def test_behind_in_values(run: Run, fleet: World) -> None:
    """A value that comes with the next upgrade is told with old and new value; a sensitive one without."""
    uid = template_uid(fleet)
    (linked,) = fleet.call("GET", f"/v1/clusterTemplates/{uid}")["spec"]["profiles"]
    berlin, tokyo = sorted(
        fleet.call("GET", f"/v1/clusterTemplates/{uid}")["spec"]["clusters"].values(), key=lambda each: each["name"]
    )

    def set_value(cluster: str, name: str, value: str) -> None:
        body = {"profiles": [{"uid": linked["uid"], "variables": [{"name": name, "value": value}]}]}
        fleet.call("PATCH", f"/v1/clusterTemplates/spectroclusters/{cluster}/variables", body)

    set_value(berlin["clusterUid"], "level", "7")
    set_value(tokyo["clusterUid"], "token", "n3w-5ecret")
    assert rows(run) == [
        ("berlin", "behind its template", "", "variable level", "7", "1"),
        ("tokyo", "behind its template", "", "", "", ""),
    ]
    assert "5ecret" not in run("fleet", "drift").output
