from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from palette_sdk import local
from palette_sdk.cli import connect
from palette_sdk.client import Settings
from palette_sdk.errors import ConfigError, LocalError

KEY = "key-in-env"


@pytest.fixture
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default data folder is an empty one."""
    monkeypatch.setenv("PALETTE_LOCAL_DATA_DIR", str(tmp_path / "default"))
    return tmp_path / "default"


@pytest.fixture
def running(nothing_runs: Path) -> Iterator[local.LocalEndpoint]:
    """A local control plane on the default data folder."""
    yield local.ensure_running(nothing_runs)
    local.stop(nothing_runs)


def resolve(
    *,
    environ: dict[str, str],
    host: str = "",
    project: str = "",
    insecure: bool = False,
    stack: str = "",
    data_dir: Path | None = None,
) -> Settings:
    """Settings for a command with these options."""
    return connect.resolve(
        host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir, environ=environ
    )


@pytest.mark.usefixtures("nothing_runs")
def test_environment_names_host_and_key() -> None:
    """Host and key come from the environment where no option says otherwise."""
    settings = resolve(environ={"SPECTROCLOUD_HOST": "palette.example.com", "SPECTROCLOUD_APIKEY": KEY})
    assert (settings.url, settings.api_key, settings.project) == ("https://palette.example.com", KEY, "Default")


@pytest.mark.usefixtures("nothing_runs")
def test_options_win_over_the_environment() -> None:
    """--host, --project and --insecure win; the key still comes from the environment."""
    settings = resolve(
        environ={"SPECTROCLOUD_HOST": "one.example.com", "SPECTROCLOUD_APIKEY": KEY},
        host="two.example.com",
        project="team",
        insecure=True,
    )
    assert (settings.url, settings.api_key) == ("https://two.example.com", KEY)
    assert (settings.project, settings.insecure_skip_verify) == ("team", True)


@pytest.mark.usefixtures("nothing_runs")
def test_nothing_is_named() -> None:
    """Without host, key and local control plane a command says the three ways to name a Palette."""
    with pytest.raises(ConfigError) as caught:
        resolve(environ={})
    assert str(caught.value) == (
        "nothing says which Palette to speak to.\n"
        "  set SPECTROCLOUD_HOST and SPECTROCLOUD_APIKEY, or take a stack's: --stack NAME,"
        " or run one here: palette local start"
    )


@pytest.mark.usefixtures("nothing_runs")
def test_host_without_key() -> None:
    """A host without a key is refused, and the message names the variable."""
    with pytest.raises(ConfigError, match=r"no API key for https://palette\.example\.com[\s\S]*SPECTROCLOUD_APIKEY"):
        resolve(environ={}, host="palette.example.com")


def test_running_one_is_the_default(running: local.LocalEndpoint) -> None:
    """Where nothing is named, the local control plane that runs is used, with its own key."""
    settings = resolve(environ={})
    assert (settings.url, settings.api_key) == (running.url, running.api_key)


@pytest.mark.usefixtures("running")
def test_a_key_in_the_environment_names_the_service() -> None:
    """With a key but no host in the environment it is the public service, as for a Pulumi program."""
    settings = resolve(environ={"SPECTROCLOUD_APIKEY": KEY})
    assert (settings.url, settings.api_key) == ("https://api.spectrocloud.com", KEY)


def test_address_of_the_running_one(running: local.LocalEndpoint) -> None:
    """The address of the local control plane is enough: its key is in its data folder."""
    assert resolve(environ={}, host=running.url).api_key == running.api_key
    assert resolve(environ={"SPECTROCLOUD_HOST": running.url, "SPECTROCLOUD_APIKEY": KEY}).api_key == KEY


def test_certificate_of_the_running_one(nothing_runs: Path) -> None:
    """By its address alone, the self-made certificate of the local control plane is trusted."""
    running = local.start(nothing_runs, tls=True).endpoint
    try:
        environ = {"SPECTROCLOUD_HOST": running.url, "SPECTROCLOUD_APIKEY": running.api_key}
        assert resolve(environ=environ).ca_file == running.ca_file
    finally:
        local.stop(nothing_runs)


def test_data_dir_starts_what_does_not_run(nothing_runs: Path, tmp_path: Path) -> None:
    """--data-dir means the local control plane of that folder, started where it doesn't run."""
    folder = tmp_path / "other"
    try:
        settings = resolve(environ={"SPECTROCLOUD_HOST": "palette.example.com"}, data_dir=folder)
        endpoint = local.find(folder)
        assert endpoint is not None
        assert settings.url == endpoint.url
    finally:
        local.stop(folder)
    assert not nothing_runs.exists()


