"""Sequences of what a program and somebody else do to a cluster, held against a naive model of its content and overrides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from palette_sdk.controlplane.catalogue import Catalogue
from palette_sdk.resources.cluster.overrides import NOT_KNOWN
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.profile.provider import ProfileProvider
from tests.unit.resources.cluster.test_overrides import KINDS, RESOURCE, Cluster, content, override_on, replicas_in
from tests.unit.resources.steps import RefusedError, Steps
from tests.unit.resources.world import a_world

VERSIONS = ("1.0.0", "1.1.0")
NUMBERS = st.integers(1, 4)
IMAGES = st.sampled_from(["1.0", "2.0"])
ACTS = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(VERSIONS), NUMBERS, IMAGES),
    st.tuples(st.just("choose"), st.sampled_from(VERSIONS)),
    st.tuples(st.just("override"), NUMBERS),
    st.tuples(st.just("declare"), st.one_of(st.none(), NUMBERS)),
    st.tuples(st.just("refresh")),
    st.tuples(st.just("up"), st.sampled_from(["hold", "apply"])),
)
SEQUENCES = st.lists(ACTS, min_size=2, max_size=7).map(lambda acts: [*acts, ("up", "apply")])


@dataclass
class Model:
    """What a cluster must come to.

    Args:
        policy: keep or drop.
        versions: what each version holds: replicas and image.
        chosen: the version that the program has.
        declared: replicas that the program declares.
        attached: the version that the cluster runs.
        applied: replicas and image that were applied last.
        owned: replicas that were declared when it was applied.
        replicas: what runs.
    """

    policy: str
    versions: dict[str, tuple[int, str]] = field(default_factory=lambda: dict.fromkeys(VERSIONS, (2, "1.0")))
    chosen: str = "1.0.0"
    declared: int | None = None
    attached: str = "1.0.0"
    applied: tuple[int, str] = (2, "1.0")
    owned: int | None = None
    replicas: int = 2

    @property
    def found(self) -> int | None:
        """The override that somebody made, where there is one; what the program owns isn't somebody's."""
        return self.replicas if self.owned is None and self.replicas != self.applied[0] else None

    @property
    def is_held(self) -> bool:
        """Whether an edit in place would wait."""
        return self.chosen == self.attached and self.versions[self.chosen] != self.applied

    def up(self, updates: str) -> None:
        """The program runs."""
        if self.is_held and updates == "hold":
            return
        coming = self.versions[self.chosen]
        is_sent = (self.chosen, coming, self.declared) != (self.attached, self.applied, self.owned)
        if is_sent:
            kept = self.found if self.policy == "keep" else None
            self.replicas = self.declared or kept or coming[0]
        self.attached, self.applied, self.owned = self.chosen, coming, self.declared


def declared(kind: str, value: int | None) -> dict[str, Any]:
    """The override that the program declares."""
    where = KINDS[kind]
    key = " ".join([where.layer, *filter(None, [where.override.get("resource"), where.place])])
    return {} if value is None else {"overrides": {key: {"layer": where.layer, "value": value, **where.override}}}


@pytest.fixture
def begin(
    servicer: ModuleType, catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], AbstractContextManager[Cluster]]:
    """Gives a cluster with a control plane of its own, by kind and policy."""

    @contextmanager
    def made(kind: str, policy: str) -> Iterator[Cluster]:
        with a_world(tmp_path_factory.mktemp("sequence"), catalogue) as world:
            clusters = Steps(servicer, ClusterProvider(), world.process, "Cluster")
            profiles = Steps(servicer, ProfileProvider(), world.process, "Profile")
            yield Cluster(world, clusters, profiles, kind, {"override_policy": policy})

    return made


@pytest.mark.parametrize("kind", ["values", "manifest"])
@pytest.mark.parametrize("policy", ["keep", "drop"])
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(acts=SEQUENCES)
@example(acts=[("declare", 3), ("edit", "1.0.0", 4, "1.0"), ("up", "hold"), ("up", "apply")])
def test_sequences(
    begin: Callable[[str, str], AbstractContextManager[Cluster]],
    kind: str,
    policy: str,
    acts: list[tuple[Any, ...]],
) -> None:
    """The cluster runs what the model says, a second `up` changes nothing, and no override is lost without being named."""
    with begin(kind, policy) as cluster:
        world, clusters = cluster.world, cluster.clusters
        items = {number: cluster.version(number, 2) for number in VERSIONS}
        model = Model(policy)
        cluster.up(items["1.0.0"])
        place = " ".join(filter(None, [RESOURCE if kind == "manifest" else "", KINDS[kind].place]))
        for act, *told in acts:
            if act == "edit":
                number, replicas, image = told
                model.versions[number] = (replicas, image)
                items[number] = cluster.version(number, replicas, image)
            elif act == "choose":
                (model.chosen,) = told
            elif act == "declare":
                if not model.is_held:
                    (model.declared,) = told
            elif act == "override":
                (number,) = told
                if model.owned is None and number != model.replicas:
                    uid = items[model.attached]["uid"]
                    override_on(world, cluster.uid, uid, kind, old=model.replicas, new=number)
                    model.replicas = number
            elif act == "refresh":
                assert clusters.refresh("web")
                found = clusters.state["web"].outputs["found_overrides"].get("web", {})
                expected = {} if model.found is None else {KINDS[kind].layer: {place: str(model.found)}}
                unknown = {} if model.found is None else {KINDS[kind].layer: NOT_KNOWN}
                # A refresh asks the service alone, which keeps no former content of a version that was edited.
                assert found in ([expected, unknown] if model.versions[model.attached] != model.applied else [expected])
            else:
                (updates,) = told
                world.link.lines.clear()
                before, where = model.found, model.replicas
                inputs = cluster.inputs(items[model.chosen], updates=updates, **declared(kind, model.declared))
                if updates == "hold" and model.is_held and model.declared != model.owned:
                    with pytest.raises(RefusedError, match="overrides would change while an update of web"):
                        clusters.preview("web", inputs)
                    continue
                step, checked = clusters.preview("web", inputs)
                lines = list(world.link.lines)
                assert clusters.up("web", inputs) == step
                assert clusters.state["web"].inputs == checked
                model.up(updates)
                assert replicas_in(cluster.text()) == model.replicas
                assert cluster.text().strip() == content(kind, model.replicas, model.applied[1]).strip()
                if before is not None and model.found is None and model.replicas != where:
                    assert any(f"{KINDS[kind].layer} {place} = {before}" in line for line in lines), lines
                assert clusters.preview("web", inputs)[0] == "same"
