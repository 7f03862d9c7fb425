"""Pulumi runs as processes that a test can watch, interrupt and kill, and the local control plane likewise.

Nothing here sleeps to let time pass: `until` looks again and again for something that can be observed. What a run
started is found by a mark in its environment, so that no process of another run is ever touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from palette_sdk import local
from palette_sdk.local import DataFolder, LocalEndpoint
from tests.engine.harness import ANSI, Stack

T = TypeVar("T")
Begin = Callable[..., "Running"]
"""The fixture `begin`: `begin(stack, "up")`."""
LIMIT_S = 240.0
LEAVE_S = 60.0
"""How long a hook may outlive its engine, or a run a ^C, in a test on a busy machine; it takes one or two seconds."""
MARK = "PALETTE_TEST_RUN"
HOOKS = b"pulumi.dynamic"
IDLE = b"/pulumi-language-python "
"""Pulumi's own language host: it holds nothing, and looks each five minutes whether its engine is gone."""


def until(look: Callable[[], T], what: str | Callable[[], str], *, limit_s: float = LIMIT_S) -> T:
    """What `look` gives, once it is something; fails after the limit, telling `what` did not come."""
    deadline = time.monotonic() + limit_s
    while not (seen := look()):
        if time.monotonic() >= deadline:
            pytest.fail(f"not within {limit_s:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)
    return seen


@dataclass
class Running:
    """A `pulumi` command that runs in a process group of its own, as a shell starts one."""

    process: subprocess.Popen[bytes]
    output: Path
    mark: str
    signalled: list[signal.Signals] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it printed so far, both streams."""
        return ANSI.sub("", self.output.read_text())

    def interrupt(self) -> None:
        """^C at a terminal: SIGINT to the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """`kill -9` of the engine alone."""
        self.process.kill()
        self.process.wait(LIMIT_S)

    def kill_hooks(self) -> None:
        """`kill -9` of the process that runs the hooks, and of nothing else."""
        found = [pid for pid, arguments in self.left() if HOOKS in arguments]
        assert found, "no process runs hooks"
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    def ended(self, limit_s: float = LIMIT_S) -> int:
        """Its exit code, once it ended by itself."""
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            pytest.fail(f"`pulumi` still runs after {limit_s:g} s; it said:\n{self.text}")

    def left(self) -> list[tuple[int, bytes]]:
        """Processes that it started, at any depth, and that still run: pid and arguments."""
        return [row for row in _marked(self.mark) if row[0] != self.process.pid]

    def leaves_nothing(self) -> None:
        """Assert that all that it started is gone within seconds: hooks and program, but for the idle language host."""

        def busy() -> list[tuple[int, bytes]]:
            return [row for row in self.left() if IDLE not in row[1]]

        until(lambda: not busy(), lambda: f"all of these end: {busy()}", limit_s=LEAVE_S)

    def clean_up(self) -> None:
        """Kill what is left of it, whatever the test did."""
        self.process.kill()
        self.process.wait(LIMIT_S)
        for pid, _ in self.left():
            os.kill(pid, signal.SIGKILL)


def start(stack: Stack, *arguments: str) -> Running:
    """Start a `pulumi` command on a stack, in the background: `start(stack, "up")`."""
    mark = uuid.uuid4().hex
    output = stack.folder / f"output-{mark[:8]}.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["pulumi", *arguments, "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name],
            cwd=stack.folder,
            env={**os.environ, **stack.environment, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return Running(process, output, mark)


def _marked(mark: str) -> Iterator[tuple[int, bytes]]:
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # A process that is dead, but not collected yet, has an empty environment.
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:  # it ended meanwhile, or is another user's
            continue


def kill_control_plane(endpoint: LocalEndpoint) -> None:
    """`kill -9` of a local control plane; returns when it is dead."""
    folder = DataFolder(endpoint.data_dir)
    pid = folder.server_pid()
    assert pid, "no control plane runs"
    os.kill(pid, signal.SIGKILL)
    until(lambda: folder.server_pid() is None, "the control plane is dead")


def restart_control_plane(endpoint: LocalEndpoint) -> None:
    """Start a killed control plane again; address and key are as before."""
    again = local.start(endpoint.data_dir).endpoint
    assert (again.url, again.api_key) == (endpoint.url, endpoint.api_key)
