"""What a program writes about a cluster besides cloud, pools and overrides: attached profiles and guards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, Literal, TypeAlias, TypedDict, cast

import pulumi

from palette_sdk.resources.arguments import ProgramError, checked_value, made, told_plainly
from palette_sdk.resources.cluster.declared import (
    Override,
    OverrideDict,
    override_seeds,
    overrides_props,
    rules_props,
)
from palette_sdk.resources.cluster.following import NO_TIMEZONE
from palette_sdk.resources.cluster.held import VARIABLES
from palette_sdk.resources.cluster_template.facts import template_props
from palette_sdk.resources.lookups import ProfileResult
from palette_sdk.resources.profile.resource import VersionedProfile
from palette_sdk.resources.program import Duration, known_parts, once, seed_of
from palette_sdk.rules.durations import seconds

VariableInput = pulumi.Input[str | int | bool]
VersionRef: TypeAlias = VersionedProfile | ProfileResult | pulumi.Input[str]
"""A version of a profile: a resource, the result of a look-up, or a uid. A bare text is always a uid."""


@checked_value
@dataclass(frozen=True)
class Attach:
    """A profile on a cluster, with values for its variables.

    Args:
        profile: the version: a resource, the result of `get_profile`, or a uid. Another version of the same profile is an
            update in place.
        variables: values by name; default: the profile's defaults. A change is an update in place.
        overrides: changes to layers of this profile, beside those of the cluster's `overrides`; needed where two attached
            profiles have a layer of the same name. A change is an update in place.
    """

    profile: VersionRef
    _: KW_ONLY
    variables: Mapping[str, VariableInput] = field(default_factory=dict)
    overrides: Sequence[Override | OverrideDict] = ()


@checked_value
@dataclass(frozen=True, kw_only=True)
class Guards:
    """What is refused to protect a running cluster. Changing one changes nothing on the service.

    Args:
        when_busy: an update of a cluster that is being made waits, with a warning (`wait`, the default), or is refused in
            the preview (`fail`).
        minor_skip: whether the preview lets Kubernetes skip a minor version; default `refuse`. Palette itself refuses it as far
            as is known, so `allow` passes with a warning. It never goes down.
        replace: whether a change that only another cluster can fulfil deletes this one without asking for a token;
            default `refuse`.
        before_update: what a change of version wants first: a backup that is young enough, else a warning (`warn`, the
            default) or a refusal in the preview (`require`); a new backup, which is waited for (`backup`); nothing (`off`).
        backup_max_age: how old the last backup may be; default `24h`.
    """

    when_busy: Literal["wait", "fail"] = "wait"
    minor_skip: Literal["refuse", "allow"] = "refuse"
    replace: Literal["refuse", "allow"] = "refuse"
    before_update: Literal["warn", "backup", "require", "off"] = "warn"
    backup_max_age: Duration = "24h"

    def props(self) -> dict[str, Any]:
        """As inputs of the engine, without what is as by default; the length of time is seconds."""
        age = seconds(self.backup_max_age, path="guards.backup_max_age")
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        said = {item.name: given[item.name] for item in fields(self) if given[item.name] != item.default}
        return {**said, "backup_max_age": age} if "backup_max_age" in said else said


class GuardsDict(TypedDict, total=False):
    """The same as a dict literal."""

    when_busy: Literal["wait", "fail"]
    minor_skip: Literal["refuse", "allow"]
    replace: Literal["refuse", "allow"]
    before_update: Literal["warn", "backup", "require", "off"]
    backup_max_age: Duration


class AttachDict(TypedDict, total=False):
    """An attached profile as a dict literal; `profile` is required."""

    profile: Any
    variables: Mapping[str, VariableInput]
    overrides: Sequence[Override | OverrideDict]


def profiles_props(
    profiles: Sequence[VersionRef | Attach | AttachDict], *, on: str = "cluster"
) -> dict[str, dict[str, Any]]:
    """Attached profiles by name, with the digests that `check` compares and drops.

    Args:
        profiles: what the program gives.
        on: what takes them, in words.
    """
    found: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(profiles):
        if isinstance(item, Mapping):
            attach = told_plainly(made)(Attach, item, f"profiles[{index}]")
        else:
            attach = item if isinstance(item, Attach) else Attach(item)
        key, props = _profile(attach.profile, index)
        if key in found:
            raise ProgramError(f"profiles: {key} is given twice; a {on} takes one version of a profile")
        found[key] = {**props, "values": dict(attach.variables)}
        if overrides := overrides_props(attach.overrides, f"profiles[{index}].overrides"):
            found[key]["overrides"] = overrides
    return found


def plainly_given(values: Mapping[str, Any]) -> list[str]:
    """Names of the values that are no outputs."""
    return sorted(name for name, value in values.items() if isinstance(value, str | int | float))


def content_props(
    profiles: Sequence[VersionRef | Attach | AttachDict] | None,
    template: Any,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """What the cluster runs as inputs of the engine: profiles of its own with all that belongs to them, or a template.

    Args:
        profiles: as the constructor has them.
        template: likewise.
        given: the constructor's other arguments by name.

    Raises:
        ProgramError: both are given or none, or something that a cluster of a template can't have.
    """
    if template is not None:
        _refuse_beside_template(profiles, given)
        return {"template": template_props(template), "profiles": None}
    if profiles is None:
        raise ProgramError(
            "profiles and template are both missing; give profiles=[...] for a cluster of its own, or template= for one "
            "that follows a cluster template"
        )
    attached, declared = profiles_props(profiles), overrides_props(given["overrides"])
    return {
        "profiles": attached,
        "updates": given["updates"] or stack_updates(),
        "overrides": declared,
        "override_policy": given["override_policy"],
        "override_rules": rules_props(given["override_rules"]),
        "found_overrides": {},
        **plan_seeds(attached, declared),
    }


def _refuse_beside_template(profiles: Any, given: Mapping[str, Any]) -> None:
    if profiles is not None:
        raise ProgramError(
            "profiles and template are both given; a cluster has profiles of its own, or follows a template, whose "
            "profiles it runs: keep one of them. Values for variables go in variables={...}"
        )
    for name, reason in BESIDE_TEMPLATE.items():
        if given[name] and given[name] != "merge":
            raise ProgramError(f'Cluster("{given["resource_name"]}").{name}: {reason}')
    if given["timezone"] is None or given["timezone"] == "":
        raise ProgramError(f'Cluster("{given["resource_name"]}").timezone: {NO_TIMEZONE}')


def refuse_backup_guard(guards: Guards) -> None:
    """Refuse the promise of a backup before an upgrade that `pulumi up` doesn't make.

    Raises:
        ProgramError: `before_update` wants a backup.
    """
    if guards.before_update in ("backup", "require"):
        raise ProgramError(
            f'guards.before_update is "{guards.before_update}", and a cluster that follows a template is upgraded in its '
            "windows, not by `pulumi up`, so nothing could be asked of it before: leave it out, and give "
            "backup=palette.BackupPolicy(...) with a schedule ahead of the windows"
        )


_NO_OVERRIDES = (
    "a cluster that follows a template runs what the template says, so it takes no overrides: put what differs between "
    "clusters into a variable of the profile, or give this one profiles=[...] instead of template="
)
BESIDE_TEMPLATE = {
    "overrides": _NO_OVERRIDES,
    "override_rules": _NO_OVERRIDES,
    "override_policy": _NO_OVERRIDES,
    "updates": (
        "versions that a template links can't be edited in place, so nothing can wait on a cluster that follows it; "
        "when another version comes is said by the template's maintenance windows and by TemplateRollout: leave it out"
    ),
}
"""Arguments that a cluster of a template can't have, and why."""


