"""What is told of updates that wait on a cluster: what they are, since when, what would come of them, and that one is done.

What waits is decided in `plan`, and put into words in `held`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.resources._hooks import Props
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import preparing, reading
from palette_sdk.resources.cluster.held import (
    Held,
    held_changes,
    held_notice,
    moved_notice,
    outcome_key,
    outcome_notice,
)
from palette_sdk.resources.cluster.live import LiveCluster
from palette_sdk.resources.cluster.sending import moved_elsewhere, stays
from palette_sdk.resources.cluster.standing import Standing
from palette_sdk.resources.contents import Contents
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.unknown import is_known

if TYPE_CHECKING:
    from palette_sdk.merge import Content

Profiles = Mapping[str, Mapping[str, Any]]
"""Attached profiles by key, as a check has them: with the digests of their layers."""


class Holding(Standing):
    """Updates that wait; the base of the provider of clusters."""

    def _contents(self, hook: Hook, old: Props, new: Props, profiles: Profiles) -> Contents:
        return Contents(lambda: hook.client(new), hook.runtime.shelf, old, profiles)

    def _notice_held(
        self,
        hook: Hook,
        old: Props,
        checked: Props,
        *,
        held: Held,
        rows: Any,
        profiles: Profiles,
        live: LiveCluster | None,
    ) -> None:
        """Say what waits, and what would become of found overrides if it were applied; `live`, where it was read."""
        contents, item = self._contents(hook, old, checked, profiles), profiles[held.key]
        before = mapping(checked["layers_plan"].get(held.key))
        changes = held_changes(held, _texts(contents, item), _texts(contents, item, before), before)
        hook.warn(held_notice(str(checked["name"]), held, changes))
        found = mapping(checked["found_overrides"]).get(held.key)
        if not found:
            return
        of = outcome_key(before, rows, found, checked)
        known = mapping(mapping(old.get("held_outcomes")).get(held.key))
        if live is not None or not of or known.get("of") != of:
            live = live or self._find_live(hook, old)
            if live is None:
                return
            told = self._outcome(live, old, checked, held=held, rows=rows, contents=contents, profiles=profiles)
            known = {"of": of, "told": told}
        if of:  # the next preview need not read the cluster to say the same
            checked.setdefault("held_outcomes", {})[held.key] = known
        if text := outcome_notice(known["told"]):
            hook.warn(text)

    def _outcome(
        self,
        live: LiveCluster,
        old: Props,
        checked: Props,
        *,
        held: Held,
        rows: Any,
        contents: Contents,
        profiles: Profiles,
    ) -> list[str]:
        """What would become of found overrides if a held update were applied to what runs."""
        waiting = {key: item for key, item in checked["pending_updates"].items() if key != held.key}
        applied = {**checked, "pending_updates": waiting, "layers_plan": {**checked["layers_plan"], held.key: rows}}
        judged = preparing.prepare(live, old, applied, contents, incoming_texts(contents, profiles)).judged
        return [*judged.refusals, *judged.notices]

    def _since(self, hook: Hook, new: Props, pending: Props, before: Any, profile: Mapping[str, Any]) -> Props:
        """An update that waits, with the time of the edit; in a preview of that edit there is none yet."""
        former = mapping(before)
        if former.get("layers") == pending["layers"]:
            return {**pending, **{key: former[key] for key in ("since",) if key in former}}
        content = hook.client(new).profiles.content(profile["uid"]) if is_known(profile.get("uid")) else None
        if content is None or not reading.holds(content, profile.get("layers")):
            return pending
        return {**pending, "since": content.profile.metadata.last_modified_timestamp}

    def _caught_up(self, hook: Hook, old: Props) -> tuple[Props, LiveCluster | None]:
        """Former values, with an update that is recorded as held and that the service has no notice of any more.

        The list of clusters, which a run reads once, tells whether anything waits; only where nothing does, the cluster is
        read, and given too.
        """
        waits = mapping(old.get("pending_updates"))
        if not waits:
            return old, None
        client = hook.client(old)
        row = client.clusters.by_name(old["name"])
        if row is None or row.status.notifications.is_available:
            return old, None
        live = self._find_live(hook, old)
        found = reading.caught_up(client, live, old, hook.runtime.shelf, waits=waits) if live is not None else old
        for key in waits:
            if key not in mapping(found.get("pending_updates")):
                item = mapping(mapping(old["profiles"]).get(key))
                hook.info(
                    f"{old['name']}: the update of {item['name']} {item['version']} that was held has been applied outside this "
                    "program; that is recorded, and nothing is sent for it"
                )
        return found, live

    def _leave_moved(self, hook: Hook, old: Props, checked: Props, live: LiveCluster) -> set[str]:
        """Keys of profiles that somebody moved to another version and that this run leaves there; said, and kept as recorded.

        What waits for the version that the program has, and what was found on it, says nothing about the one that runs.
        """
        left = moved_elsewhere(live, old, checked, [key for key in checked["profiles"] if _is_left(key, old, checked)])
        for key, version in left.items():
            for name in ("pending_updates", "found_overrides", "base_texts"):
                kept = mapping(old.get(name))
                checked[name] = {**{at: row for at, row in checked[name].items() if at != key}, **_only(kept, key)}
            hook.warn(moved_notice(str(checked["name"]), checked["profiles"][key], version))
        return set(left)


def _is_left(key: str, old: Props, checked: Props) -> bool:
    """Whether nothing of a profile is sent, as it is applied as before or its update is held."""
    return key in checked["pending_updates"] or stays(
        key, checked["profiles"][key].get("uid"), checked["layers_plan"].get(key), old
    )


def _only(rows: Mapping[str, Any], key: str) -> Props:
    return {key: rows[key]} if key in rows else {}


def incoming_texts(contents: Contents, profiles: Profiles) -> preparing.Incoming:
    """What the attached profiles have now, by profile key and layer."""

    def incoming(key: str, layer: str) -> Content | None:
        row = mapping(mapping(profiles[key].get("layers")).get(layer))
        return contents.of(row.get("digest"), layer, profiles[key].get("uid"))

    return incoming


def _texts(contents: Contents, profile: Mapping[str, Any], rows: Any = None) -> Props:
    """Layers of a profile, or rows of what is applied, with their texts where those are known."""
    return {
        name: _with_text(layer, contents.of(mapping(layer).get("digest"), name, profile.get("uid")))
        for name, layer in mapping(profile.get("layers") if rows is None else rows).items()
    }


def _with_text(layer: Any, content: Content | None) -> Any:
    if content is None or not isinstance(layer, Mapping):
        return layer
    return {**layer, "values": content.values, "manifests": dict(content.manifests)}
