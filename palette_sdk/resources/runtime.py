"""What the hooks of one provider process share: settings, one client with its pool and caches, the seam to the engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InterruptedWaitError
from palette_sdk.resources.contents import Shelf
from palette_sdk.resources.engine_seam import HookCall, Seam, current_call

if TYPE_CHECKING:
    import httpx2

    from palette_sdk.client import Palette, Settings

AT_ONCE = 8
"""How many calls a hook that asks about many objects has under way: with answers in 1.5 s these fill the client's pace."""
CONFIG_KEYS = ("host", "apiKey", "project", "insecureSkipVerify", "retries")


class Runtime:
    """One a process and configuration; made on the first hook, thread-safe.

    Args:
        config: the `palette:...` values of the stack.
        seam: the way to the engine; hooks pause by it. Default: that of this process.
        now: a monotonic clock in seconds.
        http: a transport of the HTTP library in place of the network, for tests.
        at_once: how many calls a hook that asks about many objects has under way.
    """

    def __init__(
        self,
        config: Mapping[str, str],
        seam: Seam | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        http: httpx2.BaseTransport | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self.config = dict(config)
        self.at_once = at_once
        self.seam = seam if seam is not None else Seam()
        self.now = now
        self.shelf = Shelf()
        self.seen: dict[str, Any] = {}
        """What the last check saw of an object that others change, too, by URN: the write that follows compares."""
        self.fleets: set[str] = set()
        """Ids of the fleets that a check of this run has seen: they stay, so a member that is deleted leaves alone."""
        self._http = http
        self._lock = threading.RLock()

    @cached_property
    def settings(self) -> Settings:
        """Address, key and project; raises ConfigError when they don't make sense."""
        from palette_sdk.resources.connection import settings_from

        return settings_from(self.config)

    @property
    def client(self) -> Palette:
        """The client, made on first use; before each write it makes sure that the engine is still there."""
        with self._lock:
            return self._client

    @cached_property
    def _client(self) -> Palette:
        from palette_sdk.client import Palette

        return Palette(
            self.settings,
            http=self._http,
            now=self.now,
            sleep=self._sleep,
            before_write=self.seam.leave_if_engine_gone,
            stop=self.seam.cancelled.is_set,
        )

    def _sleep(self, seconds: float) -> None:
        if self.seam.pause(seconds):
            raise InterruptedWaitError("stopped between two tries of a call, as asked. The next `pulumi up` goes on.")


_making = threading.Lock()
"""Hooks begin in several threads, and the cache lets two of them make one: the second would take the cancel away."""


@lru_cache(maxsize=16)
def _runtime(config: tuple[tuple[str, str], ...]) -> Runtime:
    made = Runtime(dict(config))
    made.seam.watch_engine()
    return made


def runtime_for(config: Any) -> Runtime:
    """The runtime of this process for the stack's configuration (a `pulumi.dynamic.Config`)."""
    values = {key: config.get(f"palette:{key}") for key in CONFIG_KEYS}
    with _making:
        return _runtime(tuple(sorted((key, str(value)) for key, value in values.items() if value is not None)))


class Hook:
    """One running hook: where it runs, and how it speaks to the person."""

    def __init__(self, runtime: Runtime, provider: Any, call: HookCall | None = None) -> None:
        self.runtime = runtime
        self.seam = runtime.seam
        self.call = call if call is not None else current_call()
        self.provider = provider
        self.began = runtime.now()
        """When it began, on the runtime's clock: one deadline holds for all its waits."""

    @property
    def urn(self) -> str:
        """URN of the resource; empty where the seam is inactive."""
        return self.call.urn

    def client(self, props: Mapping[str, Any]) -> Palette:
        """The client in the resource's own project and scope."""
        client = self.runtime.client
        if props.get("scope") == "tenant":
            return client.scoped(scope="tenant")
        project = props.get("project")
        return client.scoped(project=project) if project else client

    def warn(self, text: str) -> None:
        """A warning on the resource's row."""
        self.seam.warn(self.urn, text)

    def info(self, text: str) -> None:
        """A line on the resource's row that stays."""
        self.seam.info(self.urn, text)

    def progress(self, text: str) -> None:
        """A passing line on the resource's row."""
        self.seam.progress(self.urn, text)
