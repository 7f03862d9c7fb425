"""The pending content of a cluster: gathered, decided, sent. What a review shows and what `palette apply` writes.

One decision serves both: `gather` reads and decides, `send` writes exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from palette_sdk.cli import overriding, stack_state
from palette_sdk.cli.cluster_layers import LiveCluster, Overridden, Version, chosen, overridden, published, read_cluster
from palette_sdk.cli.settling import LayerPlan, ProfilePlan, settle_all
from palette_sdk.cli.stack_state import StackFacts
from palette_sdk.client import Palette
from palette_sdk.errors import ConfigError, PaletteError
from palette_sdk.merge import Content, Policy
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.wire.clusters import ProfileEntity

POLICIES: tuple[Policy, ...] = ("merge", "keep", "drop", "fail")


@dataclass(frozen=True)
class Pending:
    """A cluster, and what would become of the profiles that were asked for.

    Args:
        cluster: what runs.
        plans: what would become of it.
        policy: what happens to found overrides.
        told: how the policy and the base were found, for people.
        to: the version that was asked for; empty for the attached ones.
        has_program: whether a stack manages the cluster.
        unjudged: layers, by profile, with a declared override whose value only the program knows, as it is secret.
    """

    cluster: LiveCluster
    plans: tuple[ProfilePlan, ...]
    policy: Policy
    told: str
    to: str
    has_program: bool
    unjudged: frozenset[tuple[str, str]] = frozenset()

    def is_update(self, plan: ProfilePlan) -> bool:
        """Whether the profile brings other content than what was applied."""
        return plan.running.uid != plan.incoming.uid or plan.running.uid in self.cluster.pending


def gather(
    client: Palette,
    name: str,
    *,
    profile: str = "",
    to: str = "",
    policy: Policy | None = None,
    stack: str = "",
    writes: bool = False,
) -> Pending:
    """Read a cluster and decide what would become of it.

    Args:
        client: the service.
        name: the cluster's name.
        profile: only this profile.
        to: a version of the profile; default: the attached one as it is published now.
        policy: what happens to found overrides; default: what the stack says, else merge.
        stack: a stack that manages the cluster; default: the selected one, where one stands in its folder.
        writes: whether it is to be sent.

    Raises:
        PaletteError: there is no such cluster, profile or version; or it is to move or to be written to, and follows a
            template.
    """
    cluster = read_cluster(client, name)
    if to or writes:
        overriding.refuse_follower(client, cluster)
    facts, told = known_to_stack(stack, cluster)
    if to:
        attached, uid = _switched(client, cluster, profile, to)
        targets = {attached.uid: published(client, uid)}
    else:
        targets = {each.uid: published(client, each.uid) for each in chosen(cluster, profile)}
    running = [each for each in cluster.profiles if each.uid in targets]
    overrides = {each.uid: overridden(client, cluster, each) for each in running}
    bases = {each.uid: published(client, each.uid) for each in running if each.uid not in cluster.pending}
    decided = policy or (facts.policy if facts and facts.policy in POLICIES else "merge")
    plans = settle_all(cluster, targets, overrides=overrides, bases=bases, facts=facts, policy=decided)
    unjudged = frozenset(
        (plan.running.name, layer.name)
        for plan in plans
        for layer in plan.layers
        if facts is not None and not facts.is_judgeable(plan.running.name, layer.name)
    )
    return Pending(cluster, tuple(plans), decided, told, to, facts is not None, unjudged)


def known_to_stack(stack: str, cluster: LiveCluster) -> tuple[StackFacts | None, str]:
    """What a stack knows about the cluster, and how that is told.

    Raises:
        ConfigError: the stack that was named can't be read.
    """
    state, told = state_of(stack)
    if state is None:
        return None, told
    facts = stack_state.from_state(state, cluster.uid)
    if facts is None:
        return None, f'{told} doesn\'t manage "{cluster.name}", so no former content is known'
    return facts, f"policy, overrides and former content are those of {told}"


def state_of(stack: str) -> tuple[dict[str, Any] | None, str]:
    """The state of the stack that is named, or of the selected one of the project here; and its name, or why there is none.

    Raises:
        ConfigError: the stack that was named can't be read.
    """
    folder = stack_state.project_here()
    if not stack and folder is None:
        return None, "no stack is named, so no program's policy, overrides or former content are known (--stack NAME)"
    named = f"stack {stack}" if stack else f"the selected stack of {folder}"
    try:
        return stack_state.export(stack), named
    except ConfigError as e:
        if stack:
            raise
        return None, f"{named} can't be read, so no former content is known: {e}"


def _refuse_changed(client: Palette, cluster: LiveCluster, plans: Sequence[ProfilePlan]) -> None:
    """What was decided on holds only as long as nobody changed it: the service has no lock and no version to ask for."""
    now = {each.uid: each for each in read_cluster(client, cluster.name).profiles}
    for plan in plans:
        running, incoming = now.get(plan.running.uid), published(client, plan.incoming.uid)
        if running is None or _texts(running) != _texts(plan.running):
            what = f'{plan.running.name} on "{cluster.name}"'
        elif _texts(incoming) != _texts(plan.incoming):
            what = f"{incoming.name} {incoming.version}"
        else:
            continue
        raise PaletteError(
            f"{what} was changed meanwhile by someone else; nothing was sent. Look again: palette review {cluster.name}"
        )


def _texts(version: Version) -> dict[str, tuple[str, Content]]:
    return {name: (each.version, each.content) for name, each in version.layers.items()}


def _switched(client: Palette, cluster: LiveCluster, profile: str, to: str) -> tuple[Version, str]:
    """The attached profile that is to change its version, and the uid of that version."""
    among = chosen(cluster, profile)
    versions = {each.uid: client.profiles.versions(each.name, fresh=True) for each in among}
    found = [each for each in among if to in versions[each.uid]]
    if len(found) == 1:
        return found[0], versions[found[0].uid][to]
    if found:
        raise PaletteError(
            f'{len(found)} profiles of "{cluster.name}" have a version {to}; say which: '
            + "   or: ".join(f"--profile {each.name}" for each in found)
        )
    known = did_you_mean(to, [number for each in versions.values() for number in each])
    raise PaletteError(f'no profile of "{cluster.name}" has a version {to}; {known}')


def with_texts(plans: Sequence[ProfilePlan], texts: Mapping[tuple[str, str], Content]) -> tuple[ProfilePlan, ...]:
    """The plans with other content for some layers, by uid of the attached version and layer; it settles their conflicts."""
    return tuple(
        replace(plan, layers=tuple(_with_text(each, texts.get((plan.running.uid, each.name))) for each in plan.layers))
        for plan in plans
    )


def _with_text(plan: LayerPlan, content: Content | None) -> LayerPlan:
    if content is None or plan.settled is None:
        return plan
    return replace(plan, settled=replace(plan.settled, content=content, conflicts=(), refused=()))


def stopped(plans: Iterable[ProfilePlan]) -> bool:
    """Whether an override stops the update."""
    return any(
        each.settled is not None and bool(each.settled.conflicts or each.settled.refused)
        for plan in plans
        for each in plan.layers
    )


def entity_of(plan: ProfilePlan) -> ProfileEntity:
    """The profile as it is sent: with every text that isn't the version's own."""
    overrides, layers = {}, dict(plan.incoming.layers)
    for each in plan.layers:
        if each.incoming is None or not each.differs_from_profile:
            continue
        own = each.incoming.content
        manifests = tuple(name for name, text in each.pending.manifests.items() if text != own.manifests.get(name))
        overrides[each.name] = Overridden(each.pending.values != own.values, manifests)
        layers[each.name] = replace(each.incoming, content=each.pending)
    replaces = plan.running.uid if plan.running.uid != plan.incoming.uid else ""
    return overriding.entity_of(plan.incoming.uid, layers, overrides, replaces=replaces)


def _names(plans: Sequence[ProfilePlan]) -> set[str]:
    return {plan.running.name for plan in plans}


def send(client: Palette, pending: Pending, plans: Sequence[ProfilePlan], *, repave: bool) -> None:
    """Write these profiles to the cluster, in one call.

    Raises:
        PaletteError: the cluster is not running, the service refuses them, nodes would be replaced and that isn't
            wanted, or the cluster or a version was changed since it was read.
    """
    cluster = pending.cluster
    secret = sorted(f"{name} of {profile}" for profile, name in pending.unjudged if profile in _names(plans))
    if secret and pending.policy == "drop":
        raise PaletteError(
            f"the program declares an override with a secret value on {', '.join(secret)}; it is not known here and would be "
            "dropped with the others, so nothing was sent.\n"
            '  apply the update with the program (updates="apply", or the token of its preview), or: --policy keep'
        )
    overriding.refuse_busy(cluster)
    _refuse_changed(client, cluster, plans)
    entities = [entity_of(plan) for plan in plans]
    for plan, entity in zip(plans, entities, strict=True):
        overriding.validate(client, cluster, plan.incoming.name, entity)
    takes_updates = any(pending.is_update(plan) for plan in plans)
    overriding.send(client, cluster, entities, repave=repave, takes_updates=takes_updates)
