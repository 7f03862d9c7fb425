"""A Kubernetes API in memory: discovery, lists with selectors, reads, and merge patches with the version they were made for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import yaml

from palette_sdk.kube import KubeApi

Obj = dict[str, Any]
TOKEN = "token-of-the-cluster"
KINDS: dict[str, list[tuple[str, str, bool]]] = {
    "v1": [
        ("Secret", "secrets", True),
        ("Service", "services", True),
        ("ConfigMap", "configmaps", True),
        ("Namespace", "namespaces", False),
    ],
    "apps/v1": [
        ("Deployment", "deployments", True),
        ("StatefulSet", "statefulsets", True),
        ("ReplicaSet", "replicasets", True),
    ],
    "autoscaling/v2": [("HorizontalPodAutoscaler", "horizontalpodautoscalers", True)],
    "autoscaling/v1": [("HorizontalPodAutoscaler", "horizontalpodautoscalers", True)],
}


class FakeKubernetes:
    """The server.

    Args:
        objects: what it has.
    """

    def __init__(self, *objects: Obj) -> None:
        self.objects = [*objects]
        self.forbidden: set[str] = set()
        self.status = 200
        self.seen: list[tuple[str, str, str]] = []
        self.before_patch: Callable[[Obj], None] = lambda _: None

    def api(self) -> KubeApi:
        """A client of it, without a network."""
        return KubeApi.connect(self.kubeconfig("https://fake"), transport=httpx2.MockTransport(self._respond))

    def kubeconfig(self, server: str) -> str:
        """A kubeconfig that leads to it."""
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": {"server": server}}],
                "users": [{"name": "u", "user": {"token": TOKEN}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "x",
            }
        )

    def find(self, kind: str, name: str) -> Obj:
        """The object of that kind and name."""
        return next(each for each in self.objects if (each["kind"], each["metadata"]["name"]) == (kind, name))

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        query = dict(request.url.params)
        status, body = self.answer(
            request.method, request.url.path, query, json.loads(request.content or b"null"), request.headers["accept"]
        )
        return httpx2.Response(status, json=body)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, accept: str) -> tuple[int, Obj]:
        """What it answers."""
        self.seen.append((method, path, accept))
        if self.status != 200:
            return _refusal(self.status, "Unauthorized" if self.status == 401 else "the server is down")
        if path == "/apis":
            versions = [{"groupVersion": each} for each in KINDS if "/" in each]
            return 200, {"groups": [{"versions": [each], "preferredVersion": each} for each in versions]}
        parts = path.strip("/").split("/")
        api_version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        if not rest:
            rows = KINDS.get(api_version)
            return (200, {"resources": [_row(*each) for each in rows]}) if rows else _refusal(404, "no such group")
        namespace = rest.pop(1) if rest[0] == "namespaces" and len(rest) > 2 else ""
        rest = rest[1:] if namespace else rest
        kind = next(kind for kind, plural, _ in KINDS[api_version] if plural == rest[0])
        if rest[0] in self.forbidden or f"{method} {rest[0]}" in self.forbidden:
            return _refusal(403, f'{rest[0]} is forbidden: User "u" cannot {method.lower()} resource "{rest[0]}"')
        found = [
            each
            for each in self.objects
            if each["kind"] == kind and namespace in ("", each["metadata"].get("namespace", ""))
        ]
        if len(rest) == 1:
            return 200, {"items": _selected(found, query.get("labelSelector", ""), accept)}
        one = next((each for each in found if each["metadata"]["name"] == rest[1]), None)
        if one is None:
            return _refusal(404, "not found")
        return self._patch(one, query, body) if method == "PATCH" else (200, one)

    def _patch(self, found: Obj, query: dict[str, str], body: Obj) -> tuple[int, Obj]:
        self.before_patch(found)
        metadata = found["metadata"]
        if body["metadata"].get("resourceVersion", metadata["resourceVersion"]) != metadata["resourceVersion"]:
            return _refusal(409, "the object has been modified")
        found["spec"] |= body["spec"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)
        metadata["managedFields"] += [
            {
                "manager": query["fieldManager"],
                "operation": "Update",
                "fieldsV1": {"f:spec": {f"f:{key}": {} for key in body["spec"]}},
            }
        ]
        return 200, found


@contextmanager
def served(answer: Callable[[str, str, dict[str, str], bytes, Any], tuple[int, str, bytes]]) -> Iterator[str]:
    """A server on loopback for the time of the block; its address.

    Args:
        answer: from method, path, query, body and headers to status, media type and body.
    """

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            url = httpx2.URL(self.path)
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, media, body = answer(self.command, url.path, dict(url.params), content, self.headers)
            self.send_response(status)
            self.send_header("content-type", media)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = handle_one  # noqa: N815 - names of the library

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def fronted(palette: str, server: FakeKubernetes) -> Iterator[str]:
    """A local Palette behind an address of its own, where every cluster's kubeconfig leads to a Kubernetes API in memory.

    Args:
        palette: the local Palette's address.
        server: the Kubernetes API, at the same address.
    """
    address: list[str] = []
    with httpx2.Client(base_url=palette) as behind:

        def answer(
            method: str, path: str, query: dict[str, str], content: bytes, headers: Any
        ) -> tuple[int, str, bytes]:
            if path.startswith("/api"):
                assert headers["authorization"] == f"Bearer {TOKEN}"
                status, body = server.answer(method, path, query, json.loads(content or b"null"), headers["accept"])
                return status, "application/json", json.dumps(body).encode()
            if path.endswith(("/assets/kubeconfigclient", "/assets/adminKubeconfig")):
                return 200, "application/octet-stream", server.kubeconfig(address[0]).encode()
            kept = {name: headers[name] for name in ("apikey", "projectuid", "content-type") if headers[name]}
            told = behind.request(method, path, params=query, content=content, headers=kept)
            return told.status_code, told.headers.get("content-type", ""), told.content

        with served(answer) as url:
            address.append(url)
            yield url


def _row(kind: str, plural: str, namespaced: bool) -> Obj:
    return {"kind": kind, "name": plural, "namespaced": namespaced, "verbs": ["get", "list", "patch"]}


def _selected(found: list[Obj], selector: str, accept: str) -> list[Obj]:
    wanted = dict(each.split("=") for each in selector.split(",") if each)
    rows = [each for each in found if wanted.items() <= (each["metadata"].get("labels") or {}).items()]
    if "PartialObjectMetadata" in accept:
        return [{"metadata": each["metadata"]} for each in rows]
    return [{key: value for key, value in each.items() if key not in ("kind", "apiVersion")} for each in rows]


def _refusal(status: int, message: str) -> tuple[int, Obj]:
    reason = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict"}.get(status, "InternalError")
    return status, {"kind": "Status", "message": message, "reason": reason, "code": status}
