"""What the check of a cluster asks whatever the cluster runs: whether it is made, there or replaced, ours, or busy.

What it runs is judged elsewhere: of its own profiles in `provider`, by its template in `following`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from palette_sdk.errors import InputError
from palette_sdk.resources._hooks import Props, Provider
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import plan
from palette_sdk.resources.cluster.bodies import keep_first_sizes
from palette_sdk.resources.cluster.live import LiveCluster, read_live
from palette_sdk.resources.cluster.replacing import asked_refusal, asked_token
from palette_sdk.resources.cluster.waits import layer_at_work
from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.cluster_guards import busy_guard
from palette_sdk.rules.durations import seconds_between
from palette_sdk.rules.tokens import marker
from palette_sdk.rules.unknown import known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette

DROPPED = plan.CARRIED
"""Seeds of computed inputs. `approve` is kept, as the update judges once more."""


class Standing(Provider):
    """Where a cluster stands; the base of its provider."""

    def _step(self, hook: Hook, old: Props, new: Props, name: str) -> Literal["new", "there", "replaced"]:
        """Whether the cluster is made, is there already, or takes the place of another; that is refused unless approved."""
        if not old and (replace_allowed(new) or asked_token(name) in new.get("approve", [])):
            hook.seam.allow(hook.urn)
        if hook.seam.is_replacement(hook.urn, has_old=bool(old)):
            self._refuse_replacement(hook, name)
            return "replaced"
        return "there" if old else "new"

    def _checked(self, hook: Hook, old: Props, new: Props) -> Props:
        """What the program says, without seeds of computed inputs, and what is carried from before."""
        checked = {key: value for key, value in new.items() if key not in DROPPED}
        if not checked.get("secret_config"):
            checked.pop("secret_config", None)
        checked["pools"] = keep_first_sizes(new["pools"], mapping(old.get("pools")))
        checked |= {key: old[key] for key in plan.CARRIED if key in old}
        checked["marker"] = old.get("marker") or self._marker(hook, new)
        return checked

    def _marker(self, hook: Hook, new: Props) -> str:
        name = str(known_or(new["name"], hook.urn))
        return marker(project=hook.call.project, stack=hook.call.stack, urn=hook.urn, name=name)

    def _is_ours(self, client: Palette, uid: str, wanted: str) -> bool:
        found = client.clusters.get(uid)
        return found is None or found.metadata.annotations.get(MARKER) == wanted

    def _refuse_replacement(self, hook: Hook, name: str) -> None:
        if not hook.seam.was_allowed(hook.urn):
            raise asked_refusal(name)

    def _judge_busy(self, hook: Hook, live: LiveCluster, new: Props, name: str) -> None:
        busy = busy_guard(
            name,
            live.state,
            when_busy=mapping(new.get("guards")).get("when_busy", "wait"),
            for_s=seconds_between(live.cluster.metadata.creation_timestamp, hook.client(new).service_time()),
            layer=layer_at_work(live.cluster),
        )
        if isinstance(busy, InputError):
            raise busy
        if busy:
            hook.warn(busy)

    def _find_live(self, hook: Hook, old: Props) -> LiveCluster | None:
        client = hook.client(old)
        row = client.clusters.by_name(old["name"])
        live = read_live(client, row.metadata.uid) if row is not None else None
        if live is None or live.cluster.metadata.annotations.get(MARKER) != old.get("marker"):
            return None  # ours is gone, and another may have its name
        return live


def replace_allowed(new: Props) -> bool:
    """Whether the program lets this cluster be replaced without a token."""
    return mapping(new.get("guards")).get("replace") == "allow"
