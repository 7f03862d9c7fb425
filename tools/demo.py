"""`make demo`: the Hello Universe story, one of overrides, one of a fleet; real `pulumi` commands on the local Palette.

Each command is echoed first. Works in `.local/demo`, `.local/demo-overrides` and `.local/demo-fleet`, copies of examples,
so that a person can go on there. Run again, it begins anew.
"""

from __future__ import annotations

import time
from pathlib import Path

import showing
from showing import ROOT, copy, say

HERE = ROOT / ".local" / "demo"
THERE = ROOT / ".local" / "demo-overrides"
FLEET = ROOT / ".local" / "demo-fleet"
LAYER = "hello-universe"
SPEED = "300"
START = f"palette local start --speed {SPEED}"


def run(command: str, *, quiet: bool = False, folder: Path = HERE, stops: bool = False) -> None:
    """See `showing.run`."""
    showing.run(command, folder=folder, quiet=quiet, stops=stops)


def prepare() -> None:
    """The folders, the local Palette and a new stack."""
    copy("01_hello_universe", HERE, start=START)
    copy("03_pending_updates", THERE, start=START)
    copy("04_fleet_template", FLEET, start=START)
    say("A local Palette: the same REST API on loopback, its clock runs 300 times as fast")
    run(START)
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


def overrides() -> None:
    """Somebody changes a layer on one cluster, then the profile moves on: who decides?"""

    def there(command: str, *, quiet: bool = False, stops: bool = False) -> None:
        run(command, folder=THERE, quiet=quiet, stops=stops)

    say("6. Overrides, with the third example: a profile with 2 replicas, and a cluster of its own")
    there("pulumi stack init dev", quiet=True)
    there("pulumi config set palette:host local", quiet=True)
    there("pulumi config set prefix small-", quiet=True)
    there("pulumi up --yes --skip-preview")

    say("   Somebody sets 1 replica on the cluster, outside the program. A refresh finds it")
    place = "--resource Deployment/hello-universe-deployment --set /spec/replicas=1"
    there(f"palette override small-aws-cluster {LAYER} {place}")
    there("pulumi up --yes --refresh --skip-preview")

    say("   The profile moves to 3 replicas. Both sides changed one place: the preview stops, and gives the ways out")
    there("pulumi config set replicas 3")
    there("pulumi config set palette:updates apply")
    there("pulumi preview", stops=True)

    say("   A rule keeps the cluster's value for that path; another path, the image, arrives")
    there("pulumi config set keepPath /spec/replicas")
    there("pulumi config set image 1.2.1")
    there("pulumi up --yes")
    there("palette override small-aws-cluster")


def fleet() -> None:
    """Three clusters follow one template: judged together, moved in their windows."""

    def there(command: str, *, quiet: bool = False, stops: bool = False) -> None:
        run(command, folder=FLEET, quiet=quiet, stops=stops)

    say(
        "7. A fleet: a profile imported from its document, a template with a weekly window, three clusters that follow it"
    )
    there("pulumi stack init dev", quiet=True)
    there("pulumi config set palette:host local", quiet=True)
    there("pulumi up --yes --skip-preview")

    say("   Version 1.1.0 brings a required variable: the preview stops, once for all clusters")
    there("pulumi config set next true")
    there("pulumi config set version 1.1.0")
    there("pulumi preview", stops=True)

    say("   With the values the template is relinked. No cluster moves before its window")
    there("""pulumi config set regionCodes '{"dev": "eu", "stage": "eu", "prod": "us"}'""")
    there("pulumi up --yes --skip-preview")
    there("palette fleet status fleet")

    say("   Seven days later, by the clock of the local Palette")
    there("palette local clock --advance 7d")
    there("palette fleet status fleet")


def closing(began: float) -> None:
    """What was made, where it is, and what to try next."""
    took = int(time.monotonic() - began)
    say(f"Done in {took} seconds. Six clusters run in the local Palette; their state is in .local/state")
    print(
        f"""
Go on by hand:
  eval "$(make -s env)"            the virtual environment, palette and pulumi on PATH, set for offline use
  cd {HERE.relative_to(ROOT)}
  pulumi stack output api_kubeconfig --show-secrets
  pulumi up --diff                 edit __main__.py or manifests/ first, and see what will happen before it happens
  palette clusters aws-cluster     layers, services, what waits
  palette local status             address, key, clock; `palette local clock --advance 30m` moves it
  palette review small-aws-cluster --to 1.0.0     what a change would bring, side by side (in {THERE.relative_to(ROOT)})
  palette fleet drift              what somebody changed by hand, and what waits
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
    overrides()
    fleet()
    closing(began)


if __name__ == "__main__":
    main()
