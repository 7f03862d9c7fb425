"""`make demo`: the Hello Universe story with real `pulumi` commands against the local Palette, each echoed first.

Works in `.local/demo`, a copy of the first example, so that a person can go on there. Run again, it begins anew.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / ".local" / "demo"
SPEED = "300"
BOLD, DIM, PLAIN = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")


def say(text: str) -> None:
    """A headline of the story."""
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


def run(command: str, *, quiet: bool = False) -> None:
    """Echo a command and run it; its output is shown as it comes. The first failure ends the demo."""
    if not quiet:
        print(f"{DIM}${PLAIN} {BOLD}{command}{PLAIN}", flush=True)
    done = subprocess.run(shlex.split(command), cwd=HERE, check=False, capture_output=quiet, text=True)
    if done.returncode != 0:
        if quiet:
            print(done.stdout + done.stderr)
        sys.exit(f"demo: `{command}` ended with exit status {done.returncode}; its message stands above.")


def prepare() -> None:
    """The folder, the local Palette and a new stack."""
    if (HERE / "Pulumi.yaml").exists():
        known = subprocess.run(["pulumi", "stack", "select", "dev"], cwd=HERE, capture_output=True, check=False)
        if known.returncode == 0:
            say("An earlier demo is there: removing what it made")
            run(f"palette local start --speed {SPEED}")
            run("palette local clock --resume", quiet=True)
            run("pulumi destroy --yes --skip-preview")
            run("pulumi stack rm dev --yes", quiet=True)
    shutil.rmtree(HERE, ignore_errors=True)
    shutil.copytree(
        ROOT / "examples" / "01_hello_universe", HERE, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml")
    )
    say("A local Palette: the same REST API on loopback, its clock runs 300 times as fast")
    run(f"palette local start --speed {SPEED}")
    run(f"palette local clock --speed {SPEED}", quiet=True)
    say("A stack for AWS; palette:host=local is all the configuration it needs")
    run("pulumi stack init dev")
    run("pulumi config set palette:host local")


def story() -> None:
    """The steps of the tutorial."""
    say("1. Two profiles and two clusters. A preview asks nothing to be made")
    run("pulumi preview")
    run("pulumi up --yes --skip-preview")

    say(
        "2. Version 1.1.0 of the page's profile asks the API server of the other cluster; the page's cluster moves to it in place"
    )
    run("pulumi config set threeTier true")
    run("pulumi config set frontend 1.1.0")
    run("pulumi up --yes")
    run("palette profiles aws-profile")

    say("3. Roll back: one word of the program")
    run("pulumi config set frontend 1.0.0")
    run("pulumi up --yes")

    say("4. Edit 1.0.0 in place (3 replicas): nothing is applied to the cluster, and everybody says so")
    run("pulumi config set replicas 3")
    run("pulumi up --yes")
    run("palette clusters")

    say("   Apply it")
    run("pulumi config set palette:updates apply")
    run("pulumi up --yes")

    say("5. Tags find clusters; a second `up` and a refresh change nothing")
    run("palette clusters --tag service:hello-universe-frontend")
    run("pulumi up --yes --refresh")


def closing(began: float) -> None:
    """What was made, where it is, and what to try next."""
    say(
        f"Done in {int(time.monotonic() - began)} seconds. Two clusters run in the local Palette; their state is in .local/state"
    )
    print(
        f"""
Go on by hand:
  eval "$(make -s env)"            the virtual environment, palette and pulumi on PATH, set for offline use
  cd {HERE.relative_to(ROOT)}
  pulumi stack output api_kubeconfig --show-secrets
  pulumi up --diff                 edit __main__.py or manifests/ first, and see what will happen before it happens
  palette clusters aws-cluster     layers, services, what waits
  palette local status             address, key, clock; `palette local clock --advance 30m` moves it
  pulumi destroy                   clusters go before profiles
  palette local stop               `make clean` removes all of it
The same program runs against the real service: pulumi config set palette:host api.spectrocloud.com
and pulumi config set --secret palette:apiKey
"""
    )


def main() -> None:
    """Run the demo."""
    began = time.monotonic()
    prepare()
    story()
    closing(began)


if __name__ == "__main__":
    main()
