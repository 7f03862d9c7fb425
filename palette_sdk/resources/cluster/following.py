"""Clusters that follow a cluster template: where their values belong, what is refused, and the body that makes one. Pure.

Such a cluster has no plan of layers: what it runs is the template's, and windows and roll-outs change it. Its checked inputs are
`template` (uid and name), its own `variables`, and `variable_homes`: for each of them that a linked version defines, the
profile's name and the uid of that version, to which the value is written. A relink moves the uids, which is no difference; a name
that becomes defined by it is one, since its value was not written before. `profiles` tells what runs and is no difference either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.rules.nearest import did_you_mean, nearest
from palette_sdk.rules.unknown import UNKNOWN, Unknown, is_known, known_or
from palette_sdk.rules.variables import value_refusal

if TYPE_CHECKING:
    from palette_sdk.resources.cluster.live import LiveCluster
    from palette_sdk.resources.cluster_template.facts import TemplateFacts

Props = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """What a check found about the values of a cluster.

    Args:
        homes: by variable the profile's name and the uid of the linked version; unknown while the definitions are.
        warnings: what is told.
    """

    homes: Any
    warnings: tuple[str, ...] = ()


def follows(props: Mapping[str, Any]) -> bool:
    """Say whether a cluster follows a template, known yet or not."""
    found = props.get("template")
    return isinstance(found, Unknown) or bool(found)


def template_uid(props: Mapping[str, Any]) -> Any:
    """The uid of its template, which may be unknown; empty for a cluster of its own."""
    found = props.get("template")
    return UNKNOWN if isinstance(found, Unknown) else mapping(found).get("uid", "")


def template_name(props: Mapping[str, Any]) -> str:
    """How messages call what it follows."""
    if not follows(props):
        return "profiles of its own"
    found = mapping(props.get("template"))
    uid, name = known_or(found.get("uid", UNKNOWN), "(known after apply)"), known_or(found.get("name"), "")
    return f'template "{name}" ({uid})' if name else f"template {uid}"


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs of a cluster that follows, or followed, a template, beside the fields that all clusters have."""
    found = []
    if follows(old) or follows(new):
        before, after = template_uid(old), template_uid(new)
        if not is_known(before) or not is_known(after) or before != after:
            found.append("template")
    known = mapping(old.get("variable_homes"))
    if any(_profile(known.get(name)) != _profile(home) for name, home in mapping(new.get("variable_homes")).items()):
        found.append("variable_homes")
    return found


def _profile(home: Any) -> Any:
    return mapping(home).get("profile")


# -- what is refused ---------------------------------------------------------------------------------------------------


def check_template(cluster: str, facts: TemplateFacts, new: Mapping[str, Any]) -> None:
    """Refuse another cloud than the template's, and a cluster without a time zone."""
    cloud = new["cloud"]
    if is_known(facts.cloud) and is_known(cloud) and facts.cloud != cloud:
        raise InputError(
            f'"{cluster}" is for {cloud}, the template {_named(facts)} is for {facts.cloud}; '
            "give the cluster that cloud_config, or another template",
            path="template",
        )
    zone = new.get("timezone")
    if is_known(zone) and not zone:
        raise InputError(NO_TIMEZONE, path="timezone")


NO_TIMEZONE = (
    "it is missing: the maintenance windows of a template are those of each cluster's own clock, so a cluster that "
    'follows one has to say where it is, such as timezone="Europe/Berlin"'
)


def judge_values(
    cluster: str, facts: TemplateFacts, variables: Mapping[str, Any], *, before: Mapping[str, Any], is_made: bool
) -> Judged:
    """Find the linked version that each value belongs to, and hold the value against its definition.

    A name that no linked version defines is told, not refused: going back to an older version keeps working.

    Args:
        cluster: its name.
        facts: the template; what is not known yet is not judged.
        variables: values by name.
        before: values that were written, for variables that can't change.
        is_made: whether the cluster is made now, so that required variables need a value.

    Raises:
        InputError: a value doesn't fit, is missing, or is the template's to give.
    """
    definitions = facts.definitions
    if not isinstance(definitions, Mapping) or any(isinstance(items, Unknown) for items in definitions.values()):
        return Judged(UNKNOWN)
    homes: Props = {}
    warnings = []
    for name, value in variables.items():
        defining = [key for key, items in definitions.items() if name in mapping(items)]
        if not defining:
            warnings.append(_undefined(cluster, name, facts))
            continue
        key = _home(name, defining, facts)
        refusal = _value_refusal(mapping(definitions[key][name]), value, before.get(name))
        if refusal:
            raise InputError(refusal, path=f'variables["{name}"]')
        homes[name] = {"profile": key, "uid": mapping(mapping(facts.profiles).get(key)).get("uid", UNKNOWN)}
    if is_made:
        _refuse_missing(facts, variables)
    return Judged(homes, tuple(warnings))


