"""The life of clusters from outside: accept, delete, break; and what time does to them, one transaction a call."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import FORCE_DELETE_TOO_EARLY
from palette_sdk.controlplane.bodies_clusters import Policies
from palette_sdk.controlplane.call import Work, parse
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.services import clusters_backups as backups
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_profiles as profiles
from palette_sdk.controlplane.services import clusters_validation as validation
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.services import templates_followers as followers
from palette_sdk.controlplane.services import templates_launch as launch
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS
from palette_sdk.controlplane.services.clusters_validation import is_control_plane
from palette_sdk.controlplane.services.workloads import run_layers
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.controlplane.simulation import layers
from palette_sdk.controlplane.simulation.timing import derived_uid
from palette_sdk.controlplane.store import Tx
from palette_sdk.wire.clusters import ClusterCreate, PoolEntity

Doc = dict[str, Any]

FORCE_DELETE_AFTER_S = 15 * 60.0
_BATCH = 50


def create(work: Work, cloud_name: str, given: ClusterCreate) -> str:
    """Accept a new cluster; returns its uid. It has no status for some seconds.

    Raises:
        Refusal: 400 for a body, reference, profile, pool or variable that can't be accepted; 409 for a name that is taken.
    """
    cloud, spec = CLOUDS[cloud_name], given.spec
    validation.check_fields(cloud, given)
    scoping.check_name(work, kinds.CLUSTER, given.metadata.name, "cluster")
    validation.check_pools(cloud, spec.pools)
    validation.check_account(work, cloud, spec.cloud_account_uid)
    template = launch.template_of(work, cloud_name, given)
    uid = work.new_uid()
    hosts = validation.check_edge_hosts(work, spec.pools, uid) if cloud_name == "edge-native" else []
    schedule = backup_plan(work, given)
    copies = launch.copies(template, given) if template else profiles.copies_for(work, uid, spec.profiles)
    profiles.check_set(copies, cloud_name)
    doc = _document(work, cloud_name, given, uid)
    profiles.declare(work.tx, doc, copies)
    simulation.begin(doc, work.now)
    layers.declare(doc, content.wanted_layers(copies, doc["metadata"]), work.now)
    if schedule is not None:
        backups.plant(work, doc, *schedule, work.new_uid())
    doc.update(work.tx.get(kinds.PLANNED, doc["metadata"]["name"]) or {})
    work.tx.delete(kinds.PLANNED, doc["metadata"]["name"])
    name = doc["metadata"]["name"]
    work.tx.put(kinds.CLUSTER, uid, doc, project=work.project, name=name)
    work.tx.put(kinds.CLOUD_CONFIG, doc["configUid"], {"clusterUid": uid}, project=work.project, parent=uid)
    if template is not None:
        followers.join(work.tx, template, doc, copies, work.now)
    if doc["accountUid"]:
        work.tx.link(kinds.CLUSTER_ACCOUNT, uid, doc["accountUid"])
    for host in hosts:
        work.tx.link(kinds.CLUSTER_EDGE_HOST, uid, host)
    record(work.tx, doc, work.now, reason="Accepted", message="cluster was accepted")
    documents.save(work.tx, doc)
    return uid


def backup_plan(work: Work, given: ClusterCreate) -> tuple[Doc, Doc] | None:
    """The schedule of backups of a new cluster and its location, or None.

    Raises:
        Refusal: 400.
    """
    policy = parse(Policies, given.spec.policies or {}).backup_policy
    return None if policy is None else backups.checked(work, policy)


def delete(work: Work, uid: str, *, is_forced: bool) -> None:
    """Begin to delete a cluster; forced: drop its record, once it has been in Deleting long enough.

    Raises:
        Refusal: 404; 409 for a force delete that comes too early.
    """
    doc = documents.cluster_of(work, uid)
    since = doc["deletingSince"]
    if is_forced:
        if since is None or work.now - since < FORCE_DELETE_AFTER_S:
            minutes = int(FORCE_DELETE_AFTER_S // 60)
            raise FORCE_DELETE_TOO_EARLY.refusal(
                f"cluster {doc['metadata']['name']!r} can be force deleted once it has been in Deleting for {minutes} minutes"
            )
        documents.erase(work.tx, doc)
    elif since is None:
        simulation.begin_delete(doc, work.now)
        followers.leave(work.tx, uid)
        record(work.tx, doc, work.now, reason="Deleting", message="cluster is Deleting")
        documents.save(work.tx, doc)


def approve_repave(work: Work, doc: Doc) -> None:
    """Let a change that replaces nodes go on."""
    simulation.approve_repave(doc, work.now)
    uid = doc["metadata"]["uid"]
    documents.save_copies(work.tx, uid, documents.copies_of(work.tx, uid))
    documents.save(work.tx, doc)


def plan(work: Work, name: str, **facts: Any) -> None:
    """Put facts into the document of the next cluster that is created under this name, such as a fault."""
    work.tx.put(kinds.PLANNED, name, {**(work.tx.get(kinds.PLANNED, name) or {}), **facts})


def fail(work: Work, doc: Doc, *, reason: str, message: str, layer: str) -> None:
    """Break a cluster now."""
    happened = simulation.fail(doc, work.now, reason=reason, message=message, layer=layer)
    _follow(work.tx, doc, happened)


def break_down(tx: Tx, doc: Doc, at: float, *, reason: str, message: str, layer: str = "") -> None:
    """Keep a cluster that broke by itself, and what follows from it."""
    _follow(tx, doc, simulation.fail(doc, at, reason=reason, message=message, layer=layer))


def settle(tx: Tx, now: float) -> None:
    """Do what is due on all clusters; the cost follows what is due, not how many there are."""
    while True:
        rows = [row for row in tx.due(now, _BATCH) if row.kind == kinds.CLUSTER]
        if not rows:
            return
        for row in rows:
            _follow(tx, row.body, simulation.advance(row.body, now))


def record(tx: Tx, doc: Doc, at: float, *, reason: str, message: str, severity: str = "Normal") -> None:
    """Keep an event about a cluster; the caller saves the document."""
    cluster = doc["metadata"]
    doc["eventCount"] = number = doc.get("eventCount", 0) + 1
    uid = derived_uid("event", cluster["uid"], str(number))
    about = {"kind": "spectrocluster", "uid": cluster["uid"], "name": cluster["name"]}
    body = {
        "metadata": {
            "name": f"{cluster['name']}.{number}",
            "uid": uid,
            "creationTimestamp": stamp(at),
            "lastModifiedTimestamp": stamp(at),
        },
        "involvedObject": about,
        "relatedObject": about,
        "reason": reason,
        "message": message,
        "severity": severity,
        "source": {"component": "palette", "host": ""},
    }
    tx.put(kinds.EVENT, uid, body, project=doc["project"], name=uid, parent=cluster["uid"])


def _follow(tx: Tx, doc: Doc, happened: list[simulation.Happening]) -> None:
    """Do what follows from steps, and keep the cluster."""
    if any(each.kind == "deleted" for each in happened):
        documents.erase(tx, doc)
        return
    ready = [(each.target, each.at) for each in happened if each.kind == "layer"]
    if ready:
        run_layers(tx, doc, ready)
    backups.note_namespaces(tx, doc)
    if doc.get("clusterTemplate"):
        for at, reason, message in followers.follow(tx, doc, happened):
            record(tx, doc, at, reason=reason, message=message)
    for each in happened:
        if each.kind == "window":
            continue
        severity = "Error" if each.kind == "failure" or each.target == "BackupFailed" else "Normal"
        record(tx, doc, each.at, reason=_reason(each), message=each.message, severity=severity)
    documents.save(tx, doc)


def _reason(each: simulation.Happening) -> str:
    return {"layer": "LayerReady", "update": "UpdateApplied", "failure": "Failed"}.get(each.kind, each.target)


def _document(work: Work, cloud: str, given: ClusterCreate, uid: str) -> Doc:
    spec = given.spec
    settings = dict(spec.cluster_config.body()) if spec.cluster_config is not None else {}
    resources = settings.pop("resources", None) or {}
    policies = spec.policies or {}
    extra = {"fargateProfiles": spec.fargate_profiles} if spec.fargate_profiles else {}
    return {
        "metadata": scoping.new_metadata(work, given.metadata.body(), uid),
        "project": work.project,
        "cloud": cloud,
        "clusterType": spec.cluster_type or "PureManage",
        "clusterTemplate": spec.cluster_template.uid if spec.cluster_template else "",
        "accountUid": spec.cloud_account_uid,
        "configUid": work.new_uid(),
        "tokenUid": work.new_uid(),
        "cloudConfig": dict(spec.cloud_config),
        "cloudExtra": extra,
        "location": settings.pop("location", None) or {},
        "clusterConfig": settings,
        "namespaces": resources.get("namespaces") or [],
        "rbacs": resources.get("rbacs") or [],
        "backupSchedule": None,
        "backups": [],
        "restores": [],
        "scan": policies.get("scanPolicy"),
        "pools": [pool_document(pool) for pool in spec.pools],
        "profiles": [],
        "layers": [],
        "services": [],
        "steps": [],
        **({"kubernetes": {}} if work.env.has_kubernetes else {}),
    }


def pool_document(pool: PoolEntity) -> Doc:
    """A pool as it is kept: shared part, cloud's part, machines."""
    shared = pool.pool_config.body()
    shared["isControlPlane"] = is_control_plane(pool)
    managed = pool.managed_pool_config
    return {
        "pool": shared,
        "cloud": dict(pool.cloud_config),
        "managed": dict(managed) if managed else {},
        "machines": [],
    }
