"""`palette policies`: the maintenance policies, their windows, and the templates that use them."""

from __future__ import annotations

from typing import Any

from palette_sdk.cli import connect
from palette_sdk.cli.fleet_status import schedules_of
from palette_sdk.cli.output import note, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.rules.windows import schedules_text


def policies(
    *,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List maintenance policies: their windows, and the cluster templates that use them."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        rows = _rows(client)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("policy", "windows", "templates"),
        [
            (row["name"], schedules_text(row["windows"]), ", ".join(each["name"] for each in row["templates"]) or "-")
            for row in rows
        ],
    )
    if not rows:
        note("There are no maintenance policies yet.")


def _rows(client: Palette) -> list[dict[str, Any]]:
    rows = []
    for each in sorted(client.policies.search(), key=lambda row: row.metadata.name):
        policy = client.policies.get(each.metadata.uid)
        if policy is not None:
            users = [{"name": user.name, "uid": user.uid} for user in each.status.in_use_cluster_templates]
            facts = {"name": each.metadata.name, "uid": each.metadata.uid}
            rows.append({**facts, "windows": schedules_of(policy), "templates": users})
    return rows
