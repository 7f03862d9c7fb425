"""What becomes of overrides on a cluster: declared ones are applied, found ones are kept, dropped or refused. Pure.

One judgement serves the preview and the write: the contents to send, the found overrides that stay, what is refused, and
what a person is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from palette_sdk.content.digest import digest, layer_digest
from palette_sdk.errors import InputError
from palette_sdk.merge import Content, Declared, Row, Rule, Settled, found, settle
from palette_sdk.resources.border import mapping
from palette_sdk.rules.unknown import UNKNOWN, is_known

Props = dict[str, Any]
Places = dict[str, dict[str, list[Props]]]
"""Rows of declared overrides by profile key and layer."""

WHOLE = "(content)"
"""Stands for a whole layer where its places can't or mustn't be told."""
SHOWN = 6
"""Conflicts of one layer that are spelled out."""


@dataclass(frozen=True)
class Case:
    """One layer of one profile on a cluster.

    Args:
        key: the profile's key on the cluster.
        layer: the layer's name.
        base: what was applied last; None where that isn't known.
        base_version: the version of the profile that it came from.
        incoming: what the profile holds for it; None where that is known after apply.
        running: what the cluster runs; None where it has no such layer yet.
        secret: whether its content is secret, so that nothing of it is told.
    """

    key: str
    layer: str
    base: Content | None
    base_version: str
    incoming: Content | None
    running: Content | None
    secret: bool = False


@dataclass
class Judged:
    """What the judgement came to.

    Args:
        contents: texts of the layers that differ from their profile's, by key and layer.
        found: found overrides that stay on the cluster, by key, layer and place.
        refusals: what can't go on like this; each a text with its ways out.
        notices: what a person is told; nothing is lost without a line here.
        unsure: layers that can't be judged before their content is known.
    """

    contents: dict[str, dict[str, Content]] = field(default_factory=dict)
    found: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)


# -- declared ones -----------------------------------------------------------------------------------------------------


def declared_places(props: Props, layers: Mapping[str, Any]) -> Places:
    """The declared overrides of a cluster by profile key and layer.

    Args:
        props: inputs of the cluster.
        layers: the names of each profile's layers by key; unknown where they aren't known yet.

    Raises:
        InputError: a layer is in no profile, or in two of them.
    """
    places: Places = {}
    names = {str(mapping(item).get("name", key)): key for key, item in mapping(props.get("profiles")).items()}
    for written, row in mapping(props.get("overrides")).items():
        if not isinstance(row, Mapping):
            continue
        path = f'overrides["{written}"]'
        profile = str(row.get("profile") or "")
        if profile and profile not in names and profile not in layers:
            raise InputError(
                f"this cluster has no profile {profile}; it has {', '.join(names)}",
                path=path,
            )
        homes = [names.get(profile, profile)] if profile else _homes(row["layer"], layers, path)
        for key in homes:
            _refuse_missing(row["layer"], key, layers, path)
            places.setdefault(key, {}).setdefault(row["layer"], []).append(dict(row))
    for key, item in mapping(props.get("profiles")).items():
        for written, row in mapping(mapping(item).get("overrides")).items():
            _refuse_missing(row["layer"], key, layers, f'Attach({key}).overrides["{written}"]')
            places.setdefault(key, {}).setdefault(row["layer"], []).append(dict(row))
    return places


def _homes(layer: str, layers: Mapping[str, Any], path: str) -> list[str]:
    homes = [key for key, names in layers.items() if is_known(names) and layer in names]
    if len(homes) > 1:
        raise InputError(
            f"{' and '.join(homes)} both have a layer {layer}; say which: Attach(profile, overrides=[...]), "
            f'or Override(..., profile="{homes[0]}")',
            path=path,
        )
    if homes:
        return homes
    if not all(is_known(names) for names in layers.values()):
        return []
    from palette_sdk.rules.nearest import did_you_mean

    known = [name for names in layers.values() for name in names]
    raise InputError(f"no profile of this cluster has a layer {layer}; {did_you_mean(layer, known)}", path=path)


def _refuse_missing(layer: str, key: str, layers: Mapping[str, Any], path: str) -> None:
    names = layers.get(key)
    if names is None or not is_known(names) or layer in names:
        return
    from palette_sdk.rules.nearest import did_you_mean

    raise InputError(f"the profile {key} has no layer {layer}; {did_you_mean(layer, list(names))}", path=path)


def place_of(row: Mapping[str, Any]) -> str:
    """How a place inside a layer is called in plans and messages."""
    parts = [str(row.get(key) or "") for key in ("manifest", "resource", "path")]
    return " ".join(part for part in parts if part) or WHOLE


def planned(rows: Any, places: Mapping[str, Sequence[Props]]) -> Any:
    """Rows of a profile's layers with a digest of each declared override, by place."""
    if not isinstance(rows, Mapping):
        return rows
    return {
        name: {**row, "overrides": {place_of(item): _fingerprint(item) for item in places[name]}}
        if name in places and isinstance(row, Mapping)
        else row
        for name, row in rows.items()
    }


