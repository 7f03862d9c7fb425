"""Pure conversions between a template's checked inputs and the bodies of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster_template.plan import definitions_of, values_for_all, values_there
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.resources.profile.bodies import metadata, observed_variables
from palette_sdk.rules.unknown import known_or

if TYPE_CHECKING:
    from palette_sdk.wire.profiles import Variable
    from palette_sdk.wire.templates import ClusterTemplate, PolicyRef, TemplateCreate, TemplateProfile

Props = dict[str, Any]
ALL = "all"
"""The strategy of a variable that has one value for every cluster; `cluster` is what the others have."""


def create_body(props: Mapping[str, Any]) -> TemplateCreate:
    """The body that makes a template, with our marker in it."""
    from palette_sdk.wire.templates import TemplateCreate

    return TemplateCreate.of(
        {
            "metadata": metadata(props, annotations={}, labels={}),
            "spec": {
                "cloudType": props["cloud"],
                "profiles": [item.body() for item in linked(props)],
                "policies": [item.body() for item in policies(props)],
            },
        }
    )


def linked(props: Mapping[str, Any]) -> list[TemplateProfile]:
    """The linked versions, each with its values for all clusters; variables that aren't named are each cluster's own."""
    from palette_sdk.wire.templates import TemplateProfile

    values = values_for_all(props, mapping(props.get("definitions")))
    return [
        TemplateProfile.of(
            {
                "uid": item["uid"],
                "variables": [
                    {"name": name, "assignStrategy": ALL, "value": text} for name, text in sorted(values[key].items())
                ],
            }
        )
        for key, item in sorted(props["profiles"].items())
    ]


def policies(props: Mapping[str, Any]) -> list[PolicyRef]:
    """The maintenance policy, where there is one."""
    from palette_sdk.wire.templates import PolicyRef

    return [PolicyRef(uid=props["maintenance"])] if props.get("maintenance") else []


def is_outdated(found: ClusterTemplate, new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether what a template links differs from the program's.

    Sensitive values are masked by the service: they count as other ones when the program's changed, or when state holds none.
    """
    there = {item.uid: common_values(found, item.uid) for item in found.spec.profiles}
    wanted = {item.uid: {each.name: each.value for each in item.variables} for item in linked(new)}
    if there.keys() != wanted.keys():
        return True
    former = values_there(old) if old else {}
    before = {old["profiles"][key]["uid"]: values for key, values in former.items()}
    masked = {
        item["uid"]: {name for name, each in new["definitions"][key].items() if each.get("sensitive")}
        for key, item in new["profiles"].items()
    }
    return any(
        values.keys() != there[uid].keys()
        or any(
            before.get(uid, {}).get(name) != text if name in masked[uid] else there[uid][name] != text
            for name, text in values.items()
        )
        for uid, values in wanted.items()
    )


def common_values(found: ClusterTemplate, profile_uid: str) -> dict[str, str]:
    """The values that a template has for all clusters, of one version it links."""
    return {
        each.name: each.value
        for item in found.spec.profiles
        if item.uid == profile_uid
        for each in item.variables
        if each.assign_strategy == ALL
    }


def observed_definitions(variables: Iterable[Variable]) -> Props:
    """Definitions as the service has them; it masks a sensitive default, so that only its being there is known."""
    found = [*variables]
    definitions = definitions_of(observed_variables(found, {}))
    return {item.name: {**definitions[item.name], "has_default": bool(item.default_value)} for item in found}


def observed_values(
    there: Mapping[str, str], stored: Mapping[str, Any], sensitive: Mapping[str, Any], extra: Mapping[str, str]
) -> Props:
    """Values as they are, in the form that state has; a masked one counts as unchanged.

    Args:
        there: what the service has.
        stored: what state has at this place.
        sensitive: definitions by name, of which `sensitive` counts, also where it isn't known yet.
        extra: what the service has and state holds nowhere.
    """
    kept: Props = {}
    for name, value in stored.items():
        if name not in there:
            continue
        masked = known_or(mapping(sensitive.get(name)).get("sensitive", False), True)
        kept[name] = value if masked or variable_text(value) == there[name] else there[name]
    return {**kept, **extra}
