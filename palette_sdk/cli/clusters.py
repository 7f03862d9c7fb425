"""`palette clusters` and `palette kubeconfig`: how clusters are, what waits for them, and how to get in."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from palette_sdk.cli import connect
from palette_sdk.cli.cluster_layers import named
from palette_sdk.cli.output import note, print_facts, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.errors import ConfigError, NotFoundError, PaletteError
from palette_sdk.rules.tags import from_labels, parse_tags, tag_text, to_labels
from palette_sdk.wire.cluster_state import Cluster, ClusterStatus, ClusterSummary, Health, Overview
from palette_sdk.wire.profiles import Template


def clusters(
    *,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Show this one in detail.", show_default=False)] = "",
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="TAG",
            help="Only those with this tag (`env:prod`, `web`); may be repeated.",
            show_default=False,
        ),
    ] = None,
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """List clusters: state, health, profiles with versions, whether an update waits. With NAME, one in detail."""
    if name and tag:
        raise typer.BadParameter("a cluster is asked for by NAME or by --tag, not by both")
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        if name:
            _print_detail(_detail(client, name), as_json=as_json)
            return
        rows = _rows(client, tag or [])
    if as_json:
        print_json(rows)
        return
    print_table(("cluster", "state", "health", "cloud", "profiles", "update", "tags"), [_cells(row) for row in rows])
    if not rows:
        note(f"No cluster has {' and '.join(tag)}." if tag else "There are no clusters yet.")


def kubeconfig(
    *,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name of the cluster.", show_default=False)],
    admin: Annotated[bool, typer.Option("--admin", help="The administrator's, not the one for people.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write it there, readable by you alone; else stdout.",
            show_default=False,
        ),
    ] = None,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """Print the kubeconfig of a cluster, or write it to a file."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        row = named(client, cluster)
        read = client.clusters.admin_kubeconfig if admin else client.clusters.kubeconfig
        text = read(row.metadata.uid)
    if text is None:
        raise PaletteError(
            f'"{cluster}" has no kubeconfig yet (it is {row.status.state or "just accepted"}); try again when it is Running'
        )
    if output is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        _write_private(output, text)
        note(f"written to {output}")


def _rows(client: Palette, tags: Sequence[str]) -> list[dict[str, Any]]:
    wanted = to_labels(parse_tags(tags, path="--tag"))
    found = client.clusters.tagged(wanted) if wanted else client.clusters.all()
    versions = _versions(client) if found else {}
    return [_row(each, versions) for each in sorted(found, key=lambda each: each.metadata.name)]


def _versions(client: Palette) -> dict[str, str]:
    """Version of each profile by uid: summaries of clusters don't tell it."""
    return {each.metadata.uid: each.spec.version or "1.0.0" for each in client.profiles.metadata()}


def _row(summary: ClusterSummary, versions: dict[str, str]) -> dict[str, Any]:
    spec, status = summary.spec_summary, summary.status
    return {
        "name": summary.metadata.name,
        "uid": summary.metadata.uid,
        "state": status.state,
        "health": _health(status.health),
        "cloud": spec.cloud_config.cloud_type,
        "profiles": [
            {"name": each.name, "version": versions.get(each.uid, ""), "uid": each.uid}
            for each in spec.cluster_profile_templates
        ],
        "pending_update": status.notifications.is_available,
        "tags": from_labels(summary.metadata.labels),
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        row["state"] or "-",
        row["health"] or "-",
        row["cloud"],
        _profiles_text(row["profiles"]),
        "pending" if row["pending_update"] else "-",
        _tags_text(row["tags"]),
    )


