"""One run of a command: how long it took, the processor time of all its processes, the memory of its provider process."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LOOK_EVERY_S = 0.2
PROVIDER = "pulumi.dynamic"
"""What the command line of a provider process of dynamic resources holds."""


class BenchError(Exception):
    """A command of the benchmark failed: its figures would mean nothing."""


@dataclass(frozen=True)
class Run:
    """What a run took.

    Args:
        seconds: from its start to its end.
        cpu_s: processor time of the command and of all processes it waited for: engine, program and provider.
        provider_mib: the most memory that the provider process held; 0 where the system doesn't tell.
    """

    seconds: float
    cpu_s: float
    provider_mib: float


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Run:
    """Run a command to its end; its output is shown when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        watch = _ProviderWatch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.end()
        if process.returncode != 0:
            output.seek(0)
            raise BenchError(f"`{' '.join(command)}` ended with {process.returncode}:\n{output.read()[-4000:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak)


class _ProviderWatch:
    """Looks now and then at the memory of the provider process below a process."""

    def __init__(self, root: int) -> None:
        self._root, self._peak, self._done = root, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Stop looking; the peak in MiB."""
        self._done.set()
        self._thread.join()
        return self._peak

    def _look_on(self) -> None:
        pid = 0
        while PROC.is_dir() and not self._done.wait(LOOK_EVERY_S):
            pid = pid or _provider_below(self._root)
            if pid:
                self._peak = max(self._peak, peak_mib(pid))


def _provider_below(root: int) -> int:
    for entry in PROC.iterdir():
        if entry.name.isdigit() and PROVIDER in _text(entry / "cmdline") and _is_below(int(entry.name), root):
            return int(entry.name)
    return 0


def _is_below(pid: int, root: int) -> bool:
    while pid > 1:
        if pid == root:
            return True
        fields = _text(PROC / str(pid) / "stat").rpartition(")")[2].split()
        pid = int(fields[1]) if len(fields) > 1 else 0
    return False


def peak_mib(pid: int) -> float:
    """The most memory that a process has held; 0 where the system doesn't tell."""
    rows = dict(line.split(":", 1) for line in _text(PROC / str(pid) / "status").splitlines() if ":" in line)
    return float(rows.get("VmHWM", "0").split()[0]) / 1024


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # the process has ended
        return ""
