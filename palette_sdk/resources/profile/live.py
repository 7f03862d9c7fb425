"""What the service holds of a profile version, beside what state and program hold: reads, and differences in words.

Nothing is written here, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from palette_sdk.content.digest import digest
from palette_sdk.errors import NotFoundError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import same
from palette_sdk.resources.border import mapping
from palette_sdk.resources.profile import bodies, plan
from palette_sdk.rules.unknown import UNKNOWN, is_known

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.profiles import ClusterProfile, Template

Props = dict[str, Any]
Texts = dict[str, dict[str, str]]
UNREADABLE = "# this text can't be read while an unpublished draft lacks it\n"
"""Stands for a published manifest that a draft took away: the service shows it no more, and it equals nothing."""


def find(client: Palette, name: str, version: str, *, fresh: bool = False) -> ClusterProfile | None:
    """The version of exactly the client's scope."""
    wanted = "tenant" if client.project is None else "project"
    for row in client.profiles.metadata(fresh=fresh):
        if row.metadata.name == name and (row.spec.version or "1.0.0") == version:
            found = client.profiles.cached(row.metadata.uid, fresh=fresh)
            if found is not None and found.metadata.annotations.get("scope", "project") == wanted:
                return found
    return None


def users(client: Palette, found: ClusterProfile) -> tuple[list[str], list[str]]:
    """Names of the clusters that run a version: those of their own, and those that follow a template."""
    rows = found.status.in_use_clusters
    follow = {each.uid for row in client.templates.search(fresh=True) for each in row.spec.clusters} if rows else set()
    names = sorted((row.name, row.uid in follow) for row in rows)
    return [name for name, follows in names if not follows], [name for name, follows in names if follows]


def published_texts(client: Palette, found: ClusterProfile, *, fresh: bool = False) -> Texts:
    """Texts of the published manifests by layer and name."""
    if found.spec.draft is None:
        content = client.profiles.content(found.metadata.uid, fresh=fresh)
        return {name: layer.manifests for name, layer in content.layers.items()} if content else {}
    return _side(client, found, found.spec.published, "published")  # the one call for all shows the draft's


def draft_texts(client: Palette, found: ClusterProfile) -> Texts:
    """Texts of the draft's manifests by layer and name."""
    return _side(client, found, found.spec.draft, "draft")


def _side(
    client: Palette, found: ClusterProfile, template: Template | None, side: Literal["draft", "published"]
) -> Texts:
    texts: Texts = {}
    for pack in template.packs if template else []:
        if not pack.manifests:
            continue
        try:
            rows = client.profiles.manifests(found.metadata.uid, pack.name)
        except NotFoundError:
            rows = []
        there = {}
        for row in rows:
            data = row.spec.published if side == "published" else row.spec.draft or row.spec.published
            there[row.metadata.name] = data.content if data else ""
        texts[pack.name] = {ref.name: there.get(ref.name, UNREADABLE) for ref in pack.manifests}
    return texts


def edits_elsewhere(client: Palette, found: ClusterProfile, old: Mapping[str, Any], new: Mapping[str, Any]) -> Props:
    """What someone else edited and writing `new` would lose: all that is as neither state nor program have it.

    Args:
        client: the client in the profile's scope.
        found: the version as it is now.
        old: the props that state holds.
        new: the props that the program wants; they need not be known.

    Returns:
        What is on the service now, as plain facts by name, under `layers`, `draft` and `variables`; each is absent where
        nothing would be lost.
    """
    before, wanted = mapping(old.get("layers")), mapping(new.get("layers"))
    edits: Props = {"layers": {}, "draft": {}, "variables": {}}
    live: Props = {}
    if found.spec.published is not None:
        texts = published_texts(client, found, fresh=True)
        live = observed(found.spec.published, texts, {})
        edits["layers"] = _lost(found.spec.published, texts, before, wanted)
    if found.spec.draft is not None:
        edits["draft"] = _lost(found.spec.draft, draft_texts(client, found), before, wanted, live)
    defined, given = mapping(old.get("variables")), mapping(new.get("variables"))
    there = client.profiles.variables(found.metadata.uid)
    sides = [(bodies.observed_variables(there, stored), stored) for stored in (defined, given)]
    for name in {**defined, **{item.name: None for item in there}}:
        if not any(same(seen.get(name), stored.get(name)) for seen, stored in sides):
            edits["variables"][name] = variable_fact(sides[0][0].get(name))
    return {key: lost for key, lost in edits.items() if lost}


def _lost(template: Template, texts: Texts, before: Props, *others: Props) -> Props:
    seen = [(observed(template, texts, stored), stored) for stored in (before, *others)]
    return {
        name: layer_fact(seen[0][0].get(name))
        for name in {**before, **seen[0][0]}
        if not any(_is_same(layers.get(name), stored.get(name)) for layers, stored in seen)
    }


def _is_same(one: object, other: object) -> bool:
    return one == other or plan.same_layer(one, other)


def observed(template: Template, texts: Texts, stored: Mapping[str, Any]) -> Props:
    """Layers on one side of the service; one that equals a stored layer is that one."""
    known = {name: layer for name, layer in stored.items() if isinstance(layer, Mapping)}
    return bodies.observed_layers(template, texts, known)[0]


def is_draft_of(client: Palette, found: ClusterProfile, new: Mapping[str, Any]) -> bool:
    """Whether the draft is exactly the program's content: ours, of a run that ended before it was published."""
    if found.spec.draft is None:
        return False
    layers, order = bodies.observed_layers(found.spec.draft, draft_texts(client, found), new["layers"])
    return layers == new["layers"] and order == list(new["layer_order"])


