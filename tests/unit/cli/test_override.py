from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from .conftest import DEPLOYMENT, Run, World

HOUR_S = 3600


@pytest.fixture
def web(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with a healthy cluster `web` on the profile `p`, seen from a folder without a program."""
    monkeypatch.chdir(tmp_path)
    world.cluster("web", world.profile("p", "1.0.0"))
    world.palette.advance(HOUR_S)
    return world


def layers(world: World, cluster: str = "web") -> dict[str, tuple[str, dict[str, str]]]:
    """Values and manifests of each layer as the cluster runs them."""
    rows = world.call("POST", "/v1/dashboard/spectroclusters/search", {"filter": {}})["items"]
    uid = next(row["metadata"]["uid"] for row in rows if row["metadata"]["name"] == cluster)
    (profile,) = world.call("GET", f"/v1/spectroclusters/{uid}/profiles/packs/manifests")["profiles"]
    return {
        each["spec"]["name"]: (
            each["spec"]["values"],
            {row["name"]: row["content"] for row in each["spec"]["manifests"]},
        )
        for each in profile["spec"]["packs"]
    }


def replicas(text: str) -> int:
    """Replicas of the deployment in a manifest."""
    return int(next(yaml.safe_load_all(text))["spec"]["replicas"])


def test_manifest(run: Run, web: World) -> None:
    """A place in a manifest changes on that cluster only, and every other byte stays."""
    before = layers(web)["hello"][1]["hello"]
    done = run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=1")
    assert (done.exit_code, done.stdout) == (0, "web: hello Deployment/hello/hello /spec/replicas 2 -> 1\n")
    assert done.stderr.splitlines()[-1] == (
        '"web" only; the profile and other clusters stay. '
        "Give the whole layer back to its profile: palette override web hello --reset"
    )
    after = layers(web)["hello"][1]["hello"]
    assert after == before.replace("replicas: 2", "replicas: 1")
    ((_, published),) = [layer for name, layer in profile_layers(web).items() if name == "hello"]
    assert replicas(published["hello"]) == 2


def profile_layers(world: World) -> dict[str, tuple[str, dict[str, str]]]:
    """Values and manifests of the profile."""
    uid = world.call("GET", "/v1/dashboard/clusterprofiles/metadata")["items"][0]["metadata"]["uid"]
    packs = world.call("GET", f"/v1/clusterprofiles/{uid}/packs/manifests")["spec"]["packs"]
    return {
        each["spec"]["name"]: (
            each["spec"]["values"],
            {row["name"]: row["content"] for row in each["spec"]["manifests"]},
        )
        for each in packs
    }


def test_values_keep_other_overrides(run: Run, web: World) -> None:
    """Overriding values of one layer keeps the overrides of the others, values and manifests."""
    assert run("override", "web", "cni-calico", "--set", "pack.namespace=calico").exit_code == 0
    assert run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=1").exit_code == 0
    assert run("override", "web", "csi-aws-ebs", "--set", "/pack/namespace=ebs").exit_code == 0
    now = layers(web)
    assert yaml.safe_load(now["cni-calico"][0])["pack"]["namespace"] == "calico"
    assert yaml.safe_load(now["csi-aws-ebs"][0])["pack"]["namespace"] == "ebs"
    assert replicas(now["hello"][1]["hello"]) == 1


def test_a_place_that_is_not_there(run: Run, web: World) -> None:
    """A path that the layer doesn't have is added, and the nearest that it has is told, as most are misspelt."""
    done = run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replcas=1")
    assert done.exit_code == 0
    assert "hello has no /spec/replcas; nearest: /spec/replicas. It is added." in done.stderr.splitlines()


def test_list(run: Run, web: World) -> None:
    """Without a change it lists the overridden places with the profile's and the cluster's value."""
    assert "Nothing is overridden" in run("override", "web").stderr
    run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=1")
    run("override", "web", "cni-calico", "--set", "pack.namespace=calico")
    rows = run("override", "web").stdout.splitlines()
    assert rows[0].split() == ["PROFILE", "LAYER", "TEXT", "PLACE", "PROFILE", "HAS", "CLUSTER", "HAS"]
    assert rows[1].split()[:4] == ["p", "cni-calico", "values", "/pack/namespace"]
    assert rows[2].split() == ["p", "hello", "hello", "Deployment/hello/hello", "/spec/replicas", "2", "1"]
    (row,) = json.loads(run("override", "web", "hello", "--json").stdout)
    assert row == {
        "profile": "p",
        "layer": "hello",
        "text": "hello",
        "resource": "Deployment/hello/hello",
        "path": "/spec/replicas",
        "profile_value": "2",
        "cluster_value": "1",
    }


def test_remove_and_several(run: Run, web: World) -> None:
    """Several places change in one call; --remove takes one out."""
    done = run(
        "override",
        "web",
        "hello",
        "--resource",
        "Deployment/hello",
        "--set",
        "/spec/replicas=4",
        "--remove",
        "/spec/template/metadata/labels",
        "--set",
        "spec.template.spec.containers[name=hello].image=hello:2",
        "--json",
    )
    answer = json.loads(done.stdout)
    assert (answer["cluster"], answer["profile"], answer["layer"], answer["changed"]) == ("web", "p", "hello", True)
    assert {(each["path"], each["old"], each["new"]) for each in answer["changes"]} == {
        ("/spec/replicas", "2", "4"),
        ("/spec/template/metadata/labels", "{1 keys}", ""),
        ("/spec/template/spec/containers[name=hello]/image", "hello:1", "hello:2"),
    }


def test_file(run: Run, web: World, tmp_path: Path) -> None:
    """--file replaces a whole manifest."""
    file = tmp_path / "new.yaml"
    file.write_text(DEPLOYMENT.format(replicas=5))
    assert run("override", "web", "hello", "--file", str(file)).exit_code == 0
    assert layers(web)["hello"][1]["hello"].strip() == file.read_text().strip()


def test_reset(run: Run, web: World) -> None:
    """--reset gives manifest and values back to the profile, and leaves other layers alone."""
    run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=1")
    run("override", "web", "cni-calico", "--set", "pack.namespace=calico")
    run("override", "web", "csi-aws-ebs", "--set", "pack.namespace=ebs")
    done = run("override", "web", "cni-calico", "--reset")
    assert done.exit_code == 0
    assert "/pack/namespace calico -> kube-system" in done.stdout
    assert run("override", "web", "hello", "--reset").stdout.endswith("/spec/replicas 1 -> 2\n")
    assert [row["layer"] for row in json.loads(run("override", "web", "--json").stdout)] == ["csi-aws-ebs"]
    assert layers(web)["hello"] == profile_layers(web)["hello"]
    again = run("override", "web", "hello", "--reset")
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr.endswith("hello is like that already; nothing was sent\n")


def test_nothing_to_do(run: Run, web: World) -> None:
    """The value that is there already is no override, and nothing is written."""
    done = run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=2")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing was sent" in done.stderr
    assert json.loads(run("override", "web", "--json").stdout) == []


def test_while_an_update_waits(run: Run, web: World) -> None:
    """Values can't be overridden or given back while an update waits; a manifest can, and the update goes on waiting."""
    run("override", "web", "cni-calico", "--set", "pack.namespace=calico")
    uid = web.call("GET", "/v1/dashboard/clusterprofiles/metadata")["items"][0]["metadata"]["uid"]
    web.edit(uid, "p", "1.0.0", replicas=3)
    for change in (["--set", "pack.namespace=other"], ["--reset"]):
        refused = run("override", "web", "cni-calico", *change)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "would bring it along. Nothing was sent.\n  look first: palette review web" in refused.stderr
    done = run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=1")
    assert done.exit_code == 0
    assert replicas(layers(web)["hello"][1]["hello"]) == 1
    assert json.loads(run("clusters", "web", "--json").stdout)["pending_updates"] != []
    listed = json.loads(run("override", "web", "--json").stdout)
    assert [(row["layer"], row["text"], row["profile_value"]) for row in listed] == [
        ("cni-calico", "values", None),
        ("hello", "hello", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["web", "helo", "--set", "a=1"], '"web" has no layer "helo"; nearest: hello'),
        (["wob", "hello", "--set", "a=1"], 'there is no cluster "wob" in project Default; nearest: web'),
        (["web", "hello", "--profile", "q", "--set", "a=1"], '"web" has no profile "q"; there is only: p'),
        (
            ["web", "hello", "--set", "/spec/replicas=1"],
            '"hello" has 2 objects; say which one the path is in: --resource Dep',
        ),
        (["web", "hello", "--manifest", "helo", "--set", "a=1"], 'has no manifest "helo"; nearest: hello'),
        (["web", "cni-calico", "--file", "/does/not/exist"], "/does/not/exist can't be read: No such file"),
    ],
)
def test_refused(run: Run, web: World, arguments: list[str], said: str) -> None:
    """What isn't there is one error that names what is, and nothing is written."""
    shown = run("override", *arguments)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert said in shown.stderr
    assert json.loads(run("override", "web", "--json").stdout) == []


