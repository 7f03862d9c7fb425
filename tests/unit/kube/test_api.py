"""Calls to an API server: kinds, pages, server-side apply, patches, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeApi, Resource
from tests.unit.kube.test_connect import kubeconfig

PODS = Resource("", "v1", "Pod", "pods", is_namespaced=True)
NODES = Resource("", "v1", "Node", "nodes", is_namespaced=False)
ROLES = Resource("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", is_namespaced=False)
DEPLOYMENTS = Resource("apps", "v1", "Deployment", "deployments", is_namespaced=True)
Answer = Callable[[httpx2.Request], httpx2.Response]


class Server:
    """Answers from a table of (method, path), and keeps what was asked."""

    def __init__(self, answers: dict[tuple[str, str], Any]) -> None:
        self.answers, self.asked = answers, list[httpx2.Request]()
        self.api = KubeApi.connect(kubeconfig({"token": "t-o-k-e-n"}), transport=httpx2.MockTransport(self._answer))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        found = self.answers.get((request.method, request.url.path), httpx2.Response(404, json=status(404, "NotFound")))
        if callable(found):
            found = found(request)
        return found if isinstance(found, httpx2.Response) else httpx2.Response(200, json=found)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [each.url.path for each in self.asked]


def status(code: int, reason: str, message: str = "told by the server") -> dict[str, Any]:
    """A `Status` as API servers answer it."""
    return {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": message}


def rows(*named: str) -> dict[str, Any]:
    """A list of kinds."""
    found = []
    for each in named:
        kind, plural, scope = each.split(":")
        found.append({"kind": kind, "name": plural, "namespaced": scope == "n", "verbs": ["get", "list"]})
    return {"kind": "APIResourceList", "resources": found}


def group(*versions: str, preferred: str) -> dict[str, Any]:
    """A group of the discovery."""
    return {
        "versions": [{"groupVersion": each} for each in versions],
        "preferredVersion": {"groupVersion": preferred},
    }


# ---- kinds -----------------------------------------------------------------------------------------------------------


def test_paths() -> None:
    """A resource knows the paths of its objects; names stand for themselves, whatever is in them."""
    assert PODS.path() == "/api/v1/pods"
    assert PODS.path("web", "ui") == "/api/v1/namespaces/web/pods/ui"
    assert DEPLOYMENTS.path("web", "ui", "scale") == "/apis/apps/v1/namespaces/web/deployments/ui/scale"
    assert NODES.path("web", "n1", "status") == "/api/v1/nodes/n1/status"
    assert ROLES.path(name="system:node").endswith("/clusterroles/system:node")
    assert PODS.path("a/b", "../x?y#z") == "/api/v1/namespaces/a%2Fb/pods/..%2Fx%3Fy%23z"


def test_discovery() -> None:
    """All kinds, of each version the preferred one first; subresources are none; a group that is away is passed over."""
    server = Server(
        {
            ("GET", "/apis"): {
                "groups": [
                    group("autoscaling/v1", "autoscaling/v2", preferred="autoscaling/v2"),
                    group("metrics.k8s.io/v1", preferred="metrics.k8s.io/v1"),
                ]
            },
            ("GET", "/api/v1"): rows("Pod:pods:n", "Pod:pods/status:n", "Node:nodes:c"),
            ("GET", "/apis/autoscaling/v2"): rows("HorizontalPodAutoscaler:horizontalpodautoscalers:n"),
            ("GET", "/apis/autoscaling/v1"): rows("HorizontalPodAutoscaler:horizontalpodautoscalers:n"),
            ("GET", "/apis/metrics.k8s.io/v1"): httpx2.Response(503, json=status(503, "ServiceUnavailable")),
        }
    )
    found = server.api.resources()
    assert [(each.api_version, each.kind, each.is_namespaced) for each in found] == [
        ("v1", "Pod", True),
        ("v1", "Node", False),
        ("autoscaling/v2", "HorizontalPodAutoscaler", True),
        ("autoscaling/v1", "HorizontalPodAutoscaler", True),
    ]
    assert found[0].verbs == {"get", "list"}
    server.asked.clear()
    assert server.api.resource("v1", "Node") == NODES
    assert server.asked == []


def test_discovery_that_is_refused() -> None:
    """A group that must not be seen is no group that isn't there."""
    server = Server({("GET", "/api/v1"): httpx2.Response(403, json=status(403, "Forbidden", "not for you"))})
    with pytest.raises(KubernetesError, match="not for you"):
        server.api.resource("v1", "Pod")


