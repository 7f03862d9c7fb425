"""What the service holds of a template, beside what state and program hold: reads, and differences in words.

Nothing is written here, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import changed_keys, same
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import reading
from palette_sdk.resources.cluster.plan import rows_of
from palette_sdk.resources.cluster.repave import KINDS, InfraLayer
from palette_sdk.resources.cluster_template import bodies, plan
from palette_sdk.resources.cluster_template.plan import Running
from palette_sdk.resources.maintenance_policy.bodies import observed_schedules
from palette_sdk.resources.profile.bodies import LAYER_OF_KIND, MARKER, user_tags
from palette_sdk.rules.unknown import is_known
from palette_sdk.rules.windows import moment_text, next_window, schedules_text

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.resources.contents import Shelf
    from palette_sdk.wire.templates import ClusterTemplate

Props = dict[str, Any]


def find(client: Palette, name: str, *, fresh: bool = False) -> ClusterTemplate | None:
    """The template of that name in exactly the client's scope."""
    tenant = client.project is None
    for row in client.templates.by_name(name, scope="tenant" if tenant else "project", fresh=fresh):
        if bool(row.project_uid) != tenant:
            return client.templates.cached(row.uid, fresh=fresh)
    return None


def find_own(client: Palette, old: Mapping[str, Any]) -> ClusterTemplate | None:
    """The template that state speaks of; None where it is gone, or another one has its name now."""
    found = find(client, str(old.get("name", "")))
    return found if found is not None and is_ours(found, str(old.get("marker", ""))) else None


def is_ours(found: ClusterTemplate, marker: str) -> bool:
    """Whether this template was made by the resource with that marker."""
    return bool(marker) and found.metadata.annotations.get(MARKER) == marker


def clusters_of(found: ClusterTemplate) -> list[str]:
    """Names of the clusters that follow it."""
    return sorted(each.name or uid for uid, each in found.spec.clusters.items())


# -- what clusters run ---------------------------------------------------------------------------------------------------


def running(client: Palette, uid: str) -> list[Running]:
    """The versions with infrastructure layers that clusters of a template run, with the values that they run."""
    found = []
    for row in client.templates.running_profiles(uid):
        packs = [mapping(mapping(pack).get("spec")) for pack in row.spec.get("packs") or []]
        layers = {
            kind: InfraLayer(str(pack.get("name", "")), str(pack.get("version", "")), pack.get("values"))
            for pack in packs
            if (kind := LAYER_OF_KIND.get(str(pack.get("layer")), "addon")) != "addon"
        }
        if layers:
            profile = client.profiles.cached(row.metadata.uid)
            version = profile.spec.version if profile is not None else ""
            found.append(Running(row.metadata.name, version or "1.0.0", layers))
    return found


def wanted_layers(client: Palette, checked: Mapping[str, Any], shelf: Shelf) -> dict[str, InfraLayer]:
    """The infrastructure layers that would be linked, by kind, with their values where they are at hand."""
    found = {}
    for key, rows in mapping(checked.get("layers_plan")).items():
        uid = mapping(checked["profiles"][key]).get("uid")
        content = client.profiles.content(uid) if isinstance(uid, str) and uid else None
        for name, row in mapping(rows).items():
            if not is_known(row) or row.get("kind") not in KINDS:
                continue
            kept = shelf.get(row["digest"])
            values = kept.values if kept is not None else None
            if values is None and content is not None and name in content.layers:
                values = content.layers[name].values
            found[row["kind"]] = InfraLayer(name, row["version"], values)
    return found


def service_reasons(client: Palette, uid: str, checked: Mapping[str, Any]) -> list[str]:
    """Why the service would replace nodes of a cluster; only asked where it holds by now what would be linked."""
    uids = [mapping(item).get("uid") for item in checked["profiles"].values()]
    for key, item in checked["profiles"].items():
        linked = mapping(item).get("uid")
        content = client.profiles.content(linked) if isinstance(linked, str) and linked else None
        if content is None or not reading.holds(content, checked["layers_plan"].get(key)):
            return []
    found = client.templates.validate_repave(uid, [str(each) for each in uids])
    return [item.message or item.code for item in found.reasons] if found.is_repave_required else []


# -- windows -------------------------------------------------------------------------------------------------------------


