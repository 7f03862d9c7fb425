"""Pure decisions about a cluster: which content of its profiles is applied, what is held, what replaces, what is refused.

A *row* says what a layer is to a cluster: type, kind, version and digest. `layers_plan` holds the rows that are applied,
by profile and layer: the target state, so that it is stable while nothing changes. `pending_updates` holds the rows of
updates that wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from palette_sdk.content.digest import digest
from palette_sdk.errors import InputError
from palette_sdk.resources._hooks import changed_keys
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import following
from palette_sdk.resources.cluster.held import VARIABLES, Held, update_token, waiting_row
from palette_sdk.resources.cluster.places import plain
from palette_sdk.rules.cluster_guards import KubernetesAt, kubernetes_guard, minor_skip_notice
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or
from palette_sdk.rules.versions import goes_down

Props = dict[str, Any]
Rows = Mapping[str, Any]

FIELDS = (
    "name",
    "description",
    "tags",
    "fleet",
    "cloud",
    "cloud_config",
    "cloud_account",
    "pools",
    "profiles",
    "variables",
    "layers_plan",
    "variables_plan",
    "pending_updates",
    "found_overrides",
    "overrides",
    "backup",
    "timezone",
    "timeouts",
    "force_delete_after",
    "scope",
    "project",
)
"""Checked inputs whose difference is an update or a replacement.

Not among them: `updates`, `wait`, `guards` and `approve`, which only say how other changes are made.
"""
CARRIED = ("kubeconfig", "admin_kubeconfig", "api_endpoint", "services", "kubernetes_version")
"""Checked inputs that only carry what is on the service, so that consumers see it in a preview; never a difference."""
QUIET: Mapping[str, Any] = {
    "description": "",
    "timeouts": {},
    "approve": [],
    "variables": {},
    "guards": {},
    "scope": "project",
    "secret_config": False,
}
"""Inputs that are left out where they say just this: each takes room in the state of every cluster, and time in a preview."""
INFRA = {"os": "OS", "k8s": "Kubernetes", "cni": "network (CNI)", "csi": "storage (CSI)"}


def rows_of(layers: Any) -> Any:
    """Rows of a profile's layers; a layer that isn't known yet is unknown, and so is a profile."""
    if not isinstance(layers, Mapping):
        return UNKNOWN
    return {name: row_of(layer) for name, layer in layers.items()}


def row_of(layer: Any) -> Any:
    """What a layer is to a cluster."""
    if not isinstance(layer, Mapping):
        return UNKNOWN
    row = {key: layer.get(key, "") for key in ("type", "kind", "version", "digest")}
    return {**row, "secret": True} if layer.get("secret") is True else row


def same_rows(left: Any, right: Any) -> bool:
    """Whether two profiles' rows are known and say the same content."""
    return bool(is_known(left) and is_known(right) and not changed_rows(left, right))


@dataclass
class Decision:
    """What is applied and what waits."""

    layers_plan: Props = field(default_factory=dict)
    variables_plan: Props = field(default_factory=dict)
    pending_updates: Props = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)


def decide(
    *,
    cluster: str,
    old: Mapping[str, Any],
    profiles: Mapping[str, Mapping[str, Any]],
    incoming: Mapping[str, Any],
    updates: Literal["hold", "apply"],
    approvals: Iterable[str],
) -> Decision:
    """Which rows the cluster gets.

    Moving to another version is always applied. A version that was edited in place is held unless `updates` says
    apply or its token was given.

    Args:
        cluster: the cluster's name.
        old: the former checked inputs; empty for a new cluster.
        profiles: the attached profiles by key: uid, name, version.
        incoming: their rows by key.
        updates: what to do with versions edited in place.
        approvals: tokens that were given.
    """
    decision = Decision()
    given = set(approvals)
    for key, layers in incoming.items():
        former = plain(mapping(old.get("layers_plan")).get(key))
        variables = variables_digest(profiles[key].get("variables"))
        if former is None or not in_place(mapping(old.get("profiles")).get(key), profiles[key]):
            _take(decision, key, layers, variables)
            continue
        applied = known_or(mapping(old.get("variables_plan")).get(key), None) or known_or(variables, "")
        before, rows = former, layers
        if known_or(variables, applied) != applied:
            before, rows = _with_variables(former, applied), _with_variables(layers, variables)
        if same_rows(before, rows):
            _take(decision, key, layers, applied)
            continue
        if not is_known(rows):
            _take(decision, key, _unknown_where_unknown(former, layers, hold=updates == "hold"), applied)
            waits = mapping(old.get("pending_updates")).get(key)
            if waits is not None and updates == "hold":
                decision.pending_updates[key] = waits
            continue
        wanted = update_token(cluster, profiles[key], before, rows)
        if updates == "apply" or wanted in given:
            _take(decision, key, layers, variables)
            decision.applied.append(key)
            continue
        changed = changed_rows(before, rows)
        _take(decision, key, former, applied)
        decision.pending_updates[key] = {
            "version": profiles[key]["version"],
            "layers": {name: waiting_row(before.get(name), rows.get(name)) for name in changed},
        }
        decision.held.append(Held(key, profiles[key]["name"], profiles[key]["version"], tuple(changed), wanted))
    return decision


