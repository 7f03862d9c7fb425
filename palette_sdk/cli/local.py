"""`palette local ...`: start, stop and steer the local control plane."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from palette_sdk import local as control_plane
from palette_sdk.cli.connect import AsJson, DataDir
from palette_sdk.cli.output import note, print_facts, print_json, print_table
from palette_sdk.errors import InputError, LocalError
from palette_sdk.local import Admin, LocalEndpoint
from palette_sdk.local import kubernetes as control_plane_programs
from palette_sdk.rules.durations import seconds

app = typer.Typer(
    help="Run a Palette of your own on this machine: the same API, no cloud, time as fast as you like.",
    no_args_is_help=True,
)
faults_app = typer.Typer(
    help="Make API calls fail, come late or never come, to see what clients do.", no_args_is_help=True
)
app.add_typer(faults_app, name="faults")


def _finite(value: float | None) -> float | None:
    if value is not None and not 0 <= value < math.inf:
        raise typer.BadParameter("it must be a finite number, 0 or more")
    return value


_Speed = Annotated[
    float | None,
    typer.Option(
        "--speed", metavar="X", callback=_finite, help="Seconds of its clock per second of yours.", show_default=False
    ),
]


@app.command()
def start(
    *,
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Port on loopback; 0 takes the former one, else a free one."
        ),
    ] = 0,
    data_dir: DataDir = None,
    api_key: Annotated[
        str,
        typer.Option(
            "--api-key",
            metavar="KEY",
            help="Key it shall want; better by PALETTE_LOCAL_API_KEY. If not given: as before, or a new one.",
            show_default=False,
        ),
    ] = "",
    speed: _Speed = None,
    tls: Annotated[
        bool | None,
        typer.Option(
            "--tls/--no-tls",
            help="Serve https with a self-made certificate; as before if not given.",
            show_default=False,
        ),
    ] = None,
    kubernetes: Annotated[
        bool | None,
        typer.Option(
            "--kubernetes/--simulated",
            help="Give new clusters a real Kubernetes control plane, or none; as before if not given. Its programs are "
            "taken from KUBEBUILDER_ASSETS, or built once with Go, which takes about ten minutes.",
            show_default=False,
        ),
    ] = None,
    kubernetes_limit: Annotated[
        int | None,
        typer.Option(
            "--kubernetes-limit",
            metavar="N",
            min=1,
            help="How many real control planes may run, half a GB of memory each; 4 at first.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start it, and return when it answers."""
    running = control_plane.find(data_dir)
    # One that runs is left as it is, so nothing is built for it.
    programs = (_programs() if running is None else Path(running.kubernetes or ".")) if kubernetes else kubernetes
    started = control_plane.start(
        data_dir,
        port=port,
        api_key=api_key or None,
        speed=speed,
        tls=tls,
        kubernetes=programs,
        kubernetes_limit=kubernetes_limit or 0,
    )
    endpoint = started.endpoint
    note(f"{'already running' if started.already_running else 'running'} at {endpoint.url} (process {endpoint.pid})")
    note(f"  state in {endpoint.data_dir}")
    if endpoint.kubernetes:
        note(f"  new clusters get a real Kubernetes control plane; at most {endpoint.kubernetes_limit} may run")
    if started.already_running and speed is not None:
        _say_other_speed(endpoint, speed)
    note(
        f'  use it: eval "$(palette local env{_data_dir_option(endpoint.data_dir)})"   or: pulumi config set palette:host local'
    )


@app.command()
def stop(data_dir: DataDir = None) -> None:
    """Stop it; its state stays."""
    folder = control_plane.folder_of(data_dir).path
    pid = control_plane.stop(data_dir)
    again = f"palette local start{_data_dir_option(folder)}"
    if pid is None:
        note(f"it was not running; start it: {again}")
    else:
        note(f"stopped (process {pid}); its state stays in {folder}\n  start it again: {again}")


