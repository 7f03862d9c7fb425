"""Pure decisions about a profile version: what its layers become, what is refused, what a change means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from palette_sdk.content.digest import layer_digest
from palette_sdk.content.document import check_yaml
from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.rules.layers import LayerFacts, ProfileType, check_layers, profile_type
from palette_sdk.rules.unknown import UNKNOWN, is_known
from palette_sdk.rules.versions import check_version, latest, next_free

Props = dict[str, Any]

FIELDS = (
    "name",
    "version",
    "cloud",
    "type",
    "description",
    "tags",
    "layers",
    "layer_order",
    "previous_layers",
    "variables",
    "in_place",
    "timeouts",
    "scope",
    "project",
)
"""Checked inputs whose difference is an update; `marker`, `adopt` and `source_layers` never cause one."""


def completed_layers(layers: Mapping[str, Any], old: Mapping[str, Any]) -> tuple[Props, list[str]]:
    """Layers with their digests, defaults pinned to what was first applied; and warnings.

    Where a layer takes its pack's default values and runs the same pack version as before, the values that were applied
    stay: the registry may hand out other defaults for the same version later.
    """
    done: Props = {}
    warnings = []
    for name, given in layers.items():
        if given is UNKNOWN:
            done[name] = UNKNOWN
            continue
        layer = dict(given)
        before = known_layer(old, name)
        if before and _takes_same_defaults(before, layer):
            if not _same_content(before, layer):
                warnings.append(
                    f"layer {name}: the registry now has other default values for {layer['version']}; those first applied "
                    "are kept. Give values= to take the new ones."
                )
            layer["values"] = before["values"]
        known = is_known(layer.get("values", "")) and is_known(layer.get("manifests", {}))
        layer["digest"] = (
            layer_digest(values=layer.get("values", ""), manifests=layer.get("manifests", {})) if known else UNKNOWN
        )
        if known and before and before.get("digest") == layer["digest"]:
            # equal but for comments or formatting: the text that was sent stays, or every cluster would have a pending
            # update for nothing
            layer |= {key: before[key] for key in ("values", "manifests") if key in before}
        done[name] = layer
    return done, warnings


def known_layer(layers: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The layer of that name, None where there is none or it is not known yet."""
    layer = layers.get(name)
    return layer if isinstance(layer, Mapping) else None


