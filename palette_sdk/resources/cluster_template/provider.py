"""The hooks of `ClusterTemplate`: convert, ask the plan, call the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError, NotFoundError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys, same
from palette_sdk.resources.cluster import reading
from palette_sdk.resources.cluster.plan import rows_of
from palette_sdk.resources.cluster_template import bodies, live, plan
from palette_sdk.resources.hiding import all_of, profiles_hidden, with_hidden
from palette_sdk.resources.profile.bodies import metadata
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.tokens import marker
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.templates import ClusterTemplate

DROPPED = ("windows", "state")
"""Inputs that `check` uses up; `approve` is kept, as the update judges once more, but never causes a difference."""
STORED = ("uid", "name", "version", "type", "values")
"""What is stored of a linked version."""


class ClusterTemplateProvider(Provider):
    """Versions, values and windows that many clusters follow."""

    kind = "cluster template"

    # -- check --------------------------------------------------------------------------------------------------------

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Work out layers and variables of the linked versions; refuse what can't be, before anything is sent."""
        name = str(known_or(new["name"], "this template"))
        profiles = self._with_content(hook, new)
        plan.check_profiles(name, new["cloud"], profiles)
        definitions = {
            key: item["definitions"] if "definitions" in item else plan.definitions_of(item.get("variables", UNKNOWN))
            for key, item in profiles.items()
        }
        checked = {key: value for key, value in new.items() if key not in DROPPED}
        checked |= {
            "profiles": {key: _stored(item) for key, item in profiles.items()},
            "layers_plan": {key: rows_of(item.get("layers", UNKNOWN)) for key, item in profiles.items()},
            "definitions": definitions,
            "marker": old.get("marker") or self._marker(hook, new),
        }
        values = plan.values_for_all(checked, definitions)
        checked["common"] = plan.common_of(values, definitions)
        if not hook.seam.is_replacement(hook.urn, has_old=bool(old)) and is_known(new["name"]):
            self._check_there(hook, old, checked, new, name)
        return checked | {
            "profiles": profiles_hidden(checked["profiles"], definitions),
            "variables": with_hidden(checked.get("variables"), all_of(definitions)),
        }

    def _check_there(self, hook: Hook, old: Props, checked: Props, new: Props, name: str) -> None:
        """Judge what is there: our own template, one to take over, or one of that name."""
        client = hook.client(new)
        if old:
            self._check_change(hook, old, checked, new)
        elif new.get("adopt"):
            found = client.templates.get(new["adopt"])
            adoption.require(found is not None, "cluster template", new["adopt"])
            assert found is not None  # noqa: S101 - told above
            self._refuse_cloud(found, checked)
            self._judge(hook, found, {}, checked, windows=new.get("windows"))
            adoption.approve("cluster template", name, new, *live.adoption_changes(client, found, checked))
        else:
            self._refuse_taken(client, checked)

    def _marker(self, hook: Hook, new: Props) -> str:
        name = str(known_or(new["name"], hook.urn))
        return marker(project=hook.call.project, stack=hook.call.stack, urn=hook.urn, name=name)

    def _with_content(self, hook: Hook, new: Props) -> dict[str, dict[str, Any]]:
        """The linked versions with layers and variables; those that come without are read by uid."""
        found = {}
        for key, item in new["profiles"].items():
            profile = dict(item)
            if "layers" not in profile and is_known(profile.get("uid")):
                client = hook.client(new)
                profile |= reading.profile_content(client, profile["uid"])
                profile["definitions"] = bodies.observed_definitions(client.profiles.defined(profile["uid"]))
            found[key] = profile
        return found

    def _refuse_taken(self, client: Palette, checked: Props) -> None:
        found = live.find(client, checked["name"])
        if found is not None and not live.is_ours(found, checked["marker"]):
            raise _taken(found)

    def _refuse_cloud(self, found: ClusterTemplate, checked: Props) -> None:
        if found.spec.cloud_type and found.spec.cloud_type != checked["cloud"]:
            raise InputError(
                f'"{found.metadata.name}" (uid {found.metadata.uid}) is for cloud="{found.spec.cloud_type}", which never '
                "changes; write that here",
                path="adopt",
            )

    def _check_change(self, hook: Hook, old: Props, checked: Props, new: Props) -> None:
        """Judge a change of a template that exists; nothing is asked where nothing would change."""
        if not changed_keys(old, checked, plan.FIELDS):
            return
        client = hook.client(old)
        found = live.find_own(client, old)
        fields = plan.replacing(old, checked)
        if fields:
            clusters = live.clusters_of(found) if found is not None else []
            wanted = plan.replace_token(checked["name"], fields, old, checked)
            if clusters or wanted not in new.get("approve", []):
                raise plan.replace_refusal(checked["name"], fields, old, checked, clusters)
            return
        if old.get("name") != checked["name"]:
            self._refuse_taken(client, checked)
        if found is not None:
            self._judge(hook, found, old, checked, windows=new.get("windows"))

    def _judge(self, hook: Hook, found: ClusterTemplate, old: Props, checked: Props, *, windows: Any) -> None:
        """Refuse what its clusters could never become, or nobody approved; tell what a relink means for them."""
        client, clusters = hook.client(old or checked), live.clusters_of(found)
        refusal = plan.fixed_refusal(checked["name"], old, checked, clusters) if old else None
        if refusal is not None:
            raise refusal
        before = old or live.observed(client, found, checked)
        changes = plan.relinked(before, checked)
        if changes or not same(before.get("layers_plan"), checked["layers_plan"]):
            self._refuse_relink(hook, client, found, checked)
        if changes:
            when = live.windows_told(client, checked, windows) if clusters else ""
            hook.warn(plan.relink_notice(checked["name"], changes, clusters, when))
        elif clusters and old and not same(old.get("maintenance"), checked.get("maintenance")):
            when = live.windows_told(client, checked, windows) or "an upgrade by hand"
            hook.info(f"template {checked['name']}: clusters that wait for a window wait for {when}")

    def _refuse_relink(self, hook: Hook, client: Palette, found: ClusterTemplate, checked: Props) -> None:
        """Guards and repaves, on what the template's clusters run now."""
        clusters = live.clusters_of(found)
        if not clusters:
            return
        name, runs = checked["name"], live.running(client, found.metadata.uid)
        numbers = {number for each in runs for number in client.profiles.versions(each.name)}
        plan.relink_guards(name, checked["cloud"], runs, checked, taken=numbers)
        wanted = live.wanted_layers(client, checked, hook.runtime.shelf)
        reasons = plan.reasons_to_repave(runs, wanted) or live.service_reasons(client, found.metadata.uid, checked)
        if reasons and plan.repave_token(name, reasons) not in checked.get("approve", []):
            raise plan.repave_refusal(name, clusters, reasons)

    # -- the others ---------------------------------------------------------------------------------------------------

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Cloud, scope and project replace; all else is an update in place."""
        return Difference(changed_keys(old, new, plan.FIELDS), tuple(plan.replacing(old, new)))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Make the template, or go on with our own."""
        client = hook.client(new)
        adopted = new.get("adopt")
        found = client.templates.get(adopted) if adopted else live.find(client, new["name"], fresh=True)
        if found is None:
            try:
                uid = client.templates.create(bodies.create_body(new), repeatable=True)
                return uid, self._outputs(client, uid, new)
            except ConflictError:
                found = live.find(client, new["name"], fresh=True)  # an answer that was lost
                if found is None:
                    raise
        if not adopted and not live.is_ours(found, new["marker"]):
            raise _taken(found)
        self._write(hook, client, found, {}, new)
        return found.metadata.uid, self._outputs(client, found.metadata.uid, new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Write what differs; each part may be repeated. No cluster is touched by it."""
        client = hook.client(new)
        found = client.templates.get(uid)
        if found is None:
            raise NotFoundError(
                f'the cluster template "{new["name"]}" (uid {uid}) is gone from Palette',
                hint="run `pulumi refresh`, then `pulumi up` makes it again",
            )
        self._write(hook, client, found, old, new)
        return self._outputs(client, uid, new)

    def _write(self, hook: Hook, client: Palette, found: ClusterTemplate, old: Props, new: Props) -> None:
        from palette_sdk.wire.meta import MetaInput

        uid = found.metadata.uid
        outdated = bodies.is_outdated(found, new, old)
        if outdated and {item.uid for item in found.spec.profiles} != {
            item["uid"] for item in new["profiles"].values()
        }:
            self._refuse_relink(hook, client, found, new)  # what clusters run may have changed since the preview
        wanted = metadata(new, annotations=found.metadata.annotations, labels=found.metadata.labels)
        seen = found.metadata
        if (wanted["name"], wanted["labels"], wanted["annotations"]) != (seen.name, seen.labels, seen.annotations):
            client.templates.patch_metadata(uid, MetaInput.of(wanted))
        policies = bodies.policies(new)
        if [item.uid for item in policies] != [item.uid for item in found.spec.policies]:
            client.templates.set_policies(uid, policies)
        if outdated:
            client.templates.relink(uid, bodies.linked(new))

    def _outputs(self, client: Palette, uid: str, new: Props) -> Props:
        found = client.templates.get(uid)
        return {**new, "state": found.status.state if found is not None else ""}

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """Everything as it is; sensitive values as they were written."""
        client = hook.client(old)
        found = client.templates.get(uid)
        if found is None:
            return None
        seen = live.observed(client, found, old)
        return {**old, **seen, "state": found.status.state}, {**(inputs if inputs is not None else old), **seen}

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Delete the template; one that clusters follow is kept, and they are named."""
        client = hook.client(old)
        found = client.templates.get(uid)
        if found is None:
            return
        clusters = live.clusters_of(found)
        if clusters:
            raise ConflictError(
                f'clusters follow the cluster template "{found.metadata.name}" (uid {uid}): {plan.told(clusters)}',
                hint="delete them first; or keep the template in Palette and forget it here: "
                "opts=ResourceOptions(retain_on_delete=True)",
            )
        client.templates.delete(uid)


def _stored(profile: Mapping[str, Any]) -> Props:
    return {key: profile[key] for key in STORED if key in profile}


def _taken(found: ClusterTemplate) -> InputError:
    name, uid = found.metadata.name, found.metadata.uid
    follow = live.clusters_of(found)
    runs = f"; {plan.told(follow)} follow{'s' if len(follow) == 1 else ''} it" if follow else ""
    return InputError(
        f'a cluster template "{name}" exists already (uid {uid}{runs}).\n'
        f'  look it up: palette.get_cluster_template("{name}"), or take it over: adopt="{uid}"'
    )