def content_changes(client: Palette, found: ClusterProfile, checked: Mapping[str, Any]) -> tuple[list[str], Props]:
    """What of layers, their order, type and variables differs from the program's, in words, and the values behind them."""
    published = found.spec.published
    template = published or found.spec.draft
    changes = [] if published else ["its draft is published"]
    if template is None:
        return changes, {}
    texts = published_texts(client, found, fresh=True) if published else draft_texts(client, found)
    wanted = checked["layers"]
    live, order = bodies.observed_layers(template, texts, _known_layers(wanted))
    changes += layer_changes(live, wanted, order, checked["layer_order"])
    if template.type and plan.surely_differs(template.type, checked.get("type", template.type)):
        changes.append(f"type {template.type} -> {checked['type']}")
    there = bodies.observed_variables(client.profiles.variables(found.metadata.uid), mapping(checked["variables"]))
    changes += variable_changes(there, checked["variables"])
    facts: Props = {
        "layers": [{name: layer_fact(layer) for name, layer in mapping(side).items()} for side in (live, wanted)],
        "order": [order, checked["layer_order"]],
        "variables": [
            {name: variable_fact(item) for name, item in mapping(side).items()}
            for side in (there, checked["variables"])
        ],
    }
    if changes and published and found.spec.draft is not None:
        draft = observed(found.spec.draft, draft_texts(client, found), mapping(wanted))
        lost = _lost(found.spec.draft, draft_texts(client, found), mapping(wanted), live)
        if lost:
            changes.append(f"its unpublished draft is lost ({', '.join(lost)})")
            facts["draft"] = {name: layer_fact(layer) for name, layer in draft.items()}
    return changes, facts


def adoption_changes(client: Palette, found: ClusterProfile, checked: Mapping[str, Any]) -> tuple[list[str], Props]:
    """All that taking over a version would change, in words, and the values behind them."""
    old = {
        "description": found.metadata.annotations.get("description", ""),
        "tags": bodies.user_tags(found.metadata.labels),
    }
    new = {key: checked.get(key) for key in old}
    changes, facts = content_changes(client, found, checked)
    changes += adoption.metadata_changes(old, new)
    marker = found.metadata.annotations.get(bodies.MARKER, "")
    if marker and marker != checked["marker"]:
        changes.append(adoption.FOREIGN)
    return changes, {**facts, "metadata": [old, new], "marker": marker}


def layer_changes(live: Props, wanted: object, order: list[str], wanted_order: object) -> list[str]:
    """Layers that are added, removed or other than on the service, and their order."""
    if not isinstance(wanted, Mapping):
        return [f"layers ({adoption.LATER})"]
    changes = []
    for name in {**live, **wanted}:
        old, new = mapping(live.get(name)), wanted.get(name)
        if name not in live or name not in wanted:
            changes.append(f"layer {name} is {'added' if name in wanted else 'removed'}")
        elif not is_known(new):
            changes.append(f"layer {name} ({adoption.LATER})")
        elif not plan.same_layer(old, new):
            versions = [mapping(side).get("version", "") for side in (old, new)]
            moves = f"layer {name} {versions[0]} -> {versions[1]}"
            changes.append(moves if versions[0] != versions[1] else f"content of layer {name}")
    if not isinstance(wanted_order, list):
        return [*changes, f"layer order ({adoption.LATER})"]
    known = mapping(wanted)
    both = [[name for name in side if name in live and name in known] for side in (order, wanted_order)]
    if both[0] != both[1]:
        changes.append(f"layer order {', '.join(order)} -> {', '.join(wanted_order)}")
    return changes


def variable_changes(there: Props, wanted: object) -> list[str]:
    """Variables that are added, deleted or other than on the service. A default may be a secret: it is never shown."""
    if not isinstance(wanted, Mapping):
        return [f"variables ({adoption.LATER})"]
    changes = []
    for name in {**there, **wanted}:
        old, new = mapping(there.get(name)), mapping(wanted.get(name))
        if name not in there or name not in wanted:
            changes.append(f"variable {name} is {'added' if name in wanted else 'deleted'}")
            continue
        fields = [key for key in {**old, **new} if key != "default" and not same(old.get(key), new.get(key))]
        told = [f"{key} {adoption.shown(old.get(key))} -> {adoption.shown(new.get(key))}" for key in fields]
        if new.get("sensitive") and "default" in new:
            told.append("its default (it can't be read, so that it is written)")
        elif not same(old.get("default"), new.get("default")):
            told.append("its default")
        if told:
            changes.append(f"variable {name}: {', '.join(told)}")
    return changes


def _known_layers(layers: object) -> Props:
    return {name: layer for name, layer in mapping(layers).items() if isinstance(layer, Mapping)}


def layer_fact(layer: object) -> object:
    """What of a layer goes into a token; its content by digest."""
    if layer is None or layer is UNKNOWN:
        return layer
    return {key: mapping(layer).get(key, "") for key in ("type", "version", "pack_uid", "digest")}


def variable_fact(variable: object) -> object:
    """What of a variable goes into a token; its default by digest."""
    if variable is None or variable is UNKNOWN:
        return variable
    props = mapping(variable)
    default = props.get("default")
    return {**props, "default": digest(default) if isinstance(default, str) else default}
