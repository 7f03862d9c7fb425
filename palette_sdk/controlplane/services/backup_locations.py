"""Backup locations: buckets and containers. Credentials are looked at and thrown away, as those of cloud accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.assumptions_backups import LOCATION_TYPES
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.store import Body, Row

WHAT = "backup location"
TYPES = ("s3", "minio", "gcp", "azure")

_AWS = {"secret": ("accessKey", "secretKey"), "sts": ("sts.arn",), "pod-identity": ("podIdentity.roleArn",)}
_CREDENTIALS: Mapping[str, Sequence[str]] = {
    "gcp": ("jsonCredentials",),
    "azure": ("tenantId", "clientId", "clientSecret"),
}
_CONFIG: Mapping[str, Sequence[str]] = {
    "s3": ("bucketName", "region"),
    "minio": ("bucketName", "region", "s3Url"),
    "gcp": ("bucketName",),
    "azure": ("resourceGroup", "containerName", "storageName"),
}
_STORAGE = {"s3": "s3", "minio": "minio", "gcp": "gcp", "azure": ""}
"""The list's word for each type; the description of the API has none for azure."""


def get(work: Work, kind: str, uid: str) -> Body:
    """A location of a type, without credentials; `kind` "" takes any.

    Raises:
        Refusal: 404.
    """
    return _visible(work, kind, uid).body


def listed(work: Work) -> list[Body]:
    """The locations in sight, as the list shows them."""
    return [
        {
            "metadata": body["metadata"],
            "spec": {
                "isDefault": body["spec"]["isDefault"],
                "storage": _STORAGE[body["spec"]["type"]],
                "type": body["spec"]["type"],
            },
        }
        for body in scoping.listed(work, kinds.BACKUP_LOCATION)
    ]


def create(work: Work, kind: str, given: Mapping[str, Any]) -> str:
    """Add a location; gives its uid.

    Raises:
        Refusal: 400 with the fields that are missing; 409 for a name that is taken.
    """
    spec = _checked(kind, given.get("spec") or {}, kept=False)
    metadata = given.get("metadata") or {}
    scoping.check_name(work, kinds.BACKUP_LOCATION, metadata.get("name", ""), WHAT)
    uid = work.new_uid()
    body: Body = {"metadata": scoping.new_metadata(work, metadata, uid), "spec": spec}
    work.tx.put(kinds.BACKUP_LOCATION, uid, body, project=work.project, name=body["metadata"]["name"], parent=kind)
    if spec["isDefault"]:
        make_default(work, kind, uid)
    return uid


def update(work: Work, kind: str, uid: str, given: Mapping[str, Any]) -> None:
    """Change metadata and configuration; missing credentials stay what they were.

    Raises:
        Refusal: 400, 403, 404, 409.
    """
    _visible(work, kind, uid)
    body = scoping.owned(work, kinds.BACKUP_LOCATION, uid, WHAT).body
    body["spec"] = _checked(kind, given.get("spec") or {}, kept=True)
    scoping.patch_metadata(work, body["metadata"], given.get("metadata") or {})
    name = body["metadata"]["name"]
    scoping.check_name(work, kinds.BACKUP_LOCATION, name, WHAT, but=uid)
    work.tx.put(kinds.BACKUP_LOCATION, uid, body, name=name)
    if body["spec"]["isDefault"]:
        make_default(work, kind, uid)


def delete(work: Work, kind: str, uid: str) -> None:
    """Remove a location that no schedule names.

    Raises:
        Refusal: 403, 404, 409.
    """
    _visible(work, kind, uid)
    body = scoping.owned(work, kinds.BACKUP_LOCATION, uid, WHAT).body
    users = scoping.named_users(work, kinds.CLUSTER_BACKUP_LOCATION, uid)
    scoping.refuse_in_use(WHAT, body["metadata"]["name"], users)
    work.tx.delete(kinds.BACKUP_LOCATION, uid)


def make_default(work: Work, kind: str, uid: str) -> None:
    """Make this the default of its scope; the former one is no longer.

    Raises:
        Refusal: 403, 404.
    """
    _visible(work, kind, uid)
    scoping.owned(work, kinds.BACKUP_LOCATION, uid, WHAT)
    for row in work.tx.rows(kinds.BACKUP_LOCATION, project=work.project):
        row.body["spec"]["isDefault"] = row.uid == uid
        work.tx.put(kinds.BACKUP_LOCATION, row.uid, row.body)


def _visible(work: Work, kind: str, uid: str) -> Row:
    row = scoping.visible(work, kinds.BACKUP_LOCATION, uid, WHAT)
    if kind not in {"", row.body["spec"]["type"]}:
        raise not_found(f"{kind} {WHAT}", uid)
    return row


def _checked(kind: str, spec: Mapping[str, Any], *, kept: bool) -> Body:
    """The specification as it is kept, without credentials."""
    if kind not in TYPES or spec.get("type", kind) not in {"", kind}:
        raise LOCATION_TYPES.refusal(f"a location has one of the types {', '.join(TYPES)}, and that of its path")
    config = dict(spec.get("config") or {})
    credentials = config.get("credentials") or {}
    needed = [f"spec.config.{name}" for name in _CONFIG[kind] if not config.get(name)]
    if not (kept and not credentials):
        needed += [
            f"spec.config.credentials.{path}" for path in _credentials(kind, credentials) if not _at(credentials, path)
        ]
    if needed:
        raise assumptions.INVALID_BODY.refusal(
            f"a backup location of type {kind} needs {', '.join(needed)}", fields=[{"field": path} for path in needed]
        )
    config["credentials"] = {"credentialType": credentials.get("credentialType") or "secret"} if kind in _OF_AWS else {}
    return {"isDefault": bool(spec.get("isDefault")), "type": kind, "config": config}


_OF_AWS = ("s3", "minio")


def _credentials(kind: str, given: Mapping[str, Any]) -> Sequence[str]:
    if kind not in _OF_AWS:
        return _CREDENTIALS[kind]
    word = given.get("credentialType") or "secret"
    if word not in _AWS:
        field = "spec.config.credentials.credentialType"
        raise assumptions.INVALID_BODY.refusal(f"{field} must be one of {', '.join(_AWS)}", fields=[{"field": field}])
    return _AWS[word]


def _at(body: Mapping[str, Any], path: str) -> Any:
    found: Any = body
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
