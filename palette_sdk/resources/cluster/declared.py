"""What a program declares about overrides and backups of a cluster, as inputs of the engine. Merges nothing.

Overrides are a mapping by the place they change, so that one that comes or goes is one line of a preview and
`ignore_changes` can name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from inspect import isawaitable
from typing import Any, Literal, Required, TypedDict, cast

import pulumi

from palette_sdk.content.paths import Step, parse_path
from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked_value, told_plainly
from palette_sdk.resources.cluster.places import comparable
from palette_sdk.resources.lookups import BackupLocationResult
from palette_sdk.resources.program import Duration, is_secret, seed_of
from palette_sdk.resources.values import Value
from palette_sdk.rules.durations import seconds

OverridePolicy = Literal["merge", "keep", "drop", "fail"]
"""What happens to changes that someone made on the cluster, outside the program, when a profile's content changes."""
_CRON = re.compile(r"[0-9*/,A-Za-z?#-]+(\s+[0-9*/,A-Za-z?#-]+){4}")
_UID = re.compile(r"[0-9a-f]{24}")
WHOLE = "**"
"""The path of a rule that holds for all of a layer."""


@checked_value
@dataclass(frozen=True)
class Override(Value):
    """One change to a layer, for one cluster: the program owns it and applies it to every content of the profile.

    Exactly one of `value`, `remove` and `text` is given. Adding, changing or taking out an override is an update in
    place; when it leaves the program, the profile's value returns.
    """

    layer: str
    """Name of the layer."""
    path: str = ""
    """Where in the document: `/ui/replicas` or `ui.replicas`; items of lists by key,
    `/spec/template/spec/containers[name=ui]/image`. Empty with `text`."""
    _: KW_ONLY
    value: pulumi.Input[Any] = None
    """What stands there instead of the profile's value; it needs a `path`."""
    remove: bool = False
    """Whether what stands there is taken out; it needs a `path`. Default: no."""
    text: pulumi.Input[str] | None = None
    """A whole document instead of the profile's; without a `path`."""
    resource: str = ""
    """In a manifest, the object: `Kind/name`, or `Kind/namespace/name`. Default: the layer's values."""
    manifest: str = ""
    """Name of the manifest, where a layer has several. Default: the one that has the object."""
    profile: str = ""
    """Name of the profile, where layers of two attached profiles have the same name. Default: the one that has it."""
    reason: str = ""
    """Why, for people who read a preview. A change changes nothing on the service."""

    def __post_init__(self) -> None:
        """Refuse what names no place, or says two things about it."""
        told_plainly(_check_override)(self)

    def place(self) -> tuple[str, ...]:
        """The document that it changes: profile, layer, manifest and resource."""
        return (self.profile, self.layer, self.manifest, self.resource)

    def key(self) -> str:
        """What it is called among the inputs of the engine: `hello-universe Deployment/web /spec/replicas`."""
        head = f"{self.profile}/" if self.profile else ""
        return head + " ".join(part for part in (*self.place()[1:], _canonical(self.path)) if part)

    def row(self) -> dict[str, Any]:
        """The override as inputs of the engine."""
        said = {name: getattr(self, name) for name in ("layer", "profile", "resource", "manifest", "reason")}
        row: dict[str, Any] = {name: item for name, item in (said | {"path": _canonical(self.path)}).items() if item}
        if self.remove:
            return {**row, "remove": True}
        hidden = is_secret([self.value, self.text])
        row |= {"secret": hidden} if hidden is not False else {}
        return {**row, "text": self.text} if self.text is not None else {**row, "value": self.value}


class OverrideDict(TypedDict, total=False):
    """`Override` as a dict literal."""

    layer: Required[str]
    path: str
    value: pulumi.Input[Any]
    remove: bool
    text: pulumi.Input[str]
    resource: str
    manifest: str
    profile: str
    reason: str


