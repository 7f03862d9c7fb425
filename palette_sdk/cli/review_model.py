"""What a review says: which layers change on a cluster and how, overrides and conflicts. Pure; draws and writes nothing.

It gives what may be shown of the decisions. Content that is marked as secret is left out unless asked for, so that
whatever draws a review can't give it away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from palette_sdk.cli.cluster_layers import LiveCluster
from palette_sdk.cli.settling import LayerPlan, ProfilePlan
from palette_sdk.content.digest import digest
from palette_sdk.merge import Content, Declared, Policy, Row, shared_places
from palette_sdk.merge.model import UNKNOWN_BASE

Decision = Literal["kept", "dropped", "conflict", "refused", "not needed", "without a place", "declared"]
STOPS: tuple[Decision, ...] = ("conflict", "refused")
HIDDEN = "(secret)"


@dataclass(frozen=True)
class Mark:
    """One override, and what becomes of it.

    Args:
        decision: what becomes of it.
        manifest: the manifest; empty for values.
        resource: the object in it, `Kind/name`; empty in values.
        path: its path in the document; empty for the whole.
        base: what was applied last; `unknown` where that isn't known.
        cluster: what the cluster runs.
        incoming: what the version brings.
        reason: why, where more than the policy decided.
        is_shared: whether the path alone means a place of another object of the layer, too.
    """

    decision: Decision
    manifest: str
    resource: str
    path: str
    base: str
    cluster: str
    incoming: str
    reason: str = ""
    is_shared: bool = False

    @property
    def place(self) -> str:
        """Object and path, as one text."""
        return " ".join(part for part in (self.resource or self.manifest, self.path) if part) or "values"


@dataclass(frozen=True)
class TextReview:
    """One text of a layer, as it runs and as it would be.

    Args:
        name: `values`, or the manifest's name.
        current: as it runs; empty where it is new.
        pending: as it would be; empty where it goes.
        differs: whether the two mean something else.
    """

    name: str
    current: str = field(repr=False)
    pending: str = field(repr=False)
    differs: bool


@dataclass(frozen=True)
class LayerReview:
    """One layer that changes or is overridden.

    Args:
        name: the layer.
        kind: its place in the stack.
        changes: what changes: added, removed, version, values, manifests; none where it is only overridden.
        current_version: of its pack, as it runs.
        pending_version: of its pack, as it would be.
        texts: its texts that differ or are overridden.
        marks: its overrides.
        base_known: whether what was applied last is known.
        hidden: whether its content is secret and left out here.
    """

    name: str
    kind: str
    changes: tuple[str, ...]
    current_version: str
    pending_version: str
    texts: tuple[TextReview, ...]
    marks: tuple[Mark, ...]
    base_known: bool
    hidden: bool

    @property
    def conflicts(self) -> tuple[Mark, ...]:
        """The overrides that stop the update."""
        return tuple(mark for mark in self.marks if mark.decision in STOPS)


@dataclass(frozen=True)
class ProfileReview:
    """One profile: the attached version, and the one under review."""

    name: str
    current_version: str
    pending_version: str
    edited_in_place: bool
    layers: tuple[LayerReview, ...]


@dataclass(frozen=True)
class Review:
    """A cluster under review.

    Args:
        cluster: its name.
        policy: what happens to found overrides.
        profiles: the profiles with something to say.
        to: the version that was asked for; empty for the attached ones.
    """

    cluster: str
    policy: Policy
    profiles: tuple[ProfileReview, ...]
    to: str = ""

    @property
    def layers(self) -> list[tuple[ProfileReview, LayerReview]]:
        """All layers with their profile."""
        return [(profile, layer) for profile in self.profiles for layer in profile.layers]

    @property
    def conflicts(self) -> int:
        """How many overrides stop the update."""
        return sum(len(layer.conflicts) for _, layer in self.layers)

    @property
    def changes(self) -> int:
        """How many layers change."""
        return sum(bool(layer.changes) for _, layer in self.layers)


def review_of(
    cluster: LiveCluster,
    plans: Sequence[ProfilePlan],
    *,
    policy: Policy,
    to: str = "",
    layer: str = "",
    show_secrets: bool = False,
) -> Review:
    """What may be shown of the decisions.

    Args:
        cluster: what runs.
        plans: the decisions.
        policy: under which they were made.
        to: the version that was asked for; empty for the attached ones.
        layer: only this layer.
        show_secrets: show content that is marked as secret too.
    """
    profiles = []
    for plan in plans:
        found = [
            review
            for each in plan.layers
            if layer in ("", each.name) and (review := _layer_review(each, show_secrets=show_secrets)) is not None
        ]
        if found:
            running, incoming = plan.running, plan.incoming
            edited = running.uid == incoming.uid and running.uid in cluster.pending
            profiles.append(ProfileReview(running.name, running.version, incoming.version, edited, tuple(found)))
    return Review(cluster.name, policy, tuple(profiles), to)


def _layer_review(plan: LayerPlan, *, show_secrets: bool) -> LayerReview | None:
    hidden = plan.secret and not show_secrets
    either = plan.incoming or plan.running
    texts, marks, changes = _texts(plan), _marks(plan, hidden=hidden), _changes(plan)
    if either is None or not (changes or marks or texts):
        return None
    return LayerReview(
        name=plan.name,
        kind=either.kind,
        changes=changes,
        current_version=plan.running.version if plan.running else "",
        pending_version=plan.incoming.version if plan.incoming else "",
        texts=() if hidden else texts,
        marks=marks,
        base_known=plan.base_known,
        hidden=hidden,
    )


def _changes(plan: LayerPlan) -> tuple[str, ...]:
    if plan.running is None:
        return ("added",)
    if plan.incoming is None:
        return ("removed",)
    now, then = plan.running.content, plan.pending
    found = ["version"] if plan.running.version != plan.incoming.version else []
    found += ["values"] if digest(now.values) != digest(then.values) else []
    names = {**now.manifests, **then.manifests}
    found += ["manifests"] if any(_differ(now.manifests, then.manifests, name) for name in names) else []
    return tuple(found)


def _differ(one: Mapping[str, str], other: Mapping[str, str], name: str) -> bool:
    return (name in one) != (name in other) or digest(one.get(name, "")) != digest(other.get(name, ""))


def _texts(plan: LayerPlan) -> tuple[TextReview, ...]:
    now = plan.running.content if plan.running else Content(values="", manifests={})
    pairs = [("values", now.values, plan.pending.values, plan.overridden.values)]
    pairs += [
        (name, now.manifests.get(name, ""), plan.pending.manifests.get(name, ""), name in plan.overridden.manifests)
        for name in {**now.manifests, **plan.pending.manifests}
    ]
    return tuple(
        TextReview(name, current, pending, differs)
        for name, current, pending, is_overridden in pairs
        if (differs := digest(current) != digest(pending)) or is_overridden
    )


def texts_of(plan: LayerPlan, *, everything: bool) -> list[tuple[str, str]]:
    """The pending texts of a layer by name: those that differ or are overridden, or all that there are."""
    if not everything:
        return [(text.name, text.pending) for text in _texts(plan) if text.pending]
    pairs = [("values", plan.pending.values), *plan.pending.manifests.items()]
    return [(name, text) for name, text in pairs if text]


def _marks(plan: LayerPlan, *, hidden: bool) -> tuple[Mark, ...]:
    if plan.settled is None:
        return _lost_marks(plan)
    settled = plan.settled
    groups: list[tuple[Decision, Sequence[Row]]] = [
        ("conflict", settled.conflicts),
        ("refused", settled.refused),
        ("kept", settled.kept),
        ("dropped", settled.dropped),
        ("not needed", settled.redundant),
        ("without a place", settled.orphaned),
    ]
    stopping = [(row.resource, row.path) for decision, rows in groups if decision in STOPS for row in rows]
    contents = [layer.content for layer in (plan.running, plan.incoming) if layer is not None]
    shared = set() if hidden else shared_places(stopping, contents)
    found = [
        _mark(decision, row, hidden=hidden, is_shared=(row.resource, row.path) in shared)
        for decision, rows in groups
        for row in rows
    ]
    return (*found, *(_own_mark(each, hidden=hidden) for each in plan.declared))


def _lost_marks(plan: LayerPlan) -> tuple[Mark, ...]:
    """Overrides of a layer that goes have no place any more; which texts had one is all that matters."""
    names = [*([""] if plan.overridden.values else []), *plan.overridden.manifests]
    return tuple(Mark("without a place", name, "", "", "", "", "") for name in names)


def _own_mark(row: Declared, *, hidden: bool) -> Mark:
    """A program's own override has one value, and nothing to decide."""
    if hidden:
        return Mark("declared", row.manifest, row.resource, "", "", HIDDEN, "")
    value = "(gone)" if row.remove else "(whole text)" if row.text is not None else json.dumps(row.value)
    return Mark("declared", row.manifest, row.resource, row.path, "", value, "")


