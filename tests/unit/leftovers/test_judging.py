"""Which objects are orphans, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from palette_sdk.leftovers.judging import Facts, Layer, judge, replicas_of
from palette_sdk.leftovers.model import Leftovers
from palette_sdk.leftovers.naming import Release, name_of
from tests.unit.leftovers.objects import (
    CHANGED,
    LABELS,
    MADE,
    PALETTE,
    REPLICAS,
    STATUS,
    made,
    manager,
    plain,
    record,
)

HELLO = Layer("hello", "spectro", "addon", "Ready")
TEXTS = Layer("texts", "manifest", "addon", "Ready")
INFRA = [Layer("ubuntu", "spectro", "os", "Ready"), Layer("kubernetes", "spectro", "k8s", "Ready")]


def facts(
    layers: Sequence[Layer] = (HELLO, TEXTS),
    *,
    releases: dict[str, list[Any] | None] | None = None,
    manifests: list[Any] | None = [],  # noqa: B006 - never changed
    makers: Sequence[str] = ("palette",),
) -> Facts:
    """A cluster with these layers on two machine layers."""
    given: dict[str, list[Any] | None] = {"hello": []} if releases is None else releases
    return Facts(
        [*INFRA, *layers],
        [
            Release(name, "web", None if objects is None else tuple(map(name_of, objects)))
            for name, objects in given.items()
        ],
        None if manifests is None else [name_of(each) for each in manifests],
        frozenset(makers),
    )


def labels(found: Leftovers) -> list[str]:
    """The orphans in short."""
    return [each.label for each in found.orphans]


OLD = made("Deployment", "old", release="hello", replicas=2)


def test_what_is_told_of_an_orphan() -> None:
    """Kind, place, maker with its layer, since when, when it was last changed, copies, and nobody else."""
    (orphan,) = judge([OLD], facts()).orphans
    assert (orphan.kind, orphan.namespace, orphan.name, orphan.api_version) == ("Deployment", "web", "old", "apps/v1")
    assert (orphan.manager, orphan.layer, orphan.since, orphan.changed) == ("palette", "hello", MADE, CHANGED)
    assert (orphan.replicas, orphan.managed_by, orphan.can_scale) == (2, (), True)
    assert orphan.uid == OLD["metadata"]["uid"]


@pytest.mark.parametrize(
    ("found", "known"),
    [
        pytest.param(OLD, facts(releases={"hello": [plain("Deployment", "old")]}), id="its layer names it"),
        pytest.param(OLD, facts(manifests=[plain("Deployment", "old")]), id="a manifest of another layer names it"),
        pytest.param(OLD, facts(manifests=[plain("Deployment", "old", "")]), id="named without a namespace"),
        pytest.param(made("ReplicaSet", "old-1", owner="Deployment", replicas=2), facts(), id="part of something else"),
        pytest.param(made("Deployment", "x", managers=[manager("kubectl")], replicas=1), facts(), id="kubectl made it"),
        pytest.param(
            made("Deployment", "x", managers=[manager("helm")], release="mine", replicas=1),
            facts(),
            id="a release of somebody's own",
        ),
        pytest.param(
            made("Deployment", "x", managers=[manager("argocd"), manager("palette", STATUS, sub="status")]),
            facts(),
            id="Palette wrote its status only",
        ),
        pytest.param(made("Deployment", "x", deletionTimestamp=MADE), facts(), id="on its way out"),
        pytest.param(record("hello", []), facts(), id="a release record"),
        pytest.param(made("Node", "n1", ""), facts(), id="a node"),
        pytest.param(made("Namespace", "web", ""), facts(), id="the namespace of a release"),
        pytest.param(
            made("Namespace", "texts", ""), facts(manifests=[plain("Service", "s", "texts")]), id="one that is used"
        ),
        pytest.param(made("Namespace", "kube-system", ""), facts(), id="a namespace of every cluster"),
    ],
)
def test_no_orphans(found: dict[str, Any], known: Facts) -> None:
    """What a layer names, what is part of something else, what Palette didn't make, and what comes and goes is none."""
    assert judge([found], known) == Leftovers(())


@pytest.mark.parametrize(
    ("found", "label"),
    [
        (made("Deployment", "old", replicas=1), "Deployment/web/old"),
        (made("ConfigMap", "settings"), "ConfigMap/web/settings"),
        (made("ClusterRole", "reader", ""), "ClusterRole/reader"),
        (made("Namespace", "gone", ""), "Namespace/gone"),
        (made("Deployment", "old", "other", release="left", replicas=1), "Deployment/other/old"),
    ],
)
def test_orphans_of_every_kind(found: dict[str, Any], label: str) -> None:
    """Of manifests, of layers that left, with and without a namespace."""
    assert labels(judge([found], facts())) == [label]