def _takes_same_defaults(before: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    same_pack = all(before.get(key) == layer.get(key) for key in ("pack_uid", "version", "tag"))
    return bool(before.get("defaults") and layer.get("defaults") and same_pack)


def _same_content(before: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    if not (is_known(before.get("values", "")) and is_known(layer.get("values", ""))):
        return True
    empty: dict[str, str] = {}
    return layer_digest(values=before.get("values", ""), manifests=empty) == layer_digest(
        values=layer.get("values", ""), manifests=empty
    )


def check_contents(layers: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    """Refuse text that is not YAML, in layers that are new or changed; raises InputError with line and column."""
    for name, layer in layers.items():
        if layer is UNKNOWN:
            continue
        before = known_layer(old, name)
        if before and is_known(before.get("digest")) and before.get("digest") == layer.get("digest"):
            continue
        secret = bool(layer.get("secret") is True)
        values = layer.get("values", "")
        if is_known(values) and values:
            check_yaml(values, path=f'layers["{name}"].values', secret=secret)
        manifests = layer.get("manifests", {})
        for key, text in (manifests if isinstance(manifests, Mapping) else {}).items():
            if is_known(text):
                check_yaml(text, path=f'layers["{name}"].manifests["{key}"]', secret=secret)


def layer_facts(layers: Mapping[str, Any], order: Sequence[str]) -> list[LayerFacts]:
    """What the rules on layers need to know."""
    known = [(name, layers[name]) for name in order if name in layers and layers[name] is not UNKNOWN]
    return [LayerFacts(name=name, kind=layer.get("kind", "addon"), type=layer["type"]) for name, layer in known]


def checked_type(declared: str, cloud: str, layers: Mapping[str, Any], order: Sequence[str]) -> str:
    """The profile's type, declared or worked out from its layers; refuses a stack that lacks one."""
    facts = layer_facts(layers, order)
    kind = cast("ProfileType", declared) if declared else profile_type(facts)
    check_layers(facts, profile_type=kind, cloud=cloud)
    return kind


def check_variables(variables: Mapping[str, Any]) -> None:
    """The service's rules for definitions of variables. No message repeats a default: it may be a secret."""
    import re

    for name, variable in variables.items():
        path = f'variables["{name}"]'
        default = variable.get("default")
        if variable.get("required") and default is None:
            raise InputError("a required variable needs a default on the service: give default=", path=path)
        options = variable.get("options") or []
        if variable.get("input") == "dropdown" and not options:
            raise InputError("a dropdown needs options", path=path)
        if options and default is not None and is_known(default) and default not in options:
            raise InputError(f"the default is not among its options {', '.join(options)}", path=path)
        regex = variable.get("regex")
        if not regex:
            continue
        try:
            pattern = re.compile(regex)
        except re.error as error:
            raise InputError(f"regex {regex!r} is not a regular expression: {error}", path=path) from None
        if default is not None and is_known(default) and not pattern.search(default):
            raise InputError(f"the default does not match its regex {regex!r}", path=path)


def merged_version(source: Any, new: Props) -> tuple[Any, Any]:
    """Layers and order of a further version: its source's, some replaced or added, some dropped."""
    if not isinstance(source, Mapping) or not is_known(source.get("layer_order", [])):
        return UNKNOWN, UNKNOWN
    if not isinstance(source.get("layers"), Mapping):
        return UNKNOWN, UNKNOWN
    base, order = source.get("layers", {}), list(source.get("layer_order", []))
    removed = list(new.get("remove_layers") or [])
    missing = [name for name in removed if name not in base]
    if missing:
        raise InputError(
            f"the source has no layer {', '.join(repr(name) for name in missing)}; it has {', '.join(order)}",
            path="remove_layers",
        )
    given = dict(new.get("set_layers") or {})
    both = sorted(set(given) & set(removed))
    if both:
        raise InputError(
            f"{', '.join(both)} stands in set_layers too; take it out of one of them", path="remove_layers"
        )
    layers = {**{name: layer for name, layer in base.items() if name not in removed}, **given}
    added = [name for name in new.get("set_order") or list(given) if name not in base]
    return layers, [*(name for name in order if name not in removed), *added]


def merged_variables(source: Any, new: Props) -> Any:
    """Variables of a further version, in the same way."""
    there = source.get("variables", {}) if isinstance(source, Mapping) else UNKNOWN
    if not isinstance(there, Mapping):
        return UNKNOWN
    removed = list(new.get("remove_variables") or [])
    kept = {name: item for name, item in there.items() if name not in removed}
    return {**kept, **(new.get("set_variables") or {})}


def changed_layers(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of layers that are new, gone, or of other content or version."""
    return [name for name in {**old, **new} if not same_layer(old.get(name), new.get(name))]


def same_layer(old: Any, new: Any) -> bool:
    """Whether two layers are the same to a cluster: pack, version and content."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    if not is_known(old.get("digest", "")) or not is_known(new.get("digest", "")):
        return False
    return all(old.get(key, "") == new.get(key, "") for key in ("type", "version", "pack_uid", "digest"))


def previous_layers(old: Props, layers: Mapping[str, Any]) -> Props:
    """The former content of the layers that change now; what the last change left when none does."""
    if not old:
        return {}
    before, kept = mapping(old.get("layers")), mapping(old.get("previous_layers"))
    changed = changed_layers(before, layers) if isinstance(layers, Mapping) else []
    if not changed:
        return kept
    return {name: before[name] for name in changed if name in before}


def refuse_identity_change(old: Props, new: Props) -> None:
    """A version is what one rolls back to: its number and its profile's name stay."""
    for key in ("name", "version"):
        if not is_known(new[key]) or not old or old.get(key) == new[key]:
            continue
        if key == "version":
            raise InputError(
                f'version of "{old["name"]}" would change from {old["version"]} to {new["version"]}, and {old["version"]} '
                "would be lost: it is what one rolls back to.\n"
                f"  keep version={old['version']!r} here, and add the new one beside it:\n"
                f'  palette.ProfileVersion("{old["name"]}-{new["version"]}", source=<this profile>, version="{new["version"]}",'
                " set_layers=[...])"
            )
        raise InputError(
            f'the profile "{old["name"]}" would be renamed to "{new["name"]}"; its versions belong together by name.\n'
            f'  keep name="{old["name"]}", or make another palette.Profile beside this one'
        )


def version_taken(name: str, version: str, uid: str, taken: Sequence[str], users: Sequence[str]) -> InputError:
    """The refusal of a version that exists and isn't ours."""
    runs = f"; runs on {', '.join(users)}" if users else ""
    return InputError(
        f'version {version} of "{name}" already exists (uid {uid}{runs}).\n'
        f"  take a free number (latest is {latest(list(taken))}, {next_free(version, list(taken))} is free), "
        f'or take it over: adopt="{uid}"'
    )


def check_identity(new: Props) -> None:
    """Refuse a malformed version or an empty name."""
    if is_known(new["version"]):
        check_version(new["version"])
    if is_known(new["name"]) and not str(new["name"]).strip():
        raise InputError("a profile needs a name", path="name")


def in_place_notice(name: str, version: str, layers: Sequence[str], users: Sequence[str]) -> str:
    """What the preview says when a version is edited in place."""
    what = f"{len(layers)} layer{'s' if len(layers) != 1 else ''} ({', '.join(layers)})" if layers else "its variables"
    waits = f"these clusters will have a pending update: {', '.join(users)}" if users else "no cluster uses it"
    return (
        f"{name} {version} is edited in place: {what}. Palette does not keep the former state, so there is no going back "
        f"by version; {waits}."
    )


def replace_refusal(name: object, version: object) -> InputError:
    """The refusal of a replacement, whatever asked for it."""
    return InputError(
        f"{name} {version} would be replaced: deleted and made again under the same name and version, "
        "with clusters running on it.\n"
        "  to change its content run a plain `pulumi up` (it is edited in place); "
        "to undo `pulumi state taint`: `pulumi state untaint`;\n"
        "  for another cloud or scope make a palette.Profile of another name beside this one"
    )
