"""Real `pulumi` runs against a local control plane of their own, each in a folder and a backend of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from palette_sdk import local
from palette_sdk.client import Palette, Settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SPEED = 4000.0
"""Server seconds a second: a cluster is ready in less than one."""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Result:
    """What a run did: counts by kind of step, and its output without colours."""

    counts: Mapping[str, int]
    text: str
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """Steps of one kind, the stack itself not counted as created or deleted."""
        return self.counts.get(kind, 0)

    @property
    def changes(self) -> dict[str, int]:
        """All that is not unchanged."""
        return {kind: number for kind, number in self.counts.items() if kind != "same" and number}


class RunFailedError(AssertionError):
    """A run that ended with an error; its text is the message."""


@dataclass
class Stack:
    """One stack of a program in a folder."""

    folder: Path
    name: str
    environment: dict[str, str]

    def __post_init__(self) -> None:
        self._stack = auto.create_or_select_stack(
            self.name, work_dir=str(self.folder), opts=auto.LocalWorkspaceOptions(env_vars=self.environment)
        )

    def config(self, **values: str) -> None:
        """Set configuration: `cloud="aws"`, `palette__host="local"`."""
        self._stack.set_all_config({key.replace("__", ":"): auto.ConfigValue(value) for key, value in values.items()})

    def secret(self, key: str, value: str) -> None:
        """Set a secret."""
        self._stack.set_config(key, auto.ConfigValue(value, secret=True))

    def unset(self, key: str) -> None:
        """Remove a configuration value."""
        self._stack.remove_config(key)

    def up(self, **options: Any) -> Result:
        """`pulumi up --yes`."""
        done = self._run(lambda: self._stack.up(on_output=lambda _: None, **options))
        counts = dict(done.summary.resource_changes or {})
        outputs = {key: item.value for key, item in done.outputs.items()}
        return Result(counts, ANSI.sub("", done.stdout + done.stderr), outputs)

    def preview(self, **options: Any) -> Result:
        """`pulumi preview`."""
        done = self._run(lambda: self._stack.preview(on_output=lambda _: None, **options))
        return Result(_plain(done.change_summary), ANSI.sub("", done.stdout + done.stderr))

    def refresh(self, **options: Any) -> Result:
        """`pulumi refresh --yes`."""
        done = self._run(lambda: self._stack.refresh(on_output=lambda _: None, **options))
        return Result(dict(done.summary.resource_changes or {}), ANSI.sub("", done.stdout + done.stderr))

    def destroy(self, **options: Any) -> Result:
        """`pulumi destroy --yes`."""
        done = self._run(lambda: self._stack.destroy(on_output=lambda _: None, **options))
        return Result(dict(done.summary.resource_changes or {}), ANSI.sub("", done.stdout + done.stderr))

    def refused(self, act: str = "preview", **options: Any) -> str:
        """The text of a run that must fail."""
        with pytest.raises(RunFailedError) as failure:
            getattr(self, act)(**options)
        return str(failure.value)

    def state(self) -> dict[str, Any]:
        """The exported state."""
        exported = self._stack.export_stack()
        return dict(exported.deployment or {})

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A `pulumi` command in the program's folder."""
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.name],
            cwd=self.folder,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
            timeout=110,
        )
        if check and done.returncode != 0:
            raise RunFailedError(ANSI.sub("", done.stdout + done.stderr))
        return done

    def _run(self, act: Any) -> Any:
        try:
            return act()
        except auto.CommandError as error:
            raise RunFailedError(ANSI.sub("", str(error))) from None

    def is_steady(self) -> None:
        """Assert that a second `up`, a refresh, `up --refresh` and `preview --refresh` change nothing."""
        assert self.preview().changes == {}
        assert self.preview(refresh=True).changes == {}
        assert self.up().changes == {}
        assert self.refresh().changes == {}
        assert self.up(refresh=True).changes == {}


def _plain(summary: Mapping[Any, int]) -> dict[str, int]:
    return {str(getattr(kind, "value", kind)): number for kind, number in summary.items()}


@dataclass
class World:
    """A local control plane, and a folder for programs and state."""

    folder: Path
    endpoint: local.LocalEndpoint
    environment: dict[str, str]

    @cached_property
    def client(self) -> Palette:
        """A client of its own, closed with the world."""
        return Palette(Settings.to(self.endpoint.url, self.endpoint.api_key))

    @property
    def admin(self) -> local.Admin:
        """The admin API."""
        return local.Admin(self.endpoint)

    def example(self, name: str, *, stack: str = "dev", **config: str) -> Stack:
        """A stack of a copy of an example."""
        folder = self.folder / name
        if not folder.exists():
            shutil.copytree(EXAMPLES / name, folder)
        return self._configured(Stack(folder, stack, self.environment), config)

    def program(self, text: str, *, stack: str = "dev", **config: str) -> Stack:
        """A stack of a program given as text, in a project of its own: no other test's state is in its way."""
        folder = self.folder / f"program-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: python\n")
        (folder / "__main__.py").write_text(text)
        return self._configured(Stack(folder, stack, self.environment), config)

    def _configured(self, stack: Stack, config: Mapping[str, str]) -> Stack:
        stack.config(palette__host="local", **config)
        return stack


def as_json(value: Any) -> str:
    """A value as text, to look for something in all of it."""
    return json.dumps(value, sort_keys=True)