def test_order() -> None:
    """Orphans are told by namespace, kind and name."""
    found = [made("Service", "b", "b"), made("Service", "a", "b"), made("Secret", "z", "b"), made("Service", "z", "a")]
    assert labels(judge(found, facts())) == ["Service/a/z", "Secret/b/z", "Service/b/a", "Service/b/b"]


# ---- what others manage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], ()),
        ([manager("palette-orphans", REPLICAS, operation="Update")], ()),
        ([manager("kube-controller-manager", STATUS, operation="Update", sub="status")], ()),
        ([manager("kube-controller-manager", LABELS, operation="Update")], ()),
        ([manager("kubectl-annotate", LABELS, operation="Update")], ()),
        ([manager("kubectl", REPLICAS, operation="Update", sub="scale")], ("kubectl",)),
        ([manager("kube-controller-manager", REPLICAS, operation="Update", sub="scale")], ("kube-controller-manager",)),
        ([manager("argocd-controller")], ("argocd-controller",)),
        ([manager("argocd-controller"), manager("argocd-controller", REPLICAS)], ("argocd-controller",)),
        ([manager("kubectl-edit", {"f:spec": {"f:template": {}}}, operation="Update")], ("kubectl-edit",)),
        ([manager("someone", {"f:data": {"f:key": {}}})], ("someone",)),
        ([manager("", REPLICAS)], ("unknown",)),
    ],
)
def test_managed_by_others(others: list[dict[str, Any]], told: tuple[str, ...]) -> None:
    """Who owns spec, data or the number of copies manages it; labels, status and Kubernetes' own parts don't count."""
    found = made("Deployment", "old", release="hello", replicas=2, managers=[PALETTE, *others])
    (orphan,) = judge([found], facts()).orphans
    assert (orphan.managed_by, orphan.can_scale) == (told, not told)


def test_an_autoscaler_manages_what_it_scales() -> None:
    """An autoscaler that never scaled yet is told too, of its own namespace alone."""
    target = {"kind": "Deployment", "name": "old", "apiVersion": "apps/v1"}
    scaler = made("HorizontalPodAutoscaler", "auto", managers=[manager("kubectl")], spec={"scaleTargetRef": target})
    elsewhere = made("Deployment", "old", "other", release="hello", replicas=1)
    first, second = judge([elsewhere, scaler, OLD], facts()).orphans
    assert (first.namespace, first.managed_by) == ("other", ())
    assert (second.namespace, second.managed_by) == ("web", ("HorizontalPodAutoscaler/auto",))


def test_without_managed_fields_nothing_is_touched() -> None:
    """An object of a live release whose managers aren't told may be anybody's."""
    (orphan,) = judge([made("Deployment", "old", release="hello", replicas=2, managers=[])], facts()).orphans
    assert (orphan.manager, orphan.managed_by, orphan.can_scale) == ("unknown", ("unknown",), False)


def test_helm_and_other_makers() -> None:
    """On a service that applies as Helm does, or under another name, its own manager is no other."""
    by_helm = made("Deployment", "old", release="hello", replicas=2, managers=[manager("helm", operation="Update")])
    (orphan,) = judge([by_helm], facts()).orphans
    assert (orphan.manager, orphan.managed_by) == ("helm", ())
    by_agent = made("Deployment", "old", release="left", replicas=2, managers=[manager("agent")])
    assert judge([by_agent], facts()) == Leftovers(())
    (orphan,) = judge([by_agent], facts(makers=["palette", "agent"])).orphans
    assert (orphan.manager, orphan.layer, orphan.managed_by) == ("agent", "left", ())


@pytest.mark.parametrize(
    ("found", "replicas"),
    [
        (made("Deployment", "a", replicas=0), 0),
        (made("StatefulSet", "a", spec={}), 1),
        (made("DaemonSet", "a"), None),
        ({**made("Deployment", "a", replicas=3), "apiVersion": "example.com/v1"}, None),
    ],
)
def test_replicas(found: dict[str, Any], replicas: int | None) -> None:
    """Kinds of `apps` have copies, one where nothing is said."""
    assert replicas_of(found) == replicas


# ---- what can't be told ----------------------------------------------------------------------------------------------


