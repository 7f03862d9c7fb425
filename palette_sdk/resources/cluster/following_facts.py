"""What a cluster has to know of the template that it follows: what the program handed over, completed from the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import NotFoundError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.profile.bodies import observed_variables
from palette_sdk.rules.unknown import UNKNOWN, is_known

if TYPE_CHECKING:
    from palette_sdk.client import Palette


@dataclass(frozen=True)
class TemplateFacts:
    """A template; parts may be unknown."""

    uid: Any
    name: Any
    cloud: Any
    profiles: Any
    definitions: Any
    common: Any


def template_facts(client: Palette, props: Any) -> TemplateFacts:
    """The template with what the program didn't hand over."""
    given = mapping(props)
    uid = given.get("uid", UNKNOWN)
    keys = ("name", "cloud", "profiles", "definitions", "common")
    if not is_known(uid) or all(key in given for key in keys):
        return TemplateFacts(uid, *(given.get(key, UNKNOWN) for key in keys))
    found = client.templates.get(uid)
    if found is None:
        raise NotFoundError(
            f"there is no cluster template with uid {uid} in this project", hint="check the uid and `project=`"
        )
    profiles: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    common: dict[str, list[str]] = {}
    for item in found.spec.profiles:
        content = client.profiles.content(item.uid)
        if content is None:
            continue
        name = content.profile.metadata.name
        profiles[name] = {"uid": item.uid, "name": name, "version": content.profile.spec.version or "1.0.0"}
        definitions[name] = {
            key: {**row, "has_default": bool(one.default_value)}
            for one in content.variables
            for key, row in observed_variables([one], {}).items()
        }
        common[name] = [one.name for one in item.variables if one.assign_strategy == "all"]
    return TemplateFacts(uid, found.metadata.name, found.spec.cloud_type, profiles, definitions, common)


def template_props(template: Any) -> Mapping[str, Any]:
    """A template as input of the engine."""
    return {"uid": template}
