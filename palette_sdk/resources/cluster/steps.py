"""Carrying out a plan on a cluster: each step compares with what is there and writes only what differs.

So every step can be repeated after a crash. Nothing is decided here but the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.bodies import (
    cloud_config_body,
    config_outdated,
    pool_bodies,
    pool_body,
    pool_outdated,
    removed_pools,
    spec_fields,
)
from palette_sdk.resources.cluster.live import LiveCluster
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.resources.profile.bodies import metadata
from palette_sdk.rules.unknown import known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.clusters import ClusterCreate, ProfileEntity

Props = dict[str, Any]


def create_body(new: Props, values: Mapping[str, Mapping[str, str]]) -> ClusterCreate:
    """The body that makes a cluster, with our marker in it."""
    from palette_sdk.wire.clusters import ClusterCreate

    profiles = [
        {"uid": item["uid"], "variables": [{"name": name, "value": text} for name, text in values.get(key, {}).items()]}
        for key, item in new["profiles"].items()
    ]
    return ClusterCreate.of(
        {
            "metadata": metadata(new, annotations={}, labels={}),
            "spec": {
                "cloudAccountUid": new.get("cloud_account", ""),
                "cloudConfig": cloud_config_body(new["cloud_config"]),
                "machinepoolconfig": pool_bodies(new["cloud_config"], new["pools"]),
                "profiles": profiles,
                "clusterConfig": {"timezone": new.get("timezone") or "UTC"},
                **spec_fields(new["cloud_config"]),
            },
        }
    )


def write_metadata(client: Palette, live: LiveCluster, new: Props) -> None:
    """Name, tags, description and marker; labels and annotations of others stay."""
    from palette_sdk.wire.meta import MetaInput

    seen = live.cluster.metadata
    wanted = metadata(new, annotations=seen.annotations, labels=seen.labels)
    if (wanted["name"], wanted["labels"], wanted["annotations"]) != (seen.name, seen.labels, seen.annotations):
        client.clusters.patch_metadata(live.uid, MetaInput.of(wanted))


def write_settings(client: Palette, live: LiveCluster, new: Props) -> None:
    """Time zone."""
    wanted = new.get("timezone")
    if wanted and live.cluster.spec.cluster_config.timezone != wanted:
        client.clusters.set_timezone(live.uid, wanted)


def write_machines(client: Palette, live: LiveCluster, new: Props, old: Props) -> None:
    """The cloud's own settings, then pools: changed and added first, removed last."""
    from palette_sdk.wire.clusters import PoolEntity

    cloud, config_uid = new["cloud"], live.cluster.spec.cloud_config_ref.uid
    config = client.cloudconfigs.get(cloud, config_uid)
    if config is None:
        raise InputError(f'the cloud config of cluster "{new["name"]}" is gone; run `pulumi refresh`')
    body = config.body()["spec"]
    if config_outdated(new["cloud_config"], body.get("clusterConfig", {}), before=old.get("cloud_config")):
        client.cloudconfigs.put_cluster_config(cloud, config_uid, cloud_config_body(new["cloud_config"]))
    there = {pool["name"]: pool for pool in body.get("machinePoolConfig") or []}
    for name, pool in new["pools"].items():
        seen = there.get(name)
        entity = PoolEntity.of(pool_body(cloud, name, pool, live_size=mapping(seen).get("size")))
        if seen is None:
            client.cloudconfigs.add_pool(cloud, config_uid, entity)
        elif pool_outdated(cloud, pool, seen, before=mapping(old.get("pools")).get(name)):
            client.cloudconfigs.put_pool(cloud, config_uid, entity)
    for name in removed_pools(cloud, new["pools"], list(there.values())):
        client.cloudconfigs.delete_pool(cloud, config_uid, name)


def write_profiles(
    client: Palette, live: LiveCluster, new: Props, old: Props, values: Mapping[str, Mapping[str, str]]
) -> bool:
    """Swap, attach, apply and detach profiles, in one PATCH and at most one DELETE; whether anything was sent.

    A profile whose plan stays is not sent again although the cluster runs other content: that is an override of someone,
    and the write would take it away and bring a held update along.
    """
    from palette_sdk.client.clusters import apply_now
    from palette_sdk.wire.clusters import ClusterProfiles

    wanted = {item["uid"] for item in new["profiles"].values()}
    entities = []
    replaced = set()
    for key, item in new["profiles"].items():
        attached = live.by_uid(item["uid"])
        rows = mapping(new["layers_plan"].get(key))
        if attached is not None and (runs(attached.rows, rows) or stays(key, item["uid"], rows, old)):
            continue
        replaces = None if attached is not None else _replaced(live, item, wanted)
        if replaces:
            replaced.add(replaces)
        entities.append(_entity(item["uid"], values.get(key, {}), replaces))
    surplus = [item.uid for item in live.profiles if item.uid not in wanted and item.uid not in replaced]
    if surplus:
        client.clusters.delete_profiles(live.uid, surplus)
    if entities:
        body = ClusterProfiles(profiles=entities, spc_apply_settings=apply_now())
        client.clusters.patch_profiles(live.uid, body, resolve_notification=True)
    return bool(entities or surplus)


