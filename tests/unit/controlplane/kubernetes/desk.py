"""A desk that keeps what it is told."""

from __future__ import annotations

from collections.abc import Mapping

from palette_sdk.controlplane.kubernetes.access import CONTROLLERS, PALETTE, SCHEDULER, Access
from palette_sdk.controlplane.kubernetes.orders import Applied, Observed, Orders


class FakeDesk:
    """Orders by cluster as a test sets them; everything that is told, in order.

    Args:
        given: the orders.
    """

    def __init__(self, **given: Orders) -> None:
        self.given: dict[str, Orders] = dict(given)
        self.kept: dict[str, dict[str, Applied]] = {}
        self.told: list[tuple[str, ...]] = []
        self.found: list[Observed] = []

    def clusters(self) -> list[str]:
        """See `Desk`."""
        return list(self.given)

    def tokens(self, uid: str) -> dict[str, str]:
        """See `Desk`."""
        return {user: f"t-{user}" for user in (PALETTE, CONTROLLERS, SCHEDULER)} if uid in self.given else {}

    def orders(self, uid: str) -> Orders | None:
        """See `Desk`."""
        return self.given.get(uid)

    def applied(self, uid: str) -> dict[str, Applied]:
        """See `Desk`."""
        return dict(self.kept.get(uid, {}))

    def reached(self, uid: str, access: Access) -> None:
        """See `Desk`."""
        self.told.append(("reached", uid, access.server))

    def held_up(self, uid: str, reason: str, message: str) -> None:
        """See `Desk`."""
        self.told.append(("held up", uid, reason, message))

    def keep(self, uid: str, applied: Mapping[str, Applied]) -> None:
        """See `Desk`."""
        self.kept[uid] = dict(applied)

    def ready(self, uid: str, key: str, digest: str) -> None:
        """See `Desk`."""
        self.told.append(("ready", key, digest))

    def refused(self, uid: str, key: str, digest: str, message: str) -> None:
        """See `Desk`."""
        self.told.append(("refused", key, digest, message))

    def observed(self, uid: str, found: Observed) -> None:
        """See `Desk`."""
        self.found.append(found)
