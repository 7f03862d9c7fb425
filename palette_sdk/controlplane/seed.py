"""What a new control plane begins with: tenant and user, the project `Default`, and the registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.catalogue import registry_uid
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.simulation.timing import derived_uid
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

# One account a cloud, `<cloud>-main`, so that a program that looks one up runs at once. None holds a credential.
_ACCOUNTS: dict[str, Body] = {
    "aws": {"credentialType": "sts", "partition": "aws", "sts": {"arn": "arn:aws:iam::000000000000:role/local"}},
    "azure": {
        "clientId": "local",
        "clientSecret": "",
        "tenantId": "local",
        "tenantName": "local",
        "azureEnvironment": "AzurePublicCloud",
    },
    "gcp": {"jsonCredentials": ""},
    "vsphere": {"vcenterServer": "vcenter.local", "username": "local", "password": "", "insecure": False},
}


# Uids that depend on the name alone: what else is created keeps the uids that it had without them.
_LOCATION = "s3-main"


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
    for cloud, spec in _ACCOUNTS.items():
        if not tx.find(kinds.ACCOUNT, name=f"{cloud}-main", parent=cloud):
            _plant_account(tx, env, cloud, spec)
    if not tx.find(kinds.BACKUP_LOCATION, name=_LOCATION, project=""):
        _plant_location(tx, env)


def _plant_location(tx: Tx, env: Env) -> None:
    uid = derived_uid("backup-location", _LOCATION)
    config = {"bucketName": "local", "region": "us-east-1", "credentials": {"credentialType": "sts"}}
    body: Body = {
        "metadata": _metadata(env, _LOCATION, uid, "tenant"),
        "spec": {"isDefault": True, "type": "s3", "config": config},
    }
    tx.put(kinds.BACKUP_LOCATION, uid, body, name=_LOCATION, parent="s3")


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


def _plant_account(tx: Tx, env: Env, cloud: str, spec: Body) -> None:
    uid, name = env.uid_source(), f"{cloud}-main"
    body: Body = {
        "kind": cloud,
        "metadata": _metadata(env, name, uid, "tenant"),
        "spec": spec,
        "status": {"state": "Running"},
    }
    tx.put(kinds.ACCOUNT, uid, body, name=name, parent=cloud)


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
