from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from .conftest import Run, World

HOUR_S = 3600


def test_no_clusters(run: Run, world: World) -> None:
    """Without clusters the table is empty, the JSON an empty list, and it is said."""
    shown = run("clusters")
    assert shown.exit_code == 0
    assert shown.stdout.split() == ["CLUSTER", "STATE", "HEALTH", "CLOUD", "PROFILES", "UPDATE", "TAGS"]
    assert shown.stderr.splitlines()[1] == "There are no clusters yet."
    assert json.loads(run("clusters", "--json").stdout) == []
    assert "No cluster has x:y and z." in run("clusters", "--tag", "x:y", "--tag", "z").stderr


def test_table(run: Run, world: World) -> None:
    """A cluster's row has state, health, cloud, its profiles with versions, and tags."""
    world.cluster("web", world.profile("aws-profile", "1.2.0"), labels={"service": "front", "bare": "spectro__tag"})
    world.palette.advance(HOUR_S)
    row = run("clusters").stdout.splitlines()[1]
    assert row.split()[:7] == ["web", "Running", "Healthy", "aws", "aws-profile", "1.2.0", "-"]
    assert "service:front" in row
    assert "bare" in row


def test_why_a_cluster_is_not_well(run: Run, world: World) -> None:
    """The detail of a cluster that isn't healthy says why, in the service's words; one that is has no such line."""
    uid = world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    assert "why" not in run("clusters", "web").stdout
    world.call("POST", f"/local/clusters/{uid}/fail", {"reason": "NoRoom", "message": "delete a cluster"})
    assert "NoRoom: delete a cluster" in run("clusters", "web").stdout
    assert json.loads(run("clusters", "web", "--json").stdout)["health_reasons"] == ["NoRoom: delete a cluster"]


def test_tags(run: Run, world: World) -> None:
    """--tag lists exactly the clusters with that tag; several must all fit."""
    uid = world.profile("p", "1.0.0")
    world.cluster("one", uid, labels={"service": "front", "team": "a"})
    world.cluster("two", uid, labels={"service": "front", "team": "b"})
    world.cluster("three", uid, labels={"service": "back", "bare": "spectro__tag"})

    def names(*tags: str) -> list[str]:
        options = [option for tag in tags for option in ("--tag", tag)]
        return [row["name"] for row in json.loads(run("clusters", "--json", *options).stdout)]

    assert names("service:front") == ["one", "two"]
    assert names("service:front", "team:b") == ["two"]
    assert names("bare") == ["three"]
    assert names("service") == []


def test_contradicting_tags(run: Run, world: World) -> None:
    """Two values for one tag are refused: no cluster can have both."""
    shown = run("clusters", "--tag", "team:a", "--tag", "team:b")
    assert shown.exit_code == 1
    assert "have the same key" in shown.stderr


def test_json(run: Run, world: World) -> None:
    """JSON of the list has the documented keys."""
    profile = world.profile("p", "1.0.0")
    uid = world.cluster("web", profile, labels={"a": "b"})
    world.palette.advance(HOUR_S)
    assert json.loads(run("clusters", "--json").stdout) == [
        {
            "name": "web",
            "uid": uid,
            "state": "Running",
            "health": "Healthy",
            "cloud": "aws",
            "profiles": [{"name": "p", "version": "1.0.0", "uid": profile}],
            "pending_update": False,
            "tags": {"a": "b"},
        }
    ]


def test_pending_update(run: Run, world: World) -> None:
    """After its profile was edited in place, list and detail say that an update waits."""
    profile = world.profile("p", "1.0.0")
    world.cluster("web", profile)
    world.palette.advance(HOUR_S)
    assert json.loads(run("clusters", "web", "--json").stdout)["pending_updates"] == []
    world.edit(profile, "p", "1.0.0", replicas=3)
    assert json.loads(run("clusters", "--json").stdout)[0]["pending_update"] is True
    assert "pending" in run("clusters").stdout.splitlines()[1].split()
    (waiting,) = json.loads(run("clusters", "web", "--json").stdout)["pending_updates"]
    assert (waiting["name"], waiting["version"], waiting["uid"]) == ("p", "1.0.0", profile)
    assert "pending updates  p 1.0.0\n" in run("clusters", "web").stdout


