"""Profiles as the API shows them: in full, in summaries, in lists and searches. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import semver

from palette_sdk.controlplane import filtering, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import packs, scoping
from palette_sdk.controlplane.store import Body, Head
from palette_sdk.wire.packs import Sort
from palette_sdk.wire.profiles import ProfileFilter

_MACRO = "{{.spectro.macro."
_SORT: Mapping[str, Callable[[Body], str]] = {
    "profileName": lambda body: str(body["metadata"]["name"]),
    "environment": lambda body: str(content(body)["cloudType"]),
    "profileType": lambda body: str(content(body)["type"]),
    **filtering.TIMES,
}


def full(work: Work, body: Body, *, schema: bool = False, presets: bool = False) -> Body:
    """A version in full.

    Args:
        work: the work at hand.
        body: the profile as stored.
        schema: with the schemas of the packs' values.
        presets: with their presets.
    """
    uid = body["metadata"]["uid"]
    clusters, templates = _users(work, kinds.CLUSTER_PROFILE, uid), _users(work, kinds.TEMPLATE_PROFILE, uid)
    spec: Body = {
        "version": body["spec"]["version"],
        "versions": versions(work, body),
        "published": template(work, body, "published", schema=schema, presets=presets),
    }
    if body["spec"].get("draft"):
        spec["draft"] = template(work, body, "draft", schema=schema, presets=presets)
    shown = spec.get("draft") or spec["published"]
    return {
        "apiVersion": "cluster.spectrocloud.com/v1",
        "kind": "ClusterProfile",
        "metadata": body["metadata"],
        "spec": spec,
        "status": {
            "isPublished": body["status"]["isPublished"],
            "hasUserMacros": any(_MACRO in pack["values"].replace(" ", "") for pack in shown["packs"]),
            "inUseClusters": [
                {"uid": row.uid, "name": row.name, "kind": row.kind, "projectUid": row.project} for row in clusters
            ],
            "inUseClusterTemplates": [
                {"uid": row.uid, "name": row.name, "kind": row.kind, "projectUid": row.project} for row in templates
            ],
            "inUseClusterUids": [row.uid for row in clusters],
        },
    }


def template(work: Work, body: Body, side: str, *, schema: bool = False, presets: bool = False) -> Body:
    """One side of a version; without layers where that side was never written."""
    other = body["spec"].get("draft") or body["spec"].get("published")
    kept = body["spec"].get(side) or {**other, "packs": []}
    layers = []
    for pack in kept["packs"]:
        layer = dict(pack)
        found = work.env.packs.by_uid(pack["packUid"])
        if found is not None and (schema or presets):
            meta = packs.summary_spec(found)
            layer |= {"schema": meta["schema"]} if schema else {}
            layer |= {"presets": meta["presets"]} if presets else {}
        layers.append(layer)
    return {
        "uid": body["metadata"]["uid"],
        "name": body["metadata"]["name"],
        "type": kept["type"],
        "cloudType": kept["cloudType"],
        "profileVersion": body["spec"]["version"],
        "version": 1,
        "packs": layers,
    }


def versions(work: Work, body: Body) -> list[Body]:
    """All versions of a profile's name in its scope, the lowest first."""
    row = work.tx.row(kinds.PROFILE, body["metadata"]["uid"])
    project = row.project if row else work.project
    found = work.tx.find(kinds.PROFILE, project=project, name=body["metadata"]["name"])
    return [
        {"uid": each["metadata"]["uid"], "version": each["spec"]["version"]} for each in sorted(found, key=_version)
    ]


def summary(work: Work, body: Body) -> Body:
    """A version as a row of the search."""
    uid = body["metadata"]["uid"]
    clusters, templates = _users(work, kinds.CLUSTER_PROFILE, uid), _users(work, kinds.TEMPLATE_PROFILE, uid)
    spec: Body = {
        "version": body["spec"]["version"],
        "versions": versions(work, body),
        "published": _template_summary(template(work, body, "published")),
    }
    if body["spec"].get("draft"):
        spec["draft"] = _template_summary(template(work, body, "draft"))
    return {
        "metadata": body["metadata"],
        "specSummary": spec,
        "status": {
            "isPublished": body["status"]["isPublished"],
            "inUseClusters": _entities(clusters),
            "inUseClusterTemplates": _entities(templates),
            "inUseClusterUids": [row.uid for row in clusters],
            "pack": {"deleted": 0, "deprecated": 0, "disabled": 0},
            "fips": {"mode": "none"},
        },
    }


def metadata_rows(work: Work) -> list[Body]:
    """One short row a version in sight."""
    return [
        {
            "metadata": {"name": each["metadata"]["name"], "uid": each["metadata"]["uid"]},
            "spec": {"version": each["spec"]["version"], "cloudType": content(each)["cloudType"]},
        }
        for each in scoping.listed(work, kinds.PROFILE)
    ]


def search(work: Work, wanted: ProfileFilter, sort: Sequence[Sort]) -> list[Body]:
    """The profiles that are wanted, as stored: one a name and scope, the highest version that fits.

    Raises:
        Refusal: 400, a condition or sort key can't be read.
    """
    highest: dict[tuple[str, str], Body] = {}
    for body in scoping.listed(work, kinds.PROFILE):
        if _fits(body, wanted):
            key = (body["metadata"]["annotations"]["scope"], body["metadata"]["name"])
            if key not in highest or _version(highest[key]) < _version(body):
                highest[key] = body
    found = list(highest.values())
    filtering.sort(found, sort, _SORT, "profiles")
    return found


def content(body: Body) -> Body:
    """The side that tells what a version is: the published one, else the draft."""
    found: Body = body["spec"].get("published") or body["spec"]["draft"]
    return found


def _fits(body: Body, wanted: ProfileFilter) -> bool:
    kept, metadata = content(body), body["metadata"]
    return (
        filtering.fits_text(wanted.profile_name, metadata["name"])
        and filtering.fits_version(wanted.version, body["spec"]["version"])
        and (not wanted.profile_type or kept["type"] in wanted.profile_type)
        and (not wanted.environment or kept["cloudType"] in wanted.environment)
        and filtering.fits_list(wanted.tags, filtering.tags_of(metadata["labels"]))
        and wanted.scope in {"", metadata["annotations"]["scope"]}
        and wanted.fips in {"", "none"}
    )


def _template_summary(shown: Body) -> Body:
    return {
        "uid": shown["uid"],
        "type": shown["type"],
        "cloudType": shown["cloudType"],
        "packs": [
            {
                "name": pack["name"],
                "displayName": pack["name"],
                "tag": pack["tag"],
                "layer": pack["layer"],
                "version": pack["version"],
                "packUid": pack["packUid"],
                "type": pack["type"],
            }
            for pack in shown["packs"]
        ],
    }


def _users(work: Work, link: str, uid: str) -> list[Head]:
    return scoping.named_users(work, link, uid)


def _entities(rows: Sequence[Head]) -> list[dict[str, Any]]:
    return [{"uid": row.uid, "name": row.name} for row in rows]


def _version(body: Body) -> semver.Version:
    return semver.Version.parse(body["spec"]["version"])
