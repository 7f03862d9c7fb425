"""The hooks of `MaintenancePolicy`: convert, ask the rules, call the client."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from palette_sdk.errors import ConflictError, InputError, NotFoundError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys, moved, same
from palette_sdk.resources.border import mapping
from palette_sdk.resources.maintenance_policy.args import check_schedules
from palette_sdk.resources.maintenance_policy.bodies import observed, policy_body
from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.tokens import marker
from palette_sdk.rules.unknown import is_known, known_or
from palette_sdk.rules.windows import moment_text, next_window, schedules_text

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.policies import Policy

FIELDS = ("name", "description", "tags", "schedules", "scope", "project", "timeouts")
"""Checked inputs whose difference is an update; `marker` and `adopt` never cause one."""


class MaintenancePolicyProvider(Provider):
    """Windows in which clusters of templates may be upgraded."""

    kind = "maintenance policy"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Refuse windows that can't be, and a name that is taken by a policy that is not ours."""
        checked = {key: value for key, value in new.items() if key != "approve"}
        check_schedules(mapping(new.get("schedules")))
        name = str(known_or(new["name"], hook.urn))
        checked["marker"] = old.get("marker") or marker(
            project=hook.call.project, stack=hook.call.stack, urn=hook.urn, name=name
        )
        if not is_known(new["name"]) or hook.seam.is_replacement(hook.urn, has_old=bool(old)):
            return checked
        if old:
            self._check_change(hook, old, checked)
        elif new.get("adopt"):
            found = hook.client(new).policies.get(new["adopt"])
            adoption.require(found is not None, "maintenance policy", new["adopt"])
            assert found is not None  # noqa: S101 - told above
            adoption.approve("maintenance policy", name, new, *_adoption_changes(found, checked))
        else:
            self._refuse_taken(hook.client(new), checked)
        return checked

    def _refuse_taken(self, client: Palette, checked: Props) -> None:
        taken = _by_name(client, checked["name"], fresh=False)
        if taken is not None and not _is_ours(taken, checked["marker"]):
            raise _taken(taken)

    def _check_change(self, hook: Hook, old: Props, checked: Props) -> None:
        """Another name must be free; other windows are those of all that wait for one."""
        if old.get("name") != checked["name"]:
            self._refuse_taken(hook.client(checked), checked)
        if same(old.get("schedules"), checked.get("schedules")):
            return
        client = hook.client(old)
        own = _by_name(client, str(old.get("name", "")), fresh=False)
        users = _users(client, own.metadata.uid) if own is not None and _is_ours(own, checked["marker"]) else []
        if users:
            hook.info(
                f"{checked['name']}: clusters of {', '.join(users)} that wait for a window wait for the new ones: "
                f"{schedules_text(mapping(checked.get('schedules')))}{_next_told(client, checked)}"
            )

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Everything changes in place, but scope and project."""
        return Difference(changed_keys(old, new, FIELDS), tuple(moved(old, new)))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Make the policy, or go on with our own."""
        client = hook.client(new)
        adopted = new.get("adopt")
        found = client.policies.get(adopted) if adopted else _by_name(client, new["name"], fresh=True)
        if found is None:
            try:
                return client.policies.create(policy_body(new, None), repeatable=True), dict(new)
            except ConflictError:
                found = _by_name(client, new["name"], fresh=True)  # an answer that was lost
                if found is None:
                    raise
        if not adopted and not _is_ours(found, new["marker"]):
            raise _taken(found)
        self._write(client, found, new)
        return found.metadata.uid, dict(new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Write all of it, as the service replaces metadata and windows together; windows only where the program's changed."""
        client = hook.client(new)
        found = client.policies.get(uid)
        if found is None:
            raise NotFoundError(
                f'the maintenance policy "{new["name"]}" (uid {uid}) is gone from Palette',
                hint="run `pulumi refresh`, then `pulumi up` makes it again",
            )
        windows = observed(found)["schedules"] if same(old.get("schedules"), new["schedules"]) else new["schedules"]
        self._write(client, found, {**new, "schedules": windows})
        return dict(new)

    def _write(self, client: Palette, found: Policy, new: Props) -> None:
        body = policy_body(new, found)
        seen, wanted = found.metadata, body.metadata
        is_whole = (seen.name, seen.labels, seen.annotations) == (wanted.name, wanted.labels, wanted.annotations)
        if not is_whole or not same(observed(found)["schedules"], new["schedules"]):
            client.policies.update(found.metadata.uid, body)

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """Everything as it is."""
        found = hook.client(old).policies.get(uid)
        if found is None:
            return None
        seen = observed(found)
        return {**old, **seen}, {**(inputs if inputs is not None else old), **seen}

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Delete the policy; one that templates use is kept, and they are named."""
        client = hook.client(old)
        try:
            client.policies.delete(uid)
        except ConflictError as error:
            users = _users(client, uid)
            if not users:
                raise
            raise ConflictError(
                f'the maintenance policy "{old.get("name", uid)}" (uid {uid}) is used by cluster templates: '
                f"{', '.join(users)}",
                hint="give them another one first: ClusterTemplate(maintenance=...); or keep the policy in Palette and "
                "forget it here: opts=ResourceOptions(retain_on_delete=True)",
            ) from error


def _by_name(client: Palette, name: str, *, fresh: bool) -> Policy | None:
    """The policy of that name in exactly the client's scope."""
    tenant = client.project is None
    for row in client.policies.by_name(name, scope="tenant" if tenant else "project", fresh=fresh):
        if bool(row.project_uid) != tenant:
            return client.policies.get(row.uid)
    return None


def _users(client: Palette, uid: str) -> list[str]:
    """Names of the templates that use a policy."""
    rows = [row for row in client.policies.search(fresh=True) if row.metadata.uid == uid]
    return sorted(user.name for row in rows for user in row.status.in_use_cluster_templates)


def _next_told(client: Palette, props: Props) -> str:
    now = client.service_time()
    window = next_window(mapping(props.get("schedules")), "UTC", datetime.fromisoformat(now)) if now else None
    return f"; in UTC next {moment_text(window.start, 'UTC')}" if window else ""


def _is_ours(found: Policy, wanted: str) -> bool:
    return found.metadata.annotations.get(MARKER) == wanted


def _taken(found: Policy) -> InputError:
    name, uid = found.metadata.name, found.metadata.uid
    return InputError(
        f'a maintenance policy "{name}" exists already (uid {uid}).\n'
        f'  look it up: palette.get_maintenance_policy("{name}"), or take it over: adopt="{uid}"'
    )


def _adoption_changes(found: Policy, checked: Props) -> tuple[list[str], Props]:
    """What taking over would change, in words, and the values behind them."""
    old = observed(found)
    changes = adoption.metadata_changes(old, checked)
    before, after = old["schedules"], mapping(checked.get("schedules"))
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            changes.append(f"schedule {name} is {'added' if name in after else 'removed'}")
        elif not same(before[name], after[name]):
            sides = " -> ".join(schedules_text({name: side[name]}).removeprefix(f"{name} ") for side in (before, after))
            changes.append(f"schedule {name} {sides}")
    other = found.metadata.annotations.get(MARKER, "")
    if other and other != checked["marker"]:
        changes.append(adoption.FOREIGN)
    return changes, {"old": old, "new": {key: checked.get(key) for key in old}, "marker": other}
