"""What becomes of the layers of a cluster: each overridden text against what was applied and what comes. Pure, with texts.

The merge decides; here its base is found: what was applied last, as far as it is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palette_sdk.cli.cluster_layers import Layer, LiveCluster, Overridden, Version
from palette_sdk.cli.stack_state import StackFacts
from palette_sdk.merge import Content, Declared, Policy, Settled, settle


@dataclass(frozen=True)
class LayerPlan:
    """What becomes of one layer.

    Args:
        name: the layer.
        running: as it runs; None where it is new.
        incoming: as the version has it; None where it goes.
        settled: the decision about its overrides; None where it goes.
        overridden: what the service says is overridden.
        base_known: whether the content that was applied last is known, or doesn't matter.
        secret: whether its content is marked as secret.
        declared: overrides that a program declares on it.
    """

    name: str
    running: Layer | None
    incoming: Layer | None
    settled: Settled | None
    overridden: Overridden
    base_known: bool
    secret: bool
    declared: tuple[Declared, ...] = ()

    @property
    def pending(self) -> Content:
        """The content that it would get; empty where it goes."""
        return self.settled.content if self.settled else Content(values="", manifests={})

    @property
    def differs_from_profile(self) -> bool:
        """Whether it would get another text than the version's."""
        return self.incoming is not None and not _is_same(self.pending, self.incoming.content)


@dataclass(frozen=True)
class ProfilePlan:
    """What becomes of one profile of the cluster: from the attached version to the other one, or to its own content."""

    running: Version
    incoming: Version
    layers: tuple[LayerPlan, ...]


def settle_all(
    cluster: LiveCluster,
    targets: Mapping[str, Version],
    *,
    overrides: Mapping[str, Mapping[str, Overridden]],
    bases: Mapping[str, Version],
    facts: StackFacts | None,
    policy: Policy,
) -> list[ProfilePlan]:
    """Decide about each layer of the profiles for which there is a target.

    Args:
        cluster: what runs.
        targets: the version that is to run, by uid of the attached one.
        overrides: what the service says is overridden, by uid of the attached version and layer.
        bases: the attached versions as they are published, by uid, where nothing was edited since they were applied.
        facts: what a stack knows; None without one.
        policy: what happens to found overrides.
    """
    plans = []
    for running in cluster.profiles:
        incoming = targets.get(running.uid)
        if incoming is None:
            continue
        layers = [
            _layer_plan(
                running,
                incoming,
                name,
                overridden=overrides.get(running.uid, {}).get(name, Overridden()),
                base=bases.get(running.uid),
                facts=facts,
                policy=policy,
            )
            for name in {**incoming.layers, **running.layers}
        ]
        plans.append(ProfilePlan(running, incoming, tuple(layers)))
    return plans


def _layer_plan(
    running: Version,
    incoming: Version,
    name: str,
    *,
    overridden: Overridden,
    base: Version | None,
    facts: StackFacts | None,
    policy: Policy,
) -> LayerPlan:
    before, after = running.layers.get(name), incoming.layers.get(name)
    applied = facts.layers.get((running.name, name)) if facts else None
    secret = facts is not None and facts.is_secret(running.name, name)
    if after is None:
        return LayerPlan(name, before, None, None, overridden, base_known=True, secret=secret)
    if before is None:
        known: Content | None = after.content
    elif not overridden:
        known = before.content  # nobody changed it: what runs is what was applied
    elif base is not None and name in base.layers:
        known = base.layers[name].content  # nobody edited the version: it still holds what was applied
    else:
        known = applied.base(after.content) if applied else None
    declared = facts.declared_on(running.name, name) if facts else ()
    settled = settle(
        layer=name,
        base=known,
        incoming=after.content,
        running=before.content if before else None,
        policy=policy,
        rules=facts.rules if facts else (),
        declared=declared,
        owned=declared,
        path=f"overrides of {name}",
    )
    return LayerPlan(name, before, after, settled, overridden, known is not None, secret, declared)


def _is_same(one: Content, other: Content) -> bool:
    return one.values == other.values and dict(one.manifests) == dict(other.manifests)
