"""Pure decisions about a profile version: what its layers become, what is refused, what a change means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from palette_sdk.content.digest import layer_digest
from palette_sdk.content.document import check_yaml
from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.rules.layers import LayerFacts, ProfileType, check_layers, profile_type
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or
from palette_sdk.rules.variables import definition_refusal
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

    Where a layer asks for the same moving tag as before, the version that was applied stays. Where it takes its pack's
    default values and runs the same pack version as before, the values that were applied stay: the registry may hand out
    other defaults for the same version later. A layer that says `exact` names its version beside the moving tag: it is taken
    as it says.
    """
    done: Props = {}
    warnings = []
    for name, given in layers.items():
        if given is UNKNOWN:
            done[name] = UNKNOWN
            continue
        layer = dict(given)
        before = known_layer(old, name)
        exact = layer.pop("exact", False)
        if before and not exact and _has_moved(before, layer):
            warnings.append(
                f"layer {name}: {layer['tag']} is {layer['version']} in the registry now; {before['version']}, which was "
                f'first applied, is kept. To move, ask for the exact version: get_pack(..., "{layer["version"]}").'
            )
            pinned = ("version", "pack_uid", *(("values",) if before.get("defaults") and layer.get("defaults") else ()))
            layer |= {key: before[key] for key in pinned}
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


