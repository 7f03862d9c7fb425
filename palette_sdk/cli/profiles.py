"""`palette profiles`: which versions there are, what they are made of, which clusters use them; and one as a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from palette_sdk.cli import connect
from palette_sdk.cli.output import note, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.client.profiles import current
from palette_sdk.errors import ConfigError, PaletteError
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.tags import from_labels, tag_text
from palette_sdk.rules.versions import latest, sort_versions
from palette_sdk.wire.profiles import PackRef, ProfileSummary, TemplateSummary


class NamedGroup(TyperGroup):
    """A command that takes a name, with commands of its own: the first word is one of these, or the rest is the name's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Leave the name empty where a command comes first; `-- export` is the name `export`."""
        is_command = bool(args) and args[0] in self.commands
        ctx.allow_interspersed_args = not is_command
        return super().parse_args(ctx, ["", *args] if is_command else args)

    def get_params(self, ctx: Any) -> Any:
        """What stands in the usage of a command of its own: not the name."""
        return super().get_params(ctx) if ctx.command is self else []


app = typer.Typer(cls=NamedGroup, invoke_without_command=True, subcommand_metavar="| export NAME [VERSION]")


@app.callback()
def profiles(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only this profile.", show_default=False)] = "",
    layers: Annotated[bool, typer.Option("--layers", help="List the layers of each version.")] = False,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List cluster profiles: each version, what it is made of, and the clusters that use it.

    A profile that is called `export`: palette profiles -- export
    """
    if ctx.invoked_subcommand is not None:
        if name:
            raise typer.BadParameter(
                f"{ctx.invoked_subcommand} comes first: palette profiles {ctx.invoked_subcommand} NAME"
            )
        return
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        rows = _rows(client, name)
        if layers:
            _add_content(client, rows)
    if as_json:
        print_json(rows)
    elif layers:
        columns = ("profile", "version", "layer", "name", "type", "pack version", "registry", "manifests")
        print_table(columns, [_layer_cells(row, layer) for row in rows for layer in row["layers"]])
    else:
        print_table(
            ("profile", "version", "uid", "type", "cloud", "layers", "clusters", "tags"), [_cells(r) for r in rows]
        )
    if not rows:
        note("There are no profiles yet.")


@app.command()
def export(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the profile.", show_default=False)],
    version: Annotated[
        str, typer.Argument(metavar="[VERSION]", help="Its version; the latest if not given.", show_default=False)
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it there; else stdout.", show_default=False),
    ] = None,
    form: Annotated[
        Literal["json", "yaml"], typer.Option("--format", help="`json`, which can be imported again, or `yaml`.")
    ] = "json",
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """Print a version of a profile as a document, or write it to a file; palette.ImportedProfile makes one of it."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        number, uid = _version(client, name, version)
        text = client.profiles.export(uid, format=form)
        masked = [each for each in client.profiles.variables(uid) if each.is_sensitive and each.default_value]
    if not text.endswith("\n"):
        text += "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text)
        note(f"{name} {number} is written to {output}")
    if masked:
        names = ", ".join(f"{each.name} (required)" if each.required else each.name for each in masked)
        given = ", ".join(f'"{each.name}": ...' for each in masked)
        note(f"Defaults of sensitive variables are masked: {names}. On import: secrets={{{given}}}")


def _version(client: Palette, name: str, version: str) -> tuple[str, str]:
    """Number and uid of a version, the latest where none is asked for."""
    versions = client.profiles.versions(name)
    if not versions:
        known = did_you_mean(name, sorted({each.metadata.name for each in client.profiles.metadata()}))
        raise PaletteError(f'there is no profile "{name}" in sight of project {client.project}; {known}')
    number = version or str(latest(list(versions)))
    if number not in versions:
        raise PaletteError(f'profile "{name}" has no version {number}; {did_you_mean(number, versions)}')
    return number, versions[number]


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror or type(error).__name__}") from None


def _rows(client: Palette, name: str) -> list[dict[str, Any]]:
    """One row a version, by name and then by version."""
    listed = client.profiles.metadata()
    wanted = [each for each in listed if name in ("", each.metadata.name)]
    if name and not wanted:
        known = did_you_mean(name, sorted({each.metadata.name for each in listed}))
        raise PaletteError(f'there is no profile "{name}" in sight of project {client.project}; {known}')
    # The search may give one row a profile or one a version: what it leaves out is asked for one by one.
    found = {row.metadata.uid: row for row in client.profiles.search()}
    rows = []
    for each in wanted:
        uid = each.metadata.uid
        summary = found.get(uid) or client.profiles.summary(uid)
        if summary is not None:
            rows.append(_row(each.metadata.name, each.spec.version or "1.0.0", each.spec.cloud_type, summary))
    order = {version: place for place, version in enumerate(sort_versions(row["version"] for row in rows))}
    return sorted(rows, key=lambda row: (row["name"], order[row["version"]], row["uid"]))


def _row(name: str, version: str, cloud: str, summary: ProfileSummary) -> dict[str, Any]:
    spec, status = summary.spec_summary, summary.status
    template = spec.published or spec.draft or TemplateSummary()
    return {
        "name": name,
        "version": version,
        "uid": summary.metadata.uid,
        "type": template.type,
        "cloud": cloud or template.cloud_type,
        "scope": summary.metadata.annotations.get("scope", ""),
        "published": status.is_published,
        "layers": [
            {"name": pack.name, "layer": pack.layer, "type": pack.type, "version": pack.tag or pack.version}
            for pack in template.packs
        ],
        "clusters": [{"name": user.name, "uid": user.uid} for user in status.in_use_clusters],
        "tags": from_labels(summary.metadata.labels),
    }


def _add_content(client: Palette, rows: list[dict[str, Any]]) -> None:
    """The pack's own version where the layer's is a moving one, registry and manifests: a search doesn't tell them."""
    registries = {each.uid: each.name for each in client.registries.list()}
    for row in rows:
        found = client.profiles.cached(row["uid"])
        packs = {pack.name: pack for pack in current(found).packs} if found else {}
        row["layers"] = [{**layer, **_content(packs.get(layer["name"]), registries)} for layer in row["layers"]]


def _content(pack: PackRef | None, registries: Mapping[str, str]) -> dict[str, Any]:
    if pack is None:
        return {"pack_version": "", "registry": "", "manifests": []}
    registry = registries.get(pack.registry_uid, pack.registry_uid)
    manifests = [each.name for each in pack.manifests]
    return {"pack_version": pack.version or pack.tag, "registry": registry, "manifests": manifests}


def _layer_cells(row: dict[str, Any], layer: dict[str, Any]) -> tuple[str, ...]:
    version, own = layer["version"], layer["pack_version"]
    shown = f"{own} ({version})" if own not in ("", version) else version
    facts = (row["name"], row["version"], layer["layer"], layer["name"], layer["type"], shown)
    return (*facts, layer["registry"] or "-", ", ".join(layer["manifests"]) or "-")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        row["version"] + ("" if row["published"] else " (draft)"),
        row["uid"],
        row["type"],
        row["cloud"],
        str(len(row["layers"])),
        ", ".join(user["name"] for user in row["clusters"]) or "-",
        ", ".join(tag_text(key, value) for key, value in row["tags"].items()),
    )
