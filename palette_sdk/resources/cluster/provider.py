"""The hooks of `Cluster`: convert, ask the plan, call the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError, ValidationError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import Difference, Props
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import backups, following, plan, preparing, reading, ruling, steps, waits
from palette_sdk.resources.cluster import live as looking
from palette_sdk.resources.cluster.acts import Act, declared_values, refuse_repave, service_reasons
from palette_sdk.resources.cluster.checks import check_cloud_config, check_pools
from palette_sdk.resources.cluster.following import follows
from palette_sdk.resources.cluster.following_values import fixed_values
from palette_sdk.resources.cluster.held import held_conflict
from palette_sdk.resources.cluster.holding import Holding, Profiles, incoming_texts
from palette_sdk.resources.cluster.live import LiveCluster, read_live
from palette_sdk.resources.cluster.membership import check_membership, leaves_waiting_to_fleet
from palette_sdk.resources.cluster.override_texts import recorded_refusal
from palette_sdk.resources.cluster.places import declared_places, planned
from palette_sdk.resources.cluster.replacing import (
    own_notice,
    replace_refusal,
    replace_token,
    replacing,
)
from palette_sdk.resources.cluster.sending import rekeyed
from palette_sdk.resources.cluster.standing import replace_allowed
from palette_sdk.resources.cluster_template.facts import template_facts
from palette_sdk.resources.contents import Contents
from palette_sdk.resources.hiding import all_of, profiles_hidden, with_hidden
from palette_sdk.resources.profile.bodies import MARKER
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.merge import Content

DEFAULT_S = {"create": 3600.0, "update": 3600.0, "delete": 3600.0}
STORED_OF_PROFILE = ("uid", "name", "version", "type", "values", "overrides")


class ClusterProvider(Holding):
    """A cluster, made from profiles and changed through them."""

    kind = "cluster"

    # -- check --------------------------------------------------------------------------------------------------------

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Work out what is applied and what waits; refuse what can't be, before anything is sent."""
        name = str(known_or(new["name"], "this cluster"))
        check_cloud_config(new["cloud_config"])
        check_pools(new["pools"], cloud=new["cloud"])
        plan.check_timezone(new.get("timezone"))
        check_membership(new)
        if follows(new):
            return self._check_following(hook, old, new, name)
        profiles = self._with_content(hook, new)
        old, live = self._caught_up(hook, rekeyed(old, profiles))
        plan.check_profiles(name, new["cloud"], profiles)
        incoming = {key: plan.rows_of(item.get("layers")) for key, item in profiles.items()}
        stored = {key: _stored(item) for key, item in profiles.items()}
        places = declared_places({**new, "profiles": stored}, incoming)
        decision = plan.decide(
            cluster=name,
            old=old,
            profiles=profiles,
            incoming=incoming,
            updates=new.get("updates", "hold"),
            approvals=new.get("approve", []),
        )
        checked = self._checked(hook, old, new) | {
            "profiles": stored,
            "layers_plan": {
                key: mapping(old["layers_plan"]).get(key, rows)
                if key in decision.pending_updates
                else planned(rows, places.get(key, {}))
                for key, rows in decision.layers_plan.items()
            },
            "variables_plan": decision.variables_plan,
            "pending_updates": {
                key: self._since(hook, new, pending, mapping(old.get("pending_updates")).get(key), profiles[key])
                for key, pending in decision.pending_updates.items()
            },
            "found_overrides": mapping(old.get("found_overrides")),
            "base_texts": mapping(old.get("base_texts")),
        }
        definitions = {
            key: item.get("variables", {} if "layers" in item else UNKNOWN) for key, item in profiles.items()
        }
        if all(isinstance(items, Mapping) for items in definitions.values()):
            steps.variable_values(checked, definitions, old)
        self._tell_rules(hook, old, new, checked, profiles=profiles, incoming=incoming)
        step = self._step(hook, old, new, name)
        if step == "new":
            self._check_new(hook, new, checked, name, profiles)
        elif step == "there" and plan.differences(old, checked):
            refusal = held_conflict(
                name,
                old,
                checked,
                before=preparing.places_of(old),
                after=places,
                defined=definitions,
                held=decision.held,
            )
            if refusal is not None:
                raise refusal
            live = self._check_change(hook, old, new, checked, profiles)
        elif step == "there":
            self._refuse_recorded(name, mapping(old.get("found_overrides")), new)
        left = self._leave_moved(hook, old, checked, live) if step == "there" and live is not None else set()
        for held in decision.held:
            if held.key in left:
                continue
            rows = planned(incoming[held.key], places.get(held.key, {}))
            self._notice_held(hook, old, checked, held=held, rows=rows, profiles=profiles, live=live)
        for key in decision.applied:
            item = profiles[key]
            hook.info(f"{name}: the pending update of {item['name']} {item['version']} is applied")
        checked["profiles"] = profiles_hidden(checked["profiles"], definitions)
        if "variables" in checked:
            checked["variables"] = with_hidden(checked["variables"], all_of(definitions))
        return checked

    def _check_following(self, hook: Hook, old: Props, new: Props, name: str) -> Props:
        """The same for a cluster that follows a template: only its values are its own, what it runs is the template's."""
        facts = template_facts(hook.client(new), mapping(new["template"]))
        following.check_template(name, facts, new)
        step = self._step(hook, old, new, name)
        checked = self._checked(hook, old, new)
        judged = following.judge_values(
            name,
            facts,
            mapping(new.get("variables")),
            before=following.written_values(old),
            is_made=step != "there" and not new.get("adopt"),
        )
        for text in judged.warnings:
            hook.warn(text)
        checked["template"] = {"uid": facts.uid, "name": facts.name}
        if judged.homes != {}:
            checked["variable_homes"] = judged.homes
        if "profiles" in old and following.follows(old):
            checked["profiles"] = old["profiles"]
        if step == "new":
            self._check_new(hook, new, checked, name, {})
        elif step == "there" and plan.differences(old, checked):
            self._check_change(hook, old, new, checked, {})
        if "variables" in checked:
            checked["variables"] = with_hidden(checked["variables"], all_of(facts.definitions))
        return checked

    def _with_content(self, hook: Hook, new: Props) -> dict[str, dict[str, Any]]:
        """The attached profiles with their layers; those that come without content are read by uid."""
        found = {}
        for key, item in new["profiles"].items():
            profile = dict(item)
            if "layers" not in profile and is_known(profile.get("uid")):
                profile |= reading.profile_content(hook.client(new), profile["uid"])
            found[key] = profile
        return found

    def _check_new(self, hook: Hook, new: Props, checked: Props, name: str, profiles: Profiles) -> None:
        if not is_known(new["name"]):
            return
        client = hook.client(new)
        contents = self._contents(hook, {}, new, profiles)
        if not new.get("adopt") and not follows(checked):
            self._judge(hook, preparing.prepare_new(checked, contents, incoming_texts(contents, profiles)), checked)
        if new.get("adopt"):
            live = read_live(client, new["adopt"])
            adoption.require(live is not None, "cluster", new["adopt"])
            if live is not None:
                self._judge_taken(hook, live, checked, contents=contents, profiles=profiles)
                adoption.approve("cluster", name, new, reading.takeover_changes(client, live, checked))
            return
        row = client.clusters.by_name(new["name"], fresh=True) if client.clusters.may_be_taken(new["name"]) else None
        if row is None:
            return
        ours = row.metadata.annotations.get(MARKER) == checked["marker"]
        if not ours and not self._is_ours(client, row.metadata.uid, checked["marker"]):
            raise _name_taken(name, row.metadata.uid, row.status.state)
        live = read_live(client, row.metadata.uid)
        if live is not None and live.state != "Deleting":
            self._judge_taken(hook, live, checked, contents=contents, profiles=profiles)
        if not hook.seam.was_allowed(hook.urn):
            hook.warn(own_notice(name, row.metadata.uid))

    def _judge_taken(
        self, hook: Hook, live: LiveCluster, checked: Props, *, contents: Contents, profiles: Profiles
    ) -> None:
        """Judge what going on with a cluster, or taking it over, would mean for what it runs."""
        following.refuse_other_template(live, checked)
        if follows(checked):
            return
        skips = plan.layer_guards(
            live.cluster.metadata.name, live.as_applied(profiles), checked, running=live.kubernetes
        )
        prepared = self._judge_live(hook, live, {}, checked, contents=contents, profiles=profiles)
        if skips:
            hook.warn(skips)
        refuse_repave(live, prepared, checked, self._service_reasons(hook, live, prepared, checked))

    def _check_change(
        self, hook: Hook, old: Props, new: Props, checked: Props, profiles: Profiles
    ) -> LiveCluster | None:
        """Judge a change of a cluster that runs; gives what it runs, where that was read."""
        name = str(known_or(new["name"], "this cluster"))
        fields = replacing(old, checked)
        if fields:
            wanted = replace_token(name, fields, old, checked)
            if not replace_allowed(new) and wanted not in new.get("approve", []):
                raise replace_refusal(name, fields, old, checked, wanted)
            hook.seam.allow(hook.urn)
            return None
        live = self._find_live(hook, old)
        if follows(checked):
            if live is not None:
                self._check_following_change(hook, live, new, checked, name)
            return live
        skips = plan.layer_guards(name, old, checked, running=live.kubernetes if live else "")
        if live is None:
            return None
        contents = self._contents(hook, old, new, profiles)
        prepared = self._judge_live(hook, live, old, checked, contents=contents, profiles=profiles)
        sent = {item.key for item in prepared.sent}
        self._refuse_recorded(name, {key: rows for key, rows in prepared.found.items() if key not in sent}, new)
        backup = backups.judge(hook.client(new), live, checked, prepared.sent)
        if isinstance(backup, InputError):
            raise backup
        for text in filter(None, [skips, *plan.pack_downgrades(name, old, checked), backup]):
            hook.warn(text)
        refuse_repave(live, prepared, checked, self._service_reasons(hook, live, prepared, checked))
        self._judge_busy(hook, live, new, name)
        checked |= looking.facts(hook.client(new), live)
        return live

    def _check_following_change(self, hook: Hook, live: LiveCluster, new: Props, checked: Props, name: str) -> None:
        client = hook.client(new)
        following.refuse_fixed(checked, fixed_values(client, live, checked))
        self._judge_busy(hook, live, new, name)
        checked |= {**looking.facts(client, live), "profiles": following.following_outputs(live)["profiles"]}

    def _judge_live(
        self, hook: Hook, live: LiveCluster, old: Props, checked: Props, *, contents: Contents, profiles: Profiles
    ) -> preparing.Prepared:
        """Judge a change of what runs; the write that follows compares with what was seen here."""
        prepared = preparing.prepare(live, old, checked, contents, incoming_texts(contents, profiles))
        if hook.urn:
            hook.runtime.seen[hook.urn] = prepared.seen
        self._judge(hook, prepared, checked)
        return prepared

    def _judge(self, hook: Hook, prepared: preparing.Prepared, checked: Props) -> None:
        """Tell what comes of overrides, and refuse what can't; what stays is recorded."""
        judged = prepared.judged
        if judged.refusals:
            raise InputError("\n".join(judged.refusals))
        for text in judged.notices:
            hook.warn(text)
        checked["found_overrides"] = prepared.found
        checked["base_texts"] = prepared.base_texts

    def _service_reasons(
        self, hook: Hook, live: LiveCluster, prepared: preparing.Prepared, checked: Props
    ) -> list[str]:
        """Why the service would replace nodes; only asked where it holds by now what would be sent."""
        client = hook.client(checked)
        for item in prepared.sent:
            content = client.profiles.content(item.uid) if is_known(item.uid) else None
            if content is None or not reading.holds(content, checked["layers_plan"].get(item.key)):
                return []
        return service_reasons(client, live, prepared, checked)

    def _tell_rules(
        self, hook: Hook, old: Props, new: Props, checked: Props, *, profiles: Profiles, incoming: Mapping[str, Any]
    ) -> None:
        """Warn of override rules that can match nothing; of their places only where something changed."""
        if not new.get("override_rules"):
            return
        contents = self._contents(hook, old, new, profiles)

        def at_hand(key: str, layer: str) -> Content | None:
            return contents.of(mapping(mapping(incoming[key]).get(layer)).get("digest"), layer)

        changed = new["override_rules"] != old.get("override_rules") or plan.differences(old, checked)
        name, found = str(known_or(new["name"], "this cluster")), mapping(checked["found_overrides"])
        for text in ruling.rule_notices(name, new, incoming, found, at_hand if changed else None):
            hook.warn(text)

    def _refuse_recorded(self, name: str, found: Mapping[str, Any], new: Props) -> None:
        """Under the policy `fail` a found override stops a preview that sends nothing of its profile, too."""
        if new.get("override_policy") == "fail" and found:
            refusal = recorded_refusal(name, found, new)
            if refusal:
                raise InputError(refusal)

    # -- diff ---------------------------------------------------------------------------------------------------------

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Cloud, account, region and network replace; profiles, tags, pools and the rest update in place."""
        return Difference(
            changed=plan.differences(old, new),
            replaces=tuple(replacing(old, new)),
            not_ready=old.get("ready") is False,
        )

    # -- acts ---------------------------------------------------------------------------------------------------------

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Make the cluster, or go on with the one that carries our marker; wait until it is healthy."""
        client = hook.client(new)
        deadline = self._deadline(new, "create")
        uid = new.get("adopt") or None
        if uid is None and client.clusters.may_be_taken(new["name"]):
            uid = self._existing(hook, client, new, deadline)
        if uid is None:
            uid = self._made(hook, client, new, deadline)
            hook.info(f"accepted as {uid}")
        else:
            hook.info(f"goes on with {uid}")
            return uid, Act(hook, client, uid, new, deadline).change({})
        return uid, Act(hook, client, uid, new, deadline).finish()

    def _made(self, hook: Hook, client: Palette, new: Props, deadline: float) -> str:
        """Make it; where the service refuses that, go on with our own of this name, of which no list told yet."""
        body = (
            steps.following_body(new)
            if follows(new)
            else steps.create_body(new, declared_values(client, new), self._own_contents(hook, client, new))
        )
        try:
            return client.clusters.create(new["cloud"], body, repeatable=True)
        except (ConflictError, ValidationError):  # which of them a taken name is, is not documented
            uid = self._existing(hook, client, new, deadline)  # an answer that was lost
            if uid is None:
                raise
            return uid

    def _own_contents(self, hook: Hook, client: Palette, new: Props) -> preparing.Texts:
        """What declared overrides make of the profiles' content."""
        if not preparing.places_of(new):
            return {}
        contents = Contents(lambda: client, hook.runtime.shelf, {}, {})
        prepared = preparing.prepare_new(new, contents, preparing.published_content(contents, new))
        if prepared.judged.refusals:
            raise InputError("\n".join(prepared.judged.refusals))
        return prepared.judged.contents

    def _existing(self, hook: Hook, client: Palette, new: Props, deadline: float) -> str | None:
        row = client.clusters.by_name(new["name"], fresh=True)
        if row is None:
            return None
        uid = row.metadata.uid
        if not self._is_ours(client, uid, new["marker"]):
            raise _name_taken(new["name"], uid, row.status.state)
        if row.status.state == "Deleting":
            hook.info(f"{uid} of the same name is being deleted; waiting until it is gone")
            waits.until_gone(hook, client, uid, new["name"], deadline)
            return None
        return str(uid)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Write what differs, in the order metadata, settings, machines, profiles, variables; then wait."""
        client = hook.client(new)
        return Act(hook, client, uid, new, self._deadline(new, "update")).change(old)

    def _deadline(self, props: Props, act: str) -> float:
        return float(mapping(props.get("timeouts")).get(act) or DEFAULT_S[act])

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Delete and wait until it is gone, unless its fleet does; not to replace it unless that was approved."""
        replaced = hook.seam.is_deleted_to_replace(hook.urn)
        if replaced:
            self._refuse_replacement(hook, old.get("name", uid))
        client = hook.client(old)
        found = client.clusters.get(uid)
        from palette_sdk.client.clusters import is_gone

        if is_gone(found):
            return
        client.clusters.delete(uid)
        if leaves_waiting_to_fleet(old, hook.runtime.fleets) and not replaced:
            hook.progress("is being deleted; its fleet waits until all its clusters are gone")
            return
        waits.until_gone(
            hook,
            client,
            uid,
            old.get("name", uid),
            self._deadline(old, "delete"),
            force_after_s=old.get("force_delete_after"),
        )

    # -- read ---------------------------------------------------------------------------------------------------------

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """What is there now, in the program's terms; equal in meaning stays as it was written."""
        client = hook.client(old)
        live = read_live(client, uid)
        if live is None:
            return None
        found = looking.facts(client, live)
        if follows(old) or ("marker" not in old and live.template):
            seen = reading.observed_following(client, live, old)
            found |= following.following_outputs(live)
        else:
            seen = reading.observed(client, live, old, hook.runtime.shelf)
        seen = {
            key: value
            for key, value in seen.items()
            if key not in plan.QUIET or value != plan.QUIET[key] or old.get(key)
        }
        ready = old.get("ready", True) is not False and live.state != "Error"
        outputs = {**old, **seen, **found, "ready": ready}
        base = inputs if inputs is not None else {key: value for key, value in old.items() if key != "ready"}
        carried = {key: found[key] for key in (*plan.CARRIED, "profiles") if key in base and key in found}
        return outputs, {**base, **seen, **carried}


def _stored(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in STORED_OF_PROFILE if key in item and item[key] != {}}


def _name_taken(name: str, uid: str, state: str) -> ConflictError:
    return ConflictError(
        f'a cluster "{name}" exists already (uid {uid}, {state or "accepted"}), and this program did not make it',
        hint=f'choose another name, or take it over: adopt="{uid}"',
    )