def test_text_that_is_no_yaml(run: Run, web: World, tmp_path: Path) -> None:
    """A text that is no YAML is refused with line and column before anything is sent; so is an empty one."""
    file = tmp_path / "bad.yaml"
    file.write_text("a: 1\nb: [\n")
    shown = run("override", "web", "cni-calico", "--file", str(file))
    assert (shown.exit_code, "cni-calico, values: line" in shown.stderr) == (1, True)
    file.write_text("\n")
    assert (
        "overrides nothing; take the override back: --reset"
        in run("override", "web", "hello", "--file", str(file)).stderr
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["web", "--set", "a=1"],
        ["web", "hello", "--set", "a"],
        ["web", "hello", "--set", "=1"],
        ["web", "hello", "--set", "a=[1"],
        ["web", "hello", "--set", "a=1", "--reset"],
        ["web", "hello", "--file", "x", "--remove", "a"],
        ["web", "hello", "--resource", "Deployment/hello"],
        ["web", "hello", "--file", "x", "--resource", "Deployment/hello"],
        ["web", "hello", "--reset", "--manifest", "hello"],
    ],
)
def test_wrong_usage(run: Run, data_dir: Path, arguments: list[str]) -> None:
    """Options that contradict each other or say nothing are wrong usage, before anything is asked."""
    shown = run("override", *arguments)
    assert shown.exit_code == 2
    assert "Palette at" not in shown.stderr