def plain(rows: Any) -> Any:
    """The same rows without their overrides: what the profile gives."""
    if not isinstance(rows, Mapping):
        return rows
    return {
        name: {key: value for key, value in row.items() if key != "overrides"} if isinstance(row, Mapping) else row
        for name, row in rows.items()
    }


def _fingerprint(row: Mapping[str, Any]) -> Any:
    what = {key: row[key] for key in ("value", "remove", "text") if key in row}
    return digest(json.dumps(what, sort_keys=True)) if is_known(what) else UNKNOWN


def _declared(rows: Iterable[Mapping[str, Any]]) -> list[Declared]:
    found_rows = []
    for row in rows:
        how: Any = {key: row[key] for key in ("value", "remove", "text") if key in row}
        where: Any = {key: str(row.get(key) or "") for key in ("path", "resource", "manifest")}
        found_rows.append(Declared(**where, **how))
    return found_rows


def not_applied(running: Content, rows: Sequence[Props]) -> set[str]:
    """Places of declared overrides that the cluster doesn't run as declared."""
    lost = set()
    for row in rows:
        try:
            done = settle(
                layer=row["layer"],
                base=None,
                incoming=running,
                running=None,
                policy="merge",
                declared=_declared([row]),
                path=f"overrides of {row['layer']}",
            ).content
        except InputError:  # its object is gone there
            lost.add(place_of(row))
            continue
        if not _equal(done, running):
            lost.add(place_of(row))
    return lost


def _is_one_of(running: Content, *known: Content | None) -> bool:
    return any(content is not None and _equal(running, content) for content in known)


def _equal(one: Content, other: Content) -> bool:
    digests = [layer_digest(values=side.values, manifests=side.manifests) for side in (one, other)]
    return digests[0] == digests[1]


# -- found ones --------------------------------------------------------------------------------------------------------


def found_places(base: Content | None, running: Content, owned: Sequence[Props], *, secret: bool) -> dict[str, Any]:
    """What someone changed of a layer, by place; places that the program owns don't count."""
    if base is None:
        return {WHOLE: "differs; what was applied isn't known"}
    rows: list[Row] = []
    for manifest, before, now in _pairs(base, running):
        rows += found(base=before, running=_in_frame(now, before), owned=_of_manifest(_declared(owned), manifest))
    return _told(rows, secret=secret)


def _pairs(base: Content, running: Content) -> Iterable[tuple[str, str, str]]:
    yield "", base.values, running.values
    for name in {**base.manifests, **running.manifests}:
        yield name, base.manifests.get(name, ""), running.manifests.get(name, "")


def _of_manifest(rows: Sequence[Declared], manifest: str) -> list[Declared]:
    if not manifest:
        return [row for row in rows if not row.resource and not row.manifest]
    return [row for row in rows if row.manifest in {"", manifest}]


def _told(rows: Iterable[Row], *, secret: bool) -> dict[str, Any]:
    items = list(rows)
    if secret:
        return {WHOLE: f"{len(items)} places (secret)"} if items else {}
    return {place_of({"resource": row.resource, "path": row.path}): row.shown_override for row in items}


# -- the judgement -----------------------------------------------------------------------------------------------------


