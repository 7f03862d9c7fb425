"""The hooks of `TemplateRollout`: judge a fleet in one preview, start its upgrade, wait for it.

It is no object of the service: what it stores is what it started, and how far that was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from pulumi.dynamic import DiffResult

from palette_sdk.content.digest import digest
from palette_sdk.errors import NotFoundError
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys
from palette_sdk.resources.border import Hidden, decode, mapping
from palette_sdk.resources.cluster_template.facts import TemplateFacts, template_facts
from palette_sdk.resources.engine_seam import PROVIDER_KEY
from palette_sdk.resources.hiding import all_of, is_sensitive
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.resources.runtime import Hook
from palette_sdk.resources.template_rollout import looking, telling
from palette_sdk.resources.template_rollout.acts import Act
from palette_sdk.resources.template_rollout.judging import (
    Judged,
    judged,
    members_of,
    named,
    refuse_strangers,
    service_time,
    versions_of,
)
from palette_sdk.resources.template_rollout.outcome import FAILED
from palette_sdk.resources.template_rollout.plan import Link
from palette_sdk.resources.template_rollout.starts import beyond
from palette_sdk.resources.template_rollout.watching import counted
from palette_sdk.rules.durations import text as duration_text
from palette_sdk.rules.tokens import marker
from palette_sdk.rules.unknown import UNKNOWN, Unknown, is_known, known_or

FIELDS = ("versions", "members", "upgrade_now", "pending", "skipped", "values", "scope", "project")
"""Checked inputs whose difference is an update, beside the template's uid."""
KEPT = ("upgrade_now", "pending", "wait", "timeouts", "scope", "project")
"""Inputs that are stored as they come."""
DEFAULT_S = {"create": 3600.0, "update": 3600.0}


