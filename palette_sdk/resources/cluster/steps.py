"""Carrying out a plan on a cluster: each step compares with what is there and writes only what differs.

So every step can be repeated after a crash. Nothing is decided here but the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.backups import policy_body
from palette_sdk.resources.cluster.bodies import (
    cloud_config_body,
    config_outdated,
    pool_bodies,
    pool_body,
    pool_outdated,
    removed_pools,
    spec_fields,
)
from palette_sdk.resources.cluster.following import entities, template_uid
from palette_sdk.resources.cluster.live import HIDDEN_LAYERS, LiveCluster
from palette_sdk.resources.cluster.membership import with_fleet_tag
from palette_sdk.resources.cluster.preparing import Prepared, Texts, secret_layers
from palette_sdk.resources.cluster.sending import Sent, profiles_to_detach
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.resources.profile.bodies import metadata
from palette_sdk.rules.unknown import is_known, known_or
from palette_sdk.rules.variables import value_refusal

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.merge import Content
    from palette_sdk.wire.clusters import ClusterCreate, ClusterVariable, ProfileEntity

Props = dict[str, Any]
Values = Mapping[str, Mapping[str, str]]


def create_body(new: Props, values: Values, texts: Texts) -> ClusterCreate:
    """The body that makes a cluster of its own, with our marker and declared overrides in it."""
    profiles = [
        _entity(
            item["uid"],
            values.get(key, {}),
            None,
            pack_values(mapping(mapping(new.get("layers_plan")).get(key)), texts.get(key, {})),
        )
        for key, item in new["profiles"].items()
    ]
    return _body(new, {"profiles": profiles})


def following_body(new: Props) -> ClusterCreate:
    """The body that makes a cluster that follows a template, with our marker in it."""
    return _body(new, {"profiles": entities(new), "clusterTemplate": {"uid": template_uid(new)}})


def _body(new: Props, content: Props) -> ClusterCreate:
    from palette_sdk.wire.clusters import ClusterCreate

    return ClusterCreate.of(
        {
            "metadata": metadata(with_fleet_tag(new), annotations={}, labels={}),
            "spec": {
                "cloudAccountUid": new.get("cloud_account", ""),
                "cloudConfig": cloud_config_body(new["cloud_config"]),
                "machinepoolconfig": pool_bodies(new["cloud_config"], new["pools"]),
                **content,
                "clusterConfig": {"timezone": new.get("timezone") or "UTC"},
                **({"policies": {"backupPolicy": policy_body(new["backup"])}} if new.get("backup") else {}),
                **spec_fields(new["cloud_config"]),
            },
        }
    )


def write_metadata(client: Palette, live: LiveCluster, new: Props, old: Props) -> None:
    """Name, tags, description and marker; labels and annotations of others stay.

    Layers that get a secret override are noted before it is written: a refresh after a crash must not record it in clear.
    """
    from palette_sdk.wire.meta import MetaInput

    seen = live.cluster.metadata
    before, after = secret_layers(old), secret_layers(new)
    layers = (after - before) | (live.hidden_layers & (before | after))
    annotations = {key: value for key, value in seen.annotations.items() if key != HIDDEN_LAYERS}
    if layers:
        annotations[HIDDEN_LAYERS] = ",".join(sorted(layers))
    wanted = metadata(with_fleet_tag(new), annotations=annotations, labels=seen.labels)
    if (wanted["name"], wanted["labels"], wanted["annotations"]) != (seen.name, seen.labels, seen.annotations):
        client.clusters.patch_metadata(live.uid, MetaInput.of(wanted))


def write_settings(client: Palette, live: LiveCluster, new: Props, old: Props) -> None:
    """Time zone; one that left the program becomes UTC again."""
    wanted = new.get("timezone") or ("UTC" if old.get("timezone") else "")
    if wanted and live.cluster.spec.cluster_config.timezone != wanted:
        client.clusters.set_timezone(live.uid, wanted)


def write_machines(client: Palette, live: LiveCluster, new: Props, old: Props) -> None:
    """The cloud's own settings, then pools: changed and added first, removed last.

    Only what the program changed is written, and only pools that it had are removed: what somebody else did on the
    service shows in a refresh first. Where there are no former values, all of it is brought in line.
    """
    from palette_sdk.wire.clusters import PoolEntity

    if old and all(old.get(key) == new.get(key) for key in ("cloud_config", "pools")):
        return
    cloud, config_uid = new["cloud"], live.cluster.spec.cloud_config_ref.uid
    config = client.cloudconfigs.get(cloud, config_uid)
    if config is None:
        raise InputError(f'the cloud config of cluster "{new["name"]}" is gone; run `pulumi refresh`')
    body = config.body()["spec"]
    settings = new["cloud_config"]
    if old.get("cloud_config") != settings and config_outdated(
        settings, body.get("clusterConfig", {}), before=old.get("cloud_config")
    ):
        client.cloudconfigs.put_cluster_config(cloud, config_uid, cloud_config_body(new["cloud_config"]))
    there = {pool["name"]: pool for pool in body.get("machinePoolConfig") or []}
    former = mapping(old.get("pools"))
    for name, pool in new["pools"].items():
        seen = there.get(name)
        entity = PoolEntity.of(pool_body(cloud, name, pool, live_size=mapping(seen).get("size")))
        if seen is None:
            client.cloudconfigs.add_pool(cloud, config_uid, entity)
        elif former.get(name) != pool and pool_outdated(cloud, pool, seen, before=former.get(name)):
            client.cloudconfigs.put_pool(cloud, config_uid, entity)
    for name in removed_pools(cloud, new["pools"], list(there.values())):
        if not old or name in former:
            client.cloudconfigs.delete_pool(cloud, config_uid, name)


def refuse_invalid(
    client: Palette, live: LiveCluster, new: Props, old: Props, *, values: Values, prepared: Prepared
) -> None:
    """Ask the service about all that is sent before the first write, as profiles are detached before others come.

    Where a profile that leaves has a layer of the same name, the cluster is left out of the question: it is still there.

    Raises:
        InputError: the service would refuse it.
    """
    from palette_sdk.client.clusters import pack_errors

    if not prepared.sent:
        return
    leaving = {layer for uid in profiles_to_detach(live, old, new, prepared.sent) for layer in _layers(live, uid)}
    coming = {layer for item in prepared.sent for layer in mapping(new["layers_plan"].get(item.key))}
    entities = profile_entities(new, prepared.sent, values, prepared.judged.contents)
    said = client.clusters.validate_packs("" if leaving & coming else live.uid, entities)
    names = {item.uid: str(mapping(new["profiles"][item.key]).get("name", item.key)) for item in prepared.sent}
    told = pack_errors(said, names)
    if told:
        raise InputError(f'Palette refuses the profiles of "{new["name"]}"; nothing was sent.\n  ' + "\n  ".join(told))


def _layers(live: LiveCluster, uid: str) -> list[str]:
    attached = live.by_uid(uid)
    return list(attached.rows) if attached is not None else []


def write_profiles(
    client: Palette, live: LiveCluster, new: Props, old: Props, *, values: Values, prepared: Prepared
) -> bool:
    """Detach, swap, attach and apply profiles, in at most one DELETE and one PATCH; whether anything was sent.

    The notice of updates that wait is settled along with it, unless that of another profile would go with it.
    """
    from palette_sdk.client.clusters import apply_now
    from palette_sdk.wire.clusters import ClusterProfiles

    surplus = profiles_to_detach(live, old, new, prepared.sent)
    if surplus:
        client.clusters.delete_profiles(live.uid, surplus)
    if prepared.sent:
        entities = profile_entities(new, prepared.sent, values, prepared.judged.contents)
        body = ClusterProfiles(profiles=entities, spc_apply_settings=apply_now())
        client.clusters.patch_profiles(live.uid, body, resolve_notification=_takes_updates(client, live, new, prepared))
    return bool(prepared.sent or surplus)


def _takes_updates(client: Palette, live: LiveCluster, new: Props, prepared: Prepared) -> bool:
    """Whether the cluster's notice of waiting updates goes: not that of a held one, unless one that is sent waits, too."""
    if not mapping(new.get("pending_updates")):
        return True
    waiting = {template.uid for template in client.clusters.profile_updates(live.uid)}
    return any(item.uid in waiting for item in prepared.sent)


