from __future__ import annotations

import json

from .conftest import Run, World


def test_no_profiles(run: Run, world: World) -> None:
    """Without profiles the table is empty, the JSON an empty list, and it is said."""
    shown = run("profiles")
    assert (shown.exit_code, shown.stdout.count("\n")) == (0, 1)
    assert shown.stderr == f"Palette at {world.palette.url}, project Default\nThere are no profiles yet.\n"
    assert json.loads(run("profiles", "--json").stdout) == []


def test_table(run: Run, world: World) -> None:
    """Each version is a row, by name and in the order of versions."""
    for version in ("1.10.0", "1.9.0"):
        world.profile("web", version, labels={"team": "a", "web": "spectro__tag"})
    world.profile("api", "1.0.0")
    lines = run("profiles").stdout.splitlines()
    assert lines[0].split() == ["PROFILE", "VERSION", "UID", "TYPE", "CLOUD", "LAYERS", "CLUSTERS", "TAGS"]
    assert [line.split()[:2] for line in lines[1:]] == [["api", "1.0.0"], ["web", "1.9.0"], ["web", "1.10.0"]]
    assert lines[1].split()[3:] == ["cluster", "aws", "5", "-"]
    assert lines[2].endswith("team:a, web")


def test_json(run: Run, world: World) -> None:
    """JSON has uid, type, cloud, layers and users of each version."""
    uid = world.profile("web", "1.0.0", labels={"web": "spectro__tag"})
    (row,) = json.loads(run("profiles", "web", "--json").stdout)
    layers = row.pop("layers")
    assert row == {
        "name": "web",
        "version": "1.0.0",
        "uid": uid,
        "type": "cluster",
        "cloud": "aws",
        "scope": "project",
        "published": True,
        "clusters": [],
        "tags": {"web": ""},
    }
    assert [each["name"] for each in layers] == ["ubuntu-aws", "kubernetes", "cni-calico", "csi-aws-ebs", "hello"]
    assert [each["layer"] for each in layers] == ["os", "k8s", "cni", "csi", "addon"]


def test_draft(run: Run, world: World) -> None:
    """A version that was never published is marked as a draft."""
    template = {"type": "add-on", "cloudType": "all", "packs": []}
    body = {"metadata": {"name": "new"}, "spec": {"version": "0.1.0", "template": template}}
    world.call("POST", "/v1/clusterprofiles", body)
    assert "0.1.0 (draft)" in run("profiles").stdout


def test_layers(run: Run, world: World) -> None:
    """--layers lists each layer of each version with its pack's version."""
    world.profile("web", "1.0.0")
    world.profile("web", "1.1.0")
    lines = run("profiles", "web", "--layers").stdout.splitlines()
    assert lines[0].split() == ["PROFILE", "VERSION", "LAYER", "NAME", "TYPE", "PACK", "VERSION"]
    assert len(lines) == 11
    assert lines[2].split()[:5] == ["web", "1.0.0", "k8s", "kubernetes", "spectro"]
    assert lines[2].split()[5] == world.layer("kubernetes", "")["tag"]


def test_unknown_name(run: Run, world: World) -> None:
    """A profile that isn't there is an error with the nearest name."""
    world.profile("aws-profile", "1.0.0")
    shown = run("profiles", "aws-profil")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines()[-1] == (
        'error: there is no profile "aws-profil" in sight of project Default; nearest: aws-profile'
    )
