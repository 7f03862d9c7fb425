"""How long a fleet is waited for beside clusters that each wait for themselves, by the clock of the control plane.

Both are made four at a time, as by an engine that has four slots: a wait of each cluster's own holds one of them.
"""

from __future__ import annotations

from benchmarks.engine import SLOWEST_S, WAIT_MARGIN, Calls, Say
from benchmarks.figures import Figure
from benchmarks.world import world

AT_A_TIME = 4


def together(size: int, seconds: float, say: Say) -> tuple[list[Figure], Calls]:
    """Both, with so many clusters that each take up to `seconds` of the wall clock.

    Returns:
        from the first creation to the end of `up`, in the longest time that a cluster takes to be provisioned.
    """
    group = f"{size} clusters, {AT_A_TIME} at a time"
    took: dict[str, float] = {}
    calls: Calls = {}
    for name, is_fleet in (("a fleet", "true"), ("clusters that each wait", "false")):
        say(f"{group}: {name}")
        with world(SLOWEST_S / seconds) as here:
            stack = here.stack("ours", size)
            stack.pulumi("config", "set", "together", is_fleet)
            here.admin.reset_requests()
            stack.up("--parallel", str(AT_A_TIME))
            end = here.admin.clock()["epochSeconds"]
            calls[f"{group}: {name}"] = here.calls()
            took[name] = (end - here.created()[0]) / SLOWEST_S
    fleet, single = took.values()
    what = f"up of a fleet, in provisioning times ({SLOWEST_S:g} s of the clock of the control plane)"
    return [Figure(group, what, fleet, "", single, "clusters that each wait", aim=WAIT_MARGIN)], calls
