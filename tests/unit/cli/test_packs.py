from __future__ import annotations

import json

from .conftest import Run, World


def test_list(run: Run, world: World) -> None:
    """Each pack is a row with layer, clouds, registry and latest version, by name."""
    lines = run("packs").stdout.splitlines()
    assert lines[0].split() == ["PACK", "LAYER", "CLOUDS", "REGISTRY", "LATEST"]
    names = [line.split()[0] for line in lines[1:]]
    assert names == sorted(names)
    row = next(line for line in lines if line.startswith("cni-calico "))
    assert row.split() == ["cni-calico", "cni", "all", "Public", "Repo", world.layer("cni-calico", "3.29")["tag"]]


def test_versions(run: Run, world: World) -> None:
    """With a name all its versions are listed, the highest number first, with their moving tags."""
    rows = json.loads(run("packs", "kubernetes", "--json").stdout)
    versions = [tuple(map(int, row["version"].split("."))) for row in rows]
    assert versions == sorted(versions, reverse=True)
    assert len({version for version in versions if version[:2] == (1, 30)}) > 1
    assert rows[0].keys() == {"name", "layer", "clouds", "registry", "version", "moving_tags"}
    assert "1.30.x" in next(row for row in rows if row["version"] == "1.30.4")["moving_tags"]


def test_cloud(run: Run, world: World) -> None:
    """--cloud leaves the packs for that cloud and those for all."""
    rows = json.loads(run("packs", "--cloud", "azure", "--json").stdout)
    assert {"azure-disk", "cni-calico"} <= {row["name"] for row in rows}
    assert all({"azure", "all"} & set(row["clouds"]) for row in rows)
    assert {row["name"] for row in rows}.isdisjoint({"csi-aws-ebs", "ubuntu-aws"})


def test_unknown_name(run: Run, world: World) -> None:
    """A pack that isn't there is an error with the nearest names."""
    shown = run("packs", "cni-calic")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines()[-1].startswith('error: there is no pack "cni-calic"; nearest: cni-calico')


def test_wrong_cloud(run: Run, world: World) -> None:
    """An unknown cloud, and a pack that isn't for the cloud, are errors with what there is."""
    assert 'error: no pack is for the cloud "asw"; nearest: aks, aws' in run("packs", "--cloud", "asw").stderr
    shown = run("packs", "ubuntu-aws", "--cloud", "gcp")
    assert 'error: the pack "ubuntu-aws" is not for gcp; it is for aws' in shown.stderr
