"""What `import palette_sdk` costs beyond `import pulumi`, each in a process of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.figures import Figure

AIM_MS = 150.0
BASE = "import pulumi, pulumi.dynamic"
CASES = {
    "import palette_sdk": f"{BASE}, palette_sdk",
    "and its resource classes": f"{BASE}, palette_sdk; palette_sdk.Profile; palette_sdk.Cluster; palette_sdk.Aws",
    "and its look-ups": f"{BASE}, palette_sdk; palette_sdk.Profile; palette_sdk.Cluster; palette_sdk.get_pack",
}
_TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


def imports(rounds: int) -> list[Figure]:
    """Medians; the cases take turns."""
    times: dict[str, list[float]] = {name: [] for name in ("base", *CASES)}
    for _ in range(rounds):
        for name, code in {"base": BASE, **CASES}.items():
            times[name].append(_milliseconds(code))
    base = statistics.median(times["base"])
    group = "import, beyond import pulumi"
    return [
        Figure(group, name, statistics.median(times[name]) - base, "ms", base, "import pulumi", aim=AIM_MS)
        for name in CASES
    ]


def _milliseconds(code: str) -> float:
    told = subprocess.run([sys.executable, "-c", _TIMED.format(code)], stdout=subprocess.PIPE, check=True)
    return float(told.stdout) * 1000