@checked_value
@dataclass(frozen=True)
class OverrideRule(Value):
    """A policy for some of the overrides found on a cluster. The most specific rule wins, ties by their order.

    Changing one changes nothing on the service by itself; a rule that matches nothing is warned about.
    """

    policy: OverridePolicy
    """`merge` three ways, and stop on a conflict; `keep` the cluster's value; `drop` it for the profile's; `fail` on any."""
    _: KW_ONLY
    layer: str = "*"
    """Layers it is for, `*` for any number of characters. Default: all."""
    resource: str = "*"
    """Objects of manifests it is for, as `Kind/name`, with `*`. Default: all, and values too."""
    path: str = "**"
    """Paths it is for, such as `/spec/replicas`; `*` is any one step, `**` any number of them. Default: all."""

    def __post_init__(self) -> None:
        """Refuse an empty pattern or an unknown policy."""
        told_plainly(_check_rule)(self)

    def row(self) -> dict[str, str]:
        """The rule as inputs of the engine."""
        return {"policy": self.policy, "layer": self.layer, "resource": self.resource, "path": self.path}


class OverrideRuleDict(TypedDict, total=False):
    """`OverrideRule` as a dict literal."""

    policy: Required[OverridePolicy]
    layer: str
    resource: str
    path: str


@checked_value
@dataclass(frozen=True)
class BackupPolicy(Value):
    """Backups of a cluster by schedule. All changes are made in place."""

    location: BackupLocationResult | pulumi.Input[str]
    """Where they go: the result of `get_backup_location`, or a uid."""
    _: KW_ONLY
    schedule: pulumi.Input[str]
    """When, as a cron expression: `0 2 * * *`."""
    prefix: pulumi.Input[str]
    """How names of backups begin."""
    expires_after: Duration
    """How long one is kept, in whole hours: `"720h"` or `"30d"`."""
    namespaces: Sequence[str] = ()
    """Namespaces to back up, in any order. Default: all."""
    disks: bool = True
    """Whether persistent disks are backed up too. Default: yes."""
    cluster_resources: Literal["always", "auto", "never"] = "auto"
    """Whether objects that belong to no namespace are backed up too. Default `auto`: as the service decides."""

    def __post_init__(self) -> None:
        """Refuse a length of time that the service can't hold."""
        told_plainly(_check_backup)(self)

    def props(self) -> dict[str, Any]:
        """The policy as inputs of the engine; the length of time is seconds."""
        return {
            "location": self.location.uid if isinstance(self.location, BackupLocationResult) else self.location,
            "schedule": self.schedule,
            "prefix": self.prefix,
            "expires_after": int(seconds(self.expires_after, path="backup.expires_after")),
            "namespaces": sorted(set(self.namespaces)),
            "disks": self.disks,
            "cluster_resources": self.cluster_resources,
        }


class BackupPolicyDict(TypedDict, total=False):
    """`BackupPolicy` as a dict literal."""

    location: Required[BackupLocationResult | pulumi.Input[str]]
    schedule: Required[pulumi.Input[str]]
    prefix: Required[pulumi.Input[str]]
    expires_after: Required[Duration]
    namespaces: Sequence[str]
    disks: bool
    cluster_resources: Literal["always", "auto", "never"]


@told_plainly
def overrides_props(overrides: Sequence[Override | OverrideDict], path: str = "overrides") -> dict[str, Any]:
    """Overrides by the place they change, as inputs of the engine.

    Args:
        overrides: what the program gives.
        path: the property, for messages.

    Raises:
        ProgramError: two of them change the same place, or one a part of what the other changes.
    """
    rows: dict[str, Any] = {}
    seen: list[tuple[Override, tuple[Step, ...]]] = []
    for index, item in enumerate(overrides):
        override = Override.of(cast("Override | Mapping[str, Any]", item), f"{path}[{index}]")
        steps = comparable(override.path)
        for other, before in seen:
            shared = min(len(steps), len(before))
            if other.place() == override.place() and steps[:shared] == before[:shared]:
                raise InputError(f'"{other.key()}" and "{override.key()}" change the same place; keep one', path=path)
        seen.append((override, steps))
        rows[override.key()] = override.row()
    return rows


