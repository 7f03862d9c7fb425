"""What a refresh, an adoption or a look-up reads of a cluster and its profiles, in the terms of the checked inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import overrides, plan, preparing
from palette_sdk.resources.cluster.backups import observed_policy
from palette_sdk.resources.cluster.bodies import observed_cloud_config, observed_pools
from palette_sdk.resources.cluster.following import follows
from palette_sdk.resources.cluster.following_values import observed_values
from palette_sdk.resources.cluster.held import VARIABLES, waiting_row
from palette_sdk.resources.cluster.live import Attached, LiveCluster
from palette_sdk.resources.cluster.membership import observed_tags, with_fleet_tag
from palette_sdk.resources.cluster.places import plain
from palette_sdk.resources.cluster.sending import same_row
from palette_sdk.resources.cluster_template.facts import template_facts
from palette_sdk.resources.contents import Contents
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.resources.profile.bodies import MARKER, observed_layers, observed_variables, user_tags
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.client.profiles import ProfileContent
    from palette_sdk.resources.contents import Shelf
    from palette_sdk.wire.clusters import ClusterVariable

Props = dict[str, Any]


def observed(client: Palette, live: LiveCluster, old: Props, shelf: Shelf) -> Props:
    """Checked inputs as they are now; what equals in meaning stays as it was written."""
    return _observed_settings(client, live, old) | _profiles(client, live, old, shelf)


def observed_following(client: Palette, live: LiveCluster, old: Props) -> Props:
    """The same of a cluster that follows a template."""
    stored = mapping(old.get("template"))
    uid = live.template or stored["uid"]  # what isn't told is as it was
    template = stored if uid == stored.get("uid") else {"uid": uid}
    seen = {**_observed_settings(client, live, old), "template": template}
    if old.get("variables"):
        facts = template_facts(client, {"uid": uid})
        seen |= {
            "variables": observed_values(client, live, old, facts),
            "template": {"uid": uid, "name": facts.name},
        }
    return seen


def _observed_settings(client: Palette, live: LiveCluster, old: Props) -> Props:
    meta, spec = live.cluster.metadata, live.cluster.spec
    cloud = spec.cloud_type or old.get("cloud", "")
    seen: Props = {
        "name": meta.name,
        "description": meta.annotations.get("description", ""),
        "cloud": cloud,
        **observed_tags(meta.labels, old),
    }
    if spec.cluster_config.timezone and old.get("timezone"):
        seen["timezone"] = spec.cluster_config.timezone
    if old.get("backup"):
        policy = observed_policy(client.backups.schedule(live.uid), mapping(old["backup"]))
        seen["backup"] = policy or {}
    config = client.cloudconfigs.get(cloud, spec.cloud_config_ref.uid)
    if config is not None:
        body = config.body()["spec"]
        declared = mapping(old.get("cloud_config")) or {"cloud": cloud}
        seen["cloud_config"] = observed_cloud_config(declared, body.get("clusterConfig", {}))
        seen["pools"] = observed_pools(cloud, mapping(old.get("pools")), body.get("machinePoolConfig", []))
    return seen


def _profiles(client: Palette, live: LiveCluster, old: Props, shelf: Shelf) -> Props:
    stored, before = mapping(old.get("profiles")), mapping(old.get("layers_plan"))
    keys = {mapping(item).get("name", key): key for key, item in stored.items()}
    profiles: Props = {}
    rows: Props = {}
    values = _variable_rows(client, live, old)
    updated = {template.uid for template in client.clusters.profile_updates(live.uid)}
    contents = Contents(lambda: client, shelf, old, {})
    for attached in live.profiles:
        key = keys.get(attached.name, attached.name)
        item = mapping(stored.get(key))
        profiles[key] = {**item, "uid": attached.uid, "name": attached.name, "version": attached.version}
        profiles[key].setdefault("type", attached.type)
        if item.get("values"):
            profiles[key]["values"] = _values(values.get(attached.uid, {}), mapping(item["values"]))
        same = item.get("uid") == attached.uid and key in before
        waiting = mapping(mapping(mapping(old.get("pending_updates")).get(key)).get("layers"))
        if same:
            if attached.uid in updated:  # a layer may run what waits by an override: then nobody applied that
                taken: Props = {name: {} for name in _overridden_to(contents, live, attached, waiting)}
            else:
                taken = _taken_rows(client, attached) if waiting else {}
            rows[key] = applied_rows(before[key], {**attached.rows, **taken}, waiting)
        else:
            is_base = key in before and attached.uid not in updated
            rows[key] = _moved_rows(client, attached, mapping(before[key])) if is_base else dict(attached.rows)
    pending = _pending(client, updated, profiles, rows, old)
    applied = {"profiles": profiles, "layers_plan": rows, "overrides": mapping(old.get("overrides"))}
    owned = preparing.owned_places({}, applied)
    found = _as_recorded(preparing.recorded(live, applied, applied, contents, owned), rows, old)
    for key, layers in owned.items():
        rows[key] = {**rows[key], **_declared_rows(key, layers, rows[key], live, profiles)}
    applied |= {"layers_plan": rows, "pending_updates": pending}
    texts = preparing.held_texts(applied, found, owned, contents, {})
    return {
        "profiles": profiles,
        "variables_plan": _variables_plan(profiles, old, pending),
        "variables": _values(
            {name: row for uid in values for name, row in values[uid].items()}, mapping(old.get("variables"))
        ),
        "layers_plan": rows,
        "found_overrides": found,
        "pending_updates": pending,
        "base_texts": texts,
    }


def caught_up(client: Palette, live: LiveCluster, old: Props, shelf: Shelf, *, waits: Iterable[str]) -> Props:
    """Stored values as a refresh would have them, where an update that is recorded as waiting was applied elsewhere.

    Args:
        client: the service.
        live: what runs.
        old: stored values.
        shelf: texts that this process has seen.
        waits: profile keys of the updates that are looked at.
    """
    updated = {template.uid for template in client.clusters.profile_updates(live.uid)}
    gone = []
    for key in waits:
        uid = mapping(mapping(old.get("profiles")).get(key)).get("uid")
        if isinstance(uid, str) and uid not in updated and live.by_uid(uid) is not None:
            gone.append(key)
    if not gone:
        return old
    fresh, found = _profiles(client, live, old, shelf), dict(old)
    gone = [
        key for key in gone if _is_taken(mapping(fresh["layers_plan"].get(key)), mapping(old["pending_updates"])[key])
    ]
    for name in ("layers_plan", "variables_plan", "pending_updates", "found_overrides", "base_texts"):
        rows = mapping(fresh.get(name))
        kept = {key: item for key, item in mapping(old.get(name)).items() if key not in gone}
        found[name] = {**kept, **{key: rows[key] for key in gone if key in rows}}
    return found


def _is_taken(rows: Props, pending: Any) -> bool:
    """Whether the rows are those that an update brings: an edit that was taken back waits no more, either."""
    waiting = {name: row for name, row in mapping(mapping(pending).get("layers")).items() if name != VARIABLES}
    return all(
        name not in rows if mapping(row).get("removed") else name in rows and same_row(rows[name], row)
        for name, row in waiting.items()
    )


def _moved_rows(client: Palette, attached: Attached, former: Props) -> Props:
    """Rows of a version that somebody attached, or an update of ours that was cut off.

    They are what the version holds: what runs may be overridden, and must not become the base. A layer that state doesn't
    know counts as secret until a check knows better.
    """
    content = client.profiles.content(attached.uid)
    if content is None or content.profile.spec.published is None:
        return dict(attached.rows)
    return {
        name: {**row, "secret": True} if name not in former or mapping(former[name]).get("secret") else row
        for name, row in published_rows(content).items()
    }


def _taken_rows(client: Palette, attached: Attached) -> Props:
    """Rows of the content that a cluster took when an update of its version waits no more: what runs may be overridden."""
    content = client.profiles.content(attached.uid)
    return published_rows(content) if content is not None else {}


def _as_recorded(found: Props, rows: Props, old: Props) -> Props:
    """What was found, by place as it was recorded before where its base can't be had any more: secret ones aren't stored."""
    stored = mapping(old.get("found_overrides"))

    def told(key: str, layer: str, there: Props) -> Any:
        before = mapping(mapping(mapping(old.get("layers_plan")).get(key)).get(layer)).get("digest")
        is_same = before == mapping(mapping(rows[key]).get(layer)).get("digest")
        return mapping(stored.get(key)).get(layer, there) if there == overrides.NOT_KNOWN and is_same else there

    return {key: {layer: told(key, layer, there) for layer, there in found[key].items()} for key in found}


def _overridden_to(contents: Contents, live: LiveCluster, attached: Attached, waiting: Mapping[str, Any]) -> list[str]:
    """Layers that run what waits for them, by an override."""
    return [
        name
        for name, row in waiting.items()
        if name in attached.rows
        and same_row(attached.rows[name], row)
        and contents.is_overridden(live.uid, attached.uid, name)
    ]


def _declared_rows(
    key: str, layers: Mapping[str, list[Props]], rows: Props, live: LiveCluster, profiles: Props
) -> Props:
    """Rows of the layers with declared overrides; one that somebody changed on the cluster counts as not applied."""
    attached = live.by_uid(profiles[key]["uid"])
    found: Props = {}
    for layer, places in layers.items():
        row, running = mapping(rows.get(layer)), attached.contents.get(layer) if attached is not None else None
        stored = mapping(row.get("overrides"))
        if not stored or running is None:
            continue
        lost = overrides.not_applied(running, places)
        found[layer] = {**row, "overrides": {place: mark for place, mark in stored.items() if place not in lost}}
    return found


def _variables_plan(profiles: Props, old: Props, pending: Props) -> Props:
    """Digests of the definitions that are applied: those of a waiting update when it waits no more; none when unknown."""
    stored, former = mapping(old.get("profiles")), mapping(old.get("variables_plan"))
    found: Props = {}
    for key, item in profiles.items():
        if key not in former or mapping(stored.get(key)).get("uid") != item["uid"]:
            continue
        waited = mapping(mapping(mapping(old.get("pending_updates")).get(key)).get("layers")).get(VARIABLES)
        found[key] = mapping(waited).get("digest", former[key]) if key not in pending else former[key]
    return found


def _variable_rows(client: Palette, live: LiveCluster, old: Props) -> dict[str, dict[str, ClusterVariable]]:
    declared = [old.get("variables"), *(mapping(item).get("values") for item in mapping(old.get("profiles")).values())]
    if not any(declared):
        return {}
    return {row.profile_uid: {item.name: item for item in row.variables} for row in client.clusters.variables(live.uid)}


def _values(seen: Mapping[str, ClusterVariable], declared: Props) -> Props:
    """Declared values as they are on the cluster; what the service masks, or means the same, stays as declared."""
    return {
        name: value
        if name not in seen or seen[name].is_sensitive or seen[name].value == variable_text(value)
        else seen[name].value
        for name, value in declared.items()
    }


def _pending(client: Palette, waiting: set[str], profiles: Props, rows: Props, old: Props) -> Props:
    pending: Props = {}
    stored = mapping(old.get("pending_updates"))
    for key, item in profiles.items():
        if item["uid"] not in waiting:
            continue
        if key in stored:
            pending[key] = stored[key]
            continue
        content = client.profiles.content(item["uid"])
        if content is None:
            continue
        before, after = plain(rows[key]), published_rows(content)
        changed = plan.changed_rows(before, after)
        if changed:
            pending[key] = {
                "version": item["version"],
                "since": content.profile.metadata.last_modified_timestamp,
                "layers": {name: waiting_row(before.get(name), after.get(name)) for name in changed},
            }
    return pending


def applied_rows(planned: Mapping[str, Any], running: Mapping[str, Any], waiting: Mapping[str, Any]) -> Props:
    """The planned rows, with those of a waiting update that the cluster runs meanwhile: somebody applied it there."""
    rows = dict(planned)
    for name, row in waiting.items():
        if name == VARIABLES:
            continue
        if mapping(row).get("removed"):
            if name not in running:
                rows.pop(name, None)
        elif name in running and same_row(running[name], row):
            stored = mapping(rows.get(name))
            marks = {key: stored[key] for key in ("overrides", "secret") if key in stored}
            rows[name] = {**marks, **{key: value for key, value in mapping(row).items() if key != "from"}}
    return rows


def published_rows(content: ProfileContent) -> Props:
    """Rows of what a version holds now."""
    texts = {name: layer.manifests for name, layer in content.layers.items()}
    published = content.profile.spec.published
    layers, _ = observed_layers(published, texts, {}) if published else ({}, [])
    return dict(plan.rows_of(layers))


def holds(content: ProfileContent, layers: Any) -> bool:
    """Whether a version holds these layers by now."""
    digests = {name: row["digest"] for name, row in published_rows(content).items()}
    return digests == {name: mapping(layer).get("digest") for name, layer in mapping(layers).items()}


def profile_content(client: Palette, uid: str) -> Props:
    """A published version with its layers and variables; shared within the run."""
    content = client.profiles.content(uid)
    if content is None or content.profile.spec.published is None:
        raise InputError(f"there is no published profile version with uid {uid}", path="profiles")
    published = content.profile.spec.published
    texts = {name: layer.manifests for name, layer in content.layers.items()}
    layers, _ = observed_layers(published, texts, {})
    return {
        "name": content.profile.metadata.name,
        "version": content.profile.spec.version or "1.0.0",
        "type": published.type,
        "cloud": published.cloud_type or "all",
        "layers": layers,
        "variables": observed_variables(content.variables, {}),
    }


def takeover_changes(client: Palette, live: LiveCluster, checked: Props) -> list[str]:
    """What taking over a cluster would change on it, with old and new values; what isn't known yet is said to be.

    Raises:
        InputError: it is a cluster of another cloud.
    """
    meta, spec = live.cluster.metadata, live.cluster.spec
    if spec.cloud_type and spec.cloud_type != checked["cloud"]:
        raise InputError(
            f"uid {live.uid} is a cluster on {spec.cloud_type}, not on {checked['cloud']}; "
            "a cluster can't change its cloud",
            path="adopt",
        )
    changes = [
        f"{what} {before or '(none)'} -> {_told(after)}"
        for what, before, after in (
            ("name", meta.name, checked["name"]),
            ("description", meta.annotations.get("description", ""), checked.get("description", "")),
            ("tags", user_tags(meta.labels), with_fleet_tag(checked)["tags"]),
            ("time zone", spec.cluster_config.timezone, checked.get("timezone") or spec.cluster_config.timezone),
        )
        if (before or "") != (known_or(after, "known after apply") or "")
    ]
    owner = meta.annotations.get(MARKER)
    if owner and owner != checked["marker"]:
        changes.append(f"its owner: another program's resource made it (marker {owner})")
    taken = _taken_values(client, live, checked) if follows(checked) else _taken_profiles(live, checked)
    return [*changes, *taken, *_taken_machines(client, live, checked)]


def _told(value: Any) -> str:
    return str(value or "(none)") if is_known(value) else "(known after apply)"


def _taken_values(client: Palette, live: LiveCluster, checked: Props) -> list[str]:
    """Values of a cluster that follows the template already, and masked ones; a value may be a secret: names are told."""
    if not mapping(checked.get("variables")):
        return []
    facts = template_facts(client, {"uid": checked["template"]["uid"]})
    seen = observed_values(client, live, checked, facts)
    masked = {
        name for items in mapping(facts.definitions).values() for name, item in items.items() if item.get("sensitive")
    }
    changed = sorted(name for name, value in checked["variables"].items() if seen.get(name) != value or name in masked)
    return [f"variables: {', '.join(changed)}"] if changed else []


def _taken_profiles(live: LiveCluster, checked: Props) -> list[str]:
    changes = []
    for key, item in checked["profiles"].items():
        name = known_or(item.get("name"), key)
        attached = live.by_name(str(name))
        if attached is None:
            changes.append(f"attach {name} {_told(item.get('version'))}")
        elif item["uid"] not in (attached.uid, UNKNOWN) or attached.version != item["version"]:
            changes.append(f"{name} {attached.version} -> {_told(item['version'])}")
        else:
            rows = mapping(checked["layers_plan"].get(key))
            changed = [layer for layer in {**attached.rows, **rows} if not _same_layer(attached.rows, rows, layer)]
            changes += [
                f"{name} layer {layer} -> {mapping(rows.get(layer)).get('digest', '(gone)')}" for layer in changed
            ]
        values = mapping(item.get("values"))
        changes += [f"variables of {name}: {', '.join(sorted(values))}"] if values else []
    if mapping(checked.get("variables")):
        changes.append(f"variables: {', '.join(sorted(checked['variables']))}")
    names = {known_or(item.get("name"), key) for key, item in checked["profiles"].items()}
    return changes + [f"detach {item.name} {item.version}" for item in live.profiles if item.name not in names]


def _same_layer(running: Mapping[str, Any], planned: Mapping[str, Any], name: str) -> bool:
    return name in running and name in planned and same_row(running[name], planned[name])


def _taken_machines(client: Palette, live: LiveCluster, checked: Props) -> list[str]:
    config = client.cloudconfigs.get(checked["cloud"], live.cluster.spec.cloud_config_ref.uid)
    if config is None:
        return ["cloud_config: it can't be read"]
    body, changes = config.body()["spec"], []
    settings, pools = checked["cloud_config"], checked["pools"]
    if not is_known(settings):
        changes.append("cloud_config (known after apply)")
    else:
        seen = observed_cloud_config(settings, body.get("clusterConfig", {}))
        changes += _fields("cloud_config", seen, settings, hidden=bool(checked.get("secret_config")))
    known = {name: pool for name, pool in pools.items() if is_known(pool)}
    seen_pools = observed_pools(checked["cloud"], known, body.get("machinePoolConfig", []))
    for name in {**seen_pools, **pools}:
        if name not in pools:
            changes.append(f"pool {name} removed")
        elif name not in known:
            changes.append(f"pool {name} (known after apply)")
        elif name not in seen_pools:
            changes.append(f"pool {name} added")
        else:
            changes += _fields(f"pool {name}", seen_pools[name], pools[name])
    return changes


def _fields(where: str, seen: Mapping[str, Any], wanted: Mapping[str, Any], *, hidden: bool = False) -> list[str]:
    return [
        f"{where} {key}" if hidden else f"{where} {key} {_told(seen.get(key))} -> {_told(wanted.get(key))}"
        for key in {**seen, **wanted}
        if seen.get(key) != wanted.get(key)
    ]
