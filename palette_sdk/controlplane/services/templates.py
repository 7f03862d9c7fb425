"""Cluster templates: create, relink, policies, variables, upgrades, delete. See `templates_values` for what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import REFERENCE_UNKNOWN, VARIABLES_INVALID
from palette_sdk.controlplane.assumptions_templates import TEMPLATE_INVALID
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_guards as guards
from palette_sdk.controlplane.services import clusters_lifecycle as lifecycle
from palette_sdk.controlplane.services import clusters_profiles as profiles
from palette_sdk.controlplane.services import clusters_repave as repave
from palette_sdk.controlplane.services import clusters_variables as variables
from palette_sdk.controlplane.services import policies, scoping
from palette_sdk.controlplane.services import templates_followers as followers
from palette_sdk.controlplane.services import templates_values as values
from palette_sdk.controlplane.services.clusters_clouds import CLOUDS
from palette_sdk.controlplane.services.clusters_content import Copy
from palette_sdk.controlplane.services.clusters_sources import attachable
from palette_sdk.controlplane.services.variables import MASK
from palette_sdk.wire.clusters import ProfileVariableValues, VariableValue
from palette_sdk.wire.templates import (
    PolicyRef,
    ProfileValues,
    TemplateCreate,
    TemplateProfile,
    TemplateVariable,
    TemplateVariablesPatch,
)

Doc = dict[str, Any]

WHAT = "cluster template"


def get(work: Work, uid: str) -> Doc:
    """A template, as stored.

    Raises:
        Refusal: 404.
    """
    return scoping.visible(work, kinds.TEMPLATE, uid, WHAT).body


def owned(work: Work, uid: str) -> Doc:
    """As `get`, for a change.

    Raises:
        Refusal: 403, 404.
    """
    return scoping.owned(work, kinds.TEMPLATE, uid, WHAT).body


def create(work: Work, given: TemplateCreate) -> str:
    """Add a template; gives its uid. The profile versions it links can't be changed while it links them.

    Raises:
        Refusal: 400 for an unknown cloud, profile, policy or variable; 409 for a name that is taken.
    """
    scoping.check_name(work, kinds.TEMPLATE, given.metadata.name, WHAT)
    cloud = given.spec.cloud_type
    if cloud not in CLOUDS:
        raise TEMPLATE_INVALID.refusal(f"cloudType {cloud!r} is not one of {', '.join(CLOUDS)}")
    uid = work.new_uid()
    metadata = scoping.new_metadata(work, given.metadata.body(), uid)
    body: Doc = {"metadata": metadata, "spec": {"cloudType": cloud, "profiles": [], "policies": []}, "copies": []}
    _link_profiles(work, body, given.spec.profiles)
    _link_policies(work, body, given.spec.policies)
    work.tx.put(kinds.TEMPLATE, uid, body, project=work.project, name=metadata["name"])
    _assign_listed(work, body, given.spec.profiles)
    return uid


def patch_metadata(work: Work, uid: str, given: Mapping[str, Any]) -> None:
    """Change name, labels and annotations.

    Raises:
        Refusal: 403, 404, 409.
    """
    body = owned(work, uid)
    scoping.patch_metadata(work, body["metadata"], given)
    name = body["metadata"]["name"]
    scoping.check_name(work, kinds.TEMPLATE, name, WHAT, but=uid)
    work.tx.put(kinds.TEMPLATE, uid, body, name=name)


def relink(work: Work, uid: str, given: Sequence[TemplateProfile]) -> None:
    """Make these the profiles; no cluster is touched before its window or an upgrade.

    Raises:
        Refusal: 400, 403, 404; 409 or 400 where a guard would refuse it on one of the clusters.
    """
    body = owned(work, uid)
    _link_profiles(work, body, given)
    shared = [(base, values.common(body, base["uid"])) for base in body["copies"]]
    pairs = followers.pairs(work.tx, followers.uids(work.tx, uid))
    for doc, record in pairs:
        guards.check_change(doc, doc["profiles"], body["copies"])
        for base, given_to_all in shared:
            for name, value in given_to_all.items():
                values.check_fixed(base, record, name, value or _default(base, name))
    _save(work, body)
    if _assign_listed(work, body, given):
        pairs = followers.pairs(work.tx, followers.uids(work.tx, uid))
    followers.refresh_all(work.tx, body, pairs, work.now)


def set_policies(work: Work, uid: str, given: Sequence[PolicyRef]) -> None:
    """Make these the policies; what waits for a window waits for the new ones.

    Raises:
        Refusal: 400, 403, 404.
    """
    body = owned(work, uid)
    _link_policies(work, body, given)
    _save(work, body)
    followers.plan_all(work.tx, uid, work.now)


def delete(work: Work, uid: str) -> None:
    """Remove a template that no cluster follows.

    Raises:
        Refusal: 403, 404, 409.
    """
    body = owned(work, uid)
    users = scoping.named_users(work, kinds.CLUSTER_TEMPLATE, uid)
    scoping.refuse_in_use(WHAT, body["metadata"]["name"], users)
    for link in (kinds.TEMPLATE_PROFILE, kinds.TEMPLATE_POLICY):
        work.tx.unlink(link, source=uid)
    work.tx.delete(kinds.TEMPLATE, uid)


def set_values(work: Work, uid: str, given: TemplateVariablesPatch) -> None:
    """Set values of many clusters; they are applied with the next upgrade.

    Raises:
        Refusal: 400, 403, 404, 409.
    """
    body = owned(work, uid)
    by_cluster: dict[str, list[ProfileValues]] = {}
    for profile in given.profiles:
        for variable in profile.variables:
            for each in variable.clusters:
                value = VariableValue(name=variable.name, value=each.value)
                by_cluster.setdefault(each.uid, []).append(ProfileValues(uid=profile.uid, variables=[value]))
    turn = 0
    for cluster, groups in by_cluster.items():
        doc, record = follower(work, body, cluster)
        _assign(body, record, groups, values.BY_TEMPLATE)
        followers.refresh(work.tx, body, doc, record, work.now, turn=turn)
        turn += record["isBehind"]


def set_cluster_values(work: Work, cluster_uid: str, given: Sequence[ProfileValues]) -> None:
    """Set values of one cluster; they are applied with the next upgrade.

    Raises:
        Refusal: 400, 404, 409.
    """
    doc = documents.changeable(work, cluster_uid)
    body = work.tx.get(kinds.TEMPLATE, doc["clusterTemplate"])
    if body is None:
        raise not_found("cluster template of cluster", cluster_uid)
    doc, record = follower(work, body, cluster_uid)
    _assign(body, record, given, values.BY_TEMPLATE)
    followers.refresh(work.tx, body, doc, record, work.now)


def set_own_values(work: Work, doc: Doc, given: Sequence[ProfileVariableValues]) -> None:
    """Set values by the cluster's own call: of a profile that it runs at once, of one that it shall run with the upgrade.

    Raises:
        Refusal: 400, 409.
    """
    uid = doc["metadata"]["uid"]
    body = work.tx.get(kinds.TEMPLATE, doc["clusterTemplate"])
    record = work.tx.get(kinds.FOLLOWER, uid)
    if body is None or record is None:
        raise not_found("cluster template of cluster", uid)
    running = {head["uid"]: head["name"] for head in doc["profiles"]}
    linked = {base["name"]: base for base in body["copies"]}
    for each in given:
        base = linked.get(running.get(each.profile_uid, "")) or values.base_of(body, each.profile_uid)
        if base is not None:
            known = {variable["name"] for variable in base["variables"]}
            # A variable that the new version has no more is still one of what runs.
            kept = [one for one in each.variables if one.name in known or base["uid"] == each.profile_uid]
            values.assign(body, base, record, kept, values.BY_CLUSTER)
    now_running = [each for each in given if each.profile_uid in running]
    unknown = [each for each in given if each.profile_uid not in running and not values.base_of(body, each.profile_uid)]
    if now_running or unknown:
        profiles.set_variables(work, doc, [*now_running, *unknown])
        record["running"] = values.ran(documents.copies_of(work.tx, uid))
    followers.refresh(work.tx, body, doc, record, work.now)


def upgrade(work: Work, uid: str, cluster_uids: Sequence[str]) -> None:
    """Upgrade clusters now: these, or all; those that are not behind are left alone.

    Raises:
        Refusal: 400 for a cluster that isn't the template's, 403, 404.
    """
    body = owned(work, uid)
    for cluster in cluster_uids:
        follower(work, body, cluster)
    wanted = list(dict.fromkeys(cluster_uids)) or followers.uids(work.tx, uid)
    for doc, (at, reason, message) in followers.upgrade(work.tx, body, wanted, work.now):
        lifecycle.record(work.tx, doc, at, reason=reason, message=message)
        documents.save(work.tx, doc)


def repave_reasons(work: Work, uid: str, profile_uids: Sequence[str]) -> list[Doc]:
    """Why nodes of any cluster would be replaced with these profiles in place of those of their names.

    Raises:
        Refusal: 400, 404.
    """
    body = get(work, uid)
    fresh = {copy["name"]: copy for copy in (attachable(work, each) for each in profile_uids)}
    body["copies"] = [fresh.pop(copy["name"], copy) for copy in body["copies"]] + list(fresh.values())
    found: list[Doc] = []
    seen = set()
    for row in followers.rows(work.tx, uid):
        key = repr((row.body["running"], row.body["assigned"]))
        if key in seen:
            continue
        seen.add(key)
        targets = [values.target(body, base, row.body) for base in body["copies"]]
        found += [
            each for each in repave.reasons(profiles.running_copies(work.tx, row.uid), targets) if each not in found
        ]
    return found


def follower(work: Work, body: Doc, cluster_uid: str) -> tuple[Doc, Doc]:
    """A cluster of the template and its record.

    Raises:
        Refusal: 400, it is none of its clusters.
    """
    row, doc = work.tx.row(kinds.FOLLOWER, cluster_uid), work.tx.get(kinds.CLUSTER, cluster_uid)
    if row is None or doc is None or row.parent != body["metadata"]["uid"]:
        raise REFERENCE_UNKNOWN.refusal(
            f"cluster {cluster_uid!r} does not follow cluster template {body['metadata']['name']!r}"
        )
    return doc, row.body


def _save(work: Work, body: Doc) -> None:
    body["metadata"]["lastModifiedTimestamp"] = work.stamp
    work.tx.put(kinds.TEMPLATE, body["metadata"]["uid"], body)


def _link_profiles(work: Work, body: Doc, given: Sequence[TemplateProfile]) -> None:
    before = {copy["name"]: values.common(body, copy["uid"]) for copy in body["copies"]}
    copies = [attachable(work, each.uid) for each in given]
    names = [copy["name"] for copy in copies]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TEMPLATE_INVALID.refusal(
            f"profile {', '.join(twice)} is linked twice; a template links one version of it"
        )
    profiles.check_set(copies, body["spec"]["cloudType"])
    linked = []
    for copy, profile in zip(copies, given, strict=True):
        stored = before.get(copy["name"], {})
        linked.append({"uid": copy["uid"], "variables": [_variable(copy, one, stored) for one in profile.variables]})
        told = [each["name"] for each in linked[-1]["variables"]]
        if len(set(told)) < len(told):
            raise TEMPLATE_INVALID.refusal(f"a variable of profile {copy['name']!r} is named twice")
    body["spec"]["profiles"], body["copies"] = linked, copies
    uid = body["metadata"]["uid"]
    work.tx.unlink(kinds.TEMPLATE_PROFILE, source=uid)
    for copy in copies:
        work.tx.link(kinds.TEMPLATE_PROFILE, uid, copy["uid"])


def _variable(copy: Copy, given: TemplateVariable, stored: Mapping[str, str]) -> Doc:
    definition = next((each for each in copy["variables"] if each["name"] == given.name), None)
    strategy = given.assign_strategy or (values.ALL if given.value else values.EACH)
    value = given.value
    if definition is not None and definition.get("isSensitive") and value == MASK:
        value = stored.get(given.name, "")
    problem = ""
    if definition is None:
        problem = "is not a variable of the profile"
    elif strategy not in (values.ALL, values.EACH):
        problem = f"has no strategy {strategy!r}; there are {values.ALL} and {values.EACH}"
    elif strategy == values.EACH and value:
        problem = f"has a value for all clusters, which strategy {values.EACH} doesn't take"
    elif strategy == values.ALL and given.clusters:
        problem = f"has values of clusters, which strategy {values.ALL} doesn't take"
    elif value:
        problem = variables.complaint_about(definition, value)
    if problem:
        raise VARIABLES_INVALID.refusal(
            f"variables of profile {copy['name']!r} {copy['version']}: {given.name} {problem}",
            profileUid=copy["uid"],
            errors=[{"variable": given.name, "message": problem}],
        )
    return {"name": given.name, "assignStrategy": strategy, **({"value": value} if strategy == values.ALL else {})}


def _link_policies(work: Work, body: Doc, given: Sequence[PolicyRef]) -> None:
    if len(given) > 1:
        raise TEMPLATE_INVALID.refusal(f"a template has at most one policy, not {len(given)}")
    uid = body["metadata"]["uid"]
    work.tx.unlink(kinds.TEMPLATE_POLICY, source=uid)
    for each in given:
        policies.check_type(each.kind or policies.KIND)
        row = work.tx.row(kinds.POLICY, each.uid)
        if row is None or row.project not in {work.project, ""}:
            raise REFERENCE_UNKNOWN.refusal(f"there is no maintenance policy {each.uid!r} in this project")
        work.tx.link(kinds.TEMPLATE_POLICY, uid, each.uid)
    body["spec"]["policies"] = [{"uid": each.uid, "kind": policies.KIND} for each in given]


def _assign_listed(work: Work, body: Doc, given: Sequence[TemplateProfile]) -> int:
    """Keep the values of clusters that stand in a full list of profiles, and say how many there were.

    The caller compares the clusters.
    """
    count = 0
    for profile in given:
        for variable in profile.variables:
            for each in variable.clusters:
                doc, record = follower(work, body, each.uid)
                one = VariableValue(name=variable.name, value=each.value)
                _assign(body, record, [ProfileValues(uid=profile.uid, variables=[one])], values.BY_TEMPLATE)
                followers.save(work.tx, doc, record)
                count += 1
    return count


def _assign(body: Doc, record: Doc, groups: Sequence[ProfileValues], by: str) -> None:
    for group in groups:
        base = values.base_of(body, group.uid)
        if base is None:
            raise REFERENCE_UNKNOWN.refusal(
                f"profile {group.uid!r} is not one that cluster template {body['metadata']['name']!r} links"
            )
        values.assign(body, base, record, group.variables, by)


def _default(base: Copy, name: str) -> str:
    return next((str(each.get("defaultValue", "")) for each in base["variables"] if each["name"] == name), "")
