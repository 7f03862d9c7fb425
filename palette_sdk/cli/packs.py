"""`palette packs`: what layers can be made of, in which versions, for which clouds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from palette_sdk.cli import connect
from palette_sdk.cli.output import note, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.errors import PaletteError
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.wire.packs import PackMetadata


def packs(
    *,
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Only this pack, with all its versions.", show_default=False)
    ] = "",
    cloud: Annotated[
        str,
        typer.Option("--cloud", metavar="CLOUD", help="Only packs for this cloud, such as `aws`.", show_default=False),
    ] = "",
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List packs: layer, clouds, registry and latest version. With NAME, all versions of one."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        rows = _versions(client, name, cloud) if name else _latest(client, cloud)
    if as_json:
        print_json(rows)
        return
    last = "version" if name else "latest"
    print_table(
        ("pack", "layer", "clouds", "registry", last),
        [(row["name"], row["layer"], ", ".join(row["clouds"]), row["registry"], row[last]) for row in rows],
    )
    if not rows:
        note(f"There are no packs for {cloud}." if cloud else "There are no packs in sight.")
    elif not name:
        note("All versions of one: palette packs NAME")


def _latest(client: Palette, cloud: str) -> list[dict[str, Any]]:
    """One row for a pack and a registry that has it."""
    found = client.packs.search()
    known = sorted({each for row in found for each in row.spec.cloud_types} - {"all"})
    _check_cloud(cloud, known)
    return [
        {**_facts(row), "registry": registry.name, "latest": registry.latest_version}
        for row in sorted(found, key=lambda row: row.spec.name)
        for registry in row.spec.registries
        if _is_for(row, cloud)
    ]


def _versions(client: Palette, name: str, cloud: str) -> list[dict[str, Any]]:
    """One row for a version in a registry, the latest first."""
    row = client.packs.named(name)
    if row is None:
        raise PaletteError(f'there is no pack "{name}"; {did_you_mean(name, client.packs.names())}')
    if not _is_for(row, cloud):
        raise PaletteError(f'the pack "{name}" is not for {cloud}; it is for {", ".join(row.spec.cloud_types)}')
    rows = []
    for registry in row.spec.registries:
        found = client.packs.in_registry(name, registry.uid, cloud_type=cloud or "all")
        for tag in sorted(found.tags if found else [], key=lambda tag: _order(tag.version), reverse=True):
            facts = {"registry": registry.name, "version": tag.version, "moving_tags": tag.parent_tags}
            rows.append({**_facts(row), **facts})
    return rows


def _facts(row: PackMetadata) -> dict[str, Any]:
    return {"name": row.spec.name, "layer": row.spec.layer, "clouds": row.spec.cloud_types}


def _is_for(row: PackMetadata, cloud: str) -> bool:
    return not cloud or cloud in row.spec.cloud_types or "all" in row.spec.cloud_types


def _check_cloud(cloud: str, known: list[str]) -> None:
    if cloud and cloud != "all" and cloud not in known:
        raise PaletteError(f'no pack is for the cloud "{cloud}"; {did_you_mean(cloud, known)}')


def _order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers by their size; a part that is no number comes before any: 1.0-rc before 1.0.1."""
    parts = version.replace("-", ".").split(".")
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)