def test_repave(run: Run, web: World) -> None:
    """A change that replaces nodes is refused with its reasons, and goes on with --repave."""
    change = ["override", "web", "kubernetes", "--set", "/kubeadmconfig/apiServer/extraArgs/x=1"]
    refused = run(*change)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert '"web" would repave: its nodes would be replaced. Nothing was sent.\n  reason: ' in refused.stderr
    assert json.loads(run("override", "web", "--json").stdout) == []
    assert run(*change, "--repave").exit_code == 0
    web.palette.advance(HOUR_S)
    assert [row["layer"] for row in json.loads(run("override", "web", "--json").stdout)] == ["kubernetes"]
    layers_now = json.loads(run("clusters", "web", "--json").stdout)["layers"]
    assert {each["condition"] for each in layers_now} == {"Ready"}


def test_cluster_that_is_not_running(run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is being made can't be changed, and its state is told."""
    monkeypatch.chdir(tmp_path)
    world.cluster("web", world.profile("p", "1.0.0"))
    shown = run("override", "web", "cni-calico", "--set", "pack.namespace=x")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "; nothing was sent. It can be changed when it is Running: palette clusters web" in shown.stderr


def test_what_palette_refuses(run: Run, web: World) -> None:
    """What Palette's own validation refuses is told by the profile's name, and nothing is sent."""
    shown = run("override", "web", "cni-calico", "--set", "pack.namespace={{.spectro.var.nope}}")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "error: Palette refuses that content; nothing was sent.\n  p: " in shown.stderr
    assert json.loads(run("override", "web", "--json").stdout) == []
