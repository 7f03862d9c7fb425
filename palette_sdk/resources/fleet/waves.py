"""Which stage a member is in, and in which waves a stage goes. Pure: tags and numbers in, names out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.rules.tags import tag_text

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True)
class Placed:
    """The members of each stage, in the order of stages; within one, by key."""

    members: Mapping[str, tuple[str, ...]]

    @property
    def empty(self) -> tuple[str, ...]:
        """Stages that no member is in."""
        return tuple(name for name, keys in self.members.items() if not keys)


def wave_size(max_unavailable: int | str, members: int, *, path: str = "max_unavailable") -> int:
    """Give how many members of a stage may change at a time.

    A percentage is of the members of the stage; it rounds down, and is at least 1: 20% of 12 is 2, 20% of 4 is 1. A number
    that is larger than the stage is the whole stage.

    Args:
        max_unavailable: a number, or a percentage such as `20%`.
        members: how many members the stage has.
        path: the property, for messages.

    Raises:
        InputError: it is neither, or nothing could ever change.
    """
    if isinstance(max_unavailable, str):
        found = _PERCENT.fullmatch(max_unavailable.strip())
        if found is None:
            raise InputError(f'"{max_unavailable}" is neither a number nor a percentage such as "20%"', path=path)
        share = Fraction(found[1])
        if share == 0:
            raise InputError(
                f'"{max_unavailable}" lets nothing change: give more than 0%; at least 1 member changes at a time',
                path=path,
            )
        if share > 100:
            raise InputError(
                f'"{max_unavailable}" is more than the whole stage: give a percentage up to 100%', path=path
            )
        size = members * share // 100
    else:
        size = max_unavailable
        if size < 1:
            raise InputError(f"{size} lets nothing change: at least 1 member changes at a time", path=path)
    return max(1, min(int(size), members))


def waves(
    members: Sequence[str], max_unavailable: int | str, *, path: str = "max_unavailable"
) -> list[tuple[str, ...]]:
    """Give the members of a stage in groups that change one after the other; the last one may be smaller.

    Args:
        members: of the stage, in order.
        max_unavailable: as for `wave_size`.
        path: the property, for messages.
    """
    size = wave_size(max_unavailable, len(members), path=path)
    return [tuple(members[start : start + size]) for start in range(0, len(members), size)]


def place(stages: Mapping[str, Mapping[str, str]], tags: Mapping[str, Mapping[str, Any]]) -> Placed:
    """Put each member into the first stage whose tags it has.

    Args:
        stages: by name, in order, the tags that a member must have; none fits all.
        tags: those of each member by its key; a value that isn't plain text depends on an output.

    Raises:
        InputError: a member that fits no stage, or whose stage hangs on a tag that isn't known in the program.
    """
    placed: dict[str, list[str]] = {name: [] for name in stages}
    for key in sorted(tags):
        placed[_stage_of(key, stages, tags[key])].append(key)
    return Placed({name: tuple(keys) for name, keys in placed.items()})


def said_of_empty(
    name: str, stages: Mapping[str, Mapping[str, str]], tags: Mapping[str, Mapping[str, Any]], placed: Placed
) -> str:
    """Say that no member is in a stage, and which stages before it have those that it matches.

    Args:
        name: of the stage.
        stages: by name, in order, the tags that a member must have.
        tags: those of each member by its key.
        placed: the members of each stage.
    """
    before = [
        other
        for other, keys in placed.members.items()
        if any(stages[name].items() <= tags[key].items() for key in keys)
    ]
    if not before:
        return f'no cluster is in stage "{name}": none has the tags that it matches ({_tags(stages[name])})'
    told = ", ".join(f'"{other}"' for other in before)
    return (
        f'no cluster is in stage "{name}": those that it matches are in {told}, since the first stage that matches has a '
        f'cluster. Its gate, soak and max_unavailable hold for none; put "{name}" before {told}, or leave it out'
    )


def _stage_of(key: str, stages: Mapping[str, Mapping[str, str]], tags: Mapping[str, Any]) -> str:
    for name, match in stages.items():
        for tag in match:
            if tag in tags and not isinstance(tags[tag], str):
                raise InputError(
                    f'the value of the tag {tag} says which stage it is in (stage "{name}" matches it), so it has to be plain '
                    "text, not an output",
                    path=f'clusters["{key}"].tags',
                )
        if match.items() <= tags.items():
            return name
    own = ", ".join(tag_text(tag, value) for tag, value in tags.items() if isinstance(value, str)) or "none"
    told = "; ".join(f"{name} matches {_tags(match)}" for name, match in stages.items())
    raise InputError(
        f"it fits no stage: its tags are {own}, and {told}.\n"
        '  give it a tag that one of them matches, or add a stage, such as palette.Stage("rest", match={}) at the end',
        path=f'clusters["{key}"]',
    )


def _tags(match: Mapping[str, str]) -> str:
    return ", ".join(tag_text(key, value) for key, value in match.items()) or "everything"
