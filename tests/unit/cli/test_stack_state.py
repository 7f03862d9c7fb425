"""What a stored state says about a cluster. The state is a real one: replicas went from 2 to 3 and the update is held."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from palette_sdk.cli import stack_state
from palette_sdk.content.digest import layer_digest
from palette_sdk.errors import ConfigError
from palette_sdk.merge import MISSING, Content, Declared, Rule

STATE: dict[str, Any] = json.loads((Path(__file__).parent / "stack_state.json").read_text(encoding="utf-8"))
CLUSTER = "fd018eafdec1ee2e098dbaec"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:AAAA:AAAA"}


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The state with the cluster's inputs changed."""
    state = copy.deepcopy(STATE)
    change(state["deployment"]["resources"][1]["inputs"])
    return state


def facts(state: dict[str, Any] = STATE) -> stack_state.StackFacts:
    """What the state says about its cluster."""
    found = stack_state.from_state(state, CLUSTER)
    assert found is not None
    return found


def test_base_is_what_was_applied() -> None:
    """Of former and present content, the one with the digest that was applied is the base."""
    settings = facts().layers["web", "settings"].content
    assert settings is not None
    assert 'replicas: "2"' in settings.manifests["settings"]
    page = facts().layers["web", "hello-universe"].content
    assert page is not None
    assert "\n  replicas: 2\n" in page.values
    assert facts().versions == {"web": "1.0.0"}


def test_base_after_an_update_that_was_cut_off() -> None:
    """Inputs of an update that was cut off say what was to be applied: what was applied is in the outputs."""

    def plan(props: dict[str, Any]) -> None:
        props["profiles"]["web"] = {**props["profiles"]["web"], "version": "1.1.0"}
        props["layers_plan"]["web"]["settings"]["digest"] = "0" * 12

    found = facts(changed(plan))
    assert found.layers["web", "settings"] == facts().layers["web", "settings"]
    assert found.versions == {"web": "1.0.0"}


def test_secret_content() -> None:
    """Content that is encrypted in the state is unknown, and known to be secret; other content is not secret."""
    token = facts().layers["web", "token"]
    assert (token.content, token.secret) == (None, True)
    assert not facts().layers["web", "settings"].secret


def test_policy_and_rules() -> None:
    """Policy and rules are the cluster's."""
    rule = {"policy": "keep", "layer": "settings", "resource": "*", "path": "/data/**"}
    found = facts(changed(lambda props: props.update(override_policy="drop", override_rules=[rule])))
    assert (found.policy, found.rules) == ("drop", (Rule("keep", "settings", "*", "/data/**"),))
    assert (facts().policy, facts().rules) == ("merge", ())


def test_declared_overrides() -> None:
    """Declared overrides are known by layer, those of the cluster for any profile, those of one attachment for its own."""

    def declare(props: dict[str, Any]) -> None:
        props["overrides"] = {"a": {"layer": "hello-universe", "path": "/ui/replicas", "value": 1}}
        props["profiles"]["web"]["overrides"] = {"b": {"layer": "settings", "manifest": "settings", "text": "a: 1\n"}}

    found = facts(changed(declare))
    assert found.declared_on("web", "hello-universe") == (Declared("/ui/replicas", value=1),)
    assert found.declared_on("web", "settings") == (Declared(manifest="settings", value=MISSING, text="a: 1\n"),)
    assert found.declared_on("other", "settings") == ()
    assert found.is_judgeable("web", "settings")


def test_declared_secret() -> None:
    """A declared override with a secret value can't be judged, on its own layer only."""
    row = {"layer": "settings", "path": "/data/token", "value": {"inside": SECRET}}
    found = facts(changed(lambda props: props.update(overrides={"a": row})))
    assert not found.is_judgeable("web", "settings")
    assert found.is_judgeable("web", "hello-universe")
    assert found.declared_on("web", "settings") == ()


def test_text_of_another_digest() -> None:
    """A text that doesn't have the digest it stands under is no base."""
    state = copy.deepcopy(STATE)
    for side in ("inputs", "outputs"):
        for field in ("layers", "previous_layers"):
            row = state["deployment"]["resources"][0][side][field].get("settings")
            if row:
                row["manifests"]["settings"] += "extra: 1\n"
    assert facts(state).layers["web", "settings"].content is None