def _detail(client: Palette, name: str) -> dict[str, Any]:
    summary = named(client, name)
    uid = summary.metadata.uid
    cluster = client.clusters.get(uid)
    if cluster is None:
        raise NotFoundError(f'the cluster "{name}" is gone')
    overview = client.clusters.overview(uid) or Overview()
    status = cluster.status or ClusterStatus()
    return {
        "name": cluster.metadata.name,
        "uid": uid,
        # Right after it was accepted a cluster has no status of its own yet.
        "state": status.state or summary.status.state,
        "health": _health(overview.status.health),
        "health_reasons": _reasons(overview.status.health),
        "cloud": cluster.spec.cloud_type,
        "kubernetes_version": overview.status.kube_meta.kubernetes_version,
        "api_endpoints": [f"{each.host}:{each.port}" for each in status.api_endpoints],
        "template": _followed(client, cluster),
        "profiles": _profiles(cluster.spec.cluster_profile_templates),
        "pending_updates": _profiles(client.clusters.profile_updates(uid)),
        "layers": _layers(cluster),
        "services": [
            {"name": each.name, "host": each.host, "ports": [port.port for port in each.ports]}
            for each in status.services
        ],
        "tags": from_labels(cluster.metadata.labels),
    }


def _followed(client: Palette, cluster: Cluster) -> dict[str, str] | None:
    """The template that a cluster follows, and how far it is; None without one."""
    if cluster.spec.cluster_template is None or not cluster.spec.cluster_template.uid:
        return None
    uid = cluster.spec.cluster_template.uid
    template, record = client.templates.get(uid), client.templates.reconcile(uid, cluster.metadata.uid)
    return {
        "name": template.metadata.name if template else "",
        "uid": uid,
        "state": record.status.state if record else "",
        "message": record.status.message if record else "",
    }


def _profiles(templates: Sequence[Template]) -> list[dict[str, str]]:
    return [{"name": each.name, "version": each.profile_version or "1.0.0", "uid": each.uid} for each in templates]


def _layers(cluster: Cluster) -> list[dict[str, str]]:
    names = {each.uid: each.name for each in cluster.spec.cluster_profile_templates}
    packs = cluster.status.packs if cluster.status else []
    return [
        {
            "profile": names.get(pack.profile_uid, pack.profile_uid),
            "name": pack.name,
            "version": pack.version,
            "condition": pack.condition.type,
            "status": pack.condition.status,
            "message": pack.condition.message,
        }
        for pack in packs
    ]


def _print_detail(detail: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(detail)
        return
    follows = detail["template"]
    services = [f"{each['name']} {each['host']}:{','.join(map(str, each['ports']))}" for each in detail["services"]]
    print_facts(
        [
            ("cluster", f"{detail['name']} ({detail['uid']})"),
            ("state", ", ".join(word for word in (detail["state"], detail["health"]) if word)),
            ("why", "\n".join(detail["health_reasons"])),
            ("cloud", detail["cloud"]),
            ("kubernetes", detail["kubernetes_version"]),
            ("api", ", ".join(detail["api_endpoints"])),
            ("template", _followed_text(follows) if follows else ""),
            ("profiles", _profiles_text(detail["profiles"])),
            ("pending updates", _profiles_text(detail["pending_updates"]) if detail["pending_updates"] else "none"),
            ("services", ", ".join(services)),
            ("tags", _tags_text(detail["tags"])),
        ]
    )
    if detail["layers"]:
        typer.echo()
        columns = ("profile", "name", "version", "condition", "status", "message")
        print_table(
            ("profile", "layer", "version", "condition", "status", "message"),
            [tuple(layer[column] for column in columns) for layer in detail["layers"]],
        )


def _followed_text(follows: dict[str, str]) -> str:
    said = ": ".join(word for word in (follows["state"], follows["message"]) if word)
    return (follows["name"] or follows["uid"]) + (f" ({said})" if said else "")


def _health(health: Health | None) -> str:
    return health.state if health else ""


def _reasons(health: Health | None) -> list[str]:
    """Why a cluster isn't healthy, in the service's words."""
    if health is None or health.state.lower() == "healthy":
        return []
    return [": ".join(filter(None, [each.type, each.message])) for each in health.conditions]


def _profiles_text(profiles: Sequence[dict[str, str]]) -> str:
    return ", ".join(f"{each['name']} {each['version'] or '?'}" for each in profiles) or "-"


def _tags_text(tags: dict[str, str]) -> str:
    return ", ".join(tag_text(key, value) for key, value in tags.items())


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all, whatever was there before."""
    try:
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(fresh).replace(path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as e:
        raise ConfigError(f"{path} can't be written: {e.strerror}; name another file with --output") from None