def stays(key: str, uid: Any, rows: Mapping[str, Any], old: Props) -> bool:
    """Whether the profile was applied before as it is planned now; of what wasn't ready that isn't certain."""
    before = mapping(mapping(old.get("layers_plan")).get(key))
    same = mapping(mapping(old.get("profiles")).get(key)).get("uid") == uid and before == rows
    return same and old.get("ready") is not False


def runs(rows: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Whether the rows that run are those of the plan."""
    return {name: row["digest"] for name, row in rows.items()} == {
        name: mapping(row).get("digest") for name, row in plan.items()
    }


def _replaced(live: LiveCluster, item: Mapping[str, Any], wanted: set[str]) -> str | None:
    same_name = live.by_name(item["name"])
    if same_name is not None and same_name.uid not in wanted:
        return same_name.uid
    if item.get("type") in {"cluster", "infra"}:
        infra = [found for found in live.profiles if found.type in {"cluster", "infra"} and found.uid not in wanted]
        return infra[0].uid if infra else None
    return None


def _entity(uid: str, values: Mapping[str, str], replaces: str | None) -> ProfileEntity:
    from palette_sdk.wire.clusters import ProfileEntity

    body: dict[str, Any] = {"uid": uid, "variables": [{"name": name, "value": text} for name, text in values.items()]}
    if replaces:
        body["replaceWithProfile"] = replaces
    return ProfileEntity.of(body)


def write_variables(client: Palette, live: LiveCluster, new: Props, values: Mapping[str, Mapping[str, str]]) -> bool:
    """Variables whose value on the cluster differs; a masked one is always written. Whether anything was sent."""
    from palette_sdk.wire.clusters import ProfileVariableValues

    if not any(values.values()):
        return False
    there = {
        row.profile_uid: {item.name: item for item in row.variables} for row in client.clusters.variables(live.uid)
    }
    rows = []
    for key, wanted in values.items():
        uid = new["profiles"][key]["uid"]
        seen = there.get(uid, {})
        differing = {
            name: text
            for name, text in wanted.items()
            if name not in seen or seen[name].is_sensitive or seen[name].value != text
        }
        if differing:
            body = [{"name": name, "value": text} for name, text in differing.items()]
            rows.append(ProfileVariableValues.of({"profileUid": uid, "variables": body}))
    if rows:
        client.clusters.patch_variables(live.uid, rows)
    return bool(rows)


def variable_values(new: Props, definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Values by profile key: those of `Attach`, and the flat ones where the name is defined.

    Args:
        new: checked inputs.
        definitions: of each profile's variables, by key and name.

    Raises:
        InputError: a name is defined by no profile or by two, or a required one has no value.
    """
    given = {key: dict(mapping(item.get("values"))) for key, item in new["profiles"].items()}
    for name, value in mapping(new.get("variables")).items():
        homes = [key for key, items in definitions.items() if name in items]
        if not homes:
            from palette_sdk.rules.nearest import did_you_mean

            known = sorted({item for items in definitions.values() for item in items})
            hint = did_you_mean(name, known) if known else "none of its profiles has variables"
            raise InputError(f"no profile of this cluster has a variable {name}; {hint}", path=f'variables["{name}"]')
        if len(homes) > 1:
            raise InputError(
                f'{" and ".join(homes)} both have a variable {name}; say which: Attach(profile, variables={{"{name}": ...}})',
                path=f'variables["{name}"]',
            )
        given[homes[0]][name] = value
    missing = [
        f"{key}.{name}"
        for key, items in definitions.items()
        for name, item in items.items()
        if name not in given[key] and _needs_value(mapping(item))
    ]
    if missing:
        raise InputError(f"these variables need a value: {', '.join(sorted(missing))}", path="variables")
    return {
        key: {name: value if isinstance(value, str) else variable_text(value) for name, value in items.items()}
        for key, items in given.items()
    }


def _needs_value(definition: Mapping[str, Any]) -> bool:
    return bool(known_or(definition.get("required"), False) and not known_or(definition.get("default"), True))
