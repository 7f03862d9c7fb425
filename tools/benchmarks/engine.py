"""Runs of the real engine: previews without a change, `up` from nothing, and waiting for slow clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.figures import Figure, compared
from benchmarks.runs import Run
from benchmarks.world import VARIANTS, Stack, World, state_bytes, world

FAST = 20000.0
"""Speed of the clock at which a cluster is ready in less than a tenth of a second."""
SLOWEST_S = 1200.0
"""Longest time, on the server's clock, that a cluster takes to be provisioned."""
FLEET = 200
PREVIEW_AIM = 1.25
CALLS_AIM = 20.0
WAIT_MARGIN = 1.25
Say = Callable[[str], None]
Calls = dict[str, dict[str, int]]


def fleets(sizes: Sequence[int], rounds: int, say: Say) -> tuple[list[Figure], Calls]:
    """`up` from nothing and previews without a change, for each number of clusters."""
    figures: list[Figure] = []
    calls: Calls = {}
    for size in sizes:
        with world(FAST) as here:
            say(f"{_clusters(size)}: up")
            stacks = {variant: here.stack(variant, size) for variant in VARIANTS}
            here.admin.reset_requests()
            ups = {variant: [stack.up()] for variant, stack in stacks.items() if variant != "ours"}
            # Look-ups of the program with hooks that do nothing are calls too.
            here.admin.reset_requests()
            ups["ours"] = [stacks["ours"].up()]
            calls[f"up of {_clusters(size)}"] = here.calls()
            say(f"{_clusters(size)}: preview without a change, {rounds} rounds")
            previews = _previews(here, stacks, rounds)
            calls[f"preview without a change, {_clusters(size)}"] = here.calls()
            figures += _of_previews(size, previews, sum(here.calls().values()))
            figures += _of_ups(size, ups, sum(calls[f"up of {_clusters(size)}"].values()))
            figures += _of_sizes(size, stacks, [*previews["ours"], *ups["ours"]], previews["nothing"])
    return figures, calls


def _previews(here: World, stacks: dict[str, Stack], rounds: int) -> dict[str, list[Run]]:
    """In turns, so that a neighbour's load falls on all of them; the counter holds the calls of the last of ours."""
    for stack in stacks.values():
        stack.steady_preview()  # brings files into the page cache, compiles what is compiled once
    runs: dict[str, list[Run]] = {variant: [] for variant in stacks}
    for _ in range(rounds):
        for variant, stack in stacks.items():
            here.admin.reset_requests()
            runs[variant].append(stack.steady_preview())
    return runs


def _of_previews(size: int, runs: dict[str, list[Run]], calls: int) -> list[Figure]:
    group = f"{_clusters(size)}: preview without a change"
    # The aim is for fleets: with few clusters the start of the processes is most of it.
    aim = PREVIEW_AIM if size >= FLEET else None
    return [*previews_compared(group, runs, aim), Figure(group, "API calls", calls, "", aim=CALLS_AIM)]


def _of_ups(size: int, runs: dict[str, list[Run]], calls: int) -> list[Figure]:
    group = f"{_clusters(size)}: up from nothing"
    return [*previews_compared(group, runs, None), Figure(group, "API calls a cluster", calls / size, "")]


def previews_compared(
    group: str, runs: Mapping[str, Sequence[Run]], aim: float | None, prefix: str = ""
) -> list[Figure]:
    """Times of ours beside those of both variants that do nothing."""
    read: dict[str, Callable[[Run], float]] = {"time": lambda run: run.seconds, "processor time": lambda run: run.cpu_s}
    return [
        compared(
            group,
            f"{prefix}{name}",
            ours=[of(run) for run in runs["ours"]],
            other=[of(run) for run in runs[variant]],
            other_name=beside,
            aim=aim,
        )
        for variant, beside in (("nothing", "do-nothing"), ("same inputs", "do-nothing, same inputs"))
        for name, of in read.items()
    ]


def _of_sizes(size: int, stacks: dict[str, Stack], ours: Sequence[Run], nothing: Sequence[Run]) -> list[Figure]:
    group = f"{_clusters(size)}: memory and state"
    peak, floor = max(run.provider_mib for run in ours), max(run.provider_mib for run in nothing)
    state = {variant: state_bytes(stack.state()) for variant, stack in stacks.items()}
    return [
        Figure(
            group, "provider process, most memory", peak, "MiB", floor, "do-nothing", peak / floor if floor else None
        ),
        Figure(group, "state", state["ours"] / 1024, "KiB", state["nothing"] / 1024, "do-nothing"),
        Figure(group, "state a cluster beyond do-nothing", (state["ours"] - state["nothing"]) / size / 1024, "KiB"),
    ]


def waits(size: int, seconds: float, say: Say) -> tuple[list[Figure], Calls]:
    """`up` of clusters that each take up to `seconds` to be ready, 64 at a time."""
    group = f"up of {_clusters(size)} that take up to {seconds:g} s each (--parallel 64)"
    with world(SLOWEST_S / seconds) as here:
        say(group)
        floor = here.stack("nothing", size).up("--parallel", "64")
        stack = here.stack("ours", size)
        here.admin.reset_requests()
        ours = stack.up("--parallel", "64")
        calls = here.calls()
    beyond, name = ours.seconds - floor.seconds, "beyond do-nothing"
    return [
        Figure(group, "time", ours.seconds, "s", floor.seconds, "do-nothing"),
        Figure(group, f"{name} (aim: {seconds:g} s + 25 %)", beyond, "s", aim=seconds * WAIT_MARGIN),
        Figure(group, "API calls", sum(calls.values()), ""),
    ], {group: calls}


def _clusters(size: int) -> str:
    return "1 cluster" if size == 1 else f"{size} clusters"
