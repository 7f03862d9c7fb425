"""What an update of a cluster's profiles comes to: which are sent, with which content, and what a person has to know first.

The same preparation serves the preview and the write. It reads texts where it has to, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.errors import ConflictError, InputError
from palette_sdk.merge import Content
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster import overrides
from palette_sdk.resources.cluster.live import Attached, LiveCluster
from palette_sdk.resources.cluster.override_texts import not_needed, owned_now
from palette_sdk.resources.cluster.overrides import Case, Judged
from palette_sdk.resources.cluster.places import Places, declared_places, place_of
from palette_sdk.resources.cluster.sending import Sent, moved_elsewhere, profiles_to_send
from palette_sdk.resources.contents import Contents
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import is_known, known_or

Props = dict[str, Any]
Texts = Mapping[str, Mapping[str, Content]]
"""Contents that differ from their profile's, by profile key and layer."""
Incoming = Callable[[str, str], Content | None]
"""Gives the new content of a profile's layer, by profile key and layer; None where it is known after apply."""


@dataclass
class Prepared:
    """What is sent, and what comes of it.

    Args:
        sent: the profiles that are sent.
        judged: the judgement over their layers.
        found: found overrides that stay, for all profiles of the cluster.
        base_texts: texts of what is applied, for layers with an override or an update that waits.
        targets: the layers of the profiles that are sent as they will be: row and values, by profile key and layer.
        seen: digests of what the cluster runs of the profiles that are sent or leave, by profile name and layer.
    """

    sent: list[Sent]
    judged: Judged
    found: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    base_texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)


def prepare(live: LiveCluster, old: Props, new: Props, contents: Contents, incoming: Incoming) -> Prepared:
    """Judge what a change of this cluster would send.

    Args:
        live: what runs.
        old: former checked inputs; empty when the cluster is taken over.
        new: checked inputs.
        contents: texts by digest.
        incoming: the profiles' content.

    Raises:
        InputError: an override has no place, or the attached version was changed by someone else.
    """
    return _Preparation(live, old, new, contents, incoming).run()


def prepare_new(new: Props, contents: Contents, incoming: Incoming) -> Prepared:
    """Judge the declared overrides of a cluster that doesn't exist yet."""
    places = places_of(new)
    cases = []
    for key, layers in places.items():
        for layer in layers:
            row = mapping(new["layers_plan"].get(key)).get(layer)
            content = incoming(key, layer) if is_known(plain_row(row)) else None
            secret = bool(mapping(row).get("secret") or has_secret(layers[layer]))
            cases.append(Case(key, layer, None, "", content, None, secret))
    judged = overrides.judge(str(known_or(new["name"], "this cluster")), cases, new=new, places=places, owned=places)
    coming = {(case.key, case.layer): case.incoming for case in cases}
    return Prepared([], judged, {}, _texts(new, coming, contents, lambda key, layer: layer in places.get(key, {})))


