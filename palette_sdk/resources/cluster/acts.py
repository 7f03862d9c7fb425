"""Changing a cluster from a hook: judge once more what it runs, write what differs, wait.

The judgements are those of the preview, made again on what runs at that moment, before the first write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError, NotFoundError, PaletteError, WaitError, WaitFailedError
from palette_sdk.resources._hooks import NotReady
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import live as looking
from palette_sdk.resources.cluster import repave, steps, waits
from palette_sdk.resources.cluster.live import LiveCluster, read_live
from palette_sdk.resources.cluster.sending import Sent, overwritten, profiles_to_send, rekeyed, runs
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.cluster_guards import busy_guard
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette

Props = dict[str, Any]


@dataclass
class Act:
    """One create or update of a cluster that exists.

    Args:
        hook: the running hook.
        client: the client in the resource's project.
        uid: the cluster's uid.
        new: checked inputs.
        deadline_s: how long the hook may take.
    """

    hook: Hook
    client: Palette
    uid: str
    new: Props
    deadline_s: float
    repave_approved: bool = field(default=False, init=False)

    def change(self, old: Props) -> Props:
        """Write what differs from what runs, wait, and give the outputs.

        Args:
            old: stored outputs; empty where there are none.
        """
        former = rekeyed(old, self.new["profiles"])
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
        if self.new.get("wait", True):
            try:
                waits.until_ready(
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
            live = read_live(self.client, self.uid)
            if live is None:
                return {**self.new, "ready": True}
            if live.repave_pending and self.repave_approved:
                self.client.clusters.approve_repave(self.uid)
            return {**self.new, **looking.facts(self.client, live), "ready": True}
        except PaletteError as error:  # an outage at the last moment must not lose the id
            raise self._not_ready(error) from None

    def _not_ready(self, error: PaletteError, outputs: Props | None = None) -> NotReady:
        kept = {"repave_approved": True} if self.repave_approved else {}
        if not isinstance(error, WaitError):
            error = WaitError(
                f'{error}\n  "{self.new["name"]}" (uid {self.uid}) is kept: the next `pulumi up` goes on.'
            )
        return NotReady(self.uid, {**(outputs or self.new), **kept, "ready": False}, error)

    def _write(self, old: Props) -> None:
        live = self._live()
        if busy_guard(self.new["name"], live.state):
            waits.until_idle(self.hook, self.client, self.uid, self.new["name"], self.deadline_s)
            live = self._live()
        if old:
            refuse_overwriting(old, self.new, live)
            self.repave_approved |= refuse_repave(live, old, self.new, self._target_layers(live))
        values = declared_values(self.client, self.new)
        steps.write_metadata(self.client, live, self.new)
        steps.write_settings(self.client, live, self.new, old)
        steps.write_machines(self.client, live, self.new, old)
        steps.write_profiles(self.client, live, self.new, old, values)
        steps.write_variables(self.client, live, self.new, old, values)

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

    def _target_layers(self, live: LiveCluster) -> dict[str, Any]:
        """Layers of the profiles as they will be: what runs where nothing changes, else the published content."""
        found: dict[str, Any] = {}
        for key, item in self.new["profiles"].items():
            attached = live.by_uid(item["uid"])
            if attached is not None and runs(attached.rows, mapping(self.new["layers_plan"].get(key))):
                found[key] = attached.layers
                continue
            content = self.client.profiles.content(item["uid"])
            if content is not None:
                rows = mapping(self.new["layers_plan"].get(key))
                found[key] = {
                    name: {**mapping(rows.get(name)), "values": layer.values} for name, layer in content.layers.items()
                }
        return found

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
        key: {
            row.name: {"required": row.required, "default": row.default_value}
            for row in client.profiles.variables(item["uid"])
        }
        for key, item in new["profiles"].items()
    }
    return steps.variable_values(new, definitions)


def refuse_overwriting(old: Props, checked: Props, live: LiveCluster) -> str | None:
    """Refuse to overwrite unasked what someone changed on the cluster, and note what was found.

    Returns:
        A warning instead, where the new content isn't known yet: then `pulumi up` judges before its first write.
    """
    name = str(known_or(checked["name"], old["name"]))
    sent = profiles_to_send(live, old, checked)
    endangered = overwritten(live, old, checked, sent)
    found = looking.overrides(
        live, mapping(old.get("profiles")), mapping(old.get("layers_plan")), _sent_rows(checked, sent)
    )
    checked["found_overrides"] = {key: layers for key, layers in found.items() if key not in endangered}
    if not endangered:
        return None
    target = {key: checked["layers_plan"].get(key) for key in endangered}
    layers = ", ".join(f"{key}/{layer}" for key, items in endangered.items() for layer in items)
    what = f'"{name}": {layers} was changed on the cluster, outside this program; this update would overwrite it.'
    if not is_known(target):
        return f"{what} The new content is known after apply; `pulumi up` asks for approval then."
    wanted = token("ov", {"cluster": name, "layers": endangered, "to": target})
    if wanted in checked.get("approve", []):
        return None
    raise InputError(
        f"{what}\n"
        "  bring that content into the profile first, or give it up and approve exactly this: "
        f'approve=["{wanted}"]'
    )


def _sent_rows(checked: Props, sent: list[Sent]) -> Props:
    keys = {item.key for item in sent}
    return {key: rows for key, rows in mapping(checked["layers_plan"]).items() if key in keys}


def refuse_repave(live: LiveCluster, old: Props, checked: Props, layers: Mapping[str, Any]) -> bool:
    """Refuse a repave that nobody approved; whether one is coming.

    Args:
        live: what runs.
        old: what was checked before.
        checked: checked inputs.
        layers: the layers of the profiles by key; those of a held update, or of a profile that isn't sent, don't count.
    """
    sent = [item.key for item in profiles_to_send(live, old, checked)]
    applied = [layers.get(key) for key in sent]
    running = repave.infra_layers(item.layers for item in live.profiles)
    reasons = repave.repave_reasons(running, repave.infra_layers(applied))
    name = live.cluster.metadata.name
    if reasons and repave.repave_token(name, reasons) not in checked.get("approve", []):
        raise repave.repave_refusal(name, checked["pools"], reasons)
    return bool(reasons)
