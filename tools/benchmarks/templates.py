"""What each call about one cluster template costs with few and with many clusters; asked by a second process over loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine import Say
from benchmarks.figures import Figure
from benchmarks.world import World, world

TOOLS = Path(__file__).resolve().parent.parent
LONGEST_MS = 2000.0
"""No call should take longer, whatever it has to do."""


def templates(sizes: Sequence[int], say: Say) -> list[Figure]:
    """The time of each call with the most clusters beside that with the fewest."""
    found = {}
    for size in sizes:
        say(f"control plane: a template with {size} clusters")
        with world(1.0) as here:
            here.admin.set_clock(paused=True)
            found[size] = _times(here, size)
    few, *_, many = sizes
    group = f"control plane: one template with {many} clusters"
    return [
        Figure(group, name, value, "ms", found[few][name], f"{few} clusters", aim=LONGEST_MS)
        for name, value in found[many].items()
    ]


def _times(here: World, size: int) -> dict[str, float]:
    environment = {**os.environ, "BENCH_KEY": here.endpoint.api_key, "PYTHONPATH": str(TOOLS)}
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.template_load", here.endpoint.url, str(size)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(told.stdout))
