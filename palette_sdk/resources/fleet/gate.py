"""`FleetGate`: stands in front of a stage, behind the stages before it, and lets its members change when it may.

A manual gate wants a token over what the members are to become. A soak wants the stages before to have been ready for a while, by
the service's time. Only a change of what members become is judged: a stage that stays as it is passes without asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.errors import WaitFailedError
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import waits
from palette_sdk.resources.cluster.plan import rows_of
from palette_sdk.resources.cluster.reading import profile_content
from palette_sdk.resources.fleet.gating import (
    Soak,
    approval,
    approve_hint,
    changes,
    recorded,
    soaks_of,
    told_changes,
)
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.tokens import fingerprint
from palette_sdk.rules.unknown import UNKNOWN, is_known

if TYPE_CHECKING:
    from palette_sdk.client import Look, Palette

FIELDS = ("members",)
"""What is judged: how a gate judges changes nothing by itself."""
WAIT_MORE_S = 300.0
"""How much longer than a soak a gate waits for its end."""


class FleetGateProvider(Provider):
    """A gate in front of a stage."""

    kind = "gate of a fleet"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Record what members become, and tell what stands in their way."""
        before = mapping(old.get("members"))
        members = recorded(before, {key: self._read(hook, item) for key, item in new["members"].items()})
        checked = {**new, "members": members}
        changed = changes(before, members)
        if not changed:
            return checked
        what = told_changes(changed, members)
        if not _is_approved(checked):
            hint = approve_hint(approval(new["fleet"], new["stage"], members))
            hook.warn(
                f'stage "{new["stage"]}" waits for approval (gate="manual"): {what}.\n  `pulumi up` stops in front of it; {hint}'
            )
        for soak, now in self._soaking(hook, checked):
            then = (
                "`pulumi up` waits for it" if _waits(checked) else "`pulumi up` stops there, and the next one goes on"
            )
            hook.warn(f'stage "{new["stage"]}" ({what}) comes after a soak: {soak.told(now)}; {then}')
        return checked

    def _read(self, hook: Hook, member: Mapping[str, Any]) -> Props:
        """A member with the content of those versions that the program doesn't have: they may be edited elsewhere."""
        uids = member.get("read")
        if not uids or member.get("held"):
            return dict(member)
        if not is_known(uids) or not is_known(member["content"]):
            return {**member, "content": UNKNOWN}
        client = hook.client(member)
        rows = {uid: rows_of(profile_content(client, uid).get("layers")) for uid in uids}
        return {**member, "content": fingerprint([member["content"], rows])}

    def on_diff(self, old: Props, new: Props) -> Difference:
        """What members become."""
        return Difference(changed=changed_keys(old, new, FIELDS))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Let the stage be made, if it may."""
        self._pass(hook, {}, new)
        return f"{new['fleet']}/{new['stage']}/gate", dict(new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Let the stage change, if it may."""
        self._pass(hook, old, new)
        return dict(new)

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """What was stored: there is nothing of it on the service."""
        return old, inputs if inputs is not None else old

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Nothing was made."""

    def _pass(self, hook: Hook, old: Props, new: Props) -> None:
        changed = changes(mapping(old.get("members")), new["members"])
        if not changed:
            return
        what = told_changes(changed, new["members"])
        if not _is_approved(new):
            hint = approve_hint(approval(new["fleet"], new["stage"], new["members"]))
            raise WaitFailedError(
                f'stage "{new["stage"]}" of the fleet "{new["name"]}" waits for approval: {what}. The stages before it are done, '
                f"and nothing of this one was touched.\n  {hint}"
            )
        soaking = self._soaking(hook, new)
        if soaking and not _waits(new):
            told = "; ".join(soak.told(now) for soak, now in soaking)
            raise WaitFailedError(
                f'stage "{new["stage"]}" of the fleet "{new["name"]}" has to wait ({what}): {told}. Nothing of this one was '
                "touched.\n  run `pulumi up` again then; to wait within the run: pulumi up -c palette:gates=wait"
            )
        if soaking:
            self._wait(hook, new, max(soak.left_s(now) for soak, now in soaking))

    def _soaking(self, hook: Hook, props: Props) -> list[tuple[Soak, str]]:
        """The soaks that aren't over, each with the service's time."""
        soaks = soaks_of(mapping(props.get("soaks")))
        if not soaks:
            return []
        now = _now(hook.client({}))
        return [(soak, now) for soak in soaks if soak.left_s(now) > 0]

    def _wait(self, hook: Hook, new: Props, left_s: float) -> None:
        from palette_sdk.client import Look

        def probe() -> Look[None]:
            soaking: Sequence[tuple[Soak, str]] = self._soaking(hook, new)
            state = "; ".join(soak.told(now) for soak, now in soaking) or "all stages before it have soaked"
            return Look(state=state, value=None, done=not soaking)

        waits.wait(
            hook,
            hook.client({}),
            probe,
            what=f'the stages before stage "{new["stage"]}" of the fleet "{new["name"]}" to soak',
            deadline_s=left_s + WAIT_MORE_S,
        )


def _now(client: Palette) -> str:
    """The service's time: its clock is read from the date of an answer, so that one is asked for."""
    client.projects.list(fresh=True)
    return client.service_time()


def _is_approved(props: Props) -> bool:
    if not props.get("manual"):
        return True
    wanted = approval(props["fleet"], props["stage"], props["members"])
    return wanted is not None and wanted in props.get("approve", [])


def _waits(props: Props) -> bool:
    return props.get("gates") == "wait"


class FleetGate(Resource, module="palette", name="FleetGate"):
    """A gate in front of a stage: made by `Fleet` alone."""

    def __init__(self, resource_name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(FleetGateProvider(), resource_name, props, opts)