class TemplateRolloutProvider(Provider):
    """The roll-out of what a template says to the clusters that follow it."""

    kind = "template roll-out"

    # -- check --------------------------------------------------------------------------------------------------------

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Judge all clusters at once; nothing is asked of the service where nothing would change."""
        facts = template_facts(hook.client(new), new["template"])
        clusters = {key: mapping(item) for key, item in mapping(new.get("given")).items()}
        checked = {key: new[key] for key in KEPT if key in new}
        checked |= {
            "template": {"uid": facts.uid, "name": facts.name},
            "versions": versions_of(mapping(facts.profiles)),
            "members": {key: item.get("uid", UNKNOWN) for key, item in clusters.items()},
            "skipped": mapping(old.get("skipped")) if new.get("pending") == "skip" else {},
            "values": _values_digest(facts, new, clusters),
            "hidden": _hidden(facts, new, clusters),
        }
        if not old or _changed(old, checked):
            checked["skipped"] = self._judge(hook, facts, old=old, new=new, checked=checked, clusters=clusters)
        found = {key: value for key, value in checked.items() if value not in ({}, [], "", None)}
        if is_known(found.get("values", UNKNOWN)) and _gives_sensitive(facts, new, clusters):
            found["values"] = Hidden(found["values"])  # a short one could be guessed from its digest
        return found

    def _judge(
        self,
        hook: Hook,
        facts: TemplateFacts,
        *,
        old: Props,
        new: Props,
        checked: Props,
        clusters: Mapping[str, Mapping[str, Any]],
    ) -> dict[str, list[str]]:
        """Tell what the roll-out means, and refuse what can't be; the clusters that are left out, with what they lack."""
        if isinstance(facts.uid, Unknown):
            return {}
        client = hook.client(new)
        seen = looking.look(client, facts.uid)
        if seen is None:
            raise NotFoundError(
                f"there is no cluster template with uid {facts.uid} in this project",
                hint="check the uid and `project=`; if it was deleted, run `pulumi refresh`",
            )
        members = named(checked["members"], seen.followers)
        refuse_strangers(seen, members)
        own = {name: clusters.get(name) or clusters.get(uid, {}) for name, uid in members.items()}
        given = {name: _texts(item.get("variables")) for name, item in own.items()}
        zones = {name: _zone(item, members[name], seen) for name, item in own.items()}
        handed = new.get("schedules")
        found_if = partial(
            judged,
            seen.name,
            _links(facts, seen, new),
            members_of(seen, members, given),
            zones,
            schedules=handed if handed is not None else looking.schedules_of(client, seen.template),
            at=service_time(client),
            pending=new.get("pending", "fail"),
            hidden={*checked["hidden"], *old.get("hidden", [])},
            done="nothing was changed" if seen.versions != checked["versions"] else "no cluster was upgraded",
        )
        found = found_if(triggers=triggers(old, new))
        others = sorted(name for uid, name in seen.followers.items() if uid not in members.values())
        if others and found.judgement.behind:
            hook.info(telling.others_notice(others))
        states = counted(seen.template)
        failed = [name for name, uid in members.items() if states.get(uid) == FAILED]

        def tell(*, starts: bool) -> None:
            wait_s = _deadline(new, "update" if old else "create") if new.get("wait") else None
            self._tell(hook, found_if(triggers=starts), wait_s=wait_s)
            if again := [name for name in found.goes if name in failed and starts]:
                hook.info(f"tried again, as {'they' if len(again) > 1 else 'it'} failed before: {', '.join(again)}")

        if old and triggers(old, new):
            hook.runtime.seen[hook.urn] = {"tell": tell}  # the diff knows whether an update that failed started it
        else:
            tell(starts=triggers(old, new))
        return dict(found.skipped)

    def _tell(self, hook: Hook, found: Judged, *, wait_s: float | None) -> None:
        judgement, windows = found.judgement, found.texts
        if judgement.behind or judgement.new:
            hook.info(telling.overview(found.title, judgement, windows, found.skipped))
        if found.skipped:
            hook.warn(telling.skipped_notice(found.title, judgement, windows, total=len(found.starts)))
        elif judgement.rows:
            hook.info(f"variables that are new or change:\n{telling.variables_table(judgement, windows)}")
        never = [name for name in found.waiting if not windows[name]]
        if never:
            hook.warn(telling.never_notice(never))
        elif wait_s is not None:
            late = [name for name in beyond(found.starts, found.waiting, wait_s) if found.starts[name].in_s is not None]
            if late:
                hook.warn(telling.late_notice(late, windows, duration_text(wait_s)))
            hook.runtime.seen[hook.urn] = {"late": late}  # the wait that follows in this process needn't say it again

    # -- diff ---------------------------------------------------------------------------------------------------------

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Tell what the check left open: after an update that failed the engine gives the check inputs of before it.

        Outputs say what was started: the same text starts nothing again.
        """
        found = super().diff(_id, _olds, _news)
        hook, old, new = Hook(self._runtime, _news.get(PROVIDER_KEY)), decode(_olds), decode(_news)
        tell = mapping(hook.runtime.seen.get(hook.urn)).get("tell")
        if tell is not None:
            hook.runtime.seen.pop(hook.urn)
            tell(starts=triggers(old, new))
        if old.get("ready") is False and new.get("upgrade_now") and not triggers(old, new):
            hook.info(telling.goes_on_notice(new["upgrade_now"], mapping(old.get("clusters"))))
        return found

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Everything is an update: nothing of it exists on the service."""
        return Difference(changed=_changed(old, new), not_ready=old.get("ready") is False)

    # -- acts ---------------------------------------------------------------------------------------------------------

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Judge once more, start what is to start now, and wait if asked."""
        uid = marker(project=hook.call.project, stack=hook.call.stack, urn=hook.urn, name=new["template"]["uid"])
        return uid, Act(hook, hook.client(new), uid, new, _deadline(new, "create")).run({})

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """The same; what was started before is not started again."""
        return Act(hook, hook.client(new), uid, new, _deadline(new, "update")).run(old)

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Nothing: what was started goes on, and what waits for a window waits."""

    # -- read ---------------------------------------------------------------------------------------------------------

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """How far the clusters are; inputs stay."""
        base = inputs if inputs is not None else old
        if "template" not in old:
            return None
        act = Act(hook, hook.client(old), uid, old, 0.0)
        found = act.observed(old)
        if found is None:
            return None
        act.tell(found, old)
        return {**old, **found}, base