def stack_updates() -> str:
    """What becomes of versions that are edited in place, where a cluster doesn't say: `palette:updates`."""
    value = pulumi.Config("palette").get("updates") or "hold"
    if value not in {"hold", "apply"}:
        raise ProgramError(f'palette:updates is "{value}"; it must be "hold" or "apply"')
    return value


def plan_seeds(profiles: Mapping[str, Mapping[str, Any]], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """What `check` works out, empty: each part as secret as what it is derived from.

    Args:
        profiles: attached profiles as inputs of the engine.
        overrides: those of the cluster, of which it isn't known here which profile has the layer.
    """
    layers = {
        key: override_seeds([*overrides.values(), *item.get("overrides", {}).values()])
        for key, item in profiles.items()
    }
    variables = {key: seed_of(item["variables"]) for key, item in profiles.items() if "variables" in item}
    return {
        "layers_plan": layers,
        "variables_plan": variables,
        "pending_updates": {key: {"layers": {VARIABLES: seed}} for key, seed in variables.items()},
    }


def _digests(layers: Any) -> Any:
    """Layers without their texts: the hooks find those by digest, and a fleet need not carry them once per cluster."""
    if not isinstance(layers, Mapping):
        return layers
    texts = ("values", "manifests")
    return {
        name: {key: value for key, value in layer.items() if key not in texts} if isinstance(layer, Mapping) else layer
        for name, layer in layers.items()
    }


def _handed_over(profile: VersionedProfile) -> dict[str, Any]:
    return {
        "uid": profile.id,
        **{key: getattr(profile, key) for key in ("name", "version", "type", "cloud")},
        "layers": known_parts(profile.layers, of=_digests),
        "variables": known_parts(profile.variables),
    }


def _profile(profile: VersionRef, index: int) -> tuple[str, dict[str, Any]]:
    if isinstance(profile, VersionedProfile):
        return profile.palette_name, once(profile, "for_clusters", lambda: _handed_over(profile))
    if isinstance(profile, str):
        from palette_sdk.resources.lookups import profile_by_uid

        return _result(profile_by_uid(profile))
    if isinstance(profile, ProfileResult):
        return _result(profile)
    # Of an output nothing but the uid is asked: reaching into one that holds a text would fail once it is known.
    return f"profile-{index}", {"uid": pulumi.Output.from_input(cast("pulumi.Input[Any]", profile)).apply(_uid_of)}


def _uid_of(known: str | ProfileResult) -> str:
    return known if isinstance(known, str) else known.uid


def _result(found: ProfileResult) -> tuple[str, dict[str, Any]]:
    return found.name, {
        "uid": found.uid,
        "name": found.name,
        "version": found.version,
        "type": found.type,
        "cloud": found.cloud,
    }