def profile_entities(new: Props, sent: Sequence[Sent], values: Values, texts: Texts) -> list[ProfileEntity]:
    """The profiles that are sent as the API wants them, with their variables and overrides."""
    from palette_sdk.wire.clusters import ProfileEntity

    return [
        ProfileEntity.of(
            _entity(
                item.uid,
                values.get(item.key, {}),
                item.replaces,
                pack_values(mapping(new["layers_plan"].get(item.key)), texts.get(item.key, {})),
            )
        )
        for item in sent
    ]


def _entity(uid: str, values: Mapping[str, str], replaces: str | None, packs: list[Props]) -> Props:
    body: Props = {"uid": uid, "variables": [{"name": name, "value": text} for name, text in values.items()]}
    if packs:
        body["packValues"] = packs
    if replaces:
        body["replaceWithProfile"] = replaces
    return body


def pack_values(rows: Mapping[str, Any], texts: Mapping[str, Content]) -> list[Props]:
    """Contents of the layers that differ from their profile's, as the API wants them; what isn't sent is the profile's."""
    return [
        {
            "name": name,
            "type": mapping(rows.get(name)).get("type", "spectro"),
            "tag": mapping(rows.get(name)).get("version", ""),
            "values": content.values,
            "manifests": [{"name": key, "content": text} for key, text in content.manifests.items()],
        }
        for name, content in texts.items()
    ]


