"""`palette workloads`: what runs on a cluster, as Palette tells it: deployments and the like, pods, services with an address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from palette_sdk.cli import connect
from palette_sdk.cli.cluster_layers import named
from palette_sdk.cli.output import note, print_facts, print_json, print_table
from palette_sdk.client import Palette
from palette_sdk.client.clusters import GONE, NOT_UP, state_of
from palette_sdk.errors import NotFoundError, PaletteError
from palette_sdk.rules.nearest import nearest
from palette_sdk.wire.cluster_state import Cluster, Metric, Overview
from palette_sdk.wire.workloads import Pod, WorkloadMeta, WorkloadSpec

KINDS = {"deployments": "deployment", "stateful_sets": "stateful set", "daemon_sets": "daemon set"}
"""What makes pods, by its key in JSON, in the order of the table."""
UNITS = (("d", 86400), ("h", 3600), ("m", 60))


def workloads(
    *,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name of the cluster.", show_default=False)],
    namespace: Annotated[
        str,
        typer.Option("--namespace", "-n", metavar="NAME", help="Only what is in this namespace.", show_default=False),
    ] = "",
    as_json: connect.AsJson = False,
    host: connect.Host = "",
    project: connect.Project = "",
    insecure: connect.Insecure = False,
    stack: connect.Stack = "",
    data_dir: connect.DataDir = None,
) -> None:
    """Show what runs on a cluster: deployments and the like, pods, and services with their address."""
    with connect.connection(host=host, project=project, insecure=insecure, stack=stack, data_dir=data_dir) as client:
        found = found_on(client, cluster, namespace)
    if as_json:
        print_json(found)
    else:
        _print(found)


# ---- what is there ---------------------------------------------------------------------------------------------------


def found_on(client: Palette, name: str, namespace: str) -> dict[str, Any]:
    """What runs on a cluster, as `--json` prints it; of all namespaces where none is named.

    Raises:
        PaletteError: there is no such cluster or namespace, or the cluster does not run yet.
    """
    uid = named(client, name).metadata.uid
    cluster = client.clusters.get(uid)
    state = state_of(cluster)
    if cluster is None or state == GONE:
        raise NotFoundError(f'the cluster "{name}" is gone')
    if state in NOT_UP:
        raise PaletteError(
            f'"{name}" is {state}: nothing runs on it yet.\n  how far it is: palette clusters {name}',
        )
    if namespace:
        _check_namespace(name, namespace, client.clusters.namespaces(uid))
    spec = client.clusters.workloads(uid, namespaces=[namespace] if namespace else [])
    metrics = (client.clusters.overview(uid) or Overview()).status.metrics
    return {
        "cluster": name,
        "uid": uid,
        "state": state,
        "at": client.service_time(),
        "namespace": namespace,
        **replicated(spec),
        "pods": [pod_facts(each) for each in sorted(spec.pods, key=lambda pod: _place(pod.metadata))],
        "services": service_facts(cluster),
        "metrics": {
            key: metric_facts(each)
            for key, each in (("cpu", metrics.cpu), ("memory", metrics.memory))
            if is_time(each.last_updated_time)
        },
    }


def _check_namespace(cluster: str, name: str, known: list[str]) -> None:
    if name in known:
        return
    alike = nearest(name, known)
    hint = f"; nearest: {', '.join(alike)}" if alike else ""
    raise PaletteError(
        f'there is no namespace "{name}" on "{cluster}"{hint}.\n  there are: {", ".join(known) or "none"}'
    )


def replicated(spec: WorkloadSpec) -> dict[str, list[dict[str, Any]]]:
    """What makes pods, by kind: how many of them are ready, and how many are wanted."""
    counts = {
        "deployments": [
            (each.metadata, each.status.replicas.ready, each.status.replicas.total) for each in spec.deployments
        ],
        "stateful_sets": [
            (each.metadata, each.status.replicas.ready, each.status.replicas.total) for each in spec.stateful_sets
        ],
        "daemon_sets": [(each.metadata, each.status.ready, each.status.desired_scheduled) for each in spec.daemon_sets],
    }
    return {
        key: [
            {**_head(meta), "ready": ready, "wanted": wanted}
            for meta, ready, wanted in sorted(rows, key=lambda row: _place(row[0]))
        ]
        for key, rows in counts.items()
    }


def pod_facts(pod: Pod) -> dict[str, Any]:
    """A pod: where it is, and how its containers are."""
    containers = pod.status.containers
    return {
        **_head(pod.metadata),
        "phase": pod.status.phase,
        "node": pod.metadata.nodename,
        "ready": sum(each.ready for each in containers),
        "containers": max(len(pod.spec.containers), len(containers)),
        "restarts": sum(each.restart_count for each in containers),
    }


def service_facts(cluster: Cluster) -> list[dict[str, Any]]:
    """The services with an address, or that wait for one; the service does not tell their namespaces."""
    found = cluster.status.services if cluster.status else []
    return [
        {"name": each.name, "host": each.host, "ports": [port.port for port in each.ports]}
        for each in sorted(found, key=lambda service: service.name)
    ]


def metric_facts(metric: Metric) -> dict[str, Any]:
    """What was used, of how much, and when that was measured."""
    return {"usage": metric.usage, "total": metric.total, "unit": metric.unit, "snapshot_at": metric.last_updated_time}


def _head(meta: WorkloadMeta) -> dict[str, Any]:
    return {"namespace": meta.namespace, "name": meta.entity.name, "created": meta.creation_timestamp}


def _place(meta: WorkloadMeta) -> tuple[str, str]:
    return meta.namespace, meta.entity.name


# ---- for people ------------------------------------------------------------------------------------------------------


def _print(found: dict[str, Any]) -> None:
    name, namespace = found["cluster"], found["namespace"]
    if found["state"] != "Running":
        note(f'"{name}" is {found["state"]}: this is what Palette saw last.')
    makers, pods = _makers(found), _pods(found)
    services = [
        (each["name"], each["host"] or "(none yet)", ",".join(map(str, each["ports"])) or "-")
        for each in found["services"]
    ]
    _print_tables(
        (("namespace", "workload", "kind", "ready", "age"), makers),
        (("namespace", "pod", "phase", "ready", "restarts", "node", "age"), pods),
        (("service", "address", "ports"), services),
    )
    if found["metrics"]:
        typer.echo()
        print_facts([(f"{key} used", metric_text(each)) for key, each in found["metrics"].items()])
    if not makers and not pods:
        note(f'Nothing runs in namespace {namespace} of "{name}".' if namespace else f'Nothing runs on "{name}".')
    if namespace and services:
        note("Services with an address are those of all namespaces: Palette does not tell which one each is in.")


def _makers(found: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            each["namespace"],
            each["name"],
            kind,
            f"{each['ready']}/{each['wanted']}",
            age(each["created"], found["at"]),
        )
        for key, kind in KINDS.items()
        for each in found[key]
    ]


def _pods(found: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            each["namespace"],
            each["name"],
            each["phase"] or "-",
            f"{each['ready']}/{each['containers']}",
            str(each["restarts"]),
            each["node"] or "-",
            age(each["created"], found["at"]),
        )
        for each in found["pods"]
    ]


def _print_tables(*tables: tuple[Sequence[str], Sequence[Sequence[str]]]) -> None:
    for number, (columns, rows) in enumerate(table for table in tables if table[1]):
        if number:
            typer.echo()
        print_table(columns, rows)


def metric_text(metric: dict[str, Any]) -> str:
    """A metric as what it is: a snapshot, with its time."""
    usage, total, unit = metric["usage"], metric["total"], metric["unit"]
    return f"{usage:g} of {total:g} {unit}".rstrip() + f" (a snapshot of {metric['snapshot_at']})"


def age(created: str, at: str) -> str:
    """The time between two moments in its largest unit: `40s`, `5m`, `3h`, `12d`; `-` where one isn't known."""
    times = list(_moments((created, at)))
    if len(times) < 2:
        return "-"
    passed = max(int((times[1] - times[0]).total_seconds()), 0)
    return next((f"{passed // size}{unit}" for unit, size in UNITS if passed >= size), f"{passed}s")


def is_time(text: str) -> bool:
    """Whether this is a moment; the service writes one that it does not know as that of the year 1."""
    return any(_moments([text]))


def _moments(texts: Iterable[str]) -> Iterable[datetime]:
    for text in texts:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        if moment.tzinfo is not None and moment.year > 1:
            yield moment
