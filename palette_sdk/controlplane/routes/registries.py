"""Routes of registries."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import bodies, filtering, paging
from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.seed import PUBLIC_REGISTRY
from palette_sdk.controlplane.services import registries
from palette_sdk.controlplane.store import Body


def metadata(call: Call) -> dict[str, Any]:
    """All registries of all kinds, in short."""
    return {
        "items": [
            {
                "uid": each["metadata"]["uid"],
                "name": each["metadata"]["name"],
                "kind": each["kind"],
                "scope": each["spec"]["scope"],
                "isDefault": each["metadata"]["name"] == PUBLIC_REGISTRY,
                "isPrivate": each["spec"]["isPrivate"],
            }
            for each in registries.listed(call, scope=call.query.get("scope", ""))
        ]
    }


def list_pack(call: Call) -> dict[str, Any]:
    """Registries of packs."""
    return _listed(call, "pack")


def list_helm(call: Call) -> dict[str, Any]:
    """Registries of helm charts."""
    return _listed(call, "helm")


def summary_pack(call: Call) -> dict[str, Any]:
    """Registries of packs, with how far they are synchronised."""
    return _summary(call, "pack")


def summary_helm(call: Call) -> dict[str, Any]:
    """Registries of helm charts, with how far they are synchronised."""
    return _summary(call, "helm")


def summary_oci(call: Call) -> dict[str, Any]:
    """Registries of oci artefacts; this list has no pages."""
    return {"items": [_summary_row(each) for each in registries.listed(call, "oci")]}


def create_pack(call: Call) -> dict[str, Any]:
    """Add a registry of packs."""
    return {"uid": registries.create(call, "pack", call.shaped(bodies.RegistryGiven))}


def create_helm(call: Call) -> dict[str, Any]:
    """Add a registry of helm charts."""
    return {"uid": registries.create(call, "helm", call.shaped(bodies.RegistryGiven))}


def get_pack(call: Call) -> dict[str, Any]:
    """A registry of packs."""
    return _full(registries.get(call, "pack", call.path["uid"]))


def get_helm(call: Call) -> dict[str, Any]:
    """A registry of helm charts."""
    return _full(registries.get(call, "helm", call.path["uid"]))


def get_oci(call: Call) -> dict[str, Any]:
    """A registry of oci artefacts."""
    spec = registries.get(call, "oci", call.path["uid"])["spec"]
    return {
        "auth": spec["auth"],
        "endpoint": spec["endpoint"],
        "providerType": spec.get("providerType", "helm"),
        "scope": spec["scope"],
        "type": "basic",
        "defaultRegion": "",
    }


def put_pack(call: Call) -> None:
    """Change a registry of packs."""
    registries.update(call, "pack", call.path["uid"], call.shaped(bodies.RegistryGiven))


def put_helm(call: Call) -> None:
    """Change a registry of helm charts."""
    registries.update(call, "helm", call.path["uid"], call.shaped(bodies.RegistryGiven))


def delete_pack(call: Call) -> None:
    """Remove a registry of packs."""
    registries.delete(call, "pack", call.path["uid"])


def delete_helm(call: Call) -> None:
    """Remove a registry of helm charts."""
    registries.delete(call, "helm", call.path["uid"])


def sync_pack(call: Call) -> None:
    """Ask for a synchronisation: there is nothing to wait for."""
    registries.get(call, "pack", call.path["uid"])


def sync_helm(call: Call) -> None:
    """Ask for a synchronisation: accepted, without effect."""
    registries.get(call, "helm", call.path["uid"])


def status_pack(call: Call) -> dict[str, Any]:
    """How far a registry of packs is synchronised."""
    return registries.sync_status(registries.get(call, "pack", call.path["uid"]))


def status_helm(call: Call) -> dict[str, Any]:
    """How far a registry of helm charts is synchronised."""
    return registries.sync_status(registries.get(call, "helm", call.path["uid"]))


def _listed(call: Call, kind: str) -> dict[str, Any]:
    rows = [_full(each) for each in registries.listed(call, kind, call.query.get("scope", ""))]
    rows = filtering.narrow(rows, call.query.get("filters", ""))
    return paging.page(call, filtering.order(rows, call.query.get("orderBy", "")))


def _full(body: Body) -> Body:
    # Pack and helm registries name the same thing differently.
    sync = {"pack": "packSyncStatus", "helm": "helmSyncStatus"}.get(body["kind"], "sync")
    return {
        "kind": body["kind"],
        "metadata": body["metadata"],
        "spec": body["spec"],
        "status": {sync: registries.sync_status(body)},
    }


def _summary(call: Call, kind: str) -> dict[str, Any]:
    rows = [_summary_row(each) for each in registries.listed(call, kind, call.query.get("scope", ""))]
    rows = filtering.narrow(rows, call.query.get("filters", ""))
    return paging.page(call, filtering.order(rows, call.query.get("orderBy", "")))


def _summary_row(body: Body) -> Body:
    shown = {key: value for key, value in body["spec"].items() if key != "auth"}
    return {"metadata": body["metadata"], "spec": shown, "status": {"sync": registries.sync_status(body)}}


ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/v1/registries/metadata", metadata, 200),
    ("GET", "/v1/registries/pack", list_pack, 200),
    ("POST", "/v1/registries/pack", create_pack, 201),
    ("GET", "/v1/registries/pack/summary", summary_pack, 200),
    ("GET", "/v1/registries/pack/{uid}", get_pack, 200),
    ("PUT", "/v1/registries/pack/{uid}", put_pack, 204),
    ("DELETE", "/v1/registries/pack/{uid}", delete_pack, 204),
    ("POST", "/v1/registries/pack/{uid}/sync", sync_pack, 202),
    ("GET", "/v1/registries/pack/{uid}/sync/status", status_pack, 200),
    ("GET", "/v1/registries/helm", list_helm, 200),
    ("POST", "/v1/registries/helm", create_helm, 201),
    ("GET", "/v1/registries/helm/summary", summary_helm, 200),
    ("GET", "/v1/registries/helm/{uid}", get_helm, 200),
    ("PUT", "/v1/registries/helm/{uid}", put_helm, 204),
    ("DELETE", "/v1/registries/helm/{uid}", delete_helm, 204),
    ("POST", "/v1/registries/helm/{uid}/sync", sync_helm, 202),
    ("GET", "/v1/registries/helm/{uid}/sync/status", status_helm, 200),
    ("GET", "/v1/registries/oci/summary", summary_oci, 200),
    ("GET", "/v1/registries/oci/{uid}", get_oci, 200),
)
