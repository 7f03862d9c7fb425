"""What a new control plane begins with: tenant and user, the project `Default`, and the registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.catalogue import registry_uid
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.store import Body, Tx

if TYPE_CHECKING:
    from palette_sdk.controlplane.app import Env

DEFAULT_PROJECT = "Default"
PUBLIC_REGISTRY = "Public Repo"
TENANT = "tenant"
"""Key of the store's meta: `{tenantUid, userUid, orgName}`."""

# These have no packs in the catalogue: layers from them are taken as they are named.
_OTHER_REGISTRIES = (
    ("Public Helm Charts", "helm"),
    ("Public OCI Artefacts", "oci"),
)


def plant(tx: Tx, env: Env) -> None:
    """Put in what is missing; an object that is there is left as it is."""
    if tx.meta_get(TENANT) is None:
        tenant = {"tenantUid": env.uid_source(), "userUid": env.uid_source(), "orgName": "local"}
        tx.meta_set(TENANT, tenant)
    if not tx.find(kinds.PROJECT, name=DEFAULT_PROJECT):
        uid = env.uid_source()
        body: Body = {"metadata": _metadata(env, DEFAULT_PROJECT, uid, "tenant"), "spec": {}, "status": {}}
        tx.put(kinds.PROJECT, uid, body, name=DEFAULT_PROJECT)
    for registry in env.catalogue.registries:
        if tx.get(kinds.REGISTRY, registry.uid) is None:
            _plant_registry(tx, env, registry.uid, registry.name, registry.kind)
    for name, kind in _OTHER_REGISTRIES:
        if not tx.find(kinds.REGISTRY, name=name):
            _plant_registry(tx, env, registry_uid(name), name, kind)


def _plant_registry(tx: Tx, env: Env, uid: str, name: str, kind: str) -> None:
    body: Body = {
        "kind": kind,
        "metadata": _metadata(env, name, uid, "system"),
        "spec": {
            "name": name,
            "registryUid": uid,
            "endpoint": f"https://{kind}.example.com",
            "auth": {"type": "noAuth"},
            "private": False,
            "isPrivate": False,
            "scope": "system",
            **({"providerType": "helm", "registryType": "basic"} if kind == "oci" else {}),
        },
    }
    tx.put(kinds.REGISTRY, uid, body, name=name)


def _metadata(env: Env, name: str, uid: str, scope: str) -> Body:
    at = stamp(env.clock.now())
    return {
        "name": name,
        "uid": uid,
        "labels": {},
        "annotations": {"scope": scope},
        "creationTimestamp": at,
        "lastModifiedTimestamp": at,
    }
