"""`palette override`: change one layer on one cluster only, or see what is overridden there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from palette_sdk.cli import cluster_layers, connect, overriding, updating
from palette_sdk.cli.cluster_layers import LiveCluster, Overridden, Version
from palette_sdk.cli.output import note, print_json, print_table
from palette_sdk.cli.review_model import HIDDEN
from palette_sdk.cli.stack_state import StackFacts
from palette_sdk.client import Palette
from palette_sdk.content.document import looks_templated
from palette_sdk.errors import InputError, PaletteError
from palette_sdk.merge import Content, Declared


@dataclass(frozen=True)
class _Edit:
    """What the options say about one layer."""

    rows: tuple[Declared, ...]
    text: str | None
    manifest: str
    reset: bool
    repave: bool


def override(
    *,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name of the cluster.", show_default=False)],
    layer: Annotated[
        str, typer.Argument(metavar="[LAYER]", help="Layer to change, or to look at.", show_default=False)
    ] = "",
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Put a value there, such as `/ui/replicas=1`; the value is YAML. May be repeated.",
            show_default=False,
        ),
    ] = None,
    removal: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="PATH", help="Take out what stands there. May be repeated."),
    ] = None,
    resource: Annotated[
        str, typer.Option("--resource", metavar="KIND/NAME", help="Object of a manifest that the paths are in.")
    ] = "",
    manifest: Annotated[
        str, typer.Option("--manifest", metavar="NAME", help="Manifest that is meant, where a layer has several.")
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="Take the whole text from this file; - is stdin.", show_default=False
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="Profile that has the layer, where several do.")
    ] = "",
    reset: Annotated[bool, typer.Option("--reset", help="Give the layer back to its profile.")] = False,
    repave: Annotated[bool, typer.Option("--repave", help="Let it replace nodes, if it must.")] = False,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """Change one layer on one cluster only. Without a change, list what is overridden there."""
    edit = _edit(setting or [], removal or [], resource, manifest, file, reset=reset, repave=repave)
    if edit is not None and not layer:
        raise typer.BadParameter("say which LAYER to change")
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        live = cluster_layers.read_cluster(client, cluster)
        facts, _ = updating.known_to_stack(stack, live)
        if edit is None:
            _show(_listed(client, live, facts, profile, layer), as_json=as_json, cluster=cluster)
            return
        overriding.refuse_follower(client, live)
        attached = cluster_layers.with_layer(live, layer, profile)
        answer = _change(client, live, attached, layer, edit, secret=_is_secret(facts, attached.name, layer))
    if as_json:
        print_json(answer)
        return
    for each in answer["changes"]:
        typer.echo(each["text"])
    if answer["changed"]:
        where = f"{cluster} {layer}" + (f" --profile {attached.name}" if _is_shared(live, layer) else "")
        note(
            f'"{cluster}" only; the profile and other clusters stay. '
            f"Give the whole layer back to its profile: palette override {where} --reset"
            if not reset
            else f'"{cluster}" has {layer} as its profile has it'
        )
    else:
        note(f"{layer} is like that already; nothing was sent")


def _is_shared(live: cluster_layers.LiveCluster, layer: str) -> bool:
    """Whether the layer's name alone doesn't say which profile is meant."""
    return sum(layer in each.layers for each in live.profiles) > 1


# -- options -----------------------------------------------------------------------------------------------------------


def _edit(
    settings: Sequence[str],
    removals: Sequence[str],
    resource: str,
    manifest: str,
    file: Path | None,
    *,
    reset: bool,
    repave: bool,
) -> _Edit | None:
    given = [
        name
        for name, there in (("--set/--remove", settings or removals), ("--file", file), ("--reset", reset))
        if there
    ]
    if len(given) > 1:
        raise typer.BadParameter(f"{' and '.join(given)} can't go together")
    if (resource or manifest) and not given:
        raise typer.BadParameter(
            "--resource and --manifest say where to change something; give --set, --remove or --file"
        )
    if resource and not (settings or removals):
        raise typer.BadParameter("--resource goes with --set and --remove; with --file name the --manifest")
    if reset and manifest:
        raise typer.BadParameter("--reset gives back the whole layer; leave out --manifest")
    if not given:
        return None
    rows = [Declared(path, resource, manifest, value=value) for path, value in map(_setting, settings)]
    rows += [Declared(path, resource, manifest, remove=True) for path in removals]
    return _Edit(tuple(rows), None if file is None else _read(file), manifest, reset, repave)


def _setting(text: str) -> tuple[str, object]:
    """Split `PATH=VALUE` at the first = outside brackets; the value is YAML, or text where it holds templating."""
    depth = 0
    for index, character in enumerate(text):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "=" and depth == 0 and index:
            path, written = text[:index], text[index + 1 :]
            if looks_templated(written):
                return path, written
            try:
                return path, yaml.safe_load(written) if written else ""
            except yaml.YAMLError:
                raise typer.BadParameter(
                    f"the value of --set {path} is no YAML; quote a text: {path}='\"...\"'"
                ) from None
    raise typer.BadParameter(f"--set {text}: write PATH=VALUE, such as /ui/replicas=1")


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as e:
        raise PaletteError(f"{file} can't be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise PaletteError(f"{file} is no text in UTF-8") from None


# -- changing ----------------------------------------------------------------------------------------------------------


def _change(
    client: Palette, live: LiveCluster, profile: Version, name: str, edit: _Edit, *, secret: bool
) -> dict[str, Any]:
    layer, overrides = profile.layers[name], cluster_layers.overridden(client, live, profile)
    if edit.reset:
        after = _reset(client, live, profile, name, overrides, repave=edit.repave)
    else:
        after = _after(layer, edit, secret=secret)
        overriding.check(layer, after, secret=secret)
        if after != layer.content:
            overriding.write(client, live, profile, layer, after, overrides=overrides, repave=edit.repave)
    rows = [each.hidden() if secret else each for each in overriding.changes(layer.content, after)]
    return {
        "cluster": live.name,
        "profile": profile.name,
        "layer": name,
        "changed": after != layer.content,
        "changes": [
            {
                "manifest": row.manifest,
                "resource": row.change.resource,
                "path": row.change.path,
                "old": row.change.old,
                "new": row.change.new,
                "text": f"{live.name}: {name} {row}",
            }
            for row in rows
        ],
    }


def _after(layer: cluster_layers.Layer, edit: _Edit, *, secret: bool) -> Content:
    if edit.text is not None:
        return overriding.with_text(layer, edit.text, edit.manifest)
    rows = [_placed(layer, row) for row in edit.rows]
    settled = overriding.edited(layer, rows)
    for row in settled.added:
        near = f"; nearest: {row.reason}" if row.reason and not secret else ""
        note(f"{layer.name} has no {row.path}{near}. It is added.")
    return settled.content


def _placed(layer: cluster_layers.Layer, row: Declared) -> Declared:
    """The row with its object, where a layer of manifests has only one to choose from."""
    if row.resource or layer.type != "manifest":
        return row
    manifest = overriding.manifest_of(layer, row.manifest)
    objects = overriding.objects_of(layer.content.manifests.get(manifest, ""))
    if len(objects) != 1:
        named = "   or: ".join(f"--resource {each}" for each in objects)
        raise InputError(f'"{manifest}" has {len(objects)} objects; say which one the path is in: {named}')
    return Declared(row.path, resource=objects[0], manifest=manifest, value=row.value, remove=row.remove)


def _reset(
    client: Palette, live: LiveCluster, profile: Version, name: str, overrides: dict[str, Overridden], *, repave: bool
) -> Content:
    layer = profile.layers[name]
    if name not in overrides:
        return layer.content
    original = cluster_layers.published(client, profile.uid).layers.get(name)
    if original is None:
        raise PaletteError(
            f"{profile.name} {profile.version} has no layer {name} any more; see: palette review {live.name}"
        )
    overriding.reset(client, live, profile, layer, original.content, overrides=overrides, repave=repave)
    return original.content


# -- listing -----------------------------------------------------------------------------------------------------------


def _listed(
    client: Palette, live: LiveCluster, facts: StackFacts | None, profile_name: str, layer_name: str
) -> list[dict[str, Any]]:
    """One row a changed place; one for the whole text where what was applied isn't known."""
    if layer_name:
        cluster_layers.with_layer(live, layer_name, profile_name)
    rows: list[dict[str, Any]] = []
    for profile in cluster_layers.chosen(live, profile_name):
        found = cluster_layers.overridden(client, live, profile)
        wanted = {name: what for name, what in found.items() if layer_name in ("", name)}
        # As long as no edit of it waits, the published version is what was applied.
        known = wanted and profile.uid not in live.pending
        base = cluster_layers.published(client, profile.uid).layers if known else {}
        for name, what in wanted.items():
            applied = facts.layers.get((profile.name, name)) if facts else None
            original = base[name].content if name in base else applied.content if applied else None
            found_rows = _rows(profile, name, what, original)
            rows += _masked(found_rows) if _is_secret(facts, profile.name, name) else found_rows
    return rows


