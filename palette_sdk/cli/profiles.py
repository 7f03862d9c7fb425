"""`palette profiles`: which versions there are, what they are made of, and which clusters use them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from palette_sdk.cli import connect
from palette_sdk.cli.output import note, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.errors import PaletteError
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.tags import from_labels, tag_text
from palette_sdk.rules.versions import sort_versions
from palette_sdk.wire.profiles import ProfileSummary, TemplateSummary


def profiles(
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
    """List cluster profiles: each version, what it is made of, and the clusters that use it."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        rows = _rows(client, name)
    if as_json:
        print_json(rows)
    elif layers:
        columns = ("profile", "version", "layer", "name", "type", "pack version")
        print_table(
            columns,
            [
                (row["name"], row["version"], layer["layer"], layer["name"], layer["type"], layer["version"])
                for row in rows
                for layer in row["layers"]
            ],
        )
    else:
        print_table(
            ("profile", "version", "uid", "type", "cloud", "layers", "clusters", "tags"), [_cells(r) for r in rows]
        )
    if not rows:
        note("There are no profiles yet.")


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