def test_kind_is_asked_for_once_and_again_on_a_miss() -> None:
    """What is known is not asked for again; a kind that came later is found."""
    server = Server({("GET", "/apis/example.com/v1"): rows("Shelf:shelves:n")})
    assert server.api.resource("example.com/v1", "Shelf").plural == "shelves"
    assert server.api.resource("example.com/v1", "Shelf").group == "example.com"
    assert server.paths == ["/apis/example.com/v1"]
    with pytest.raises(KubernetesError) as caught:
        server.api.resource("example.com/v1", "Book")
    assert str(caught.value) == "the server knows no Book in example.com/v1"
    assert (caught.value.status, caught.value.reason, caught.value.server) == (404, "NoKind", "https://api.test")
    server.answers["GET", "/apis/example.com/v1"] = rows("Shelf:shelves:n", "Book:books:n")
    assert server.api.resource("example.com/v1", "Book").plural == "books"
    assert server.paths == ["/apis/example.com/v1"] * 3


# ---- objects ---------------------------------------------------------------------------------------------------------


def test_pages() -> None:
    """A list is read to its end; each item says what it is, and selectors go along with each page."""

    def page(request: httpx2.Request) -> httpx2.Response:
        if request.url.params.get("continue") == "next&one":
            return httpx2.Response(200, json={"metadata": {}, "items": [{"metadata": {"name": "b"}}]})
        return httpx2.Response(
            200, json={"metadata": {"continue": "next&one"}, "items": [{"metadata": {"name": "a"}, "extra": 1}]}
        )

    server = Server({("GET", "/apis/apps/v1/namespaces/web/deployments"): page})
    found = server.api.list(DEPLOYMENTS, "web", labels="app=x")
    said = {"apiVersion": "apps/v1", "kind": "Deployment"}
    assert found == [{"metadata": {"name": "a"}, "extra": 1, **said}, {"metadata": {"name": "b"}, **said}]
    assert [dict(each.url.params) for each in server.asked] == [
        {"limit": "500", "labelSelector": "app=x"},
        {"limit": "500", "labelSelector": "app=x", "continue": "next&one"},
    ]


def test_empty_list() -> None:
    """`null` is how some servers say that there is nothing."""
    assert Server({("GET", "/api/v1/pods"): {"items": None}}).api.list(PODS) == []


def test_get() -> None:
    """An object as it is; None where there is none; any other refusal is an error."""
    server = Server({("GET", "/api/v1/nodes/n1"): {"odd": [1]}})
    assert server.api.get(NODES, "n1") == {"odd": [1]}
    assert server.api.get(NODES, "n2") is None
    server.answers["GET", "/api/v1/nodes/n1"] = httpx2.Response(403, json=status(403, "Forbidden"))
    with pytest.raises(KubernetesError):
        server.api.get(NODES, "n1")


def test_apply() -> None:
    """Server-side apply: the media type, the manager, fields that nobody knows refused; the server's answer comes back."""
    path = "/apis/apps/v1/namespaces/web/deployments/ui"
    server = Server({("GET", "/apis/apps/v1"): rows("Deployment:deployments:n"), ("PATCH", path): {"applied": True}})
    wanted = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "ui", "namespace": "web"}, "odd": 1}
    assert server.api.apply(wanted, manager="palette") == {"applied": True}
    sent = server.asked[-1]
    assert sent.headers["content-type"] == "application/apply-patch+yaml"
    assert dict(sent.url.params) == {"fieldManager": "palette", "force": "true", "fieldValidation": "Strict"}
    assert json.loads(sent.content) == wanted
    server.api.apply(wanted, manager="other", force=False, dry_run=True)
    assert dict(server.asked[-1].url.params) == {
        "fieldManager": "other", "force": "false", "fieldValidation": "Strict", "dryRun": "All",
    }  # fmt: skip


def test_apply_finds_the_namespace() -> None:
    """The object's own namespace, else the given one, else none where the kind has none."""
    server = Server({("GET", "/api/v1"): rows("Pod:pods:n", "Node:nodes:c")})
    for path in ("/api/v1/namespaces/given/pods/p", "/api/v1/namespaces/default/pods/p", "/api/v1/nodes/n"):
        server.answers["PATCH", path] = {"path": path}
    pod, node = ({"apiVersion": "v1", "kind": kind, "metadata": {"name": kind[0].lower()}} for kind in ("Pod", "Node"))
    assert server.api.apply(pod, manager="m", namespace="given")["path"].endswith("given/pods/p")
    assert server.api.apply(pod, manager="m")["path"].endswith("default/pods/p")
    assert server.api.apply(node, manager="m", namespace="given")["path"] == "/api/v1/nodes/n"


