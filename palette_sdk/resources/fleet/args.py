"""What a program writes about a fleet: its clusters, as defaults and differences, and its stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import wraps
from typing import Any, Literal, TypedDict, TypeVar

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import ProgramError, checked_value, made
from palette_sdk.resources.cluster.args import Attach, AttachDict, Guards, GuardsDict, VariableInput, VersionRef
from palette_sdk.resources.cluster.clouds import CloudConfig, CloudConfigDict
from palette_sdk.resources.cluster.declared import (
    BackupPolicy,
    BackupPolicyDict,
    Override,
    OverrideDict,
    OverridePolicy,
    OverrideRule,
    OverrideRuleDict,
)
from palette_sdk.resources.cluster.pools import Pool, PoolDict
from palette_sdk.resources.lookups import CloudAccountResult
from palette_sdk.resources.program import Duration, Scope, Tags, Timeouts, TimeoutsDict
from palette_sdk.rules.durations import seconds
from palette_sdk.rules.tags import parse_tags

MERGED = ("variables", "tags")
"""Fields of `ClusterArgs` that are merged by key; of all others the member's takes the place of the default."""
OF_ONE = ("name", "adopt")
"""Fields that can't be the same for two clusters."""
NEEDED = ("cloud_config", "pools")
EITHER = ("profiles", "template")
"""Fields of which a cluster has one."""
WAIT = "a fleet waits for its clusters itself, wave by wave: leave it out"

T = TypeVar("T")


def waited_for(kind: type[T]) -> type[T]:
    """Refuse `wait`, which a cluster of its own has, in words of its own."""
    init: Any = kind.__init__

    @wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it takes the place of the one that is wrapped
        if "wait" in kwargs:
            raise ProgramError(f"{kind.__name__}.wait: {WAIT}")
        init(self, *args, **kwargs)

    kind.__init__ = __init__  # type: ignore[method-assign]
    return kind


@waited_for
@checked_value
@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """A cluster of a fleet, or what its clusters have in common. What is left out is as the fleet's `defaults` say.

    The fields are the arguments of `Cluster`, and mean the same there. `variables` and `tags` are merged with the defaults by
    key; any other field takes the place of the default as a whole. A fleet waits for its clusters itself, so there is no `wait`.

    Args:
        cloud_config: the cloud and its settings.
        cloud_account: the account that pays.
        pools: one control plane and any number of worker pools.
        profiles: versions of profiles; stages may be on different ones. Takes the place of a template of the defaults.
        template: a cluster template to follow. Takes the place of profiles of the defaults.
        variables: values by name; those of the defaults are kept under it.
        overrides: changes to layers.
        override_policy: what happens to overrides that were made outside the program.
        override_rules: other policies for some layers, objects and paths.
        updates: whether a version that was edited in place is applied or held.
        approve: tokens, beside those of the fleet.
        guards: what is refused to protect the running cluster.
        backup: backups by schedule.
        timezone: IANA name.
        force_delete_after: when the deletion of a cluster that leaves the fleet is forced; default: the fleet's.
        name: Palette's name; default: the cluster's key in `clusters`. Not in `defaults`.
        description: for people.
        tags: a list or mapping; those of the defaults are kept under it. Stages match them.
        project: name of the project.
        scope: `project`, as clusters live in projects.
        adopt: uid of an existing cluster to take over. Not in `defaults`.
        timeouts: how long the cluster's own acts may take; how long its wave may take is said by the stage.
        opts: Pulumi's options; `parent` is the fleet.
    """

    cloud_config: CloudConfig | CloudConfigDict | None = None
    cloud_account: pulumi.Input[CloudAccountResult | pulumi.CustomResource | str] | None = None
    pools: Sequence[Pool | PoolDict] | None = None
    profiles: Sequence[VersionRef | Attach | AttachDict] | None = None
    template: pulumi.Input[pulumi.CustomResource | str] | None = None
    variables: Mapping[str, VariableInput] | None = None
    overrides: Sequence[Override | OverrideDict] | None = None
    override_policy: OverridePolicy | None = None
    override_rules: Sequence[OverrideRule | OverrideRuleDict] | None = None
    updates: Literal["hold", "apply"] | None = None
    approve: Sequence[str] | None = None
    guards: Guards | GuardsDict | None = None
    backup: BackupPolicy | BackupPolicyDict | None = None
    timezone: pulumi.Input[str] | None = None
    force_delete_after: Duration | None = None
    name: pulumi.Input[str] | None = None
    description: pulumi.Input[str] | None = None
    tags: Tags | None = None
    project: str | None = None
    scope: Scope | None = None
    adopt: str | None = None
    timeouts: Timeouts | TimeoutsDict | None = None
    opts: pulumi.ResourceOptions | None = None


class ClusterArgsDict(TypedDict, total=False):
    """The same as a dict literal."""

    cloud_config: CloudConfig | CloudConfigDict
    cloud_account: Any
    pools: Sequence[Pool | PoolDict]
    profiles: Sequence[VersionRef | Attach | AttachDict]
    template: Any
    variables: Mapping[str, VariableInput]
    overrides: Sequence[Override | OverrideDict]
    override_policy: OverridePolicy
    override_rules: Sequence[OverrideRule | OverrideRuleDict]
    updates: Literal["hold", "apply"]
    approve: Sequence[str]
    guards: Guards | GuardsDict
    backup: BackupPolicy | BackupPolicyDict
    timezone: pulumi.Input[str]
    force_delete_after: Duration
    name: pulumi.Input[str]
    description: pulumi.Input[str]
    tags: Tags
    project: str
    scope: Scope
    adopt: str
    timeouts: Timeouts | TimeoutsDict
    opts: pulumi.ResourceOptions


