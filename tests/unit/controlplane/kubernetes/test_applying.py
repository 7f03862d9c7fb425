"""What is sent for a layer."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import date
from typing import Any

import pytest
import yaml

from palette_sdk.controlplane.kubernetes import applying
from palette_sdk.controlplane.kubernetes.orders import Applied
from tests.unit.controlplane.kubernetes.orders_data import LATER, NOW, deployment, layer, managed, thing

REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}


def scaled(replicas: int, by: str) -> dict[str, Any]:
    """A deployment as it is, whose replicas someone owns."""
    return managed(deployment(replicas=replicas), by, REPLICAS, subresource="scale")


def test_order_of_objects() -> None:
    """Namespaces, then kinds, then accounts; the rest as written."""
    written = [
        deployment("b"),
        thing("ServiceAccount", "sa", "web"),
        thing("Service", "a", "web"),
        thing("CustomResourceDefinition", "shelves.example.com"),
        thing("Namespace", "web"),
        deployment("a"),
    ]
    ordered = applying.prepared(layer("hello", *written))
    assert [(each["kind"], each["metadata"]["name"]) for each in ordered] == [
        ("Namespace", "web"),
        ("CustomResourceDefinition", "shelves.example.com"),
        ("ServiceAccount", "sa"),
        ("Deployment", "b"),
        ("Service", "a"),
        ("Deployment", "a"),
    ]
    assert all(each in written for each in ordered)


def test_marks_of_a_release() -> None:
    """Objects of packs and charts are Helm's, beside the labels and annotations that they have; the order keeps its own."""
    service = thing("Service", "a", "web", spec={"type": "ClusterIP"})
    service["metadata"] |= {"labels": {"app": "a", "app.kubernetes.io/managed-by": "someone"}, "annotations": None}
    order = layer("hello", service, is_chart=True, namespace="apps")
    (found,) = applying.prepared(order)
    assert found["metadata"] == {
        "name": "a",
        "namespace": "web",
        "labels": {"app": "a", "app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "hello", "meta.helm.sh/release-namespace": "apps"},
    }
    assert found["spec"] == {"type": "ClusterIP"}
    assert service["metadata"]["annotations"] is None


def test_missing_namespaces() -> None:
    """Those that are used and not made, but for the ones that every cluster has."""
    objects = [
        thing("Namespace", "made"),
        deployment(namespace="made"),
        deployment(namespace="b"),
        deployment(namespace=""),
    ]
    assert applying.missing_namespaces(objects, layer(namespace="a")) == ["a", "b"]
    assert applying.missing_namespaces([deployment(namespace="kube-system")], layer(namespace="default")) == []


def test_record_reads_as_helm_reads_it() -> None:
    """The Secret has Helm's name, type and labels; its data is the release: base64 of gzip of JSON, in the Secret's base64."""
    order = layer("hello", thing("Namespace", "web"), deployment(), is_chart=True, version="1.2.3", namespace="web")
    found = applying.release_record(Applied(order, 3, NOW), LATER)
    assert found is not None
    assert (found["apiVersion"], found["kind"], found["type"]) == ("v1", "Secret", "helm.sh/release.v1")
    assert found["metadata"] == {
        "name": "sh.helm.release.v1.hello.v3",
        "namespace": "web",
        "labels": {"owner": "helm", "name": "hello", "status": "deployed", "version": "3"},
    }
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(found["data"]["release"], validate=True))))
    assert yaml.safe_load_all(release.pop("manifest")) is not None
    assert release == {
        "name": "hello",
        "namespace": "web",
        "version": 3,
        "info": {"first_deployed": NOW, "last_deployed": LATER, "deleted": "", "status": "deployed"},
        "chart": {"metadata": {"name": "hello", "version": "1.2.3", "apiVersion": "v2"}},
        "config": {},
    }


def test_record_has_the_objects() -> None:
    """Its manifest is what was applied, with the marks."""
    order = layer("hello", deployment(), thing("Namespace", "web"), is_chart=True)
    found = applying.release_record(Applied(order, 1, NOW), NOW)
    assert found is not None
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(found["data"]["release"]))))
    assert list(yaml.safe_load_all(release["manifest"])) == applying.prepared(order)
    assert [each["kind"] for each in yaml.safe_load_all(release["manifest"])] == ["Namespace", "Deployment"]


def test_manifests_leave_no_record() -> None:
    """A layer of manifests is no release."""
    assert applying.release_record(Applied(layer("hello", deployment()), 1, NOW), NOW) is None