def write_variables(client: Palette, live: LiveCluster, new: Props, old: Props, values: Values) -> bool:
    """Variables whose value on the cluster differs; whether anything was sent.

    A masked one is written when its declared value changed. One that left the program gets its default. Profiles with a
    held update are left alone: the write would bring the update along.
    """
    from palette_sdk.wire.clusters import ProfileVariableValues

    before = {key: {**_declared(old), **_attached(old, key)} for key in new["profiles"]}
    if not any(values.values()) and not any(before.values()):
        return False
    there = {
        row.profile_uid: {item.name: item for item in row.variables} for row in client.clusters.variables(live.uid)
    }
    rows = []
    for key, profile in new["profiles"].items():
        if key in mapping(new.get("pending_updates")):
            continue
        seen, wanted = there.get(profile["uid"], {}), values.get(key, {})
        gone = {name for name in before[key] if name in seen and name not in wanted and not seen[name].is_sensitive}
        target = {**{name: seen[name].default_value for name in gone}, **wanted}
        differing = {
            name: text
            for name, text in target.items()
            if _is_outdated(seen.get(name), text, before[key].get(name) if old else None)
        }
        if differing:
            body = [{"name": name, "value": text} for name, text in differing.items()]
            rows.append(ProfileVariableValues.of({"profileUid": profile["uid"], "variables": body}))
    if rows:
        client.clusters.patch_variables(live.uid, rows)
    return bool(rows)


def _refuse_unknown_names(key: str, values: Mapping[str, Any], defined: Mapping[str, Any]) -> None:
    from palette_sdk.rules.nearest import did_you_mean

    for name in values:
        if name not in defined:
            hint = did_you_mean(name, sorted(defined)) if defined else "it has none"
            path = f'Attach({key}).variables["{name}"]'
            raise InputError(f"the profile {key} has no variable {name}; {hint}", path=path)


def _is_outdated(seen: ClusterVariable | None, text: str, before: Any) -> bool:
    if seen is not None and seen.is_sensitive:
        return before is None or variable_text(before) != text
    return seen is None or seen.value != text


def _declared(props: Props) -> Props:
    return mapping(props.get("variables"))


def _attached(props: Props, key: str) -> Props:
    return mapping(mapping(mapping(props.get("profiles")).get(key)).get("values"))


def variable_values(
    new: Props, definitions: Mapping[str, Mapping[str, Any]], old: Props | None = None
) -> dict[str, dict[str, str]]:
    """Values by profile key: those of `Attach`, and the flat ones where the name is defined.

    Args:
        new: checked inputs.
        definitions: of each profile's variables, by key and name.
        old: former checked inputs, for variables that can't change.

    Raises:
        InputError: a name is defined by no profile or by two, a required one has no value, or a value doesn't fit.
    """
    given = {key: dict(mapping(item.get("values"))) for key, item in new["profiles"].items()}
    for key, items in given.items():
        _refuse_unknown_names(key, items, definitions.get(key, {}))
    for name, value in mapping(new.get("variables")).items():
        homes = sorted(key for key, items in definitions.items() if name in items)
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
    texts = {
        key: {name: value if isinstance(value, str) else variable_text(value) for name, value in items.items()}
        for key, items in given.items()
    }
    for key, items in texts.items():
        former = {**_declared(old or {}), **_attached(old or {}, key)}
        for name, text in items.items():
            before = variable_text(former[name]) if name in former and is_known(former[name]) else None
            if not is_known(given[key][name]):
                continue
            refusal = value_refusal(mapping(definitions.get(key, {}).get(name)), text, before=before)
            if refusal:
                raise InputError(refusal, path=_path_of(new, key, name))
    return texts


def _path_of(new: Props, key: str, name: str) -> str:
    return f'Attach({key}).variables["{name}"]' if name in _attached(new, key) else f'variables["{name}"]'


def _needs_value(definition: Mapping[str, Any]) -> bool:
    return bool(known_or(definition.get("required"), False) and not known_or(definition.get("default"), True))