def triggers(old: Props, new: Props) -> bool:
    """Whether an upgrade is started: the text is another one than before, and there is one."""
    return bool(new.get("upgrade_now")) and new.get("upgrade_now") != old.get("upgrade_now")


def _changed(old: Props, new: Props) -> tuple[str, ...]:
    same_template = mapping(old.get("template")).get("uid") == mapping(new.get("template")).get("uid")
    return (*(() if same_template else ("template",)), *changed_keys(old, new, FIELDS))


def _deadline(props: Props, act: str) -> float:
    return float(mapping(props.get("timeouts")).get(act) or DEFAULT_S[act])


def _zone(given: Mapping[str, Any], uid: str, seen: looking.Seen) -> str | Unknown:
    """The time zone that the program gives a cluster, known or not; where it gives none, the service's."""
    zone: str | Unknown | None = given.get("timezone")
    return zone if isinstance(zone, Unknown) or zone else seen.zone(uid)


def _links(facts: TemplateFacts, seen: looking.Seen, new: Props) -> list[Link]:
    """The profiles of the template as the program has them."""
    linked, found = seen.versions, []
    for key, profile in sorted(mapping(facts.profiles).items()):
        head = mapping(profile)
        name, version = str(known_or(head.get("name"), None) or key), head.get("version", UNKNOWN)
        definitions = facts.definitions if isinstance(facts.definitions, Unknown) else facts.definitions.get(key, {})
        is_linked = is_known(version) and linked.get(name) == version
        found.append(Link(name, version, definitions, _common(facts, new, key), is_linked))
    return found


def _common(facts: TemplateFacts, new: Props, key: str) -> dict[str, str | Unknown | None]:
    """Values for all clusters of one profile, where the program hands them over."""
    handed = mapping(new.get("shared"))
    values = {**mapping(handed.get("variables")), **mapping(mapping(handed.get("values")).get(key))}
    names = mapping(facts.common).get(key, [])
    return {name: _texts(values).get(name) for name in ([] if isinstance(names, Unknown) else names)}


def _texts(variables: Any) -> dict[str, str | Unknown]:
    return {
        name: value if isinstance(value, Unknown) else variable_text(value)
        for name, value in mapping(variables).items()
    }


def _hidden(facts: TemplateFacts, new: Props, clusters: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Variables that are given as secrets, by any cluster or the template; where that isn't known yet, it counts as secret."""
    told = [(name, flag) for item in clusters.values() for name, flag in mapping(item.get("secrets")).items()]
    found = {name for name, flag in told if not is_known(flag) or flag}
    flag = mapping(new.get("shared")).get("secret", False)
    if not is_known(flag) or flag:
        found |= {name for names in mapping(facts.common).values() if is_known(names) for name in names}
    return sorted(found)


def _gives_sensitive(facts: TemplateFacts, new: Props, clusters: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a cluster, or the template, has a value for a sensitive variable."""
    own = {name for item in clusters.values() for name in mapping(item.get("variables"))}
    common = {name for key in mapping(facts.profiles) for name in _common(facts, new, key)}
    definitions = all_of(facts.definitions)
    return any(is_sensitive(name, definitions) for name in own | common)


def _values_digest(facts: TemplateFacts, new: Props, clusters: Mapping[str, Mapping[str, Any]]) -> Any:
    """What stands for all values that the program gives; the seed that it replaces is as secret as they are."""
    own = {key: _texts(item.get("variables")) for key, item in clusters.items()}
    common = {key: _common(facts, new, key) for key in mapping(facts.profiles)}
    given = [{key: values for key, values in side.items() if values} for side in (own, common)]
    if not is_known([given, facts.common, [item.get("variables") for item in clusters.values()]]):
        return UNKNOWN
    return digest(json.dumps(given, sort_keys=True)) if any(given) else ""
