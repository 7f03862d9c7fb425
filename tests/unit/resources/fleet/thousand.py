"""A service with so many clusters as a test wants, made of texts: it answers fast, counts calls, and has its own clock."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

import httpx2

SLOWEST_S = 1200.0
"""The longest that a cluster takes to be provisioned; the fastest takes 300 s less."""
LAYERS_S = 45.0
"""How much longer than that the layers of each tenth take."""
PAGE = 50
CLUSTERS = "/v1/spectroclusters/"


@dataclass
class Service:
    """Clusters, each ready some time after its creation; time passes by waiting alone."""

    at: float = 0.0
    made: dict[str, float] = field(default_factory=dict)
    """When each cluster was made, by uid."""
    names: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[float, str]] = field(default_factory=list)
    """When each call came, and its route."""
    cancelled: Passing = field(init=False)

    def __post_init__(self) -> None:
        self.cancelled = Passing(self)

    @property
    def counts(self) -> Counter[str]:
        """Calls by route."""
        return Counter(route for _, route in self.calls)

    def healthy_at(self, uid: str) -> float:
        """When a cluster is Running and healthy."""
        return self.made[uid] + SLOWEST_S - int(uid) * 37 % 301

    def ready_at(self, uid: str) -> float:
        """When all its layers are ready."""
        return min(self.healthy_at(uid) + (LAYERS_S if int(uid) % 10 == 0 else 0.0), self.made[uid] + SLOWEST_S)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one call."""
        path = request.url.path
        if path == "/v1/dashboard/projects/metadata":
            return self._told("projects", {"items": [{"metadata": {"name": "Default", "uid": "p1"}}]})
        if path == "/v1/dashboard/spectroclusters/search":
            return self._told("list", self._page(int(request.url.params.get("continue") or 0)))
        if path == f"{CLUSTERS}aws":
            uid = str(len(self.made) + 1)
            self.made[uid] = self.at
            self.names[uid] = json.loads(request.content)["metadata"]["name"]
            return self._told("create", {"uid": uid}, 201)
        uid, _, rest = path.removeprefix(CLUSTERS).partition("/")
        if rest == "assets/kubeconfigclient":
            return self._told("kubeconfig", {"kind": "Config", "clusters": [uid]})
        assert rest == "", path
        return self._told("cluster", self._cluster(uid))

    def _told(self, route: str, body: object, status: int = 200) -> httpx2.Response:
        self.calls.append((self.at, route))
        return httpx2.Response(status, content=json.dumps(body))

    def _page(self, first: int) -> object:
        uids = list(self.made)[first : first + PAGE]
        following = first + PAGE
        token = str(following) if following < len(self.made) else ""
        return {"items": [self._row(uid) for uid in uids], "listmeta": {"continue": token, "count": len(self.made)}}

    def _row(self, uid: str) -> object:
        is_up = self.at >= self.healthy_at(uid)
        status = {"state": "Running", "health": {"state": "Healthy"}} if is_up else {"state": "Provisioning"}
        return {"metadata": {"uid": uid, "name": self.names[uid]}, "status": status}

    def _cluster(self, uid: str) -> object:
        is_up, is_ready = self.at >= self.healthy_at(uid), self.at >= self.ready_at(uid)
        condition = {"type": "Ready" if is_ready else "Installed", "status": "True" if is_ready else "False"}
        status = {
            "state": "Running" if is_up else "Provisioning",
            "packs": [{"name": name, "condition": condition} for name in ("os", "k8s", "cni", "csi")],
            "apiEndpoints": [{"host": f"c{uid}.example", "port": 6443}],
            "spcApply": {"canBeApplied": True},
        }
        return {"metadata": {"uid": uid, "name": self.names[uid]}, "status": status}


class Passing(threading.Event):
    """The cancel event of a hook whose waiting takes no time: it moves the clock instead."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        self._service.at += timeout or 0.0
        return self.is_set()
