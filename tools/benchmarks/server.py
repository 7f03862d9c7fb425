"""What the control plane answers a second, and what a page of a list costs; asked by a second process over loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.engine import Say
from benchmarks.figures import Figure
from benchmarks.world import World, world

LOAD = Path(__file__).resolve().parent / "load.py"
READY_S = 1800.0


def server(pages: tuple[int, int], seconds: float, say: Say) -> list[Figure]:
    """Requests a second by kind, and the time of a page with few and with many clusters."""
    few, many = pages
    group = "control plane, one process asking over 4 kept connections"
    found = []
    with world(1.0) as here:
        say(f"control plane: load of {seconds:g} s each")
        _load(here, "grow", count=few)
        here.admin.set_clock(advance_s=READY_S)
        at_few = _load(here, "page", seconds=seconds)
        for act, name in (
            ("get", "read a cluster"),
            ("page", "a page of the list of clusters"),
            ("create", "create a cluster"),
        ):
            told = _load(here, act, seconds=seconds, connections=4)
            found.append(Figure(group, name, told["per_second"], "/s"))
        say(f"control plane: {many} clusters")
        _load(here, "grow", count=many)
        here.admin.set_clock(advance_s=READY_S)
        at_many = _load(here, "page", seconds=seconds)
    page = f"control plane, time of a page of {at_many['rows']} clusters, one connection"
    found += [
        Figure(page, f"{few} clusters ({at_few['rows']} rows)", at_few["median_ms"], "ms"),
        Figure(page, f"{many} clusters", at_many["median_ms"], "ms"),
    ]
    return found


def _load(here: World, act: str, **options: float) -> dict[str, Any]:
    environment = {**os.environ, "BENCH_KEY": here.endpoint.api_key}
    told = subprocess.run(
        [sys.executable, str(LOAD), here.endpoint.url, act, json.dumps(options)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(told.stdout))
