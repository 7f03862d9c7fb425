"""What `import palette_sdk` costs beyond `import pulumi`, each in a process of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.figures import Figure

AIM_MS = 150.0
BASE = "import pulumi, pulumi.dynamic"
NAMES = "palette_sdk.Profile; palette_sdk.Cluster; palette_sdk.Aws; palette_sdk.get_pack"
CALLING = "from palette_sdk.client import accounts, packs, transport"
CASES: dict[str, tuple[str, float | None]] = {
    "import palette_sdk": ("import palette_sdk", AIM_MS),
    "and its resource classes": (f"import palette_sdk; {NAMES}", AIM_MS),
    "and the client, with the first look-up": (f"import palette_sdk; {NAMES}; {CALLING}", None),
}
"""What is imported, and its aim; a program that looks nothing up never needs the client."""
_TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


def imports(rounds: int) -> list[Figure]:
    """Medians; the cases take turns."""
    times: dict[str, list[float]] = {name: [] for name in ("base", *CASES)}
    for _ in range(rounds):
        times["base"].append(_milliseconds(BASE))
        for name, (code, _aim) in CASES.items():
            times[name].append(_milliseconds(f"{BASE}; {code}"))
    base = statistics.median(times["base"])
    group = "import, beyond import pulumi"
    return [
        Figure(group, name, statistics.median(times[name]) - base, "ms", base, "import pulumi", aim=aim)
        for name, (_code, aim) in CASES.items()
    ]


def _milliseconds(code: str) -> float:
    told = subprocess.run([sys.executable, "-c", _TIMED.format(code)], stdout=subprocess.PIPE, check=True)
    return float(told.stdout) * 1000