def test_data_dir_and_host(tmp_path: Path) -> None:
    """--data-dir beside another host is a contradiction."""
    with pytest.raises(ConfigError, match="--data-dir is for the local control plane"):
        resolve(environ={}, host="palette.example.com", data_dir=tmp_path)


def test_unreadable_data_folder(nothing_runs: Path) -> None:
    """A damaged data folder is no matter for who speaks to another Palette, but is told who wants the local one."""
    running = local.start(nothing_runs).endpoint
    (nothing_runs / "endpoint.json").chmod(0o644)
    try:
        settings = resolve(environ={"SPECTROCLOUD_HOST": "palette.example.com", "SPECTROCLOUD_APIKEY": KEY})
        assert settings.url == "https://palette.example.com"
        with pytest.raises(LocalError, match="others may read it"):
            resolve(environ={}, host="local")
    finally:
        local.stop(running.data_dir)


@pytest.mark.usefixtures("nothing_runs")
def test_stack(pulumi: Callable[..., Path]) -> None:
    """--stack takes host, key and project of the stack, before those of the environment."""
    config = {
        "palette:host": {"value": "stack.example.com", "secret": False},
        "palette:apiKey": {"value": "key-of-stack", "secret": True},
        "palette:project": {"value": "team", "secret": False},
        "aws:region": {"value": "eu-west-1", "secret": False},
    }
    arguments = pulumi(stdout=json.dumps(config))
    settings = resolve(
        environ={"SPECTROCLOUD_HOST": "env.example.com", "SPECTROCLOUD_APIKEY": KEY}, stack="dev", project="other"
    )
    assert (settings.url, settings.api_key, settings.project) == (
        "https://stack.example.com",
        "key-of-stack",
        "other",
    )
    assert arguments.read_text().split() == [
        "config",
        "--json",
        "--show-secrets",
        "--non-interactive",
        "--stack",
        "dev",
    ]


@pytest.mark.usefixtures("nothing_runs")
def test_the_key_of_a_stack_goes_to_no_other_host(pulumi: Callable[..., Path]) -> None:
    """With --host beside --stack the stack's key is not sent to that other host."""
    config = {"palette:host": {"value": "stack.example.com"}, "palette:apiKey": {"value": "key-of-stack"}}
    pulumi(stdout=json.dumps(config))
    assert resolve(environ={"SPECTROCLOUD_APIKEY": KEY}, stack="dev", host="two.example.com").api_key == KEY
    with pytest.raises(ConfigError, match=r"no API key for https://two\."):
        resolve(environ={}, stack="dev", host="two.example.com")


@pytest.mark.usefixtures("nothing_runs")
def test_stack_that_does_not_exist(pulumi: Callable[..., Path]) -> None:
    """What pulumi says about a stack it can't read is passed on."""
    pulumi(stderr="error: no stack named 'dev' found\n", code=255)
    with pytest.raises(ConfigError, match=r"configuration of the stack 'dev': no stack named 'dev' found$"):
        resolve(environ={}, stack="dev")


@pytest.mark.parametrize("answer", ["{", "[]", '{"palette:apiKey": "very-secret"}'])
@pytest.mark.usefixtures("nothing_runs")
def test_stack_with_an_odd_answer(pulumi: Callable[..., Path], answer: str) -> None:
    """An answer that makes no sense is refused without repeating it."""
    pulumi(stdout=answer)
    with pytest.raises(ConfigError, match=r"makes no sense|nothing says") as caught:
        resolve(environ={}, stack="dev")
    assert "very-secret" not in str(caught.value)


@pytest.mark.usefixtures("nothing_runs")
def test_no_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--stack without a pulumi command says what is missing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"--stack asks the `pulumi` command, which is not on PATH"):
        resolve(environ={}, stack="dev")
