"""`palette fleet`: how the clusters of a template are, and which clusters run something else than they should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from palette_sdk.cli import connect, fleet_status
from palette_sdk.cli.drift import WAITS, Drift
from palette_sdk.cli.drift_reading import drift_of
from palette_sdk.cli.fleet_status import Member, TemplateRow, TemplateStatus, Versioned
from palette_sdk.cli.output import note, print_facts, print_json, print_table
from palette_sdk.errors import NotFoundError
from palette_sdk.rules.windows import schedules_text

app = typer.Typer(
    help="Watch fleets: clusters that follow a template, and drift.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("status")
def status(
    *,
    template: Annotated[
        str, typer.Argument(metavar="[TEMPLATE]", help="Show the clusters of this one.", show_default=False)
    ] = "",
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List cluster templates. With TEMPLATE, its clusters: versions, state, next window, variables that lack a value."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        if template:
            _print_one(fleet_status.status_of(client, template), as_json=as_json)
            return
        rows = fleet_status.rows_of_all(client)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    columns = ("template", "state", "applied", "pending", "failed", "profiles", "policy", "next window")
    print_table(columns, [_template_cells(row) for row in rows])
    if not rows:
        note("There are no cluster templates yet.")


@app.command("drift")
def drift(
    *,
    clusters: Annotated[
        list[str] | None, typer.Argument(metavar="[CLUSTER]...", help="Only these clusters.", show_default=False)
    ] = None,
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="Only clusters that follow this template.")
    ] = "",
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="TAG",
            help="Only clusters with this tag (`env:prod`, `web`); may be repeated.",
            show_default=False,
        ),
    ] = None,
    overrides_only: Annotated[
        bool,
        typer.Option(
            "--overrides-only", help="Leave out what only waits: pending updates, clusters behind a template."
        ),
    ] = False,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List where clusters run something else than their template or profiles say. Exit code 2 when any does."""
    if clusters and (template or tag):
        raise typer.BadParameter("clusters are chosen by CLUSTER, or by --template and --tag")
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        found = drift_of(client, names=clusters or [], template=template, tags=tag or [], stack=stack)
    if not found.clusters and (template or tag):
        chosen = [*([f"follows {template}"] if template else []), *(f"has {each}" for each in tag or [])]
        raise NotFoundError(
            f"no cluster {' and '.join(chosen)}: nothing was compared", hint="list them: palette clusters"
        )
    note(found.told)
    rows = [row for row in found.rows if not (overrides_only and row.kind in WAITS)]
    if as_json:
        print_json([asdict(row) for row in rows])
    elif rows:
        columns = ("cluster", "kind", "profile", "layer", "place", "profile has", "cluster has")
        print_table(columns, [_drift_cells(row) for row in rows])
    counting = [row for row in rows if row.counts]
    note(_drift_text(found.clusters, counting))
    if counting:
        raise typer.Exit(2)


def _drift_cells(row: Drift) -> tuple[str, ...]:
    values = ("?" if value is None else value or "-" for value in (row.profile_value, row.cluster_value))
    return (row.cluster, row.kind, row.profile or "-", row.layer or "-", row.place, *values)


def _drift_text(clusters: int, rows: Sequence[Drift]) -> str:
    if not clusters:
        return "No cluster was looked at."
    many = f"{clusters} clusters" if clusters > 1 else "1 cluster"
    if not rows:
        return f"No drift on {many}."
    kinds = Counter(row.kind for row in rows)
    told = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
    return f"Drift on {len({row.cluster for row in rows})} of {many}: {told}."


def _template_cells(row: TemplateRow) -> tuple[str, ...]:
    counts = (row.counts.applied, row.counts.pending, row.counts.failed)
    return (row.name, row.state, *map(str, counts), _versions_text(row.profiles), _policy_text(row), _window_text(row))


def _print_one(found: TemplateStatus, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {**asdict(found.template), "windows": found.windows, "clusters": [asdict(each) for each in found.clusters]}
        )
        return
    row = found.template
    print_facts(
        [
            ("template", f"{row.name} ({row.uid})"),
            ("state", f"{row.state}: {', '.join(f'{count} {word}' for word, count in asdict(row.counts).items())}"),
            ("profiles", _versions_text(row.profiles)),
            ("policy", " ".join(part for part in (_policy_text(row), schedules_text(found.windows)) if part)),
        ]
    )
    typer.echo()
    print_table(
        ("cluster", "runs", "to", "state", "next window", "message"), [_member_cells(each) for each in found.clusters]
    )
    if not found.clusters:
        note(f'No cluster follows "{row.name}" yet.')


def _member_cells(each: Member) -> tuple[str, ...]:
    lacks = f"no value for {', '.join(map(str, each.unresolved))}" if each.unresolved else ""
    return (
        each.name,
        _versions_text(each.runs) if each.runs else "?",
        _versions_text(each.target),
        each.state,
        each.next_window.text(each.timezone) if each.next_window else "-",
        lacks or each.message or "-",
    )


def _versions_text(versions: Sequence[Versioned]) -> str:
    return ", ".join(map(str, versions)) or "-"


def _policy_text(row: TemplateRow) -> str:
    return "-" if row.policy is None else row.policy.name or row.policy.uid


def _window_text(row: TemplateRow) -> str:
    return row.next_window.text("UTC") if row.next_window else "-"
