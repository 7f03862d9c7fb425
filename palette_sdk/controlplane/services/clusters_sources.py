"""Reads published profiles as the content that clusters copy. The only place that knows how profiles are kept."""

from __future__ import annotations

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.app import Env
from palette_sdk.controlplane.assumptions_clusters import PROFILE_NOT_PUBLISHED, REFERENCE_UNKNOWN
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services.clusters_content import Copy, digest_of_profile, key_of
from palette_sdk.controlplane.services.profiles import published_content
from palette_sdk.controlplane.store import Tx


def attachable(work: Work, uid: str) -> Copy:
    """A fresh copy of the published content of a profile that the call may see.

    Raises:
        Refusal: 400, unknown or without published content.
    """
    row = work.tx.row(kinds.PROFILE, uid)
    if row is None or row.project not in {work.project, ""}:
        raise REFERENCE_UNKNOWN.refusal(f"there is no cluster profile {uid!r} in this project")
    copy = _published(work.tx, uid)
    if copy is None:
        name, version = row.body["metadata"]["name"], row.body["spec"].get("version", "")
        raise PROFILE_NOT_PUBLISHED.refusal(f"cluster profile {name!r} {version} was never published; publish it first")
    add_workloads(work.env, copy)
    return {**copy, "base": key_of(copy)}


def published(tx: Tx, uid: str) -> Copy | None:
    """The published content of a profile as a copy without overrides; None: no such profile, or a draft only.

    It is read once for all who ask, so it must not be changed.
    """
    return tx.known(("published", uid), (kinds.PROFILE, kinds.MANIFEST), lambda: _published(tx, uid))


def _published(tx: Tx, uid: str) -> Copy | None:
    found = published_content(tx, uid)
    if found is None:
        return None
    return {**found, "digest": digest_of_profile(found["packs"], found["variables"]), "values": {}, "overrides": {}}


def add_workloads(env: Env, copy: Copy) -> None:
    """Note what the packs of the catalogue run, so that time can go on without the catalogue."""
    templates = {version.uid: version.workloads for _, _, version in env.catalogue.rows() if version.workloads}
    for pack in copy["packs"]:
        pack["workloads"] = templates.get(pack.get("packUid", ""), "")
