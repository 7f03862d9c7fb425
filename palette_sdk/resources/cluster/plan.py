"""Pure decisions about a cluster: which content of its profiles is applied, what is held, what replaces, what is refused.

A *row* says what a layer is to a cluster: type, kind, version and digest. `layers_plan` holds the rows that are applied,
by profile and layer: the target state, so that it is stable while nothing changes. `pending_updates` holds the rows of
updates that wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from palette_sdk.content.changes import layer_changes
from palette_sdk.content.digest import digest
from palette_sdk.errors import InputError
from palette_sdk.resources._hooks import changed_keys, moved
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.bodies import replacing_changes
from palette_sdk.resources.cluster.overrides import plain
from palette_sdk.rules.cluster_guards import KubernetesAt, kubernetes_guard
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or
from palette_sdk.rules.versions import goes_down

Props = dict[str, Any]
Rows = Mapping[str, Any]

FIELDS = (
    "name",
    "description",
    "tags",
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
VARIABLES = "(variables)"
"""Stands for a profile's definitions of variables among the layers of an update that waits."""
SHOWN = 6
"""Changes that a notice spells out."""
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


@dataclass(frozen=True)
class Held:
    """An update of one profile that waits: edited in place, not applied."""

    key: str
    profile: str
    version: str
    layers: tuple[str, ...]
    token: str


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


def waiting_row(before: Any, after: Any) -> Props:
    """What waits for one layer: its row, or that it is removed; and what is applied now, in `from`."""
    row = dict(after) if isinstance(after, Mapping) else {"removed": True}
    former = {key: value for key, value in mapping(before).items() if key in {"version", "digest"} and value}
    return {**row, "from": former} if former else row


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


def update_token(cluster: str, profile: Mapping[str, Any], before: Any, rows: Any) -> str:
    """The token that approves applying exactly this update."""
    return token("up", {"cluster": cluster, "profile": profile["name"], "from": before, "to": rows})


def held_notice(cluster: str, held: Held, changes: Sequence[str] = ()) -> str:
    """What the preview says about an update that waits.

    Args:
        cluster: the cluster's name.
        held: what waits.
        changes: each change as a person reads it, where contents are known.
    """
    number = len([name for name in held.layers if name != VARIABLES])
    counts = [_counted(number, "layer")] if number else []
    counts += [_counted(len(changes), "path")] if changes and number else []
    shown = list(changes[:SHOWN]) + ([f"and {len(changes) - SHOWN} more"] if len(changes) > SHOWN else [])
    return (
        f'{cluster}: update held (updates="hold"): {held.profile} {held.version} edited in place, '
        f"{', '.join(counts)}{': ' if counts else ''}{', '.join(shown or held.layers)}. Nothing is applied.\n"
        f'  apply this one once: approve=["{held.token}"], or: palette apply {cluster}   always: updates="apply"\n'
        f"  look first: palette review {cluster}"
    )


def held_changes(held: Held, layers: Any, applied: Any, before: Any) -> list[str]:
    """Changes of a held update by layer and path; a layer with secret content, or of unknown base, by its name alone.

    Args:
        held: what waits.
        layers: the profile's layers now, with their texts.
        applied: the layers that are applied, with their texts where those are known.
        before: the rows that are applied.
    """
    found: list[str] = []
    for name in held.layers:
        if name == VARIABLES:
            found.append("definitions of its variables")
            continue
        new, old = mapping(mapping(layers).get(name)), mapping(mapping(applied).get(name))
        known = _has_text(old) and _has_text(new) and is_known(new)
        if new.get("secret") or old.get("secret") or not known:
            found.append(
                f"{name} (content)" if new and name in mapping(before) else f"{name} ({'added' if new else 'removed'})"
            )
            continue
        found += [f"{name} {change}" for change in layer_changes(old, new)] or [name]
    return found


def _has_text(layer: Mapping[str, Any]) -> bool:
    return "values" in layer or "manifests" in layer


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"


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


