"""Pure decisions about a cluster template: what it links, values for all clusters, what is refused, what a relink means.

A *head* says which version of a profile is linked: uid, name and version. `definitions` are those of the variables of the
linked versions; `common` names the variables that the template has a value for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.resources._hooks import moved
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.plan import INFRA
from palette_sdk.resources.cluster.repave import InfraLayer, repave_reasons
from palette_sdk.resources.profile.args import variable_text
from palette_sdk.rules.cluster_guards import KubernetesAt, kubernetes_guard
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or
from palette_sdk.rules.variables import value_refusal

Props = dict[str, Any]
Values = dict[str, dict[str, Any]]
"""Values for all clusters, by key of the profile and name of the variable; texts, where they are known."""

FIELDS = (
    "name",
    "description",
    "tags",
    "cloud",
    "profiles",
    "variables",
    "layers_plan",
    "definitions",
    "common",
    "maintenance",
    "scope",
    "project",
    "timeouts",
)
"""Checked inputs whose difference is an update or a replacement; `marker`, `adopt` and `approve` never cause one."""
DEFINED = (
    *("format", "input", "options", "regex", "required", "immutable", "hidden", "sensitive"),
    *("display_name", "description"),
)
"""What a definition says besides its default."""


def check_profiles(template: str, cloud: str, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse versions that can't stand together in a template for this cloud; raises InputError."""
    names: dict[str, str] = {}
    infra = []
    for _, item in sorted(profiles.items()):
        name, version, fits = item.get("name"), item.get("version"), item.get("cloud", "all")
        if is_known(name) and name in names:
            both = " and ".join(sorted([names[str(name)], str(version)]))
            raise InputError(
                f'template "{template}": the profile {name} is linked twice ({both}); keep one of them',
                path="profiles",
            )
        names[str(name)] = str(version)
        if is_known(fits) and fits not in {"all", "", cloud}:
            raise InputError(
                f'template "{template}" is for {cloud}, the profile {name} {version} is for {fits}; '
                f'link a version for {cloud}, or make a template with cloud="{fits}"',
                path="profiles",
            )
        if known_or(item.get("type", ""), "") in {"cluster", "infra"}:
            infra.append(str(name))
    if len(infra) > 1:
        raise InputError(
            f'template "{template}": {" and ".join(infra)} both have infrastructure layers; it links exactly one such profile',
            path="profiles",
        )
    if not infra and all(known_or(item.get("type", ""), "") for item in profiles.values()):
        raise InputError(
            f'template "{template}" needs one profile with the OS, Kubernetes, network and storage layers; '
            f"{', '.join(names) or 'none'} {'has' if len(names) == 1 else 'have'} only add-ons",
            path="profiles",
        )


def definitions_of(variables: Any) -> Any:
    """What those who follow a template need of a version's variables; the default of a sensitive one is left out."""
    if not isinstance(variables, Mapping):
        return UNKNOWN
    return {name: _definition(item) for name, item in variables.items()}


def _definition(variable: Any) -> Any:
    if not isinstance(variable, Mapping):
        return UNKNOWN
    found = {key: variable[key] for key in DEFINED if key in variable}
    default = variable.get("default")
    found["has_default"] = default is UNKNOWN or default not in (None, "")
    if found["has_default"] and not known_or(variable.get("sensitive"), True):
        found["default"] = default
    return found


def values_for_all(props: Mapping[str, Any], definitions: Mapping[str, Any]) -> Values:
    """The values that the template gives to all clusters: those of `Attach`, and the flat ones where the name is defined.

    Args:
        props: checked inputs: `profiles` with their `values`, and `variables`.
        definitions: of each linked version's variables; those that aren't known yet take any name.

    Raises:
        InputError: a name is defined nowhere, or twice, or a value doesn't fit.
    """
    given: Values = {key: dict(mapping(item.get("values"))) for key, item in props["profiles"].items()}
    for key, items in given.items():
        defined = definitions.get(key, {})
        for name in items if isinstance(defined, Mapping) else ():
            if name not in defined:
                hint = did_you_mean(name, sorted(defined)) if defined else "it has none"
                raise InputError(
                    f"the profile {key} has no variable {name}; {hint}", path=f'Attach({key}).variables["{name}"]'
                )
    for name, value in mapping(props.get("variables")).items():
        home = _home(name, definitions)
        if home is not None:
            given[home][name] = value
    for key, items in given.items():
        for name, value in items.items():
            items[name] = text = variable_text(value) if is_known(value) else UNKNOWN
            definition = mapping(mapping(definitions.get(key)).get(name))
            refusal = value_refusal({**definition, "immutable": False}, text)
            if refusal:
                raise InputError(refusal, path=path_of(props, key, name))
    return given