def _rows(profile: Version, name: str, what: Overridden, original: Content | None) -> list[dict[str, Any]]:
    start = {"profile": profile.name, "layer": name}
    texts = [*(["values"] if what.values else []), *what.manifests]
    if original is None:
        nothing = {"resource": "", "path": "", "profile_value": None, "cluster_value": None}
        return [{**start, "text": each, **nothing} for each in texts]
    return [
        {
            **start,
            "text": text,
            "resource": row.resource,
            "path": row.path,
            "profile_value": row.shown_base,
            "cluster_value": row.shown_override,
        }
        for text, row in overriding.differences(original, profile.layers[name].content)
    ]


def _masked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "path": "", "profile_value": HIDDEN, "cluster_value": HIDDEN} for row in rows]


def _is_secret(facts: StackFacts | None, profile: str, layer: str) -> bool:
    return facts is not None and facts.is_secret(profile, layer)


def _show(rows: list[dict[str, Any]], *, as_json: bool, cluster: str) -> None:
    if as_json:
        print_json(rows)
        return
    print_table(
        ("profile", "layer", "text", "place", "profile has", "cluster has"),
        [
            (
                row["profile"],
                row["layer"],
                row["text"],
                " ".join(part for part in (row["resource"], row["path"]) if part) or "(whole text)",
                "?" if row["profile_value"] is None else row["profile_value"],
                "?" if row["cluster_value"] is None else row["cluster_value"],
            )
            for row in rows
        ],
    )
    if not rows:
        note(f'Nothing is overridden on "{cluster}".')
    elif any(row["profile_value"] is None for row in rows):
        note(
            f"Places can't be told while an update waits: Palette keeps no former content. See: palette review {cluster}"
        )
