"""Settings of a cluster that are neither profiles nor pools: time zone, patching, location, namespaces, roles, agent upgrades."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane import bodies_clusters as bodies
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import templates_followers as followers
from palette_sdk.controlplane.services.templates_launch import is_zone
from palette_sdk.controlplane.simulation.timing import derived_uid
from palette_sdk.wire.clusters import TimezoneUpdate

Body = dict[str, Any]

UPGRADE_LOCK = "spectroComponentsUpgradeForbidden"
"""The annotation that tells that agents aren't upgraded."""
_SCOPE_LOCK = "cluster-upgrade-settings"
_TIMEOUT = "controlPlaneHealthCheckTimeout"


def timezone(call: Call) -> None:
    """An IANA time zone."""
    name = call.read(TimezoneUpdate).timezone
    if not is_zone(name):
        raise assumptions.INVALID_BODY.refusal(
            f"timezone {name!r} is no IANA time zone", fields=[{"field": "timezone"}]
        )
    doc = documents.changeable(call, call.path["uid"])
    doc["clusterConfig"]["timezone"] = name
    followers.settings_changed(call.tx, doc, call.now)
    _save(call, doc)


def os_patch(call: Call) -> None:
    """When the operating system is patched."""
    doc = documents.changeable(call, call.path["uid"])
    config = dict(doc["clusterConfig"].get("machineManagementConfig") or {})
    doc["clusterConfig"]["machineManagementConfig"] = {
        **config,
        "osPatchConfig": call.shaped(bodies.OsPatch).get("osPatchConfig") or {},
    }
    _save(call, doc)


def setting(field: str, model: type[BaseModel]) -> Callable[[Call], None]:
    """The handler for a setting that is kept as it comes."""

    def handler(call: Call) -> None:
        _set(call, field, call.shaped(model).get(field))

    return handler


def location(call: Call) -> None:
    """Where the cluster is."""
    doc = documents.changeable(call, call.path["uid"])
    doc["location"] = call.shaped(bodies.Location).get("location") or {}
    _save(call, doc)


def set_upgrade(call: Call) -> None:
    """Lock or unlock upgrades of the agent of one cluster."""
    doc = documents.changeable(call, call.path["uid"])
    _lock(call, doc, is_locked=_wanted_lock(call))


def set_upgrades(call: Call) -> None:
    """Lock or unlock upgrades of all clusters in sight, and of new ones' default."""
    is_locked = _wanted_lock(call)
    call.tx.meta_set(f"{_SCOPE_LOCK}/{call.project}", is_locked)
    for doc in call.tx.find(kinds.CLUSTER, project=call.project):
        if doc["state"] != "Deleting":
            _lock(call, doc, is_locked=is_locked)


def get_upgrades(call: Call) -> Body:
    """The default of the scope."""
    return {"spectroComponents": "lock" if call.tx.meta_get(f"{_SCOPE_LOCK}/{call.project}", False) else "unlock"}


def get_resources(field: str) -> Callable[[Call], Body]:
    """The handler that lists managed namespaces or roles."""

    def handler(call: Call) -> Body:
        doc = documents.cluster_of(call, call.path["uid"])
        return {"items": [_resource(doc, field, each) for each in doc[field]]}

    return handler


def put_resources(field: str, model: type[BaseModel]) -> Callable[[Call], None]:
    """The handler that makes these the managed namespaces or roles."""

    def handler(call: Call) -> None:
        doc = documents.changeable(call, call.path["uid"])
        doc[field] = list(call.shaped(model).get(field) or [])
        _save(call, doc)

    return handler


def get_resource(field: str, parameter: str) -> Callable[[Call], Body]:
    """The handler for one namespace or role."""

    def handler(call: Call) -> Body:
        doc = documents.cluster_of(call, call.path["uid"])
        return _resource(doc, field, doc[field][_place(doc, field, call.path[parameter])])

    return handler


def put_resource(field: str, parameter: str, model: type[BaseModel]) -> Callable[[Call], None]:
    """The handler that changes one namespace or role."""

    def handler(call: Call) -> None:
        doc = documents.changeable(call, call.path["uid"])
        doc[field][_place(doc, field, call.path[parameter])] = call.shaped(model)
        _save(call, doc)

    return handler


