"""Cluster templates in the shapes of the API: whole, as rows, variables by cluster, reconcile records. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from palette_sdk.controlplane import filtering, kinds
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_views, scoping
from palette_sdk.controlplane.services import templates_followers as followers
from palette_sdk.controlplane.services import templates_values as values
from palette_sdk.controlplane.services.clusters_content import Copy, variable_values
from palette_sdk.controlplane.services.clusters_packs import profile_view
from palette_sdk.controlplane.services.clusters_sources import published
from palette_sdk.controlplane.services.variables import MASK, shown
from palette_sdk.controlplane.simulation import windows
from palette_sdk.controlplane.store import Row
from palette_sdk.wire.packs import Sort
from palette_sdk.wire.templates import TemplateFilter

Doc = dict[str, Any]

_SORT: Mapping[str, Callable[[Doc], str]] = {
    "clusterTemplateName": lambda body: str(body["metadata"]["name"]),
    "cloudType": lambda body: str(body["spec"]["cloudType"]),
    **filtering.TIMES,
}


def whole(work: Work, body: Doc) -> Doc:
    """`GET /v1/clusterTemplates/{uid}`."""
    uid = body["metadata"]["uid"]
    cards = followers.cards(work.tx, uid)
    groups: dict[str, list[str]] = {"applied": [], "failed": [], "pending": []}
    for cluster, card in cards:
        groups[followers.group_of(card["state"])].append(cluster)
    lacking = sum(1 for _, card in cards if card["lacks"])
    has_own = any(
        one["assignStrategy"] == values.EACH for each in body["spec"]["profiles"] for one in each["variables"]
    )
    rows = followers.rows(work.tx, uid) if has_own else []
    return {
        "metadata": body["metadata"],
        "spec": {
            "cloudType": body["spec"]["cloudType"],
            "profiles": [_profile(body, each, rows) for each in body["spec"]["profiles"]],
            "policies": body["spec"]["policies"],
            "clusters": {cluster: {"clusterUid": cluster, "name": card["name"]} for cluster, card in cards},
        },
        "status": {
            "state": followers.overall(card["state"] for _, card in cards),
            "clusterStatusCounts": {"clusters": groups},
            "clusterVariables": {"resolved": len(cards) - lacking, "unResolved": lacking},
            "maintenance": _maintenance(work, body, {card["zone"] for _, card in cards}),
        },
    }


def summary(work: Work, body: Doc) -> Doc:
    """A row of the search."""
    cards = followers.cards(work.tx, body["metadata"]["uid"])
    users = [{"uid": uid, "name": card["name"]} for uid, card in cards]
    project = body["metadata"]["annotations"].get("projectUid", "")
    return {
        "metadata": body["metadata"],
        "spec": {
            "cloudType": body["spec"]["cloudType"],
            "clusters": [{**user, "projectUid": project} for user in users],
        },
        "status": {"inUseClusters": users, "state": followers.overall(card["state"] for _, card in cards)},
    }


def search(work: Work, wanted: TemplateFilter, sort: Sequence[Sort]) -> list[Doc]:
    """The templates that are wanted, as stored.

    Raises:
        Refusal: 400, a sort key is unknown.
    """
    found = [body for body in scoping.listed(work, kinds.TEMPLATE) if _fits(body, wanted)]
    filtering.sort(found, sort, _SORT, "cluster templates")
    return found


def metadata_rows(work: Work) -> list[Doc]:
    """One short row a template in sight."""
    return [
        {
            "uid": each["metadata"]["uid"],
            "name": each["metadata"]["name"],
            "projectUid": each["metadata"]["annotations"].get("projectUid", ""),
        }
        for each in scoping.listed(work, kinds.TEMPLATE)
    ]


def clusters_meta(work: Work, body: Doc) -> list[Doc]:
    """The clusters of a template as a bare array."""
    uids = followers.uids(work.tx, body["metadata"]["uid"])
    return [clusters_views.meta(card) for card in work.tx.cards.many(kinds.CLUSTER, uids)]


def running_profiles(work: Work, body: Doc) -> list[Doc]:
    """The profiles that clusters of a template run, each once."""
    found: dict[str, Doc] = {}
    for row in followers.rows(work.tx, body["metadata"]["uid"]):
        missing = {each["uid"] for each in row.body["running"].values()} - found.keys()
        doc = work.tx.get(kinds.CLUSTER, row.uid) if missing else None
        for copy in documents.copies_of(work.tx, row.uid) if doc is not None else []:
            if doc is not None and copy["uid"] in missing:
                found[copy["uid"]] = profile_view(copy, doc)
    return list(found.values())


def variables(work: Work, body: Doc, profile_uid: str) -> list[Doc]:
    """`GET .../profiles/{profileUid}/variables`: each variable with what each cluster has for it.

    Raises:
        Refusal: 404, the template doesn't link the profile.
    """
    base = values.base_of(body, profile_uid)
    if base is None:
        raise not_found("cluster profile of the template", profile_uid)
    rows = followers.rows(work.tx, body["metadata"]["uid"])
    running = {
        uid: copy
        for uid in {row.body["running"].get(base["name"], {}).get("uid", "") for row in rows}
        if (copy := published(work.tx, uid)) is not None
    }
    targets = {row.uid: values.target(body, base, row.body) for row in rows}
    for_all = values.common(body, profile_uid)
    return [
        {
            "variable": variable,
            "clusters": [_assignment(variable, row, targets[row.uid], running, for_all) for row in rows],
        }
        for variable in shown(base["variables"])
    ]


def reconcile(body: Doc, uid: str, record: Doc) -> Doc:
    """`GET .../spectroclusters/{clusterUid}/reconcile`."""
    status: Doc = {
        "state": record["state"],
        "message": record["message"],
        "variableStatus": {"state": "Unresolved" if record["unresolved"] else "Resolved"},
        "updateLogs": record["logs"],
    }
    if record["lastApplied"]:
        status["lastAppliedTimestamp"] = record["lastApplied"]
    created, latest = record["created"], record["logs"][-1]["appliedTimestamp"]
    times = {"creationTimestamp": created, "lastModifiedTimestamp": latest}
    return {
        "metadata": {"name": record["name"], "uid": uid, **times},
        "spec": {"profiles": [_reconciled(body, base, record) for base in body["copies"]]},
        "status": status,
    }


def _reconciled(body: Doc, base: Copy, record: Doc) -> Doc:
    copy = values.target(body, base, record)
    lacking = record["unresolved"].get(base["name"], [])
    counting = variable_values(copy)
    groups: dict[str, list[Doc]] = {"resolvedVariables": [], "unResolvedVariables": []}
    for each in copy["variables"]:
        key = "unResolvedVariables" if each["name"] in lacking else "resolvedVariables"
        groups[key].append({"name": each["name"], "value": _told(each, counting.get(each["name"], ""))})
    return {"uid": base["uid"], "name": base["name"], "variables": groups}


def _assignment(variable: Doc, row: Row, target: Copy, running: dict[str, Copy], for_all: dict[str, str]) -> Doc:
    name, record = variable["name"], row.body
    lacking = name in record["unresolved"].get(target["name"], [])
    found: Doc = {"uid": row.uid, "assignmentState": "Pending" if lacking else "Assigned"}
    ran = record["running"].get(target["name"])
    if ran is not None and ran["uid"] in running:
        counting = variable_values({**running[ran["uid"]], "values": ran["values"]})
        if name in counting:
            found["value"] = _told(variable, counting[name])
    counting = variable_values(target)
    if name in counting:
        found["assignedValue"] = _told(variable, counting[name])
        own = record["assigned"].get(target["name"], {}).get(name)
        is_own = own is not None and name not in for_all
        found["assignedBy"] = own["by"] if own is not None and is_own else values.BY_TEMPLATE
    return found


def _profile(body: Doc, profile: Doc, rows: Sequence[Row]) -> Doc:
    base = values.base_of(body, profile["uid"])
    if base is None:
        return profile
    definitions = {each["name"]: each for each in base["variables"]}
    told = []
    for each in profile["variables"]:
        definition = definitions[each["name"]]
        if each["assignStrategy"] == values.ALL:
            told.append({**each, "value": _told(definition, each["value"])})
        else:
            slots = ((row.uid, row.body["assigned"].get(base["name"], {}).get(each["name"])) for row in rows)
            own = [{"uid": uid, "value": _told(definition, slot["value"])} for uid, slot in slots if slot is not None]
            told.append({**each, "clusters": own})
    return {"uid": profile["uid"], "variables": told}


def _told(variable: Doc, value: str) -> str:
    return MASK if value and variable.get("isSensitive") else value


def _maintenance(work: Work, body: Doc, zones: set[str]) -> Doc:
    schedules = followers.schedules(work.tx, body)
    found = [each for zone in zones or {"UTC"} if (each := windows.next_window(schedules, zone, work.now)) is not None]
    if not found:
        return {}
    first = min(found)
    return {"nextWindowStartTime": stamp(first.start), "nextWindowEndTime": stamp(first.end)}


def _fits(body: Doc, wanted: TemplateFilter) -> bool:
    metadata = body["metadata"]
    policies = [each["uid"] for each in body["spec"]["policies"]]
    by_policy = wanted.policy_uid is None or any(filtering.fits_text(wanted.policy_uid, uid) for uid in policies)
    return (
        filtering.fits_text(wanted.cluster_template_name, metadata["name"])
        and (not wanted.cloud_type or body["spec"]["cloudType"] in wanted.cloud_type)
        and by_policy
        and filtering.fits_text(wanted.project_uid, metadata["annotations"].get("projectUid", ""))
        and filtering.fits_list(wanted.tags, filtering.tags_of(metadata["labels"]))
    )
