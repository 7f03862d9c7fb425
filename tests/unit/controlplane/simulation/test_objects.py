"""Kubernetes objects read from manifests."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane.simulation import objects

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: %s
  template: {spec: {containers: [{name: c, image: "i:1"}]}}
"""


def condensed(text: str, layer: str = "p/l") -> list[dict[str, Any]]:
    """The objects in a text, condensed."""
    return objects.condense(objects.parse(text), layer=layer)


def test_several_documents_in_one_text() -> None:
    """Each document of a stream is an object; empty ones and lists of objects are handled."""
    text = (
        "---\n"
        + DEPLOYMENT % 2
        + "---\n# nothing\n---\nkind: List\nitems:\n- {kind: Namespace, metadata: {name: shop}}\n"
    )
    assert [(each["kind"], each["name"]) for each in condensed(text)] == [("Deployment", "web"), ("Namespace", "shop")]


@pytest.mark.parametrize(
    ("replicas", "count"),
    [("3", 3), ('"3"', 3), ("0", 0), ("{{ .spectro.var.n }}", 1), ("true", 1), ("[]", 1), ("-1", 0)],
)
def test_replicas_are_read_tolerantly(replicas: str, count: int) -> None:
    """Numbers in either spelling count; what can't be read is Kubernetes' own default of 1."""
    assert condensed(DEPLOYMENT % replicas)[0]["replicas"] == count


def test_templating_does_not_spoil_the_rest() -> None:
    """Lines of templating alone are left out, other templating counts as a word, a broken document is skipped."""
    text = DEPLOYMENT % 2 + "  {{- if .Values.x }}\n---\nkind: [broken\n---\nkind: Secret\nmetadata: {name: {{ .n }}}\n"
    assert [(each["kind"], each["name"]) for each in condensed(text)] == [
        ("Deployment", "web"),
        ("Secret", "templated"),
    ]


def test_dates_are_texts() -> None:
    """JSON has no dates; numbers and truth values are what they are."""
    text = "kind: ConfigMap\nmetadata: {name: 2026-01-31}\ndata: {since: 2026-01-31T10:00:00Z, count: 3, on: true}\n"
    (found,) = objects.parse(text)
    assert found["metadata"]["name"] == "2026-01-31"
    assert found["data"] == {"since": "2026-01-31T10:00:00Z", "count": 3, True: True}


def test_documents_that_are_no_objects_are_left_out() -> None:
    """Texts, numbers, objects without kind, metadata or name are passed over."""
    assert condensed("just text\n---\n5\n---\na: b\n---\nkind: X\n---\nkind: X\nmetadata: {}\n") == []


def test_variables_and_macros_are_filled_in() -> None:
    """Known variables and macros get their values, unknown ones stay."""
    text = "a: {{.spectro.var.one}} {{ .spectro.var.two }} {{.spectro.system.cluster.name}} {{ .other }}"
    assert (
        objects.resolve(text, {"one": "1"}, {"cluster.name": "web"}) == "a: 1 {{ .spectro.var.two }} web {{ .other }}"
    )


def test_objects_that_are_no_longer_named_stay_as_orphans() -> None:
    """Applying a layer anew keeps what it doesn't name any more, and keeps the creation time of what stays."""
    first = objects.apply([], "p/l", condensed(DEPLOYMENT % 1 + "---\nkind: Namespace\nmetadata: {name: a}\n"), "t1")
    second = objects.apply(first, "p/l", condensed(DEPLOYMENT % 4), "t2")
    assert [(each["name"], each.get("orphan", False), each["created"]) for each in second] == [
        ("web", False, "t1"),
        ("a", True, "t1"),
    ]
    assert second[0]["replicas"] == 4


def test_an_object_moves_to_the_layer_that_names_it() -> None:
    """The same object under another version of the profile belongs to the new layer."""
    first = objects.apply([], "p1/l", condensed(DEPLOYMENT % 1, "p1/l"), "t1")
    second = objects.apply(first, "p2/l", condensed(DEPLOYMENT % 1, "p2/l"), "t2")
    assert [each["layer"] for each in second] == ["p2/l"]


def test_addresses_are_host_names_on_aws_and_ips_elsewhere() -> None:
    """A load balancer keeps its address, another cluster's has another one."""
    service = {"namespace": "n", "name": "s"}
    aws = objects.address(service, cloud="aws", region="eu-west-1", cluster_uid="c1")
    assert aws.endswith(".eu-west-1.elb.amazonaws.com")
    assert aws == objects.address(service, cloud="aws", region="eu-west-1", cluster_uid="c1")
    assert aws != objects.address(service, cloud="aws", region="eu-west-1", cluster_uid="c2")
    address = objects.address(service, cloud="gcp", region="", cluster_uid="c1")
    assert address.startswith(("203.0.113.", "198.51.100."))
    assert 0 < int(address.rpartition(".")[2]) < 255


def test_only_load_balancers_with_their_ports_are_services() -> None:
    """Services inside the cluster are not told; ports that can't be read are left out."""
    text = """
kind: Service
metadata: {name: in}
spec: {ports: [{port: 80}]}
---
kind: Service
metadata: {name: out}
spec: {type: LoadBalancer, ports: [{port: 3000}, {port: x}, {port: 53, protocol: UDP}]}
"""
    (service,) = objects.services(condensed(text), cloud="azure", region="", cluster_uid="c")
    assert service["name"] == "out"
    assert service["ports"] == [{"port": 3000, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]