def _has_moved(before: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    """Whether the registry resolves the same moving tag (`1.30.x`) to another version than the one that was applied."""
    tag, version = layer.get("tag"), layer.get("version")
    known = is_known([tag, version, before.get("version"), before.get("pack_uid")])
    if not known or not tag or tag == version or before.get("tag") != tag:
        return False
    return bool(before.get("version") and before.get("pack_uid")) and before["version"] != version


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
    for name, variable in variables.items():
        path = f'variables["{name}"]'
        if variable.get("required") and variable.get("hidden") and variable.get("default") is None:
            raise InputError(
                "a required variable that is hidden needs a default, as nobody is asked for its value: give default=",
                path=path,
            )
        refusal = definition_refusal(variable)
        if refusal:
            raise InputError(refusal, path=path)


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


def kept_source(old: Props, new: Props) -> Props:
    """Which source a version was made from, to be stored; refuses another one: its layers were taken once, at birth.

    A source that was made again under another uid is the same as long as its number is.
    """
    source = mapping(new.get("source"))
    found: Props = {f"source_{key}": source[key] for key in ("uid", "version") if known_or(source.get(key), "")}
    stored: Props = {key: old[key] for key in ("source_uid", "source_version") if key in old}
    moved = "source_uid" in found and "source_uid" in stored and found["source_uid"] != stored["source_uid"]
    if moved and found.get("source_version", "") != stored.get("source_version", "?"):
        was, now = (f"{side.get('source_version') or '?'} (uid {side['source_uid']})" for side in (stored, found))
        raise InputError(
            f"the source of {new['name']} {new['version']} would change from {was} to {now}, and nothing would come of it: "
            "a version takes its source's layers once, when it is made.\n"
            f"  make a new version from that source: palette.ProfileVersion(..., source=..., version=...), and keep this "
            "one's source as it was",
            path="source",
        )
    return {**stored, **found}


def merged_variables(source: Any, new: Props) -> Any:
    """Variables of a further version, in the same way."""
    there = source.get("variables", {}) if isinstance(source, Mapping) else UNKNOWN
    if not isinstance(there, Mapping):
        return UNKNOWN
    removed = list(new.get("remove_variables") or [])
    missing = [name for name in removed if name not in there]
    if missing:
        has = f"it has {', '.join(there)}" if there else "it has none"
        raise InputError(
            f"the source has no variable {', '.join(repr(name) for name in missing)}; {has}", path="remove_variables"
        )
    kept = {name: item for name, item in there.items() if name not in removed}
    return {**kept, **(new.get("set_variables") or {})}


def changed_layers(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of layers that are new, gone, or of other content or version."""
    return [name for name in {**old, **new} if not same_layer(old.get(name), new.get(name))]


def surely_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Of the changed layers those that change whatever the values turn out to be that are not known yet."""
    return [name for name in changed_layers(old, new) if name not in old or name not in new or _differs(old, new, name)]


def _differs(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> bool:
    before, after = old[name], new[name]
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return False
    if is_known(before.get("digest", "")) and is_known(after.get("digest", "")):
        return True
    if any(surely_differs(before.get(key, ""), after.get(key, "")) for key in ("type", "version", "pack_uid")):
        return True
    if not _same_content(before, after):
        return True
    texts = [side.get("manifests", {}) for side in (before, after)]
    if not all(isinstance(side, Mapping) for side in texts):
        return False
    known = [
        {key: text for key, text in side.items() if all(is_known(one.get(key, "")) for one in texts)} for side in texts
    ]
    return layer_digest(values="", manifests=known[0]) != layer_digest(values="", manifests=known[1])


def surely_differs(old: Any, new: Any) -> bool:
    """Whether two values differ whatever their unknown parts turn out to be; nothing at all and empty are the same."""
    if old is UNKNOWN or new is UNKNOWN:
        return False
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return any(surely_differs(old.get(key), new.get(key)) for key in {**old, **new})
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return any(surely_differs(one, other) for one, other in zip(old, new, strict=True))
    return bool((old or new) and old != new) if is_known([old, new]) else True


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
        document = known_or(new.get("document", ""), "")
        if key == "version" and document:
            raise InputError(
                f'{document} has version {new["version"]} of "{old["name"]}" now, and {old["version"]} would be lost: '
                "it is what one rolls back to.\n"
                f"  keep the document of {old['version']} for this resource, and import the new one beside it:\n"
                f'  palette.ImportedProfile("{old["name"]}-{new["version"]}", file="{document}")'
            )
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


def version_taken(
    name: str, version: str, uid: str, taken: Sequence[str], users: Sequence[str], *, document: str = ""
) -> InputError:
    """The refusal of a version that exists and isn't ours; `document` is the file that says the number, if one does."""
    number = f"free number as spec.version in {document}" if document else "free number"
    runs = f"; runs on {', '.join(users)}" if users else ""
    return InputError(
        f'version {version} of "{name}" already exists (uid {uid}{runs}).\n'
        f"  take a {number} (latest is {latest(list(taken))}, {next_free(version, list(taken))} is free), "
        f'or take it over: adopt="{uid}"'
    )


def check_identity(new: Props) -> None:
    """Refuse a malformed version or an empty name."""
    if is_known(new["version"]):
        check_version(new["version"])
    if is_known(new["name"]) and not str(new["name"]).strip():
        raise InputError("a profile needs a name", path="name")


def edited_elsewhere(name: str, version: str, edits: Mapping[str, Any], wanted: str) -> str:
    """The refusal to write over what someone else edited, with its ways out."""
    words = {"layers": "layer", "draft": "its unpublished draft: layer", "variables": "variable"}
    what = "; ".join(f"{words[key]} {', '.join(names)}" for key, names in edits.items())
    draft = "; publish or discard the draft in the console" if "draft" in edits else ""
    return (
        f"{name} {version} was edited elsewhere, and this run would write over it: {what}.\n"
        f"  run `pulumi refresh` to see it, then take into the program what shall stay{draft};\n"
        f"  or approve exactly this: pulumi up -c palette:approve={wanted}"
    )


def linked_refusal(
    name: str, version: str, *, changed: Sequence[str], templates: Sequence[str], taken: Sequence[str]
) -> InputError:
    """The refusal to edit a version that cluster templates link, with the further version to paste.

    Args:
        name: the profile's name.
        version: its version.
        changed: layers that would change; empty where only variables would.
        templates: names of the templates.
        taken: numbers that exist.
    """
    free = next_free(version, [*taken, version])
    one = len(templates) == 1
    sets = "set_layers=[...]" if changed else "set_variables=[...]"
    return InputError(
        f"{name} {version} can't be edited in place ({', '.join(changed) or 'its variables'}): the cluster "
        f"template{'' if one else 's'} {', '.join(templates)} link{'s' if one else ''} it, and a linked version is locked.\n"
        "  leave this one as it was, add a version beside it, and link that in the template, which touches no cluster yet:\n"
        f'  palette.ProfileVersion("{name}-{free}", source=<this profile>, version="{free}", {sets})'
    )


def linked_notice(name: str, version: str, templates: Sequence[str]) -> str:
    """What the preview says where it isn't known yet whether a version that templates link would change."""
    return (
        f"{name} {version} is linked by {', '.join(templates)}, and so locked: if its content is another one once it is known, "
        "`pulumi up` stops before anything of it is sent"
    )


def edit_forbidden(name: str, version: str, layers: Sequence[str], *, document: str = "") -> InputError:
    """The refusal of an edit in place where the program forbids it."""
    way_out = (
        f"keep {document} as it was, and import what is new under another spec.version beside it: "
        f'palette.ImportedProfile("{name}-<version>", file="...")'
        if document
        else f'make a new version: palette.ProfileVersion("{name}-<version>", source=..., version="...", set_layers=[...])'
    )
    return InputError(
        f'{name} {version} would be edited in place ({", ".join(layers) or "variables"}), and in_place="forbid".\n'
        f"  {way_out}"
    )


def in_place_notice(
    name: str, version: str, layers: Sequence[str], users: Sequence[str], followers: Sequence[str] = ()
) -> str:
    """What the preview says when a version is edited in place.

    Args:
        name: the profile's name.
        version: its version.
        layers: layers that change; empty where only variables do.
        users: names of the clusters of their own that run it.
        followers: names of those that run it and follow a template, which links another version by now.
    """
    what = f"{len(layers)} layer{'s' if len(layers) != 1 else ''} ({', '.join(layers)})" if layers else "its variables"
    waits = [f"these clusters will have a pending update: {', '.join(users)}"] if users else []
    if followers:
        waits.append(
            f"{', '.join(followers)} still run{'s' if len(followers) == 1 else ''} it, until the upgrade to what the cluster "
            "template links now: the edit doesn't come there, unless the template links this version again"
        )
    return (
        f"{name} {version} is edited in place: {what}. Palette does not keep the former state, so there is no going back "
        f"by version; {'; '.join(waits) or 'no cluster uses it'}."
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