def _resource(doc: Body, field: str, entry: Body) -> Body:
    metadata = entry.get("metadata") or {}
    uid = _uid(doc, field, entry)
    at = doc["metadata"]["lastModifiedTimestamp"]
    return {
        "metadata": {**metadata, "uid": uid, "creationTimestamp": at, "lastModifiedTimestamp": at},
        "spec": entry.get("spec") or {},
        "status": {"errors": []},
    }


def _place(doc: Body, field: str, uid: str) -> int:
    for index, entry in enumerate(doc[field]):
        if _uid(doc, field, entry) == uid:
            return index
    raise not_found(field.removesuffix("s"), uid)


def _uid(doc: Body, field: str, entry: Body) -> str:
    metadata = entry.get("metadata") or {}
    return str(metadata.get("uid") or derived_uid(field, doc["metadata"]["uid"], str(metadata.get("name", ""))))


def _wanted_lock(call: Call) -> bool:
    return call.read(bodies.UpgradeSetting).spectro_components == "lock"


def _lock(call: Call, doc: Body, *, is_locked: bool) -> None:
    annotations = {key: value for key, value in doc["metadata"].get("annotations", {}).items() if key != UPGRADE_LOCK}
    doc["metadata"]["annotations"] = annotations | ({UPGRADE_LOCK: "true"} if is_locked else {})
    _save(call, doc)


def _set(call: Call, field: str, value: Any) -> None:
    doc = documents.changeable(call, call.path["uid"])
    doc["clusterConfig"] = {
        key: each for key, each in {**doc["clusterConfig"], field: value}.items() if each is not None
    }
    _save(call, doc)


def _save(call: Call, doc: Body) -> None:
    doc["metadata"]["lastModifiedTimestamp"] = call.stamp
    documents.save(call.tx, doc)


_CLUSTER = "/v1/spectroclusters/{uid}"
_CONFIG = f"{_CLUSTER}/clusterConfig"
ROUTES: tuple[RouteRow, ...] = (
    ("PATCH", f"{_CONFIG}/timezone", timezone, 204),
    ("PATCH", f"{_CONFIG}/osPatch", os_patch, 204),
    ("PATCH", f"{_CONFIG}/lifecycleConfig", setting("lifecycleConfig", bodies.Lifecycle), 204),
    ("PATCH", f"{_CONFIG}/hostCluster", setting("hostClusterConfig", bodies.HostCluster), 204),
    ("PATCH", f"{_CONFIG}/clusterMetaAttribute", setting("clusterMetaAttribute", bodies.MetaAttribute), 204),
    ("PATCH", f"{_CONFIG}/controlPlaneHealthCheckTimeout", setting(_TIMEOUT, bodies.HealthCheckTimeout), 204),
    ("PUT", f"{_CLUSTER}/location", location, 204),
    ("POST", f"{_CLUSTER}/upgrade/settings", set_upgrade, 204),
    ("POST", "/v1/spectroclusters/upgrade/settings", set_upgrades, 204),
    ("GET", "/v1/spectroclusters/upgrade/settings", get_upgrades, 200),
    ("GET", f"{_CLUSTER}/config/namespaces", get_resources("namespaces"), 200),
    ("PUT", f"{_CLUSTER}/config/namespaces", put_resources("namespaces", bodies.Namespaces), 204),
    ("GET", f"{_CLUSTER}/config/namespaces/{{namespaceUid}}", get_resource("namespaces", "namespaceUid"), 200),
    (
        "PUT",
        f"{_CLUSTER}/config/namespaces/{{namespaceUid}}",
        put_resource("namespaces", "namespaceUid", bodies.Resource),
        204,
    ),
    ("GET", f"{_CLUSTER}/config/rbacs", get_resources("rbacs"), 200),
    ("PUT", f"{_CLUSTER}/config/rbacs", put_resources("rbacs", bodies.Roles), 204),
    ("GET", f"{_CLUSTER}/config/rbacs/{{rbacUid}}", get_resource("rbacs", "rbacUid"), 200),
    ("PUT", f"{_CLUSTER}/config/rbacs/{{rbacUid}}", put_resource("rbacs", "rbacUid", bodies.Role), 204),
)