def layer_guards(cluster: str, old: Props, new: Props, *, running: str = "") -> None:
    """Refuse what Palette can't do to the layers of a running cluster.

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
        return
    (old_key, old_row), (new_key, new_row) = before["k8s"], after["k8s"]
    if not is_known(old_row) or not is_known(new_row):
        return
    refusal = kubernetes_guard(
        cluster=cluster,
        old=KubernetesAt(running or old_row["version"], *_named(old, old_key)),
        new=KubernetesAt(new_row["version"], *_named(new, new_key)),
        minor_skip=mapping(new.get("guards")).get("minor_skip", "refuse"),
    )
    if refusal is not None:
        raise refusal


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
                    "whether it can is up to the pack: what it stored in a newer format may be in its way."
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


def replacing(old: Props, new: Props) -> list[str]:
    """Changes that only another cluster can fulfil, as paths; an unknown never replaces."""
    if not old:
        return []
    found = [key for key in ("name", "cloud", "cloud_account") if _differs(old.get(key), new.get(key)) and old.get(key)]
    found += moved(old, new)
    if "cloud" in found:
        return found
    before, after = mapping(old.get("cloud_config")), mapping(new.get("cloud_config"))
    found += [f"cloud_config.{key}" for key in replacing_changes(before, after)]
    if new.get("cloud") == "edge-native" and _cni(old) and _cni(new) and _cni(old) != _cni(new):
        found.append("layers_plan")
    return found


def _differs(old: Any, new: Any) -> bool:
    if not is_known(old) or not is_known(new):
        return False
    return bool((old or None) != (new or None))


def _cni(props: Props) -> str:
    for rows in mapping(props.get("layers_plan")).values():
        for name, row in mapping(rows).items():
            if isinstance(row, Mapping) and row.get("kind") == "cni":
                return name
    return ""


def replace_token(cluster: str, fields: Iterable[str], old: Props, new: Props) -> str:
    """The token that approves exactly this replacement."""
    return token("rc", {"cluster": cluster, "changes": [[path, _at(old, path), _at(new, path)] for path in fields]})


def _at(props: Props, path: str) -> Any:
    found: Any = props
    for part in path.split("."):
        found = mapping(found).get(part)
    return found


def replace_refusal(cluster: str, fields: Iterable[str], old: Props, new: Props, wanted: str) -> InputError:
    """The refusal of a replacement that nobody approved."""
    hidden = old.get("secret_config") or new.get("secret_config")
    shown = [(path, _at(old, path), _at(new, path)) for path in fields]
    changes = [path if hidden else f"{path} {before} -> {after}" for path, before, after in shown]
    return InputError(
        f'"{cluster}" would be replaced: {"; ".join(changes)}. The running cluster and all on it would be deleted first.\n'
        f'  leave that as it was, or approve exactly this: approve=["{wanted}"]   '
        '(or allow it for good: guards=Guards(replace="allow"))'
    )


def asked_token(cluster: str) -> str:
    """The token that approves a replacement by `--replace` or a taint."""
    return token("rc", {"cluster": cluster, "changes": "asked for"})


def asked_refusal(cluster: str) -> InputError:
    """The refusal of a replacement by `--replace` or a taint that nobody approved."""
    return InputError(
        f'"{cluster}" would be replaced (by --replace or `pulumi state taint`): the running cluster and all on it would be '
        "deleted first.\n"
        f'  undo a taint: pulumi state untaint   or approve exactly this: approve=["{asked_token(cluster)}"]'
    )


def own_notice(cluster: str, uid: str) -> str:
    """What is told of a cluster that this resource made, and that state doesn't hold, or holds as one to replace."""
    return (
        f'"{cluster}" exists and was made by this resource (uid {uid}).\n'
        "  if this plan creates it: its creation was cut off; `pulumi up` goes on with it and makes no second one.\n"
        "  if this plan replaces it (--replace, a taint): `pulumi up` refuses that, as the running cluster and all on it "
        f'would be deleted first; undo a taint: pulumi state untaint   or approve: approve=["{asked_token(cluster)}"]'
    )


def held_conflict(
    cluster: str,
    old: Props,
    new: Props,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    defined: Mapping[str, Any],
) -> InputError | None:
    """Variables and overrides of a profile can't change while an update of it waits: the write would bring it along.

    Args:
        cluster: its name.
        old: former checked inputs.
        new: checked inputs.
        before: former declared overrides by profile key.
        after: declared overrides by profile key.
        defined: definitions of variables by profile key; a flat value counts where its name is one of them.
    """
    for key, pending in mapping(new.get("pending_updates")).items():
        values = [mapping(mapping(side.get("profiles")).get(key)).get("values", {}) for side in (old, new)]
        known = defined.get(key)
        names = (
            known if isinstance(known, Mapping) else {**mapping(old.get("variables")), **mapping(new.get("variables"))}
        )
        flat = [
            {name: value for name, value in mapping(side.get("variables")).items() if name in names}
            for side in (old, new)
        ]
        changed = {
            "variables": values[0] != values[1] or flat[0] != flat[1],
            "overrides": before.get(key, {}) != after.get(key, {}),
        }
        for what in (name for name, differs in changed.items() if differs):
            name = mapping(mapping(new.get("profiles")).get(key)).get("name", key)
            return InputError(
                f'"{cluster}": {what} would change while an update of {name} {mapping(pending).get("version", "")} is held; '
                "writing them would bring that update along.\n"
                f'  apply it with them: updates="apply"   or leave the {what} as they were until it is applied',
                path=what,
            )
    return None


def check_timezone(timezone: Any) -> None:
    """Refuse a time zone that doesn't exist."""
    from zoneinfo import available_timezones

    if not is_known(timezone) or not timezone:
        return
    if timezone not in available_timezones():
        from palette_sdk.rules.nearest import did_you_mean

        raise InputError(
            f'"{timezone}" is no IANA time zone; {did_you_mean(str(timezone), sorted(available_timezones()))}',
            path="timezone",
        )


def differences(old: Props, new: Props) -> tuple[str, ...]:
    """Fields that differ between stored values and checked inputs."""
    return changed_keys(old, new, FIELDS)
