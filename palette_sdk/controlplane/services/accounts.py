"""Cloud accounts of aws, azure, gcp and vsphere. Credentials are looked at and thrown away: nothing here can use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import scoping
from palette_sdk.controlplane.store import Body

CLOUDS = ("aws", "azure", "gcp", "vsphere")

_SECRETS: dict[str, tuple[str, ...]] = {
    "aws": ("secretKey", "secretToken"),
    "azure": ("clientSecret",),
    "gcp": ("jsonCredentials",),
    "vsphere": ("password",),
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "azure": ("clientId", "tenantId", "clientSecret"),
    "gcp": ("jsonCredentials",),
    "vsphere": ("vcenterServer", "username", "password"),
}
_AWS_REQUIRED: dict[str, tuple[str, ...]] = {
    "secret": ("accessKey", "secretKey"),
    "sts": ("sts.arn",),
    "pod-identity": ("podIdentity.roleArn",),
}


def check(cloud: str, spec: Mapping[str, Any], *, kept: bool = False) -> None:
    """Make sure that a specification has what its cloud needs.

    Args:
        cloud: one of CLOUDS.
        spec: the specification.
        kept: secrets may be missing, since they were given before.

    Raises:
        Refusal: 400, with the fields that are missing or wrong.
    """
    needed: tuple[str, ...] = _REQUIRED.get(cloud, ())
    if cloud == "aws":
        credentials = spec.get("credentialType", "secret")
        if credentials not in _AWS_REQUIRED:
            raise _invalid(["spec.credentialType"], f"credentialType must be one of {', '.join(_AWS_REQUIRED)}")
        needed = _AWS_REQUIRED[credentials]
    secrets = _SECRETS[cloud] if kept else ()
    missing = [f"spec.{path}" for path in needed if path not in secrets and not _at(spec, path)]
    if missing:
        raise _invalid(missing, f"an account for {cloud} needs {', '.join(missing)}")
    if cloud == "gcp" and spec.get("jsonCredentials"):
        _check_json(spec["jsonCredentials"])


def listed(work: Work, cloud: str) -> list[Body]:
    """The accounts of a cloud in sight."""
    return scoping.listed(work, kinds.ACCOUNT, parent=cloud)


def get(work: Work, cloud: str, uid: str) -> Body:
    """An account of a cloud, its secrets empty."""
    body = scoping.visible(work, kinds.ACCOUNT, uid, "cloud account").body
    if body["kind"] != cloud:
        raise not_found(f"{cloud} cloud account", uid)
    return body


def create(work: Work, cloud: str, given: Mapping[str, Any]) -> str:
    """Add an account; gives its uid."""
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    check(cloud, spec)
    _check_gateway(metadata)
    scoping.check_name(work, kinds.ACCOUNT, metadata.get("name", ""), f"{cloud} cloud account", parent=cloud)
    uid = work.new_uid()
    body: Body = {
        "kind": cloud,
        "metadata": scoping.new_metadata(work, metadata, uid),
        "spec": _without_secrets(cloud, spec),
        "status": {"state": "Running"},
    }
    work.tx.put(kinds.ACCOUNT, uid, body, project=work.project, name=body["metadata"]["name"], parent=cloud)
    return uid


def update(work: Work, cloud: str, uid: str, given: Mapping[str, Any]) -> None:
    """Change metadata and specification; missing secrets stay what they were."""
    get(work, cloud, uid)
    body = scoping.owned(work, kinds.ACCOUNT, uid, "cloud account").body
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    check(cloud, spec, kept=True)
    _check_gateway(metadata)
    scoping.patch_metadata(work, body["metadata"], metadata)
    name = body["metadata"]["name"]
    scoping.check_name(work, kinds.ACCOUNT, name, f"{cloud} cloud account", but=uid, parent=cloud)
    body["spec"] = _without_secrets(cloud, spec)
    work.tx.put(kinds.ACCOUNT, uid, body, name=name)


def delete(work: Work, cloud: str, uid: str) -> None:
    """Remove an account that no cluster uses."""
    get(work, cloud, uid)
    body = scoping.owned(work, kinds.ACCOUNT, uid, "cloud account").body
    users = scoping.named_users(work, kinds.CLUSTER_ACCOUNT, uid)
    scoping.refuse_in_use("cloud account", body["metadata"]["name"], users)
    work.tx.delete(kinds.ACCOUNT, uid)


def account_id(body: Body) -> str:
    """The cloud's own name for an account."""
    spec = body["spec"]
    return str(spec.get("accessKey") or spec.get("clientId") or spec.get("vcenterServer") or "")


def _check_gateway(metadata: Mapping[str, Any]) -> None:
    gateway = (metadata.get("annotations") or {}).get("overlordUid")
    if gateway:
        raise _invalid(["metadata.annotations.overlordUid"], f"there is no private cloud gateway {gateway!r}")


def _check_json(text: str) -> None:
    try:
        is_object = isinstance(json.loads(text), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise _invalid(["spec.jsonCredentials"], "jsonCredentials must be a JSON object")


def _without_secrets(cloud: str, spec: Mapping[str, Any]) -> Body:
    kept = dict(spec) | dict.fromkeys(_SECRETS[cloud], "")
    kept.pop("secretSpec", None)
    if "sts" in kept:
        kept["sts"] = {**kept["sts"], "externalId": ""}
    return kept


def _at(spec: Mapping[str, Any], path: str) -> Any:
    found: Any = spec
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _invalid(fields: list[str], message: str) -> Exception:
    return assumptions.INVALID_BODY.refusal(message, fields=[{"field": field} for field in fields])