def test_while_layers_are_rolled_out_nothing_is_called_an_orphan() -> None:
    """A layer that isn't Ready may name anything still: that is said, with what it holds up."""
    rolling = Layer("texts", "manifest", "addon", "Error", "no such kind")
    found = judge([OLD], facts([HELLO, rolling]))
    assert found.orphans == ()
    assert [each.label for each in found.undecided] == ["Deployment/web/old"]
    assert found.notes == (
        "being rolled out: texts is Error (no such kind). Until all layers are Ready it can't be told what they name.",
        "may still be named, so not called an orphan: Deployment/web/old.",
    )


def test_what_was_scaled_to_zero_here_stays_told() -> None:
    """While layers are rolled out, what is at 0 from here is an orphan still; scaled up again by hand it may be named."""
    rolling = Layer("texts", "manifest", "addon", "Error")
    ours = manager("palette-orphans", REPLICAS)
    zero = made("Deployment", "old", release="hello", replicas=0, managers=[PALETTE, ours])
    (orphan,) = judge([zero], facts([HELLO, rolling])).orphans
    assert (orphan.scaled_here, orphan.replicas, orphan.can_scale) == (True, 0, True)
    up = made("Deployment", "old", release="hello", replicas=1, managers=[PALETTE, ours])
    assert [each.scaled_here for each in judge([up], facts([HELLO, rolling])).undecided] == [False]


def test_named_again_and_at_zero() -> None:
    """What was scaled to 0 from here and is named again is no orphan, and told apart: Palette leaves it at 0."""
    zero = made(
        "Deployment", "old", release="hello", replicas=0, managers=[PALETTE, manager("palette-orphans", REPLICAS)]
    )
    by_hand = made("Deployment", "x", release="hello", replicas=0, managers=[PALETTE, manager("kubectl", REPLICAS)])
    found = judge([zero, by_hand], facts(releases={"hello": [plain("Deployment", "old"), plain("Deployment", "x")]}))
    assert (found.orphans, [each.label for each in found.asleep]) == ((), ["Deployment/web/old"])


@pytest.mark.parametrize(
    ("releases", "reason"),
    [
        ({}, "hello has no Helm release record on the cluster"),
        ({"hello": None}, "the Helm release record of hello can't be read"),
    ],
)
def test_a_layer_without_a_record(releases: dict[str, Any], reason: str) -> None:
    """Of such a layer it can't be told; what may be its own is no orphan, what another layer left is one."""
    unknown = made("Service", "loose")
    other = made("Deployment", "other", release="left", replicas=1)
    found = judge([OLD, unknown, other], facts(releases=releases))
    assert labels(found) == ["Deployment/web/other"]
    assert [each.label for each in found.undecided] == ["Deployment/web/old", "Service/web/loose"]
    assert found.notes[0] == f"{reason}, so it can't be told what it names."


def test_layers_of_one_name() -> None:
    """Their release records replace each other, so what runs may be named by the one whose record is gone: it is no orphan."""
    mine = record("hello", [plain("Deployment", "first")])
    theirs = record("hello", [plain("Deployment", "second")])
    assert (mine["metadata"]["name"], mine["metadata"]["uid"]) == (
        theirs["metadata"]["name"],
        theirs["metadata"]["uid"],
    )
    running = [made("Deployment", each, release="hello", replicas=2) for each in ("first", "second")]
    other = made("Deployment", "other", release="left", replicas=1)
    twin = Layer("hello", "helm", "addon", "Ready")
    known = facts([HELLO, twin], releases={"hello": [plain("Deployment", "second")]})
    found = judge([*running, theirs, other], known)
    assert labels(found) == ["Deployment/web/other"]
    assert [each.label for each in found.undecided] == ["Deployment/web/first"]
    assert found.notes[0] == (
        "hello is the name of 2 layers, whose Helm release records replace each other, so it can't be told what it names."
    )
    manifest = Layer("hello", "manifest", "addon", "Ready")
    assert labels(judge(running, facts([HELLO, manifest]))) == ["Deployment/web/first", "Deployment/web/second"]


def test_manifests_that_cannot_be_read() -> None:
    """A manifest that is no YAML may name what no other layer names; of a pack layer's own it says nothing."""
    loose = made("Deployment", "loose", replicas=1)
    found = judge([OLD, loose], facts(manifests=None))
    assert labels(found) == ["Deployment/web/old"]
    assert [each.label for each in found.undecided] == ["Deployment/web/loose"]
    assert "a manifest of texts, or of another layer, can't be read" in found.notes[0]


def test_machine_layers_have_no_record() -> None:
    """Layers of machines have no objects: nothing is said about them."""
    assert judge([], facts([HELLO])).notes == ()
