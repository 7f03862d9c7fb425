"""What the tests with real control planes ask of a cluster, and of the machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palette_sdk.kube import KubeApi
from palette_sdk.local import kubernetes
from tests.engine.harness import World


@dataclass
class RealWorld(World):
    """A local Palette whose clusters have real control planes."""

    def uid(self, cluster: str) -> str:
        """The uid of a cluster."""
        row = self.client.clusters.by_name(cluster, fresh=True)
        assert row is not None
        return row.metadata.uid

    def kubeconfig(self, cluster: str, *, admin: bool = False) -> str:
        """The kubeconfig that Palette hands out."""
        clusters = self.client.clusters
        text = (clusters.admin_kubeconfig if admin else clusters.kubeconfig)(self.uid(cluster))
        assert text is not None
        return text

    def api(self, cluster: str) -> contextlib.closing[KubeApi]:
        """The cluster's own API, for a `with` block."""
        return contextlib.closing(KubeApi.connect(self.kubeconfig(cluster)))

    def kubectl(self, cluster: str, *arguments: str, admin: bool = False) -> str:
        """What kubectl prints, with the kubeconfig as Palette hands it out."""
        file = self.folder / "kubeconfig.yaml"
        file.write_text(self.kubeconfig(cluster, admin=admin), encoding="utf-8")
        return kubectl(file, *arguments)

    def programs_of(self, uid: str = "") -> dict[int, str]:
        """Processes of control planes of this world, or of one cluster: command lines by pid."""
        return processes(str(self.endpoint.data_dir / "kubernetes" / uid))


def kubectl(kubeconfig: Path, *arguments: str) -> str:
    """What kubectl prints."""
    own = shutil.which("kubectl") or str((kubernetes.find() or Path()) / "kubectl")
    environment = {"PATH": os.environ["PATH"], "HOME": str(kubeconfig.parent), "KUBECONFIG": str(kubeconfig)}
    done = subprocess.run([own, *arguments], env=environment, text=True, capture_output=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def processes(mark: str) -> dict[int, str]:
    """Processes whose command line has this text: command lines by pid."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,stat=,command="], text=True, capture_output=True, check=True
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return {int(pid): command for pid, state, command in rows if mark in command and not state.startswith("Z")}


def resident_mib(pids: Any) -> float:
    """Memory of these processes in MiB."""
    listed = subprocess.run(
        ["ps", "-o", "rss=", "-p", ",".join(map(str, pids))], text=True, capture_output=True, check=True
    )
    return sum(map(int, listed.stdout.split())) / 1024