def override_seeds(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Seeds of the digests that a plan holds of declared overrides, by layer: as secret as the values are.

    A digest of a short secret could be guessed.

    Args:
        rows: overrides as inputs of the engine.
    """
    values: dict[str, list[Any]] = {}
    for row in rows:
        if "secret" in row:
            values.setdefault(row["layer"], []).append([row.get("value"), row.get("text")])
    return {layer: {"overrides": seed_of(items)} for layer, items in values.items()}


@told_plainly
def rules_props(rules: Sequence[OverrideRule | OverrideRuleDict], path: str = "override_rules") -> list[dict[str, str]]:
    """Rules in their order, as inputs of the engine."""
    return [
        OverrideRule.of(cast("OverrideRule | Mapping[str, Any]", item), f"{path}[{index}]").row()
        for index, item in enumerate(rules)
    ]


@told_plainly
def backup_props(backup: BackupPolicy | BackupPolicyDict | None, path: str = "backup") -> dict[str, Any] | None:
    """The backup policy as inputs of the engine; None without one."""
    if backup is None:
        return None
    return BackupPolicy.of(cast("BackupPolicy | Mapping[str, Any]", backup), path).props()


def _check_override(override: Override) -> None:
    called = f'Override("{override.layer}")'
    if not override.layer.strip():
        raise InputError("it is empty: which layer?", path="Override.layer")
    ways = {"value": override.value is not None, "remove=True": override.remove, "text": override.text is not None}
    given = [name for name, there in ways.items() if there]
    if len(given) != 1:
        said = f"{' and '.join(given)} are given" if given else "none is given"
        raise InputError(
            f"give exactly one of value, remove=True and text; {said} (to take something out: remove=True)", path=called
        )
    if override.path and given == ["text"]:
        raise InputError("text is a whole document: leave out the path, or give value=", path=called)
    if not override.path and given != ["text"]:
        raise InputError(
            f'{given[0]} needs a path, such as "/spec/replicas"; a whole document is given by text=', path=called
        )
    if override.path:
        parse_path(override.path, path=f"{called}.path")
    if foreign := _foreign(override.value):
        raise InputError(
            f"{foreign} can't stand in a document: give texts, numbers, booleans, lists, and dicts with texts as keys",
            path=f"{called}.value",
        )
    if _holds_null(override.value):
        raise InputError("a null inside value gets lost on the way: give the whole document as text=", path=called)
    parts = override.resource.split("/")
    if override.resource and (len(parts) not in {2, 3} or not all(part.strip() for part in parts)):
        raise InputError(
            f'"{override.resource}" is no object of a manifest; write "Deployment/web" or "Deployment/namespace/web"',
            path=f"{called}.resource",
        )


def _check_rule(rule: OverrideRule) -> None:
    for name in ("layer", "resource", "path"):
        value = getattr(rule, name)
        if not value.strip():
            anything = WHOLE if name == "path" else "*"
            raise InputError(f'it is empty; leave it out for all, or write "{anything}"', path=f"OverrideRule.{name}")


def _check_backup(backup: BackupPolicy) -> None:
    length = seconds(backup.expires_after, path="BackupPolicy.expires_after")
    if length < 3600 or length % 3600:
        raise InputError(
            f"{backup.expires_after} is not a number of whole hours, which is how long backups are kept",
            path="BackupPolicy.expires_after",
        )
    if isinstance(backup.schedule, str) and not _CRON.fullmatch(backup.schedule.strip()):
        raise InputError(
            f'"{backup.schedule}" is no cron expression: five fields, minute hour day month weekday, such as "0 2 * * *"',
            path="BackupPolicy.schedule",
        )
    if isinstance(backup.location, str) and not _UID.fullmatch(backup.location):
        raise InputError(
            f'"{backup.location}" is no uid; look a location up by its name: get_backup_location("{backup.location}")',
            path="BackupPolicy.location",
        )


def _holds_null(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(item is None or _holds_null(item) for item in value.values())
    return isinstance(value, list | tuple) and any(item is None or _holds_null(item) for item in value)


def _foreign(value: Any) -> str:
    """What of a value no document can hold; empty where it can. Outputs are seen later."""
    if isinstance(value, Mapping):
        keys = (f"the key {key!r}" for key in value if not isinstance(key, str))
        return next(keys, "") or next(filter(None, map(_foreign, value.values())), "")
    if isinstance(value, list | tuple):
        return next(filter(None, map(_foreign, value)), "")
    is_plain = value is None or isinstance(value, str | int | float | pulumi.Output) or isawaitable(value)
    return "" if is_plain else f"a {type(value).__name__}"


def _canonical(written: str) -> str:
    """One way of writing a path, so that another notation of the same place is no change."""
    if not written:
        return ""
    steps = parse_path(written, path="Override.path")
    pointer = "".join(str(step) for step in steps)
    return pointer if parse_path(pointer, path="Override.path") == steps else written