def refuse_fixed(new: Mapping[str, Any], fixed: Mapping[str, str]) -> None:
    """Refuse another value for an immutable variable than the cluster has.

    Args:
        new: checked inputs.
        fixed: values of immutable variables on the cluster.
    """
    for name, value in mapping(new.get("variables")).items():
        if name in fixed and is_known(value):
            refusal = value_refusal({"immutable": True}, variable_text(value), before=fixed[name])
            if refusal:
                raise InputError(refusal, path=f'variables["{name}"]')


def _home(name: str, defining: list[str], facts: TemplateFacts) -> str:
    own = [key for key in defining if not _is_common(facts, key, name)]
    path = f'variables["{name}"]'
    if not own:
        raise InputError(
            f"the template {_named(facts)} gives it one value for all its clusters ({defining[0]}); take it out here, "
            "or out of the template to let each cluster have its own",
            path=path,
        )
    if len(own) > 1:
        raise InputError(
            f"{' and '.join(own)} both have a variable of that name, and a cluster of a template names no profile; give "
            "one of them its value in the template, or rename one",
            path=path,
        )
    return own[0]


def _value_refusal(definition: Props, value: Any, before: Any) -> str | None:
    if not is_known(value):
        return None
    former = variable_text(before) if before is not None and is_known(before) else None
    return value_refusal(definition, variable_text(value), before=former)


def _refuse_missing(facts: TemplateFacts, variables: Mapping[str, Any]) -> None:
    missing = [
        f"{name} ({key})"
        for key, items in mapping(facts.definitions).items()
        for name, item in mapping(items).items()
        if name not in variables and not _is_common(facts, key, name) and _needs_value(mapping(item))
    ]
    if missing:
        raise InputError(
            f"these need a value, which the template {_named(facts)} leaves to each cluster: {', '.join(sorted(missing))}",
            path="variables",
        )


def _needs_value(definition: Mapping[str, Any]) -> bool:
    return bool(known_or(definition.get("required"), False) and not known_or(definition.get("has_default"), True))


def _is_common(facts: TemplateFacts, key: str, name: str) -> bool:
    names = mapping(facts.common).get(key, ())
    return is_known(names) and name in names


def _undefined(cluster: str, name: str, facts: TemplateFacts) -> str:
    known = sorted({item for items in mapping(facts.definitions).values() for item in mapping(items)})
    alike = nearest(name, known, 1)
    hint = f"did you mean {alike[0]}?" if alike else did_you_mean(name, known)
    return f'{cluster}: variables["{name}"] is not sent: no version that the template {_named(facts)} links defines it; {hint}'


def _named(facts: TemplateFacts) -> str:
    return f'"{facts.name}"' if is_known(facts.name) and facts.name else str(known_or(facts.uid, ""))


def refuse_other_template(live: LiveCluster, new: Mapping[str, Any]) -> None:
    """Refuse to take for ours a cluster that follows another template, or none: none can be given to it later."""
    uid, wanted = live.template, template_uid(new)
    if is_known(wanted) and uid != wanted:
        is_so = f"follows the template {uid}" if uid else "has profiles of its own"
        asked = template_name(new) if wanted else "profiles of its own"
        raise InputError(
            f'"{live.cluster.metadata.name}" (uid {live.uid}) {is_so}, and this program gives it {asked}: '
            "which of them a cluster has is settled when it is made.\n"
            "  make the program equal to what is there, or choose another name"
        )


# -- what is sent and told -----------------------------------------------------------------------------------------------


def written_values(old: Mapping[str, Any]) -> Props:
    """The former values that belong to a version, so that they were written."""
    homes = mapping(old.get("variable_homes"))
    return {name: value for name, value in mapping(old.get("variables")).items() if name in homes}


def texts_by_version(new: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The values that belong to a linked version, as texts, by the version's uid and the variable's name."""
    found: dict[str, dict[str, str]] = {}
    values = mapping(new.get("variables"))
    for name, home in mapping(new.get("variable_homes")).items():
        if name in values:
            found.setdefault(home["uid"], {})[name] = variable_text(values[name])
    return found


def entities(new: Mapping[str, Any]) -> list[Props]:
    """The profiles in the body that makes a cluster: those with values of its own; packs are the template's."""
    return [
        {"uid": uid, "variables": [{"name": name, "value": text} for name, text in values.items()]}
        for uid, values in texts_by_version(new).items()
    ]


def following_outputs(live: LiveCluster) -> Props:
    """What a cluster that follows a template tells beside its facts: the versions that run, by name; nothing waits on it."""
    profiles = {item.name: {"uid": item.uid, "version": item.version} for item in live.profiles}
    return {"profiles": profiles, "pending_updates": {}, "found_overrides": {}}
