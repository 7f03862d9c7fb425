"""The client: one for a process, shared by all its threads; views of it for other projects cost nothing.

client = Palette(Settings.resolve(config, os.environ))
client.clusters.by_name("web")
client.scoped(scope="tenant").profiles.metadata()
"""

from __future__ import annotations

import random as chance
import threading
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from palette_sdk.errors import NotFoundError

from .cache import ReadCache
from .settings import Settings

if TYPE_CHECKING:
    import httpx2

    from .accounts import Accounts
    from .answers import Answer, Call
    from .backups import Backups
    from .calls import Calls
    from .cloudconfigs import CloudConfigs
    from .clusters import Clusters
    from .notifications import Notifications
    from .packs import Packs, Registries
    from .policies import Policies
    from .profiles import Profiles
    from .projects import Projects
    from .templates import Templates
    from .transport import Transport
    from .watch import ClusterWatch


class _Core:
    """What all views of a client share."""

    def __init__(self, settings: Settings, now: Callable[[], float], connect: Callable[[], Transport]) -> None:
        self.settings, self.now = settings, now
        self.cache = ReadCache(settings.cache_s, now)
        self.lock = threading.Lock()
        self.project_uids: dict[str, str] = {}
        self.watches: dict[str, ClusterWatch] = {}
        self.dated: tuple[str, float] | None = None  # the date of the latest answer, and when it came
        self._connect = connect
        self._transport: Transport | None = None

    def send(self, call: Call) -> Answer:
        # The HTTP library is imported and the pool opened with the first call.
        with self.lock:
            if self._transport is None:
                self._transport = self._connect()
            transport = self._transport
        answer = transport.send(call)
        if date := answer.headers.get("date", ""):
            self.dated = date, self.now()
        return answer

    def close(self) -> None:
        with self.lock:
            if self._transport is not None:
                self._transport.close()
                self._transport = None


class Palette:
    """A client for one project, or for the tenant.

    Args:
        settings: where, with which key, how patient.
        http: a transport of the HTTP library in place of the network, for tests.
        now: a monotonic clock in seconds.
        sleep: waits that many seconds; it may raise to end a call that waits.
        random: a number from 0 to 1, for jitter.
        before_write: called right before each try of a write; it may raise to keep it from being sent.
        stop: asked once a second while an answer is waited for; True gives the call up.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        http: httpx2.BaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance.random,
        before_write: Callable[[], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        def connect() -> Transport:
            from .transport import Transport

            return Transport(
                settings, http=http, now=now, sleep=sleep, random=random, before_write=before_write, stop=stop
            )

        self._core = _Core(settings, now, connect)
        self._project: str | None = settings.project

    def __repr__(self) -> str:
        scope = "tenant" if self._project is None else repr(self._project)
        return f"Palette({self.settings.url!r}, {scope})"

    @property
    def settings(self) -> Settings:
        """Where, with which key, how patient."""
        return self._core.settings

    def service_time(self) -> str:
        """The service's time (RFC 3339), by the date of the latest good answer; "" before the first one.

        Ages of what the service dates are measured against it: neither this machine's clock nor, with a local control
        plane, any other clock than its own would do.
        """
        if self._core.dated is None:
            return ""
        date, seen = self._core.dated
        try:
            at = parsedate_to_datetime(date)
        except ValueError:
            return ""
        # GMT, also when a server spells it in the way that says: no zone is known.
        at = at.replace(tzinfo=at.tzinfo or UTC) + timedelta(seconds=self._core.now() - seen)
        return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    @property
    def project(self) -> str | None:
        """Name of the project; None for the tenant."""
        return self._project

    @property
    def project_uid(self) -> str:
        """Uid of the project, looked up once; "" for the tenant.

        Raises:
            NotFoundError: there is no such project, or the key does not see it.
        """
        return "" if self._project is None else self._project_uid(self._project)

    def scoped(self, *, project: str | None = None, scope: Literal["project", "tenant"] = "project") -> Palette:
        """A view for another project, or for the tenant; it shares connections, pace and lists with this one.

        Args:
            project: name of the project; None keeps the client's own, or, from a tenant view, that of the settings.
            scope: `tenant` for what belongs to no project.
        """
        view = object.__new__(Palette)
        view._core = self._core
        view._project = None if scope == "tenant" else project or self._project or self.settings.project
        return view

    def close(self) -> None:
        """Closes the connections; the next call opens new ones."""
        self._core.close()

    @cached_property
    def projects(self) -> Projects:
        """Projects; always asked without a project scope."""
        from .projects import Projects

        return Projects(self._calls("projects", tenant=True))

    @cached_property
    def registries(self) -> Registries:
        """Registries of packs."""
        from .packs import Registries

        return Registries(self._calls("registries"))

    @cached_property
    def packs(self) -> Packs:
        """Packs."""
        from .packs import Packs

        return Packs(self._calls("packs"))

    @cached_property
    def accounts(self) -> Accounts:
        """Cloud accounts."""
        from .accounts import Accounts

        return Accounts(self._calls("accounts"))

    @cached_property
    def profiles(self) -> Profiles:
        """Cluster profiles."""
        from .profiles import Profiles

        return Profiles(self._calls("profiles"))

    @cached_property
    def clusters(self) -> Clusters:
        """Clusters."""
        from .clusters import Clusters

        return Clusters(self._calls("clusters"), self._watch)

    @cached_property
    def cloudconfigs(self) -> CloudConfigs:
        """Cloud configs, pools and machines."""
        from .cloudconfigs import CloudConfigs

        return CloudConfigs(self._calls("cloudconfigs"))

    @cached_property
    def backups(self) -> Backups:
        """Backup locations, schedules, backups and restores."""
        from .backups import Backups

        return Backups(self._calls("backups"))

    @cached_property
    def policies(self) -> Policies:
        """Maintenance policies."""
        from .policies import Policies

        return Policies(self._calls("policies"))

    @cached_property
    def templates(self) -> Templates:
        """Cluster templates."""
        from .templates import Templates

        return Templates(self._calls("templates"))

    @cached_property
    def notifications(self) -> Notifications:
        """Notifications."""
        from .notifications import Notifications

        return Notifications(self._calls("notifications"))

    def _calls(self, family: str, *, tenant: bool = False) -> Calls:
        from .calls import Calls

        scope: Callable[[], str] = (lambda: "") if tenant else (lambda: self.project_uid)
        return Calls(family, self._core.send, self._core.cache, scope)

    def _watch(self) -> ClusterWatch:
        from .watch import ClusterWatch

        core, key, clusters = self._core, self.project_uid, self.clusters
        with core.lock:
            if key not in core.watches:
                read: Callable[[], list[Any]] = lambda: clusters.all(fresh=True)  # noqa: E731
                core.watches[key] = ClusterWatch(read, interval_s=core.settings.poll_interval_s, now=core.now)
            return core.watches[key]

    def _project_uid(self, name: str) -> str:
        known = self._core.project_uids.get(name)
        if known is not None:
            return known
        rows = self.projects.list()
        if name not in rows:
            rows = self.projects.list(fresh=True)  # it may be new
        if name not in rows:
            raise NotFoundError(
                f"there is no project {name!r} that this key can see",
                hint=f"Projects: {', '.join(_nearest_first(name, list(rows))) or 'none'}. Set palette:project, "
                "or project= on the resource (names are case-sensitive).",
            )
        self._core.project_uids[name] = rows[name]
        return rows[name]


def _nearest_first(name: str, names: list[str]) -> list[str]:
    folded = {known.casefold(): known for known in names}
    near = [folded[match] for match in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    return near + sorted(known for known in names if known not in near)