@dataclass
class _Preparation:
    """One preparation: what it starts from, and what the steps of it share."""

    live: LiveCluster
    old: Props
    new: Props
    contents: Contents
    incoming: Incoming

    def __post_init__(self) -> None:
        self.name = str(known_or(self.new["name"], self.live.cluster.metadata.name))
        self._overridden: dict[tuple[str, str], bool] = {}
        self.sent = profiles_to_send(self.live, self.old, self.new, self._is_by_override)
        self.places, self.owned = places_of(self.new), owned_places(self.old, self.new)

    def run(self) -> Prepared:
        """Gather, judge, and say what comes of it."""
        self._refuse_moved()
        cases = [
            self._case(item.key, layer, row)
            for item in self.sent
            for layer, row in mapping(self.new["layers_plan"].get(item.key)).items()
        ]
        keys = {item.key for item in self.sent}
        rest = recorded(self.live, self.old, self.new, self.contents, self.owned)
        rest = {key: layers for key, layers in rest.items() if key not in keys}
        elsewhere = {layer for layers in rest.values() for layer in layers}
        judged = overrides.judge(
            self.name, cases, new=self.new, places=self.places, owned=self.owned, elsewhere=elsewhere
        )
        self._tell_not_needed(judged, cases)
        self._tell_removed(judged)
        self._tell_put_back(judged, cases)
        self._tell_owned_now(judged, cases)
        found = {**rest, **judged.found}
        coming = {(case.key, case.layer): case.incoming for case in cases}
        texts = held_texts(self.new, found, self.places, self.contents, coming)
        return Prepared(self.sent, judged, found, texts, _targets(self.new, judged, cases), self._seen())

    def _seen(self) -> dict[str, dict[str, str]]:
        keys = {item.key for item in self.sent}
        replaced = {item.replaces for item in self.sent}
        leaving = {mapping(item).get("uid") for key, item in mapping(self.old.get("profiles")).items()}
        leaving -= {mapping(item).get("uid") for item in self.new["profiles"].values()}
        sent = [attached_of(self.live, self.new, key) for key in keys]
        touched = [item for item in self.live.profiles if item in sent or item.uid in replaced | leaving]
        return {item.name: {layer: row["digest"] for layer, row in item.rows.items()} for item in touched}

    def _case(self, key: str, layer: str, row: Any) -> Case:
        attached = attached_of(self.live, self.new, key)
        former = former_row(self.old, key, layer)
        running = attached.contents.get(layer) if attached is not None else None
        base, version = self._base(key, layer, attached)
        return Case(
            key=key,
            layer=layer,
            base=base,
            base_version=version,
            incoming=self.incoming(key, layer) if is_known(plain_row(row)) else None,
            running=running,
            secret=bool(
                mapping(row).get("secret")
                or former.get("secret")
                or has_secret(self.owned.get(key, {}).get(layer, []))
                or layer in self.live.hidden_layers
            ),
            home=self._home(key, layer),
        )

    def _base(self, key: str, layer: str, attached: Attached | None) -> tuple[Content | None, str]:
        """What was applied last of a layer, and the version that it came from.

        Where another version is attached than state has, what state says counts no more: somebody moved the cluster, or an
        update of ours did and failed afterwards. Only where the service can't tell what that version brought does our
        former content stand in, which our update started from.
        """
        profile, former = mapping(mapping(self.old.get("profiles")).get(key)), former_row(self.old, key, layer)
        running = attached.contents.get(layer) if attached is not None else None
        if attached is None or running is None:
            return None, str(profile.get("version") or (attached.version if attached else ""))
        is_former = not self.old or attached.uid == profile.get("uid")
        is_ours = is_former or attached.uid == mapping(self.new["profiles"][key]).get("uid")
        if is_former and former:
            if attached.rows[layer]["digest"] == former.get("digest"):
                return running, attached.version
            base = self.contents.of(former.get("digest"), layer, profile.get("uid"))
            if base is not None:
                return base, attached.version
        base = self.contents.under(self.live.uid, attached.uid, layer, running)
        if base is None and former and is_ours and not is_former:
            return self.contents.of(former.get("digest"), layer, profile.get("uid")), str(profile.get("version", ""))
        return base, attached.version

    def _is_by_override(self, key: str) -> bool:
        """Whether a layer that changes runs its new content by an override."""
        attached = attached_of(self.live, self.new, key)
        return attached is not None and any(
            former_row(self.old, key, layer).get("digest") not in (None, mapping(row).get("digest"))
            and self._is_overridden(attached, layer)
            for layer, row in mapping(self.new["layers_plan"].get(key)).items()
        )

    def _is_overridden(self, attached: Attached, layer: str) -> bool:
        at = attached.uid, layer
        if at not in self._overridden:
            self._overridden[at] = bool(self.contents.is_overridden(self.live.uid, attached.uid, layer))
        return self._overridden[at]

    def _tell_not_needed(self, judged: Judged, cases: list[Case]) -> None:
        """Tell of overrides that go because the profile brings the same by now: what comes runs already."""
        for case in cases:
            attached = attached_of(self.live, self.new, case.key)
            if attached is None or not overrides.is_taken(case) or case.layer in self.places.get(case.key, {}):
                continue  # of declared ones the judgement tells
            if self._is_overridden(attached, case.layer):
                mine = self.owned.get(case.key, {}).get(case.layer, [])
                there = overrides.found_places(case.base, case.incoming, mine, secret=case.secret)
                judged.notices += not_needed(self.name, case.layer, there)

    def _home(self, key: str, layer: str) -> str:
        """The profile's name, where the layer's name alone doesn't say which is meant."""
        homes = [other for other, rows in self.new["layers_plan"].items() if layer in mapping(rows)]
        return str(mapping(self.new["profiles"].get(key)).get("name", key)) if len(homes) > 1 else ""

    def _refuse_moved(self) -> None:
        moved = moved_elsewhere(self.live, self.old, self.new, [item.key for item in self.sent])
        if not moved:
            return
        target = {key: mapping(self.new["profiles"][key]).get("uid") for key in moved}
        wanted = token("ov", {"cluster": self.name, "moved": moved, "to": target}) if is_known(target) else ""
        if wanted and wanted in self.new.get("approve", []):
            return
        told = ", ".join(f"{self.new['profiles'][key].get('name', key)} to {version}" for key, version in moved.items())
        approve = f'approve exactly this: approve=["{wanted}"]' if wanted else "`pulumi up` asks for approval then"
        raise InputError(
            f'"{self.name}": someone moved {told}, outside this program; this update would move it back.\n'
            "  run `pulumi refresh` to see it (also after an update of yours that was cut off), and choose that version in the "
            f"program; or give it up: {approve}"
        )

    def _tell_put_back(self, judged: Judged, cases: list[Case]) -> None:
        """Tell of declared overrides that somebody changed on the cluster: they are the program's, and written again."""
        before = _places_or_none(self.old)
        for case in cases:
            former = before.get(case.key, {}).get(case.layer, [])
            now = self.places.get(case.key, {}).get(case.layer, [])
            if not former or not now or case.running is None or not is_known([former, now]):
                continue
            lost = overrides.not_applied(case.running, former) & overrides.not_applied(case.running, now)
            judged.notices += [
                f"{self.name}: declared override put back: {case.layer} {place} was changed on the cluster, and the program "
                "owns it."
                for place in sorted(lost)
            ]

    def _tell_owned_now(self, judged: Judged, cases: list[Case]) -> None:
        """Tell of found overrides whose place the program declares from now on, as something else.

        Where what was applied isn't known, all that differs from what comes may be somebody's, as in a merge.
        """
        before = _places_or_none(self.old)
        for case in cases:
            former = before.get(case.key, {}).get(case.layer, [])
            known = {place_of(row) for row in former}
            fresh = [row for row in self.places.get(case.key, {}).get(case.layer, []) if place_of(row) not in known]
            base = case.base or case.incoming
            if not fresh or base is None or case.running is None or not is_known(fresh):
                continue
            if overrides.not_applied(case.running, fresh):
                there, left = (
                    overrides.found_places(base, case.running, owned, secret=case.secret)
                    for owned in (former, [*former, *fresh])
                )
                judged.notices += owned_now(
                    self.name, case.layer, {place: value for place, value in there.items() if left.get(place) != value}
                )

    def _tell_removed(self, judged: Judged) -> None:
        """Tell of found overrides that go with their layer, or with a profile that is detached or replaced."""
        sent = {item.key for item in self.sent}
        gone = recorded(self.live, self.old, self.old, self.contents, self.owned)
        for key, layers in gone.items():
            stays = key in self.new["profiles"]
            for layer, there in layers.items():
                if stays and (key not in sent or layer in mapping(self.new["layers_plan"].get(key))):
                    continue
                told = ", ".join(f"{place} = {value}" for place, value in there.items())
                what = "layer" if stays else f"profile {mapping(self.old['profiles'][key]).get('name', key)}"
                judged.notices.append(f"{self.name}: found override goes with its {what}: {layer} {told}.")


