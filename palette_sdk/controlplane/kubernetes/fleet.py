"""All real control planes of a server: which there are to be, and a thread for each that keeps it."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from palette_sdk.controlplane.kubernetes.access import PALETTE, Access
from palette_sdk.controlplane.kubernetes.keeper import Keeper
from palette_sdk.controlplane.kubernetes.orders import Desk
from palette_sdk.controlplane.kubernetes.processes import ControlPlaneProcesses, Timing, sweep
from palette_sdk.errors import KubernetesError, LocalError
from palette_sdk.kube import KubeApi

_log = logging.getLogger(__name__)

_START_LIMIT_S = 120.0
_MISSES = 5
"""So many passes in a row may an API server not answer before its programs are started anew."""


@dataclass(frozen=True)
class Pace:
    """How long to wait; tests hand in their own.

    Args:
        look_s: seconds between two looks at which clusters there are to be.
        pass_s: between two passes of a keeper.
        again_s: before programs that could not be started, or ended, are started anew.
    """

    look_s: float = 0.5
    pass_s: float = 1.0
    again_s: float = 5.0


class Programs(Protocol):
    """The programs of one cluster, as `ControlPlaneProcesses` has them."""

    def start(self, *, limit_s: float) -> Access:
        """Start all; how to reach the API server once it is ready."""

    def ended(self) -> str:
        """What ended by itself; empty while all run."""

    def stop(self) -> None:
        """End all."""


def connect(access: Access, uid: str) -> KubeApi:
    """The API server of a cluster, as Palette."""
    return KubeApi.connect(access.kubeconfig(PALETTE, name=uid))


@dataclass
class _Kept:
    """A cluster with a control plane."""

    thread: threading.Thread
    ends: threading.Event = field(default_factory=threading.Event)


class Fleet:
    """Control planes behind the clusters of a server.

    Args:
        desk: says which clusters there are, and takes what was found.
        assets: the folder with the programs.
        folder: where clusters keep what they have; a folder each, named after the uid.
        limit: how many may run at a time.
        pace: how long to wait.
        programs: makes the programs of a cluster from its folder, its tokens, and how to wait; default: the real ones.
        connect: reaches an API server; default: over the network.
    """

    def __init__(
        self,
        desk: Desk,
        assets: Path,
        folder: Path,
        *,
        limit: int,
        pace: Pace | None = None,
        programs: Callable[[Path, Mapping[str, str], Timing], Programs] | None = None,
        connect: Callable[[Access, str], KubeApi] = connect,
    ) -> None:
        self._desk, self._folder, self._limit = desk, folder, limit
        self._pace = pace or Pace()
        self._programs = programs or partial(ControlPlaneProcesses, assets)
        self._connect = connect
        self._kept: dict[str, _Kept] = {}
        self._stops = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kubernetes", daemon=True)

    def start(self) -> None:
        """Begin; ends first what a server that was killed left running here."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in self._folder.iterdir():
            sweep(each)
        self._thread.start()

    def stop(self) -> None:
        """End all programs; the clusters' data stays for the next start."""
        self._stops.set()
        # All at once: the thread may be waiting for one of them.
        for each in list(self._kept.values()):
            each.ends.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stops.is_set():
            try:
                self._look()
            except Exception:  # noqa: BLE001 - the thread must outlive whatever happens
                _log.exception("looking after the control planes failed; it is tried again")
            self._stops.wait(self._pace.look_s)
        self._end(list(self._kept))

    def _look(self) -> None:
        wanted = self._desk.clusters()
        self._end([uid for uid in self._kept if uid not in wanted], for_good=True)
        for each in self._folder.iterdir():
            if each.name not in wanted and each.name not in self._kept:
                shutil.rmtree(each, ignore_errors=True)
        for uid in wanted:
            if uid in self._kept and self._kept[uid].thread.is_alive():
                continue
            if self._stops.is_set():
                return  # it ended because all end
            if uid not in self._kept and len(self._kept) >= self._limit:
                self._desk.held_up(
                    uid,
                    "NoRoom",
                    f"this local Palette runs {self._limit} real control plane{'s' * (self._limit != 1)} at most, and no more; "
                    "delete a cluster, or start it with a higher --kubernetes-limit",
                )
                continue
            ends = threading.Event()
            thread = threading.Thread(target=self._keep, args=(uid, ends), name=f"kubernetes-{uid}", daemon=True)
            self._kept[uid] = _Kept(thread, ends)
            thread.start()

    def _end(self, uids: list[str], *, for_good: bool = False) -> None:
        kept = {uid: self._kept.pop(uid) for uid in uids}
        for each in kept.values():
            each.ends.set()
        for uid, each in kept.items():
            each.thread.join()
            if for_good:
                shutil.rmtree(self._folder / uid, ignore_errors=True)

    def _keep(self, uid: str, ends: threading.Event) -> None:
        timing = Timing(pause=ends.wait)
        while not ends.is_set():
            tokens = self._desk.tokens(uid)
            if not tokens:
                return  # the cluster is gone
            processes = self._programs(self._folder / uid, tokens, timing)
            try:
                access = processes.start(limit_s=_START_LIMIT_S)
                self._desk.reached(uid, access)
                with contextlib.closing(self._connect(access, uid)) as api:
                    self._pass_by_pass(Keeper(uid, api, self._desk, _now), processes, ends)
                return
            except LocalError as error:
                if not ends.is_set():
                    _log.warning("cluster %s: %s", uid, error)
                    self._desk.held_up(uid, "ControlPlaneFailed", str(error))
                    ends.wait(self._pace.again_s)
            except Exception as error:  # noqa: BLE001 - tried again, and told in the log
                _log.exception("keeping cluster %s failed; its control plane is started anew", uid)
                with contextlib.suppress(Exception):
                    told = f"keeping its control plane failed ({type(error).__name__}); the local Palette's log has the details"
                    self._desk.held_up(uid, "ControlPlaneFailed", told)
                ends.wait(self._pace.again_s)
            finally:
                processes.stop()

    def _pass_by_pass(self, keeper: Keeper, processes: Programs, ends: threading.Event) -> None:
        """Until the cluster is gone, or this is told to end."""
        missed = 0
        while not ends.is_set():
            try:
                if not keeper.one_pass():
                    return
                missed = 0
            except KubernetesError as error:
                missed += 1
                if missed >= _MISSES:
                    raise LocalError(f"its API server can't be used: {error}") from None
            if ended := processes.ended():
                raise LocalError(ended)
            ends.wait(self._pace.pass_s)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
