"""Calls to one Kubernetes API server. Objects go in and out as they are on the wire, nothing is dropped or filled in.

Reading kubeconfigs (tokens, certificates, exec plug-ins) is lightkube's; its typed models are not used, since they drop
fields that they don't know, and a misspelt one would never be refused by the server.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import yaml

from palette_sdk.errors import KubernetesError

if TYPE_CHECKING:
    import httpx2  # costs time to import: a command that asks no Kubernetes does without

KubeObject = dict[str, Any]
"""A Kubernetes object as JSON."""

_PAGE = 500
_JSON = "application/json"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
_PATCHES = {"merge": "application/merge-patch+json", "strategic": "application/strategic-merge-patch+json"}


@dataclass(frozen=True, order=True)
class Resource:
    """A kind that the server knows.

    Args:
        group: API group; empty for the core.
        version: such as `v1`.
        kind: such as `Deployment`.
        plural: its name in paths, such as `deployments`.
        is_namespaced: whether its objects lie in namespaces.
        verbs: what the server lets one do, such as `list`.
    """

    group: str
    version: str
    kind: str
    plural: str
    is_namespaced: bool
    verbs: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def api_version(self) -> str:
        """As in an object's `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The path of the objects, of one, or of a part of one."""
        parts = ["apis", self.group, self.version] if self.group else ["api", self.version]
        if self.is_namespaced and namespace:
            parts += ["namespaces", namespace]
        # A name stands for itself, whatever is in it; those of roles have colons.
        return "/" + "/".join(quote(each, safe=":") for each in [*parts, self.plural, name, subresource] if each)