@checked_value
@dataclass(frozen=True)
class Stage:
    """A part of a fleet that changes after the stages before it are ready. Changing one changes nothing on the service.

    Args:
        name: of the stage.
        match: tags that a cluster of this stage has, all of them; the first stage that matches has it. Empty matches all.
        max_unavailable: how many clusters of the stage change at a time: a number, or a percentage of the stage's clusters, such
            as `20%`, which rounds down and is at least 1.
        max_failures: how many clusters of the stage may fail before the `pulumi up` does; default: the first failure stops it.
        soak: how long the stage must have been ready before a later stage changes; until then `pulumi up` ends there.
        gate: `manual` wants a token before clusters of this stage change; `auto` (the default) wants none.
        timeout: how long each wave may take until its clusters are ready; a cluster that isn't by then has failed.
    """

    name: str
    _: KW_ONLY
    match: Mapping[str, str]
    max_unavailable: int | str = 1
    max_failures: int = 0
    soak: Duration = "0s"
    gate: Literal["auto", "manual"] = "auto"
    timeout: Duration = "1h"

    @property
    def soak_s(self) -> float:
        """The soak in seconds."""
        return seconds(self.soak, path=f'stages["{self.name}"].soak')

    @property
    def timeout_s(self) -> float:
        """The timeout in seconds."""
        return seconds(self.timeout, path=f'stages["{self.name}"].timeout')


class StageDict(TypedDict, total=False):
    """The same as a dict literal; `name` and `match` are required."""

    name: str
    match: Mapping[str, str]
    max_unavailable: int | str
    max_failures: int
    soak: Duration
    gate: Literal["auto", "manual"]
    timeout: Duration


ALL = Stage("all", match={}, max_unavailable="100%")
"""The one stage of a fleet that names none: all at once."""


def stages_of(stages: Sequence[Stage | StageDict]) -> list[Stage]:
    """The stages of a fleet; one for all where it names none.

    Raises:
        InputError: two of one name, a name that is empty, or a number that can't be.
    """
    found: dict[str, Stage] = {}
    for index, item in enumerate(stages):
        stage = made(Stage, item, f"stages[{index}]")
        if not stage.name.strip():
            raise InputError("a stage needs a name", path=f"stages[{index}].name")
        if stage.name in found:
            raise InputError(f'two stages are called "{stage.name}"; give one of them another name', path="stages")
        if stage.max_failures < 0:
            raise InputError(
                f"{stage.max_failures} is no number of clusters", path=f'stages["{stage.name}"].max_failures'
            )
        _ = stage.soak_s  # refused here, before anything is registered
        if not stage.timeout_s:
            raise InputError(
                f"{stage.timeout} leaves no time to become ready: every cluster would have failed",
                path=f'stages["{stage.name}"].timeout',
            )
        found[stage.name] = stage
    return list(found.values()) or [ALL]


def merged(
    clusters: Mapping[str, ClusterArgs | ClusterArgsDict], defaults: ClusterArgs | ClusterArgsDict | None
) -> dict[str, dict[str, Any]]:
    """The arguments of each cluster by its key, with those of the defaults; what nobody gave is left out.

    Raises:
        InputError: something that can't be a default, or a cluster without what each needs.
    """
    base = _given(made(ClusterArgs, defaults, "defaults")) if defaults is not None else {}
    for name in OF_ONE:
        if name in base:
            raise InputError("it belongs to one cluster: give it there", path=f"defaults.{name}")
    found: dict[str, dict[str, Any]] = {}
    for key, item in clusters.items():
        path = f'clusters["{key}"]'
        if not key.strip():
            raise InputError("a cluster needs a key that isn't empty: it is its name", path="clusters")
        if isinstance(item, Mapping) and "wait" in item:
            raise InputError(WAIT, path=f"{path}.wait")
        own = _given(made(ClusterArgs, item, path))
        if (
            isinstance(options := own.get("opts", base.get("opts")), pulumi.ResourceOptions)
            and options.parent is not None
        ):
            raise InputError("the parent of a fleet's clusters is the fleet: leave it out", path=f"{path}.opts.parent")
        both = {**{name: value for name, value in base.items() if not _replaces(own, name)}, **own}
        both |= {name: _by_key(name, base.get(name), own.get(name), path) for name in MERGED if name in both}
        for name in NEEDED:
            if name not in both:
                raise InputError("it is missing: give it here, or in defaults", path=f"{path}.{name}")
        if not any(name in both for name in EITHER):
            raise InputError(
                "it is missing, and so is a template: give one of them here, or in defaults", path=f"{path}.profiles"
            )
        found[key] = {"name": key, **both}
    return found


def _given(args: ClusterArgs) -> dict[str, Any]:
    return {item.name: value for item in fields(args) if (value := getattr(args, item.name)) is not None}


def _replaces(own: Mapping[str, Any], name: str) -> bool:
    """Whether a cluster has something else in place of a default of that name."""
    return name in EITHER and any(other in own for other in EITHER)


def _by_key(name: str, base: Any, own: Any, path: str) -> dict[str, Any]:
    if name != "tags":
        return {**(base or {}), **(own or {})}
    return {**_tags(base, "defaults.tags"), **_tags(own, f"{path}.tags")}


def _tags(tags: Any, path: str) -> dict[str, Any]:
    return dict(tags) if isinstance(tags, Mapping) else parse_tags(tags or (), path=path)
