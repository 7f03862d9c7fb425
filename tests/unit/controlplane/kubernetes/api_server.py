"""A Kubernetes API in memory: server-side apply with field managers, resource versions, kinds that come with CRDs.

Good enough for a keeper: lists are whole values, nothing is validated but what a test refuses, namespaces have to exist.
`work` does what controllers and the scheduler would do with workloads.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2

from palette_sdk.controlplane.kubernetes.access import PALETTE, Access
from palette_sdk.kube import KubeApi, KubeObject
from tests.unit.controlplane.kubernetes.orders_data import thing

Path = tuple[str, ...]
Key = tuple[str, str, str]
CREATED = "2026-01-05T11:59:00Z"
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_RBAC, _CRD = "rbac.authorization.k8s.io/v1", "CustomResourceDefinition"
_KINDS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    "v1": (
        ("Namespace", "namespaces", False), ("Node", "nodes", False), ("Pod", "pods", True), ("Secret", "secrets", True),
        ("Service", "services", True), ("ConfigMap", "configmaps", True), ("ServiceAccount", "serviceaccounts", True),
        ("PersistentVolume", "persistentvolumes", False), ("PersistentVolumeClaim", "persistentvolumeclaims", True),
    ),
    "apps/v1": (
        ("Deployment", "deployments", True), ("StatefulSet", "statefulsets", True), ("DaemonSet", "daemonsets", True),
    ),
    "batch/v1": (("Job", "jobs", True), ("CronJob", "cronjobs", True)),
    _RBAC: (("RoleBinding", "rolebindings", True), ("ClusterRoleBinding", "clusterrolebindings", False)),
    "apiextensions.k8s.io/v1": ((_CRD, "customresourcedefinitions", False),),
}  # fmt: skip


class ApiServer:
    """The server. `log` has what was applied, deleted and made, in order; `refuse` and `refuse_status` may say why."""

    def __init__(self) -> None:
        self.objects: dict[Key, KubeObject] = {}
        self.kinds = {version: list(rows) for version, rows in _KINDS.items()}
        self.log: list[str] = []
        self.refuse: Callable[[KubeObject], str] = lambda _: ""
        self.refuse_status: Callable[[KubeObject], str] = lambda _: ""
        self.is_away = False
        self._owned: dict[Key, dict[str, set[Path]]] = {}
        self._version = 0
        for name in ("default", "kube-system"):
            self._put(("Namespace", "", name), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def api(self) -> KubeApi:
        """A client of it, as Palette."""
        return KubeApi.connect(
            Access("https://api.test", "", {PALETTE: "t"})
            .kubeconfig(PALETTE, name="web")
            .replace("certificate-authority-data: ''", "insecure-skip-tls-verify: true"),
            transport=httpx2.MockTransport(self._answer),
        )

    # ---- what somebody does, and what controllers do -----------------------------------------------------------------

    def find(self, kind: str, name: str, namespace: str = "") -> KubeObject | None:
        """An object as it is."""
        return self.objects.get((kind, namespace, name))

    def names(self, kind: str) -> list[str]:
        """Names of all objects of a kind."""
        return sorted(name for found, _, name in self.objects if found == kind)

    def change(self, kind: str, name: str, namespace: str = "", *, by: str = "kubectl", **fields: Any) -> None:
        """Somebody sets fields; `__` separates names: `spec__replicas=0`."""
        key = (kind, namespace, name)
        for written, value in fields.items():
            path = tuple(written.split("__"))
            _set(self.objects[key], path, value)
            for owned in self._owned.setdefault(key, {}).values():
                owned.discard(path)
            self._owned[key].setdefault(by, set()).add(path)
        self._touch(key, is_new_content=True)

    def drop(self, kind: str, name: str, namespace: str = "") -> None:
        """Somebody deletes an object; what lies in a namespace or belongs to a kind goes with it."""
        del self.objects[kind, namespace, name]
        self._owned.pop((kind, namespace, name), None)
        if kind == "Namespace":
            for key in [key for key in self.objects if key[1] == name]:
                del self.objects[key]

    def put(self, found: KubeObject) -> None:
        """An object that was made by somebody else."""
        self._put((found["kind"], found["metadata"].get("namespace", ""), found["metadata"]["name"]), found)

    def work(self) -> None:
        """Controllers and the scheduler: pods of workloads, each on a node, and how many are ready."""
        for found in [each for each in self.objects.values() if each["kind"] in _WORKLOADS]:
            ready = self._work_on(found)
            status = {"observedGeneration": found["metadata"]["generation"], "readyReplicas": ready}
            if found["kind"] == "DaemonSet":
                status = {"desiredNumberScheduled": ready, "numberReady": ready}
            if found.get("status") != status:
                found["status"] = status
                self._touch((found["kind"], found["metadata"]["namespace"], found["metadata"]["name"]))

    def _work_on(self, found: KubeObject) -> int:
        metadata, nodes = found["metadata"], self.names("Node")
        names = [f"{metadata['name']}-{number}" for number in range(20)]
        count = len(nodes) if found["kind"] == "DaemonSet" else found["spec"]["replicas"]
        for name in names[count:]:
            self.objects.pop(("Pod", metadata["namespace"], name), None)
        owner = {"kind": found["kind"], "name": metadata["name"], "uid": metadata["uid"]}
        spec = {**found["spec"]["template"]["spec"], "nodeName": nodes[0] if nodes else ""}
        pods = []
        for name in names[:count]:
            pod = thing("Pod", name, metadata["namespace"], spec=spec, status={"phase": "Pending"})
            pod["metadata"]["ownerReferences"] = [owner]
            if self.find("Pod", name, metadata["namespace"]) is None:
                self.put(pod)
            pods.append(self.objects["Pod", metadata["namespace"], name])
        return sum(pod["status"]["phase"] == "Running" for pod in pods)

    # ---- answers -----------------------------------------------------------------------------------------------------

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.is_away:
            raise httpx2.ConnectError("Connection refused", request=request)
        status, body = self._act(request)
        return httpx2.Response(status, json=body)

    def _act(self, request: httpx2.Request) -> tuple[int, Any]:
        parts = request.url.path.strip("/").split("/")
        version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        if version not in self.kinds:
            return _refusal(404, "NotFound", "the server could not find the requested resource")
        rows = self.kinds[version]
        if not rest:
            listed = [{"kind": kind, "name": plural, "namespaced": inside} for kind, plural, inside in rows]
            return 200, {"resources": listed}
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] != "status":
            namespace, rest = rest[1], rest[2:]
        kind = next(kind for kind, plural, _ in rows if plural == rest[0])
        if len(rest) == 1:
            return self._all(request, version, kind, namespace)
        key, body = (kind, namespace, rest[1]), json.loads(request.content or b"null")
        if request.method == "PATCH" and "apply" in request.headers["content-type"]:
            return self._apply(key, body, request.url.params["fieldManager"])
        if key not in self.objects:
            return _refusal(404, "NotFound", f'{rest[0]} "{rest[1]}" not found')
        if request.method == "DELETE":
            self.drop(kind, key[2], namespace)
            self.log.append(f"delete {_said(key)}")
        elif request.method == "PATCH" and (why := self.refuse_status(self.objects[key])):
            return _refusal(422, "Invalid", why)
        elif request.method == "PATCH":
            self.objects[key] = _merged(self.objects[key], body)
            self._touch(key)
        return 200, self._shown(key) if key in self.objects else {}

    def _all(self, request: httpx2.Request, version: str, kind: str, namespace: str) -> tuple[int, Any]:
        if request.method == "POST":
            body = json.loads(request.content)
            key = (kind, namespace, body["metadata"]["name"])
            if key in self.objects:
                return _refusal(409, "AlreadyExists", "it is there")
            self._put(key, body)
            self.log.append(f"create {_said(key)}")
            return 201, self._shown(key)
        keys = sorted(key for key in self.objects if key[0] == kind and namespace in ("", key[1]))
        keys = [key for key in keys if self.objects[key]["apiVersion"] == version]
        bare = [
            {name: value for name, value in self._shown(key).items() if name not in ("kind", "apiVersion")}
            for key in keys
        ]
        return 200, {"items": bare}

    def _apply(self, key: Key, body: KubeObject, manager: str) -> tuple[int, Any]:
        if key[1] and ("Namespace", "", key[1]) not in self.objects:
            return _refusal(404, "NotFound", f'namespaces "{key[1]}" not found')
        if why := self.refuse(body):
            return _refusal(422, "Invalid", why)
        self.log.append(f"apply {_said(key)}")
        if key not in self.objects:
            fresh = {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": {"name": key[2]}}
            fresh["metadata"] |= {"namespace": key[1]} if key[1] else {}
            self._put(key, {**fresh, "spec": {"replicas": 1}} if key[0] in _WORKLOADS[:2] else fresh)
        self._own(key, body, manager)
        if key[0] == _CRD:
            names, version = body["spec"]["names"], f"{body['spec']['group']}/v1"
            row = (names["kind"], names["plural"], body["spec"].get("scope") == "Namespaced")
            self.kinds[version] = [row]
        return 200, self._shown(key)

    def _own(self, key: Key, body: KubeObject, manager: str) -> None:
        """Take over the fields of what is applied, and let go of those that are named no more."""
        found, owners = self.objects[key], self._owned.setdefault(key, {})
        before = copy.deepcopy(found)
        wanted = dict(_leaves({name: value for name, value in body.items() if name not in ("apiVersion", "kind")}))
        for identity in (("metadata", "name"), ("metadata", "namespace")):
            wanted.pop(identity, None)
        others = [owned for name, owned in owners.items() if name != manager]
        for path in owners.get(manager, set()) - set(wanted):
            if not any(path in owned for owned in others):
                _remove(found, path)
        for path, value in wanted.items():
            _set(found, path, value)
            if _value(before, path) != value:
                for owned in others:
                    owned.discard(path)
        owners[manager] = set(wanted)
        if found != before:
            self._touch(key, is_new_content=True)

    def _put(self, key: Key, found: KubeObject) -> None:
        metadata = {**found["metadata"], "uid": f"uid-{'-'.join(key)}", "creationTimestamp": CREATED, "generation": 1}
        self.objects[key] = {**copy.deepcopy(found), "metadata": metadata}
        self._touch(key)

    def _touch(self, key: Key, *, is_new_content: bool = False) -> None:
        self._version += 1
        metadata = self.objects[key]["metadata"]
        metadata["resourceVersion"] = str(self._version)
        metadata["generation"] += is_new_content

    def _shown(self, key: Key) -> KubeObject:
        managers = [
            {"manager": name, "operation": "Apply" if name == PALETTE else "Update", "fieldsV1": _fields(owned)}
            for name, owned in self._owned.get(key, {}).items()
            if owned
        ]
        found = copy.deepcopy(self.objects[key])
        found["metadata"]["managedFields"] = managers
        return found


def _said(key: Key) -> str:
    return "/".join(filter(None, key))


def _refusal(status: int, reason: str, message: str) -> tuple[int, Any]:
    return status, {"kind": "Status", "code": status, "reason": reason, "message": message}


def _leaves(found: Mapping[str, Any], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    for name, value in found.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*at, name))
        else:
            yield (*at, name), value


def _fields(paths: set[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in paths:
        node = found
        for name in path:
            node = node.setdefault(f"f:{name}", {})
    return found


def _value(found: Mapping[str, Any], path: Path) -> Any:
    node: Any = found
    for name in path:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _set(found: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        found = found.setdefault(name, {})
    found[path[-1]] = copy.deepcopy(value)


def _remove(found: dict[str, Any], path: Path) -> None:
    for name in path[:-1]:
        found = found.get(name, {})
    found.pop(path[-1], None)


def _merged(found: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    done = dict(found)
    for name, value in change.items():
        if isinstance(value, Mapping) and isinstance(done.get(name), Mapping):
            done[name] = _merged(done[name], value)
        else:
            done[name] = value
    return done
