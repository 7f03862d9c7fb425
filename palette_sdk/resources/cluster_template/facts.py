"""What those that follow a template need to know of it: what a program hands over, and what the service says besides.

Users are clusters and roll-outs. Reads only; nothing is refused here but a template that isn't there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from palette_sdk.errors import NotFoundError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster_template import bodies, plan
from palette_sdk.resources.fleet_lookups import ClusterTemplateResult
from palette_sdk.resources.program import known_parts, once
from palette_sdk.rules.unknown import UNKNOWN, Unknown, is_known

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.resources.cluster_template.resource import ClusterTemplate

Props = dict[str, Any]


def template_props(template: ClusterTemplate | ClusterTemplateResult | pulumi.Input[Any]) -> Props:
    """A template as inputs of the engine, for what follows it.

    Args:
        template: a resource, the result of a look-up, a uid, or an output of one of these.

    Returns:
        `uid`; for a resource also `name`, `cloud`, `profiles` (uid, name and version by key), `definitions` (of variables, by
        key) and `common` (names of variables that have one value for all clusters, by key), as a preview knows them.
    """
    from palette_sdk.resources.cluster_template.resource import ClusterTemplate

    if isinstance(template, ClusterTemplate):
        return once(template, "for_followers", lambda: _handed_over(template))
    if isinstance(template, ClusterTemplateResult):
        return {"uid": template.uid, "name": template.name, "cloud": template.cloud}
    if isinstance(template, str):
        return {"uid": template}
    found = pulumi.Output.from_input(template)
    return {
        "uid": found.apply(lambda given: given if isinstance(given, str) else getattr(given, "id", None) or given.uid)
    }


def _handed_over(template: ClusterTemplate) -> Props:
    heads = known_parts(template.profiles, of=_heads)
    return {
        "uid": template.id,
        "name": template.name,
        "cloud": template.cloud,
        "profiles": pulumi.Output.unsecret(heads),  # the values, which may be secrets, are left out
        "definitions": known_parts(template.definitions),
        "common": known_parts(template.common),
    }


def _heads(profiles: Any) -> Any:
    if not isinstance(profiles, Mapping):
        return profiles
    return {key: plan.head(item) if isinstance(item, Mapping) else item for key, item in profiles.items()}


def template_windows(template: object) -> pulumi.Output[Mapping[str, Any]] | None:
    """The windows of a template by name (`cron`, `duration_h`), before they are written, too; None where only a uid is given."""
    found = getattr(template, "schedules", None)
    return found if isinstance(found, pulumi.Output) else None


@dataclass(frozen=True)
class TemplateFacts:
    """A template as those that follow it see it; any part may be unknown in a preview."""

    uid: str | Unknown
    name: str | Unknown
    cloud: str | Unknown
    profiles: Mapping[str, Any] | Unknown
    """`uid`, `name` and `version` of each linked version, by key."""
    definitions: Mapping[str, Any] | Unknown = field(repr=False)
    """Definitions of variables, by key and name; see `plan.DEFINED`, with `has_default` and `default`."""
    common: Mapping[str, Any] | Unknown
    """Names of the variables that have one value for all clusters, by key."""


_PARTS = ("name", "cloud", "profiles", "definitions", "common")


def template_facts(client: Palette, props: Mapping[str, Any]) -> TemplateFacts:
    """What is known of a template: what the program handed over, and else what the service says; read once a run.

    Args:
        client: the client in the template's scope.
        props: what `template_props` gave, as a hook has it.

    Raises:
        NotFoundError: there is no template with that uid.
    """
    uid = props.get("uid", UNKNOWN)
    found: Props = {key: props[key] for key in _PARTS if key in props}
    missing = [key for key in _PARTS if key not in found]
    if missing and is_known(uid):
        read = _read(client, str(uid))
        found |= {key: read[key] for key in missing}
    return TemplateFacts(uid=uid, **{key: found.get(key, UNKNOWN) for key in _PARTS})


def _read(client: Palette, uid: str) -> Props:
    template = client.templates.cached(uid)
    if template is None:
        raise NotFoundError(
            f"there is no cluster template with uid {uid}",
            hint=f'a bare text is always a uid; by name: palette.get_cluster_template("{uid}"); else check project= or scope=',
        )
    profiles: Props = {}
    definitions: Props = {}
    common: Props = {}
    for item in template.spec.profiles:
        profile = client.profiles.cached(item.uid)
        if profile is None:
            continue
        key = profile.metadata.name
        profiles[key] = {"uid": item.uid, "name": key, "version": profile.spec.version or "1.0.0"}
        definitions[key] = bodies.observed_definitions(client.profiles.defined(item.uid))
        common[key] = sorted(bodies.common_values(template, item.uid))
    return {
        "name": template.metadata.name,
        "cloud": template.spec.cloud_type,
        "profiles": profiles,
        "definitions": definitions,
        "common": mapping(common),
    }
