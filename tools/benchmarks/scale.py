"""A fleet of a template on the real engine: `up` from nothing, a preview without a change, relink and upgrade now, destroy.

Each act is done in turns with a provider that does nothing and has as many resources, of which as many change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.engine import SLOWEST_S, WAIT_MARGIN, Calls, Say, previews_compared
from benchmarks.figures import Figure, compared
from benchmarks.runs import Run, peak_mib
from benchmarks.world import Stack, World, epoch, state_bytes, world

OTHERS = 8
"""Resources of the fleet beside its clusters: two versions of a profile, policy, template, roll-out, and the component with
what stands in front of its members and behind them."""
VARIANTS = {
    "nothing": ("nothing.py", "bare.py"),
    "same inputs": ("nothing.py", "template_fleet.py", "same_template_inputs.py"),
    "ours": ("template_fleet.py",),
}
PREVIEW_AIM = 1.15
CALLS_AIM = 60.0
STATE_AIM_KIB = 4.0
PROVISIONED_S = 20.0
"""How long, by the wall clock, the slowest cluster takes to be provisioned, unless told otherwise.

Calls cost what they cost, however fast the clock of the control plane runs: with many clusters 20 s are less than the calls about
all of them take, which elsewhere are a small part of 20 minutes."""
PARALLEL = ("--parallel", "64")


def scale(size: int, rounds: int, provisioned_s: float, say: Say) -> tuple[list[Figure], Calls]:
    """The figures for so many clusters, of which the slowest takes `provisioned_s` by the wall clock to be provisioned."""
    with world(SLOWEST_S / provisioned_s) as here:
        return _Story(here, size, rounds, provisioned_s, say).tell()


class _Story:
    """The life of the fleet, act by act."""

    def __init__(self, here: World, size: int, rounds: int, provisioned_s: float, say: Say) -> None:
        self._here, self._size, self._rounds, self._say = here, size, rounds, say
        self._provisioned_s = provisioned_s
        self._name = f"{size} clusters of a template in a fleet"
        self._stacks = {variant: here.stack(variant, size, files, OTHERS) for variant, files in VARIANTS.items()}
        self._figures: list[Figure] = []
        self._calls: Calls = {}
        self._runs: dict[str, list[Run]] = {variant: [] for variant in VARIANTS}

    def tell(self) -> tuple[list[Figure], Calls]:
        """All of it, in order."""
        up = self._act("up from nothing", lambda stack: stack.up(*PARALLEL))
        beyond = up["ours"].seconds - up["nothing"].seconds
        waits = f"up beyond do-nothing, of which clusters take {self._provisioned_s:g} s"
        self._figures.append(Figure(self._name, waits, beyond, "s"))
        self._waited()
        states = {variant: stack.state() for variant, stack in self._stacks.items()}
        self._previews()
        for stack in self._stacks.values():
            stack.pulumi("config", "set", "version", "1.1.0")
        self._act("relink and upgrade now", lambda stack: stack.up(*PARALLEL))
        self._stacks["ours"].steady_preview()
        memory = peak_mib(self._here.control_plane_pid)
        self._act("destroy", lambda stack: stack.destroy(*PARALLEL))
        self._sizes(states, memory)
        return self._figures, self._calls

    def _waited(self) -> None:
        """How long the fleet was waited for after its last cluster was accepted, by the clock of the control plane."""
        ends = [row["outputs"]["ready_at"] for row in self._stacks["ours"].state()["resources"] if _is_ready(row)]
        waited = (max(map(epoch, ends)) - self._here.created()[-1]) / SLOWEST_S
        what = (
            "from the last creation to the fleet's end, in provisioning times "
            f"({SLOWEST_S:g} s of that clock, {self._provisioned_s:g} s here)"
        )
        self._figures.append(Figure(self._name, what, waited, "", aim=WAIT_MARGIN))

    def _act(self, act: str, do: Callable[[Stack], Run]) -> dict[str, Run]:
        """Do it with ours and with what does nothing; the counter then holds the calls of ours, which is the last one."""
        found = self._each(act, do)
        pair = {variant: [found[variant]] for variant in ("ours", "nothing")}
        for what, of in (("time", _seconds), ("processor time", _cpu)):
            ours, other = ([of(run) for run in pair[variant]] for variant in ("ours", "nothing"))
            self._figures.append(
                compared(self._name, f"{act}, {what}", ours=ours, other=other, other_name="do-nothing", aim=None)
            )
        self._count(act, None)
        return found

    def _previews(self) -> None:
        for stack in self._stacks.values():
            stack.steady_preview()  # brings files into the page cache, compiles what is compiled once
        runs: dict[str, list[Run]] = {variant: [] for variant in self._stacks}
        for _ in range(self._rounds):
            for variant, run in self._each("preview without a change", Stack.steady_preview).items():
                runs[variant].append(run)
        self._figures += previews_compared(self._name, runs, PREVIEW_AIM, "preview without a change, ")
        self._count("preview without a change", CALLS_AIM)

    def _each(self, act: str, do: Callable[[Stack], Run]) -> dict[str, Run]:
        found = {}
        for variant, stack in self._stacks.items():
            self._say(f"{self._name}: {act}, {variant}")
            self._here.admin.reset_requests()
            found[variant] = do(stack)
            self._runs[variant].append(found[variant])
        return found

    def _count(self, act: str, aim: float | None) -> None:
        calls = self._here.calls()
        self._calls[f"{act}, {self._name}"] = calls
        self._figures.append(Figure(self._name, f"{act}, API calls", sum(calls.values()), "", aim=aim))

    def _sizes(self, states: Mapping[str, Mapping[str, Any]], memory: float) -> None:
        peak, floor = (max(run.provider_mib for run in self._runs[variant]) for variant in ("ours", "nothing"))
        own, values = (
            (of(states["ours"]) - of(states["nothing"])) / self._size / 1024 for of in (state_bytes, _value_bytes)
        )
        self._figures += [
            Figure(
                self._name,
                "provider process, most memory",
                peak,
                "MiB",
                floor,
                "do-nothing",
                peak / floor if floor else None,
            ),
            Figure(self._name, "control plane, most memory", memory, "MiB"),
            Figure(self._name, "state a cluster beyond do-nothing", own, "KiB", aim=STATE_AIM_KIB),
            Figure(self._name, "of which inputs and outputs; the rest is Pulumi's own", values, "KiB"),
        ]


def _is_ready(row: Mapping[str, Any]) -> bool:
    """Whether a resource in the state is the wait for a wave."""
    return str(row["type"]).endswith(":FleetReady")


def _value_bytes(state: Mapping[str, Any]) -> int:
    """Size of all inputs and outputs: the state without what Pulumi keeps of a resource, as dependencies and stack traces."""
    rows = [{name: row[name] for name in ("inputs", "outputs") if name in row} for row in state["resources"]]
    return state_bytes({"resources": rows})


def _seconds(run: Run) -> float:
    return run.seconds


def _cpu(run: Run) -> float:
    return run.cpu_s