class KubeApi:
    """One API server. Safe to use from several threads.

    Args:
        http: knows address, trust and credentials.
        server: the address, for messages.
    """

    def __init__(self, http: httpx2.Client, *, server: str) -> None:
        self._http, self.server = http, server
        self._known: dict[tuple[str, str], Resource] = {}
        self._lock = threading.Lock()

    @classmethod
    def connect(
        cls, kubeconfig: str, *, timeout_s: float = 10.0, transport: httpx2.BaseTransport | None = None
    ) -> KubeApi:
        """The API that a kubeconfig leads to; nothing is sent yet.

        Args:
            kubeconfig: its text, YAML.
            timeout_s: seconds that one call may take.
            transport: carries the calls; default: the network.

        Raises:
            KubernetesError: it is no kubeconfig, or one that can't be used.
        """
        import httpx2
        from lightkube.config.client_adapter import Client, ConnectionParams
        from lightkube.config.kubeconfig import KubeConfig
        from lightkube.core.exceptions import ConfigError

        # Nothing is raised while a cause is handled: causes carry the text, and with it credentials.
        config = http = None
        with contextlib.suppress(yaml.YAMLError, ConfigError, AttributeError, KeyError, TypeError, ValueError):
            config = KubeConfig.from_dict(yaml.load(kubeconfig, Loader=yaml.CSafeLoader)).get()
        if config is None:
            raise KubernetesError("this is no kubeconfig: clusters, contexts, users and current-context are needed")
        if config.user is None:
            raise KubernetesError("the kubeconfig has no user in its current context")
        if not _is_address(config.cluster.server):
            raise KubernetesError("the server in the kubeconfig is no address such as https://HOST:PORT")
        token = config.user.token or ""
        if not token.isascii() or not token.isprintable():
            raise KubernetesError(
                "the token in the kubeconfig has line ends or other odd characters; it travels in a header",
                server=config.cluster.server,
            )
        params = ConnectionParams(timeout=httpx2.Timeout(timeout_s), trust_env=False, transport=transport)
        with contextlib.suppress(ConfigError, OSError, ssl.SSLError, TypeError, ValueError):
            http = Client(config, params)
        if http is None:
            raise KubernetesError("the certificates in the kubeconfig can't be used", server=config.cluster.server)
        return cls(http, server=config.cluster.server)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- kinds ---------------------------------------------------------------------------------------------------

    def resources(self) -> list[Resource]:
        """All kinds that the server knows now, each in the group's preferred version or the one it only has."""
        found: dict[tuple[str, str], Resource] = {}
        groups = self._json("GET", "/apis").get("groups", [])
        versions = [("", "v1")] + [
            tuple(each["groupVersion"].split("/", 1)) for group in groups for each in _preferred_first(group)
        ]
        for group, version in versions:
            for each in self._listed(group, version):
                found.setdefault((each.api_version, each.kind), each)
        with self._lock:
            self._known = found
        return list(found.values())

    def resource(self, api_version: str, kind: str) -> Resource:
        """The kind; asks the server when it isn't known yet.

        Raises:
            KubernetesError: the server has no such kind.
        """
        known = self._known.get((api_version, kind))
        if known is None:
            group, _, version = api_version.rpartition("/")
            with self._lock:
                self._known.update({(each.api_version, each.kind): each for each in self._listed(group, version)})
            known = self._known.get((api_version, kind))
        if known is None:
            raise KubernetesError(
                f"the server knows no {kind} in {api_version}", server=self.server, status=404, reason="NoKind"
            )
        return known

    def _listed(self, group: str, version: str) -> Iterator[Resource]:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            listed = self._json("GET", path).get("resources", [])
        except KubernetesError as error:
            if error.status in (404, 503):  # an aggregated API that is away is no reason to know nothing
                return
            raise
        for each in listed:
            if "/" not in each["name"]:
                verbs = frozenset(each.get("verbs", ()))
                yield Resource(group, version, each["kind"], each["name"], bool(each["namespaced"]), verbs)

    # ---- objects -------------------------------------------------------------------------------------------------

    def get(self, resource: Resource, name: str, namespace: str = "") -> KubeObject | None:
        """The object, or None where there is none."""
        try:
            return self._json("GET", resource.path(namespace, name))
        except KubernetesError as error:
            if error.status == 404:
                return None
            raise

    def list(
        self, resource: Resource, namespace: str = "", *, labels: str = "", metadata_only: bool = False
    ) -> list[KubeObject]:
        """All objects of a kind, page by page; `apiVersion` and `kind` are filled in, which lists leave out.

        Args:
            resource: the kind.
            namespace: only those of this one; default: all.
            labels: only those that a selector takes.
            metadata_only: without spec, data and status, which then don't leave the server.
        """
        found: list[KubeObject] = []
        query: dict[str, Any] = {"limit": _PAGE, **({"labelSelector": labels} if labels else {})}
        while True:
            page = self._json(
                "GET", resource.path(namespace), query=query, accept=_METADATA if metadata_only else _JSON
            )
            said = {"apiVersion": resource.api_version, "kind": resource.kind}
            found += [{**each, **said} for each in page.get("items") or []]
            more = (page.get("metadata") or {}).get("continue")
            if not more:
                return found
            query["continue"] = more

    def apply(
        self, wanted: KubeObject, *, manager: str, namespace: str = "default", force: bool = True, dry_run: bool = False
    ) -> KubeObject:
        """Server-side apply; fields that the server doesn't know are refused.

        Args:
            wanted: the object, with what its manager wants to own.
            manager: the field manager.
            namespace: for a namespaced object that names none.
            force: take fields over from other managers; else a conflict is an error.
            dry_run: let the server judge it and keep nothing.
        """
        resource = self.resource(wanted["apiVersion"], wanted["kind"])
        metadata = wanted["metadata"]
        path = resource.path(metadata.get("namespace") or namespace, metadata["name"])
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        return self._json("PATCH", path, body=wanted, query=query, media="application/apply-patch+yaml")

    def patch(
        self,
        resource: Resource,
        name: str,
        namespace: str = "",
        *,
        body: Mapping[str, Any],
        subresource: str = "",
        type: str = "merge",  # noqa: A002 - Kubernetes' own word
        manager: str = "",
    ) -> KubeObject | None:
        """Change an object; None where there is none (any more). `type` is `merge` or `strategic`."""
        query = {"fieldManager": manager} if manager else {}
        path, media = resource.path(namespace, name, subresource), _PATCHES[type]
        try:
            return self._json("PATCH", path, body=body, query=query, media=media)
        except KubernetesError as error:
            if error.status == 404:
                return None
            raise

    def create(self, resource: Resource, wanted: KubeObject, namespace: str = "") -> KubeObject | None:
        """Make an object; None where there is one of this name already."""
        try:
            return self._json("POST", resource.path(namespace), body=wanted)
        except KubernetesError as error:
            if error.status == 409:
                return None
            raise

    def delete(self, resource: Resource, name: str, namespace: str = "", *, grace_s: int | None = None) -> None:
        """Delete an object; one that isn't there is no error."""
        body = {} if grace_s is None else {"gracePeriodSeconds": grace_s}
        try:
            self._json("DELETE", resource.path(namespace, name), body=body)
        except KubernetesError as error:
            if error.status != 404:
                raise

    def ask(self, path: str) -> Any:
        """What a path of the server answers, such as `/version`; a text where it is no JSON."""
        response = self._send("GET", path)
        with contextlib.suppress(ValueError):
            return response.json()
        return response.text

    def _json(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        media: str = _JSON,
        accept: str = _JSON,
    ) -> KubeObject:
        response = self._send(method, path, body=body, query=query, media=media, accept=accept)
        answer = _object_in(response)
        if answer is None:
            raise KubernetesError(
                f"{method} {path}: the answer is no JSON object", server=self.server, status=response.status_code
            )
        return answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        media: str = _JSON,
        accept: str = _JSON,
    ) -> httpx2.Response:
        import httpx2
        from lightkube.core.exceptions import ConfigError

        try:
            content = None if body is None else json.dumps(body, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise KubernetesError(f"{method} {path}: what is to be sent is no JSON: {error}") from None
        headers = {"Content-Type": media, "Accept": accept}
        try:
            response = self._http.request(method, path, params=dict(query or {}), content=content, headers=headers)
        except (httpx2.HTTPError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise KubernetesError(f"no answer from {self.server}: {reason}", server=self.server) from None
        except (ConfigError, LookupError, TypeError, ValueError):
            # What a plug-in or a file gave may be in the cause.
            raise KubernetesError(
                f"the kubeconfig gives no credentials for {self.server}: see its token file, or run its plug-in (exec)",
                server=self.server,
            ) from None
        if response.is_success:
            return response
        told = _object_in(response) or {}
        raise KubernetesError(
            str(told.get("message") or f"{method} {path}: status {response.status_code}"),
            server=self.server,
            status=response.status_code,
            reason=str(told.get("reason") or ""),
        )


def _preferred_first(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    preferred = (group.get("preferredVersion") or {}).get("groupVersion")
    return sorted(group.get("versions", []), key=lambda each: each["groupVersion"] != preferred)


def _object_in(response: httpx2.Response) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError):
        told = response.json()
        if isinstance(told, dict):
            return told
    return None


def _is_address(server: str) -> bool:
    with contextlib.suppress(ValueError):  # for a port that is none
        address = urlsplit(server)
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    return False
