"""Edge hosts: machines that registered themselves and wait for a cluster. Their uid is their own, not the server's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from palette_sdk.controlplane import assumptions, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.filtering import TAG, tags_of
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.services import scoping, search
from palette_sdk.controlplane.services.search import Property
from palette_sdk.controlplane.store import Body, Row

WHAT = "edge host"
_UID = re.compile(r"[A-Za-z0-9-]{1,128}")
_PROPERTIES = {
    each.name: each
    for each in (
        Property("name", "string", "Name", lambda host: [host["metadata"]["name"]]),
        Property("tags", "string", "Tags", lambda host: tags_of(host["metadata"]["labels"])),
        Property("state", "string", "State", lambda host: [host["status"]["state"]]),
        Property("healthState", "string", "Health", lambda host: [host["status"]["health"]["state"]]),
        Property("architecture", "string", "Architecture", lambda host: [host["spec"]["device"]["archType"]]),
        Property("type", "string", "Type", lambda host: [host["spec"]["type"]]),
    )
}
_SORT: dict[str, Callable[[Body], str]] = {
    "name": lambda host: str(host["metadata"]["name"]),
    "state": lambda host: str(host["status"]["state"]),
    "healthState": lambda host: str(host["status"]["health"]["state"]),
    "creationTimestamp": lambda host: str(host["metadata"]["creationTimestamp"]),
    "lastModifiedTimestamp": lambda host: str(host["metadata"]["lastModifiedTimestamp"]),
}


def listed(work: Work) -> list[Body]:
    """The hosts in sight."""
    return [shown(work, each) for each in scoping.listed(work, kinds.EDGE_HOST)]


def get(work: Work, uid: str) -> Body:
    """A host, with the clusters that use it."""
    return shown(work, _known(work, uid).body)


def register(work: Work, given: Mapping[str, Any]) -> str:
    """Add a host; gives its uid, which is the one it came with, or a fresh one."""
    metadata, spec = given.get("metadata") or {}, given.get("spec") or {}
    uid = metadata.get("uid") or work.new_uid()
    # Clients compose ids with _ and :, so neither may be in a uid.
    if not isinstance(uid, str) or _UID.fullmatch(uid) is None:
        raise assumptions.INVALID_BODY.refusal(
            "an edge host's uid has letters, digits and - only", fields=[{"field": "metadata.uid"}]
        )
    if work.tx.get(kinds.EDGE_HOST, uid) is not None:
        raise assumptions.DUPLICATE_NAME.refusal(f"an edge host with uid {uid!r} is already registered", uid=uid)
    name = metadata.get("name") or uid
    scoping.check_name(work, kinds.EDGE_HOST, name, WHAT)
    arch = spec.get("archType") or "amd64"
    if arch not in {"amd64", "arm64"}:
        raise assumptions.INVALID_BODY.refusal("archType must be amd64 or arm64", fields=[{"field": "spec.archType"}])
    body: Body = {
        "metadata": scoping.new_metadata(work, {**metadata, "name": name}, uid),
        "spec": {
            "type": "edge-native",
            "version": "4.8.0",
            "device": {"archType": arch},
            "host": {"hostUid": uid, "hostAddress": "", "macAddress": ""},
        },
    }
    work.tx.put(kinds.EDGE_HOST, uid, body, project=work.project, name=name)
    return str(uid)


def update(work: Work, uid: str, given: Mapping[str, Any]) -> None:
    """Change name, labels and annotations."""
    _known(work, uid)
    body = scoping.owned(work, kinds.EDGE_HOST, uid, WHAT).body
    scoping.patch_metadata(work, body["metadata"], given.get("metadata") or {})
    name = body["metadata"]["name"]
    scoping.check_name(work, kinds.EDGE_HOST, name, WHAT, but=uid)
    work.tx.put(kinds.EDGE_HOST, uid, body, name=name)


def delete(work: Work, uid: str) -> None:
    """Remove a host that no cluster uses."""
    _known(work, uid)
    body = scoping.owned(work, kinds.EDGE_HOST, uid, WHAT).body
    users = scoping.named_users(work, kinds.CLUSTER_EDGE_HOST, uid)
    scoping.refuse_in_use(WHAT, body["metadata"]["name"], users)
    work.tx.delete(kinds.EDGE_HOST, uid)


def searched(work: Work, body: Mapping[str, Any]) -> list[Body]:
    """The hosts that fit the body of a search, in the order it asks for.

    Raises:
        Refusal: 400, the search can't be read.
    """
    test = search.compile_filter(body, _PROPERTIES).rest
    found = [host for host in listed(work) if (test if isinstance(test, bool) else test(host))]
    search.sort(found, body.get("sort") or [], _SORT)
    return [
        {
            "metadata": host["metadata"],
            "spec": {"type": host["spec"]["type"], "device": host["spec"]["device"], "clusterProfileTemplates": []},
            "status": host["status"],
        }
        for host in found
    ]


def tags(work: Work) -> list[str]:
    """All tags in use, sorted: `key:value`, bare ones as their key."""
    return sorted(
        {
            key if value == TAG else f"{key}:{value}"
            for each in scoping.listed(work, kinds.EDGE_HOST)
            for key, value in each["metadata"]["labels"].items()
        }
    )


def shown(work: Work, body: Body) -> Body:
    """A host as the API shows it: state and users are derived."""
    users = scoping.named_users(work, kinds.CLUSTER_EDGE_HOST, body["metadata"]["uid"])
    return {
        "metadata": body["metadata"],
        "spec": body["spec"],
        "status": {
            "state": "in-use" if users else "ready",
            "health": {"state": "healthy", "message": "", "agentVersion": "4.8.0"},
            "inUseClusters": [{"uid": row.uid, "name": row.name} for row in users],
        },
    }


def _known(work: Work, uid: str) -> Row:
    try:
        return scoping.visible(work, kinds.EDGE_HOST, uid, WHAT)
    except Refusal:
        raise assumptions.EDGE_HOST_UNKNOWN.refusal(f"edge host {uid!r} is not registered", uid=uid) from None
