"""What the demos share: headlines, commands that are echoed before they run, fresh copies of examples."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOLD, DIM, PLAIN = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")


def say(text: str) -> None:
    """A headline of the story."""
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


def told(command: str) -> None:
    """A command, as it is typed."""
    print(f"{DIM}${PLAIN} {BOLD}{command}{PLAIN}", flush=True)


def run(command: str, *, folder: Path, quiet: bool = False, stops: bool = False) -> None:
    """Echo a command and run it; its output is shown as it comes. The first failure that isn't part of the story ends it."""
    if not quiet:
        told(command)
    done = subprocess.run(shlex.split(command), cwd=folder, check=False, capture_output=quiet, text=True)
    if stops and done.returncode == 0:
        sys.exit(f"demo: `{command}` should have been refused, and was not.")
    if done.returncode != 0 and not stops:
        if quiet:
            print(done.stdout + done.stderr)
        sys.exit(f"demo: `{command}` ended with exit status {done.returncode}; its message stands above.")


def copy(example: str, folder: Path, *, start: str) -> None:
    """A fresh copy of an example; what an earlier one made is removed first, once `start` has started the local Palette."""
    if (folder / "Pulumi.yaml").exists():
        known = subprocess.run(["pulumi", "stack", "select", "dev"], cwd=folder, capture_output=True, check=False)
        if known.returncode == 0:
            say("An earlier demo is there: removing what it made")
            run(start, folder=folder)
            run("palette local clock --resume", quiet=True, folder=folder)
            run("pulumi destroy --yes --skip-preview", folder=folder)
            run("pulumi stack rm dev --yes", quiet=True, folder=folder)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / example, folder, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
