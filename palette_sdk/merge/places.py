"""Places in a document: how they are called, and which of them the program owns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from palette_sdk.content.paths import Index, Key, Match, Step, parse_path
from palette_sdk.content.tree import Node
from palette_sdk.merge.model import Declared
from palette_sdk.merge.policy import resource_matches

Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One place.

    Args:
        resource: of its document.
        path: from the document's root.
        owned: paths from here on to places that the program owns; an empty one is this place.
    """

    resource: str
    path: str = ""
    owned: tuple[Steps, ...] = ()

    @property
    def is_owned(self) -> bool:
        """Whether the program owns all of it."""
        return () in self.owned

    def below(self, step: Step, item: Node | None = None, numbers: Iterable[int] = ()) -> Place:
        """Give the place one step further.

        Args:
            step: the step.
            item: the item of a list that it leads to; None in a map.
            numbers: the item's places in the lists of all sides.
        """
        if not self.owned:
            return Place(self.resource, self.path + str(step))
        owned = tuple(steps[1:] for steps in self.owned if _leads(steps[0], step, item, tuple(numbers)))
        return Place(self.resource, self.path + str(step), owned)


def _leads(owned: Step, step: Step, item: Node | None, numbers: Sequence[int]) -> bool:
    if item is None:
        return isinstance(owned, Key) and isinstance(step, Key) and owned.name == step.name
    if isinstance(owned, Match):
        return item.kind == "map" and owned.picks(item.find)
    if isinstance(owned, Key):
        return owned.name.isdecimal() and int(owned.name) in numbers
    return isinstance(owned, Index) and owned.number in numbers


def root_place(resource: str, owned: Sequence[Declared]) -> Place:
    """Give the place of a document's root."""
    mine = [row for row in owned if resource_matches(row.resource, resource) and (row.path or row.resource)]
    return Place(resource, "", tuple(parse_path(row.path, path="overrides") if row.path else () for row in mine))
