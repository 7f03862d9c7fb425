"""What a refresh, an adoption or a look-up reads of a cluster and its profiles, in the terms of the checked inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import live as looking
from palette_sdk.resources.cluster import plan
from palette_sdk.resources.cluster.bodies import observed_cloud_config, observed_pools
from palette_sdk.resources.cluster.live import LiveCluster
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.resources.profile.bodies import observed_layers, observed_variables, user_tags
from palette_sdk.rules.unknown import UNKNOWN

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.clusters import ClusterVariable

Props = dict[str, Any]


def observed(client: Palette, live: LiveCluster, old: Props) -> Props:
    """Checked inputs as they are now; what equals in meaning stays as it was written."""
    meta, spec = live.cluster.metadata, live.cluster.spec
    cloud = spec.cloud_type or old.get("cloud", "")
    seen: Props = {
        "name": meta.name,
        "description": meta.annotations.get("description", ""),
        "tags": user_tags(meta.labels),
        "cloud": cloud,
    }
    if spec.cluster_config.timezone and (old.get("timezone") or spec.cluster_config.timezone != "UTC"):
        seen["timezone"] = spec.cluster_config.timezone
    config = client.cloudconfigs.get(cloud, spec.cloud_config_ref.uid)
    if config is not None:
        body = config.body()["spec"]
        declared = mapping(old.get("cloud_config")) or {"cloud": cloud}
        seen["cloud_config"] = observed_cloud_config(declared, body.get("clusterConfig", {}))
        seen["pools"] = observed_pools(cloud, mapping(old.get("pools")), body.get("machinePoolConfig", []))
    return seen | _profiles(client, live, old)


def _profiles(client: Palette, live: LiveCluster, old: Props) -> Props:
    stored, before = mapping(old.get("profiles")), mapping(old.get("layers_plan"))
    keys = {mapping(item).get("name", key): key for key, item in stored.items()}
    profiles: Props = {}
    rows: Props = {}
    values = _variable_rows(client, live, old)
    for attached in live.profiles:
        key = keys.get(attached.name, attached.name)
        item = mapping(stored.get(key))
        profiles[key] = {**item, "uid": attached.uid, "name": attached.name, "version": attached.version}
        profiles[key].setdefault("type", attached.type)
        if item.get("values"):
            profiles[key]["values"] = _values(values.get(attached.uid, {}), mapping(item["values"]))
        same = item.get("uid") == attached.uid and key in before
        waiting = mapping(mapping(mapping(old.get("pending_updates")).get(key)).get("layers"))
        rows[key] = applied_rows(before[key], attached.rows, waiting) if same else dict(attached.rows)
    found = looking.overrides(live, profiles, rows)
    return {
        "profiles": profiles,
        "variables": _values(
            {name: row for uid in values for name, row in values[uid].items()}, mapping(old.get("variables"))
        ),
        "layers_plan": rows,
        "found_overrides": found,
        "pending_updates": _pending(client, live, profiles, rows, old),
    }


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


def _pending(client: Palette, live: LiveCluster, profiles: Props, rows: Props, old: Props) -> Props:
    waiting = {template.uid for template in client.clusters.profile_updates(live.uid)}
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
        texts = {name: layer.manifests for name, layer in content.layers.items()}
        published = content.profile.spec.published
        layers, _ = observed_layers(published, texts, {}) if published else ({}, [])
        after = plan.rows_of(layers)
        changed = plan.changed_rows(rows[key], after)
        if changed:
            pending[key] = {
                "version": item["version"],
                "layers": {name: after.get(name, {"removed": True}) for name in changed},
            }
    return pending


def applied_rows(planned: Mapping[str, Any], running: Mapping[str, Any], waiting: Mapping[str, Any]) -> Props:
    """The planned rows, with those of a waiting update that the cluster runs meanwhile: somebody applied it there."""
    rows = dict(planned)
    for name, row in waiting.items():
        if mapping(row).get("removed"):
            if name not in running:
                rows.pop(name, None)
        elif mapping(running.get(name)).get("digest") == mapping(row).get("digest"):
            rows[name] = row
    return rows


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
    """What taking over a cluster would change on it."""
    meta = live.cluster.metadata
    changes = []
    if meta.name != checked["name"]:
        changes.append(f"name {meta.name} -> {checked['name']}")
    if user_tags(meta.labels) != checked.get("tags", {}):
        changes.append("tags")
    for key, item in checked["profiles"].items():
        attached = live.by_name(item["name"])
        if attached is None:
            changes.append(f"attach {item['name']} {item['version']}")
        elif item["uid"] not in (attached.uid, UNKNOWN) or attached.version != item["version"]:
            changes.append(f"{item['name']} {attached.version} -> {item['version']}")
        else:
            rows = mapping(checked["layers_plan"].get(key))
            changes += [f"{item['name']} layer {name}" for name in plan.changed_rows(attached.rows, rows)]
    names = {item["name"] for item in checked["profiles"].values()}
    changes += [f"detach {item.name}" for item in live.profiles if item.name not in names]
    config = client.cloudconfigs.get(checked["cloud"], live.cluster.spec.cloud_config_ref.uid)
    if config is None:
        return [*changes, f"the cloud: it is {live.cluster.spec.cloud_type}, not {checked['cloud']}"]
    body = config.body()["spec"]
    if observed_cloud_config(checked["cloud_config"], body.get("clusterConfig", {})) != checked["cloud_config"]:
        changes.append("cloud_config")
    if observed_pools(checked["cloud"], checked["pools"], body.get("machinePoolConfig", [])) != checked["pools"]:
        changes.append("pools")
    return changes
