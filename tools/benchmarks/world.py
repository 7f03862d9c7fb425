"""A temporary folder with a control plane, a file backend and copies of the programs; gone when the block ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.runs import Run, run
from palette_sdk import local
from palette_sdk.client import Palette, Settings

PROGRAMS = Path(__file__).resolve().parent.parent / "bench_programs"
VARIANTS = {
    "nothing": ("nothing.py", "bare.py"),
    "same inputs": ("nothing.py", "fleet.py", "same_inputs.py"),
    "ours": ("fleet.py", "ours.py"),
}
"""Programs: one property a resource and no hooks; our resources and inputs with hooks that do nothing; ours."""


@dataclass(frozen=True)
class World:
    """A running control plane and what a `pulumi` run needs."""

    folder: Path
    endpoint: local.LocalEndpoint
    environment: Mapping[str, str]

    @property
    def admin(self) -> local.Admin:
        """The admin API."""
        return local.Admin(self.endpoint)

    def calls(self) -> dict[str, int]:
        """API calls by method and route since the counter was set to zero."""
        return {f"{row['method']} {row['route']}": row["count"] for row in self.admin.requests()["items"]}

    def created(self) -> list[float]:
        """When each cluster was created, by the clock of the control plane, in seconds; the first one first."""
        with contextlib.closing(Palette(Settings.to(self.endpoint.url, self.endpoint.api_key))) as client:
            return sorted(epoch(row.metadata.creation_timestamp) for row in client.clusters.all())

    @property
    def control_plane_pid(self) -> int:
        """The process of the control plane."""
        told = json.loads((self.folder / "palette" / "endpoint.json").read_text(encoding="utf-8"))
        return int(told["pid"])

    def stack(self, variant: str, clusters: int, files: Sequence[str] = (), others: int = 1) -> Stack:
        """A new stack with so many clusters.

        Args:
            variant: its name.
            clusters: how many.
            files: modules, and the program at the end; default: those of the variant.
            others: how many resources a program that does nothing has beside the clusters.
        """
        name = f"{variant.replace(' ', '-')}-{clusters}"
        folder = self.folder / name
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
        *modules, main = files or VARIANTS[variant]
        for module in modules:
            shutil.copy(PROGRAMS / module, folder / module)
        shutil.copy(PROGRAMS / main, folder / "__main__.py")
        stack = Stack(self, folder, name)
        stack.pulumi("stack", "init", name)
        stack.pulumi("config", "set", "clusters", str(clusters))
        stack.pulumi("config", "set", "others", str(others))
        stack.pulumi("config", "set", "palette:host", "local")
        return stack


@dataclass(frozen=True)
class Stack:
    """One stack in a folder of its own."""

    world: World
    folder: Path
    name: str

    def pulumi(self, *arguments: str) -> Run:
        """One command, measured."""
        return run(["pulumi", *arguments], self.folder, self.world.environment)

    def up(self, *arguments: str) -> Run:
        """Make all of it."""
        return self.pulumi("up", "--yes", "--skip-preview", "--non-interactive", *arguments)

    def destroy(self, *arguments: str) -> Run:
        """Delete all of it."""
        return self.pulumi("destroy", "--yes", "--skip-preview", "--non-interactive", *arguments)

    def steady_preview(self) -> Run:
        """A preview that finds nothing to do; it fails when there is something."""
        return self.pulumi("preview", "--non-interactive", "--expect-no-changes")

    def state(self) -> dict[str, Any]:
        """Its state."""
        told = subprocess.run(
            ["pulumi", "stack", "export"],
            cwd=self.folder,
            env=self.world.environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        found: dict[str, Any] = json.loads(told.stdout)["deployment"]
        return found


def state_bytes(state: Mapping[str, Any]) -> int:
    """Size of a state, without white space."""
    return len(json.dumps(state, separators=(",", ":")))


def epoch(stamp: str) -> float:
    """A moment as the API writes it, in seconds."""
    return datetime.fromisoformat(stamp).timestamp()


@contextlib.contextmanager
def world(speed: float) -> Iterator[World]:
    """A world whose clock runs so many seconds a second."""
    with tempfile.TemporaryDirectory(prefix="palette-bench-") as name:
        folder = Path(name)
        data = folder / "palette"
        endpoint = local.start(data, speed=speed).endpoint
        (folder / "state").mkdir()
        environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_HOME": str(folder / "pulumi"),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
            # The file backend writes the whole state at each step: that would be measured, and little else.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "PULUMI_EXPERIMENTAL": "true",
            "PALETTE_LOCAL_DATA_DIR": str(data),
            "SPECTROCLOUD_HOST": "",
            "SPECTROCLOUD_APIKEY": "",
        }
        try:
            yield World(folder, endpoint, environment)
        finally:
            local.stop(data)
