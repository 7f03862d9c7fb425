"""`FleetReady`: behind the members of a wave, and ready when they are: after their creation, and after each of their updates.

A member's number of changes (`revision`) is known only after it changed, so that a preview shows the wait beside the change, and
a member that nothing would change is not waited for. Kubeconfigs and addresses are checked inputs as well as outputs, so that
consumers see them in a preview.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.errors import PaletteError, WaitError
from palette_sdk.resources._hooks import Difference, NotReady, Props, Provider, changed_keys
from palette_sdk.resources.border import mapping
from palette_sdk.resources.fleet.asking import ask_all
from palette_sdk.resources.fleet.coming import Coming, Member, Wave, access_of
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.unknown import UNKNOWN, is_known

ACCESS = ("kubeconfigs", "addresses")
"""What consumers want of each member."""


class FleetReadyProvider(Provider):
    """The wait for a wave of a fleet."""

    kind = "wave of a fleet"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Carry what consumers want to see in a preview."""
        checked = {key: value for key, value in new.items() if key not in ACCESS}
        if not old:
            return checked
        if not _changed(old, checked):
            return checked | {name: old[name] for name in ACCESS if name in old}
        return checked | self._carried(hook, old, checked["members"])

    def _carried(self, hook: Hook, old: Props, members: Mapping[str, Any]) -> Props:
        """What is known of the members; it is read once, and from then on stands among the former inputs."""
        before = mapping(old.get("members"))
        carried: dict[str, Props] = {name: {} for name in ACCESS}
        for key, member in members.items():
            is_same = mapping(before.get(key)).get("uid") == member["uid"]
            found: Props = {name: old[name][key] for name in ACCESS if is_same and key in mapping(old.get(name))}
            if not is_known(member["uid"]):
                found = dict.fromkeys(ACCESS, UNKNOWN)
            elif len(found) < len(ACCESS):
                found = dict(access_of(hook.client(member), member["uid"]))
            for name, value in found.items():
                carried[name][key] = value
        return dict(carried)

    def on_diff(self, old: Props, new: Props) -> Difference:
        """A member that changed, came or left."""
        return Difference(changed=_changed(old, new), not_ready=old.get("ready") is False)

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Wait until all members are ready."""
        uid = f"{new['fleet']}/{new['stage']}/{new['wave']}"
        return uid, self._wait(hook, uid, {}, new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Wait until all members are ready that changed since they were last."""
        return self._wait(hook, uid, old, new)

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """Kubeconfigs and addresses as they are now; whether members are ready is not asked again."""
        outputs, found = dict(old), dict(inputs if inputs is not None else old)
        members = list(_done(old).values())
        asked = ask_all(hook, members, lambda item: access_of(hook.client({"project": item.project}), item.uid)).whole()
        access = {member.key: item for member, item in asked}
        outputs |= _with({name: mapping(old.get(name)) for name in ACCESS}, access)
        for name in ACCESS:
            if name in found:
                found[name] = {key: outputs[name].get(key, value) for key, value in mapping(found[name]).items()}
        return outputs, found

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Nothing was made."""

    def _wait(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        members = Member.all_of(new)
        done = {key for key, seen in _done(old).items() if key in members and members[key].is_at(seen)}
        wave = Wave(
            fleet=new["name"],
            stage=new["stage"],
            number=new["wave"],
            of=new["waves"],
            members=[member for key, member in members.items() if key not in done],
            max_failures=new.get("max_failures", 0),
            failed_before=mapping(new.get("failed_before")),
            approve=frozenset(new.get("approve", ())),
        )
        coming = Coming(hook, wave)
        access = {name: {key: value for key, value in mapping(old.get(name)).items() if key in done} for name in ACCESS}
        try:
            coming.wait(float(new["timeout"]))
        except PaletteError as error:
            told = (
                error
                if isinstance(error, WaitError)
                else WaitError(f"{error}\n  The next `pulumi up` goes on waiting.")
            )
            kept: Props = {key: old[key] for key in ("ready_at", "failed") if key in old}
            behind = _behind(members, done | {key for key, found in coming.ready.items() if found})
            access = _with(access, coming.ready)
            raise NotReady(uid, {**new, **kept, **access, "behind": behind, "ready": False}, told) from None
        behind = _behind(members, done | set(coming.ready))
        access = _with(access, coming.ready)
        at = hook.client({}).service_time() if wave.members or "ready_at" not in old else old["ready_at"]
        return {**new, **access, "behind": behind, "failed": coming.failed, "ready_at": at, "ready": True}


def _done(stored: Props) -> dict[str, Member]:
    """The members that were ready, as they were then, by key."""
    behind = set(stored.get("behind", ()))
    return {key: member for key, member in Member.all_of(stored).items() if key not in behind}


def _behind(members: Iterable[str], done: Container[str]) -> list[str]:
    """Keys of the members that weren't ready: they are waited for again."""
    return [key for key in members if key not in done]


def _with(access: Mapping[str, Mapping[str, str]], found: Mapping[str, Mapping[str, str]]) -> Props:
    """What consumers want, by its name and the member's key, with that of more members."""
    return {
        name: {**access[name], **{key: item[name] for key, item in found.items() if name in item}} for name in ACCESS
    }


def _changed(old: Props, new: Props) -> tuple[str, ...]:
    """What makes it wait again: its members. How long it waits, and how many may fail, changes nothing."""
    sides = [{key: vars(member) for key, member in Member.all_of(props).items()} for props in (old, new)]
    return changed_keys({"members": sides[0]}, {"members": sides[1]}, ("members",))


class FleetReady(Resource, module="palette", name="FleetReady"):
    """The wait for a wave of a fleet: made by `Fleet` alone."""

    kubeconfigs: pulumi.Output[Mapping[str, str]]
    """A kubeconfig for people of each member; secrets."""
    addresses: pulumi.Output[Mapping[str, str]]
    """Address of the Kubernetes API of each member."""
    failed: pulumi.Output[Mapping[str, str]]
    """Members that failed and were let pass, with the reason."""
    ready_at: pulumi.Output[str]
    """When the last member that changed became ready, by the service's time."""

    def __init__(self, resource_name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        opts.additional_secret_outputs = ["kubeconfigs"]
        seeds: dict[str, Any] = dict.fromkeys(("addresses", "failed", "ready_at", "ready", "behind"))
        seeds["kubeconfigs"] = pulumi.Output.secret({})
        super().__init__(FleetReadyProvider(), resource_name, {**seeds, **props}, opts)