def windows_told(client: Palette, checked: Mapping[str, Any], windows: object) -> str:
    """When clusters of the template upgrade, in words; "" without a policy.

    Args:
        client: the client in the template's scope.
        checked: checked inputs.
        windows: the policy's schedules, where the program knows them.
    """
    uid = checked.get("maintenance")
    if uid in {None, ""}:
        return ""
    schedules = windows if isinstance(windows, Mapping) else None
    if schedules is None and isinstance(uid, str):
        found = client.policies.get(uid)
        schedules = observed_schedules(found) if found is not None else None
    if schedules is None:
        return "known after apply"
    text = f"{schedules_text(schedules)} in each cluster's own time zone"
    now = client.service_time()
    window = next_window(schedules, "UTC", datetime.fromisoformat(now)) if now else None
    return f"{text}; in UTC next {moment_text(window.start, 'UTC')}" if window else text


# -- refresh and adoption ------------------------------------------------------------------------------------------------


def observed(client: Palette, found: ClusterTemplate, old: Mapping[str, Any]) -> Props:
    """Checked inputs as they are now; what equals in meaning stays as it was written."""
    stored, flat = mapping(old.get("profiles")), mapping(old.get("variables"))
    keys = {mapping(item).get("name", key): key for key, item in stored.items()}
    seen: Props = {
        "name": found.metadata.name,
        "description": found.metadata.annotations.get("description", ""),
        "tags": user_tags(found.metadata.labels),
        "cloud": found.spec.cloud_type or old.get("cloud", ""),
    }
    parts: dict[str, Props] = {"profiles": {}, "layers_plan": {}, "definitions": {}, "common": {}}
    everywhere: Props = {}
    for item in found.spec.profiles:
        profile = client.profiles.cached(item.uid)
        name = profile.metadata.name if profile is not None else item.uid
        key = keys.get(name, name)
        before = mapping(stored.get(key))
        if before.get("uid") == item.uid:
            for part in ("layers_plan", "definitions"):
                parts[part][key] = mapping(mapping(old.get(part)).get(key))
            head = before
        else:
            content = reading.profile_content(client, item.uid)
            parts["layers_plan"][key] = rows_of(content["layers"])
            parts["definitions"][key] = bodies.observed_definitions(client.profiles.defined(item.uid))
            head = {"uid": item.uid, **{part: content[part] for part in ("name", "version", "type")}}
        there = bodies.common_values(found, item.uid)
        definitions, attached = parts["definitions"][key], mapping(before.get("values"))
        own = {name: value for name, value in plan.flat_at(old, key).items() if name not in attached}
        everywhere |= bodies.observed_values(there, own, definitions, {})
        extra = {name: text for name, text in there.items() if name not in attached and name not in own}
        parts["profiles"][key] = {**head, "values": bodies.observed_values(there, attached, definitions, extra)}
        parts["common"][key] = sorted(there)
    seen |= parts
    if flat:
        seen["variables"] = everywhere
    policy = next((each.uid for each in found.spec.policies), "")
    if policy or old.get("maintenance") not in {None, ""}:
        seen["maintenance"] = policy
    return seen


def adoption_changes(client: Palette, found: ClusterTemplate, checked: Mapping[str, Any]) -> tuple[list[str], Props]:
    """All that taking over a template would change, in words, and the values behind them; no value of a variable is shown."""
    old = observed(client, found, checked)
    changes = adoption.metadata_changes(old, checked)
    if found.spec.profiles:
        changes += plan.relinked(old, checked)
    defined = checked.get("definitions")
    if isinstance(defined, Mapping) and is_known(defined):
        before, after = plan.values_there(old), plan.values_for_all(checked, defined)
        changes += [
            f"the value of variable {name} ({key})"
            for key in after
            for name in sorted(({*before.get(key, {})} & {*defined[key]}) | {*after[key]})
            if not same(before.get(key, {}).get(name), after[key].get(name))
        ]
    if changed_keys(old, checked, ["maintenance"]):
        changes.append(
            f"maintenance {adoption.shown(old.get('maintenance'))} -> {adoption.shown(checked.get('maintenance'))}"
        )
    other = found.metadata.annotations.get(MARKER, "")
    if other and other != checked["marker"]:
        changes.append(adoption.FOREIGN)
    facts = {
        "linked": sorted([item.uid, sorted(bodies.common_values(found, item.uid))] for item in found.spec.profiles),
        "heads": {key: plan.head(item) for key, item in mapping(checked.get("profiles")).items()},
        "metadata": [
            {key: side.get(key) for key in ("name", "description", "tags", "maintenance")} for side in (old, checked)
        ],
        "marker": other,
    }
    return changes, facts
