"""A local control plane in process and the real client on it; waiting in a hook moves its clock, and no other does."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from palette_sdk.client import Palette
from palette_sdk.controlplane.app import ControlPlane, create_app
from palette_sdk.controlplane.catalogue import Catalogue
from palette_sdk.controlplane.clock import ManualClock
from palette_sdk.controlplane.faults import FaultSpec
from palette_sdk.controlplane.store import Store
from palette_sdk.resources.engine_seam import EngineLink, Seam
from palette_sdk.resources.profile.args import MANIFEST_PACK_UID
from palette_sdk.resources.runtime import Runtime
from tests.contract.conftest import KEY, InProcess

SPEED = 60.0
"""Seconds of the control plane's clock for each second that a hook waits."""
CORE = {"ubuntu-aws": "22.04", "kubernetes": "1.30.4", "cni-calico": "3.28.0", "csi-aws-ebs": "1.30.0"}
KINDS = {"ubuntu-aws": "os", "kubernetes": "k8s", "cni-calico": "cni", "csi-aws-ebs": "csi"}
WEB = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
  namespace: hello
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: ui
          image: ghcr.io/example/hello:1.0
---
apiVersion: v1
kind: Service
metadata:
  name: hello-service
  namespace: hello
spec:
  type: LoadBalancer
  ports:
    - port: 8080
