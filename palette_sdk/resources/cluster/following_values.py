"""Values of a cluster that follows a template: what it has for each variable, and writing those that differ.

They are read and written by the uid of the version that the template links. What runs another one yet gets the value with its
upgrade. Nothing is decided here but what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.following import template_uid, texts_by_version, written_values
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.rules.unknown import is_known

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.resources.cluster.live import LiveCluster
    from palette_sdk.resources.cluster_template.facts import TemplateFacts
    from palette_sdk.wire.profiles import Variable

Props = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A variable of a linked version and what a cluster has for it: what is assigned, else what runs, else the default."""

    definition: Variable
    value: str = field(repr=False)


def _shared_values(client: Palette, template: str, version: str, cluster: str) -> dict[str, Seen]:
    """What a cluster has for the variables of a version that its template links; one read serves all clusters."""
    found = {}
    for item in client.templates.assignments(template, version):
        row = next((row for row in item.clusters if row.uid == cluster), None)
        own = (row.assigned_value or row.value) if row is not None else ""
        found[item.variable.name] = Seen(item.variable, own or item.variable.default_value)
    return found


def _own_values(client: Palette, template: str, cluster: str) -> dict[str, dict[str, Seen]]:
    """The same of one cluster as it is at this moment, by the uids of the linked versions."""
    record = client.templates.reconcile(template, cluster)
    found: dict[str, dict[str, Seen]] = {}
    for profile in record.spec.profiles if record is not None else ():
        values = {item.name: item.value for item in profile.variables.resolved_variables}
        found[profile.uid] = {
            item.name: Seen(item, values.get(item.name) or item.default_value)
            for item in client.profiles.defined(profile.uid)
        }
    return found


def write_values(
    client: Palette, live: LiveCluster, new: Props, old: Props, facts: Callable[[], TemplateFacts]
) -> bool:
    """Write the values that differ, and those that were not written before; whether anything was sent.

    A masked one is written when its declared value changed, or where there is none. One that left the program gets its default
    where it has one that is told.

    Args:
        client: the client.
        live: the cluster.
        new: checked inputs.
        old: stored outputs; empty where there are none.
        facts: gives the template; only asked for what left the program.
    """
    from palette_sdk.wire.clusters import ProfileVariableValues

    wanted = texts_by_version(new)
    gone = _gone(old, new, facts)
    before = written_values(old)
    rows = []
    there = _own_values(client, template_uid(new), live.uid) if wanted or gone else {}
    for version in {**wanted, **gone}:
        seen = there.get(version, {})
        target = {**_defaults(seen, gone.get(version, ())), **wanted.get(version, {})}
        body = [
            {"name": name, "value": text}
            for name, text in target.items()
            if _is_outdated(seen.get(name), text, before.get(name))
        ]
        if body:
            rows.append(ProfileVariableValues.of({"profileUid": version, "variables": body}))
    if rows:
        client.clusters.patch_variables(live.uid, rows)
    return bool(rows)


def _gone(old: Props, new: Props, facts: Callable[[], TemplateFacts]) -> dict[str, list[str]]:
    """Variables that left the program, by the version that defines them now."""
    names = [name for name in mapping(old.get("variable_homes")) if name not in mapping(new.get("variables"))]
    found: dict[str, list[str]] = {}
    if not names:
        return found
    template = facts()
    for key, items in mapping(template.definitions).items():
        version = mapping(mapping(template.profiles).get(key)).get("uid")
        common = mapping(template.common).get(key, ())
        own = [name for name in names if name in mapping(items) and name not in common]
        if own and version:
            found.setdefault(version, []).extend(own)
    return found


def _defaults(seen: Mapping[str, Seen], gone: Any) -> dict[str, str]:
    definitions = {name: seen[name].definition for name in gone if name in seen}
    return {
        name: item.default_value
        for name, item in definitions.items()
        if item.default_value and not item.is_sensitive and not item.immutable
    }


def _is_outdated(seen: Seen | None, text: str, before: Any) -> bool:
    if seen is None or before is None:  # what equals the default is written, too: the next version may have another
        return True
    if seen.definition.is_sensitive:
        return not seen.value or variable_text(before) != text
    return seen.value != text


def fixed_values(client: Palette, live: LiveCluster, new: Props) -> dict[str, str]:
    """What a cluster has for immutable variables that the program gives, where it runs the linked version by now.

    Masked values aren't told, so those are left to the service.
    """
    homes = mapping(new.get("variable_homes"))
    if not homes:
        return {}
    return {
        item.name: item.value
        for row in client.clusters.variables(live.uid)
        for item in row.variables
        if item.immutable and not item.is_sensitive and item.value
        if mapping(homes.get(item.name)).get("uid") == row.profile_uid
    }


def observed_values(client: Palette, live: LiveCluster, old: Props, facts: TemplateFacts) -> Props:
    """Declared values as the cluster has them; what the service masks, means the same or doesn't define stays as declared."""
    declared = mapping(old.get("variables"))
    homes = {
        name: mapping(mapping(facts.profiles).get(key)).get("uid")
        for name in declared
        for key, items in mapping(facts.definitions).items()
        if name in mapping(items) and name not in mapping(facts.common).get(key, ())
    }
    versions = {uid for uid in homes.values() if isinstance(uid, str) and uid}
    seen = {uid: _shared_values(client, template_uid(old), uid, live.uid) for uid in versions}
    return {name: _observed(value, seen.get(homes.get(name) or "", {}).get(name)) for name, value in declared.items()}


def _observed(declared: Any, seen: Seen | None) -> Any:
    if seen is None or seen.definition.is_sensitive or not is_known(declared):
        return declared
    return declared if variable_text(declared) == seen.value else seen.value
