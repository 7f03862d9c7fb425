"""What becomes of overrides on a cluster: declared ones are applied, found ones are kept, dropped or refused. Pure.

One judgement serves the preview and the write: the contents to send, the found overrides that stay, what is refused, and
what a person is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.errors import InputError
from palette_sdk.merge import Content, Row, Rule, Settled, settle
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.override_texts import added_notices, rule_text, tell, where
from palette_sdk.resources.cluster.places import WHOLE, Places, as_declared, place_of
from palette_sdk.resources.cluster.ruling import rules_of
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]


NOT_KNOWN = {WHOLE: "differs; what was applied isn't known"}
"""What is told of a layer that was changed, where nothing is there to compare it with."""


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
        home: the profile's name, where another attached profile has a layer of that name too: texts to paste need it.
    """

    key: str
    layer: str
    base: Content | None
    base_version: str
    incoming: Content | None
    running: Content | None
    secret: bool = False
    home: str = ""


@dataclass
class Judged:
    """What the judgement came to.

    Args:
        contents: the texts that differ from their profile's, and no others, by key and layer.
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
                declared=as_declared([row]),
                path=f"overrides of {row['layer']}",
            ).content
        except InputError:  # its object is gone there
            lost.add(place_of(row))
            continue
        if not _equal(done, running):
            lost.add(place_of(row))
    return lost


def _newly_added(case: Case, rows: Sequence[Props], settled: Settled) -> list[Row]:
    """Declared overrides of places that the profile doesn't have, unless they run already: then it was said before."""
    if not settled.added or case.running is None:
        return list(settled.added)
    try:
        lacking = settle(
            layer=case.layer,
            base=None,
            incoming=case.running,
            running=None,
            policy="merge",
            declared=as_declared(rows),
            path=f"overrides of {case.layer}",
        ).added
    except InputError:  # its object isn't there yet
        return list(settled.added)
    places = {where(row) for row in lacking}
    return [row for row in settled.added if where(row) in places]


def _is_one_of(running: Content, *known: Content | None) -> bool:
    return any(content is not None and _equal(running, content) for content in known)


def is_taken(case: Case) -> bool:
    """Whether a layer runs what comes, and not what was applied."""
    if case.running is None or case.incoming is None or case.base is None:
        return False
    return _equal(case.running, case.incoming) and not _equal(case.running, case.base)


def _equal(one: Content, other: Content) -> bool:
    digests = [layer_digest(values=side.values, manifests=side.manifests) for side in (one, other)]
    return digests[0] == digests[1]


# -- found ones --------------------------------------------------------------------------------------------------------


def found_places(
    base: Content | None, running: Content | None, owned: Sequence[Props], *, secret: bool
) -> dict[str, Any]:
    """What someone changed of a layer, by place; places that the program owns don't count."""
    if base is None or running is None:
        return dict(NOT_KNOWN)
    settled = settle(
        layer="",
        base=base,
        incoming=base,
        running=_framed(running, base),
        policy="keep",
        owned=as_declared(owned),
        path="",
    )
    return _told(settled.kept, secret=secret)


def _told(rows: Iterable[Row], *, secret: bool) -> dict[str, Any]:
    items = list(rows)
    if secret:
        return {WHOLE: f"{len(items)} places (secret)"} if items else {}
    return {where(row): row.shown_override for row in items}


# -- the judgement -----------------------------------------------------------------------------------------------------


def judge(
    cluster: str, cases: Sequence[Case], *, new: Props, places: Places, owned: Places, elsewhere: Iterable[str] = ()
) -> Judged:
    """Decide for each layer what is sent.

    Args:
        cluster: the cluster's name.
        cases: the layers of the profiles that are sent.
        new: checked inputs: policy and rules.
        places: declared overrides.
        owned: declared overrides of now and before: what the program wrote there is nobody's override.
        elsewhere: layers with found overrides that are not sent now: a rule for them may be needed another time.
    """
    judged = Judged()
    policy = new.get("override_policy", "merge")
    rules = rules_of(new)
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
        mine = as_declared(owned.get(case.key, {}).get(case.layer, []))
        running = _framed(case.running, case.base or case.incoming)
        question = _Question.of(case, running, policy=policy, rules=rules, declared=as_declared(rows), owned=mine)
        settled = settled_once(question)
        used |= settled.used_rules
        any_found |= bool(settled.kept or settled.dropped or settled.conflicts or settled.refused)
        tell(judged, cluster, case, settled, policy)
        judged.notices += added_notices(cluster, case, _newly_added(case, rows, settled))
        judged.refusals += emptied(cluster, case.layer, case.incoming, settled.content)
        if settled.content != case.incoming:
            judged.contents.setdefault(case.key, {})[case.layer] = _differing(settled.content, case.incoming)
        kept = _told(settled.kept, secret=case.secret)
        if kept:
            judged.found.setdefault(case.key, {})[case.layer] = kept
    here = {layer for rows in mapping(new.get("layers_plan")).values() for layer in mapping(rows)}
    if any_found:  # of a rule for no layer at all it is told elsewhere, always
        judged.notices += [
            f"{cluster}: override_rules[{index}] ({rule_text(rule)}) matches no found override."
            for index, rule in enumerate(rules)
            if index not in used and _is_for(rule, here) and not _is_for(rule, elsewhere)
        ]
    return judged


def _is_for(rule: Rule, layers: Iterable[str]) -> bool:
    return any(fnmatchcase(layer, rule.layer) for layer in layers)


def _differing(content: Content, profile: Content) -> Content:
    """The texts of a layer that aren't the profile's: what is sent counts as overridden, equal or not."""
    manifests = {name: text for name, text in content.manifests.items() if profile.manifests.get(name) != text}
    return Content(values=content.values if content.values != profile.values else "", manifests=manifests)


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


def emptied(cluster: str, layer: str, incoming: Content, content: Content) -> list[str]:
    """The refusal of texts that would become empty: Palette takes an empty one for none, and the profile's would stand."""
    texts = content.texts
    names = [
        name or "values" for name, text in incoming.texts.items() if text.strip() and not texts.get(name, "").strip()
    ]
    if not names:
        return []
    told = (
        f'"{cluster}": {", ".join(names)} of layer {layer} would become empty, and Palette takes an empty text for no '
        "override: the profile's content would stand.\n"
        "  leave a comment or an empty map ({}) there, or take the layer out of the profile"
    )
    return [told]


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
