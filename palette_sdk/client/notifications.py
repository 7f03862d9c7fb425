"""Notifications: what the service wants to be looked at, such as an update that waits."""

from __future__ import annotations

from palette_sdk.wire.notifications import Notification
from palette_sdk.wire.notifications import Notifications as NotificationPage

from .calls import Calls, path


class Notifications:
    """Notifications by object."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def for_cluster(self, uid: str, *, done: bool | None = False) -> list[Notification]:
        """Notifications about a cluster: those not done, those done, or (None) all."""
        return self._of(path("/v1/notifications/spectrocluster/{}", uid), done=done)

    def for_profile(self, uid: str, *, done: bool | None = False) -> list[Notification]:
        """Notifications about a profile: those not done, those done, or (None) all."""
        return self._of(path("/v1/notifications/clusterprofile/{}", uid), done=done)

    def ack(self, uid: str) -> None:
        """Marks a notification as seen."""
        self._calls.write("PATCH", path("/v1/notifications/{}/ack", uid))

    def done(self, uid: str) -> None:
        """Marks a notification as done."""
        self._calls.write("PATCH", path("/v1/notifications/{}/done", uid))

    def _of(self, at: str, *, done: bool | None) -> list[Notification]:
        rows = self._calls.pages(
            lambda query: self._calls.read(NotificationPage, at, query={**query, "isDone": done}),
            lambda page: page.items,
        )
        # A service that doesn't know the parameter gives all.
        return [row for row in rows if done is None or row.action.is_done == done]