def test_detail(run: Run, world: World) -> None:
    """One cluster in detail has its layers in order, its services and its addresses."""
    uid = world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    detail = json.loads(run("clusters", "web", "--json").stdout)
    assert (detail["uid"], detail["state"], detail["health"], detail["cloud"]) == (uid, "Running", "Healthy", "aws")
    assert detail["kubernetes_version"].lstrip("v") == world.layer("kubernetes", "")["tag"]
    assert [each["name"] for each in detail["layers"]] == [
        "ubuntu-aws",
        "kubernetes",
        "cni-calico",
        "csi-aws-ebs",
        "hello",
    ]
    assert {(each["profile"], each["condition"], each["status"]) for each in detail["layers"]} == {
        ("p", "Ready", "True")
    }
    (service,) = detail["services"]
    assert (service["name"], service["ports"]) == ("hello-service", [3000])
    assert service["host"]
    assert len(detail["api_endpoints"]) == 1
    text = run("clusters", "web").stdout
    assert f"cluster          web ({uid})\nstate            Running, Healthy\n" in text
    assert f"hello-service {service['host']}:3000" in text


def test_just_accepted(run: Run, world: World) -> None:
    """A cluster that was only just accepted is shown too."""
    world.cluster("web", world.profile("p", "1.0.0"))
    assert run("clusters").exit_code == 0
    lines = run("clusters", "web").stdout.splitlines()
    assert lines[0].startswith("cluster          web (")
    assert lines[1].startswith("state            Pending")


@pytest.mark.parametrize("command", ["clusters", "kubeconfig"])
def test_unknown_name(run: Run, world: World, command: str) -> None:
    """A cluster that isn't there is an error with those that are."""
    world.cluster("web", world.profile("p", "1.0.0"))
    shown = run(command, "wob")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines()[-1] == 'error: there is no cluster "wob" in project Default; nearest: web'


def test_kubeconfig(run: Run, world: World) -> None:
    """stdout is the kubeconfig and nothing else; --admin gives the administrator's."""
    world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    plain, admin = run("kubeconfig", "web"), run("kubeconfig", "web", "--admin")
    assert yaml.safe_load(plain.stdout)["kind"] == "Config"
    assert yaml.safe_load(admin.stdout)["kind"] == "Config"
    assert plain.stdout != admin.stdout
    assert plain.stdout.endswith("\n")
    assert not plain.stdout.endswith("\n\n")


def test_kubeconfig_to_a_file(run: Run, world: World, tmp_path: Path) -> None:
    """A file gets the mode 0600, also when there was another one, and stdout gets nothing."""
    world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    file = tmp_path / "config"
    file.write_text("old")
    file.chmod(0o644)
    shown = run("kubeconfig", "web", "--output", str(file))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(file.read_text())["kind"] == "Config"
    assert [path.name for path in tmp_path.iterdir()] == ["config"]


def test_kubeconfig_to_no_folder(run: Run, world: World, tmp_path: Path) -> None:
    """A file that can't be written is one error, and the kubeconfig is not shown instead."""
    world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    shown = run("kubeconfig", "web", "-o", str(tmp_path / "no" / "config"))
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "can't be written: No such file or directory; name another file with --output" in shown.stderr
    assert "apiVersion" not in shown.output


def test_kubeconfig_too_early(run: Run, world: World) -> None:
    """A cluster that isn't up yet has no kubeconfig, and the state is told."""
    world.cluster("web", world.profile("p", "1.0.0"))
    shown = run("kubeconfig", "web")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert '"web" has no kubeconfig yet (it is ' in shown.stderr


def test_users_of_profiles(run: Run, world: World) -> None:
    """The clusters that use a version are named beside it, and beside no other."""
    first, second = world.profile("web", "1.0.0"), world.profile("web", "1.1.0")
    for name in ("web-1", "web-2"):
        world.cluster(name, first)
    rows = {row["uid"]: row for row in json.loads(run("profiles", "--json").stdout)}
    assert sorted(user["name"] for user in rows[first]["clusters"]) == ["web-1", "web-2"]
    assert rows[second]["clusters"] == []
