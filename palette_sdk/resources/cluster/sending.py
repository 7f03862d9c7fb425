"""Which profiles an update sends to a cluster, and what that would overwrite there. One decision for refusal and write. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.live import LiveCluster
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A profile that is sent: attached, swapped, or applied anew.

    Args:
        key: its key among the cluster's profiles.
        uid: the version to run; may be unknown in a preview.
        replaces: uid of the attached version that it takes the place of.
    """

    key: str
    uid: Any
    replaces: str | None


def profiles_to_send(
    live: LiveCluster, old: Props, new: Props, is_by_override: Callable[[str], bool] = lambda _: False
) -> list[Sent]:
    """Give the profiles whose plan isn't the former one and isn't what runs; those with a held update never count.

    What the program left as it was is not sent, although the cluster may run other content: that is somebody's change
    there, and the write would take it away and bring a held update along.

    Args:
        live: what runs.
        old: former checked inputs.
        new: checked inputs.
        is_by_override: whether a profile that runs as planned does so by an override: its update isn't applied yet.
    """
    wanted = {item.get("uid") for item in new["profiles"].values() if is_known(item.get("uid"))}
    found = []
    for key, item in new["profiles"].items():
        uid, rows = item.get("uid"), mapping(new["layers_plan"].get(key))
        if key in mapping(new.get("pending_updates")):
            continue
        keeps = _keeps_variables(key, old, new)
        if keeps and stays(key, uid, new["layers_plan"].get(key), old):
            continue
        attached = live.by_uid(uid) if is_known(uid) else None
        if keeps and attached is not None and runs(attached.rows, rows) and not is_by_override(key):
            continue
        found.append(Sent(key, uid, None if attached is not None else _replaced(live, item, wanted)))
    return found


def profiles_to_detach(live: LiveCluster, old: Props, new: Props, sent: list[Sent]) -> list[str]:
    """Give the uids of attached profiles that left the program; what it never had stays, unless all is taken over."""
    wanted = {item.get("uid") for item in new["profiles"].values()} | {item.replaces for item in sent}
    ours = {mapping(item).get("uid") for item in mapping(old.get("profiles")).values()}
    return [item.uid for item in live.profiles if item.uid not in wanted and (not old or item.uid in ours)]


def _keeps_variables(key: str, old: Props, new: Props) -> bool:
    """Say whether the definitions of variables are those that were applied; what isn't recorded is no difference."""
    before, after = (mapping(side.get("variables_plan")).get(key) for side in (old, new))
    return before is None or after is None or before == after


def stays(key: str, uid: Any, rows: Any, old: Props) -> bool:
    """Say whether the profile was applied before as it is planned now."""
    if not old or not is_known(uid) or not is_known(rows):
        return False
    same_version = mapping(mapping(old.get("profiles")).get(key)).get("uid") == uid
    return bool(same_version and mapping(old.get("layers_plan")).get(key) == rows)


def runs(rows: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Say whether the rows that run are those of the plan: the same layers, versions and content, no override planned."""
    return (
        not any(mapping(row).get("overrides") for row in plan.values())
        and set(rows) == set(plan)
        and all(same_row(rows[name], plan[name]) for name in rows)
    )


def same_row(running: Any, planned: Any) -> bool:
    """Say whether a layer runs as planned; a version that one side doesn't tell is no difference."""
    left, right = mapping(running), mapping(planned)
    versions = {str(side.get("version")) for side in (left, right) if side.get("version")}
    return len(versions) < 2 and left.get("digest") == right.get("digest")


def moved_elsewhere(live: LiveCluster, old: Props, new: Props, keys: Iterable[str]) -> dict[str, str]:
    """Give the versions that somebody else attached in the place of ours, and that aren't the program's, by profile key.

    Args:
        live: what runs.
        old: former checked inputs.
        new: checked inputs.
        keys: the profiles that are looked at.
    """
    found: dict[str, str] = {}
    for key in keys:
        item = mapping(mapping(new.get("profiles")).get(key))
        attached = live.by_name(str(item.get("name", key)))
        former = mapping(mapping(old.get("profiles")).get(key)).get("uid")
        if attached is not None and former is not None and attached.uid not in (former, item.get("uid")):
            found[key] = attached.version
    return found


def _replaced(live: LiveCluster, item: Mapping[str, Any], wanted: set[Any]) -> str | None:
    same_name = live.by_name(str(item.get("name", "")))
    if same_name is not None and same_name.uid not in wanted:
        return same_name.uid
    if item.get("type") in {"cluster", "infra"}:
        infra = [found for found in live.profiles if found.type in {"cluster", "infra"} and found.uid not in wanted]
        return infra[0].uid if infra else None
    return None


def rekeyed(old: Props, profiles: Mapping[str, Mapping[str, Any]]) -> Props:
    """Give the former values with profiles under the keys that they have now; a key may follow the place in the list."""
    stored = mapping(old.get("profiles"))
    keys = {mapping(item).get("name"): key for key, item in stored.items()}
    renamed = {
        keys[item["name"]]: key
        for key, item in profiles.items()
        if is_known(item.get("name")) and item.get("name") in keys and keys[item["name"]] != key
    }
    if not renamed:
        return old
    moved = (
        "profiles",
        "layers_plan",
        "variables_plan",
        "pending_updates",
        "held_outcomes",
        "found_overrides",
        "base_texts",
    )
    return {
        **old,
        **{
            field: {renamed.get(key, key): item for key, item in mapping(old.get(field)).items()}
            for field in moved
            if field in old
        },
    }
