"""`palette review` and `palette apply`: look at what waits for a cluster, edit it, let it come."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from palette_sdk.cli import connect, overriding, updating
from palette_sdk.cli.cluster_layers import with_layer
from palette_sdk.cli.editing import Edited, edit
from palette_sdk.cli.output import note, print_json
from palette_sdk.cli.review_model import HIDDEN, as_data, review_of, texts_of
from palette_sdk.cli.review_text import conflict_lines, print_review
from palette_sdk.cli.settling import LayerPlan, ProfilePlan
from palette_sdk.cli.updating import Pending
from palette_sdk.client import Palette
from palette_sdk.errors import ConfigError, PaletteError
from palette_sdk.merge import Content, Row

_ClusterName = Annotated[str, typer.Argument(metavar="CLUSTER", help="Name of the cluster.", show_default=False)]
_ProfileName = Annotated[str, typer.Option("--profile", metavar="NAME", help="Only this profile.")]
_Repave = Annotated[bool, typer.Option("--repave", help="Let it replace nodes, if it must.")]
SHOWN = 20
"""Changed places of one layer that are listed before it is asked."""


def review(
    *,
    cluster: _ClusterName,
    to: Annotated[
        str, typer.Option("--to", metavar="VERSION", help="Review a move to this version of the profile.")
    ] = "",
    profile: _ProfileName = "",
    layer: Annotated[str, typer.Option("--layer", metavar="LAYER", help="Only this layer.")] = "",
    edits: Annotated[
        bool, typer.Option("--edit", help="Open the pending texts in $EDITOR, and apply what is saved there.")
    ] = False,
    repave: _Repave = False,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show content that is marked as secret.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Write it as one page that needs nothing else.", show_default=False
        ),
    ] = None,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """Show what waits for a cluster: changed layers, current and pending side by side, overrides and conflicts."""
    if edits and (as_json or html):
        raise typer.BadParameter("--edit goes with neither --json nor --html")
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        pending = updating.gather(client, cluster, profile=profile, to=to, stack=stack, writes=edits)
        note(pending.told)
        if layer:
            _check_layer(pending, layer)
        if edits:
            _edit(client, pending, layer, show_secrets=show_secrets, repave=repave)
            return
    shown = review_of(
        pending.cluster, pending.plans, policy=pending.policy, to=to, layer=layer, show_secrets=show_secrets
    )
    if html is not None:
        from palette_sdk.cli.review_html import page

        try:
            html.write_text(page(shown), encoding="utf-8")
        except OSError as e:
            raise ConfigError(f"{html} can't be written: {e.strerror}; name another file with --html") from None
        note(f"written to {html}")
    if as_json:
        print_json(as_data(shown))
    elif html is None:
        print_review(shown)


def apply(
    *,
    cluster: _ClusterName,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            metavar="POLICY",
            help="What happens to overrides made on the cluster: merge, keep, drop or fail. Default: the stack's, else merge.",
        ),
    ] = "",
    profile: _ProfileName = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    repave: _Repave = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """Apply the update that waits for a cluster. An override that it would run over stops it, as the policy says."""
    if policy and policy not in updating.POLICIES:
        raise typer.BadParameter(f"--policy is one of {', '.join(updating.POLICIES)}, not {policy!r}")
    wanted = policy or None
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        pending = updating.gather(client, cluster, profile=profile, policy=wanted, stack=stack, writes=True)
        note(pending.told)
        plans = [plan for plan in pending.plans if pending.is_update(plan)]
        if not plans:
            note(f'no update waits for "{cluster}"; nothing was sent')
            return
        _refuse_conflicts(pending, plans)
        for line in _lines(pending, plans):
            typer.echo(line)
        if not yes and not _confirmed(cluster):
            note("nothing was sent")
            raise typer.Exit(1)
        updating.send(client, pending, plans, repave=repave)
    _say_sent(pending)


def _say_sent(pending: Pending) -> None:
    note(f"sent; how it goes on: palette clusters {pending.cluster.name}")
    if pending.has_program:
        note("  then let its program know: pulumi refresh")


def _confirmed(cluster: str) -> bool:
    if not sys.stdin.isatty():
        raise ConfigError("nobody can be asked here; nothing was sent. To apply it without a question: --yes")
    return typer.confirm(f'Apply this to "{cluster}"?', err=True)


def _refuse_conflicts(pending: Pending, plans: Sequence[ProfilePlan]) -> None:
    if not updating.stopped(plans):
        return
    shown = review_of(pending.cluster, plans, policy=pending.policy, to=pending.to)
    told = [
        "\n".join(line.removeprefix("   ") for line in conflict_lines(shown, profile, layer, mark))
        for profile, layer in shown.layers
        for mark in layer.conflicts
    ]
    if any(not layer.base_known for _, layer in shown.layers):
        told.append(
            "what was applied last isn't known here, so each difference counts; a stack may know it: --stack NAME"
        )
    raise PaletteError("\n".join([*told, f"nothing was sent; see it all: palette review {pending.cluster.name}"]))


def _lines(pending: Pending, plans: Sequence[ProfilePlan]) -> list[str]:
    """What would be sent, place by place."""
    lines = []
    for plan in plans:
        for each in plan.layers:
            lines += [f"{pending.cluster.name}: {each.name} {text}" for text in _layer_lines(each)]
    return lines


def _layer_lines(plan: LayerPlan) -> list[str]:
    if plan.running is None:
        return ["is new"]
    if plan.incoming is None:
        return ["goes, and its override with it" if plan.overridden else "goes"]
    rows = [str(row) for row in overriding.changes(plan.running.content, plan.pending)]
    if plan.secret:
        rows = [f"{len(rows)} places change {HIDDEN}"] if rows else []
    if plan.running.version != plan.incoming.version:
        rows.insert(0, f"version {plan.running.version or '-'} -> {plan.incoming.version or '-'}")
    if len(rows) > SHOWN:
        rows = [*rows[:SHOWN], f"and {len(rows) - SHOWN} places more"]
    if plan.settled is not None and not plan.secret:
        rows += [f"{_told(row)} stays" for row in plan.settled.kept]
        rows += [f"{_told(row)} is dropped" for row in plan.settled.dropped]
        rows += [f"{_told(row)} has no place any more" for row in plan.settled.orphaned]
    return rows


def _told(row: Row) -> str:
    where = " ".join(part for part in (row.resource, row.path) if part)
    profile = f"{row.shown_base} -> {row.shown_incoming}" if row.base_known else f"has {row.shown_incoming}"
    return f"{where} override {row.shown_override} (profile {profile})"


# -- editing -----------------------------------------------------------------------------------------------------------


def _check_layer(pending: Pending, layer: str) -> None:
    if not any(layer == each.name for plan in pending.plans for each in plan.layers):
        with_layer(pending.cluster, layer, "")


def _edit(client: Palette, pending: Pending, layer: str, *, show_secrets: bool, repave: bool) -> None:
    texts: dict[str, tuple[ProfilePlan, LayerPlan, str, str]] = {}
    for plan in pending.plans:
        for each in plan.layers:
            if each.incoming is None or layer not in ("", each.name) or (each.secret and not show_secrets):
                continue
            for name, text in texts_of(each, everything=bool(layer)):
                texts[f"{pending.cluster.name}.{plan.running.name}.{each.name}.{name}"] = (plan, each, name, text)
    if not texts:
        raise PaletteError(f'nothing differs on "{pending.cluster.name}"; to edit a layer all the same: --layer LAYER')
    edited = edit({key: text for key, (_, _, _, text) in texts.items()}, os.environ)
    changed = {key: text for key, text in edited.texts.items() if text != texts[key][3]}
    if not changed:
        edited.discard()
        note(
            "nothing was changed there, so nothing was sent; to apply it as it is: palette apply "
            + pending.cluster.name
        )
        return
    try:
        plans = _with_edits(pending, texts, changed)
        _refuse_conflicts(pending, plans)
        for line in _lines(pending, plans):
            typer.echo(line)
        updating.send(client, pending, plans, repave=repave)
    except PaletteError as e:
        raise _kept(e, edited) from None
    edited.discard()
    _say_sent(pending)


def _with_edits(
    pending: Pending, texts: dict[str, tuple[ProfilePlan, LayerPlan, str, str]], changed: dict[str, str]
) -> list[ProfilePlan]:
    contents: dict[tuple[str, str], Content] = {}
    for key, text in changed.items():
        plan, each, name, _ = texts[key]
        place = (plan.running.uid, each.name)
        before = contents.get(place, each.pending)
        after = (
            Content(values=text, manifests=dict(before.manifests))
            if name == "values"
            else Content(values=before.values, manifests={**before.manifests, name: text})
        )
        if each.incoming is not None:
            overriding.check(each.incoming, after, secret=each.secret)
        contents[place] = after
    plans = updating.with_texts(pending.plans, contents)
    touched = {uid for uid, _ in contents}
    return [plan for plan in plans if plan.running.uid in touched]


def _kept(error: PaletteError, edited: Edited) -> PaletteError:
    """Nobody wants to type it again."""
    return PaletteError(f"{error}\n  what you wrote is kept in {edited.folder}")
