"""`make bench`: what palette_sdk costs beside a do-nothing dynamic provider, as ratios, and the API calls it makes.

Works in temporary folders, each with a control plane and a state of its own. It only measures: a missed aim is printed,
and is no failure. `docs/benchmarks.md` explains the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine import Calls, fleets, waits
from benchmarks.figures import Figure, as_json, show
from benchmarks.imports import imports
from benchmarks.merges import merges
from benchmarks.runs import BenchError
from benchmarks.scale import PROVISIONED_S, scale
from benchmarks.server import server
from benchmarks.templates import templates
from benchmarks.together import together
from rich.console import Console

GROUPS = ("fleets", "waits", "imports", "merges", "server", "templates", "scale")


def main() -> None:
    """Measure, print, write."""
    arguments = _arguments()
    if not shutil.which("pulumi"):
        sys.exit("bench: no Pulumi engine on PATH; run `make bench`, which sets one up")
    console = Console(highlight=False)
    console.width = max(console.width, 120)  # a table that wraps can't be read
    try:
        figures, calls = _measure(arguments)
    except BenchError as error:
        sys.exit(f"bench: {error}")
    load = os.getloadavg()[0]
    conditions = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "rounds": arguments.rounds,
        "load_average": load,
    }
    show(console, figures, calls)
    console.print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load average at the end {load:.1f}; "
        f"medians of {arguments.rounds} rounds, without checkpoints of the state"
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(figures, calls, conditions), indent=2) + "\n", encoding="utf-8")


def _measure(arguments: argparse.Namespace) -> tuple[list[Figure], Calls]:
    figures: list[Figure] = []
    calls: Calls = {}
    quick: bool = arguments.quick
    if "imports" in arguments.only:
        _say("imports")
        figures += imports(3 if quick else 15)
    if "merges" in arguments.only:
        _say("merges")
        figures += merges(3 if quick else 9)
    if "fleets" in arguments.only:
        found, routes = fleets(arguments.clusters, arguments.rounds, _say)
        figures, calls = figures + found, calls | routes
    if "waits" in arguments.only:
        for measure, few, many in ((waits, 10, 50), (together, 8, 16)):
            found, routes = measure(few, 5.0, _say) if quick else measure(many, 20.0, _say)
            figures, calls = figures + found, calls | routes
    if "server" in arguments.only:
        figures += server((10, 200), 1.0, _say) if quick else server((10, 1000), 5.0, _say)
    if "templates" in arguments.only:
        figures += templates((10, 100) if quick else (10, 1000), _say)
    if "scale" in arguments.only:
        for size in arguments.members:
            found, routes = scale(size, arguments.rounds, arguments.provisioning, _say)
            figures, calls = figures + found, calls | routes
    return figures, calls


def _say(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a minute: fewer clusters, one round, short waits and loads"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument(
        "--clusters", type=_sizes, metavar="N,N", help="sizes of the fleets; default 1,50,200; for scale 200"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="previews of each kind; default 5")
    parser.add_argument(
        "--provisioning",
        type=_seconds,
        default=PROVISIONED_S,
        metavar="S",
        help="for scale: seconds that the slowest cluster takes to be provisioned; default %(default)g",
    )
    parser.add_argument("--only", type=_groups, default=GROUPS, metavar="GROUP,..", help=", ".join(GROUPS))
    arguments = parser.parse_args()
    arguments.members = arguments.clusters or ([20] if arguments.quick else [200])
    arguments.clusters = arguments.clusters or ([1, 20] if arguments.quick else [1, 50, 200])
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 5)
    return arguments


def _sizes(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _seconds(text: str) -> float:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text}: a whole number of seconds, from 1 on")
    return float(text)


def _groups(text: str) -> Sequence[str]:
    wanted = text.split(",")
    unknown = [name for name in wanted if name not in GROUPS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(GROUPS)}")
    return wanted


if __name__ == "__main__":
    main()
