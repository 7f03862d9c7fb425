"""Profiles on a cluster: attach, change, replace, detach, override; every change goes through `commit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import (
    CLUSTER_PROFILES_INVALID,
    INFRA_PROFILE_NEEDED,
    NOT_NOTIFIED,
)
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.refusals import not_found
from palette_sdk.controlplane.services import clusters_content as content
from palette_sdk.controlplane.services import clusters_documents as documents
from palette_sdk.controlplane.services import clusters_guards as guards
from palette_sdk.controlplane.services import clusters_pending as pending
from palette_sdk.controlplane.services import clusters_repave as repave
from palette_sdk.controlplane.services import clusters_variables as variables
from palette_sdk.controlplane.services.clusters_content import INFRA_TYPES, Copy
from palette_sdk.controlplane.services.clusters_sources import attachable
from palette_sdk.controlplane.simulation import cluster as simulation
from palette_sdk.controlplane.store import Tx
from palette_sdk.wire.clusters import (
    ClusterProfiles,
    PackRefsUpdate,
    PackValues,
    ProfileEntity,
    ProfileVariableValues,
    SpcApplySettings,
)

Doc = dict[str, Any]


def copies_for(work: Work, cluster_uid: str, entities: Sequence[ProfileEntity]) -> list[Copy]:
    """The copies that a new cluster starts with.

    Raises:
        Refusal: an unknown or unpublished profile, or values of variables that can't be accepted.
    """
    return [_copy(work, cluster_uid, entity, None) for entity in entities]


def check_set(copies: Sequence[Copy], cloud: str) -> None:
    """Make sure that a cluster of this cloud can have these profiles.

    Raises:
        Refusal: 400.
    """
    uids = [copy["uid"] for copy in copies]
    twice = sorted({copy["name"] for copy in copies if uids.count(copy["uid"]) > 1})
    if twice:
        raise CLUSTER_PROFILES_INVALID.refusal(f"profile {', '.join(twice)} is named twice; a profile is attached once")
    infra = [f"{copy['name']} {copy['version']}" for copy in copies if copy["type"] in INFRA_TYPES]
    if len(infra) != 1:
        have = f"there are {len(infra)}: {', '.join(infra)}" if infra else "there is none"
        raise CLUSTER_PROFILES_INVALID.refusal(f"a cluster needs exactly one profile of type infra or cluster; {have}")
    for copy in copies:
        if copy["cloudType"] not in (cloud, "all", ""):
            raise CLUSTER_PROFILES_INVALID.refusal(
                f"profile {copy['name']!r} {copy['version']} is for {copy['cloudType']}, the cluster is on {cloud}"
            )


def changed_copies(
    work: Work, doc: Doc, entities: Sequence[ProfileEntity], *, is_whole_set: bool, takes_updates: bool
) -> list[Copy]:
    """The copies after a PATCH (or, with `is_whole_set`, a PUT) with these entities; nothing is kept yet.

    Args:
        work: the work at hand.
        doc: the cluster.
        entities: what was sent.
        is_whole_set: profiles that aren't named are detached.
        takes_updates: a profile that is attached already brings its newest published content.

    Raises:
        Refusal: 400, 409.
    """
    uid, copies = doc["metadata"]["uid"], documents.copies_of(work.tx, doc["metadata"]["uid"])
    if len({entity.uid for entity in entities}) < len(entities):
        raise CLUSTER_PROFILES_INVALID.refusal("a profile is named twice in the body")
    kept: list[Copy] = [] if is_whole_set else list(copies)
    for entity in entities:
        same = _by_uid(copies, entity.uid)
        replaced = _by_uid(copies, entity.replace_with_profile) if entity.replace_with_profile != entity.uid else None
        if entity.replace_with_profile and replaced is None and same is None:
            raise CLUSTER_PROFILES_INVALID.refusal(
                f"replaceWithProfile names {entity.replace_with_profile!r}, which is not attached to the cluster"
            )
        before = same or replaced or (_predecessor(copies, work.tx, entity.uid) if is_whole_set else None)
        fresh = _copy(work, uid, entity, before, is_update=same is not None and not takes_updates)
        _place(kept, fresh, replaced)
    check_set(kept, doc["cloud"])
    return kept


def updatable(work: Work, uid: str, *, values_only: bool = False) -> Doc:
    """The cluster with this uid, to change its profiles, or values of their variables alone.

    Raises:
        Refusal: 404; 409 while it is built or deleted, or when its profiles are those of a template.
    """
    doc = documents.changeable(work, uid)
    if not values_only:
        guards.check_own(doc)
    guards.check_up(doc)
    return doc


def check(work: Work, doc: Doc, entities: Sequence[ProfileEntity]) -> None:
    """Say what a PATCH with these entities that takes updates would refuse.

    Raises:
        Refusal: 400, 409.
    """
    guards.check_own(doc)
    wanted = changed_copies(work, doc, entities, is_whole_set=False, takes_updates=True)
    guards.check_change(doc, running_copies(work.tx, doc["metadata"]["uid"]), wanted)


def change(work: Work, doc: Doc, body: ClusterProfiles, *, is_whole_set: bool, takes_updates: bool) -> None:
    """PUT or PATCH of the profiles of a cluster; see `changed_copies`."""
    copies = changed_copies(work, doc, body.profiles, is_whole_set=is_whole_set, takes_updates=takes_updates)
    commit(work, doc, copies, body.spc_apply_settings)


def detach(work: Work, doc: Doc, uids: Sequence[str]) -> None:
    """DELETE of profiles of a cluster; what isn't attached is passed over.

    Raises:
        Refusal: 409 for the infrastructure profile.
    """
    copies = documents.copies_of(work.tx, doc["metadata"]["uid"])
    leaving = [copy for copy in copies if copy["uid"] in set(uids)]
    for copy in leaving:
        if copy["type"] in INFRA_TYPES:
            raise INFRA_PROFILE_NEEDED.refusal(
                f"profile {copy['name']!r} {copy['version']} is the cluster's infrastructure and can't be detached; replace it"
            )
    if leaving:
        commit(work, doc, [copy for copy in copies if copy not in leaving], None)


def apply_updates(work: Work, doc: Doc, body: PackRefsUpdate, notice: str) -> None:
    """PATCH of packRefs: take the pending updates of the named profiles; without names, of the one notified about.

    Raises:
        Refusal: 404 for a notice that isn't open here, 409 for references to what isn't pending (any more), 400.
    """
    noticed = [head["uid"] for head in doc["profiles"] if head.get("notice") and head["notice"] == notice]
    if notice and not noticed:
        raise NOT_NOTIFIED.refusal(f"cluster {doc['metadata']['name']!r} has no open notification {notice!r}")
    attached = {head["uid"] for head in doc["profiles"]}
    for each in body.profiles:
        if each.uid not in attached:
            raise CLUSTER_PROFILES_INVALID.refusal(f"profile {each.uid!r} is not attached to the cluster")
        guards.check_pack_refs(attachable(work, each.uid), each.packs)
    entities = [
        ProfileEntity(
            uid=each.uid,
            pack_values=[
                PackValues(name=pack.name, values=pack.values, manifests=pack.manifests) for pack in each.packs
            ],
        )
        for each in body.profiles
    ] or [ProfileEntity(uid=uid) for uid in noticed]
    copies = changed_copies(work, doc, entities, is_whole_set=False, takes_updates=True)
    commit(work, doc, copies, body.spc_apply_settings)


def set_variables(work: Work, doc: Doc, given: Sequence[ProfileVariableValues]) -> None:
    """PATCH of the variables of a cluster.

    Raises:
        Refusal: 400, 409.
    """
    copies = documents.copies_of(work.tx, doc["metadata"]["uid"])
    for each in given:
        copy = _by_uid(copies, each.profile_uid)
        if copy is None:
            raise CLUSTER_PROFILES_INVALID.refusal(f"profile {each.profile_uid!r} is not attached to the cluster")
        variables.assign(copy, each.variables, before=content.variable_values(copy))
        variables.check_complete(copy)
    commit(work, doc, copies, None)


def override_manifests(
    work: Work, doc: Doc, profile_uid: str, pack_name: str, given: Sequence[tuple[str, str]]
) -> None:
    """Override manifests of one layer, by the uid that they have on the cluster or in the profile.

    Raises:
        Refusal: 404 for a profile, layer or manifest that isn't there.
    """
    copies = documents.copies_of(work.tx, doc["metadata"]["uid"])
    copy, pack = layer_of(copies, profile_uid, pack_name)
    for uid, text in given:
        named = next(
            (each for each in content.manifests_of(copy, pack) if uid in (each["uid"], each["parentUid"])), None
        )
        if named is None:
            raise not_found("manifest", uid)
        guards.check_texts(copy, pack_name, {f"manifest {named['name']!r}": text})
        content.override_manifest(copy, pack, doc["metadata"]["uid"], named["name"], text)
    commit(work, doc, copies, None)


def layer_of(copies: Sequence[Copy], profile_uid: str, pack_name: str) -> tuple[Copy, Doc]:
    """A copy and its pack.

    Raises:
        Refusal: 404.
    """
    copy = _by_uid(copies, profile_uid)
    if copy is None:
        raise not_found("cluster profile", profile_uid)
    pack = content.find_pack(copy, pack_name)
    if pack is None:
        raise not_found("pack", pack_name)
    return copy, pack


def commit(work: Work, doc: Doc, copies: list[Copy], settings: SpcApplySettings | None) -> None:
    """Keep changed copies of a cluster and let the simulation roll out what differs.

    Raises:
        Refusal: 400, 409, what runs can't become that.
    """
    commit_at(work.tx, work.now, doc, copies, settings)
    documents.save(work.tx, doc)


def commit_at(
    tx: Tx, now: float, doc: Doc, copies: list[Copy], settings: SpcApplySettings | None, *, approves: bool = False
) -> None:
    """As `commit`, as of a moment that may lie before the call; `approves`: nodes are replaced without another word.

    The caller saves the document.
    """
    uid = doc["metadata"]["uid"]
    running = running_copies(tx, uid)
    guards.check_change(doc, running, copies)
    reasons = repave.reasons(running, copies) if simulation.is_provisioned(doc) else []
    declare(tx, doc, copies, held=running if reasons and not approves else None)
    # A call without a word about it (variables, manifests) must not release what somebody holds back.
    is_held = not doc["spcApply"]["canBeApplied"] and doc["spcApply"]["actionType"] == simulation.LATER
    later = settings.action_type == simulation.LATER if settings is not None else is_held
    wanted = content.wanted_layers(copies, doc["metadata"])
    simulation.change_layers(doc, wanted, now, later=later, repave=reasons)
    if approves:
        simulation.approve_repave(doc, now)
    doc["metadata"]["lastModifiedTimestamp"] = stamp(now)
    pending.refresh(tx, doc, now)


def running_copies(tx: Tx, uid: str) -> list[Copy]:
    """The copies that the nodes run: while a repave waits, those from before it."""
    return documents.held_copies_of(tx, uid) or documents.copies_of(tx, uid)


def declare(tx: Tx, doc: Doc, copies: list[Copy], *, held: list[Copy] | None = None) -> None:
    """Keep copies (`held`: those that run until a repave is approved), links, and the heads in the cluster's document.

    The caller saves the document.
    """
    uid = doc["metadata"]["uid"]
    notices = {head["uid"]: head.get("notice", "") for head in doc.get("profiles", [])}
    doc["profiles"] = [{**content.head_of(copy), "notice": notices.get(copy["uid"], "")} for copy in copies]
    documents.save_copies(tx, uid, copies, held)
    tx.unlink(kinds.CLUSTER_PROFILE, source=uid)
    for copy in copies:
        tx.link(kinds.CLUSTER_PROFILE, uid, copy["uid"])


def _copy(work: Work, cluster_uid: str, entity: ProfileEntity, before: Copy | None, *, is_update: bool = False) -> Copy:
    """The copy for an entity: content (the old one's, if `is_update`), values carried over, what was sent put in."""
    copy = {**before, "values": dict(before["values"])} if before and is_update else attachable(work, entity.uid)
    if before is not None and not is_update:
        known = {each["name"] for each in copy["variables"]}
        copy["values"] = {name: value for name, value in before["values"].items() if name in known}
    guards.check_pack_values(copy, entity.pack_values)
    variables.assign(copy, entity.variables, before=_former_values(before, copy))
    variables.check_complete(copy)
    content.override(copy, cluster_uid, entity.pack_values)
    return copy


def _former_values(before: Copy | None, copy: Copy) -> dict[str, str] | None:
    """The values that immutable variables have to keep: of another version only those that were set."""
    if before is None:
        return None
    return content.variable_values(before) if before["uid"] == copy["uid"] else dict(before["values"])


def _place(kept: list[Copy], fresh: Copy, replaced: Copy | None) -> None:
    """Put a copy where the one it updates or replaces stood; else at the end."""
    place = next((i for i, copy in enumerate(kept) if copy["uid"] == fresh["uid"]), None)
    if replaced is not None and (gone := _by_uid(kept, replaced["uid"])) is not None:
        index = kept.index(gone)
        if place is None:
            kept[index] = fresh
            return
        kept.pop(index)
        place = kept.index(next(copy for copy in kept if copy["uid"] == fresh["uid"]))
    if place is None:
        kept.append(fresh)
    else:
        kept[place] = fresh


def _predecessor(copies: Sequence[Copy], tx: Tx, uid: str) -> Copy | None:
    """The attached profile of the same name, whose values a PUT with another version carries over."""
    body = tx.get(kinds.PROFILE, uid)
    name = body["metadata"]["name"] if body else None
    return next((copy for copy in copies if copy["name"] == name), None)


def _by_uid(copies: Sequence[Copy], uid: str) -> Copy | None:
    return next((copy for copy in copies if copy["uid"] == uid), None)