def _home(name: str, definitions: Mapping[str, Any]) -> str | None:
    """The profile that a flat variable belongs to; None where that isn't known yet."""
    homes = sorted(key for key, items in definitions.items() if name in mapping(items))
    if len(homes) == 1:
        return homes[0]
    path = f'variables["{name}"]'
    if homes:
        raise InputError(
            f'{" and ".join(homes)} both have a variable {name}; say which: Attach(profile, variables={{"{name}": ...}})',
            path=path,
        )
    if any(not isinstance(items, Mapping) for items in definitions.values()):
        return None
    known = sorted({each for items in definitions.values() for each in items})
    hint = did_you_mean(name, known) if known else "none of its profiles has variables"
    raise InputError(f"no profile of this template has a variable {name}; {hint}", path=path)


def values_there(props: Mapping[str, Any]) -> Values:
    """The values that a template has or had for all clusters; texts only, as what is there is neither judged nor refused.

    Args:
        props: inputs that were checked or read: `profiles` with their `values`, `variables`, `common` and `definitions`.
    """
    given: Values = {key: mapping(item.get("values")) for key, item in props["profiles"].items()}
    flat = {key: flat_at(props, key) for key in given}
    for key, items in flat.items():
        for name, value in items.items():
            if name not in given[key] or sum(name in each for each in flat.values()) == 1:
                given[key][name] = value
    return {
        key: {name: variable_text(value) if is_known(value) else UNKNOWN for name, value in items.items()}
        for key, items in given.items()
    }


def flat_at(props: Mapping[str, Any], key: str) -> Props:
    """The flat values that a profile has by `common`; by its definitions, where that isn't known."""
    common = mapping(props.get("common")).get(key)
    named = common if isinstance(common, list) else mapping(mapping(props.get("definitions")).get(key))
    return {name: value for name, value in mapping(props.get("variables")).items() if name in named}


def path_of(props: Mapping[str, Any], key: str, name: str) -> str:
    """Where the program gives a value."""
    attached = name in mapping(mapping(mapping(props.get("profiles")).get(key)).get("values"))
    return f'Attach({key}).variables["{name}"]' if attached else f'variables["{name}"]'


def common_of(values: Values, definitions: Mapping[str, Any]) -> Props:
    """Names of the variables that the template has a value for, by profile; unknown where a flat one may be among them."""
    return {
        key: sorted(items) if isinstance(definitions.get(key), Mapping) else UNKNOWN for key, items in values.items()
    }


def fixed_refusal(template: str, old: Props, new: Props, clusters: Sequence[str]) -> InputError | None:
    """Refuse another value for an immutable variable while clusters have the former one."""
    if not clusters or not is_known(new["definitions"]):
        return None
    before, after = values_there(old), values_for_all(new, new["definitions"])
    for key, items in after.items():
        for name, text in items.items():
            definition, former = mapping(new["definitions"][key].get(name)), before.get(key, {}).get(name)
            if definition.get("immutable") and isinstance(former, str) and is_known(text) and former != text:
                return InputError(
                    f'it is immutable, and clusters of "{template}" were made with its value: {told(clusters)}',
                    path=path_of(new, key, name),
                )
    return None


# -- relinking -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Running:
    """A version that clusters of a template run, with its infrastructure layers by kind."""

    name: str
    version: str
    layers: Mapping[str, InfraLayer]


def head(profile: Mapping[str, Any]) -> Props:
    """Which version of which profile it is."""
    return {key: profile.get(key, "") for key in ("uid", "name", "version")}