def _take(decision: Decision, key: str, layers: Any, variables: Any) -> None:
    decision.layers_plan[key] = layers
    decision.variables_plan[key] = variables


def _with_variables(rows: Any, variables: Any) -> Any:
    return {**rows, VARIABLES: {"digest": variables}} if isinstance(rows, Mapping) else rows


def variables_digest(definitions: Any) -> Any:
    """What the definitions of a profile's variables are to a cluster, in one word; empty where there are none.

    How they are shown makes no difference, and the default of a sensitive one is left out.
    """
    if not is_known(definitions):
        return UNKNOWN
    items = mapping(definitions)
    told = {
        name: {
            key: value
            for key, value in mapping(item).items()
            if key not in {"display_name", "description"} and not (key == "default" and mapping(item).get("sensitive"))
        }
        for name, item in items.items()
    }
    kept = {
        name: {key: value for key, value in item.items() if value not in ("", None, False, [])}
        for name, item in told.items()
    }
    return digest(json.dumps(kept, sort_keys=True)) if kept else ""


def in_place(old: Any, new: Mapping[str, Any]) -> bool:
    """Whether the cluster stays on the same version of a profile."""
    if not isinstance(old, Mapping):
        return False
    if is_known(old.get("uid")) and is_known(new.get("uid")) and old.get("uid") != new.get("uid"):
        return False
    return all(is_known(new.get(key)) and old.get(key) == new.get(key) for key in ("name", "version"))


def changed_rows(old: Rows, new: Rows) -> list[str]:
    """Layers that are new, gone, or differ; that a content became secret, or was made known as one, is no difference."""
    return [name for name in {**old, **new} if _content_of(old.get(name)) != _content_of(new.get(name))]


def _content_of(row: Any) -> Any:
    return {key: value for key, value in row.items() if key != "secret"} if isinstance(row, Mapping) else row


def _unknown_where_unknown(before: Any, rows: Any, *, hold: bool) -> Any:
    if hold or not isinstance(rows, Mapping) or not isinstance(before, Mapping):
        return before
    return dict(rows)


# -- what is refused ---------------------------------------------------------------------------------------------------


def _type(profile: Mapping[str, Any]) -> str:
    """A profile's type; empty where it isn't known yet."""
    found = profile.get("type", "")
    return found if isinstance(found, str) else ""