def judge(cluster: str, cases: Sequence[Case], *, new: Props, places: Places, owned: Places) -> Judged:
    """Decide for each layer what is sent.

    Args:
        cluster: the cluster's name.
        cases: the layers of the profiles that are sent.
        new: checked inputs: policy and rules.
        places: declared overrides.
        owned: declared overrides of now and before: what the program wrote there is nobody's override.
    """
    judged = Judged()
    policy = new.get("override_policy", "merge")
    rules = [
        Rule(**{key: item[key] for key in ("policy", "layer", "resource", "path") if key in item})
        for item in new.get("override_rules") or []
    ]
    used: set[int] = set()
    any_found = False
    for case in cases:
        rows = places.get(case.key, {}).get(case.layer, [])
        if case.incoming is None or not is_known(
            [row.get("value", "") for row in rows] + [row.get("text", "") for row in rows]
        ):
            judged.unsure.append(case.layer)
            _tell_unsure(judged, cluster, case, owned)
            continue
        if not rows and case.running is not None and _is_one_of(case.running, case.base, case.incoming):
            continue  # nobody changed anything, or the new content runs already
        mine = _declared(owned.get(case.key, {}).get(case.layer, []))
        running = _framed(case.running, case.base or case.incoming)
        question = _Question.of(case, running, policy=policy, rules=rules, declared=_declared(rows), owned=mine)
        settled = settled_once(question)
        used |= settled.used_rules
        any_found |= bool(settled.kept or settled.dropped or settled.conflicts or settled.refused)
        _tell(judged, cluster, case, settled, policy)
        if not same_content(settled.content, case.incoming):
            judged.contents.setdefault(case.key, {})[case.layer] = settled.content
        kept = _told(settled.kept, secret=case.secret)
        if kept:
            judged.found.setdefault(case.key, {})[case.layer] = kept
    if any_found:
        judged.notices += [
            f"{cluster}: override_rules[{index}] ({_rule_text(rule)}) matches no found override."
            for index, rule in enumerate(rules)
            if index not in used
        ]
    return judged


def _framed(running: Content | None, written: Content) -> Content | None:
    """What runs, with the outer blanks of what was written: the service hands texts back without them."""
    if running is None:
        return None
    manifests = {name: _in_frame(text, written.manifests.get(name, text)) for name, text in running.manifests.items()}
    return Content(values=_in_frame(running.values, written.values), manifests=manifests)


def _in_frame(text: str, written: str) -> str:
    core = written.strip()
    if not core or not text.strip():
        return text
    before, after = written[: written.index(core)], written[written.index(core) + len(core) :]
    return before + text.strip() + after


def _tell_unsure(judged: Judged, cluster: str, case: Case, owned: Places) -> None:
    if case.running is None or case.base is None or _equal(case.running, case.base):
        return
    mine = owned.get(case.key, {}).get(case.layer, [])
    there = found_places(case.base, case.running, mine, secret=case.secret)
    if there:
        judged.found.setdefault(case.key, {})[case.layer] = there
        told = ", ".join(f"{place} = {value}" for place, value in there.items())
        judged.notices.append(
            f"{cluster}: found override in {case.layer} ({told}), whose new content is known after apply; `pulumi up` judges "
            "it before the first write."
        )


@dataclass(frozen=True)
class _Question:
    """What is asked of the merge. In a fleet many clusters ask the same: then it is answered once."""

    key: str
    asked: Mapping[str, Any] = field(compare=False)

    @classmethod
    def of(cls, case: Case, running: Content | None, **how: Any) -> _Question:
        """The question about one layer."""
        texts = [None if text is None else sorted(text.texts.items()) for text in (case.base, case.incoming, running)]
        asked = {"layer": case.layer, "base": case.base, "incoming": case.incoming, "running": running, **how}
        return cls(repr((case.layer, texts, sorted(how.items()))), asked)


@lru_cache(maxsize=64)
def settled_once(question: _Question) -> Settled:
    """The merge of one layer, kept for the next cluster that asks the same."""
    return settle(**question.asked, path=f"overrides of {question.asked['layer']}")


def same_content(one: Content, other: Content) -> bool:
    """Whether two contents are the same text."""
    return one.values == other.values and dict(one.manifests) == dict(other.manifests)


