from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

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
    assert lines[0].split() == [
        "PROFILE",
        "VERSION",
        "LAYER",
        "NAME",
        "TYPE",
        "PACK",
        "VERSION",
        "REGISTRY",
        "MANIFESTS",
    ]
    assert len(lines) == 11
    assert lines[2].split()[:5] == ["web", "1.0.0", "k8s", "kubernetes", "spectro"]
    assert lines[2].split()[5:] == [world.layer("kubernetes", "")["tag"], "Public", "Repo", "-"]
    assert lines[5].split() == ["web", "1.0.0", "addon", "hello", "manifest", "-", "hello"]


def test_layers_of_a_moving_version(run: Run, world: World) -> None:
    """A layer that names a moving version shows the one that it is, in the table and in JSON."""
    layer = {**world.layer("kubernetes", "1.30.4"), "tag": "1.30.x"}
    core = [layer if pack["name"] == "kubernetes" else pack for pack in world.packs(2)]
    template = {"type": "cluster", "cloudType": "aws", "packs": core}
    body = {"metadata": {"name": "web"}, "spec": {"version": "1.0.0", "template": template}}
    world.call("POST", "/v1/clusterprofiles?publish=true", body)
    assert "1.30.4 (1.30.x)  Public Repo" in run("profiles", "web", "--layers").stdout
    (row,) = json.loads(run("profiles", "--layers", "--json").stdout)
    assert row["layers"][1] == {
        "name": "kubernetes",
        "layer": "k8s",
        "type": "spectro",
        "version": "1.30.x",
        "pack_version": "1.30.4",
        "registry": "Public Repo",
        "manifests": [],
    }


def test_unknown_name(run: Run, world: World) -> None:
    """A profile that isn't there is an error with the nearest name."""
    world.profile("aws-profile", "1.0.0")
    shown = run("profiles", "aws-profil")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines()[-1] == (
        'error: there is no profile "aws-profil" in sight of project Default; nearest: aws-profile'
    )


# -- export ------------------------------------------------------------------------------------------------------------


def test_export(run: Run, world: World) -> None:
    """A version is printed as a document, the latest unless one is named; what is said about it is no part of it."""
    world.profile("web", "1.9.0", replicas=1)
    world.profile("web", "1.10.0", replicas=3)
    shown = run("profiles", "export", "web")
    document = json.loads(shown.stdout)
    assert (document["metadata"]["name"], document["spec"]["version"]) == ("web", "1.10.0")
    assert "replicas: 3" in document["spec"]["template"]["packs"][4]["manifests"][0]["content"]
    assert shown.stdout.endswith("}\n")
    assert shown.stderr == f"Palette at {world.palette.url}, project Default\n"
    assert json.loads(run("profiles", "export", "web", "1.9.0").stdout)["spec"]["version"] == "1.9.0"
    assert yaml.safe_load(run("profiles", "export", "web", "--format", "yaml").stdout) == document


def test_export_to_a_file(run: Run, world: World, tmp_path: Path) -> None:
    """With --output the document stands in the file, and nothing on stdout; where it can't be, that is said."""
    world.profile("web", "1.0.0")
    file = tmp_path / "web.json"
    shown = run("profiles", "export", "web", "--output", str(file))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr.splitlines()[1:] == [f"web 1.0.0 is written to {file}"]
    assert file.read_text(encoding="utf-8") == run("profiles", "export", "web").stdout
    refused = run("profiles", "export", "web", "--output", str(tmp_path / "no" / "web.json"))
    assert refused.exit_code == 1
    assert (
        refused.stderr.splitlines()[-1]
        == f"error: {tmp_path / 'no' / 'web.json'} can't be written: No such file or directory"
    )


def test_export_of_secrets(run: Run, world: World) -> None:
    """Defaults of sensitive variables are masked, and what an import wants is said."""
    template = {"type": "add-on", "cloudType": "all", "packs": world.packs(2)[4:]}
    variables = [
        {"name": "token", "isSensitive": True, "required": True, "defaultValue": "hush-hush"},
        {"name": "other", "isSensitive": True, "defaultValue": "hush-too"},
        {"name": "empty", "isSensitive": True},
        {"name": "plain", "defaultValue": "x"},
    ]
    spec = {"version": "1.0.0", "template": template, "variables": variables}
    world.call("POST", "/v1/clusterprofiles?publish=true", {"metadata": {"name": "web"}, "spec": spec})
    shown = run("profiles", "export", "web")
    assert "hush" not in shown.stdout + shown.stderr
    assert shown.stderr.splitlines()[-1] == (
        "Defaults of sensitive variables are masked: token (required), other. "
        'On import: secrets={"token": ..., "other": ...}'
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("aws-profil",), 'there is no profile "aws-profil" in sight of project Default; nearest: aws-profile'),
        (("aws-profile", "1.0.1"), 'profile "aws-profile" has no version 1.0.1; nearest: 1.0.0'),
    ],
)
def test_export_of_what_is_not_there(run: Run, world: World, arguments: tuple[str, ...], told: str) -> None:
    """An unknown profile or version is an error with the nearest one."""
    world.profile("aws-profile", "1.0.0")
    shown = run("profiles", "export", *arguments)
    assert (shown.exit_code, shown.stdout, shown.stderr.splitlines()[-1]) == (1, "", f"error: {told}")


def test_a_profile_that_is_called_export(run: Run, world: World) -> None:
    """A profile of the command's name can be listed and exported; a name before the command is wrong usage."""
    world.profile("export", "1.0.0")
    assert run("profiles", "--", "export").stdout.splitlines()[1].split()[:2] == ["export", "1.0.0"]
    assert run("profiles", "--layers", "export").stdout.splitlines()[1].split()[:2] == ["export", "1.0.0"]
    assert json.loads(run("profiles", "export", "export").stdout)["metadata"]["name"] == "export"
    wrong = run("profiles", "web", "export")
    assert wrong.exit_code == 2
    assert "export comes first: palette profiles export NAME" in wrong.stderr
    assert run("profiles", "export").exit_code == 2


def test_help_of_export(run: Run) -> None:
    """The usage shows where the name goes, and the list names the command."""
    assert run("profiles", "export", "--help").stdout.startswith("Usage: palette profiles export [OPTIONS] ")
    assert "export NAME [VERSION]" in run("profiles", "--help").stdout.splitlines()[0]
