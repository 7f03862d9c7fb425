"""Which Palette a command speaks to: options, a stack's configuration, the environment, or the local control plane.

The key never comes by an option: the process list and the shell's history are no places for it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from palette_sdk import local
from palette_sdk.cli.output import note
from palette_sdk.client import Palette, Settings
from palette_sdk.errors import ConfigError, LocalError

_PULUMI_LIMIT_S = 60

Host = Annotated[
    str,
    typer.Option("--host", metavar="HOST", help="Host, host:port or URL of Palette, or `local`.", show_default=False),
]
Project = Annotated[
    str,
    typer.Option("--project", metavar="NAME", help="Project to look into; Default if not given.", show_default=False),
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Accept any TLS certificate.")]
Stack = Annotated[
    str,
    typer.Option(
        "--stack", metavar="NAME", help="Take host, key and project from this stack of the Pulumi project here."
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Data folder of the local control plane.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@contextmanager
def connection(*, host: str, project: str, insecure: bool, stack: str, data_dir: Path | None) -> Iterator[Palette]:
    """A client for what the options, the stack or the environment name; says on stderr which it is.

    Raises:
        ConfigError: nothing names one, or what names it makes no sense.
        LocalError: it is the local control plane, and that can't be used.
    """
    settings = resolve(
        host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir, environ=os.environ
    )
    client = Palette(settings)
    note(f"Palette at {settings.url}, project {settings.project}")
    try:
        yield client
    finally:
        client.close()


def resolve(
    *, host: str, project: str, insecure: bool, stack: str, data_dir: Path | None, environ: Mapping[str, str]
) -> Settings:
    """Settings for a command; see `connection`."""
    config = stack_config(stack) if stack else {}
    if data_dir is not None:
        if host not in ("", "local"):
            raise ConfigError("--data-dir is for the local control plane; leave out --host, or say --host local")
        host = "local"
    if host:
        if stack and host != config.get("host", ""):
            # A stack's key is for the stack's host, and for no other.
            config.pop("apiKey", None)
        config["host"] = host
    if project:
        config["project"] = project
    if insecure:
        config["insecureSkipVerify"] = "true"
    named = config.get("host") or environ.get("SPECTROCLOUD_HOST", "")
    running = _running(data_dir, wanted=data_dir is not None or named == "local")
    if not named and not config.get("apiKey") and not environ.get("SPECTROCLOUD_APIKEY"):
        if running is None:
            raise ConfigError(
                "nothing says which Palette to speak to.\n"
                "  set SPECTROCLOUD_HOST and SPECTROCLOUD_APIKEY, or take a stack's: --stack NAME,"
                " or run one here: palette local start"
            )
        config["host"] = "local"
    elif running is not None and named.rstrip("/") == running.url:
        return _of_running(config, environ, running)
    elif running is None and named:
        _refuse_stopped(named)
    return Settings.resolve(config, environ, local=lambda: local.ensure_running(data_dir))


def stack_config(stack: str) -> dict[str, str]:
    """The `palette:...` values of a stack of the Pulumi project in the current folder, secrets in clear.

    Raises:
        ConfigError: there is no pulumi command, or no such stack or project here.
    """
    command = ["pulumi", "config", "--json", "--show-secrets", "--non-interactive", "--stack", stack]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=_PULUMI_LIMIT_S, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise ConfigError(
            "--stack asks the `pulumi` command, which is not on PATH; put it there, or use --host"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as e:
        raise ConfigError(f"`pulumi config --stack {stack}` can't be run: {type(e).__name__}") from None
    if done.returncode != 0:
        said = done.stderr.strip().removeprefix("error: ") or f"exit code {done.returncode}"
        raise ConfigError(f"pulumi can't read the configuration of the stack {stack!r}: {said}")
    try:
        values: dict[str, Any] = json.loads(done.stdout or "{}")
        return {
            key.removeprefix("palette:"): str(entry["value"])
            for key, entry in values.items()
            if key.startswith("palette:") and "value" in entry
        }
    except (ValueError, TypeError, AttributeError):
        # `from None`: what can't be read may hold the key.
        raise ConfigError(
            f"pulumi's answer about the stack {stack!r} makes no sense; try: pulumi config --json"
        ) from None


def _running(data_dir: Path | None, *, wanted: bool) -> local.LocalEndpoint | None:
    try:
        return local.find(data_dir)
    except LocalError:
        if wanted:
            raise
        # A data folder that can't be read is no matter for who speaks to another Palette.
        return None


def _refuse_stopped(named: str) -> None:
    """The address of a local control plane that was stopped answers nobody; only a person can say to start it again."""
    try:
        last = local.folder_of().last_endpoint()
    except LocalError:
        return  # whose folder that is doesn't matter to who speaks to another Palette
    if last is not None and named.rstrip("/") == last.url:
        raise LocalError(f"the local control plane at {last.url} was stopped; start it: palette local start")


def _of_running(config: dict[str, str], environ: Mapping[str, str], running: local.LocalEndpoint) -> Settings:
    """The local control plane by its address: its certificate is known, and its key where none is given."""
    if not config.get("apiKey") and not environ.get("SPECTROCLOUD_APIKEY"):
        config["apiKey"] = running.api_key
    return replace(Settings.resolve(config, environ), ca_file=running.ca_file)