def _tell(judged: Judged, cluster: str, case: Case, settled: Settled, policy: str) -> None:
    by = f'by override_policy="{policy}"'
    if case.secret:
        numbers = {
            "kept": len(settled.kept),
            "dropped": len(settled.dropped),
            "in conflict": len(settled.conflicts) + len(settled.refused),
        }
        told = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
        text = f"{cluster}: found overrides in secret content of {case.layer}: {told}, {by}."
        if settled.conflicts or settled.refused:
            judged.refusals.append(
                f'{text}\n  decide for the layer: override_rules=[OverrideRule("keep", layer="{case.layer}")]   or "drop"'
            )
        elif told:
            judged.notices.append(text)
        return
    conflicts = [_conflict_text(cluster, case, row, policy) for row in settled.conflicts[:SHOWN]]
    if len(settled.conflicts) > SHOWN:
        conflicts.append(
            f"and {len(settled.conflicts) - SHOWN} more in layer {case.layer}; see them all: palette review {cluster}"
        )
    judged.refusals += conflicts
    if settled.refused:
        judged.refusals.append(_refused_text(cluster, case, settled.refused))
    for row in settled.kept:
        judged.notices.append(
            f"{cluster}: found override kept: {case.layer} {_where(row)} = {row.shown_override}{_profile_says(row)}, "
            f"{_by(row, by)}. It is not in this program."
        )
    for row in settled.dropped:
        judged.notices.append(
            f"{cluster}: found override dropped: {case.layer} {_where(row)} = {row.shown_override} gives way to the "
            f"profile's {row.shown_incoming}, {_by(row, by)}."
        )
    if case.running is not None and not same_content(settled.content, case.running):
        judged.notices += [
            f"{cluster}: override not needed any more: {case.layer} {_where(row)} = {row.shown_override} is what the profile "
            "brings now."
            for row in settled.redundant
        ]
    judged.notices += [
        f"{cluster}: override without a place: {case.layer} {_where(row)} = {row.shown_override}; the profile has that "
        "place no more."
        for row in settled.orphaned
    ]


def _where(row: Row) -> str:
    return place_of({"manifest": "", "resource": row.resource, "path": row.path})


def _by(row: Row, policy: str) -> str:
    return row.reason if row.reason.startswith("by ") else policy


def _profile_says(row: Row) -> str:
    return f" (profile {row.shown_base} -> {row.shown_incoming})" if row.shown_base != row.shown_incoming else ""


def _rule_text(rule: Rule) -> str:
    parts = [f'"{rule.policy}"'] + [
        f'{key}="{value}"'
        for key, value, default in (
            ("layer", rule.layer, "*"),
            ("resource", rule.resource, "*"),
            ("path", rule.path, "**"),
        )
        if value != default
    ]
    return ", ".join(parts)


def _conflict_text(cluster: str, case: Case, row: Row, policy: str) -> str:
    where = f'layer="{case.layer}"' + (f', path="{row.path}"' if row.path else "")
    base = f"base ({case.base_version}) {row.shown_base}" if case.base is not None else "base unknown"
    own = ""
    if row.is_plain:
        resource = f', resource="{row.resource}"' if row.resource else ""
        own = f'        own it:  overrides=[Override("{case.layer}", "{row.path}"{resource}, {row.as_argument})]'
    reason = f"\n  {row.reason}" if row.reason and not row.reason.startswith("by ") else ""
    return (
        f'override conflict on "{cluster}", layer {case.layer}, {_where(row)} (override_policy="{policy}")\n'
        f"      {base}      cluster runs {row.shown_override}      incoming {row.shown_incoming}{reason}\n"
        f'  keep {row.shown_override}:  override_rules=[OverrideRule("keep", {where})]\n'
        f'  take {row.shown_incoming}:  the same with "drop"{own}'
    )


def recorded_refusal(cluster: str, found_rows: Mapping[str, Any], new: Props) -> str:
    """What is said under the policy `fail` of found overrides that a refresh recorded; empty when none of them stops."""
    if new.get("override_rules"):
        return ""  # the rules are asked when something is sent
    rows = [
        f"{layer} {place} = {value}"
        for layers in found_rows.values()
        for layer, there in mapping(layers).items()
        for place, value in mapping(there).items()
    ]
    return (
        f'found override on "{cluster}": {", ".join(rows[:SHOWN])} (override_policy="fail")\n'
        f"  declare it in the program (overrides=[...]), give the layer back: palette override {cluster} LAYER --reset,\n"
        '  or choose another policy: override_policy="merge"'
    )


def _refused_text(cluster: str, case: Case, rows: Sequence[Row]) -> str:
    told = ", ".join(f"{_where(row)} = {row.shown_override}" for row in rows[:SHOWN])
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return (
        f'found override on "{cluster}", layer {case.layer}: {told}{more} (override_policy="fail")\n'
        f"  declare it in the program (overrides=[...]), give the layer back: palette override {cluster} {case.layer} --reset,\n"
        '  or choose another policy: override_policy="merge"'
    )
