"""`palette review` and `palette apply` against a local control plane."""

from __future__ import annotations

import json
import os
import shlex
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from palette_sdk.content.digest import layer_digest

from .conftest import DEPLOYMENT, Run, World

HOUR_S = 3600
Pulumi = Callable[..., Path]
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:AAAA:AAAA"}


@pytest.fixture
def web(world: World, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A healthy cluster `web` on the profile `p`, overridden from 2 to 1 replica; the profile then asks for 3."""
    monkeypatch.chdir(tmp_path)
    uid = world.profile("p", "1.0.0")
    world.cluster("web", uid)
    world.palette.advance(HOUR_S)
    done = run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=1")
    assert done.exit_code == 0
    world.edit(uid, "p", "1.0.0", replicas=3)
    return world


def profile_uid(world: World, version: str = "1.0.0") -> str:
    """Uid of a version of the profile."""
    rows = world.call("GET", "/v1/dashboard/clusterprofiles/metadata")["items"]
    return str(next(row["metadata"]["uid"] for row in rows if row["spec"]["version"] == version))


def cluster(world: World) -> dict[str, Any]:
    """The cluster as it is."""
    rows = world.call("POST", "/v1/dashboard/spectroclusters/search", {"filter": {}})["items"]
    (found,) = [row for row in rows if row["metadata"]["name"] == "web"]
    return dict(found)


def manifest(world: World) -> str:
    """The manifest that the cluster runs."""
    rows = world.call("GET", f"/v1/spectroclusters/{cluster(world)['metadata']['uid']}/manifests")["manifests"]
    return str(next(row["content"] for row in rows if row["name"] == "hello"))


def replicas(world: World) -> int:
    """Replicas that the cluster runs."""
    return int(next(yaml.safe_load_all(manifest(world)))["spec"]["replicas"])


def stack(world: World, **props: Any) -> dict[str, Any]:
    """The state of a stack that applied 2 replicas."""
    row = {"values": "", "manifests": {"hello": DEPLOYMENT.format(replicas=2)}, "secret": False}
    row["digest"] = layer_digest(values="", manifests=row["manifests"])  # type: ignore[arg-type]
    profile = {"type": "pulumi-python:dynamic/palette:Profile", "inputs": {"previous_layers": {"hello": row}}}
    inputs = {
        "profiles": {"p": {"name": "p", "version": "1.0.0"}},
        "layers_plan": {"p": {"hello": {"digest": row["digest"]}}},
        "override_policy": "merge",
        **props,
    }
    uid = cluster(world)["metadata"]["uid"]
    kind = "pulumi-python:dynamic/palette:Cluster"
    return {"deployment": {"resources": [profile, {"type": kind, "id": uid, "inputs": inputs}]}}


@pytest.fixture
def program(web: World, pulumi: Pulumi, tmp_path: Path) -> Callable[..., None]:
    """Makes the folder one of a program whose stack applied 2 replicas; takes inputs of its cluster."""

    def make(**props: Any) -> None:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        pulumi(stdout=json.dumps(stack(web, **props)))

    return make


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Sets an editor that runs a sed command over each file; gives the file with the arguments it got."""

    def install(command: str) -> Path:
        script, log = tmp_path / "editor", tmp_path / "edited"
        script.write_text(f'#!/bin/sh\nls -l "$@" > "{log}"\nexec sed -i "{command}" "$@"\n')
        script.chmod(0o755)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", str(script))
        return log

    return install


def marks(run: Run, *options: str) -> list[tuple[str, str, str, str]]:
    """Decision, base, cluster and incoming of each override in a review."""
    data = json.loads(run("review", "web", "--json", *options).stdout)
    return [
        (mark["decision"], mark["base"], mark["cluster"], mark["incoming"])
        for profile in data["profiles"]
        for layer in profile["layers"]
        for mark in layer["overrides"]
    ]


# -- review ------------------------------------------------------------------------------------------------------------


def test_without_a_stack(run: Run, web: World) -> None:
    """Without a stack the base is unknown, which is said, and the override is a conflict; nothing is written."""
    shown = run("review", "web")
    assert shown.exit_code == 0
    assert "no stack is named, so no program's policy, overrides or former content are known" in shown.stderr
    assert "what was applied last of hello isn't known here" in shown.stdout
    assert marks(run) == [("conflict", "unknown", "1", "3")]
    assert replicas(web) == 1


def test_with_a_program(run: Run, web: World, program: Callable[..., None]) -> None:
    """In a program's folder the base comes from the selected stack's state, and so does the policy."""
    program()
    assert marks(run) == [("conflict", "2", "1", "3")]
    assert "base (1.0.0) 2      cluster runs 1      incoming 3" in run("review", "web").stdout
    program_policy = run("review", "web", "--json")
    assert "former content are those of the selected stack" in program_policy.stderr


def test_policy_of_the_stack(run: Run, web: World, program: Callable[..., None]) -> None:
    """The stack's policy decides where no other is asked for."""
    program(override_policy="keep")
    assert marks(run) == [("kept", "2", "1", "3")]


def test_stack_without_the_cluster(run: Run, web: World, pulumi: Pulumi, tmp_path: Path) -> None:
    """The selected stack may be about something else: that is said. A stack that is named must have the cluster."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    pulumi(stdout='{"deployment": {"resources": []}}')
    assert 'doesn\'t manage "web", so no former content is known' in run("review", "web").stderr


def test_json(run: Run, web: World, program: Callable[..., None]) -> None:
    """JSON has the documented keys, and both texts."""
    program()
    data = json.loads(run("review", "web", "--json").stdout)
    assert (data["cluster"], data["policy"], data["changes"], data["conflicts"]) == ("web", "merge", 1, 1)
    (profile,) = data["profiles"]
    assert (profile["name"], profile["current_version"], profile["edited_in_place"]) == ("p", "1.0.0", True)
    (layer,) = profile["layers"]
    assert (layer["name"], layer["changes"], layer["base_known"], layer["secret"]) == (
        "hello",
        ["manifests"],
        True,
        False,
    )
    (text,) = layer["texts"]
    assert (text["name"], "replicas: 1" in text["current"], "replicas: 3" in text["pending"]) == ("hello", True, True)


def test_html(run: Run, web: World, program: Callable[..., None], tmp_path: Path) -> None:
    """--html writes the page and prints nothing else."""
    program()
    file = tmp_path / "review.html"
    shown = run("review", "web", "--html", str(file))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert file.read_text().startswith("<!DOCTYPE html>")
    assert "cluster runs 1      incoming 3" in file.read_text()
    assert "can't be written" in run("review", "web", "--html", str(tmp_path / "no" / "x")).stderr


def test_to_another_version(run: Run, web: World) -> None:
    """--to compares with another version; the attached one is the base as long as no edit of it waits."""
    web.profile("p", "1.1.0", replicas=4)
    assert run("apply", "web", "--policy", "keep", "--yes").exit_code == 0
    web.palette.advance(HOUR_S)
    assert marks(run, "--to", "1.1.0") == [("conflict", "3", "1", "4")]
    data = json.loads(run("review", "web", "--to", "1.1.0", "--json").stdout)
    versions = data["profiles"][0]["current_version"], data["profiles"][0]["pending_version"]
    assert versions == ("1.0.0", "1.1.0")
    unknown = run("review", "web", "--to", "9.9.9")
    assert 'error: no profile of "web" has a version 9.9.9; there are: 1.0.0, 1.1.0' in unknown.stderr


def test_layer_and_profile(run: Run, web: World) -> None:
    """--layer and --profile leave out the rest; names that aren't there are errors with those that are."""
    assert marks(run, "--layer", "hello", "--profile", "p") == [("conflict", "unknown", "1", "3")]
    assert marks(run, "--layer", "cni-calico") == []
    assert 'has no layer "helo"; nearest: hello' in run("review", "web", "--layer", "helo").stderr
    assert '"web" has no profile "q"' in run("review", "web", "--profile", "q").stderr


def test_declared_override_is_no_conflict(run: Run, web: World, program: Callable[..., None]) -> None:
    """What the program declares is no found override, and is told as its own."""
    row = {"layer": "hello", "resource": "Deployment/hello", "path": "/spec/replicas", "value": 1}
    program(overrides={"a": row})
    assert marks(run) == [("declared", "", "1", "")]
    assert "override declared in the program: Deployment/hello /spec/replicas = 1" in run("review", "web").stdout
    assert run("apply", "web", "--yes").exit_code == 0
    assert replicas(web) == 1


# -- apply -------------------------------------------------------------------------------------------------------------


def test_conflict_stops(run: Run, web: World, program: Callable[..., None]) -> None:
    """Under merge the conflict stops it with base, cluster, incoming and the ways out; nothing is sent."""
    program()
    shown = run("apply", "web", "--yes")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert (
        'error: override conflict on "web", layer hello, Deployment/hello/hello /spec/replicas (policy merge)\n'
        "   base (1.0.0) 2      cluster runs 1      incoming 3\n"
        "keep 1:  palette apply web --policy keep\n"
        "take 3:  palette apply web --policy drop\n"
        "by hand:  palette review web --edit --layer hello\n"
        'in the program:  override_rules=[OverrideRule("keep", layer="hello", path="/spec/replicas")]\n'
        "nothing was sent; see it all: palette review web\n"
    ) in shown.stderr
    assert replicas(web) == 1
    assert run("apply", "web", "--policy", "fail", "--yes").exit_code == 1


@pytest.mark.parametrize(("policy", "ends"), [("keep", 1), ("drop", 3)])
def test_policies(run: Run, web: World, program: Callable[..., None], policy: str, ends: int) -> None:
    """keep ends with the cluster's value, drop with the profile's; after it nothing waits."""
    program()
    done = run("apply", "web", "--policy", policy, "--yes")
    assert done.exit_code == 0
    word = "stays" if policy == "keep" else "is dropped"
    assert f"web: hello Deployment/hello/hello /spec/replicas override 1 (profile 2 -> 3) {word}" in done.stdout
    assert replicas(web) == ends
    assert json.loads(run("clusters", "web", "--json").stdout)["pending_updates"] == []
    again = run("apply", "web", "--yes")
    assert (again.exit_code, again.stdout) == (0, "")
    assert 'no update waits for "web"; nothing was sent' in again.stderr


def test_merge_without_a_conflict(run: Run, web: World, program: Callable[..., None]) -> None:
    """A change elsewhere arrives under merge while the override stays."""
    program()
    packs = web.packs(2)
    packs[-1]["manifests"][0]["content"] = DEPLOYMENT.format(replicas=2).replace("hello:1", "hello:2")
    template = {"type": "cluster", "packs": packs}
    uid = profile_uid(web)
    body = {"metadata": {"name": "p", "uid": uid}, "spec": {"version": "1.0.0", "template": template}}
    web.call("PUT", f"/v1/clusterprofiles/{uid}", body)
    web.call("PATCH", f"/v1/clusterprofiles/{uid}/publish")
    assert run("apply", "web", "--yes").exit_code == 0
    assert manifest(web).strip() == DEPLOYMENT.format(replicas=1).replace("hello:1", "hello:2").strip()


def test_other_overrides_stay(run: Run, web: World, program: Callable[..., None]) -> None:
    """An update keeps the overrides of layers that it doesn't touch."""
    program(override_policy="keep")
    rows = json.loads(run("override", "web", "--json").stdout)
    assert run("apply", "web", "--yes").exit_code == 0
    listed = json.loads(run("override", "web", "--json").stdout)
    assert [row["layer"] for row in rows] == [row["layer"] for row in listed] == ["hello"]


def test_nobody_to_ask(run: Run, web: World) -> None:
    """Without --yes and without a terminal nothing is sent, and that is said."""
    shown = run("apply", "web", "--policy", "drop")
    assert shown.exit_code == 1
    assert "nobody can be asked here; nothing was sent. To apply it without a question: --yes" in shown.stderr
    assert replicas(web) == 1


def test_repave(run: Run, web: World) -> None:
    """An update that replaces nodes stops with its reasons, and goes on with --repave."""
    uid = profile_uid(web)
    packs = web.packs(2)
    packs[2] = web.layer("cni-calico", "3.28")
    template = {"type": "cluster", "packs": packs}
    body = {"metadata": {"name": "p", "uid": uid}, "spec": {"version": "1.0.0", "template": template}}
    web.call("PUT", f"/v1/clusterprofiles/{uid}", body)
    web.call("PATCH", f"/v1/clusterprofiles/{uid}/publish")
    stopped = run("apply", "web", "--policy", "keep", "--yes")
    assert stopped.exit_code == 1
    assert '"web" would repave: its nodes would be replaced. Nothing was sent.\n  reason: ' in stopped.stderr
    assert "let it: the same with --repave" in stopped.stderr
    assert json.loads(run("clusters", "web", "--json").stdout)["pending_updates"] != []
    assert run("apply", "web", "--policy", "keep", "--yes", "--repave").exit_code == 0
    web.palette.advance(HOUR_S)
    assert json.loads(run("clusters", "web", "--json").stdout)["pending_updates"] == []


@pytest.mark.parametrize(
    "arguments",
    [["apply", "web", "--policy", "mine"], ["review", "web", "--edit", "--json"], ["review", "web", "--edit", "--html", "x"]],
)  # fmt: skip
def test_wrong_usage(run: Run, data_dir: Path, arguments: list[str]) -> None:
    """An unknown policy, and --edit with what is for reading only, are wrong usage."""
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert "Palette at" not in shown.stderr


def test_changed_meanwhile(run: Run, web: World, editor: Callable[[str], Path], tmp_path: Path) -> None:
    """What somebody else changed while one was editing is not run over: nothing is sent, and that is said."""
    editor("s/replicas: 3/replicas: 5/")
    script = tmp_path / "editor"
    uid, profile = cluster(web)["metadata"]["uid"], profile_uid(web)
    at = f"/v1/spectroclusters/{uid}/profiles/{profile}/packs/hello/manifests"
    (row,) = web.call("GET", at)["items"]
    body = {"manifests": [{"uid": row["metadata"]["uid"], "content": DEPLOYMENT.format(replicas=7)}]}
    call = (
        "import json, sys, urllib.request as r; "
        "r.urlopen(r.Request(sys.argv[1], sys.argv[2].encode(), json.loads(sys.argv[3]), method='PUT'))"
    )
    project = web.call("GET", "/v1/dashboard/projects/metadata")["items"][0]["metadata"]["uid"]
    headers = {"ApiKey": web.palette.api_key, "Content-Type": "application/json", "ProjectUid": project}
    other = [sys.executable, "-c", call, web.palette.url + at, json.dumps(body), json.dumps(headers)]
    script.write_text(script.read_text().replace("exec sed", f"{shlex.join(other)}\nexec sed"))
    done = run("review", "web", "--edit")
    assert done.exit_code == 1
    assert 'error: p on "web" was changed meanwhile by someone else; nothing was sent.' in done.stderr
    assert "what you wrote is kept in" in done.stderr
    assert replicas(web) == 7


def test_secret_content(run: Run, web: World, program: Callable[..., None]) -> None:
    """Content that the stack marks as secret is shown by neither list, change nor update; --show-secrets shows it in a review."""
    row = {"layer": "hello", "resource": "Deployment/hello", "path": "/spec/paused", "value": SECRET}
    program(overrides={"a": row}, override_policy="keep")
    listed = json.loads(run("override", "web", "--json").stdout)
    assert [(each["path"], each["cluster_value"]) for each in listed] == [("", "(secret)")]
    assert run("review", "web").stdout.count("replicas") == 0
    assert run("review", "web", "--show-secrets").stdout.count("replicas") > 0
    change = run("override", "web", "hello", "--resource", "Deployment/hello", "--set", "/spec/replicas=4")
    assert change.stdout == "web: hello Deployment/hello/hello (secret) -> (secret)\n"
    dropped = run("apply", "web", "--yes", "--policy", "drop")
    assert dropped.exit_code == 1
    assert "the program declares an override with a secret value on hello of p" in dropped.stderr
    applied = run("apply", "web", "--yes")
    assert (applied.exit_code, "replicas" in applied.output) == (0, False)


def test_list_while_an_update_waits(run: Run, web: World, program: Callable[..., None]) -> None:
    """Where a stack knows what was applied, overridden places can be told while an update waits."""
    program()
    (row,) = json.loads(run("override", "web", "--json").stdout)
    assert (row["path"], row["profile_value"], row["cluster_value"]) == ("/spec/replicas", "2", "1")


# -- edit --------------------------------------------------------------------------------------------------------------


def test_edit(run: Run, web: World, program: Callable[..., None], editor: Callable[[str], Path]) -> None:
    """What is saved in the editor is what runs, also where there was a conflict; its file was private and is gone."""
    program()
    log = editor("s/replicas: 3/replicas: 5/")
    done = run("review", "web", "--edit")
    assert done.exit_code == 0
    assert "web: hello Deployment/hello/hello /spec/replicas 1 -> 5" in done.stdout
    assert replicas(web) == 5
    mode, *_, file = log.read_text().split()
    assert mode.startswith("-rw-------")
    assert Path(file).name == "web.p.hello.hello.yaml"
    assert not Path(file).parent.exists()
    assert json.loads(run("clusters", "web", "--json").stdout)["pending_updates"] == []


def test_edit_that_changes_nothing(run: Run, web: World, editor: Callable[[str], Path]) -> None:
    """A text that is saved as it was is not sent."""
    editor("")
    done = run("review", "web", "--edit")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing was changed there, so nothing was sent" in done.stderr
    assert replicas(web) == 1


def test_edit_that_is_no_yaml(run: Run, web: World, editor: Callable[[str], Path]) -> None:
    """A text that is no YAML is refused with its line; what was written is kept, for the person alone."""
    editor("s/^spec:/spec: [/")
    done = run("review", "web", "--edit")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "hello, hello: line" in done.stderr
    folder = Path(done.stderr.rstrip().rpartition("what you wrote is kept in ")[2])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "spec: [" in (folder / "web.p.hello.hello.yaml").read_text()
    assert replicas(web) == 1


def test_edit_a_layer_without_an_update(run: Run, web: World, editor: Callable[[str], Path]) -> None:
    """A layer that is named can be edited although nothing of it differs; other overrides stay."""
    assert run("apply", "web", "--policy", "keep", "--yes").exit_code == 0
    editor("s/namespace: .kube-system./namespace: calico/")
    done = run("review", "web", "--edit", "--layer", "cni-calico")
    assert done.exit_code == 0
    assert "web: cni-calico /pack/namespace kube-system -> calico" in done.stdout
    assert {row["layer"] for row in json.loads(run("override", "web", "--json").stdout)} == {"cni-calico", "hello"}
    assert replicas(web) == 1


def test_edit_with_another_version(run: Run, web: World, editor: Callable[[str], Path]) -> None:
    """With --to the cluster moves to that version with what was saved."""
    web.profile("p", "1.1.0", replicas=4)
    editor("s/replicas: 4/replicas: 6/")
    assert run("review", "web", "--to", "1.1.0", "--edit").exit_code == 0
    assert replicas(web) == 6
    assert [each["version"] for each in json.loads(run("clusters", "web", "--json").stdout)["profiles"]] == ["1.1.0"]


def test_editor_that_fails(run: Run, web: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that isn't there, or ends with an error, is told, and nothing is sent."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    assert "the editor 'no-such-editor-here' can't be run" in run("review", "web", "--edit").stderr
    monkeypatch.setenv("EDITOR", "false")
    assert "the editor 'false' ended with code 1; nothing was sent" in run("review", "web", "--edit").stderr
    assert replicas(web) == 1
    assert os.environ["EDITOR"] == "false"
