"""`palette orphans`: what Palette put on a cluster and no layer names any more, and scaling it to 0."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from palette_sdk.cli import connect
from palette_sdk.cli.cluster_layers import named
from palette_sdk.cli.output import note, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.errors import ConfigError
from palette_sdk.leftovers.model import Leftovers, Orphan
from palette_sdk.leftovers.reading import OpenCluster, open_cluster, read_leftovers
from palette_sdk.leftovers.scaling import Scaled, scale_to_zero

_LEFT_ALONE = frozenset({"changed", "managed", "refused"})
_COLUMNS = ("namespace", "kind", "name", "replicas", "made by", "layer", "since", "changed", "managed by")


def orphans(
    *,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name of the cluster.", show_default=False)],
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", metavar="NAME", help="Only what is in this namespace.")
    ] = "",
    zero: Annotated[
        bool,
        typer.Option("--scale-to-zero", help="Scale those with replicas to 0, but for what someone else manages."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    admin: Annotated[
        bool, typer.Option("--admin", help="Use the administrator's kubeconfig, not the one for people.")
    ] = False,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List what runs on a cluster although no layer names it any more; Palette deletes nothing. With an option, scale it to 0."""
    if yes and not zero:
        raise typer.BadParameter("--yes goes with --scale-to-zero")
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        opened = open_cluster(client, named(client, cluster).metadata.uid, admin=admin)
        try:
            found = read_leftovers(client, opened)
            shown = _inside(found.orphans, namespace)
            if not as_json:
                _print(cluster, found, shown, namespace)
            done = _zeroed(client, opened, shown, yes=yes, quiet=as_json) if zero else None
        finally:
            opened.api.close()
    if as_json:
        print_json(_data(found, shown, namespace, done))
    if any(each.outcome in _LEFT_ALONE for each in done or ()):
        raise typer.Exit(1)


def _inside(found: Sequence[Orphan], namespace: str) -> list[Orphan]:
    return [
        each
        for each in found
        if namespace in ("", each.namespace) or (each.kind == "Namespace" and each.name == namespace)
    ]


def _print(cluster: str, found: Leftovers, shown: Sequence[Orphan], namespace: str) -> None:
    if shown:
        print_table(_COLUMNS, [_cells(each) for each in shown])
    for text in found.notes:
        note(f"note: {text}")
    for each in _inside(found.asleep, namespace):
        note(
            f"note: {each.label} is named by a layer again, and at 0 since it was scaled from here; Palette leaves it there.\n"
            f"  bring it back: kubectl scale {each.kind.lower()} {each.name} -n {each.namespace} --replicas=N"
        )
    if not shown:
        where = f" in {namespace}" if namespace else ""
        note(
            f'No orphans{where}: all that Palette put on "{cluster}" is named by a layer.'
            if not found.notes
            else f"No orphans are known{where}."
        )


def _cells(each: Orphan) -> tuple[str, ...]:
    return (
        each.namespace or "-",
        each.kind,
        each.name,
        "-" if each.replicas is None else str(each.replicas),
        each.manager,
        each.layer or "-",
        each.since or "-",
        each.changed or "-",
        ", ".join(each.managed_by) or "-",
    )


def _zeroed(client: Palette, opened: OpenCluster, shown: Sequence[Orphan], *, yes: bool, quiet: bool) -> list[Scaled]:
    wanted = [each for each in shown if each.can_scale and each.replicas]
    for each in shown:
        if each.replicas and each.managed_by:
            note(f"{each.label}: managed by {', '.join(each.managed_by)}, so left alone")
    if not wanted:
        note("nothing to scale")
        return []
    if not yes:
        _confirm(opened.name, wanted)
        # Time went by: only what is an orphan still is scaled.
        still = {each.uid for each in read_leftovers(client, opened).orphans}
    else:
        still = {each.uid for each in wanted}
    done = []
    for each in wanted:
        row = (
            scale_to_zero(opened.api, each)
            if each.uid in still
            else Scaled(each, "changed", f"{each.label}: no orphan any more, so left alone")
        )
        done.append(row)
        if quiet:
            note(row.text)
        else:
            typer.echo(row.text)
    return done


def _confirm(cluster: str, wanted: Sequence[Orphan]) -> None:
    if not sys.stdin.isatty():
        raise ConfigError("nobody can be asked here; nothing was scaled. To do it without a question: --yes")
    note("To be scaled to 0:")
    for each in wanted:
        note(f"  {each.label} (now {each.replicas})")
    if not typer.confirm(f'Scale {"these" if len(wanted) > 1 else "this"} on "{cluster}" to 0?', err=True):
        note("nothing was scaled")
        raise typer.Exit(1)


def _data(found: Leftovers, shown: Sequence[Orphan], namespace: str, done: Sequence[Scaled] | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "orphans": [_row(each) for each in shown],
        "undecided": [_row(each) for each in _inside(found.undecided, namespace)],
        "asleep": [_row(each) for each in _inside(found.asleep, namespace)],
        "notes": list(found.notes),
    }
    if done is not None:
        data["scaled"] = [{"object": each.orphan.label, "outcome": each.outcome, "text": each.text} for each in done]
    return data


def _row(each: Orphan) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "name": each.name,
        "namespace": each.namespace,
        "api_version": each.api_version,
        "manager": each.manager,
        "layer": each.layer,
        "since": each.since,
        "changed": each.changed,
        "replicas": each.replicas,
        "managed_by": list(each.managed_by),
        "scaled_here": each.scaled_here,
        "uid": each.uid,
    }