def _targets(new: Props, judged: Judged, cases: list[Case]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        row = plain_row(mapping(new["layers_plan"].get(case.key)).get(case.layer))
        if not isinstance(row, Mapping):
            continue
        sent = judged.contents.get(case.key, {}).get(case.layer)
        own = case.incoming.values if case.incoming is not None else None
        text = (sent.values if sent is not None else "") or own
        values = {"values": text} if text is not None else {}
        found.setdefault(case.key, {})[case.layer] = {**row, **values}
    return found


def places_of(props: Props) -> Places:
    """The declared overrides of a cluster whose profiles were planned before."""
    return declared_places(props, layer_names(props), strict=False)


def layer_names(props: Props) -> dict[str, Any]:
    """Names of the layers of each profile that is planned, by key."""
    plan = mapping(props.get("layers_plan"))
    return {key: plan.get(key, {}) for key in mapping(props.get("profiles"))}


def has_secret(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of these overrides brings a secret: what is found beside it in a list or a text may show it, too."""
    return any(known_or(row.get("secret"), True) for row in rows)


def secret_layers(props: Props) -> set[str]:
    """Layers with a declared override whose value is a secret."""
    return {layer for rows in _places_or_none(props).values() for layer, items in rows.items() if has_secret(items)}


def _places_or_none(props: Props) -> Places:
    """The declared overrides of props whose layers may be gone meanwhile."""
    try:
        return places_of(props) if props else {}
    except InputError:
        return {}


def owned_places(old: Props, new: Props) -> Places:
    """Declared overrides of now and before, by profile key and layer."""
    owned: Places = {}
    for props in (old, new):
        for key, layers in _places_or_none(props).items():
            for layer, rows in layers.items():
                owned.setdefault(key, {}).setdefault(layer, []).extend(rows)
    return owned


def attached_of(live: LiveCluster, props: Props, key: str) -> Attached | None:
    """The attached profile that stands under a key."""
    return live.by_name(str(mapping(mapping(props.get("profiles")).get(key)).get("name", key)))


def former_row(old: Props, key: str, layer: str) -> Props:
    """The row of what was applied; empty where there is none."""
    return mapping(mapping(mapping(old.get("layers_plan")).get(key)).get(layer))


def plain_row(row: Any) -> Any:
    """A row without its overrides."""
    return {key: value for key, value in row.items() if key != "overrides"} if isinstance(row, Mapping) else row


def published_content(contents: Contents, new: Props) -> Incoming:
    """Give the profiles' content as the service has it, made sure to be what the plan says."""

    def incoming(key: str, layer: str) -> Content | None:
        profile = new["profiles"][key]
        found = contents.published(profile["uid"]).get(layer)
        planned = mapping(mapping(new["layers_plan"].get(key)).get(layer)).get("digest")
        if found is None or layer_digest(values=found.values, manifests=found.manifests) != planned:
            raise ConflictError(
                f"{profile.get('name', key)} {profile.get('version', '')} was edited while this ran (layer {layer}); "
                f'nothing was sent to "{new["name"]}"',
                hint="run `pulumi refresh`, then `pulumi up` to see what would change now",
            )
        return found

    return incoming


def recorded(
    live: LiveCluster, old: Props, new: Props, contents: Contents, owned: Places
) -> dict[str, dict[str, dict[str, Any]]]:
    """What someone changed on the cluster beside what was applied, by key, layer and place.

    Args:
        live: what runs.
        old: the props that say what was applied: `layers_plan` and `profiles`.
        new: the props whose profiles are looked at.
        contents: texts by digest.
        owned: declared overrides, which aren't somebody's.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for key in mapping(new.get("profiles")):
        attached = attached_of(live, new, key)
        uid = mapping(mapping(old.get("profiles")).get(key)).get("uid")
        if attached is None or attached.uid != uid:
            continue
        for layer, running in attached.contents.items():
            row = former_row(old, key, layer)
            if not row or attached.rows[layer]["digest"] == row.get("digest"):
                continue
            base = contents.of(row.get("digest"), layer, uid)
            mine = owned.get(key, {}).get(layer, [])
            secret = bool(row.get("secret") or has_secret(mine) or layer in live.hidden_layers)
            there = overrides.found_places(base, running, mine, secret=secret)
            if there:
                found.setdefault(key, {})[layer] = there
    return found


def held_texts(
    new: Props,
    found: Mapping[str, Mapping[str, Any]],
    places: Places,
    contents: Contents,
    coming: Mapping[tuple[str, str], Content | None],
) -> dict[str, dict[str, Any]]:
    """Texts of what is applied, for layers with an override or an update that waits; never of secret ones.

    Args:
        new: the props with `layers_plan` and `pending_updates`.
        found: found overrides that stay.
        places: declared ones.
        contents: texts by digest.
        coming: contents that are about to be applied, by profile key and layer.
    """

    def is_kept(key: str, layer: str) -> bool:
        waiting = mapping(mapping(mapping(new.get("pending_updates")).get(key)).get("layers"))
        return layer in found.get(key, {}) or layer in places.get(key, {}) or layer in waiting

    return _texts(new, coming, contents, is_kept)


def _texts(
    new: Props,
    coming: Mapping[tuple[str, str], Content | None],
    contents: Contents,
    is_kept: Callable[[str, str], bool],
) -> dict[str, dict[str, Any]]:
    texts: dict[str, dict[str, Any]] = {}
    for key, rows in mapping(new.get("layers_plan")).items():
        uid = mapping(mapping(new.get("profiles")).get(key)).get("uid")
        for layer, row in mapping(rows).items():
            if not is_kept(key, layer) or mapping(row).get("secret") or not is_known(plain_row(row)):
                continue
            content = coming.get((key, layer)) or contents.of(row["digest"], layer, uid)
            if content is not None:
                texts.setdefault(key, {})[layer] = {
                    "digest": row["digest"],
                    "values": content.values,
                    "manifests": dict(content.manifests),
                }
    return texts