def check_profiles(cluster: str, cloud: str, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse profiles that can't stand together on a cluster of this cloud."""
    names: dict[str, str] = {}
    infra = []
    for item in profiles.values():
        name, version = item.get("name"), item.get("version")
        if is_known(name) and name in names:
            raise InputError(
                f'"{cluster}": the profile {name} is attached twice ({names[str(name)]} and {version}); keep one of them',
                path="profiles",
            )
        names[str(name)] = str(version)
        fits = item.get("cloud", "all")
        if is_known(fits) and is_known(cloud) and fits not in {"all", "", cloud}:
            raise InputError(
                f'"{cluster}" is for {cloud}, the profile {name} {version} is for {fits}; '
                f'give the profile cloud="{cloud}", or the cluster another cloud_config',
                path="profiles",
            )
        if _type(item) in {"cluster", "infra"}:
            infra.append(str(name))
    if len(infra) > 1:
        raise InputError(
            f'"{cluster}": {" and ".join(infra)} both have infrastructure layers; a cluster takes exactly one such profile',
            path="profiles",
        )
    if not infra and all(_type(item) for item in profiles.values()):
        raise InputError(
            f'"{cluster}" needs one profile with the OS, Kubernetes, network and storage layers; '
            f"{', '.join(names) or 'none'} {'has' if len(names) == 1 else 'have'} only add-ons",
            path="profiles",
        )


def layer_guards(cluster: str, old: Props, new: Props, *, running: str = "") -> str:
    """Refuse what Palette can't do to the layers of a running cluster; give a warning, or "".

    Args:
        cluster: its name.
        old: former checked inputs.
        new: checked inputs.
        running: the Kubernetes version that runs, where it was read; else the former plan's.
    """
    before, after = _kinds(old), _kinds(new)
    lost = [INFRA[kind] for kind in INFRA if kind in before and kind not in after]
    if lost and is_known(new.get("layers_plan")):
        raise InputError(
            f'"{cluster}" would lose its {", ".join(lost)} layer: infrastructure layers can be changed, not removed.\n'
            "  keep them in the profile, or attach the profile that has them",
            path="profiles",
        )
    if "k8s" not in before or "k8s" not in after:
        return ""
    (old_key, old_row), (new_key, new_row) = before["k8s"], after["k8s"]
    if not is_known(old_row) or not is_known(new_row):
        return ""
    runs = KubernetesAt(running or old_row["version"], *_named(old, old_key))
    wanted = KubernetesAt(new_row["version"], *_named(new, new_key))
    minor_skip = mapping(new.get("guards")).get("minor_skip", "refuse")
    refusal = kubernetes_guard(cluster=cluster, old=runs, new=wanted, minor_skip=minor_skip)
    if refusal is not None:
        raise refusal
    return minor_skip_notice(cluster=cluster, old=runs, new=wanted)


def pack_downgrades(cluster: str, old: Props, new: Props) -> list[str]:
    """Warnings about layers other than Kubernetes whose pack would go down; what that does is the pack's business."""
    found = []
    for key, rows in mapping(new.get("layers_plan")).items():
        before = mapping(mapping(old.get("layers_plan")).get(key))
        for name, row in mapping(rows).items():
            former = mapping(before.get(name))
            if not is_known(row) or not former or mapping(row).get("kind") == "k8s":
                continue
            versions = str(former.get("version", "")), str(mapping(row).get("version", ""))
            if goes_down(*versions):
                found.append(
                    f"{cluster}: the pack of layer {name} goes down, {versions[0]} -> {versions[1]}; "
                    "whether it can is up to the pack: what it stored in a newer format may be in its way.\n"
                    f'  stay: a version of {_named(new, key)[0]} with palette.pack(palette.get_pack("{name}", "{versions[0]}"))'
                    '   or go down, with a backup before it: guards=Guards(before_update="backup")'
                )
    return found


def _kinds(props: Props) -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    for key, rows in mapping(props.get("layers_plan")).items():
        for row in mapping(rows).values():
            if isinstance(row, Mapping) and row.get("kind") in INFRA:
                found[row["kind"]] = (key, row)
    return found


def _named(props: Props, key: str) -> tuple[str, str]:
    profile = mapping(mapping(props.get("profiles")).get(key))
    return str(profile.get("name", key)), str(profile.get("version", ""))


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names of all time zones; told once, since telling them opens some 600 files."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def check_timezone(timezone: Any) -> None:
    """Refuse a time zone that doesn't exist."""
    if not is_known(timezone) or not timezone:
        return
    if timezone not in time_zones():
        from palette_sdk.rules.nearest import did_you_mean

        raise InputError(
            f'"{timezone}" is no IANA time zone; {did_you_mean(str(timezone), sorted(time_zones()))}',
            path="timezone",
        )


def differences(old: Props, new: Props) -> tuple[str, ...]:
    """Fields that differ between stored values and checked inputs; what a template makes a cluster run is none."""
    told = ("profiles",) if following.follows(old) and following.follows(new) else ()
    fields = [field for field in FIELDS if field not in told]
    return (*changed_keys({**QUIET, **old}, {**QUIET, **new}, fields), *following.differences(old, new))