def test_content_that_became_secret() -> None:
    """A layer is secret as soon as one version of its profile has it as a secret, also where what was applied was open."""
    state = copy.deepcopy(STATE)
    state["deployment"]["resources"][0]["inputs"]["layers"]["settings"]["manifests"] = SECRET
    assert facts(state).is_secret("web", "settings")
    assert not facts(state).is_secret("web", "hello-universe")
    state["deployment"]["resources"][0]["inputs"]["layers"] = SECRET
    assert facts(state).is_secret("web", "hello-universe")


def test_base_that_the_state_does_not_have() -> None:
    """Where the state has no text, what comes is the base if it has the digest that was applied; else it is unknown."""
    content = Content(manifests={"token": "a: 1\n"})
    same = stack_state.Applied(None, secret=True, digest=layer_digest(values="", manifests=content.manifests))
    assert same.base(content) == content
    assert same.base(Content(manifests={"token": "a: 2\n"})) is None


def test_base_kept_with_the_cluster() -> None:
    """A text that the cluster itself keeps is a base too, where no profile of the stack has it."""
    state = changed(lambda props: None)
    profile, cluster = state["deployment"]["resources"]
    row = profile["inputs"]["previous_layers"]["settings"]
    profile["inputs"], profile["outputs"] = {}, {}
    assert facts(state).layers["web", "settings"].content is None
    cluster["inputs"]["base_texts"] = {"web": {"settings": row}}
    assert facts(state).layers["web", "settings"].content is not None


def test_secret_layers_of_a_cluster_without_a_plan() -> None:
    """A cluster that follows a template has no plan: its layers are secret where the profile's are, in this stack."""
    hidden = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}
    layers = {"db": {"digest": "d", "secret": True, "values": hidden, "manifests": {}}, "open": {"digest": "e"}}
    kind = "pulumi-python:dynamic/palette:"
    profile = {"type": f"{kind}Profile", "id": "p1", "outputs": {"name": "web", "layers": layers}}
    follower = {"template": {"uid": "t"}, "profiles": {"web": {"uid": "p1", "version": "1.0.0"}}}
    cluster = {"type": f"{kind}Cluster", "id": "c1", "outputs": follower}
    state = {"deployment": {"resources": [profile, cluster]}}
    facts = stack_state.from_state(state, "c1")
    assert facts is not None
    assert (facts.is_secret("web", "db"), facts.is_secret("web", "open")) == (True, False)
    assert stack_state.secret_layers(state) == {("web", "db")}


def test_other_cluster() -> None:
    """A stack without the cluster says nothing; neither does a state that makes no sense."""
    assert stack_state.from_state(STATE, "another") is None
    assert stack_state.from_state({"deployment": {"resources": [None, {"type": 1}]}}, CLUSTER) is None
    assert stack_state.from_state({}, CLUSTER) is None


def test_export(pulumi: Callable[..., Path]) -> None:
    """pulumi is asked for the state of the named or selected stack, and never for secrets."""
    arguments = pulumi(stdout='{"version": 3}')
    assert stack_state.export("dev") == {"version": 3}
    assert arguments.read_text() == "stack export --non-interactive --stack dev\n"
    stack_state.export()
    assert arguments.read_text() == "stack export --non-interactive\n"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ({"stderr": "error: no stack named 'dev' found", "code": 255}, "the stack 'dev': no stack named 'dev' found"),
        ({"stdout": "no json"}, "pulumi's answer about the stack 'dev' makes no sense"),
        ({"stdout": "[]"}, "makes no sense"),
    ],
)
def test_export_that_fails(pulumi: Callable[..., Path], printed: dict[str, Any], said: str) -> None:
    """pulumi's own words are told; an answer that can't be read is an error and is not repeated."""
    pulumi(**printed)
    with pytest.raises(ConfigError, match=said):
        stack_state.export("dev")


def test_no_pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a pulumi command that is said."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="`pulumi` command, which is not on PATH"):
        stack_state.export()


def test_project_here(tmp_path: Path) -> None:
    """The project is that of the folder or the nearest one above it."""
    inner = tmp_path / "project" / "inner"
    inner.mkdir(parents=True)
    assert stack_state.project_here(inner) is None
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: x\n")
    assert stack_state.project_here(inner) == tmp_path / "project"