def test_revisions() -> None:
    """The first is 1; other content is the next one; the moment of the first stays."""
    first = applying.after(layer(digest="a"), None, NOW)
    assert (first.revision, first.since) == (1, NOW)
    again = applying.after(layer(digest="a"), first, LATER)
    other = applying.after(layer(digest="b"), first, LATER)
    assert (again.revision, other.revision, other.since, other.order.digest) == (1, 2, NOW, "b")


def test_scaled_to_0_by_somebody_stays() -> None:
    """The number of copies is left out of what is sent, and nothing else."""
    wanted = deployment(replicas=3, image="ui:2")
    sent = applying.wanted_of(wanted, scaled(0, "kubectl"))
    assert sent == deployment(replicas=None, image="ui:2")
    assert wanted["spec"]["replicas"] == 3


@pytest.mark.parametrize(
    "live",
    [
        None,
        scaled(1, "kubectl"),
        scaled(0, "palette"),
        managed(scaled(0, "kubectl"), "palette", REPLICAS),
    ],
)
def test_any_other_number_is_ours(live: dict[str, Any] | None) -> None:
    """What is not there, runs, or was brought to 0 by ourselves gets the number of the layer."""
    assert applying.wanted_of(deployment(replicas=3), live) == deployment(replicas=3)


def test_layer_that_wants_0() -> None:
    """A layer may want 0 itself, or leave the number to others."""
    for replicas in (0, None):
        assert applying.wanted_of(deployment(replicas=replicas), scaled(0, "x")) == deployment(replicas=replicas)


def test_replicas_of_other_kinds_are_theirs() -> None:
    """A field of the same name elsewhere is no number of copies."""
    wanted = thing("Shelf", "s", "web", version="example.com/v1", spec={"replicas": 2})
    assert applying.wanted_of(wanted, managed({**wanted, "spec": {"replicas": 0}}, "x", REPLICAS)) == wanted


@pytest.mark.parametrize(
    ("kind", "spec", "status", "expected"),
    [
        ("Deployment", {"replicas": 2}, {"observedGeneration": 2, "readyReplicas": 2}, True),
        ("Deployment", {"replicas": 2}, {"observedGeneration": 2, "readyReplicas": 1}, False),
        ("Deployment", {"replicas": 2}, {"observedGeneration": 1, "readyReplicas": 2}, False),
        ("Deployment", {}, {"observedGeneration": 2, "readyReplicas": 1}, True),
        ("Deployment", {"replicas": 0}, {"observedGeneration": 2}, True),
        ("StatefulSet", {"replicas": 1}, {}, False),
        ("DaemonSet", {}, {}, False),
        ("DaemonSet", {}, {"desiredNumberScheduled": 0}, True),
        ("DaemonSet", {}, {"desiredNumberScheduled": 2, "numberReady": 1}, False),
        ("ConfigMap", {}, {}, True),
    ],
)
def test_runs(kind: str, spec: dict[str, Any], status: dict[str, Any], expected: bool) -> None:
    """A workload runs with as many ready copies as it wants, of the content that it has now."""
    live = thing(kind, "x", "web", spec=spec, status=status)
    live["metadata"]["generation"] = 2
    assert applying.runs(live) is expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"apiVersion": None}, "Service/a has no apiVersion"),
        ({"apiVersion": 1}, "Service/a has no apiVersion"),
        ({"metadata": {"name": 12}}, "Service/12: metadata.name is no text; put it in quotes"),
        ({"metadata": {"name": "a", "namespace": 12}}, "Service/a: metadata.namespace is no text; put it in quotes"),
        ({"metadata": {"name": "a", "labels": ["x"]}}, "Service/a: metadata.labels is no map"),
        ({"metadata": {"name": "a", "annotations": "x"}}, "Service/a: metadata.annotations is no map"),
        ({"spec": ["x"]}, "Service/a: spec is no map"),
        (
            {"data": {"since": date(2026, 1, 31)}},
            "Service/a: a value is no JSON (Object of type date is not JSON serializable); put it in quotes",
        ),
    ],
)
def test_unfit(change: dict[str, Any], message: str) -> None:
    """What can't even be sent is told with the object's name and what to do."""
    assert applying.unfit([deployment(), {**thing("Service", "a"), **change}]) == message


def test_fit() -> None:
    """What an API server can judge itself is left to it."""
    assert applying.unfit([deployment(), thing("Service", "a", spec=None, odd=1)]) == ""


def test_references() -> None:
    """A reference says what makes an object the same one, and reads well."""
    assert str(applying.ref_of(deployment(namespace=""), "web")) == "Deployment/web/ui"
    assert str(applying.ref_of(thing("Namespace", "web"))) == "Namespace/web"
    assert applying.ref_of(deployment(namespace="own"), "web").namespace == "own"