def test_what_is_no_json_is_not_sent() -> None:
    """A value that JSON can't say is told with where it would have gone; nothing is sent."""
    server = Server({("GET", "/api/v1"): rows("Pod:pods:n")})
    for value in (float("nan"), {1, 2}):
        wanted = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": value}
        with pytest.raises(
            KubernetesError, match=r"^PATCH /api/v1/namespaces/default/pods/p: what is to be sent is no J"
        ):
            server.api.apply(wanted, manager="m")
    assert server.paths == ["/api/v1"]


@pytest.mark.parametrize(
    ("kind", "media"),
    [("merge", "application/merge-patch+json"), ("strategic", "application/strategic-merge-patch+json")],
)
def test_patch(kind: str, media: str) -> None:
    """A patch goes to the object or a part of it; one that is gone is None."""
    server = Server({("PATCH", "/api/v1/nodes/n1/status"): {"patched": True}})
    done = server.api.patch(NODES, "n1", body={"a": None}, subresource="status", type=kind, manager="m")
    assert done == {"patched": True}
    assert server.asked[0].headers["content-type"] == media
    assert dict(server.asked[0].url.params) == {"fieldManager": "m"}
    assert json.loads(server.asked[0].content) == {"a": None}
    assert server.api.patch(NODES, "gone", body={}) is None


def test_create_and_delete() -> None:
    """What is there already is not made again; what is gone need not be deleted."""
    server = Server({("POST", "/api/v1/nodes"): {"made": True}, ("DELETE", "/api/v1/namespaces/web/pods/p"): {}})
    assert server.api.create(NODES, {"metadata": {}}) == {"made": True}
    server.answers["POST", "/api/v1/nodes"] = httpx2.Response(409, json=status(409, "AlreadyExists"))
    assert server.api.create(NODES, {"metadata": {}}) is None
    server.api.delete(PODS, "p", "web", grace_s=0)
    assert json.loads(server.asked[-1].content) == {"gracePeriodSeconds": 0}
    server.api.delete(PODS, "gone", "web")
    server.answers["DELETE", "/api/v1/nodes/n1"] = httpx2.Response(409, json=status(409, "Conflict"))
    with pytest.raises(KubernetesError):
        server.api.delete(NODES, "n1")


def test_ask() -> None:
    """JSON as values, anything else as text."""
    server = Server({("GET", "/version"): {"major": "1"}, ("GET", "/readyz"): httpx2.Response(200, text="ok")})
    assert server.api.ask("/version") == {"major": "1"}
    assert server.api.ask("/readyz") == "ok"


# ---- errors ----------------------------------------------------------------------------------------------------------


def test_refusal_has_the_servers_words() -> None:
    """Status, reason and message are the server's; the credentials are in none of them."""
    answer = httpx2.Response(422, json=status(422, "Invalid", 'Pod "p" is invalid: spec.odd: unknown field'))
    with pytest.raises(KubernetesError) as caught:
        Server({("GET", "/api/v1/pods"): answer}).api.list(PODS)
    assert str(caught.value) == 'Pod "p" is invalid: spec.odd: unknown field'
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")
    assert caught.value.server == "https://api.test"
    assert "t-o-k-e-n" not in repr(vars(caught.value))


@pytest.mark.parametrize("answer", [httpx2.Response(502, text="<html>"), httpx2.Response(502, json=["odd"])])
def test_refusal_without_a_status(answer: httpx2.Response) -> None:
    """A proxy's page is told by its status."""
    with pytest.raises(KubernetesError, match=r"^GET /api/v1/pods: status 502$"):
        Server({("GET", "/api/v1/pods"): answer}).api.list(PODS)


@pytest.mark.parametrize("answer", [httpx2.Response(200, text="<html>"), httpx2.Response(200, json=[1])])
def test_answer_that_is_no_object(answer: httpx2.Response) -> None:
    """A page where an object should be, such as a login, is an error."""
    with pytest.raises(KubernetesError, match=r"^GET /api/v1/pods: the answer is no JSON object$"):
        Server({("GET", "/api/v1/pods"): answer}).api.list(PODS)


def test_no_answer() -> None:
    """A server that can't be reached is named, with the reason; there is no status then."""

    def unreachable(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("Connection refused", request=request)

    with pytest.raises(KubernetesError) as caught:
        Server({("GET", "/api/v1/pods"): unreachable}).api.list(PODS)
    assert str(caught.value) == "no answer from https://api.test: Connection refused"
    assert (caught.value.status, caught.value.__suppress_context__) == (0, True)