"""


class Pause(threading.Event):
    """The cancel event of a hook whose waiting takes no time: it moves the clocks instead."""

    def __init__(self, turn: Callable[[float], None]) -> None:
        super().__init__()
        self._turn = turn

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        self._turn(timeout or 0.0)
        return self.is_set()


class Link(EngineLink):
    """An engine that keeps what it is told, and may be gone."""

    def __init__(self) -> None:
        super().__init__("")
        self.lines: list[str] = []
        self.is_gone = False

    def say(self, urn: str, text: str, *, severity: str = "INFO", passing: bool = False) -> bool:
        """Keep a line."""
        self.lines.append(f"{'passing' if passing else severity.lower()}: {text}")
        return True

    def alive(self) -> bool:
        """Whether it is there."""
        return not self.is_gone


class LeftError(BaseException):
    """The process would have ended here."""


@dataclass
class World:
    """A control plane, and processes of hooks that speak to it."""

    plane: ControlPlane
    clock: ManualClock
    link: Link
    waited: float = 0.0
    client: Palette = field(init=False)
    """A client beside those of the hooks."""
    plans: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cancelled = Pause(self.turn)
        self.http = InProcess(self.plane)
        self.client = self.process().client

    def process(self) -> Runtime:
        """What the hooks of a new provider process share."""
        seam = Seam(self.link, leave=self._leave, cancelled=self.cancelled)
        config = {"host": "http://127.0.0.1:1", "apiKey": KEY}
        # The loop of the control plane in process serves one thread.
        return Runtime(config, seam, now=lambda: self.waited, http=self.http, at_once=1)

    def _leave(self) -> None:
        raise LeftError

    def turn(self, seconds: float) -> None:
        """Let so many seconds pass for the hooks."""
        self.waited += seconds
        self.clock.advance(seconds * SPEED)
        due = [act for at, act in self.plans if at <= self.waited]
        self.plans = [(at, act) for at, act in self.plans if at > self.waited]
        for act in due:
            act()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something while a hook waits."""
        self.plans.append((self.waited + seconds, act))

    def fault(self, **spec: Any) -> None:
        """Set a fault."""
        self.plane.env.faults.add(FaultSpec.model_validate(spec))

    def lost_answer(self, method: str, route: str, *, skip: int = 0) -> None:
        """The next such call is carried out, and its answer is lost."""
        self.fault(method=method, route=route, action="drop-after", count=1, skip=skip)

    @property
    def writes(self) -> list[str]:
        """Routes of writes since the counter was reset; validations and searches are reads by POST."""
        reads = ("/search", "/validate", "/dashboard/")
        rows = [f"{method} {route}" for (method, route), number in self.plane.env.requests.items() if number]
        return [row for row in rows if not row.startswith("GET") and not any(part in row for part in reads)]

    def forget_writes(self) -> None:
        """Reset the counter."""
        self.plane.env.requests.clear()

    # -- inputs as a program's resources give them ---------------------------------------------------------------------

    def pack(self, name: str, version: str) -> dict[str, Any]:
        """A layer from the catalogue."""
        registry = self.client.registries.by_name("Public Repo")
        assert registry is not None
        found = self.client.packs.in_registry(name, registry.uid, cloud_type="all")
        assert found is not None
        uid = next(tag.pack_uid for tag in found.tags if tag.version == version)
        values = next(item.values for item in found.pack_values if item.pack_uid == uid)
        return {
            "type": "spectro",
            "kind": KINDS.get(name, "addon"),
            "version": version,
            "tag": version,
            "pack_uid": uid,
            "registry_uid": registry.uid,
            "values": values,
            "defaults": True,
            "manifests": {},
            "secret": False,
        }

    def profile(self, name: str = "web", version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
        """Inputs of a profile with all core layers and a manifest; `replicas` and versions of packs may differ."""
        replicas = changes.pop("replicas", 2)
        core = {**CORE, **changes.pop("packs", {})}
        layers = {pack: self.pack(pack, number) for pack, number in core.items()}
        layers["hello"] = manifest_layer(WEB.format(replicas=replicas))
        return {
            "name": name,
            "version": version,
            "cloud": "aws",
            "type": "",
            "description": "",
            "tags": {"env": "dev"},
            "scope": "project",
            "timeouts": {},
            "approve": [],
            "layers": layers,
            "layer_order": list(layers),
            "previous_layers": {},
            "variables": {},
            "in_place": "allow",
            **changes,
        }

    def cluster(self, *profiles: dict[str, Any], name: str = "web", **changes: Any) -> dict[str, Any]:
        """Inputs of a cluster on AWS with these profiles, as `attached` gives them."""
        account = self.client.accounts.by_name("aws", "aws-main")[0].metadata.uid
        machine = {"type": "m5.large", "azs": ["eu-west-1a"], "disk_gib": 60}
        return {
            "name": name,
            "description": "",
            "tags": {"env": "dev"},
            "scope": "project",
            "timeouts": {},
            "approve": [],
            "cloud": "aws",
            "cloud_config": {"cloud": "aws", "region": "eu-west-1"},
            "cloud_account": account,
            "pools": {
                "control-plane": {"role": "control-plane", "count": 1, "machine": machine},
                "worker": {"role": "worker", "count": 2, "machine": machine},
            },
            "profiles": {item["name"]: item for item in profiles},
            "variables": {},
            "updates": "hold",
            "guards": {"when_busy": "wait", "minor_skip": "refuse", "replace": "refuse"},
            "wait": True,
            "pending_updates": {},
            "found_overrides": {},
            "layers_plan": {},
            "kubeconfig": "",
            "admin_kubeconfig": "",
            **changes,
        }


def manifest_layer(text: str) -> dict[str, Any]:
    """A layer of one manifest."""
    return {
        "type": "manifest",
        "kind": "addon",
        "version": "",
        "tag": "",
        "pack_uid": MANIFEST_PACK_UID,
        "registry_uid": "",
        "values": "",
        "defaults": False,
        "manifests": {"hello": text},
        "secret": False,
    }


@contextmanager
def a_world(folder: Path, catalogue: Catalogue) -> Iterator[World]:
    """A fresh control plane with a manual clock and counted uids."""
    store, clock, numbers = Store(folder / "palette.db"), ManualClock(), itertools.count(1)

    async def sleep(_seconds: float) -> None:
        return None

    app = create_app(
        store, clock, api_key=KEY, uid_source=lambda: f"{next(numbers):024x}", catalogue=catalogue, sleep=sleep
    )
    world = World(cast("ControlPlane", app), clock, Link())
    try:
        yield world
    finally:
        world.client.close()
        world.http.close()
        store.close()