def relinked(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What is linked anew, in words: `web 1.0.0 -> 1.1.0`; a version whose uid alone isn't known yet is no other one."""
    before, after = (
        {_name(key, item): item for key, item in mapping(side.get("profiles")).items()} for side in (old, new)
    )
    changes = []
    for name in {**before, **after}:
        was, now = before.get(name), after.get(name)
        if was is None:
            changes.append(f"{name} {_version(mapping(now))} is added")
        elif now is None:
            changes.append(f"{name} {_version(was)} is taken out")
        elif not is_known(now.get("version")) or was.get("version") != now["version"]:
            changes.append(f"{name} {_version(was)} -> {_version(now)}")
        elif is_known([was.get("uid"), now.get("uid")]) and was.get("uid") != now.get("uid"):
            changes.append(f"{name} {_version(was)} (uid {was.get('uid')}) -> {_version(now)} (uid {now.get('uid')})")
    return changes


def _name(key: str, item: Mapping[str, Any]) -> str:
    return str(known_or(item.get("name"), key))


def _version(item: Mapping[str, Any]) -> str:
    return str(known_or(item.get("version"), "(known after apply)"))


def relink_guards(
    template: str, cloud: str, running: Iterable[Running], new: Props, *, taken: Collection[str] = ()
) -> None:
    """Refuse what clusters of the template could never become.

    Args:
        template: its name.
        cloud: its cloud.
        running: what its clusters run.
        new: checked inputs.
        taken: numbers of the infrastructure profile that exist.

    Raises:
        InputError: Kubernetes down, a minor version skipped, an infrastructure layer lost, another network layer on Edge.
    """
    rows = mapping(new.get("layers_plan"))
    if not is_known(rows):
        return
    wanted = {row["kind"]: (key, name, row) for key, layers in rows.items() for name, row in layers.items()}
    for runs in running:
        lost = [INFRA[kind] for kind in INFRA if kind in runs.layers and kind not in wanted]
        if lost:
            raise InputError(
                f'clusters of the template "{template}" would lose their {", ".join(lost)} layer: infrastructure layers can be '
                "changed, not removed.\n  keep them in the profile, or link the version that has them",
                path="profiles",
            )
        network = runs.layers.get("cni")
        if cloud == "edge-native" and network is not None and network.name != wanted["cni"][1]:
            raise InputError(
                f'clusters of the template "{template}" would get another network layer, {network.name} -> {wanted["cni"][1]}, '
                "which can't be on edge hosts.\n  link a version with the same one, or make another template for new clusters",
                path="profiles",
            )
        if "k8s" in runs.layers and "k8s" in wanted:
            key, _, row = wanted["k8s"]
            profile = mapping(mapping(new["profiles"]).get(key))
            refusal = kubernetes_guard(
                cluster=template,
                old=KubernetesAt(runs.layers["k8s"].version, runs.name, runs.version),
                new=KubernetesAt(row["version"], _name(key, profile), str(profile.get("version", ""))),
                minor_skip="refuse",
                taken=taken,
                of="template",
            )
            if refusal is not None:
                raise refusal


def reasons_to_repave(running: Iterable[Running], wanted: Mapping[str, InfraLayer]) -> list[str]:
    """Why nodes of any cluster would be replaced, each reason once."""
    found = [reason for runs in running for reason in repave_reasons(runs.layers, wanted)]
    return list(dict.fromkeys(found))


def repave_token(template: str, reasons: Sequence[str]) -> str:
    """Give the token that approves that clusters of this template replace their nodes for these reasons."""
    return token("rp", {"template": template, "reasons": list(reasons)})


def repave_refusal(template: str, clusters: Sequence[str], reasons: Sequence[str]) -> InputError:
    """Word the refusal of a relink by which clusters would replace their nodes."""
    return InputError(
        f'clusters of the template "{template}" would repave when they upgrade: {told(clusters)}. All their nodes are replaced, '
        "a control plane of one node is down meanwhile.\n"
        f'  reason: {"; ".join(reasons)}        approve exactly this: approve=["{repave_token(template, reasons)}"]'
    )


def relink_notice(template: str, changes: Sequence[str], clusters: Sequence[str], windows: str) -> str:
    """What the preview says of another link.

    Args:
        template: its name.
        changes: what is linked anew.
        clusters: names of those that follow it.
        windows: when they upgrade, in words; "" without a policy.
    """
    what = f"template {template}: {', '.join(changes)}"
    if not clusters:
        return f"{what}. No cluster follows it yet."
    number = f"{len(clusters)} cluster{'s' if len(clusters) != 1 else ''}"
    when = (
        f"each upgrades in its next window: {windows}\n  at once:"
        if windows
        else "there is no maintenance policy, so they wait for:"
    )
    return (
        f"{what}. {number} follow{'s' if len(clusters) == 1 else ''} it ({told(clusters)}); no cluster is touched now, {when} "
        'palette.TemplateRollout(upgrade_now="...")'
    )


def told(names: Sequence[str], limit: int = 12) -> str:
    """Names, the first of many."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")


# -- replacing -----------------------------------------------------------------------------------------------------------


def replacing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Changes that only another template can fulfil; an unknown never replaces."""
    if not old:
        return []
    cloud = is_known(new.get("cloud")) and old.get("cloud") is not None and old.get("cloud") != new.get("cloud")
    return [*(["cloud"] if cloud else []), *moved(old, new)]


def replace_token(template: str, fields: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The token that approves exactly this replacement."""
    return token("rc", {"template": template, "changes": [[key, old.get(key), new.get(key)] for key in fields]})


def replace_refusal(
    template: str, fields: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any], clusters: Sequence[str]
) -> InputError:
    """The refusal of a replacement: never while clusters follow, else until it is approved."""
    changes = "; ".join(f"{key} {old.get(key, '')} -> {new.get(key, '')}" for key in fields)
    first = f'the cluster template "{template}" would be replaced: {changes}.'
    if clusters:
        return InputError(
            f"{first} Clusters follow it, and can't move along: {told(clusters)}.\n"
            "  leave that as it was, and make another palette.ClusterTemplate beside this one for new clusters"
        )
    return InputError(
        f"{first} It would be deleted and made again; no cluster follows it.\n"
        f'  leave that as it was, or approve exactly this: approve=["{replace_token(template, fields, old, new)}"]'
    )
