"""Changing a cluster from a hook: judge once more what it runs, write what differs, wait.

The judgements are those of the preview, made again on what runs at that moment, before the first write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError, NotFoundError, PaletteError, WaitError, WaitFailedError
from palette_sdk.resources._hooks import NotReady
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import backups, reading, repave, steps, waits
from palette_sdk.resources.cluster import live as looking
from palette_sdk.resources.cluster.following import (
    following_outputs,
    follows,
    refuse_other_template,
    template_uid,
)
from palette_sdk.resources.cluster.following_values import write_values
from palette_sdk.resources.cluster.live import LiveCluster, read_live
from palette_sdk.resources.cluster.membership import counted
from palette_sdk.resources.cluster.preparing import Prepared, prepare, published_content
from palette_sdk.resources.cluster.sending import rekeyed
from palette_sdk.resources.cluster_template.facts import template_facts
from palette_sdk.resources.contents import Contents
from palette_sdk.resources.profile.bodies import observed_variables
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.cluster_guards import is_busy
from palette_sdk.rules.unknown import is_known

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.cluster_state import Cluster

Props = dict[str, Any]


@dataclass
class Act:
    """One create or update of a cluster that exists.

    Args:
        hook: the running hook.
        client: the client in the resource's project.
        uid: the cluster's uid.
        new: checked inputs.
        deadline_s: how long the hook may take, with all its waits.
    """

    hook: Hook
    client: Palette
    uid: str
    new: Props
    deadline_s: float
    repave_approved: bool = field(default=False, init=False)
    former: Props = field(default_factory=dict, init=False)

    def change(self, old: Props) -> Props:
        """Write what differs from what runs, wait, and give the outputs.

        Args:
            old: stored outputs; empty where there are none.
        """
        self.former = former = old if follows(self.new) else rekeyed(old, self.new["profiles"])
        self.repave_approved = bool(former.get("repave_approved"))
        try:
            self._write(former)
        except (
            WaitError
        ) as error:  # stopped before all was written: what is stored stays the former, to be compared again
            raise self._not_ready(error, old) from None
        return self.finish()

    def finish(self) -> Props:
        """Wait until the cluster is healthy, and give the outputs; a wait that ends otherwise keeps what there is."""
        cluster: Cluster | None = None
        if self.new.get("wait", not self.new.get("fleet")):
            try:
                cluster = waits.until_ready(
                    self.hook,
                    self.client,
                    self.uid,
                    self.new["name"],
                    deadline_s=self.deadline_s,
                    on_repave=self._approve_repave,
                )
            except PaletteError as error:
                raise self._not_ready(error) from None
        try:
            live = looking.without_content(cluster or self.client.clusters.get(self.uid))
            if live is None:
                return {**self.new, **counted(self.new, self.former), "ready": True}
            if live.repave_pending and self.repave_approved:
                self.client.clusters.approve_repave(self.uid)
            told = {**(following_outputs(live) if follows(self.new) else {}), **counted(self.new, self.former)}
            return {**self.new, **looking.facts(self.client, live), **told, "ready": True}
        except PaletteError as error:  # an outage at the last moment must not lose the id
            raise self._not_ready(error) from None

    def _not_ready(self, error: PaletteError, outputs: Props | None = None) -> NotReady:
        kept = {**({"repave_approved": True} if self.repave_approved else {}), **counted(self.new, self.former)}
        if not isinstance(error, WaitError):
            error = WaitError(
                f'{error}\n  "{self.new["name"]}" (uid {self.uid}) is kept: the next `pulumi up` goes on.'
            )
        return NotReady(self.uid, {**(outputs or self.new), **kept, "ready": False}, error)

    def _write(self, old: Props) -> None:
        live = self._live()
        if is_busy(live.state):
            waits.until_idle(self.hook, self.client, self.uid, self.new["name"], self.deadline_s)
            live = self._live()
        if not old:
            refuse_other_template(live, self.new)
        if follows(self.new):
            self._write_following(live, old)
        else:
            self._write_own(live, old)

    def _write_following(self, live: LiveCluster, old: Props) -> None:
        self._write_settings(live, old)
        steps.write_machines(self.client, live, self.new, old)
        template = {"uid": template_uid(self.new)}
        write_values(self.client, live, self.new, old, lambda: template_facts(self.client, template))

    def _write_settings(self, live: LiveCluster, old: Props) -> None:
        steps.write_metadata(self.client, live, self.new, old)
        steps.write_settings(self.client, live, self.new, old)
        backups.write_policy(self.client, live.uid, self.new, old)

    def _write_own(self, live: LiveCluster, old: Props) -> None:
        waited = set(mapping(old.get("pending_updates"))) - set(mapping(self.new.get("pending_updates")))
        if waited:
            old = reading.caught_up(self.client, live, old, self.hook.runtime.shelf, waits=waited)
        contents = Contents(lambda: self.client, self.hook.runtime.shelf, old, {})
        prepared = self._prepare(live, old, contents)
        told = service_reasons(self.client, live, prepared, self.new)
        self.repave_approved |= refuse_repave(live, prepared, self.new, told)
        values = declared_values(self.client, self.new)
        steps.refuse_invalid(self.client, live, self.new, old, values=values, prepared=prepared)
        changes = backups.version_changes(live, self.new, prepared.sent) if old else []
        if changes and mapping(self.new.get("guards")).get("before_update") == "backup":
            backups.back_up(self.hook, self.client, live, self.new, changes=changes, deadline_s=self.deadline_s)
            live = self._live()  # a backup takes long enough for somebody to change what was judged
            prepared = self._prepare(live, old, contents)
        self._write_settings(live, old)
        steps.write_machines(self.client, live, self.new, old)
        steps.write_profiles(self.client, live, self.new, old, values=values, prepared=prepared)
        steps.write_variables(self.client, live, self.new, old, values)

    def _prepare(self, live: LiveCluster, old: Props, contents: Contents) -> Prepared:
        """Judge once more, on what runs now; what the preview could not show is refused before the first write."""
        prepared = prepare(live, old, self.new, contents, published_content(contents, self.new))
        if prepared.judged.refusals:
            raise InputError("\n".join(prepared.judged.refusals))
        changed = self._changed_since(prepared)
        if changed:
            raise ConflictError(
                f'"{self.new["name"]}": someone changed {", ".join(changed)} on the cluster since this was planned; '
                "no change of its profiles was sent",
                hint="run `pulumi refresh`, then `pulumi up` to see what would become of it",
            )
        return prepared

    def _changed_since(self, prepared: Prepared) -> list[str]:
        """Layers that run other content than the check of this run saw; where it had nothing to judge, other overrides.

        Of profiles that aren't sent nothing can be lost. The check may have judged them nevertheless: after an update that
        failed in its wait the engine gives the check inputs of before it, and the update what it had come to.
        """
        seen = self.hook.runtime.seen.get(self.hook.urn)
        if seen is not None:
            pairs = [(mapping(seen.get(name)), now) for name, now in prepared.seen.items()]
        else:
            told = mapping(self.new.get("found_overrides"))
            keys = [item.key for item in prepared.sent]
            pairs = [(mapping(told.get(key)), mapping(prepared.found.get(key))) for key in keys]
        return [name for was, now in pairs for name in {**was, **now} if was.get(name) != now.get(name)]

    def _live(self) -> LiveCluster:
        name = self.new["name"]
        live = read_live(self.client, self.uid)
        if live is None:
            raise NotFoundError(
                f'the cluster "{name}" (uid {self.uid}) is gone from Palette',
                hint="run `pulumi refresh`, then `pulumi up` makes it again",
            )
        if live.state == "Deleting":
            raise ConflictError(
                f'the cluster "{name}" (uid {self.uid}) is being deleted',
                hint="wait until it is gone, then run `pulumi refresh` and `pulumi up`",
            )
        return live

    def _approve_repave(self) -> None:
        name = self.new["name"]
        if not self.repave_approved:
            told = self.client.clusters.repave_reasons(self.uid)
            reasons = [item.message or item.code for item in told] or ["the service gives no reason"]
            if repave.repave_token(name, reasons) not in self.new.get("approve", []):
                raise WaitFailedError(
                    f"a repave waits for approval. {repave.repave_refusal(name, self.new['pools'], reasons)}"
                )
        self.client.clusters.approve_repave(self.uid)


def declared_values(client: Palette, new: Props) -> dict[str, dict[str, str]]:
    """Values of variables by profile key; nothing is asked of the service where the program gives none."""
    if not new.get("variables") and not any(mapping(item).get("values") for item in new["profiles"].values()):
        return {}
    definitions = {
        key: observed_variables(client.profiles.variables(item["uid"]), {}) for key, item in new["profiles"].items()
    }
    return steps.variable_values(new, definitions)


def refuse_repave(live: LiveCluster, prepared: Prepared, checked: Props, told: Sequence[str] = ()) -> bool:
    """Refuse a repave that nobody approved; whether one is coming.

    Args:
        live: what runs.
        prepared: what is sent; a held update, or a profile that isn't sent, doesn't count.
        checked: checked inputs.
        told: reasons that the service gives; they count where our own rule finds none.
    """
    running = repave.infra_layers(item.layers for item in live.profiles)
    reasons = repave.repave_reasons(running, repave.infra_layers(prepared.targets.values())) or list(told)
    name = live.cluster.metadata.name
    if reasons and repave.repave_token(name, reasons) not in checked.get("approve", []):
        raise repave.repave_refusal(name, checked["pools"], reasons)
    return bool(reasons)


def service_reasons(client: Palette, live: LiveCluster, prepared: Prepared, new: Props) -> list[str]:
    """Why the service would replace nodes for what is sent; nothing is asked where that isn't known yet."""
    if not prepared.sent or prepared.judged.unsure or not all(is_known(item.uid) for item in prepared.sent):
        return []
    entities = steps.profile_entities(new, prepared.sent, {}, prepared.judged.contents)
    found = client.clusters.validate_repave(live.uid, entities)
    return [item.message or item.code for item in found.reasons] if found.is_repave_required else []