def _mark(decision: Decision, row: Row, *, hidden: bool, is_shared: bool) -> Mark:
    if hidden:
        return Mark(decision, row.manifest, row.resource, "", HIDDEN, HIDDEN, HIDDEN)
    base = row.shown_base if row.base_known else "unknown"
    values = (base, row.shown_override, row.shown_incoming)
    reason = "" if row.reason == UNKNOWN_BASE else row.reason  # told once for the layer
    return Mark(decision, row.manifest, row.resource, row.path, *values, reason, is_shared)


def as_data(review: Review) -> dict[str, Any]:
    """The review for programs; the keys stay."""
    return {
        "cluster": review.cluster,
        "policy": review.policy,
        "changes": review.changes,
        "conflicts": review.conflicts,
        "profiles": [
            {
                "name": profile.name,
                "current_version": profile.current_version,
                "pending_version": profile.pending_version,
                "edited_in_place": profile.edited_in_place,
                "layers": [_layer_data(layer) for layer in profile.layers],
            }
            for profile in review.profiles
        ],
    }


def _layer_data(layer: LayerReview) -> dict[str, Any]:
    return {
        "name": layer.name,
        "layer": layer.kind,
        "changes": list(layer.changes),
        "current_version": layer.current_version,
        "pending_version": layer.pending_version,
        "base_known": layer.base_known,
        "secret": layer.hidden,
        "overrides": [
            {
                "decision": mark.decision,
                "manifest": mark.manifest,
                "resource": mark.resource,
                "path": mark.path,
                "base": mark.base,
                "cluster": mark.cluster,
                "incoming": mark.incoming,
                "reason": mark.reason,
            }
            for mark in layer.marks
        ],
        "texts": [
            {"name": text.name, "current": text.current, "pending": text.pending, "differs": text.differs}
            for text in layer.texts
        ],
    }
