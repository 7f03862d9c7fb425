"""Promotes a version through the stages: dev, a check, stage, a check, prod. Goes on where it stopped; going back is the same.

    python promote.py 1.1.0
    python promote.py 1.1.0 --to stage      leave prod for later
    python promote.py 1.0.0                 back again, all stages

Each stage is a stack of the project in `fleet`. A stage that runs the version already only gets its check.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from pulumi import automation as auto

FLEET = Path(__file__).resolve().parent / "fleet"
STAGES = ("dev", "stage", "prod")


class StoppedError(Exception):
    """Why the promotion stops, for a person."""


def promote(stage: str, version: str) -> None:
    """Move one stage to the version and check what runs there."""
    stack = auto.select_stack(stage, work_dir=str(FLEET))
    before = stack.get_all_config().get("fleet:version")
    stack.set_config("fleet:version", auto.ConfigValue(version))
    try:
        plan = stack.preview(on_output=lambda _: None)
    except auto.CommandError as error:
        # Nothing was changed: the stack's configuration doesn't ask for it any longer, either.
        if before is None:
            stack.remove_config("fleet:version")
        else:
            stack.set_config("fleet:version", before)
        raise StoppedError(f"{stage}: refused in the preview, nothing was changed\n{told(error)}") from None
    # Keys are an enumeration or plain texts, by the version of pulumi.
    counts = {str(getattr(kind, "value", kind)): number for kind, number in plan.change_summary.items()}
    changes = [f"{number} to {kind}" for kind, number in counts.items() if kind not in {"same", "read"}]
    print(f"{stage}: {version}, {', '.join(changes) or 'nothing to change'}", flush=True)
    if changes:
        try:
            stack.up(on_output=lambda _: None)
        except auto.CommandError as error:
            raise StoppedError(f"{stage}: stopped in `pulumi up`; run this again to go on\n{told(error)}") from None
    check(stage, str(stack.outputs()["cluster"].value), version)


def check(stage: str, cluster: str, version: str) -> None:
    """The gate between two stages: the cluster is healthy, and every layer of the version is ready. Yours may ask more."""
    done = subprocess.run(
        ["palette", "clusters", cluster, "--json", "--stack", stage],
        cwd=FLEET,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StoppedError(f"{stage}: {done.stderr.strip()}")
    seen = json.loads(done.stdout)
    versions = [profile["version"] for profile in seen["profiles"]]
    waiting = [layer["name"] for layer in seen["layers"] if layer["condition"] != "Ready"]
    if (seen["state"], seen["health"], versions, waiting) != ("Running", "Healthy", [version], []):
        raise StoppedError(
            f"{stage}: {cluster} is {seen['state']}, {seen['health']}, on {', '.join(versions)}; not ready: "
            f"{', '.join(waiting) or 'none'}. The stages behind it were left alone."
        )
    print(f"{stage}: {cluster} is healthy on {version}", flush=True)


def told(error: auto.CommandError) -> str:
    """What the engine said of the failure, the ways out under it included, without the frame around it."""
    lines: list[str] = []
    depth: int | None = None  # of the message whose lines follow
    for line in str(error).splitlines():
        at = len(line) - len(line.lstrip())
        if line.strip().startswith(("error: update failed", "error: preview failed", "error: an unhandled error")):
            depth = None
        elif line.strip().startswith("error:"):
            depth = at
            lines.append(line.strip())
        elif depth is not None and line.strip() and at > depth:
            lines.append(line[depth:])
        else:
            depth = None
    return "\n".join(lines) or str(error)


def main() -> None:
    """Promote through the stages that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("version", help="version of the platform's profile, such as 1.1.0")
    parser.add_argument("--to", choices=STAGES, default=STAGES[-1], help="the last stage; default: prod")
    asked = parser.parse_args()
    try:
        for stage in STAGES[: STAGES.index(asked.to) + 1]:
            promote(stage, asked.version)
    except StoppedError as stop:
        sys.exit(f"{stop}")


if __name__ == "__main__":
    main()
