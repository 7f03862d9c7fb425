"""The judgement of a roll-out on what the service has: in the preview on the program's facts, and again before the trigger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.template_rollout import telling
from palette_sdk.resources.template_rollout.looking import Seen
from palette_sdk.resources.template_rollout.plan import Judgement, Link, Member, judge
from palette_sdk.resources.template_rollout.starts import Start, starts, texts
from palette_sdk.rules.unknown import UNKNOWN, Unknown, is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette

Props = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """What a roll-out means, and when.

    Args:
        title: the template and its versions, for messages.
        judgement: what it means for each cluster.
        starts: when each cluster may start.
        skipped: clusters that are left out, with the variables they lack.
        goes: clusters that are not left out.
    """

    title: str
    judgement: Judgement
    starts: Mapping[str, Start]
    skipped: Mapping[str, list[str]]
    goes: tuple[str, ...]

    @property
    def texts(self) -> dict[str, str]:
        """When each cluster may start, in words."""
        return texts(self.starts)

    @property
    def waiting(self) -> list[str]:
        """Clusters that will become something else, and are not left out."""
        return [name for name in self.judgement.behind if name in self.goes]


def judged(
    template: str,
    links: Sequence[Link],
    members: Sequence[Member],
    zones: Mapping[str, str | Unknown],
    *,
    schedules: Mapping[str, Any] | Unknown,
    at: datetime | None,
    pending: str,
    triggers: bool,
    hidden: Collection[str] = (),
    done: str = "nothing was changed",
) -> Judged:
    """Judge all clusters at once.

    Args:
        template: the template's name.
        links: its profiles.
        members: the clusters.
        zones: their time zones, by name.
        schedules: the windows.
        at: the service's time.
        pending: what becomes of clusters that lack a value: `fail` or `skip`.
        triggers: whether an upgrade now starts all that are not left out.
        hidden: variables whose values are secret.
        done: what has become of the roll-out by now, for a refusal.

    Raises:
        InputError: clusters lack values, and they are not to be skipped.
    """
    judgement = judge(links, members, hidden=hidden)
    title = telling.head(template, links, members)
    skipped = judgement.missing if pending == "skip" else {}
    goes = tuple(member.name for member in members if member.name not in skipped)
    found = starts(zones, schedules, at, triggered=goes if triggers else ())
    if judgement.missing and not skipped:
        shown = texts(found)
        raise InputError(telling.missing_refusal(title, judgement, shown, total=len(members), done=done))
    return Judged(title, judgement, found, skipped, goes)


def members_of(seen: Seen, members: Mapping[str, str], given: Mapping[str, Mapping[str, Any]]) -> list[Member]:
    """The clusters that exist as they are, with what the program gives.

    Args:
        seen: what the service has.
        members: uids by name; one that isn't known yet is of a cluster that doesn't exist.
        given: values by cluster and variable, as texts.
    """
    return [
        Member(
            name=name,
            exists=is_known(uid),
            given=given.get(name, {}),
            runs=seen.runs(uid) if is_known(uid) else {},
            held=seen.held.get(uid, {}) if is_known(uid) else {},
        )
        for name, uid in members.items()
    ]


def refuse_strangers(seen: Seen, members: Mapping[str, str]) -> None:
    """Refuse clusters that exist and don't follow the template; raises InputError."""
    strangers = [
        name for name, uid in members.items() if is_known(uid) and uid in seen.rows and uid not in seen.followers
    ]
    if strangers:
        verb, those = ("do", "those clusters") if len(strangers) > 1 else ("does", "that cluster")
        raise InputError(
            f'{", ".join(strangers)} {verb} not follow the template "{seen.name}", so its roll-out can\'t take {those}; '
            "leave out what follows another template, or give the cluster template=",
            path="clusters",
        )


def service_time(client: Palette) -> datetime | None:
    """The service's time by its latest answer; None before the first one."""
    text = client.service_time()
    return datetime.fromisoformat(text) if text else None


def named(members: Mapping[str, Any], followers: Mapping[str, str]) -> dict[str, Any]:
    """Uids by name, in their order; a cluster that the program gives by its uid alone is called as the service calls it."""
    found = {followers.get(uid, name) if name == uid else name: uid for name, uid in members.items()}
    return dict(sorted(found.items()))


def versions_of(profiles: Mapping[str, Any]) -> dict[str, Any]:
    """Versions by the profile's name, of linked profiles as the program gives them; by its key while the name isn't known."""
    heads = [(key, mapping(item)) for key, item in profiles.items()]
    return {str(known_or(head.get("name"), None) or key): head.get("version", UNKNOWN) for key, head in heads}