@app.command()
def status(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Say where it runs and what its clock shows; exit code 1 when it doesn't run."""
    endpoint = control_plane.find(data_dir)
    if endpoint is None:
        if as_json:
            print_json({"running": False, "data_dir": str(control_plane.folder_of(data_dir).path)})
        raise _not_running(data_dir)
    clock = Admin(endpoint).clock()
    if as_json:
        facts = {"url": endpoint.url, "api_key": endpoint.api_key, "project": endpoint.project}
        place = {"data_dir": str(endpoint.data_dir), "pid": endpoint.pid, "ca_file": endpoint.ca_file}
        limit = {"kubernetes_limit": endpoint.kubernetes_limit if endpoint.kubernetes else 0}
        print_json({"running": True, **facts, **place, **limit, "clock": _clock(clock)})
        return
    print_facts(
        [
            ("url", endpoint.url),
            ("project", endpoint.project),
            ("data folder", str(endpoint.data_dir)),
            ("process", str(endpoint.pid)),
            ("certificate", endpoint.ca_file),
            ("clusters", f"real, {endpoint.kubernetes_limit} at most" if endpoint.kubernetes else "simulated"),
            ("clock", _clock_text(clock)),
        ]
    )


@app.command()
def env(data_dir: DataDir = None) -> None:
    """Print the lines that point a shell at it: eval "$(palette local env)". They hold its key."""
    endpoint = _endpoint(data_dir)
    typer.echo(f"export SPECTROCLOUD_HOST={shlex.quote(endpoint.url)}")
    typer.echo(f"export SPECTROCLOUD_APIKEY={shlex.quote(endpoint.api_key)}")


@app.command()
def reset(data_dir: DataDir = None) -> None:
    """Forget all its profiles, clusters, faults and counts. Address, key and clock stay."""
    Admin(_endpoint(data_dir)).reset()
    note("reset: it is as new")


@app.command()
def clock(
    *,
    speed: _Speed = None,
    advance: Annotated[
        str, typer.Option("--advance", metavar="TIME", help="Move on by so much: 90s, 30m, 4h, 2d.", show_default=False)
    ] = "",
    pause: Annotated[bool, typer.Option("--pause", help="Stand still.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show its clock, or change it: speed, stand still, go on, move on."""
    if pause and resume:
        raise typer.BadParameter("--pause and --resume can't go together")
    advance_s = None
    if advance:
        try:
            advance_s = seconds(advance, path="--advance")
        except InputError as e:
            raise typer.BadParameter(str(e)) from None
    admin = Admin(_endpoint(data_dir))
    paused = True if pause else False if resume else None
    if speed is None and paused is None and advance_s is None:
        shown = admin.clock()
    else:
        shown = admin.set_clock(speed=speed, paused=paused, advance_s=advance_s)
    if as_json:
        print_json(_clock(shown))
    else:
        typer.echo(_clock_text(shown))


@app.command()
def requests(
    as_json: AsJson = False,
    reset: Annotated[bool, typer.Option("--reset", help="Count from zero afterwards.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Count the API calls by method and route since the last reset of the counter."""
    admin = Admin(_endpoint(data_dir))
    counted = admin.requests()
    if reset:
        admin.reset_requests()
    if as_json:
        print_json(counted)
        return
    print_table(
        ("calls", "method", "route"),
        [(str(each["count"]), each["method"], each["route"]) for each in counted["items"]],
    )
    note(f"{counted['total']} calls")


@faults_app.command("add")
def add_fault(
    *,
    action: Annotated[
        str,
        typer.Argument(
            metavar="ACTION",
            help="status: answer so. delay: wait first. drop-before, drop-after: hang up without acting, or after.",
        ),
    ],
    route: Annotated[
        str,
        typer.Option("--route", metavar="GLOB", help="Routes or paths it strikes, such as `/v1/spectroclusters/*`."),
    ] = "*",
    method: Annotated[str, typer.Option("--method", metavar="M", help="Only this HTTP method.")] = "*",
    status: Annotated[
        int, typer.Option("--status", metavar="N", min=400, max=599, help="For status: the HTTP status.")
    ] = 503,
    retry_after: Annotated[
        int | None,
        typer.Option(
            "--retry-after",
            metavar="S",
            min=0,
            help="For status: seconds in the header Retry-After.",
            show_default=False,
        ),
    ] = None,
    delay_s: Annotated[
        float,
        typer.Option(
            "--seconds", metavar="S", min=0, callback=_finite, help="For delay: how long, in seconds of the wall clock."
        ),
    ] = 1.0,
    count: Annotated[
        int | None,
        typer.Option("--count", metavar="N", min=1, help="Strike so many times; else for ever.", show_default=False),
    ] = None,
    skip: Annotated[int, typer.Option("--skip", metavar="N", min=0, help="Let so many calls pass first.")] = 0,
    probability: Annotated[
        float, typer.Option("--probability", metavar="P", min=0, max=1, help="Chance for each call.")
    ] = 1.0,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Of the chance: the same one strikes the same calls.")
    ] = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Set a fault."""
    if action not in _ACTIONS:
        raise typer.BadParameter(f"ACTION is one of {', '.join(_ACTIONS)}, not {action!r}")
    spec: dict[str, Any] = {
        "action": action,
        "route": route if route.startswith(("/", "*")) else f"/{route}",
        "method": method.upper(),
        "skip": skip,
        "probability": probability,
        "seed": seed,
    }
    if action == "status":
        spec |= {"status": status, "headers": {} if retry_after is None else {"Retry-After": str(retry_after)}}
    if action == "delay":
        spec["seconds"] = delay_s
    if count is not None:
        spec["count"] = count
    fault = Admin(_endpoint(data_dir)).add_fault(spec)
    if as_json:
        print_json(fault)
    else:
        note(f"set: {fault['id']}")


@faults_app.command("list")
def list_faults(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the faults that are set, and how often they struck."""
    found = Admin(_endpoint(data_dir)).faults()
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "action", "method", "route", "count", "seen", "struck"),
        [tuple(str(each.get(key) if each.get(key) is not None else "-") for key in _FAULT_COLUMNS) for each in found],
    )


@faults_app.command("clear")
def clear_faults(
    fault_id: Annotated[str, typer.Argument(metavar="[ID]", help="Only this one.", show_default=False)] = "",
    data_dir: DataDir = None,
) -> None:
    """Take all faults away, or one."""
    admin = Admin(_endpoint(data_dir))
    if fault_id:
        admin.remove_fault(fault_id)
    else:
        admin.clear_faults()
    note("cleared")


_ACTIONS = ("status", "delay", "drop-before", "drop-after")
_FAULT_COLUMNS = ("id", "action", "method", "route", "count", "seen", "struck")


def _programs() -> Path:
    return control_plane_programs.ensure(lambda line: note(f"Kubernetes set-up: {line}"))


def _endpoint(data_dir: Path | None) -> LocalEndpoint:
    endpoint = control_plane.find(data_dir)
    if endpoint is None:
        raise _not_running(data_dir)
    return endpoint


def _not_running(data_dir: Path | None) -> LocalError:
    path = control_plane.folder_of(data_dir).path
    return LocalError(f"no local control plane runs on {path}; start it: palette local start{_data_dir_option(path)}")


def _say_other_speed(endpoint: LocalEndpoint, asked: float) -> None:
    """A clock that others rely on is not changed by who only wanted it to run."""
    runs = Admin(endpoint).clock()["speed"]
    if runs != asked:
        change = f"palette local clock --speed {asked:g}{_data_dir_option(endpoint.data_dir)}"
        note(f"  its clock stays at speed {runs:g}, not {asked:g}; change it: {change}")


def _data_dir_option(path: Path) -> str:
    return "" if path == control_plane.default_data_dir() else f" --data-dir {shlex.quote(str(path))}"


def _clock(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: facts[key] for key in ("now", "speed", "paused")}


def _clock_text(facts: dict[str, Any]) -> str:
    return f"{facts['now']}, {'paused' if facts['paused'] else 'speed ' + format(facts['speed'], 'g')}"
